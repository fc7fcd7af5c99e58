"""The worked example as a Python object: state, numbers, and the view without scripts."""

from __future__ import annotations

import json
import math

import pytest
import torch
import torch.nn.functional as F
import traitlets

from attention_course.widgets import WorkedExample
from tests.widgets.helpers import Page, numbers_in


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
    ],
)
def test_what_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


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


def test_the_first_numbers_are_read_only():
    widget = WorkedExample()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        widget.start = widget.start


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = WorkedExample()
    widget.set_state({"key": [[1, 2, 3, 4.5]] * 2, "d_k": 4, "picked": 1})
    assert widget.tensors()[1].tolist() == [[1, 2, 3, 4.5]] * 2
    widget.set_state(dict(widget.start))
    assert widget.dot_products()[0].tolist() == [112, 96]


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


def test_a_page_stays_small():
    assert len(json.dumps(WorkedExample().state())) < 1000
