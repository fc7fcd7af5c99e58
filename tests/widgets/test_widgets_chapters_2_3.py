"""Chapter 2's and 3's widgets as Python objects: state, numbers, and the view without scripts.

What holds for every widget is tested in test_every_widget.py.
"""

from __future__ import annotations

import json
import math
import re

import pytest
import torch
import torch.nn.functional as F
import traitlets

from attention_course.attention import AdditiveScore, GeneralScore
from attention_course.data.sequences import END, Pair, Vocabulary, make_batch
from attention_course.encoder_decoder import (
    EncoderDecoder,
    Translation,
    exact_match,
    greedy_decode,
    translate,
)
from attention_course.widgets import AlignmentViewer, DecodingStepper, ScoreExplorer
from tests.widgets.helpers import Page, decimals_in

LETTERS = Vocabulary("abcdé ")
DIGITS = Vocabulary("0123")
TEXTS = ["ab", "dcé a", "bbbbbbb"]
WRITTEN = ("1", "0", "<end>")


def model_of(context, d_context=5, seed=0):
    """A small model that was not trained: it writes nonsense, but always the same."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = EncoderDecoder(
            len(LETTERS),
            len(DIGITS),
            context=context,
            d_embedding=3,
            d_encoder=14,
            d_decoder=37 if context == "fixed" else 14,
            d_context=d_context,
        )
        with (
            torch.no_grad()
        ):  # larger numbers, so that each text gets an output of its own
            for parameter in model.parameters():
                parameter.mul_(3)
    return model.eval()


def recordings_of(texts=TEXTS, sizes=(2, 5), max_length=7):
    models = {size: model_of("fixed", size, seed=size) for size in sizes}
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


def translation(text="ab é", written=WRITTEN, seed=0):
    draw = torch.Generator().manual_seed(seed)
    weights = torch.rand(len(written), len(text), generator=draw)
    return Translation("".join(written[:-1]), text, tuple(written), weights.softmax(-1))


def stepper(**state):
    return DecodingStepper(recordings_of(), **state)


def viewer(**state):
    return AlignmentViewer(
        [translation(), translation("dc", ("3", "<end>"), 1)], **state
    )


def typing_viewer(**state):
    return AlignmentViewer(
        TEXTS, model_of("additive"), LETTERS, DIGITS, **{"max_length": 9, **state}
    )


# State: validated, read back, observed, linked.


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ScoreExplorer(n_queries=9), r"n_queries: .* from 1 to 8, got 9"),
        (lambda: ScoreExplorer(n_queries=0), r"n_queries: .* from 1 to 8, got 0"),
        (lambda: ScoreExplorer(n_keys=9), r"n_keys: .* from 1 to 8, got 9"),
        (lambda: ScoreExplorer(d_k=65), r"d_k: .* from 1 to 64, got 65"),
        (lambda: ScoreExplorer(d_k=True), r"d_k: .* from 1 to 64, got True"),
        (
            lambda: ScoreExplorer(query=torch.ones(2, 3), n_queries=3),
            r"n_queries: .* 1 to 2",
        ),
        (
            lambda: ScoreExplorer(query=torch.ones(2, 3), d_k=4),
            r"d_k: .* 1 to 3, got 4",
        ),
        (
            lambda: ScoreExplorer(key=torch.ones(2, 3), n_keys=3),
            r"n_keys: .* 1 to 2, got 3",
        ),
        (
            lambda: ScoreExplorer(value=torch.ones(2, 3), n_keys=3),
            r"n_keys: .* 1 to 2, got 3",
        ),
        (
            lambda: ScoreExplorer(score="cosine"),
            r"score: expected one of dot, .*, got 'cosine'",
        ),
        (
            lambda: ScoreExplorer(mask="future"),
            r"mask: expected one of none, .*, got 'future'",
        ),
        (
            lambda: ScoreExplorer(temperature=0.05),
            r"temperature: .* from 0.1 to 10, got 0.05",
        ),
        (
            lambda: ScoreExplorer(temperature=math.nan),
            r"temperature: .* 0.1 to 10, got nan",
        ),
        (
            lambda: ScoreExplorer(n_keys=3, n_padding=4),
            r"n_padding: .* from 0 to 3, got 4",
        ),
        (
            lambda: ScoreExplorer(n_queries=3, picked=3),
            r"picked: .* from 0 to 2, got 3",
        ),
        (
            lambda: stepper(text="nowhere"),
            r"text: expected one of \['ab', .*, got 'nowhere'",
        ),
        (lambda: stepper(d_context=3), r"d_context: expected one of \[2, 5\], got 3"),
        (lambda: stepper(step=0), r"step: .* from 1 to \d, got 0"),
        (lambda: stepper(step=8), r"step: .* from 1 to \d, got 8"),
        (lambda: stepper(text="nowhere", step=8), r"text: expected one of"),
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
            lambda: ScoreExplorer(query=torch.ones(3)),
            ValueError,
            r"query: .*n_queries, d_k",
        ),
        (
            lambda: ScoreExplorer(query=torch.ones(9, 2)),
            ValueError,
            r"query: .*1 to 8 rows",
        ),
        (
            lambda: ScoreExplorer(key=torch.ones(2, 65)),
            ValueError,
            r"key: .*1 to 64 numbers",
        ),
        (
            lambda: ScoreExplorer(value=torch.ones(2, 9)),
            ValueError,
            r"value: .*of 1 to 8 num",
        ),
        (
            lambda: ScoreExplorer(value=torch.ones(0, 2)),
            ValueError,
            r"value: .*got shape \(0, 2",
        ),
        (
            lambda: ScoreExplorer(key=torch.full((2, 2), 101.0)),
            ValueError,
            r"key: .* -100 to 100",
        ),
        (
            lambda: ScoreExplorer(key=torch.full((2, 2), torch.nan)),
            ValueError,
            r"key: .* to 100",
        ),
        (
            lambda: ScoreExplorer(query=torch.ones(2, 2).int()),
            TypeError,
            "query: .*floating",
        ),
        (
            lambda: ScoreExplorer(mask=torch.ones(3, 5)),
            TypeError,
            r"mask: .*boolean tensor, got",
        ),
        (
            lambda: ScoreExplorer(mask=[[True]]),
            TypeError,
            r"mask: .*boolean tensor, got list",
        ),
        (
            lambda: ScoreExplorer(mask=torch.ones(3, 4, dtype=torch.bool)),
            ValueError,
            r"mask: .*\(3, 5\), got \(3, 4\)",
        ),
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
            r"\[0\]: expected finite numbers",
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
            lambda: AlignmentViewer(TEXTS, model_of("additive"), LETTERS),
            ValueError,
            "model, source, target: expected all three or none",
        ),
        (
            lambda: AlignmentViewer(TEXTS, model_of("fixed"), LETTERS, DIGITS),
            ValueError,
            "model: expected a model with attention",
        ),
        (
            lambda: AlignmentViewer(TEXTS, model_of("additive"), DIGITS, DIGITS),
            ValueError,
            "source: expected the model's vocabulary of 10 symbols, got 8",
        ),
        (
            lambda: AlignmentViewer(TEXTS, model_of("additive"), LETTERS, LETTERS),
            ValueError,
            "target: expected the model's vocabulary of 8 symbols, got 10",
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
        ({5: model_of("fixed")}, [], "models, texts: expected at least one of each"),
        ({5: model_of("fixed")}, ["ab", "ab"], "each text once with each size"),
        ({5: model_of("fixed")}, ["a" * 201], "1 to 200 characters"),
        ({5: model_of("fixed")}, [""], "text: expected at least one character"),
        ({4: model_of("fixed")}, ["ab"], "got 4 for a C of 5"),
        ({14: model_of("dot")}, ["ab"], "models: expected models with a fixed context"),
    ],
)
def test_what_cannot_be_recorded_is_refused(models, texts, message):
    with pytest.raises(ValueError, match=message):
        DecodingStepper.record(models, texts, LETTERS, DIGITS)


def test_a_refused_change_leaves_the_state_as_it_was():
    explorer = ScoreExplorer()
    with pytest.raises(
        traitlets.TraitError, match="cells: expected 8 rows of 8 times True"
    ):
        explorer.cells = [[True] * 5] * 3
    with pytest.raises(traitlets.TraitError, match="cells: expected 8 rows"):
        explorer.cells = [[1] * 8] * 8
    assert explorer.cells == [[True] * 8] * 8
    for widget, name in [
        (explorer, "query"),
        (stepper(), "recordings"),
        (viewer(), "typing"),
    ]:
        before = getattr(widget, name)
        with pytest.raises(traitlets.TraitError, match="read-only"):
            setattr(widget, name, before)
    shown = stepper(text="ab")
    with pytest.raises(traitlets.TraitError, match="text: expected one of"):
        shown.text = "ba"
    assert shown.text == "ab"


def test_what_was_picked_moves_along_with_what_is_left():
    explorer = ScoreExplorer(n_queries=7, n_keys=6, picked=6, n_padding=5)
    explorer.n_queries, explorer.n_keys = 2, 3
    assert (explorer.picked, explorer.n_padding) == (1, 3)
    long, short = by_hand(None, [4, 5, 6, 2]), by_hand(None, [4, 2], source="c")
    shown = DecodingStepper([long, short], step=4)
    shown.text = "c"
    assert shown.step == 2
    alignment = viewer(step=2)
    alignment.picked = 1
    assert alignment.step == 1


def test_changes_that_the_page_sends_together_are_taken_together():
    explorer = ScoreExplorer(n_queries=2, n_keys=2)
    explorer.set_state({"picked": 6, "n_queries": 7, "n_padding": 8, "n_keys": 8})
    assert (explorer.picked, explorer.n_padding) == (6, 8)
    cells = [[(i + j) % 3 == 0 for j in range(8)] for i in range(8)]
    explorer.set_state({"mask": "cells", "cells": cells})
    assert explorer.allowed().tolist() == [row[:8] for row in cells[:7]]
    shown = DecodingStepper([by_hand(None, [2]), by_hand(None, [4, 5, 2], source="c")])
    shown.set_state({"step": 3, "text": "c"})
    assert (shown.text, shown.step) == ("c", 3)
    alignment = viewer(picked=1)
    alignment.set_state({"step": 2, "picked": 0, "typed": None})
    assert (alignment.picked, alignment.step) == (0, 2)


# The score explorer's numbers, against torch.


@pytest.mark.parametrize("mask", ["none", "causal", "padding"])
@pytest.mark.parametrize("score", ["dot", "scaled_dot"])
def test_dot_scores_attend_as_torch_does(score, mask):
    widget = ScoreExplorer(3, 5, 7, score=score, mask=mask, temperature=0.7)
    query, key, value = widget.tensors()
    assert [tuple(x.shape) for x in (query, key, value)] == [(3, 7), (5, 7), (5, 4)]
    allowed = {
        "none": torch.ones(3, 5, dtype=torch.bool),
        "causal": torch.tensor([[j <= i for j in range(5)] for i in range(3)]),
        "padding": torch.tensor([[j < 3 for j in range(5)] for _ in range(3)]),
    }[mask]
    scale = (1 if score == "dot" else 7**-0.5) / 0.7
    attended = F.scaled_dot_product_attention(
        query, key, value, attn_mask=allowed, scale=scale
    )
    torch.testing.assert_close(widget.allowed(), allowed)
    torch.testing.assert_close(widget.context(), attended)
    torch.testing.assert_close(widget.weights() @ value, attended)
    torch.testing.assert_close(widget.scores(), query @ key.T * scale * 0.7)


def test_learned_scores_are_their_formulas():
    for d_k in (1, 5, 64):
        general = ScoreExplorer(2, 3, d_k, score="general")
        query, key, _ = general.tensors()
        W = (
            torch.tensor(general.parameters["general"], dtype=torch.double)[:d_k, :d_k]
            / d_k
        )
        expected = [[float(q @ W @ k) for k in key] for q in query]
        torch.testing.assert_close(
            general.scores(), torch.tensor(expected, dtype=torch.double)
        )

        additive = ScoreExplorer(2, 3, d_k, score="additive")
        W, U = (
            torch.tensor(additive.parameters[name], dtype=torch.double)[:, :d_k]
            / d_k**0.5
            for name in ("from_query", "from_key")
        )
        v = torch.tensor(additive.parameters["to_score"], dtype=torch.double) / 8**0.5
        expected = [[float(v @ torch.tanh(W @ q + U @ k)) for k in key] for q in query]
        torch.testing.assert_close(
            additive.scores(), torch.tensor(expected, dtype=torch.double)
        )


def test_learned_scores_start_in_the_range_that_their_classes_start_in():
    for d_k in (3, 64):
        ours = ScoreExplorer(d_k=d_k, score="general").score_function().weight
        theirs = GeneralScore(d_k, d_k).weight
        bound = math.sqrt(3) / d_k
        assert 0.7 * bound < theirs.abs().max() <= bound
        assert 0.7 * bound < ours.abs().max() <= bound * 1.01  # rounded to two decimals
        ours = ScoreExplorer(d_k=d_k, score="additive").score_function()
        theirs = AdditiveScore(d_k, d_k, 8)
        for (name, mine), (_, other) in zip(
            ours.named_parameters(), theirs.named_parameters(), strict=True
        ):
            bound = (8 if name.startswith("to_score") else d_k) ** -0.5
            assert mine.shape == other.shape
            assert 0.5 * bound < float(other.detach().abs().max()) <= bound
            assert 0.5 * bound < float(mine.abs().max()) <= bound


def test_a_query_that_may_attend_to_nothing_gets_zeros_and_says_so():
    mask = torch.tensor([[True, False, True], [False, False, False]])
    widget = ScoreExplorer(2, 3, mask=mask, picked=1)
    assert widget.mask == "cells"
    torch.testing.assert_close(widget.allowed(), mask)
    assert widget.weights()[1].tolist() == [0, 0, 0]
    assert widget.context()[1].tolist() == [0, 0, 0, 0]
    assert (widget.entropy()[1], widget.effective_keys()[1]) == (0, 0)
    assert widget.weights()[0, 1] == 0
    assert float(widget.weights()[0].sum()) == pytest.approx(1)
    assert widget.summary().endswith("query 1 may attend to nothing")
    everything = ScoreExplorer(n_keys=4, mask="padding", n_padding=4)
    assert not everything.weights().any()


def test_entropy_counts_keys_and_falls_with_the_temperature():
    same = ScoreExplorer(1, 6, key=torch.ones(6, 2))
    assert float(same.entropy()) == pytest.approx(math.log(6))
    assert float(same.effective_keys()) == pytest.approx(6)
    spread = [
        float(ScoreExplorer(1, 6, temperature=t).effective_keys()) for t in (10, 1, 0.1)
    ]
    assert 6 > spread[0] > spread[1] > spread[2] > 1


def test_given_tensors_are_used_whole_and_copied_and_the_others_are_seeded():
    key = torch.tensor([[0.12344, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    widget = ScoreExplorer(key=key)
    assert (widget.n_queries, widget.n_keys, widget.d_k) == (3, 2, 3)
    with torch.no_grad():
        key.zero_()
    assert widget.tensors()[1].tolist() == [[0.1234, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert ScoreExplorer(value=torch.ones(4, 2)).context().tolist() == pytest.approx(
        torch.ones(3, 2)
    )

    before = torch.random.get_rng_state()
    first, again, other = (
        ScoreExplorer(),
        ScoreExplorer(key=torch.ones(8, 64)),
        ScoreExplorer(seed=1),
    )
    for score in ("general", "additive"):
        first.score = score
        first.context()
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first.query == again.query != other.query
    assert first.parameters == again.parameters != other.parameters
    assert all(round(x, 2) == x for row in first.query + first.value for x in row)


# The decoding stepper's recordings, against the model.


def test_a_recording_is_what_the_model_did():
    sizes = (2, 5, 131)
    recordings = recordings_of(sizes=sizes)
    assert [(r["d_context"], r["source"]) for r in recordings] == [
        (size, text) for size in sizes for text in TEXTS
    ]
    outputs = set()
    for recording in recordings:
        size, text = recording["d_context"], recording["source"]
        model = model_of("fixed", size, seed=size)
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
    model = model_of("fixed")
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


# The alignment viewer: what was translated, and what is typed.


def test_an_alignment_is_the_model_s_own_weights():
    model = model_of("additive")
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
        model_of("additive"), ["cab"], LETTERS, DIGITS, max_length=9
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


# What a notebook stores.


def test_pages_stay_small():
    full = ScoreExplorer(8, 8, 64)
    assert len(json.dumps(full.state(), separators=(",", ":"))) <= 60_000
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


def test_the_scores_without_scripts_are_torch_s_numbers():
    mask = torch.tensor([[True, True, False], [False, False, False]])
    widget = ScoreExplorer(2, 3, 5, score="dot", mask=mask)
    page = Page(widget)
    head, first, second = page.rows
    assert head == ["", "key 0", "key 1", "key 2", "entropy in nats", "context vector"]
    query, key, value = widget.tensors()
    scores = query @ key.T
    weights = scores[0, :2].softmax(-1)
    for j in range(2):
        expected = [float(scores[0, j]), float(weights[j])]
        assert decimals_in(first[1 + j]) == pytest.approx(expected, abs=0.00501)
    assert first[3] == "masked"
    entropy = float(-(weights * weights.log()).sum())
    assert decimals_in(first[4]) == pytest.approx(
        [entropy, math.exp(entropy)], abs=0.0501
    )
    assert decimals_in(first[5]) == pytest.approx(
        (weights @ value[:2]).tolist(), abs=0.00501
    )
    assert second[1:5] == ["masked"] * 3 + ["may attend to nothing"]
    assert second[5] == "(0.00, 0.00, 0.00, 0.00)"
    assert "2 queries, 3 keys, d_k = 5, dot score" in page.caption


def test_the_steps_without_scripts_are_the_recorded_ones():
    logits = [[0.0] * 8, [0.0] * 8]
    logits[0][5], logits[0][7] = 2.0, 1.0
    logits[1][2], logits[1][4] = 3.0, 1.0
    widget = DecodingStepper([by_hand("1", [5, 2], logits)])
    rows = Page(widget).rows
    assert rows[0][:5] == ["step", "reads", "writes", "probability", "next likeliest"]
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
