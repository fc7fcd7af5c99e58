"""Grid attention, against plain loops over cells, on values and on gradients."""

import itertools
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from attention_course.grid_attention import (
    axial_attention,
    count_scores,
    full_attention,
    map_cells,
    nearby_attention,
    nearby_attention_direct,
    neighbourhood,
    weights_on_grid,
)

Cell = tuple[int, int, int]

# Different sizes on every axis, all primes; the context differs on every axis too.
B, N_HEADS, D_K, D_V = 2, 3, 11, 13
SIZES, CONTEXT = (2, 3, 5), (3, 5, 2)
TOLERANCE = {torch.float32: 5e-6, torch.float64: 1e-12}
GRADIENT_TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-11}
NEARBY = [nearby_attention_direct, nearby_attention]

# Random, but the same in every run: a test that fails today fails tomorrow.
same_every_run = settings(
    derandomize=True, deadline=None, database=None, max_examples=40
)


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def draw(
    *leading: int, sizes=SIZES, context=CONTEXT, dtype=torch.float64, d_k=D_K, d_v=D_V
) -> list[torch.Tensor]:
    shapes = [(*sizes, d_k), (*context, d_k), (*context, d_v)]
    return [
        torch.randn(*leading, *shape, dtype=dtype).requires_grad_() for shape in shapes
    ]


def random_mask(*shape: int) -> torch.Tensor:
    return torch.rand(*shape) < 0.6


# The oracles: what a query may see, cell by cell, and attention by loops.


def cells_of(sizes: Cell) -> list[Cell]:
    return list(itertools.product(*map(range, sizes)))


def everywhere(cell: Cell, other: Cell) -> bool:
    return True


def in_line(axis: int) -> Callable[[Cell, Cell], bool]:
    others = [a for a in range(3) if a != axis]
    return lambda cell, other: all(cell[a] == other[a] for a in others)


def nearby(sizes, context, extent, causal=False) -> Callable[[Cell, Cell], bool]:
    def sees(cell: Cell, other: Cell) -> bool:
        if causal and other > cell:  # tuples compare in the order of reading
            return False
        return all(
            abs(other[a] - math.floor(cell[a] * context[a] / sizes[a])) <= extent[a]
            for a in range(3)
        )

    return sees


def loop_attention(query, key, value, sees, mask=None):
    """Return output and weights ``(..., F, H, W, F', H', W')``, one query at a time."""
    leading, sizes, context = query.shape[:-4], query.shape[-4:-1], key.shape[-4:-1]
    if mask is None:
        mask = torch.ones(context, dtype=torch.bool)
    mask = mask.expand(*leading, *context)
    outputs = []
    weights = torch.zeros(*leading, *sizes, *context, dtype=query.dtype)
    for batch in itertools.product(*map(range, leading)):
        queries, keys, values = (  # cell → vector
            dict(zip(cells_of(axes), grid[batch].flatten(0, 2).unbind(), strict=True))
            for axes, grid in [(sizes, query), (context, key), (context, value)]
        )
        shown = [other for other in cells_of(context) if mask[(*batch, *other)]]
        for cell in cells_of(sizes):
            seen = [other for other in shown if sees(cell, other)]
            output = value[batch].sum((0, 1, 2)) * 0  # zeros with a gradient of zeros
            if seen:
                near = torch.stack([keys[other] for other in seen])
                scores = near @ queries[cell] / math.sqrt(query.shape[-1])
                shares = scores.exp() / scores.exp().sum()
                output = shares @ torch.stack([values[other] for other in seen])
                for share, other in zip(shares.tolist(), seen, strict=True):
                    weights[(*batch, *cell, *other)] = share
            outputs.append(output)
    return torch.stack(outputs).view(*leading, *sizes, -1), weights


