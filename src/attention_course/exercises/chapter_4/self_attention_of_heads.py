"""Exercise 4.17: Self-attention, whole"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ..checker import Args, exercise, primes
from ._shared import matrix


@exercise(
    "4.17",
    "Self-attention, whole",
    stars=3,
    minutes=20,
    statement="""\
All of this chapter in one function. A batch of padded sentences `x`, `(B, T, d_model)`, goes \
through one layer of self-attention with several heads, as in a decoder: each position looks at \
real tokens only, at its own position and at earlier ones.

Write `self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real)`. Head `h` \
gets the `h`-th part of each projection; after the heads are joined comes `w_output`. Matrices \
multiply from the right, `x @ w_query`. The padding stands at the end, so the first position of \
every sentence is real; rows of padding follow the same rule as the others.""",
)
def self_attention_of_heads(
    x: Tensor,
    w_query: Tensor,
    w_key: Tensor,
    w_value: Tensor,
    w_output: Tensor,
    n_heads: int,
    real: Tensor,
) -> Tensor:
    """Attend with several heads, to real tokens up to the own position.

    Args:
        x: ``(B, T, d_model)``.
        w_query: ``(d_model, d_model)``.
        w_key: ``(d_model, d_model)``.
        w_value: ``(d_model, d_model)``.
        w_output: ``(d_model, d_model)``, for the heads' results, once joined.
        n_heads: how many heads; it divides ``d_model``.
        real: boolean ``(B, T)``, ``True`` = a token, ``False`` = padding.

    Returns:
        ``(B, T, d_model)``.
    """
    length = x.shape[1]
    query = (x @ w_query).unflatten(-1, (n_heads, -1)).transpose(1, 2)
    key = (x @ w_key).unflatten(-1, (n_heads, -1)).transpose(1, 2)
    value = (x @ w_value).unflatten(-1, (n_heads, -1)).transpose(1, 2)
    # each (B, n_heads, T, d_head)
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    back = torch.ones(length, length, dtype=torch.bool).tril()  # (T, T)
    mask = back & real[:, None, None, :]  # (B, 1, T, T)
    weights = scores.masked_fill(~mask, -math.inf).softmax(dim=-1)
    joined = (weights @ value).transpose(1, 2).flatten(-2)  # (B, T, d_model)
    return joined @ w_output


self_attention_of_heads.hints = (
    "Five steps, each an exercise of its own: project, cut for the heads, attend under a mask, "
    "join the heads, project once more. Write the shape after each.",
    "After the cut all are `(B, n_heads, T, d_head)`, so the scores are `(B, n_heads, T, T)`. "
    "They are divided by the root of what one head has, `d_head`, not by that of `d_model`.",
    "The mask needs the axes (sentence, head, query, key). The triangle has the last two; `real` "
    "has the first and the last, so it wants two axes of size 1 between them. Both must allow a "
    "pair. Before the heads' results are joined, the axis of the heads goes back beside `d_head`.",
)


@self_attention_of_heads.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_heads in (2, 3):
        n_rows, length, d_head = primes(generator, 3, low=3, high=7)
        d_model = n_heads * d_head
        lengths = torch.randint(1, length, (n_rows, 1), generator=generator)
        lengths[0] = length
        yield (
            2 * torch.randn(n_rows, length, d_model, generator=generator),
            *(matrix(d_model, generator) for _ in range(4)),
            n_heads,
            torch.arange(length) < lengths,
        )
    yield (
        torch.randn(1, 1, 2, generator=generator),
        *(matrix(2, generator) for _ in range(4)),
        2,
        torch.tensor([[True]]),
    )


@self_attention_of_heads.right
def head_after_head(x, w_query, w_key, w_value, w_output, n_heads, real):
    length, d_head = x.shape[1], x.shape[2] // n_heads
    places = torch.arange(length)
    mask = (places <= places[:, None]) & real.unsqueeze(1)
    outputs = []
    for h in range(n_heads):
        part = slice(h * d_head, (h + 1) * d_head)
        q, k, v = x @ w_query[:, part], x @ w_key[:, part], x @ w_value[:, part]
        scores = torch.where(mask, q @ k.mT / d_head**0.5, -torch.inf)
        outputs.append(scores.softmax(-1) @ v)
    return torch.cat(outputs, dim=-1) @ w_output


@self_attention_of_heads.right
def by_einsum(x, w_query, w_key, w_value, w_output, n_heads, real):
    length, d_head = x.shape[1], x.shape[2] // n_heads
    q, k, v = (
        (x @ w).reshape(*x.shape[:2], n_heads, d_head)
        for w in (w_query, w_key, w_value)
    )
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(d_head)
    later = torch.ones(length, length).triu(1) == 1
    scores = scores.masked_fill(later | ~real[:, None, None], -math.inf)
    return torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), v).flatten(2) @ w_output


@self_attention_of_heads.right
def by_torch(x, w_query, w_key, w_value, w_output, n_heads, real):
    q, k, v = (
        (x @ w).unflatten(-1, (n_heads, -1)).transpose(1, 2)
        for w in (w_query, w_key, w_value)
    )
    mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()
    attended = nn.functional.scaled_dot_product_attention(
        q, k, v, attn_mask=mask & real[:, None, None]
    )
    return attended.transpose(1, 2).flatten(2) @ w_output


def parts_of(x: Tensor, w: Tensor, n_heads: int) -> Tensor:
    return (x @ w).unflatten(-1, (n_heads, -1)).transpose(1, 2)


def both(real: Tensor) -> Tensor:
    length = real.shape[1]
    return torch.ones(length, length, dtype=torch.bool).tril() & real[:, None, None]


def heads(x, w_query, w_key, w_value, n_heads, mask, size=None):
    """Give what the heads find, ``(B, n_heads, T, d_head)``."""
    q, k, v = (parts_of(x, w, n_heads) for w in (w_query, w_key, w_value))
    scores = q @ k.mT / math.sqrt(size or q.shape[-1])
    return scores.masked_fill(~mask, -math.inf).softmax(-1) @ v


def joined(parts: Tensor) -> Tensor:
    return parts.transpose(1, 2).flatten(2)


@self_attention_of_heads.wrong(
    "The padding is closed, the future is open: each position sees the tokens that come later. The "
    "triangle is missing in your mask."
)
def future_open(x, w_query, w_key, w_value, w_output, n_heads, real):
    mask = real[:, None, None]
    return joined(heads(x, w_query, w_key, w_value, n_heads, mask)) @ w_output


@self_attention_of_heads.wrong(
    "Positions of padding see other padding, since `real` has no effect in your mask. It closes "
    "keys: `real[:, None, None, :]`."
)
def padding_open(x, w_query, w_key, w_value, w_output, n_heads, real):
    mask = both(torch.ones_like(real))
    return joined(heads(x, w_query, w_key, w_value, n_heads, mask)) @ w_output


@self_attention_of_heads.wrong(
    "`real` closes queries in your mask, `(B, 1, T, 1)`: a row of padding has no key left and is "
    "NaN. It should close keys, the last axis."
)
def queries_closed(x, w_query, w_key, w_value, w_output, n_heads, real):
    mask = both(torch.ones_like(real)) & real[:, None, :, None]
    return joined(heads(x, w_query, w_key, w_value, n_heads, mask)) @ w_output


@self_attention_of_heads.wrong(
    "You divide the scores by the root of `d_model`. Each head has only `d_head` numbers to "
    "multiply, so the root of that."
)
def root_of_d_model(x, w_query, w_key, w_value, w_output, n_heads, real):
    size = x.shape[-1]
    found = heads(x, w_query, w_key, w_value, n_heads, both(real), size)
    return joined(found) @ w_output


@self_attention_of_heads.wrong(
    "The scores are not divided by the root of `d_head`, so the softmax is sharper than it should "
    "be."
)
def not_divided(x, w_query, w_key, w_value, w_output, n_heads, real):
    found = heads(x, w_query, w_key, w_value, n_heads, both(real), 1)
    return joined(found) @ w_output


@self_attention_of_heads.wrong(
    "`w_output` is missing at the end: the heads' results stand side by side, and nothing mixes "
    "them."
)
def no_output(x, w_query, w_key, w_value, w_output, n_heads, real):
    return joined(heads(x, w_query, w_key, w_value, n_heads, both(real)))


@self_attention_of_heads.wrong(
    "You join the heads by a reshape alone. It has the right shape and mixes positions with heads: "
    "bring the axis of the heads back beside `d_head` first."
)
def joined_by_reshape(x, w_query, w_key, w_value, w_output, n_heads, real):
    found = heads(x, w_query, w_key, w_value, n_heads, both(real))
    return found.reshape(x.shape) @ w_output


@self_attention_of_heads.wrong(
    "You cut for the heads by a reshape alone, so a head gets whole positions and not a part of "
    "each. Cut the last axis, then exchange axes."
)
def cut_by_reshape(x, w_query, w_key, w_value, w_output, n_heads, real):
    n_rows, length, d_model = x.shape
    shape = n_rows, n_heads, length, d_model // n_heads
    q, k, v = ((x @ w).reshape(shape) for w in (w_query, w_key, w_value))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    found = scores.masked_fill(~both(real), -math.inf).softmax(-1) @ v
    return joined(found) @ w_output


@self_attention_of_heads.wrong(
    "All of `d_model` is one head in your function; `n_heads` does not count."
)
def one_head(x, w_query, w_key, w_value, w_output, n_heads, real):
    return joined(heads(x, w_query, w_key, w_value, 1, both(real))) @ w_output


@self_attention_of_heads.wrong(
    "The mask comes after the softmax, so the weights that are left sum to less than one. Close "
    "the scores with -infinity."
)
def mask_after(x, w_query, w_key, w_value, w_output, n_heads, real):
    q, k, v = (parts_of(x, w, n_heads) for w in (w_query, w_key, w_value))
    weights = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1) * both(real)
    return joined(weights @ v) @ w_output


@self_attention_of_heads.wrong(
    "The values are not projected: the heads mix `x` itself. `w_value` makes what they pass on."
)
def values_as_they_came(x, w_query, w_key, w_value, w_output, n_heads, real):
    identity = torch.eye(x.shape[-1])
    return joined(heads(x, w_query, w_key, identity, n_heads, both(real))) @ w_output
