"""What stands in a page without scripts: tables and pictures, in plain HTML."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape

import torch
from PIL import Image
from torch import Tensor

__all__ = ["grey_sheet", "grey_square", "html_table", "png_data_uri"]

SIDE = 72  # pixels of a picture on a sheet
GREY = 96  # what fills a sheet between pictures of different shapes


def html_table(
    caption: str, header: Iterable[str], rows: Iterable[Iterable[str]]
) -> str:
    """Write a small table in HTML; the first cell of each row is the row's header."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    lines = []
    for first, *rest in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    return (
        f'<table class="ac-fallback"><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n"
        + "\n".join(lines)
        + "\n</tbody></table>"
    )


def png_data_uri(levels: Tensor) -> str:
    """Write grey levels ``(H, W)``, uint8, as a PNG in a ``data:`` address."""
    file = io.BytesIO()
    Image.fromarray(levels.numpy()).save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def grey_square(frame: Tensor) -> Tensor:
    """Enlarge brightness ``(H, W)`` to fit ``(SIDE, SIDE)``, pixels kept square."""
    longest = max(frame.shape)
    height, width = (max(1, size * SIDE // longest) for size in frame.shape)
    rows = torch.arange(height, device="cpu") * frame.shape[0] // height
    columns = torch.arange(width, device="cpu") * frame.shape[1] // width
    square = torch.full((SIDE, SIDE), GREY, dtype=torch.uint8, device="cpu")
    levels = (frame[rows][:, columns] * 255).round().to(torch.uint8)
    square[:height, :width] = levels
    return square


def grey_sheet(strips: Sequence[Sequence[Tensor]]) -> Tensor:
    """Lay rows of squares on one sheet with a gap of 4 pixels: ``(H, W)``, uint8."""
    step = SIDE + 4
    n_columns = max(len(strip) for strip in strips)
    size = len(strips) * step - 4, n_columns * step - 4
    sheet = torch.full(size, GREY, dtype=torch.uint8, device="cpu")
    for r, strip in enumerate(strips):
        for c, square in enumerate(strip):
            top, left = r * step, c * step
            sheet[top : top + SIDE, left : left + SIDE] = square
    return sheet
