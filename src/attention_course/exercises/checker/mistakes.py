"""Name the mistake behind wrong results: one that the exercise knows, or a relation.

An exercise carries its own wrong answers. They run on the same inputs; the one whose
numbers are the reader's names the mistake. Where none does, the result's relation to
the right one is told, or to what a known mistake gives.
"""

from __future__ import annotations

import contextlib
import functools
import io
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from .calls import Outcome, call_on
from .compare import Problem, close, same
from .context import random_state, stated_context
from .deadline import Deadline
from .describe import Strange
from .error_model import LARGE, NearAnswers, Repairs, Seen, is_known, size
from .exercise import Args, Exercise, Mistake
from .plain_relations import number_relations, sequence_relations
from .relations import SIMPLE, Relation, may_be_simple, relations
from .tell import Told

__all__ = ["Case", "name_mistake"]

# Relations of a result that holds nothing.
EMPTY = {"zeros", "constant", "argument"}
# A relation that says little, and so comes last.
LAST = {"order"}
SECONDS = 2.3  # of processor time to name a mistake
ENOUGH = 2  # inputs with a result, where others end in an exception
LARGEST = 10**15  # of a number that is related to the right one


@dataclass(frozen=True)
class Case:
    """One input: what the reader's function did with it, what is right, what is wrong."""

    args: Args
    call: Outcome
    expected: Any
    problem: Problem | None


def name_mistake(
    exercise: Exercise,
    cases: Sequence[Case],
    seed: int,
    attempt: Callable[..., Any] | None = None,
) -> str:
    """Name the mistake behind wrong results, "" where none is found.

    First come the exercise's own mistakes, then near answers and relations, the plain
    ones before those of two mistakes.

    Args:
        exercise: what was to be solved.
        cases: every input with what came and what is right.
        seed: where the random numbers start.
        attempt: the reader's function, in whose source the place is looked for.
    """
    deadline = Deadline(SECONDS)
    failed = _failed(exercise, cases)
    probe = _probe(cases, failed)
    known = [
        Known(mistake, exercise, cases, seed, probe) for mistake in exercise.mistakes
    ]
    likely = [one for one in known if one.may_be_it()]
    for dtype in (True, False):
        for one in likely:
            if _matches(exercise, cases, one.calls, range(len(cases)), dtype):
                return one.mistake.diagnosis
    if not failed:
        return ""  # the numbers are right: only a dtype is not
    if any(_is_odd(cases[n].call.result) for n in failed):
        return ""  # no near answer gives such a thing
    expected = [case.expected for case in cases]
    empty = _relation(exercise, cases, expected, failed, EMPTY)
    if empty:
        return f"Your result is {empty}."
    near = NearAnswers(exercise, _seen(cases, failed), seed, deadline=deadline)
    repairs = Repairs(exercise, attempt, _seen(cases, failed), near, seed)
    plain = _plainly(exercise, cases, near)
    if plain:
        return f"{plain} {repairs.place()}".rstrip()
    return (
        _known_and_varied(exercise, cases, known, failed, deadline)
        or _known_in_part(exercise, cases, likely, failed)
        or _placed(repairs, cases[failed[0]].problem)
        or _by_parts(exercise, cases, seed, deadline)
        or _outside_nan(exercise, cases, seed, deadline)
        or near.another_way()
        or near.varied()
        or repairs.two()
        or near.two_mistakes()
        or _related(_relation(exercise, cases, expected, failed, LAST))
    )


def _probe(cases: Sequence[Case], failed: Sequence[int]) -> int:
    """Pick the smallest input that went wrong, one with a result if there is any."""
    wrong = failed or [n for n, case in enumerate(cases) if case.problem is not None]
    return min(
        wrong, key=lambda n: (cases[n].call.error is not None, size(cases[n].args))
    )


class Known:
    """A known wrong answer: run on one input first, and on all where that says it may be it."""

    def __init__(
        self,
        mistake: Mistake,
        exercise: Exercise,
        cases: Sequence[Case],
        seed: int,
        probe: int,
    ) -> None:
        self.mistake = mistake
        self._exercise = exercise
        self._cases = cases
        self._seed = seed
        self._case = cases[probe]
        with _quietly(seed):
            before = random_state()
            self._call = _called(mistake, [self._case.args])[0]
            # What it draws depends on the inputs before, so one input says nothing.
            self._draws = random_state() != before

    @functools.cached_property
    def calls(self) -> list[Outcome]:
        """Give what it does on every input."""
        with _quietly(self._seed):
            return _called(self.mistake, [case.args for case in self._cases])

    def may_be_it(self) -> bool:
        """Say whether this may be what the reader did."""
        mine, its = self._case.call, self._call
        if self._draws:
            return True
        if mine.error is not None or its.error is not None:
            return _type(mine) is _type(its)
        return _alike(self._exercise, mine.result, its.result)

    def may_be_varied(self) -> bool:
        """Say whether a plain relation may lead from this to what the reader did."""
        mine, its = self._case.call, self._call
        if self._draws:
            return True
        if mine.error is not None or its.error is not None:
            return False
        pair = _differing(self._exercise, mine.result, its.result)
        if pair is None or not all(isinstance(one, Tensor) for one in pair):
            return pair is not None
        return may_be_simple(*pair)


