"""Run every notebook where it is: inside Colab's runtime image, by the scheduled workflow.

    python -m bookbuild.notebooks.run_in_colab

The install cell of each notebook installs the course from its repository, as for a
reader. What fails is told at the end, all of it, with the last lines of its traceback.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

BOOK = Path(__file__).parents[2] / "book"
LINES = 15  # of a traceback


def run(path: Path, *, seconds: int = 900) -> str:
    """Run one notebook in an empty folder; return what went wrong, or ""."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=seconds,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            return "\n".join(str(error).strip().splitlines()[-LINES:])
    return ""


def main() -> int:
    """Run all of them."""
    failed = 0
    for path in sorted(BOOK.glob("*.ipynb")):
        problem = run(path)
        failed += bool(problem)
        print(f"{path.name}: {'failed' if problem else 'ok'}", flush=True)
        if problem:
            print(problem, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
