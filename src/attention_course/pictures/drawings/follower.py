"""Chapter 5: a grey cell finds itself in an earlier frame, and fetches its colour."""

from . import drawing
from .shared.pen import Pen


@drawing(
    height=460,
    chapters=(5,),
    words="""The follower, from top to bottom. A cell of a grey frame is looked at with the
    pixels around it: f makes a vector q of the patch. The same f makes the keys K, one of
    each cell near the same place in an earlier frame, and one more: that of the same place
    plus a learned vector, stay. The values V are the earlier frame's colours at these
    places. Scores, q times K transposed, and a softmax give weights, and the weighted
    sum of the colours is the colour Y of the grey cell.""",
)
def follower(pen: Pen) -> None:
    pen.text(66, 18, "now, grey", bold=True)
    pen.text(232, 18, "before: grey, and colour", bold=True)
    cell = pen.cells(36, 34, 3, 3, 20, "key", others={(1, 1): "asks"})
    grey = pen.cells(160, 34, 3, 3, 20, "key")
    colour = pen.cells(256, 34, 3, 3, 20, "value")
    parts = {}
    for name, cx, role in (("q", 66, "query"), ("K", 190, "key")):
        maps = pen.centred(cx, 128, 44, 28, "$f$")
        parts[name] = pen.centred(cx, 190, 62, 30, f"${name}$", role)
        pen.arrow((cell if name == "q" else grey).bottom(), maps.top())
        pen.arrow(maps.bottom(), parts[name].top(), role=role)
    parts["V"] = pen.centred(286, 190, 62, 30, "$V$", "value")
    pen.arrow(colour.bottom(), parts["V"].top(), role="value")
    compare = pen.box(24, 252, 204, 46, "$q K^⊤$\nsoftmax")
    for name, role in (("q", "query"), ("K", "key")):
        x, y = parts[name].bottom()
        pen.arrow((x, y), (x, compare.y), role=role)
    weights = pen.cells(66, 334, 1, 10, 12, "weight")
    pen.arrow(compare.bottom(), weights.top(), role="weight")
    pen.text(56, 340, "weights", anchor="end")
    times = pen.disc(238, 340, 13, "×")
    pen.arrow(weights.right, times.left, role="weight")
    x, y = parts["V"].bottom()
    pen.arrow((x, y), (x, 340), times.right, role="value")
    made = pen.centred(238, 394, 84, 30, "$Y$, colour", "context")
    pen.arrow(times.bottom(), made.top(), role="context")
    pen.text(170, 450, "one more key: the same position, plus stay", role="soft")
