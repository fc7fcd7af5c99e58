"""The frame of the exercises: what one is, and ``check``, ``hint`` and ``solution``.

An exercise carries its own wrong answers. ``check`` runs the reader's function on
random inputs; where the result differs from the solution's, it looks which of the
wrong answers gives the same numbers and tells that mistake by its name. Where none
does, it says how the result is related to the right one.
"""

from __future__ import annotations

import ast
import dis
import inspect
import textwrap
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .compare import Problem, describe, kind, problem, relations, same
from .record import record
from .report import Listing, Note, Report
from .sandbox import Raised, Run, fresh, left_alone, raised, run

__all__ = [
    "Exercise",
    "Question",
    "Wrong",
    "check",
    "exercises",
    "find",
    "hint",
    "primes",
    "register",
    "solution",
]

Args = tuple[Any, ...]

# What Python compiles a body of "..." or "pass" to.
EMPTY_BODY = {"CACHE", "LOAD_CONST", "NOP", "RESUME", "RETURN_CONST", "RETURN_VALUE"}

# Relations so plain that they may come on top of a known mistake.
SIMPLE = {"sign", "factor", "over", "times", "permute", "squeeze"}


@dataclass(frozen=True)
class Wrong:
    """A plausible wrong answer, and the sentence that tells a reader what is wrong."""

    attempt: Callable[..., Any]
    diagnosis: str


@dataclass(frozen=True)
class Exercise:
    """An exercise whose answer is a function that ``check`` can run.

    Args:
        id: chapter and number, ``"1.3"``.
        title: a few words.
        statement: what to do, in Markdown without directives.
        difficulty: 1 to 3 stars.
        minutes: how long it takes.
        make_inputs: yields the arguments of several calls, of several sizes; random
            numbers come from the generator alone. Sizes that must not be confused are
            different primes.
        solution: the right function. Its docstring stands in the stub too, so it says
            what comes in and goes out, and not how.
        hints: at least two, each saying more.
        wrong: at least four wrong answers, each giving other results than the others.
        right: at least three other ways to write the solution.
        outputs: what the results are called, where there are several.
        rtol: relative tolerance of the comparison.
        atol: absolute tolerance of the comparison.
        compare: a comparison of its own, for answers that are not unique:
            ``compare(received, expected, args)`` returns None or what is wrong.
    """

    id: str
    title: str
    statement: str
    difficulty: int
    minutes: int
    make_inputs: Callable[[torch.Generator], Iterable[Args]]
    solution: Callable[..., Any]
    hints: tuple[str, ...]
    wrong: tuple[Wrong, ...]
    right: tuple[Callable[..., Any], ...]
    outputs: tuple[str, ...] = ()
    rtol: float = 1e-4
    atol: float = 1e-5
    compare: Callable[[Any, Any, Args], str | None] | None = None

    @property
    def stub(self) -> str:
        """What the reader fills in: the solution's signature and docstring, and ``...``."""
        source = textwrap.dedent(inspect.getsource(self.solution))
        function = ast.parse(source).body[0]
        if (
            not isinstance(function, ast.FunctionDef)
            or ast.get_docstring(function) is None
        ):
            raise TypeError(f"exercise {self.id}: expected a solution with a docstring")
        last = function.body[0].end_lineno
        return "\n".join([*source.splitlines()[:last], "    ..."])

    def names(self, args: Args) -> dict[str, Any]:
        """Give each argument of a call its name."""
        bound = inspect.signature(self.solution).bind(*args)
        return dict(bound.arguments)


@dataclass(frozen=True)
class Question:
    """A question to answer before unfolding the answer: predict, then reveal.

    Args:
        id: chapter and number, ``"1.1"``.
        title: a few words.
        text: the question, in Markdown without directives.
        answer: the answer with its reason, folded away until asked for.
        difficulty: 1 to 3 stars.
        minutes: how long it takes.
    """

    id: str
    title: str
    text: str
    answer: str
    difficulty: int
    minutes: int


