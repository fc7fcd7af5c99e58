"""Chapter 3: the drawing of chapter 2 with one part swapped."""

from itertools import pairwise

from . import drawing
from .encoder_decoder import HEIGHT, unrolled
from .shared.pen import Box, Pen

LOOKS = [(3,), (0, 1), (1,)]  # which places each step looks at


def attention(pen: Pen, read: list[Box], write: list[Box]) -> None:
    """Hand on a new average for each step, whose weights the state before asks for."""
    label = "keys and values: all of $h_1$ … $h_T$"
    bar = pen.centred(170, 158, 288, 26, label, "key")
    for state in read:
        x, y = state.bottom()
        pen.arrow((x, y), (x, bar.y), role="key")
    for step, (before, state) in enumerate(pairwise(write), start=1):
        x, y = state.top()
        marked = {(0, place): "weight" for place in LOOKS[step - 1]}
        weights = pen.cells(x - 20, 204, 1, 4, (16, 10), others=marked)
        pen.line((x, bar.bottom()[1]), weights.top(), role="key")
        pen.arrow(weights.bottom(), (x, y), role="context")
        pen.text(x - 8, 236, f"$c_{step}$", anchor="end")
        (start, top), (end, level) = before.top(14), weights.left
        pen.arrow(
            (start, top), (start, 260), (x - 38, 260), (x - 38, level), (end, level),
            role="query",
        )  # fmt: skip


@drawing(
    height=HEIGHT,
    chapters=(3,),
    words="""The drawing of chapter 2 with one part swapped: encoder and decoder are the
    same. In the dashed box between them all states h 1 to h T are now keys and values.
    For each step the decoder's state before it is the query: s 0 asks, gets weights over
    the four places and from them a context c 1, which goes into s 1. Then s 1 asks and
    gets c 2, and s 2 asks and gets c 3. Each time the weights lie elsewhere.""",
)
def encoder_decoder_with_attention(pen: Pen) -> None:
    unrolled(pen, attention)
