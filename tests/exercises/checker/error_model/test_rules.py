"""Every rule of the error model names a mistake of a made-up exercise."""

from __future__ import annotations

import ast

import pytest
import torch
from torch import Tensor

from attention_course.exercises.checker.calls import Outcome
from attention_course.exercises.checker.error_model import NearAnswers, Seen, search
from attention_course.exercises.checker.error_model.rule import RULES, edits_of
from attention_course.exercises.checker.error_model.source import Original
from attention_course.exercises.checker.exercise import Exercise
from attention_course.exercises.checker.tell import tell
from tests.exercises.checker.error_model import more_cases  # noqa: F401  (adds to CASES)
from tests.exercises.checker.error_model.cases import CASES, Case
from tests.exercises.helpers import Attempt


def seen_of(attempt: Attempt, one: Case) -> list[Seen]:
    seen = []
    for args in one.inputs:
        try:
            call = Outcome(result=attempt(*args))
        except Exception as error:
            call = Outcome(error=tell(error, attempt))
        seen.append(Seen(args, call, one.solution(*args), True))
    return seen


def made_up(one: Case) -> Exercise:
    exercise = Exercise("9.9", "Made up", "", 1, 1, one.solution)
    exercise.make_inputs = lambda generator: one.inputs
    return exercise


@pytest.mark.parametrize(
    "one", CASES, ids=lambda one: f"{one.rule}-{one.solution.__name__}"
)
def test_a_rule_names_its_mistake(one: Case) -> None:
    exercise = made_up(one)
    clauses = [
        near.clause
        for near in NearAnswers(exercise, seen_of(one.wrong, one), 0).fitting()
    ]
    assert any(one.text in clause for clause in clauses), clauses


@pytest.mark.parametrize(
    "one", CASES, ids=lambda one: f"{one.rule}-{one.solution.__name__}"
)
def test_without_the_rule_the_mistake_is_not_named_so(
    one: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rule in [rule for rule in RULES if rule.__name__ == one.rule]:
        monkeypatch.setattr(
            "attention_course.exercises.checker.error_model.rule.RULES",
            [other for other in RULES if other is not rule],
        )
    near = NearAnswers(made_up(one), seen_of(one.wrong, one), 0)
    assert not any(one.text in fitting.clause for fitting in near.fitting())


def test_every_rule_has_a_case() -> None:
    assert {rule.__name__ for rule in RULES} == {one.rule for one in CASES}


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.solution.__name__)
def test_a_right_answer_is_no_near_answer(one: Case) -> None:
    assert NearAnswers(made_up(one), seen_of(one.solution, one), 0).fitting() == []


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.solution.__name__)
def test_a_source_without_edits_is_the_function(one: Case) -> None:
    source = Original(one.solution)
    source.watch(one.inputs)
    for args in one.inputs:
        made, right = source.edited(())(*args), one.solution(*args)
        assert torch.equal(made, right) if isinstance(made, Tensor) else made == right


def test_a_near_answer_that_never_ends_is_left() -> None:
    def wrong(n: int) -> int:
        return n + 5

    assert search.SLICE + search.LONG < 1
    one = Case("", wrong, "", halved_until_one, ((8,), (9,)))
    assert NearAnswers(made_up(one), seen_of(wrong, one), 0).fitting() == []


def halved_until_one(n: int) -> int:
    steps = 0
    while n > 1:
        n = n // 2
        steps = steps + 1
    return steps


def gathered(rows: list[int]) -> list[int]:
    found = [0]
    for row in rows:
        found.append(row)
    return found


def first_row_doubled(x: Tensor) -> Tensor:
    out = x.clone()
    out[0] += x[0]
    return out


def test_what_is_written_into_stays() -> None:
    """Else the step would be left out, and be told as something else."""
    source = Original(first_row_doubled)
    source.watch([(torch.ones(3, 2),)])
    names = [edit.node for edit in edits_of(source) if isinstance(edit.node, ast.Name)]
    assert any(name.lineno == 4 for name in names)
    assert not any(name.id == "out" and name.lineno == 3 for name in names)


def test_no_near_answer_goes_on_for_ever_or_holds_itself() -> None:
    """A list that grows while it is gone through, and one that is its own part."""
    source = Original(gathered)
    source.watch([([3, 5],)])
    clauses = [edit.clause for edit in edits_of(source)]
    assert not any("`found` stands where `rows`" in clause for clause in clauses)
    assert not any("`rows` stands where `found`" in clause for clause in clauses)

    source = Original(grows_for_ever)
    with pytest.raises(RuntimeError, match="never ends"):
        source.edited(())([1])


def grows_for_ever(rows: list[int]) -> int:
    for row in rows:
        rows.append(row)
    return len(rows)


def by_the_sum(rows: list[int]) -> int:
    return sum(rows) ** 2


def by_a_loop(rows: list[int]) -> int:
    total = 0
    for row in rows:
        total += row
    return total * total


def test_another_way_is_told_as_another_way() -> None:
    """A reader has not seen its names."""

    def wrong(rows: list[int]) -> int:
        return sum(rows) * rows[-1]

    one = Case("", wrong, "", by_the_sum, (([3, 5, 8],), ([2, 9],)))
    exercise = made_up(one)
    exercise.right_ways = (by_a_loop,)
    assert NearAnswers(exercise, seen_of(wrong, one), 0).another_way() == ""

    def first_kept(rows: list[int]) -> int:
        return sum(rows[:1]) ** 2 + 0 * rows[-1]

    told = NearAnswers(exercise, seen_of(first_kept, one), 0).another_way()
    assert told.startswith("Your result is what comes out of another way to write it, ")
    assert "only the first of `rows` is used" in told
