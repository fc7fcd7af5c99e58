"""How the position explorer is shown to the tests that run over every widget."""

from __future__ import annotations

from attention_course.widgets import PositionExplorer
from tests.widgets.example import Example


def largest_position_explorer():
    return PositionExplorer(64, 1e6)


EXAMPLE = Example(
    chapter=4,
    usual=PositionExplorer,
    changed={"d_model": 6, "base": 100.0, "first": 3, "second": 21},
    largest=largest_position_explorer,
    colours=lambda: PositionExplorer(64, 10_000),
    n_colours=60,
    hostile=None,
    n_sliders=4,
    n_controls=11,
    moves=dict.fromkeys(
        ("First position", "Numbers in a vector, d_model", "Base"),
        largest_position_explorer,
    ),
    scrolls=("Pairs of dimensions",),
    drawn=(".ac-wave-dot",),
    marks={
        ".ac-wave-line": "stroke",
        ".ac-wave-zero": "stroke",
        ".ac-wave-dot": "backgroundColor",
    },
)
