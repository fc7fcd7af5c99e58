"""``check``: run a reader's function on an exercise's inputs, and have it judged."""

from __future__ import annotations

import dataclasses
import inspect
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from .calls import Outcome, call_on
from .context import stated_context
from .describe import kind, short
from .exercise import Args, Exercise
from .judge import judge, not_attempted, not_checked, not_here
from .record import record
from .registry import find_code
from .report import Report
from .sandbox import inside_a_run, run
from .tell import message_of

__all__ = ["check"]

# One check at a time: each sets the session's random numbers and its output.
_one_at_a_time = threading.Lock()


def check(
    exercise_id: str, attempt: Any = None, *, seconds: float = 10.0, seed: int = 0
) -> Report:
    """Check a function that you wrote, and say what is wrong if something is.

    Whatever the function does comes back as a report, and the session stays as it was.
    Not to be helped: a call into C that does not return goes on in the background, and
    what ends Python itself (``os._exit``, a fault in C, memory used up) ends it here too.

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
    exercise = find_code(exercise_id)
    complaint = _options(seconds, seed)
    if complaint:
        return not_checked(exercise, complaint)
    if inside_a_run():
        message = (
            "`check` was called inside a function that is being checked. Call it below the "
            "function, not in it."
        )
        return not_checked(exercise, message)
    with _one_at_a_time:
        try:
            report = _check(exercise, attempt, float(seconds), int(seed))
        except (Exception, SystemExit) as error:
            report = _failure(exercise, error)
    record(report)
    return report


def _check(exercise: Exercise, attempt: Any, seconds: float, seed: int) -> Report:
    """Run an attempt on the exercise's inputs and judge it."""
    if attempt is None or attempt is ...:
        return not_attempted(exercise)
    if not callable(attempt):
        message = (
            f"`check` wants your function itself, and got {kind(attempt)}. Write its name "
            f'without parentheses: `check("{exercise.id}", {exercise.solution.__name__})`.'
        )
        return Report(exercise.id, exercise.title, "wrong type", message)
    inputs = inputs_of(exercise, seed)
    complaint = _arguments(exercise, attempt, inputs[0])
    if complaint:
        return Report(exercise.id, exercise.title, "wrong arguments", complaint)

    calls: list[Outcome] = []
    lacking = getattr(
        torch, "not_here", []
    )  # what a page's torch was asked for in vain
    lacking.clear()
    outcome = run(lambda: call_on(attempt, inputs, calls), seconds, seed, attempt)
    if lacking:
        return not_here(exercise, vars(torch)["told_gaps"](lacking))
    report = judge(exercise, attempt, inputs, calls, outcome, seconds, seed)
    printed = outcome.printed if report.status != "not attempted" else ""
    return dataclasses.replace(report, printed=printed, n_printed_lines=outcome.n_lines)


def inputs_of(exercise: Exercise, seed: int) -> Sequence[Args]:
    """Make the inputs; modules among them start from the global random numbers, so seed these."""
    with stated_context(seed):
        return list(exercise.make_inputs(torch.Generator().manual_seed(seed)))


def _options(seconds: Any, seed: Any) -> str:
    """Say what is wrong with the options of a check, "" if nothing is."""
    if not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        return (
            f"`seed` should be a whole number from 0 to 2³² − 1, and is {short(seed)}."
        )
    if not isinstance(seconds, int | float | np.number) or not seconds > 0:
        return f"`seconds` should be a number above 0, and is {short(seconds)}."
    return ""


def _failure(exercise: Exercise, error: BaseException) -> Report:
    """Report that the checker itself failed."""
    message = (
        "Your function could not be checked, because the checker failed: "
        f"{type(error).__name__}: {message_of(error)}. That says nothing about your function. "
        "Please tell us, with the function."
    )
    return not_checked(exercise, message)


def _arguments(exercise: Exercise, attempt: Callable[..., Any], args: Args) -> str:
    """Say what is wrong with the arguments that a function takes, "" if nothing is."""
    try:
        signature = inspect.signature(attempt)
    except (TypeError, ValueError):  # some built-in functions have none
        return ""
    try:
        signature.bind(*args)
    except TypeError:
        takes, gives = _bare(signature), _bare(inspect.signature(exercise.solution))
        return (
            f"The function is called with {len(args)} arguments, {gives}, "
            f"and yours takes {takes}."
        )
    return ""


def _bare(signature: inspect.Signature) -> str:
    """Write a signature without annotations and defaults: ``(query, *, key)``."""
    empty = inspect.Parameter.empty
    parameters = [
        parameter.replace(annotation=empty, default=empty)
        for parameter in signature.parameters.values()
    ]
    return str(inspect.Signature(parameters))
