"""Chapter 2: the tree that a decoder chooses in, greedily and with a beam of two."""

from . import drawing
from .shared.pen import Pen


@drawing(
    height=300,
    chapters=(2,),
    words="""A tree of beginnings, from left to right. The start leads to a, with
    probability 0.6, and to b, with 0.4. From a the best next token, c, has 0.5, and d has
    0.3; from b the best, e, has 0.9, and f has 0.1. The products are written at the
    leaves: a c 0.30, a d 0.18, b e 0.36, b f 0.04. Greedy decoding goes from the start to
    a and ends at a c. A beam of two keeps a and b, then a c and b e, and finds that b e is
    the most probable of all.""",
)
def beam_search(pen: Pen) -> None:
    start = pen.box(8, 128, 62, 30, "<start>")
    first = {
        "a": pen.box(118, 70, 40, 30, "a", "weight"),
        "b": pen.box(118, 186, 40, 30, "b", "weight"),
    }
    for name, share, y in [("a", "0.6", 58), ("b", "0.4", 228)]:
        pen.arrow(start.right, first[name].left)
        pen.text(138, y, share, role="soft")
    leaves = [
        ("a", "c", 40, "0.6 · 0.5 = 0.30", "weight"),
        ("a", "d", 96, "0.6 · 0.3 = 0.18", "plain"),
        ("b", "e", 160, "0.4 · 0.9 = 0.36", "context"),
        ("b", "f", 216, "0.4 · 0.1 = 0.04", "plain"),
    ]
    for before, name, y, product, role in leaves:
        leaf = pen.box(194, y, 30, 30, name, role)
        pen.arrow(first[before].right, leaf.left)
        pen.text(230, y + 15, product, anchor="start")
    pen.text(10, 24, "greedy: <start>, a, c", anchor="start")
    pen.text(10, 268, "beam of two: keeps a and b, then a c and b e;", anchor="start")
    pen.text(10, 287, "b e is the most probable", anchor="start")
