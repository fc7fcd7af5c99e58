"""What every picture stands on: a white figure, the palette, the fonts.

Colours: ``cividis`` for quantities and ``PuOr`` for signed ones read the same with
and without colour vision. The background is white in every theme, so that labels
stay readable on a dark page.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from ..shapes import check_axes, check_drawn

__all__ = [
    "FONTS",
    "MARKERS",
    "PALETTE",
    "check_named",
    "check_pixels",
    "figure",
    "outline",
    "show_pixels",
]

# The eleven Chinese signs that dates are written with, so that they show on machines
# without a Chinese font too: a part of Noto Sans CJK SC (licence: SIL OFL 1.1).
FONT_FILE = Path(__file__).parents[1] / "data" / "dates-cjk.otf"
font_manager.fontManager.addfont(str(FONT_FILE))
FONTS = ["DejaVu Sans", "Attention Course Dates"]

# Okabe and Ito's palette, which colour-blind readers can tell apart; yellow left out.
PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"]
ROUNDING = 1e-3  # by which brightness may lie outside
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]


def figure(
    width: float,
    height: float,
    *,
    rows: int = 1,
    columns: int = 1,
    projection: str | None = None,
) -> tuple[Figure, Any]:
    """Make a white figure that no notebook shows twice: pyplot forgets it at once.

    In three dimensions the margins are fixed: before matplotlib 3.11 its layout measures
    the labels of such axes wrongly, and leaves the axes no room.
    """
    fig, axes = plt.subplots(
        rows,
        columns,
        figsize=(width, height),
        layout="none" if projection == "3d" else "constrained",
        facecolor="white",
        dpi=110,
        subplot_kw={"projection": projection},
    )
    plt.close(fig)
    if projection == "3d":
        fig.subplots_adjust(
            left=0.06 / width,
            right=1 - 0.42 / width,
            bottom=0.2 / height,
            top=1 - 0.23 / height,
            wspace=0.48 / (width / columns - 0.48),
        )
        fig.patch.set_in_layout(True)  # nothing is cut off to fit what was measured
    return fig, axes


def outline(
    axes: Any, left: float, top: float, width: float, height: float, number: int
) -> None:
    """Outline some pixels in a colour of the palette, on white that shows on dark ground."""
    for colour, line in (("white", 4.0), (PALETTE[1 + number % 5], 2.2)):
        box = plt.Rectangle((left - 0.5, top - 0.5), width, height, fill=False)
        box.set(edgecolor=colour, linewidth=line)
        axes.add_patch(box)


def show_pixels(axes: Any, pixels: Tensor) -> None:
    axes.imshow(pixels.detach().cpu().numpy(), cmap="gray", vmin=0, vmax=1)
    axes.set_xticks([])
    axes.set_yticks([])


def check_named(name: str, given: Any, of: str = "") -> None:
    """Check a dictionary with a name for each thing to draw; at least one, if ``of`` it."""
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        got = type(given).__name__
        raise TypeError(f"{name}: expected a dictionary, by name, got {got}")
    if of and not given:
        raise ValueError(f"{name}: expected at least one {of}, got none")


def check_pixels(name: str, pixels: Tensor, axes: str) -> dict[str, int]:
    """Check brightness from 0 to 1, grey or in three colours; return its sizes."""
    sizes = check_axes(name, pixels, axes)
    check_drawn(name, pixels)
    if sizes["C"] not in (1, 3):
        raise ValueError(f"{name}: expected C = 1 or 3, got C = {sizes['C']}")
    low, high = pixels.min().item(), pixels.max().item()
    if low < -ROUNDING or high > 1 + ROUNDING:
        got = f"{low:g} to {high:g}"
        raise ValueError(f"{name}: expected brightness from 0 to 1, got {got}")
    return sizes
