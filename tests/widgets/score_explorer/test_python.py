"""The score explorer as a Python object: state, numbers, and the view without scripts."""

from __future__ import annotations

import json
import math

import pytest
import torch
import torch.nn.functional as F
import traitlets

from attention_course.attention import AdditiveScore, GeneralScore
from attention_course.widgets import ScoreExplorer
from tests.widgets.helpers import Page, decimals_in


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
    ],
)
def test_what_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_refused_change_leaves_the_mask_as_it_was():
    widget = ScoreExplorer()
    with pytest.raises(
        traitlets.TraitError, match="cells: expected 8 rows of 8 times True"
    ):
        widget.cells = [[True] * 5] * 3
    with pytest.raises(traitlets.TraitError, match="cells: expected 8 rows"):
        widget.cells = [[1] * 8] * 8
    assert widget.cells == [[True] * 8] * 8


def test_the_query_is_read_only():
    widget = ScoreExplorer()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        widget.query = widget.query


def test_what_was_picked_moves_along_with_what_is_left():
    widget = ScoreExplorer(n_queries=7, n_keys=6, picked=6, n_padding=5)
    widget.n_queries, widget.n_keys = 2, 3
    assert (widget.picked, widget.n_padding) == (1, 3)


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = ScoreExplorer(n_queries=2, n_keys=2)
    widget.set_state({"picked": 6, "n_queries": 7, "n_padding": 8, "n_keys": 8})
    assert (widget.picked, widget.n_padding) == (6, 8)
    cells = [[(i + j) % 3 == 0 for j in range(8)] for i in range(8)]
    widget.set_state({"mask": "cells", "cells": cells})
    assert widget.allowed().tolist() == [row[:8] for row in cells[:7]]


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
    torch.manual_seed(0)
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


def test_a_page_stays_small():
    full = ScoreExplorer(8, 8, 64)
    assert len(json.dumps(full.state(), separators=(",", ":"))) <= 60_000


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
