"""Nearby attention in blocks, against the direct way, however the grid is cut."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attention_course import _nearby_blocks
from attention_course._nearby_blocks import attend_in_blocks
from attention_course.grid_attention import map_cells, nearby_attention_direct

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


def test_only_the_grids_are_kept_for_the_gradient():
    inputs = draw(2, sizes=(5, 7, 11), context=(5, 7, 11))
    output = in_blocks(*inputs, (2, 2, 2))
    kept = [
        saved.numel() for saved in output.grad_fn.saved_tensors if saved is not None
    ]
    assert sum(kept) == 2 * 5 * 7 * 11 * (D_K + D_K + D_V + D_V)


def test_a_second_derivative_is_refused():
    inputs = draw(sizes=(1, 2, 3), context=(1, 2, 3))
    output = in_blocks(*inputs, (1, 1, 1))
    with pytest.raises(RuntimeError, match="nearby_attention_direct for second"):
        torch.autograd.grad(output.sum(), inputs, create_graph=True)


# The rule that cuts


def axes_of(sizes, context, extent):
    return tuple(
        _nearby_blocks.Axis(tuple(centre.tolist()), size, e, e)
        for centre, size, e in zip(
            map_cells(sizes, context), context, extent, strict=True
        )
    )


def work(sizes, extent, n_leading=8) -> int:
    """Count the scores made, those that the mask hides included."""
    axes = axes_of(sizes, sizes, extent)
    cuts = _nearby_blocks._best_cuts(axes, n_leading)
    return math.prod(
        _nearby_blocks._cut(axis, n).n_scores
        for axis, n in zip(axes, cuts, strict=True)
    )


def test_spans_by_hand():
    # Queries 0 to 4 lie at 0, 1, 2, 4, 5 of 7 keys, and see one more on either side.
    (axis, _, _) = axes_of((5, 1, 1), (7, 1, 1), (1, 0, 0))
    assert axis.centres == (0, 1, 2, 4, 5)
    first, second = _nearby_blocks._spans(axis, 2)
    assert first == (slice(0, 2), slice(0, 3), (0, 1), 3)
    assert second == (slice(2, 5), slice(1, 7), (1, 3, 4), 6)


def test_a_causal_block_has_no_key_after_its_last_frame():
    axis = _nearby_blocks.Axis(tuple(range(7)), 7, extent=2, ahead=0)
    first, second = _nearby_blocks._spans(axis, 2)
    assert (first.queries, first.keys) == (slice(0, 3), slice(0, 3))
    assert (second.queries, second.keys) == (slice(3, 7), slice(1, 7))


@pytest.mark.parametrize("sizes", [(4, 5, 3), (1, 5, 7), (1, 1, 7), (1, 1, 1)])
def test_causal_slices_leave_out_what_the_mask_would_hide(sizes, monkeypatch):
    seen = []
    blocks = _nearby_blocks._blocks

    def watched(*arguments):
        for queries, keys, bias in blocks(*arguments):
            seen.append((queries, keys, bias))
            yield queries, keys, bias

    monkeypatch.setattr(_nearby_blocks, "_blocks", watched)
    query, key, value = torch.randn(
        3, *sizes, 2, generator=torch.Generator().manual_seed(0)
    )
    centres = map_cells(sizes, sizes)
    causal = {"causal": True, "cuts": [min(2, size) for size in sizes]}
    _nearby_blocks.attend_in_blocks(query, key, value, centres, (2, 2, 2), **causal)
    axis = next((i for i, size in enumerate(sizes) if size > 1), 0)
    assert seen
    assert all(keys[axis].stop == queries[axis].stop for queries, keys, _ in seen)


def test_the_work_grows_as_the_grid_does():
    window = (1, 1, 1)
    counts = [work((f, h, h), window) for f, h in [(4, 16), (8, 16), (8, 32), (16, 32)]]
    cells = [4 * 16**2, 8 * 16**2, 8 * 32**2, 16 * 32**2]
    exponent = math.log(counts[-1] / counts[0]) / math.log(cells[-1] / cells[0])
    assert exponent < 1.1
    assert counts[-1] < cells[-1] ** 2 / 20, "far fewer than full attention's"


def test_a_small_grid_stays_whole_and_a_large_batch_is_cut():
    axes = axes_of((2, 3, 5), (2, 3, 5), (1, 1, 1))
    assert _nearby_blocks._best_cuts(axes, 1) == (1, 1, 1)
    axes = axes_of((4, 16, 16), (4, 16, 16), (1, 1, 1))
    few, many = (_nearby_blocks._best_cuts(axes, n) for n in (1, 256))
    assert math.prod(few) < math.prod(many)
