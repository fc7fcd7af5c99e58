"""Say how numbers, texts and lists are related to the right ones, as tensors are."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

__all__ = ["number_relations", "sequence_relations"]

Relation = tuple[Hashable, str]
Named = Mapping[str, Any]

ENOUGH = 3  # inputs for a relation with two sizes in it

FACTORS = {
    2.0: "2 times {it}",
    0.5: "half of {it}",
    -1.0: "{it} with its sign turned",
    100.0: "{it} as a percentage",
    0.01: "{it} divided by 100",
    1 / math.log(2): "{it} in bits: a logarithm to base 2 stands for the natural one",
    math.log(2): "{it} times log 2, as if it were in bits",
}


def number_relations(
    received: Sequence[float], right: Sequence[float], args: Sequence[Named]
) -> Iterator[Relation]:
    """List how numbers, one for each input, are related to the right ones.

    Args:
        received: what came, wherever it is wrong.
        right: what should have come.
        args: the arguments by name, of each of these inputs.

    Yields:
        As :func:`relations` does: a key, and a phrase with ``{it}`` for the right result.
    """
    pairs = list(zip(received, right, strict=True))
    if not pairs or not all(math.isfinite(v) for pair in pairs for v in pair):
        return
    for factor, words in FACTORS.items():
        if all(_near(one, factor * other) for one, other in pairs) and any(right):
            yield ("factor", factor), words
    if all(_near(one, 1 - other) for one, other in pairs):
        yield "one minus", "1 minus {it}"
    if len(pairs) > 1:
        yield from _of_many(pairs, received, right)
    yield from _by_sizes(pairs, args)


def _of_many(
    pairs: Sequence[tuple[float, float]],
    received: Sequence[float],
    right: Sequence[float],
) -> Iterator[Relation]:
    """Find what only several inputs can show."""
    if len(set(received)) == 1 and len(set(right)) > 1:
        yield (
            "constant",
            f"{received[0]:.4g} on every input, whatever the arguments are",
        )
    shift = received[0] - right[0]
    if all(_near(one - other, shift) for one, other in pairs):
        sign = "+" if shift > 0 else "-"
        yield ("plus", round(shift, 5)), f"{{it}} {sign} {abs(shift):.4g}"
    if right[0] and all(other for other in right):
        factor = received[0] / right[0]
        if abs(factor) > 1e-9 and all(
            _near(one, factor * other) for one, other in pairs
        ):
            yield ("factor", round(factor, 5)), f"{factor:.4g} times {{it}}"
    if all(_near(one, other * other) for one, other in pairs):
        yield "square", "the square of {it}"
    if all(other >= 0 and _near(one, math.sqrt(other)) for one, other in pairs):
        yield "root", "the square root of {it}"
    if all(abs(other) < 50 and _near(one, math.exp(other)) for one, other in pairs):
        yield "exp", "the exponential of {it}"
    if all(other > 0 and _near(one, math.log(other)) for one, other in pairs):
        yield "log", "the logarithm of {it}"
    if all(_near(one, -math.log(other)) for one, other in pairs if other > 0) and all(
        other > 0 for other in right
    ):
        yield "minus log", "minus the logarithm of {it}"


def _by_sizes(
    pairs: Sequence[tuple[float, float]], args: Sequence[Named]
) -> Iterator[Relation]:
    """Find a size, or a product of two, that is a factor, or too much or too little."""
    for words, values in _with_products(_sizes(args), len(pairs)):
        rows = list(zip(pairs, values, strict=True))
        if any(v != 1 for v in values):
            if all(_near(one, other * v) for (one, other), v in rows):
                yield ("times", words), f"{{it}} times {words}"
            if all(v and _near(one, other / v) for (one, other), v in rows):
                yield ("over", words), f"{{it}} divided by {words}"
        for n in (1, -1) if len(pairs) >= ENOUGH and len(set(values)) > 1 else ():
            if all(v + n and _near(one, other / (v + n)) for (one, other), v in rows):
                told = f"{words} {'+' if n > 0 else '-'} 1"
                yield ("over", words, n), f"{{it}} divided by {told}"
        for n in (1, -1, 2, -2, 3, -3, 4, -4) if len(set(values)) > 1 else ():
            if all(_near(one, other + n * v) for (one, other), v in rows):
                sign = "+" if n > 0 else "-"
                times = "" if abs(n) == 1 else f"{abs(n)} × "
                yield ("plus", words, n), f"{{it}} {sign} {times}{words}"


def _with_products(
    sizes: Mapping[str, list[int]], n_inputs: int
) -> Iterator[tuple[str, list[int]]]:
    """Give every size; and products of two where the inputs are enough to rule out chance."""
    yield from sizes.items()
    if n_inputs < ENOUGH:
        return
    for (one, mine), (other, theirs) in itertools.combinations_with_replacement(
        sizes.items(), 2
    ):
        yield f"{one} × {other}", [a * b for a, b in zip(mine, theirs, strict=True)]


def _sizes(args: Sequence[Named]) -> dict[str, list[int]]:
    """Name the sizes that every input brings along, the plain ones first."""
    found: dict[str, list[int]] = {}
    for name in args[0] if args else ():
        values = [given.get(name) for given in args]
        if all(type(value) is int for value in values):
            found[f"`{name}`"] = [int(value) for value in values if value is not None]
        elif all(isinstance(value, list | tuple | str) for value in values):
            found[f"`len({name})`"] = [len(value or ()) for value in values]
        elif all(isinstance(value, Tensor) for value in values):
            n_axes = min(value.ndim for value in values if isinstance(value, Tensor))
            for axis in range(n_axes):
                found[f"`{name}.shape[{axis}]`"] = [
                    value.shape[axis] for value in values if isinstance(value, Tensor)
                ]
    return dict(itertools.islice(found.items(), 12))


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-4, abs_tol=1e-7)


def sequence_relations(received: Any, right: Any) -> Iterator[Relation]:
    """List how a text, or a list, is related to the right one.

    Args:
        received: what came, a text or a list.
        right: what should have come.

    Yields:
        As :func:`relations` does.
    """
    if type(received) is not type(right) or not isinstance(right, str | list | tuple):
        return
    one, other = list(received), list(right)
    if not _plain(one) or not _plain(other) or not other:
        return
    if not one:
        yield "empty", "empty"
        return
    n, m = len(one), len(other)
    if one == other[::-1]:
        yield "reversed", "{it} backwards"
    if n < m and one == other[:n]:
        yield "cut", "{it}, but it ends too early"
    if n < m and one == other[m - n :]:
        yield "cut in front", "{it}, but its beginning is missing"
    if n > m and one[:m] == other:
        yield "longer", "{it}, and then it goes on"
    if n > m and one[n - m :] == other:
        yield "longer in front", "{it}, with something in front of it"
    if n == m and n > 2:
        for step in (1, -1):
            if one[step:] + one[:step] == other:
                yield "rotated", "{it}, moved on by one"
            elif step > 0 and one[1:] == other[:-1]:
                yield "late", "{it}, one place too late"
            elif step < 0 and one[:-1] == other[1:]:
                yield "early", "{it}, one place too early"
    if isinstance(received, str) and isinstance(right, str):
        yield from _texts(received, right)
    if n == m and sorted(map(str, one)) == sorted(map(str, other)):
        yield "order", "{it} in another order"
    if one == list(dict.fromkeys(other)):
        yield "once", "{it} with every item once"


def _plain(items: list[Any]) -> bool:
    return all(isinstance(item, int | float | str) for item in items)


def _texts(received: str, right: str) -> Iterator[Relation]:
    if received.lower() == right.lower():
        yield "case", "{it} in other letters, small or capital"
    if received.split() == right.split() or received.strip() == right.strip():
        yield "spaces", "{it} with other spaces"
    elif received.replace(" ", "") == right.replace(" ", ""):
        yield "spaces", "{it} with other spaces between the characters"
    for sign, words in ((",", "commas"), ("\n", "line ends"), ("-", "hyphens")):
        if received.replace(sign, "") == right and sign in received:
            yield ("joined", sign), f"{{it}} with {words} between the characters"
