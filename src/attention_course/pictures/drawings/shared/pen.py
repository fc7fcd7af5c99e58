"""A pen: boxes, cells, arrows and labels, as SVG that needs nothing but itself.

No identifiers, no scripts, no fonts of its own, so that any number of drawings can stand
in a page. Every drawing is 340 units wide, about what a phone gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from itertools import pairwise, product
from math import hypot
from typing import NamedTuple

from .labels import tspans, width
from .palette import attributes, style

__all__ = ["WIDTH", "Box", "Label", "Pen", "Point"]

WIDTH = 340
SIZE = 13.0  # of a label
CORNER = 6
STROKE = 1.5
HEAD = 6.5  # how long an arrow's head is
SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif"

Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle, and the points where arrows meet it."""

    x: float
    y: float
    w: float
    h: float

    @property
    def centre(self) -> Point:
        return self.x + self.w / 2, self.y + self.h / 2

    @property
    def left(self) -> Point:
        return self.x, self.y + self.h / 2

    @property
    def right(self) -> Point:
        return self.x + self.w, self.y + self.h / 2

    def top(self, dx: float = 0) -> Point:
        """Give the middle of the upper edge, or a point ``dx`` to its right."""
        return self.x + self.w / 2 + dx, self.y

    def bottom(self, dx: float = 0) -> Point:
        """Give the middle of the lower edge, or a point ``dx`` to its right."""
        return self.x + self.w / 2 + dx, self.y + self.h


class Label(NamedTuple):
    """A line of text as it was written, and the room that it takes."""

    text: str
    size: float
    room: Box


def number(value: float) -> str:
    """Write a coordinate short."""
    return f"{value:.1f}".removesuffix(".0")


