"""Exercise 3.6: Attention in three lines"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "3.6",
    "Attention in three lines",
    stars=2,
    minutes=10,
    outputs=("output", "weights"),
    statement="""\
Scores, weights, average: all attention of this course is these three lines. Write \
`attend_in_three_lines(query, key, value, mask)` with dot products divided by √d_k, and return the \
output `(..., Tq, d_v)` *and* the weights `(..., Tq, Tk)`.

Here every query may attend to at least one key, so that no row is empty (exercise 3.4).""",
)
def attend_in_three_lines(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor,
) -> tuple[Tensor, Tensor]:
    """Average the values by how well their keys match the query.

    Args:
        query: ``(..., Tq, d_k)``.
        key: ``(..., Tk, d_k)``.
        value: ``(..., Tk, d_v)``.
        mask: boolean, broadcasts with ``(..., Tq, Tk)``; ``True`` = may attend.
            Every query may attend to at least one key.

    Returns:
        ``(output, weights)``: ``(..., Tq, d_v)`` and ``(..., Tq, Tk)``.
    """
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)  # (..., Tq, Tk)
    return weights @ value, weights  # (..., Tq, d_v), (..., Tq, Tk)


attend_in_three_lines.hints = (
    "Line 1: a score for each pair (exercises 3.1 and 3.3). Line 2: a softmax over the keys "
    "that are allowed. Line 3: combine the values (exercise 1.3).",
    "The mask belongs between the scores and the softmax: `masked_fill(~mask, -torch.inf)`. "
    "The weights `(..., Tq, Tk)` and the values `(..., Tk, d_v)`: which axis disappears?",
    "`scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])` is the first line. "
    "In the second, `.softmax(dim=-1)` follows the filling. The third is a product of weights "
    "and values, and gives back both results, the output first.",
)


@attend_in_three_lines.inputs
def attend_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (1, 0, 1):
        *leading, n_queries, n_keys, d_k, d_v = primes(
            generator, 4 + n_leading, low=3, high=17
        )
        mask = torch.rand(*leading, n_queries, n_keys, generator=generator) < 0.6
        mask[..., :2] = True  # with a single key nothing would depend on the scores
        mask[..., -1] = False
        yield (
            2 * torch.randn(*leading, n_queries, d_k, generator=generator),
            torch.randn(*leading, n_keys, d_k, generator=generator),
            torch.randn(*leading, n_keys, d_v, generator=generator),
            mask,
        )
    # Far from zero: with d_k = 1 the scores are 0 and 120.
    query, key = torch.tensor([[[40.0]]]), torch.tensor([[[0.0], [3.0]]])
    yield (
        query,
        key,
        torch.randn(1, 2, 1, generator=generator),
        torch.ones(1, 1, 2, dtype=torch.bool),
    )


@attend_in_three_lines.right
def einsum(query, key, value, mask):
    scores = torch.einsum("...id,...jd->...ij", query, key) / query.shape[-1] ** 0.5
    weights = torch.where(mask, scores, -torch.inf).softmax(-1)
    return torch.einsum("...ij,...jv->...iv", weights, value), weights


@attend_in_three_lines.right
def exp(query, key, value, mask):
    scores = query @ key.mT / query.shape[-1] ** 0.5
    exp = (scores - scores.amax(-1, keepdim=True)).exp() * mask
    weights = exp / exp.sum(-1, keepdim=True)
    return (weights.unsqueeze(-1) * value.unsqueeze(-3)).sum(-2), weights


@attend_in_three_lines.right
def torch_kernel(query, key, value, mask):
    # With the identity as values, what comes out are the weights.
    identity = torch.eye(key.shape[-2]).expand(*key.shape[:-1], -1)
    output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return output, F.scaled_dot_product_attention(query, key, identity, attn_mask=mask)


@attend_in_three_lines.wrong("You do not divide the scores by √d_k.")
def unscaled(query, key, value, mask):
    weights = (query @ key.mT).masked_fill(~mask, -torch.inf).softmax(-1)
    return weights @ value, weights


@attend_in_three_lines.wrong(
    "The mask has no effect. Where it is `False`, the score must be -inf before the "
    "softmax."
)
def unmasked(query, key, value, mask):
    return attend_in_three_lines(query, key, value, torch.ones_like(mask))


@attend_in_three_lines.wrong(
    "Your mask is inverted. `True` = may attend: fill in -inf at `~mask`."
)
def inverted(query, key, value, mask):
    return attend_in_three_lines(query, key, value, ~mask)


@attend_in_three_lines.wrong(
    "Your softmax runs over the queries. Each query divides its attention among the "
    "keys, the last axis."
)
def over_queries(query, key, value, mask):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -1e9).softmax(-2) * mask
    return weights @ value, weights


@attend_in_three_lines.wrong(
    "You mask after the softmax, so the weights of a query no longer sum to one. Mask "
    "the scores."
)
def after(query, key, value, mask):
    weights = (query @ key.mT / math.sqrt(query.shape[-1])).softmax(-1) * mask
    return weights @ value, weights


@attend_in_three_lines.wrong(
    "Your weights are right, and then you average the *keys*. Keys are for comparing; "
    "what is averaged are the values."
)
def keys(query, key, value, mask):
    weights = attend_in_three_lines(query, key, value, mask)[1]
    return weights @ key, weights


@attend_in_three_lines.wrong(
    "You use the scores as weights. A softmax makes weights of them: positive, and with "
    "sum one."
)
def scores(query, key, value, mask):
    scores = (query @ key.mT / math.sqrt(query.shape[-1])).masked_fill(~mask, 0.0)
    return scores @ value, scores


@attend_in_three_lines.wrong(
    "You return the weights first. The exercise asks for `(output, weights)`, in this order."
)
def swapped(query, key, value, mask):
    output, weights = attend_in_three_lines(query, key, value, mask)
    return weights, output


@attend_in_three_lines.wrong(
    "Each query takes the value of its best key alone. Every allowed key has a share: "
    "that is what makes attention differentiable."
)
def hard(query, key, value, mask):
    weights = attend_in_three_lines(query, key, value, mask)[1]
    weights = F.one_hot(weights.argmax(-1), key.shape[-2]).to(value.dtype)
    return weights @ value, weights
