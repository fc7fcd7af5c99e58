"""Chapter 2: one step of a gated recurrent unit."""

from . import drawing
from .shared.pen import Pen


@drawing(
    height=392,
    chapters=(2,),
    words="""One step of a gated recurrent unit, from top to bottom. The input x t and the
    state before, h t−1, together go to two gates, z t and r t, whose numbers lie between
    0 and 1. The candidate n t is made from the input and from the state multiplied by
    r t. At the bottom z t mixes the two: h t is z t times h t−1 plus 1 minus z t times
    n t. On the left the state before runs straight down to that sum.""",
)
def gru_cell(pen: Pen) -> None:
    before = pen.centred(46, 14, 60, 30, "$h_{t−1}$", "shade")
    symbol = pen.centred(270, 14, 60, 30, "$x_t$", "shade")
    both = pen.box(96, 74, 230, 30, "$x_t$ and $h_{t−1}$")
    update = pen.centred(130, 144, 68, 46, "$z_t$\nkeep?", "weight")
    reset = pen.centred(212, 144, 68, 46, "$r_t$\nuse?", "weight")
    fresh = pen.centred(288, 224, 76, 46, "$n_t$\nnew", "shade")
    mixed = pen.box(14, 308, 312, 30, "$z_t h_{t−1} + (1 − z_t) n_t$", "shade")
    pen.arrow(before.bottom(), (46, mixed.y))
    pen.arrow((46, both.left[1]), both.left)
    pen.arrow(symbol.bottom(), (270, both.y))
    for gate in (update, reset):
        pen.arrow((gate.centre[0], both.bottom()[1]), gate.top())
    pen.arrow((288, both.bottom()[1]), fresh.top())
    pen.arrow(reset.bottom(), (212, fresh.left[1]), fresh.left, role="weight")
    pen.arrow(update.bottom(), (130, mixed.y), role="weight")
    pen.arrow(fresh.bottom(), (288, mixed.y))
    after = (170, 384)
    pen.arrow((170, 338), after)
    pen.text(182, 370, "$h_t$", anchor="start")
