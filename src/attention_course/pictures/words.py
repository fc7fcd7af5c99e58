"""What a figure shows, in words made from its data, for readers who do not see it.

``tell`` hangs the words on a Figure. A notebook stores them beside the picture, and the
built book makes them the picture's alternative text; a heatmap also brings its numbers,
which the book offers as a table that folds out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..shapes import a, check_number, check_texts, checked, checked_labels, string
from .canvas import check_named

__all__ = [
    "of_bars",
    "of_curves",
    "of_heatmap",
    "of_panels",
    "of_points",
    "table_of_heatmap",
    "tell",
]

MOST_ROWS = 6  # that a sentence goes through one by one
MOST_NUMBERS = 400  # of a table: beyond, nobody would read it


@checked(fig=a(Figure), words=string, table=a(dict))
def tell(fig: Figure, words: str, table: dict[str, Any] | None = None) -> Figure:
    """Give a figure the words that stand for it, and return it.

    Args:
        fig: the figure; changed in place.
        words: plain text.
        table: as :func:`table_of_heatmap` returns it.
    """
    told: dict[str, Any] = {"alt": " ".join(words.split())}
    if table is not None:
        told["table"] = table

    def bundle(include: Any = None, exclude: Any = None) -> Any:
        # matplotlib's own formatter adds the picture to this.
        return {"text/plain": told["alt"]}, {"image/png": told}

    fig._repr_mimebundle_ = bundle  # type: ignore[attr-defined]
    return fig


def number(value: float) -> str:
    """Write a number as briefly as it can be read: three significant digits."""
    text = f"{value:.3g}"
    return "0" if text in ("-0", "0") else text.replace("-", "−", 1)


@checked(row_name=string, column_name=string, title=string)
def of_heatmap(
    data: Any,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    row_name: str = "",
    column_name: str = "",
    title: str = "",
) -> str:
    """Say how large a heatmap is and where the largest values lie, row by row if few.

    Args:
        data: ``(n_rows, n_columns)``, an array.
        rows, columns: their labels.
        row_name, column_name, title: as in ``plotting.heatmap``.
    """
    data = _numbers("data", data, 2)
    rows = checked_labels("rows", rows, len(data))
    columns = checked_labels("columns", columns, data.shape[1])
    row_word, column_word = row_name or "row", column_name or "column"
    parts = [_sentence(title), f"Heatmap of {len(rows)} by {len(columns)} numbers."]
    if len(rows) <= MOST_ROWS:
        for name, values in zip(rows, data, strict=True):
            best = int(values.argmax())
            parts.append(
                f"{row_word} {name}: most at {column_word} {columns[best]}, "
                f"{number(values[best])}."
            )
    else:
        for word, flat in (("Largest", data.argmax()), ("Smallest", data.argmin())):
            row, column = divmod(int(flat), data.shape[1])
            parts.append(
                f"{word}: {number(data[row, column])}, at {row_word} {rows[row]}, "
                f"{column_word} {columns[column]}."
            )
    return " ".join(filter(None, parts))


@checked(row_name=string, column_name=string)
def table_of_heatmap(
    data: Any,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    row_name: str = "",
    column_name: str = "",
) -> dict[str, Any] | None:
    """Return a heatmap's numbers as texts with their labels; None if they are too many."""
    data = _numbers("data", data, 2)
    rows = checked_labels("rows", rows, len(data))
    columns = checked_labels("columns", columns, data.shape[1])
    if data.size > MOST_NUMBERS:
        return None
    return {
        "corner": " \\ ".join(filter(None, [row_name, column_name])) or "row",
        "rows": list(rows),
        "columns": list(columns),
        "values": [[number(value) for value in line] for line in data],
    }


