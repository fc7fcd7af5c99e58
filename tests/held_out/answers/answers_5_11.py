"""Exercise 5.11: answers written from its statement and stub alone."""

import itertools
import math

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("5.11")
def attend_across(query, key, value, extent):
    sizes, context = query.shape[:3], key.shape[:3]
    lines = []
    for n, c, e in zip(sizes, context, extent):
        middle = torch.arange(n) * c // n
        lines.append((middle[:, None] - torch.arange(c)).abs() <= e)
    near = torch.einsum("ax,by,cz->abcxyz", *(line.float() for line in lines)) > 0
    near = near.reshape(math.prod(sizes), math.prod(context))
    d = query.shape[-1]
    scores = query.reshape(-1, d) @ key.reshape(-1, d).T / math.sqrt(d)
    weights = scores.masked_fill(~near, -float("inf")).softmax(-1)
    return (weights @ value.flatten(0, 2)).reshape(*sizes, -1)


@right("5.11")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1], dtype=value.dtype)
    for cell in itertools.product(*map(range, query.shape[:3])):
        box = []
        for i, n, c, e in zip(cell, query.shape, key.shape, extent):
            m = i * c // n
            box.append(slice(max(0, m - e), m + e + 1))
        k = key[tuple(box)].flatten(0, 2)
        v = value[tuple(box)].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@right("5.11")
def attend_across(query, key, value, extent):
    place = lambda sizes: torch.tensor(list(itertools.product(*map(range, sizes))))
    middle = (
        place(query.shape[:3])
        * torch.tensor(key.shape[:3])
        // torch.tensor(query.shape[:3])
    )
    far = (middle[:, None] - place(key.shape[:3])[None]).abs()
    bias = torch.where((far <= torch.tensor(extent)).all(-1), 0.0, -math.inf)
    out = F.scaled_dot_product_attention(
        query.flatten(0, 2)[None],
        key.flatten(0, 2)[None],
        value.flatten(0, 2)[None],
        attn_mask=bias[None],
    )
    return out.reshape(*query.shape[:3], value.shape[-1])


@right("5.11")
def attend_across(query, key, value, extent):
    q, k, v = (a.detach().double().numpy() for a in (query, key, value))
    out = np.empty(q.shape[:3] + (v.shape[-1],))
    for cell in np.ndindex(*q.shape[:3]):
        lows, highs = [], []
        for a in range(3):
            m = cell[a] * k.shape[a] // q.shape[a]
            lows.append(max(0, m - extent[a]))
            highs.append(min(k.shape[a], m + extent[a] + 1))
        near = np.s_[lows[0] : highs[0], lows[1] : highs[1], lows[2] : highs[2]]
        s = (k[near] * q[cell]).sum(-1) / math.sqrt(q.shape[-1])
        e = np.exp(s - s.max())
        out[cell] = (e[..., None] * v[near]).sum(axis=(0, 1, 2)) / e.sum()
    return torch.from_numpy(out).to(value.dtype)


@wrong("5.11", "scores not scaled")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * c // n for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[cell] = (k @ query[cell]).softmax(0) @ v
    return out


@wrong("5.11", "looks around cell (i, j, k) itself, not around the matching one")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [min(i, c - 1) for i, c in zip(cell, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "full attention: the extent is not used")
def attend_across(query, key, value, extent):
    d = query.shape[-1]
    weights = (query.reshape(-1, d) @ key.reshape(-1, d).T / math.sqrt(d)).softmax(-1)
    return (weights @ value.flatten(0, 2)).reshape(*query.shape[:3], -1)


@wrong("5.11", "end of the box not included")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * c // n for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(max(0, a - e), max(a + e, a + 1)) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "negative start of a slice: boxes at the border are empty")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * c // n for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(a - e, a + e + 1) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "matching cell rounded to the nearest")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [
            min(c - 1, int(i * c / n + 0.5))
            for i, n, c in zip(cell, query.shape, key.shape)
        ]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "sizes of grid and context swapped in the matching cell")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [min(c - 1, i * n // c) for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "missing cells come in with score 0 and value 0")
def attend_across(query, key, value, extent):
    a, b, c = extent
    pad = (0, 0, c, c, b, b, a, a)
    padded_key, padded_value = F.pad(key, pad), F.pad(value, pad)
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * s // n for i, n, s in zip(cell, query.shape, key.shape)]
        box = tuple(slice(p, p + 2 * e + 1) for p, e in zip(m, extent))
        k, v = padded_key[box].flatten(0, 2), padded_value[box].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "edge cells stand in for missing ones")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        index = []
        for i, n, c, e in zip(cell, query.shape, key.shape, extent):
            m = i * c // n
            index.append(torch.arange(m - e, m + e + 1).clamp(0, c - 1))
        grid = torch.meshgrid(*index, indexing="ij")
        k, v = key[grid].flatten(0, 2), value[grid].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "extents in reverse order")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * c // n for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent[::-1]))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "softmax over the width only, not over the whole box")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * c // n for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        weights = (key[box] @ query[cell] / math.sqrt(key.shape[-1])).softmax(-1)
        out[cell] = (weights.unsqueeze(-1) * value[box]).sum(dim=(0, 1, 2))
    return out


