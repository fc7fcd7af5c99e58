"""How the worked example is shown to the tests that run over every widget."""

from __future__ import annotations

import torch

from attention_course.widgets import WorkedExample
from tests.widgets.example import HOSTILE, LONG, Example, random


def largest_worked_example():
    draw = random(10)
    given = [100 * (2 * torch.rand(2, 8, generator=draw) - 1) for _ in range(3)]
    return WorkedExample(*given, words=[LONG, "Kapitän"])


def colourful_worked_example():
    value = torch.linspace(-90, 90, 16).reshape(2, 8)
    return WorkedExample(torch.eye(2, 3), torch.eye(2, 3), value)


EXAMPLE = Example(
    chapter=4,
    usual=WorkedExample,
    changed={
        "query": [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.25]],
        "words": ["uno", "dos"],
        "picked": 1,
        "d_k": 5,
    },
    largest=largest_worked_example,
    colours=colourful_worked_example,
    n_colours=15,
    hostile=lambda: WorkedExample(words=[HOSTILE, "&lt;"]),
    texts={
        ".ac-we-word .ac-name": [HOSTILE, "&lt;"],
        "select option": [HOSTILE, "&lt;"],
    },
    n_sliders=1,
    n_controls=29,
    moves={"Numbers in a vector, d_k": largest_worked_example},
)
