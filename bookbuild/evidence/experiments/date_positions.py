"""Chapter 6: do positions hold chapter 4's small Transformer back on the dates?"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from attention_course.attention_today import GroupedAttention
from attention_course.data.dates import date_vocabulary, iso_vocabulary, make_dates
from attention_course.data.sequences import Batches
from attention_course.lab import translation
from attention_course.lab.training import seeded
from attention_course.self_attention import MultiHeadAttention, Transformer
from bookbuild.evidence.experiment import Arm, Experiment, Figures

N_TEST = 2_000


class WithoutWaves(Transformer):
    """Chapter 4's Transformer with nothing added for positions."""

    def __init__(self, *sizes: Any, **options: Any) -> None:
        super().__init__(*sizes, **options)
        self.places: Tensor = self.places * 0


class Rotary(WithoutWaves):
    """The same, with queries and keys turned wherever a sequence looks at itself."""

    def __init__(self, *sizes: Any, **options: Any) -> None:
        super().__init__(*sizes, **options)
        for block in (*self.encoder.blocks, *self.decoder.blocks):
            old = block.attention
            assert isinstance(old, MultiHeadAttention)
            new = GroupedAttention(old.d_model, old.n_heads, positions="rotary")
            new.load_state_dict(old.state_dict())
            block.attention = new


def transformer(kind: str, model_class: type[Transformer]) -> Arm:
    """Train chapter 4's Transformer, or one with other positions, as chapter 4 does."""

    def run(seed: int) -> Figures:
        source, target = date_vocabulary(), iso_vocabulary()
        dates = make_dates(8_000, seed=seed)
        with seeded(seed):
            model = model_class(len(source), len(target))
        batches = Batches(dates, source, target, batch_size=64)
        translation._fit(model, batches, 3, 5e-3, seed)
        test = make_dates(N_TEST, seed=seed, split="test")
        return {
            "right": translation.transformer_dates_right(model, test),
            "parameters": sum(p.numel() for p in model.parameters()),
        }

    return Arm(run, kind, "3 epochs, rate 0.005")


EXPERIMENT = Experiment(
    title="Dates: sinusoids, rotary positions, none",
    chapter="06-attention-today.ipynb",
    question=(
        "On the dates, a small Transformer learns more slowly than a GRU with attention. "
        "Is it its positions that hold it back?"
    ),
    claim=(
        "In part at least: with rotary positions the same Transformer is ahead of itself "
        "with sinusoids in every seed, and without positions it fails."
    ),
    budget=(
        "8,000 dates, 3 epochs in batches of 64, Adam at 5e-3, falling to a twentieth; 2,000 "
        "test dates; the rate is chapter 4's, tuned for sinusoids. Rotary positions turn "
        "within the source and within the target, not between the two."
    ),
    doubts="Another rate, or turning in cross-attention too, that changes the order.",
    units={"right": ("% right", 1, 100.0), "parameters": ("parameters", 0, 1.0)},
    arms={
        "rotary": transformer("idea", Rotary),
        "sinusoids": transformer("rival", Transformer),
        "no positions": transformer("control", WithoutWaves),
    },
)
