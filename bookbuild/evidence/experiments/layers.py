"""Chapter 2: a second layer of GRUs in the encoder, and dropout between the two."""

from __future__ import annotations

from torch import nn

from attention_course.data.dates import date_vocabulary, iso_vocabulary, make_dates
from attention_course.data.sequences import Batches
from attention_course.encoder_decoder import EncoderDecoder
from attention_course.lab import translation
from attention_course.lab.training import seeded
from bookbuild.evidence.experiment import Arm, Experiment, Figures

EPOCHS, LR, N_TRAIN, N_TEST = 24, 8e-3, 1_000, 2_000


def encoder(kind: str, n_layers: int, d_encoder: int, dropout: float = 0.0) -> Arm:
    """Train chapter 2's translator with another encoder, on few dates."""

    def run(seed: int) -> Figures:
        source, target = date_vocabulary(), iso_vocabulary()
        with seeded(seed):
            model = EncoderDecoder(len(source), len(target), d_encoder=d_encoder)
            if n_layers > 1:
                for name in ("forwards", "backwards"):
                    setattr(model.encoder, name, stacked(n_layers, dropout))
        dates = make_dates(N_TRAIN, seed=seed)
        batches = Batches(dates, source, target, batch_size=64)
        translation._fit(model, batches, EPOCHS, LR, seed)
        new = make_dates(N_TEST, seed=seed, split="test")
        return {
            "new": translation.dates_right(model, new),
            "seen": translation.dates_right(model, dates),
            "parameters": sum(p.numel() for p in model.parameters()),
        }

    return Arm(run, kind, f"{n_layers} layer{'s' * (n_layers > 1)}")


def stacked(n_layers: int, dropout: float) -> nn.GRU:
    """Make a GRU of several layers, each of which reads the states of the one below."""
    return nn.GRU(32, 64, num_layers=n_layers, dropout=dropout, batch_first=True)


EXPERIMENT = Experiment(
    title="Dates: two layers, and dropout",
    chapter="02-encoder-decoder.ipynb",
    question=(
        "On few dates, does a second layer of GRUs help the encoder, and does dropout "
        "between the two?"
    ),
    claim=(
        "On 1,000 dates two layers are ahead of one in every seed. But one wide layer with "
        "about as many parameters comes near, and their ranges overlap; and a dropout of 0.2 "
        "changes nothing that three seeds can show. At 0.95 hardly anything reaches the "
        "second layer, and the model fails."
    ),
    budget=(
        "1,000 dates instead of chapter 2's 8,000, 24 epochs in batches of 64, 384 steps, Adam "
        "at chapter 2's 8e-3, falling to a twentieth; 2,000 test dates. Nothing was tuned."
    ),
    doubts="Another rate or more steps that turn the order round, or more dropout that helps.",
    units={
        "new": ("% of new dates right", 1, 100.0),
        "seen": ("% of the 1,000", 1, 100.0),
        "parameters": ("parameters", 0, 1.0),
    },
    arms={
        "one layer": encoder("rival", 1, 128),
        "one wide layer": encoder("rival", 1, 210),
        "two layers": encoder("idea", 2, 128),
        "two layers, dropout 0.2": encoder("idea", 2, 128, 0.2),
        "two layers, dropout 0.95": encoder("control", 2, 128, 0.95),
    },
)
