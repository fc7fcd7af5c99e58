"""Drawings in notebooks: each is as the package draws it today, without a run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from nbformat.v4 import new_output

from attention_course.pictures.drawings import draw

_CALL = re.compile(r'^draw\("([^"]+)"\)\Z', re.MULTILINE)


def drawn(notebook: Any) -> Iterator[tuple[Any, str]]:
    """Yield each cell that ends with a drawing, and the drawing's name."""
    for cell in notebook.cells:
        call = _CALL.search(cell.source)
        if cell.cell_type == "code" and call:
            yield cell, call[1]


def redraw(notebook: Any) -> None:
    """Renew the drawings of a notebook that has been run, in place."""
    for cell, name in drawn(notebook):
        if cell.execution_count is None:
            continue
        data, told = draw(name)._repr_mimebundle_()
        output = new_output(
            "execute_result",
            data=data,
            metadata=told,
            execution_count=cell.execution_count,
        )
        cell.outputs = [output]
