"""Compare a reader's result with the right one, and say how the two are related.

Two questions are answered here: *is it right?* (:func:`problem`), and, if not, *what
would make it right?* (:func:`relations`): a factor, a sign, swapped axes, another order.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["Problem", "describe", "problem", "relations", "same", "sizes"]

MINUS = "-"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one result: ``status`` in a word or two, ``text`` in a sentence."""

    status: str
    text: str
    expected: str
    received: str
    index: str = ""  # where the first differing entry stands
    part: int | None = None  # which of several results


def problem(
    received: Any, expected: Any, *, rtol: float, atol: float, names: Sequence[str] = ()
) -> Problem | None:
    """Find the first thing wrong with a result: type, then shape, dtype, NaN, values.

    Args:
        received: what the reader's function returned.
        expected: the right result: a tensor, a number, a string, or several of them.
        rtol: relative tolerance.
        atol: absolute tolerance.
        names: what several results are called.

    Returns:
        The problem, or None if the two agree.
    """
    if isinstance(expected, list | tuple):
        n = len(expected)
        if not isinstance(received, list | tuple) or len(received) != n:
            called = f" ({', '.join(names)})" if names else ""
            return Problem(
                "wrong type",
                f"The function should return {n} results{called}.",
                f"{n} results",
                f"{len(received)} results"
                if isinstance(received, list | tuple)
                else kind(received),
            )
        for part, (one, other) in enumerate(zip(received, expected, strict=True)):
            found = problem(one, other, rtol=rtol, atol=atol)
            if found is not None:
                name = f"`{names[part]}`" if names else f"result {part + 1} of {n}"
                text = f"In {name}: {found.text[:1].lower()}{found.text[1:]}"
                return Problem(
                    found.status,
                    text,
                    found.expected,
                    found.received,
                    found.index,
                    part,
                )
        return None
    if isinstance(expected, Tensor):
        return _tensor_problem(received, expected, rtol, atol)
    return _plain_problem(received, expected, rtol, atol)


def _tensor_problem(
    received: Any, expected: Tensor, rtol: float, atol: float
) -> Problem | None:
    wanted = f"a tensor {shape(expected)}"
    if not isinstance(received, Tensor):
        text = f"The function should return a tensor, not {kind(received)}."
        if received is None:
            text = "The function returns nothing: is the `return` missing?"
        elif _right_numbers(received, expected, rtol, atol):
            text += " Its numbers are right."
        return Problem("wrong type", text, wanted, kind(received))
    if received.shape != expected.shape:
        return Problem(
            "wrong shape",
            "The result has the wrong shape.",
            f"shape {shape(expected)}",
            f"shape {shape(received)}",
        )
    if received.dtype != expected.dtype:
        right = _right_numbers(received, expected, rtol, atol)
        return Problem(
            "wrong dtype",
            "The numbers are right, but not their dtype."
            if right
            else "The dtype is wrong, and so are some numbers.",
            str(expected.dtype),
            str(received.dtype),
        )
    one, other = _double(received), _double(expected)
    bad = ~one.isfinite() & other.isfinite()
    if bool(bad.any()):
        index = _first(bad)
        return Problem(
            "not finite",
            f"{int(bad.sum())} of {bad.numel()} entries are NaN or infinite.",
            _number(other, index),
            _number(one, index),
            _place(index),
        )
    wrong = ~torch.isclose(one, other, rtol=rtol, atol=atol, equal_nan=True)
    if not bool(wrong.any()):
        return None
    index = _first(wrong)
    want, got = _number(other, index), _number(one, index)
    if want == got:  # they differ in later digits
        want, got = _number(other, index, 9), _number(one, index, 9)
    return Problem(
        "wrong", _which_entries(one, other, wrong, atol), want, got, _place(index)
    )


def _plain_problem(
    received: Any, expected: Any, rtol: float, atol: float
) -> Problem | None:
    text = ""
    if isinstance(expected, bool) or not isinstance(expected, int | float):
        if type(received) is not type(expected):
            text = f"The function should return {kind(expected)}, not {kind(received)}."
        elif received == expected:
            return None
    elif isinstance(received, bool) or not isinstance(
        received, int if isinstance(expected, int) else int | float
    ):
        text = f"The function should return {kind(expected)}, not {kind(received)}."
        if received is None:
            text = "The function returns nothing: is the `return` missing?"
        elif _right_numbers(received, torch.tensor(expected), rtol, atol):
            text += " Its value is right."
    elif math.isclose(received, expected, rel_tol=rtol, abs_tol=atol):
        return None
    if text:
        return Problem("wrong type", text, kind(expected), kind(received))
    if isinstance(received, float) and not math.isfinite(received):
        return Problem(
            "not finite", "The number is not finite.", repr(expected), repr(received)
        )
    return Problem("wrong", "The value is wrong.", _short(expected), _short(received))


