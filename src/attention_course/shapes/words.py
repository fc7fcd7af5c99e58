"""The rules for words and their pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .basics import check_whole
from .call import Call
from .values import check_list, check_text, check_texts

__all__ = ["piece_pairs", "some_word", "word_counts"]


def some_word(name: str, value: Any, call: Call) -> None:
    """A string with at least one letter."""
    check_text(name, value)
    if not value:
        raise ValueError(f"{name}: expected at least one letter, got none")


def word_counts(name: str, counts: Any, call: Call) -> None:
    """Words, each with how often it occurs."""
    if not isinstance(counts, Mapping):
        raise TypeError(f"{name}: expected a count for each word, got {counts!r}")
    for word, count in counts.items():
        some_word(name, word, call)
        check_whole(f"{name}[{word!r}]", count, 1)


def piece_pairs(name: str, pairs: Any, call: Call) -> None:
    """Pairs of pieces."""
    check_list(name, pairs, "pairs of strings")
    for pair in pairs:
        check_texts(name, pair)
        if len(pair) != 2:
            raise ValueError(f"{name}: expected pairs of strings, got {pair!r}")