_registry: dict[str, Exercise | Question] = {}
_hints_given: dict[str, int] = {}


def register(*items: Exercise | Question) -> None:
    """Make exercises and questions known to ``check``, ``hint`` and ``solution``.

    Raises:
        ValueError: a number that is taken.
    """
    for item in items:
        if item.id in _registry:
            raise ValueError(f"exercise {item.id} is registered twice")
        _registry[item.id] = item


def exercises(chapter: int | None = None) -> Listing:
    """List all exercises, or those of one chapter.

    Args:
        chapter: the chapter's number; by default all.

    Returns:
        A table of id, title, kind, stars and minutes.
    """
    rows = [
        (
            item.id,
            item.title,
            "code" if isinstance(item, Exercise) else "predict",
            item.difficulty,
            item.minutes,
        )
        for item in _registry.values()
        if chapter is None or item.id.split(".")[0] == str(chapter)
    ]
    return Listing(
        tuple(sorted(rows, key=lambda row: tuple(map(int, row[0].split(".")))))
    )


def find(exercise_id: str) -> Exercise | Question:
    """Find an exercise or a question by its number.

    Raises:
        ValueError: unknown; the error lists the known ones.
    """
    item = _registry.get(exercise_id) if isinstance(exercise_id, str) else None
    if item is None:
        known = ", ".join(row[0] for row in exercises())
        raise ValueError(f'exercise_id: expected one of "{known}", got {exercise_id!r}')
    return item


def check(
    exercise_id: str, attempt: Any = None, *, seconds: float = 10.0, seed: int = 0
) -> Report:
    """Check a function that you wrote, and say what is wrong if something is.

    Args:
        exercise_id: for example ``"1.3"``.
        attempt: your function itself, without parentheses: ``check("1.3", lookup)``.
        seconds: a function that runs longer than this is stopped.
        seed: of the random inputs; the same seed gives the same report.

    Returns:
        A report with ``.passed`` and ``.diagnosis``.

    Raises:
        ValueError: no such exercise, or one that has nothing to check.
    """
    report = _check(_code(exercise_id), attempt, seconds, seed)
    record(report)
    return report


def _check(exercise: Exercise, attempt: Any, seconds: float, seed: int) -> Report:
    """Run an attempt on the exercise's inputs and judge it."""
    if attempt is None or attempt is ...:
        return _not_attempted(exercise)
    if not callable(attempt):
        message = (
            f"`check` wants your function itself, and got {kind(attempt)}. Write its name "
            f'without parentheses: `check("{exercise.id}", {exercise.solution.__name__})`.'
        )
        return Report(exercise.id, exercise.title, "wrong type", message)
    inputs = _inputs(exercise, seed)
    complaint = _arguments(exercise, attempt, inputs[0])
    if complaint:
        return Report(exercise.id, exercise.title, "wrong arguments", complaint)

    calls: list[_Call] = []
    outcome = run(lambda: _calls(attempt, inputs, calls), seconds, seed)
    report = _judge(exercise, attempt, inputs, calls, outcome, seconds, seed)
    printed = outcome.printed if report.status != "not attempted" else ""
    return Report(
        **{**vars(report), "printed": printed, "n_printed_lines": outcome.n_lines}
    )


def hint(exercise_id: str, number: int | None = None) -> Note:
    """Give the next hint of an exercise; each says more than the one before.

    Args:
        exercise_id: for example ``"1.3"``.
        number: a certain hint, counted from 1; the next call goes on from there.

    Raises:
        ValueError: no such exercise, or no hint of that number.
    """
    exercise = _code(exercise_id)
    n = len(exercise.hints)
    if number is None:
        number = _hints_given.get(exercise.id, 0) + 1
        if number > n:
            return Note(
                f"Exercise {exercise.id}: no hints left",
                f'All {n} are given; `hint("{exercise.id}", 1)` shows the first again, and '
                f'`solution("{exercise.id}")` one way to do it.',
            )
    elif (
        isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= n
    ):
        raise ValueError(
            f"number: expected 1 to {n}, the hints of {exercise.id}, got {number!r}"
        )
    _hints_given[exercise.id] = number
    return Note(
        f"Exercise {exercise.id}, hint {number} of {n}", exercise.hints[number - 1]
    )