def assert_same(got, expected, inputs):
    """Compare two outputs and their gradients by query, key and value."""
    dtype = got.dtype
    torch.testing.assert_close(
        got, expected, atol=TOLERANCE[dtype], rtol=TOLERANCE[dtype]
    )
    upstream = torch.randn_like(got)
    ours = torch.autograd.grad(got, inputs, upstream, retain_graph=True)
    theirs = torch.autograd.grad(
        expected, inputs, upstream, retain_graph=True, allow_unused=True
    )
    for name, a, b in zip(("dq", "dk", "dv"), ours, theirs, strict=True):
        b = torch.zeros_like(a) if b is None else b
        tolerance = GRADIENT_TOLERANCE[dtype]
        torch.testing.assert_close(a, b, atol=tolerance, rtol=tolerance, msg=name)


def assert_same_weights(got, expected):
    tolerance = TOLERANCE[got.dtype]
    torch.testing.assert_close(got, expected, atol=tolerance, rtol=tolerance)


# The coordinate map


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


# The neighbourhood


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
extents = st.tuples(*[st.integers(0, 3)] * 3)


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


# Full and axial attention


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


# Nearby attention. A case: sizes of the query, of the context, and the extents.

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
both_ways = pytest.mark.parametrize("attention", NEARBY)


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


# Gradients where only some are wanted, and what belongs to the caller


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


ALL = {
    "full": full_attention,
    "axial": lambda *grids, **options: axial_attention(*grids, 1, **options),
    "direct": lambda *grids, **options: nearby_attention_direct(*grids, 1, **options),
    "fast": lambda *grids, **options: nearby_attention(*grids, 1, **options),
}
all_of_them = pytest.mark.parametrize("attention", ALL.values(), ids=ALL)


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


# Errors


@all_of_them
@pytest.mark.parametrize(
    ("changed", "shape", "message"),
    [
        (0, (3, 5, 11), r"^query: expected axes \(\.\.\., F, H, W, d_k\), got 3 axes"),
        (
            1,
            (3, 5, 11),
            r"^key: expected axes \(.*d_k\), got 3 axes, shape \(3, 5, 11\)",
        ),
        (2, (3, 5, 11), r"^value: expected axes \(.*d_v\), got 3 axes"),
        (
            1,
            (2, 2, 3, 5, 7),
            r"^key: .*with d_k = 11, got d_k = 7, shape \(2, 2, 3, 5, 7\)",
        ),
        (2, (2, 2, 3, 7, 13), r"^value: expected axes .* = 5, got W'? = 7"),
        (
            1,
            (3, 2, 3, 5, 11),
            r"^query, key, value: expected the same axes before \(F, H, W, D\), got query "
            r"\(2, 2, 3, 5, 11\), key \(3, 2, 3, 5, 11\), value \(2, 2, 3, 5, 13\)",
        ),
        (0, (2, 3, 5, 11), "^query, key, value: expected the same axes before"),
        (0, (1, 2, 3, 5, 11), "^query, key, value: expected the same axes before"),
    ],
)
def test_shapes_that_do_not_fit(attention, changed, shape, message):
    grids = draw(B, context=SIZES)
    grids[changed] = torch.ones(shape, dtype=torch.float64)
    with pytest.raises(ValueError, match=message):
        attention(*grids)


@all_of_them
def test_dtypes_that_do_not_fit(attention):
    query, key, value = draw(B, context=SIZES)
    with pytest.raises(ValueError, match="^query, key, value: expected one dtype"):
        attention(query, key.float(), value)
    with pytest.raises(TypeError, match="^value: expected a floating-point tensor"):
        attention(query, key, value.long())
    with pytest.raises(TypeError, match="^query: expected a tensor .*, got list"):
        attention([1.0], key, value)


@all_of_them
def test_grids_without_cells(attention):
    grids = draw(B, sizes=(2, 0, 5), context=(2, 0, 5))
    with pytest.raises(
        ValueError, match="^query's F, H, W: expected a positive integer, got 0"
    ):
        attention(*grids)


