"""Chapter 4: what an encoder, a decoder and a decoder alone are made of."""

from itertools import pairwise

from . import drawing
from .shared.pen import Box, Pen

COLUMNS = {"encoder": 58, "decoder": 170, "decoder only": 282}
TOPS = [110, 168, 226]
WIDE, HIGH = 98, 44


def stack(pen: Pen, cx: float, parts: list[str]) -> list[Box]:
    """Draw the parts of one block inside a frame that says how often it stands there."""
    tops = TOPS if len(parts) == 3 else [TOPS[0], TOPS[1]]
    bottom = tops[-1] + HIGH
    pen.box(cx - 53, 98, 106, bottom - 98 + 12, corner=10)
    pen.text(cx, bottom + 28, "$×\\,n_{layers}$".replace("\\,", " "), role="soft")
    boxes = []
    for top, part in zip(tops, parts, strict=True):
        role = "weight" if "attention" in part else "ground"
        boxes.append(pen.centred(cx, top, WIDE, HIGH, part.replace(" ", "\n"), role))
    for before, after in pairwise(boxes):
        pen.arrow(before.bottom(), after.top())
    pen.arrow((cx, 72), boxes[0].top())
    return boxes


@drawing(
    height=404,
    chapters=(4,),
    words="""Three stacks side by side, each a block that is repeated n_layers times. The
    encoder: self-attention, then feed-forward; out come states, one for each source
    token. The decoder: causal self-attention, then cross-attention, whose keys and values
    are the encoder's states, then feed-forward; out comes the next token. The decoder
    alone: causal self-attention and feed-forward, no encoder; out comes the next token.""",
)
def stacks(pen: Pen) -> None:
    for name, cx in COLUMNS.items():
        pen.text(cx, 20, name, bold=True)
        source = "source" if name == "encoder" else "written"
        pen.text(cx, 44, f"{source} tokens")
        pen.text(cx, 62, "+ positions", role="soft")
    blocks = [
        stack(pen, COLUMNS["encoder"], ["self- attention", "feed- forward"]),
        stack(pen, COLUMNS["decoder"],
              ["causal self-attention", "cross- attention", "feed- forward"]),
        stack(pen, COLUMNS["decoder only"], ["causal self-attention", "feed- forward"]),
    ]  # fmt: skip
    states = pen.centred(58, 300, 76, 34, "states", "shade")
    pen.arrow((58, 252), states.top())
    cross = blocks[1][1]
    pen.arrow(states.right, (114, 317), (114, cross.left[1]), cross.left, role="key")
    pen.text(58, 352, "keys and\nvalues", role="soft")
    for cx, top in ((170, 310), (282, 252)):
        pen.arrow((cx, top), (cx, 346))
        pen.text(cx, 366, "next token")
