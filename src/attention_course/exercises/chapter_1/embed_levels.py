"""Exercise 1.10: A lookup for each pixel"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "1.10",
    "A lookup for each pixel",
    stars=3,
    minutes=15,
    statement="""\
The article turns a block's grey levels into one-hot vectors, sets them side by side, \
16 · 16 · 256 = 65,536 zeros and ones, and multiplies them by a matrix. All but 256 of these \
products are by zero. Write `embed_levels(levels, weight)`, which gives the same result and \
touches only the weights that count: a lookup for each pixel, each in a table of its own.""",
)
def embed_levels(levels: Tensor, weight: Tensor) -> Tensor:
    """Apply a linear layer to one-hot grey levels without writing the one-hot vectors.

    Args:
        levels: integers ``(..., n_pixels)`` from 0 to ``n_levels - 1``.
        weight: ``(d_model, n_pixels · n_levels)``, the layer's weight. Its last axis runs
            over the one-hot vectors of all pixels, one after the other: the column
            ``pixel · n_levels + level`` belongs to one level of one pixel.

    Returns:
        What the layer gives for each block, ``(..., d_model)``.
    """
    n_pixels = levels.shape[-1]
    n_levels = weight.shape[-1] // n_pixels
    columns = torch.arange(n_pixels) * n_levels + levels  # (..., n_pixels)
    return weight.T[columns].sum(-2)  # (..., n_pixels, d_model) → (..., d_model)


embed_levels.hints = (
    "A linear layer with weight `W` gives `W x`. If `x` is zeros and ones, `W x` is the sum of "
    "the columns of `W` at which `x` is one. Which columns are these?",
    "Pixel `n` owns the columns from `n · n_levels` on, and its level picks one of them: "
    "`n · n_levels + level`. `torch.arange(n_pixels)` gives all `n` at once, and `n_levels` "
    "follows from the two shapes.",
    "`columns = torch.arange(n_pixels) * n_levels + levels` has the shape of `levels`. The "
    "rows of `weight.T` are the columns of `weight`, so `weight.T[columns]` looks all of them "
    "up, `(..., n_pixels, d_model)`. Add up over the pixels with `.sum(-2)`.",
)


@embed_levels.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    n, first, second = primes(generator, 3, low=2, high=7)
    for leading in [(n,), (first, second), ()]:
        n_pixels, n_levels, d_model = primes(generator, 3, low=5, high=13)
        if (n_pixels > n_levels) == (
            leading == (n,)
        ):  # fewer pixels than levels, then more
            n_pixels, n_levels = n_levels, n_pixels
        levels = torch.randint(n_levels, (*leading, n_pixels), generator=generator)
        yield levels, torch.randn(d_model, n_pixels * n_levels, generator=generator)
    # The largest level does not come up.
    yield torch.tensor([[1]]), torch.randn(1, 3, generator=generator)


@embed_levels.right
def one_hot(levels, weight):
    n_levels = weight.shape[-1] // levels.shape[-1]
    return F.one_hot(levels, n_levels).flatten(-2).float() @ weight.T


@embed_levels.right
def tables(levels, weight):
    n_pixels = levels.shape[-1]
    tables = weight.unflatten(-1, (n_pixels, -1))  # (d_model, n_pixels, n_levels)
    return tables[:, torch.arange(n_pixels), levels].sum(-1).movedim(0, -1)


@embed_levels.right
def loop(levels, weight):
    n_pixels = levels.shape[-1]
    n_levels = weight.shape[-1] // n_pixels
    total = torch.zeros(*levels.shape[:-1], weight.shape[0])
    for pixel in range(n_pixels):
        table = weight[
            :, pixel * n_levels : (pixel + 1) * n_levels
        ].T  # (n_levels, d_model)
        total = total + table[levels[..., pixel]]
    return total


@embed_levels.wrong(
    "All your pixels share the first pixel's table. Pixel `n` has its own, which starts "
    "at column `n · n_levels`."
)
def one_table(levels, weight):
    return weight.T[levels].sum(-2)


@embed_levels.wrong(
    "You compute the column as `level · n_pixels + pixel`. The one-hot vectors stand one "
    "after the other, pixel by pixel: `pixel · n_levels + level`."
)
def by_level(levels, weight):
    n_pixels = levels.shape[-1]
    return weight.T[levels * n_pixels + torch.arange(n_pixels)].sum(-2)


@embed_levels.wrong(
    "You average over the pixels. A product with the one-hot vectors adds up."
)
def mean(levels, weight):
    return embed_levels(levels, weight) / levels.shape[-1]


@embed_levels.wrong(
    "You look the columns up and stop there: the axis of the pixels is still in the "
    "result. Add up over it."
)
def no_sum(levels, weight):
    n_pixels = levels.shape[-1]
    n_levels = weight.shape[-1] // n_pixels
    return weight.T[torch.arange(n_pixels) * n_levels + levels]


@embed_levels.wrong(
    "You multiply by the levels as numbers. A level says *which* column to take, not how "
    "much of it."
)
def as_numbers(levels, weight):
    by_pixel = weight.unflatten(-1, (levels.shape[-1], -1)).sum(
        -1
    )  # (d_model, n_pixels)
    return levels.float() @ by_pixel.T


@embed_levels.wrong(
    "Your tables start `n_pixels` columns apart. Each has one column for every level, so "
    "they start `n_levels` apart."
)
def step_of_pixels(levels, weight):
    n_pixels = levels.shape[-1]
    columns = torch.arange(n_pixels) * n_pixels + levels
    return weight.T[columns].sum(-2)  # raises where a column does not exist


@embed_levels.wrong(
    "Your result has only the last pixel's column: each pixel overwrites the one before. "
    "Add them up."
)
def last(levels, weight):
    return no_sum(levels, weight)[..., -1, :]
