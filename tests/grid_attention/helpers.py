"""What the tests of attention on grids share: drawing, and the slow loop."""

import itertools
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st

from attention_course.grid_attention import (
    axial_attention,
    full_attention,
    nearby_attention,
    nearby_attention_direct,
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


def draw(
    *leading: int, sizes=SIZES, context=CONTEXT, dtype=torch.float64, d_k=D_K, d_v=D_V
) -> list[torch.Tensor]:
    shapes = [(*sizes, d_k), (*context, d_k), (*context, d_v)]
    return [
        torch.randn(*leading, *shape, dtype=dtype).requires_grad_() for shape in shapes
    ]


def random_mask(*shape: int) -> torch.Tensor:
    return torch.rand(*shape) < 0.6


def cells_of(sizes: Cell) -> list[Cell]:
    return list(itertools.product(*map(range, sizes)))


def everywhere(cell: Cell, other: Cell) -> bool:
    return True


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


extents = st.tuples(*[st.integers(0, 3)] * 3)


both_ways = pytest.mark.parametrize("attention", NEARBY)


ALL = {
    "full": full_attention,
    "axial": lambda *grids, **options: axial_attention(*grids, 1, **options),
    "direct": lambda *grids, **options: nearby_attention_direct(*grids, 1, **options),
    "fast": lambda *grids, **options: nearby_attention(*grids, 1, **options),
}


all_of_them = pytest.mark.parametrize("attention", ALL.values(), ids=ALL)
