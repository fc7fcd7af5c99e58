"""How the alignment viewer is shown to the tests that run over every widget."""

from __future__ import annotations

import torch

from attention_course.encoder_decoder import Translation
from attention_course.widgets import AlignmentViewer
from tests.widgets.example import HOSTILE, Example, random
from tests.widgets.translators import PAIRS, SOURCE, TARGET, toy_translator


def alignment_viewer(**state):
    texts = [pair.source for pair in PAIRS]
    model = toy_translator("additive")
    return AlignmentViewer(texts, model, SOURCE, TARGET, max_length=9, **state)


def largest_alignment_viewer():
    weights = torch.rand(30, 200, generator=random(10))
    texts = ["年" * 200, "ab" * 100]
    return AlignmentViewer(
        [Translation("", text, ("0",) * 30, weights) for text in texts]
    )


def colourful_alignment_viewer():
    weights = torch.linspace(0, 1, 60).reshape(3, 20)
    return AlignmentViewer([Translation("01", "a" * 20, ("0", "1", "<end>"), weights)])


ALIGNED = [HOSTILE, "<b>", "&lt;", "<end>"]


def hostile_alignment_viewer():
    weights = torch.full((4, len(HOSTILE)), 1 / len(HOSTILE))
    return AlignmentViewer([Translation("", HOSTILE, tuple(ALIGNED), weights)])


EXAMPLE = Example(
    chapter=3,
    usual=alignment_viewer,
    changed={"picked": 2, "step": 3},
    largest=largest_alignment_viewer,
    colours=colourful_alignment_viewer,
    n_colours=40,
    hostile=hostile_alignment_viewer,
    texts={
        "[role=radiogroup] label": ALIGNED,
        ".ac-read .ac-char": list(HOSTILE.replace(" ", "␣")),
        "select option": [HOSTILE],
        ".ac-heatmap tbody th": ALIGNED,
    },
    n_sliders=0,
    n_controls=8,
    tick=("Show the numbers",),
    moves={"Text": alignment_viewer},
    scrolls=("Weights, one row for each character written",),
)
