"""Exercise 5.7: answers written from its statement and stub alone."""

import itertools

import numpy as np
import torch

from ..collect import right, wrong


@right("5.7")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(max(0, i - e), i + e + 1) for i, e in zip(cell, extent))
    mask[a, b, c] = True
    return mask


@right("5.7")
def near_mask(cell, sizes, extent):
    lines = [(torch.arange(n) - i).abs() <= e for i, n, e in zip(cell, sizes, extent)]
    return lines[0][:, None, None] & lines[1][:, None] & lines[2]


@right("5.7")
def near_mask(cell, sizes, extent):
    place = torch.from_numpy(np.indices(sizes)).movedim(0, -1)
    return ((place - torch.tensor(cell)).abs() <= torch.tensor(extent)).all(dim=-1)


@right("5.7")
def near_mask(cell, sizes, extent):
    mask = torch.full(sizes, False)
    for place in itertools.product(*map(range, sizes)):
        mask[place] = all(abs(p - c) <= e for p, c, e in zip(place, cell, extent))
    return mask


@right("5.7")
def near_mask(cell, sizes, extent):
    lines = [
        torch.tensor([1.0 if i - e <= p <= i + e else 0.0 for p in range(n)])
        for i, n, e in zip(cell, sizes, extent)
    ]
    return torch.einsum("f,h,w->fhw", *lines) > 0.5


@wrong("5.7", "negative start of a slice counts from the other end")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(i - e, i + e + 1) for i, e in zip(cell, extent))
    mask[a, b, c] = True
    return mask


@wrong("5.7", "end of the slice not included: one cell short at one side")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(max(0, i - e), i + e) for i, e in zip(cell, extent))
    mask[a, b, c] = True
    return mask


@wrong("5.7", "leaves out the cell itself")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(max(0, i - e), i + e + 1) for i, e in zip(cell, extent))
    mask[a, b, c] = True
    mask[tuple(cell)] = False
    return mask


@wrong("5.7", "extents in reverse order")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(max(0, i - e), i + e + 1) for i, e in zip(cell, extent[::-1]))
    mask[a, b, c] = True
    return mask


@wrong("5.7", "takes the extent for the width of the whole box")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(max(0, i - e // 2), i + e // 2 + 1) for i, e in zip(cell, extent))
    mask[a, b, c] = True
    return mask


@wrong("5.7", "the box comes in again at the other side")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    lines = [
        [p % n for p in range(i - e, i + e + 1)] for i, n, e in zip(cell, sizes, extent)
    ]
    for place in itertools.product(*lines):
        mask[place] = True
    return mask


@wrong("5.7", "the box is moved inside instead of cut off")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    slices = []
    for i, n, e in zip(cell, sizes, extent):
        width = min(2 * e + 1, n)
        first = min(max(0, i - e), n - width)
        slices.append(slice(first, first + width))
    mask[slices[0], slices[1], slices[2]] = True
    return mask


@wrong("5.7", "a diamond instead of a box: distances are added up")
def near_mask(cell, sizes, extent):
    place = torch.from_numpy(np.indices(sizes)).movedim(0, -1)
    return (place - torch.tensor(cell)).abs().sum(-1) <= max(extent)


@wrong("5.7", "any instead of all: near in one axis is enough")
def near_mask(cell, sizes, extent):
    place = torch.from_numpy(np.indices(sizes)).movedim(0, -1)
    return ((place - torch.tensor(cell)).abs() <= torch.tensor(extent)).any(dim=-1)


@wrong("5.7", "< instead of <=")
def near_mask(cell, sizes, extent):
    place = torch.from_numpy(np.indices(sizes)).movedim(0, -1)
    return ((place - torch.tensor(cell)).abs() < torch.tensor(extent)).all(dim=-1)


@wrong("5.7", "zeros and ones")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.int64)
    a, b, c = (slice(max(0, i - e), i + e + 1) for i, e in zip(cell, extent))
    mask[a, b, c] = 1
    return mask


@wrong("5.7", "a list of cells instead of a mask")
def near_mask(cell, sizes, extent):
    lines = [
        range(max(0, i - e), min(n, i + e + 1)) for i, n, e in zip(cell, sizes, extent)
    ]
    return list(itertools.product(*lines))


@wrong("5.7", "mask of shape (W, H, F)")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(max(0, i - e), i + e + 1) for i, e in zip(cell, extent))
    mask[a, b, c] = True
    return mask.permute(2, 1, 0)


@wrong("5.7", "the frames' extent for all axes")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    e = extent[0]
    a, b, c = (slice(max(0, i - e), i + e + 1) for i in cell)
    mask[a, b, c] = True
    return mask


@wrong("5.7", "reaches forward only")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(i, i + e + 1) for i, e in zip(cell, extent))
    mask[a, b, c] = True
    return mask


@wrong("5.7", "reaches back only")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(max(0, i - e), i + 1) for i, e in zip(cell, extent))
    mask[a, b, c] = True
    return mask


@wrong("5.7", "mask inverted")
def near_mask(cell, sizes, extent):
    mask = torch.ones(sizes, dtype=torch.bool)
    a, b, c = (slice(max(0, i - e), i + e + 1) for i, e in zip(cell, extent))
    mask[a, b, c] = False
    return mask


@wrong("5.7", "cells counted from 1")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(max(0, i - 1 - e), max(0, i + e)) for i, e in zip(cell, extent))
    mask[a, b, c] = True
    return mask


@wrong("5.7", "a ball instead of a box")
def near_mask(cell, sizes, extent):
    place = torch.from_numpy(np.indices(sizes)).movedim(0, -1)
    reach = torch.tensor(extent).clamp(min=0.5)
    return (((place - torch.tensor(cell)) / reach) ** 2).sum(-1) <= 1


@wrong("5.7", "only the box, not the whole grid")
def near_mask(cell, sizes, extent):
    widths = [min(n, i + e + 1) - max(0, i - e) for i, n, e in zip(cell, sizes, extent)]
    return torch.ones(widths, dtype=torch.bool)


@wrong(
    "5.7", "the largest distance must not exceed the largest extent: one extent for all"
)
def near_mask(cell, sizes, extent):
    place = torch.from_numpy(np.indices(sizes)).movedim(0, -1)
    return (place - torch.tensor(cell)).abs().amax(-1) <= max(extent)


@wrong("5.7", "end not included, and negative start (two mistakes)")
def near_mask(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    a, b, c = (slice(i - e, i + e) for i, e in zip(cell, extent))
    mask[a, b, c] = True
    return mask
