"""Widgets that show what a trained model answered, and ask it for more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import traitlets

from ...shapes import check_text
from .base import CourseWidget

__all__ = ["ModelWidget", "TypedWidget"]


class ModelWidget(CourseWidget):
    """A widget with recordings of a model's answers, which asks for more where one can.

    What the reader enters stands in the trait that ``entered`` names, the answer, a
    recording like the others, in ``answer``. Python answers where it runs and has the
    model. In a built page the model that the book's build exports as ``in_browser``
    answers, once the reader has loaded it. Anywhere else nobody does, and the widget says
    why; ``model.js`` tells these places apart.

    Args:
        recordings: what the model answered beforehand, checked by the widget.
        model: the model, if Python is to answer.
        in_browser: the name of the exported model, or "".
        state: the widget's other traits.
    """

    entered: ClassVar[str]

    recordings = traitlets.List(read_only=True).tag(sync=True)
    picked = traitlets.Int(0).tag(sync=True)
    typing = traitlets.Bool(False, read_only=True).tag(sync=True)  # a model was given
    in_browser = traitlets.Unicode(read_only=True).tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)  # a recording, or nothing
    # True wherever this object lives. A page built from it does not know this name (see
    # state_names), and so knows that no Python would answer.
    _answers = traitlets.Bool(True, read_only=True).tag(sync=True)

    def __init__(
        self,
        recordings: Sequence[Mapping[str, Any]],
        model: Any,
        in_browser: str,
        **state: Any,
    ) -> None:
        check_text("in_browser", in_browser)
        self._model = model
        self.set_trait("recordings", [dict(recording) for recording in recordings])
        self.set_trait("typing", model is not None)
        self.set_trait("in_browser", in_browser)
        self.observe(lambda change: self._ask(change["new"]), self.entered)
        super().__init__(**state)

    def recording(self) -> dict[str, Any]:
        """Return what is shown: the answer to what was entered, or the picked recording."""
        answered = self.answer and getattr(self, self.entered)
        return dict(self.answer if answered else self.recordings[self.picked])

    def _ask(self, entered: str | None) -> None:
        # Set once: the page keeps the last answer until this one is there.
        asked = self._model is not None and entered
        self.answer = self._answer_to(entered) if asked else {}

    def _answer_to(self, entered: Any) -> dict[str, Any]:
        """Let the model answer: return the recording."""
        raise NotImplementedError


class TypedWidget(ModelWidget):
    """A model's widget for a line of text, with a message where there is one to give.

    ``typed`` holds what the reader typed, ``message`` what there is to say about it.
    ``typed = None`` goes back to the picked recording.
    """

    entered: ClassVar[str] = "typed"

    typed = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)

    def _ask(self, entered: str | None) -> None:
        self.answer, self.message = {}, ""
        if entered is not None:
            self.message = self._problem(entered)
            if not self.message:
                self.answer = self._answer_to(entered)
                self.message = self._remark(entered)
        self._show_answer()

    def _problem(self, typed: str) -> str:
        """Say why what was typed cannot be answered, or nothing."""
        raise NotImplementedError

    def _remark(self, typed: str) -> str:
        """Say what a reader should know about the answer, or nothing."""
        raise NotImplementedError

    def _show_answer(self) -> None:
        """Move what is picked to a place that the recording now shown has."""
        raise NotImplementedError
