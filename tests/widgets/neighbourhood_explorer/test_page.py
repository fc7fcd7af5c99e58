"""The neighbourhood explorer in a real browser, on a page that needs no built book."""

from __future__ import annotations

import math
import re

import pytest
import torch

from attention_course.grid_attention import (
    count_scores,
    nearby_attention_direct,
    neighbourhood,
    weights_on_grid,
)
from attention_course.widgets import (
    NeighbourhoodExplorer,
)
from tests.widgets.helpers import (
    apart,
    box_of,
    cells_of,
    near,
    number,
    numbers_in,
    picker,
)

pytestmark = pytest.mark.browser

KINDS = [NeighbourhoodExplorer]


def test_the_neighbourhoods_are_torch_s_over_400_settings(compute):
    pick = picker(torch.Generator().manual_seed(51))
    widgets = [
        NeighbourhoodExplorer((8, 8, 8), None, 4, (7, 0, 4), True),
        NeighbourhoodExplorer((8, 8, 8), (1, 1, 1), 4),
        NeighbourhoodExplorer((1, 1, 1), (8, 8, 8), 0),
    ]
    while len(widgets) < 400:
        sizes = [pick(1, 8) for _ in range(3)]
        context = [None, list(sizes), [pick(1, 8) for _ in range(3)]][len(widgets) % 3]
        widget = NeighbourhoodExplorer(
            sizes,
            context,
            [pick(0, 4) for _ in range(3)],
            [pick(0, size - 1) for size in sizes],
            causal=bool(pick(0, 1)) and context in (None, sizes),
            seed=pick(0, 5),
        )
        widgets.append(widget)
    keep = ["context", "cell", "mapped", "neighbours", "later", "weights", "counts"]
    results = compute(NeighbourhoodExplorer, [w.state() for w in widgets], keep)
    largest, n_causal, n_clipped = 0.0, 0, 0
    for widget, result in zip(widgets, results, strict=True):
        sizes, context = widget.sizes, widget.context
        assert (result["context"], result["cell"]) == (context, widget.cell)
        assert result["mapped"] == widget.mapped()
        at = tuple(widget.cell)
        given = (sizes, context, widget.extent)
        cells, inside = (
            part[at] for part in neighbourhood(*given, causal=widget.causal)
        )
        everything = neighbourhood(*given)[1][at]
        assert result["neighbours"] == cells[inside].tolist()
        assert result["later"] == cells[everything & ~inside].tolist()
        query, key = widget._toys()
        _, weights = nearby_attention_direct(
            query, key, key, widget.extent, causal=widget.causal
        )
        expected = weights_on_grid(weights, context)[at]
        shown = torch.tensor(result["weights"]).reshape(context)
        largest = max(largest, apart(shown, expected), apart(shown, widget.weights()))
        counts = dict(result["counts"])
        assert counts == widget.counts()
        assert counts["nearby"] == count_scores(*given, causal=widget.causal)
        N = math.prod(sizes)
        assert counts["full"] == (
            N * (N + 1) // 2 if widget.causal else N * math.prod(context)
        )
        n_causal += widget.causal
        n_clipped += counts["query"] < counts["window"]
    assert largest <= 1e-5
    assert n_causal >= 50
    assert 50 <= n_clipped < 400


def assert_neighbourhood_shows(page, widget):
    box = box_of(page, NeighbourhoodExplorer)
    assert_controls_show(box, widget)
    assert_query_is_marked(box, widget)
    assert_context_shows(box, widget)
    assert_costs_show(box, widget)
    assert_axes_show(box, widget)
    assert_summary_says(box, widget)


