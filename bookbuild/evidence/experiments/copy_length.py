"""Chapter 3: the same strings with attention, four scores, and lengths never trained on."""

from __future__ import annotations

from bookbuild.evidence.copying import LARGE, LENGTHS, SMALL, copied, steps, train
from bookbuild.evidence.experiment import Arm, Experiment, Figures


def copier(context: str, budget: tuple[int, int], kind: str) -> Arm:
    """Train on strings of 1 to 10 letters; copy strings up to twice as long."""

    def run(seed: int) -> Figures:
        return copied(train(context, budget, seed, 128))

    return Arm(run, kind, f"{steps(budget):,} steps")


EXPERIMENT = Experiment(
    title="Attention and the score: copying, and copying on past the training",
    chapter="03-attention.ipynb",
    question=(
        "Does attention carry what one vector does not, which score does best, and "
        "what happens past the lengths trained on?"
    ),
    claim=(
        "Up to ten letters, the longest trained on, attention copies where one "
        "vector fails, and so do equal weights on all vectors: it is choosing that "
        "helps. Beyond, it falls too: the cliff has moved. Scaled dot learns more "
        "slowly, no more."
    ),
    budget=(
        "As for the fixed vector: strings of 1 to 10 letters, batches of 64, Adam at "
        "8e-3 falling to a twentieth, chosen for the fixed vector; 200 strings a length. "
        "*Spread* is the standard deviation of the encoder's numbers."
    ),
    doubts=(
        "One vector that copies ten letters in as many steps, or attention that copies "
        "twenty letters after training on ten."
    ),
    units={f"{n} letters": (f"{n} letters", 2, 1.0) for n in LENGTHS}
    | {"spread": ("spread", 2, 1.0)},
    arms={
        "additive": copier("additive", SMALL, "idea"),
        "general": copier("general", SMALL, "idea"),
        "dot": copier("dot", SMALL, "idea"),
        "scaled dot": copier("scaled_dot", SMALL, "idea"),
        "scaled dot, more steps": copier("scaled_dot", LARGE, "idea"),
        "one vector C of 128": copier("fixed", SMALL, "rival"),
        "equal weights": copier("equal", SMALL, "control"),
    },
)