def solution(exercise_id: str) -> Any:
    """Show the tested solution of an exercise.

    Raises:
        ValueError: no such exercise, or one that has no code.
    """
    from ..pictures.show import show  # here, so that the exercises import without it

    return show(_code(exercise_id).solution)


def primes(
    generator: torch.Generator, n: int, *, low: int = 2, high: int = 23
) -> list[int]:
    """Draw pairwise different prime numbers from ``[low, high]``.

    Raises:
        ValueError: there are fewer.
    """
    known = [p for p in range(max(low, 2), high + 1) if all(p % d for d in range(2, p))]
    if n > len(known):
        raise ValueError(
            f"n: expected at most {len(known)} primes up to {high}, got {n}"
        )
    order = torch.randperm(len(known), generator=generator)[:n]
    return [known[int(i)] for i in order]


# --------------------------------------------------------------------- running


@dataclass
class _Call:
    """What one call of the reader's function did."""

    result: Any = None
    error: Exception | None = None
    changed: tuple[str, ...] = ()


def _calls(
    attempt: Callable[..., Any], inputs: Sequence[Args], calls: list[_Call]
) -> None:
    """Call a function on fresh copies of every input; stop where it has nothing to say."""
    for args in inputs:
        copies = fresh(args)
        try:
            result = attempt(*copies)
        except Exception as error:
            calls.append(_Call(error=error))
            continue
        if inspect.iscoroutine(result):
            result.close()  # else Python warns that it was never awaited
        names = tuple(
            str(i) for i, arg in enumerate(args) if not _unchanged(copies[i], arg)
        )
        calls.append(_Call(result=_detached(result), changed=names))
        if result is None or result is ...:
            return


def _inputs(exercise: Exercise, seed: int) -> list[Args]:
    """Make the inputs; modules among them start from the global random numbers, so seed these."""
    with left_alone(seed):
        return list(exercise.make_inputs(torch.Generator().manual_seed(seed)))


def _detached(result: Any) -> Any:
    """Copy the tensors of a result, so that later calls cannot change them."""
    if isinstance(result, Tensor):
        return result.detach().clone()
    if isinstance(result, list):
        return [_detached(part) for part in result]
    if isinstance(result, tuple):
        return tuple(_detached(part) for part in result)
    return result


def _unchanged(now: Any, before: Any) -> bool:
    """Say whether an argument is as it was, to the last bit."""
    if isinstance(before, Tensor):
        return (
            isinstance(now, Tensor)
            and now.shape == before.shape
            and now.dtype == before.dtype
            and now.requires_grad == before.requires_grad
            and torch.allclose(now, before, rtol=0, atol=0, equal_nan=True)
        )
    if isinstance(before, nn.Module):
        states = now.state_dict(), before.state_dict()
        return states[0].keys() == states[1].keys() and all(
            _unchanged(states[0][name], states[1][name]) for name in states[1]
        )
    if isinstance(before, dict):
        return now.keys() == before.keys() and all(
            _unchanged(now[k], before[k]) for k in before
        )
    if isinstance(before, list | tuple):
        return len(now) == len(before) and all(map(_unchanged, now, before))
    return now is before or bool(now == before)


def _arguments(exercise: Exercise, attempt: Callable[..., Any], args: Args) -> str:
    """Say what is wrong with the arguments that a function takes, "" if nothing is."""
    try:
        signature = inspect.signature(attempt)
    except (TypeError, ValueError):  # some built-in functions have none
        return ""
    try:
        signature.bind(*args)
    except TypeError:
        takes = ", ".join(signature.parameters)
        gives = ", ".join(inspect.signature(exercise.solution).parameters)
        return (
            f"The function is called with {len(args)} arguments, ({gives}), "
            f"and yours takes ({takes})."
        )
    return ""


