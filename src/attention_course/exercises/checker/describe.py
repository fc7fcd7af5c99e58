"""Values in words: what a report says of an argument or a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

__all__ = ["Strange", "describe", "kind", "shape", "short", "sizes"]


@dataclass(frozen=True)
class Strange:
    """What stands in the place of a result that is nothing to compare: its description."""

    kind: str


def kind(value: Any) -> str:
    """Name a value's type with its article, and a tensor's shape."""
    if isinstance(value, Strange):
        return value.kind
    if isinstance(value, Tensor):
        return f"a tensor {shape(value)}"
    if isinstance(value, np.ndarray):
        return f"a numpy array {tuple(value.shape)}"
    if value is None:
        return "None"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    name = type(value).__name__
    if isinstance(value, np.generic):
        return f"a value of numpy's ({value.dtype})"
    words = {
        "int": "an integer (int)",
        "float": "a number (float)",
        "str": "a string (str)",
        "bool": "a boolean (bool)",
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
        return short(value)
    if isinstance(value, tuple | list) and all(
        isinstance(part, int | float) for part in value
    ):
        return short(tuple(value))
    if isinstance(value, tuple | list):
        return f"[{', '.join(sizes(part) for part in value)}]"
    if isinstance(value, nn.Module):
        return type(value).__name__
    return str(getattr(value, "__name__", type(value).__name__))


def shape(tensor: Any) -> str:
    """Write a shape the way torch does, ``()`` for a single number."""
    return str(tuple(tensor.shape))


def short(value: Any) -> str:
    """Write a plain value, cut where it is long."""
    text = f"{value:.4g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 80 else text[:80] + " …"
