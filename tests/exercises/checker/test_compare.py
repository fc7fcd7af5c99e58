"""A result is wrong in its type, its shape, its dtype or its values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from attention_course import (
    embedding,
)
from attention_course.exercises import (
    check,
)
from attention_course.exercises.checker.compare import problem
from tests.exercises.helpers import (
    Attempt,
    code,
)


@pytest.mark.parametrize(
    ("convert", "got"),
    [
        (lambda rows: rows.tolist(), "a list of"),
        (lambda rows: rows.numpy(), "a numpy array"),
        (lambda rows: (rows,), "a tuple of 1"),
        (lambda rows: "rows", "a string"),
        (lambda rows: 3, "an integer"),
        (lambda rows: nn.Linear(1, 1), "an object of type Linear"),
    ],
)
def test_a_wrong_type_is_reported(convert: Attempt, got: str) -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Any:
        return convert(embedding.one_hot(ids, vocab_size))

    report = check("1.2", attempt)
    assert report.status == "wrong type"
    assert f"should return a tensor, not {got}" in report.diagnosis
    if got in ("a list of", "a numpy array"):
        assert "Its numbers are right" in report.diagnosis


def test_a_coroutine_and_a_generator_are_wrong_types() -> None:
    async def waits(ids: Tensor, vocab_size: int) -> Tensor:
        return ids

    def yields(ids: Tensor, vocab_size: int) -> Iterator[Tensor]:
        yield ids

    assert "of type coroutine" in check("1.2", waits).diagnosis
    assert "of type generator" in check("1.2", yields).diagnosis


def test_a_wrong_shape_is_reported_with_both_shapes() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        return torch.rand(2, 3, 4, 5)

    report = check("1.2", attempt)
    assert report.status == "wrong shape"
    assert "received shape (2, 3, 4, 5)" in report.diagnosis
    assert re.search(r"expected shape \(\d+, \d+\)", report.diagnosis)


def test_a_wrong_dtype_is_reported_with_both_dtypes() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        return embedding.one_hot(ids, vocab_size).double()

    report = check("1.2", attempt)
    assert report.status == "wrong dtype"
    assert "The numbers are right, but not their dtype" in report.diagnosis
    assert "expected torch.float32, received torch.float64" in report.diagnosis


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nan_and_infinity_are_reported(bad: float) -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        rows = embedding.one_hot(ids, vocab_size)
        rows[..., 1] = bad
        return rows

    report = check("1.2", attempt)
    assert report.status == "not finite"
    assert "entries are NaN or infinite" in report.diagnosis
    assert report.received == str(bad)


def test_nan_everywhere_does_not_pass() -> None:
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        return weights @ table * float("nan")

    assert check("1.3", attempt).status == "not finite"


def test_a_wrong_part_is_located() -> None:
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        out = weights @ table
        out[..., 2] += torch.rand(out[..., 2].shape)
        return out

    report = check("1.3", attempt)
    assert "entries differ, all at 2 along axis -1" in report.diagnosis
    assert report.index.endswith("2]")
    assert report.expected in report.diagnosis
    assert report.received in report.diagnosis


def test_a_small_difference_is_called_small() -> None:
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        out = weights @ table
        return out + 1e-3 * torch.rand(out.shape)

    report = check("1.3", attempt)
    assert "by less than 1 %" in report.diagnosis
    assert report.expected != report.received


def test_several_results_are_named() -> None:
    def one_only(photo: Tensor, patch: int) -> Any:
        return photo

    def as_float(photo: Tensor, patch: int) -> Any:
        cropped, n_tokens = code("1.8").solution(photo, patch)
        return cropped, float(n_tokens)

    def as_list(photo: Tensor, patch: int) -> Any:
        return list(code("1.8").solution(photo, patch))

    assert (
        "should return 2 results (cropped, n_tokens)"
        in check("1.8", one_only).diagnosis
    )
    report = check("1.8", as_float)
    assert report.status == "wrong type"
    assert (
        "In `n_tokens`: the function should return an integer (int)" in report.diagnosis
    )
    assert "Its value is right" in report.diagnosis
    assert check("1.8", as_list)


@pytest.mark.parametrize(
    ("received", "expected", "status"),
    [
        (2, 3, "wrong"),
        (3, 3, None),
        (3.0, 3, "wrong type"),
        (True, 1, "wrong type"),
        (torch.tensor(3), 3, "wrong type"),
        (None, 3, "wrong type"),
        (3, 3.0, None),
        (float("nan"), 3.0, "not finite"),
        ("a", "a", None),
        ("b", "a", "wrong"),
        (1, True, "wrong type"),
        (True, True, None),
        ((torch.ones(2), 1), (torch.ones(2), 1), None),
        ((torch.ones(2), 2), (torch.ones(2), 1), "wrong"),
        ((torch.ones(2),), (torch.ones(2), 1), "wrong type"),
    ],
)
def test_results_that_are_no_tensors_are_compared(
    received: Any, expected: Any, status: str | None
) -> None:
    found = problem(received, expected, rtol=1e-4, atol=1e-5)
    assert (found and found.status) == status