# --------------------------------------------------------------------- judging


def _judge(
    exercise: Exercise,
    attempt: Callable[..., Any],
    inputs: Sequence[Args],
    calls: Sequence[_Call],
    outcome: Run,
    seconds: float,
    seed: int,
) -> Report:
    """Turn what happened into a report."""

    def report(
        status: str, message: str, args: Args | None = None, **more: Any
    ) -> Report:
        tried = "" if args is None else describe(exercise.names(args))
        return Report(exercise.id, exercise.title, status, message, tried, **more)

    if calls and _is_stub(attempt, calls[0]):
        return _not_attempted(exercise)
    if outcome.timed_out:
        message = (
            f"Your function was still running after {seconds:g} s and was stopped."
        )
        if not outcome.stopped:
            message = (
                f"Your function was still running after {seconds:g} s and could not be "
                "stopped. Restart the kernel, or it goes on in the background."
            )
        message += " Look for a loop that never ends."
        return report("too slow", message, inputs[min(len(calls), len(inputs) - 1)])
    if outcome.error is not None:  # exit(), Ctrl-C: anything that is no Exception
        message = _told(raised(outcome.error, attempt))
        return report("raised", message, inputs[min(len(calls), len(inputs) - 1)])

    with left_alone(seed):
        expected = [exercise.solution(*fresh(args)) for args in inputs]
    problems = [
        _problem(exercise, call, right, args)
        for call, right, args in zip(calls, expected, inputs, strict=False)
    ]
    failed = [place for place, found in enumerate(problems) if found is not None]
    changed = [place for place, call in enumerate(calls) if call.changed]
    cases = [
        _Case(args, call, right)
        for args, call, right in zip(inputs, calls, expected, strict=False)
    ]
    mistake = _mistake(exercise, cases, failed, seed) if failed else ""

    if changed:
        first = changed[0]
        names = list(exercise.names(inputs[first]))
        touched = " and ".join(f"`{names[int(i)]}`" for i in calls[first].changed)
        message = (
            f"Your function changed {touched} in place. Whoever calls it still needs that: "
            "work on a copy, or use operations that give a new tensor."
        )
        message += f" {mistake or 'The result is wrong too.'}" if failed else ""
        return report("changed its input", message, inputs[first])
    if not failed:
        sizes = "; ".join(describe(exercise.names(args)) for args in inputs)
        message = f"The result is right on all {len(inputs)} inputs tried: {sizes}."
        return report("passed", message)

    first = failed[0]
    call, found = calls[first], problems[first]
    if call.error is not None:
        message = _told(raised(call.error, attempt))
        if first > 0 and 0 not in failed:
            other = describe(exercise.names(inputs[0]))
            message += f" On other inputs, such as {other}, it is right."
        message += f" {mistake}" if mistake else ""
        return report("raised", message, inputs[first])
    assert found is not None
    message = found.text
    if mistake:
        message = mistake if found.part is None else f"{mistake} {found.text}"
    if failed != list(range(len(calls))):
        right_one = next(place for place in range(len(calls)) if place not in failed)
        message += f" It is right with {describe(exercise.names(inputs[right_one]))}."
    return report(
        found.status,
        message,
        inputs[first],
        index=found.index,
        expected=found.expected,
        received=found.received,
    )


@dataclass(frozen=True)
class _Case:
    args: Args
    call: _Call
    expected: Any


def _problem(
    exercise: Exercise, call: _Call, expected: Any, args: Args
) -> Problem | None:
    """Find what is wrong with one call."""
    if call.error is not None:
        return Problem("raised", "", "", "")
    if exercise.compare is not None:
        text = exercise.compare(call.result, expected, args)
        return None if text is None else Problem("wrong", text, "", "")
    return problem(
        call.result,
        expected,
        rtol=exercise.rtol,
        atol=exercise.atol,
        names=exercise.outputs,
    )


