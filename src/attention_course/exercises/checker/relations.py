"""Say how a reader's result is related to the right one: what would make it right?

A factor, a sign, swapped axes, another order: diagnoses that nobody wrote down.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from .compare import close, double

__all__ = ["SIMPLE", "Relation", "may_be_simple", "relations"]

MINUS = "-"
KNOWN_FACTORS = {
    2.0: "2 times {it}",
    0.5: "half of {it}",
    100.0: "{it} as a percentage",
    1 / math.log(2): "{it} in bits: a logarithm to base 2 stands for the natural one",
    math.log(2): "{it} times log 2, as if it were in bits",
}

# Relations so plain that they may come on top of another mistake.
SIMPLE = {"sign", "factor", "over", "times", "plus", "permute", "squeeze"}

Relation = tuple[Hashable, str]


def relations(
    received: Tensor, right: Tensor, args: Mapping[str, Any] | None = None
) -> Iterator[Relation]:
    """List how a result is related to the right one, the most telling relation first.

    Args:
        received: what the reader's function returned.
        right: the right result.
        args: the arguments by name, to find what a factor may come from.

    Yields:
        A key that is equal when the same relation holds on other inputs, and a
        phrase that ends the sentence "Your result is …", with ``{it}`` for the right one.
    """
    if received.numel() == 0 or right.numel() == 0:
        return
    one, other = double(received), double(right)
    if (
        one.dtype != other.dtype
        or not bool(one.isfinite().all())
        or not bool(other.isfinite().all())
        or close(one, other)
    ):
        return
    if bool((one == 0).all()):
        yield "zeros", "zero everywhere"
        return
    if one.numel() > 1 and bool((one == one.flatten()[0]).all()):
        yield "constant", "the same number everywhere"
        return
    for name, value in (args or {}).items():
        if isinstance(value, Tensor) and close(one, value):
            yield ("argument", name), f"the argument `{name}` as it came"
    if one.shape == other.shape:
        yield from _factors(one, other, args or {})
        shift = one - other
        first = float(shift.flatten()[0])
        if (
            other.numel() > 1
            and abs(first) > 1e-6
            and close(shift, torch.full_like(shift, first))
        ):
            yield (
                ("plus", round(first, 5)),
                f"{{it}} {'+' if first > 0 else MINUS} {abs(first):.4g}",
            )
    yield from _moved(one, other)
    if one.shape == other.shape:
        yield from _entrywise(one, other)
    yield from _reduced(one, other)
    yield from _cut(one, other)
    if one.shape == other.shape:
        yield from _holes(one, other, args or {})


def may_be_simple(one: Tensor, other: Tensor) -> bool:
    """Say at a glance whether a simple relation may hold; for most results it does not."""
    if one.numel() != other.numel() or one.numel() == 0:
        return False
    a, b = double(one).flatten(), double(other).flatten()
    if a.dtype != b.dtype or not bool(a.isfinite().all() & b.isfinite().all()):
        return False
    square = float((b * b).sum())
    scaled = square > 0 and close(a, b * (float((a * b).sum()) / square))
    shifted = close(a - b, (a - b)[:1].expand_as(a))
    return scaled or shifted or _rearranged(a, b)


def _rearranged(one: Tensor, other: Tensor) -> bool:
    """Say whether two results hold the same numbers, wherever they stand."""
    return one.numel() == other.numel() and close(
        one.flatten().sort().values, other.flatten().sort().values
    )


def _cut(one: Tensor, other: Tensor) -> Iterator[Relation]:
    """Find what is missing, or too much, at one end of an axis."""
    if one.ndim != other.ndim or one.shape == other.shape:
        return
    axes = [a for a in range(one.ndim) if one.shape[a] != other.shape[a]]
    if len(axes) != 1:
        return
    axis = axes[0] - one.ndim
    n, m = one.shape[axis], other.shape[axis]
    few, short, long = min(n, m), *((one, other) if n < m else (other, one))
    what = "is missing" if n < m else "is too much"
    by = abs(n - m)
    if close(short, long.narrow(axis, 0, few)):
        yield ("end", axis, n < m), f"{{it}}, but at the end of axis {axis} {by} {what}"
    elif close(short, long.narrow(axis, by, few)):
        yield ("front", axis, n < m), f"{{it}}, but in front of axis {axis} {by} {what}"


def _holes(one: Tensor, other: Tensor, args: Mapping[str, Any]) -> Iterator[Relation]:
    """Find where the wrong entries lie by a boolean argument, and whether all are one number."""
    wrong = ~torch.isclose(one, other, rtol=1e-3, atol=1e-6)
    values = one[wrong]
    if len(values) < 2 or bool(wrong.all()):
        return
    same = bool((values == values[0]).all())
    for name, value in args.items():
        if not isinstance(value, Tensor) or value.dtype != torch.bool:
            continue
        if value.shape != wrong.shape[: value.ndim] and value.ndim < wrong.ndim:
            continue
        if value.ndim == wrong.ndim and value.shape != wrong.shape:
            continue
        if value.ndim > wrong.ndim:
            continue
        mask = value.reshape(*value.shape, *[1] * (wrong.ndim - value.ndim)).expand_as(
            wrong
        )
        for which in (True, False):
            if bool((mask[wrong] == which).all()) and bool((mask != which).any()):
                holds = f" and holds {float(values[0]):.4g} there" if same else ""
                yield (
                    ("where", name, which, same),
                    f"right wherever `{name}` is {not which}, and goes wrong only where it "
                    f"is {which}{holds}",
                )
    if same and not bool((other[wrong] == other[wrong][0]).all()):
        number = float(values[0])
        yield ("holes", number), f"right but for entries that are {number:.4g} in it"


def _factors(one: Tensor, other: Tensor, args: Mapping[str, Any]) -> Iterator[Relation]:
    """Find one factor for all entries, and where it may come from; or one factor a row."""
    n_numbers = int((other != 0).sum())
    if n_numbers:
        factor = float((one * other).sum() / (other * other).sum())
        if abs(factor) > 1e-9 and abs(factor - 1) > 1e-4 and close(one, factor * other):
            if abs(factor + 1) < 1e-4:
                yield "sign", "{it} with its sign turned"
                return
            if (
                n_numbers == 1
            ):  # two numbers always have a factor: only a known one tells
                for known, words in KNOWN_FACTORS.items():
                    if math.isclose(factor, known, rel_tol=1e-4):
                        yield ("factor", known), words
                return
            yield ("factor", round(factor, 5)), f"{factor:.4g} times {{it}}"
            for what, n in _lengths(args):
                for power, text in ((1.0, f"{n}"), (0.5, f"√{n}")):
                    if n > 1 and math.isclose(factor, n**power, rel_tol=1e-3):
                        yield (
                            ("times", what, power),
                            f"{text} times {{it}}; {n} is {what}",
                        )
                    if n > 1 and math.isclose(factor, n**-power, rel_tol=1e-3):
                        yield (
                            ("over", what, power),
                            f"{{it}} divided by {text}; {n} is {what}",
                        )
            return
    for axis in range(-1, -other.ndim - 1, -1):
        if other.ndim < 2 or other.shape[axis] < 3:
            continue
        square = (other * other).sum(axis, keepdim=True)
        if bool((square == 0).any()):
            continue
        factor_of_row = (one * other).sum(axis, keepdim=True) / square
        if bool((factor_of_row.abs() > 1e-6).all()) and close(
            one, factor_of_row * other
        ):
            yield (
                ("rows", axis),
                f"{{it}} but for a factor that is constant along axis {axis} and differs "
                "elsewhere: look at what you divide by, or normalise over",
            )


def _lengths(args: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Name every size that an argument brings along."""
    for name, value in args.items():
        if isinstance(value, Tensor):
            for axis in range(-1, -value.ndim - 1, -1):
                yield f"the size of axis {axis} of `{name}`", value.shape[axis]
            if value.ndim > 0:
                yield f"the number of entries of `{name}`", value.numel()
        elif isinstance(value, int) and not isinstance(value, bool):
            yield f"`{name}`", value
        elif isinstance(value, tuple) and all(type(v) is int for v in value) and value:
            yield f"the product of `{name}`", math.prod(value)
            for place, size in enumerate(value):
                yield f"`{name}[{place}]`", size
        elif isinstance(value, list):
            yield f"the length of `{name}`", len(value)


