"""Check the exercises of handed-in notebooks again, and print one CSV row for each.

    python -m bookbuild collect handed-in/*.ipynb > results.csv

Of each notebook the first code cells (the set-up) and everything below "## Exercises"
are run, in a kernel of its own; its stored outputs are not believed, though code that
sets out to cheat can. A column is
an exercise, its value "passed", "not passed" or "" for not tried. Running somebody's
notebook runs somebody's code: do it in a container or on a machine that can be lost.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from attention_course.exercises import exercises
from attention_course.exercises.checker.record import VARIABLE, attempts
from bookbuild.notebooks.run import STOPPED, run

HEADING = "## Exercises"
SET_UP = 2  # code cells at the top of a chapter: installation, threads and seed


def exercise_part(notebook: Any) -> Any:
    """Keep the set-up and the exercises of a notebook.

    Raises:
        ValueError: the notebook has no exercises.
    """
    below = False
    top: list[str] = []
    rest: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith(HEADING):
            below = True
        elif cell.cell_type == "code":
            (rest if below else top).append(cell.source)
    if not below:
        raise ValueError(f'notebook: expected a heading "{HEADING}", found none')
    return new_notebook(
        cells=[new_code_cell(source) for source in [*top[:SET_UP], *rest]]
    )


def results(path: Path, *, seconds: int = 60) -> dict[str, str]:
    """Run one notebook's exercises and tell how each attempt went.

    Args:
        path: the notebook.
        seconds: the longest that one cell may take.
    """
    part = exercise_part(nbformat.read(path, as_version=4))
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "progress.jsonl"
        try:
            run(
                part,
                seconds=seconds,
                environment={VARIABLE: str(kept)},
                after_errors=True,  # one mistake must not hide the next exercise
            )
        except STOPPED as error:
            print(
                f"{path.name}: stopped early: {type(error).__name__}", file=sys.stderr
            )
        found: dict[str, str] = {}
        for exercise, status, _ in attempts(kept):
            if found.get(exercise) != "passed":
                found[exercise] = "passed" if status == "passed" else "not passed"
    return found


def write(paths: Iterable[Path], file: TextIO) -> None:
    """Write one row for each notebook."""
    numbers = [number for number, _, kind, _, _ in exercises() if kind == "code"]
    table = csv.writer(file)
    table.writerow(["notebook", "passed", *numbers])
    for path in paths:
        try:
            found = results(path)
        except (OSError, ValueError) as error:
            print(f"{path.name}: left out: {error}", file=sys.stderr)
            continue
        n_passed = sum(state == "passed" for state in found.values())
        table.writerow([path.name, n_passed, *(found.get(n, "") for n in numbers)])
        file.flush()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("notebooks", nargs="+", type=Path)


def main(given: argparse.Namespace) -> int:
    """Write the table to standard output."""
    write(given.notebooks, sys.stdout)
    return 0
