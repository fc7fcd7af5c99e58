"""The page's torch does what torch does, and says so where it cannot."""

from __future__ import annotations

import ast
import contextlib
import inspect
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bookbuild.page_python.page_torch import gaps, module, there
from tests.bookbuild.page_python import calls
from tests.bookbuild.page_python.calls.refusals import REFUSALS

PAGE = module()
EVERY = [
    pytest.param(call, id=f"{room}-{number}")
    for room, made in calls.CALLS.items()
    for number, call in enumerate(made)
]


def plain(value: Any, t: Any) -> Any:
    """Take a result apart: tensors into dtype, shape and numbers."""
    if isinstance(value, t.Tensor):
        value = value.detach()
        return "tensor", str(value.dtype), tuple(value.shape), np.array(value.numpy())
    if isinstance(value, list | tuple):
        return [plain(part, t) for part in value]
    if isinstance(value, np.ndarray):
        return "array", str(value.dtype), value.shape, value
    known = value is None or isinstance(value, int | float | str)
    return value if known else str(value)


def alike(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, np.ndarray):
        return np.allclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True)
    if isinstance(one, float):
        return bool(np.isclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True))
    return bool(one == other)


def outcome(call: Callable[[Any, Any], Any], t: Any) -> Any:
    """What a call gives, or the type of what it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return plain(call(t, calls.data(t)), t)
        except Exception as error:
            return type(error)


@pytest.mark.parametrize("call", EVERY)
def test_a_call_gives_what_torch_gives(call: Callable[[Any, Any], Any]) -> None:
    expected, received = outcome(call, torch), outcome(call, PAGE)
    assert alike(expected, received), f"torch: {expected}\npage: {received}"


@pytest.mark.parametrize("call", REFUSALS)
def test_what_torch_refuses_gives_nothing_here(call: Callable[[Any, Any], Any]) -> None:
    expected, received = (outcome(call, t) for t in (torch, PAGE))
    assert isinstance(received, type) or not isinstance(expected, type), received


def test_another_result_is_found() -> None:
    """The comparison sees a number, a shape, a dtype and an exception that is another."""
    right = outcome(lambda t, d: d.x + 1, torch)
    for wrong in (
        lambda t, d: d.x + 1.001,
        lambda t, d: (d.x + 1)[None],
        lambda t, d: (d.x + 1).double(),
        lambda t, d: d.x + d.v[:3],
        lambda t, d: [d.x + 1],
    ):
        assert not alike(right, outcome(wrong, PAGE))


def names_in_calls() -> set[str]:
    """The names that the calls use, and the operators."""
    found = set()
    for file in Path(inspect.getfile(calls)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
    return found


def test_nothing_is_there_that_no_call_compares() -> None:
    compared = names_in_calls()
    unproven = {
        "functions": there.FUNCTIONS - compared,
        "methods": there.TENSOR - compared - there.ASKED,
        "nn.functional": there.FUNCTIONAL - compared,
        "nn": there.LAYERS - compared,
        "others": set().union(*there.OTHERS.values()) - compared,
    }
    assert not any(unproven.values()), unproven


def test_what_is_not_there_is_a_gap_with_a_name() -> None:
    for ask, name in (
        (lambda: PAGE.tensordot, "torch.tensordot"),
        (lambda: PAGE.tensor([1.0]).cummax(0), "Tensor.cummax"),
        (lambda: PAGE.nn.MultiheadAttention, "torch.nn.MultiheadAttention"),
        (lambda: PAGE.nn.functional.ctc_loss, "torch.nn.functional.ctc_loss"),
        (lambda: PAGE.ones(3).int(), "Tensor.int"),
        (lambda: PAGE.ones(3, dtype=PAGE.int32), "torch.int32"),
        (lambda: PAGE.cdist(PAGE.ones(2, 3), PAGE.ones(2, 3), p=1.0), "cdist"),
    ):
        gaps.found.clear()
        with pytest.raises(gaps.NotHere):
            ask()
        assert any(name in each for each in gaps.found), gaps.found
    gaps.found.clear()


def test_a_gap_is_kept_where_the_reader_catches_it() -> None:
    gaps.found.clear()
    with contextlib.suppress(Exception):
        PAGE.tensordot(PAGE.ones(3), PAGE.ones(3))
    assert PAGE.not_here == ["torch.tensordot"]
    assert "`torch.einsum`" in PAGE.told_gaps(PAGE.not_here)
    gaps.found.clear()


@pytest.mark.parametrize("seed", [0, 1, 7, 2**31, 67280421310721])
def test_random_numbers_are_those_of_torch(seed: int) -> None:
    ours, theirs = (t.Generator().manual_seed(seed) for t in (PAGE, torch))
    for draw in (
        lambda t, g: t.rand(3, 5, generator=g),
        lambda t, g: t.randn(3, generator=g),
        lambda t, g: t.randn(2, generator=g),
        lambda t, g: t.randn(16, generator=g),
        lambda t, g: t.randn(7, 11, generator=g),
        lambda t, g: t.randint(0, 1000, (7,), generator=g),
        lambda t, g: t.randperm(23, generator=g),
    ):
        expected, received = draw(torch, theirs), draw(PAGE, ours)
        assert alike(plain(expected, torch), plain(received, PAGE))
    assert ours.initial_seed() == theirs.initial_seed()


def test_a_state_of_the_random_numbers_comes_back() -> None:
    state = PAGE.get_rng_state()
    first = PAGE.randn(3).tolist()
    PAGE.set_rng_state(state)
    assert PAGE.randn(3).tolist() == first
