"""Chapter 6: how four kinds of positions bear texts longer than those of the training."""

from __future__ import annotations

from attention_course.data.novel import load_novel
from attention_course.lab.language import bits_a_character, train_language_model
from bookbuild.evidence.experiment import Arm, Experiment, Figures

STEPS, TRAINED, LENGTHS = 200, 64, (64, 128, 256, 512)
N_READ = 16_385  # characters: a whole number of pieces of each length, and one more


def positions(kind: str, name: str) -> Arm:
    """Train a small language model, and let it read longer and longer pieces."""

    def run(seed: int) -> Figures:
        model, _ = train_language_model(
            steps=STEPS, seed=seed, d_model=64, d_hidden=256, positions=name
        )
        text = load_novel("held-out")[:N_READ]
        return {
            f"length {length}": bits_a_character(
                model, text, length=length, skip=length // 2
            )
            for length in LENGTHS
        }

    return Arm(run, kind, f"{STEPS} steps")


EXPERIMENT = Experiment(
    title="Longer than trained: four kinds of positions",
    chapter="06-attention-today.ipynb",
    question=(
        "A language model learns on excerpts of 64 characters. What becomes of it on "
        "longer ones, with each kind of positions?"
    ),
    claim=(
        "At the length of the training turned positions are ahead, and the penalty is second. "
        "On longer pieces the penalty stays where it was, and so does the model without "
        "positions; sinusoids lose, and turned positions lose most: they end behind no "
        "positions at all."
    ),
    budget=(
        f"{STEPS} steps of 32 excerpts of {TRAINED} characters, two blocks of 64 numbers and "
        "4 heads, AdamW at 4e-3, chosen by hand for rotary positions; 16,384 held-out "
        "characters, of each piece the second half."
    ),
    doubts=(
        "Another rate, longer training, or more seeds in which the penalty degrades or "
        "turned positions do not."
    ),
    units={f"length {n}": (f"bits at length {n}", 2, 1.0) for n in LENGTHS},
    arms={
        "a penalty for distance": positions("idea", "distance"),
        "rotary": positions("rival", "rotary"),
        "sinusoids": positions("rival", "waves"),
        "no positions": positions("control", "none"),
    },
)
