"""Compare a reader's result with the right one: is it right, and if not, what is wrong?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .describe import kind, shape, short

__all__ = ["Problem", "alike", "close", "double", "problem", "same"]


@dataclass(frozen=True)
class Problem:
    """What is wrong with one result: ``status`` in a word or two, ``text`` in a sentence."""

    status: str
    text: str
    expected: str
    received: str
    index: str = ""  # where the first differing entry stands
    part: int | None = None  # which of several results
    whole: bool = False  # the text says all that is wrong


def problem(
    received: Any,
    expected: Any,
    *,
    rtol: float,
    atol: float,
    names: Sequence[str] = (),
    exact: bool = True,
) -> Problem | None:
    """Find the first thing wrong with a result: type, then shape, dtype, NaN, values.

    Args:
        received: what the reader's function returned.
        expected: the right result: a tensor, a number, a string, or several of them.
        rtol: relative tolerance.
        atol: absolute tolerance.
        names: what several results are called.
        exact: whether the dtype is asked for; if not, floats may have any width, and
            integers too.

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
                whole=True,
            )
        for part, (one, other) in enumerate(zip(received, expected, strict=True)):
            found = problem(one, other, rtol=rtol, atol=atol, exact=exact)
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
                    found.whole,
                )
        return None
    if isinstance(expected, Tensor):
        return _tensor_problem(received, expected, rtol, atol, exact)
    return _plain_problem(received, expected, rtol, atol)


def _tensor_problem(
    received: Any, expected: Tensor, rtol: float, atol: float, exact: bool
) -> Problem | None:
    wanted = f"a tensor {shape(expected)}"
    if not isinstance(received, Tensor):
        text = f"The function should return a tensor, not {kind(received)}."
        if received is None:
            text = "The function returns nothing: is the `return` missing?"
        elif _right_numbers(received, expected, rtol, atol):
            text += " Its numbers are right."
        else:
            text += _among(received, expected, rtol, atol)
        return Problem("wrong type", text, wanted, kind(received), whole=True)
    if received.shape != expected.shape:
        return Problem(
            "wrong shape",
            "The result has the wrong shape.",
            f"shape {shape(expected)}",
            f"shape {shape(received)}",
        )
    if received.dtype != expected.dtype and (
        exact or not _of_one_kind(received, expected)
    ):
        right = _right_numbers(received, expected, rtol, atol)
        return Problem(
            "wrong dtype",
            "The numbers are right, but not their dtype."
            if right
            else "The dtype is wrong, and so are some numbers.",
            str(expected.dtype),
            str(received.dtype),
            whole=right,
        )
    one, other = double(received), double(expected)
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


def _of_one_kind(one: Tensor, other: Tensor) -> bool:
    """Say whether two tensors both hold floats, or both integers, of whatever width."""
    kinds = [
        (tensor.is_floating_point(), tensor.is_complex(), tensor.dtype == torch.bool)
        for tensor in (one, other)
    ]
    return kinds[0] == kinds[1]


def _plain_problem(
    received: Any, expected: Any, rtol: float, atol: float
) -> Problem | None:
    text = ""
    if isinstance(received, np.integer | np.floating):
        received = received.item()  # a number is a number, whoever holds it
    if isinstance(expected, bool) or not isinstance(expected, int | float):
        if type(received) is not type(expected):
            text = f"The function should return {kind(expected)}, not {kind(received)}."
            if received is None:
                text = "The function returns nothing: is the `return` missing?"
            if isinstance(received, np.bool_) and received == expected:
                text += " Its value is right: `bool(…)` makes Python's of it."
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
        elif _adds_up_to(received, expected, rtol, atol):
            text += " Their sum is right."
    elif _near(received, expected, rtol, atol):
        return None
    if text:
        return Problem("wrong type", text, kind(expected), kind(received), whole=True)
    if isinstance(received, float) and not math.isfinite(received):
        return Problem(
            "not finite", "The number is not finite.", repr(expected), repr(received)
        )
    return Problem("wrong", "The value is wrong.", short(expected), short(received))


def same(one: Any, other: Any, *, rtol: float, atol: float, dtype: bool = True) -> bool:
    """Say whether two results are the same in shape and values, and in dtype if asked."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(
            same(a, b, rtol=rtol, atol=atol, dtype=dtype)
            for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return (not dtype or one.dtype == other.dtype) and alike(one, other, rtol, atol)
    if isinstance(one, int | float) and isinstance(other, int | float):
        if dtype and type(one) is not type(other):
            return False
        return _near(one, other, rtol, atol) or (one != one and other != other)
    return (
        type(one) is type(other)
        and type(one).__module__ == "builtins"
        and bool(one == other)
    )


def _near(one: float, other: float, rtol: float, atol: float) -> bool:
    """Say whether two numbers are close; integers may be too large for a float."""
    try:
        return math.isclose(one, other, rel_tol=rtol, abs_tol=atol)
    except OverflowError:
        return one == other


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


def _right_numbers(received: Any, expected: Tensor, rtol: float, atol: float) -> bool:
    """Say whether a list, an array or another dtype holds the right numbers all the same."""
    try:
        if isinstance(received, list | tuple) and isinstance(received[0], Tensor):
            received = torch.stack(list(received))
        return alike(torch.as_tensor(received), expected, rtol, atol)
    except Exception:  # no numbers, or none that a tensor can hold
        return False


def _adds_up_to(received: Any, expected: float, rtol: float, atol: float) -> bool:
    """Say whether several numbers came whose sum is the right one."""
    if not isinstance(received, list | tuple) or not received:
        return False
    if not all(isinstance(value, int | float) for value in received):
        return False
    return _near(sum(received), expected, rtol, atol)


def _among(received: Any, expected: Tensor, rtol: float, atol: float) -> str:
    """Say where in a list of results the right one stands, "" where it does not."""
    if not isinstance(received, list | tuple):
        return ""
    for n, item in enumerate(received):
        if isinstance(item, Tensor) and alike(item, expected, rtol, atol):
            which = "last" if n == len(received) - 1 else f"number {n + 1}"
            return f" The right result is its {which}: return that alone."
    return ""


def double(tensor: Tensor) -> Tensor:
    """Bring a tensor of any kind to the CPU, in double precision."""
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if not tensor.is_complex():
        return tensor.cpu().to(torch.float64)
    tensor = tensor.cpu().to(torch.complex128)
    return tensor.real if bool((tensor.imag == 0).all()) else tensor


def alike(one: Tensor, other: Tensor, rtol: float, atol: float) -> bool:
    """Say whether two tensors hold the same numbers, in whatever dtype."""
    if one.shape != other.shape:
        return False
    one, other = double(one), double(other)
    return one.dtype == other.dtype and torch.allclose(
        one, other, rtol, atol, equal_nan=True
    )


def close(one: Tensor, other: Tensor) -> bool:
    """Say whether two tensors are alike up to rounding."""
    return alike(one, other, rtol=1e-3, atol=1e-6)


def _first(mask: Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in mask.nonzero()[0])


def _place(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def _number(tensor: Tensor, index: tuple[int, ...], digits: int = 4) -> str:
    return f"{tensor[index].item():.{digits}g}"
