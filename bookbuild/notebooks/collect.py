"""Check the exercises of handed-in notebooks again, and print one CSV row for each.

    python -m bookbuild collect handed-in/*.ipynb > results.csv

Of each notebook the imports, the definitions and everything below "## Exercises" are
run, in a kernel of its own, and what calls `check`, wherever it stands; trainings are
left out. Its stored outputs are not believed, though code that sets out to cheat can.
A column is an exercise, its value "passed", "not passed" or "" for not tried; the column
"note" says why a notebook, or a part of it, could not be judged. Running somebody's
notebook runs somebody's code: do it in a container or on a machine that can be lost.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import csv
import io
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_notebook

from attention_course.exercises import exercises
from attention_course.exercises.checker.record import attempts
from bookbuild.notebooks.run import STOPPED, run

HEADING = re.compile(r"^#{1,4}[ \t]+Exercises\b", re.IGNORECASE | re.MULTILINE)

# The kernel's first cell. Attempts are kept where the collector looks for them, whatever
# file the notebook names, and not on the teacher's own list.
KEEP = """\
import functools as _functools, pathlib as _pathlib
from attention_course.exercises.checker import record as _record, run as _run
_run.record = _functools.partial(_record.record, path=_pathlib.Path({path!r}))
"""

DEFINITIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If, ast.Try)
QUICK = {*dir(builtins), "math", "np", "numpy", "torch", "nn", "F"} - {"exec", "eval"}


@dataclass(frozen=True)
class Result:
    """What came of one notebook: how each attempt went, and what could not be judged."""

    found: dict[str, str]
    note: str = ""


def read(path: Path) -> Any:
    """Read a notebook, whatever program wrote it: a byte order mark may stand in front.

    Raises:
        ValueError: it is no notebook.
    """
    text = path.read_bytes().decode("utf-8-sig")
    try:
        notebook = nbformat.reads(text, as_version=4)
        notebook.cells = [*notebook.cells]
    except Exception as error:  # whatever stands in a file that is no notebook
        raise ValueError(f"it is no notebook ({_first_line(error)})") from error
    return notebook


def exercise_part(notebook: Any) -> Any:
    """Keep what the exercises of a notebook need, recognised by what it is.

    Raises:
        ValueError: the notebook has no exercises.
    """
    below = False
    kept: list[str] = []
    for cell in notebook.cells:
        source = "\n".join(cell.source.splitlines())  # Windows line ends too
        if cell.cell_type == "markdown":
            below = below or bool(HEADING.search(source))
        elif cell.cell_type == "code" and (below or _calls_check(source)):
            kept.append(source)
        elif cell.cell_type == "code":
            kept.extend(_definitions(source))
    if not below and not any(map(_calls_check, kept)):
        raise ValueError('it has no heading "## Exercises" and calls no `check`')
    return new_notebook(cells=[new_code_cell(source) for source in kept])


def _parsed(source: str) -> tuple[list[str], ast.Module]:
    """Give a cell's lines as Python, magics rewritten, and its tree; empty if it is none."""
    try:
        code = TransformerManager().transform_cell(source)
        return code.splitlines(), ast.parse(code)
    except (SyntaxError, ValueError):
        return [], ast.Module([], [])


def _calls_check(source: str) -> bool:
    """Say whether a cell checks an exercise."""
    return any(
        isinstance(node, ast.Call) and _name(node.func)[-1:] == ["check"]
        for node in ast.walk(_parsed(source)[1])
    )


def _definitions(source: str) -> Iterator[str]:
    """Give a cell's imports, definitions and quick assignments, a statement each.

    Each becomes a cell of its own: one that fails takes no other with it.
    """
    lines, tree = _parsed(source)
    for node in tree.body:
        if isinstance(node, DEFINITIONS) or (
            isinstance(node, ASSIGNMENTS) and _is_quick(node)
        ):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(each.lineno for each in decorators)])
            yield "\n".join(lines[first - 1 : node.end_lineno])


def _is_quick(node: ast.stmt) -> bool:
    """Say whether a statement calls nothing but Python, numpy and torch: it trains nothing."""
    calls = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
    return all(
        _name(function)[:1] and _name(function)[0] in QUICK for function in calls
    )


def _name(node: ast.expr) -> list[str]:
    """Give the parts of a dotted name, also of what a method is called on."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [*_name(node.value), node.attr]
    return _name(node.func) if isinstance(node, ast.Call) else []


def results(path: Path, *, seconds: int = 60) -> Result:
    """Run one notebook's exercises and tell how each attempt went.

    Args:
        path: the notebook.
        seconds: the longest that one cell may take.

    Raises:
        ValueError: it has no exercises, or is no notebook.
        OSError: it cannot be read.
    """
    part = exercise_part(read(path))
    note = ""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "progress.jsonl"
        part.cells.insert(0, new_code_cell(KEEP.format(path=str(kept))))
        try:
            # One mistake must not hide the next exercise.
            run(part, seconds=seconds, after_errors=True)
        except STOPPED as error:
            n_run = sum(cell.execution_count is not None for cell in part.cells)
            note = (
                f"stopped early: {type(error).__name__} after {n_run} of "
                f"{len(part.cells)} cells; what came later is not judged"
            )
        found: dict[str, str] = {}
        for exercise, status, _ in attempts(kept):
            if found.get(exercise) != "passed":
                found[exercise] = "passed" if status == "passed" else "not passed"
    return Result(found, note)


def write(paths: Sequence[Path], file: TextIO) -> None:
    """Write one row for each notebook, also for one that could not be judged."""
    numbers = [number for number, _, kind, _, _ in exercises() if kind == "code"]
    table = csv.writer(file)
    table.writerow(["notebook", "passed", "note", *numbers])
    for name, path in zip(_names(paths), paths, strict=True):
        try:
            result = results(path)
        except Exception as error:  # one notebook must not end the others' rows
            note = f"not judged: {_first_line(error)}"
            table.writerow([name, "", note, *[""] * len(numbers)])
        else:
            n_passed = sum(state == "passed" for state in result.found.values())
            states = (result.found.get(number, "") for number in numbers)
            table.writerow([name, n_passed, result.note, *states])
        file.flush()


def _names(paths: Sequence[Path]) -> list[str]:
    """Name each notebook by its file, and by its folder too where two files share a name."""
    n = Counter(path.name for path in paths)
    return [path.name if n[path.name] == 1 else path.as_posix() for path in paths]


def _first_line(error: Exception) -> str:
    """Put an error into one short line."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(words.split())[:200]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("notebooks", nargs="+", type=Path)


def main(given: argparse.Namespace) -> int:
    """Write the table to standard output."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        # A spreadsheet takes a table for UTF-8 only with the mark in front.
        sys.stdout.reconfigure(encoding="utf-8-sig", newline="")
    write(given.notebooks, sys.stdout)
    return 0
