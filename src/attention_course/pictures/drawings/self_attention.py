"""Chapter 4: query, key and value are three projections of one sequence."""

from . import drawing
from .shared.pen import Pen

T, SIDE = 4, 15
PLACES = {"Q": (62, "query"), "K": (170, "key"), "V": (278, "value")}


@drawing(
    height=492,
    chapters=(4,),
    words="""Self-attention, from top to bottom. One sequence x of T vectors is multiplied
    by three learned matrices, W Q, W K and W V, and becomes queries Q, keys K and values
    V, T of each. Q times K transposed, divided by the square root of d k, goes through a
    softmax in each row and gives a table of T by T weights. The weights times V give the
    output, again T vectors.""",
)
def self_attention(pen: Pen) -> None:
    x = pen.cells(125, 34, T, 6, SIDE, "shade")
    pen.text(170, 18, "one sequence $x$", bold=True)
    pen.text(225, 64, "$T × d_{model}$", anchor="start", role="soft")
    pen.line(x.bottom(), (170, 112))
    grids = {}
    for name, (cx, role) in PLACES.items():
        matrix = pen.centred(cx, 134, 54, 28, f"$W_{name}$")
        path = [(170, 112), (cx, 112), matrix.top()] if cx != 170 else [(170, 112)]
        pen.arrow(*(path if cx != 170 else [*path, matrix.top()]))
        grids[name] = pen.cells(cx - 1.5 * SIDE, 188, T, 3, SIDE, role)
        pen.arrow(matrix.bottom(), grids[name].top(), role=role)
        pen.text(cx + 30, 198, f"${name}$", anchor="start")
    pen.text(93, 224, "$T × d_k$", anchor="start", role="soft")

    compare = pen.centred(116, 286, 168, 46, "$Q K^⊤ / √d_k$\nsoftmax in each row")
    for name in "QK":
        cx, role = PLACES[name]
        pen.arrow(grids[name].bottom(), (cx, compare.y), role=role)
    table = pen.cells(116 - 2 * SIDE, 356, T, T, SIDE, "weight")
    pen.arrow(compare.bottom(), table.top(), role="weight")
    pen.text(78, 376, "weights", anchor="end")
    pen.text(78, 396, "$T × T$", anchor="end", role="soft")
    times = pen.disc(197, 386, 13, "×")
    pen.arrow(table.right, times.left, role="weight")
    pen.arrow(grids["V"].bottom(), (278, 386), times.right, role="value")
    output = pen.cells(197 - 1.5 * SIDE, 424, T, 3, SIDE, "context")
    pen.arrow(times.bottom(), output.top(), role="context")
    pen.text(230, 444, "output", anchor="start")
    pen.text(230, 464, "$T × d_v$", anchor="start", role="soft")
