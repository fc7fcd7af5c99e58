"""Do the notebooks print the same twice, and with one and with two threads?

    python -m bookbuild determinism book/*.ipynb

Every notebook is run with OMP_NUM_THREADS=1, again with 1, and with 2, and the outputs
that nbval would compare to the letter are compared. A notebook that sets its own number
of threads is run as it is and once more with that line changed to 2.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import nbformat

from bookbuild.notebooks.compare import NEAR, WORDS
from bookbuild.notebooks.normal_form import merged
from bookbuild.notebooks.run import run

UNCOMPARED = {"nbval-ignore-output", "nbval-skip", NEAR, WORDS}
THREADS = re.compile(r"torch\.set_num_threads\(\d+\)")


def outputs(path: Path, n_threads: int) -> list[tuple[int, str]]:
    """Run a notebook; return the text of each output that nbval compares."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = THREADS.sub(
                f"torch.set_num_threads({n_threads})", cell.source
            )
    run(notebook, environment={"OMP_NUM_THREADS": str(n_threads)})
    return [
        (number, text(output))
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        and not UNCOMPARED & set(cell.metadata.get("tags", []))
        for output in merged(cell.outputs)
    ]


def text(output: Any) -> str:
    """Return what is compared of an output."""
    if output.output_type == "stream":
        return output.text
    return output.get("data", {}).get("text/plain", "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("notebooks", nargs="+", type=Path)


def main(given: argparse.Namespace) -> int:
    """Run all notebooks three times each."""
    different = 0
    for path in given.notebooks:
        first = outputs(path, 1)
        for name, n_threads in (("again", 1), ("with 2 threads", 2)):
            other = outputs(path, n_threads)
            if len(first) != len(other):
                different += 1
                print(f"{path.name} {name}: {len(first)} outputs, now {len(other)}")
                continue
            apart = [a for a, b in zip(first, other, strict=True) if a != b]
            different += len(apart)
            print(f"{path.name} {name}: {len(first)} outputs, {len(apart)} differ")
            for number, was in apart:
                now = [b for n, b in other if n == number]
                print(f"  cell {number}: {was!r}\n  now {now!r}", flush=True)
    return 1 if different else 0
