"""Chapter 5: which cells a cell looks at: all, those in line, those nearby."""

from collections.abc import Callable

from . import drawing
from .shared.pen import Pen

SIDE, ROWS, COLUMNS, FRAMES = 13, 6, 6, 3
QUERY = (1, 2, 3)  # frame, row, column
LEFTS = [34, 131, 228]

Cell = tuple[int, int, int]


def full(cell: Cell) -> bool:
    """Everything is seen."""
    return True


def axial(cell: Cell) -> bool:
    """What differs in one number at most is in line."""
    return sum(a != b for a, b in zip(cell, QUERY, strict=True)) <= 1


def nearby(cell: Cell) -> bool:
    """What is at most one step away along each axis is near."""
    return all(abs(a - b) <= 1 for a, b in zip(cell, QUERY, strict=True))


WAYS: list[tuple[str, str, Callable[[Cell], bool]]] = [
    ("full", "$N^2$ scores", full),
    ("axial", "$N · (F + H + W)$", axial),
    ("nearby, $e = 1$", "about $N · n$", nearby),
]


@drawing(
    height=432,
    chapters=(5,),
    words="""Three ways to look, each on the same video of three frames of 6 by 6 cells, with
    the same cell asking, in the middle frame. Full: it looks at all 108 cells, which
    costs N squared scores. Axial: it looks along its row, its column and through the
    frames, 13 cells, for N times F + H + W scores in three passes. Nearby with extent 1:
    it looks at the 27 cells at most one step away, 9 in each frame, for about N times n
    scores.""",
)
def grid_attention(pen: Pen) -> None:
    for line, (name, price, sees) in enumerate(WAYS):
        top = 34 + 128 * line
        pen.text(LEFTS[0], top - 14, name, anchor="start", bold=True)
        pen.text(306, top - 14, price, anchor="end", role="soft")
        for frame, left in enumerate(LEFTS):
            cells = [(frame, r, c) for r in range(ROWS) for c in range(COLUMNS)]
            seen = {cell[1:]: "key" for cell in cells if sees(cell)}
            if frame == QUERY[0]:
                seen[QUERY[1:]] = "asks"
            pen.cells(left, top, ROWS, COLUMNS, SIDE, others=seen)
    for frame, left in enumerate(LEFTS):
        pen.text(left + 39, 386, f"frame {frame}", role="soft")
    pen.cells(70, 408, 1, 1, SIDE, "asks")
    pen.text(90, 414.5, "asks", anchor="start")
    pen.cells(160, 408, 1, 1, SIDE, "key")
    pen.text(180, 414.5, "is looked at", anchor="start")
