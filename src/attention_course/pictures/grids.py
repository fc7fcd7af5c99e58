"""Pictures, films and blocks of cells: images and videos. Numbers in, a matplotlib Figure out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from torch import Tensor

from ..embedding import patchify
from ..shapes import (
    check_axes,
    check_boolean,
    check_list,
    check_sizes,
    checked,
    checked_labels,
    positive,
    string,
)
from . import words as words_for
from .canvas import PALETTE, check_named, check_pixels, figure, show_pixels

__all__ = ["film", "patch_picture", "pictures", "voxels"]


@checked(title=string)
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
    check_named("videos", videos, "video")
    for name, video in videos.items():
        check_pixels(f"videos[{name!r}]", video, "F H W C")
    n_frames = max(len(video) for video in videos.values())
    tallest = max(video.shape[1] / video.shape[2] for video in videos.values())
    side = min(1.1, 9.0 / n_frames)
    fig, grid = figure(
        max(3.2, side * n_frames + 0.6),
        0.35 + side * tallest * len(videos) + 0.2 * len(videos),
        rows=len(videos),
        columns=n_frames,
    )
    grid = np.asarray(grid).reshape(len(videos), n_frames)
    for strip, (name, video) in zip(grid, videos.items(), strict=True):
        for column, axes in enumerate(strip):
            show_pixels(axes, video[column * len(video) // n_frames])
            axes.set_title(" ", fontsize=9)  # the same room above every frame
        # No title: the layout would give a long one's frame more room than the others.
        heading = strip[0].text(0, 1.08, name, fontsize=9, transform=strip[0].transAxes)
        heading.set_in_layout(False)
    fig.suptitle(title, fontsize=10, x=0.01, ha="left")
    shown = {
        name: "{} frames of {} by {} pixels".format(*video.shape[:3])
        for name, video in videos.items()
    }
    return words_for.tell(fig, words_for.of_panels(shown, title=title))


@checked(patch=positive)
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
    sizes = check_pixels("picture", picture, "H W C")
    blocks = patchify(picture, patch)  # (H / patch, W / patch, patch · patch · C)
    n_down, n_across, _ = blocks.shape
    middle = n_down // 2, n_across // 2
    picked = middle if picked is None else picked
    row, column = check_sizes("picked", picked, n_axes=2, at_least=0)
    if not (0 <= row < n_down and 0 <= column < n_across):
        raise ValueError(
            f"picked: expected a block from (0, 0) to {(n_down - 1, n_across - 1)}, "
            f"got {(row, column)}"
        )
    block = blocks[row, column].view(patch, patch, sizes["C"])  # (patch, patch, C)

    fig, (left, right) = figure(8.0, 4.2, columns=2)
    for axes, pixels in ((left, picture), (right, block)):
        show_pixels(axes, pixels)
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
    return words_for.tell(fig, words_for.of_panels(shown))


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
    check_list("images", images, "pictures")
    if not images:
        raise ValueError("images: expected at least one picture, got none")
    names = checked_labels("titles", titles, len(images))
    fig, grid = figure(min(9.0, 3.2 * len(images)), 3.4, columns=len(images))
    for axes, image, name in zip(np.atleast_1d(grid), images, names, strict=True):
        check_pixels("images", image, "H W C")
        show_pixels(axes, image)
        axes.set_title(name, fontsize=10, loc="left")
    return words_for.tell(fig, words_for.of_panels(names))


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
    check_named("panels", panels, "grid")
    for title, kinds in panels.items():
        check_named(f"panels[{title!r}]", kinds)
    fig, grid = figure(
        min(9.0, 4.5 * len(panels)), 4.46, columns=len(panels), projection="3d"
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
            if not cells.numel():
                raise ValueError(
                    f"{where}: expected cells, got shape {tuple(cells.shape)}"
                )
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
    return words_for.tell(fig, words_for.of_panels(shown))


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
    axes.set_box_aspect((sizes["W"], 3.0 * sizes["F"], sizes["H"]), zoom=0.92)
    axes.view_init(elev=20, azim=-46)
