"""What a model answered, kept small enough for a page: rounded, and as text.

The widgets that show a trained model carry *recordings*, dictionaries of plain values.
Large tensors stand in them as base64. ``recordings.js`` reads the weights back.
"""

from __future__ import annotations

import base64
import math
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = [
    "BASE64",
    "COUNT",
    "EXTENT",
    "MAX_LETTERS",
    "NUMBERS",
    "ROWS",
    "SHARES",
    "SIZES",
    "TEXT",
    "WEIGHTS",
    "WORDS",
    "Kind",
    "check_base64",
    "check_recording",
    "check_recordings",
    "is_count",
    "is_list",
    "is_number",
    "is_text",
    "pack_weights",
    "packed",
    "unpack_weights",
    "unpacked",
]

MAX_LETTERS = 240_000  # of base64 that one widget should bring into a page


def pack_weights(weights: Tensor) -> dict[str, str]:
    """Round rows of weights to keep a page small.

    Args:
        weights: from 0 to 1, ``(..., n)``.

    Returns:
        ``largest``, each row's largest weight in 65535ths, two bytes, the low one first;
        ``weights``, each weight as a share of it in 255ths, one byte. Both as base64: an
        error of at most 0.002.
    """
    weights = weights.detach().double()
    largest = weights.amax(dim=-1)  # (...)
    some = torch.where(largest > 0, largest, 1)  # a row of zeros stays one
    return {
        "largest": packed(largest * 65535, "<u2"),
        "weights": packed(weights / some.unsqueeze(-1) * 255, "u1"),
    }


def unpack_weights(recording: Mapping[str, Any], shape: Sequence[int]) -> Tensor:
    """Read what :func:`pack_weights` wrote, as ``shape``, in double precision."""
    shares = unpacked(recording["weights"], "u1").reshape(*shape) / 255
    largest = unpacked(recording["largest"], "<u2").reshape(*shape[:-1], 1) / 65535
    return shares * largest


def packed(numbers: Tensor, kind: str) -> str:
    """Write rounded numbers as base64; ``kind`` is NumPy's name of their type."""
    return base64.b64encode(numbers.round().numpy().astype(kind).tobytes()).decode()


def unpacked(text: str, kind: str) -> Tensor:
    """Read what :func:`packed` wrote, ``(n,)``, in double precision."""
    numbers = np.frombuffer(base64.b64decode(text), kind)
    return torch.from_numpy(numbers.astype(np.float64))


@dataclass(frozen=True)
class Kind:
    """What a field of a recording holds: its name, for errors, and whether a value is one."""

    name: str
    holds: Callable[[Any], bool]


def is_number(value: Any, low: float = -math.inf, high: float = math.inf) -> bool:
    """Tell whether a value is a finite number from ``low`` to ``high``."""
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
        and low <= value <= high
    )


def is_count(value: Any, low: int = 1) -> bool:
    """Tell whether a value is a whole number, at least ``low``."""
    return isinstance(value, int) and is_number(value, low)


def is_list(value: Any, holds: Callable[[Any], bool]) -> bool:
    """Tell whether a value is a list, no string, each item of which is a ``holds``."""
    return isinstance(value, (list, tuple)) and all(map(holds, value))


def is_text(value: Any) -> bool:
    """Tell whether a value is a string."""
    return isinstance(value, str)


TEXT = Kind("a string", is_text)
WORDS = Kind("a list of strings", lambda value: is_list(value, is_text))
COUNT = Kind("a positive whole number", is_count)
SIZES = Kind(
    "three positive whole numbers",
    lambda value: is_list(value, is_count) and len(value) == 3,
)
EXTENT = Kind(
    "three whole numbers from 0",
    lambda value: is_list(value, lambda n: is_count(n, 0)) and len(value) == 3,
)
SHARES = Kind(
    "numbers from 0 to 1",
    lambda value: is_list(value, lambda x: is_number(x, 0, 1)),
)
NUMBERS = Kind("a list of finite numbers", lambda value: is_list(value, is_number))
ROWS = Kind("finite numbers in rows", lambda value: is_list(value, NUMBERS.holds))
BASE64 = Kind("base64", is_text)
WEIGHTS = Kind(
    "a dictionary with largest and weights, as base64",
    lambda value: (
        isinstance(value, Mapping)
        and set(value) == {"largest", "weights"}
        and all(map(is_text, value.values()))
    ),
)


def check_recording(
    name: str, recording: Any, fields: Mapping[str, Kind], also: str = ""
) -> None:
    """Check that a recording has these fields and no others, each of its kind.

    Args:
        name: what the recording is, for the error.
        recording: what a reader's notebook gave.
        fields: the fields.
        also: what else might stand in its place, for the error.

    Raises:
        ValueError: it is none; the error names the field.
    """
    if not isinstance(recording, Mapping) or set(recording) != set(fields):
        expected = f"a dictionary with {', '.join(sorted(fields))}"
        got = sorted(recording) if isinstance(recording, Mapping) else recording
        raise ValueError(f"{name}: expected {also}{expected}, got {_short(got)}")
    for field, kind in fields.items():
        if not kind.holds(recording[field]):
            got = _short(recording[field])
            raise ValueError(f"{name}: {field}: expected {kind.name}, got {got}")


def check_recordings(
    recordings: Any,
    fields: Mapping[str, Kind],
    *,
    made_by: str,
    most: int | None = None,
    same: Sequence[str] = (),
    texts_of: Callable[
        [Mapping[str, Any]], Mapping[str, tuple[str, int]]
    ] = lambda _: {},
    most_letters: int = MAX_LETTERS,
) -> None:
    """Check a widget's recordings.

    Args:
        recordings: what a reader's notebook gave.
        fields: the fields of each.
        made_by: the method that returns recordings, for the error.
        most: how many there may be.
        same: the fields that all must have in common.
        texts_of: the base64 in a recording by name, each with the bytes that it must hold.
        most_letters: of base64, in all recordings together.

    Raises:
        ValueError: they are none; the error names the recording and the field.
    """
    n = len(recordings) if isinstance(recordings, (list, tuple)) else 0
    if not 1 <= n <= (most or n):
        size = f"1 to {most}" if most else "at least one"
        wanted = f"a list of {size}, as {made_by} returns"
        got = n if isinstance(recordings, (list, tuple)) else _short(recordings)
        raise ValueError(f"recordings: expected {wanted}, got {got}")
    letters = 0
    for i, recording in enumerate(recordings):
        check_recording(f"recordings[{i}]", recording, fields)
        for name in same:
            if recording[name] != recordings[0][name]:
                raise ValueError(
                    f"recordings[{i}]: expected the {name} of recordings[0]"
                )
        for name, (text, n_bytes) in texts_of(recording).items():
            check_base64(f"recordings[{i}]: {name}", text, n_bytes)
            letters += len(text)
    if letters > most_letters:
        raise ValueError(
            f"recordings: expected at most {most_letters:,} letters of base64 in all, "
            f"got {letters:,}: record fewer"
        )


def _short(value: Any) -> str:
    """Write what came, with a list's names in full: one may be missing or misspelled."""
    return ", ".join(value) if is_list(value, is_text) else reprlib.repr(value)


def check_base64(name: str, text: str, expected: int) -> None:
    """Check base64 of so many bytes, at least one.

    Raises:
        ValueError: it is none, or of another length; the error has the name.
    """
    try:
        got = len(base64.b64decode(text, validate=True))
    except ValueError:
        raise ValueError(f"{name}: expected base64, got {_short(text)}") from None
    if got != expected or not expected:
        raise ValueError(f"{name}: expected {expected} bytes, got {got}")
