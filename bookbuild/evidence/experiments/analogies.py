"""Chapter 1: *king* − *man* + *woman*, with and without the usual ban."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize

from attention_course.lab.pretrained import load_token_table
from bookbuild.evidence.experiment import Arm, Experiment, Figures

# Ten pairs of each kind, fixed beforehand. Each pair is asked with the next and with the
# one after that, round in a circle: 20 questions of each kind, 100 in all.
PAIRS = {
    "family": """man woman, king queen, father mother, brother sister, son daughter,
        uncle aunt, actor actress, prince princess, boy girl, husband wife""",
    "capitals": """france paris, germany berlin, italy rome, japan tokyo, russia moscow,
        spain madrid, england london, china beijing, greece athens, egypt cairo""",
    "degrees": """good better, bad worse, big bigger, small smaller, large larger,
        strong stronger, high higher, low lower, old older, fast faster""",
    "plurals": """cat cats, dog dogs, house houses, car cars, tree trees, book books,
        child children, city cities, river rivers, bird birds""",
    "past": """walk walked, talk talked, play played, go went, see saw, take took,
        make made, come came, give gave, know knew""",
}


def questions(pairs: str) -> list[list[str]]:
    """Ask each pair with the two that follow it: a is to b as c is to d."""
    each = [pair.split() for pair in pairs.split(",")]
    return [
        each[n] + each[(n + step) % len(each)]
        for n in range(len(each))
        for step in (1, 2)
    ]


QUESTIONS = [
    (kind, *question) for kind, pairs in PAIRS.items() for question in questions(pairs)
]


def answers(*, ban: bool, step: bool = True, shuffled: bool = False) -> Arm:
    """Count the analogies whose nearest row is the right word.

    Args:
        ban: leave out the three words of the question, as is usual.
        step: add b − a; without it the neighbours of c alone are asked.
        shuffled: take the step from a question of another kind: it should lead nowhere.
    """

    def run(seed: int) -> Figures:
        table = load_token_table().whole_words()
        vectors = normalize(table.vectors, dim=-1)
        draw = torch.Generator().manual_seed(seed)
        right = 0
        spot = {word: row for row, word in enumerate(table.words)}
        for kind, a, b, c, d in QUESTIONS:
            if shuffled:
                others = [other for other in QUESTIONS if other[0] != kind]
                pick = int(torch.randint(len(others), (1,), generator=draw))
                a, b = others[pick][1:3]
            x = table.vectors[spot[c]]
            if step:
                x = x + table.vectors[spot[b]] - table.vectors[spot[a]]
            cosines = vectors @ normalize(x, dim=0)
            if ban:
                cosines[[spot[word] for word in (a, b, c)]] = -1.0
            right += int(table.words[int(cosines.argmax())] == d)
        return {"right": right, "asked": len(QUESTIONS)}

    kind = "control" if shuffled else "idea" if step else "rival"
    return Arm(run, kind, seeds=(0, 1, 2) if shuffled else (0,))


EXPERIMENT = Experiment(
    title="Analogies in a trained table",
    chapter="01-embedding.ipynb",
    question=(
        "Does *king* − *man* + *woman* lead to *queen*, or does the usual ban on the "
        "three words of the question?"
    ),
    claim=(
        "Without the ban on the words of the question hardly any analogy comes out right. "
        "With it most do, and more than a third do without any step at all."
    ),
    budget=(
        "One published table, 100 analogies fixed beforehand, 20 of each of five kinds; "
        "nothing trained."
    ),
    doubts="A table in which the step alone leads to the right word.",
    units={"right": ("right", 0, 1.0), "asked": ("of", 0, 1.0)},
    arms={
        "b − a + c, the question's words banned": answers(ban=True),
        "b − a + c, nothing banned": answers(ban=False),
        "c alone, the question's words banned": answers(ban=True, step=False),
        "the step of another kind of question, banned": answers(
            ban=True, shuffled=True
        ),
    },
)
