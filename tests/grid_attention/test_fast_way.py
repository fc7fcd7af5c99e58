"""The fast way is the direct one, on values and gradients."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attention_course.grid_attention import (
    nearby_attention,
    nearby_attention_direct,
    weights_on_grid,
)
from tests.grid_attention.helpers import (
    D_V,
    N_HEADS,
    NEARBY,
    SIZES,
    B,
    all_of_them,
    assert_same,
    assert_same_weights,
    both_ways,
    draw,
    extents,
    loop_attention,
    nearby,
    random_mask,
    same_every_run,
)

SEVERAL_BLOCKS = {
    "self": ((5, 13, 17), (5, 13, 17), (1, 2, 2), False),
    "causal": ((5, 13, 17), (5, 13, 17), (2, 1, 2), True),
    "to a larger one": ((3, 11, 7), (7, 13, 23), (2, 1, 1), False),
    "to a smaller one": ((7, 13, 23), (3, 11, 7), (1, 1, 2), False),
    "a large picture": ((1, 29, 37), (1, 29, 37), (0, 3, 1), False),
    "a long line": ((1, 1, 211), (1, 1, 211), 2, False),
    "a long clip": ((53, 2, 3), (53, 2, 3), 1, True),
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("sizes", "context", "extent", "causal"),
    SEVERAL_BLOCKS.values(),
    ids=SEVERAL_BLOCKS,
)
def test_the_fast_way_is_the_direct_one_on_grids_of_several_blocks(
    sizes, context, extent, causal, masked
):
    inputs = draw(B, 1, sizes=sizes, context=context, d_k=3, d_v=5)
    mask = random_mask(B, 1, *context) if masked else None
    options = {"mask": mask, "causal": causal}
    output, _ = nearby_attention(*inputs, extent, **options)
    expected, _ = nearby_attention_direct(*inputs, extent, **options)
    assert_same(output, expected, inputs)


@pytest.mark.slow
@same_every_run
@given(
    sizes=st.tuples(*[st.integers(1, 9)] * 3),
    context=st.tuples(*[st.integers(1, 9)] * 3),
    extent=extents,
    same=st.booleans(),
    causal=st.booleans(),
    masked=st.booleans(),
)
def test_the_fast_way_is_the_direct_one_at_random_sizes(
    sizes, context, extent, same, causal, masked
):
    context = sizes if same or causal else context
    torch.manual_seed(sum(sizes))
    inputs = draw(B, sizes=sizes, context=context, d_k=2, d_v=3)
    options = {"mask": random_mask(*context) if masked else None, "causal": causal}
    output, _ = nearby_attention(*inputs, extent, **options)
    expected, _ = nearby_attention_direct(*inputs, extent, **options)
    assert_same(output, expected, inputs)


@same_every_run
@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 3),
    context=st.tuples(*[st.integers(1, 4)] * 3),
    extent=st.tuples(*[st.integers(0, 2)] * 3),
    causal=st.booleans(),
)
def test_both_ways_are_the_loop_at_random_sizes(sizes, context, extent, causal):
    context = sizes if causal else context
    torch.manual_seed(sum(sizes))
    inputs = draw(sizes=sizes, context=context, d_k=2, d_v=3)
    mask = random_mask(*context)
    expected, on_grid = loop_attention(
        *inputs, nearby(sizes, context, extent, causal), mask
    )
    for attention in NEARBY:
        output, _ = attention(*inputs, extent, mask=mask, causal=causal)
        assert_same(output, expected, inputs)
    _, weights = nearby_attention_direct(*inputs, extent, mask=mask, causal=causal)
    assert_same_weights(weights_on_grid(weights, context), on_grid)


@both_ways
@pytest.mark.parametrize("wanted", [0, 1, 2])
def test_a_gradient_by_one_argument_alone(attention, wanted):
    inputs = draw(B)
    upstream = torch.randn(B, *SIZES, D_V, dtype=torch.float64)
    output, _ = attention(*inputs, 1)
    expected = torch.autograd.grad(output, inputs, upstream)[wanted]
    alone = [grid.detach().requires_grad_(i == wanted) for i, grid in enumerate(inputs)]
    output, _ = attention(*alone, 1)
    output.backward(upstream)
    torch.testing.assert_close(alone[wanted].grad, expected, atol=1e-12, rtol=1e-12)
    assert [grid.grad is None for grid in alone] == [i != wanted for i in range(3)]


@both_ways
def test_one_grid_as_query_key_and_value(attention):
    grid = torch.randn(B, 3, 5, 7, 11, dtype=torch.float64).requires_grad_()
    output, _ = attention(grid, grid, grid, 1)
    sees = nearby((3, 5, 7), (3, 5, 7), (1, 1, 1))
    expected_output, _ = loop_attention(grid, grid, grid, sees)
    upstream = torch.randn_like(output)
    (got,) = torch.autograd.grad(output, grid, upstream)
    (expected,) = torch.autograd.grad(expected_output, grid, upstream)
    torch.testing.assert_close(got, expected, atol=1e-11, rtol=1e-11)


@both_ways
def test_no_graph_is_kept_where_no_gradient_is_wanted(attention):
    inputs = draw(B)
    with torch.no_grad():
        assert not attention(*inputs, 1)[0].requires_grad
    detached = [grid.detach() for grid in inputs]
    assert not attention(*detached, 1)[0].requires_grad


@all_of_them
def test_the_callers_tensors_stay_as_they_are(attention):
    grids = draw(B, context=SIZES)
    mask = random_mask(B, *SIZES)
    before = [tensor.detach().clone() for tensor in (*grids, mask)]
    state = torch.get_rng_state()
    output, _ = attention(*grids, mask=mask)
    upstream = torch.randn_like(output)
    torch.set_rng_state(state)
    sent = upstream.clone()
    output.backward(upstream)
    assert torch.get_rng_state().equal(state)
    assert upstream.equal(sent)
    for tensor, was in zip((*grids, mask), before, strict=True):
        assert tensor.equal(was)


@all_of_them
def test_tensors_need_not_be_contiguous(attention):
    def turned(grid):  # heads last in memory, as split off from d_model
        return grid.movedim(1, -2).contiguous().movedim(-2, 1)

    grids = draw(B, N_HEADS, context=SIZES)
    mask = random_mask(B, N_HEADS, *SIZES)
    crooked = [turned(grid) for grid in grids]
    assert not any(grid.is_contiguous() for grid in crooked)
    output, _ = attention(*crooked, mask=mask.movedim(2, 4).contiguous().movedim(4, 2))
    assert_same(output, attention(*grids, mask=mask)[0], grids)


@all_of_them
def test_an_upstream_gradient_need_not_be_contiguous(attention):
    grids = draw(B, context=SIZES)
    output, _ = attention(*grids)
    for upstream in (torch.ones(()).double().expand(output.shape), output.detach()):
        strided = upstream.movedim(1, 3).contiguous().movedim(3, 1)
        got = torch.autograd.grad(output, grids, strided, retain_graph=True)
        expected = torch.autograd.grad(
            output, grids, upstream.contiguous(), retain_graph=True
        )
        for a, b in zip(got, expected, strict=True):
            torch.testing.assert_close(a, b, atol=1e-11, rtol=1e-11)


@all_of_them
def test_an_empty_batch_gives_an_empty_output(attention):
    output, _ = attention(*draw(0, context=SIZES))
    assert output.shape == (0, *SIZES, D_V)
