"""Chapter 1: a picture becomes a sequence of vectors."""

from . import drawing
from .shared.pen import Box, Pen

SIDE, CELLS = 30, 4


def landscape(pen: Pen, place: Box, sun: float = 0.72) -> None:
    """A sky, a sun and two hills, so that the picture is one."""
    x, y, w, h = place
    pen.shape("plain", "area", (x, y), (x + w, y), (x + w, y + h), (x, y + h))
    pen.disc(x + w * sun, y + h * 0.27, w * 0.11, role="plain")
    pen.shape(
        "shade",
        "area",
        *((x + w * a, y + h * b) for a, b in
          [(0, 1), (0, 0.72), (0.3, 0.42), (0.52, 0.7), (0.7, 0.55), (1, 0.8), (1, 1)]),
    )  # fmt: skip


@drawing(
    height=420,
    chapters=(1,),
    words="""A picture of H by W pixels is cut into a grid of blocks, P by P pixels each.
    One block is enlarged; its pixels are written out as one long vector of P times P
    numbers. A linear layer, the same for every block, makes a vector of d_model numbers
    of it. All blocks, row by row, give a sequence of T vectors.""",
)
def patches(pen: Pen) -> None:
    pen.text(82, 20, "picture, $H × W$", bold=True)
    picture = Box(22, 36, CELLS * SIDE, CELLS * SIDE)
    landscape(pen, picture)
    for step in range(1, CELLS):
        at = step * SIDE
        pen.line((picture.x + at, 36), (picture.x + at, 156), role="plain", stroke=1)
        pen.line((22, 36 + at), (142, 36 + at), role="plain", stroke=1)
    block = Box(22 + 3 * SIDE, 36 + 2 * SIDE, SIDE, SIDE)
    edge = (block.x, block.y, block.w, block.h)
    pen.box(*edge, role="context", corner=1, hollow=True)

    pen.text(258, 20, "a block, $P × P$", bold=True)
    dark = {(r, c): "shade" for r in range(5) for c in range(5) if r >= 2 + 0.8 * c}
    pixels = pen.cells(208, 61, 5, 5, 20, others=dark)
    pen.arrow(block.right, pixels.left)

    row = pen.cells(45, 198, 1, 25, (18, 10), others={
        (0, 5 * r + c): "shade" for r, c in dark
    })  # fmt: skip
    pen.arrow(pixels.bottom(), (258, row.y))
    pen.text(45, 184, "$P · P$ numbers", anchor="start", role="soft")
    layer = pen.centred(170, 246, 190, 30, "linear, for each block")
    pen.arrow(row.bottom(), layer.top())
    vector = pen.cells(107, 300, 1, 6, (20, 21), "context")
    pen.arrow(layer.bottom(), vector.top())
    pen.text(244, 310, "$d_{model}$", anchor="start", role="soft")
    pen.text(96, 310, "one vector", anchor="end", role="soft")
    for number in range(9):
        own = "context" if number == 4 else "plain"
        pen.cells(21 + 35 * number, 352, 3, 1, (11, 18), own)
    pen.arrow(vector.bottom(), (170, 352))
    pen.text(170, 402, "a sequence of $T$ vectors, row by row")
