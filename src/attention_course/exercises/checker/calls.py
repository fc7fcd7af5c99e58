"""Call a function on every input of an exercise, and keep what each call did.

All of it runs in the attempt's own thread and within its time: what the function
returns may be of a class of the reader's, whose methods are the reader's code too.
"""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .context import random_state
from .describe import Strange, kind
from .exercise import Args
from .sandbox import fresh
from .tell import Told, tell

__all__ = ["Outcome", "call_on", "unchanged"]

PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))


@dataclass
class Outcome:
    """What one call of the reader's function did."""

    result: Any = None
    error: Told | None = None
    changed: tuple[int, ...] = ()  # the places of the arguments that it changed
    again: Outcome | None = None  # the same call once more, at the end of all calls


def call_on(
    attempt: Callable[..., Any], inputs: Sequence[Args], calls: list[Outcome]
) -> None:
    """Call a function on fresh copies of every input; stop where it has nothing to say.

    The first call is made once more at the end, unless it draws random numbers. The calls
    go into a list of the caller's, who still has them when time is up.
    """
    draws = False
    for n, args in enumerate(inputs):
        before = random_state() if n == 0 else []
        call = _call(attempt, args)
        calls.append(call)
        if call.error is None and (call.result is None or call.result is ...):
            return
        draws = draws or (n == 0 and random_state() != before)
        if 0 < n == len(inputs) - 1 and not draws and calls[0].error is None:
            nowhere = io.StringIO()  # what it prints was printed already
            with (
                contextlib.redirect_stdout(nowhere),
                contextlib.redirect_stderr(nowhere),
            ):
                calls[0].again = _call(attempt, inputs[0])


def _call(attempt: Callable[..., Any], args: Args) -> Outcome:
    copies = fresh(args)
    try:
        result = kept(attempt(*copies))
    except Exception as error:
        return Outcome(error=tell(error, attempt))
    changed = tuple(
        place for place, arg in enumerate(args) if not unchanged(copies[place], arg)
    )
    return Outcome(result=result, changed=changed)


def kept(result: Any) -> Any:
    """Copy a result, so that nothing can change it, into plain tensors, lists and numbers.

    Of anything else only its description is kept.
    """
    if isinstance(result, Tensor):
        return _plain_tensor(result)
    if isinstance(result, list):
        return [kept(part) for part in result]
    if isinstance(result, tuple):
        return tuple(kept(part) for part in result)
    if type(result) is np.ndarray and result.dtype != object:
        return result.copy()
    if type(result) in PLAIN or isinstance(result, np.generic):
        return result
    if inspect.iscoroutine(result):
        result.close()  # else Python warns that it was never awaited
    return Strange(kind(result))


def _plain_tensor(tensor: Tensor) -> Any:
    """Copy a tensor of any kind to a dense one on the CPU; say its kind where it has no numbers."""
    with torch._C.DisableTorchFunctionSubclass():
        tensor = tensor.detach()
        if tensor.is_meta:
            return Strange(
                f"{kind(tensor)} on the meta device, which has no numbers in it"
            )
        if tensor.is_nested:
            return Strange("a nested tensor")
        if tensor.layout != torch.strided:
            tensor = tensor.to_dense()
        if _has_lost_its_numbers(tensor):
            return Strange(f"{kind(tensor)} whose memory was taken away")
        return tensor.cpu().clone()


def _has_lost_its_numbers(tensor: Tensor) -> bool:
    """Say whether a tensor's memory is smaller than the tensor: reading it would end Python."""
    if tensor.layout != torch.strided or tensor.numel() == 0 or tensor.is_quantized:
        return False
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    last = tensor.storage_offset() + sum((n - 1) * step for n, step in steps)
    return (last + 1) * tensor.element_size() > tensor.untyped_storage().nbytes()


def unchanged(now: Any, before: Any) -> bool:
    """Say whether an argument is as it was, to the last bit."""
    try:
        return _unchanged(now, before)
    except Exception:  # it can no longer be compared
        return False


def _unchanged(now: Any, before: Any) -> bool:
    if isinstance(before, Tensor):
        return (
            isinstance(now, Tensor)
            and now.shape == before.shape
            and now.dtype == before.dtype
            and now.requires_grad == before.requires_grad
            and not _has_lost_its_numbers(now)
            and torch.allclose(now, before, rtol=0, atol=0, equal_nan=True)
        )
    if isinstance(before, nn.Module):
        states = now.state_dict(), before.state_dict()
        return states[0].keys() == states[1].keys() and all(
            _unchanged(states[0][name], states[1][name]) for name in states[1]
        )
    if isinstance(before, dict):
        return now.keys() == before.keys() and all(
            _unchanged(now[k], before[k]) for k in before
        )
    if isinstance(before, list | tuple):
        return len(now) == len(before) and all(map(_unchanged, now, before))
    return now is before or bool(now == before)
