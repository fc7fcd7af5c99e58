"""Exercise 6.4: answers written from its statement and stub alone."""

import math

import torch

from ..collect import right, wrong


@right("6.4")
def grouped_scores(query, key):
    group = query.shape[0] // key.shape[0]
    keys = key.repeat_interleave(group, dim=0)
    return query @ keys.mT / math.sqrt(query.shape[-1])


@right("6.4")
def grouped_scores(query, key):
    n_kv, d = key.shape[0], key.shape[-1]
    grouped = query.unflatten(0, (n_kv, -1))
    scores = torch.einsum("gnqd,gkd->gnqk", grouped, key) / d**0.5
    return scores.flatten(0, 1)


@right("6.4")
def grouped_scores(query, key):
    size = len(query) // len(key)
    scale = query.shape[2] ** -0.5
    return torch.stack([scale * q @ key[h // size].T for h, q in enumerate(query)])


@right("6.4")
def grouped_scores(query, key):
    n_heads, t, d = query.shape
    shared = key[torch.arange(n_heads) * key.shape[0] // n_heads]
    return torch.baddbmm(
        torch.zeros(n_heads, t, key.shape[1], dtype=query.dtype),
        query,
        shared.transpose(1, 2),
        alpha=1 / math.sqrt(d),
    )


@wrong("6.4", "repeat: heads take turns instead of standing side by side")
def grouped_scores(query, key):
    group = query.shape[0] // key.shape[0]
    return query @ key.repeat(group, 1, 1).mT / math.sqrt(query.shape[-1])


@wrong("6.4", "not scaled")
def grouped_scores(query, key):
    group = query.shape[0] // key.shape[0]
    return query @ key.repeat_interleave(group, dim=0).mT


@wrong("6.4", "a softmax that was not asked for")
def grouped_scores(query, key):
    group = query.shape[0] // key.shape[0]
    keys = key.repeat_interleave(group, dim=0)
    return (query @ keys.mT / math.sqrt(query.shape[-1])).softmax(-1)


@wrong("6.4", "the first keys serve all heads")
def grouped_scores(query, key):
    return query @ key[:1].mT / math.sqrt(query.shape[-1])


@wrong("6.4", "root of the number of keys")
def grouped_scores(query, key):
    group = query.shape[0] // key.shape[0]
    keys = key.repeat_interleave(group, dim=0)
    return query @ keys.mT / math.sqrt(key.shape[1])


@wrong("6.4", "root of d_head times the number of heads")
def grouped_scores(query, key):
    group = query.shape[0] // key.shape[0]
    keys = key.repeat_interleave(group, dim=0)
    return query @ keys.mT / math.sqrt(query.shape[-1] * query.shape[0])


@wrong("6.4", "the queries of a group are averaged: n_kv_heads scores")
def grouped_scores(query, key):
    grouped = query.unflatten(0, (key.shape[0], -1)).mean(1)
    return grouped @ key.mT / math.sqrt(query.shape[-1])


@wrong("6.4", "the keys are averaged: all heads share one")
def grouped_scores(query, key):
    return query @ key.mean(0, keepdim=True).mT / math.sqrt(query.shape[-1])


@wrong("6.4", "an axis for the groups is left in the result")
def grouped_scores(query, key):
    grouped = query.unflatten(0, (key.shape[0], -1))
    return grouped @ key.unsqueeze(1).mT / math.sqrt(query.shape[-1])


@wrong("6.4", "group size and number of groups exchanged: modulo")
def grouped_scores(query, key):
    heads = [q @ key[h % len(key)].T for h, q in enumerate(query)]
    return torch.stack(heads) / math.sqrt(query.shape[-1])


@wrong("6.4", "h // n_kv_heads instead of h // group")
def grouped_scores(query, key):
    heads = [q @ key[(h // len(key)) % len(key)].T for h, q in enumerate(query)]
    return torch.stack(heads) / math.sqrt(query.shape[-1])


@wrong("6.4", "rows belong to keys")
def grouped_scores(query, key):
    group = query.shape[0] // key.shape[0]
    keys = key.repeat_interleave(group, dim=0)
    return keys @ query.mT / math.sqrt(query.shape[-1])


@wrong("6.4", "divides by d_head, not its root")
def grouped_scores(query, key):
    group = query.shape[0] // key.shape[0]
    keys = key.repeat_interleave(group, dim=0)
    return query @ keys.mT / query.shape[-1]


@wrong("6.4", "no sharing: fits only where the numbers of heads agree")
def grouped_scores(query, key):
    return query @ key.mT / math.sqrt(query.shape[-1])
