"""Exercise 3.11: How widely attention spreads"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "3.11",
    "How widely attention spreads",
    stars=2,
    minutes=10,
    statement="""\
A row of weights may look at one key or at all of them. Its entropy says how widely it spreads, in \
one number: −Σ w log w over the keys. It is 0 if one key has all the weight, and log Tk if all \
keys have the same.

Write `entropy_of_weights(weights)`: from weights `(..., Tq, Tk)` one entropy for each query, \
`(..., Tq)`, with the natural logarithm. A weight of zero adds nothing (0 · log 0 counts as 0), \
and a mask makes many of them.""",
)
def entropy_of_weights(weights: Tensor) -> Tensor:
    """Measure how widely each query spreads its attention.

    Args:
        weights: ``(..., Tq, Tk)``, each row with sum one, or all zero; single
            weights may be exactly zero.

    Returns:
        The entropy of each row in nats, ``(..., Tq)``: 0 if one key has all, log Tk
        if all keys have the same. An empty row has 0.
    """
    return -torch.xlogy(weights, weights).sum(dim=-1)  # xlogy(0, 0) is 0


entropy_of_weights.hints = (
    "The formula is one line. Then try it on `torch.tensor([1.0, 0.0])`.",
    "`torch.log(0)` is -inf, and `0 * -inf` is NaN. Look for a way to compute w log w that "
    "gives 0 at 0: torch has a function for it.",
    "`torch.xlogy(weights, weights)` is w log w, with 0 at 0. Sum it over the keys, the last "
    "axis, and negate it: the logarithm of a weight is negative.",
)


@entropy_of_weights.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (0, 1, 2):
        *leading, n_queries, n_keys = primes(generator, 2 + n_leading, low=3, high=13)
        scores = 2 * torch.randn(*leading, n_queries, n_keys, generator=generator)
        if n_leading == 0:
            yield (scores.softmax(-1),)  # no zero among them
            continue
        mask = torch.rand(scores.shape, generator=generator) < 0.6
        mask[..., 0, :] = False
        mask[..., 1, :] = False
        mask[..., 1, 0] = True
        yield (scores.masked_fill(~mask, -torch.inf).softmax(-1).nan_to_num(0.0),)
    yield (torch.randn(1, 3, generator=generator).softmax(-1),)
    yield (torch.ones(2, 1, 1),)


@entropy_of_weights.right
def where(weights):
    safe = torch.where(weights > 0, weights, 1.0)
    return -(weights * safe.log()).sum(-1)


@entropy_of_weights.right
def special(weights):
    return torch.special.entr(weights).sum(-1)


@entropy_of_weights.right
def nan_to_num(weights):
    return -(weights * weights.log()).nan_to_num(0.0).sum(-1)


@entropy_of_weights.right
def clamp(weights):
    return -(weights * weights.clamp(min=1e-30).log()).sum(dim=-1)


@entropy_of_weights.wrong(
    "A weight of exactly zero makes your sum NaN: 0 · log 0 is 0 · (-inf). It has to "
    "count as 0; `torch.xlogy` does that."
)
def nan(weights):
    return -(weights * weights.log()).sum(-1)


@entropy_of_weights.wrong(
    "You take the logarithm to base 2, so these are bits. The exercise asks for the natural "
    "logarithm: nats."
)
def bits(weights):
    return entropy_of_weights(weights) / math.log(2)


@entropy_of_weights.wrong(
    "You take the mean over the keys. Entropy is a sum: the weights already say how much "
    "each key counts."
)
def mean(weights):
    return entropy_of_weights(weights) / weights.shape[-1]


@entropy_of_weights.wrong(
    "Your sign is wrong. Weights are below one and their logarithms negative: the minus "
    "makes the entropy positive."
)
def sign(weights):
    return -entropy_of_weights(weights)


@entropy_of_weights.wrong(
    "You add up over the queries. Each query has an entropy of its own: add up over the "
    "keys, the last axis."
)
def over_queries(weights):
    return -torch.xlogy(weights, weights).sum(-2)


@entropy_of_weights.wrong(
    "You add everything up to a single number. Add up over the keys only, so that each "
    "query keeps its own."
)
def total(weights):
    return entropy_of_weights(weights).sum()


@entropy_of_weights.wrong(
    "You add an epsilon inside the logarithm that is large enough to be seen. Where a "
    "weight is zero, w log w is zero by itself: `torch.xlogy` needs no epsilon."
)
def epsilon(weights):
    return -(weights * (weights + 1e-2).log()).sum(-1)


@entropy_of_weights.wrong(
    "You divide by log Tk, the most that is possible. That makes a share between 0 and "
    "1; asked for are nats."
)
def share(weights):
    return entropy_of_weights(weights) / math.log(weights.shape[-1])


@entropy_of_weights.wrong(
    "You return the exponential of the entropy, a number of keys (the perplexity). Asked "
    "for is the entropy itself."
)
def exponential(weights):
    return entropy_of_weights(weights).exp()


@entropy_of_weights.wrong(
    "These are the single terms, −w log w. Add them up over the keys."
)
def no_sum(weights):
    return -torch.xlogy(weights, weights)
