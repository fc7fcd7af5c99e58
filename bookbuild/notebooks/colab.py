"""Run every notebook where it is: inside Colab's runtime image, by the scheduled workflow.

    python -m bookbuild colab

The install cell of each notebook installs the course from its repository, as for a
reader. What fails is told at the end, all of it, with the last lines of its traceback.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbformat

from bookbuild.notebooks.run import STOPPED, run

BOOK = Path(__file__).parents[2] / "book"
LINES = 15  # of a traceback


def problem_of(path: Path) -> str:
    """Run one notebook; return what went wrong, or ""."""
    try:
        run(nbformat.read(path, as_version=4))
    except STOPPED as error:
        return "\n".join(str(error).strip().splitlines()[-LINES:])
    return ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("notebooks", nargs="*", type=Path, help="all chapters if none")


def main(given: argparse.Namespace) -> int:
    """Run all of them."""
    failed = 0
    for path in given.notebooks or sorted(BOOK.glob("*.ipynb")):
        problem = problem_of(path)
        failed += bool(problem)
        print(f"{path.name}: {'failed' if problem else 'ok'}", flush=True)
        if problem:
            print(problem, file=sys.stderr)
    return 1 if failed else 0
