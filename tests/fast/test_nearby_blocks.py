"""Nearby attention in blocks, against the direct way, however the grid is cut."""

import gc
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn import functional as F

from attention_course.fast import nearby_blocks
from attention_course.fast.nearby_blocks import attend_in_blocks
from attention_course.grid_attention import (
    map_cells,
    nearby_attention,
    nearby_attention_direct,
)
from attention_course.grid_models import NearbyAttention
from tests.self_attention.helpers import attention_parameters

D_K, D_V = 3, 5
CUTS = [(1, 1, 1), (2, 3, 1), (3, 2, 4), (5, 7, 11)]


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def draw(*leading: int, sizes, context, dtype=torch.float64) -> list[torch.Tensor]:
    shapes = [(*sizes, D_K), (*context, D_K), (*context, D_V)]
    return [
        torch.randn(*leading, *shape, dtype=dtype).requires_grad_() for shape in shapes
    ]


def in_blocks(query, key, value, extent, **options):
    centres = map_cells(query.shape[-4:-1], key.shape[-4:-1])
    return attend_in_blocks(query, key, value, centres, extent, **options)


def assert_same(got, expected, inputs):
    torch.testing.assert_close(got, expected, atol=1e-12, rtol=1e-12)
    upstream = torch.randn_like(got)
    ours = torch.autograd.grad(got, inputs, upstream)
    theirs = torch.autograd.grad(expected, inputs, upstream)
    for name, a, b in zip(("dq", "dk", "dv"), ours, theirs, strict=True):
        torch.testing.assert_close(a, b, atol=1e-11, rtol=1e-11, msg=name)


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("context", "extent", "causal"),
    [
        ((5, 7, 11), (1, 2, 1), False),
        ((5, 7, 11), (1, 2, 1), True),
        ((5, 7, 11), (0, 0, 0), True),
        ((5, 7, 11), (4, 5, 9), True),
        ((7, 11, 13), (1, 0, 2), False),
        ((2, 3, 5), (0, 1, 1), False),
    ],
)
def test_blocks_of_any_size_are_the_direct_way(context, extent, causal, masked, cuts):
    inputs = draw(2, 1, sizes=(5, 7, 11), context=context)
    mask = torch.rand(2, 1, *context) < 0.5 if masked else None
    got = in_blocks(*inputs, extent, mask=mask, causal=causal, cuts=cuts)
    expected, _ = nearby_attention_direct(*inputs, extent, mask=mask, causal=causal)
    assert_same(got, expected, inputs)


@pytest.mark.slow
@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@given(data=st.data())
def test_random_cuts_of_random_grids_are_the_direct_way(data):
    sizes = data.draw(st.tuples(*[st.integers(1, 9)] * 3))
    causal = data.draw(st.booleans())
    context = sizes if causal else data.draw(st.tuples(*[st.integers(1, 9)] * 3))
    extent = data.draw(st.tuples(*[st.integers(0, 3)] * 3))
    cuts = tuple(data.draw(st.integers(1, size)) for size in sizes)
    torch.manual_seed(sum(sizes))
    inputs = draw(sizes=sizes, context=context)
    mask = torch.rand(context) < 0.6 if data.draw(st.booleans()) else None
    got = in_blocks(*inputs, extent, mask=mask, causal=causal, cuts=cuts)
    expected, _ = nearby_attention_direct(*inputs, extent, mask=mask, causal=causal)
    assert_same(got, expected, inputs)


@pytest.mark.parametrize("size", [0.0, 30.0, 1e4, 1e18])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scores_of_any_size_make_no_nan(size, dtype):
    inputs = draw(2, sizes=(2, 5, 7), context=(2, 5, 7), dtype=dtype)
    query, key, value = (grid.detach() * size for grid in inputs)
    value = inputs[2].detach()
    grids = [grid.requires_grad_() for grid in (query, key, value)]
    mask = torch.rand(2, 5, 7) < 0.3
    got = in_blocks(*grids, (1, 1, 1), mask=mask, causal=True, cuts=(1, 2, 3))
    expected, _ = nearby_attention_direct(*grids, 1, mask=mask, causal=True)
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)
    for gradient in torch.autograd.grad(got.sum(), grids):
        assert gradient.isfinite().all()


