"""Exercise 5.8: answers written from its statement and stub alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("5.8")
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        near = slice(max(0, i - extent), i + extent + 1)
        weights = (key[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0)
        out.append(weights @ value[near])
    return torch.stack(out)


@right("5.8")
def attend_on_line(query, key, value, extent):
    t = torch.arange(len(query))
    near = (t[:, None] - t).abs() <= extent
    scores = query @ key.T / query.shape[-1] ** 0.5
    return torch.where(near, scores, -math.inf).softmax(-1) @ value


@right("5.8")
def attend_on_line(query, key, value, extent):
    T = len(query)
    band = torch.ones(T, T).tril(extent).triu(-extent).bool()
    return F.scaled_dot_product_attention(
        query[None], key[None], value[None], attn_mask=band[None]
    )[0]


@right("5.8")
def attend_on_line(query, key, value, extent):
    T, d = query.shape
    extent = min(extent, T)
    index = torch.arange(T)[:, None] + torch.arange(-extent, extent + 1)
    inside = (index >= 0) & (index < T)
    index = index.clamp(0, T - 1)
    scores = torch.einsum("td,tnd->tn", query, key[index]) / math.sqrt(d)
    weights = scores.masked_fill(~inside, float("-inf")).softmax(dim=1)
    return torch.einsum("tn,tnv->tv", weights, value[index])


@right("5.8")
def attend_on_line(query, key, value, extent):
    q, k, v = (a.detach().double().numpy() for a in (query, key, value))
    out = np.zeros((q.shape[0], v.shape[1]))
    for i in range(len(q)):
        js = [j for j in range(len(q)) if abs(i - j) <= extent]
        e = np.exp([float(q[i] @ k[j]) / math.sqrt(q.shape[1]) for j in js])
        out[i] = sum(w * v[j] for w, j in zip(e / e.sum(), js))
    return torch.from_numpy(out).to(value.dtype)


@wrong("5.8", "scores not scaled")
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        near = slice(max(0, i - extent), i + extent + 1)
        out.append((key[near] @ query[i]).softmax(0) @ value[near])
    return torch.stack(out)


@wrong("5.8", "pads key and value with zeros: missing places get score 0")
def attend_on_line(query, key, value, extent):
    k = F.pad(key, (0, 0, extent, extent))
    v = F.pad(value, (0, 0, extent, extent))
    out = []
    for i in range(len(query)):
        near = slice(i, i + 2 * extent + 1)
        weights = (k[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0)
        out.append(weights @ v[near])
    return torch.stack(out)


@wrong("5.8", "the window comes in again at the other end")
def attend_on_line(query, key, value, extent):
    T = len(query)
    out = []
    for i in range(T):
        near = [j % T for j in range(i - extent, i + extent + 1)]
        weights = (key[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0)
        out.append(weights @ value[near])
    return torch.stack(out)


@wrong("5.8", "the last place stands in for missing ones")
def attend_on_line(query, key, value, extent):
    T = len(query)
    out = []
    for i in range(T):
        near = [min(max(j, 0), T - 1) for j in range(i - extent, i + extent + 1)]
        weights = (key[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0)
        out.append(weights @ value[near])
    return torch.stack(out)


@wrong("5.8", "place i + extent is not included")
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        near = slice(max(0, i - extent), max(i + extent, i + 1))
        weights = (key[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0)
        out.append(weights @ value[near])
    return torch.stack(out)


@wrong("5.8", "negative start of the slice: windows at the left end are empty")
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        near = slice(i - extent, i + extent + 1)
        weights = (key[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0)
        out.append(weights @ value[near])
    return torch.stack(out)


@wrong("5.8", "softmax over all places, then zeros outside the window")
def attend_on_line(query, key, value, extent):
    t = torch.arange(len(query))
    near = (t[:, None] - t).abs() <= extent
    return ((query @ key.T / math.sqrt(query.shape[1])).softmax(-1) * near) @ value


@wrong("5.8", "at the ends the window is moved inside instead of cut off")
def attend_on_line(query, key, value, extent):
    T = len(query)
    width = min(2 * extent + 1, T)
    out = []
    for i in range(T):
        first = min(max(0, i - extent), T - width)
        near = slice(first, first + width)
        weights = (key[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0)
        out.append(weights @ value[near])
    return torch.stack(out)


@wrong("5.8", "looks back only")
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        near = slice(max(0, i - extent), i + 1)
        weights = (key[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0)
        out.append(weights @ value[near])
    return torch.stack(out)


@wrong("5.8", "takes the extent for the width of the whole window")
def attend_on_line(query, key, value, extent):
    t = torch.arange(len(query))
    near = (t[:, None] - t).abs() <= extent // 2
    scores = (query @ key.T / math.sqrt(query.shape[1])).masked_fill(
        ~near, -float("inf")
    )
    return scores.softmax(-1) @ value


@wrong("5.8", "plain average over the window")
def attend_on_line(query, key, value, extent):
    return torch.stack(
        [value[max(0, i - extent) : i + extent + 1].mean(0) for i in range(len(query))]
    )


@wrong("5.8", "divides by d_k")
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        near = slice(max(0, i - extent), i + extent + 1)
        out.append((key[near] @ query[i] / query.shape[1]).softmax(0) @ value[near])
    return torch.stack(out)


@wrong("5.8", "softmax over the queries")
def attend_on_line(query, key, value, extent):
    t = torch.arange(len(query))
    near = (t[:, None] - t).abs() <= extent
    scores = (query @ key.T / math.sqrt(query.shape[1])).masked_fill(
        ~near, -float("inf")
    )
    return scores.softmax(0) @ value


@wrong("5.8", "full attention: the extent is not used")
def attend_on_line(query, key, value, extent):
    return (query @ key.T / math.sqrt(query.shape[1])).softmax(-1) @ value


@wrong("5.8", "a place does not look at itself")
def attend_on_line(query, key, value, extent):
    t = torch.arange(len(query))
    far = (t[:, None] - t).abs()
    near = (far <= extent) & (far > 0)
    scores = (query @ key.T / math.sqrt(query.shape[1])).masked_fill(
        ~near, -float("inf")
    )
    return scores.softmax(-1).nan_to_num(0.0) @ value


@wrong("5.8", "root of d_v")
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        near = slice(max(0, i - extent), i + extent + 1)
        out.append(
            (key[near] @ query[i] / math.sqrt(value.shape[1])).softmax(0) @ value[near]
        )
    return torch.stack(out)


@wrong("5.8", "root of the window's width")
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        k = key[max(0, i - extent) : i + extent + 1]
        v = value[max(0, i - extent) : i + extent + 1]
        out.append((k @ query[i] / math.sqrt(len(k))).softmax(0) @ v)
    return torch.stack(out)


@wrong("5.8", "a list of vectors")
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        near = slice(max(0, i - extent), i + extent + 1)
        out.append(
            (key[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0) @ value[near]
        )
    return out


@wrong("5.8", "scores outside the window are 0 instead of minus infinity")
def attend_on_line(query, key, value, extent):
    t = torch.arange(len(query))
    near = (t[:, None] - t).abs() <= extent
    return (query @ key.T / math.sqrt(query.shape[1]) * near).softmax(-1) @ value


@wrong("5.8", "only places with a whole window: the ends stay zero")
def attend_on_line(query, key, value, extent):
    out = torch.zeros(len(query), value.shape[1])
    for i in range(extent, len(query) - extent):
        near = slice(i - extent, i + extent + 1)
        out[i] = (key[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0) @ value[
            near
        ]
    return out


@wrong("5.8", "mask inverted: attends to everything but the window")
def attend_on_line(query, key, value, extent):
    t = torch.arange(len(query))
    near = (t[:, None] - t).abs() <= extent
    scores = (query @ key.T / math.sqrt(query.shape[1])).masked_fill(near, -1e9)
    return scores.softmax(-1) @ value


@wrong("5.8", "not scaled, and place i + extent not included (two mistakes)")
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        near = slice(max(0, i - extent), max(i + extent, i + 1))
        out.append((key[near] @ query[i]).softmax(0) @ value[near])
    return torch.stack(out)
