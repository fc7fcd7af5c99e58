"""Chapter 2: an encoder reads, one vector C is handed on, a decoder writes."""

from collections.abc import Callable
from itertools import pairwise

from . import drawing
from .shared.pen import Box, Pen

HEIGHT = 424
READ = [65, 135, 205, 275]  # where the encoder's steps stand
WRITE = [50, 130, 210, 290]  # where the decoder's states stand, the first before step 1
SLOT = Box(14, 146, 312, 102)  # what stands between: the part that chapter 3 swaps


def encoder(pen: Pen) -> list[Box]:
    """Draw what reads, in both directions, and give its states."""
    pen.box(6, 6, 328, 116, corner=10)
    pen.text(20, 24, "encoder", anchor="start", bold=True)
    names = ["1", "2", "…", "T"]
    states = []
    for cx, name in zip(READ, names, strict=True):
        if name == "…":
            pen.text(cx, 50, "…")
            pen.text(cx, 96, "…")
            states.append(Box(cx - 20, 80, 40, 32))
            continue
        token = pen.centred(cx, 38, 40, 24, f"$x_{name}$", "ground")
        state = pen.centred(cx, 80, 40, 32, f"$h_{name}$", "shade")
        pen.arrow(token.bottom(), state.top())
        states.append(state)
    for before, after in pairwise(states):
        (x0, y), (x1, _) = before.right, after.left
        pen.arrow((x0 + 3, y - 6), (x1 - 3, y - 6))
        pen.arrow((x1 - 3, y + 6), (x0 + 3, y + 6))
    return states


def decoder(pen: Pen) -> list[Box]:
    """Draw what writes, and give its states: the first stands before all steps."""
    pen.box(6, 272, 328, 146, corner=10)
    pen.text(320, 404, "decoder", anchor="end", bold=True)
    states, symbols = [], []
    for step, cx in enumerate(WRITE):
        states.append(pen.centred(cx, 296, 44, 32, f"$s_{step}$", "shade"))
        symbols.append(pen.centred(cx, 362, 40, 24, f"$y_{step}$", "ground"))
    for before, after in pairwise(states):
        pen.arrow(before.right, after.left)
    for state, symbol in zip(states[1:], symbols[1:], strict=True):
        pen.arrow(state.bottom(), symbol.top())
    for symbol, state in zip(symbols, states[1:], strict=False):
        x, y = symbol.right
        enters = state.bottom(-14)
        pen.arrow((x, y), (x + 18, y), (x + 18, 344), (enters[0], 344), enters)
    pen.text(50, 404, "start", role="soft")
    return states


def unrolled(pen: Pen, between: Callable[[Pen, list[Box], list[Box]], None]) -> None:
    """Draw encoder and decoder, and between them whatever hands on."""
    pen.box(*SLOT, "", "context", dashed=True, corner=10)
    between(pen, encoder(pen), decoder(pen))


def one_vector(pen: Pen, read: list[Box], write: list[Box]) -> None:
    """Hand on where the two directions ended."""
    bar = pen.centred(
        170, 184, 288, 36, "$C$, one vector for the whole source", "context"
    )
    for state in (read[0], read[-1]):
        x, y = state.bottom()
        pen.arrow((x, y), (x, bar.y), role="context")
    pen.text(170, 165, "where both directions ended", role="soft")
    for state in write[1:]:
        x, y = state.top()
        pen.arrow((x, bar.bottom()[1]), (x, y), role="context")
        pen.text(x - 9, 260, "$C$", anchor="end")


@drawing(
    height=HEIGHT,
    chapters=(2,),
    words="""An encoder and a decoder, unrolled. Above, the encoder reads x 1 to x T and
    keeps a state h for each, with arrows in both directions. Between the two a dashed
    box holds one vector C, made from where the two directions ended, at h 1 and at h T.
    Below, the decoder goes from its first state s 0 to s 1, s 2 and s 3. Each of these
    gets the same C and the token written before, and writes the next token y.""",
)
def encoder_decoder(pen: Pen) -> None:
    unrolled(pen, one_vector)
