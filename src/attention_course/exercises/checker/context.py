"""The context in which everything is checked: stated, and put back afterwards.

Whatever the session has set, inputs, solution and attempt run on the CPU, in float32,
without autocast, with gradients, and from random numbers that start at the seed.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import gc
import math
import os
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

__all__ = ["random_state", "stated_context", "stated_thread"]


def _put_print_options(options: dict[str, Any]) -> None:
    vars(torch._tensor_str.PRINT_OPTS).update(options)


def _put_environment(variables: dict[str, str]) -> None:
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)


# What code sets for the whole session: how to ask for it, and how to put it back.
SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.is_anomaly_enabled, torch.set_anomaly_enabled),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    (lambda: dict(vars(torch._tensor_str.PRINT_OPTS)), _put_print_options),
    (np.get_printoptions, lambda options: np.set_printoptions(**options)),
    (np.geterr, lambda errors: np.seterr(**errors)),
    (os.getcwd, os.chdir),
    (lambda: dict(os.environ), _put_environment),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
)
RANDOM: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (torch.get_rng_state, torch.set_rng_state),
    (np.random.get_state, np.random.set_state),
    (random.getstate, random.setstate),
)
# Where another function under a known name would spoil everything that follows.
PATCHABLE: tuple[Any, ...] = (
    builtins,
    math,
    time,
    random,
    np,
    torch,
    torch.Tensor,
    torch.nn.functional,
)
WRAPPED_BY_TORCH = {"manual_seed"}  # for good, by the first torch.compile


@contextlib.contextmanager
def stated_context(seed: int) -> Iterator[None]:
    """Run what stands inside in the stated context, and leave the session as it was."""
    settings = [_asked(get) for get, _ in SETTINGS]
    states = [get() for get, _ in RANDOM]
    names = [dict(vars(place)) for place in PATCHABLE]
    with warnings.catch_warnings(), stated_thread():
        try:
            torch.set_default_dtype(torch.float32)
            torch.default_generator.manual_seed(seed)
            np.random.seed(seed)
            random.seed(seed)
            yield
        finally:
            for place, known in zip(PATCHABLE, names, strict=True):
                _put_names_back(place, known)
            for (get, put), value in zip(SETTINGS, settings, strict=True):
                if value is not None and _asked(get) != value:
                    with contextlib.suppress(Exception):
                        put(value)
            for (_, put), state in zip(RANDOM, states, strict=True):
                put(state)


@contextlib.contextmanager
def stated_thread() -> Iterator[None]:
    """The part of the context that every thread has for itself."""
    with contextlib.ExitStack() as stack:
        if torch.empty(0).device.type != "cpu":
            stack.enter_context(torch.device("cpu"))
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for device in ("cpu", "cuda", "mps", "xpu"):
            if _asked(functools.partial(torch.is_autocast_enabled, device)):
                stack.enter_context(torch.autocast(device, enabled=False))
        yield


def random_state() -> list[Any]:
    """Give the state of the global random numbers, to be compared with a later one."""
    return [_listed(get()) for get, _ in RANDOM]


def _listed(state: Any) -> Any:
    if isinstance(state, torch.Tensor | np.ndarray):
        return state.tolist()
    if isinstance(state, dict):
        return {name: _listed(part) for name, part in state.items()}
    return list(map(_listed, state)) if isinstance(state, list | tuple) else state


def _asked(get: Callable[[], Any]) -> Any:
    """Ask for a setting; None where there is no answer, as for a folder that is deleted."""
    try:
        return get()
    except Exception:
        return None


def _put_names_back(place: Any, known: dict[str, Any]) -> None:
    """Undo what was put in the place of a module's or a class's own functions."""
    now = dict(vars(place))
    for name, value in known.items():
        if now.get(name) is not value and name not in WRAPPED_BY_TORCH:
            with contextlib.suppress(Exception):
                setattr(place, name, value)
    if isinstance(place, type):  # a new name of a class hides what it inherits
        for name in now.keys() - known.keys():
            with contextlib.suppress(Exception):
                delattr(place, name)
