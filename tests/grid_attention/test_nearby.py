"""Nearby attention, both ways, is the loop."""

import pytest
import torch

from attention_course.grid_attention import (
    full_attention,
    nearby_attention,
    nearby_attention_direct,
    neighbourhood,
    weights_on_grid,
)
from tests.grid_attention.helpers import (
    CONTEXT,
    D_V,
    N_HEADS,
    SIZES,
    TOLERANCE,
    B,
    assert_same,
    assert_same_weights,
    both_ways,
    cells_of,
    draw,
    everywhere,
    loop_attention,
    nearby,
    random_mask,
)

CASES = {
    "odd sizes": ((3, 5, 7), (3, 5, 7), (1, 1, 2)),
    "other context": (SIZES, CONTEXT, (1, 1, 1)),
    "larger context": ((2, 3, 5), (5, 7, 11), (1, 2, 1)),
    "smaller context": ((5, 7, 3), (2, 3, 2), (1, 0, 1)),
    "extent 0": ((3, 2, 5), (2, 5, 3), (0, 0, 0)),
    "one axis each": ((3, 5, 2), (3, 5, 2), (2, 0, 0)),
    "a picture": ((1, 5, 7), (1, 5, 7), (0, 2, 1)),
    "a line": ((1, 1, 13), (1, 1, 13), (3, 1, 2)),
    "more than the grid": (SIZES, CONTEXT, (3, 5, 7)),
    "one cell": ((1, 1, 1), (1, 1, 1), (1, 1, 1)),
    "one cell to many": ((1, 1, 1), (3, 5, 2), (1, 2, 1)),
    "many cells to one": ((3, 5, 2), (1, 1, 1), (1, 2, 1)),
}


each_case = pytest.mark.parametrize(
    ("sizes", "context", "extent"), CASES.values(), ids=CASES
)


@both_ways
@each_case
def test_nearby_attention_is_the_loop(attention, sizes, context, extent):
    inputs = draw(B, sizes=sizes, context=context)
    output, _ = attention(*inputs, extent)
    expected, _ = loop_attention(*inputs, nearby(sizes, context, extent))
    assert output.shape == (B, *sizes, D_V)
    assert_same(output, expected, inputs)


@both_ways
@each_case
def test_nearby_attention_with_a_mask_is_the_loop(attention, sizes, context, extent):
    inputs = draw(B, sizes=sizes, context=context)
    mask = random_mask(B, *context)
    output, _ = attention(*inputs, extent, mask=mask)
    expected, _ = loop_attention(*inputs, nearby(sizes, context, extent), mask)
    assert_same(output, expected, inputs)


@both_ways
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("sizes", "extent"),
    [((3, 5, 7), (1, 1, 2)), ((2, 3, 5), (2, 3, 5)), ((3, 2, 5), 0), ((1, 1, 7), 2)],
)
def test_causal_nearby_attention_is_the_loop(attention, masked, sizes, extent):
    inputs = draw(B, sizes=sizes, context=sizes)
    mask = random_mask(B, *sizes) if masked else None
    output, _ = attention(*inputs, extent, mask=mask, causal=True)
    several = (extent,) * 3 if isinstance(extent, int) else extent
    sees = nearby(sizes, sizes, several, causal=True)
    assert_same(output, loop_attention(*inputs, sees, mask)[0], inputs)


@both_ways
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("leading", [(), (1,), (B, N_HEADS), (1, B, N_HEADS)])
def test_any_leading_axes_and_both_dtypes(attention, dtype, leading):
    inputs = draw(*leading, dtype=dtype)
    output, _ = attention(*inputs, (0, 1, 1))
    assert output.shape == (*leading, *SIZES, D_V)
    assert output.dtype == dtype
    sees = nearby(SIZES, CONTEXT, (0, 1, 1))
    assert_same(output, loop_attention(*inputs, sees)[0], inputs)


@both_ways
@pytest.mark.parametrize("shape", [(), (B, N_HEADS), (B, 1), (1, N_HEADS), (N_HEADS,)])
def test_the_leading_axes_of_a_mask_broadcast(attention, shape):
    inputs = draw(B, N_HEADS)
    mask = random_mask(*shape, *CONTEXT)
    output, _ = attention(*inputs, 1, mask=mask)
    expected, _ = loop_attention(*inputs, nearby(SIZES, CONTEXT, (1, 1, 1)), mask)
    assert_same(output, expected, inputs)
    output, _ = full_attention(*inputs, mask=mask)
    assert_same(output, loop_attention(*inputs, everywhere, mask)[0], inputs)


@both_ways
def test_one_number_is_the_extent_of_every_axis(attention):
    inputs = draw(B)
    assert attention(*inputs, 1)[0].equal(attention(*inputs, (1, 1, 1))[0])
    assert not attention(*inputs, 1)[0].equal(attention(*inputs, (1, 1, 0))[0])


