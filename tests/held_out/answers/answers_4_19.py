"""Exercise 4.19: answers written from its statement and stub alone."""

import math

import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("4.19")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    query = (x @ w_query).unsqueeze(1)
    out = F.scaled_dot_product_attention(query, keys, values)
    return out.squeeze(1), keys, values


@right("4.19")
def cached_step(x, keys, values, w_query, w_key, w_value):
    q, k, v = x @ w_query, x @ w_key, x @ w_value
    all_keys = torch.cat((keys, k[:, None, :]), 1)
    all_values = torch.cat((values, v[:, None, :]), 1)
    scores = torch.einsum("bd,btd->bt", q, all_keys) / math.sqrt(q.shape[-1])
    return (
        torch.einsum("bt,btd->bd", scores.softmax(1), all_values),
        all_keys,
        all_values,
    )


@right("4.19")
def cached_step(x, keys, values, w_query, w_key, w_value):
    b, t, d_k = keys.shape
    new_keys = torch.empty(b, t + 1, d_k, dtype=keys.dtype)
    new_values = torch.empty(b, t + 1, values.shape[2], dtype=values.dtype)
    new_keys[:, :t], new_keys[:, t] = keys, x @ w_key
    new_values[:, :t], new_values[:, t] = values, x @ w_value
    scores = (new_keys @ (x @ w_query)[:, :, None])[:, :, 0] * d_k**-0.5
    weights = torch.softmax(scores, -1)
    return (weights[:, :, None] * new_values).sum(1), new_keys, new_values


@wrong("4.19", "attends to the cache alone, not to the new token")
def cached_step(x, keys, values, w_query, w_key, w_value):
    query = (x @ w_query).unsqueeze(1)
    out = F.scaled_dot_product_attention(query, keys, values).squeeze(1)
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    return out, keys, values


@wrong("4.19", "the new token comes first in the caches")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([(x @ w_key).unsqueeze(1), keys], dim=1)
    values = torch.cat([(x @ w_value).unsqueeze(1), values], dim=1)
    query = (x @ w_query).unsqueeze(1)
    out = F.scaled_dot_product_attention(query, keys, values)
    return out.squeeze(1), keys, values


@wrong("4.19", "not scaled")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    scores = (x @ w_query).unsqueeze(1) @ keys.mT
    return (scores.softmax(-1) @ values).squeeze(1), keys, values


@wrong("4.19", "the output keeps an axis of one position")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    query = (x @ w_query).unsqueeze(1)
    return F.scaled_dot_product_attention(query, keys, values), keys, values


@wrong("4.19", "the old caches are returned")
def cached_step(x, keys, values, w_query, w_key, w_value):
    all_keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    all_values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    query = (x @ w_query).unsqueeze(1)
    out = F.scaled_dot_product_attention(query, all_keys, all_values)
    return out.squeeze(1), keys, values


@wrong("4.19", "the query is put into the cache of keys")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_query).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    query = (x @ w_query).unsqueeze(1)
    out = F.scaled_dot_product_attention(query, keys, values)
    return out.squeeze(1), keys, values


@wrong("4.19", "a causal mask for one query: it sees the first key only")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    query = (x @ w_query).unsqueeze(1)
    out = F.scaled_dot_product_attention(query, keys, values, is_causal=True)
    return out.squeeze(1), keys, values


@wrong("4.19", "softmax over the batch")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    query = x @ w_query
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(keys.shape[-1])
    weights = scores.softmax(dim=0)
    return (weights.unsqueeze(-1) * values).sum(1), keys, values


@wrong("4.19", "root of d_v instead of d_k")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    query = x @ w_query
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(values.shape[-1])
    return (scores.softmax(-1).unsqueeze(-1) * values).sum(1), keys, values


@wrong("4.19", "keys and values exchanged in the result")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    query = (x @ w_query).unsqueeze(1)
    out = F.scaled_dot_product_attention(query, keys, values)
    return out.squeeze(1), values, keys


@wrong("4.19", "only the new key and value are returned")
def cached_step(x, keys, values, w_query, w_key, w_value):
    k, v = (x @ w_key).unsqueeze(1), (x @ w_value).unsqueeze(1)
    query = (x @ w_query).unsqueeze(1)
    out = F.scaled_dot_product_attention(
        query, torch.cat([keys, k], dim=1), torch.cat([values, v], dim=1)
    )
    return out.squeeze(1), k, v


@wrong("4.19", "the new value is left out of the output, with its weight")
def cached_step(x, keys, values, w_query, w_key, w_value):
    t = values.shape[1]
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    scores = (x @ w_query).unsqueeze(1) @ keys.mT / math.sqrt(keys.shape[-1])
    weights = scores.softmax(-1)
    out = (weights[..., :t] @ values).squeeze(1)
    return out, keys, torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)


@wrong("4.19", "a window: the oldest entry falls out of the caches")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    query = (x @ w_query).unsqueeze(1)
    out = F.scaled_dot_product_attention(query, keys, values)
    return out.squeeze(1), keys[:, 1:], values[:, 1:]


@wrong("4.19", "the mean of the values: no weights")
def cached_step(x, keys, values, w_query, w_key, w_value):
    keys = torch.cat([keys, (x @ w_key).unsqueeze(1)], dim=1)
    values = torch.cat([values, (x @ w_value).unsqueeze(1)], dim=1)
    return values.mean(1), keys, values