@contextlib.contextmanager
def _quietly(seed: int) -> Iterator[None]:
    """Run what stands inside in the stated context; what it prints or warns of is dropped."""
    nowhere = io.StringIO()
    with (
        stated_context(seed),
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        warnings.simplefilter("ignore")  # the context puts the filters back
        yield


def _called(mistake: Mistake, inputs: Sequence[Args]) -> list[Outcome]:
    calls: list[Outcome] = []
    call_on(mistake.attempt, inputs, calls)
    missing = Outcome(error=Told(RuntimeError, "", None, ""))
    return calls + [missing] * (len(inputs) - len(calls))


def _placed(repairs: Repairs, problem: Problem | None) -> str:
    """Say in which line the mistake is, and what it does to the result."""
    told = repairs.one()
    if not told or problem is None or problem.part is not None:
        return told
    return f"{told} {problem.text}".rstrip()


def _related(phrase: str) -> str:
    return (
        f"Your result is {phrase.replace('{it}', 'the right one')}." if phrase else ""
    )


def _failed(exercise: Exercise, cases: Sequence[Case]) -> list[int]:
    """List the inputs on which the numbers are wrong."""
    return [
        n
        for n, case in enumerate(cases)
        if case.problem is not None
        and not _alike(exercise, case.call.result, case.expected)
    ]


def _is_odd(result: Any) -> bool:
    """Say whether a result is complex, or nothing that can be compared at all."""
    if isinstance(result, Tensor):
        return result.is_complex()
    if isinstance(result, list | tuple):
        return any(map(_is_odd, result))
    return isinstance(result, complex | Strange)


def _seen(cases: Sequence[Case], failed: Sequence[int]) -> list[Seen]:
    return [
        Seen(case.args, case.call, case.expected, n in failed)
        for n, case in enumerate(cases)
    ]


def _plainly(exercise: Exercise, cases: Sequence[Case], near: NearAnswers) -> str:
    """Name one mistake by a near answer, or by a relation to the right result."""
    failed = _failed(exercise, cases)
    expected = [case.expected for case in cases]
    related = _related(_relation(exercise, cases, expected, failed, but=LAST))
    return (
        near.one_mistake(outer=False)
        or (related if failed else "")
        or near.one_mistake(outer=True)
    )


def _by_parts(
    exercise: Exercise, cases: Sequence[Case], seed: int, deadline: Deadline
) -> str:
    """Name the mistake in each of several results by itself."""
    n_parts = _n_parts(cases)
    said = []
    for part in range(n_parts):
        mine = [_part_of(case, part) for case in cases]
        failed = _failed(exercise, mine)
        if not failed:
            continue
        near = NearAnswers(
            exercise,
            _seen(cases, range(len(cases))),
            seed,
            part=part,
            deadline=deadline,
        )
        found = _plainly(exercise, mine, near)
        if found:
            name = (
                f"`{exercise.outputs[part]}`"
                if exercise.outputs
                else f"result {part + 1}"
            )
            said.append(f"In {name}: {found[:1].lower()}{found[1:]}")
    return " ".join(said)


def _n_parts(cases: Sequence[Case]) -> int:
    """Say of how many parts every result is made, 0 where it is no tuple."""
    lengths = {
        len(value) if isinstance(value, tuple) else 0
        for case in cases
        for value in (case.expected, case.call.result)
        if case.call.error is None
    }
    return lengths.pop() if len(lengths) == 1 else 0


def _part_of(case: Case, part: int) -> Case:
    call = case.call
    if call.error is None:
        call = Outcome(result=call.result[part])
    return Case(case.args, call, case.expected[part], case.problem)


def _outside_nan(
    exercise: Exercise, cases: Sequence[Case], seed: int, deadline: Deadline
) -> str:
    """Name the mistake by the entries that are no NaN, where others are."""
    failed = _failed(exercise, cases)
    pairs = [(cases[n].call.result, cases[n].expected) for n in failed]
    if not pairs or not all(map(_has_holes, pairs)) or not any(map(_is_large, pairs)):
        return ""
    nan = any(bool(one.isnan().any()) for one, _ in pairs)
    if all(close(one[one.isfinite()], other[one.isfinite()]) for one, other in pairs):
        if nan:
            return (
                "Your result is right but for its NaN. There 0 is divided by 0, or a "
                "softmax runs over a row that holds nothing but -infinity."
            )
        return "Your result is right but for its infinite entries."
    near = NearAnswers(
        exercise, _seen(cases, failed), seed, finite=True, deadline=deadline
    )
    found = near.one_mistake(outer=True)
    if not found:
        return ""
    what = "not NaN" if nan else "finite"
    return f"Where your result is {what}, it{found.removeprefix('Your result')}"


def _is_large(pair: tuple[Any, Any]) -> bool:
    return bool(pair[1].numel() >= LARGE)


def _has_holes(pair: tuple[Any, Any]) -> bool:
    """Say whether a result is finite in most of its entries only, where all should be."""
    one, other = pair
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        return False
    if one.shape != other.shape or not bool(other.isfinite().all()):
        return False
    return not bool(one.isfinite().all()) and is_known(one)


def _known_in_part(
    exercise: Exercise,
    cases: Sequence[Case],
    likely: Sequence[Known],
    failed: Sequence[int],
) -> str:
    """Name a known mistake that the reader makes on some inputs only."""
    for one in likely:
        if _matches(exercise, cases, one.calls, failed, dtype=False):
            return f"On the inputs that went wrong: {one.mistake.diagnosis}"
    with_results = [n for n in failed if cases[n].call.error is None]
    if not ENOUGH <= len(with_results) < len(failed):
        return ""
    for one in likely:  # an exception on some inputs comes on top of it
        if _matches(exercise, cases, one.calls, with_results, dtype=False):
            return one.mistake.diagnosis
    return ""


def _known_and_varied(
    exercise: Exercise,
    cases: Sequence[Case],
    known: Sequence[Known],
    failed: Sequence[int],
    deadline: Deadline,
) -> str:
    """Name a known mistake that another, plain one comes on top of."""
    for one in known:
        if deadline.over:
            return ""
        if not one.may_be_varied():
            continue
        mistake, calls = one.mistake, one.calls
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
    but: Collection[str] = (),
) -> str:
    """Find a relation between results and references that holds wherever the result is wrong."""
    pairs = [_differing(exercise, cases[n].call.result, references[n]) for n in failed]
    numbers = [pair for pair in pairs if pair is not None and _numbers(*pair)]
    if numbers and len(numbers) == len(pairs):
        return _of_numbers(exercise, cases, failed, numbers, only, but)
    found: dict[Any, str] = {}
    factors: list[float] = []
    for n, place in enumerate(failed):
        case = cases[place]
        if _alike(exercise, case.call.result, case.expected):
            return ""  # the numbers are right
        pair = pairs[n]
        if pair is None:
            return ""
        here: dict[Any, str] = {}
        for key, phrase in _relations(*pair, exercise.names(case.args)):
            kind = key[0] if isinstance(key, tuple) else key
            if kind == "factor" and isinstance(key, tuple):
                factors.append(float(key[1]))
            if kind not in but and (not only or kind in only):
                here.setdefault(key, phrase)
        found = (
            here
            if n == 0
            else {key: text for key, text in found.items() if key in here}
        )
    if (
        not found
        and only is LAST
        and 1 < len(set(factors)) <= len(factors) == len(failed)
    ):
        some = ", ".join(f"{factor:.3g}" for factor in factors[:3])
        return (
            f"{{it}} times a number that is another one on each input, {some}: look at what "
            "you multiply or divide by"
        )
    single = [pair for pair in pairs if pair is not None and _single(*pair)]
    if not found and len(single) == len(pairs):
        values = [(float(one), float(other)) for one, other in single]
        return _of_numbers(exercise, cases, failed, values, only, but)
    return next(iter(found.values()), "")


