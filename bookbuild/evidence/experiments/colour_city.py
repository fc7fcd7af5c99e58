"""Colour by attention, on a filmed city: nothing moves but the camera."""

from __future__ import annotations

from bookbuild.evidence.following import colour_experiment

EXPERIMENT = colour_experiment(
    "city",
    gap=6,
    steps=160,
    title="Who were you a moment ago? The city",
    claim=(
        "Better than copying and than grey patches as they are, and a little ahead of optical "
        "flow: where nothing but the camera moves, hardly anything is uncovered. A quarter of "
        "copying's error is gone; what is left is mostly what still cells have, too. An extent "
        "of 1 would have done; with 8, more is mistaken than found."
    ),
    doubts=(
        "Grey patches as they are, or the same place, level with the trained follower where "
        "something changed; or shuffled keys as good as the right ones."
    ),
)
