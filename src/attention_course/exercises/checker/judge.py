"""Turn what a reader's function did into a report."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

from .calls import Outcome
from .compare import Problem, problem, same
from .context import stated_context
from .describe import describe
from .exercise import Args, Exercise
from .mistakes import Case, name_mistake
from .report import Report
from .sandbox import Run, fresh

__all__ = ["judge", "not_attempted", "not_checked", "not_here", "too_slow"]

MANY_LINES = 10_000  # printed by a function that is too slow

# What Python compiles a body of "..." or "pass" to.
EMPTY_BODY = {"CACHE", "LOAD_CONST", "NOP", "RESUME", "RETURN_CONST", "RETURN_VALUE"}


def judge(
    exercise: Exercise,
    attempt: Callable[..., Any],
    inputs: Sequence[Args],
    calls: Sequence[Outcome],
    outcome: Run,
    seconds: float,
    seed: int,
) -> Report:
    """Turn what happened into a report."""
    if calls and _is_stub(attempt, calls[0]):
        return not_attempted(exercise)
    under_way = inputs[min(len(calls), len(inputs) - 1)]
    if outcome.timed_out:
        return too_slow(exercise, outcome, seconds, under_way)
    if outcome.error is not None:  # exit(), Ctrl-C: anything that is no Exception
        return _report(exercise, "raised", str(outcome.error), under_way)

    cases = _cases(exercise, inputs, calls, seed)
    failed = [case for case in cases if case.problem is not None]
    mistake = name_mistake(exercise, cases, seed, attempt) if failed else ""
    changed = next((case for case in cases if case.call.changed), None)
    if changed is not None:
        return _changed_its_input(exercise, changed, mistake, bool(failed))
    if calls and _keeps_something(exercise, calls[0]):
        return _kept_something(exercise, attempt, cases[0], mistake)
    if not failed:
        sizes = "; ".join(describe(exercise.names(args)) for args in inputs)
        message = f"The result is right on all {len(inputs)} inputs tried: {sizes}."
        return _report(exercise, "passed", message)
    if failed[0].call.error is not None:
        return _raised(exercise, cases, failed[0], mistake)
    return _wrong(exercise, cases, failed[0], mistake)


def not_attempted(exercise: Exercise) -> Report:
    """Report a stub: nothing is wrong yet."""
    message = (
        f"Write the body of `{exercise.solution.__name__}`, about {exercise.minutes} minutes, "
        f'and check again; `hint("{exercise.id}")` gives a first hint.'
    )
    return _report(exercise, "not attempted", message)


def not_checked(exercise: Exercise, reason: str) -> Report:
    """Report that nothing was checked: that says nothing about the reader's function."""
    return _report(exercise, "not checked", reason)


def not_here(exercise: Exercise, gaps: str) -> Report:
    """Report that the torch that runs here lacks something: that is no mistake."""
    return _report(exercise, "not here", gaps)


def _report(
    exercise: Exercise,
    status: str,
    message: str,
    args: Args | None = None,
    **more: Any,
) -> Report:
    tried = "" if args is None else describe(exercise.names(args))
    return Report(exercise.id, exercise.title, status, message, tried, **more)


def _cases(
    exercise: Exercise, inputs: Sequence[Args], calls: Sequence[Outcome], seed: int
) -> list[Case]:
    """Put each call beside the right result, and say what is wrong with it."""
    with stated_context(seed):
        expected = [exercise.solution(*fresh(args)) for args in inputs]
    return [
        Case(args, call, right, _problem(exercise, call, right, args))
        for args, call, right in zip(inputs, calls, expected, strict=False)
    ]


def _problem(
    exercise: Exercise, call: Outcome, expected: Any, args: Args
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
        exact=exercise.asks_for_a_dtype,
    )


