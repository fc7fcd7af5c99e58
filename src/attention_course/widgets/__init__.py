"""Widgets that answer in JupyterLab, on Colab and in the built book without a kernel.

A folder here is a widget: ``score_explorer`` holds ``ScoreExplorer``, which is loaded when
somebody asks for it. The folder ``shared`` holds what several widgets need.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from .shared.base import CourseWidget

_FOLDERS = {
    "".join(word.capitalize() for word in folder.name.split("_")): folder.name
    for folder in iter_modules(__path__)
    if folder.name != "shared"
}

__all__ = ["CourseWidget", *_FOLDERS]


def __getattr__(name: str) -> Any:
    if name not in _FOLDERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FOLDERS[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *_FOLDERS]
