"""Exercise 6.4: Heads that share keys"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "6.4",
    "Heads that share keys",
    stars=2,
    minutes=10,
    statement="""\
In grouped-query attention several heads share the same keys. With 6 heads and 2 heads of keys, \
heads 0, 1 and 2 use the first, heads 3, 4 and 5 the second.

Write `grouped_scores(query, key)`: queries `(n_heads, Tq, d_head)`, keys \
`(n_kv_heads, Tk, d_head)`, where `n_kv_heads` divides `n_heads`. Return the scaled scores \
`(n_heads, Tq, Tk)`, before any softmax.""",
)
def grouped_scores(query: Tensor, key: Tensor) -> Tensor:
    """Compute the scores of heads that share their keys in groups.

    Args:
        query: ``(n_heads, Tq, d_head)``.
        key: ``(n_kv_heads, Tk, d_head)``; ``n_kv_heads`` divides ``n_heads``, and heads
            that stand side by side share.

    Returns:
        Scores, before any softmax, ``(n_heads, Tq, Tk)``.
    """
    group = len(query) // len(key)  # heads that share one
    shared = key.repeat_interleave(group, dim=0)  # (n_heads, Tk, d_head)
    return query @ shared.transpose(-2, -1) / math.sqrt(query.shape[-1])


grouped_scores.hints = (
    "How many heads share one head of keys? Then each head of keys is wanted that many times.",
    "There are two ways to repeat: A, B, A, B, A, B or A, A, A, B, B, B. Which one is asked for? "
    "`torch` has a method for each, `repeat` and `repeat_interleave`.",
    "Heads side by side share, so the keys come as A, A, A, B, B, B. Or repeat nothing: take the "
    "queries apart with `unflatten(0, (n_kv_heads, -1))`, give the keys an axis of size 1 for "
    "the group, and let the product broadcast; flatten the two axes of heads at the end.",
)


@grouped_scores.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(3):
        n_kv, group, n_queries, n_keys, d_head = primes(generator, 5, low=2, high=13)
        yield (
            torch.randn(n_kv * group, n_queries, d_head, generator=generator),
            torch.randn(n_kv, n_keys, d_head, generator=generator),
        )
    yield (
        torch.randn(1, 1, 2, generator=generator),
        torch.randn(1, 3, 2, generator=generator),
    )
    yield (
        torch.randn(6, 2, 4, generator=generator),
        torch.randn(1, 5, 4, generator=generator),
    )


@grouped_scores.right
def broadcast(query, key):
    parts = query.unflatten(0, (len(key), -1))  # (n_kv_heads, group, Tq, d_head)
    scores = parts @ key.unsqueeze(1).mT / query.shape[-1] ** 0.5
    return scores.flatten(0, 1)


@grouped_scores.right
def loop(query, key):
    group = len(query) // len(key)
    scores = [q @ key[h // group].T for h, q in enumerate(query)]
    return torch.stack(scores) / math.sqrt(query.shape[-1])


@grouped_scores.right
def indexed(query, key):
    numbers = torch.arange(len(query)) * len(key) // len(query)
    return torch.einsum("hqd,hkd->hqk", query, key[numbers]) / query.shape[-1] ** 0.5


@grouped_scores.wrong(
    "You repeat the keys as A, B, A, B. Heads that stand *side by side* share: A, A, B, B, "
    "which is `repeat_interleave`."
)
def tiled(query, key):
    shared = key.repeat(len(query) // len(key), 1, 1)
    return query @ shared.mT / math.sqrt(query.shape[-1])


@grouped_scores.wrong(
    "Your scores are not scaled: divide by the square root of `d_head`."
)
def unscaled(query, key):
    return query @ key.repeat_interleave(len(query) // len(key), 0).mT


@grouped_scores.wrong(
    "All heads use the first head of keys. That is multi-query attention; here each group "
    "has its own."
)
def first_only(query, key):
    return query @ key[:1].mT / math.sqrt(query.shape[-1])


@grouped_scores.wrong(
    "You average the heads of keys, and all heads share the mean. Each group has a head of "
    "keys of its own."
)
def averaged(query, key):
    return query @ key.mean(0, keepdim=True).mT / math.sqrt(query.shape[-1])


@grouped_scores.wrong(
    "You add up the queries of a group, and have one table for each head of *keys*. The "
    "queries stay apart: `(n_heads, Tq, Tk)`."
)
def queries_added(query, key):
    parts = query.unflatten(0, (len(key), -1)).sum(1)
    return parts @ key.mT / math.sqrt(query.shape[-1])


@grouped_scores.wrong(
    "You return weights. The scores are asked for, before any softmax."
)
def weights(query, key):
    return grouped_scores(query, key).softmax(-1)
