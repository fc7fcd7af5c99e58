"""Chapter 5: one cell asks, and only its neighbourhood answers."""

from . import drawing
from .shared.pen import Pen


@drawing(
    height=430,
    chapters=(5,),
    words="""One step of nearby attention, from top to bottom. A cell of X, of D numbers, is
    multiplied by W Q and becomes the query q. The neighbourhood N of its place in C, here
    9 cells, is multiplied by W K and by W V and becomes keys K and values V. Query and
    keys give scores, divided by the square root of d; a softmax makes 9 weights of them.
    The weighted sum of the values is the cell of Y.""",
)
def nearby_step(pen: Pen) -> None:
    pen.text(70, 20, "$X_{ijk}$, one cell", bold=True)
    pen.text(232, 20, "$N_{ijk}$, those near", bold=True)
    cell = pen.cells(58, 47, 1, 1, 24, "asks")
    pen.text(92, 59, "$D$", anchor="start", role="soft")
    near = pen.cells(202, 36, 3, 3, 20, "key")
    parts = {}
    for name, cx, role in (("Q", 70, "query"), ("K", 190, "key"), ("V", 274, "value")):
        matrix = pen.centred(cx, 126, 58, 28, f"$W_{name}$")
        letter = "q" if name == "Q" else name
        parts[name] = pen.centred(cx, 186, 62, 30, f"${letter}_{{ijk}}$", role)
        pen.arrow(matrix.bottom(), parts[name].top(), role=role)
        if name == "Q":
            pen.arrow(cell.bottom(), matrix.top())
        else:
            pen.arrow((232, 96), (232, 110), (cx, 110), matrix.top())
    pen.line(near.bottom(), (232, 102))
    compare = pen.box(24, 252, 204, 46, "$q_{ijk} K_{ijk}^⊤ / √d$\nsoftmax")
    for name, role in (("Q", "query"), ("K", "key")):
        x, y = parts[name].bottom()
        pen.arrow((x, y), (x, compare.y), role=role)
    weights = pen.cells(72, 334, 1, 9, 12, "weight")
    pen.arrow(compare.bottom(), weights.top(), role="weight")
    pen.text(62, 340, "weights", anchor="end")
    times = pen.disc(226, 340, 13, "×")
    pen.arrow(weights.right, times.left, role="weight")
    x, y = parts["V"].bottom()
    pen.arrow((x, y), (x, 340), times.right, role="value")
    made = pen.centred(226, 386, 76, 30, "$Y_{ijk}$", "context")
    pen.arrow(times.bottom(), made.top(), role="context")
