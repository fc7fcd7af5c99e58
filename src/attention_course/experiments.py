"""Chapters 2 and 3: the two experiments, so that both chapters run the very same ones.

Each trains an :class:`EncoderDecoder` on a small budget. Only ``context`` changes: the
fixed vector C, or attention with one of the four scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch.optim import Adam
from torch.optim.lr_scheduler import LinearLR

from .data.copy_task import copy_vocabulary, make_copies
from .data.dates import date_vocabulary, iso_vocabulary, make_dates
from .data.sequences import Batches, PairLike
from .encoder_decoder import EncoderDecoder, exact_match, sequence_loss, translate
from .training import History, fit

__all__ = ["copies_right", "dates_right", "train_copier", "train_translator"]


def train_translator(
    context: str, *, epochs: int, lr: float, seed: int = 0, n_train: int = 8_000
) -> tuple[EncoderDecoder, History]:
    """Train a translator from dates in six languages to ISO 8601.

    Args:
        context: "fixed", or the score of the attention.
        epochs: how often to go through the dates.
        lr: Adam's learning rate at the start; it falls in a line to a twentieth.
        seed: for the dates, the parameters and the order of the batches.
        n_train: how many dates to train on.

    Returns:
        The model, and its history with the exact match on validation days.

    Chapters 2 and 3.
    """
    train = make_dates(n_train, seed=seed)
    validation = make_dates(1_000, seed=seed, split="validation")
    batches = Batches(train, date_vocabulary(), iso_vocabulary(), batch_size=64)
    model = _seeded_model(
        seed, len(date_vocabulary()), len(iso_vocabulary()), context=context
    )
    history = _fit(
        model, batches, epochs, lr, seed, lambda model: dates_right(model, validation)
    )
    return model, history


def dates_right(model: EncoderDecoder, pairs: Sequence[PairLike]) -> float:
    """Return the share of dates that a model translates without any mistake.

    Args:
        model: from :func:`train_translator`.
        pairs: dates with their translations.

    Returns:
        Exact match, from 0 to 1.

    Chapters 2 and 3.
    """
    texts = [pair.source for pair in pairs]
    answers = translate(
        model, texts, date_vocabulary(), iso_vocabulary(), max_length=12
    )
    return exact_match([answer.text for answer in answers], [p.target for p in pairs])


def train_copier(context: str, *, d_context: int = 64, seed: int = 0) -> EncoderDecoder:
    """Train a model to copy strings of 1 to 10 random letters.

    Args:
        context: "fixed", or the score of the attention.
        d_context: length of C; used by "fixed" only.
        seed: for the strings, the parameters and the order of the batches.

    Returns:
        The model.

    Chapters 2 and 3.
    """
    vocabulary = copy_vocabulary()
    train = make_copies(4_000, seed=seed, min_length=1, max_length=10)
    model = _seeded_model(
        seed,
        len(vocabulary),
        len(vocabulary),
        context=context,
        d_encoder=64,
        d_decoder=64,
        d_context=d_context,
    )
    _fit(model, Batches(train, vocabulary, vocabulary, batch_size=64), 6, 8e-3, seed)
    return model


def copies_right(model: EncoderDecoder, length: int, *, n: int = 200) -> float:
    """Return the share of strings of one length that a model copies without mistake.

    Args:
        model: from :func:`train_copier`.
        length: letters in each string.
        n: how many strings; they depend on ``length`` only.

    Returns:
        Exact match, from 0 to 1.

    Chapters 2 and 3.
    """
    vocabulary = copy_vocabulary()
    pairs = make_copies(n, seed=10_000 + length, min_length=length, max_length=length)
    texts = [pair.source for pair in pairs]
    copies = translate(model, texts, vocabulary, vocabulary, max_length=length + 2)
    return exact_match([copy.text for copy in copies], texts)


def _seeded_model(
    seed: int, n_source: int, n_target: int, **sizes: str | int
) -> EncoderDecoder:
    with torch.random.fork_rng():  # the caller's random numbers stay as they are
        torch.manual_seed(seed)
        return EncoderDecoder(n_source, n_target, **sizes)  # type: ignore[arg-type]


def _fit(
    model: EncoderDecoder,
    batches: Batches,
    epochs: int,
    lr: float,
    seed: int,
    evaluate: Callable[[EncoderDecoder], float] | None = None,
) -> History:
    optimizer = Adam(model.parameters(), lr=lr)
    falling = LinearLR(optimizer, 1.0, 0.05, total_iters=epochs * len(batches))
    return fit(
        model,
        batches,
        sequence_loss,
        epochs=epochs,
        optimizer=optimizer,
        scheduler=falling,
        seed=seed,
        evaluate=evaluate,
    )
