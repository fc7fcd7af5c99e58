"""Chapter 4: a block, with its norms after the sums or before the parts."""

from . import drawing
from .shared.pen import Box, Pen


@drawing(
    height=436,
    chapters=(4,),
    words="""Two blocks side by side, each from top to bottom, with two parts: attention and
    a feed-forward network. Round each part leads a residual path, and a plus adds what
    came in to what the part made. Left, post-norm: a layer norm stands after each plus,
    on the main path. Right, pre-norm: a layer norm stands before each part, inside the
    loop, so that the residual path runs from x to the output without any norm.""",
)
def block(pen: Pen) -> None:
    pen.text(90, 20, "post-norm", bold=True)
    pen.text(90, 40, "norm after the sum", role="soft")
    pen.text(256, 20, "pre-norm", bold=True)
    pen.text(256, 40, "norm before the part", role="soft")
    column(pen, 98, norm_first=False)
    column(pen, 264, norm_first=True)


def column(pen: Pen, cx: float, *, norm_first: bool) -> None:
    """Draw one block, its residual paths on the left."""
    pen.text(cx, 66, "$x$")
    last: Box = Box(cx, 70, 0, 6)
    y = 106.0
    for part in ("attention", "feed-forward"):
        entry = last.bottom()
        steps = [("norm", "ground"), (part, part_role(part))]
        first, second = steps if norm_first else (steps[1], None)
        box = pen.centred(cx, y, 106, 30, *first)
        pen.arrow(entry, box.top())
        if second:
            y += 48
            inner = pen.centred(cx, y, 106, 30, *second)
            pen.arrow(box.bottom(), inner.top())
            box = inner
        plus = pen.disc(cx, y + 54, 11, "+")
        pen.arrow(box.bottom(), plus.top())
        side, leaves = cx - 70, entry[1] + 10
        pen.arrow((cx, leaves), (side, leaves), (side, y + 54), plus.left, role="ink")
        last = plus
        y += 96
        if not norm_first:
            last = pen.centred(cx, y - 14, 106, 30, "norm", "ground")
            pen.arrow(plus.bottom(), last.top())
            y += 50
    pen.arrow(last.bottom(), (cx, 424))


def part_role(part: str) -> str:
    """Attention has its colour, the rest has none."""
    return "weight" if part == "attention" else "plain"
