"""Chapter 4's widgets as Python objects: state, numbers, and the view without scripts.

What holds for every widget is tested in test_every_widget.py.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import math
from collections import Counter

import pytest
import torch
import torch.nn.functional as F
import traitlets

from attention_course.embedding import sinusoidal_positions
from attention_course.lab import pretrained
from attention_course.lab.pretrained import load_encoder
from attention_course.widgets import HeadViewer, PositionExplorer, WorkedExample
from tests.widgets.examples import ToyEncoder, heads_by_hand
from tests.widgets.helpers import Page, numbers_in

SENTENCES = ["the cat sat", "a dog", "birds fly over the old town"]


def encoder():
    return ToyEncoder(n_layers=2, n_heads=3, n_positions=11)


def viewer(**state):
    return HeadViewer(HeadViewer.record(encoder(), SENTENCES), **state)


def typing_viewer(**state):
    return viewer(encoder=encoder(), **state)


# State: validated, read back, observed, linked.


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WorkedExample(d_k=3), r"d_k: .* from 4 to 512, got 3"),
        (lambda: WorkedExample(d_k=513), r"d_k: .* from 4 to 512, got 513"),
        (lambda: WorkedExample(picked=2), r"picked: .* from 0 to 1, got 2"),
        (lambda: WorkedExample(picked=True), r"picked: .* from 0 to 1, got True"),
        (lambda: WorkedExample(scaled="yes"), r"'scaled' trait .* expected a boolean"),
        (lambda: WorkedExample(words=["one"]), r"words: expected 2 words, got \['one'"),
        (lambda: WorkedExample(words=["a", ""]), r"words: expected 2 words"),
        (lambda: viewer(picked=3), r"picked: .* from 0 to 2, got 3"),
        (lambda: viewer(picked=-1, token=0), r"picked: .* from 0 to 2, got -1"),
        (lambda: viewer(picked=3, token=0), r"picked: .* from 0 to 2, got 3"),
        (lambda: viewer(layer=2), r"layer: .* from 0 to 1, got 2"),
        (lambda: viewer(head=3), r"head: .* from 0 to 2, got 3"),
        (lambda: viewer(picked=1, token=4), r"token: .* from 0 to 3, got 4"),
        (lambda: viewer(typed=5), r"'typed' trait .* expected a unicode string"),
        (lambda: PositionExplorer(d_model=7), r"d_model: .*even .* 2 to 64, got 7"),
        (lambda: PositionExplorer(d_model=0), r"d_model: .*even .* 2 to 64, got 0"),
        (lambda: PositionExplorer(d_model=66), r"d_model: .*even .* to 64, got 66"),
        (lambda: PositionExplorer(base=0.5), r"base: .* 1 to 1,000,000, got 0.5"),
        (lambda: PositionExplorer(base=math.nan), r"base: .*1,000,000, got nan"),
        (lambda: PositionExplorer(base=2e6), r"base: .* 1 to 1,000,000, got 2000000"),
        (lambda: PositionExplorer(first=100), r"first: .* from 0 to 99, got 100"),
        (lambda: PositionExplorer(second=-1), r"second: .* from 0 to 99, got -1"),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: WorkedExample(query=torch.ones(3, 4)),
            ValueError,
            r"query: .*\(2, d\)",
        ),
        (
            lambda: WorkedExample(value=torch.ones(2)),
            ValueError,
            r"value: .*\(2, d_v\)",
        ),
        (
            lambda: WorkedExample(value=torch.ones(2, 9)),
            ValueError,
            r"value: .*1 to 8 numbers, got shape \(2, 9\)",
        ),
        (
            lambda: WorkedExample(key=torch.ones(2, 3)),
            ValueError,
            "query, key: expected rows of one length, got 4 and 3",
        ),
        (
            lambda: WorkedExample(key=torch.full((2, 4), torch.nan)),
            ValueError,
            "key: expected numbers from -100 to 100",
        ),
        (
            lambda: WorkedExample(value=torch.full((2, 4), -100.5)),
            ValueError,
            "value: expected numbers from -100 to 100",
        ),
        (
            lambda: WorkedExample(query=torch.ones(2, 4).int()),
            TypeError,
            "query: .*floating",
        ),
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


def changed(**changes):
    (recording,) = HeadViewer.record(encoder(), SENTENCES[:1])
    return [recording | changes]


@pytest.mark.parametrize(
    "rows",
    [
        [[1.0, 2.0, 3.0, 4.0]],
        [[1.0, 2.0, 3.0]] * 2,
        [[1.0, 2.0, 3.0, "4"]] * 2,
        [[1.0, 2.0, 3.0, True]] * 2,
        [[1.0, 2.0, 3.0, 101.0]] * 2,
        [[1.0, 2.0, 3.0, math.nan]] * 2,
        ["abcd", "abcd"],
    ],
)
def test_a_refused_change_leaves_the_numbers_as_they_were(rows):
    widget = WorkedExample()
    before = widget.state()
    for name in ("query", "key", "value"):
        with pytest.raises(
            traitlets.TraitError,
            match=f"{name}: expected 2 rows of 4 numbers from -100 to 100",
        ):
            setattr(widget, name, rows)
    assert widget.state() == before


def test_what_is_read_only_stays():
    for widget, name in [
        (WorkedExample(), "start"),
        (viewer(), "recordings"),
        (viewer(), "typing"),
    ]:
        before = getattr(widget, name)
        with pytest.raises(traitlets.TraitError, match="read-only"):
            setattr(widget, name, before)


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
    example = WorkedExample()
    example.set_state({"key": [[1, 2, 3, 4.5]] * 2, "d_k": 4, "picked": 1})
    assert example.tensors()[1].tolist() == [[1, 2, 3, 4.5]] * 2
    example.set_state(dict(example.start))
    assert example.dot_products()[0].tolist() == [112, 96]


# The worked example.


def test_the_first_numbers_give_the_figure_s():
    widget = WorkedExample()
    assert widget.divisor() == 8
    assert widget.dot_products()[0].tolist() == [112, 96]
    assert widget.scores()[0].tolist() == [14, 12]
    assert [round(w, 2) for w in widget.weights()[0].tolist()] == [0.88, 0.12]
    assert widget.summary() == (
        "the query of Thinking scores 112 and 96, which divided by 8 are 14 and 12: "
        "weights 0.88 and 0.12"
    )
    widget.scaled = False
    assert widget.scores()[0].tolist() == [112, 96]
    assert [round(w, 2) for w in widget.weights()[0].tolist()] == [1.0, 0.0]
    assert "not divided: weights 1.00 and 0.00" in widget.summary()


@pytest.mark.parametrize(("d", "d_v", "d_k"), [(3, 5, 7), (8, 1, 8), (1, 2, 512)])
def test_the_worked_example_is_attention_with_zeros_beyond_what_is_shown(d, d_v, d_k):
    draw = torch.Generator().manual_seed(d)
    query, key = torch.randn(2, 2, d, generator=draw, dtype=torch.double).round(
        decimals=4
    )
    value = torch.randn(2, d_v, generator=draw, dtype=torch.double).round(decimals=4)
    widget = WorkedExample(query, key, value, d_k=d_k)
    padded = [F.pad(x, (0, d_k - d)) for x in (query, key)]
    expected = F.scaled_dot_product_attention(*padded, value)
    torch.testing.assert_close(widget.output(), expected)
    torch.testing.assert_close(widget.weights() @ value, expected)
    torch.testing.assert_close(widget.scores(), query @ key.T / math.sqrt(d_k))
    widget.scaled = False
    expected = F.scaled_dot_product_attention(query, key, value, scale=1.0)
    torch.testing.assert_close(widget.output(), expected)
    torch.testing.assert_close(widget.weights(), (query @ key.T).softmax(-1))


def test_given_tensors_are_copied_and_rounded():
    query = torch.full((2, 3), 0.123456, requires_grad=True)
    key = torch.ones(2, 3)
    widget = WorkedExample(query, key)
    key.zero_()
    assert widget.query == [[0.1235] * 3] * 2
    assert widget.key == [[1.0] * 3] * 2
    widget.query = [[1.0, 2.0, 3.0]] * 2
    assert widget.start["query"] == [[0.1235] * 3] * 2


def test_the_example_without_scripts_has_torch_s_numbers():
    widget = WorkedExample(picked=1, d_k=36)
    page = Page(widget)
    rows = {row[0]: row[1:] for row in page.rows}
    query, key, value = widget.tensors()
    assert rows["step"] == ["Thinking", "Machines"]
    assert rows["query q₂"] == ["", "(3, 2, 2, 7)"]
    assert [numbers_in(cell) for cell in rows["key k"]] == key.tolist()
    assert [numbers_in(cell) for cell in rows["value v"]] == value.tolist()
    scores = key @ query[1]
    assert [float(cell) for cell in rows["score q₂ · k"]] == scores.tolist()
    divided = [float(cell) for cell in rows["divided by √d_k = √36"]]
    assert divided == pytest.approx((scores / 6).tolist(), abs=0.00501)
    weights = (scores / 6).softmax(-1)
    assert [float(cell) for cell in rows["softmax: the weight"]] == pytest.approx(
        weights.tolist(), abs=0.00501
    )
    without = [float(cell) for cell in rows["weight without the division"]]
    assert without == pytest.approx(scores.softmax(-1).tolist(), abs=0.00501)
    for cell, w, v in zip(rows["weight × value"], weights, value, strict=True):
        assert numbers_in(cell) == pytest.approx((w * v).tolist(), abs=0.00501)
    total = numbers_in(page.captions[0].rpartition("(")[2])
    assert total == pytest.approx((weights @ value).tolist(), abs=0.00501)


# The head viewer.


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


# The position explorer.


@pytest.mark.parametrize(("d_model", "base"), [(2, 10_000), (14, 37.5), (64, 1)])
def test_positions_are_the_course_s_and_similarity_is_their_cosine(d_model, base):
    widget = PositionExplorer(d_model, base, first=7, second=31)
    positions = widget.positions()
    torch.testing.assert_close(positions, sinusoidal_positions(100, d_model, base=base))
    torch.testing.assert_close(widget.vectors(), positions[[7, 31]])
    assert widget.distance() == 24
    near = {"atol": 2e-5, "rtol": 0}  # single precision, angles up to 99
    for start in (0, 13):
        cosines = F.cosine_similarity(positions[start], positions[start:])
        torch.testing.assert_close(widget.similarity()[: 100 - start], cosines, **near)
    cosine = F.cosine_similarity(positions[7], positions[31], dim=0)
    assert widget.cosine() == pytest.approx(float(cosine), abs=2e-5)
    assert widget.dot_product() == pytest.approx(
        float(cosine) * d_model / 2, abs=2e-5 * d_model
    )


def test_a_wave_comes_back_after_its_wavelength():
    widget = PositionExplorer(6, 1000)
    wavelengths = widget.wavelengths()
    assert wavelengths == pytest.approx([2 * math.pi * 10**k for k in range(3)])
    # base = 1: all waves are alike, and 44 places are almost exactly 7 turns.
    same = PositionExplorer(8, 1, first=0, second=44)
    assert same.wavelengths() == pytest.approx([2 * math.pi] * 4)
    assert same.cosine() == pytest.approx(math.cos(44), abs=1e-5)
    assert same.cosine() > 0.999
    assert "base 1:" in same.summary()
    same.base = 1_000_000
    assert "base 1,000,000:" in same.summary()


def test_the_positions_without_scripts_have_torch_s_numbers():
    widget = PositionExplorer(6, 100, first=3, second=14)
    page = Page(widget)
    positions = sinusoidal_positions(100, 6, base=100)
    for i, row in enumerate(page.rows[1:4]):
        assert row[0] == f"{2 * i}, {2 * i + 1}"
        assert numbers_in(row[1])[0] == pytest.approx(
            2 * math.pi * 100 ** (2 * i / 6), abs=0.51 if i == 2 else 0.051
        )
        for cell, t in zip(row[2:4], (3, 14), strict=True):
            pair = positions[t, 2 * i : 2 * i + 2].tolist()
            assert numbers_in(cell) == pytest.approx(pair, abs=0.00501)
        both = positions[[3, 14], 2 * i : 2 * i + 2].prod(dim=0).sum()
        assert numbers_in(row[4])[0] == pytest.approx(float(both), abs=0.00501)
    dot = float(positions[3] @ positions[14])
    assert page.rows[4][0] == "sum"
    assert numbers_in(page.rows[4][4])[0] == pytest.approx(dot, abs=0.00501)
    distances = [int(cell) for cell in page.rows[5][1:]]
    assert distances == [0, 1, 2, 5, 10, 20, 50, 99]
    cosines = F.cosine_similarity(positions[0], positions[distances])
    shown = [numbers_in(cell)[0] for cell in page.rows[6][1:]]
    assert shown == pytest.approx(cosines.tolist(), abs=0.00501)
    assert (
        "positions 3 and 14, 11 places apart, d_model = 6, base 100"
        in (page.captions[0])
    )


# What a notebook stores.


def test_a_recording_is_plain_and_compact():
    (recording,) = HeadViewer.record(encoder(), SENTENCES[:1])
    assert json.loads(json.dumps(recording)) == recording
    assert len(base64.b64decode(recording["weights"])) == 2 * 3 * 5 * 5
    assert len(base64.b64decode(recording["largest"])) == 2 * 3 * 5 * 2
    assert len(json.dumps(PositionExplorer().state())) < 200
    assert len(json.dumps(WorkedExample().state())) < 1000
