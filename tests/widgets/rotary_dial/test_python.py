"""The rotary dial as a Python object: its hands are those that ``rotate`` turns."""

from __future__ import annotations

import math

import pytest
import torch
import traitlets

from attention_course.widgets import RotaryDial
from attention_course.widgets.rotary_dial import BASE, KEY, QUERY
from tests.widgets.helpers import Page, numbers_in


@pytest.mark.parametrize("first", [-1, 64])
def test_a_position_out_of_range_is_refused(first):
    with pytest.raises(traitlets.TraitError, match=r"first: .* from 0 to 63, got"):
        RotaryDial(first=first)


def by_hand(first: int, second: int) -> list[float]:
    """Each pair's product, from the angle between two hands."""
    found = []
    for m in range(3):
        q, k = complex(*QUERY[2 * m : 2 * m + 2]), complex(*KEY[2 * m : 2 * m + 2])
        turn = (first - second) * BASE ** (-m / 3)
        product = q * k.conjugate() * complex(math.cos(turn), math.sin(turn))
        found.append(product.real)
    return found


@pytest.mark.parametrize(("first", "second"), [(0, 0), (7, 5), (3, 41), (63, 0)])
def test_the_score_depends_on_the_difference_alone(first, second):
    widget = RotaryDial(first, second)
    assert widget.products() == pytest.approx(by_hand(first, second), abs=1e-9)
    page = Page(widget)
    for row, product in zip(page.rows[1:4], widget.products(), strict=True):
        assert numbers_in(row[3])[0] == pytest.approx(product, abs=0.0051)


def test_turning_keeps_the_length_of_each_hand():
    turned = RotaryDial(29, 13).turned()
    lengths = turned.unflatten(1, (3, 2)).norm(dim=-1)
    torch.testing.assert_close(lengths, torch.ones(2, 3).double())
