"""Every number in a chapter's text comes from a cell of its section, or from a record.

A number is right if a cell of the same section has it, in its code or in its output,
rounded as in the text; or, where the text names its source, if that page has it. What is
left is in ``ALLOWED``, each with the reason why no run could give it.
"""

import re
from pathlib import Path

import nbformat
import pytest

from bookbuild.evidence import page, record
from bookbuild.evidence.experiment import experiments

ROOT = Path(__file__).parents[3]
CHAPTERS = sorted((ROOT / "book").glob("0*.ipynb"))

# chapter → (number, words beside it) → why no cell and no record has it
ALLOWED: dict[int, dict[tuple[str, str], str]] = {
    1: {
        ("2", "One distance, √2"): "the root that the output rounds to 1.4142",
        ("30,000", "vocabulary of 30,000"): "a vocabulary for the sake of argument",
        ("30,000", "means 30,000 numbers"): "the same",
        ("91", "is 91 MB"): "the size of a published file",
    },
    2: {
        ("128", "fit into C, 128"): "d_context's default",
        ("0.6", "probability 0.6 or"): "a made-up tree, for the sake of argument",
        ("0.4", "or with 0.4"): "the same",
        ("0.5", "next token has 0.5"): "the same",
        ("36,525", "There are 36,525 days"): "100 years with 25 leap days",
        ("1950", "from 1950 to 2049"): "the years that are drawn",
        ("2049", "from 1950 to 2049"): "the same",
        ("15.2", "takes 15.2 bits"): "log2 of 36,525",
        ("3", "at 3 bits each"): "log2 of eight",
        ("3", "takes 3 bits"): "log2 of eight",
        ("64", "decoder have 64 numbers"): "train_copier's sizes",
        ("64", "encoder's 64 last"): "the same",
        ("4,000", "trained on 4,000"): "train_copier's strings",
        ("378", "or 378 steps"): "six epochs of 4,000 strings in batches of 64",
        ("94", "right 94 times"): "an assumption",
        ("54", "only 54 times"): "0.94 to the tenth power",
        ("60", "up to 60 words"): "from the papers named",
    },
    3: {
        ("1999", "mercredi 1 septembre 1999"): "a date",
        ("20", "would be 20"): "the mean of 10 and 30",
        ("64", "made from 64"): "train_copier's sizes",
        ("64", "vectors, with 64"): "the same",
        ("8", "divided by 8, the root of 64"): "the root of train_copier's size",
        ("64", "the root of 64"): "train_copier's size",
    },
    4: {
        ("2.405", "which makes 2.405"): "test_worked_by_hand.py computes it",
        ("0.64", "weight of 0.64"): "printed in section 4.8, where the text sends to",
        ("0.04", "looks back with 0.04"): "the same",
        ("16", "difference is 16, not 2"): "112 less 96",
        ("64", "batches of 64"): "train_translator's batches",
    },
    5: {
        ("64", "64 tokens of 32"): "four times four times four",
        ("1,797", "pictures: 1,797"): "1,287 and 510",
        ("300 million", "14 to 300 million"): "from the paper named",
        ("2,048", "each of 2,048 cells"): "8 times 16 times 16",
        ("26", "half of the 26 others"): "27 less one",
        ("35.2", "35.2 with full"): "from the paper's table",
        ("29.2", "29.2 with axial"): "the same",
        ("27.8", "27.8 with nearby"): "the same",
        ("0.03", "by 0.03, 0.03 and 0.02"): "differences in the table that is named",
        ("0.02", "0.03 and 0.02 dB"): "the same",
        ("2.2", "8, in 2.2"): "a section of the article",
    },
    6: {
        ("2022", "ends in 2022"): "the article's year",
        ("1818", "*Persuasion* (1818)"): "the novel's year",
        ("96", "blocks of 96"): "train_language_model's sizes",
        ("0.1", "At 0.1 the most probable"): "the lowest temperature of the widget",
        ("32", "batches of 32"): "the same",
        ("4", "if 4 heads share"): "32 heads over 8 of keys",
        ("64", "in blocks of 64"): "attend_online's default",
        ("16", "after 4 to 16"): "train_repeater's strings",
        ("47", "model of 47 billion"): "from the paper named",
    },
}

# Experiments that another chapter tells, too.
ALSO = {("dates", "04-self-attention.ipynb")}

NO_CLAIM = [
    r"```.*?```",  # code
    r"`[^`]*`",
    r"\$\$.*?\$\$",  # formulas
    r"\$[^$]*\$",
    r"\]\([^)]*\)",  # addresses of links
    r"^#+ .*?$",  # headings, with their numbers
    r"<[^>]*>",
    r"\*\*Time:\*\*[^\n]*",  # a test holds them to the page for instructors
    r"[Ss]ections? \d\.\d+(?:(?:,| and| to) \d\.\d+)*",
    r"[Cc]hapters? \d(?:(?:,| and| to) \d)*(?:, section \d)?",
    r"[Ee]xercises? \d\.\d+",
    r"[Hh]eads? \d\.\d+|\b\d\.\d{1,2}(?= is| are|;|, )(?<=4\.0)",
    r"(?:et al\.|[A-Z]\w+)(?:\s\(|,? )\d{4}(?:, section [\d.]+)?",  # papers by their year
    r"ISO 8601",
    r"\(\d+(?:, \d+)+\)",  # shapes and places
]
NUMBER = re.compile(r"(?<![\w.\d])(\d[\d,]*(?:\.\d+)?)(?![\w])( million)?")


