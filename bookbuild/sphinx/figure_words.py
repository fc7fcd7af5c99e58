"""Sphinx extension: every figure says in words what it shows, and a heatmap in numbers.

The functions of ``attention_course.pictures`` leave these words, made from the data, and
for a heatmap its table in the metadata of the notebook's output. Here the words become
the image's alternative text and the table a part of the page that folds out.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx

SUMMARY = "The numbers of this figure, as a table"


def table_of(told: dict[str, Any]) -> str:
    """Make the folded table; ``told`` has ``corner``, ``columns``, ``rows``, ``values``."""

    def cells(kind: str, scope: str, texts: list[str]) -> str:
        scope = f' scope="{scope}"' if scope else ""
        # On one line: a blank one would end the table's block of HTML.
        lines = [html.escape(" ".join(text.splitlines())) for text in texts]
        return "".join(f"<{kind}{scope}>{line}</{kind}>" for line in lines)

    head = cells("th", "col", [told["corner"], *told["columns"]])
    body = "".join(
        f"<tr>{cells('th', 'row', [name])}{cells('td', '', values)}</tr>"
        for name, values in zip(told["rows"], told["values"], strict=True)
    )
    return (
        f'<details class="ac-numbers"><summary>{SUMMARY}</summary>'
        f'<div tabindex="0" role="region" aria-label="{SUMMARY}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        "</div></details>"
    )


def images_of(cell: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what each image among a cell's outputs tells of itself."""
    for output in cell.get("outputs", []):
        if "image/png" in output.get("data", {}):
            yield output.get("metadata", {}).get("image/png", {})


def worded(source: str) -> str:
    """Put the words and tables of a notebook's images where MyST-NB finds them."""
    notebook = json.loads(source)
    cells = []
    for cell in notebook["cells"]:
        cells.append(cell)
        for told in images_of(cell):
            if "alt" in told:
                options = cell["metadata"].setdefault("mystnb", {})
                options.setdefault("image", {})["alt"] = told["alt"]
            if "table" in told:
                # Line by line, as a notebook stores it; an id, as every cell has one.
                table = {
                    "cell_type": "markdown",
                    "id": f"{cell['id']}-table",
                    "metadata": {},
                    "source": [table_of(told["table"])],
                }
                cells.append(table)
    notebook["cells"] = cells
    return json.dumps(notebook, ensure_ascii=False)


def tell(app: Sphinx, page: str, source: list[str]) -> None:
    """Rewrite a notebook's text before MyST-NB reads it; the file stays as it is."""
    if app.env.doc2path(page).endswith(".ipynb"):
        source[0] = worded(source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", tell)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
