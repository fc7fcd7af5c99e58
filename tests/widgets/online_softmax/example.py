"""How the online softmax is shown to the tests that run over every widget."""

from __future__ import annotations

import torch

from attention_course.widgets import OnlineSoftmax
from tests.widgets.example import Example, random


def random_online_softmax(seed, n_keys, d_v, **state):
    draw = random(seed)
    scores = 5 * torch.randn(n_keys, generator=draw).double()
    values = torch.randn(n_keys, d_v, generator=draw).double()
    return OnlineSoftmax(scores, values, **state)


def largest_online_softmax():
    scores = torch.linspace(-99.99, 99.99, 16)[7 * torch.arange(16) % 16]
    return OnlineSoftmax(scores, -99.99 * torch.ones(16, 4), block=1, step=8)


EXAMPLE = Example(
    chapter=6,
    usual=OnlineSoftmax,
    changed={"block": 2, "step": 3, "order": "falling"},
    largest=largest_online_softmax,
    colours=lambda: OnlineSoftmax(step=2),
    n_colours=6,
    hostile=None,
    n_sliders=2,
    n_controls=5,
    moves=dict.fromkeys(
        ("Blocks read", "Keys in a block", "Order of the keys"),
        largest_online_softmax,
    ),
    scrolls=("The keys", "What is kept"),
)
