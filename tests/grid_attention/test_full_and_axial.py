"""Full and axial attention are the loop."""

from collections.abc import Callable

import pytest
from torch.nn import functional as F

from attention_course.grid_attention import axial_attention, full_attention
from tests.grid_attention.helpers import (
    D_V,
    N_HEADS,
    SIZES,
    TOLERANCE,
    B,
    Cell,
    assert_same,
    assert_same_weights,
    cells_of,
    draw,
    everywhere,
    loop_attention,
    random_mask,
)


def in_line(axis: int) -> Callable[[Cell, Cell], bool]:
    others = [a for a in range(3) if a != axis]
    return lambda cell, other: all(cell[a] == other[a] for a in others)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("leading", [(), (B,), (B, N_HEADS)])
def test_full_attention_is_the_loop(dtype, leading):
    inputs = draw(*leading, dtype=dtype)
    output, weights = full_attention(*inputs)
    expected, expected_weights = loop_attention(*inputs, everywhere)
    assert output.shape == (*leading, *SIZES, D_V)
    assert output.dtype == weights.dtype == dtype
    assert_same(output, expected, inputs)
    assert_same_weights(weights, expected_weights)


def test_full_attention_is_torchs():
    query, key, value = draw(B, N_HEADS)
    output, _ = full_attention(query, key, value)
    theirs = F.scaled_dot_product_attention(
        *(grid.flatten(-4, -2) for grid in (query, key, value))
    ).view(B, N_HEADS, *SIZES, D_V)
    assert_same(output, theirs, [query, key, value])


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("leading", [(), (B, N_HEADS)])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_axial_attention_is_the_loop(dtype, leading, axis):
    inputs = draw(*leading, context=SIZES, dtype=dtype)
    output, weights = axial_attention(*inputs, axis)
    expected, on_grid = loop_attention(*inputs, in_line(axis))
    assert weights.shape == (*leading, *SIZES, SIZES[axis])
    assert_same(output, expected, inputs)
    for cell in cells_of(SIZES):
        line = list(cell)
        line[axis] = slice(None)
        assert_same_weights(
            weights[(..., *cell, slice(None))], on_grid[(..., *cell, *line)]
        )


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_axial_attention_to_a_context_with_a_longer_axis(axis):
    context = list(SIZES)
    context[axis] = 7
    inputs = draw(B, context=context)
    mask = random_mask(B, *context)
    output, weights = axial_attention(*inputs, axis, mask=mask)
    assert weights.shape == (B, *SIZES, 7)
    assert_same(output, loop_attention(*inputs, in_line(axis), mask)[0], inputs)