def assert_controls_show(box, widget):
    sizes, context = widget.sizes, widget.context
    for labels, values in [
        (("Frames of X", "Rows of X", "Columns of X"), sizes),
        (("Extent, frames", "Extent, rows", "Extent, columns"), widget.extent),
        (("Query's frame", "Query's row", "Query's column"), widget.cell),
    ]:
        for label, value in zip(labels, values, strict=True):
            slide = box.get_by_role("slider", name=label)
            assert slide.input_value() == str(value)
    for axis, label in enumerate(("Frames of C", "Rows of C", "Columns of C")):
        slide = box.get_by_label(label)
        assert slide.is_visible() == (widget.context_sizes is not None)
        assert slide.input_value() == str(context[axis])
    itself = box.get_by_label("C is X itself")
    assert itself.is_checked() == (widget.context_sizes is None)
    causal = box.get_by_label("Causal")
    assert causal.is_checked() == widget.causal
    assert causal.is_enabled() == (sizes == context)


def own_of(widget):
    """The number of the query's cell in X, counted row by row and frame by frame."""
    (_, H, W), (f, r, c) = widget.sizes, widget.cell
    return (f * H + r) * W + c


def assert_query_is_marked(box, widget):
    """X: one square is marked."""
    sizes = widget.sizes
    squares = box.locator(".ac-ne-cell")
    assert squares.count() == math.prod(sizes)
    marked = box.locator(".ac-ne-query")
    assert marked.all_inner_texts() == ["Q"]
    assert marked.get_attribute("data-cell") == " ".join(map(str, widget.cell))
    f, r, c = widget.cell
    grid = box.get_by_role("slider", name=re.compile("^Query cell of X"))
    assert grid.get_attribute("aria-valuetext") == f"frame {f}, row {r}, column {c}"
    assert grid.get_attribute("aria-valuenow") == str(own_of(widget))
    assert grid.get_attribute("aria-valuemax") == str(math.prod(sizes) - 1)


def assert_context_shows(box, widget):
    """C: a table for each frame, a number for each neighbour and for no other cell."""
    context = widget.context
    weights, mapped = widget.weights(), widget.mapped()
    neighbours = {tuple(cell) for cell in widget.neighbours().tolist()}
    tables = box.locator("table.ac-ne-context").all()
    assert len(tables) == context[0]
    seen = set()
    for a, table in enumerate(tables):
        rows = cells_of(table)
        assert [len(rows), len(rows[0])] == context[1:]
        for b, row in enumerate(rows):
            for c, text in enumerate(row):
                assert ("●" in text) == ([a, b, c] == mapped)
                text = text.replace("●", "").strip()
                if (a, b, c) in neighbours:
                    assert number(text) == near(float(weights[a, b, c]))
                    seen.add((a, b, c))
                elif text:
                    assert text == "×"
                    assert widget.causal
                    assert (a, b, c) > tuple(widget.cell)
        in_window = abs(a - mapped[0]) <= widget.extent[0]
        caption = table.locator("caption").inner_text()
        assert caption == f"frame {a} of C{'' if in_window else ': not seen'}"
    assert seen == neighbours
    painted = box.locator("table.ac-ne-context td").evaluate_all(
        "(all) => all.map((td) => parseFloat(td.style.getPropertyValue('--ac-share')))"
    )
    expected = 100 * weights / weights.max()
    assert painted == pytest.approx(expected.flatten().tolist(), abs=0.51)


def assert_axes_show(box, widget):
    sizes, context, mapped = widget.sizes, widget.context, widget.mapped()
    axes, _ = box.locator("table.ac-facts").all()
    for axis, (maps, window, inside, cut) in enumerate(cells_of(axes)):
        at, size, of = widget.cell[axis], sizes[axis], context[axis]
        assert maps == f"⌊{at} · {of} ÷ {size}⌋ = {mapped[axis]}"
        e = widget.extent[axis]
        assert numbers_in(window) == [mapped[axis] - e, mapped[axis] + e]
        ends = [max(mapped[axis] - e, 0), min(mapped[axis] + e, of - 1)]
        assert numbers_in(inside) == ends
        lost = 2 * e + 1 - (ends[1] - ends[0] + 1)
        assert cut == (f"{lost} of {2 * e + 1}" if lost else "nothing")


