"""A search has one deadline, in processor time, and everything in it asks."""

from __future__ import annotations

import math

import pytest
from torch import Tensor

from attention_course.exercises.checker import deadline as clocks
from attention_course.exercises.checker.deadline import Deadline, OutOfTime
from attention_course.exercises.checker.error_model import NearAnswers, search
from attention_course.exercises.checker.sandbox import run
from tests.exercises.checker.error_model.cases import MATRICES, Case
from tests.exercises.checker.error_model.test_rules import made_up, seen_of


class Clocks:
    """Processor time and the clock, as a test sets them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.processor = self.wall = 100.0
        monkeypatch.setattr(clocks, "process_time", lambda: self.processor)
        monkeypatch.setattr(clocks, "monotonic", lambda: self.wall)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def test_it_counts_processor_time(time: Clocks) -> None:
    deadline = Deadline(2.0)
    time.wall += 10  # a machine that does other things
    assert deadline.left == 2.0
    time.processor += 2
    assert deadline.over


def test_a_search_that_only_waits_ends_by_the_clock(time: Clocks) -> None:
    deadline = Deadline(2.0)
    time.wall += 2.0 * clocks.ASLEEP + 1
    assert deadline.over


def test_a_part_ends_no_later_than_the_whole(time: Clocks) -> None:
    deadline = Deadline(2.0)
    assert deadline.part(0.5).left == 0.5
    time.processor += 1.75
    assert deadline.part(0.5).left == 0.25


def test_what_costs_more_than_is_left_is_not_begun(time: Clocks) -> None:
    deadline = Deadline(2.0)
    deadline.ask(1.5)
    with pytest.raises(OutOfTime):
        deadline.ask(2.5)
    time.processor += 3
    with pytest.raises(OutOfTime):
        deadline.ask()


def test_a_call_ends_with_the_search() -> None:
    def endless() -> None:
        while True:
            pass

    assert run(endless, math.inf, deadline=Deadline(0.05)).timed_out


def exponential(x: Tensor) -> Tensor:
    return x.exp()


def searched(deadline: Deadline, cost: float = 0.0) -> int:
    """Count the near answers that are run."""
    one = Case("", lambda x: x.exp() * 3, "", exponential, tuple(MATRICES))
    exercise, ran = made_up(one), []
    near = NearAnswers(exercise, seen_of(one.wrong, one), 0, deadline=deadline)
    nears = search.singles(exercise)
    nears[0].source.costs[0, 0] = cost

    def run_and_counted(one: search.Near) -> bool:
        near.on(one, 0)
        ran.append(one)
        return False

    near.kept(nears, run_and_counted)
    return len(ran)


def test_near_answers_are_run_while_there_is_time() -> None:
    assert searched(Deadline(60.0)) > 10
    assert searched(Deadline(0.0)) == 0


def test_near_answers_that_take_longer_than_is_left_are_not_run() -> None:
    assert searched(Deadline(60.0), cost=3600.0) == 0
