"""Exercise 3.8: The general score"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "3.8",
    "The general score",
    stars=1,
    minutes=5,
    statement="""\
A dot product compares entry 1 with entry 1, entry 2 with entry 2. But what the decoder's state \
says in entry 1, the encoder may say in entry 7, and the two may not even be equally long. A \
matrix `W` in between learns which entries belong together: \
`score(q, k) = qᵀ W k`.

Write `bilinear_scores(query, key, weight)` for queries `(..., Tq, d_q)`, keys `(..., Tk, d_k)` \
and a weight `(d_q, d_k)`: all scores, `(..., Tq, Tk)`.""",
)
def bilinear_scores(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    """Score every query with every key through a matrix between them.

    Args:
        query: ``(..., Tq, d_q)``.
        key: ``(..., Tk, d_k)``, with the same leading axes.
        weight: ``W``, ``(d_q, d_k)``.

    Returns:
        Scores ``(..., Tq, Tk)``: entry ``[..., i, j]`` is ``query[i]ᵀ W key[j]``.
    """
    return query @ weight @ key.transpose(-2, -1)  # (..., Tq, Tk)


bilinear_scores.hints = (
    "Carry the queries over to where the keys are: each becomes a vector of `d_k` numbers. "
    "The rest is exercise 3.1.",
    "A query is a row here, so `qᵀ W` is `query @ weight`. Its last axis is as long as a "
    "key: compare it with every key.",
    "`query @ weight` is `(..., Tq, d_q) @ (d_q, d_k)`, so `(..., Tq, d_k)`. Then `@ "
    "key.transpose(-2, -1)`, and the axis `d_k` disappears.",
)


@bilinear_scores.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (0, 1, 2):
        *leading, n_queries, n_keys, d_q, d_k = primes(
            generator, 4 + n_leading, high=13
        )
        if n_leading == 0:
            d_k = d_q  # only here can a transposed W go unnoticed
        yield (
            torch.randn(*leading, n_queries, d_q, generator=generator),
            torch.randn(*leading, n_keys, d_k, generator=generator),
            torch.randn(d_q, d_k, generator=generator),
        )
    yield (
        torch.randn(1, 3, generator=generator),
        torch.randn(2, 1, generator=generator),
        torch.randn(3, 1, generator=generator),
    )


@bilinear_scores.right
def key_first(query, key, weight):
    return query @ (key @ weight.T).transpose(-2, -1)


@bilinear_scores.right
def einsum(query, key, weight):
    return torch.einsum("...iq,qk,...jk->...ij", query, weight, key)


@bilinear_scores.right
def linear(query, key, weight):
    return torch.matmul(F.linear(query, weight.T), key.mT)


@bilinear_scores.wrong(
    "`W` is transposed. It is `(d_q, d_k)`: its rows belong to the query, its columns to "
    "the key, so `query @ weight`. Where both are equally long, torch cannot notice."
)
def transposed(query, key, weight):
    return query @ weight.T @ key.mT


@bilinear_scores.wrong("Your scores are `(..., Tk, Tq)`. A row belongs to a query.")
def swapped(query, key, weight):
    return bilinear_scores(query, key, weight).mT


@bilinear_scores.wrong(
    "`W` has no effect: these are plain dot products, and they need queries and keys of "
    "the same dimension."
)
def no_weight(query, key, weight):
    return query @ key.mT


@bilinear_scores.wrong(
    "You divide by √d_k. Nothing is divided here: `W` is learned, and finds the right "
    "size by itself."
)
def scaled(query, key, weight):
    return bilinear_scores(query, key, weight) / math.sqrt(key.shape[-1])


@bilinear_scores.wrong(
    "There is no tanh in this score; the additive one has it. `qᵀ W k` is linear in the "
    "query and in the key."
)
def tanh(query, key, weight):
    return torch.tanh(query @ weight) @ key.mT


@bilinear_scores.wrong(
    "You apply `W` to the queries and to the keys as well. It stands between the two, "
    "once."
)
def twice(query, key, weight):
    return (query @ weight) @ (key @ weight.T @ weight).mT


@bilinear_scores.wrong(
    "You have sent the scores through a softmax. The exercise asks for the scores themselves."
)
def softmax(query, key, weight):
    return bilinear_scores(query, key, weight).softmax(-1)


@bilinear_scores.wrong(
    "The negative entries of `W` have no effect. They say which entries speak *against* "
    "a match."
)
def entrywise(query, key, weight):
    return query @ weight.relu() @ key.mT
