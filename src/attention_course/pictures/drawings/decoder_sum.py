"""Chapter 5: a decoder layer looks at Y and at C, and adds the two."""

from . import drawing
from .shared.pen import Pen


@drawing(
    height=400,
    chapters=(5,),
    words="""A decoder layer. The grid Y goes to two attentions that stand side by side. In
    the left one, A(Y, Y), the queries, the keys and the values all come from Y. In the
    right one, A(Y, C), the queries come from Y, the keys and the values from the grid C.
    Both results are added, and the sum is the new Y.""",
)
def decoder_sum(pen: Pen) -> None:
    pen.text(84, 20, "$Y$, what is drawn", bold=True)
    grid = pen.cells(48, 36, 4, 4, 18, "shade")
    pen.text(256, 20, "$C$, the context", bold=True)
    given = pen.cells(224, 36, 2, 2, 36, "shade")
    left = pen.box(14, 196, 140, 52, "$A(Y, Y)$\n3D nearby", "weight")
    right = pen.box(186, 196, 140, 52, "$A(Y, C)$\n3D nearby", "weight")
    for dx, role, name in (
        (-26, "value", "$V$"),
        (0, "key", "$K$"),
        (26, "query", "$q$"),
    ):
        x, y = grid.bottom(dx)
        pen.arrow((x, y), (x, left.y), role=role)
        pen.text(x - 11, 178, name)
    level = 140
    pen.arrow((110, level), (206, level), (206, right.y), role="query")
    pen.text(195, 178, "$q$")
    for x, role, name in ((250, "key", "$K$"), (290, "value", "$V$")):
        pen.arrow((x, given.bottom()[1]), (x, right.y), role=role)
        pen.text(x - 12, 178, name)
    plus = pen.disc(170, 300, 14, "+")
    pen.arrow(left.bottom(), (84, 300), plus.left, role="context")
    pen.arrow(right.bottom(), (256, 300), plus.right, role="context")
    new = pen.centred(170, 346, 150, 34, "$Y$, the next layer's", "context")
    pen.arrow(plus.bottom(), new.top(), role="context")
