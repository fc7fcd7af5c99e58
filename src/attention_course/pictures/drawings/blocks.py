"""Chapter 5: gather a window for each query, or slice one box for a block of queries."""

from . import drawing
from .shared.pen import Pen

BLOCK = [(2, 3), (2, 4), (3, 3), (3, 4)]
KEYS = [(row, column) for row in range(1, 5) for column in range(2, 6)]


@drawing(
    height=436,
    chapters=(5,),
    words="""One frame of 6 by 8 cells, with a block of 2 by 2 queries and a halo one cell
    wide around it. Below, two ways to fetch their keys. On the left each query has its
    window of 3 by 3 gathered: 36 keys, most of them copied more than once. On the right
    the block and its halo are cut out as one slice of 4 by 4: 16 keys. At the bottom, the
    slice's scores, 4 queries by 16 keys: 9 in each row are near, the other 7 are
    masked.""",
)
def blocks(pen: Pen) -> None:
    pen.text(170, 18, "one frame of $X$, extent $e = 1$")
    marked = dict.fromkeys(KEYS, "key") | dict.fromkeys(BLOCK, "query")
    grid = pen.cells(98, 34, 6, 8, 18, others=marked)
    pen.cells(258, 62, 1, 1, 14, "query")
    pen.text(278, 69, "block", anchor="start")
    pen.cells(258, 88, 1, 1, 14, "key")
    pen.text(278, 95, "halo", anchor="start")

    pen.arrow(grid.bottom(-44), (82, 176))
    pen.text(82, 190, "gathered", bold=True)
    for x, y in [(38, 204), (90, 204), (38, 252), (90, 252)]:
        pen.cells(x, y, 3, 3, 12, "key", others={(1, 1): "query"})
    pen.text(82, 306, "$4 · 9 = 36$ keys", role="soft")

    pen.arrow(grid.bottom(44), (258, 176))
    pen.text(258, 190, "one slice", bold=True)
    inside = {(row - 1, column - 2): "query" for row, column in BLOCK}
    pen.cells(216, 204, 4, 4, 21, "key", others=inside)
    pen.text(258, 306, "$4 · 4 = 16$ keys", role="soft")

    pen.text(170, 334, "the slice's scores, 4 queries × 16 keys")
    near = {
        (query, key): "weight"
        for query, (r, c) in enumerate(BLOCK)
        for key, (row, column) in enumerate(KEYS)
        if abs(r - row) <= 1 and abs(c - column) <= 1
    }
    pen.cells(58, 350, 4, 16, 14, others=near)
    pen.text(170, 422, "coloured: near; the others are masked", role="soft")