@both_ways
@pytest.mark.parametrize("extent", [(1, 4, 2), (2, 5, 5), 9])
def test_a_window_over_the_whole_grid_is_full_attention(attention, extent):
    inputs = draw(B, N_HEADS, context=(2, 5, 3))
    mask = random_mask(B, 1, 2, 5, 3)
    output, _ = attention(*inputs, extent, mask=mask)
    assert_same(output, full_attention(*inputs, mask=mask)[0], inputs)


@both_ways
def test_extent_0_copies_the_cell_that_lies_below(attention):
    query, key, value = draw(B, sizes=(1, 3, 5), context=(1, 7, 2))
    output, _ = attention(query, key, value, 0)
    expected = value[:, :, [0, 2, 4]][:, :, :, [0, 0, 0, 1, 1]]
    torch.testing.assert_close(output, expected, atol=1e-15, rtol=1e-15)


def test_weights_are_those_of_the_loop_and_come_only_when_needed():
    inputs = draw(B, N_HEADS)
    mask = random_mask(B, 1, *CONTEXT)
    extent = (1, 2, 0)
    output, weights = nearby_attention(*inputs, extent, mask=mask, need_weights=True)
    direct, direct_weights = nearby_attention_direct(*inputs, extent, mask=mask)
    fast, none = nearby_attention(*inputs, extent, mask=mask)
    assert none is None
    assert weights.shape == (B, N_HEADS, *SIZES, 3, 5, 1)
    assert weights.equal(direct_weights)
    assert output.equal(direct)
    torch.testing.assert_close(fast, direct, atol=1e-12, rtol=1e-12)

    _, expected = loop_attention(*inputs, nearby(SIZES, CONTEXT, extent), mask)
    assert_same_weights(weights_on_grid(weights, CONTEXT), expected)
    _, inside = neighbourhood(SIZES, CONTEXT, extent)
    assert (weights.flatten(-3)[..., ~inside] == 0).all(), "zero outside the context"


def test_weights_lie_in_their_window_from_its_first_corner():
    # Keys that favour one cell: its weight shows where the window has it.
    key = torch.zeros(1, 3, 5, 1)
    key[0, 2, 1] = 100.0
    query = torch.ones(1, 3, 5, 1)
    _, weights = nearby_attention_direct(query, key, key, (0, 1, 2))
    assert weights[0, 1, 2].argmax() == 2 * 5 + 1  # one row below, one column before
    assert weights[0, 2, 1].argmax() == 1 * 5 + 2  # its own place is the middle
    assert weights_on_grid(weights, (1, 3, 5))[0, 1, 2].argmax() == 2 * 5 + 1


def test_the_windows_of_a_large_extent_laid_out_are_full_attentions_weights():
    inputs = draw(B)
    _, weights = nearby_attention_direct(*inputs, (3, 5, 3), mask=None)
    _, full = full_attention(*inputs)
    assert_same_weights(weights_on_grid(weights, CONTEXT), full)


@both_ways
@pytest.mark.parametrize("extent", [1, (1, 0, 2), 4])
def test_no_future_cell_leaks(attention, extent):
    sizes = (2, 3, 5)
    inputs = draw(sizes=sizes, context=sizes)
    output, _ = attention(*inputs, extent, causal=True)
    several = (extent,) * 3 if isinstance(extent, int) else extent
    sees = nearby(sizes, sizes, several, causal=True)
    for cell in cells_of(sizes):
        _, dk, dv = torch.autograd.grad(
            output[cell].square().sum(), inputs, retain_graph=True
        )
        for other in cells_of(sizes):
            reached = sees(cell, other)
            assert (dv[other] != 0).any() == reached, (cell, other)
            assert reached or (dk[other] == 0).all(), (cell, other)
    with torch.no_grad():  # nor does anything wild in the future change the past
        for grid in inputs[1:]:
            grid[1, 1, 2:] = 1e9
            grid[1, 2] = -1e9
    again, _ = attention(*inputs, extent, causal=True)
    assert again.flatten(0, 2)[:22].equal(output.flatten(0, 2)[:22])


@both_ways
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_query_whose_whole_neighbourhood_is_masked_gets_zeros(attention, dtype):
    sizes = (2, 5, 7)
    inputs = draw(B, sizes=sizes, context=sizes, dtype=dtype)
    mask = torch.ones(B, *sizes, dtype=torch.bool)
    mask[1, :, :3, :3] = False  # all that the cells up to row 1, column 1 see
    output, _ = attention(*inputs, 1, mask=mask)
    assert (output[1, :, :2, :2] == 0).all()
    assert (output[1, :, 2, 2] != 0).all()
    assert (output[0] != 0).all()
    gradients = torch.autograd.grad(output.square().sum(), inputs)
    assert all(gradient.isfinite().all() for gradient in gradients)
    dq, dk, dv = gradients
    assert (dq[1, :, :2, :2] == 0).all()
    assert (dk[1, :, :3, :3] == 0).all()
    assert (dv[1, :, :3, :3] == 0).all()
    output, _ = attention(*inputs, 1, mask=torch.zeros(sizes, dtype=torch.bool))
    assert (output == 0).all()
    gradients = torch.autograd.grad(output.sum(), inputs)
    assert all((gradient == 0).all() for gradient in gradients)
