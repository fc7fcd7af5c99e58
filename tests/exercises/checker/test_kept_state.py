"""A function that keeps something from one call to the next is told so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from attention_course.exercises import Exercise, check
from tests.exercises.helpers import Attempt, toy

Known = Callable[[Exercise], Exercise]
TOLD = "it keeps something from one call to the next"


class Total:
    n_calls = 0
    seen: ClassVar[list[float]] = []


def in_a_default(values: Tensor, seen: list[Any] = []) -> Tensor:  # noqa: B006
    seen.append(0.0)
    return values * (1 + len(seen))


def on_a_class(values: Tensor) -> Tensor:
    Total.n_calls += 1
    return values * (1 + Total.n_calls)


def in_a_list_of_a_class(values: Tensor) -> Tensor:
    Total.seen.append(0.0)
    return values * (1 + len(Total.seen))


def on_itself(values: Tensor) -> Tensor:
    on_itself.factor = getattr(on_itself, "factor", 1) + 1  # type: ignore[attr-defined]
    return values * on_itself.factor  # type: ignore[attr-defined,no-any-return]


N_CALLS = [0]


def in_a_global(values: Tensor) -> Tensor:
    N_CALLS[0] += 1
    return values * (1 + N_CALLS[0])


def with_random_numbers_of_its_own(values: Tensor) -> Tensor:
    drawn = torch.Generator()
    drawn.seed()
    return values * (1 + torch.rand(1, generator=drawn))


KEEPING = [
    in_a_default,
    on_a_class,
    in_a_list_of_a_class,
    on_itself,
    in_a_global,
    with_random_numbers_of_its_own,
]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    Total.n_calls = 0
    Total.seen.clear()
    N_CALLS[0] = 0
    vars(on_itself).pop("factor", None)
    (in_a_default.__defaults__ or ([],))[0].clear()


@pytest.mark.parametrize("attempt", KEEPING)
def test_a_function_that_keeps_something_is_told_so(
    attempt: Attempt, known: Known
) -> None:
    report = check(known(toy()).id, attempt)
    assert not report.passed
    assert report.named
    assert TOLD in report.message


def test_the_default_is_named(known: Known) -> None:
    message = check(known(toy()).id, in_a_default).message
    assert "The default of `seen` is made once" in message


def test_what_is_right_in_every_round_but_the_last_is_rejected(known: Known) -> None:
    """Only the call that is made once more shows it."""

    def worn_out(values: Tensor) -> Tensor:
        Total.n_calls += 1
        return values * (2 if Total.n_calls <= 2 else 3)

    report = check(known(toy()).id, worn_out)
    assert report.status == "wrong"
    assert TOLD in report.message


def test_a_function_that_keeps_what_it_may_passes(known: Known) -> None:
    def remembering(values: Tensor) -> Tensor:
        Total.n_calls += 1
        return values * 2

    assert check(known(toy()).id, remembering).passed


def test_the_seeded_random_numbers_count_as_the_same(known: Known) -> None:
    def shaken(values: Tensor) -> Tensor:
        return 2 * values + 1e-9 * torch.rand(1)

    assert check(known(toy()).id, shaken).passed

    def shaken_hard(values: Tensor) -> Tensor:
        return 2 * values + torch.rand(1)

    assert TOLD not in check(known(toy()).id, shaken_hard).message


@pytest.mark.parametrize("attempt", [on_a_class, on_itself, in_a_list_of_a_class])
def test_what_it_keeps_is_changed_by_its_own_calls_alone(
    attempt: Attempt, known: Known
) -> None:
    """Its source is not run in other forms."""
    check(known(toy()).id, attempt)
    n_calls = max(Total.n_calls, len(Total.seen), getattr(on_itself, "factor", 1) - 1)
    assert n_calls == 3  # two inputs, and the first once more
