"""Exercise 5.4: Every cell looks at every cell"""

import itertools
import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise
from ._shared import attend, attend_near, grids, lines, scaled


@exercise(
    "5.4",
    "Every cell looks at every cell",
    stars=1,
    minutes=8,
    statement="""\
"Any point" of a video may look at any other, in its own frame and in all the others. That is \
called non-local attention, and you have everything for it already: the attention of chapter 3 \
asks for sequences, so make a sequence of the grid, attend, and make a grid of the result.

Write `attend_to_all_cells(query, key, value)`. All three are grids, `(B, F, H, W, d_k)` or \
`(B, F, H, W, d_v)`; the result is `(B, F, H, W, d_v)`. Scale the scores as always. Use torch \
alone, not the package's `full_attention`.""",
)
def attend_to_all_cells(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Let every cell of a video attend to every cell, in all frames.

    Args:
        query: ``(B, F, H, W, d_k)``.
        key: ``(B, F, H, W, d_k)``.
        value: ``(B, F, H, W, d_v)``.

    Returns:
        One vector for each cell, ``(B, F, H, W, d_v)``.
    """
    q, k, v = (part.flatten(1, 3) for part in (query, key, value))  # (B, T, ·)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, T, T)
    output = scores.softmax(dim=-1) @ v  # (B, T, d_v)
    return output.unflatten(1, query.shape[1:4])  # (B, F, H, W, d_v)


attend_to_all_cells.hints = (
    "Which axes have to become one, so that a `@` compares each cell with each cell?",
    "`query.flatten(1, 3)` is `(B, F · H · W, d_k)`, and the same for key and value. From "
    "there on it is chapter 3: scores, softmax over the keys, weighted sum.",
    "After `weights @ v` of shape `(B, T, d_v)` comes `.unflatten(1, (F, H, W))`. `flatten` "
    "and `unflatten` keep the order of the cells, so nothing has to be permuted. The scores "
    "are divided by `√d_k`, where `d_k = query.shape[-1]`.",
)


@attend_to_all_cells.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for picture in (False, False, True):
        yield grids(generator, picture)
    yield tuple(torch.randn(1, 1, 2, 1, d, generator=generator) for d in (3, 3, 2))


@attend_to_all_cells.right
def by_einsum(query, key, value):
    scores = torch.einsum("bfhwd,bxyzd->bfhwxyz", query, key) / query.shape[-1] ** 0.5
    weights = scores.flatten(-3).softmax(-1).reshape(scores.shape)
    return torch.einsum("bfhwxyz,bxyzd->bfhwd", weights, value)


@attend_to_all_cells.right
def by_kernel(query, key, value):
    output = F.scaled_dot_product_attention(*lines(query, key, value))
    return output.reshape(*query.shape[:-1], value.shape[-1])


@attend_to_all_cells.right
def by_loop(query, key, value):
    output = torch.zeros(*query.shape[:-1], value.shape[-1])
    for place in itertools.product(*map(range, query.shape[:-1])):
        keys = key[place[0]].flatten(0, 2)  # (T, d_k)
        weights = (keys @ query[place] / query.shape[-1] ** 0.5).softmax(0)
        output[place] = weights @ value[place[0]].flatten(0, 2)
    return output


@attend_to_all_cells.wrong(
    "Each frame looks at itself only. Flatten the frames too: a cell may look into the "
    "past and into the future."
)
def own_frame(query, key, value):
    output = attend(*(part.flatten(2, 3) for part in (query, key, value)))
    return output.reshape(*query.shape[:-1], -1)


@attend_to_all_cells.wrong(
    "Each row looks at itself only, because `@` works on the last two axes, `W` and `d_k`. "
    "Make one axis of `F`, `H` and `W` first."
)
def own_row(query, key, value):
    return attend(query, key, value)


@attend_to_all_cells.wrong(
    "Your videos look at each other. The batch stays an axis of its own: flatten the axes "
    "1 to 3."
)
def batch(query, key, value):
    output = attend(*(part.flatten(0, 3) for part in (query, key, value)))
    return output.reshape(*query.shape[:-1], -1)


@attend_to_all_cells.wrong(
    "Your softmax runs over the queries. The weights of one query sum to 1 over the cells "
    "that it looks at, the last axis of the scores."
)
def over_queries(query, key, value):
    q, k, v = lines(query, key, value)
    return (scaled(q, k).softmax(-2) @ v).reshape(*query.shape[:-1], -1)


@attend_to_all_cells.wrong("You do not scale the scores. Divide them by √d_k.")
def unscaled(query, key, value):
    return attend_to_all_cells(query * math.sqrt(query.shape[-1]), key, value)


@attend_to_all_cells.wrong(
    "You divide by the root of the number of cells. What counts is a query's dimension, "
    "`d_k`."
)
def scaled_by_cells(query, key, value):
    q, k, v = lines(query, key, value)
    weights = (q @ k.mT / math.sqrt(q.shape[-2])).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], -1)


@attend_to_all_cells.wrong(
    "The output is right until you unfold it as `(W, H)` and swap: that mixes the cells. "
    "They lie row by row, so unflatten to `(F, H, W)`."
)
def back_swapped(query, key, value):
    n_frames, n_rows, n_columns = query.shape[1:4]
    output = attend_to_all_cells(query, key, value).flatten(1, 3)
    return output.reshape(len(query), n_frames, n_columns, n_rows, -1).transpose(2, 3)


@attend_to_all_cells.wrong(
    "You read height and width in one order and write them in the other, so the cells are "
    "mixed. Flatten and unflatten in the same order, `F, H, W`."
)
def columns_first(query, key, value):
    output = attend_to_all_cells(query, key, value).transpose(2, 3)
    return output.reshape(*query.shape[:-1], -1)


@attend_to_all_cells.wrong(
    "The weights are right and the values are torn: a reshape across the channels mixes "
    "cells. The vector is the last axis and stays whole."
)
def values_mixed(query, key, value):
    mixed = value.movedim(-1, 1).reshape(value.shape)
    return attend_to_all_cells(query, key, mixed)


@attend_to_all_cells.wrong("You forbid a cell to look at itself. It may.")
def not_itself(query, key, value):
    q, k, v = lines(query, key, value)
    output = attend_near(q, k, v, ~torch.eye(q.shape[1], dtype=torch.bool))
    return output.reshape(*query.shape[:-1], -1)


@attend_to_all_cells.wrong(
    "The numbers are right and still a sequence. Give them their grid back: "
    "`.unflatten(1, (F, H, W))`."
)
def still_a_line(query, key, value):
    return attend_to_all_cells(query, key, value).flatten(1, 3)


@attend_to_all_cells.wrong(
    "You sum over the whole grid. Every cell has an output of its own."
)
def summed(query, key, value):
    return attend(query, key, value).sum((1, 2, 3))
