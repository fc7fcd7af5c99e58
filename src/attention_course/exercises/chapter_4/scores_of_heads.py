"""Exercise 4.5: Scores of all heads, scaled"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes
from .cut_for_heads import straight as cut_straight


@exercise(
    "4.5",
    "Scores of all heads, scaled",
    stars=2,
    minutes=8,
    statement="""\
In "Thinking Machines" the scores 112 and 96 are divided by 8, because a query has 64 numbers and \
√64 = 8. The model of that example has 512 numbers and 8 heads. So which dimension counts?

Write `scores_of_heads(query, key, n_heads)`. Queries `(..., Tq, d_model)` and keys \
`(..., Tk, d_model)` are projected already, all heads side by side. Return the scaled scores of \
every head, `(..., n_heads, Tq, Tk)`, before any softmax. `Tq` and `Tk` may differ.""",
)
def scores_of_heads(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    """Compute the scaled dot-product scores of all heads at once.

    Args:
        query: ``(..., Tq, d_model)``, the queries of all heads side by side.
        key: ``(..., Tk, d_model)``, the keys of all heads side by side.
        n_heads: a number that divides ``d_model``.

    Returns:
        Scores, before any softmax, ``(..., n_heads, Tq, Tk)``.
    """
    d_head = query.shape[-1] // n_heads
    q = query.unflatten(-1, (n_heads, d_head))  # (..., Tq, n_heads, d_head)
    k = key.unflatten(-1, (n_heads, d_head))  # (..., Tk, n_heads, d_head)
    q, k = q.transpose(-3, -2), k.transpose(-3, -2)  # (..., n_heads, T, d_head)
    return q @ k.transpose(-2, -1) / math.sqrt(d_head)  # (..., n_heads, Tq, Tk)


scores_of_heads.hints = (
    "First cut queries and keys into heads, as in exercise 4.3. What is then one product?",
    "With `q` of shape `(..., n_heads, Tq, d_head)` and `k` of shape "
    "`(..., n_heads, Tk, d_head)`, one `@` does all heads at once. Which axes of `k` have to "
    "be swapped for it?",
    "`q @ k.transpose(-2, -1)` is `(..., n_heads, Tq, Tk)`. Each entry adds up `d_head` "
    "products of numbers with variance 1, so its variance is `d_head`: divide by "
    "`math.sqrt(d_head)`, where `d_head = d_model // n_heads`.",
)


@scores_of_heads.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for with_batch in (True, False, True):
        n_heads, d_head, n_queries, n_keys, batch = primes(generator, 5, low=2, high=13)
        leading = (batch,) if with_batch else ()
        d_model = n_heads * d_head
        query = torch.randn(*leading, n_queries, d_model, generator=generator)
        key = torch.randn(*leading, n_keys, d_model, generator=generator)
        yield query, key, n_heads
    yield (
        torch.randn(1, 2, 4, generator=generator),
        torch.randn(1, 3, 4, generator=generator),
        2,
    )
    yield (
        torch.randn(2, 2, 3, 4, generator=generator),
        torch.randn(2, 2, 1, 4, generator=generator),
        2,
    )
    yield (
        torch.randn(1, 3, generator=generator),
        torch.randn(1, 3, generator=generator),
        1,
    )


@scores_of_heads.right
def einsum(query, key, n_heads):
    q, k = (part.unflatten(-1, (n_heads, -1)) for part in (query, key))
    return torch.einsum("...ihd,...jhd->...hij", q, k) * q.shape[-1] ** -0.5


@scores_of_heads.right
def loop(query, key, n_heads):
    d_head = query.shape[-1] // n_heads
    scores = []
    for h in range(n_heads):
        q = query[..., h * d_head : (h + 1) * d_head]
        k = key[..., h * d_head : (h + 1) * d_head]
        scores.append(q @ k.mT / math.sqrt(d_head))
    return torch.stack(scores, dim=-3)


@scores_of_heads.right
def masked_queries(query, key, n_heads):
    d_head = query.shape[-1] // n_heads
    owner = torch.arange(query.shape[-1]) // d_head  # which head each number belongs to
    mine = owner == torch.arange(n_heads).unsqueeze(-1)  # (n_heads, d_model)
    q = query.unsqueeze(-3) * mine.unsqueeze(-2)  # (..., n_heads, Tq, d_model)
    return q @ (key / math.sqrt(d_head)).unsqueeze(-3).mT


@scores_of_heads.wrong(
    "You divide by √d_model. Each head adds up only `d_head = d_model / n_heads` products: "
    "divide by √d_head, or the weights come out too even."
)
def by_model(query, key, n_heads):
    return scores_of_heads(query, key, n_heads) / math.sqrt(n_heads)


@scores_of_heads.wrong(
    "The products are right, but not scaled. Divide them by √d_head."
)
def unscaled(query, key, n_heads):
    d_head = query.shape[-1] // n_heads
    return scores_of_heads(query, key, n_heads) * math.sqrt(d_head)


@scores_of_heads.wrong(
    "You divide by d_head; it is the square root that brings the variance to 1. If you "
    "scale queries and keys both, divide each by the fourth root."
)
def no_root(query, key, n_heads):
    d_head = query.shape[-1] // n_heads
    return scores_of_heads(query, key, n_heads) / math.sqrt(d_head)


@scores_of_heads.wrong(
    "You multiply by √d_head. The products are too large already: divide."
)
def multiplied(query, key, n_heads):
    return scores_of_heads(query, key, n_heads) * (query.shape[-1] // n_heads)


@scores_of_heads.wrong(
    "You divide by √n_heads. What counts is how many products one score adds up: d_head, "
    "the dimension of one head's query."
)
def by_heads(query, key, n_heads):
    return unscaled(query, key, n_heads) / math.sqrt(n_heads)


@scores_of_heads.wrong(
    "You divide by √Tk, the number of keys. Scale by the root of a key's dimension, "
    "`d_head`."
)
def by_keys(query, key, n_heads):
    return unscaled(query, key, n_heads) / math.sqrt(key.shape[-2])


@scores_of_heads.wrong(
    "Rows and columns are swapped: a row belongs to a query, a column to a key."
)
def keys_first(query, key, n_heads):
    return scores_of_heads(query, key, n_heads).mT


@scores_of_heads.wrong(
    "You return weights. The scores are asked for, before the softmax."
)
def softmax(query, key, n_heads):
    return scores_of_heads(query, key, n_heads).softmax(-1)


@scores_of_heads.wrong(
    "You compare whole vectors, as if there were one head. Cut queries and keys into "
    "heads first: each head has scores of its own."
)
def one_head(query, key, n_heads):
    return query @ key.mT / math.sqrt(query.shape[-1])


@scores_of_heads.wrong(
    "You reshape straight to `(..., n_heads, T, d_head)`, which mixes positions and heads. "
    "Cut the last axis, then transpose, as in exercise 4.3."
)
def straight(query, key, n_heads):
    q, k = cut_straight(query, n_heads), cut_straight(key, n_heads)
    return q @ k.mT / math.sqrt(q.shape[-1])


@scores_of_heads.wrong(
    "The heads stand on the last axis. They belong before `Tq` and `Tk`, so that each head "
    "has a matrix of scores."
)
def heads_last(query, key, n_heads):
    return scores_of_heads(query, key, n_heads).movedim(-3, -1)
