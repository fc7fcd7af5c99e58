"""Call a function on every input of an exercise, and keep what each call did."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .exercise import Args
from .sandbox import fresh

__all__ = ["Call", "call_on", "unchanged"]


@dataclass
class Call:
    """What one call of the reader's function did."""

    result: Any = None
    error: Exception | None = None
    changed: tuple[int, ...] = ()  # the places of the arguments that it changed


def call_on(
    attempt: Callable[..., Any], inputs: Sequence[Args], calls: list[Call]
) -> None:
    """Call a function on fresh copies of every input; stop where it has nothing to say.

    The calls go into a list of the caller's, who still has them when time is up.
    """
    for args in inputs:
        copies = fresh(args)
        try:
            result = attempt(*copies)
        except Exception as error:
            calls.append(Call(error=error))
            continue
        if inspect.iscoroutine(result):
            result.close()  # else Python warns that it was never awaited
        changed = tuple(
            place for place, arg in enumerate(args) if not unchanged(copies[place], arg)
        )
        calls.append(Call(result=_detached(result), changed=changed))
        if result is None or result is ...:
            return


def _detached(result: Any) -> Any:
    """Copy the tensors of a result, so that later calls cannot change them."""
    if isinstance(result, Tensor):
        return result.detach().clone()
    if isinstance(result, list):
        return [_detached(part) for part in result]
    if isinstance(result, tuple):
        return tuple(_detached(part) for part in result)
    return result


def unchanged(now: Any, before: Any) -> bool:
    """Say whether an argument is as it was, to the last bit."""
    if isinstance(before, Tensor):
        return (
            isinstance(now, Tensor)
            and now.shape == before.shape
            and now.dtype == before.dtype
            and now.requires_grad == before.requires_grad
            and torch.allclose(now, before, rtol=0, atol=0, equal_nan=True)
        )
    if isinstance(before, nn.Module):
        states = now.state_dict(), before.state_dict()
        return states[0].keys() == states[1].keys() and all(
            unchanged(states[0][name], states[1][name]) for name in states[1]
        )
    if isinstance(before, dict):
        return now.keys() == before.keys() and all(
            unchanged(now[k], before[k]) for k in before
        )
    if isinstance(before, list | tuple):
        return len(now) == len(before) and all(map(unchanged, now, before))
    return now is before or bool(now == before)
