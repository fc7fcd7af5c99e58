"""The map between grids, neighbourhoods, and how many scores there are."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attention_course.grid_attention import count_scores, map_cells, neighbourhood
from tests.grid_attention.helpers import (
    CONTEXT,
    SIZES,
    cells_of,
    extents,
    nearby,
    same_every_run,
)


@pytest.mark.parametrize(
    ("size", "context_size", "expected"),
    [
        (5, 5, [0, 1, 2, 3, 4]),
        (8, 4, [0, 0, 1, 1, 2, 2, 3, 3]),
        (3, 7, [0, 2, 4]),  # 0, 2.33, 4.67: neither rounded nor up
        (5, 3, [0, 0, 1, 1, 2]),  # 0, 0.6, 1.2, 1.8, 2.4
        (2, 6, [0, 3]),  # nothing is added to reach the middle of the block
        (1, 5, [0]),
        (5, 1, [0, 0, 0, 0, 0]),
    ],
)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_map_by_hand(size, context_size, expected, axis):
    sizes, context_sizes = [2, 2, 2], [2, 2, 2]
    sizes[axis], context_sizes[axis] = size, context_size
    maps = map_cells(sizes, context_sizes)
    for i, found in enumerate(maps):
        assert found.dtype == torch.long
        assert found.tolist() == (expected if i == axis else [0, 1])


def test_the_map_is_exact_where_fractions_are_not():
    # 49 · (1 / 49) is below 1 in floating point.
    frames, _, _ = map_cells((49, 1, 1), (49 * 7, 1, 1))
    assert frames.tolist() == [7 * i for i in range(49)]


def test_the_neighbourhood_by_hand():
    # A picture of 3 x 4 cells, numbered by rows; a window of 3 x 3.
    cells, inside = neighbourhood((1, 3, 4), (1, 3, 4), (0, 1, 1))
    assert cells.shape == inside.shape == (1, 3, 4, 9)
    assert cells.dtype == torch.long
    assert inside.dtype == torch.bool
    assert cells[0, 1, 2].tolist() == [1, 2, 3, 5, 6, 7, 9, 10, 11]
    assert inside[0, 1, 2].all()
    assert cells[0, 0, 0][inside[0, 0, 0]].tolist() == [0, 1, 4, 5]
    assert cells[0, 0, 0].tolist() == [0, 0, 1, 0, 0, 1, 4, 4, 5], "stays at the border"
    assert inside[0, 0, 0].tolist() == [False] * 4 + [True] * 2 + [False] + [True] * 2
    assert cells[0, 2, 3][inside[0, 2, 3]].tolist() == [6, 7, 10, 11]


def test_the_causal_neighbourhood_by_hand():
    cells, inside = neighbourhood((2, 2, 3), (2, 2, 3), 1, causal=True)
    # The first cell sees itself; the middle of the last row sees the frame before too.
    assert cells[0, 0, 0][inside[0, 0, 0]].tolist() == [0]
    assert cells[1, 1, 1][inside[1, 1, 1]].tolist() == [*range(6), 6, 7, 8, 9, 10]
    # A window on the right looks up and to the right, as reading goes, but not down.
    assert cells[0, 1, 1][inside[0, 1, 1]].tolist() == [0, 1, 2, 3, 4]
    assert cells[1, 0, 0][inside[1, 0, 0]].tolist() == [0, 1, 3, 4, 6]


def test_the_neighbourhood_in_a_context_of_another_size_by_hand():
    # Column 2 of 3 lies at column 4 of 7; row 1 of 4 at row 0 of 2.
    cells, inside = neighbourhood((1, 4, 3), (1, 2, 7), (0, 1, 1))
    assert cells[0, 1, 2][inside[0, 1, 2]].tolist() == [3, 4, 5, 10, 11, 12]


small = st.tuples(*[st.integers(1, 5)] * 3)


@same_every_run
@given(sizes=small, context=small, extent=extents, causal=st.booleans())
def test_the_neighbourhood_and_its_count_at_random_sizes(
    sizes, context, extent, causal
):
    context = sizes if causal else context
    cells, inside = neighbourhood(sizes, context, extent, causal=causal)
    assert cells.shape == (*sizes, math.prod(2 * e + 1 for e in extent))
    assert cells.min() >= 0
    assert cells.max() < math.prod(context)
    sees = nearby(sizes, context, extent, causal)
    n_scores = 0
    for cell in cells_of(sizes):
        expected = [n for n, at in enumerate(cells_of(context)) if sees(cell, at)]
        assert cells[cell][inside[cell]].tolist() == expected
        n_scores += len(expected)
    assert count_scores(sizes, context, extent, causal=causal) == n_scores


def test_scores_by_hand():
    # On a line of 5, windows of 3 are clipped to 2 at both ends: 2 + 3 + 3 + 3 + 2.
    assert count_scores((1, 1, 5), (1, 1, 5), (0, 0, 1)) == 13
    assert count_scores((1, 1, 5), (1, 1, 5), (0, 0, 1), causal=True) == 9
    assert count_scores((1, 5, 5), (1, 5, 5), 1) == 13 * 13
    assert count_scores(SIZES, CONTEXT, 9) == math.prod(SIZES) * math.prod(CONTEXT)
    assert count_scores((1, 1, 3), (1, 1, 7), (0, 0, 1)) == 2 + 3 + 3
    assert type(count_scores(SIZES, CONTEXT, 1)) is int
