"""Pages made from other places: the API from the docstrings, departures from chapters."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import nbformat
import pytest

import attention_course
from attention_course.exercises import exercises
from bookbuild.pages import api_page, exercise_page

ROOT = Path(__file__).parents[3]
BOOK = ROOT / "book"


# --- the API page --------------------------------------------------------------

NOT_SHOWN = {
    # what stands behind the names that ``widgets`` and ``exercises`` export
    "_nearby_blocks",
    "pictures.canvas",
    "widgets.shared.base",
    "lab.hub",
}


def listed() -> set[str]:
    return {name for names in api_page.MODULES.values() for name in names}


def modules() -> set[str]:
    prefix = "attention_course."
    found = pkgutil.walk_packages(attention_course.__path__, prefix)
    return {module.name.removeprefix(prefix) for module in found}


def test_the_api_page_is_what_the_docstrings_say():
    written = (BOOK / "api.md").read_text(encoding="utf-8")
    assert written == api_page.page(), "run python -m bookbuild.pages.api_page"


def test_every_module_is_on_the_api_page():
    missing = modules() - listed() - NOT_SHOWN
    missing = {name for name in missing if name.split(".")[0] not in listed()}
    assert missing == {"data", "lab", "pictures"}, (
        "they hold nothing, their modules are listed"
    )


def test_every_public_function_and_class_is_on_the_api_page():
    page = (BOOK / "api.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^#### (\w+)$", page, re.M))
    for name in listed() & modules():
        module = importlib.import_module(f"attention_course.{name}")
        public = {
            each
            for each in module.__all__
            if inspect.isroutine(getattr(module, each))
            or inspect.isclass(getattr(module, each))
        }
        assert public <= headings, name


def test_no_markup_of_docstrings_is_left_on_the_api_page():
    page = (BOOK / "api.md").read_text(encoding="utf-8")
    text = re.sub(r"```python\n.*?```", "", page, flags=re.S)
    assert not re.search(r":\w+:`|``", text)
    assert not re.search(r"^\s*(?:Args|Returns|Raises|Shapes):\s*$", text, re.M)
    assert text.count("`") % 2 == 0


def sample(
    first: int, *, second: "str | None" = None, **remaining: object
) -> list[int]:
    """Do *something*: a | b, of ``x[*]``.

    Formula: ``a = b``,
    ``c = d``

    Args:
        first: one line
            and a second, see :func:`attention_course.attention.attend`.
        second, remaining: both.

    Returns:
        ``(T,)``.

    Source: Someone 2017 (arXiv 1706.03762), section 3. Chapter 4.
    """
    return [first, second, remaining]


def test_a_docstring_becomes_markdown():
    assert api_page.markdown(sample.__doc__.replace("\n    ", "\n")) == (
        "Do \\*something\\*: a \\| b, of `x[*]`.\n\n"
        "**Formula:** `a = b`, `c = d`\n\n"
        "**Args**\n\n"
        "- `first`: one line and a second, see `attention.attend`.\n"
        "- `second`, `remaining`: both.\n\n"
        "**Returns**\n\n`(T,)`.\n\n"
        "*Source: Someone 2017 ([arXiv 1706.03762](https://arxiv.org/abs/1706.03762)), "
        "section 3. Chapter 4.*\n"
    )


def test_a_signature_is_that_of_the_source():
    assert api_page.signature(sample) == (
        "sample(\n    first: int,\n    *,\n    second: 'str | None' = None,\n"
        "    **remaining: object,\n) -> list[int]"
    )


# --- departures ----------------------------------------------------------------

LINK = re.compile(r"\[Chapter (\d), sections? ([\d., and]+)\]\(([\w.-]+)\)")


def departures() -> list[str]:
    text = (BOOK / "departures.md").read_text(encoding="utf-8")
    return re.split(r"^### ", text, flags=re.M)[1:]


def test_every_departure_says_what_the_run_shows_and_where():
    found = departures()
    assert len(found) >= 10
    for departure in found[:-1]:  # the last one is not the article's claim
        title = departure.splitlines()[0]
        assert "**The article** " in departure, title
        assert "**The run.** " in departure, title
        assert LINK.search(departure), title


@pytest.mark.parametrize(
    "departure", departures(), ids=lambda text: text.split("\n")[0]
)
def test_every_section_that_a_departure_names_is_there(departure):
    links = LINK.findall(departure)
    assert links
    for chapter, numbers, file in links:
        assert file.startswith(f"0{chapter}-")
        cells = nbformat.read(BOOK / file, as_version=4).cells
        text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
        for number in re.findall(r"\d\.\d", numbers):
            assert re.search(rf"^## {re.escape(number)} ", text, re.M), number


# --- the exercise index, the instructors' page, the glossary -----------------------

CHAPTERS = sorted(BOOK.glob("0*.ipynb"))


def markdown_above_exercises(path: Path) -> str:
    text = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            if cell.source.startswith("## Exercises"):
                break
            text.append(cell.source)
    return "\n".join(text)


def test_the_index_of_exercises_is_what_the_exercises_say():
    written = (BOOK / "exercises.md").read_text(encoding="utf-8")
    assert written == exercise_page.page(), (
        "run python -m bookbuild.pages.exercise_page"
    )


def test_every_exercise_of_the_index_is_a_heading_of_its_notebook():
    index = (BOOK / "exercises.md").read_text(encoding="utf-8")
    links = re.findall(r"^\| (\d+\.\d+) \| \[(.*)\]\((.*\.ipynb)#\S+\)", index, re.M)
    assert len(links) == len(list(exercises()))
    for number, title, file in links:
        cells = nbformat.read(BOOK / file, as_version=4).cells
        heading = f"### Exercise {number}: {title}\n"
        assert any(cell.source.startswith(heading) for cell in cells), number


def test_the_instructors_minutes_are_those_of_the_exercises():
    page = (BOOK / "teaching.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\d) .*\| \d+ minutes \| (\d+) minutes \|", page, re.M)
    assert len(rows) == len(CHAPTERS)
    for chapter, minutes in rows:
        assert int(minutes) == sum(row[4] for row in exercises(int(chapter))), chapter


def test_the_instructors_page_names_exercises_that_exist():
    page = (BOOK / "teaching.md").read_text(encoding="utf-8")
    table = page.split("## Which exercises for which goal")[1].split("\n## ")[0]
    named = set(re.findall(r"\b\d\.\d+\b", table))
    known = {row[0] for row in exercises()}
    assert named
    assert named <= known
    assert {number.split(".")[0] for number in named} == {
        n.split(".")[0] for n in known
    }


GLOSSARY = (BOOK / "glossary.md").read_text(encoding="utf-8")
ENTRY = re.compile(
    r"^## (.+)\n\n\*\*(.+)\*\* · .+ → \[Chapter (\d), section ([\d.]+)\]\((.+)#(.+)\)$",
    re.M,
)


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_glossary_is_in_order_and_each_entry_is_whole():
    terms = re.findall(r"^## (.+)$", GLOSSARY, re.M)
    assert len(ENTRY.findall(GLOSSARY)) == len(terms) >= 40
    assert terms == sorted(terms, key=str.lower)


def test_the_glossary_leads_to_the_section_that_introduces_the_term():
    for term, chinese, chapter, section, file, anchor in ENTRY.findall(GLOSSARY):
        text = markdown_above_exercises(BOOK / file)
        assert file.startswith(f"0{chapter}-")
        heading = re.search(rf"^## {re.escape(section)} .+$", text, re.M)
        assert heading, (term, section)
        assert slug(heading[0][3:]) == anchor, term
        assert chinese in text, term


def test_every_chinese_term_of_the_chapters_is_in_the_glossary_and_linked_once():
    known = {chinese for _, chinese, *_ in ENTRY.findall(GLOSSARY)}
    anchors = {slug(term) for term, *_ in ENTRY.findall(GLOSSARY)}
    linked: list[str] = []
    for path in CHAPTERS:
        text = markdown_above_exercises(path)
        body = "\n".join(line for line in text.split("\n") if not line.startswith("#"))
        unlinked = set(re.findall(r"[（(]([\u4e00-\u9fff-]+)[)）]", body))
        assert unlinked <= known, path.name
        found = re.findall(
            r"\(\[([\u4e00-\u9fff-]+)\]\(glossary\.md#([\w-]+)\)\)", body
        )
        assert {anchor for _, anchor in found} <= anchors, path.name
        assert not unlinked - set(linked) - {term for term, _ in found}, path.name
        linked += [term for term, _ in found]
    assert len(linked) == len(set(linked))