def same(one: Any, other: Any, *, rtol: float, atol: float, dtype: bool = True) -> bool:
    """Say whether two results are the same in shape and values, and in dtype if asked."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(
            same(a, b, rtol=rtol, atol=atol, dtype=dtype)
            for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return (
            one.shape == other.shape
            and (not dtype or one.dtype == other.dtype)
            and torch.allclose(_double(one), _double(other), rtol, atol, equal_nan=True)
        )
    if isinstance(one, int | float) and isinstance(other, int | float):
        if dtype and type(one) is not type(other):
            return False
        return math.isclose(one, other, rel_tol=rtol, abs_tol=atol) or (
            math.isnan(one) and math.isnan(other)
        )
    return (
        type(one) is type(other)
        and type(one).__module__ == "builtins"
        and bool(one == other)
    )


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
    one, other = _double(received), _double(right)
    if (
        not bool(one.isfinite().all())
        or not bool(other.isfinite().all())
        or _close(one, other)
    ):
        return
    if bool((one == 0).all()):
        yield "zeros", "zero everywhere"
        return
    if one.numel() > 1 and bool((one == one.flatten()[0]).all()):
        yield "constant", "the same number everywhere"
        return
    for name, value in (args or {}).items():
        if isinstance(value, Tensor) and _close(one, value):
            yield ("argument", name), f"the argument `{name}` as it came"
    if one.shape == other.shape:
        yield from _factors(one, other, args or {})
        shift = one - other
        first = float(shift.flatten()[0])
        if (
            other.numel() > 1
            and abs(first) > 1e-6
            and _close(shift, torch.full_like(shift, first))
        ):
            yield (
                ("plus", round(first, 5)),
                f"{{it}} {'+' if first > 0 else MINUS} {abs(first):.4g}",
            )
    yield from _moved(one, other)
    if one.shape == other.shape:
        yield from _entrywise(one, other)
    yield from _reduced(one, other)


def _factors(one: Tensor, other: Tensor, args: Mapping[str, Any]) -> Iterator[Relation]:
    """Find one factor for all entries, and where it may come from; or one factor a row."""
    if int((other != 0).sum()) >= 2:
        factor = float((one * other).sum() / (other * other).sum())
        if (
            abs(factor) > 1e-9
            and abs(factor - 1) > 1e-4
            and _close(one, factor * other)
        ):
            if abs(factor + 1) < 1e-4:
                yield "sign", "{it} with its sign turned"
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
        if bool((factor_of_row.abs() > 1e-6).all()) and _close(
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
            if value.ndim > 1:
                yield f"the number of entries of `{name}`", value.numel()
        elif isinstance(value, int) and not isinstance(value, bool):
            yield f"`{name}`", value


def _moved(one: Tensor, other: Tensor) -> Iterator[Relation]:
    """Find the right numbers in other places: axes, order, shape."""
    n = other.ndim
    if one.shape != other.shape and _close(one.squeeze(), other.squeeze()):
        word = (
            "too few" if one.ndim < n else "too many" if one.ndim > n else "misplaced"
        )
        yield ("squeeze", word), f"{{it}} with {word} axes of size 1"
    if one.ndim == n and 2 <= n <= 5:
        for axes in itertools.permutations(range(n)):
            if axes == tuple(range(n)) or other.permute(axes).shape != one.shape:
                continue
            if _close(one, other.permute(axes)):
                yield _permuted(axes)
    if one.shape == other.shape:
        for axis in range(-1, -n - 1, -1):
            if other.shape[axis] > 1 and _close(one, other.flip(axis)):
                yield ("flip", axis), f"{{it}} in reverse order along axis {axis}"
            for step in range(1, min(other.shape[axis], 50)):
                if _close(one, other.roll(step, axis)):
                    back = other.shape[axis] - step
                    by = step if step <= back else -back
                    yield (
                        ("roll", axis, by),
                        f"{{it}} moved on by {by} along axis {axis}",
                    )
    if one.numel() == other.numel() and other.numel() > 1:
        if one.shape != other.shape and _close(one.flatten(), other.flatten()):
            yield (
                "reshape",
                "made of the right numbers in the right order, only the shape is wrong",
            )
        elif _close(one.flatten().sort().values, other.flatten().sort().values):
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
        if not _close(one, other) and _close(one, function(other)):
            yield words, f"{words} {{it}}"
    for axis in range(-1, -other.ndim - 1, -1):
        if other.shape[axis] > 1 and _close(one, other.softmax(axis)):
            yield ("softmax", axis), f"a softmax of {{it}} over axis {axis}"
        if other.shape[axis] > 1 and _close(one.softmax(axis), other):
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
            if _close(one.squeeze(), function(axis).squeeze()):
                yield (words, axis), f"{words} over axis {axis}"


def _which_entries(one: Tensor, other: Tensor, wrong: Tensor, atol: float) -> str:
    """Say how many entries differ, where they lie, and whether by little."""
    n_wrong, n = int(wrong.sum()), wrong.numel()
    if n == 1:
        return "The value is wrong."
    text = f"{n_wrong} of {n} entries differ"
    for axis in range(-1, -wrong.ndim - 1, -1):
        others = [
            other_axis for other_axis in range(-wrong.ndim, 0) if other_axis != axis
        ]
        hit = wrong.any(dim=others) if others else wrong
        places = hit.nonzero().flatten().tolist()
        if len(places) < min(hit.numel(), 4) and hit.numel() > 2:
            text += f", all at {', '.join(map(str, places))} along axis {axis}"
            break
    size = float(other.abs().max())
    if float((one - other).abs().max()) <= 0.01 * size + atol:
        text += ", by less than 1 %: look for an epsilon or a rounding"
    return text + "."


def kind(value: Any) -> str:
    """Name a value's type with its article, and a tensor's shape."""
    if isinstance(value, Tensor):
        return f"a tensor {shape(value)}"
    if isinstance(value, np.ndarray):
        return f"a numpy array {tuple(value.shape)}"
    if value is None:
        return "None"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    name = type(value).__name__
    words = {
        "int": "an integer (int)",
        "float": "a number (float)",
        "str": "a string (str)",
    }
    return words.get(name, f"an object of type {name}")


def describe(args: Mapping[str, Any]) -> str:
    """List arguments by name with their sizes."""
    return ", ".join(f"{name} {sizes(value)}" for name, value in args.items())


def sizes(value: Any) -> str:
    """Say a value in a word: a tensor by its shape, a plain number as it is."""
    if isinstance(value, Tensor | np.ndarray):
        return shape(value)
    if isinstance(value, bool | int | float | str) or value is None:
        return _short(value)
    if isinstance(value, tuple | list) and all(
        isinstance(part, int | float) for part in value
    ):
        return _short(tuple(value))
    if isinstance(value, tuple | list):
        return f"[{', '.join(sizes(part) for part in value)}]"
    if isinstance(value, nn.Module):
        return type(value).__name__
    return str(getattr(value, "__name__", type(value).__name__))


def shape(tensor: Any) -> str:
    """Write a shape the way torch does, ``()`` for a single number."""
    return str(tuple(tensor.shape))


def _right_numbers(received: Any, expected: Tensor, rtol: float, atol: float) -> bool:
    """Say whether a list, an array or another dtype holds the right numbers all the same."""
    try:
        numbers = torch.as_tensor(received)
    except (TypeError, ValueError, RuntimeError):
        return False
    return numbers.shape == expected.shape and torch.allclose(
        _double(numbers), _double(expected), rtol, atol, equal_nan=True
    )


def _double(tensor: Tensor) -> Tensor:
    tensor = tensor.detach()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    return tensor.cpu().to(torch.complex128 if tensor.is_complex() else torch.float64)


def _close(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape:
        return False
    return torch.allclose(_double(one), _double(other), rtol=1e-3, atol=1e-6)


def _first(mask: Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in mask.nonzero()[0])


def _place(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def _number(tensor: Tensor, index: tuple[int, ...], digits: int = 4) -> str:
    return f"{tensor[index].item():.{digits}g}"


def _short(value: Any) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 80 else text[:80] + " …"