def _moved(one: Tensor, other: Tensor) -> Iterator[Relation]:
    """Find the right numbers in other places: axes, order, shape."""
    if not _rearranged(one, other):
        return
    n = other.ndim
    if one.shape != other.shape and close(one.squeeze(), other.squeeze()):
        word = (
            "too few" if one.ndim < n else "too many" if one.ndim > n else "misplaced"
        )
        yield ("squeeze", word), f"{{it}} with {word} axes of size 1"
    if one.ndim == n and 2 <= n <= 5:
        for axes in itertools.permutations(range(n)):
            if axes == tuple(range(n)) or other.permute(axes).shape != one.shape:
                continue
            if close(one, other.permute(axes)):
                yield _permuted(axes)
    if one.shape == other.shape:
        for axis in range(-1, -n - 1, -1):
            if other.shape[axis] > 1 and close(one, other.flip(axis)):
                yield ("flip", axis), f"{{it}} in reverse order along axis {axis}"
            for step in range(1, min(other.shape[axis], 50)):
                if close(one, other.roll(step, axis)):
                    back = other.shape[axis] - step
                    by = step if step <= back else -back
                    yield (
                        ("roll", axis, by),
                        f"{{it}} moved on by {by} along axis {axis}",
                    )
    if other.numel() > 1:
        if one.shape != other.shape and close(one.flatten(), other.flatten()):
            yield (
                "reshape",
                "made of the right numbers in the right order, only the shape is wrong",
            )
        else:
            yield (
                "order",
                "made of the right numbers in the wrong places: look at your reshapes and "
                "at the order of the axes",
            )


