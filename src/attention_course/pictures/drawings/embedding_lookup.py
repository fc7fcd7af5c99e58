"""Chapter 1: a one-hot vector times a table is one row of it."""

from . import drawing
from .shared.pen import Pen

ROWS, COLUMNS, PICKED = 6, 4, 3
HIGH, WIDE = 26, 34


@drawing(
    height=316,
    chapters=(1,),
    words="""A one-hot vector of K numbers stands as a column beside a table of K rows
    and k columns: a 1 beside row i, a 0 beside every other row. Each row is multiplied
    by the number beside it, and the rows are added up. The result is row i, a vector of
    k numbers. A second way leads there directly: read row i.""",
)
def embedding_lookup(pen: Pen) -> None:
    top, left, middle = 66, 106, 66
    pen.text(middle, 24, "one-hot", bold=True)
    pen.text(middle, 44, "$K$ numbers", role="soft")
    pen.text(left + 2 * WIDE, 24, "table", bold=True)
    pen.text(left + 2 * WIDE, 44, "$K$ × $k$ numbers", role="soft")

    pen.cells(middle - 15, top, ROWS, 1, (HIGH, 30), others={(PICKED, 0): "weight"})
    strong = {(PICKED, column): "value" for column in range(COLUMNS)}
    table = pen.cells(left, top, ROWS, COLUMNS, (HIGH, WIDE), others=strong)
    for row in range(ROWS):
        y = top + (row + 0.5) * HIGH
        picked = row == PICKED
        pen.text(middle, y, str(int(picked)), role="ink" if picked else "soft")
        pen.text(middle + 27, y, "×", role="soft")

    y = top + (PICKED + 0.5) * HIGH
    pen.text(18, y, "$i$")
    pen.arrow((27, y), (middle - 16, y))
    result = pen.cells(left, 272, 1, COLUMNS, (HIGH, WIDE), "context")
    pen.arrow(table.bottom(), result.top())
    pen.text(left + 2 * WIDE - 8, 246, "add up", anchor="end", role="soft")
    pen.arrow((table.right[0], y), (282, y), (282, 285), result.right)
    pen.text(290, 176, "or", anchor="start", role="soft")
    pen.text(290, 193, "read", anchor="start", role="soft")
    pen.text(290, 210, "row $i$", anchor="start", role="soft")
    pen.text(middle, 285, "vector of\n$k$ numbers", role="soft")
