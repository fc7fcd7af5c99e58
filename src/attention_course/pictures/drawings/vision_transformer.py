"""Chapter 5: patches and a class token go through the encoder of chapter 4."""

from . import drawing
from .patches import landscape
from .shared.pen import Box, Pen

PLACES = [46, 108, 170, 232, 294]


@drawing(
    height=456,
    chapters=(5,),
    words="""A vision transformer, from top to bottom. A picture is cut into four patches;
    a linear layer makes a vector of each. In front of them stands one more vector, the
    class token, which belongs to no pixel. A learned vector for the position is added to
    each of the five. They go through n_layers encoder blocks. Of the five vectors that
    come out only that of the class token is used: a linear layer reads the class from
    it.""",
)
def vision_transformer(pen: Pen) -> None:
    picture = Box(201, 12, 64, 64)
    landscape(pen, picture)
    pen.line((233, 12), (233, 76), role="ground", stroke=4)
    pen.line((201, 44), (265, 44), role="ground", stroke=4)
    pen.text(192, 34, "a picture in", anchor="end")
    pen.text(192, 54, "patches", anchor="end")
    layer = pen.box(84, 104, 234, 30, "linear, for each patch")
    pen.arrow(picture.bottom(), (233, layer.y))
    encoder = pen.box(14, 240, 312, 54, corner=10, role="weight")
    pen.text(170, 256, "encoder of chapter 4")
    pen.text(170, 277, "$n_{layers}$ blocks", role="soft")
    for number, cx in enumerate(PLACES):
        first = number == 0
        name = "class\ntoken" if first else f"patch\n{number - 1}"
        token = pen.centred(cx, 158, 54, 42, name, "query" if first else "shade")
        if not first:
            pen.arrow((cx, layer.bottom()[1]), token.top())
        pen.arrow(token.bottom(), (cx, encoder.y))
        pen.text(cx + 5, 219, f"+ $p_{number}$", anchor="start", role="soft")
        out = pen.centred(cx, 320, 54, 26, "", "context" if first else "plain")
        pen.arrow((cx, encoder.bottom()[1]), out.top())
    pen.text(201, 366, "not read", role="soft")
    read = pen.centred(46, 374, 72, 30, "linear")
    pen.arrow((46, 346), read.top(), role="context")
    pen.arrow(read.bottom(), (46, 430), role="context")
    pen.text(58, 424, "class probabilities", anchor="start")
