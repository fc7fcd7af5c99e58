"""Chapter 3: compare, weigh, average."""

from . import drawing
from .shared.pen import Pen

COLUMNS = [130, 186, 242, 298]
WEIGHTS = [0.05, 0.15, 0.7, 0.1]


@drawing(
    height=452,
    chapters=(3,),
    words="""One attention step, from top to bottom. Compare: the query q is compared with
    each of four keys, k 0 to k 3, which gives four scores s. Weigh: a softmax over the
    four scores gives four weights w, positive and together one, here 0.05, 0.15, 0.7 and
    0.1. Average: each value v is multiplied by its weight and the products are added up,
    the third with the thickest arrow. The sum is the output.""",
)
def attention_step(pen: Pen) -> None:
    query = pen.box(98, 14, 230, 30, "query $q_i$: $d_k$ numbers", "query")
    bar = pen.box(98, 178, 230, 30, "softmax")
    sum_up = pen.box(98, 356, 230, 30, "add up")
    for number, (cx, weight) in enumerate(zip(COLUMNS, WEIGHTS, strict=True)):
        key = pen.centred(cx, 68, 32, 28, f"$k_{number}$", "key")
        score = pen.centred(cx, 122, 46, 28, f"$s_{{i{number}}}$")
        pen.arrow((cx - 21, query.bottom()[1]), (cx - 21, score.y), role="query")
        pen.arrow(key.bottom(), score.top(), role="key")
        pen.arrow(score.bottom(), (cx, bar.y))
        disc = pen.disc(cx, 246, 20, f"{weight:g}", "weight")
        pen.arrow((cx, bar.bottom()[1]), disc.top(), role="weight")
        value = pen.centred(cx, 294, 32, 28, f"$v_{number}$", "value")
        pen.text(cx, 280, "×")
        pen.arrow(value.bottom(), (cx, sum_up.y), role="value", stroke=0.8 + 6 * weight)
    output = pen.centred(213, 410, 120, 30, "output$_i$", "context")
    pen.arrow(sum_up.bottom(), output.top(), role="context")
    for y, name, symbol in [
        (120, "1 Compare", "$s_{ij}$"),
        (193, "2 Weigh", "$w_{ij}$"),
        (308, "3 Average", "$Σ_j w_{ij} v_j$"),
    ]:
        pen.text(12, y, name, anchor="start", bold=True)
        pen.text(12, y + 22, symbol, anchor="start")
