"""Chapter 1: *king* − *man* + *woman*, with and without the usual ban."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize

from attention_course.lab.pretrained import load_token_table
from bookbuild.evidence.experiment import Arm, Experiment, Figures

# a is to b as c is to d, fixed beforehand, by kind.
KINDS = {
    "family": """man woman king queen
        man woman father mother
        man woman brother sister
        man woman son daughter
        man woman uncle aunt
        man woman actor actress
        man woman prince princess""",
    "capitals": """france paris germany berlin
        france paris italy rome
        france paris japan tokyo
        france paris russia moscow
        france paris spain madrid""",
    "degrees": """good better bad worse
        big bigger small smaller""",
    "forms": """walk walked talk talked
        cat cats dog dogs""",
}
QUESTIONS = [
    (kind, *line.split())
    for kind, lines in KINDS.items()
    for line in lines.splitlines()
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
        for kind, a, b, c, d in QUESTIONS:
            if shuffled:
                others = [other for other in QUESTIONS if other[0] != kind]
                pick = int(torch.randint(len(others), (1,), generator=draw))
                a, b = others[pick][1:3]
            x = table.vector(c)
            if step:
                x = x + table.vector(b) - table.vector(a)
            cosines = vectors @ normalize(x, dim=0)
            if ban:
                cosines[[table.id(word) for word in (a, b, c)]] = -1.0
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
        "Without the ban on the words of the question no analogy comes out right; with it "
        "most do, and some without any step at all."
    ),
    budget="One published table, 16 analogies fixed beforehand; nothing trained.",
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
