"""How the score explorer is shown to the tests that run over every widget."""

from __future__ import annotations

from functools import partial

import torch

from attention_course.widgets import ScoreExplorer
from tests.widgets.example import Example, random


def largest_score_explorer(**state):
    value = torch.randn(8, 8, generator=random(10))
    return ScoreExplorer(8, 8, 64, value=value, mask="padding", **state)


EXAMPLE = Example(
    chapter=3,
    usual=lambda **state: ScoreExplorer(**{"mask": "padding", **state}),
    changed={
        "n_queries": 7,
        "n_keys": 2,
        "d_k": 9,
        "score": "general",
        "picked": 5,
    },
    largest=largest_score_explorer,
    colours=lambda: ScoreExplorer(8, 8, 3, mask="causal", temperature=0.3, score="dot"),
    n_colours=40,
    hostile=None,
    n_sliders=5,
    n_controls=20,
    moves={
        "Temperature": partial(largest_score_explorer, score="additive"),
        "Numbers in each, d_k": partial(largest_score_explorer, score="general"),
        "Queries": largest_score_explorer,
    },
)
