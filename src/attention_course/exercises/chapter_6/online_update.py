"""Exercise 6.5: Softmax, one block more"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "6.5",
    "Softmax, one block more",
    stars=3,
    minutes=15,
    outputs=("best", "total", "mixed"),
    statement="""\
Attention without its table goes through the keys in blocks. For each query three things are kept: \
`best`, the largest score so far; `total`, the sum of `exp(score - best)` so far; and `mixed`, the \
sum of `exp(score - best) · value` so far. At the end `mixed / total` is the output.

Write `online_update(best, total, mixed, scores, values)`: it takes the next block's scores \
`(Tq, n)` and values `(n, d_v)` into account and returns the three anew. `best` and `total` are \
`(Tq, 1)`, `mixed` is `(Tq, d_v)`. Before the first block `best` is -inf, and the others are 0.""",
)
def online_update(
    best: Tensor, total: Tensor, mixed: Tensor, scores: Tensor, values: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Take one more block of keys into account.

    Args:
        best: ``(Tq, 1)``, the largest score so far, -inf before the first block.
        total: ``(Tq, 1)``, the sum of ``exp(score - best)`` so far.
        mixed: ``(Tq, d_v)``, the sum of ``exp(score - best)`` times value so far.
        scores: ``(Tq, n)``, those of the block.
        values: ``(n, d_v)``, those of the block.

    Returns:
        ``(best, total, mixed)`` with the block.
    """
    larger = torch.maximum(best, scores.amax(dim=-1, keepdim=True))  # (Tq, 1)
    old = (best - larger).exp()  # what the sums so far are worth now
    new = (scores - larger).exp()  # (Tq, n)
    total = old * total + new.sum(dim=-1, keepdim=True)
    return larger, total, old * mixed + new @ values


online_update.hints = (
    "The sums so far are relative to the old largest score. What are they relative to the new one?",
    "`exp(s - new)` is `exp(s - old) · exp(old - new)`. So both sums are multiplied by the same "
    "number for each query, and what the block brings is added.",
    "First the new largest score, of the old one and of all in the block (keep the axis, so that "
    "it stays `(Tq, 1)`). Then the factor for what was there, `exp(old - new)`, which is 0 before "
    "the first block since `exp(-inf)` is 0. Then the block's own exponentials: their sum goes "
    "to `total`, their product with the values to `mixed`.",
)


@online_update.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    def some(*sizes: int) -> Tensor:
        return torch.randn(*sizes, generator=generator)

    for shift in (0.0, 3.0, -3.0):
        n_queries, n, d_v = primes(generator, 3, low=3, high=13)
        best, total = some(n_queries, 1), some(n_queries, 1).abs() + 1
        mixed, scores, values = some(n_queries, d_v), some(n_queries, n), some(n, d_v)
        yield best, total, mixed, scores + shift, values
    nothing = torch.full((5, 1), -math.inf)
    yield nothing, torch.zeros(5, 1), torch.zeros(5, 3), some(5, 7), some(7, 3)
    # Large scores: without the largest one as a reference they would overflow.
    yield (
        some(1, 1) + 200,
        some(1, 1).abs() + 1,
        some(1, 2),
        some(1, 1) + 210,
        some(1, 2),
    )
    yield (
        some(2, 1) + 210,
        some(2, 1).abs() + 1,
        some(2, 2),
        some(2, 31) + 200,
        some(31, 2),
    )


@online_update.right
def by_logarithm(best, total, mixed, scores, values):
    larger = torch.cat([best, scores], dim=-1).max(-1, keepdim=True).values
    old, new = torch.exp(best - larger), torch.exp(scores - larger)
    return larger, total * old + new.sum(-1, keepdim=True), mixed * old + new @ values


@online_update.right
def loop(best, total, mixed, scores, values):
    for column, value in zip(scores.T, values, strict=True):
        s = column.unsqueeze(-1)  # (Tq, 1)
        larger = torch.maximum(best, s)
        total = total * (best - larger).exp() + (s - larger).exp()
        mixed = mixed * (best - larger).exp() + (s - larger).exp() * value
        best = larger
    return best, total, mixed


@online_update.right
def together(best, total, mixed, scores, values):
    larger = torch.maximum(best, scores.max(-1, keepdim=True)[0])
    both = torch.cat([total, mixed], dim=-1) * (best - larger).exp()
    ones = torch.cat([torch.ones(len(values), 1), values], dim=-1)
    both = both + (scores - larger).exp() @ ones
    return larger, both[:, :1], both[:, 1:]


@online_update.wrong(
    "The sums so far are not scaled anew. They are relative to the *old* largest score: "
    "multiply both by `exp(best - larger)`."
)
def not_scaled(best, total, mixed, scores, values):
    larger = torch.maximum(best, scores.amax(-1, keepdim=True))
    new = (scores - larger).exp()
    return larger, total + new.sum(-1, keepdim=True), mixed + new @ values


@online_update.wrong(
    "You scale `total` anew, but not `mixed`. Both sums are relative to the largest score."
)
def mixed_forgotten(best, total, mixed, scores, values):
    larger, found, _ = online_update(best, total, mixed, scores, values)
    return larger, found, mixed + (scores - larger).exp() @ values


@online_update.wrong(
    "You take the block's own largest score, even where an earlier one was larger. The "
    "largest *so far* counts."
)
def own_best(best, total, mixed, scores, values):
    larger = scores.amax(-1, keepdim=True)
    old, new = (best - larger).exp(), (scores - larger).exp()
    return larger, total * old + new.sum(-1, keepdim=True), mixed * old + new @ values


@online_update.wrong(
    "You forget what came before the block. Keep the old sums, scaled by "
    "`exp(best - larger)`, and add."
)
def only_block(best, total, mixed, scores, values):
    larger = torch.maximum(best, scores.amax(-1, keepdim=True))
    new = (scores - larger).exp()
    return larger, new.sum(-1, keepdim=True), new @ values


@online_update.wrong(
    "You divide by the total already. Then the next block cannot be added with the right "
    "weight: divide once, at the end."
)
def divided(best, total, mixed, scores, values):
    larger, total, mixed = online_update(best, total, mixed, scores, values)
    return larger, total, mixed / total


@online_update.wrong(
    "You take one largest score for all queries. Each query has its own row, and its own "
    "largest score: `(Tq, 1)`."
)
def one_for_all(best, total, mixed, scores, values):
    larger = torch.maximum(best, scores.max()).max().expand_as(best)
    old, new = (best - larger).exp(), (scores - larger).exp()
    return larger, total * old + new.sum(-1, keepdim=True), mixed * old + new @ values


@online_update.wrong(
    "You take `exp` of the scores as they are, where large ones become infinite. Both sums "
    "are relative to the largest score: subtract it first."
)
def plain_exponentials(best, total, mixed, scores, values):
    larger = torch.maximum(best, scores.amax(-1, keepdim=True))
    new = scores.exp()
    return larger, total + new.sum(-1, keepdim=True), mixed + new @ values
