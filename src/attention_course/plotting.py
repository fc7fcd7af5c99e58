"""Pictures for every chapter: numbers in, a matplotlib Figure out. Nothing is trained here.

Colours: ``cividis`` for quantities and ``PuOr`` for signed ones read the same with
and without colour vision. The background is white in every theme, so that labels
stay readable on a dark page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from .embedding import patchify
from .shapes import check_axes

__all__ = ["curves", "heatmap", "patch_picture", "pictures", "word_map"]

# The eleven Chinese signs that dates are written with, so that they show on machines
# without a Chinese font too: a part of Noto Sans CJK SC (licence: SIL OFL 1.1).
font_manager.fontManager.addfont(str(Path(__file__).parent / "data" / "dates-cjk.otf"))
FONTS = ["DejaVu Sans", "Attention Course Dates"]

# Okabe and Ito's palette, which colour-blind readers can tell apart; yellow left out.
PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]


def curves(
    x: Sequence[float],
    runs: Mapping[str, Tensor],
    *,
    x_name: str = "",
    y_name: str = "",
    title: str = "",
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw one curve for each setting: the mean over seeds, with bars from worst to best.

    Args:
        x: ``n_x`` places on the horizontal axis.
        runs: for each setting's name its results ``(n_seeds, n_x)``; at most seven.
        x_name: what the horizontal axis is, with its unit.
        y_name: what the vertical axis is, with its unit.
        title: a sentence that says what to see.
        limits: lowest and highest value of the vertical axis.

    Returns:
        A Figure.

    Raises:
        TypeError, ValueError: results that do not match ``x``, or too many settings.

    Chapter: 2 and 3.
    """
    if len(runs) > len(MARKERS):
        raise ValueError(
            f"runs: expected at most {len(MARKERS)} settings, got {len(runs)}"
        )
    fig, axes = _figure(7.5, 4.4)
    for (name, results), colour, marker in zip(
        runs.items(), PALETTE, MARKERS, strict=False
    ):
        check_axes(f"runs[{name!r}]", results, "n_seeds n_x", {"n_x": len(x)})
        data = results.detach().cpu().double()
        mean = data.mean(dim=0)  # (n_x,)
        below, above = mean - data.amin(dim=0), data.amax(dim=0) - mean
        spread = torch.stack([below, above])  # (2, n_x)
        axes.errorbar(
            x, mean.numpy(), yerr=spread.clamp(min=0).numpy(), label=name, color=colour,
            marker=marker, markersize=5, capsize=3, linewidth=1.6, elinewidth=0.9,
        )  # fmt: skip
    axes.set_xlabel(x_name)
    axes.set_ylabel(y_name)
    axes.set_title(title, fontsize=10, loc="left", fontfamily=FONTS)
    if limits is not None:
        axes.set_ylim(*limits)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=9, framealpha=1)
    return fig


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

    Returns:
        A Figure that is not yet shown: a notebook shows it as a cell's last line.

    Raises:
        TypeError, ValueError: wrong rank, or labels that do not match the axes.

    Chapter: all.
    """
    sizes = check_axes("values", values, "n_rows n_columns", floating=False)
    n_rows, n_columns = sizes["n_rows"], sizes["n_columns"]
    row_labels = _labels("rows", rows, n_rows)
    column_labels = _labels("columns", columns, n_columns)
    data = values.detach().cpu().double().numpy()
    if numbers is None:
        numbers = n_columns <= 14 and n_rows <= 16

    cell = (0.62, 0.42) if numbers else (0.2, 0.2)
    width, height = (
        min(9.0, 1.6 + cell[0] * n_columns),
        min(7.0, 1.3 + cell[1] * n_rows),
    )
    fig, axes = _figure(max(3.2, width), max(1.9, height))
    limit = float(np.abs(data).max(initial=0.0)) or 1.0
    low, high = (-limit, limit) if signed else (float(data.min()), float(data.max()))
    image = axes.imshow(
        data, cmap="PuOr" if signed else "cividis", vmin=low, vmax=high, aspect="auto"
    )
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
    return fig


def pictures(images: Sequence[Tensor], titles: Sequence[str]) -> Figure:
    """Draw pictures side by side, each with a title.

    Args:
        images: brightness from 0 to 1, each ``(H, W, C)`` with C = 1 or 3.
        titles: one for each picture.

    Returns:
        A Figure.

    Raises:
        TypeError, ValueError: wrong rank, no pictures, or as many titles as there are not.

    Chapter: 1 and 5.
    """
    names = _labels("titles", titles, len(images))
    if not images:
        raise ValueError("images: expected at least one picture, got none")
    fig, grid = _figure(min(9.0, 3.2 * len(images)), 3.4, columns=len(images))
    for axes, image, name in zip(np.atleast_1d(grid), images, names, strict=True):
        check_axes("images", image, "H W C")
        _show_pixels(axes, image)
        axes.set_title(name, fontsize=10, loc="left")
    return fig


def patch_picture(
    picture: Tensor, patch: int, *, picked: tuple[int, int] | None = None
) -> Figure:
    """Draw a picture cut into blocks, and one block enlarged.

    Args:
        picture: brightness from 0 to 1, ``(H, W, C)`` with C = 1 or 3.
        patch: the block's height and width in pixels; must divide H and W.
        picked: row and column of the block to enlarge; by default the middle one.

    Returns:
        A Figure with the picture, its grid, and the block.

    Raises:
        TypeError, ValueError: wrong rank, or a patch that does not divide the picture.

    Chapter: 1 and 5.
    """
    sizes = check_axes("picture", picture, "H W C")
    blocks = patchify(picture, patch)  # (H / patch, W / patch, patch · patch · C)
    n_down, n_across, _ = blocks.shape
    row, column = picked or (n_down // 2, n_across // 2)
    if not (0 <= row < n_down and 0 <= column < n_across):
        raise ValueError(
            f"picked: expected a block from (0, 0) to {(n_down - 1, n_across - 1)}, "
            f"got {(row, column)}"
        )
    block = blocks[row, column].view(patch, patch, sizes["C"])  # (patch, patch, C)

    fig, (left, right) = _figure(8.0, 4.2, columns=2)
    for axes, pixels in ((left, picture), (right, block)):
        _show_pixels(axes, pixels)
    for edge in range(patch, sizes["H"], patch):
        left.axhline(edge - 0.5, color="white", linewidth=0.6, alpha=0.7)
    for edge in range(patch, sizes["W"], patch):
        left.axvline(edge - 0.5, color="white", linewidth=0.6, alpha=0.7)
    corner = (column * patch - 0.5, row * patch - 0.5)
    left.add_patch(
        plt.Rectangle(
            corner, patch, patch, fill=False, edgecolor=PALETTE[1], linewidth=2.5
        )
    )
    left.set_title(
        f"{n_down} × {n_across} = {n_down * n_across} blocks", fontsize=10, loc="left"
    )
    right.set_title(
        f"block ({row}, {column}): {patch} × {patch} pixels", fontsize=10, loc="left"
    )
    for spine in right.spines.values():
        spine.set(edgecolor=PALETTE[1], linewidth=2.5)
    return fig


def word_map(
    points: Tensor, words: Sequence[str], groups: Sequence[str], *, title: str = ""
) -> Figure:
    """Draw words as labelled points in the plane, one colour and marker for each group.

    Args:
        points: ``(n_words, 2)``.
        words: ``n_words`` labels.
        groups: the group that each word belongs to; at most seven different ones.
        title: a sentence that says what to see.

    Returns:
        A Figure.

    Raises:
        TypeError, ValueError: wrong shapes, or more groups than markers.

    Chapter: 1 and 4.
    """
    sizes = check_axes("points", points, "n_words 2")
    _labels("words", words, sizes["n_words"])
    _labels("groups", groups, sizes["n_words"])
    names = list(dict.fromkeys(groups))
    if len(names) > len(MARKERS):
        raise ValueError(
            f"groups: expected at most {len(MARKERS)} groups, got {len(names)}"
        )
    data = points.detach().cpu().double().numpy()
    fig, axes = _figure(8.0, 5.2)
    for name, colour, marker in zip(names, PALETTE, MARKERS, strict=False):
        own = [index for index, group in enumerate(groups) if group == name]
        axes.scatter(
            data[own, 0], data[own, 1], c=colour, marker=marker, s=34, label=name
        )
    axes.set_title(title, fontsize=10, loc="left", fontfamily=FONTS)
    axes.set_xlabel("first principal direction")
    axes.set_ylabel("second principal direction")
    axes.legend(fontsize=8, framealpha=1)
    axes.margins(0.12)
    _label_points(fig, axes, data, words)
    return fig


def _figure(width: float, height: float, *, columns: int = 1) -> tuple[Figure, Any]:
    """Make a white figure that no notebook shows twice: pyplot forgets it at once."""
    fig, axes = plt.subplots(
        1,
        columns,
        figsize=(width, height),
        layout="constrained",
        facecolor="white",
        dpi=110,
    )
    plt.close(fig)
    return fig, axes


def _show_pixels(axes: Any, pixels: Tensor) -> None:
    axes.imshow(pixels.detach().cpu().numpy(), cmap="gray", vmin=0, vmax=1)
    axes.set_xticks([])
    axes.set_yticks([])


def _label_points(fig: Figure, axes: Any, data: Any, words: Sequence[str]) -> None:
    """Write each word beside its point, on the first side where it covers nothing yet."""
    fig.draw_without_rendering()  # fixes the layout, so that points have places on the page
    pixels = axes.transData.transform(data)
    to_pixels = fig.dpi / 72
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in pixels]
    for (x, y), point, word in zip(pixels, data, words, strict=True):
        width, height = 5.2 * to_pixels * len(word), 10 * to_pixels  # 8-point letters
        sides = [
            (7, -4),
            (-7, -4),
            (0, 7),
            (0, -15),
            (7, 7),
            (-7, 7),
            (7, -15),
            (-7, -15),
            (7, 19),
        ]
        for dx, dy in sides:
            left = (
                x + dx * to_pixels - (width if dx < 0 else width / 2 if dx == 0 else 0)
            )
            low = y + dy * to_pixels
            box = (left, low, left + width, low + height)
            if not any(_overlap(box, other) for other in taken):
                break
        taken.append(box)
        side = "right" if dx < 0 else "center" if dx == 0 else "left"
        axes.annotate(
            word,
            point,
            xytext=(dx, dy),
            textcoords="offset points",
            fontsize=8,
            ha=side,
        )


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _labels(name: str, labels: Sequence[str] | None, count: int) -> list[str]:
    found = (
        [str(index) for index in range(count)]
        if labels is None
        else [str(x) for x in labels]
    )
    if len(found) != count:
        raise ValueError(f"{name}: expected {count} labels, got {len(found)}")
    return found
