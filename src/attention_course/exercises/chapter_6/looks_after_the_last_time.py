"""Exercise 6.8: Find the induction head"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "6.8",
    "Find the induction head",
    stars=2,
    minutes=12,
    statement="""\
A text repeats itself after `period` tokens. An induction head at position `i` looks at what \
*followed* the same token the last time: the token at position `i` stood at `i - period`, so the \
head looks at `i - period + 1`.

Write `looks_after_the_last_time(weights, period)`: `weights` is `(n_layers, n_heads, T, T)`, a \
row for each token that looks. Return a score for each head, `(n_layers, n_heads)`: the mean of \
these weights over all positions that have such a last time, `i = period` to `T - 1`.""",
)
def looks_after_the_last_time(weights: Tensor, period: int) -> Tensor:
    """Score each head by its weight on what followed the same token the last time.

    Args:
        weights: ``(n_layers, n_heads, T, T)``; a row belongs to the token that looks.
        period: after how many tokens the text repeats itself, less than ``T``.

    Returns:
        ``(n_layers, n_heads)``, from 0 to 1: the mean of ``weights[…, i, i - period + 1]``
        over the positions ``i`` from ``period`` to ``T - 1``.
    """
    places = torch.arange(period, weights.shape[-1])  # (T - period,)
    followed = weights[:, :, places, places - period + 1]  # (…, T - period)
    return followed.mean(dim=-1)


looks_after_the_last_time.hints = (
    "All these weights lie on one line of the table, parallel to its main diagonal.",
    "Row `i`, column `i - period + 1`. Either pick them with two lists of numbers, one for the "
    "rows and one for the columns, or find the number of that diagonal. Mind the first row.",
    "`torch.arange(period, T)` gives the rows, and the same less `period - 1` the columns; "
    "`weights[:, :, rows, columns]` picks one number for each pair. The diagonal has the number "
    "`1 - period`, but it begins one row too early, at `i = period - 1`: leave that one out.",
)


@looks_after_the_last_time.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(3):
        n_layers, n_heads, period = primes(generator, 3, low=2, high=7)
        length = 2 * period + 6
        scores = torch.randn(n_layers, n_heads, length, length, generator=generator)
        yield (2 * scores).softmax(-1), period
    yield torch.rand(1, 1, 3, 3, generator=generator).softmax(-1), 2
    yield torch.rand(1, 2, 23, 23, generator=generator).softmax(-1), 11


@looks_after_the_last_time.right
def by_diagonal(weights, period):
    line = weights.diagonal(1 - period, dim1=-2, dim2=-1)  # begins at i = period - 1
    return line[..., 1:].mean(-1)


@looks_after_the_last_time.right
def loop(weights, period):
    length = weights.shape[-1]
    found = [weights[..., i, i - period + 1] for i in range(period, length)]
    return sum(found) / len(found)


@looks_after_the_last_time.right
def by_mask(weights, period):
    places = torch.arange(weights.shape[-1])
    wanted = places[:, None] - places == period - 1
    wanted[:period] = False
    return (weights * wanted).sum((-2, -1)) / wanted.sum()


def line(weights: Tensor, back: int, first: int) -> Tensor:
    rows = torch.arange(first, weights.shape[-1])
    return weights[:, :, rows, rows - back].mean(-1)


@looks_after_the_last_time.wrong(
    "You look at the same token the last time, `i - period`. The head wants what came "
    "*after* it: one position further on."
)
def same_token(weights, period):
    return line(weights, period, period)


@looks_after_the_last_time.wrong(
    "You look one position too early, at what came *before* the last time. What followed it "
    "stands at `i - period + 1`."
)
def before_it(weights, period):
    return line(weights, period + 1, period + 1)


@looks_after_the_last_time.wrong(
    "You begin one row too early. At `i = period - 1` nothing has been repeated yet."
)
def a_row_too_early(weights, period):
    return line(weights, period - 1, period - 1)


@looks_after_the_last_time.wrong(
    "Rows and columns have changed places. A row belongs to the token that looks, and it "
    "looks back."
)
def transposed(weights, period):
    return line(weights.mT, period - 1, period)


@looks_after_the_last_time.wrong(
    "You divide by all `T` positions. The mean is over the positions that have a last time, and "
    "there are `T - period` of them."
)
def over_all(weights, period):
    n = weights.shape[-1]
    return line(weights, period - 1, period) * (n - period) / n


@looks_after_the_last_time.wrong(
    "You take the largest of these weights. One lucky position makes no induction head: take "
    "the mean."
)
def largest(weights, period):
    rows = torch.arange(period, weights.shape[-1])
    return weights[:, :, rows, rows - period + 1].amax(-1)


@looks_after_the_last_time.wrong(
    "You return one number for all heads. A score for each head is asked for."
)
def of_all_heads(weights, period):
    return line(weights, period - 1, period).mean()
