"""The neighbourhood explorer as a Python object: state, numbers, and the view without scripts."""

from __future__ import annotations

import math

import pytest
import torch
import traitlets

from attention_course.grid_attention import neighbourhood
from attention_course.widgets import NeighbourhoodExplorer
from tests.widgets.helpers import Page, near, number, numbers_in


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NeighbourhoodExplorer((4, 6)), r"sizes: .*from 1 to 8, got \[4, 6\]"),
        (lambda: NeighbourhoodExplorer((0, 6, 6)), r"sizes: expected 3 whole numbers"),
        (lambda: NeighbourhoodExplorer((4, 9, 6)), r"sizes: .* to 8, got \[4, 9, 6\]"),
        (
            lambda: NeighbourhoodExplorer((4, True, 6)),
            r"sizes: .* to 8, got \[4, True, 6\]",
        ),
        (
            lambda: NeighbourhoodExplorer(context_sizes=(9, 1, 1)),
            r"context_sizes: .*from 1 to 8, got \[9, 1, 1\]",
        ),
        (
            lambda: NeighbourhoodExplorer(extent=5),
            r"extent: .*from 0 to 4, got \[5, 5, 5\]",
        ),
        (lambda: NeighbourhoodExplorer(extent=(1, -1, 0)), r"extent: .*from 0 to 4"),
        (
            lambda: NeighbourhoodExplorer((4, 6, 7), cell=(0, 0, 7)),
            r"cell: .*from 0 to 3 and 0 to 5 and 0 to 6, got \[0, 0, 7\]",
        ),
        (lambda: NeighbourhoodExplorer((4, 9, 6), cell=(0, 7, 0)), r"sizes: .*1 to 8"),
        (
            lambda: NeighbourhoodExplorer(context_sizes=(4, 6, 5), causal=True),
            r"causal: .*the sizes of X, 4 × 6 × 6, got 4 × 6 × 5",
        ),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cell", [4, 0, 0]),
        ("sizes", [4, 6]),
        ("context_sizes", [0, 1, 1]),
        ("extent", [1, 1, 5]),
    ],
)
def test_a_refused_change_leaves_the_state_as_it_was(name, value):
    widget = NeighbourhoodExplorer()
    before = widget.state()
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(widget, name, value)
    assert widget.state() == before


def test_vectors_are_read_only():
    widget = NeighbourhoodExplorer()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        widget.vectors = widget.vectors


def test_other_sizes_take_the_cell_and_the_causal_switch_along():
    widget = NeighbourhoodExplorer((4, 6, 7), cell=(3, 5, 6), causal=True)
    widget.sizes = [2, 6, 3]
    assert (widget.cell, widget.causal) == (
        [1, 5, 2],
        True,
    )  # C is X, whatever its size
    widget.context_sizes = [2, 6, 3]
    assert widget.causal
    widget.context_sizes = [2, 6, 4]
    assert not widget.causal
    widget.sizes = [2, 6, 4]
    widget.causal = True
    widget.sizes = [2, 5, 4]
    assert not widget.causal
    assert NeighbourhoodExplorer((4, 6, 7)).cell == [2, 3, 3]


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = NeighbourhoodExplorer((2, 2, 2), (3, 3, 3), cell=(1, 1, 1))
    widget.set_state(
        {"cell": [4, 6, 7], "causal": True, "sizes": [5, 7, 8], "context_sizes": None}
    )
    assert widget.cell == [4, 6, 7]
    assert widget.causal


def by_hand(widget):
    """List the neighbours with three loops, as the paper says it."""
    mapped = [
        at * context // size
        for at, context, size in zip(
            widget.cell, widget.context, widget.sizes, strict=True
        )
    ]
    F, H, W = widget.context
    own = tuple(widget.cell)
    return mapped, [
        [a, b, c]
        for a in range(F)
        for b in range(H)
        for c in range(W)
        if abs(a - mapped[0]) <= widget.extent[0]
        and abs(b - mapped[1]) <= widget.extent[1]
        and abs(c - mapped[2]) <= widget.extent[2]
        and (not widget.causal or (a, b, c) <= own)
    ]


