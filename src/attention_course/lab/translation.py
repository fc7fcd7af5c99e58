"""Chapters 2 to 4: the experiments, so that all chapters run the very same ones.

Chapters 2 and 3 train an :class:`EncoderDecoder` on a small budget. Only ``context``
changes: the fixed vector C, or attention with one of the four scores. Chapter 4 gives
the same dates, and the same budget, to a :class:`Transformer`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Adam
from torch.optim.lr_scheduler import LinearLR

from ..data.copy_task import copy_vocabulary, make_copies
from ..data.dates import date_vocabulary, iso_vocabulary, make_dates
from ..data.sequences import (
    END,
    START,
    Batches,
    Pair,
    PairLike,
    Vocabulary,
    make_batch,
    pad,
)
from ..encoder_decoder import (
    CONTEXTS,
    EncoderDecoder,
    exact_match,
    sequence_loss,
    translate,
)
from ..self_attention import Transformer
from ..shapes import (
    a,
    checked,
    integer,
    number,
    one_of,
    positive,
    some_strings,
    string_pairs,
)
from .training import History, fit, seeded

__all__ = [
    "copies_right",
    "dates_right",
    "gradient_paths",
    "train_copier",
    "train_transformer",
    "train_translator",
    "transformer_dates_right",
    "write_dates",
]

ModelT = TypeVar("ModelT", bound=nn.Module)


@checked(
    context=one_of(CONTEXTS),
    epochs=positive,
    lr=number(above=0),
    seed=integer,
    n_train=positive,
)
def train_translator(
    context: str, *, epochs: int, lr: float, seed: int = 0, n_train: int = 8_000
) -> tuple[EncoderDecoder, History]:
    """Train a translator from dates in five languages to ISO 8601.

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


@checked(pairs=string_pairs)
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


@torch.enable_grad()
@checked(
    model=a(EncoderDecoder), pair=a(Pair), source=a(Vocabulary), target=a(Vocabulary)
)
def gradient_paths(
    model: EncoderDecoder, pair: Pair, source: Vocabulary, target: Vocabulary
) -> Tensor:
    r"""Tell how much of each written token's gradient comes back to each token read.

    Formula: ``paths[t, j] = ‖∂L_t / ∂x_j‖``, ``L_t = -log p(y_t | y_1, …, y_{t-1}, x)``

    Args:
        model: any encoder-decoder; its parameters are left as they are.
        pair: what is read, and the right answer.
        source: the model's source vocabulary.
        target: the model's target vocabulary.

    Returns:
        Norms of gradients ``(T_out, T_in)``, with the token ``<end>`` as the last row.

    Source: Pascanu et al. 2013 (arXiv 1211.5063), section 2. Chapters 2 and 3.
    """
    batch = make_batch([pair], source, target)
    x = model.encoder.embedding(batch.source).detach().requires_grad_()  # (1, T_in, d)
    hook = model.encoder.embedding.register_forward_hook(lambda *_: x)
    try:
        logits, _ = model(batch.source, batch.source_mask, batch.target_in)
    finally:
        hook.remove()
    losses = cross_entropy(logits[0], batch.target_out[0], reduction="none")  # (T_out,)
    gradients = [torch.autograd.grad(loss, x, retain_graph=True)[0] for loss in losses]
    return torch.cat(gradients).norm(dim=-1)  # (T_out, T_in)


@checked(context=one_of(CONTEXTS), d_context=positive, seed=integer)
def train_copier(context: str, *, d_context: int = 64, seed: int = 0) -> EncoderDecoder:
    """Train a model to copy strings of 1 to 10 random letters.

    Args:
        context: "fixed", or the score of the attention.
        d_context: dimension of C; used by "fixed" only.
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


@checked(length=positive, n=positive)
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


@checked(epochs=positive, lr=number(above=0), seed=integer, n_train=positive)
def train_transformer(
    *, epochs: int, lr: float, seed: int = 0, n_train: int = 8_000
) -> tuple[Transformer, History]:
    """Train a Transformer on the dates of :func:`train_translator`, in the same way.

    Args:
        epochs, lr, seed, n_train: as for :func:`train_translator`.

    Returns:
        The model, and its history with the exact match on validation days.

    Chapter 4.
    """
    train = make_dates(n_train, seed=seed)
    validation = make_dates(1_000, seed=seed, split="validation")
    source, target = date_vocabulary(), iso_vocabulary()
    batches = Batches(train, source, target, batch_size=64)
    with seeded(seed):
        model = Transformer(len(source), len(target))
    history = _fit(
        model,
        batches,
        epochs,
        lr,
        seed,
        lambda model: transformer_dates_right(model, validation),
    )
    return model, history


@torch.no_grad()
@checked(model=a(Transformer), texts=some_strings, max_length=positive)
def write_dates(
    model: Transformer, texts: Sequence[str], *, max_length: int = 12
) -> list[str]:
    """Translate dates greedily: each step reads all that has been written so far.

    Args:
        model: from :func:`train_transformer`.
        texts: at least one string, none empty.
        max_length: steps after which a date without end is cut.

    Returns:
        One string for each text.

    Chapter 4.
    """
    source, mask = pad([date_vocabulary().encode(text) for text in texts])
    states = model.encode(source, mask)
    written = torch.full((len(texts), 1), START)  # (B, 1)
    while written.shape[1] <= max_length and not (written == END).any(dim=1).all():
        logits, _ = model.decode(written, states, mask)
        written = torch.cat([written, logits[:, -1:].argmax(dim=-1)], dim=1)
    return [iso_vocabulary().decode(row) for row in written]  # up to the first END


@checked(pairs=string_pairs)
def transformer_dates_right(model: Transformer, pairs: Sequence[PairLike]) -> float:
    """Return the share of dates that a Transformer translates without any mistake.

    Args:
        model: from :func:`train_transformer`.
        pairs: dates with their translations.

    Returns:
        Exact match, from 0 to 1.

    Chapter 4.
    """
    answers = write_dates(model, [pair.source for pair in pairs])
    return exact_match(answers, [pair.target for pair in pairs])


def _seeded_model(
    seed: int, n_source: int, n_target: int, **sizes: str | int
) -> EncoderDecoder:
    with seeded(seed):
        return EncoderDecoder(n_source, n_target, **sizes)  # type: ignore[arg-type]


def _fit(
    model: ModelT,
    batches: Batches,
    epochs: int,
    lr: float,
    seed: int,
    evaluate: Callable[[ModelT], float] | None = None,
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
