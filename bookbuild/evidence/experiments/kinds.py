"""Chapter 1: do words of a kind stand together in a trained table? In any table?"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import normalize

from attention_course.lab.pretrained import load_token_table
from bookbuild.evidence.experiment import Arm, Experiment, Figures

KINDS = {  # fixed beforehand; the first five are the chapter's
    "days": "monday wednesday friday sunday",
    "numbers": "two three five eight nine",
    "animals": "cat horse sheep rabbit bird",
    "countries": "france germany spain china brazil",
    "colours": "red green blue yellow black",
    "months": "january march june october december",
    "family": "mother father brother daughter uncle",
    "body": "hand foot knee shoulder elbow",
    "metals": "iron gold silver copper lead",
    "fruit": "apple banana lemon grape orange",
    "instruments": "piano violin guitar flute drum",
    "trades": "baker doctor lawyer teacher farmer",
    "clothes": "shirt coat hat shoe dress",
    "vehicles": "car train bus ship bicycle",
    "weather": "rain snow wind storm fog",
    "rooms": "kitchen bedroom bathroom hall cellar",
}
WORDS = [word for kind in KINDS.values() for word in kind.split()]
LABELS = [name for name, kind in KINDS.items() for _ in kind.split()]


def right(vectors: Tensor, labels: list[str]) -> Figures:
    """Count the words whose nearest other one, by cosine, is of the same kind."""
    v = normalize(vectors, dim=-1)
    cosines = (v @ v.T).fill_diagonal_(-1)
    nearest = cosines.argmax(dim=1).tolist()
    hits = sum(labels[n] == label for n, label in zip(nearest, labels, strict=True))
    return {"right": hits / len(labels), "words": len(labels)}


def trained(n_words: int) -> Callable[[int], Figures]:
    """Ask the trained table, for the first words."""

    def run(seed: int) -> Figures:
        table = load_token_table()
        rows = torch.stack([table.vector(word) for word in WORDS[:n_words]])
        return right(rows, LABELS[:n_words])

    return run


def spelling(seed: int) -> Figures:
    """Compare by letters: how often each pair of letters stands side by side."""
    rows = torch.zeros(len(WORDS), 27 * 27)
    for row, word in zip(rows, WORDS, strict=True):
        numbers = [0, *(ord(letter) - ord("a") + 1 for letter in word), 0]
        for a, b in pairwise(numbers):
            row[27 * a + b] += 1
    return right(rows, LABELS)


def shuffled(seed: int) -> Figures:
    """Give the trained rows each other's names."""
    order = torch.randperm(len(WORDS), generator=torch.Generator().manual_seed(seed))
    table = load_token_table()
    rows = torch.stack([table.vector(WORDS[int(n)]) for n in order])
    return right(rows, LABELS)


EXPERIMENT = Experiment(
    title="Words of a kind",
    chapter="01-embedding.ipynb",
    question="Do words of a kind stand together in a trained table, or only on our map?",
    claim=(
        "In the trained table most words have a word of their own kind for their nearest "
        "neighbour; by spelling few do, and with the names shuffled hardly any."
    ),
    budget="One published table, 16 kinds fixed beforehand, nothing trained.",
    doubts="Kinds chosen by somebody else in which most nearest words are of another kind.",
    units={
        "right": ("% nearest of the same kind", 0, 100.0),
        "words": ("words", 0, 1.0),
    },
    arms={
        "the map's five kinds": Arm(trained(24), "idea", seeds=(0,)),
        "all sixteen kinds": Arm(trained(len(WORDS)), "idea", seeds=(0,)),
        "pairs of letters": Arm(spelling, "rival", seeds=(0,)),
        "names shuffled": Arm(shuffled, "control"),
    },
)
