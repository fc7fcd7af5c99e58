"""Run every notebook where it is: inside Colab's runtime image, by the scheduled workflow.

    python -m bookbuild colab

The install cell of each notebook installs the course from its repository, as for a
reader. It may add packages, but change none, and has nothing to say. What fails is told
at the end, all of it, with the last lines of its traceback.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

from bookbuild.notebooks.colab_versions import versions
from bookbuild.notebooks.run import STOPPED, run

BOOK = Path(__file__).parents[2] / "book"
LINES = 15  # of a traceback
NOTE = "Note: you may need to restart the kernel to use updated packages."
COLOUR = re.compile(r"\x1b\[[\d;]*m")


def packages(python: str) -> dict[str, str]:
    """Return the version of every package that an interpreter has."""
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    command = [*pip, "list", "--format=freeze"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    return versions(listed.stdout)


def changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Say which packages are gone or have another version; new ones are welcome."""
    return [
        f"{name} {version} → {after.get(name, 'gone')}"
        for name, version in before.items()
        if after.get(name) != version
    ]


def install_cell(notebook: Any) -> Any:
    """Return the first code cell: it installs the course."""
    return next(cell for cell in notebook.cells if cell.cell_type == "code")


def complaints(cell: Any) -> list[str]:
    """Return what the install cell said, without the note that IPython always adds.

    pip warns by text, which IPython 7 shows as printed and coloured; Colab asks for a
    restart by a display of its own kind.
    """
    said = []
    for output in cell.outputs:
        if output.output_type == "stream":
            said += COLOUR.sub("", output.text).splitlines()
        elif output.output_type == "display_data":
            said.append(str(output.data))
    return [line for line in map(str.strip, said) if line not in ("", NOTE)]


def problem_of(path: Path) -> str:
    """Run one notebook; return what went wrong, or ""."""
    notebook, before = nbformat.read(path, as_version=4), packages(sys.executable)
    try:
        run(notebook)
    except STOPPED as error:
        return "\n".join(str(error).strip().splitlines()[-LINES:])
    changed = changes(before, packages(sys.executable))
    return "\n".join([*changed, *complaints(install_cell(notebook))])


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
