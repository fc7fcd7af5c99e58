"""Exercise 3.6: answers written from its statement and stub alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("3.6")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights @ value, weights


@right("3.6")
def attend_in_three_lines(query, key, value, mask):
    scores = torch.einsum("...id,...jd->...ij", query, key) * key.shape[-1] ** -0.5
    weights = F.softmax(torch.where(mask, scores, -math.inf), dim=-1)
    return torch.einsum("...ij,...jd->...id", weights, value), weights


@right("3.6")
def attend_in_three_lines(query, key, value, mask):
    s = (query[..., :, None, :] * key[..., None, :, :]).sum(-1) / query.shape[-1] ** 0.5
    e = (s - s.amax(-1, keepdim=True)).double().exp() * mask
    w = e / e.sum(-1, keepdim=True)
    out = (w[..., None] * value[..., None, :, :]).sum(-2)
    return out.to(value.dtype), w.to(value.dtype)


@right("3.6")
def attend_in_three_lines(query, key, value, mask):
    q, k, v = (a.detach().double().numpy() for a in (query, key, value))
    s = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    s = np.where(mask.numpy(), s, -np.inf)
    w = np.exp(s - s.max(-1, keepdims=True))
    w = w / w.sum(-1, keepdims=True)
    return torch.tensor(w @ v, dtype=value.dtype), torch.tensor(w, dtype=value.dtype)


@right("3.6")
def attend_in_three_lines(query, key, value, mask):
    bias = torch.zeros(mask.shape).masked_fill(~mask, float("-inf"))
    weights = torch.softmax((query / math.sqrt(query.size(-1))) @ key.mT + bias, dim=-1)
    return (weights @ value, weights)


@wrong("3.6", "no division by the root of d_k")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1)
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights @ value, weights


@wrong("3.6", "divides by d_k")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / query.shape[-1]
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights @ value, weights


@wrong("3.6", "mask inverted")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(mask, -1e9).softmax(-1)
    return weights @ value, weights


@wrong("3.6", "results in the wrong order")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights, weights @ value


@wrong("3.6", "softmax over the queries")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -1e9).softmax(-2)
    return weights @ value, weights


@wrong("3.6", "mask not used")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.softmax(-1)
    return weights @ value, weights


@wrong("3.6", "mask applied after the softmax, rows no longer sum to one")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.softmax(-1) * mask
    return weights @ value, weights


@wrong("3.6", "weights transposed before they meet the values")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights.transpose(-2, -1) @ value, weights


@wrong("3.6", "divides by the root of d_v")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(value.shape[-1])
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights @ value, weights


@wrong("3.6", "divides after the softmax")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1)
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1) / math.sqrt(
        query.shape[-1]
    )
    return weights @ value, weights


@wrong("3.6", "forbidden scores become 0")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, 0.0).softmax(-1)
    return weights @ value, weights


@wrong("3.6", "returns the output alone")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights @ value


@wrong("3.6", "returns the scores instead of the weights")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    scores = scores.masked_fill(~mask, -float("inf"))
    return scores.softmax(-1) @ value, scores


@wrong("3.6", "divides by the root of the number of keys")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(key.shape[-2])
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights @ value, weights


@wrong("3.6", "averages the keys instead of the values")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights @ key, weights


@wrong("3.6", "hard attention: takes the value of the best key")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    scores = scores.masked_fill(~mask, -float("inf"))
    weights = F.one_hot(scores.argmax(-1), scores.shape[-1]).to(value.dtype)
    return weights @ value, weights


@wrong("3.6", "divides the output by the number of keys once more")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights @ value / key.shape[-2], weights


@wrong("3.6", "returns the weights before the mask")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.softmax(-1)
    return scores.masked_fill(~mask, -float("inf")).softmax(-1) @ value, weights


@wrong("3.6", "divides the caller's query in place")
def attend_in_three_lines(query, key, value, mask):
    query /= math.sqrt(query.shape[-1])
    scores = query @ key.transpose(-2, -1)
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights @ value, weights


@wrong("3.6", "multiplies by the root instead of dividing")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) * math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights @ value, weights


@wrong("3.6", "no division, and results in the wrong order (two mistakes)")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1)
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights, weights @ value
