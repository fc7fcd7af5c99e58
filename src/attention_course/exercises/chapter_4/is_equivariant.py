"""Exercise 4.11: Does a layer know the order?"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ..checker import Args, exercise, primes
from ._shared import (
    CausalSelfAttention,
    CircularConvolution,
    DistanceFromTheMiddle,
    EachPlaceByItself,
    MeanAndPositions,
    MeanOfAllPlaces,
    SecondHalf,
    SelfAttention,
    SelfAttentionWithPositions,
    SmallPositions,
    Smoothing,
    SymmetricConvolution,
)


@exercise(
    "4.11",
    "Does a layer know the order?",
    stars=3,
    minutes=15,
    statement="""\
Shuffle the words of a sentence, and self-attention without positions gives the same vectors, \
shuffled the same way. This is called permutation-equivariant: shuffling *before* the layer or \
*after* it comes to the same.

Write the test itself: `is_equivariant(layer, x)` returns `True` or `False`. `layer` takes and \
gives `(T, d_model)`. Your test is tried on eight layers: attention with and without positions, \
attention that looks back only, two convolutions and others. Before you run it, guess: which of \
these know the order?""",
)
def is_equivariant(layer: "nn.Module", x: Tensor) -> bool:
    """Say whether a layer knows nothing of the order of positions.

    Args:
        layer: from ``(T, d_model)`` to ``(T, d_model)``.
        x: ``(T, d_model)``, a sequence to try it on.

    Returns:
        ``True`` if shuffling the positions of ``x`` shuffles those of the result in
        the same way and changes nothing else, up to rounding.
    """
    order = torch.randperm(len(x))
    shuffled_first = layer(x[order])
    shuffled_last = layer(x)[order]
    return torch.allclose(shuffled_first, shuffled_last, atol=1e-5)


is_equivariant.hints = (
    "There are two ways from `x` to a shuffled result. Go both, and compare where you arrive.",
    "Draw an order with `torch.randperm(len(x))`. One way: shuffle, then the layer, "
    "`layer(x[order])`. Which one is the other?",
    "The other way: the layer, then shuffle, `layer(x)[order]`. Compare the two with "
    "`torch.allclose(…, atol=1e-5)`, because sums in another order are rounded otherwise. It "
    "must be any order: reversing or moving on by one is not enough, some convolutions pass "
    "these. And your guess? These know the order: attention with positions, attention that "
    "looks back only, both convolutions, the mean with positions. These do not: attention "
    "without positions, the mean, a function of each position by itself.",
)


@is_equivariant.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    def sizes() -> list[int]:
        return primes(generator, 2, low=11, high=23)

    for kind in (SelfAttention, CausalSelfAttention, SelfAttentionWithPositions):
        length, d_model = sizes()
        layer: nn.Module = kind(d_model, generator)
        yield layer, torch.randn(length, d_model, generator=generator)
    for layer in (
        CircularConvolution(),
        SymmetricConvolution(),
        MeanOfAllPlaces(),
        MeanAndPositions(),
        EachPlaceByItself(),
        Smoothing(),
        SecondHalf(),
        SmallPositions(),
        DistanceFromTheMiddle(),
    ):
        yield layer, torch.randn(*sizes(), generator=generator)
    yield EachPlaceByItself(), torch.randn(2, 3, generator=generator)


def close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, atol=1e-5)


@is_equivariant.right
def undo(layer, x):
    order = torch.randperm(len(x))
    back = order.argsort()
    return close(layer(x[order])[back], layer(x))


@is_equivariant.right
def matrix(layer, x):
    shuffle = torch.eye(len(x))[torch.randperm(len(x))]
    return bool((layer(shuffle @ x) - shuffle @ layer(x)).abs().max() < 1e-4)


@is_equivariant.right
def swaps(layer, x):
    for i in range(len(x) - 1):  # every order can be made of swaps of neighbours
        order = list(range(len(x)))
        order[i], order[i + 1] = i + 1, i
        if not close(layer(x[order]), layer(x)[order]):
            return False
    return True


@is_equivariant.right
def many(layer, x):
    orders = [torch.randperm(len(x)) for _ in range(5)]
    return all(close(layer(x[order]), layer(x)[order]) for order in orders)


@is_equivariant.wrong(
    "You ask for equality to the last digits. Sums in another order are rounded "
    "otherwise: compare with `torch.allclose(…, atol=1e-5)`."
)
def exact(layer, x):
    order = torch.randperm(len(x))
    return torch.equal(layer(x[order]), layer(x)[order])


@is_equivariant.wrong(
    "You shuffle the input and compare with the result as it was. That asks whether "
    "nothing changes at all (invariance). Shuffle the result in the same way before you "
    "compare."
)
def input_only(layer, x):
    return close(layer(x[torch.randperm(len(x))]), layer(x))


@is_equivariant.wrong(
    "You shuffle twice in the same direction. To undo an order, index with "
    "`order.argsort()`; or do not undo it, and shuffle `layer(x)` too."
)
def twice(layer, x):
    order = torch.randperm(len(x))
    return close(layer(x[order])[order], layer(x))


@is_equivariant.wrong(
    "Your test says yes to layers that do know the order. Does yours change anything? "
    "The identity, `torch.arange`, passes always: take `torch.randperm(len(x))`, and "
    "compare the numbers, not only shapes."
)
def identity(layer, x):
    order = torch.arange(len(x))
    return close(layer(x[order]), layer(x)[order])


@is_equivariant.wrong(
    "You only move the positions on. A convolution that goes round in a circle passes that, "
    "and it does know who stands next to whom. Try any order: `torch.randperm`."
)
def roll(layer, x):
    return close(layer(x.roll(1, dims=0)), layer(x).roll(1, dims=0))


@is_equivariant.wrong(
    "You only reverse the positions. A convolution that treats left and right alike passes "
    "that, and it does know neighbours. Draw a random order, with `torch.randperm`."
)
def flip(layer, x):
    return close(layer(x.flip(0)), layer(x).flip(0))


@is_equivariant.wrong(
    "You compare sums or means over the positions, and lose which position got what. Compare the "
    "results position by position."
)
def sums(layer, x):
    shuffled = x[torch.randperm(len(x))]
    return close(layer(shuffled).mean(0), layer(x).mean(0))


@is_equivariant.wrong(
    "You shuffle the numbers within each vector. The positions are the first axis: "
    "`x[order]`."
)
def features(layer, x):
    order = torch.randperm(x.shape[1])
    return close(layer(x[:, order]), layer(x)[:, order])


@is_equivariant.wrong(
    "Your test says no to layers that know nothing of the order, even to one that treats "
    "each position by itself. Compare `layer(x[order])` with `layer(x)[order]`: the same "
    "order both times."
)
def never(layer, x):
    return False


@is_equivariant.wrong(
    "Your test is right, and its answer reversed: `True` means equivariant."
)
def turned(layer, x):
    return not is_equivariant(layer, x)


@is_equivariant.wrong(
    "You compare entry by entry and return all the answers. One answer is wanted: "
    "`torch.allclose`, or `.all()` and then `bool(…)`."
)
def entries(layer, x):
    order = torch.randperm(len(x))
    return torch.isclose(layer(x[order]), layer(x)[order], atol=1e-5)
