"""Exercise 4.10: Add positions to a batch"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.10",
    "Add positions to a batch",
    stars=1,
    minutes=5,
    statement="""\
One line, and one of the most copied mistakes of the field. Write `add_positions(x, positions)`: \
`x` is `(B, T, d_model)`, batch first, and `positions` is `(max_length, d_model)`, with a row for \
each position and more rows than this batch needs. Add to every vector the row of its position.

Every sentence of the batch starts at position 0. Leave `x` itself as it is.""",
)
def add_positions(x: Tensor, positions: Tensor) -> Tensor:
    """Tell every vector of a batch of sequences at which position it stands.

    Args:
        x: ``(B, T, d_model)``, batch first.
        positions: ``(max_length, d_model)``, row ``t`` for position ``t``; at least
            ``T`` rows.

    Returns:
        ``(B, T, d_model)``.
    """
    length = x.shape[1]  # (B, T, d_model): time is the second axis
    return x + positions[:length]  # (T, d_model) broadcasts over the batch


add_positions.hints = (
    "How many rows of `positions` does this batch need, and which axis of `x` says so?",
    "`x` is batch first, so `x.shape[1]` is the number of positions `T`. Code for tensors that "
    "are time first slices with `x.shape[0]`; here that is the batch.",
    "The first `T` rows of `positions` are `(T, d_model)`. Broadcasting aligns axes from the "
    "right, so adding them to `(B, T, d_model)` repeats them for every sentence. Add with `+`, "
    "not with `+=`, which would change the caller's `x`.",
)


@add_positions.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n in (1, 0, 0):
        batch, length, d_model, max_length = primes(generator, 4, low=2, high=23)
        length, max_length = sorted((length, max_length))
        batch = n or min(batch, max_length)
        x = torch.randn(batch, length, d_model, generator=generator)
        positions = torch.randn(max_length + 2, d_model, generator=generator)
        yield x, positions
    yield (
        torch.randn(1, 1, 1, generator=generator),
        torch.randn(2, 1, generator=generator),
    )


@add_positions.right
def broadcast(x, positions):
    return x + positions[: x.size(1)].unsqueeze(0)


@add_positions.right
def loop(x, positions):
    return torch.stack([x[:, t] + positions[t] for t in range(x.shape[1])], dim=1)


@add_positions.right
def lookup(x, positions):
    places = torch.arange(x.shape[-2]).expand(x.shape[:-1])  # (B, T)
    return F.embedding(places, positions) + x


@add_positions.right
def time_first(x, positions):
    turned = x.transpose(0, 1)  # (T, B, d_model)
    return (turned + positions[: len(turned)].unsqueeze(1)).transpose(0, 1)


@add_positions.wrong(
    "Batch and time are swapped: you slice `positions` by the size of the batch, "
    "and every sentence gets one position for all of its words. That line belongs to "
    "tensors that are time first. Here the positions are axis 1: `positions[: x.shape[1]]`."
)
def batch_axis(x, positions):
    return x + positions[: x.shape[0]].unsqueeze(1)


@add_positions.wrong(
    "You slice `positions` by `x.shape[0]`. That is the batch, not the time: with a batch "
    "of one, all positions get position 0; with a larger one it fits only by chance. Take "
    "`x.shape[1]`."
)
def batch_axis_flat(x, positions):
    return x + positions[: x.shape[0]]  # raises where B and T differ, unless B is 1


@add_positions.wrong(
    "You give the positions the shape `(T, 1, d_model)`, which puts time on the axis of "
    "the batch. `(T, d_model)` fits `(B, T, d_model)` as it is."
)
def axis_of_batch(x, positions):
    return x + positions[: x.shape[1]].unsqueeze(1)  # raises unless B is 1 or T


@add_positions.wrong(
    "All positions get the same row, position 0. Position `t` gets row `t`, in every sentence."
)
def first_row(x, positions):
    return x + positions[0]


@add_positions.wrong(
    "You take the last rows of `positions`. The first position of a sentence gets row 0."
)
def last_rows(x, positions):
    return x + positions[-x.shape[1] :]


@add_positions.wrong(
    "You start with row 1. Positions are counted from 0, and so are the rows."
)
def from_one(x, positions):
    return x + positions[1 : x.shape[1] + 1]


@add_positions.wrong("The positions run backwards: the last position gets row 0.")
def backwards(x, positions):
    return x + positions[: x.shape[1]].flip(0)


@add_positions.wrong(
    "You pick a single row, `positions[T]`, for all positions. A slice is meant: "
    "`positions[:T]`."
)
def length_row(x, positions):
    return x + positions[x.shape[1]]


@add_positions.wrong("You multiply by the positions. Add them.")
def product(x, positions):
    return x * positions[: x.shape[1]]


@add_positions.wrong(
    "You set the positions beside the vectors, which doubles their dimension. Add them: "
    "`d_model` stays as it is."
)
def side_by_side(x, positions):
    return torch.cat([x, positions[: x.shape[1]].expand_as(x)], dim=-1)


@add_positions.wrong(
    "You multiply `x` by √d_model first. The paper's model does that to its embeddings; "
    "here `x` comes as it should be."
)
def scaled(x, positions):
    return x * math.sqrt(x.shape[-1]) + positions[: x.shape[1]]


@add_positions.wrong("You return the positions alone. Add them to `x`.")
def only_positions(x, positions):
    return positions[: x.shape[1]].expand_as(x)
