"""What a model answered, kept small enough for a page: rounded, and as text.

The widgets that show a trained model carry *recordings*, dictionaries of plain values.
Large tensors stand in them as base64. ``recordings.js`` reads the weights back.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = [
    "MAX_LETTERS",
    "pack_weights",
    "packed",
    "recordings_problem",
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


def recordings_problem(
    recordings: Any,
    *,
    made_by: str,
    most: int,
    fields: set[str],
    same: Sequence[str],
    texts_of: Callable[[Mapping[str, Any]], Mapping[str, tuple[str, int]]],
    most_letters: int = MAX_LETTERS,
) -> str:
    """Say why these are no recordings, or nothing.

    Args:
        recordings: what a reader's notebook gave.
        made_by: the method that returns recordings, for the error.
        most: how many there may be.
        fields: the keys of each.
        same: the fields that all must have in common.
        texts_of: the base64 in a recording by name, each with the bytes that it must hold.
        most_letters: of base64, in all recordings together.
    """
    if (
        not isinstance(recordings, Sequence)
        or isinstance(recordings, str)
        or not 1 <= len(recordings) <= most
    ):
        return f"recordings: expected a list of 1 to {most}, as {made_by} returns"
    letters = 0
    for i, recording in enumerate(recordings):
        if not isinstance(recording, Mapping) or set(recording) != fields:
            return f"recordings[{i}]: expected a dictionary with {', '.join(sorted(fields))}"
        for name in same:
            if recording[name] != recordings[0][name]:
                return f"recordings[{i}]: expected the {name} of recordings[0]"
        for name, (text, expected) in texts_of(recording).items():
            try:
                got = len(base64.b64decode(text, validate=True))
            except (TypeError, ValueError):
                return f"recordings[{i}]: {name}: expected base64"
            if got != expected or not expected:
                return f"recordings[{i}]: {name}: expected {expected} bytes, got {got}"
            letters += len(text)
    if letters > most_letters:
        return (
            f"recordings: expected at most {most_letters:,} letters of base64 in all, "
            f"got {letters:,}: record fewer"
        )
    return ""
