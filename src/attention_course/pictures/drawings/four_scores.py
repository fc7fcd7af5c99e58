"""Chapter 3: four ways to compare a query with a key."""

from . import drawing
from .shared.pen import Box, Pen

HIGH = 30


@drawing(
    height=436,
    chapters=(3,),
    words="""Four ways to get a score from a query q and a key k. Dot: their product. Scaled
    dot: the product, divided by the square root of d k. General: q goes through a learned
    matrix W before the product. Additive: q goes through W and k through U, the two are
    added, a tanh follows, and the product with a learned vector v is the score.""",
)
def four_scores(pen: Pen) -> None:
    pair(pen, 88, 14, "dot", "$q · k$")
    pair(pen, 252, 14, "scaled dot", "$q · k / √d_k$")
    pair(pen, 88, 190, "general", "$q^⊤ W k$", {"query": "$W$"})
    pair(pen, 252, 190, "additive", "$Wq + Uk$", {"query": "$W$", "key": "$U$"})
    tanh = pen.centred(252, 364, 96, HIGH, "$v ·$ tanh")
    pen.arrow((252, 344), tanh.top())
    pen.arrow(tanh.bottom(), (252, 426), role="weight")
    pen.text(262, 414, "score", anchor="start")


def pair(
    pen: Pen,
    cx: float,
    top: float,
    name: str,
    formula: str,
    matrices: dict[str, str] | None = None,
) -> None:
    """Draw a query and a key that meet, each through its matrix if it has one."""
    matrices = matrices or {}
    pen.text(cx, top + 6, name, bold=True)
    meet = top + (124 if matrices else 84)
    product = pen.centred(cx, meet, 110, HIGH, formula)
    for dx, role, letter in ((-34, "query", "$q$"), (34, "key", "$k$")):
        last: Box = pen.centred(cx + dx, top + 28, 34, 28, letter, role)
        if role in matrices:
            matrix = pen.centred(cx + dx, top + 76, 34, 28, matrices[role])
            pen.arrow(last.bottom(), matrix.top(), role=role)
            last = matrix
        pen.arrow(last.bottom(), (cx + dx, product.y), role=role)
    if name != "additive":
        end = product.bottom()[1] + 32
        pen.arrow(product.bottom(), (cx, end), role="weight")
        pen.text(cx + 10, end - 12, "score", anchor="start")
