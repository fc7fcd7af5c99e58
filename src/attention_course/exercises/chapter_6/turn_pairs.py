"""Exercise 6.3: Turn queries and keys"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "6.3",
    "Turn queries and keys",
    stars=2,
    minutes=15,
    atol=1e-4,
    statement="""\
Rotary positions add nothing to a query or a key. They *turn* it: its numbers are taken in pairs, \
0 with 1, 2 with 3 and so on, and pair `m` is turned by the angle `position / 10000^(2m / d)`. A \
pair `(a, b)` turned by the angle `t` is `(a cos t - b sin t, a sin t + b cos t)`.

Write `turn_pairs(x, places)` for `x` of shape `(..., T, d)`, with `d` even, and `places` of shape \
`(T,)`. The result has the shape of `x`. Position 0 turns nothing.""",
)
def turn_pairs(x: Tensor, places: Tensor) -> Tensor:
    """Turn each pair of numbers by an angle that grows with the position.

    Args:
        x: ``(..., T, d)``, queries or keys; ``d`` is even.
        places: ``(T,)``, where each of them stands.

    Returns:
        Like ``x``: pair ``m``, the numbers ``2m`` and ``2m + 1``, turned by the angle
        ``position / 10000^(2m / d)``.
    """
    d = x.shape[-1]
    speeds = 10_000.0 ** (-torch.arange(0, d, 2) / d)  # (d / 2,)
    angles = places.unsqueeze(-1) * speeds  # (T, d / 2)
    a, b = x[..., 0::2], x[..., 1::2]  # (..., T, d / 2) each
    turned = torch.empty_like(x)
    turned[..., 0::2] = a * angles.cos() - b * angles.sin()
    turned[..., 1::2] = a * angles.sin() + b * angles.cos()
    return turned  # (..., T, d)


turn_pairs.hints = (
    "Two things are needed: a table of angles, `(T, d / 2)`, and the two halves of all pairs.",
    "The angles are those of chapter 1's waves: positions as a column, times a row of speeds. The "
    "pairs are `x[..., 0::2]` and `x[..., 1::2]`. Which shapes do these have?",
    "All of them end in `(T, d / 2)`, so the formula of the statement can be written as it "
    "stands, once for the first numbers of all pairs and once for the second ones. Then set "
    "them side by side again, first, second, first, second: a `torch.stack` along a new last "
    "axis and a `flatten`, or slices of an empty tensor.",
)


@turn_pairs.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for leading in ((), (2,), (3, 2)):
        length, half = primes(generator, 2, low=3, high=13)
        x = torch.randn(*leading, length, 2 * half, generator=generator)
        yield x, torch.randperm(40, generator=generator)[:length] + 1
    yield torch.randn(1, 1, 2, generator=generator), torch.tensor([3])
    yield torch.randn(1, 31, 4, generator=generator), torch.arange(31)


def angles_of(places: Tensor, d: int) -> Tensor:
    return places[:, None] / 10_000 ** (torch.arange(0, d, 2) / d)


@turn_pairs.right
def stacked(x, places):
    angles = angles_of(places, x.shape[-1])
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


@turn_pairs.right
def complex_numbers(x, places):
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    angles = angles_of(places, x.shape[-1])
    turn = torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(pairs * turn).flatten(-2)


@turn_pairs.right
def half_swapped(x, places):
    angles = angles_of(places, x.shape[-1]).repeat_interleave(2, dim=-1)
    swapped = torch.stack([-x[..., 1::2], x[..., 0::2]], dim=-1).flatten(-2)
    return x * angles.cos() + swapped * angles.sin()


def turned_by(x: Tensor, angles: Tensor) -> Tensor:
    a, b = x[..., 0::2], x[..., 1::2]
    cos, sin = angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


@turn_pairs.wrong(
    "You pair the first half of the numbers with the second half. Many programs do; here "
    "the neighbours 0 and 1, 2 and 3 are pairs."
)
def halves(x, places):
    angles = angles_of(places, x.shape[-1])
    a, b = x.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


@turn_pairs.wrong(
    "You turn the other way round: the minus sign belongs to the first number of a pair, "
    "`a cos t - b sin t`."
)
def backwards(x, places):
    return turned_by(x, -angles_of(places, x.shape[-1]))


@turn_pairs.wrong(
    "You add the waves of chapter 1 to the numbers. Here nothing is added: the pair is "
    "turned, and its length stays."
)
def added(x, places):
    angles = angles_of(places, x.shape[-1])
    return x + torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)


@turn_pairs.wrong(
    "Your exponent is `m / d`, with `m` counting pairs. It is `2m / d`, so that the last "
    "pair is nearly 10,000 times as slow as the first."
)
def half_exponent(x, places):
    d = x.shape[-1]
    return turned_by(x, places[:, None] / 10_000 ** (torch.arange(d // 2) / d))


@turn_pairs.wrong(
    "All your pairs turn equally fast, by the position itself. Pair `m` is slower: divide by "
    "`10000^(2m / d)`."
)
def one_speed(x, places):
    return turned_by(x, places[:, None] * torch.ones(x.shape[-1] // 2))


@turn_pairs.wrong(
    "You count the positions 0, 1, 2, … yourself. They are given, and with a cache the first "
    "one is not 0."
)
def own_places(x, places):
    return turned_by(x, angles_of(torch.arange(len(places)), x.shape[-1]))


@turn_pairs.wrong(
    "Your angles are in degrees. `torch.cos` and `torch.sin` want radians, and so does the "
    "formula."
)
def degrees(x, places):
    return turned_by(x, angles_of(places, x.shape[-1]) * math.pi / 180)
