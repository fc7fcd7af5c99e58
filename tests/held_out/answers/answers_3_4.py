"""Exercise 3.4: answers written from its statement and stub alone."""

import math

import numpy as np
import torch

from ..collect import right, wrong


@right("3.4")
def softmax_where_allowed(scores, mask):
    weights = scores.masked_fill(~mask, -float("inf")).softmax(-1)
    return weights.nan_to_num(0.0)


@right("3.4")
def softmax_where_allowed(scores, mask):
    low = torch.finfo(scores.dtype).min
    return torch.where(mask, scores, low).softmax(dim=-1) * mask


@right("3.4")
def softmax_where_allowed(scores, mask):
    mask = mask.expand_as(scores)
    top = scores.masked_fill(~mask, -math.inf).amax(-1, keepdim=True)
    top = torch.where(top.isinf(), torch.zeros_like(top), top)
    e = torch.where(mask, (scores - top).clamp(max=0).exp(), torch.zeros_like(scores))
    total = e.sum(-1, keepdim=True)
    return e / torch.where(total == 0, torch.ones_like(total), total)


@right("3.4")
def softmax_where_allowed(scores, mask):
    m = torch.broadcast_to(mask, scores.shape).reshape(-1, scores.shape[-1])
    s = scores.reshape(m.shape)
    out = torch.zeros_like(s)
    for i in range(len(s)):
        if m[i].any():
            out[i, m[i]] = torch.softmax(s[i, m[i]], dim=0)
    return out.reshape(scores.shape)


@right("3.4")
def softmax_where_allowed(scores, mask):
    s = scores.detach().double().numpy()
    m = np.broadcast_to(mask.numpy(), s.shape)
    s = np.where(m, s, -1e300)
    e = np.exp(s - s.max(axis=-1, keepdims=True)) * m
    total = np.maximum(e.sum(axis=-1, keepdims=True), 1e-300)
    return torch.from_numpy(e / total).to(scores.dtype)


@right("3.4")
def softmax_where_allowed(scores, mask):
    nothing = ~mask.any(dim=-1, keepdim=True)
    open_mask = mask | nothing
    weights = scores.masked_fill(~open_mask, float("-inf")).softmax(-1)
    return weights.masked_fill(nothing, 0)


@wrong("3.4", "a query that may attend to nothing gets NaN")
def softmax_where_allowed(scores, mask):
    return scores.masked_fill(~mask, -float("inf")).softmax(-1)


@wrong("3.4", "-1e9 for forbidden keys: an empty row comes out uniform")
def softmax_where_allowed(scores, mask):
    return scores.masked_fill(~mask, -1e9).softmax(-1)


@wrong("3.4", "mask inverted")
def softmax_where_allowed(scores, mask):
    return scores.masked_fill(mask, -float("inf")).softmax(-1).nan_to_num(0.0)


@wrong("3.4", "softmax over all keys, then zeros: the rows no longer sum to one")
def softmax_where_allowed(scores, mask):
    return scores.softmax(-1) * mask


@wrong("3.4", "forbidden scores become 0 instead of minus infinity")
def softmax_where_allowed(scores, mask):
    return (scores * mask).softmax(-1)


@wrong("3.4", "softmax over the queries")
def softmax_where_allowed(scores, mask):
    return scores.masked_fill(~mask, -float("inf")).softmax(-2).nan_to_num(0.0)


@wrong("3.4", "writes minus infinity into the caller's scores")
def softmax_where_allowed(scores, mask):
    return scores.masked_fill_(~mask, -float("inf")).softmax(-1).nan_to_num(0.0)


@wrong("3.4", "exp without subtracting the maximum: large scores give NaN")
def softmax_where_allowed(scores, mask):
    e = scores.exp() * mask
    total = e.sum(-1, keepdim=True)
    return torch.where(mask.any(-1, keepdim=True), e / total, torch.zeros_like(e))


@wrong("3.4", "subtracts the maximum of the whole tensor: rows far below it vanish")
def softmax_where_allowed(scores, mask):
    e = (scores - scores.max()).exp() * mask
    return (e / e.sum(-1, keepdim=True)).nan_to_num(0.0)


@wrong("3.4", "indexes with the mask: it must have the shape of scores")
def softmax_where_allowed(scores, mask):
    scores = scores.clone()
    scores[~mask] = -float("inf")
    return scores.softmax(-1).nan_to_num(0.0)


@wrong("3.4", "looks for empty rows along the queries instead of the keys")
def softmax_where_allowed(scores, mask):
    mask = mask.expand_as(scores)
    weights = scores.masked_fill(~mask, -1e30).softmax(-1)
    return weights * mask.any(-2, keepdim=True)


@wrong("3.4", "-10 for forbidden keys: they keep a little weight")
def softmax_where_allowed(scores, mask):
    weights = scores.masked_fill(~mask, -10.0).softmax(-1)
    return weights * mask.any(-1, keepdim=True)


@wrong("3.4", "logarithms of the weights")
def softmax_where_allowed(scores, mask):
    weights = scores.masked_fill(~mask, -float("inf")).log_softmax(-1)
    return weights.nan_to_num(0.0)


@wrong("3.4", "empties rows with a single allowed key too")
def softmax_where_allowed(scores, mask):
    mask = mask.expand_as(scores)
    weights = scores.masked_fill(~mask, -1e30).softmax(-1)
    return weights * (mask.sum(-1, keepdim=True) > 1)


@wrong("3.4", "repairs the empty rows only if the whole mask is empty")
def softmax_where_allowed(scores, mask):
    if not mask.any():
        return torch.zeros_like(scores)
    return scores.masked_fill(~mask, -float("inf")).softmax(-1)


@wrong("3.4", "divides the scores by their sum, no exponential")
def softmax_where_allowed(scores, mask):
    kept = scores * mask
    return (kept / kept.sum(-1, keepdim=True)).nan_to_num(0.0)


@wrong("3.4", "one sum for the whole tensor instead of one for each row")
def softmax_where_allowed(scores, mask):
    s = scores.masked_fill(~mask, -float("inf"))
    e = (s - scores.amax(-1, keepdim=True)).exp()
    return (e / e.sum()).nan_to_num(0.0)


@wrong("3.4", "a small number in the denominator drowns rows of very low scores")
def softmax_where_allowed(scores, mask):
    e = scores.clamp(max=80).exp() * mask
    return e / (e.sum(-1, keepdim=True) + 1e-9)


@wrong("3.4", "multiplies forbidden scores by -1e9: a negative one becomes huge")
def softmax_where_allowed(scores, mask):
    return (scores * torch.where(mask, 1.0, -1e9)).softmax(-1) * mask


@wrong("3.4", "mask inverted, and NaN in empty rows (two mistakes)")
def softmax_where_allowed(scores, mask):
    return scores.masked_fill(mask, -float("inf")).softmax(-1)
