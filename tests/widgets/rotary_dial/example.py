"""How the rotary dial is shown to the tests that run over every widget."""

from __future__ import annotations

from attention_course.widgets import RotaryDial
from tests.widgets.example import Example


def far_apart():
    return RotaryDial(63, 0)


EXAMPLE = Example(
    chapter=6,
    usual=RotaryDial,
    changed={"first": 31, "second": 12},
    largest=far_apart,
    n_colours=4,
    hostile=None,
    n_sliders=2,
    n_controls=1,
    moves=dict.fromkeys(("Position of the query", "Position of the key"), far_apart),
    drawn=(".ac-dial-query", ".ac-dial-key"),
    marks={".ac-dial-query": "stroke", ".ac-dial-key": "stroke"},
)
