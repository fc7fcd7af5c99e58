"""Pages made from other places: exercises from the package, departures from chapters."""

import re
from pathlib import Path

import nbformat
import pytest

from attention_course.exercises import exercises

ROOT = Path(__file__).parents[3]
BOOK = ROOT / "book"


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
