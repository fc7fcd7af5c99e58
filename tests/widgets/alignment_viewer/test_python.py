"""The alignment viewer as a Python object: state, what is typed, and the view without scripts."""

from __future__ import annotations

import json
import re

import pytest
import torch
import traitlets

from attention_course.encoder_decoder import (
    Translation,
    translate,
)
from attention_course.widgets import AlignmentViewer
from tests.widgets.helpers import Page
from tests.widgets.translators import DIGITS, LETTERS, TEXTS, small_translator

WRITTEN = ("1", "0", "<end>")


def translation(text="ab é", written=WRITTEN, seed=0):
    draw = torch.Generator().manual_seed(seed)
    weights = torch.rand(len(written), len(text), generator=draw)
    return Translation("".join(written[:-1]), text, tuple(written), weights.softmax(-1))


def viewer(**state):
    return AlignmentViewer(
        [translation(), translation("dc", ("3", "<end>"), 1)], **state
    )


def typing_viewer(**state):
    return AlignmentViewer(
        TEXTS,
        small_translator("additive"),
        LETTERS,
        DIGITS,
        **{"max_length": 9, **state},
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: viewer(picked=2), r"picked: .* from 0 to 1, got 2"),
        (lambda: viewer(step=3), r"step: .* from 0 to 2, got 3"),
        (lambda: viewer(picked=1, step=2), r"step: .* from 0 to 1, got 2"),
        (lambda: viewer(picked=-1, step=0), r"picked: .* from 0 to 1, got -1"),
        (lambda: viewer(typed=5), r"'typed' trait .* expected a unicode string"),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: AlignmentViewer([]),
            ValueError,
            "translations: expected a list of 1 to 50",
        ),
        (
            lambda: AlignmentViewer("ab"),
            ValueError,
            "translations: expected a list of 1 to 50",
        ),
        (
            lambda: AlignmentViewer(["ab"]),
            ValueError,
            r"translations\[0\]: a string needs a model",
        ),
        (
            lambda: AlignmentViewer([5]),
            ValueError,
            r"translations\[0\]: expected a Translation",
        ),
        (
            lambda: AlignmentViewer([translation()._replace(weights=None)]),
            ValueError,
            r"translations\[0\]: expected weights: a model with attention",
        ),
        (
            lambda: AlignmentViewer([translation()._replace(weights=torch.ones(3, 5))]),
            ValueError,
            r"translations\[0\]: weights: expected 3 rows of 4 numbers",
        ),
        (
            lambda: AlignmentViewer(
                [translation()._replace(weights=torch.full((3, 4), 1.1))]
            ),
            ValueError,
            r"weights: expected numbers from 0 to 1",
        ),
        (
            lambda: AlignmentViewer([translation("a" * 201)]),
            ValueError,
            "text: expected a string of 1 to 200 characters",
        ),
        (
            lambda: AlignmentViewer([{"text": "a", "written": [], "weights": []}]),
            ValueError,
            "written: expected a list of at least one symbol",
        ),
        (
            lambda: AlignmentViewer(TEXTS, small_translator("additive"), LETTERS),
            ValueError,
            "model, source, target: expected all three or none",
        ),
        (
            lambda: AlignmentViewer(TEXTS, small_translator("fixed"), LETTERS, DIGITS),
            ValueError,
            "model: expected a model with attention",
        ),
        (
            lambda: AlignmentViewer(
                TEXTS, small_translator("additive"), DIGITS, DIGITS
            ),
            ValueError,
            "source: expected the model's vocabulary of 10 symbols, got 8",
        ),
        (
            lambda: AlignmentViewer(
                TEXTS, small_translator("additive"), LETTERS, LETTERS
            ),
            ValueError,
            "target: expected the model's vocabulary of 8 symbols, got 10",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_typing_is_read_only():
    widget = viewer()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        widget.typing = widget.typing


def test_a_shorter_output_takes_the_step_along():
    widget = viewer(step=2)
    widget.picked = 1
    assert widget.step == 1


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = viewer(picked=1)
    widget.set_state({"step": 2, "picked": 0, "typed": None})
    assert (widget.picked, widget.step) == (0, 2)


def test_an_alignment_is_the_model_s_own_weights():
    model = small_translator("additive")
    translations = translate(model, TEXTS, LETTERS, DIGITS, max_length=9)
    from_strings = typing_viewer()
    given = AlignmentViewer(translations)
    assert from_strings.recordings == given.recordings
    assert AlignmentViewer(given.recordings).recordings == given.recordings
    for picked, translated in enumerate(translations):
        given.picked = picked
        assert given.recording()["text"] == translated.read == TEXTS[picked]
        assert given.recording()["written"] == list(translated.written)
        near = {"atol": 0.000501, "rtol": 0}
        torch.testing.assert_close(given.weights(), translated.weights.double(), **near)
        p = given.weights().clamp(min=1e-30)
        torch.testing.assert_close(given.entropy(), -(p * p.log()).sum(-1))


def test_what_is_typed_is_translated_by_the_model():
    widget = typing_viewer(picked=1, step=1)
    widget.typed = "cab"
    (expected,) = translate(
        small_translator("additive"), ["cab"], LETTERS, DIGITS, max_length=9
    )
    assert (widget.message, widget.step) == ("", 0)
    assert widget.recording()["text"] == "cab"
    assert widget.recording()["written"] == list(expected.written)
    near = {"atol": 0.000501, "rtol": 0}
    torch.testing.assert_close(widget.weights(), expected.weights.double(), **near)
    widget.step = len(expected.written) - 1
    widget.typed = None
    assert widget.recording()["text"] == TEXTS[1]
    assert (widget.message, widget.step, widget.answer) == ("", 0, {})


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Type at least one character."),
        ("a" * 201, "Type at most 200 characters; this has 201."),
    ],
)
def test_what_cannot_be_translated_gets_a_message(typed, message):
    widget = typing_viewer(picked=2)
    widget.typed = "ab"
    widget.typed = typed
    assert widget.message == message
    assert widget.answer == {}
    assert widget.recording()["text"] == TEXTS[2]


