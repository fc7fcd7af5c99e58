"""Python's side of the page: run what a reader wrote, and tell what came of it in JSON.

It runs in a worker of the page. ``check`` of the package judges, as in a notebook; the page
sets the time limit, since it alone can end Python. So ``limits`` says beforehand what is told
when the time is up.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import io
import itertools
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from . import page_torch
from .names import NAMES

__all__ = ["check", "limits", "run", "run_limit"]

os.environ["ATTENTION_COURSE_PROGRESS"] = "off"  # the page keeps what is passed
LONGEST = 4_000  # characters shown of what the code prints
MOST = 6  # heatmaps of one run that are shown
SHOW = "__show__"  # what the last line of a cell is given to
LONGER = 6  # times the limit: what is offered when the time is up

_counted = itertools.count(1)


def limits(exercise_id: str, seconds: float) -> str:
    """Tell, for each input of an exercise, what is reported if the time is up there."""
    from attention_course.exercises.checker.judge import too_slow
    from attention_course.exercises.checker.registry import find_code
    from attention_course.exercises.checker.run import inputs_of
    from attention_course.exercises.checker.sandbox import Run

    exercise = find_code(exercise_id)
    over = Run(timed_out=True)
    reports = [
        too_slow(exercise, over, seconds, args) for args in inputs_of(exercise, 0)
    ]
    return json.dumps(
        [{**_told(report), "longer": LONGER * seconds} for report in reports]
    )


def check(exercise_id: str, source: str, begun: Callable[[int], None]) -> str:
    """Run a reader's code, and check the function in it.

    Args:
        exercise_id: for example ``"1.3"``.
        source: what stands in the editor.
        begun: hears the number of each input before the function gets it, then -1.

    Returns:
        The report in JSON.
    """
    from attention_course.exercises import find
    from attention_course.exercises.checker import run as checking
    from attention_course.exercises.checker.report import Report

    exercise = find(exercise_id)
    name: str = exercise.solution.__name__  # type: ignore[union-attr]
    printed, namespace, complaint, status = _executed(source)
    if not complaint and name not in namespace:
        complaint, status = f"Your code has no function `{name}`.", "wrong arguments"
    if complaint:
        report = Report(exercise_id, exercise.title, status, complaint)
        return json.dumps(_told(report, printed))
    inputs_of = checking.inputs_of
    checking.inputs_of = lambda *given: _Watched(inputs_of(*given), begun)
    try:
        return json.dumps(_told(checking.check(exercise_id, namespace[name]), printed))
    finally:
        checking.inputs_of = inputs_of


def run_limit(seconds: float) -> str:
    """Tell what is said of code that runs too long."""
    message = (
        f"Your code was still running after {seconds:g} s and was stopped. "
        "Look for a loop that never ends."
    )
    return json.dumps(_ran("too slow", message) | {"longer": LONGER * seconds})


def run(source: str) -> str:
    """Run a reader's code as a notebook's cell.

    Returns:
        What came of it in JSON: what it printed with the value of its last line, its
        heatmaps, and what it raised in a sentence.
    """
    from . import heatmaps

    heatmaps.made.clear()
    printed, _, complaint, status = _executed(source, as_a_cell=True)
    return json.dumps(_ran(status or "ran", complaint, printed, heatmaps.made))


def _ran(
    status: str, message: str, printed: str = "", heatmaps: Sequence[Any] = ()
) -> dict[str, Any]:
    """Give the parts of a run as the page needs them."""
    return {
        "status": status,
        "message": message,
        "printed": printed,
        "heatmaps": list(heatmaps[:MOST]),
        "n_heatmaps": len(heatmaps),
    }


class _Watched(list[Any]):
    """Inputs that tell when the reader's function gets the next one: in the first round."""

    def __init__(self, inputs: Any, begun: Callable[[int], None]) -> None:
        super().__init__(inputs)
        self.begun: Callable[[int], None] | None = begun

    def __iter__(self) -> Iterator[Any]:
        begun, self.begun = self.begun, None
        try:
            for n, args in enumerate(super().__iter__()):
                if begun is not None:
                    begun(n)
                yield args
        finally:
            if begun is not None:
                begun(-1)  # the function has come to its end: now it is judged


def _executed(
    source: str, as_a_cell: bool = False
) -> tuple[str, dict[str, Any], str, str]:
    """Run code: what it prints, its names, what it raises in a sentence, and a status.

    As a notebook's cell it also prints the value of its last line.
    """
    import torch

    from attention_course.exercises.checker.tell import tell

    torch.not_here.clear()  # type: ignore[attr-defined]
    namespace: dict[str, Any] = {"__name__": "__main__", SHOW: _show}
    printed = io.StringIO()
    try:
        code = _compiled(source, as_a_cell)
    except (SyntaxError, ValueError) as error:
        return "", namespace, _unread(error), "raised"
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            exec(NAMES, namespace)
            exec(code, namespace)
    except BaseException as error:
        complaint, status = str(tell(error, FunctionType(code, {}))), "raised"
        if torch.not_here:  # type: ignore[attr-defined]
            complaint = torch.told_gaps(torch.not_here)  # type: ignore[attr-defined]
            status = "not here"
        complaint = complaint.replace("Your function", "Your code", 1)
        return printed.getvalue()[:LONGEST], namespace, complaint, status
    return printed.getvalue()[:LONGEST], namespace, "", ""


def _compiled(source: str, as_a_cell: bool) -> CodeType:
    """Compile code from a file of its own, so that its lines can be told."""
    folder = Path(tempfile.gettempdir()) / "answers" / str(next(_counted))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "answer.py"
    file.write_text(source, encoding="utf-8")
    tree = ast.parse(source, str(file))
    last = tree.body[-1] if tree.body else None
    if as_a_cell and isinstance(last, ast.Expr):
        shown = ast.Call(ast.Name(SHOW, ast.Load()), [last.value], [])
        last.value = ast.fix_missing_locations(ast.copy_location(shown, last.value))
    return compile(tree, str(file), "exec")


def _show(value: Any) -> None:
    """Print what a notebook shows of a cell's last line."""
    from .heatmaps import Heatmap

    if value is not None and not isinstance(value, Heatmap):
        print(repr(value))


def _unread(error: SyntaxError | ValueError) -> str:
    if not isinstance(error, SyntaxError):
        return f"Your code cannot be read: {error}."
    line = f" in line {error.lineno}" if error.lineno else ""
    text = f", `{error.text.strip()}`" if error.text else ""
    return f"Your code cannot be read: {type(error).__name__}{line}{text}: {error.msg}."


def _told(report: Any, printed: str = "") -> dict[str, Any]:
    """Give a report's parts as the page needs them."""
    return {
        **{
            field.name: getattr(report, field.name)
            for field in dataclasses.fields(report)
        },
        "passed": report.passed,
        "verdict": report.verdict,
        "rows": list(report.rows.items()),
        "printed_title": report.printed_title if report.printed else "",
        "printed_lines": report.printed_lines,
        "printed_before": printed,
    }


page_torch.install()
# Where a notebook has the package's own, which draws.
sys.modules["attention_course.pictures.heatmaps"] = import_module(
    "bookbuild.page_python.heatmaps"
)
