"""Chapter 5: mistakes, the way that readers write them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from attention_course import (
    attention,
)
from attention_course.exercises import (
    check,
)
from tests.exercises.helpers import (
    SEEDS,
    Attempt,
    code,
    diagnosis,
)

Sizes = tuple[int, int, int]


def python_slices(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    (i, j, k), (e_f, e_h, e_w) = cell, extent
    mask = torch.zeros(sizes).bool()
    mask[i - e_f : i + e_f + 1, j - e_h : j + e_h + 1, k - e_w : k + e_w + 1] = True
    return mask


def rolled(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    mask = torch.zeros(sizes, dtype=torch.bool)
    (i, j, k), (e_f, e_h, e_w) = cell, extent
    mask[: 2 * e_f + 1, : 2 * e_h + 1, : 2 * e_w + 1] = True
    return mask.roll((i - e_f, j - e_h, k - e_w), dims=(0, 1, 2))


def unfolded(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    pad = (0, 0, extent, extent)
    keys = torch.nn.functional.pad(key, pad).unfold(0, 2 * extent + 1, 1)
    values = torch.nn.functional.pad(value, pad).unfold(0, 2 * extent + 1, 1)
    scores = torch.einsum("td,tdn->tn", query, keys) / query.shape[-1] ** 0.5
    return torch.einsum("tn,tdn->td", scores.softmax(-1), values)


def rolled_keys(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    steps = range(-extent, extent + 1)
    keys = torch.stack([key.roll(-step, 0) for step in steps])
    values = torch.stack([value.roll(-step, 0) for step in steps])
    weights = ((query * keys).sum(-1) / query.shape[-1] ** 0.5).softmax(0)
    return (weights[..., None] * values).sum(0)


def band(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    n = len(query)
    mask = torch.ones(n, n).triu(-extent + 1).tril(extent - 1) == 1
    scores = (query @ key.T / query.shape[-1] ** 0.5).masked_fill(~mask, -1e9)
    return scores.softmax(-1) @ value if extent else torch.zeros_like(value)


def loop_of_rounds(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    found = [
        [round(c * m / n) for c, m, n in zip(cell, context_sizes, sizes, strict=True)]
        for cell in cells.tolist()
    ]
    return torch.tensor(found)


def loop_of_ints(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    found = [
        [int(c / n * m) for c, m, n in zip(cell, context_sizes, sizes, strict=True)]
        for cell in cells.tolist()
    ]
    return torch.tensor(found)


def nearest_exact(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    middle = (cells + 0.5) / torch.tensor(sizes).double() * torch.tensor(context_sizes)
    return middle.floor().long()


def views(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    n = query.shape[axis + 1]
    b = len(query)
    q, k, v = (x.reshape(b, -1, n, x.shape[-1]) for x in (query, key, value))
    return attention.attend(q, k, v)[0].reshape(*query.shape[:-1], -1)


def axis_of_the_batch(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    q, k, v = (x.transpose(axis, -2) for x in (query, key, value))
    return attention.attend(q, k, v)[0].transpose(axis, -2)


def last_axes(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return torch.nn.functional.scaled_dot_product_attention(query, key, value)


def one_view(video: Tensor, patch: Sizes) -> Tensor:
    n = math.prod(video.shape[1:4]) // math.prod(patch)
    return video.contiguous().view(len(video), n, -1)


def there_again(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    f, h, w = (size // p for size, p in zip(sizes, patch, strict=True))
    blocks = tokens.view(len(tokens), f, h, w, *patch, -1)
    return blocks.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(len(tokens), *sizes, -1)


def whole_windows(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return math.prod(sizes) * math.prod(2 * e + 1 for e in extent)


def floats_of_the_map(query: Tensor, key: Tensor, value: Tensor, extent: Sizes) -> Any:
    output = torch.zeros(*query.shape[:3], value.shape[-1])
    place = torch.cartesian_prod(*map(torch.arange, key.shape[:3])).float()
    for cell in torch.cartesian_prod(*map(torch.arange, query.shape[:3])):
        centre = cell * torch.tensor(key.shape[:3]) / torch.tensor(query.shape[:3])
        near = ((place - centre).abs() <= torch.tensor(extent)).all(-1)
        scores = key.flatten(0, 2) @ query[tuple(cell)] / query.shape[-1] ** 0.5
        weights = scores.masked_fill(~near, -math.inf).softmax(0)
        output[tuple(cell)] = weights @ value.flatten(0, 2)
    return output


def not_mapped(query: Tensor, key: Tensor, value: Tensor, extent: Sizes) -> Tensor:
    near = [
        (torch.arange(n)[:, None] - torch.arange(m)).abs() <= e
        for n, m, e in zip(query.shape, key.shape, extent, strict=False)
    ]
    mask = torch.einsum("fa,hb,wc->fhwabc", *(part.float() for part in near)) > 0
    scores = torch.einsum("fhwd,abcd->fhwabc", query, key) / query.shape[-1] ** 0.5
    weights = scores.masked_fill(~mask, -math.inf).flatten(3).softmax(-1)
    return weights @ value.flatten(0, 2)


def all_smaller(sizes: Sizes) -> Tensor:
    cells = torch.cartesian_prod(*map(torch.arange, sizes))
    return (cells <= cells[:, None]).all(-1).reshape(*sizes, *sizes)


SLIPS: dict[str, tuple[str, Attempt, str]] = {
    "a single view": ("5.2", one_view, "straight"),
    "the way there, again": ("5.3", there_again, "cut_again"),
    "SDPA on grids": ("5.4", last_axes, "own_row"),
    "lines by a view": ("5.5", views, "reshaped"),
    "the axis of the batch": ("5.5", axis_of_the_batch, "batch"),
    "round": ("5.6", loop_of_rounds, "rounded"),
    "int of a fraction": ("5.6", loop_of_ints, "divided_double"),
    "nearest-exact": ("5.6", nearest_exact, "middle"),
    "a slice below 0": ("5.7", python_slices, "negative_start"),
    "a rolled box": ("5.7", rolled, "wrapped"),
    "pad and unfold": ("5.8", unfolded, "padded"),
    "rolled keys": ("5.8", rolled_keys, "wrapped"),
    "a band too narrow": ("5.8", band, "less_than"),
    "whole windows": ("5.9", whole_windows, "unclipped"),
    "a map without floor": ("5.11", floats_of_the_map, "not_floored"),
    "no map": ("5.11", not_mapped, "unmapped"),
    "each axis by itself": ("5.12", all_smaller, "each_axis"),
}


@pytest.mark.parametrize(
    ("exercise_id", "attempt", "name"), SLIPS.values(), ids=list(SLIPS)
)
@pytest.mark.parametrize("seed", SEEDS)
def test_common_slips_are_named(
    exercise_id: str, attempt: Attempt, name: str, seed: int
) -> None:
    report = check(exercise_id, attempt, seed=seed)
    assert not report.passed
    assert diagnosis(exercise_id, name) in report.diagnosis


def test_a_count_that_is_off_by_one_is_wrong() -> None:
    right = code("5.9").solution
    assert not check(
        "5.9", lambda sizes, context_sizes, e: right(sizes, context_sizes, e) + 1
    )


def test_a_mask_of_another_dtype_is_told() -> None:
    right = code("5.7").solution
    report = check("5.7", lambda cell, sizes, extent: right(cell, sizes, extent).int())
    assert report.status == "wrong dtype"
    assert "The numbers are right" in report.diagnosis