@pytest.mark.parametrize(
    "widget",
    [
        NeighbourhoodExplorer(),
        NeighbourhoodExplorer((2, 3, 5), (7, 5, 3), (2, 1, 0), (1, 2, 4)),
        NeighbourhoodExplorer((7, 5, 3), (2, 3, 5), (1, 0, 2), (6, 0, 1)),
        NeighbourhoodExplorer((3, 5, 2), None, (1, 4, 1), (1, 2, 0), causal=True),
        NeighbourhoodExplorer((1, 1, 1), None, 0),
        NeighbourhoodExplorer((5, 3, 2), (3, 2, 8), 4),
    ],
    ids=lambda widget: f"{widget.sizes}-{widget.context}",
)
def test_neighbours_weights_and_counts_are_those_of_the_definition(widget):
    mapped, neighbours = by_hand(widget)
    assert widget.mapped() == mapped
    assert widget.neighbours().tolist() == neighbours
    weights = widget.weights()
    assert list(weights.shape) == widget.context
    query, key = widget._toys()
    scores = torch.stack(
        [query[tuple(widget.cell)] @ key[tuple(cell)] / 2 for cell in neighbours]
    )
    expected = torch.zeros(widget.context, dtype=torch.double)
    for cell, weight in zip(neighbours, scores.softmax(0), strict=True):
        expected[tuple(cell)] = weight
    torch.testing.assert_close(weights, expected)
    counts = widget.counts()
    assert counts["query"] == len(neighbours)
    assert counts["window"] == math.prod(2 * e + 1 for e in widget.extent)
    _, inside = neighbourhood(
        widget.sizes, widget.context, widget.extent, causal=widget.causal
    )
    assert counts["nearby"] == int(inside.sum())
    N = math.prod(widget.sizes)
    pairs = N * math.prod(widget.context)
    assert counts["full"] == (sum(range(1, N + 1)) if widget.causal else pairs)


def test_toy_vectors_are_seeded_and_stay_with_their_cells():
    first, same, other = (NeighbourhoodExplorer(seed=seed) for seed in (0, 0, 1))
    assert first.vectors == same.vectors != other.vectors
    query, key = first._toys()
    assert 0.8 < float(query.std()) < 1.2
    assert not torch.equal(query, key)
    first.sizes = [2, 3, 5]
    torch.testing.assert_close(first._toys()[0], query[:2, :3, :5])
    before = torch.random.get_rng_state()
    NeighbourhoodExplorer(seed=3)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_explorer_without_scripts_has_the_same_numbers():
    widget = NeighbourhoodExplorer((4, 6, 6), (2, 3, 6), (1, 1, 2), (3, 0, 5))
    page = Page(widget)
    rows = {row[0]: row[1:] for row in page.rows}
    assert rows["frames"] == ["⌊3 · 2 / 4⌋ = 1", "0 to 2", "0 to 1, 1 cut off"]
    assert rows["rows"] == ["⌊0 · 3 / 6⌋ = 0", "−1 to 1", "0 to 1, 1 cut off"]
    assert rows["columns"] == ["⌊5 · 6 / 6⌋ = 5", "3 to 7", "3 to 5, 2 cut off"]
    weights, near_cells = widget.weights(), widget.neighbours().tolist()
    lines = [row for row in page.rows if row[0].startswith("frame ")]
    assert len(lines) == 4
    for head, *cells in lines:
        a, b = (int(n) for n in numbers_in(head))
        for c, cell in enumerate(cells):
            assert (cell.startswith("[")) == ([a, b, c] == widget.mapped())
            if [a, b, c] in near_cells:
                assert number(cell.strip("[]")) == near(float(weights[a, b, c]))
            else:
                assert cell == "·"
    counts = widget.counts()
    assert rows["this query"] == ["12"]
    assert rows["all queries, nearby"] == [f"{counts['nearby']:,}"]
    assert rows["all queries, full attention"] == ["5,184"]
    assert "maps to (1, 0, 5) of C, 2 × 3 × 6, and scores 12 of the 45" in page.caption
    assert "causal" in NeighbourhoodExplorer(causal=True).summary()
    page = Page(NeighbourhoodExplorer(extent=(4, 1, 0), cell=(0, 3, 5)))
    insides = [row[3] for row in page.rows[1:4]]
    assert insides == ["0 to 3, 5 cut off", "2 to 4, 0 cut off", "5 to 5, 0 cut off"]
