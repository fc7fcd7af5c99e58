"""The rotary dial as a Python object: its hands are those that ``rotate`` turns."""

from __future__ import annotations

import math

import pytest
import torch
import traitlets

from attention_course.widgets import RotaryDial
from attention_course.widgets.rotary_dial import KEY, QUERY, TOLD
from tests.widgets.helpers import Page, number, numbers_in


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"first": -1}, "first: .* from 0 to 63, got -1"),
        ({"second": 64}, "second: .* from 0 to 63, got 64"),
        ({"base": 99}, r"base: expected one of \[10, 100, 1000, 10000\], got 99"),
        ({"base": 1}, "base: .* from 10 to 10000, got 1"),
    ],
)
def test_a_state_out_of_range_is_refused(state, message):
    with pytest.raises(traitlets.TraitError, match=message):
        RotaryDial(**state)


def by_hand(difference: int, base: int) -> list[float]:
    """Each pair's product, from the angle between two hands."""
    found = []
    for m in range(3):
        q, k = complex(*QUERY[2 * m : 2 * m + 2]), complex(*KEY[2 * m : 2 * m + 2])
        turn = difference * base ** (-m / 3)
        product = q * k.conjugate() * complex(math.cos(turn), math.sin(turn))
        found.append(product.real)
    return found


@pytest.mark.parametrize(
    ("first", "second", "base"),
    [(0, 0, 100), (7, 5, 10), (3, 41, 1_000), (63, 0, 10_000)],
)
def test_the_score_depends_on_the_difference_alone(first, second, base):
    widget = RotaryDial(first, second, base)
    assert widget.products() == pytest.approx(by_hand(first - second, base), abs=1e-9)
    page = Page(widget)
    for row, product in zip(page.rows[1:4], widget.products(), strict=True):
        assert numbers_in(row[4])[0] == pytest.approx(product, abs=0.0051)
    scores = [sum(by_hand(steps, base)) for steps in TOLD]
    assert widget.scores() == pytest.approx(scores, abs=1e-9)
    shown = [number(cell) for cell in page.rows[-1][1:]]
    assert shown == pytest.approx(scores, abs=0.0051)


def test_turning_keeps_the_length_of_each_hand():
    turned = RotaryDial(29, 13).turned()
    lengths = turned.unflatten(1, (3, 2)).norm(dim=-1)
    torch.testing.assert_close(lengths, torch.ones(2, 3).double())


def test_a_speed_is_the_turn_of_one_position():
    one, next_ = (RotaryDial(t, 0, 1_000) for t in (0, 1))
    turns = [b - a for a, b in zip(one.angles()[0], next_.angles()[0], strict=True)]
    assert turns == pytest.approx(one.speeds())
    assert one.speeds() == pytest.approx([57.29578, 5.729578, 0.5729578])
