"""Drawings of the ideas: one file each, found by being there.

A file ``heads.py`` has one function with the decorator :func:`drawing`; its name is the
drawing's. The result is SVG whose labels are text, light or dark as the page is.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from .shared.labels import symbols
from .shared.pen import Pen

__all__ = ["Drawing", "draw", "drawing", "drawings"]


@dataclass(frozen=True)
class Drawing:
    """A drawing, shown by a notebook when it is the last line of a cell."""

    name: str
    height: float
    chapters: tuple[int, ...]
    words: str  # the alternative text
    paint: Callable[[Pen], None]
    links: bool = False  # its parts lead somewhere

    @cached_property
    def pen(self) -> Pen:
        """Let the drawing be painted, once."""
        pen = Pen(self.height)
        self.paint(pen)
        return pen

    def svg(self) -> str:
        """Write the drawing as SVG."""
        return self.pen.svg(self.words, picture=not self.links)

    def symbols(self) -> set[str]:
        """List the symbols of all labels, as TeX writes them: ``W_Q``, ``q_{ijk}``."""
        return set().union(*(symbols(label.text) for label in self.pen.labels))

    def __repr__(self) -> str:
        return self.words

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        told = {"image/svg+xml": {"alt": self.words}}
        return {"image/svg+xml": self.svg(), "text/plain": self.words}, told


_found: dict[str, Drawing] = {}


def drawing(
    *, height: float, chapters: tuple[int, ...], words: str, links: bool = False
) -> Callable[[Callable[[Pen], None]], Callable[[Pen], None]]:
    """Make a drawing of a function that is given a pen; its name is the drawing's.

    Args:
        height: of the drawing; all are 340 units wide.
        chapters: where it stands.
        words: the alternative text: what a reader sees who sees it.
        links: its parts lead somewhere.
    """

    def keep(paint: Callable[[Pen], None]) -> Callable[[Pen], None]:
        name = paint.__name__.replace("_", " ")
        said = " ".join(words.split())
        _found[name] = Drawing(name, height, chapters, said, paint, links)
        return paint

    return keep


@cache
def drawings() -> dict[str, Drawing]:
    """Find all drawings, by their names."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        if not module.ispkg:
            importlib.import_module(module.name)
    return dict(sorted(_found.items()))


def draw(name: str) -> Drawing:
    """Show a drawing.

    Args:
        name: "attention step", "heads", …: a key of :func:`drawings`.

    Returns:
        The drawing. As the last line of a cell it is shown, in the page's own light or
        dark; as text it is its alternative text.

    Raises:
        ValueError: no drawing has this name.

    Chapter: all.
    """
    if name not in drawings():
        known = ", ".join(drawings())
        raise ValueError(f"name: expected one of {known}, got {name!r}")
    return drawings()[name]
