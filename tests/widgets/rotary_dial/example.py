"""How the rotary dial is shown to the tests that run over every widget."""

from __future__ import annotations

from attention_course.widgets import RotaryDial
from tests.widgets.example import Example


def far_apart():
    return RotaryDial(63, 0, 10_000)


EXAMPLE = Example(
    chapter=6,
    usual=RotaryDial,
    changed={"first": 31, "second": 12, "base": 1_000},
    largest=far_apart,
    colours=lambda: RotaryDial(40, 3),
    n_colours=8,
    hostile=None,
    n_sliders=2,
    n_controls=7,
    moves=dict.fromkeys(
        ("Position of the query", "Position of the key", "Base"), far_apart
    ),
    scrolls=("Scores by distance",),
    drawn=(".ac-dial-query", ".ac-dial-key"),
    marks={".ac-dial-query": "stroke", ".ac-dial-key": "stroke"},
)
