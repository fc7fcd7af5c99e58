r"""What a chapter's formulas name, one of its drawings shows.

A symbol is a letter with what belongs to its name: ``W_Q`` and ``d_k``, but ``q`` for
``q_i`` and ``q_{ijk}`` alike, since an index only counts. A formula that names something
new is met by a label, or by a line below that says why no drawing has it.
"""

import re
from pathlib import Path

import nbformat
import pytest

from attention_course.pictures.drawings import drawings

BOOK = Path(__file__).parents[3] / "book"
NAMED = "dnWe"  # letters whose subscript is part of the name
GREEK = {r"\sigma": "σ", r"\alpha": "α", r"\theta": "θ"}

WITHOUT: dict[int, dict[str, str]] = {
    1: {},
    2: {},
    3: {},
    4: {
        "d": "the length of a key, which is d_k in the drawings",
        "e": "Euler's number, in a softmax of two scores",
    },
    5: {
        "T": "a text's length, once, in the table of notations",
        "d_k": "d of one head, once, in the table of notations",
        "h": "NÜWA's letter for H, in the table of notations",
        "s": "NÜWA's letter for F, in the table of notations",
        "w": "NÜWA's letter for W, in the table of notations",
    },
}

FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$\n]+?)(?<!\s)\$", re.DOTALL)
WORDS = re.compile(r"\\(?:text|mathrm|operatorname|mathit|textrm)\*?\{[^{}]*\}")
SYMBOL = re.compile(r"([A-Za-zα-ω])('*)(?:_(?:\{([^{}]*)\}|([A-Za-z0-9])))?('*)")


def normal(letter: str, primes: str, subscript: str) -> str:
    kept = subscript if letter in NAMED and re.fullmatch("[A-Za-z]+", subscript) else ""
    return letter + primes + (f"_{kept}" if kept else "")


def symbols_of(tex: str) -> set[str]:
    """List the symbols of a formula, or of a label's part between dollar signs."""
    tex = tex.replace("′", "'").replace(r"^\prime", "'")
    tex = re.sub(r"_\{?\\(?:text|mathrm)\{(\w+)\}\}?", r"_{\1}", tex)
    tex = WORDS.sub(" ", tex)
    for command, letter in GREEK.items():
        tex = re.sub(re.escape(command) + r"(?![A-Za-z])", letter, tex)
    tex = re.sub(r"\\begin\{\w+\}|\\end\{\w+\}|\\[A-Za-z]+|\\.", " ", tex)
    tex = re.sub(r"\^(?:\{[^{}]*\}|\S)", " ", tex)  # what stands above counts or turns
    return {
        normal(found[1], found[2] + found[5], found[3] or found[4] or "")
        for found in SYMBOL.finditer(tex)
    }


def formulas(chapter: int) -> list[str]:
    """List the formulas of a chapter's text, down to its exercises."""
    (path,) = BOOK.glob(f"0{chapter}-*.ipynb")
    found = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "markdown":
            continue
        if cell.source.startswith("## Exercises"):
            break
        text = re.sub(r"```.*?```|`[^`]*`", " ", cell.source, flags=re.DOTALL)
        found += [one or two for one, two in FORMULA.findall(text)]
    return found


def drawn(chapter: int) -> set[str]:
    labels = [
        part
        for made in drawings().values()
        if chapter in made.chapters
        for label in made.pen.labels
        for part in label.text.split("$")[1::2]
    ]
    return set().union(*map(symbols_of, labels))


@pytest.mark.parametrize("chapter", range(1, 6))
def test_every_symbol_of_a_chapter_is_in_one_of_its_drawings(chapter):
    named = set().union(*map(symbols_of, formulas(chapter)))
    missing = named - drawn(chapter)
    assert missing == set(WITHOUT[chapter]), sorted(missing ^ set(WITHOUT[chapter]))
    assert all(len(reason) > 15 for reason in WITHOUT[chapter].values())


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"q_{ijk} = X_{ijk}\, W_Q", {"q", "X", "W_Q"}),
        (r"\frac{q_i K^\top}{\sqrt{d_k}}", {"q", "K", "d_k"}),
        (r"\left\lfloor i \cdot \tfrac{F'}{F} \right\rfloor", {"i", "F'", "F"}),
        (r"\mathrm{softmax}(s_{ij})", {"s"}),
        (r"|a - i'| \le e_F", {"a", "i'", "e_F"}),
        (r"d_{\text{model}} + n_{heads}", {"d_model", "n_heads"}),
        (r"\sigma(W x_t)", {"σ", "W", "x"}),
    ],
)
def test_the_symbols_of_a_formula_are_found(tex, expected):
    assert symbols_of(tex) == expected
