"""Put the page's torch together: what pyborch has, mended, guarded, and no more than tested."""

from __future__ import annotations

import functools
import sys
from collections.abc import Collection
from types import ModuleType
from typing import Any

import borch

from . import functions, mends, refusals, session, there
from .draws import Draws, default_generator
from .gaps import TorchWords, found, gap, guarded, told

__all__ = ["module"]

Tensor = borch.Tensor


@functools.cache
def module() -> Any:
    """Make the module ``torch``, once."""
    _say_as_torch()
    _draw_as_torch()
    mends.mend_tensor()
    functions.mend()
    refusals.mend()
    _guard_tensor()
    known = _checked({**vars(borch), **functions.FUNCTIONS}, refusals.FUNCTIONS)
    known |= {
        name: refusals.takes_tensors(name, known[name]) for name in there.FUNCTIONS
    }
    torch = _namespace("torch", there.FUNCTIONS, known)
    known = {**_members(borch.nn.functional), **functions.FUNCTIONAL}
    known = _checked(known, refusals.FUNCTIONAL)
    functional = _namespace("torch.nn.functional", there.FUNCTIONAL, known)
    nn = _namespace("torch.nn", (), {})
    for name in there.LAYERS:
        setattr(nn, name, getattr(borch.nn, name))
    nn.functional = functional
    parts = {"": torch, "nn": nn, "nn.functional": functional}
    for path, names in there.OTHERS.items():
        parts[path] = _namespace(f"torch.{path}", names, _members(_at(borch, path)))
    parts["nn.utils"] = _namespace("torch.nn.utils", (), {})
    for path, part in parts.items():
        parent, _, name = path.rpartition(".")
        if path:
            setattr(parts[parent], name, part)
    for name in there.VALUES:
        setattr(torch, name, getattr(session, name, None) or getattr(borch, name))
    vars(torch).update(session.ASKED)
    torch.parts, torch.not_here, torch.told_gaps = parts, found, told
    return torch


def _at(owner: Any, path: str) -> Any:
    for name in path.split("."):
        owner = getattr(owner, name)
    return owner


def _checked(functions: dict[str, Any], checks: dict[str, Any]) -> dict[str, Any]:
    known = {
        name: refusals.after(check, functions[name]) for name, check in checks.items()
    }
    return {**functions, **known}


def _members(owner: Any) -> dict[str, Any]:
    return {name: getattr(owner, name) for name in dir(owner) if name[:1] != "_"}


def _namespace(path: str, names: Collection[str], functions: dict[str, Any]) -> Any:
    """Make a module of guarded functions; whatever else is asked of it is a gap."""
    made = ModuleType(path)
    for name in names:
        setattr(made, name, guarded(name, functions[name]))

    def missing(name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"module '{path}' has no attribute '{name}'")
        raise gap(f"{path}.{name}")

    made.__getattr__ = missing  # type: ignore[method-assign]
    made.__path__ = []  # so that its parts can be imported
    return made


def _modules() -> list[ModuleType]:
    return [
        each
        for name, each in list(sys.modules.items())
        if name.split(".")[0] == "borch"
    ]


def _say_as_torch() -> None:
    """Let errors be torch's in words too: pyborch puts a sentence of its own before them."""

    def like_torch(said: str, torch_phrase: str) -> TorchWords:
        return TorchWords(torch_phrase)

    for each in _modules():
        if hasattr(each, "_like_torch"):
            vars(each)["_like_torch"] = like_torch


def _draw_as_torch() -> None:
    draws = Draws(default_generator)
    for each in _modules():
        if hasattr(each, "_rng"):
            vars(each)["_rng"] = draws


def _guard_tensor() -> None:
    """Guard what a tensor can do, and take away what no test has compared with torch."""
    operators = {f"__{name}__" for name in there.OPERATORS}
    for name in list(vars(Tensor)):
        value = vars(Tensor)[name]
        if name in there.TENSOR or name in operators:
            if isinstance(value, property) and value.fget:
                setattr(Tensor, name, property(guarded(name, value.fget), value.fset))
            elif callable(value):
                setattr(Tensor, name, guarded(name, value))
        elif not name.startswith("_") and name not in there.ASKED:
            delattr(Tensor, name)

    def missing(self: Any, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"'Tensor' object has no attribute '{name}'")
        raise gap(f"Tensor.{name}")

    Tensor.__getattr__ = missing
    for name, answer in session.OF_A_TENSOR.items():
        setattr(Tensor, name, answer)
