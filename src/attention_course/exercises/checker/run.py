"""``check``: run a reader's function on an exercise's inputs, and have it judged."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch

from .calls import Call, call_on
from .describe import kind
from .exercise import Args, Exercise
from .judge import judge, not_attempted
from .record import record
from .registry import find_code
from .report import Report
from .sandbox import left_alone, run

__all__ = ["check"]


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
    report = _check(find_code(exercise_id), attempt, seconds, seed)
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

    calls: list[Call] = []
    outcome = run(lambda: call_on(attempt, inputs, calls), seconds, seed)
    report = judge(exercise, attempt, inputs, calls, outcome, seconds, seed)
    printed = outcome.printed if report.status != "not attempted" else ""
    return dataclasses.replace(report, printed=printed, n_printed_lines=outcome.n_lines)


def inputs_of(exercise: Exercise, seed: int) -> Sequence[Args]:
    """Make the inputs; modules among them start from the global random numbers, so seed these."""
    with left_alone(seed):
        return list(exercise.make_inputs(torch.Generator().manual_seed(seed)))


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
