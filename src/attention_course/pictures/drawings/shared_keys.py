"""Chapter 6: every head its own keys, groups that share, one for all."""

from . import drawing
from .shared.pen import Pen


@drawing(
    height=330,
    chapters=(6,),
    words="""Three ways to give four heads keys and values, one below the other. Multi-head:
    each of the four queries has a key and a value of its own, four pairs to keep.
    Grouped-query: queries 0 and 1 share a pair, and so do queries 2 and 3, two pairs to
    keep. Multi-query: all four queries share one pair.""",
)
def shared_keys(pen: Pen) -> None:
    rows = (("multi-head", 4), ("grouped-query", 2), ("multi-query", 1))
    for row, (name, n_pairs) in enumerate(rows):
        top = 14 + 106 * row
        pen.text(16, top + 12, name, anchor="start", bold=True)
        pen.text(16, top + 70, f"{n_pairs} kept", anchor="start", role="soft")
        queries = [
            pen.box(138 + 50 * h, top, 40, 26, f"$Q_{h}$", "query") for h in range(4)
        ]
        for pair in range(n_pairs):
            group = queries[pair * 4 // n_pairs : (pair + 1) * 4 // n_pairs]
            cx = (group[0].centre[0] + group[-1].centre[0]) / 2
            keys = pen.centred(cx, top + 58, 47, 26, f"$K_{pair}, V_{pair}$", "key")
            for number, query in enumerate(group):
                dx = 10 * (number - (len(group) - 1) / 2)
                pen.arrow(query.bottom(), keys.top(dx))
