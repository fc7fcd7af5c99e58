"""The online softmax as a Python object: what is kept, and that the end is ``attend``."""

from __future__ import annotations

import math

import pytest
import torch
import traitlets

from attention_course.attention_today import attend_online
from attention_course.widgets import OnlineSoftmax
from tests.widgets.helpers import Page, near, number, numbers_in
from tests.widgets.online_softmax.example import random_online_softmax


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"block": 0}, "block: .* from 1 to 8, got 0"),
        ({"block": 9}, "block: .* from 1 to 8, got 9"),
        ({"step": -1}, "step: .* from 0 to 8, got -1"),
        ({"order": "random"}, "order: expected one of given, rising, falling, got 'r"),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(state, message):
    with pytest.raises(traitlets.TraitError, match=message):
        OnlineSoftmax(**state)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"scores": torch.ones(17)}, ValueError, "scores: expected Tk from 1 to 16"),
        ({"values": torch.ones(8, 5)}, ValueError, "values: expected d_v from 1 to 4"),
        ({"values": torch.ones(7, 2)}, ValueError, "values: .* score, 8, got 7"),
        ({"scores": torch.full((8,), 101.0)}, ValueError, "scores: .* -100 to 100"),
        ({"scores": torch.ones(8, 1)}, ValueError, r"scores: .*\(Tk,\)"),
        ({"scores": torch.ones(8).int()}, TypeError, "scores: .*floating"),
    ],
)
def test_what_does_not_fit_is_refused(given, error, message):
    with pytest.raises(error, match=message):
        OnlineSoftmax(**given)


def test_the_keys_are_read_only():
    widget = OnlineSoftmax()
    for name in ("scores", "values"):
        with pytest.raises(traitlets.TraitError, match="read-only"):
            setattr(widget, name, getattr(widget, name))


@pytest.mark.parametrize("order", ["given", "rising", "falling"])
@pytest.mark.parametrize("block", [1, 3, 11])
def test_in_the_end_it_is_attention(block, order):
    widget = random_online_softmax(5, 11, 3, block=block, order=order)
    scores = torch.tensor(widget.scores).double()
    expected = scores.softmax(0) @ torch.tensor(widget.values).double()
    torch.testing.assert_close(widget.whole(), expected)
    torch.testing.assert_close(widget.output(), expected)
    _, total, mixed = widget.kept(widget.n_blocks())
    torch.testing.assert_close(mixed / total, expected)


def test_before_the_end_it_is_attention_to_what_was_read():
    widget = random_online_softmax(6, 7, 2, block=3, order="falling")
    scores, values = widget.ordered()
    assert scores.tolist() == sorted(widget.scores, reverse=True)
    for step, n in [(1, 3), (2, 6), (3, 7), (4, 7)]:
        assert widget.n_read(step) == n
        largest, total, mixed = widget.kept(step)
        assert largest == max(widget.scores)  # the first key has it
        so_far = attend_online(
            torch.ones(1, 1).double(), scores[:n, None], values[:n], block=2
        )
        torch.testing.assert_close(mixed / total, so_far[0])


def test_nothing_is_kept_before_the_first_block():
    largest, total, mixed = OnlineSoftmax().kept(0)
    assert (largest, total, mixed.tolist()) == (-math.inf, 0.0, [0.0, 0.0])
    assert OnlineSoftmax().summary().endswith("before the first of 3")


def test_a_step_beyond_the_last_block_is_the_last():
    widget = OnlineSoftmax(block=4, step=8)
    assert "after block 2 of 2" in widget.summary()


def test_given_tensors_are_copied_and_rounded():
    scores = torch.full((2,), 0.123456, requires_grad=True)
    widget = OnlineSoftmax(scores, torch.ones(2, 1))
    assert widget.scores == [0.1235, 0.1235]
    assert widget.block == 2


def test_the_view_without_scripts_tells_every_block():
    widget = OnlineSoftmax(block=3, order="rising")
    rows = Page(widget).rows
    assert [row[0] for row in rows] == ["block", "1", "2", "3", "all at once"]
    scores, before = sorted(widget.scores), -math.inf
    for n, row in enumerate(rows[1:4]):
        assert numbers_in(row[1]) == scores[3 * n : 3 * n + 3]
        largest, total, mixed = widget.kept(n + 1)
        factor = math.exp(before - largest)
        shown = [number(cell) for cell in row[2:5]]
        assert shown == near([largest, factor, total])
        assert numbers_in(row[5]) == near((mixed / total).tolist())
        before = largest
    assert rows[3][5] == rows[4][5]
    assert rows[2][3] != "1.00"  # larger scores came, so something was rescaled