def test_200_characters_are_counted_as_read():
    widget = typing_viewer(max_length=2)
    widget.typed = "e\N{COMBINING ACUTE ACCENT}" * 200
    assert widget.message == ""
    assert widget.recording()["text"] == "é" * 200


def test_unknown_characters_are_named_and_read_as_unknown():
    widget = typing_viewer()
    widget.typed = "a漢b<漢\t😀"
    expected = "The model was never shown “漢”, “<”, “U+0009”, “😀”: it reads <unknown> instead."
    assert widget.message == expected
    assert widget.recording()["text"] == "a漢b<漢\t😀"
    assert widget.weights().shape[1] == 7
    widget.typed = "efghijklmnop"
    assert "“n” and 2 more: it reads" in widget.message
    assert "“o”" not in widget.message


def test_without_a_model_nothing_is_translated():
    widget = viewer()
    assert not widget.typing
    widget.typed = "ab"
    assert widget.message == "There is no model here to translate it."
    assert widget.recording()["text"] == "ab é"


def test_a_page_built_from_the_widget_does_not_promise_an_answer():
    """A notebook's front end is told that somebody answers, the built page is not."""
    widget = typing_viewer()
    assert widget._answers
    assert widget.get_state()["_answers"] is True
    state = json.loads(Page(widget).figure["data-ac-state"])
    assert "_answers" not in state
    assert state["typing"] is True


def test_the_alignment_without_scripts_has_the_recorded_weights():
    widget = viewer(step=1)
    weights, rows = widget.weights(), Page(widget).rows
    assert [row[0] for row in rows[1:]] == ["0: 1", "1: 0", "2: <end>"]
    for row, line in zip(rows[1:], weights, strict=True):
        places = re.findall(r"(\S) \(source (\d)\) (\d\.\d\d)", row[1])
        order = line.argsort(descending=True)[:3].tolist()
        assert [int(j) for _, j, _ in places] == order
        assert [character for character, _, _ in places] == ["ab␣é"[j] for j in order]
        assert [float(w) for _, _, w in places] == pytest.approx(
            line[order].tolist(), abs=0.00501
        )
        entropy = float(-(line * line.log()).sum())
        assert float(row[2]) == pytest.approx(entropy, abs=0.00501)
