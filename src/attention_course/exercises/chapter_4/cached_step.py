"""Exercise 4.19: One token more"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.19",
    "One token more",
    stars=2,
    minutes=12,
    outputs=("output", "keys", "values"),
    statement="""\
A decoder that writes token by token need not compute everything anew. The keys and values of the \
tokens that stand there already do not change, since no position looks ahead: they wait in a \
cache. For the new token alone are made a query, a key and a value.

Write `cached_step(x, keys, values, w_query, w_key, w_value)`. `x`, `(B, d_model)`, is the new \
token; `keys` `(B, T, d_k)` and `values` `(B, T, d_v)` are the cache. It returns the new token's \
attention output and the two longer caches. The output must equal the last row of attention over \
all `T + 1` tokens. At the first step the cache is empty, `T = 0`.""",
)
def cached_step(
    x: Tensor,
    keys: Tensor,
    values: Tensor,
    w_query: Tensor,
    w_key: Tensor,
    w_value: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """Attend from one new token to itself and to all tokens before it.

    Args:
        x: ``(B, d_model)``, the new token.
        keys: ``(B, T, d_k)``, those of the tokens before; ``T`` may be 0.
        values: ``(B, T, d_v)``.
        w_query: ``(d_model, d_k)``.
        w_key: ``(d_model, d_k)``.
        w_value: ``(d_model, d_v)``.

    Returns:
        ``(output, keys, values)``: ``(B, d_v)``, and the caches with the new token,
        ``(B, T + 1, d_k)`` and ``(B, T + 1, d_v)``.
    """
    query = (x @ w_query).unsqueeze(1)  # (B, 1, d_k)
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)  # (B, T + 1, d_k)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    scores = query @ keys.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.softmax(dim=-1)  # (B, 1, T + 1)
    return (weights @ values).squeeze(1), keys, values


cached_step.hints = (
    "In the last row of the triangular mask everything is allowed. So one query against all keys "
    "needs no mask at all.",
    "The new token sees itself too: its key and value go into the caches before the scores are "
    "computed. `torch.cat` along the axis of the tokens puts them at the end.",
    "Each of the three products with `x` is `(B, ·)` and has no axis for tokens; give it one of "
    "size 1 with `unsqueeze(1)`. From there on it is attention with one query, whose axis is taken "
    "away at the end.",
)


@cached_step.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_before in (3, 5):
        n_rows, d_model, d_k, d_v = primes(generator, 4, low=2, high=13)
        yield (
            torch.randn(n_rows, d_model, generator=generator),
            torch.randn(n_rows, n_before, d_k, generator=generator),
            torch.randn(n_rows, n_before, d_v, generator=generator),
            torch.randn(d_model, d_k, generator=generator),
            torch.randn(d_model, d_k, generator=generator),
            torch.randn(d_model, d_v, generator=generator),
        )
    yield (
        torch.randn(1, 2, generator=generator),
        torch.zeros(1, 0, 3),
        torch.zeros(1, 0, 1),
        torch.randn(2, 3, generator=generator),
        torch.randn(2, 3, generator=generator),
        torch.randn(2, 1, generator=generator),
    )


@cached_step.right
def by_einsum(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_key)[:, None]], 1)
    values = torch.cat([values, (x @ w_value)[:, None]], 1)
    scores = torch.einsum("bk,btk->bt", x @ w_query, keys) / keys.shape[-1] ** 0.5
    return torch.einsum("bt,btv->bv", scores.softmax(-1), values), keys, values


@cached_step.right
def row_by_row(x, keys, values, w_query, w_key, w_value):
    outputs, all_keys, all_values = [], [], []
    for row, k, v in zip(x, keys, values, strict=True):
        k = torch.vstack([k, row @ w_key])
        v = torch.vstack([v, row @ w_value])
        weights = (k @ (row @ w_query) / math.sqrt(k.shape[1])).softmax(0)
        outputs.append(weights @ v)
        all_keys.append(k)
        all_values.append(v)
    return torch.stack(outputs), torch.stack(all_keys), torch.stack(all_values)


@cached_step.right
def by_torch(x, keys, values, w_query, w_key, w_value):
    x = x.unsqueeze(1)
    keys = torch.cat((keys, x @ w_key), dim=-2)
    values = torch.cat((values, x @ w_value), dim=-2)
    output = torch.nn.functional.scaled_dot_product_attention(x @ w_query, keys, values)
    return output[:, 0], keys, values


def attended(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    scores = query.unsqueeze(1) @ keys.mT / math.sqrt(query.shape[-1])
    return (scores.softmax(-1) @ values).squeeze(1)


def longer(cache: Tensor, new: Tensor) -> Tensor:
    return torch.cat([cache, new.unsqueeze(1)], dim=1)


@cached_step.wrong(
    "The new token does not see itself: you attend to the old cache and add to it afterwards. Its "
    "own key and value count."
)
def not_itself(x, keys, values, w_query, w_key, w_value):
    output = attended(x @ w_query, keys, values)
    return output, longer(keys, x @ w_key), longer(values, x @ w_value)


@cached_step.wrong(
    "The output is right, and the caches come back as they were. The next step needs the new key "
    "and value in them."
)
def caches_as_they_were(x, keys, values, w_query, w_key, w_value):
    return cached_step(x, keys, values, w_query, w_key, w_value)[0], keys, values


@cached_step.wrong(
    "The new key and value stand in front of the caches. They belong at the end, after the tokens "
    "that came before."
)
def in_front(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([(x @ w_key).unsqueeze(1), keys], dim=1)
    values = torch.cat([(x @ w_value).unsqueeze(1), values], dim=1)
    return attended(x @ w_query, keys, values), keys, values


@cached_step.wrong(
    "You put the query into the cache of the keys. A key is made by `w_key`; the query is used "
    "once and forgotten."
)
def query_cached(x, keys, values, w_query, w_key, w_value):
    return cached_step(x, keys, values, w_query, w_query, w_value)


@cached_step.wrong(
    "The newest key asks in your function. The query comes from `w_query`."
)
def key_asks(x, keys, values, w_query, w_key, w_value):
    return cached_step(x, keys, values, w_key, w_key, w_value)


@cached_step.wrong("The scores are not divided by √d_k, as they are in the full pass.")
def not_divided(x, keys, values, w_query, w_key, w_value):
    grown = math.sqrt(keys.shape[-1])
    return cached_step(x, keys, values, w_query * grown, w_key, w_value)


@cached_step.wrong(
    "You return the mean of the values: the scores have no effect. Weigh the values by a softmax."
)
def mean_of_values(x, keys, values, w_query, w_key, w_value):
    keys, values = longer(keys, x @ w_key), longer(values, x @ w_value)
    return values.mean(1), keys, values


@cached_step.wrong(
    "The axis of the single query is still in your output, `(B, 1, d_v)`. Take it away."
)
def axis_kept(x, keys, values, w_query, w_key, w_value):
    output, keys, values = cached_step(x, keys, values, w_query, w_key, w_value)
    return output.unsqueeze(1), keys, values


@cached_step.wrong(
    "You return the new key and value alone. The exercise asks for the whole caches, with the "
    "new ones at their end."
)
def new_ones_alone(x, keys, values, w_query, w_key, w_value):
    output, keys, values = cached_step(x, keys, values, w_query, w_key, w_value)
    return output, keys[:, -1:], values[:, -1:]


@cached_step.wrong(
    "Only the new token's own value comes out: it sees nothing of what is cached."
)
def itself_alone(x, keys, values, w_query, w_key, w_value):
    return x @ w_value, longer(keys, x @ w_key), longer(values, x @ w_value)
