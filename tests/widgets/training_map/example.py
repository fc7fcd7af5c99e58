"""How the training map is shown to the tests that run over every widget."""

from __future__ import annotations

from functools import partial

import torch

from attention_course.widgets import TrainingMap
from tests.widgets.example import HOSTILE, LONG, Example, random

KINDS = ("animal", "plant", "food")


def random_tables(n_words, steps, d_model, seed=0, sharpness=1.0):
    """Words that move from anywhere to one of three directions."""
    draw = random(seed)
    there = torch.randn(3, d_model, generator=draw)[torch.arange(n_words) % 3]
    noise = torch.randn(len(steps), n_words, d_model, generator=draw)
    return {
        step: noise[n] + sharpness * n * there / len(steps)
        for n, step in enumerate(steps)
    }


def recording(
    n_words=9, steps=(0, 20, 400), d_model=7, *, names=(), kinds=KINDS, **made
):
    words = [*names, *(f"word{n}" for n in range(n_words - len(names)))]
    kind_of = {word: kinds[n % len(kinds)] for n, word in enumerate(words)}
    tables = random_tables(n_words, steps, d_model, **made)
    return TrainingMap.record(tables, words, words, kind_of)


def training_map(**state):
    return TrainingMap(recording(sharpness=9.0), **state)


def largest_training_map():
    steps = [10_000 * n for n in range(10)]
    kinds = [f"{LONG} {n}" for n in range(7)]
    return TrainingMap(recording(84, steps, 64, names=[LONG * 2], kinds=kinds))


def hostile_training_map():
    names = (HOSTILE, "&lt;")
    return TrainingMap(recording(2, names=names, kinds=names))


EXAMPLE = Example(
    chapter=1,
    usual=training_map,
    changed={"step": 1, "word": 4},
    largest=largest_training_map,
    n_colours=4,
    hostile=hostile_training_map,
    texts={
        "select option": [HOSTILE, "&lt;"],
        ".ac-tm-label": [HOSTILE],
        ".ac-tm-nearest tbody td:nth-child(2)": ["&lt;"],
        ".ac-tm-legend li > span:nth-child(2)": [f"{HOSTILE}:", "&lt;:"],
    },
    n_sliders=1,
    n_controls=4,
    moves={
        "Training step": largest_training_map,
        "Word": partial(largest_training_map),
    },
)
