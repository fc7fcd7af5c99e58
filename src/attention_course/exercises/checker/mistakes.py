"""Name the mistake behind wrong results: one that the exercise knows, or a relation.

An exercise carries its own wrong answers. They run on the same inputs; the one whose
numbers are the reader's names the mistake. Where none does, the result's relation to
the right one is told, or to what a known mistake gives.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from .calls import Outcome, call_on
from .compare import Problem, same
from .error_model import NearAnswers, Seen
from .exercise import Args, Exercise, Mistake
from .relations import relations
from .sandbox import run
from .tell import Told

__all__ = ["Case", "name_mistake"]

# Relations of a result that holds nothing.
EMPTY = {"zeros", "constant", "argument"}
# Relations so plain that they may come on top of a known mistake.
SIMPLE = {"sign", "factor", "over", "times", "permute", "squeeze"}


@dataclass(frozen=True)
class Case:
    """One input: what the reader's function did with it, what is right, what is wrong."""

    args: Args
    call: Outcome
    expected: Any
    problem: Problem | None


def name_mistake(exercise: Exercise, cases: Sequence[Case], seed: int) -> str:
    """Name the mistake behind wrong results, "" where none is found.

    First come the exercise's own mistakes, then near answers and relations, the plain
    ones before those of two mistakes.
    """
    failed = [
        n
        for n, case in enumerate(cases)
        if case.problem is not None
        and not _alike(exercise, case.call.result, case.expected)
    ]
    known = [
        (mistake, _calls_of(mistake, cases, seed)) for mistake in exercise.mistakes
    ]
    for dtype in (True, False):
        for mistake, calls in known:
            if _matches(exercise, cases, calls, range(len(cases)), dtype):
                return mistake.diagnosis
    if not failed:
        return ""  # the numbers are right: only a dtype is not
    expected = [case.expected for case in cases]
    empty = _relation(exercise, cases, expected, failed, EMPTY)
    if empty:
        return f"Your result is {empty}."
    seen = [
        Seen(case.args, case.call, case.expected, n in failed)
        for n, case in enumerate(cases)
    ]
    near = NearAnswers(exercise, seen, seed)
    phrase = _relation(exercise, cases, expected, failed)
    related = (
        f"Your result is {phrase.replace('{it}', 'the right one')}." if phrase else ""
    )
    return (
        near.one_mistake(outer=False)
        or related
        or near.one_mistake(outer=True)
        or _known_and_varied(exercise, cases, known, failed)
        or near.two_mistakes()
        or _known_in_part(exercise, cases, known, failed)
    )


def _known_in_part(
    exercise: Exercise,
    cases: Sequence[Case],
    known: Sequence[tuple[Mistake, Sequence[Outcome]]],
    failed: Sequence[int],
) -> str:
    """Name a known mistake that the reader makes on some inputs only."""
    for mistake, calls in known:
        if _matches(exercise, cases, calls, failed, dtype=False):
            return f"On the inputs that went wrong: {mistake.diagnosis}"
    return ""


def _known_and_varied(
    exercise: Exercise,
    cases: Sequence[Case],
    known: Sequence[tuple[Mistake, Sequence[Outcome]]],
    failed: Sequence[int],
) -> str:
    """Name a known mistake that another, plain one comes on top of."""
    for mistake, calls in known:
        phrase = _relation(
            exercise, cases, [call.result for call in calls], failed, SIMPLE
        )
        if phrase and not all(
            _alike(exercise, cases[n].expected, calls[n].result) for n in failed
        ):
            return f"{mistake.diagnosis} And not only that: your result is " + (
                f"{phrase.replace('{it}', 'what that mistake gives')}."
            )
    return ""


def _calls_of(mistake: Mistake, cases: Sequence[Case], seed: int) -> list[Outcome]:
    """Run a known wrong answer on the same inputs as the reader's."""
    calls: list[Outcome] = []
    inputs = [case.args for case in cases]
    run(lambda: call_on(mistake.attempt, inputs, calls), 10.0, seed)
    missing = Outcome(error=Told(RuntimeError, "", None, ""))
    return calls + [missing] * (len(cases) - len(calls))


def _matches(
    exercise: Exercise,
    cases: Sequence[Case],
    calls: Sequence[Outcome],
    places: Collection[int],
    dtype: bool,
) -> bool:
    """Say whether the reader's results are those of a known wrong answer.

    They must agree wherever the reader's differ from the right ones, at least once in
    numbers that the right answer does not have: two functions that raise are not yet
    the same mistake.
    """

    def alike(one: Any, other: Any) -> bool:
        return same(one, other, rtol=exercise.rtol, atol=exercise.atol, dtype=dtype)

    telling = False
    for place in places:
        mine, its = cases[place].call, calls[place]
        if mine.error is not None or its.error is not None:
            if _type(mine) is not _type(its):
                return False
            continue
        if not alike(mine.result, its.result):
            return False
        telling = telling or not alike(its.result, cases[place].expected)
    return telling


def _type(call: Outcome) -> type[BaseException] | None:
    return None if call.error is None else call.error.exception


def _alike(exercise: Exercise, one: Any, other: Any) -> bool:
    """Say whether two results hold the same numbers, in whatever dtype."""
    return same(one, other, rtol=exercise.rtol, atol=exercise.atol, dtype=False)


def _relation(
    exercise: Exercise,
    cases: Sequence[Case],
    references: Sequence[Any],
    failed: Sequence[int],
    only: Collection[str] = (),
) -> str:
    """Find a relation between results and references that holds wherever the result is wrong."""
    found: dict[Any, str] = {}
    for n, place in enumerate(failed):
        case = cases[place]
        if _alike(exercise, case.call.result, case.expected):
            return ""  # the numbers are right
        pair = _first_differing(exercise, case.call.result, references[place])
        if pair is None:
            return ""
        here: dict[Any, str] = {}
        for key, phrase in relations(*pair, exercise.names(case.args)):
            if not only or (key[0] if isinstance(key, tuple) else key) in only:
                here.setdefault(key, phrase)
        found = (
            here
            if n == 0
            else {key: text for key, text in found.items() if key in here}
        )
    return next(iter(found.values()), "")


def _first_differing(
    exercise: Exercise, received: Any, reference: Any
) -> tuple[Tensor, Tensor] | None:
    """Pick the tensors to relate: the results, or the first of several that differ."""
    if isinstance(reference, list | tuple) and isinstance(received, list | tuple):
        for one, other in zip(received, reference, strict=False):
            if not _alike(exercise, one, other):
                return _first_differing(exercise, one, other)
        return None
    if isinstance(received, Tensor) and isinstance(reference, Tensor):
        return received, reference
    return None
