"""Chapter 4: mistakes, the way that readers write them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from attention_course import (
    self_attention,
)
from attention_course.exercises import (
    check,
)
from tests.exercises.helpers import (
    SEEDS,
    Attempt,
    diagnosis,
)

BATCH_FOR_TIME: dict[str, tuple[Attempt, str]] = {
    "time first": (lambda x, p: x + p[: x.size(0)].unsqueeze(1), "batch_axis"),
    "None": (lambda x, p: x + p[: len(x), None], "batch_axis"),
    "a buffer (max_length, 1, d_model)": (
        lambda x, p: x + p.unsqueeze(1)[: x.size(0)],
        "batch_axis",
    ),
    "lookup": (lambda x, p: x + p[torch.arange(len(x))][:, None, :], "batch_axis"),
    "no new axis": (lambda x, p: x + p[: x.size(0), :], "batch_axis_flat"),
    "a buffer (1, max_length, d_model)": (
        lambda x, p: x + p.unsqueeze(0)[:, : x.size(0)],
        "batch_axis_flat",
    ),
    "one row": (lambda x, p: x + p[:1], "first_row"),
}


@pytest.mark.parametrize(
    ("attempt", "name"), BATCH_FOR_TIME.values(), ids=BATCH_FOR_TIME
)
@pytest.mark.parametrize("seed", SEEDS)
def test_batch_for_time_is_named(attempt: Attempt, name: str, seed: int) -> None:
    report = check("4.10", attempt, seed=seed)
    assert not report.passed
    assert diagnosis("4.10", name) in report.diagnosis


def test_positions_added_in_place_are_noticed() -> None:
    def in_place(x: Tensor, positions: Tensor) -> Tensor:
        x += positions[: x.shape[1]]
        return x

    report = check("4.10", in_place)
    assert report.status == "changed its input"
    assert "`x`" in report.diagnosis


def too_strict(layer: nn.Module, x: Tensor) -> bool:
    order = torch.randperm(len(x))
    return torch.allclose(layer(x[order]), layer(x)[order], rtol=0, atol=0)


def only_shapes(layer: nn.Module, x: Tensor) -> bool:
    return layer(x.flip(0)).shape == layer(x).shape


def moved_by_three(layer: nn.Module, x: Tensor) -> bool:
    order = (torch.arange(len(x)) + 3) % len(x)
    return torch.allclose(layer(x[order]), layer(x)[order], atol=1e-5)


@pytest.mark.parametrize(
    ("attempt", "name"),
    [(too_strict, "exact"), (only_shapes, "identity"), (moved_by_three, "roll")],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_bad_test_of_equivariance_is_named(
    attempt: Attempt, name: str, seed: int
) -> None:
    report = check("4.11", attempt, seed=seed)
    assert not report.passed
    assert diagnosis("4.11", name) in report.diagnosis


def test_common_slips_elsewhere_are_named() -> None:
    def by_model(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
        q, k = (self_attention.split_heads(part, n_heads) for part in (query, key))
        return q @ k.mT / query.shape[-1] ** 0.5

    assert diagnosis("4.5", "by_model") in check("4.5", by_model).diagnosis

    def as_torch_wants_it_there(n_queries: int, n_keys: int) -> Tensor:
        return torch.ones(n_queries, n_keys).triu(n_keys - n_queries + 1).bool()

    report = check("4.7", as_torch_wants_it_there)
    assert diagnosis("4.7", "turned") in report.diagnosis
    report = check(
        "4.7", lambda n_queries, n_keys: torch.ones(n_queries, n_keys).tril()
    )
    assert not report.passed
    assert diagnosis("4.7", "top_left") in report.diagnosis

    def tensors(weights: Tensor, query_place: int, key_place: int) -> Any:
        pair = weights[:, :, query_place, key_place]
        return torch.unravel_index(pair.argmax(), pair.shape)

    report = check("4.15", tensors)
    assert report.status == "wrong type"
    assert "Its value is right" in report.diagnosis