@checked(x_name=string, y_name=string, title=string)
def of_curves(
    x: Sequence[float],
    means: Mapping[str, Any],
    *,
    x_name: str = "",
    y_name: str = "",
    title: str = "",
) -> str:
    """Say where each curve begins and ends, and how low and high it goes between.

    Args:
        x: the places.
        means: for each curve's name its values ``(n_x,)``.
        x_name, y_name, title: as in ``plotting.curves``.
    """
    check_named("means", means)
    x = _numbers("x", x, 1)
    parts = [_sentence(title)]
    axes = f"{y_name or 'values'} over {x_name or 'x'}"
    parts.append(f"{len(means)} curves of {axes}." if len(means) > 1 else f"{axes}.")
    for name, values in means.items():
        values = _numbers(f"means[{name!r}]", values, 1)
        if len(values) != len(x):
            wanted = f"{len(x)} numbers, one for each x"
            raise ValueError(f"means[{name!r}]: expected {wanted}, got {len(values)}")
        said = (
            f"{name}: {number(values[0])} at {number(x[0])}, "
            f"{number(values[-1])} at {number(x[-1])}"
        )
        low, high = int(values.argmin()), int(values.argmax())
        ends = (0, len(values) - 1)
        if low not in ends:
            said += f", lowest {number(values[low])} at {number(x[low])}"
        if high not in ends:
            said += f", highest {number(values[high])} at {number(x[high])}"
        parts.append(f"{said}.")
    return " ".join(filter(None, parts))


@checked(x_name=string, title=string)
def of_bars(values: Mapping[str, float], *, x_name: str = "", title: str = "") -> str:
    """Say the number of every bar."""
    check_named("values", values, "bar")
    for name, value in values.items():
        check_number(f"values[{name!r}]", value, infinite=True)
    said = ", ".join(f"{name} {number(value)}" for name, value in values.items())
    unit = f" ({x_name})" if x_name else ""
    return f"{_sentence(title)} Bars{unit}: {said}.".strip()


@checked(title=string)
def of_points(
    points: Any, words: Sequence[str], groups: Sequence[str], *, title: str = ""
) -> str:
    """Say for each group of a map how many points it has and where their middle lies.

    Args:
        points: ``(n_words, 2)``.
        words, groups: a label and a group for each point.
        title: as in ``plotting.word_map``.
    """
    points = _numbers("points", points, 2)
    words = checked_labels("words", words, len(points))
    groups = checked_labels("groups", groups, len(points))
    parts = [_sentence(title), f"Map of {len(words)} points."]
    for name in dict.fromkeys(groups):
        own = [index for index, group in enumerate(groups) if group == name]
        middle = points[own].mean(axis=0)
        some = ", ".join(words[index] for index in own[:MOST_ROWS])
        more = f" and {len(own) - MOST_ROWS} more" if len(own) > MOST_ROWS else ""
        parts.append(
            f"{name}: {some}{more}, around ({number(middle[0])}, {number(middle[1])})."
        )
    return " ".join(filter(None, parts))


@checked(title=string)
def of_panels(panels: Mapping[str, str] | Sequence[str], *, title: str = "") -> str:
    """Say what stands side by side: titles, or titles each with what it shows."""
    check_texts("panels", panels)
    if not panels:
        raise ValueError("panels: expected at least one, got none")
    if isinstance(panels, Mapping):
        said = "; ".join(f"{name}: {shown}" for name, shown in panels.items())
    else:
        said = "; ".join(panels)
    many = f"{len(panels)} pictures: " if len(panels) > 1 else "Picture: "
    return f"{_sentence(title)} {many}{said}.".strip()


def _sentence(title: str) -> str:
    title = title.strip()
    return title if not title or title.endswith((".", "!", "?")) else f"{title}."


def _numbers(name: str, data: Any, n_axes: int) -> Any:
    """Make an array of numbers with this many axes, and something in it."""
    try:
        found = np.asarray(data, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected numbers, got {data!r}") from None
    if found.ndim != n_axes or not found.size:
        wanted = f"numbers along {n_axes} axes"
        raise ValueError(f"{name}: expected {wanted}, got shape {found.shape}")
    return found