def test_nothing_is_made_on_another_device():
    grids = [grid.to("meta") for grid in draw(2, sizes=(2, 3, 5), context=(3, 5, 7))]
    mask = torch.ones(2, 3, 5, 7, dtype=torch.bool, device="meta")
    output = in_blocks(*grids, (1, 1, 1), mask=mask, cuts=(2, 1, 2))
    assert output.device.type == "meta"
    assert output.shape == (2, 2, 3, 5, D_V)


@pytest.mark.parametrize("masked", [False, True])
def test_what_is_fetched_for_the_blocks_is_not_kept(masked, monkeypatch):
    storages = []
    take = nearby_blocks._take

    def watched(*arguments):
        taken = take(*arguments)
        storages.append((taken[0].shape, StorageWeakRef(taken[0].untyped_storage())))
        return taken

    monkeypatch.setattr(nearby_blocks, "_take", watched)
    grids = torch.randn(3, 2, 5, 7, 11, D_K).requires_grad_()
    mask = torch.rand(2, 5, 7, 11) < 0.5 if masked else None
    output = in_blocks(*grids, (2, 2, 2), mask=mask, cuts=(2, 3, 2))
    assert len(storages) == 3 + masked
    assert all(kept.expired() for _, kept in storages), storages
    fetched = len(storages)
    output.sum().backward()
    assert len(storages) == 2 * fetched, "once more for the gradient"


def test_the_gradient_adds_only_to_what_was_fetched(monkeypatch):
    """Each chunk of blocks touches its own rows, so the work grows as the grid does."""
    monkeypatch.setattr(nearby_blocks, "MOST_NUMBERS", 1)
    touched, narrow = [], torch.Tensor.narrow

    def watched(rows, dim, start, length):
        touched.append(length / len(rows))
        return narrow(rows, dim, start, length)

    monkeypatch.setattr(torch.Tensor, "narrow", watched)
    grids = torch.randn(3, 40, 3, 3, D_K).requires_grad_()
    output = in_blocks(*grids, (1, 1, 1), cuts=(20, 1, 1))
    output.sum().backward()
    assert (
        len(touched) == 2 * 20 + 2
    )  # keys and values by chunk; queries and output once
    assert sorted(touched)[-3] <= 4 / 40


def test_a_grid_changed_in_place_before_the_gradient_is_refused():
    for changed in range(3):
        grids = [1 * grid for grid in torch.randn(3, 2, 3, 5, 7, D_K).requires_grad_()]
        output = in_blocks(*grids, (1, 1, 1))
        grids[changed].mul_(2)
        with pytest.raises(
            RuntimeError, match="^query, key, value: .* in place since$"
        ):
            output.sum().backward()


def test_nothing_is_left_behind_without_a_garbage_collection():
    grids = torch.randn(3, 3, 5, 7, D_K).requires_grad_()
    gc.collect()
    gc.disable()
    try:
        output = in_blocks(*grids, (1, 1, 1))
        kept = StorageWeakRef(output.untyped_storage())
        del output
        assert kept.expired()
    finally:
        gc.enable()


@pytest.mark.parametrize("d_v", [D_K, D_V])
def test_a_second_derivative_is_refused(d_v):
    query, key, value = torch.randn(3, 2, 3, 5, D_V).requires_grad_()
    output = in_blocks(query[..., :D_K], key[..., :D_K], value[..., :d_v], (1, 1, 1))
    (first,) = torch.autograd.grad(output.sin().sum(), query, create_graph=True)
    with pytest.raises(RuntimeError, match="nearby_attention_direct for second"):
        torch.autograd.grad(first.sum(), query)


