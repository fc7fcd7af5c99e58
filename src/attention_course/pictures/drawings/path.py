"""The landing page: from a word and a photo to a video, each station a link."""

from collections.abc import Callable
from math import cos, pi, sin

from . import drawing
from .patches import landscape
from .shared.pen import Box, Pen

FIRST, STEP = 128, 88


def table(pen: Pen, x: float, y: float) -> None:
    """A table, one row of it picked."""
    pen.cells(x, y, 4, 3, (11, 16), others={(2, c): "value" for c in range(3)})


def bottleneck(pen: Pen, x: float, y: float) -> None:
    """Three states, one vector, three states."""
    for step in range(3):
        pen.box(x + 18 * step, y, 12, 12, role="shade", corner=2)
        pen.box(x + 18 * step, y + 32, 12, 12, role="shade", corner=2)
    pen.box(x + 14, y + 17, 20, 10, role="context", corner=2)


def look_back(pen: Pen, x: float, y: float) -> None:
    """One query, three keys, lines as thick as their weights."""
    for step, weight in enumerate((1, 3.5, 1)):
        pen.line(
            (x + 24, y + 32), (x + 6 + 18 * step, y + 12), role="weight", stroke=weight
        )
        pen.box(x + 18 * step, y, 12, 12, role="key", corner=2)
    pen.box(x + 18, y + 32, 12, 12, role="query", corner=2)


def mirror(pen: Pen, x: float, y: float) -> None:
    """Five tokens in a ring, each tied to each."""
    ring = [
        (x + 24 + 21 * sin(2 * pi * n / 5), y + 23 - 21 * cos(2 * pi * n / 5))
        for n in range(5)
    ]
    for n, one in enumerate(ring):
        for other in ring[n + 1 :]:
            pen.line(one, other, role="weight", stroke=1)
    for cx, cy in ring:
        pen.disc(cx, cy, 5, role="shade")


def neighbours(pen: Pen, x: float, y: float) -> None:
    """A grid, a cell and those around it."""
    near = {(r, c): "key" for r in range(1, 4) for c in range(1, 4)}
    pen.cells(x, y - 2, 5, 5, 9.6, others=near | {(2, 2): "asks"})


Icon = Callable[[Pen, float, float], None]
STATIONS: list[tuple[str, str, str, Icon]] = [
    ("01-embedding", "Embedding", "words and photos\nbecome vectors", table),
    ("02-encoder-decoder", "Encoder-decoder", "a sequence through\none vector", bottleneck),
    ("03-attention", "Attention", "look back at\nwhat is needed", look_back),
    ("04-self-attention", "Self-attention", "a sequence looks\nat itself", mirror),
    ("05-image-video-attention", "Image and video", "pictures look\nat their cells", neighbours),
]  # fmt: skip


@drawing(
    height=664,
    chapters=(),
    words="""The path of the course, from a word and a photo to a video, in five stations:
    embedding, encoder-decoder, attention, self-attention, image and video attention.
    Each station leads to its chapter.""",
    links=True,
)
def path(pen: Pen) -> None:
    pen.centred(100, 22, 96, 46, "“bank”", "ground")
    pen.text(100, 84, "a word", role="soft")
    landscape(pen, Box(204, 18, 72, 54))
    pen.text(240, 84, "a photo", role="soft")
    for x in (100, 240):
        pen.arrow((x, 96), (x, FIRST))
    for number, (page, name, question, icon) in enumerate(STATIONS):
        top = FIRST + STEP * number
        with pen.link(f"{page}.html"):
            pen.box(26, top, 288, 68, corner=10)
            icon(pen, 46, top + 12)
            pen.text(114, top + 15, f"{number + 1} {name}", anchor="start", bold=True)
            pen.text(114, top + 43, question, anchor="start", role="soft")
        pen.arrow((170, top + 68), (170, top + STEP))
    bottom = FIRST + STEP * len(STATIONS)
    for frame in range(3):
        landscape(pen, Box(80 + 64 * frame, bottom + 6, 52, 44), 0.25 + 0.25 * frame)
    pen.text(170, bottom + 68, "a video", role="soft")
