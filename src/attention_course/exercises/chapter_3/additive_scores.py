"""Exercise 3.9: The additive score"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "3.9",
    "The additive score",
    stars=2,
    minutes=10,
    statement="""\
The first attention for translation (2014, published 2015) compared by a small network: \
`score(q, k) = v · tanh(W q + U k)`. Write \
`additive_scores(query, key, from_query, from_key, to_score)` with `W = from_query`, \
`U = from_key` and `v = to_score`, for every query `(..., Tq, d_q)` with every key \
`(..., Tk, d_k)` at once: scores `(..., Tq, Tk)`.

The hidden layer has a vector for each *pair*, `(..., Tq, Tk, d_hidden)`. That is the price of \
this score (exercise 3.10).""",
)
def additive_scores(
    query: Tensor,
    key: Tensor,
    from_query: Tensor,
    from_key: Tensor,
    to_score: Tensor,
) -> Tensor:
    """Score every query with every key by a network with one hidden layer.

    Args:
        query: ``(..., Tq, d_q)``.
        key: ``(..., Tk, d_k)``, with the same leading axes.
        from_query: ``W``, ``(d_hidden, d_q)``.
        from_key: ``U``, ``(d_hidden, d_k)``.
        to_score: ``v``, ``(d_hidden,)``.

    Returns:
        Scores ``(..., Tq, Tk)``: entry ``[..., i, j]`` is
        ``v · tanh(W query[i] + U key[j])``.
    """
    by_query = (query @ from_query.T).unsqueeze(-2)  # (..., Tq, 1, d_hidden)
    by_key = (key @ from_key.T).unsqueeze(-3)  # (..., 1, Tk, d_hidden)
    return torch.tanh(by_query + by_key) @ to_score  # (..., Tq, Tk)


additive_scores.hints = (
    "`W q` needs each query once and `U k` each key once; only their sum is needed for every "
    "pair. Make the sum broadcast.",
    "`query @ from_query.T` is `(..., Tq, d_hidden)`, `key @ from_key.T` is `(..., Tk, "
    "d_hidden)`. Where does each need an axis of size 1, so that the sum is `(..., Tq, Tk, "
    "d_hidden)`?",
    "`(query @ from_query.T).unsqueeze(-2)` is `(..., Tq, 1, d_hidden)` and `(key @ "
    "from_key.T).unsqueeze(-3)` is `(..., 1, Tk, d_hidden)`. Add the two, take the tanh, and "
    "multiply by `to_score` with `@`, which sums over the last axis.",
)


@additive_scores.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (0, 1):
        *leading, n_queries, n_keys, d_q, d_k, d_hidden = primes(
            generator, 5 + n_leading, high=17
        )
        yield (
            torch.randn(*leading, n_queries, d_q, generator=generator),
            torch.randn(*leading, n_keys, d_k, generator=generator),
            torch.randn(d_hidden, d_q, generator=generator) / math.sqrt(d_q),
            torch.randn(d_hidden, d_k, generator=generator) / math.sqrt(d_k),
            torch.randn(d_hidden, generator=generator),
        )
    yield tuple(
        torch.randn(size, generator=generator)
        for size in ((1, 3), (2, 1), (5, 3), (5, 1), (5,))
    )


@additive_scores.right
def linear(*args):
    query, key, from_query, from_key, to_score = args
    hidden = (
        F.linear(query, from_query)[..., None, :]
        + F.linear(key, from_key)[..., None, :, :]
    )
    return (hidden.tanh() * to_score).sum(-1)


@additive_scores.right
def loop(*args):
    query, key, from_query, from_key, to_score = args
    by_key = key @ from_key.mT  # (..., Tk, d_hidden)
    rows = []
    for i in range(query.shape[-2]):
        by_query = query[..., i : i + 1, :] @ from_query.mT  # (..., 1, d_hidden)
        rows.append(torch.tanh(by_query + by_key) @ to_score)
    return torch.stack(rows, dim=-2)


@additive_scores.right
def pairs(*args):
    # W q + U k is one matrix [W, U] times q and k side by side.
    query, key, from_query, from_key, to_score = args
    n_queries, n_keys = query.shape[-2], key.shape[-2]
    left = query.unsqueeze(-2).expand(*query.shape[:-1], n_keys, -1)
    right = key.unsqueeze(-3).expand(*key.shape[:-2], n_queries, -1, -1)
    both = torch.cat([left, right], dim=-1)  # (..., Tq, Tk, d_q + d_k)
    return torch.tanh(both @ torch.cat([from_query, from_key], dim=1).T) @ to_score


def parts(*args: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    query, key, from_query, from_key, to_score = args
    return (
        (query @ from_query.T).unsqueeze(-2),
        (key @ from_key.T).unsqueeze(-3),
        to_score,
    )


@additive_scores.wrong(
    "The tanh is missing. Without it the score is v·W q + v·U k: the query adds the same "
    "number to all its scores, and the softmax takes it away again. All queries would "
    "look at the same keys."
)
def no_tanh(*args):
    by_query, by_key, to_score = parts(*args)
    return (by_query + by_key) @ to_score


@additive_scores.wrong(
    "Your tanh comes after the sum over the hidden units, so all scores lie between -1 "
    "and 1. It belongs inside, before `v`."
)
def tanh_last(*args):
    return torch.tanh(no_tanh(*args))


@additive_scores.wrong(
    "You take the tanh of the query's part and of the key's part, each by itself. The "
    "two are added first: only so can they act together."
)
def tanh_apart(*args):
    by_query, by_key, to_score = parts(*args)
    return (by_query.tanh() + by_key.tanh()) @ to_score


@additive_scores.wrong(
    "You multiply the query's part by the key's. They are added: hence the name."
)
def product(*args):
    by_query, by_key, to_score = parts(*args)
    return torch.tanh(by_query * by_key) @ to_score


@additive_scores.wrong(
    "Your scores are `(..., Tk, Tq)`. A row belongs to a query: its axis of size 1 goes "
    "*behind* `Tq`."
)
def swapped(*args):
    return additive_scores(*args).mT


@additive_scores.wrong(
    "You add up the hidden units without `v`. It says how much each of them counts, and "
    "in which direction."
)
def no_v(*args):
    by_query, by_key, _ = parts(*args)
    return torch.tanh(by_query + by_key).sum(-1)


@additive_scores.wrong("You take the mean over the hidden units. `v · …` is a sum.")
def mean(*args):
    by_query, by_key, to_score = parts(*args)
    return (torch.tanh(by_query + by_key) * to_score).mean(-1)


@additive_scores.wrong(
    "You use the sigmoid. The formula has a tanh, which is negative where its argument "
    "is."
)
def sigmoid(*args):
    by_query, by_key, to_score = parts(*args)
    return torch.sigmoid(by_query + by_key) @ to_score


@additive_scores.wrong(
    "There is an axis of size 1 too many at the end: `v` gives one number for each pair. "
    "Take it away with `squeeze(-1)`."
)
def axis_kept(*args):
    return additive_scores(*args).unsqueeze(-1)


@additive_scores.wrong("The queries have no effect: all rows are equal.")
def no_query(*args):
    return additive_scores(torch.zeros_like(args[0]), *args[1:])
