"""The rules for what is no tensor: numbers, words, paths, and objects of a class."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from torch import nn

from .basics import check_whole
from .call import Call
from .rules import Rule


def integer(name: str, value: Any, call: Call) -> None:
    """Any integer, such as a seed."""
    check_whole(name, value)


def up_to(most: int, of: str = "") -> Rule:
    """A positive integer that is not too large; ``of`` what it counts."""

    def rule(name: str, value: int, call: Call) -> None:
        if check_whole(name, value, 1) > most:
            raise ValueError(f"{name}: expected at most {most}{of}, got {value}")

    return rule


def number(
    *, above: float = -math.inf, at_least: float = -math.inf, infinite: bool = False
) -> Rule:
    """A number, Python's or NumPy's; finite unless ``infinite``."""

    def rule(name: str, value: Any, call: Call) -> None:
        check_number(name, value, above=above, at_least=at_least, infinite=infinite)

    return rule


def string(name: str, value: Any, call: Call) -> None:
    """A string."""
    check_text(name, value)


def strings(name: str, texts: Any, call: Call) -> None:
    """A list of strings, not a single one."""
    check_texts(name, texts)


def some_of(choices: Collection[str]) -> Rule:
    """A list of at least one of a few words."""

    def rule(name: str, given: Any, call: Call) -> None:
        check_texts(name, given)
        unknown = [repr(word) for word in given if word not in choices]
        if unknown or not given:
            got = ", ".join(unknown) or "none"
            raise ValueError(
                f"{name}: expected some of {', '.join(choices)}, got {got}"
            )

    return rule


def some_strings(name: str, texts: Any, call: Call) -> None:
    """A list of at least one string, none of them empty."""
    check_texts(name, texts)
    if not texts or not all(texts):
        wanted = "at least one string and no empty string"
        raise ValueError(f"{name}: expected {wanted}, got {texts!r}")


def string_pairs(name: str, given: Any, call: Call) -> None:
    """Objects with a ``source`` and a ``target`` string, at least one."""
    wanted = "expected pairs, each with a source and a target string"
    if isinstance(given, str | Mapping) or not isinstance(given, Collection):
        raise TypeError(f"{name}: {wanted}, got {type(given).__name__}")
    for pair in given:
        ends = getattr(pair, "source", None), getattr(pair, "target", None)
        if not all(isinstance(end, str) for end in ends):
            raise TypeError(f"{name}: {wanted}, got {pair!r} among them")
    if not given:
        raise ValueError(f"{name}: expected at least one pair, got none")


def file_path(name: str, value: Any, call: Call) -> None:
    """A path, as a string or a ``Path``."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name}: expected a path, got {value!r}")


def function(name: str, value: Any, call: Call) -> None:
    """What can be called."""
    if not callable(value):
        raise TypeError(f"{name}: expected a function, got {value!r}")


def network(name: str, value: Any, call: Call) -> None:
    """A model, whatever its class."""
    if not isinstance(value, nn.Module):
        raise TypeError(f"{name}: expected a model, an nn.Module, got {_kind(value)}")


def a(*kinds: type) -> Rule:
    """An object of one of these classes."""

    def rule(name: str, value: Any, call: Call) -> None:
        if not isinstance(value, kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise TypeError(f"{name}: expected a {wanted}, got {_kind(value)}")

    return rule


def _kind(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__} itself"
    return f"{type(value).__name__}"


# --- what the rules stand on ----------------------------------------------------------


def check_number(
    name: str,
    value: Any,
    *,
    above: float = -math.inf,
    at_least: float = -math.inf,
    infinite: bool = False,
) -> float:
    """Check a number, Python's or NumPy's, and return it."""
    wanted = "a number" if infinite else "a finite number"
    if above > -math.inf:
        wanted = f"a number above {above:g}"
    elif at_least > -math.inf:
        wanted = f"a number of at least {at_least:g}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name}: expected {wanted}, got {value!r}")
    found = float(value)
    small = not (found > above or above == -math.inf) or found < at_least
    if math.isnan(found) or small or (math.isinf(found) and not infinite):
        raise ValueError(f"{name}: expected {wanted}, got {value}")
    return found


def check_text(name: str, value: Any) -> None:
    """Check a string."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a string, got {_kind(value)}")


def check_list(name: str, given: Any, of: str) -> None:
    """Check a list of something, or another collection of it; a string is none."""
    if isinstance(given, str) or not isinstance(given, Collection):
        raise TypeError(f"{name}: expected a list of {of}, got {given!r}")


def check_texts(name: str, texts: Any) -> None:
    """Check a list of strings, or another collection of them; a single one is none."""
    alone = isinstance(texts, str) or not isinstance(texts, Collection)
    if alone or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{name}: expected a list of strings, got {texts!r}")


def checked_labels(name: str, labels: Sequence[object], count: int) -> list[str]:
    """Check that there is one label for each thing, and return them as strings."""
    alone = isinstance(labels, str) or not isinstance(labels, Collection)
    if alone or None in list(labels):
        raise TypeError(f"{name}: expected {count} labels, got {labels!r}")
    if len(labels) != count:
        raise ValueError(f"{name}: expected {count} labels, got {len(labels)}")
    return [str(label) for label in labels]
