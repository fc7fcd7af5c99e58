"""Run a notebook. Everything in the course that runs one does it here.

Needs nbclient alone, so that it also works inside Colab's own image.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

# What ends a run early: a cell's error, a cell that takes too long, a kernel that dies.
STOPPED = (CellExecutionError, CellTimeoutError, DeadKernelError)


def run(
    notebook: Any,
    *,
    seconds: int = 900,
    environment: Mapping[str, str] | None = None,
    after_errors: bool = False,
    kernel: str = "python3",
    folder: Path | None = None,
) -> None:
    """Run every cell in a fresh kernel and an empty folder; outputs are put in place.

    Args:
        notebook: as nbformat reads it. It keeps what was run, also if the run ends early.
        seconds: the longest that one cell may take.
        environment: variables beside, or in place of, those of this process.
        after_errors: whether the cells after one that failed are run.
        kernel: the name of an installed kernel.
        folder: where to run, in place of an empty folder that is deleted afterwards.

    Raises:
        CellExecutionError: a cell failed; with ``after_errors`` it does not.
        CellTimeoutError: a cell took longer than ``seconds``.
        DeadKernelError: the kernel died.
    """
    with tempfile.TemporaryDirectory() as empty:
        NotebookClient(
            notebook,
            timeout=seconds,
            kernel_name=kernel,
            allow_errors=after_errors,
            resources={"metadata": {"path": str(folder or empty)}},
        ).execute(env={**os.environ, **(environment or {})})
