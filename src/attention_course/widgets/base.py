"""What all widgets share: one Python class, one ES module, and a view without scripts.

A widget's arithmetic runs in its ES module, so it answers in JupyterLab, on Colab and in
the built book, where no Python is running. Its state is a set of traitlets: readable,
observable and linkable in Python with plain ipywidgets.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Iterable, Sequence
from html import escape
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import torch
import traitlets
from PIL import Image
from torch import Tensor

__all__ = [
    "CourseWidget",
    "check_range",
    "grey_sheet",
    "grey_square",
    "html_table",
    "png_data_uri",
]

SIDE = 72  # pixels of a frame on a sheet
GREY = 96  # what fills a sheet between frames of different shapes

_HERE = Path(__file__).parent


class CourseWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """A widget that is alive in notebooks and in the built book, and legible without scripts.

    A subclass names its ES module (``module = "embedding_explorer"``), declares its state
    as traits with ``sync=True``, and writes ``summary`` and ``fallback``. The module is
    appended to ``frame.js``, and to the ``parts`` that it shares with some other widgets,
    and ends in ``export default { compute, render };``: ``compute(state)`` is a pure
    function with all the arithmetic, ``render({ model, el })`` draws it.
    """

    module: ClassVar[str] = ""
    parts: ClassVar[tuple[str, ...]] = ()
    _numbers: ClassVar[count[int]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "module" in cls.__dict__:
            names = ("frame", *cls.parts, cls.module)
            cls._esm = "\n".join(_read(f"{name}.js") for name in names)
            cls._css = "\n".join(cls.styles())
            cls._numbers = count(1)
        super().__init_subclass__(**kwargs)

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        # Not the random model id: a notebook that runs again gives the same output again.
        self._page_id = f"{self.module}-{next(type(self)._numbers)}"

    @classmethod
    def styles(cls) -> list[str]:
        """List the style sheets: the frame's, then the widget's own."""
        return [_read("frame.css"), _read(f"{cls.module}.css", missing="")]

    @classmethod
    def state_names(cls) -> list[str]:
        """Name the traits that are this widget's own state, sorted."""
        inherited = set(anywidget.AnyWidget.class_trait_names(sync=True))
        names = set(cls.class_trait_names(sync=True)) - inherited
        return sorted(name for name in names if not name.startswith("_"))

    def state(self) -> dict[str, Any]:
        """Return the state as plain values: what the ES module's ``compute`` takes."""
        return {name: getattr(self, name) for name in self.state_names()}

    def summary(self) -> str:
        """Say the state and its result in one line."""
        raise NotImplementedError

    def fallback(self) -> str:
        """Return HTML that states the same where no script runs: GitHub, a PDF."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.summary()}"

    def _repr_mimebundle_(
        self, **kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle: tuple[dict[str, Any], dict[str, Any]] | None = (
            super()._repr_mimebundle_(**kwargs)
        )
        if bundle is None:
            return None
        data, metadata = bundle
        data["text/plain"] = repr(self)  # anywidget 0.9 cuts it short
        # Colab may take HTML before the live view, and there the view is always live.
        if "google.colab" in sys.modules:
            return data, metadata
        state = json.dumps(self.state(), separators=(",", ":"), allow_nan=False)
        data["text/html"] = (
            f'<figure class="ac-widget" data-ac-module="{escape(self.module)}" '
            f'data-ac-id="{escape(self._page_id)}" data-ac-state="{escape(state)}">\n'
            f"{self.fallback()}\n</figure>"
        )
        return data, metadata


def check_range(name: str, value: int, low: int, high: int) -> int:
    """Return ``value`` if it lies in ``low`` to ``high``.

    Raises:
        TraitError: it does not; the error names the trait and the range.
    """
    if isinstance(value, bool) or not low <= value <= high:
        raise traitlets.TraitError(
            f"{name}: expected a whole number from {low} to {high}, got {value}"
        )
    return value


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
    rows = torch.arange(height) * frame.shape[0] // height
    columns = torch.arange(width) * frame.shape[1] // width
    square = torch.full((SIDE, SIDE), GREY, dtype=torch.uint8)
    levels = (frame[rows][:, columns] * 255).round().to(torch.uint8)
    square[:height, :width] = levels
    return square


def grey_sheet(strips: Sequence[Sequence[Tensor]]) -> Tensor:
    """Lay rows of squares on one sheet with a gap of 4 pixels: ``(H, W)``, uint8."""
    step = SIDE + 4
    n_columns = max(len(strip) for strip in strips)
    sheet = torch.full((len(strips) * step - 4, n_columns * step - 4), GREY)
    sheet = sheet.to(torch.uint8)
    for r, strip in enumerate(strips):
        for c, square in enumerate(strip):
            top, left = r * step, c * step
            sheet[top : top + SIDE, left : left + SIDE] = square
    return sheet


def _read(name: str, *, missing: str | None = None) -> str:
    path = _HERE / name
    if missing is not None and not path.exists():
        return missing
    return path.read_text(encoding="utf-8")
