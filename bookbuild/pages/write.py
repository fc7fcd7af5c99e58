"""Write everything in the book that is made from the package.

    python -m bookbuild pages             write what is not up to date
    python -m bookbuild pages --check     only name it

That is the index of exercises, their minutes on the instructors' page, the page *How we
know*, and in every notebook its drawings and the section "## Exercises". Cells of it that do
not change keep their outputs; new ones have none before `make notebooks`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import nbformat

from bookbuild.evidence import page as evidence_page
from bookbuild.notebooks.drawn_cells import redraw
from bookbuild.notebooks.exercise_cells import refresh
from bookbuild.pages import exercise_page

BOOK = Path(__file__).parents[2] / "book"


def generated(book: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file that is made from the package, in whole or in part, and its text."""
    yield book / "exercises.md", exercise_page.page()
    teaching = book / "teaching.md"
    yield teaching, exercise_page.with_minutes(teaching.read_text(encoding="utf-8"))
    yield book / "how-we-know.md", evidence_page.page()
    for path in sorted(book.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        refresh(notebook, int(path.stem.split("-")[0]))
        redraw(notebook)
        yield path, nbformat.writes(notebook) + "\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--check", action="store_true", help="write nothing")


def main(given: argparse.Namespace) -> int:
    """Write the files, or name those that differ."""
    stale = [
        (path, text)
        for path, text in generated(BOOK)
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if given.check:
            print(f"{path.name} is not up to date: run `make pages`")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.name}")
    return int(given.check and bool(stale))