def _single(one: Any, other: Any) -> bool:
    """Say whether two results are tensors of one number each."""
    return all(
        isinstance(value, Tensor) and value.numel() == 1 and not value.is_complex()
        for value in (one, other)
    )


def _of_numbers(
    exercise: Exercise,
    cases: Sequence[Case],
    failed: Sequence[int],
    pairs: Sequence[tuple[Any, Any]],
    only: Collection[str],
    but: Collection[str],
) -> str:
    """Find a relation between numbers, one for each input."""
    args = [exercise.names(cases[n].args) for n in failed]
    received = [float(one) for one, _ in pairs]
    right = [float(other) for _, other in pairs]
    for key, phrase in number_relations(received, right, args):
        kind = key[0] if isinstance(key, tuple) else key
        if kind not in but and (not only or kind in only):
            return phrase
    return ""


def _relations(one: Any, other: Any, names: Mapping[str, Any]) -> Iterator[Relation]:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        yield from relations(one, other, names)
    else:
        yield from sequence_relations(one, other)


def _differing(
    exercise: Exercise, received: Any, reference: Any
) -> tuple[Any, Any] | None:
    """Pick what to relate: the results, or the only one of several that differs."""
    tensors = isinstance(reference, list) and any(
        isinstance(part, Tensor) for part in reference
    )
    if tensors or isinstance(reference, tuple):
        if type(received) is not type(reference) or len(received) != len(reference):
            return None
        differing = [
            (one, other)
            for one, other in zip(received, reference, strict=True)
            if not _alike(exercise, one, other)
        ]
        if len(differing) != 1:
            return None
        return _differing(exercise, *differing[0])
    if isinstance(received, Tensor) and isinstance(reference, Tensor):
        return received, reference
    if _numbers(received, reference) or type(received) is type(reference):
        return received, reference
    return None


def _numbers(one: Any, other: Any) -> bool:
    return all(
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < LARGEST
        for value in (one, other)
    )
