"""The decoding stepper as a Python object: state, recordings, and the view without scripts."""

from __future__ import annotations

import json
import math

import pytest
import torch
import traitlets

from attention_course.data.sequences import END, Pair, Vocabulary, make_batch
from attention_course.encoder_decoder import (
    EncoderDecoder,
    exact_match,
    greedy_decode,
    translate,
)
from attention_course.widgets import DecodingStepper
from tests.widgets.helpers import Page
from tests.widgets.translators import DIGITS, LETTERS, TEXTS, small_translator


def recordings_of(texts=TEXTS, sizes=(2, 5), max_length=7):
    models = {size: small_translator("fixed", size, seed=size) for size in sizes}
    return DecodingStepper.record(models, texts, LETTERS, DIGITS, max_length=max_length)


def by_hand(expected, tokens, logits=None, source="ab"):
    """A recording of a decoder with two units, over the symbols of ``DIGITS``."""
    n = len(tokens)
    return {
        "d_context": 3,
        "source": source,
        "expected": expected,
        "read": list(source),
        "context": [0.5, -0.25, 0.0],
        "states": [[t / 10, -t / 10] for t in range(n + 1)],
        "n_units": 2,
        "logits": logits or [[float(k == token) for k in range(8)] for token in tokens],
        "tokens": tokens,
        "symbols": list(DIGITS.symbols),
    }


def stepper(**state):
    return DecodingStepper(recordings_of(), **state)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: stepper(text="nowhere"),
            r"text: expected one of \['ab', .*, got 'nowhere'",
        ),
        (lambda: stepper(d_context=3), r"d_context: expected one of \[2, 5\], got 3"),
        (lambda: stepper(step=0), r"step: .* from 1 to \d, got 0"),
        (lambda: stepper(step=8), r"step: .* from 1 to \d, got 8"),
        (lambda: stepper(text="nowhere", step=8), r"text: expected one of"),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: DecodingStepper([]),
            ValueError,
            "recordings: expected a list of at least one",
        ),
        (
            lambda: DecodingStepper([{"source": "a"}]),
            ValueError,
            r"recordings\[0\]: .*context",
        ),
        (
            lambda: DecodingStepper(recordings_of()[:-1]),
            ValueError,
            "each text once with each",
        ),
        (
            lambda: DecodingStepper(recordings_of() * 2),
            ValueError,
            "each text once with each",
        ),
        (
            lambda: DecodingStepper([by_hand("", [])]),
            ValueError,
            r"\[0\]: tokens: .*1 to 200",
        ),
        (
            lambda: DecodingStepper([by_hand("", [8], [[0.0] * 8])]),
            ValueError,
            "tokens: .* 0 to 7",
        ),
        (
            lambda: DecodingStepper([by_hand("", [4], [[0.0]])]),
            ValueError,
            "logits: .*1 rows of 8",
        ),
        (
            lambda: DecodingStepper([by_hand("", [4], [[math.inf] * 8])]),
            ValueError,
            r"\[0\]: logits: expected finite numbers",
        ),
        (
            lambda: DecodingStepper([by_hand("", [4]) | {"context": [0.0]}]),
            ValueError,
            "context: expected 3 numbers",
        ),
        (
            lambda: DecodingStepper([by_hand("", [4]) | {"states": [[0.0, 0.0]]}]),
            ValueError,
            "states: expected 2 rows of 2",
        ),
        (
            lambda: DecodingStepper(
                [
                    by_hand("", [4]),
                    by_hand("", [4], source="c") | {"symbols": list("abcdefgh")},
                ]
            ),
            ValueError,
            r"recordings\[1\]: expected the symbols of recordings\[0\]",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("models", "texts", "message"),
    [
        ({}, ["ab"], "models, texts: expected at least one of each"),
        (
            {5: small_translator("fixed")},
            [],
            "models, texts: expected at least one of each",
        ),
        ({5: small_translator("fixed")}, ["ab", "ab"], "each text once with each size"),
        ({5: small_translator("fixed")}, ["a" * 201], "1 to 200 characters"),
        ({5: small_translator("fixed")}, [""], "text: expected at least one character"),
        ({4: small_translator("fixed")}, ["ab"], "got 4 for a C of 5"),
        (
            {14: small_translator("dot")},
            ["ab"],
            "models: expected models with a fixed context",
        ),
    ],
)
def test_what_cannot_be_recorded_is_refused(models, texts, message):
    with pytest.raises(ValueError, match=message):
        DecodingStepper.record(models, texts, LETTERS, DIGITS)


def test_a_refused_change_leaves_the_state_as_it_was():
    widget = stepper(text="ab")
    with pytest.raises(traitlets.TraitError, match="text: expected one of"):
        widget.text = "ba"
    assert widget.text == "ab"


def test_recordings_are_read_only():
    widget = stepper()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        widget.recordings = widget.recordings


def test_a_shorter_output_takes_the_step_along():
    long, short = by_hand(None, [4, 5, 6, 2]), by_hand(None, [4, 2], source="c")
    widget = DecodingStepper([long, short], step=4)
    widget.text = "c"
    assert widget.step == 2


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = DecodingStepper([by_hand(None, [2]), by_hand(None, [4, 5, 2], source="c")])
    widget.set_state({"step": 3, "text": "c"})
    assert (widget.text, widget.step) == ("c", 3)


