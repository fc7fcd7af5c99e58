"""Run notebooks from top to bottom, in place, and write them in their normal form.

    python -m bookbuild notebooks book/01-embedding.ipynb …
    python -m bookbuild notebooks --check book/*.ipynb     only say what is not normal

The section "## Exercises" is written anew from ``attention_course.exercises`` first.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbformat

from bookbuild.notebooks.exercise_cells import refresh
from bookbuild.notebooks.normal_form import faults, normalise
from bookbuild.notebooks.run import run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--check", action="store_true", help="write nothing, only report"
    )
    parser.add_argument("notebooks", nargs="+", type=Path)


def main(given: argparse.Namespace) -> int:
    """Run the notebooks, or look at them; 1 if one has a fault."""
    failed = False
    for path in given.notebooks:
        notebook = nbformat.read(path, as_version=4)
        if not given.check:
            print(f"running {path}", flush=True)
            refresh(notebook, int(path.stem.split("-")[0]))
            run(notebook)
            normalise(notebook)
            nbformat.write(notebook, path)
        for fault in faults(notebook):
            print(f"{path}: {fault}", file=sys.stderr)
            failed = True
    return int(failed)
