"""Exercise 3.1: All dot products at once"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise
from ._shared import query_and_key


@exercise(
    "3.1",
    "All dot products at once",
    stars=1,
    minutes=5,
    statement="""\
How well does each query match each key? The simplest score is the dot product. Write \
`compare_all_pairs(query, key)`: from queries `(..., Tq, d_k)` and keys `(..., Tk, d_k)` all \
scores `(..., Tq, Tk)`, as one matrix product and without a loop. A row belongs to a query, a \
column to a key.""",
)
def compare_all_pairs(query: Tensor, key: Tensor) -> Tensor:
    """Take the dot product of every query with every key.

    Args:
        query: ``(..., Tq, d_k)``.
        key: ``(..., Tk, d_k)``, with the same leading axes.

    Returns:
        Scores ``(..., Tq, Tk)``: entry ``[..., i, j]`` is ``query[i] · key[j]``.
    """
    return query @ key.transpose(-2, -1)  # (..., Tq, Tk)


compare_all_pairs.hints = (
    "A matrix product takes rows of the first and *columns* of the second. The keys are rows.",
    "Swap the last two axes of `key`, so that it is `(..., d_k, Tk)`. All leading axes "
    "stay where they are, so `.T` will not do.",
    "`key.transpose(-2, -1)` is `(..., d_k, Tk)`. In the product of the queries with it the "
    "axis `d_k` is summed over and disappears; `Tq` and `Tk` remain.",
)


@compare_all_pairs.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    yield from query_and_key(generator)


@compare_all_pairs.right
def einsum(query, key):
    return torch.einsum("...id,...jd->...ij", query, key)


@compare_all_pairs.right
def broadcast(query, key):
    return (query.unsqueeze(-2) * key.unsqueeze(-3)).sum(-1)


@compare_all_pairs.right
def loop(query, key):
    columns = [(query * key[..., j : j + 1, :]).sum(-1) for j in range(key.shape[-2])]
    return torch.stack(columns, dim=-1)


@compare_all_pairs.wrong(
    "Your scores are `(..., Tk, Tq)`, a row for each key. The query comes first: a row "
    "for each query."
)
def transposed(query, key):
    return key @ query.transpose(-2, -1)


@compare_all_pairs.wrong(
    "You take the mean of the products. A dot product is their sum."
)
def mean(query, key):
    return compare_all_pairs(query, key) / query.shape[-1]


@compare_all_pairs.wrong(
    "You divide by √d_k. That comes in a moment; the plain dot product is asked for here."
)
def scaled(query, key):
    return compare_all_pairs(query, key) / math.sqrt(query.shape[-1])


@compare_all_pairs.wrong(
    "You divide by the norms of the vectors: that is the cosine. In a dot product "
    "vectors with a large norm count more."
)
def cosine(query, key):
    return F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).transpose(-2, -1)


@compare_all_pairs.wrong(
    "You have sent the scores through a softmax. The exercise asks for the scores themselves."
)
def softmax(query, key):
    return compare_all_pairs(query, key).softmax(-1)


@compare_all_pairs.wrong(
    "These are distances: small where query and key match. A dot product is large there."
)
def distance(query, key):
    return torch.cdist(query, key)


@compare_all_pairs.wrong(
    "You reshape the keys to `(..., d_k, Tk)`. A reshape keeps the numbers in their order "
    "and cuts the keys apart: swap the axes with `transpose(-2, -1)`."
)
def reshaped(query, key):
    return query @ key.reshape(*key.shape[:-2], key.shape[-1], key.shape[-2])


@compare_all_pairs.wrong(
    "You multiply every query with every key, entry by entry, and stop there. Add up over "
    "the last axis."
)
def no_sum(query, key):
    return query.unsqueeze(-2) * key.unsqueeze(-3)