def too_slow(exercise: Exercise, outcome: Run, seconds: float, args: Args) -> Report:
    """Report that the time is up."""
    message = f"Your function was still running after {seconds:g} s and was stopped."
    if not outcome.stopped:
        message = (
            f"Your function was still running after {seconds:g} s and could not be "
            "stopped. Restart the kernel, or it goes on in the background."
        )
    if outcome.compiling:
        message += (
            " It was still compiling, which the first call alone does: call it once "
            "yourself, then check again."
        )
    else:
        message += (
            " Look for a loop that never ends. If it only needs longer, give it more time: "
            f'`check("{exercise.id}", …, seconds={6 * seconds:g})`.'
        )
    if outcome.n_lines > MANY_LINES:
        message += (
            f" It printed {outcome.n_lines:,} lines by then, which takes time too."
        )
    return _report(exercise, "too slow", message, args)


def _changed_its_input(
    exercise: Exercise, case: Case, mistake: str, is_wrong: bool
) -> Report:
    names = list(exercise.names(case.args))
    touched = " and ".join(f"`{names[place]}`" for place in case.call.changed)
    message = (
        f"Your function changed {touched} in place. Whoever calls it still needs that: "
        "work on a copy, or use operations that give a new tensor."
    )
    if is_wrong:
        message += f" {mistake or 'The result is wrong too.'}"
    return _report(
        exercise, "changed its input", message, case.args, named=bool(mistake)
    )


def _keeps_something(exercise: Exercise, first: Outcome) -> bool:
    """Say whether the first call, made once more at the end, gave something else."""
    again = first.again

    def alike(one: Any, other: Any) -> bool:
        return same(one, other, rtol=exercise.rtol, atol=exercise.atol, dtype=False)

    if again is None or not alike(first.result, first.result):
        return False
    return again.error is not None or not alike(first.result, again.result)


def _kept_something(
    exercise: Exercise, attempt: Callable[..., Any], first: Case, mistake: str
) -> Report:
    """Report a function whose result depends on the calls before."""
    message = (
        "Called once more with the arguments of its first call, your function does not give "
        "what it gave then: it keeps something from one call to the next, or draws random "
        "numbers."
    )
    shared = [
        name
        for name, parameter in _parameters(attempt).items()
        if isinstance(parameter.default, list | dict | set | Tensor)
    ]
    if shared:
        message += (
            f" The default of `{shared[0]}` is made once, when the function is defined, "
            "and every call gets the same one: make it in the function."
        )
    else:
        message += (
            " A global name, an attribute of a class or of the function stays from call "
            "to call: make what you need anew in the function."
        )
    if first.problem is not None and mistake:
        message += f" {mistake}"
    return _report(exercise, "wrong", message, first.args, named=True)


def _parameters(attempt: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(attempt).parameters
    except (TypeError, ValueError):  # some built-in functions have none
        return {}


def _raised(
    exercise: Exercise, cases: Sequence[Case], failed: Case, mistake: str
) -> Report:
    message = str(failed.call.error)
    if cases[0].problem is None:
        other = describe(exercise.names(cases[0].args))
        message += f" On other inputs, such as {other}, it is right."
    message += f" {mistake}" if mistake else ""
    return _report(exercise, "raised", message, failed.args, named=bool(mistake))


def _wrong(
    exercise: Exercise, cases: Sequence[Case], failed: Case, mistake: str
) -> Report:
    found = failed.problem
    assert found is not None
    message = found.text
    if mistake:
        message = mistake if found.part is None else f"{mistake} {found.text}"
    right = next((case for case in cases if case.problem is None), None)
    if right is not None:
        message += f" It is right with {describe(exercise.names(right.args))}."
    return _report(
        exercise,
        found.status,
        message,
        failed.args,
        index=found.index,
        expected=found.expected,
        received=found.received,
        named=bool(mistake) or found.whole,
    )


def _is_stub(attempt: Callable[..., Any], first: Outcome) -> bool:
    """Say whether a function is still the stub: its body ``...``, or it says so itself.

    A function with a body that returns None is no stub: there the ``return`` is missing.
    """
    told = first.error
    if told is not None:  # torch raises NotImplementedError too
        return issubclass(told.exception, NotImplementedError) and (
            told.message == "" or told.code.startswith("raise")
        )
    if first.result is ...:
        return True
    code = getattr(attempt, "__code__", None)
    if first.result is not None or code is None:
        return first.result is None
    return all(step.opname in EMPTY_BODY for step in dis.get_instructions(code))