@all_of_them
def test_masks_that_do_not_fit(attention):
    grids = draw(B, context=SIZES)
    with pytest.raises(TypeError, match="^mask: expected a boolean tensor .*float32"):
        attention(*grids, mask=torch.ones(SIZES))
    for shape in [(3, 5), (2, 5, 3), (2, 1, 5), (B, 2, 3, 1)]:
        with pytest.raises(ValueError, match=r"^mask: expected axes .*got"):
            attention(*grids, mask=torch.ones(shape, dtype=torch.bool))
    for shape in [(3, *SIZES), (1, B, *SIZES)]:
        with pytest.raises(
            ValueError, match=r"^mask: expected leading axes that broadcast to \(2,\)"
        ):
            attention(*grids, mask=torch.ones(shape, dtype=torch.bool))


@both_ways
def test_a_mask_is_of_the_contexts_sizes(attention):
    with pytest.raises(ValueError, match=r"^mask: .*with F' = 3, got F' = 2"):
        attention(*draw(B), 1, mask=torch.ones(SIZES, dtype=torch.bool))


def test_axial_attention_needs_an_axis_and_equal_other_axes():
    grids = draw(B, context=SIZES)
    for wrong in (3, -1, 1.0, None, "H"):
        with pytest.raises(
            ValueError, match=f"^axis: expected 0 .* or 2 .*, got {wrong!r}$"
        ):
            axial_attention(*grids, wrong)
    query, key, value = draw(B, context=(2, 3, 7))
    axial_attention(query, key, value, 2)
    with pytest.raises(
        ValueError,
        match=r"^key: expected axes \(\.\.\., F, H', W, d_k\) with W = 5, got",
    ):
        axial_attention(query, key, value, 1)


def take_extent(name: str) -> Callable:
    if name in ("direct", "fast"):
        attention = NEARBY[name == "fast"]
        return lambda extent, **options: attention(*draw(B), extent, **options)
    counts = neighbourhood if name == "neighbourhood" else count_scores
    return lambda extent, **options: counts(SIZES, CONTEXT, extent, **options)


@pytest.mark.parametrize("name", ["direct", "fast", "neighbourhood", "count"])
def test_extents_that_do_not_fit(name):
    take = take_extent(name)
    with pytest.raises(
        ValueError, match="^extent: expected an integer from 0 up, got -1$"
    ):
        take((1, -1, 1))
    with pytest.raises(
        ValueError, match=r"^extent: expected 3 integers, got 2: \(1, 1\)"
    ):
        take((1, 1))
    for wrong in (1.0, (1, 1, 1.5), None, "1"):
        with pytest.raises(TypeError, match="^extent: expected an integer, got"):
            take(wrong)
    with pytest.raises(
        ValueError,
        match=r"^causal: expected a context of the query's sizes \(2, 3, 5\), got \(3, 5, 2\)",
    ):
        take(1, causal=True)


@pytest.mark.parametrize(
    "call",
    [
        lambda sizes, context: map_cells(sizes, context),
        lambda sizes, context: neighbourhood(sizes, context, 1),
        lambda sizes, context: count_scores(sizes, context, 1),
    ],
)
def test_sizes_that_do_not_fit(call):
    with pytest.raises(
        ValueError, match=r"^sizes: expected 3 integers, got 2: \(3, 5\)"
    ):
        call((3, 5), CONTEXT)
    with pytest.raises(
        ValueError, match=r"^context_sizes: expected a positive .*got 0"
    ):
        call(SIZES, (3, 0, 5))
    with pytest.raises(TypeError, match="^sizes: expected an integer, got float"):
        call((3, 5, 7.0), CONTEXT)
    call(list(SIZES), torch.Size(CONTEXT))


def test_weights_that_do_not_fit():
    with pytest.raises(ValueError, match=r"^weights: expected axes .*got 5 axes"):
        weights_on_grid(torch.ones(2, 3, 5, 3, 3), CONTEXT)
    with pytest.raises(
        ValueError, match=r"^weights: expected windows .* of odd sizes, got shape .*4\)"
    ):
        weights_on_grid(torch.ones(*SIZES, 3, 3, 4), CONTEXT)
    with pytest.raises(ValueError, match="^context_sizes: expected 3 integers, got 1"):
        weights_on_grid(torch.ones(*SIZES, 3, 3, 3), (3,))
