"""Bars, curves and maps of words. Numbers in, a matplotlib Figure out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..shapes import (
    check_axes,
    check_drawn,
    check_number,
    checked,
    checked_labels,
    flag,
    string,
)
from . import words as words_for
from .canvas import FONTS, MARKERS, PALETTE, check_named, figure

__all__ = ["bars", "curves", "word_map"]


@checked(x_name=string, title=string, log=flag)
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
    check_named("values", values, "bar")
    for name, value in values.items():
        check_number(f"values[{name!r}]", value)
    if log and min(values.values()) <= 0:
        raise ValueError(
            f"values: expected numbers above 0 for a logarithmic axis, "
            f"got {min(values.values())}"
        )
    fig, axes = figure(7.5, 1.2 + 0.42 * len(values))
    drawn = axes.barh(list(values), list(values.values()), color=PALETTE[0], height=0.6)
    axes.bar_label(drawn, labels=[f"{x:.3g}" for x in values.values()], padding=4)
    axes.invert_yaxis()  # the first on top
    if log:
        axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.set_xlabel(x_name)
    axes.set_title(title, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return words_for.tell(fig, words_for.of_bars(values, x_name=x_name, title=title))


@checked(x_name=string, y_name=string, title=string, log=flag)
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
    check_named("runs", runs, "setting")
    places = _numbers("x", x)
    if limits is not None and len(_numbers("limits", limits)) != 2:
        raise ValueError(f"limits: expected two numbers, got {limits}")
    if len(runs) > len(MARKERS):
        raise ValueError(
            f"runs: expected at most {len(MARKERS)} settings, got {len(runs)}"
        )
    fig, axes = figure(7.5, 4.4)
    for (name, results), colour, marker in zip(
        runs.items(), PALETTE, MARKERS, strict=False
    ):
        check_axes(f"runs[{name!r}]", results, "n_seeds n_x", {"n_x": len(places)})
        check_drawn(f"runs[{name!r}]", results)
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
    words = words_for.of_curves(x, means, x_name=x_name, y_name=y_name, title=title)
    return words_for.tell(fig, words)


@checked(points="n_words 2", title=string)
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
    check_drawn("points", points)
    words = checked_labels("words", words, len(points))
    groups = checked_labels("groups", groups, len(points))
    names = list(dict.fromkeys(groups))
    if len(names) > len(MARKERS):
        raise ValueError(
            f"groups: expected at most {len(MARKERS)} groups, got {len(names)}"
        )
    data = points.detach().cpu().double().numpy()
    fig, axes = figure(8.0, 5.2)
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
    return words_for.tell(fig, words_for.of_points(data, words, groups, title=title))


def _numbers(name: str, given: Any) -> list[float]:
    """Check a list of numbers, a tensor or a range, and return it as Python's."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"{name}: expected numbers, got {given!r}")
    found = given.tolist() if isinstance(given, Tensor) else list(given)
    if not found:
        raise ValueError(f"{name}: expected numbers, got none")
    return [check_number(name, each) for each in found]


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
