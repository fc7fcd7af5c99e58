"""How the head viewer is shown to the tests that run over every widget."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import torch

from attention_course.lab.pretrained import Encoding, Tokens
from attention_course.widgets import HeadViewer
from tests.widgets.example import HOSTILE, LONG, Example, random

SENTENCES = ["the cat sat on it", "a dog", "birds fly over the old town"]


class ToyEncoder:
    """Stands in for the pretrained encoder: other weights, the same interface."""

    def __init__(self, n_layers=3, n_heads=5, sharpness=3.0, n_positions=60):
        self.n_layers, self.n_heads = n_layers, n_heads
        self.sharpness, self.n_positions = sharpness, n_positions
        self.tokenizer = SimpleNamespace(encode=self._encode)

    def _encode(self, sentence):
        known = [w if w.isascii() else "[UNK]" for w in sentence.lower().split()]
        tokens = ["[CLS]", *known, "[SEP]"]
        return SimpleNamespace(tokens=tokens, ids=list(range(len(tokens))))

    def encode(self, sentences):
        (sentence,) = sentences
        words = self._encode(sentence).tokens
        size = (1, self.n_layers, self.n_heads, len(words), len(words))
        draw = random(sum(map(ord, sentence)))
        weights = (self.sharpness * torch.randn(*size, generator=draw)).softmax(-1)
        ids = torch.zeros(1, len(words), dtype=torch.long)
        tokens = Tokens(ids, torch.ones_like(ids).bool(), [words])
        return Encoding(tokens, torch.empty(0), weights, torch.empty(0))


def heads_by_hand(words, weights):
    """A recording of the given weights ``(n_layers, n_heads, T, T)``."""
    encoder = ToyEncoder(*weights.shape[:2])
    encoder.encode = lambda sentences: Encoding(
        SimpleNamespace(words=[words]), torch.empty(0), weights[None], torch.empty(0)
    )
    (recording,) = HeadViewer.record(encoder, [" ".join(words)])
    return recording


def head_viewer(**state):
    encoder = ToyEncoder()
    return HeadViewer(HeadViewer.record(encoder, SENTENCES), encoder, **state)


def largest_head_viewer(**state):
    encoder = ToyEncoder(6, 16)
    texts = [" ".join([LONG.lower()] * 12), "w " * 50]
    return HeadViewer(HeadViewer.record(encoder, texts), encoder, **state)


def colourful_head_viewer():
    """One row of all weights from 0 to 1, and heads of all largest weights."""
    weights = torch.linspace(0.01, 1, 35).expand(4, 9, 35, 35)
    weights = weights * torch.linspace(0.1, 1, 36).reshape(4, 9, 1, 1)
    return HeadViewer([heads_by_hand(["[CLS]"] + ["w"] * 34, weights)], layer=3, head=8)


def hostile_head_viewer():
    words = [HOSTILE, "&lt;"]
    return HeadViewer([heads_by_hand(words, torch.full((1, 1, 2, 2), 0.5))])


EXAMPLE = Example(
    chapter=4,
    usual=head_viewer,
    changed={"picked": 2, "token": 7, "head": 4, "layer": 2},
    largest=largest_head_viewer,
    colours=colourful_head_viewer,
    n_colours=55,
    hostile=hostile_head_viewer,
    texts={
        ".ac-hv-text label > span:nth-child(2)": [HOSTILE, "&lt;"],
        "select option": [f"{HOSTILE} &lt;"],
    },
    n_sliders=2,
    n_controls=27,
    moves=dict.fromkeys(("Head", "Layer"), partial(largest_head_viewer, picked=1)),
    scrolls=("Weights as a table",),
)
