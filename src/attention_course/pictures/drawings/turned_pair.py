"""Chapter 6: a query and a key, turned by their positions."""

from math import cos, pi, sin

from . import drawing
from .shared.pen import Pen

SPEED = pi / 8  # the angle of one position


@drawing(
    height=300,
    chapters=(6,),
    words="""Two dials, each with a hand for a pair of numbers of a query and a hand for that
    of a key. On the left the query stands at position 3 and the key at position 1, on the
    right at positions 7 and 5. Both hands have been turned by four positions more, so that
    the angle between them, two positions, and with it their dot product, is the same.""",
)
def turned_pair(pen: Pen) -> None:
    for cx, query, key in ((88, 3, 1), (252, 7, 5)):
        pen.disc(cx, 130, 66, role="ground")
        for place, role, name in ((query, "query", "q"), (key, "key", "k")):
            x, y = cos(SPEED * place), -sin(SPEED * place)
            pen.arrow((cx, 130), (cx + 60 * x, 130 + 60 * y), role=role, stroke=2.5)
            pen.text(cx + 80 * x, 130 + 80 * y, f"${name}$")
        pen.text(cx, 24, f"positions {query} and {key}", bold=True)
        pen.text(cx, 222, "2 positions apart", role="soft")
    pen.text(170, 252, "each position turns a pair by $ω_m$")
    pen.text(170, 278, "$q$ · $k$ is the same on both dials", bold=True)
