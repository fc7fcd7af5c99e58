"""What the checker asks of a session, and names that are values: dtypes, modes, the seed."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import borch

from .draws import Generator, default_generator
from .gaps import gap

__all__ = ["ASKED", "Generator", "default_generator"]

bool = borch.bool_
float = float32 = borch.float32
double = float64 = borch.float64
long = int64 = borch.int64


def get_default_dtype() -> Any:
    """Tell the dtype of new numbers: always this one."""
    return float32


def set_default_dtype(dtype: Any) -> None:
    """Set it to what it is."""
    if dtype != float32:
        raise gap("set_default_dtype")


def manual_seed(seed: int) -> Generator:
    """Seed the global random numbers."""
    return default_generator.manual_seed(seed)


def _one(number: int) -> Any:
    return lambda: number


def _nothing(*_: Any) -> None:
    """Set nothing: there is one thread, and no other mode."""


# Beside what readers use: what the checker puts back after a run, and what the line above a
# function of the course asks.
ASKED: dict[str, Any] = {
    "manual_seed": manual_seed,
    "get_num_threads": _one(1),
    "set_num_threads": _nothing,
    "is_anomaly_enabled": _one(False),
    "set_anomaly_enabled": _nothing,
    "get_deterministic_debug_mode": _one(0),
    "set_deterministic_debug_mode": _nothing,
    "get_rng_state": default_generator.get_state,
    "set_rng_state": default_generator.set_state,
    "is_autocast_enabled": lambda device="cpu": False,
    "amp": SimpleNamespace(is_autocast_available=lambda device: False),
    "compiler": SimpleNamespace(is_compiling=_one(False)),
    "_tensor_str": SimpleNamespace(PRINT_OPTS=SimpleNamespace()),
    "_C": SimpleNamespace(DisableTorchFunctionSubclass=contextlib.nullcontext),
}

# A tensor always has its memory, and no other layout or device.
OF_A_TENSOR: dict[str, Any] = {
    "untyped_storage": lambda self: SimpleNamespace(nbytes=_one(2**62)),
    "storage_offset": lambda self: 0,
    "is_quantized": False,
    "is_meta": False,
    "is_nested": False,
    "is_sparse": False,
    "layout": borch.strided,
    "to_dense": lambda self: self,
    "is_complex": lambda self: self._array.dtype.kind == "c",
}
