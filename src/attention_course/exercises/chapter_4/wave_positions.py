"""Exercise 4.9: Positions made of waves"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.9",
    "Positions made of waves",
    stars=2,
    minutes=12,
    atol=1e-3,  # at place 600 the angles themselves are rounded
    statement="""\
Self-attention does not know which word comes first. Each position therefore gets a vector of its \
own, made of waves: fast ones tell neighbours apart, slow ones the beginning from the end. Write \
`wave_positions(length, d_model)`, which returns `(T, d_model)` with

`p[t, 2i] = sin(t / 10000^(2i / d_model))` and `p[t, 2i + 1] = cos(t / 10000^(2i / d_model))`.

`t` counts positions from 0, and `i` counts pairs of a sine and a cosine, from 0 too. The sine and \
the cosine of a pair share one wavelength.""",
)
def wave_positions(length: int, d_model: int) -> Tensor:
    """Give each position of a sequence its own vector of sines and cosines.

    Args:
        length: how many positions, ``T``.
        d_model: dimension of each vector, an even number.

    Returns:
        ``(T, d_model)``, float32, with ``p[t, 2i] = sin(t / 10000^(2i / d_model))``
        and ``p[t, 2i + 1] = cos(t / 10000^(2i / d_model))``.
    """
    place = torch.arange(length).unsqueeze(-1)  # (T, 1)
    pair = torch.arange(d_model // 2)  # (d_model / 2,), i counts pairs
    angles = place / 10_000 ** (2 * pair / d_model)  # (T, d_model / 2)
    waves = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (T, d_model / 2, 2)
    return waves.flatten(-2)  # (T, d_model): sin, cos, sin, cos, …


wave_positions.hints = (
    "First make a table of angles `(T, d_model / 2)`: one row a position, one column a pair.",
    "`torch.arange(length).unsqueeze(-1)` is `(T, 1)`. Divide it by a vector "
    "`(d_model / 2,)` of `10_000 ** (2 * i / d_model)`, and both broadcast to the table of "
    "angles.",
    "With `angles` of shape `(T, d_model / 2)`, "
    "`torch.stack([angles.sin(), angles.cos()], dim=-1)` puts each sine beside its cosine, "
    "and `.flatten(-2)` makes one row of them. Or fill `positions[:, 0::2]` and "
    "`positions[:, 1::2]`.",
)


@wave_positions.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(3):
        length, half = primes(generator, 2, low=3, high=23)
        yield length, 2 * half
    yield 1, 2
    yield 600, 6  # beyond any table


@wave_positions.right
def slices(length, d_model):
    positions = torch.zeros(length, d_model)
    steps = torch.arange(0, d_model, 2) * (-math.log(10_000) / d_model)
    angles = torch.arange(length)[:, None] * steps.exp()
    positions[:, 0::2] = angles.sin()
    positions[:, 1::2] = angles.cos()
    return positions


@wave_positions.right
def loop(length, d_model):
    rows = []
    for t in range(length):
        angles = [t / 10_000 ** (k // 2 * 2 / d_model) for k in range(d_model)]
        waves = (math.sin, math.cos)
        rows.append([waves[k % 2](angle) for k, angle in enumerate(angles)])
    return torch.tensor(rows)


def angles_of(length: int, d_model: int) -> Tensor:
    exponents = torch.arange(0, d_model, 2) / d_model  # (d_model / 2,)
    return torch.arange(length).unsqueeze(-1) / 10_000**exponents


@wave_positions.right
def shifted_sine(length, d_model):
    angles = angles_of(length, d_model).repeat_interleave(2, dim=-1)
    quarter = torch.tensor([0.0, math.pi / 2]).repeat(d_model // 2)
    return (angles + quarter).sin()  # cos(a) = sin(a + π / 2)


@wave_positions.wrong(
    "You put all sines first and all cosines after them. Some models do; the formula here "
    "alternates: sine, cosine, sine, cosine."
)
def halves(length, d_model):
    angles = angles_of(length, d_model)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def alternate(sines: Tensor, cosines: Tensor) -> Tensor:
    return torch.stack([sines, cosines], dim=-1).flatten(-2)


@wave_positions.wrong(
    "Sine and cosine are swapped: even columns are sines, so position 0 starts with "
    "0, 1, 0, 1."
)
def cosine_first(length, d_model):
    angles = angles_of(length, d_model)
    return alternate(angles.cos(), angles.sin())


@wave_positions.wrong(
    "All your columns are sines, so each one stands there twice. The odd columns are "
    "cosines."
)
def only_sine(length, d_model):
    angles = angles_of(length, d_model)
    return alternate(angles.sin(), angles.sin())


@wave_positions.wrong(
    "Your exponent is `i / d_model`, so the slowest wave is far too fast. With `i` "
    "counting pairs, it is `2i / d_model`."
)
def half_exponent(length, d_model):
    pair = torch.arange(d_model // 2)
    angles = torch.arange(length).unsqueeze(-1) / 10_000 ** (pair / d_model)
    return alternate(angles.sin(), angles.cos())


@wave_positions.wrong(
    "The cosines have an exponent of their own, `(2i + 1) / d_model`. Sine and cosine of a "
    "pair share the exponent `2i / d_model`."
)
def own_exponent(length, d_model):
    exponents = torch.arange(d_model) / d_model  # the cosine takes 2i + 1
    angles = torch.arange(length).unsqueeze(-1) / 10_000**exponents
    return alternate(angles[:, 0::2].sin(), angles[:, 1::2].cos())


@wave_positions.wrong(
    "You double the exponent once too often: `0, 2, 4, …` is already `2i`."
)
def double_exponent(length, d_model):
    exponents = (
        2 * torch.arange(0, d_model, 2) / d_model
    )  # 2i where 2i is meant to be i
    angles = torch.arange(length).unsqueeze(-1) / 10_000**exponents
    return alternate(angles.sin(), angles.cos())


@wave_positions.wrong(
    "You multiply by `10000^(2i / d_model)`, so the waves become faster and faster. "
    "Divide by it."
)
def multiplied(length, d_model):
    exponents = torch.arange(0, d_model, 2) / d_model
    angles = torch.arange(length).unsqueeze(-1) * 10_000**exponents
    return alternate(angles.sin(), angles.cos())


@wave_positions.wrong(
    "You count positions from 1. The first position is `t = 0`, with sines 0 and cosines 1."
)
def from_one(length, d_model):
    return wave_positions(length + 1, d_model)[1:]


@wave_positions.wrong(
    "The numbers are right, but you have a row for each column. A row belongs to a position: "
    "`(T, d_model)`."
)
def features_first(length, d_model):
    return wave_positions(length, d_model).T


@wave_positions.wrong(
    "All your waves are equally fast. Look at the exponent: `//` rounds it down to 0, "
    "divide with `/`."
)
def whole_exponent(length, d_model):
    exponents = torch.arange(0, d_model, 2) // d_model  # all 0
    angles = torch.arange(length).unsqueeze(-1) / 10_000**exponents
    return alternate(angles.sin(), angles.cos())


@wave_positions.wrong(
    "You take powers of e, `exp(-2i / d_model)`. The base is 10000: multiply the exponent "
    "by `math.log(10_000)`."
)
def natural_base(length, d_model):
    exponents = torch.arange(0, d_model, 2) / d_model
    angles = torch.arange(length).unsqueeze(-1) * (-exponents).exp()
    return alternate(angles.sin(), angles.cos())
