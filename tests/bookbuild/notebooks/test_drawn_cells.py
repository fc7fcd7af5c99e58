"""Every drawing stands in its chapters, once, as the package draws it."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from attention_course.pictures.drawings import draw, drawings
from bookbuild.notebooks.drawn_cells import drawn, redraw

BOOK = Path(__file__).parents[3] / "book"


@pytest.mark.parametrize("chapter", range(1, 7))
def test_a_chapter_has_its_drawings_once_each(chapter):
    (path,) = BOOK.glob(f"0{chapter}-*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    found = [name for _, name in drawn(notebook)]
    assert sorted(found) == [
        name for name, made in drawings().items() if chapter in made.chapters
    ]
    # What shows a drawing teaches nothing: the book leaves the code out.
    assert all(cell.metadata.tags == ["remove-input"] for cell, _ in drawn(notebook))


def test_what_is_in_no_chapter_is_on_a_page():
    pages = "".join(path.read_text(encoding="utf-8") for path in BOOK.glob("*.md"))
    for name, made in drawings().items():
        assert made.chapters or f"\n<!-- drawing: {name} -->\n" in pages


def cell_of(source: str, count: int | None):
    old = new_output("execute_result", data={"text/plain": "old"}, execution_count=1)
    return new_code_cell(source, outputs=[old], execution_count=count)


def test_a_drawing_is_renewed_and_nothing_else():
    notebook = new_notebook(
        cells=[
            cell_of('from x import draw\n\ndraw("heads")', 3),
            cell_of('draw("heads")', None),  # never run: nbval has to tell
            cell_of('draw("heads").words', 4),
        ]
    )
    redraw(notebook)
    first, *others = notebook.cells
    assert first.outputs[0].data == draw("heads")._repr_mimebundle_()[0]
    assert first.outputs[0].metadata == {"image/svg+xml": {"alt": draw("heads").words}}
    assert first.outputs[0].execution_count == 3
    assert [cell.outputs[0].data for cell in others] == [{"text/plain": "old"}] * 2