@pytest.mark.parametrize("chunk", [1, 2, 5])
@pytest.mark.parametrize("masked", [False, True])
def test_any_number_of_blocks_at_once_is_the_direct_way(chunk, masked, monkeypatch):
    monkeypatch.setattr(nearby_blocks, "_chunk_size", lambda *arguments: chunk)
    inputs = draw(2, 3, sizes=(5, 7, 11), context=(5, 7, 11))
    mask = torch.rand(2, 1, 5, 7, 11) < 0.5 if masked else None
    got = in_blocks(*inputs, (1, 2, 1), mask=mask, causal=True, cuts=(2, 2, 3))
    expected, _ = nearby_attention_direct(*inputs, (1, 2, 1), mask=mask, causal=True)
    assert_same(got, expected, inputs)


# torch.func, autocast, half precision


def fast(query, key, value, mask=None):
    return nearby_attention(query, key, value, 1, mask=mask)[0]


def direct(query, key, value, mask=None):
    return nearby_attention_direct(query, key, value, 1, mask=mask)[0]


def small_grids(d_v=D_K) -> list[torch.Tensor]:
    query, key, value = torch.randn(3, 2, 3, 2, 3, 5, D_V, dtype=torch.float64)
    return [query[..., :D_K], key[..., :D_K], value[..., :d_v]]


# torch says so of its own attention.
no_rule = pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")


@no_rule
@pytest.mark.parametrize("d_v", [D_K, D_V])
def test_vmap_over_any_of_the_arguments(d_v):
    grids = small_grids(d_v)
    mask = torch.rand(2, 1, 2, 3, 5) < 0.6
    same = torch.testing.assert_close
    same(torch.vmap(fast)(*grids), direct(*grids))
    same(torch.vmap(fast)(*grids, mask), direct(*grids, mask))
    for mapped in range(4):
        dims = [1 if i == mapped else None for i in range(4)]
        some = [each if i == mapped else each[:, 0] for i, each in enumerate(grids)]
        some.append(torch.rand(2, 3, 2, 3, 5) < 0.6 if mapped == 3 else mask[:, 0])
        got = torch.vmap(fast, in_dims=tuple(dims), out_dims=1)(*some)
        for i in range(3):
            one = [x[:, i] if d else x for x, d in zip(some, dims, strict=True)]
            same(got[:, i], direct(*one))


@no_rule
@pytest.mark.parametrize("d_v", [D_K, D_V])
def test_jacobians_and_gradients_of_torch_func(d_v):
    grids = [grid[0, 0] for grid in small_grids(d_v)]
    for wanted in range(3):

        def jacobian(attention, wanted=wanted):
            shrunk = lambda *grids: attention(*grids).sum((0, 2))  # noqa: E731
            return torch.func.jacrev(shrunk, argnums=wanted)(*grids)

        torch.testing.assert_close(jacobian(fast), jacobian(direct))

    def gradients(attention):
        loss = lambda *grids: attention(*grids).sin().sum()  # noqa: E731
        each = torch.vmap(torch.func.grad(loss, argnums=(0, 1, 2)))
        return each(*small, torch.rand(2, 1, 2, 3, 5) < 2)

    small = small_grids(d_v)
    for got, expected in zip(gradients(fast), gradients(direct), strict=True):
        torch.testing.assert_close(got, expected)


@pytest.mark.parametrize(
    "transform",
    [
        torch.func.jacfwd,
        torch.func.hessian,
        lambda function: torch.func.jacrev(torch.func.jacrev(function)),
    ],
)
@no_rule
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # torch's own
def test_forward_mode_and_second_derivatives_say_what_to_take(transform):
    query, key, value = (grid[0, 0] for grid in small_grids())
    with pytest.raises(RuntimeError, match="^nearby_attention can be .* once"):
        transform(lambda query: fast(query, key, value).sum())(query)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("mixed", [False, True])