def _permuted(axes: tuple[int, ...]) -> Relation:
    """Say which axes changed places, counted from the end."""
    n = len(axes)
    moved = [place for place, axis in enumerate(axes) if place != axis]
    key = tuple(axes[place] - n for place in range(moved[0], n))
    if len(moved) == 2:
        first, second = (place - n for place in moved)
        return ("permute", key), f"{{it}} with the axes {first} and {second} swapped"
    order = ", ".join(str(axis - n) for axis in axes)
    return ("permute", key), f"{{it}} with its axes in the order {order}"


def _entrywise(one: Tensor, other: Tensor) -> Iterator[Relation]:
    """Find a function that was applied to every entry, or forgotten."""
    functions: dict[str, Callable[[Tensor], Tensor]] = {
        "the absolute value of": torch.abs,
        "the square of": torch.square,
        "the square root of": torch.sqrt,
        "the exponential of": torch.exp,
        "the logarithm of": torch.log,
        "one divided by": torch.reciprocal,
        "one minus": lambda x: 1 - x,
        "the sigmoid of": torch.sigmoid,
        "the tanh of": torch.tanh,
        "the ReLU of": torch.relu,
    }
    for words, function in functions.items():
        if not close(one, other) and close(one, function(other)):
            yield words, f"{words} {{it}}"
    for axis in range(-1, -other.ndim - 1, -1):
        if other.shape[axis] > 1 and close(one, other.softmax(axis)):
            yield ("softmax", axis), f"a softmax of {{it}} over axis {axis}"
        if other.shape[axis] > 1 and close(one.softmax(axis), other):
            yield ("no softmax", axis), f"{{it}} before a softmax over axis {axis}"


def _reduced(one: Tensor, other: Tensor) -> Iterator[Relation]:
    """Find an axis that was summed, averaged or picked from where it should stay."""
    if one.numel() >= other.numel() or one.numel() < 2:
        return
    functions: dict[str, Callable[[int], Tensor]] = {
        "the sum of {it}": other.sum,
        "the mean of {it}": other.mean,
        "the largest of {it}": other.amax,
        "only the first of {it}": lambda axis: other.select(axis, 0),
        "only the last of {it}": lambda axis: other.select(axis, -1),
    }
    for axis in range(-1, -other.ndim - 1, -1):
        for words, function in functions.items():
            if close(one.squeeze(), function(axis).squeeze()):
                yield (words, axis), f"{words} over axis {axis}"
