"""Kinds of arguments: for each a good value, and the bad ones that people pass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Argument:
    """A good value, bad ones by what is bad about them, and others that are as good."""

    good: Any
    bad: Mapping[str, Any]
    as_good: Mapping[str, Any] = field(default_factory=dict)

    def without(self, *names: str) -> Argument:
        """Leave out what is no mistake here."""
        assert set(names) <= set(self.bad), names
        bad = {name: value for name, value in self.bad.items() if name not in names}
        return Argument(self.good, bad, self.as_good)

    def also(self, **bad: Any) -> Argument:
        """Add what is wrong here alone."""
        return Argument(self.good, {**self.bad, **bad}, self.as_good)


def given(good: Any, **bad: Any) -> Argument:
    """An argument of no kind: only what is said to be bad is tried."""
    return Argument(good, bad)


def count(good: int, *, low: int = 1, most: int | None = None) -> Argument:
    bad = {
        "a boolean": True,
        "a string": "3",
        "a float": 2.5,
        "nan": math.nan,
        "None": None,
        "too small": low - 1,
        "negative": -3,
        "a list": [good],
    }
    if most is not None:
        bad["too large"] = most + 1
    return Argument(good, bad, {"NumPy's": np.int64(good)})


def place(good: int, *, most: int) -> Argument:
    """A number from 0, such as a row."""
    return count(good, low=0, most=most)


def seed(good: int = 0) -> Argument:
    bad = {"a string": "3", "a float": 2.5, "None": None, "a list": [1]}
    return Argument(good, bad, {"NumPy's": np.int64(good)})


def number(good: float, **bad: Any) -> Argument:
    """A floating-point number; what is out of its range stands in ``bad``."""
    always = {
        "a boolean": True,
        "a string": "0.1",
        "nan": math.nan,
        "None": None,
        "a list": [0.1],
    }
    return Argument(good, {**always, **bad}, {"NumPy's": np.float64(good)})


def switch(good: bool) -> Argument:
    bad = {"a word": "no", "a number": 1, "None": None, "a tensor": torch.ones(2)}
    return Argument(good, bad, {"NumPy's": np.bool_(good)})


def choice(good: str) -> Argument:
    bad = {"misspelled": good + "x", "a number": 3, "None": None, "a boolean": True}
    return Argument(good, bad)


def text(good: str) -> Argument:
    return Argument(good, {"a number": 3, "None": None, "a list": ["a"], "bytes": b"a"})


def texts(good: Any) -> Argument:
    bad = {
        "a bare string": "one",
        "numbers": [1, 2],
        "None": None,
        "a number": 3,
        "None inside": [None] * len(good),
    }
    return Argument(good, bad, {"a tuple": tuple(good)})


def labels(good: Any) -> Argument:
    """As many strings as something has rows."""
    return texts(good).also(one_short=list(good)[:-1]).without("numbers")


def sizes(good: Any) -> Argument:
    n = len(good)
    bad = {
        "a string": "8",
        "floats": (2.5,) * n,
        "booleans": (True,) * n,
        "zeros": (0,) * n,
        "negative": (-1,) * n,
        "None": None,
        "too many": (*good, *good, 1),
        "none": (),
    }
    fine = {"a list": list(good), "NumPy's": tuple(map(np.int64, good))}
    return Argument(tuple(good), bad, fine)


def floats(good: Tensor) -> Argument:
    """A floating-point tensor."""
    return Argument(
        good,
        {
            "None": None,
            "a string": "x",
            "a list": good.tolist(),
            "integers": good.long(),
            "booleans": good.bool(),
            "a single number": torch.tensor(1.0),
        },
    )


def ids(good: Tensor, *, below: int | None = None) -> Argument:
    bad = {
        "None": None,
        "a list": good.tolist(),
        "floats": good.float(),
        "booleans": good.bool(),
    }
    if below is not None:
        bad |= {
            "negative": torch.full_like(good, -1),
            "too large": torch.full_like(good, below),
        }
    return Argument(good, bad)


def mask(good: Tensor) -> Argument:
    return Argument(
        good,
        {
            "a list": good.tolist(),
            "floats": good.float(),
            "integers": good.long(),
            "a boolean": True,
            "another shape": torch.ones(7, 1, 11, 13, dtype=torch.bool),
        },
    )


def pixels(good: Tensor) -> Argument:
    """Brightness from 0 to 1."""
    spoiled = good.clone()
    spoiled[(0,) * good.ndim] = math.nan
    infinite = good.clone()
    infinite[(0,) * good.ndim] = math.inf
    bad = {
        "nan": spoiled,
        "inf": infinite,
        "0 to 255": 255 * good,
        "no points": good[..., :0, :],
    }
    return floats(good).also(**bad)


def finite(good: Tensor) -> Argument:
    """Numbers to be drawn."""
    spoiled = good.clone()
    spoiled[(0,) * good.ndim] = math.nan
    infinite = good.clone()
    infinite[(0,) * good.ndim] = math.inf
    bad = {"nan": spoiled, "inf": infinite, "no points": good[:0]}
    return floats(good).also(**bad)


def by_name(one: Argument, key: str = "one") -> Argument:
    """A dictionary of such arguments."""
    bad: dict[str, Any] = {
        f"{what} inside": {key: value} for what, value in one.bad.items()
    }
    bad |= {"None": None, "a list": [one.good], "a string": "x", "nothing": {}}
    return Argument({key: one.good}, bad)


def several(one: Argument, n: int = 1) -> Argument:
    """A list of such arguments."""
    bad: dict[str, Any] = {
        f"{what} inside": [value] * n for what, value in one.bad.items()
    }
    bad |= {"None": None, "a string": "x", "a number": 3, "nothing": []}
    return Argument([one.good] * n, bad)


def model(good: nn.Module) -> Argument:
    bad = {
        "None": None,
        "a string": "model",
        "the class": type(good),
        "another model": nn.Linear(2, 2),
    }
    return Argument(good, bad)


def object_of(good: Any) -> Argument:
    """An object of one class, such as a vocabulary."""
    bad = {
        "None": None,
        "a string": "abc",
        "a number": 3,
        "a list": [good],
        "the class": type(good),
    }
    return Argument(good, bad)


def function(good: Any) -> Argument:
    return Argument(good, {"a string": "f", "a number": 3})


def path(good: Any) -> Argument:
    return Argument(
        good, {"None": None, "a number": 3, "a list": [good], "a boolean": True}
    )