def test_autocast_is_as_for_torchs_own_attention(dtype, mixed):
    grids = [grid.float() for grid in small_grids()]
    if mixed:
        grids[1:] = [grid.to(dtype) for grid in grids[1:]]
    grids = [grid.detach().requires_grad_() for grid in grids]
    everywhere = [grid.flatten(-4, -2) for grid in grids]
    with torch.autocast("cpu", dtype):
        got = nearby_attention(*grids, (2, 3, 5))[0]
        theirs = F.scaled_dot_product_attention(*everywhere)
    assert got.dtype == theirs.dtype == dtype
    torch.testing.assert_close(got.flatten(-4, -2), theirs, atol=2e-2, rtol=2e-2)
    for in_autocast in (False, True):
        with torch.autocast("cpu", dtype, enabled=in_autocast):
            ours = torch.autograd.grad(got.sum(), grids, retain_graph=True)
        for gradient, grid in zip(ours, grids, strict=True):
            assert gradient.dtype == grid.dtype
            assert gradient.isfinite().all()


def test_autocast_leaves_double_as_it_is():
    grids = small_grids()
    with torch.autocast("cpu", torch.bfloat16):
        assert fast(*grids).equal(fast(*grids).double())
        assert fast(*grids).dtype == torch.float64


@pytest.mark.parametrize("way", [fast, direct])
def test_half_precision_scales_before_the_product(way):
    # 64 · 60 · 60 is more than float16 holds; the score, an eighth of it, is not.
    grid = torch.full((1, 2, 3, 3, 64), 60.0).half().requires_grad_()
    output = way(grid, grid, grid)
    torch.testing.assert_close(output, grid)
    (gradient,) = torch.autograd.grad(output.sum(), grid)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("cast", [True, False])
def test_the_layer_under_autocast_is_as_full_attention_of_torchs_layer(
    dtype, need_weights, cast
):
    theirs = nn.MultiheadAttention(6, 2, batch_first=True)
    layer = NearbyAttention(6, 2, (1, 2, 4))  # every cell sees every cell
    layer.load_state_dict(attention_parameters(theirs))
    grid = torch.randn(2, 2, 3, 5, 6).to(dtype if cast else torch.float32)
    cells = grid.flatten(1, 3)
    with torch.autocast("cpu", dtype):
        got, weights = layer(grid, need_weights=need_weights)
        expected, _ = theirs(cells, cells, cells, need_weights=need_weights)
    assert got.dtype == expected.dtype == dtype
    assert weights is None or weights.dtype == dtype
    tolerance = 16 * torch.finfo(dtype).eps
    torch.testing.assert_close(
        got.flatten(1, 3), expected, atol=tolerance, rtol=tolerance
    )
    gradients = torch.autograd.grad(got.float().square().sum(), layer.parameters())
    assert all(gradient.isfinite().all() for gradient in gradients)


# The rule that cuts


def axes_of(sizes, context, extent):
    return tuple(
        nearby_blocks.Axis(tuple(centre.tolist()), size, e, e)
        for centre, size, e in zip(
            map_cells(sizes, context), context, extent, strict=True
        )
    )


def blocks_of(sizes, extent, cuts=None):
    axes = axes_of(sizes, sizes, extent)
    cuts = cuts or nearby_blocks._best_cuts(axes)
    return nearby_blocks._blocks(axes, cuts, False, torch.zeros(1))


def test_spans_by_hand():
    # Queries 0 to 4 lie at 0, 1, 2, 4, 5 of 7 keys, and see one more on either side.
    (axis, _, _) = axes_of((5, 1, 1), (7, 1, 1), (1, 0, 0))
    assert axis.centres == (0, 1, 2, 4, 5)
    # Queries 0 to 2 see keys 0 to 3, and 3 and 4 see 3 to 6: three and two, four each.
    assert nearby_blocks._spans(axis, 2) == (3, (0, 3), 4)
    # Of blocks of two only the middle one needs five keys, so all have five.
    assert nearby_blocks._spans(axis, 3) == (2, (0, 1, 2), 5)


