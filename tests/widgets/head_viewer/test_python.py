"""The head viewer as a Python object: state, recordings, what is typed, and no scripts."""

from __future__ import annotations

import base64
import importlib.util
import json
from collections import Counter

import pytest
import torch
import traitlets

from attention_course.lab import pretrained
from attention_course.lab.pretrained import load_encoder
from attention_course.widgets import HeadViewer
from tests.widgets.head_viewer.example import ToyEncoder, heads_by_hand
from tests.widgets.helpers import Page

SENTENCES = ["the cat sat", "a dog", "birds fly over the old town"]


def encoder():
    return ToyEncoder(n_layers=2, n_heads=3, n_positions=11)


def viewer(**state):
    return HeadViewer(HeadViewer.record(encoder(), SENTENCES), **state)


def typing_viewer(**state):
    return viewer(encoder=encoder(), **state)


def changed(**changes):
    (recording,) = HeadViewer.record(encoder(), SENTENCES[:1])
    return [recording | changes]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: viewer(picked=3), r"picked: .* from 0 to 2, got 3"),
        (lambda: viewer(picked=-1, token=0), r"picked: .* from 0 to 2, got -1"),
        (lambda: viewer(picked=3, token=0), r"picked: .* from 0 to 2, got 3"),
        (lambda: viewer(layer=2), r"layer: .* from 0 to 1, got 2"),
        (lambda: viewer(head=3), r"head: .* from 0 to 2, got 3"),
        (lambda: viewer(picked=1, token=4), r"token: .* from 0 to 3, got 4"),
        (lambda: viewer(typed=5), r"'typed' trait .* expected a unicode string"),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: HeadViewer([]), ValueError, "recordings: expected a list of 1 to 50"),
        (lambda: HeadViewer("abc"), ValueError, "recordings: expected a list of 1 to"),
        (lambda: HeadViewer([{"words": []}]), ValueError, r"\[0\]: .*largest, n_heads"),
        (
            lambda: HeadViewer(changed(weights="AAAA")),
            ValueError,
            r"recordings\[0\]: weights: expected 150 bytes, got 3",
        ),
        (
            lambda: HeadViewer(changed(largest="!")),
            ValueError,
            r"recordings\[0\]: largest: expected base64",
        ),
        (
            lambda: HeadViewer(changed(words=[], largest="", weights="")),
            ValueError,
            "expected 0 bytes, got 0",
        ),
        (
            lambda: HeadViewer(
                [*changed(), heads_by_hand(["a"], torch.ones(1, 3, 1, 1))],
            ),
            ValueError,
            r"recordings\[1\]: expected the n_layers of recordings\[0\]",
        ),
        (lambda: HeadViewer.record(encoder(), []), ValueError, "sentences: .*at least"),
        (lambda: HeadViewer.record(encoder(), "a"), ValueError, "sentences: .*a list"),
    ],
)
def test_what_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("name", ["recordings", "typing"])
def test_what_is_read_only_stays(name):
    widget = viewer()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        setattr(widget, name, getattr(widget, name))


def test_another_sentence_takes_the_token_along():
    widget = viewer(picked=2, token=7)
    widget.picked = 1
    assert widget.token == 3
    widget.picked = 2
    assert widget.token == 3
    assert viewer().token == 1


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = viewer(picked=1)
    widget.set_state({"token": 7, "picked": 2, "typed": None, "head": 2, "layer": 1})
    assert (widget.picked, widget.token, widget.layer, widget.head) == (2, 7, 1, 2)


def test_a_recording_is_the_encoder_s_weights_rounded():
    widget = viewer()
    for picked, sentence in enumerate(SENTENCES):
        widget.picked = picked
        encoding = encoder().encode([sentence])
        assert widget.words() == encoding.tokens.words[0]
        exact = encoding.weights[0].double()
        assert widget.all_weights().shape == exact.shape
        torch.testing.assert_close(widget.all_weights(), exact, atol=0.002, rtol=0)
        torch.testing.assert_close(
            widget.all_weights().amax(-1), exact.amax(-1), atol=1e-5, rtol=0
        )
        for layer in range(2):
            for head in range(3):
                widget.layer, widget.head = layer, head
                torch.testing.assert_close(
                    widget.weights(), widget.all_weights()[layer, head]
                )


def test_a_recording_is_plain_and_compact():
    (recording,) = HeadViewer.record(encoder(), SENTENCES[:1])
    assert json.loads(json.dumps(recording)) == recording
    assert len(base64.b64decode(recording["weights"])) == 2 * 3 * 5 * 5
    assert len(base64.b64decode(recording["largest"])) == 2 * 3 * 5 * 2


def test_rounding_keeps_small_weights_apart():
    """512 nearly equal weights would all be 0 or 1 in plain 255ths."""
    T = 512
    scores = torch.linspace(0, 2, T).expand(1, 1, T, T)
    recording = heads_by_hand(["a"] * T, scores.softmax(-1))
    widget = HeadViewer([recording])
    row = widget.weights()[17]
    assert int(row.argmax()) == T - 1
    assert float(row.sum()) == pytest.approx(1, abs=0.01)
    torch.testing.assert_close(
        row, scores[0, 0, 17].double().softmax(-1), atol=2e-5, rtol=0
    )


