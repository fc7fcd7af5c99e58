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
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from torch import Tensor

from . import alt_text
from .embedding import patchify
from .shapes import check_axes, check_boolean

__all__ = [
    "attention_picture",
    "bars",
    "curves",
    "film",
    "heatmap",
    "patch_picture",
    "pictures",
    "voxels",
    "word_map",
]

# The eleven Chinese signs that dates are written with, so that they show on machines
# without a Chinese font too: a part of Noto Sans CJK SC (licence: SIL OFL 1.1).
font_manager.fontManager.addfont(str(Path(__file__).parent / "data" / "dates-cjk.otf"))
FONTS = ["DejaVu Sans", "Attention Course Dates"]

# Okabe and Ito's palette, which colour-blind readers can tell apart; yellow left out.
PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]


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
    sizes = check_axes("picture", picture, "H W C")
    found = check_axes("weights", weights, "n_cells nH nW", {"n_cells": len(cells)})
    n_down, n_across = found["nH"], found["nW"]
    if sizes["H"] % n_down or sizes["W"] % n_across:
        raise ValueError(
            f"weights: expected nH and nW that divide the picture's "
            f"{(sizes['H'], sizes['W'])}, got {(n_down, n_across)}"
        )
    for row, column in cells:
        if not (0 <= row < n_down and 0 <= column < n_across):
            raise ValueError(
                f"cells: expected cells from (0, 0) to {(n_down - 1, n_across - 1)}, "
                f"got {(row, column)}"
            )
    high, wide = sizes["H"] // n_down, sizes["W"] // n_across
    n_panels = 1 + len(cells)
    fig, grid = _figure(min(9.0, 2.8 * n_panels), 9.6 / n_panels, columns=n_panels)
    panels = np.atleast_1d(grid)
    _show_pixels(panels[0], picture)
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
        _show_pixels(axes, pale.unsqueeze(-1) * (1 - share) + paint * share)
        axes.set_title(f"what cell {cell} looks at", fontsize=10, loc="left")
        for panel in (panels[0], axes):
            _frame(panel, cell[1] * wide, cell[0] * high, wide, high, number)
    found_most = {}
    for cell, weight in zip(cells, weights, strict=True):
        place = divmod(int(weight.argmax()), n_across)
        share = alt_text.number(float(weight.max()))
        found_most[f"what cell {cell} looks at"] = f"most at {place}, {share}"
    return alt_text.tell(fig, alt_text.of_panels(found_most))


