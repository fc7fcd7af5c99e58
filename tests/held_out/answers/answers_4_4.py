"""Exercise 4.4: answers written from its statement and stub alone."""

import functools

import numpy as np
import torch

from ..collect import right, wrong


@right("4.4")
def join_heads(parts):
    return parts.transpose(-3, -2).flatten(-2)


@right("4.4")
def join_heads(parts):
    return torch.cat(parts.unbind(dim=-3), dim=-1)


@right("4.4")
def join_heads(parts):
    *lead, h, T, d = parts.shape
    out = torch.empty(*lead, T, h * d, dtype=parts.dtype)
    for i in range(h):
        out[..., i * d : (i + 1) * d] = parts[..., i, :, :]
    return out


@right("4.4")
def join_heads(parts):
    a = np.moveaxis(parts.detach().numpy(), -3, -2)
    return torch.from_numpy(a.reshape(*a.shape[:-2], -1).copy())


@right("4.4")
def join_heads(parts):
    h = parts.shape[-3]
    return functools.reduce(
        lambda left, i: torch.cat((left, parts.select(-3, i)), -1),
        range(1, h),
        parts.select(-3, 0),
    )


@wrong("4.4", "one reshape: mixes up the places")
def join_heads(parts):
    *lead, h, T, d = parts.shape
    return parts.reshape(*lead, T, h * d)


@wrong("4.4", "transposes the wrong two axes before the reshape")
def join_heads(parts):
    *lead, h, T, d = parts.shape
    return parts.transpose(-2, -1).reshape(*lead, T, h * d)


@wrong("4.4", "interleaves the heads: number 0 of every head first")
def join_heads(parts):
    *lead, h, T, d = parts.shape
    return parts.movedim(-3, -1).reshape(*lead, T, h * d)


@wrong("4.4", "adds up the heads")
def join_heads(parts):
    return parts.sum(-3)


@wrong("4.4", "averages the heads")
def join_heads(parts):
    return parts.mean(-3)


@wrong("4.4", "sets the heads one behind the other along the places")
def join_heads(parts):
    return parts.flatten(-3, -2)


@wrong("4.4", "transpose(1, 2): right with a single leading axis only")
def join_heads(parts):
    return parts.transpose(1, 2).flatten(-2)


@wrong("4.4", "transpose(0, 1): right without leading axes only")
def join_heads(parts):
    return parts.transpose(0, 1).flatten(-2)


@wrong("4.4", "view after transpose fails")
def join_heads(parts):
    *lead, h, T, d = parts.shape
    return parts.transpose(-3, -2).view(*lead, T, h * d)


@wrong("4.4", "swaps the axes but does not join them")
def join_heads(parts):
    return parts.transpose(-3, -2)


@wrong("4.4", "places last, (..., n_heads * d_head, T)")
def join_heads(parts):
    return parts.transpose(-2, -1).flatten(-3, -2)


@wrong("4.4", "squeezes: axes of length 1 vanish")
def join_heads(parts):
    return parts.transpose(-3, -2).flatten(-2).squeeze()


@wrong("4.4", "heads in reverse order")
def join_heads(parts):
    return torch.cat(parts.unbind(-3)[::-1], dim=-1)


@wrong("4.4", "joins the places of a head, (..., n_heads, T * d_head)")
def join_heads(parts):
    return parts.flatten(-2)


@wrong("4.4", "flattens the leading axes into one")
def join_heads(parts):
    *lead, h, T, d = parts.shape
    return parts.transpose(-3, -2).reshape(-1, T, h * d)


@wrong("4.4", "runs over the first axis as if it were the heads")
def join_heads(parts):
    return torch.cat(list(parts), dim=-1)


@wrong("4.4", "drops the batch: everything in one sequence of T places")
def join_heads(parts):
    T = parts.shape[-2]
    return parts.transpose(-3, -2).reshape(T, -1)


@wrong("4.4", "keeps the largest number of all heads")
def join_heads(parts):
    return parts.amax(-3)


@wrong("4.4", "loses the last head")
def join_heads(parts):
    return torch.cat(
        [parts[..., h, :, :] for h in range(max(1, parts.shape[-3] - 1))], dim=-1
    )


@wrong("4.4", "interleaves the heads, in reverse order (two mistakes)")
def join_heads(parts):
    *lead, h, T, d = parts.shape
    return parts.flip(-3).movedim(-3, -1).reshape(*lead, T, h * d)
