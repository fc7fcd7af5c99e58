"""Colour by attention, on a film: a figure moves, the camera stands still."""

from __future__ import annotations

from bookbuild.evidence.following import colour_experiment

EXPERIMENT = colour_experiment(
    "bunny",
    gap=3,
    steps=160,
    title="Who were you a moment ago? The rabbit",
    claim=(
        "Better than copying, and on average a little better than grey patches as they are; "
        "optical flow is ahead. None comes near half of copying's error: what is uncovered "
        "was in no earlier frame, and the film's colours tremble, as the errors of still "
        "cells show. On still cells copying is best, and the copy as one more key brings the "
        "follower nearly there. Shuffled keys are better than copying too, by giving the mean "
        "of the colours around. An extent of 2 is better than 1, and than 4 or 8."
    ),
    doubts=(
        "Grey patches as they are, or the same place, level with the trained follower where "
        "something changed; or shuffled keys as good as the right ones."
    ),
)
