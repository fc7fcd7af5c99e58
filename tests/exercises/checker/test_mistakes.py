"""A mistake is named: one that the exercise knows, or a relation to the right result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from attention_course.exercises import (
    check,
)
from attention_course.exercises.checker.relations import relations
from tests.exercises.helpers import (
    CODE,
    Attempt,
    code,
    generator,
)


def relation_cases() -> Iterator[Any]:
    def attempt(text: str, change: Attempt) -> Any:
        return pytest.param(text, change, id=text)

    yield attempt("with its sign turned", lambda out, w, t: -out)
    yield attempt("0.1 times the right one", lambda out, w, t: 0.1 * out)
    yield attempt("the right one + 1", lambda out, w, t: out + 1)
    yield attempt("the right one - 0.5", lambda out, w, t: out - 0.5)
    yield attempt("divided by √", lambda out, w, t: out / t.shape[1] ** 0.5)
    yield attempt(
        "is the size of axis -1 of `table`", lambda out, w, t: out * t.shape[1]
    )
    yield attempt("zero everywhere", lambda out, w, t: 0 * out)
    yield attempt("the same number everywhere", lambda out, w, t: 0 * out + 3)
    yield attempt("in reverse order along axis -1", lambda out, w, t: out.flip(-1))
    yield attempt("moved on by 1 along axis -1", lambda out, w, t: out.roll(1, -1))
    yield attempt("with too many axes of size 1", lambda out, w, t: out.unsqueeze(0))
    yield attempt("the absolute value of", lambda out, w, t: out.abs())
    yield attempt("the ReLU of", lambda out, w, t: out.relu())
    yield attempt("the exponential of", lambda out, w, t: out.exp())
    yield attempt(
        "a softmax of the right one over axis -1", lambda out, w, t: out.softmax(-1)
    )
    yield attempt(
        "only the shape is wrong", lambda out, w, t: out.flatten().unsqueeze(0)[:, None]
    )
    yield attempt(
        "wrong places", lambda out, w, t: out.flatten().sort().values.view(out.shape)
    )


@pytest.mark.parametrize(("text", "change"), list(relation_cases()))
def test_an_unforeseen_mistake_is_related_to_the_right_result(
    text: str, change: Attempt
) -> None:
    # A lambda has no source of its own, in which the place would be found.
    report = check(
        "1.3", lambda weights, table: change(weights @ table, weights, table)
    )
    assert not report.passed
    assert text in report.diagnosis


def test_axes_that_changed_places_are_named() -> None:
    def swapped(weight: Tensor, patch: tuple[int, int]) -> Tensor:
        return code("1.6").solution(weight, patch).transpose(1, 3)

    def turned(weight: Tensor, patch: tuple[int, int]) -> Tensor:
        return code("1.6").solution(weight, patch).permute(1, 2, 0, 3)

    assert "with the axes -3 and -1 swapped" in check("1.6", swapped).diagnosis
    assert "with its axes in the order -3, -2, -4, -1" in check("1.6", turned).diagnosis


def test_a_known_mistake_that_is_varied_is_still_named() -> None:
    def attempt(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
        last = torch.zeros(vocab_size, grad_vectors.shape[-1])
        for row, vector in zip(ids.flatten(), grad_vectors.flatten(0, -2), strict=True):
            last[row] = vector
        return -last

    report = check("1.4", attempt)
    assert "you keep only the last of its gradients" in report.diagnosis
    assert (
        "And not only that: your result is what that mistake gives with its sign turned"
        in (report.diagnosis)
    )


def test_a_known_mistake_in_another_dtype_is_still_named() -> None:
    def attempt(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
        return CODE[2].mistakes[0].attempt(ids, grad_vectors, vocab_size).double()

    report = check("1.4", attempt)
    assert report.status == "wrong"
    assert "you keep only the last of its gradients" in report.diagnosis


def test_a_known_mistake_on_some_inputs_only_is_still_named() -> None:
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        return table[weights.argmax(-1)] if weights.ndim == 1 else weights @ table

    report = check("1.3", attempt)
    assert "You look up the row of the largest weight" in report.diagnosis
    assert "It is right with weights (" in report.diagnosis


def test_relations_between_equal_or_empty_tensors_are_none() -> None:
    values = torch.randn(3, 5, generator=generator())
    assert list(relations(values, values)) == []
    assert list(relations(torch.empty(0), torch.empty(0))) == []
    assert list(relations(values * float("nan"), values)) == []


def test_a_report_says_whether_a_mistake_is_named() -> None:
    assert check("1.3", lambda weights, table: -(weights @ table)).named
    assert not check(
        "1.3",
        lambda w, t: w @ t + torch.arange(w.shape[0] * t.shape[1] // w.shape[0]) % 7,
    ).named
    assert not check("1.3", lambda weights, table: weights @ table).named
