"""Exercise 5.20: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("5.20")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append(step @ masks[-1])
    return torch.stack(masks)


@right("5.20")
def carry_mask(weights, mask):
    result = torch.zeros(len(weights) + 1, len(mask), dtype=weights.dtype)
    result[0] = mask
    for t in range(len(weights)):
        result[t + 1] = (weights[t] * result[t]).sum(dim=-1)
    return result


@right("5.20")
def carry_mask(weights, mask):
    way = torch.eye(len(mask), dtype=weights.dtype)
    masks = [way @ mask.to(way.dtype)]
    for step in weights:
        way = step @ way
        masks.append(way @ mask.to(way.dtype))
    return torch.stack(masks, dim=0)


@right("5.20")
def carry_mask(weights, mask):
    now = mask[:, None].to(weights.dtype)
    columns = [now]
    for t in range(weights.shape[0]):
        now = torch.einsum("ij,jk->ik", weights[t], now)
        columns.append(now)
    return torch.cat(columns, dim=1).T


@wrong("5.20", "weights transposed: a cell gives instead of takes")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append(step.T @ masks[-1])
    return torch.stack(masks)


@wrong("5.20", "always from frame 0: the mask is not carried on")
def carry_mask(weights, mask):
    start = mask.to(weights.dtype)
    return torch.stack([start] + [step @ start for step in weights])


@wrong("5.20", "rounds on the way")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append((step @ masks[-1]).round())
    return torch.stack(masks)


@wrong("5.20", "rounds the result at the end")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append(step @ masks[-1])
    return torch.stack(masks).round()


@wrong("5.20", "frame 0 is left out of the result")
def carry_mask(weights, mask):
    now, masks = mask.to(weights.dtype), []
    for step in weights:
        now = step @ now
        masks.append(now)
    return torch.stack(masks)


@wrong("5.20", "the last frame alone")
def carry_mask(weights, mask):
    now = mask.to(weights.dtype)
    for step in weights:
        now = step @ now
    return now


@wrong("5.20", "one step too few: the mask before each step, and the last one dropped")
def carry_mask(weights, mask):
    now, masks = mask.to(weights.dtype), [mask.to(weights.dtype)]
    for step in weights:
        masks.append(now)
        now = step @ now
    return torch.stack(masks)


@wrong("5.20", "weights taken from the last frame to the first")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights.flip(0):
        masks.append(step @ masks[-1])
    return torch.stack(masks)


@wrong("5.20", "cells down, frames across: transposed")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append(step @ masks[-1])
    return torch.stack(masks, dim=1)


@wrong("5.20", "takes all of the cell with the largest weight")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append(masks[-1][step.argmax(-1)])
    return torch.stack(masks)


@wrong("5.20", "a softmax over weights that are weights already")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append(step.softmax(-1) @ masks[-1])
    return torch.stack(masks)


@wrong("5.20", "the given mask is added again at each step")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append((step @ masks[-1] + masks[0]) / 2)
    return torch.stack(masks)


@wrong("5.20", "booleans, more than a half")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append(step @ masks[-1])
    return torch.stack(masks) > 0.5


@wrong("5.20", "the same weights at each step")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for _ in weights:
        masks.append(weights[0] @ masks[-1])
    return torch.stack(masks)


@wrong("5.20", "a list of masks")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append(step @ masks[-1])
    return masks


@wrong("5.20", "multiplies cell by cell: the diagonal of the weights")
def carry_mask(weights, mask):
    masks = [mask.to(weights.dtype)]
    for step in weights:
        masks.append(step.diagonal() * masks[-1])
    return torch.stack(masks)