def test_blocks_by_hand():
    # Five cells in a row, three blocks of two, a window of three: 3, 4 and 3 keys, so 4.
    queries, keys, bias = blocks_of((1, 1, 5), (0, 0, 1), (1, 1, 3))
    assert queries.tolist() == [[0, 1], [2, 3], [4, 4]]
    assert keys.tolist() == [[0, 1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4]]
    assert (bias == 0).squeeze(1).int().tolist() == [
        [[1, 1, 0, 0], [1, 1, 1, 0]],
        [[1, 1, 1, 0], [0, 1, 1, 1]],
        [[0, 0, 1, 1], [0, 0, 1, 1]],
    ]
    assert nearby_blocks._places(queries, 5).tolist() == [0, 1, 2, 3, 4]


def test_a_causal_block_has_no_key_after_its_last_frame():
    axis = nearby_blocks.Axis(tuple(range(8)), 8, extent=2, ahead=0)
    # Frames 4 to 7 see 2 to 7: six, two more than the frames of a block, not four.
    assert nearby_blocks._spans(axis, 2) == (4, (0, 2), 6)


@pytest.mark.parametrize("sizes", [(4, 5, 3), (1, 5, 7), (1, 1, 7), (1, 1, 1)])
def test_causal_slices_leave_out_what_the_mask_would_hide(sizes, monkeypatch):
    seen = []
    spans = nearby_blocks._spans
    watched = lambda axis, n: seen.append((axis, spans(axis, n))) or seen[-1][1]  # noqa: E731
    monkeypatch.setattr(nearby_blocks, "_spans", watched)
    query, key, value = torch.randn(
        3, *sizes, 2, generator=torch.Generator().manual_seed(0)
    )
    causal = {"causal": True, "cuts": [min(2, size) for size in sizes]}
    in_blocks(query, key, value, (2, 2, 2), **causal)
    axis = next((i for i, size in enumerate(sizes) if size > 1), 0)
    assert len(seen) == 3
    for i, (of, (length, firsts, n_keys)) in enumerate(seen):
        ahead = 0 if i == axis else 2
        ends = [min(of.size, (n + 1) * length + ahead) for n in range(len(firsts))]
        first = [max(0, n * length - 2) for n in range(len(firsts))]
        assert n_keys == max(e - f for f, e in zip(first, ends, strict=True))


def test_the_work_grows_as_the_grid_does():
    window = (1, 1, 1)
    sizes = [(8, 16, 16), (8, 32, 32), (16, 32, 32), (16, 64, 64)]
    counts = [blocks_of(each, window).bias.numel() for each in sizes]
    cells = [math.prod(each) for each in sizes]
    exponent = math.log(counts[-1] / counts[0]) / math.log(cells[-1] / cells[0])
    assert exponent < 1.1
    assert counts[-1] < cells[-1] ** 2 / 20, "far fewer than full attention's"


def test_a_small_grid_stays_whole():
    axes = axes_of((2, 3, 5), (2, 3, 5), (1, 1, 1))
    assert nearby_blocks._best_cuts(axes) == (1, 1, 1)


def test_a_large_batch_goes_in_chunks():
    blocks = blocks_of((8, 16, 16), (2, 2, 2))
    n_blocks, n_keys = blocks.keys.shape

    def size(n_leading, seen=None):
        rows = torch.empty(8 * 16 * 16, n_leading, 64, device="meta")
        return nearby_blocks._chunk_size(blocks, rows, rows, seen)

    assert size(1) == n_blocks, "all at once"
    with_gradient = size(8)
    assert 1 < with_gradient < n_blocks
    assert with_gradient * 8 * n_keys * 2 * 128 <= 1.5 * nearby_blocks.MOST_NUMBERS
    with torch.no_grad():
        assert size(8) > with_gradient, "without a gradient more of them"
    assert size(10**6) == 1
    assert size(0) == n_blocks
    per_head = torch.empty(8 * 16 * 16, 8, 1, device="meta")
    assert size(8, per_head) < size(8, per_head[:, :1]) <= size(8)