def test_a_recording_is_what_the_model_did():
    sizes = (2, 5, 131)
    recordings = recordings_of(sizes=sizes)
    assert [(r["d_context"], r["source"]) for r in recordings] == [
        (size, text) for size in sizes for text in TEXTS
    ]
    outputs = set()
    for recording in recordings:
        size, text = recording["d_context"], recording["source"]
        model = small_translator("fixed", size, seed=size)
        widget = DecodingStepper(recordings, text=text, d_context=size)
        batch = make_batch([Pair(text, "0")], LETTERS, DIGITS)
        decoded = greedy_decode(model, batch.source, batch.source_mask, max_length=7)
        assert recording["read"] == list(text)
        assert recording["tokens"] == decoded.tokens[0].tolist()
        assert widget.n_steps() == decoded.tokens.shape[1]
        states = torch.tensor(recording["states"])
        near = {"atol": 0.000501, "rtol": 0}
        torch.testing.assert_close(states[1:], decoded.states[0, :, :32], **near)
        torch.testing.assert_close(
            states[0], model.decoder.first_state[:32].detach(), **near
        )
        assert recording["n_units"] == 37
        encoded = model.encode(batch.source, batch.source_mask)
        C = torch.tanh(model.decoder.context.to_context(encoded.last))[0].detach()
        torch.testing.assert_close(torch.tensor(recording["context"]), C[:128], **near)
        for step in range(1, widget.n_steps() + 1):
            widget.step = step
            exact = decoded.logits[0, step - 1].double().softmax(-1)
            torch.testing.assert_close(widget.probabilities(), exact, atol=5e-5, rtol=0)
            p = widget.probabilities()
            assert widget.entropy() == pytest.approx(
                float(-(p * p.log()).sum()), abs=1e-9
            )
        (whole,) = translate(model, [text], LETTERS, DIGITS, max_length=7)
        assert tuple(widget.written()) == whole.written
        outputs.add(whole.written)
    assert len(outputs) >= 4  # the models did not all write the same


def test_recording_leaves_the_models_and_torch_s_random_numbers_alone():
    model = small_translator("fixed")
    before = {name: p.clone() for name, p in model.state_dict().items()}
    state = torch.random.get_rng_state()
    DecodingStepper.record({5: model}, ["ab"], LETTERS, DIGITS, max_length=3)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(before[name], p) for name, p in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


def test_pairs_bring_the_expected_output_and_strings_do_not():
    texts = [Pair("ab", "10"), "e\N{COMBINING ACUTE ACCENT}x"]
    first, second = recordings_of(texts, sizes=(5,))
    assert (first["expected"], second["expected"]) == ("10", None)
    assert second["read"] == ["é", "<unknown>"]
    widget = DecodingStepper([first, second])
    assert widget.expected() == ["1", "0", "<end>"]
    widget.text = texts[1]
    assert widget.expected() is None
    assert "right" not in widget.summary()


@pytest.mark.parametrize(
    ("expected", "tokens", "verdicts", "summary"),
    [
        ("10", [5, 4, 2], ["right"] * 3, "; the whole output is right"),
        ("11", [5, 4, 2], ["right", "wrong", "right"], "output is wrong: 2 of 3 right"),
        ("1", [5, 4, 2], ["right", "wrong", "wrong"], "output is wrong: 1 of 3 right"),
        (
            "100",
            [5, 4, 2],
            ["right", "right", "wrong"],
            "output is wrong: 2 of 3 right",
        ),
        ("10", [5, 4], ["right", "right"], "output is wrong: 2 of 2 right"),
    ],
)
def test_right_and_wrong_are_said_in_words(expected, tokens, verdicts, summary):
    widget = DecodingStepper([by_hand(expected, tokens)], step=len(tokens))
    assert widget.summary().endswith(summary)
    assert [row[-1] for row in Page(widget).rows[1:]] == verdicts
    ours = DIGITS.decode(tokens)
    complete = exact_match([ours], [expected]) == 1 and tokens[-1] == 2
    assert complete == summary.endswith("is right")
    widget.step = 1
    assert widget.summary().endswith("; 1 of 1 right so far")


def test_a_chapter_s_recordings_fit_a_page():
    # Eight dates or so through four sizes of C, with as many symbols and steps as dates have.
    vocabulary = Vocabulary("0123456789-")
    texts = ["Saturday, September 30, 20" + str(n) for n in range(10, 18)]
    source = Vocabulary(texts)
    recordings = []
    for size in (16, 64, 128, 256):
        model = EncoderDecoder(
            len(source),
            len(vocabulary),
            d_embedding=4,
            d_encoder=8,
            d_decoder=64,
            d_context=size,
        ).eval()
        with torch.no_grad():
            model.decoder.to_logits.bias[END] = -100  # never ends by itself
        recordings += DecodingStepper.record(
            {size: model}, texts, source, vocabulary, max_length=11
        )
    state = json.dumps(DecodingStepper(recordings).state(), separators=(",", ":"))
    assert all(len(recording["tokens"]) == 11 for recording in recordings)
    assert 30_000 < len(state.encode()) <= 300_000


def test_the_steps_without_scripts_are_the_recorded_ones():
    logits = [[0.0] * 8, [0.0] * 8]
    logits[0][5], logits[0][7] = 2.0, 1.0
    logits[1][2], logits[1][4] = 3.0, 1.0
    widget = DecodingStepper([by_hand("1", [5, 2], logits)])
    rows = Page(widget).rows
    assert rows[0][:5] == ["step", "reads", "writes", "probability", "next most likely"]
    p = torch.tensor(logits).softmax(-1)
    assert rows[1] == [
        "1",
        "<start>",
        "1",
        f"{p[0, 5]:.2f}",
        f"3 {p[0, 7]:.2f}",
        "1",
        "right",
    ]
    assert rows[2] == [
        "2",
        "1",
        "<end>",
        f"{p[1, 2]:.2f}",
        f"0 {p[1, 4]:.2f}",
        "<end>",
        "right",
    ]
