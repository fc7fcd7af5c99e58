"""Exercise 5.5: answers written from its statement and stub alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("5.5")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).movedim(-2, axis + 1)


@right("5.5")
def attend_along(query, key, value, axis):
    pattern = [
        ("bfhwd,bxhwd->bhwfx", "bhwfx,bxhwd->bfhwd"),
        ("bfhwd,bfxwd->bfwhx", "bfwhx,bfxwd->bfhwd"),
        ("bfhwd,bfhxd->bfhwx", "bfhwx,bfhxd->bfhwd"),
    ][axis]
    weights = torch.softmax(
        torch.einsum(pattern[0], query, key) / query.shape[-1] ** 0.5, dim=-1
    )
    return torch.einsum(pattern[1], weights, value)


@right("5.5")
def attend_along(query, key, value, axis):
    q, k, v = (x.transpose(axis + 1, 3) for x in (query, key, value))
    out = F.scaled_dot_product_attention(q, k, v)
    return out.transpose(axis + 1, 3)


@right("5.5")
def attend_along(query, key, value, axis):
    # full attention with a mask: only cells in line
    B, *sizes, d = query.shape
    place = torch.stack(
        torch.meshgrid(*map(torch.arange, sizes), indexing="ij"), -1
    ).reshape(-1, 3)
    others = [a for a in range(3) if a != axis]
    line = (place[:, None, others] == place[None, :, others]).all(-1)
    scores = query.reshape(B, -1, d) @ key.reshape(B, -1, d).mT / math.sqrt(d)
    weights = scores.masked_fill(~line, -math.inf).softmax(-1)
    return (weights @ value.flatten(1, 3)).reshape(value.shape)


@right("5.5")
def attend_along(query, key, value, axis):
    q, k, v = (
        np.moveaxis(x.detach().double().numpy(), axis + 1, 0)
        for x in (query, key, value)
    )
    out = np.zeros_like(v)
    n = len(q)
    for i in range(n):
        s = np.stack([(q[i] * k[j]).sum(-1) for j in range(n)]) / np.sqrt(q.shape[-1])
        e = np.exp(s - s.max(0))
        out[i] = ((e / e.sum(0))[..., None] * v).sum(0)
    return torch.from_numpy(np.moveaxis(out, 0, axis + 1).copy()).to(value.dtype)


@wrong("5.5", "forgets that axis 0 of the tensor is the batch")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).movedim(-2, axis)


@wrong("5.5", "axes counted from the other end: 0 = width, 2 = frames")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(3 - axis, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).movedim(-2, 3 - axis)


@wrong("5.5", "result not moved back")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return weights @ v


@wrong("5.5", "scores not scaled")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1)).softmax(-1)
    return (weights @ v).movedim(-2, axis + 1)


@wrong("5.5", "attends over the two other axes instead of the one")
def attend_along(query, key, value, axis):
    B, *sizes, d = query.shape
    place = torch.stack(
        torch.meshgrid(*map(torch.arange, sizes), indexing="ij"), -1
    ).reshape(-1, 3)
    plane = place[:, None, axis] == place[None, :, axis]
    scores = query.reshape(B, -1, d) @ key.reshape(B, -1, d).mT / math.sqrt(d)
    weights = scores.masked_fill(~plane, -math.inf).softmax(-1)
    return (weights @ value.flatten(1, 3)).reshape(value.shape)


@wrong("5.5", "reshapes to lines without moving the axis: mixes up the cells")
def attend_along(query, key, value, axis):
    n = query.shape[axis + 1]
    q, k, v = (x.reshape(len(x), -1, n, x.shape[-1]) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).reshape(value.shape)


@wrong("5.5", "softmax over the queries")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-2)
    return (weights @ v).movedim(-2, axis + 1)


@wrong("5.5", "full attention, axis not used")
def attend_along(query, key, value, axis):
    q, k, v = (x.flatten(1, 3) for x in (query, key, value))
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).reshape(value.shape)


@wrong("5.5", "cells see only what comes before them on the line")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    n = scores.shape[-1]
    scores = scores.masked_fill(~torch.ones(n, n).tril().bool(), -float("inf"))
    return (scores.softmax(-1) @ v).movedim(-2, axis + 1)


@wrong("5.5", "always along the frames")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(1, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).movedim(-2, 1)


@wrong("5.5", "height and width swapped")
def attend_along(query, key, value, axis):
    a = [1, 3, 2][axis]
    q, k, v = (x.movedim(a, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).movedim(-2, a)


@wrong("5.5", "root of the line's length")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-2])).softmax(-1)
    return (weights @ v).movedim(-2, axis + 1)


@wrong("5.5", "root of d_v")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(v.shape[-1])).softmax(-1)
    return (weights @ v).movedim(-2, axis + 1)


@wrong("5.5", "divides by d_k")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / q.shape[-1]).softmax(-1)
    return (weights @ v).movedim(-2, axis + 1)


@wrong("5.5", "moves back by swapping with the width: right for axes 1 and 2 only")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).transpose(-2, axis + 1)


@wrong("5.5", "all three axes one after the other")
def attend_along(query, key, value, axis):
    for a in range(3):
        q, k, v = (x.movedim(a + 1, -2) for x in (query, key, value))
        weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
        value = (weights @ v).movedim(-2, a + 1)
    return value


@wrong("5.5", "query and key swapped")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    weights = (k @ q.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).movedim(-2, axis + 1)


@wrong(
    "5.5", "lets whole slices attend: one score for a slice, summed over the other axes"
)
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, 1).flatten(2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(query.shape[-1])).softmax(-1)
    moved = value.movedim(axis + 1, 1)
    return (weights @ v).reshape(moved.shape).movedim(1, axis + 1)


@wrong("5.5", "no softmax")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis + 1, -2) for x in (query, key, value))
    weights = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return (weights @ v).movedim(-2, axis + 1)


@wrong("5.5", "batch forgotten and not scaled (two mistakes)")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim(axis, -2) for x in (query, key, value))
    weights = (q @ k.transpose(-2, -1)).softmax(-1)
    return (weights @ v).movedim(-2, axis)
