"""Exercise 5.4: answers written from its statement and stub alone."""

import itertools
import math

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("5.4")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@right("5.4")
def attend_to_all_cells(query, key, value):
    s = torch.einsum("bfhwd,bxyzd->bfhwxyz", query, key) * query.shape[-1] ** -0.5
    w = s.flatten(4).softmax(-1).reshape(s.shape)
    return torch.einsum("bfhwxyz,bxyzd->bfhwd", w, value)


@right("5.4")
def attend_to_all_cells(query, key, value):
    B, n_f, n_h, n_w, d_k = query.shape
    sequence = lambda x: x.reshape(B, 1, -1, x.shape[-1])
    out = F.scaled_dot_product_attention(
        sequence(query), sequence(key), sequence(value)
    )
    return out.reshape(B, n_f, n_h, n_w, -1)


@right("5.4")
def attend_to_all_cells(query, key, value):
    out = torch.zeros(*query.shape[:-1], value.shape[-1], dtype=value.dtype)
    for b in range(len(query)):
        k = key[b].reshape(-1, key.shape[-1])
        v = value[b].reshape(-1, value.shape[-1])
        for cell in itertools.product(*map(range, query.shape[1:4])):
            w = torch.softmax(k @ query[(b, *cell)] / math.sqrt(k.shape[-1]), dim=0)
            out[(b, *cell)] = w @ v
    return out


@right("5.4")
def attend_to_all_cells(query, key, value):
    q, k, v = (a.detach().double().numpy() for a in (query, key, value))
    B = q.shape[0]
    q2, k2, v2 = (a.reshape(B, -1, a.shape[-1]) for a in (q, k, v))
    s = q2 @ k2.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
    e = np.exp(s - s.max(-1, keepdims=True))
    out = (e @ v2 / e.sum(-1, keepdims=True)).reshape(q.shape[:-1] + (v.shape[-1],))
    return torch.from_numpy(out).to(value.dtype)


@wrong("5.4", "scores not scaled")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2)).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "divides by d_k")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2) / q.shape[-1]).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "each frame by itself")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(2, 3) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "softmax over the queries")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-2)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "the batch is flattened too: videos look at one another")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(0, 3) for x in (query, key, value))
    weights = (q @ k.T / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "result left as a sequence")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return weights @ v


@wrong("5.4", "root of d_v")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2) / math.sqrt(v.shape[-1])).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "gives the result the query's shape: d_v must be d_k")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).reshape(query.shape)


@wrong("5.4", "looks along the row only: no flattening")
def attend_to_all_cells(query, key, value):
    weights = (query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])).softmax(-1)
    return weights @ value


@wrong("5.4", "root of the number of cells")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[1])).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "plain average of all values")
def attend_to_all_cells(query, key, value):
    return value.mean(dim=(1, 2, 3), keepdim=True).expand_as(value).clone()


@wrong("5.4", "values flattened in another order than the keys")
def attend_to_all_cells(query, key, value):
    q, k = query.flatten(1, 3), key.flatten(1, 3)
    v = value.permute(0, 3, 2, 1, 4).flatten(1, 3)
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "cells see only earlier cells and themselves")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    n = scores.shape[-1]
    scores = scores.masked_fill(~torch.ones(n, n).tril().bool(), -float("inf"))
    return (scores.softmax(-1) @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "looks through the frames at one place only")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.movedim(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).movedim(3, 1)


@wrong("5.4", "no softmax")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "returns the weights as well")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1]), weights


@wrong("5.4", "averages keys instead of values")
def attend_to_all_cells(query, key, value):
    q, k = query.flatten(1, 3), key.flatten(1, 3)
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ k).reshape(query.shape)


@wrong("5.4", "query and key swapped")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (k @ q.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.4", "puts the sequence back as (W, H, F)")
def attend_to_all_cells(query, key, value):
    B, n_f, n_h, n_w, _ = query.shape
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).reshape(B, n_w, n_h, n_f, -1).permute(0, 3, 2, 1, 4)


@wrong("5.4", "softmax over rows of the grid: each of the three key axes by itself")
def attend_to_all_cells(query, key, value):
    s = torch.einsum("bfhwd,bxyzd->bfhwxyz", query, key) / math.sqrt(query.shape[-1])
    return torch.einsum("bfhwxyz,bxyzd->bfhwd", s.softmax(-1), value)


@wrong("5.4", "not scaled, and each frame by itself (two mistakes)")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(2, 3) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1)).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], v.shape[-1])
