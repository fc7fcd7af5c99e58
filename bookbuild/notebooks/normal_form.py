"""The one form in which notebooks are committed, and what they must not hold.

It holds what a reader or a comparison needs and nothing of the machine it ran on: no
widget state, no timings, no local paths, no kernel details.
"""

from __future__ import annotations

import re
from typing import Any

import nbformat

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
MACHINE_PATH = re.compile(
    r"(?:/(?:home|root|work|tmp|Users|opt|private)/|[A-Z]:\\\\)[\w.-]+"
)


def normalise(notebook: Any) -> None:
    """Reduce a notebook, in place, to its normal form."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:03d}"
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": sorted(tags)} if tags else {})
        if cell.cell_type != "code":
            cell.pop("attachments", None)
            continue
        count += 1
        ran = cell.execution_count is not None
        cell.execution_count = count if ran else None
        for output in cell.outputs:
            output.pop("transient", None)
            if "execution_count" in output:
                output.execution_count = count
            if "metadata" in output:
                # The words and the table that stand for a picture are for readers.
                kept = {
                    kind: told
                    for kind, told in output.metadata.items()
                    if kind.startswith("image/") and "alt" in told
                }
                output.metadata = nbformat.from_dict(kept)
            # A view without its state shows an error in JupyterLab; the HTML beside it does not.
            output.get("data", {}).pop(WIDGET_VIEW, None)
        cell.outputs = merged(
            [output for output in cell.outputs if output.get("data") != {}]
        )


def merged(outputs: list[Any]) -> list[Any]:
    """Join neighbouring pieces of the same stream: how it was cut depends on timing."""
    joined: list[Any] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if (
            last
            and output.output_type == last.output_type == "stream"
            and output.name == last.name
        ):
            last.text += output.text
        else:
            joined.append(output)
    return joined


def faults(notebook: Any) -> list[str]:
    """List what a committed notebook must not hold, or must hold and does not."""
    found = []
    before = nbformat.writes(notebook)
    copy = nbformat.reads(before, as_version=4)
    normalise(copy)
    if nbformat.writes(copy) != before:
        found.append("is not in normal form: run `make notebooks`")
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if cell.source.strip() and cell.execution_count is None:
            found.append(f"{cell.id} was never run, so nbval would compare nothing")
        for output in cell.outputs:
            if (
                output.output_type == "error"
                and "raises-exception" not in cell.metadata.get("tags", [])
            ):
                found.append(f"{cell.id} ended in an error")
            if output.output_type == "stream" and output.name == "stderr":
                found.append(f"{cell.id} wrote to stderr: {output.text[:80]!r}")
            path = MACHINE_PATH.search(
                str(output.get("text", "")) + str(output.get("data", ""))
            )
            if path:
                found.append(
                    f"{cell.id} shows a path of the machine it ran on: {path.group()}"
                )
    return found
