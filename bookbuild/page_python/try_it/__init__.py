"""The *Try it* cells: one file for each page that has one, its docstring the sentence above it.

The code runs in the page, and in a notebook as it is. What a page's torch and a page's
``heatmap`` give there is compared with the package's own in ``test_try_it.py``.
"""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).parent


def name_for(page: str) -> str:
    """Name the file of a page: ``"book/03-attention"`` has ``chapter_3``."""
    name = page.rpartition("/")[2]
    number = name.partition("-")[0]
    return f"chapter_{int(number)}" if number.isdigit() else name


def read(name: str) -> tuple[str, str] | None:
    """Read a cell: the sentence above it, and its code; None if there is no such file."""
    file = HERE / f"{name}.py"
    if name.startswith("_") or not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    first, *rest = ast.parse(text).body
    lead = ast.get_docstring(ast.Module([first], [])) or ""
    lines = text.splitlines(keepends=True)
    return " ".join(lead.split()), "".join(lines[rest[0].lineno - 1 :])
