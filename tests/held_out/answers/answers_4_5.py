"""Exercise 4.5: answers written from its statement and stub alone."""

import math

import numpy as np
import torch

from ..collect import right, wrong


@right("4.5")
def scores_of_heads(query, key, n_heads):
    def cut(x):
        return x.reshape(*x.shape[:-1], n_heads, -1).transpose(-3, -2)

    q, k = cut(query), cut(key)
    return q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])


@right("4.5")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1))
    k = key.unflatten(-1, (n_heads, -1))
    return (
        torch.einsum("...ihd,...jhd->...hij", q, k)
        * (query.shape[-1] // n_heads) ** -0.5
    )


@right("4.5")
def scores_of_heads(query, key, n_heads):
    pairs = zip(query.chunk(n_heads, -1), key.chunk(n_heads, -1))
    return torch.stack([q @ k.mT / q.shape[-1] ** 0.5 for q, k in pairs], dim=-3)


@right("4.5")
def scores_of_heads(query, key, n_heads):
    q, k = query.detach().double().numpy(), key.detach().double().numpy()
    d = q.shape[-1] // n_heads
    heads = []
    for h in range(n_heads):
        s = slice(h * d, (h + 1) * d)
        heads.append(q[..., s] @ np.swapaxes(k[..., s], -1, -2) / np.sqrt(d))
    return torch.from_numpy(np.stack(heads, axis=-3)).to(query.dtype)


@right("4.5")
def scores_of_heads(query, key, n_heads):
    product = query.unsqueeze(-2) * key.unsqueeze(-3)
    d_head = query.shape[-1] / n_heads
    per_head = product.unflatten(-1, (n_heads, int(d_head))).sum(-1)
    return per_head.movedim(-1, -3) / math.sqrt(d_head)


@wrong("4.5", "root of d_model instead of d_head")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return q @ k.transpose(-2, -1) / math.sqrt(query.shape[-1])


@wrong("4.5", "not scaled")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return q @ k.transpose(-2, -1)


@wrong("4.5", "divides by d_head, not by its root")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return q @ k.transpose(-2, -1) / q.shape[-1]


@wrong("4.5", "root of the number of heads")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return q @ k.transpose(-2, -1) / math.sqrt(n_heads)


@wrong("4.5", "one reshape for the heads: mixes up the places")
def scores_of_heads(query, key, n_heads):
    d = query.shape[-1] // n_heads
    q = query.reshape(*query.shape[:-2], n_heads, query.shape[-2], d)
    k = key.reshape(*key.shape[:-2], n_heads, key.shape[-2], d)
    return q @ k.transpose(-2, -1) / math.sqrt(d)


@wrong("4.5", "softmax on top")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)


@wrong("4.5", "adds up the heads")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).sum(-3)


@wrong("4.5", "takes Tk to be Tq")
def scores_of_heads(query, key, n_heads):
    *lead, T, d_model = query.shape
    d = d_model // n_heads
    q = query.reshape(*lead, T, n_heads, d).transpose(-3, -2)
    k = key.reshape(*lead, T, n_heads, d).transpose(-3, -2)
    return q @ k.transpose(-2, -1) / math.sqrt(d)


@wrong("4.5", "rows belong to keys")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return k @ q.transpose(-2, -1) / math.sqrt(q.shape[-1])


@wrong("4.5", "heads get every n_heads-th number")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (-1, n_heads)).movedim(-1, -3)
    k = key.unflatten(-1, (-1, n_heads)).movedim(-1, -3)
    return q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])


@wrong("4.5", "transpose(1, 2): for a single leading axis only")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(1, 2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(1, 2)
    return q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])


@wrong("4.5", "heads last, (..., Tq, Tk, n_heads)")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1))
    k = key.unflatten(-1, (n_heads, -1))
    return torch.einsum("...ihd,...jhd->...ijh", q, k) / math.sqrt(q.shape[-1])


@wrong("4.5", "averages the heads, but keeps their axis")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return scores.mean(-3, keepdim=True)


@wrong("4.5", "does not cut: every head has the scores of the whole vectors")
def scores_of_heads(query, key, n_heads):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1] // n_heads)
    return scores.unsqueeze(-3).repeat(*[1] * (scores.dim() - 2), n_heads, 1, 1)


@wrong("4.5", "forgets to swap heads and places: heads are compared with heads")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1))
    k = key.unflatten(-1, (n_heads, -1))
    return q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])


@wrong("4.5", "root of the number of keys")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return q @ k.transpose(-2, -1) / math.sqrt(k.shape[-2])


@wrong("4.5", "always divides by 8, as in the example")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return q @ k.transpose(-2, -1) / 8


@wrong("4.5", "multiplies by the root")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return q @ k.transpose(-2, -1) * math.sqrt(q.shape[-1])


@wrong("4.5", "n_heads and d_head swapped when cutting")
def scores_of_heads(query, key, n_heads):
    d = query.shape[-1] // n_heads
    q = query.reshape(*query.shape[:-1], d, n_heads).transpose(-3, -2)
    k = key.reshape(*key.shape[:-1], d, n_heads).transpose(-3, -2)
    return q @ k.transpose(-2, -1) / math.sqrt(d)


@wrong("4.5", "root of d_model, and rows belong to keys (two mistakes)")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return k @ q.transpose(-2, -1) / math.sqrt(query.shape[-1])