def assert_costs_show(box, widget):
    _, costs = box.locator("table.ac-facts").all()
    counts = widget.counts()
    one, every = cells_of(costs)
    seen_by_one = own_of(widget) + 1 if widget.causal else math.prod(widget.context)
    assert [number(x) for x in one[:2]] == [counts["query"], seen_by_one]
    assert number(one[2].rstrip(" ×")) == near(seen_by_one / counts["query"], 1)
    assert [number(x) for x in every[:2]] == [counts["nearby"], counts["full"]]
    times = counts["full"] / counts["nearby"]
    assert number(every[2].rstrip(" ×")) == near(times, 1)


def assert_summary_says(box, widget):
    axes, _ = box.locator("table.ac-facts").all()
    counts, weights = widget.counts(), widget.weights()
    summary = box.locator(".ac-summary").inner_text()
    where = ", ".join(map(str, widget.mapped()))
    told = f"maps to ({where}) of C and scores {counts['query']} of the "
    assert told + f"{counts['window']} cells of its window" in summary
    assert (
        f"{counts['nearby']:,} scores; full attention {counts['full']:,}"
    ) in summary
    best = re.search(r"most weight, (\S+), is on \((.+?)\)", summary)
    assert number(best[1]) == near(float(weights.max()))
    place = tuple(int(n) for n in best[2].split(", "))
    assert weights[place] == weights.max()
    cuts = [
        name
        for name, cell in zip(
            ("frames", "rows", "columns"), cells_of(axes), strict=True
        )
        if cell[3] != "nothing"
    ]
    cutting = f"border cuts the window along {' and '.join(cuts)}."
    assert (cutting if cuts else "No border cuts the window.") in summary


def test_the_neighbourhood_explorer_answers_every_control_without_network(show):
    widget = NeighbourhoodExplorer((4, 5, 3))
    page = show(NeighbourhoodExplorer((4, 5, 3)))
    box = box_of(page, NeighbourhoodExplorer)
    assert_neighbourhood_shows(page, widget)

    def change(**changes):
        widget.set_state(changes)
        assert_neighbourhood_shows(page, widget)

    def press(label, key):
        box.get_by_role("slider", name=label, exact=True).press(key)

    press("Extent, columns", "ArrowRight")
    change(extent=[1, 1, 2])
    press("Extent, frames", "Home")
    change(extent=[0, 1, 2])
    press("Query's frame", "End")
    change(cell=[3, 2, 1])
    press("Query's column", "Home")
    change(cell=[3, 2, 0])
    box.get_by_label("Causal").press("Space")
    change(causal=True)

    # A cell of X, by mouse and by keyboard; nothing leaves the grid.
    grid = box.get_by_role("slider", name=re.compile("^Query cell of X"))
    grid.locator("[data-cell='1 4 2']").click()
    change(cell=[1, 4, 2])
    grid.focus()
    for key, cell in [
        ("ArrowDown", [1, 4, 2]),
        ("ArrowRight", [1, 4, 2]),
        ("ArrowUp", [1, 3, 2]),
        ("ArrowLeft", [1, 3, 1]),
        ("PageDown", [2, 3, 1]),
        ("PageUp", [1, 3, 1]),
        ("PageUp", [0, 3, 1]),
        ("PageUp", [0, 3, 1]),
        ("End", [3, 4, 2]),
        ("Home", [0, 0, 0]),
        ("ArrowUp", [0, 0, 0]),
    ]:
        page.keyboard.press(key)
        change(cell=cell)

    # Another grid for C: first one like X, then of its own; causal goes where it cannot be.
    box.get_by_label("C is X itself").press("Space")
    change(context_sizes=[4, 5, 3])
    assert widget.causal
    press("Columns of C", "ArrowRight")
    change(context_sizes=[4, 5, 4], causal=False)
    press("Frames of C", "Home")
    change(context_sizes=[1, 5, 4])
    press("Rows of X", "End")
    change(sizes=[4, 8, 3])
    grid.press("End")
    change(cell=[3, 7, 2])
    press("Frames of X", "ArrowLeft")
    change(sizes=[3, 8, 3], cell=[2, 7, 2])
    box.get_by_label("C is X itself").check()
    change(context_sizes=None)
