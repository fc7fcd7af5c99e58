"""Exercise 4.18: Layer norm by hand"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.18",
    "Layer norm by hand",
    stars=1,
    minutes=8,
    statement="""\
Before each sublayer of a block stands a layer norm. It looks at one position at a time: it takes \
the mean of that position's numbers away, divides by their spread, and then stretches and shifts \
every coordinate by what was learned:

`gain ⊙ (x - mean) / √(variance + 0.00001) + bias`,

where `mean` is that of the position's numbers and `variance` the mean of their squared distances \
from it. Write `normalise_places(x, gain, bias)` without `nn.LayerNorm`. The small number under \
the root matters where all numbers of a position are nearly the same.""",
)
def normalise_places(x: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
    """Normalise the numbers of each position, then stretch and shift them.

    Args:
        x: ``(B, T, d_model)``.
        gain: ``(d_model,)``.
        bias: ``(d_model,)``.

    Returns:
        ``(B, T, d_model)``.
    """
    mean = x.mean(dim=-1, keepdim=True)  # (B, T, 1)
    variance = (x - mean).square().mean(dim=-1, keepdim=True)  # (B, T, 1)
    return gain * (x - mean) / (variance + 1e-5).sqrt() + bias  # (B, T, d_model)


normalise_places.hints = (
    "Which numbers belong together? Those of one position of one sequence: the last axis of `x`.",
    "Take the mean over the last axis with `keepdim=True`, so that it is `(B, T, 1)` and can be "
    "subtracted from `x`. The variance is the mean of the squares of what is left.",
    "The variance here divides by `d_model`, while `x.var()` divides by `d_model - 1` unless it is "
    "told `correction=0`. Add the small number before the root; `gain` and `bias` come last.",
)


@normalise_places.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=2, high=13)
    for places, size, shift in ((sizes[:3], 3.0, 2.0), (sizes[3:], 0.004, 0.01)):
        n_rows, length, d_model = places
        yield (
            size * torch.randn(n_rows, length, d_model, generator=generator) + shift,
            1 + torch.rand(d_model, generator=generator),
            torch.randn(d_model, generator=generator),
        )
    yield (
        torch.tensor([[[2.0, 2.0], [1.0, 3.0]]]),
        torch.tensor([1.5, 0.5]),
        torch.tensor([0.0, 1.0]),
    )
    yield torch.tensor([[[5.0]]]), torch.tensor([2.0]), torch.tensor([-1.0])


@normalise_places.right
def by_torch(x, gain, bias):
    return F.layer_norm(x, x.shape[-1:], gain, bias)


@normalise_places.right
def by_var(x, gain, bias):
    variance = x.var(-1, correction=0, keepdim=True)
    return (x - x.mean(-1, keepdim=True)) * torch.rsqrt(variance + 1e-5) * gain + bias


@normalise_places.right
def loop(x, gain, bias):
    out = torch.zeros_like(x)
    for b, row in enumerate(x):
        for t, place in enumerate(row):
            centred = place - place.sum() / len(place)
            spread = (centred @ centred / len(place) + 1e-5) ** 0.5
            out[b, t] = centred / spread * gain + bias
    return out


def centred(x: Tensor) -> Tensor:
    return x - x.mean(-1, keepdim=True)


@normalise_places.wrong(
    "You divide the squares by `d_model - 1`, as `var` and `std` do by themselves. Layer norm "
    "divides by `d_model`: `correction=0`."
)
def corrected(x, gain, bias):
    variance = x.var(-1, keepdim=True)
    return gain * centred(x) / (variance + 1e-5).sqrt() + bias


@normalise_places.wrong(
    "The small number is missing under the root. Where all numbers of a position are the same, you "
    "divide 0 by 0."
)
def no_small_number(x, gain, bias):
    variance = x.var(-1, correction=0, keepdim=True)
    return gain * centred(x) / variance.sqrt() + bias


@normalise_places.wrong(
    "You add the small number after the root. It belongs under it, to the variance: the root of "
    "0.00001 is 0.003."
)
def after_the_root(x, gain, bias):
    variance = x.var(-1, correction=0, keepdim=True)
    return gain * centred(x) / (variance.sqrt() + 1e-5) + bias


@normalise_places.wrong(
    "You divide by the variance. Its root, the standard deviation, has the unit of `x`."
)
def no_root(x, gain, bias):
    variance = x.var(-1, correction=0, keepdim=True)
    return gain * centred(x) / (variance + 1e-5) + bias


@normalise_places.wrong(
    "The mean is not taken away: that is another norm, RMSNorm, which newer models use."
)
def root_mean_square(x, gain, bias):
    return gain * x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() + bias


@normalise_places.wrong(
    "You subtract the mean and do not divide by the spread, so large positions stay large."
)
def only_centred(x, gain, bias):
    return gain * centred(x) + bias


@normalise_places.wrong(
    "You normalise all positions of a sequence together. Layer norm looks at one position at a "
    "time: the last axis alone."
)
def whole_sequence(x, gain, bias):
    return gain * F.layer_norm(x, x.shape[-2:]) + bias


@normalise_places.wrong(
    "You normalise over the batch, each coordinate by itself: that is batch norm. A position must "
    "not depend on what else is in the batch."
)
def over_the_batch(x, gain, bias):
    flat = x.flatten(0, 1)
    mean, variance = flat.mean(0), flat.var(0, correction=0)
    return gain * (x - mean) / (variance + 1e-5).sqrt() + bias


@normalise_places.wrong(
    "You normalise along the sequence, over its positions. The mean of a position runs over its "
    "own `d_model` numbers."
)
def along_the_sequence(x, gain, bias):
    mean, variance = x.mean(1, keepdim=True), x.var(1, correction=0, keepdim=True)
    return gain * (x - mean) / (variance + 1e-5).sqrt() + bias


@normalise_places.wrong("`gain` does not count: the last step multiplies by it.")
def no_gain(x, gain, bias):
    return normalise_places(x, torch.ones_like(gain), bias)


@normalise_places.wrong("`bias` is not added: it shifts every coordinate at the end.")
def no_bias(x, gain, bias):
    return normalise_places(x, gain, torch.zeros_like(bias))


@normalise_places.wrong(
    "You add `bias` before you multiply by `gain`. First stretch, then shift."
)
def bias_first(x, gain, bias):
    normal = normalise_places(x, torch.ones_like(gain), torch.zeros_like(bias))
    return gain * (normal + bias)
