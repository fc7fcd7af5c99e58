"""Exercise 6.2: One step with a cache"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "6.2",
    "One step with a cache",
    stars=2,
    minutes=12,
    outputs=("output", "keys", "values"),
    statement="""\
A model writes token by token. The keys and values of all earlier tokens are kept, so that a step \
computes those of the newest token alone.

Write `attend_with_cache(query, key, value, old_keys, old_values)`. `query`, `key` and `value` \
belong to the newest token, `(n_heads, 1, d_head)` each; `old_keys` and `old_values` are those of \
the tokens before, `(n_heads, T, d_head)`, and `T` may be 0. Return the output of scaled \
dot-product attention for the newest token, and the keys and values to keep for the next step.""",
)
def attend_with_cache(
    query: Tensor, key: Tensor, value: Tensor, old_keys: Tensor, old_values: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Attend from the newest token to itself and to all before it.

    Args:
        query: ``(n_heads, 1, d_head)``, of the newest token.
        key: ``(n_heads, 1, d_head)``, of the newest token.
        value: ``(n_heads, 1, d_head)``, of the newest token.
        old_keys: ``(n_heads, T, d_head)``, of the tokens before it, oldest first.
        old_values: ``(n_heads, T, d_head)``.

    Returns:
        ``(output, keys, values)``: output ``(n_heads, 1, d_head)``, and the keys and
        values to keep, ``(n_heads, T + 1, d_head)`` each, oldest first.
    """
    keys = torch.cat([old_keys, key], dim=1)  # (n_heads, T + 1, d_head)
    values = torch.cat([old_values, value], dim=1)
    scores = query @ keys.transpose(-2, -1) / math.sqrt(query.shape[-1])
    return scores.softmax(dim=-1) @ values, keys, values


attend_with_cache.hints = (
    "What may the newest token look at? Does it need a mask?",
    "First put the new key behind the old ones, and the new value behind the old values: the "
    "token looks at itself, too. Along which axis?",
    "`torch.cat` joins along `dim=1`, the axis of the tokens. What is left is attention as in "
    "chapter 3, with one query for each head and `T + 1` keys. Nothing is in the future, so "
    "there is nothing to mask. Return three tensors.",
)


@attend_with_cache.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    def some(*sizes: int) -> Tensor:
        return torch.randn(*sizes, generator=generator)

    for _ in range(3):
        n_heads, length, d_head = primes(generator, 3, low=3, high=13)
        new, old = (n_heads, 1, d_head), (n_heads, length, d_head)
        yield some(*new), some(*new), some(*new), some(*old), some(*old)
    yield some(1, 1, 2), some(1, 1, 2), some(1, 1, 2), some(1, 0, 2), some(1, 0, 2)
    yield some(2, 1, 3), some(2, 1, 3), some(2, 1, 3), some(2, 29, 3), some(2, 29, 3)


def weigh(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    scores = query @ keys.mT / query.shape[-1] ** 0.5
    return scores.softmax(-1) @ values


@attend_with_cache.right
def fused(query, key, value, old_keys, old_values):
    keys, values = torch.cat((old_keys, key), -2), torch.cat((old_values, value), -2)
    kernel = torch.nn.functional.scaled_dot_product_attention
    return kernel(query, keys, values), keys, values


@attend_with_cache.right
def sums(query, key, value, old_keys, old_values):
    keys, values = torch.cat([old_keys, key], 1), torch.cat([old_values, value], 1)
    scores = (query * keys).sum(-1) / query.shape[-1] ** 0.5  # (n_heads, T + 1)
    output = (scores.softmax(-1).unsqueeze(-1) * values).sum(1, keepdim=True)
    return output, keys, values


@attend_with_cache.right
def filled(query, key, value, old_keys, old_values):
    n_heads, length, d_head = old_keys.shape
    keys, values = torch.empty(2, n_heads, length + 1, d_head)
    keys[:, :length], keys[:, length:] = old_keys, key
    values[:, :length], values[:, length:] = old_values, value
    return weigh(query, keys, values), keys, values


@attend_with_cache.wrong(
    "The newest token does not look at itself: its own key and value are kept for later, "
    "but they belong to this step as well. Join first, then attend."
)
def not_itself(query, key, value, old_keys, old_values):
    keys, values = torch.cat([old_keys, key], 1), torch.cat([old_values, value], 1)
    return weigh(query, old_keys, old_values), keys, values


@attend_with_cache.wrong(
    "You put the new key and value *before* the old ones. The output is the same, since no "
    "order enters a weighted mean; but the next step would take them for the oldest."
)
def newest_first(query, key, value, old_keys, old_values):
    keys, values = torch.cat([key, old_keys], 1), torch.cat([value, old_values], 1)
    return weigh(query, keys, values), keys, values


@attend_with_cache.wrong(
    "You return the old keys and values. The next step needs those of this token too."
)
def not_kept(query, key, value, old_keys, old_values):
    keys, values = torch.cat([old_keys, key], 1), torch.cat([old_values, value], 1)
    return weigh(query, keys, values), old_keys, old_values


@attend_with_cache.wrong(
    "Your scores are not divided by the square root of `d_head`: scaled dot-product "
    "attention is asked for."
)
def unscaled(query, key, value, old_keys, old_values):
    keys, values = torch.cat([old_keys, key], 1), torch.cat([old_values, value], 1)
    return (query @ keys.mT).softmax(-1) @ values, keys, values


@attend_with_cache.wrong(
    "You throw the oldest token away, so that the cache never grows. That is a sliding "
    "window; here everything is kept."
)
def window(query, key, value, old_keys, old_values):
    keys = torch.cat([old_keys, key], 1)[:, -max(old_keys.shape[1], 1) :]
    values = torch.cat([old_values, value], 1)[:, -max(old_keys.shape[1], 1) :]
    return weigh(query, keys, values), keys, values


@attend_with_cache.wrong(
    "Keys and values have changed places among what you keep: `output, keys, values`."
)
def swapped(query, key, value, old_keys, old_values):
    keys, values = torch.cat([old_keys, key], 1), torch.cat([old_values, value], 1)
    return weigh(query, keys, values), values, keys
