"""Chapter 3: where the look stands, before the decoder's step or after it."""

from . import drawing
from .shared.pen import Box, Pen

STEP = 62  # from one box to the next


@drawing(
    height=424,
    chapters=(3,),
    words="""Two decoders side by side, each from top to bottom. Left, Bahdanau: the state
    s t−1 is the query; attention gives the context c t; the GRU takes s t−1, the written
    token y t−1 and c t, and makes the state s t, from which y t is read. Right, Luong:
    the GRU takes s t−1 and y t−1 and makes s t first; s t is the query; attention gives
    c t; s t and c t together make a last vector, from which y t is read. So the look
    comes before the step or after it.""",
)
def bahdanau_and_luong(pen: Pen) -> None:
    pen.text(85, 20, "Bahdanau", bold=True)
    pen.text(85, 40, "look, then step", role="soft")
    pen.text(255, 20, "Luong", bold=True)
    pen.text(255, 40, "step, then look", role="soft")
    looks_first(pen, 98)
    steps_first(pen, 268)


def looks_first(pen: Pen, cx: float) -> None:
    """Bahdanau: the state before the step asks."""
    tops = [60 + STEP * number for number in range(6)]
    state = pen.centred(cx, tops[0], 56, 28, "$s_{t−1}$", "shade")
    look = pen.centred(cx, tops[1], 100, 30, "attend to $h_j$", "key")
    context = pen.centred(cx, tops[2], 52, 28, "$c_t$", "context")
    step = pen.centred(cx, tops[3], 100, 30, "GRU")
    after = pen.centred(cx, tops[4], 52, 28, "$s_t$", "shade")
    written = pen.centred(cx, tops[5] - 4, 52, 28, "$y_t$", "ground")
    pen.arrow(state.bottom(), look.top(), role="query")
    pen.arrow(look.bottom(), context.top(), role="context")
    pen.arrow(context.bottom(), step.top(), role="context")
    pen.arrow(step.bottom(), after.top())
    pen.arrow(after.bottom(), written.top())
    x, y = state.left
    pen.arrow((x, y), (cx - 62, y), (cx - 62, step.left[1]), step.left)
    symbol_before(pen, step)


def steps_first(pen: Pen, cx: float) -> None:
    """Luong: the state after the step asks."""
    tops = [60 + STEP * number for number in range(6)]
    state = pen.centred(cx, tops[0], 56, 28, "$s_{t−1}$", "shade")
    step = pen.centred(cx, tops[1], 100, 30, "GRU")
    after = pen.centred(cx, tops[2], 52, 28, "$s_t$", "shade")
    look = pen.centred(cx, tops[3], 100, 30, "attend to $h_j$", "key")
    context = pen.centred(cx, tops[4], 52, 28, "$c_t$", "context")
    written = pen.centred(cx, tops[5] - 4, 52, 28, "$y_t$", "ground")
    pen.arrow(state.bottom(), step.top())
    pen.arrow(step.bottom(), after.top())
    pen.arrow(after.bottom(), look.top(), role="query")
    pen.arrow(look.bottom(), context.top(), role="context")
    pen.arrow(context.bottom(), written.top(), role="context")
    x, y = after.left
    pen.arrow((x, y), (cx - 62, y), (cx - 62, written.left[1]), written.left)
    symbol_before(pen, step)


def symbol_before(pen: Pen, step: Box) -> None:
    """Let a step read the token that was written last."""
    x, y = step.bottom(-34)
    pen.text(x - 32, y + 22, "$y_{t−1}$")
    pen.arrow((x - 14, y + 20), (x, y + 20), (x, y))
