"""Chapter 6: one step with a cache."""

from . import drawing
from .shared.pen import Pen


@drawing(
    height=392,
    chapters=(6,),
    words="""One step of writing with a cache, from top to bottom. The newest token's vector x
    is multiplied by W Q, W K and W V and becomes one query q, one key and one value. The
    key and the value go to the end of the kept keys K and values V, of which the earlier
    ones are not computed again. The query is compared with all keys, and the weights
    average all values to the output.""",
)
def cached_step(pen: Pen) -> None:
    pen.text(170, 18, "the newest token alone", bold=True)
    token = pen.centred(170, 32, 60, 28, "$x_t$", "shade")
    matrices = {}
    for name, cx in (("Q", 60), ("K", 170), ("V", 280)):
        matrices[name] = pen.centred(cx, 92, 60, 28, f"$W_{name}$")
        x, y = matrices[name].top()
        start = (
            (token.left if cx < 170 else token.right) if cx != 170 else token.bottom()
        )
        middle = [] if cx == 170 else [(cx, start[1])]
        pen.arrow(start, *middle, (x, y))
    query = pen.centred(60, 150, 60, 28, "$q_t$", "query")
    pen.arrow(matrices["Q"].bottom(), query.top(), role="query")
    kept = {}
    for name, cx, role in (("K", 170, "key"), ("V", 280, "value")):
        pen.text(cx, 150, f"${name}$, kept", bold=True)
        new = {(4, column): role for column in range(4)}
        kept[name] = pen.cells(cx - 32, 162, 5, 4, (16, 16), "shade", others=new)
        x, y = matrices[name].bottom()
        side = cx + 44
        pen.arrow((x, y), (x, 132), (side, 132), (side, 234), (cx + 33, 234), role=role)
    compare = pen.box(18, 268, 190, 42, "$q_t K^⊤ / √d_k$, softmax", "weight")
    pen.arrow(query.bottom(), (60, compare.y), role="query")
    pen.arrow(kept["K"].bottom(), (170, compare.y), role="key")
    times = pen.disc(280, 289, 13, "×")
    pen.arrow(compare.right, times.left, role="weight")
    pen.arrow(kept["V"].bottom(), times.top(), role="value")
    made = pen.centred(280, 340, 90, 30, "output", "context")
    pen.arrow(times.bottom(), made.top(), role="context")
