"""A widget is the same whatever default dtype and device the session has set."""

from __future__ import annotations

import inspect
from contextlib import contextmanager

import pytest
import torch

from attention_course.data.sequences import Vocabulary
from attention_course.widgets import DecodingStepper, TextWriter, TrainingMap
from attention_course.widgets.shared.model_widget import ModelWidget
from tests.widgets.every import EXAMPLES, WIDGETS

every = pytest.mark.parametrize("kind", WIDGETS, ids=lambda kind: kind.__name__)
settings = pytest.mark.parametrize("setting", [torch.float64, "meta"], ids=str)


@contextmanager
def session(setting):
    if isinstance(setting, torch.dtype):
        before = torch.get_default_dtype()
        torch.set_default_dtype(setting)
        try:
            yield
        finally:
            torch.set_default_dtype(before)
        return
    torch.set_default_device(setting)
    try:
        yield
    finally:
        torch.set_default_device(None)


def said(widget):
    return widget.state(), widget.summary(), widget.fallback()


def made_again(widget):
    """Make a widget like this one, from plain values alone, or return None."""
    kind = type(widget)
    if isinstance(widget, DecodingStepper):
        symbols = {"symbols": list(widget.symbols)}
        return kind([{**recording, **symbols} for recording in widget.recordings])
    if isinstance(widget, TextWriter):  # its toy model has a vocabulary of its own
        return kind(widget.recordings, vocabulary=Vocabulary("".join(widget.symbols)))
    if "recordings" in kind.class_trait_names():
        return kind(widget.recordings)
    if isinstance(widget, TrainingMap):
        return kind(widget.recording)
    parameters = inspect.signature(kind).parameters.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind != p.VAR_KEYWORD]
    return None if needed else kind()


@every
@settings
def test_a_widget_says_the_same(kind, setting):
    plain, other = EXAMPLES[kind].usual(), EXAMPLES[kind].usual()
    if issubclass(kind, ModelWidget):  # a trained model has its own dtype and device
        plain, other = made_again(plain), made_again(other)
    first = said(plain)
    plain.set_state(EXAMPLES[kind].changed)
    second = said(plain)
    with session(setting):
        assert said(other) == first
        other.set_state(EXAMPLES[kind].changed)
        assert said(other) == second


@every
@settings
def test_a_widget_made_there_is_the_same(kind, setting):
    plain = EXAMPLES[kind].usual()
    expected = made_again(plain)
    if expected is None:
        pytest.fail(
            "needs a case of its own"
        ) if kind.__name__ != "VideoPlayer" else None
        return
    with session(setting):
        assert said(made_again(plain)) == said(expected)
