"""What all widgets share: one Python class, one ES module, and a view without scripts.

A widget's arithmetic runs in its ES module, so it answers in JupyterLab, on Colab and in
the built book, where no Python is running. Its state is a set of traitlets: readable,
observable and linkable in Python with plain ipywidgets.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from html import escape
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import torch
import traitlets
from torch import Tensor

from ...shapes import of_python
from .joined import Script, join

__all__ = ["CourseWidget", "check_range", "check_within", "double"]

_STYLE = Path(__file__).with_name("widget.css")


class CourseWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """A widget that is alive in notebooks and in the built book, and legible without scripts.

    A widget is a folder: a subclass in ``__init__.py``, its JavaScript in ``widget.js``
    and, if it needs one, a style in ``widget.css``. The subclass declares its state as
    traits with ``sync=True`` and writes ``summary`` and ``fallback``. ``widget.js`` imports
    what it shares with others and ends in ``export default { compute, render };``:
    ``compute(state)`` is a pure function with all the arithmetic,
    ``render({ model, el })`` draws it.

    Raises:
        TypeError: an option that the widget does not have.
    """

    module: ClassVar[str] = ""  # the folder's name
    script: ClassVar[Script]
    _style: ClassVar[str]
    _numbers: ClassVar[count[int]]
    # With ipywidgets 7 a method of this name would go round the bundle below.
    _ipython_display_ = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        folder = Path(getattr(sys.modules[cls.__module__], "__file__", "") or "").parent
        # Traits added to an object make a subclass of its own: that has all this already.
        if folder.name != cls.module and (folder / "widget.js").is_file():
            style = folder / "widget.css"
            cls.module = folder.name
            cls.script = join(folder / "widget.js")
            cls._style = style.read_text(encoding="utf-8") if style.is_file() else ""
            cls._esm = cls.script.es_module()
            cls._css = "\n".join(cls.styles())
            cls._numbers = count(1)
        super().__init_subclass__(**kwargs)

    def __init__(self, **state: Any) -> None:
        unknown = [name for name in state if name not in self.trait_names()]
        if unknown:
            raise TypeError(_unknown_option(type(self), unknown[0]))
        kinds = self.traits()
        for name, value in state.items():
            state[name] = _of_its_kind(name, of_python(value), kinds[name])
        super().__init__(**state)
        # Not the random model id: a notebook that runs again gives the same output again.
        self._page_id = f"{self.module}-{next(type(self)._numbers)}"

    @classmethod
    def styles(cls) -> list[str]:
        """List the style sheets: that of all widgets, then the widget's own."""
        return [_STYLE.read_text(encoding="utf-8"), cls._style]

    @classmethod
    def state_names(cls) -> list[str]:
        """Name the traits that are this widget's own state, sorted."""
        inherited = set(anywidget.AnyWidget.class_trait_names(sync=True))
        names = set(cls.class_trait_names(sync=True)) - inherited
        return sorted(name for name in names if not name.startswith("_"))

    def state(self) -> dict[str, Any]:
        """Return the state as plain values: what the ES module's ``compute`` takes."""
        return {name: getattr(self, name) for name in self.state_names()}

    def summary(self) -> str:
        """Say the state and its result in one line."""
        raise NotImplementedError

    def fallback(self) -> str:
        """Return HTML that states the same where no script runs: GitHub, a PDF."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.summary()}"

    def _repr_mimebundle_(
        self, **kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle: tuple[dict[str, Any], dict[str, Any]] | None = (
            super()._repr_mimebundle_(**kwargs)
        )
        if bundle is None:
            return None
        data, metadata = bundle
        data["text/plain"] = repr(self)  # anywidget 0.9 cuts it short
        # Colab may take HTML before the live view, and there the view is always live.
        if "google.colab" in sys.modules:
            return data, metadata
        state = json.dumps(self.state(), separators=(",", ":"), allow_nan=False)
        data["text/html"] = (
            f'<figure class="ac-widget" data-ac-module="{escape(self.module)}" '
            f'data-ac-id="{escape(self._page_id)}" data-ac-state="{escape(state)}">\n'
            f"{self.fallback()}\n</figure>"
        )
        return data, metadata


def check_range(name: str, value: int, low: int, high: int) -> int:
    """Return ``value`` if it lies in ``low`` to ``high``.

    Raises:
        TraitError: it does not; the error names the trait and the range.
    """
    value = of_python(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        raise traitlets.TraitError(
            f"{name}: expected a whole number from {low} to {high}, got {value!r}"
        )
    return value


def check_within(
    name: str, numbers: Tensor, low: float, high: float, what: str = "numbers"
) -> None:
    """Check that all numbers of a tensor lie between two.

    Raises:
        ValueError: one does not; the error says which.
    """
    inside = (numbers >= low) & (numbers <= high)  # NaN is not
    if not bool(inside.all()):
        got = numbers[~inside][0].item()
        raise ValueError(
            f"{name}: expected {what} from {low:g} to {high:g}, got {got:g}"
        )


def double(numbers: Sequence[Any]) -> Tensor:
    """Make a tensor of plain numbers, in double precision, whatever the session's default."""
    return torch.tensor(numbers, dtype=torch.double, device="cpu")


def _of_its_kind(name: str, value: Any, trait: Any) -> Any:
    """Refuse what traitlets would take for another kind: 1 for True, bytes for a string."""
    for kind, taken, expected in (
        (traitlets.Bool, (int, float), "True or False"),
        (traitlets.Float, (bool,), "a number"),
        (traitlets.Unicode, (bytes,), "a string"),
    ):
        if type(trait) is kind and type(value) in taken:
            raise traitlets.TraitError(f"{name}: expected {expected}, got {value!r}")
    return value


def _unknown_option(kind: type[CourseWidget], name: str) -> str:
    """Say that a widget has no such option, and which ones it has."""
    parameters = inspect.signature(kind).parameters.values()
    known = [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]
    close = get_close_matches(name, known, n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"{kind.__name__}: there is no option {name}; there are {', '.join(known)}.{meant}"
