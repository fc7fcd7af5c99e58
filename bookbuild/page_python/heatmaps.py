"""``heatmap`` for the page, where no matplotlib is: the numbers as a table, which the page paints.

It stands where a notebook has ``attention_course.pictures.heatmaps``, and takes the same
arguments, so that code which runs in the page runs in the notebook too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from attention_course.shapes import (
    any_dtype,
    check_drawn,
    checked,
    checked_labels,
    flag,
    string,
)

__all__ = ["Heatmap", "heatmap", "made"]

MOST = 20  # rows, and columns, of a table that is shown

made: list[dict[str, Any]] = []  # in this run, in their order


class Heatmap:
    """What ``heatmap`` returns: it is shown already."""


@checked(
    values=any_dtype("n_rows n_columns"),
    row_name=string,
    column_name=string,
    title=string,
    signed=flag,
    numbers=flag,
)
def heatmap(
    values: Tensor,
    *,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    row_name: str = "",
    column_name: str = "",
    title: str = "",
    signed: bool = False,
    numbers: bool | None = None,
    path: Sequence[int] = (),
) -> Heatmap:
    """Show a matrix as coloured cells with the number in each.

    Args:
        values: ``(n_rows, n_columns)``.
        rows, columns, row_name, column_name, title, signed: as in a notebook.
        numbers, path: taken, so that a notebook's code runs; every number is written, and
            no line is drawn.

    Raises:
        TypeError, ValueError: wrong rank, numbers that are not finite, or labels that do
            not match the axes.
    """
    check_drawn("values", values)
    n_rows, n_columns = values.shape
    row_labels = checked_labels("rows", range(n_rows) if rows is None else rows, n_rows)
    column_labels = checked_labels(
        "columns", range(n_columns) if columns is None else columns, n_columns
    )
    data = [
        [float(value) for value in line] for line in values.detach().tolist()
    ]  # booleans too
    flat = [value for line in data for value in line]
    # Zero has no colour, or the smallest of numbers that are all far from it.
    low = 0.0 if signed else min(flat)
    most = max(abs(value - low) for value in flat) or 1.0
    made.append(
        {
            "title": title,
            "corner": " \\ ".join(filter(None, [row_name, column_name])) or "row",
            "rows": row_labels[:MOST],
            "columns": column_labels[:MOST],
            "values": [[number(x) for x in line[:MOST]] for line in data[:MOST]],
            "shares": [[(x - low) / most for x in line[:MOST]] for line in data[:MOST]],
            "signed": signed,
            "sizes": [n_rows, n_columns],
        }
    )
    return Heatmap()


def number(value: float) -> str:
    """Write a number as briefly as it can be read: three significant digits."""
    text = f"{value:.3g}"
    return "0" if text in ("-0", "0") else text.replace("-", "−", 1)
