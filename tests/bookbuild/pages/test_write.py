"""Whatever is made from the package is up to date, and `make pages` makes it so."""

import shutil

import nbformat
import pytest
from nbformat.v4 import new_output

from bookbuild import __main__ as command
from bookbuild.pages import write

CHAPTER = "03-attention.ipynb"


def test_everything_that_is_made_from_the_package_is_up_to_date(capsys):
    assert command.main(["pages", "--check"]) == 0, capsys.readouterr().out


@pytest.fixture
def book(tmp_path, monkeypatch):
    for path in write.BOOK.glob("*"):
        if path.name in ("exercises.md", "teaching.md", "how-we-know.md", CHAPTER):
            shutil.copy(path, tmp_path)
    monkeypatch.setattr(write, "BOOK", tmp_path)
    return tmp_path


def test_what_is_not_is_named_and_written(book, capsys):
    committed = {path: path.read_text(encoding="utf-8") for path in book.iterdir()}
    page, chapter = book / "exercises.md", book / CHAPTER
    page.write_text(committed[page].replace("★", "*"), encoding="utf-8")
    teaching = book / "teaching.md"
    fewer = committed[teaching].replace("| 110 minutes |", "| 9 minutes |")
    assert fewer != committed[teaching]
    teaching.write_text(fewer, encoding="utf-8")
    notebook = nbformat.read(chapter, as_version=4)
    hints = next(cell for cell in notebook.cells if "Hint 1" in cell.source)
    hints.source = hints.source.replace("Hint 1", "Hint one")
    nbformat.write(notebook, chapter)

    assert command.main(["pages", "--check"]) == 1
    assert capsys.readouterr().out == (
        "exercises.md is not up to date: run `make pages`\n"
        "teaching.md is not up to date: run `make pages`\n"
        f"{CHAPTER} is not up to date: run `make pages`\n"
    )
    assert command.main(["pages"]) == 0
    written = f"wrote exercises.md\nwrote teaching.md\nwrote {CHAPTER}\n"
    assert capsys.readouterr().out == written
    for text in (page, teaching):
        assert text.read_text(encoding="utf-8") == committed[text]
    made = nbformat.read(chapter, as_version=4)
    for new, old in zip(
        made.cells, nbformat.reads(committed[chapter], 4).cells, strict=True
    ):
        assert new.source == old.source
        assert new.get("outputs") == old.get("outputs")


def test_a_cell_that_changes_loses_its_outputs_and_the_others_keep_theirs(book):
    chapter = book / CHAPTER
    notebook = nbformat.read(chapter, as_version=4)
    tried = [cell for cell in notebook.cells if "\ncheck(" in cell.source]
    tried[0].source = tried[0].source.replace("check(", "check(  ")
    for cell in tried:
        cell.outputs = [new_output("stream", text="old")]
    nbformat.write(notebook, chapter)
    assert command.main(["pages"]) == 0
    made = nbformat.read(chapter, as_version=4)
    tried = [cell for cell in made.cells if "\ncheck(" in cell.source]
    assert tried[0].outputs == []
    assert all(cell.outputs[0].text == "old" for cell in tried[1:])
    assert len(tried) > 5