def claims(text: str) -> list[tuple[str, str]]:
    """List the numbers that a text claims, each with the words around it."""
    for pattern in NO_CLAIM:
        text = re.sub(pattern, " ", text, flags=re.S | re.M)
    found = []
    for match in NUMBER.finditer(text):
        around = text[max(match.start() - 25, 0) : match.end() + 25]
        found.append((match[0].rstrip(", "), " ".join(around.split())))
    return found


def numbers(text: str) -> set[float]:
    """Collect all numbers of a text, thousands with commas or underscores."""
    text = re.sub(r"(?<=\d)[,_](?=\d{3})", "", text).replace("−", "-")
    return {float(n) for n in re.findall(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?", text)}


def known(number: str, there: set[float]) -> bool:
    """Tell whether one of the numbers is this one, rounded, or as a share in percent."""
    digits, million, _ = number.partition(" million")
    value, decimals = float(digits.replace(",", "")), len(digits.partition(".")[2])
    factors = (1e-6,) if million else (1, 100)
    return any(
        abs(round(y * factor, decimals) - value) < 1e-9
        for y in there
        for factor in factors
    )


def output_text(cell) -> str:
    texts = []
    for output in cell.get("outputs", []):
        texts.append(output.get("text", ""))
        texts.append(output.get("data", {}).get("text/plain", ""))
    return "\n".join(texts)


def sections(path: Path) -> list[list]:
    """Cut a notebook's cells, up to its exercises, into sections."""
    cut: list[list] = [[]]
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            if cell.source.startswith("## Exercises"):
                break
            if re.search(r"^## ", cell.source, re.M):
                cut.append([])
        cut[-1].append(cell)
    return cut


def recorded(chapter: str) -> set[float]:
    """Collect the numbers of the page *How we know* that belong to a chapter."""
    return {
        number
        for name, made in experiments().items()
        if made.chapter == chapter or (name, chapter) in ALSO
        if not record.missing(name, made)
        for number in numbers(page.section(name, made))
    }


def unexplained(path: Path, change=str) -> list[tuple[str, str]]:
    """List the numbers of a chapter that neither a cell nor a record has.

    Args:
        path: the notebook.
        change: done to each text first, to see what a changed number does.
    """
    parts, everything = sections(path), set()
    for cells in parts:
        for cell in cells:
            if cell.cell_type == "code":
                everything |= numbers(cell.source + "\n" + output_text(cell))
    allowed = ALLOWED.get(int(path.stem[:2]), {})
    left = []
    for cells in parts:
        texts = [c.source for c in cells if c.cell_type == "markdown"]
        code = [c for c in cells if c.cell_type == "code"]
        there = numbers("\n".join(c.source + "\n" + output_text(c) for c in code))
        if any("## What to remember" in text for text in texts):
            there = everything | recorded(path.name)
        if any("how-we-know.md" in text for text in texts):
            there = there | recorded(path.name)
        if any("benchmarks/README.md" in text for text in texts):
            there = there | numbers((ROOT / "benchmarks/README.md").read_text("utf-8"))
        for number, around in (c for text in texts for c in claims(change(text))):
            explained = known(number, there) or any(
                number == literal and words in around for literal, words in allowed
            )
            if not explained:
                left.append((number, around))
    return left


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_number_of_the_text_is_a_cells_or_a_records(path):
    assert unexplained(path) == []


@pytest.mark.parametrize(
    ("chapter", "right", "wrong"),
    [
        (1, "85 answers are right", "86 answers are right"),  # a record's
        (2, "15.2 bits", "16.2 bits"),  # an exception, held to the letter
        (3, "makes it 21.9", "makes it 21.8"),  # an output's
        (4, "lead is 0.40", "lead is 0.41"),
        (5, "99.1 %", "99.2 %"),
    ],
)
def test_a_changed_number_fails(chapter, right, wrong):
    path = CHAPTERS[chapter - 1]
    texts = [c.source for part in sections(path) for c in part]
    assert any(right in text for text in texts)

    def change(text):
        return text.replace(right, wrong)

    number = re.search(r"[\d.]+", wrong)[0]
    assert [n for n, _ in unexplained(path, change)] == [number]


def test_the_openers_give_the_minutes_of_the_page_for_instructors():
    page_ = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
    for chapter, path in enumerate(CHAPTERS, start=1):
        row = re.search(
            rf"^\| \[{chapter} .*?\| (\d+) minutes \| (\d+) minutes \|", page_, re.M
        )
        opener = nbformat.read(path, as_version=4).cells[0].source
        told = re.search(
            r"\*\*Time:\*\* about (.*?) to read and run, (.*?) for", opener
        )
        assert told[1].replace("an hour", "60 minutes") == f"{row[1]} minutes"
        assert told[2] == f"{row[2]} minutes"
