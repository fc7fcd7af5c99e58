"""What the page's torch lacks is said by name, and never becomes a verdict.

Every function of the page's torch is guarded: an error that torch raises too goes on; any
other is a gap. Gaps are kept in ``found``, also where the reader's code catches the error.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from borch import BorchError

__all__ = ["NotHere", "TorchWords", "found", "gap", "guarded", "told"]

found: list[str] = []

# What could be used in a function's place.
INSTEAD = {
    "baddbmm": "`@` and `+`",
    "bernoulli": "`torch.rand(…) < p`",
    "bfloat16": "`float`",
    "embedding_bag": "`F.embedding` and `sum`",
    "float16": "`float`",
    "half": "`float`",
    "int": "`long`",
    "int16": "`torch.long`",
    "int32": "`torch.long`",
    "int8": "`torch.long`",
    "kron": "`torch.einsum`",
    "multi_dot": "`@`, one product after the other",
    "multinomial": "`torch.rand` and `cumsum`",
    "searchsorted": "a comparison and `sum`",
    "tensordot": "`torch.einsum`",
    "uint8": "`torch.long`",
    "vmap": "a loop, or an axis more",
}


class NotHere(AttributeError):
    """A function, or a way to call one, that the page's torch lacks."""


class TorchWords(str):
    """The message of an error that torch raises too."""


def gap(name: str) -> NotHere:
    """Keep a gap, and make the exception that tells it."""
    if name not in found:
        found.append(name)
    return NotHere(f"the page's torch has no `{name}` of this kind")


def _keep_refusal(self: BorchError, *words: Any) -> None:
    """Keep what pyborch refuses, wherever it does."""
    Exception.__init__(self, *words)
    what = str(words[0]).partition(" is not in the browser subset")[0] if words else ""
    self.what = what
    if what not in found:
        found.append(what)


def _forget(refusal: BorchError) -> None:
    """A guard has a better name for it: that of the function."""
    if refusal.what in found:
        found.remove(refusal.what)


BorchError.__init__ = _keep_refusal


def guarded(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function raise what torch raises; whatever else it raises is a gap."""

    @functools.wraps(call)
    def guard(*args: Any, **options: Any) -> Any:
        try:
            return call(*args, **options)
        except NotHere:
            raise
        except BorchError as error:
            _forget(error)
            raise gap(name) from error
        except np.exceptions.AxisError as error:
            raise _axis(error, args) from None
        except (RuntimeError, IndexError):
            raise
        except Exception as error:
            if error.args and isinstance(error.args[0], TorchWords):
                raise
            raise gap(name) from error

    return guard


def _axis(error: np.exceptions.AxisError, args: tuple[Any, ...]) -> IndexError:
    n = max(getattr(args[0], "ndim", 1), 1) if args else 1
    axis = getattr(error, "axis", None)
    return IndexError(
        "Dimension out of range (expected to be in range of "
        f"[{-n}, {n - 1}], but got {axis})"
    )


def told(gaps: Sequence[str]) -> str:
    """Tell a reader what the page's torch lacks, and what could be used in its place."""
    names = " and ".join(f"`{name}`" for name in gaps)
    said = (
        f"Your function uses {names}, which this page's small torch does not have, or not "
        "in this way. That is no mistake of yours."
    )
    for name in gaps:
        short = name.rpartition(".")[2]
        if short in INSTEAD:
            said += f" In place of `{short}` you could use {INSTEAD[short]}."
    return f"{said} The notebook has all of torch: there the same code can be checked."
