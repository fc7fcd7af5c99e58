"""What several exercises of chapter 5 share."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..checker import primes

Sizes = tuple[int, int, int]


def triple(numbers: list[int]) -> Sizes:
    first, second, third = numbers
    return first, second, third


def scaled(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.mT / math.sqrt(query.shape[-1])  # (..., Tq, Tk)


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return scaled(query, key).softmax(-1) @ value


def attend_near(query: Tensor, key: Tensor, value: Tensor, near: Tensor) -> Tensor:
    scores = scaled(query, key).masked_fill(~near, -math.inf)
    return scores.softmax(-1) @ value


def video_sizes(generator: torch.Generator, common: bool) -> tuple[list[int], Sizes]:
    """Draw a video's shape and a patch; ``common``: the patch fits if its axes are swapped."""
    patch = triple(primes(generator, 3, low=2, high=5))
    counts = primes(generator, 3, low=2, high=7)
    n_videos, n_channels = (2, 3) if common else (3, 1)
    sizes = [count * p for count, p in zip(counts, patch, strict=True)]
    if common:
        sizes[1:] = [patch[1] * patch[2] * count for count in (1, 2)]
    return [n_videos, *sizes, n_channels], patch


def grids(generator: torch.Generator, picture: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Draw queries, keys and values on one grid, of a video or of a picture."""
    n_videos, *sizes = primes(generator, 4, low=2, high=7)
    d_k, d_v = primes(generator, 2, low=11, high=13)
    if picture:
        sizes[0] = 1
    return (
        torch.randn(n_videos, *sizes, d_k, generator=generator),
        torch.randn(n_videos, *sizes, d_k, generator=generator),
        torch.randn(n_videos, *sizes, d_v, generator=generator),
    )


def lines(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Make sequences of three grids: ``(B, T, ·)``."""
    return query.flatten(1, 3), key.flatten(1, 3), value.flatten(1, 3)


def seen(query: Tensor, key: Tensor, extent: Sizes) -> Tensor:
    """Which cell sees which on each axis, ``(T, T', 3)``."""
    cells, context = (
        torch.cartesian_prod(*map(torch.arange, grid.shape[:3]))
        for grid in (query, key)
    )
    centres = cells * torch.tensor(key.shape[:3]) // torch.tensor(query.shape[:3])
    return (centres[:, None] - context).abs() <= torch.tensor(extent)


def by(
    near: Callable[[Tensor, Tensor, int, int, int], Tensor],
    grids: tuple[Tensor, Tensor, Tensor],
    extent: Sizes,
    axis: int = -1,
) -> Tensor:
    """Attend where ``near(i, a, F, F', e)`` holds in all axes: ``i`` looks, ``a`` answers.

    Where it gives a number, the cell is seen so many times.
    """
    query, key, value = grids
    times = torch.ones(())
    for place, e in enumerate(extent):
        n, n_context = query.shape[place], key.shape[place]
        hits = near(torch.arange(n)[:, None], torch.arange(n_context), n, n_context, e)
        shape = [1] * 6
        shape[place], shape[3 + place] = n, n_context
        times = times * hits.reshape(shape)
    scores = query @ key.flatten(0, 2).T / math.sqrt(query.shape[-1])
    scores = scores + times.expand(*query.shape[:3], *key.shape[:3]).flatten(3).log()
    if axis == 0:  # over the queries
        return scores.flatten(0, 2).softmax(0).reshape(scores.shape) @ value.flatten(
            0, 2
        )
    return scores.softmax(-1) @ value.flatten(0, 2)


def at(place: Callable[[Tensor, int, int], Tensor]) -> Callable[..., Tensor]:
    """Look around ``place(i, F, F')``."""
    return lambda i, a, n, m, e: (place(i, n, m) - a).abs() <= e