def test_the_overview_names_the_first_kind_that_is_true():
    words = ["[CLS]", "a", "b", "c", "d", "[SEP]"]
    places = {  # token → where each of six heads looks → what that is
        0: (range(6), ["itself", "after", *["elsewhere"] * 3, "[SEP]"]),
        1: (range(6), ["[CLS]", "itself", "after", *["elsewhere"] * 2, "[SEP]"]),
        3: (range(6), ["[CLS]", "elsewhere", "before", "itself", "after", "[SEP]"]),
        4: (range(6), ["[CLS]", *["elsewhere"] * 2, "before", "itself", "[SEP]"]),
        5: (range(6), ["[CLS]", *["elsewhere"] * 3, "before", "itself"]),
    }
    for token, (targets, kinds) in places.items():
        weights = torch.full((2, 3, 6, 6), 0.1)
        for n, target in enumerate(targets):
            weights[n // 3, n % 3, token, target] = 0.5
        widget = HeadViewer([heads_by_hand(words, weights)], token=token)
        assert widget.overview() == [kinds[:3], kinds[3:]]
        assert f"of all 6 heads, from here, {kinds.count('itself')} look" in (
            widget.summary()
        )
        said = widget.summary()
        for kind, n in Counter(kinds).items():
            if kind in ("[CLS]", "[SEP]", "elsewhere"):
                assert f"{n} {'' if kind == 'elsewhere' else 'at '}{kind}" in said


def test_what_is_typed_is_encoded():
    widget = typing_viewer(picked=2, token=7, layer=1, head=2)
    widget.typed = "one two three"
    (expected,) = HeadViewer.record(encoder(), ["one two three"])
    assert widget.recording() == expected
    assert (widget.message, widget.token, widget.layer, widget.head) == ("", 4, 1, 2)
    assert widget.words() == ["[CLS]", "one", "two", "three", "[SEP]"]
    assert "“[SEP]”" in widget.summary()
    widget.typed = None
    assert widget.words()[1] == "birds"
    assert widget.answer == {}


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Type at least one word."),
        (" \n", "Type at least one word."),
        ("w " * 10, "The model reads at most 11 tokens; this has 12."),
        ("w " * 10_001, "Type at most 20,000 characters; this has 20,002."),
    ],
)
def test_what_cannot_be_encoded_gets_a_message(typed, message):
    widget = typing_viewer(picked=1)
    widget.typed = "fine"
    widget.typed = typed
    assert widget.message == message
    assert widget.answer == {}
    assert widget.words() == ["[CLS]", "a", "dog", "[SEP]"]


def test_the_longest_text_is_read_and_an_unknown_piece_is_told():
    widget = typing_viewer()
    widget.typed = "w " * 9
    assert (widget.message, len(widget.words())) == ("", 11)
    widget.typed = "漢"
    assert widget.message == "[UNK] stands for what the model has no piece for."
    assert widget.words() == ["[CLS]", "[UNK]", "[SEP]"]


def test_without_an_encoder_nothing_is_read():
    widget = viewer()
    assert not widget.typing
    widget.typed = "ab"
    assert widget.message == "There is no encoder here to read it."
    assert widget.words() == ["[CLS]", "the", "cat", "sat", "[SEP]"]


def test_a_page_built_from_the_widget_does_not_promise_an_answer():
    """A notebook's front end is told that somebody answers, the built page is not."""
    widget = typing_viewer()
    assert widget.get_state()["_answers"] is True
    state = json.loads(Page(widget).figure["data-ac-state"])
    assert "_answers" not in state
    assert state["typing"] is True


def test_the_weights_without_scripts_are_the_picked_row():
    widget = viewer(picked=2, layer=1, head=2, token=3)
    page = Page(widget)
    row = encoder().encode(SENTENCES[2:]).weights[0, 1, 2, 3]
    assert [cells[0] for cells in page.rows] == [
        "token",
        *(f"{n} {word}" for n, word in enumerate(widget.words())),
    ]
    shown = [float(cells[1]) for cells in page.rows[1:]]
    assert shown == pytest.approx(row.tolist(), abs=0.0071)
    best = int(row.argmax())
    assert (
        f"token 3, “over”, gives token {best}, “{widget.words()[best]}”"
        in (page.captions[0])
    )
    assert SENTENCES[2] in page.captions[0]


@pytest.mark.skipif(
    importlib.util.find_spec(pretrained.PACKAGE) is None,
    reason="the extra `pretrained` is not installed",
)
def test_the_pretrained_encoder_is_recorded_and_eight_sentences_fit_a_page():
    encoder = load_encoder()
    text = "The animal didn't cross the street because it was too "
    sentences = [text + end for end in ("tired.", "wide.")] * 4
    recordings = HeadViewer.record(encoder, sentences)
    widget = HeadViewer(recordings, encoder, layer=3, head=1, token=10)
    assert widget.words()[10] == "it"
    exact = encoder.encode(sentences[:1]).weights[0].double()
    torch.testing.assert_close(widget.all_weights(), exact, atol=0.002, rtol=0)
    assert widget.words()[int(widget.weights()[10].argmax())] == "animal"
    state = json.dumps(widget.state(), separators=(",", ":"))
    assert 150_000 < len(state) <= 250_000
    widget.typed = "go " * 511
    assert widget.message == "The model reads at most 512 tokens; this has 513."
    widget.typed = "The bank of the river"
    assert widget.message == ""
    assert widget.weights().shape == (7, 7)