@wrong("5.11", "plain average over the box")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * c // n for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        out[cell] = value[box].flatten(0, 2).mean(0)
    return out


@wrong("5.11", "divides by d_k")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * c // n for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[cell] = (k @ query[cell] / k.shape[-1]).softmax(0) @ v
    return out


@wrong("5.11", "value of the matching cell alone")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = tuple(i * c // n for i, n, c in zip(cell, query.shape, key.shape))
        out[cell] = value[m]
    return out


@wrong("5.11", "result left as a sequence of cells")
def attend_across(query, key, value, extent):
    out = []
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * c // n for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out.append((k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v)
    return torch.stack(out)


@wrong("5.11", "softmax over all cells, then zeros outside the box")
def attend_across(query, key, value, extent):
    d = query.shape[-1]
    everything = (query.reshape(-1, d) @ key.reshape(-1, d).T / math.sqrt(d)).softmax(
        -1
    )
    everything = everything.reshape(*query.shape[:3], *key.shape[:3])
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * c // n for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        out[cell] = (everything[cell][box].unsqueeze(-1) * value[box]).sum(
            dim=(0, 1, 2)
        )
    return out


@wrong("5.11", "root of d_v")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [i * c // n for i, n, c in zip(cell, query.shape, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(v.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "near in one axis is enough (any instead of all)")
def attend_across(query, key, value, extent):
    place = lambda sizes: torch.tensor(list(itertools.product(*map(range, sizes))))
    middle = (
        place(query.shape[:3])
        * torch.tensor(key.shape[:3])
        // torch.tensor(query.shape[:3])
    )
    far = (middle[:, None] - place(key.shape[:3])[None]).abs()
    near = (far <= torch.tensor(extent)).any(-1)
    d = query.shape[-1]
    scores = query.reshape(-1, d) @ key.reshape(-1, d).T / math.sqrt(d)
    weights = scores.masked_fill(~near, -float("inf")).softmax(-1)
    return (weights @ value.flatten(0, 2)).reshape(*query.shape[:3], -1)


@wrong(
    "5.11",
    "extent measured in cells of the grid that looks: boxes are made for the query's grid",
)
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        box = []
        for i, n, c, e in zip(cell, query.shape, key.shape, extent):
            low, high = max(0, i - e) * c // n, min(n - 1, i + e) * c // n
            box.append(slice(low, high + 1))
        k, v = key[tuple(box)].flatten(0, 2), value[tuple(box)].flatten(0, 2)
        out[cell] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "result in the shape of the context")
def attend_across(query, key, value, extent):
    out = torch.zeros(*key.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = tuple(i * c // n for i, n, c in zip(cell, query.shape, key.shape))
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[m] = (k @ query[cell] / math.sqrt(k.shape[-1])).softmax(0) @ v
    return out


@wrong("5.11", "not scaled, and looks around the cell's own numbers (two mistakes)")
def attend_across(query, key, value, extent):
    out = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        m = [min(i, c - 1) for i, c in zip(cell, key.shape)]
        box = tuple(slice(max(0, a - e), a + e + 1) for a, e in zip(m, extent))
        k, v = key[box].flatten(0, 2), value[box].flatten(0, 2)
        out[cell] = (k @ query[cell]).softmax(0) @ v
    return out
