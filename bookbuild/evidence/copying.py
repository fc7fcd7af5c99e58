"""What the experiments on copying letters share: training, contexts of their own, lengths."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attention_course.data.copy_task import copy_vocabulary, make_copies
from attention_course.data.sequences import Batches, pad
from attention_course.encoder_decoder import Encoded, EncoderDecoder
from attention_course.lab import translation
from bookbuild.evidence.experiment import Figures

LENGTHS = (4, 6, 8, 10, 12, 15, 20)
SMALL = (4_000, 6)  # strings, epochs: 378 steps of 64, the chapters'
LARGE = (20_000, 6)  # 1,878 steps


class Blind(nn.Module):
    """No context at all: the decoder knows nothing of the source."""

    d_context = 64

    def forward(self, state: Tensor, encoded: Encoded) -> tuple[Tensor, None]:
        return state.new_zeros(len(state), self.d_context), None


class EqualWeights(nn.Module):
    """The mean of all of the encoder's vectors: all of them, and nothing to choose with."""

    def __init__(self, d_encoder: int) -> None:
        super().__init__()
        self.d_context = d_encoder

    def forward(self, state: Tensor, encoded: Encoded) -> tuple[Tensor, Tensor]:
        weights = encoded.mask / encoded.mask.sum(dim=1, keepdim=True)  # (B, T_in)
        return (weights.unsqueeze(1) @ encoded.states).squeeze(1), weights


def steps(budget: tuple[int, int]) -> int:
    """Count the steps of a budget, in batches of 64."""
    n_train, epochs = budget
    return epochs * -(-n_train // 64)


def train(
    context: str, budget: tuple[int, int], seed: int, d_context: int = 64
) -> EncoderDecoder:
    """Train a copier as the chapters do, on any budget, with any context."""
    n_train, epochs = budget
    vocabulary = copy_vocabulary()
    strings = make_copies(n_train, seed=seed, min_length=1, max_length=10)
    named = "dot" if context in ("blind", "equal") else context
    n = len(vocabulary)
    model = translation._seeded_model(
        seed, n, n, context=named, d_encoder=64, d_decoder=64, d_context=d_context
    )
    if context == "blind":
        model.decoder.context = Blind()  # type: ignore[assignment]
    elif context == "equal":
        model.decoder.context = EqualWeights(64)  # type: ignore[assignment]
    batches = Batches(strings, vocabulary, vocabulary, batch_size=64)
    translation._fit(model, batches, epochs, 8e-3, seed)
    return model


@torch.no_grad()
def copied(model: EncoderDecoder) -> Figures:
    """Copy 200 strings of each length, and say how large the encoder's numbers are."""
    figures: Figures = {
        f"{n} letters": translation.copies_right(model, n) for n in LENGTHS
    }
    vocabulary = copy_vocabulary()
    some = make_copies(200, seed=10_010, min_length=10, max_length=10)
    numbers, mask = pad([vocabulary.encode(pair.source) for pair in some])
    figures["spread"] = float(model.encode(numbers, mask).states[mask].std())
    return figures
