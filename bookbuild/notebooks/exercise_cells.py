"""The exercise section of a notebook, made from the exercises themselves.

Statement, stub, hints and solution stand in one place, ``attention_course.exercises``.
Everything below a notebook's heading "## Exercises" is written from there, so that
what a reader sees is what ``check`` checks.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell

from attention_course.exercises import Exercise, Question, exercises, find, solution

HEADING = "## Exercises"

INTRODUCTION = """\
## Exercises

Write the body of each function, run the cell, and `check` says what is wrong, not only \
that something is. `hint("{chapter}.2")` gives one hint after another, and \
`solution("{chapter}.2")` the tested solution. On this page both are folded away under \
each exercise. `progress()` sums up what you have passed. \
Questions marked *predict* are to be answered before you unfold the answer."""

IMPORTS = """\
from torch import Tensor

from attention_course.exercises import check, exercises, hint, progress, solution

exercises({chapter})"""


def exercise_cells(chapter: int) -> list[Any]:
    """Make all cells of a chapter's exercise section, its heading included."""
    cells = [
        new_markdown_cell(INTRODUCTION.format(chapter=chapter)),
        new_code_cell(IMPORTS.format(chapter=chapter)),
    ]
    for row in exercises(chapter):
        item = find(row[0])
        cells.extend(_question(item) if isinstance(item, Question) else _exercise(item))
    return cells


def refresh(notebook: Any, chapter: int) -> None:
    """Write the exercise section anew, in place, if the notebook has one.

    A cell that stays as it was keeps its outputs and its id.
    """
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown" and cell.source.startswith(HEADING):
            before = {
                (old.cell_type, old.source): old for old in notebook.cells[index:]
            }
            section = [
                before.get((new.cell_type, new.source), new)
                for new in exercise_cells(chapter)
            ]
            notebook.cells = [*notebook.cells[:index], *section]
            return


def _heading(item: Exercise | Question, kind: str) -> str:
    stars = "★" * item.stars + "☆" * (3 - item.stars)
    return f"### Exercise {item.id}: {item.title}\n\n{stars} · {item.minutes} minutes{kind}"


def _question(item: Question) -> Iterator[Any]:
    answer = _folded("Answer", item.answer)
    yield new_markdown_cell(
        f"{_heading(item, ' · predict')}\n\n{item.text}\n\n{answer}"
    )


def _exercise(item: Exercise) -> Iterator[Any]:
    yield new_markdown_cell(f"{_heading(item, '')}\n\n{item.statement}")
    name = inspect.unwrap(item.solution).__name__
    yield new_code_cell(f'{item.stub.rstrip()}\n\n\ncheck("{item.id}", {name})')
    hints = [
        _folded(f"Hint {number}", hint)
        for number, hint in enumerate(item.hints, start=1)
    ]
    code = f"```python\n{solution(item.id).text}\n```"
    yield new_markdown_cell("\n\n".join([*hints, _folded("Solution", code)]))


def _folded(title: str, text: str) -> str:
    # The empty lines let every front end read what stands between the tags as Markdown.
    return f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>"
