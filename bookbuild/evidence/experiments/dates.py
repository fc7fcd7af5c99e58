"""Chapters 2 to 4: dates by a fixed vector, by attention, by a Transformer."""

from __future__ import annotations

from attention_course.data.dates import make_dates
from attention_course.lab.translation import (
    dates_right,
    train_transformer,
    train_translator,
    transformer_dates_right,
)
from bookbuild.evidence.experiment import Arm, Experiment, Figures

N_TEST = 2_000


def recurrent(context: str, kind: str, epochs: int, lr: float) -> Arm:
    """Train chapter 2's or 3's translator."""

    def run(seed: int) -> Figures:
        model, _ = train_translator(context, epochs=epochs, lr=lr, seed=seed)
        right = dates_right(model, make_dates(N_TEST, seed=seed, split="test"))
        return {
            "right": right,
            "parameters": sum(p.numel() for p in model.parameters()),
        }

    return Arm(run, kind, f"{epochs} epochs, rate {lr:g}")


def transformer(epochs: int, lr: float) -> Arm:
    """Train chapter 4's Transformer."""

    def run(seed: int) -> Figures:
        model, _ = train_transformer(epochs=epochs, lr=lr, seed=seed)
        test = make_dates(N_TEST, seed=seed, split="test")
        right = transformer_dates_right(model, test)
        return {
            "right": right,
            "parameters": sum(p.numel() for p in model.parameters()),
        }

    return Arm(run, "idea", f"{epochs} epochs, rate {lr:g}")


EXPERIMENT = Experiment(
    title="Dates: a fixed vector, attention, a Transformer",
    chapter="03-attention.ipynb",
    question=(
        "In as many epochs, what does attention gain on dates, and is a Transformer "
        "ahead of a GRU?"
    ),
    claim=(
        "In the same three epochs attention translates all dates and the fixed "
        "vector about nine in ten, at attention's rate fewer. The small Transformer "
        "learns more slowly than the GRU with attention."
    ),
    budget=(
        "8,000 dates, batches of 64, Adam at the chapters' rates, falling to a twentieth; "
        "2,000 test dates. No rate was tuned for three epochs."
    ),
    doubts=(
        "A fixed vector that reaches attention in three epochs at another rate, or a "
        "Transformer of this size that learns as fast as the GRU."
    ),
    units={"right": ("% right", 1, 100.0), "parameters": ("parameters", 0, 1.0)},
    arms={
        "fixed vector": recurrent("fixed", "rival", 3, 8e-3),
        "fixed vector, attention's rate": recurrent("fixed", "control", 3, 4e-3),
        "attention, additive": recurrent("additive", "idea", 3, 4e-3),
        "Transformer": transformer(3, 5e-3),
    },
)