def bars(
    values: Mapping[str, float],
    *,
    x_name: str = "",
    title: str = "",
    log: bool = False,
) -> Figure:
    """Draw one horizontal bar for each name, with its number.

    Args:
        values: for each name a number; above zero if ``log``.
        x_name: what the numbers are, with their unit.
        title: a sentence that says what to see.
        log: a logarithmic axis.

    Returns:
        A Figure.

    Raises:
        ValueError: nothing to draw, or a number that a logarithmic axis cannot show.

    Chapter: 5.
    """
    if not values:
        raise ValueError("values: expected at least one bar, got none")
    if log and min(values.values()) <= 0:
        raise ValueError(
            f"values: expected numbers above 0 for a logarithmic axis, "
            f"got {min(values.values())}"
        )
    fig, axes = _figure(7.5, 1.2 + 0.42 * len(values))
    drawn = axes.barh(list(values), list(values.values()), color=PALETTE[0], height=0.6)
    axes.bar_label(drawn, labels=[f"{x:.3g}" for x in values.values()], padding=4)
    axes.invert_yaxis()  # the first on top
    if log:
        axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.set_xlabel(x_name)
    axes.set_title(title, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return alt_text.tell(fig, alt_text.of_bars(values, x_name=x_name, title=title))


def curves(
    x: Sequence[float],
    runs: Mapping[str, Tensor],
    *,
    x_name: str = "",
    y_name: str = "",
    title: str = "",
    limits: tuple[float, float] | None = None,
    log: bool = False,
) -> Figure:
    """Draw one curve for each setting: the mean over seeds, with bars from worst to best.

    Args:
        x: ``n_x`` places on the horizontal axis.
        runs: for each setting's name its results ``(n_seeds, n_x)``; at most seven.
        x_name: what the horizontal axis is, with its unit.
        y_name: what the vertical axis is, with its unit.
        title: a sentence that says what to see.
        limits: lowest and highest value of the vertical axis.
        log: both axes logarithmic, so that a power of ``x`` is a straight line.

    Returns:
        A Figure.

    Raises:
        TypeError, ValueError: results that do not match ``x``, or too many settings.

    Chapter: 2, 3 and 5.
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
    if log:
        axes.set_xscale("log")
        axes.set_yscale("log")
    if limits is not None:
        axes.set_ylim(*limits)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=9, framealpha=1)
    means = {
        name: run.detach().cpu().double().mean(dim=0) for name, run in runs.items()
    }
    words = alt_text.of_curves(x, means, x_name=x_name, y_name=y_name, title=title)
    return alt_text.tell(fig, words)


def film(videos: Mapping[str, Tensor], *, title: str = "") -> Figure:
    """Draw videos as strips, one row each, all frames side by side.

    A video with fewer frames than the longest one shows each of them as long as it
    lasts: column ``f`` holds its frame ``⌊f · F' / F⌋``.

    Args:
        videos: for each name brightness from 0 to 1, ``(F, H, W, C)``; C = 1 or 3.
        title: a sentence that says what to see.

    Returns:
        A Figure.

    Raises:
        TypeError, ValueError: wrong rank, or no video.

    Chapter: 5.
    """
    if not videos:
        raise ValueError("videos: expected at least one video, got none")
    for name, video in videos.items():
        check_axes(f"videos[{name!r}]", video, "F H W C")
    n_frames = max(len(video) for video in videos.values())
    tallest = max(video.shape[1] / video.shape[2] for video in videos.values())
    side = min(1.1, 9.0 / n_frames)
    fig, grid = _figure(
        max(3.2, side * n_frames + 0.6),
        0.35 + side * tallest * len(videos) + 0.2 * len(videos),
        rows=len(videos),
        columns=n_frames,
    )
    grid = np.asarray(grid).reshape(len(videos), n_frames)
    for strip, (name, video) in zip(grid, videos.items(), strict=True):
        for column, axes in enumerate(strip):
            _show_pixels(axes, video[column * len(video) // n_frames])
            axes.set_title(" ", fontsize=9)  # the same room above every frame
        # No title: the layout would give a long one's frame more room than the others.
        heading = strip[0].text(0, 1.08, name, fontsize=9, transform=strip[0].transAxes)
        heading.set_in_layout(False)
    fig.suptitle(title, fontsize=10, x=0.01, ha="left")
    shown = {
        name: "{} frames of {} by {} pixels".format(*video.shape[:3])
        for name, video in videos.items()
    }
    return alt_text.tell(fig, alt_text.of_panels(shown, title=title))


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
    labels = (data, row_labels, column_labels)
    names = {"row_name": row_name, "column_name": column_name}
    return alt_text.tell(
        fig,
        alt_text.of_heatmap(*labels, **names, title=title),
        alt_text.table_of_heatmap(*labels, **names),
    )


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
    return alt_text.tell(fig, alt_text.of_panels(names))


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
    shown = {
        "the picture": f"cut into {n_down} × {n_across} = {n_down * n_across} blocks",
        f"block ({row}, {column})": f"{patch} × {patch} pixels, enlarged",
    }
    return alt_text.tell(fig, alt_text.of_panels(shown))


def voxels(panels: Mapping[str, Mapping[str, Tensor]]) -> Figure:
    """Draw grids of cells in three dimensions, some of the cells coloured.

    Args:
        panels: for each panel's title its kinds of cells: a name, and ``(F, H, W)``
            boolean, which cells are of the kind. A later kind hides an earlier one; at
            most six. The rest of the grid is drawn as glass.

    Returns:
        A Figure. Frames go into the page, rows down, columns to the right.

    Raises:
        TypeError, ValueError: wrong rank, unequal sizes within a panel, no panel, or more
            kinds than colours.

    Chapter: 5.
    """
    if not panels:
        raise ValueError("panels: expected at least one grid, got none")
    fig, grid = _figure(
        min(9.0, 4.5 * len(panels)), 4.3, columns=len(panels), projection="3d"
    )
    for axes, (title, kinds) in zip(np.atleast_1d(grid), panels.items(), strict=True):
        if not 1 <= len(kinds) < len(PALETTE):
            raise ValueError(
                f"panels[{title!r}]: expected 1 to {len(PALETTE) - 1} kinds of cells, "
                f"got {len(kinds)}"
            )
        sizes: dict[str, int] = {}
        for name, cells in kinds.items():
            where = f"panels[{title!r}][{name!r}]"
            check_boolean(where, cells)
            sizes = check_axes(where, cells, "F H W", sizes, floating=False)
        _glass(axes, sizes)
        # matplotlib's axes: to the right, into the page, up. Every other layer stays
        # empty, so that the frames stand apart and can be looked into.
        shape = (sizes["W"], 2 * sizes["F"], sizes["H"])
        corners = np.indices([n + 1 for n in shape], dtype=float)  # (3, W + 1, …)
        corners[1] = corners[1] // 2 + 0.25 * (corners[1] % 2)
        paints = np.full(shape, "", dtype=object)
        for paint, cells in zip(PALETTE, kinds.values(), strict=False):
            there = cells.cpu().numpy().transpose(2, 0, 1)[:, :, ::-1]  # (W, F, H)
            paints[:, ::2][there] = paint + "b8"
        axes.voxels(
            *corners,
            paints != "",
            facecolors=paints,
            edgecolors="black",
            linewidth=0.4,
            shade=False,
        )
        _name_axes(axes, sizes)
        axes.set_title(title, fontsize=10, loc="left")
        boxes = [plt.Rectangle((0, 0), 1, 1, color=paint) for paint in PALETTE]
        axes.legend(
            boxes[: len(kinds)], kinds, fontsize=8, loc="upper left", framealpha=1
        )
    shown = {
        title: ", ".join(
            f"{int(cells.sum())} cells {name}" for name, cells in kinds.items()
        )
        for title, kinds in panels.items()
    }
    return alt_text.tell(fig, alt_text.of_panels(shown))


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
    return alt_text.tell(fig, alt_text.of_points(data, words, groups, title=title))


def _figure(
    width: float,
    height: float,
    *,
    rows: int = 1,
    columns: int = 1,
    projection: str | None = None,
) -> tuple[Figure, Any]:
    """Make a white figure that no notebook shows twice: pyplot forgets it at once."""
    fig, axes = plt.subplots(
        rows,
        columns,
        figsize=(width, height),
        layout="constrained",
        facecolor="white",
        dpi=110,
        subplot_kw={"projection": projection},
    )
    plt.close(fig)
    return fig, axes


def _frame(
    axes: Any, left: float, top: float, width: float, height: float, number: int
) -> None:
    """Frame some pixels in a colour of the palette, on white that shows on dark ground."""
    for colour, line in (("white", 4.0), (PALETTE[1 + number % 5], 2.2)):
        box = plt.Rectangle((left - 0.5, top - 0.5), width, height, fill=False)
        box.set(edgecolor=colour, linewidth=line)
        axes.add_patch(box)


def _glass(axes: Any, sizes: Mapping[str, int]) -> None:
    """Draw every frame as a sheet of panes, in front of where its cells are drawn."""
    panes = [
        [(k, i, j), (k + 1, i, j), (k + 1, i, j + 1), (k, i, j + 1)]
        for i in range(sizes["F"])
        for j in range(sizes["H"])
        for k in range(sizes["W"])
    ]
    sheets = Poly3DCollection(
        panes, facecolors="#00000006", edgecolors="#00000028", linewidths=0.4
    )
    axes.add_collection3d(sheets)


def _name_axes(axes: Any, sizes: Mapping[str, int]) -> None:
    """Number the cells along the three axes of a drawing by voxels."""
    for axis, letter, middle in (("x", "W", 0.5), ("y", "F", 0.12), ("z", "H", 0.5)):
        labels = list(range(sizes[letter]))
        places = [place + middle for place in labels]
        if axis == "z":
            labels.reverse()  # row 0 is on top
        axes.set(**{f"{axis}ticks": places, f"{axis}ticklabels": labels})
    axes.set(xlabel="column", ylabel="frame", zlabel="row")
    axes.set(xlim=(0, sizes["W"]), ylim=(0, sizes["F"]), zlim=(0, sizes["H"]))
    axes.tick_params(labelsize=7, pad=-3)
    axes.grid(False)
    for pane in (axes.xaxis, axes.yaxis, axes.zaxis):
        pane.set_pane_color("white")
        pane.line.set_color("none")
        pane.labelpad = -8
    axes.set_box_aspect((sizes["W"], 3.0 * sizes["F"], sizes["H"]), zoom=0.98)
    axes.view_init(elev=20, azim=-46)


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
