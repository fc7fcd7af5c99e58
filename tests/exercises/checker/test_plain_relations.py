"""Numbers, texts, lists, results in parts and NaN answers are named too."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from attention_course.exercises import check
from attention_course.exercises.checker.plain_relations import (
    number_relations,
    sequence_relations,
)
from tests.exercises.helpers import Attempt, code

INPUTS = [
    {"n": 3, "sizes": (2, 5)},
    {"n": 7, "sizes": (3, 2)},
    {"n": 4, "sizes": (6, 2)},
]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda right, n: 100 * right, "as a percentage"),
        (lambda right, n: right / math.log(2), "in bits"),
        (lambda right, n: 1 - right, "1 minus"),
        (lambda right, n: 7.5, "7.5 on every input"),
        (lambda right, n: right - 2.5, "{it} - 2.5"),
        (lambda right, n: right * 1.7, "1.7 times"),
        (lambda right, n: right**2, "the square of"),
        (lambda right, n: math.exp(right), "the exponential of"),
        (lambda right, n: right * n, "times `n`"),
        (lambda right, n: right / n, "divided by `n`"),
        (lambda right, n: right - 2 * n, "{it} - 2 × `n`"),
        (lambda right, n: right + n * n, "{it} + `n` × `n`"),
    ],
)
def test_numbers_are_related(change: Attempt, text: str) -> None:
    right = [0.7, 1.9, 3.1]
    received = [change(x, given["n"]) for x, given in zip(right, INPUTS, strict=True)]
    found = [phrase for _, phrase in number_relations(received, right, INPUTS)]
    assert text in found[0], found


def test_numbers_that_are_not_related_have_no_relation() -> None:
    received, right = [0.31, 4.77, 2.25], [0.7, 1.9, 3.1]
    assert list(number_relations(received, right, INPUTS)) == []
    assert list(number_relations([math.nan], [1.0], INPUTS[:1])) == []


def test_two_inputs_are_too_few_for_a_product_of_sizes() -> None:
    received = [3.0 + 9, 5.0 + 49]
    assert list(number_relations(received, [3.0, 5.0], INPUTS[:2])) == []


@pytest.mark.parametrize(
    ("received", "right", "text"),
    [
        ("cba", "abc", "backwards"),
        ("ab", "abcd", "ends too early"),
        ("cd", "abcd", "its beginning is missing"),
        ("abcde", "abcd", "then it goes on"),
        ("xabc", "abc", "something in front"),
        ("bcda", "abcd", "moved on by one"),
        ("xabc", "abcd", "one place too late"),
        ("bcdx", "abcd", "one place too early"),
        ("Ab", "ab", "small or capital"),
        ("a b c", "abc", "other spaces"),
        ("a,b,c", "abc", "commas"),
        ("acbd", "abcd", "in another order"),
        ("ab", "abab", "ends too early"),
        ([3, 1, 2], [1, 2, 3], "moved on by one"),
        ([1, 2], [1, 2, 3], "ends too early"),
        ([], [1, 2, 3], "empty"),
    ],
)
def test_texts_and_lists_are_related(received: Any, right: Any, text: str) -> None:
    assert text in next(phrase for _, phrase in sequence_relations(received, right))


def test_what_is_not_related_has_no_relation() -> None:
    assert list(sequence_relations("xyz", "abcd")) == []
    assert list(sequence_relations([1, 2], "ab")) == []


def test_the_wrong_one_of_two_results_is_named_by_itself() -> None:
    solution = code("3.7").solution

    def squared(state: Tensor, states: Tensor, real: Tensor) -> Any:
        context, weights = solution(state, states, real)
        return context + 1, weights.square()

    message = check("3.7", squared).message
    assert "In `context`: your result is the right one + 1" in message
    assert "In `weights`: your result is the square of the right one" in message


def test_a_result_that_is_right_but_for_its_nan_is_told_so() -> None:
    def holes(query: Tensor, key: Tensor) -> Tensor:
        right = code("3.3").solution(query, key)
        return (
            right / (torch.arange(right.numel()) != 1).reshape(right.shape) + 0 * right
        )

    attempt = lambda query, key: holes(query, key).masked_fill(  # noqa: E731
        holes(query, key).isinf(), math.nan
    )
    assert "right but for its NaN" in check("3.3", attempt).message


def test_a_mistake_shows_outside_the_nan() -> None:
    def attempt(scores: Tensor, mask: Tensor) -> Tensor:
        weights = scores.softmax(-1) * mask
        return weights.masked_fill(torch.eye(*weights.shape[-2:]) == 1, math.nan)

    message = check("3.4", lambda scores, mask: attempt(scores, mask)).message
    assert "Where your result is not NaN, it" in message


def test_a_list_of_steps_holds_the_right_result() -> None:
    report = check("4.14", lambda weights: [weights, code("4.14").solution(weights)])
    assert "The right result is its last: return that alone" in report.message
    assert report.named


def test_padding_alone_is_wrong() -> None:
    def zeroed(tokens: Tensor, mask: Tensor) -> Tensor:
        return code("2.6").solution(tokens, mask) * mask

    message = check("2.6", lambda tokens, mask: zeroed(tokens, mask)).message
    assert "wherever `mask` is True" in message or "0 stands" in message
