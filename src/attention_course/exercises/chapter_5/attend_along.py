"""Exercise 5.5: Look along one axis"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise
from ._shared import attend, attend_near, grids, lines, scaled
from .attend_to_all_cells import attend_to_all_cells


@exercise(
    "5.5",
    "Look along one axis",
    stars=2,
    minutes=10,
    statement="""\
Full attention over a video of pixels is out of reach. Axial attention looks along one line \
instead: through the frames, down the column, or across the row. One such step along each axis, \
one after the other, and every cell has heard of every other.

Write `attend_along(query, key, value, axis)` for grids `(B, F, H, W, ·)`; `axis` 0 looks along \
the frames, 1 along the height, 2 along the width. The two other axes play the part of the batch. \
The result is again `(B, F, H, W, d_v)`.""",
)
def attend_along(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    """Let every cell attend to the cells in line with it, along one axis.

    Args:
        query: ``(B, F, H, W, d_k)``.
        key: ``(B, F, H, W, d_k)``.
        value: ``(B, F, H, W, d_v)``.
        axis: 0 = along the frames, 1 = along the height, 2 = along the width.

    Returns:
        One vector for each cell, ``(B, F, H, W, d_v)``.
    """
    line = axis + 1  # axis 0 of the tensor is the batch
    q, k, v = (part.movedim(line, -2) for part in (query, key, value))
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, ·, ·, T, T)
    output = scores.softmax(dim=-1) @ v  # (B, ·, ·, T, d_v)
    return output.movedim(-2, line)  # (B, F, H, W, d_v)


attend_along.hints = (
    "`@` and softmax work on the last two axes and take all axes before them for a batch. So "
    "which axis has to stand right before the vectors?",
    "Move it there: `query.movedim(axis + 1, -2)`, and key and value the same way; `+ 1`, "
    "because the batch is axis 0 of the tensor. Then attend as always.",
    "In the end move the axis back: `output.movedim(-2, axis + 1)`. A reshape does not do it, "
    "because it leaves all numbers in their order; nor does `transpose`, which swaps two axes "
    "instead of putting one in front of the others.",
)


@attend_along.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for axis, picture in [(0, False), (1, False), (2, False), (1, True)]:
        yield (*grids(generator, picture), axis)
    yield (*(torch.randn(1, 1, 2, 1, d, generator=generator) for d in (3, 3, 2)), 0)


@attend_along.right
def by_einsum(query, key, value, axis):
    looked = "bfhwd"
    letter = looked[axis + 1]
    other = looked.replace(letter, "t")
    scores = torch.einsum(f"{looked},{other}->{looked[:-1]}t", query, key)
    weights = (scores / query.shape[-1] ** 0.5).softmax(-1)
    return torch.einsum(f"{looked[:-1]}t,{other}->{looked}", weights, value)


@attend_along.right
def by_swapping(query, key, value, axis):
    parts = (part.transpose(axis + 1, 3) for part in (query, key, value))
    return attend(*parts).transpose(axis + 1, 3)


@attend_along.right
def by_mask(query, key, value, axis):
    cells = torch.cartesian_prod(*map(torch.arange, query.shape[1:4]))  # (T, 3)
    same = cells[:, None] == cells  # (T, T, 3)
    same[..., axis] = True
    q, k, v = lines(query, key, value)
    output = attend_near(q, k, v, same.all(-1))
    return output.reshape(*query.shape[:-1], -1)


@attend_along.wrong(
    "You make lines by a reshape. It takes neighbours in memory, and only along the width "
    "are these neighbours in the grid. Move the axis with `movedim`."
)
def reshaped(query, key, value, axis):
    n = query.shape[axis + 1]
    parts = (
        part.reshape(len(part), -1, n, part.shape[-1]) for part in (query, key, value)
    )
    return attend(*parts).reshape(*query.shape[:-1], -1)


@attend_along.wrong(
    "You attend along the right lines and come back by a reshape, which mixes the cells. "
    "Move the axis back to where it was."
)
def back_reshaped(query, key, value, axis):
    parts = (part.movedim(axis + 1, -2) for part in (query, key, value))
    return attend(*parts).reshape(*query.shape[:-1], -1)


@attend_along.wrong(
    "The numbers are right, and the axis still stands before the vectors. Move it back to "
    "its position."
)
def not_back(query, key, value, axis):
    return attend(*(part.movedim(axis + 1, -2) for part in (query, key, value)))


@attend_along.wrong(
    "You moved the axis there with `movedim` and came back with `transpose`. For the "
    "frames that leaves height and width swapped: undo a move with a move."
)
def back_swapped(query, key, value, axis):
    return not_back(query, key, value, axis).transpose(axis + 1, -2)


@attend_along.wrong(
    "You are one axis off: for `axis` 0 your videos look at each other. Axis 0 of the "
    "tensor is the batch, so the frames are its axis 1."
)
def batch(query, key, value, axis):
    return attend_along(query, key, value, axis - 1)


@attend_along.wrong(
    "You count the axes from the end. 0 is along the frames, 1 along the height, 2 along "
    "the width."
)
def from_the_end(query, key, value, axis):
    return attend_along(query, key, value, 2 - axis)


@attend_along.wrong(
    "You look at everything *but* that axis: each cell sees the plane across. It is to see "
    "the line."
)
def plane(query, key, value, axis):
    parts = [part.movedim(axis + 1, 1) for part in (query, key, value)]
    output = attend(*(part.flatten(2, 3) for part in parts))
    return output.reshape(*parts[0].shape[:-1], -1).movedim(1, axis + 1)


@attend_along.wrong(
    "Every cell sees the whole grid. It is to see only the cells that differ from it in "
    "this one axis."
)
def everything(query, key, value, axis):
    return attend_to_all_cells(query, key, value)


@attend_along.wrong(
    "Your softmax runs over the queries. It runs over the cells looked at, the last axis "
    "of the scores."
)
def over_queries(query, key, value, axis):
    q, k, v = (part.movedim(axis + 1, -2) for part in (query, key, value))
    return (scaled(q, k).softmax(-2) @ v).movedim(-2, axis + 1)


@attend_along.wrong("You do not scale the scores. Divide them by √d_k.")
def unscaled(query, key, value, axis):
    return attend_along(query * math.sqrt(query.shape[-1]), key, value, axis)


@attend_along.wrong(
    "You average the other two axes away and keep one line for the whole grid. Each cell "
    "has a line of its own; the other axes act as a batch."
)
def mean_line(query, key, value, axis):
    others = [place for place in (1, 2, 3) if place != axis + 1]
    keys = key.mean(others, keepdim=True).expand_as(key)
    values = value.mean(others, keepdim=True).expand_as(value)
    return attend_along(query, keys, values, axis)