def _mistake(
    exercise: Exercise, cases: Sequence[_Case], failed: Sequence[int], seed: int
) -> str:
    """Name the mistake: one of the exercise's own, or a relation to the right result."""
    wrong = [(known, _results_of(known, cases, seed)) for known in exercise.wrong]
    for dtype in (True, False):
        for everywhere in (True, False):
            for known, results in wrong:
                places = range(len(cases)) if everywhere else failed
                if _matches(exercise, cases, results, places, dtype):
                    return known.diagnosis
    phrase = _relation(exercise, cases, [case.expected for case in cases], failed)
    if phrase:
        return f"Your result is {phrase.replace('{it}', 'the right one')}."
    for known, results in wrong:  # the mistake, and another on top of it
        phrase = _relation(
            exercise, cases, [call.result for call in results], failed, SIMPLE
        )
        if phrase and not any(
            _alike(exercise, cases[n].expected, results[n].result) for n in failed
        ):
            return f"{known.diagnosis} And not only that: your result is " + (
                f"{phrase.replace('{it}', 'what that mistake gives')}."
            )
    return ""


def _results_of(known: Wrong, cases: Sequence[_Case], seed: int) -> list[_Call]:
    """Run a known wrong answer on the same inputs as the reader's."""
    calls: list[_Call] = []
    run(lambda: _calls(known.attempt, [case.args for case in cases], calls), 10.0, seed)
    return calls + [_Call(error=RuntimeError())] * (len(cases) - len(calls))


def _matches(
    exercise: Exercise,
    cases: Sequence[_Case],
    results: Sequence[_Call],
    places: Iterable[int],
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
        case, result = cases[place], results[place]
        mine = case.call
        if mine.error is not None or result.error is not None:
            if type(mine.error) is not type(result.error):
                return False
            continue
        if not alike(mine.result, result.result):
            return False
        telling = telling or not alike(result.result, case.expected)
    return telling


def _alike(exercise: Exercise, one: Any, other: Any) -> bool:
    """Say whether two results hold the same numbers, in whatever dtype."""
    return same(one, other, rtol=exercise.rtol, atol=exercise.atol, dtype=False)


def _relation(
    exercise: Exercise,
    cases: Sequence[_Case],
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


def _told(error: Raised) -> str:
    """Put an exception into a sentence."""
    if error.is_exit:
        return "Your function called `exit()`, which ends Python. It should return its result."
    where = "" if error.line is None else f", in line {error.line}"
    where += f", `{error.code}`" if error.code else ""
    message = f": {error.message}" if error.message else ""
    return f"Your function raised {error.type}{where}{message.rstrip('.')}."


def _is_stub(attempt: Callable[..., Any], first: _Call) -> bool:
    """Say whether a function is still the stub: its body ``...``, or it says so itself.

    A function with a body that returns None is no stub: there the ``return`` is missing.
    """
    if isinstance(first.error, NotImplementedError):
        told = raised(first.error, attempt)  # torch raises this type too
        return told.message == "" or told.code.startswith("raise")
    if first.error is not None:
        return False
    if first.result is ...:
        return True
    code = getattr(attempt, "__code__", None)
    if first.result is not None or code is None:
        return first.result is None
    return all(step.opname in EMPTY_BODY for step in dis.get_instructions(code))


def _not_attempted(exercise: Exercise) -> Report:
    message = (
        f"Write the body of `{exercise.solution.__name__}`, about {exercise.minutes} minutes, "
        f'and check again; `hint("{exercise.id}")` gives a first hint.'
    )
    return Report(exercise.id, exercise.title, "not attempted", message)


def _code(exercise_id: str) -> Exercise:
    item = find(exercise_id)
    if isinstance(item, Question):
        raise ValueError(
            f"exercise_id: {item.id} is a question without code; unfold its answer in the chapter"
        )
    return item
