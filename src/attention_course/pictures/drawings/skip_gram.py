"""Chapter 1: a word's vector is compared with a neighbour's and with random words'."""

from . import drawing
from .shared.pen import Pen

WORDS = ("low", "woody", "plant", "with", "stems")
NEIGHBOUR, CENTRE = 1, 2
SIDE = 22


@drawing(
    height=330,
    chapters=(1,),
    words="""A row of words: low, woody, plant, with, stems. The word plant, number i, is
    in the centre, the word woody, number j, is one of its neighbours. Below, the vector
    u of the centre is compared with three vectors v: that of the neighbour, and those of
    N words r drawn at random. Each comparison is a dot product a, which the sigmoid
    turns into a number between 0 and 1. It should be near 1 for the neighbour and near 0
    for every random word. The loss L adds up how far off they are.""",
)
def skip_gram(pen: Pen) -> None:
    roles = {CENTRE: "query", NEIGHBOUR: "key"}
    boxes = [
        pen.box(12 + 64 * n, 14, 60, 28, word, roles.get(n, "plain"))
        for n, word in enumerate(WORDS)
    ]
    pen.text(boxes[NEIGHBOUR].centre[0], 56, "$j$")
    pen.text(boxes[CENTRE].centre[0], 56, "$i$")
    pen.text(boxes[4].right[0], 58, "neighbours of $i$", anchor="end", role="soft")

    own = pen.cells(16, 178, 1, 4, SIDE, "query")
    pen.text(own.centre[0], 166, "$u_i$")
    rows = [
        (98, "neighbour: $v_j$", "near 1"),
        (166, "random: $v_r$, $r$ = $r_1$", "near 0"),
        (234, "random: $v_r$, $r$ = $r_N$", "near 0"),
    ]
    for y, name, wanted in rows:
        other = pen.cells(150, y + 12, 1, 4, SIDE, "key")
        pen.text(150, y, name, anchor="start")
        pen.arrow(own.right, other.left)
        pen.arrow(other.right, (272, other.centre[1]))
        pen.text(278, other.centre[1] - 9, "$σ(a)$", anchor="start")
        pen.text(278, other.centre[1] + 9, wanted, anchor="start", role="soft")
    pen.text(16, 296, "$a$: dot product of $u_i$ and the other", anchor="start")
    pen.text(
        16, 316, "loss $L$: how far off, added up over all $N$ + 1", anchor="start"
    )
