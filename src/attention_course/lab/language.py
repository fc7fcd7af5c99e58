"""Chapter 6: the language models that it trains, and their rival, a model that counts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from ..attention_today import LanguageModel, window_mask
from ..data.novel import load_novel, novel_vocabulary
from ..shapes import a, checked, integer, integers, number, positive, string, whole
from .training import History, fit, seeded

__all__ = [
    "CountingModel",
    "bits_a_character",
    "make_repeats",
    "repeats_right",
    "train_language_model",
    "train_repeater",
]

LENGTH = 64  # characters that the model sees at once while it is trained
BATCH = 32
N_SYMBOLS = 26  # of the strings that repeat themselves


class Excerpts:
    """Random excerpts of a text, a batch a step: ``(BATCH, LENGTH + 1)`` integers."""

    def __init__(self, tokens: Tensor, n_steps: int) -> None:
        self.tokens, self.n_steps = tokens, n_steps

    def __len__(self) -> int:
        return self.n_steps

    def __iter__(self) -> Iterator[Tensor]:
        for _ in range(self.n_steps):
            starts = torch.randint(len(self.tokens) - LENGTH, (BATCH, 1))
            yield self.tokens[starts + torch.arange(LENGTH + 1)]  # (BATCH, LENGTH + 1)


class Repeats:
    """Strings that repeat themselves, new ones at every step: ``(32, 33)`` integers."""

    def __init__(self, n_steps: int) -> None:
        self.n_steps = n_steps

    def __len__(self) -> int:
        return self.n_steps

    def __iter__(self) -> Iterator[Tensor]:
        for _ in range(self.n_steps):
            yield torch.cat(
                [_repeats(4, int(torch.randint(4, 17, ())), 33) for _ in range(8)]
            )


def _repeats(
    n: int, period: int, length: int, generator: torch.Generator | None = None
) -> Tensor:
    """Draw strings of ``period`` different symbols each, repeated up to ``length``."""
    order = torch.rand(n, N_SYMBOLS, generator=generator).argsort(dim=-1)
    once = order[:, :period]  # (n, period)
    return once.repeat(1, -(-length // period))[:, :length]  # (n, length)


@checked(n=positive, period=positive, length=positive, seed=integer)
def make_repeats(n: int, *, period: int, length: int, seed: int) -> Tensor:
    """Draw strings that repeat themselves: what comes next stands one period back.

    Args:
        n: how many.
        period: symbols before the string begins anew, all different; at most 26.
        length: of each string.
        seed: the same seed gives the same strings.

    Returns:
        ``(n, length)`` integers from 0 to 25.

    Raises:
        ValueError: a period above 26.

    Chapter 6.
    """
    if period > N_SYMBOLS:
        raise ValueError(f"period: expected at most {N_SYMBOLS}, got {period}")
    return _repeats(n, period, length, torch.Generator().manual_seed(seed))


def next_loss(model: LanguageModel, batch: Tensor, window: int | None = None) -> Tensor:
    """Average ``-log p`` of each token after the first, given those before it."""
    length = batch.shape[1] - 1
    mask = window_mask(length, length, window)
    logits, _ = model(batch[:, :-1], mask=mask)  # (B, T, n_tokens)
    return cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())


def _train(
    model: LanguageModel,
    batches: Excerpts | Repeats,
    lr: float,
    seed: int,
    window: int | None = None,
) -> History:
    optimizer = AdamW(model.parameters(), lr=lr, betas=(0.9, 0.98), weight_decay=0.01)
    rising_and_falling = OneCycleLR(
        optimizer, max_lr=lr, total_steps=len(batches), pct_start=0.1
    )
    return fit(
        model,
        batches,
        partial(next_loss, window=window),
        epochs=1,
        optimizer=optimizer,
        scheduler=rising_and_falling,
        seed=seed,
    )


def _seeded(seed: int, n_tokens: int, **sizes: Any) -> LanguageModel:
    with seeded(seed):
        return LanguageModel(n_tokens, **sizes)


@checked(steps=positive, lr=number(above=0), seed=integer, window=positive)
def train_language_model(
    *,
    steps: int = 400,
    lr: float = 4e-3,
    seed: int = 0,
    window: int | None = None,
    **sizes: Any,
) -> tuple[LanguageModel, History]:
    """Train a language model on the first nine tenths of the novel.

    Args:
        steps: batches of 32 excerpts of 64 characters.
        lr: AdamW's largest learning rate; it rises for a tenth of the steps, then falls.
        seed: for the parameters and the excerpts.
        window: how many characters each one sees, itself included; ``None`` = all.
        sizes: as for :class:`~attention_course.attention_today.LanguageModel`; 2 blocks,
            ``d_model`` 96 and 4 heads if not given.

    Returns:
        The model, and its history.

    Chapter 6.
    """
    sizes = {"d_model": 96, "d_hidden": 384} | sizes
    model = _seeded(seed, len(novel_vocabulary()), **sizes)
    tokens = torch.tensor(novel_vocabulary().encode(load_novel("train")))
    return model, _train(model, Excerpts(tokens, steps), lr, seed, window)


@torch.no_grad()
@checked(
    model=a(LanguageModel),
    text=string,
    length=positive,
    skip=whole(0),
    window=positive,
    n_sinks=whole(0),
)
def bits_a_character(
    model: LanguageModel,
    text: str,
    *,
    length: int = LENGTH,
    skip: int = 0,
    window: int | None = None,
    n_sinks: int = 0,
) -> float:
    """Measure how well a model expects a text: ``-log2 p``, averaged over its characters.

    Args:
        model: from :func:`train_language_model`.
        text: read in pieces of ``length`` characters, each from nothing.
        length: of a piece.
        skip: how many characters at the beginning of a piece are not counted.
        window, n_sinks: as for :func:`~attention_course.attention_today.window_mask`.

    Returns:
        Bits a character: 1 if the next one was as hard to guess as a coin.

    Raises:
        ValueError: a text not longer than ``length``, or a ``skip`` not below it.

    Chapter 6.
    """
    tokens = torch.tensor(novel_vocabulary().encode(text))
    if len(tokens) <= length:
        raise ValueError(
            f"text: expected more than {length} characters, got {len(tokens)}"
        )
    if skip >= length:
        raise ValueError(f"skip: expected less than length = {length}, got {skip}")
    n = (len(tokens) - 1) // length
    read = tokens[: n * length].view(n, length)
    then = tokens[1 : n * length + 1].view(n, length)
    mask = window_mask(length, length, window, n_sinks=n_sinks)
    losses = []
    for some, answers in zip(read.split(128), then.split(128), strict=True):
        logits, _ = model(some, mask=mask)
        each = cross_entropy(logits.mT, answers, reduction="none")  # (B, length)
        losses.append(each[:, skip:])
    return float(torch.cat(losses).mean()) / math.log(2)


class CountingModel:
    """An n-gram model: it counts what followed each context, and backs off to a shorter one.

    Formula: ``p(c | h) = max(n(hc) - D, 0) / n(h) + D · t(h) / n(h) · p(c | h')``, with
    ``t(h)`` the number of different characters after ``h``, ``h'`` one shorter, ``D`` 0.75

    Args:
        text: what it counts in.
        order: characters looked at, the expected one included: 3 is a trigram.

    Source: absolute discounting, as in Chen and Goodman 1999. Chapter 6.
    """

    @checked(text=string, order=positive)
    def __init__(self, text: str, order: int) -> None:
        self.order, self.n_symbols = order, len(set(text))
        self.after: dict[str, Counter[str]] = defaultdict(Counter)
        for n in range(order):
            for context, symbol in zip(
                (text[i : i + n] for i in range(len(text) - n)), text[n:], strict=True
            ):
                self.after[context][symbol] += 1

    def probability(self, context: str, symbol: str) -> float:
        """Return ``p(symbol | context)``; of the context the last characters count."""
        found, discount = 1 / self.n_symbols, 0.75
        for n in range(self.order):
            seen = self.after.get(context[len(context) - n :])
            if seen is None or n > len(context):
                break
            total = seen.total()
            kept = max(seen[symbol] - discount, 0)
            found = (kept + discount * len(seen) * found) / total
        return found

    def bits_a_character(self, text: str) -> float:
        """Average ``-log2 p`` over a text."""
        n = self.order - 1
        each = (
            -math.log2(self.probability(text[max(i - n, 0) : i], text[i]))
            for i in range(len(text))
        )
        return sum(each) / len(text)


@checked(steps=positive, lr=number(above=0), seed=integer)
def train_repeater(
    *, steps: int = 500, lr: float = 4e-3, seed: int = 0, **sizes: Any
) -> LanguageModel:
    """Train a language model on strings that repeat themselves after 4 to 16 symbols.

    Args:
        steps: batches of 32 strings of 32 symbols.
        lr, seed: as for :func:`train_language_model`.
        sizes: of the model; 2 blocks, ``d_model`` 48 and 8 heads if not given.

    Returns:
        The model.

    Chapter 6.
    """
    sizes = {"d_model": 48, "n_heads": 8, "d_hidden": 96} | sizes
    model = _seeded(seed, N_SYMBOLS, **sizes)
    _train(model, Repeats(steps), lr, seed)
    return model


@torch.no_grad()
@checked(
    model=a(LanguageModel),
    strings=integers("B T", below="model.n_tokens"),
    period=positive,
)
def repeats_right(model: LanguageModel, strings: Tensor, period: int) -> float:
    """Return the share of symbols that a model expects rightly in the second round.

    The first symbol of that round is left out: nothing before it says that it is due.

    Args:
        model: from :func:`train_repeater`.
        strings: from :func:`make_repeats`, longer than ``period + 1``.
        period: theirs.

    Returns:
        From 0 to 1; a guess is right once in 26 times.

    Chapter 6.
    """
    logits, _ = model(strings[:, :-1])
    said = logits[:, period:].argmax(dim=-1)  # each symbol here stood before
    return float((said == strings[:, period + 1 :]).float().mean())
