"""Heatmaps of weights and scores, and weights over a picture: numbers in, a Figure out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from torch import Tensor

from ..shapes import (
    any_dtype,
    check_axes,
    check_drawn,
    check_list,
    check_sizes,
    checked,
    checked_labels,
    flag,
    string,
)
from . import words as words_for
from .canvas import FONTS, PALETTE, check_pixels, figure, outline, show_pixels

__all__ = ["attention_picture", "heatmap"]


def attention_picture(
    picture: Tensor, weights: Tensor, cells: Sequence[tuple[int, int]]
) -> Figure:
    """Draw what some cells of a picture look at: coloured where the weight is large.

    Args:
        picture: brightness from 0 to 1, ``(H, W, C)`` with C = 1 or 3.
        weights: ``(n_cells, nH, nW)``, what each cell gives to every patch; nH divides H
            and nW divides W.
        cells: row and column of each cell that looks, counted in patches.

    Returns:
        A Figure: the picture with the cells framed, then one panel for each cell, in
        which a patch takes on colour in proportion to its weight over the largest one.

    Raises:
        TypeError, ValueError: shapes that do not fit, or a cell outside the picture.

    Chapter: 5.
    """
    sizes = check_pixels("picture", picture, "H W C")
    check_list("cells", cells, "cells")
    found = check_axes("weights", weights, "n_cells nH nW", {"n_cells": len(cells)})
    n_down, n_across = found["nH"], found["nW"]
    if sizes["H"] % n_down or sizes["W"] % n_across:
        raise ValueError(
            f"weights: expected nH and nW that divide the picture's "
            f"{(sizes['H'], sizes['W'])}, got {(n_down, n_across)}"
        )
    check_drawn("weights", weights)
    for cell in cells:
        row, column = check_sizes("cells", cell, n_axes=2, at_least=0)
        if not (0 <= row < n_down and 0 <= column < n_across):
            raise ValueError(
                f"cells: expected cells from (0, 0) to {(n_down - 1, n_across - 1)}, "
                f"got {(row, column)}"
            )
    high, wide = sizes["H"] // n_down, sizes["W"] // n_across
    n_panels = 1 + len(cells)
    fig, grid = figure(min(9.0, 2.8 * n_panels), 9.6 / n_panels, columns=n_panels)
    panels = np.atleast_1d(grid)
    show_pixels(panels[0], picture)
    panels[0].set_title("the cells that look", fontsize=10, loc="left")
    for number, (cell, weight) in enumerate(zip(cells, weights, strict=True)):
        light = weight / weight.max().clamp_min(1e-12)  # (nH, nW), from 0 to 1
        light = light.repeat_interleave(high, 0).repeat_interleave(wide, 1)  # (H, W)
        axes = panels[1 + number]
        pale = 0.6 + 0.4 * picture.mean(
            dim=-1
        )  # (H, W), faded, without its own colours
        paint = torch.tensor(to_rgb(PALETTE[0]))
        share = light.unsqueeze(-1)  # (H, W, 1)
        show_pixels(axes, pale.unsqueeze(-1) * (1 - share) + paint * share)
        axes.set_title(f"what cell {cell} looks at", fontsize=10, loc="left")
        for panel in (panels[0], axes):
            outline(panel, cell[1] * wide, cell[0] * high, wide, high, number)
    found_most = {}
    for cell, weight in zip(cells, weights, strict=True):
        place = divmod(int(weight.argmax()), n_across)
        share = words_for.number(float(weight.max()))
        found_most[f"what cell {cell} looks at"] = f"most at {place}, {share}"
    return words_for.tell(fig, words_for.of_panels(found_most))


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
) -> Figure:
    """Draw a matrix as coloured cells with the number in each.

    Args:
        values: ``(n_rows, n_columns)``; in units of the caller's.
        rows: one label for each row; by default its number.
        columns: one label for each column; by default its number.
        row_name: what the rows are, e.g. ``"query"``.
        column_name: what the columns are, e.g. ``"key"``.
        title: a sentence that says what to see.
        signed: colour around zero, for values of both signs.
        numbers: write each value in its cell; by default only where they fit.
        path: rows whose largest values a line joins, from the first to the last.

    Returns:
        A Figure that is not yet shown: a notebook shows it as a cell's last line.

    Raises:
        TypeError, ValueError: wrong rank, or labels that do not match the axes.

    Chapter: all.
    """
    check_drawn("values", values)
    n_rows, n_columns = values.shape
    row_labels = checked_labels("rows", range(n_rows) if rows is None else rows, n_rows)
    column_labels = checked_labels(
        "columns", range(n_columns) if columns is None else columns, n_columns
    )
    check_list("path", path, "rows")
    data = values.detach().cpu().double().numpy()
    if numbers is None:
        numbers = n_columns <= 14 and n_rows <= 16

    cell = (0.62, 0.42) if numbers else (0.2, 0.2)
    width, height = (
        min(9.0, 1.6 + cell[0] * n_columns),
        min(7.0, 1.3 + cell[1] * n_rows),
    )
    fig, axes = figure(max(3.2, width), max(1.9, height))
    limit = float(np.abs(data).max(initial=0.0)) or 1.0
    low, high = (-limit, limit) if signed else (float(data.min()), float(data.max()))
    image = axes.imshow(
        data, cmap="PuOr" if signed else "cividis", vmin=low, vmax=high, aspect="auto"
    )
    _join(axes, data, path)
    # Numbers that nobody chose are thinned out by matplotlib where they would touch.
    if numbers or columns is not None:
        axes.set_xticks(range(n_columns), column_labels, fontfamily=FONTS)
    if numbers or rows is not None:
        axes.set_yticks(range(n_rows), row_labels, fontfamily=FONTS)
    if columns is not None and max(map(len, column_labels), default=0) > 3:
        axes.tick_params(axis="x", rotation=45)
    axes.set_xlabel(column_name)
    axes.set_ylabel(row_name)
    axes.set_title(title, fontsize=10, loc="left", fontfamily=FONTS)
    axes.tick_params(length=0)
    if numbers:
        for row in range(n_rows):
            for column in range(n_columns):
                red, green, blue, _ = image.cmap(image.norm(data[row, column]))
                dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
                text = f"{data[row, column]:.2f}".rstrip("0").rstrip(".")
                axes.text(
                    column, row, "0" if text == "-0" else text,
                    ha="center", va="center", fontsize=9, color="white" if dark else "black",
                )  # fmt: skip
    else:
        fig.colorbar(image, ax=axes, fraction=0.046)
    labels = (data, row_labels, column_labels)
    names = {"row_name": row_name, "column_name": column_name}
    return words_for.tell(
        fig,
        words_for.of_heatmap(*labels, **names, title=title),
        words_for.table_of_heatmap(*labels, **names),
    )


def _join(axes: Any, data: np.ndarray[Any, Any], path: Sequence[int]) -> None:
    """Draw a line through the largest value of each row of a path."""
    for row in path:
        if type(row) is not int or not 0 <= row < len(data):
            raise ValueError(
                f"path: expected rows from 0 to {len(data) - 1}, got {row!r}"
            )
    columns = [int(data[row].argmax()) for row in path]
    for colour, width in (("black", 3.0), ("white", 1.4)):  # seen on dark and on pale
        axes.plot(
            columns, list(path), "o-", color=colour, linewidth=width, ms=width + 2
        )
