"""What does not fit is named."""

from collections.abc import Callable

import pytest
import torch

from attention_course.grid_attention import (
    axial_attention,
    count_scores,
    map_cells,
    neighbourhood,
    weights_on_grid,
)
from tests.grid_attention.helpers import (
    CONTEXT,
    NEARBY,
    SIZES,
    B,
    all_of_them,
    both_ways,
    draw,
)


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
