"""Chapter 4: every vector is cut into heads, each attends, and all are joined again."""

from . import drawing
from .shared.pen import Box, Pen

HEADS = [64, 170, 276]
SIDE = 17


@drawing(
    height=484,
    chapters=(4,),
    words="""Multi-head attention, from top to bottom. Each of Q, K and V is a long row of
    d_model numbers. The rows are cut into three equal parts, one for each head, of d_head
    numbers each. Every head attends by itself, with weights of its own. The three results
    are joined to one row of d_model numbers again, and W O mixes them into the output.""",
)
def heads(pen: Pen) -> None:
    roles = {"Q": "query", "K": "key", "V": "value"}
    for line, (name, role) in enumerate(roles.items()):
        y = 40 + 24 * line
        pen.cells(68, y, 1, 12, SIDE, role)
        pen.text(58, y + SIDE / 2, f"${name}$", anchor="end")
    pen.text(170, 20, "each vector: $d_{model}$ numbers", bold=True)
    split = pen.box(20, 126, 300, 28, "cut into $n_{heads}$ parts")
    pen.arrow((170, 105), split.top())
    joined = pen.box(20, 320, 300, 28, "join")
    for number, cx in enumerate(HEADS):
        for line, role in enumerate(roles.values()):
            pen.cells(cx - 2 * SIDE, 180 + 20 * line, 1, 4, SIDE, role)
        pen.arrow((cx, split.bottom()[1]), (cx, 179))
        head = pen.centred(cx, 262, 84, 30, f"head {number}", "weight")
        pen.arrow((cx, 238), head.top())
        pen.arrow(head.bottom(), (cx, joined.y), role="context")
    row = pen.cells(68, 372, 1, 12, SIDE, "context")
    for third in (1, 2):
        edge = Box(68 + third * 4 * SIDE, 368, 0, 25)
        pen.line(edge.top(), edge.bottom(), role="ink", stroke=2)
    pen.arrow(joined.bottom(), row.top(), role="context")
    mix = pen.centred(170, 412, 70, 28, "$W_O$")
    pen.arrow(row.bottom(), mix.top(), role="context")
    output = (170, 466)
    pen.arrow(mix.bottom(), output, role="context")
    pen.text(182, 458, "output", anchor="start")
    pen.text(122, 247, "$d_{head}$", anchor="start", role="soft")
