"""The place of a mistake is found by running the reader's own source in other forms."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from attention_course.exercises import Exercise, check
from attention_course.exercises.checker.error_model import (
    NearAnswers,
    Repairs,
    repair,
)
from attention_course.exercises.checker.error_model.rule import RULES
from tests.exercises.checker.error_model.cases import PAIRS, Case
from tests.exercises.checker.error_model.test_rules import made_up, seen_of
from tests.exercises.helpers import Attempt, toy


def two_loops(query: Tensor, key: Tensor) -> Tensor:
    total = torch.zeros(*query.shape[:-1], key.shape[-2])
    for place in range(query.shape[-1] - 1):
        total = total + query[..., :, place, None] * key[..., None, :, place]
    return total / math.sqrt(query.shape[-1])


def test_the_line_is_told_and_the_kind_of_the_mistake() -> None:
    report = check("3.3", two_loops)
    assert report.named
    line = two_loops.__code__.co_firstlineno + 2
    assert f"Line {line}, `for place in range(query.shape[-1] - 1):`" in report.message
    assert "all results are right" in report.message


def test_what_should_stand_there_is_not_told() -> None:
    assert "range(query.shape[-1])" not in check("3.3", two_loops).message


def test_a_mistake_that_is_named_anyhow_gets_its_line(
    known: Callable[[Exercise], Exercise],
) -> None:
    exercise = known(toy())
    message = check(exercise.id, halved).message
    line = halved.__code__.co_firstlineno + 2
    assert f"it should multiply. See line {line}, `return" in message


def halved(values: Tensor) -> Tensor:
    factor = 2
    return values / factor


def scores(x: Tensor, y: Tensor) -> Tensor:
    return x @ y.T / x.shape[-1]


def summed_and_turned(x: Tensor, y: Tensor) -> Tensor:
    total = torch.zeros(len(x), len(y))
    for place in range(x.shape[-1]):
        total = total - x[:, place, None] * y[:, place]
    return total


def test_two_mistakes_are_one_in_the_source_and_one_that_is_left() -> None:
    one = Case("", summed_and_turned, "", scores, tuple(PAIRS))
    exercise, seen = made_up(one), seen_of(summed_and_turned, one)
    near = NearAnswers(exercise, seen, 0)
    told = Repairs(exercise, summed_and_turned, seen, near, 0)
    assert told.one() == ""
    line = summed_and_turned.__code__.co_firstlineno + 3
    assert f"Two mistakes come together. One is in line {line}, `total = " in told.two()
    assert "the division by `x.shape[-1]` is left out" in told.two()


@pytest.mark.parametrize(
    "attempt",
    [
        lambda values: values * 3.5,  # a lambda has no source of its own
        nn.Tanh(),
        math.sin,
    ],
    ids=["lambda", "module", "built in"],
)
def test_without_a_source_nothing_is_told_of_a_line(
    attempt: Attempt, known: Callable[[Exercise], Exercise]
) -> None:
    exercise = known(toy())
    assert "Line " not in check(exercise.id, attempt).message


WRITTEN: list[float] = []


def written() -> None:
    WRITTEN.append(1.0)


def with_an_eval(values: Tensor) -> Tensor:
    written()
    return values * eval("2") * 3


def with_a_system(values: Tensor) -> Tensor:
    import os

    written()
    return values * 6 + len(os.name) * 0


def with_a_cell(values: Tensor) -> Tensor:
    written()
    return nn.GRUCell(1, 1)(values[:, None]).flatten()  # in C, where sizes may be fatal


def with_a_list(values: Tensor) -> Tensor:
    WRITTEN.append(1.0)
    return values * 3


@pytest.mark.parametrize(
    "attempt", [with_a_list, with_an_eval, with_a_system, with_a_cell]
)
def test_a_source_that_does_more_than_compute_is_run_as_it_stands_alone(
    attempt: Attempt, known: Callable[[Exercise], Exercise]
) -> None:
    exercise = known(toy())
    WRITTEN.clear()
    report = check(exercise.id, attempt)
    assert not report.passed
    # Once for each input; the first once more, unless random numbers are drawn.
    assert len(WRITTEN) == (2 if attempt is with_a_cell else 3)
    assert "Line " not in report.message


def test_nothing_is_told_that_was_not_run(
    known: Callable[[Exercise], Exercise], monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise = known(toy())
    assert "Line " in check(exercise.id, cubed).message
    monkeypatch.setattr(repair.Repairs, "_is_right", lambda self, near: False)
    assert "Line " not in check(exercise.id, cubed).message


def cubed(values: Tensor) -> Tensor:
    return values * 2 * values.abs().amax()


def test_every_rule_can_be_told() -> None:
    whole = {"argument_read_otherwise", "result_given_otherwise"}
    assert {rule.__name__ for rule in RULES} - whole == set(repair.WITH)
    assert repair.EXCHANGES.issubset(repair.WITH)
