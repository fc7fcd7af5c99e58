"""Exercise 3.3: Divide by what?"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise
from ._shared import query_and_key


@exercise(
    "3.3",
    "Divide by what?",
    stars=1,
    minutes=5,
    statement="""\
Vectors of many numbers have large dot products, and large scores saturate the softmax (exercise \
3.2). Write `scores_of_unit_variance(query, key)`: the dot products of queries `(..., Tq, d_k)` \
and keys `(..., Tk, d_k)`, divided by the number that brings their variance to 1, for vectors of \
any dimension. The number depends on a shape alone, not on what the vectors hold.""",
)
def scores_of_unit_variance(query: Tensor, key: Tensor) -> Tensor:
    """Score by dot products, with variance 1 whatever the dimension of the vectors.

    Args:
        query: ``(..., Tq, d_k)``, entries of mean 0 and variance 1.
        key: ``(..., Tk, d_k)``, the same.

    Returns:
        Scores ``(..., Tq, Tk)``, of variance 1 if the entries are independent.
    """
    d_k = query.shape[-1]
    return query @ key.transpose(-2, -1) / math.sqrt(d_k)  # (..., Tq, Tk)


scores_of_unit_variance.hints = (
    "How many products does one score add up? That is its variance.",
    "The variance of a score is `d_k`. Dividing by a number divides the variance by its "
    "*square*. By what must you divide to get 1?",
    "Take `d_k = query.shape[-1]`, the dimension of one query, and divide the product `query @ "
    "key.transpose(-2, -1)` by its square root, `math.sqrt(d_k)`.",
)


@scores_of_unit_variance.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    yield from query_and_key(generator)


@scores_of_unit_variance.right
def before(query, key):
    return (query / query.shape[-1] ** 0.5) @ key.transpose(-2, -1)


@scores_of_unit_variance.right
def both(query, key):
    share = key.shape[-1] ** -0.25
    return torch.einsum("...id,...jd->...ij", query * share, key * share)


@scores_of_unit_variance.right
def multiplied(query, key):
    return torch.matmul(query, key.mT) * torch.tensor(float(query.shape[-1])).rsqrt()


@scores_of_unit_variance.wrong(
    "You do not divide at all: these scores have variance `d_k`."
)
def undivided(query, key):
    return query @ key.mT


@scores_of_unit_variance.wrong(
    "You divide by `d_k`, and the variance becomes `1 / d_k`: the longer the vectors, the "
    "more alike all weights. Divide by its square root."
)
def by_d_k(query, key):
    return query @ key.mT / query.shape[-1]


@scores_of_unit_variance.wrong(
    "You divide by the square root of the number of *keys*. A score adds up `d_k` "
    "products, however many keys there are."
)
def by_keys(query, key):
    return query @ key.mT / math.sqrt(key.shape[-2])


@scores_of_unit_variance.wrong(
    "You divide by the square root of the number of *queries*. A score adds up `d_k` "
    "products, however many queries there are."
)
def by_queries(query, key):
    return query @ key.mT / math.sqrt(query.shape[-2])


@scores_of_unit_variance.wrong(
    "You multiply by √d_k, and the scores grow further. Divide."
)
def up(query, key):
    return query @ key.mT * math.sqrt(query.shape[-1])


@scores_of_unit_variance.wrong(
    "You divide too often: query, key and product each. Divide once."
)
def twice(query, key):
    root = math.sqrt(query.shape[-1])
    return (query / root) @ (key / root).mT / root


@scores_of_unit_variance.wrong(
    "You divide by the deviation of these very scores. Then a score depends on all other "
    "queries and keys in the tensor, and a model could never make its scores larger, so "
    "never be sure. Divide by a number that the shape gives."
)
def measured(query, key):
    scores = query @ key.mT
    return scores / scores.std()


@scores_of_unit_variance.wrong(
    "You bring each row to mean 0 and variance 1. Then all queries are equally sure, "
    "whatever they found. Divide by a number that the shape gives."
)
def rows(query, key):
    scores = query @ key.mT
    return (scores - scores.mean(-1, keepdim=True)) / scores.std(-1, keepdim=True)
