"""Chapter 5: where a cell of X lies in C, and who is near there."""

from . import drawing
from .shared.pen import Box, Pen

X_SIDE, C_SIDE = 10.5, 31
X_LEFTS = [24, 99, 178, 253]
C_LEFTS = [36, 190]


@drawing(
    height=462,
    chapters=(5,),
    words="""Two grids. Above is X: four frames of 6 by 6 cells. Its cell (2, 3, 4) asks.
    Below is C: two frames of 3 by 3 cells, which cover the same time and space. The map
    multiplies each number by the quotient of the sizes and takes the floor: the cell
    lies at (1, 1, 2) of C. Its neighbourhood with extent 1 are the cells at most one
    step away along each axis: both frames, all three rows and the last two columns, 12
    cells. What would lie outside, to the right, is clipped.""",
)
def two_grids(pen: Pen) -> None:
    pen.text(24, 18, "$X$: $F × H × W = 4 × 6 × 6$", anchor="start")
    for frame, left in enumerate(X_LEFTS):
        asks = {(3, 4): "asks"} if frame == 2 else {}
        pen.cells(left, 34, 6, 6, X_SIDE, others=asks)
        pen.text(left, 108, f"$i = {frame}$", anchor="start", role="soft")
    pen.text(24, 208, "$C$: $F' × H' × W' = 2 × 3 × 3$", anchor="start")
    pen.box(14, 128, 192, 54)
    pen.text(110, 144, "$(i, j, k) → (i', j', k')$")
    pen.text(110, 166, "$i' = ⌊ i · F' / F ⌋$, …")
    for frame, left in enumerate(C_LEFTS):
        near = {(r, c): "key" for r in range(3) for c in (1, 2)}
        if frame == 1:
            near[1, 2] = "query"
        pen.cells(left, 226, 3, 3, C_SIDE, others=near)
        outside = left + 3 * C_SIDE
        pen.box(outside + 3, 226, C_SIDE, 3 * C_SIDE, "", "key", dashed=True, corner=2)
        pen.text(left + 1.5 * C_SIDE, 334, f"$i' = {frame}$", role="soft")
    place = Box(C_LEFTS[1] + 2 * C_SIDE, 226 + C_SIDE, C_SIDE, C_SIDE)
    cell = Box(178 + 4 * X_SIDE, 34 + 3 * X_SIDE, X_SIDE, X_SIDE)
    (x, y), (end, _) = cell.bottom(), place.centre
    pen.arrow((x, y), (x, 156), (end, 156), place.top(), role="query")
    pen.text(170, 362, "dashed: outside $C$, clipped", role="soft")
    pen.text(170, 392, "$N_{ijk}$: all $C_{abc}$ with $|a − i'| ≤ e_F$,")
    pen.text(170, 414, "$|b − j'| ≤ e_H$, $|c − k'| ≤ e_W$")
    pen.text(170, 440, "here $e_F = e_H = e_W = 1$: 12 cells", role="soft")
