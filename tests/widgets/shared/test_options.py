"""An option that a widget does not have is refused, and the error names those it has."""

from __future__ import annotations

import inspect

import pytest
import traitlets

from attention_course.data.sequences import Vocabulary
from attention_course.widgets import CourseWidget, EmbeddingExplorer, ScoreExplorer
from attention_course.widgets.shared.base import check_range
from tests.widgets.every import EXAMPLES, WIDGETS

every = pytest.mark.parametrize("kind", WIDGETS, ids=lambda kind: kind.__name__)


@every
def test_an_unknown_option_is_refused(kind):
    needed = {
        name: None
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind is not parameter.VAR_KEYWORD
    }
    widget = EXAMPLES[kind].usual()
    given = {name: getattr(widget, name, None) for name in needed}
    if "translations" in given:
        given["translations"] = widget.recordings
    if kind.__name__ == "VideoPlayer":
        names = [video["name"] for video in widget.videos]
        given["videos"] = {name: widget.video(name) for name in names}
    if kind.__name__ == "DecodingStepper":
        symbols = list(widget.symbols)
        given["recordings"] = [{**one, "symbols": symbols} for one in widget.recordings]
    if kind.__name__ == "TextWriter":  # its toy model has a vocabulary of its own
        given["vocabulary"] = Vocabulary("".join(widget.symbols))
    assert kind(**given).state()
    options = [name for name in inspect.signature(kind).parameters if name != "kwargs"]
    with pytest.raises(TypeError) as raised:
        kind(**given, no_such_option=5)
    message = str(raised.value)
    assert message.startswith(f"{kind.__name__}: there is no option no_such_option")
    assert all(name in message for name in options)


def test_a_near_option_is_suggested():
    with pytest.raises(
        TypeError, match=r"no option vocabsize; .* Did you mean vocab_si"
    ):
        EmbeddingExplorer(vocabsize=5)
    with pytest.raises(TypeError, match=r"no option temprature; .* mean temperature\?"):
        ScoreExplorer(temprature=2)
    with pytest.raises(TypeError, match=r"no option n_querys; .* mean n_queries\?"):
        ScoreExplorer(n_querys=2, n_kays=3)


def test_what_ipywidgets_gives_every_widget_is_taken():
    assert EmbeddingExplorer(layout={"width": "50%"}).layout.width == "50%"


@pytest.mark.parametrize("value", [None, True, 1.0, "1", [], 4, -1])
def test_a_number_out_of_range_is_named(value):
    with pytest.raises(
        traitlets.TraitError, match=r"step: expected a whole .* 0 to 3, got"
    ):
        check_range("step", value, 0, 3)


def test_nothing_goes_round_the_bundle_under_ipywidgets_7():
    """There Widget has a method of this name, which IPython calls before any other."""
    assert vars(CourseWidget)["_ipython_display_"] is None