class Pen:
    """Collect the parts of one drawing, from back to front."""

    def __init__(self, height: float) -> None:
        self.height = height
        self.parts: list[str] = []
        self.labels: list[Label] = []
        self.shapes: list[Box] = []  # the room of all that is not a label
        self.inside: list[tuple[Label, Box]] = []  # labels, and the boxes they stand in
        self.arrows: list[list[Point]] = []  # the points they go through
        self.lines: list[list[Point]] = []

    def _add(self, tag: str, kind: str, role: str, rest: str) -> None:
        self.parts.append(f"<{tag} {attributes(kind, role)} {rest}/>")

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        label: str = "",
        role: str = "plain",
        *,
        size: float = SIZE,
        dashed: bool = False,
        hollow: bool = False,
        corner: float = CORNER,
    ) -> Box:
        """Draw a rounded box with its label, in lines, in the middle."""
        box = Box(x, y, w, h)
        self.shapes.append(box)
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        place = (
            f'x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"'
        )
        self._add(
            "rect",
            "line" if dashed or hollow else "area",
            role,
            f'{place} rx="{number(corner)}" stroke-width="{2.5 if hollow else STROKE}"{dashes}',
        )
        before = len(self.labels)
        self.text(*box.centre, label, size=size)
        self.inside += [(line, box) for line in self.labels[before:]]
        return box

    def centred(
        self,
        cx: float,
        y: float,
        w: float,
        h: float,
        label: str = "",
        role: str = "plain",
    ) -> Box:
        """Draw a box whose middle stands at ``cx``."""
        return self.box(cx - w / 2, y, w, h, label, role)

    def disc(
        self, cx: float, cy: float, r: float, label: str = "", role: str = "plain"
    ) -> Box:
        """Draw a circle with its label in the middle."""
        box = Box(cx - r, cy - r, 2 * r, 2 * r)
        self.shapes.append(box)
        place = f'cx="{number(cx)}" cy="{number(cy)}" r="{number(r)}"'
        self._add("circle", "area", role, f'{place} stroke-width="{STROKE}"')
        self.text(cx, cy, label)
        return box

    def cells(
        self,
        x: float,
        y: float,
        rows: int,
        columns: int,
        side: float | tuple[float, float],
        role: str = "plain",
        *,
        others: Mapping[tuple[int, int], str] | None = None,
    ) -> Box:
        """Draw a grid of cells, all in one role, and ``others`` by row and column."""
        high, wide = side if isinstance(side, tuple) else (side, side)
        paths: dict[str, str] = {
            role: ""
        }  # one for each role, the common one at the back
        for row, column in product(range(rows), range(columns)):
            own = (others or {}).get((row, column), role)
            corner = f"{number(x + column * wide)} {number(y + row * high)}"
            paths[own] = (
                paths.get(own, "")
                + f"M{corner}h{number(wide)}v{number(high)}h{number(-wide)}z"
            )
        for own, path in paths.items():
            if path:
                self._add("path", "area", own, f'd="{path}"')
        box = Box(x, y, columns * wide, rows * high)
        self.shapes.append(box)
        return box

    def text(
        self,
        x: float,
        y: float,
        label: str,
        *,
        role: str = "ink",
        size: float = SIZE,
        anchor: str = "middle",
        bold: bool = False,
    ) -> None:
        """Write a label, in lines, around the height ``y``."""
        lines = label.split("\n") if label else []
        step = size * 1.25
        for row, line in enumerate(lines):
            base = y + (row - (len(lines) - 1) / 2) * step + size * 0.35
            place = f'x="{number(x)}" y="{number(base)}" font-size="{number(size)}"'
            if anchor != "start":
                place += f' text-anchor="{anchor}"'
            if bold:
                place += ' font-weight="600"'
            inside = tspans(line, size)
            self.parts.append(
                f"<text {attributes('solid', role)} {place}>{inside}</text>"
            )
            wide = width(line, size, bold=bold)
            left = x - wide * {"start": 0, "middle": 0.5, "end": 1}[anchor]
            room = Box(left, base - size * 0.8, wide, size)
            self.labels.append(Label(line, size, room))

    def arrow(
        self,
        *points: Point,
        role: str = "soft",
        head: bool = True,
        stroke: float = STROKE,
        dashed: bool = False,
    ) -> None:
        """Draw a line through points, its corners rounded, with a head at its end."""
        (self.arrows if head else self.lines).append(list(points))
        (x0, y0), (x1, y1) = points[-2:]
        length = hypot(x1 - x0, y1 - y0)
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        back = HEAD + stroke
        end = (x1 - ux * back * 0.8, y1 - uy * back * 0.8) if head else (x1, y1)
        dashes = ' stroke-dasharray="4 3"' if dashed else ""
        self._add(
            "path",
            "line",
            role,
            f'd="{_through([*points[:-1], end])}" stroke-width="{number(stroke)}"{dashes}',
        )
        for (xa, ya), (xb, yb) in pairwise(points):
            self.shapes.append(
                Box(min(xa, xb), min(ya, yb), abs(xb - xa), abs(yb - ya))
            )
        if head:
            half = HEAD * 0.5 + stroke * 0.3
            corners = [
                (x1, y1),
                (x1 - ux * back - uy * half, y1 - uy * back + ux * half),
                (x1 - ux * back + uy * half, y1 - uy * back - ux * half),
            ]
            around = " ".join(f"{number(x)},{number(y)}" for x, y in corners)
            self._add("polygon", "solid", role, f'points="{around}"')

    def line(
        self,
        *points: Point,
        role: str = "soft",
        stroke: float = STROKE,
        dashed: bool = False,
    ) -> None:
        """Draw a line without a head."""
        self.arrow(*points, role=role, head=False, stroke=stroke, dashed=dashed)

    def shape(self, role: str, kind: str, *points: Point) -> None:
        """Draw a closed shape through points."""
        around = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._add("polygon", kind, role, f'points="{around}"')

    @contextmanager
    def link(self, address: str) -> Iterator[None]:
        """Let all that is drawn meanwhile lead to an address."""
        self.parts.append(f'<a href="{escape(address)}">')
        yield
        self.parts.append("</a>")

    def svg(self, words: str, *, picture: bool = True) -> str:
        """Write the drawing; ``words`` stand for it, wherever it cannot be seen."""
        ground = Pen(0)
        place = f'width="{WIDTH}" height="{number(self.height)}" rx="10"'
        ground._add("rect", "area", "ground", f'{place} stroke-width="0"')
        inside = "\n".join([*ground.parts, *self.parts])  # for readers of a difference
        used = [part.split('"', 1)[0] for part in inside.split('class="')[1:]]
        role = "img" if picture else "group"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="ac-drawing" '
            f'viewBox="0 0 {WIDTH} {number(self.height)}" '
            f'width="{WIDTH * 1.25:g}" height="{self.height * 1.25:g}" '
            f'style="max-width:100%;height:auto" role="{role}" '
            f'aria-label="{escape(words)}" font-family="{SANS}" '
            f'stroke-linejoin="round">\n{style(used)}\n{inside}\n</svg>'
        )


def _through(points: list[Point]) -> str:
    """Write a path through points whose corners are rounded."""
    path = f"M{number(points[0][0])} {number(points[0][1])}"
    triples = zip(points, points[1:], points[2:], strict=False)
    for before, corner, after in triples:
        radius = min(
            CORNER,
            hypot(corner[0] - before[0], corner[1] - before[1]) / 2,
            hypot(corner[0] - after[0], corner[1] - after[1]) / 2,
        )

        def near(other: Point, corner: Point = corner, radius: float = radius) -> str:
            length = hypot(other[0] - corner[0], other[1] - corner[1]) or 1
            x = corner[0] + (other[0] - corner[0]) * radius / length
            y = corner[1] + (other[1] - corner[1]) * radius / length
            return f"{number(x)} {number(y)}"

        path += f"L{near(before)}Q{number(corner[0])} {number(corner[1])} {near(after)}"
    return path + f"L{number(points[-1][0])} {number(points[-1][1])}"
