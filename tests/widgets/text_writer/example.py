"""How the text writer is shown to the tests that run over every widget."""

from __future__ import annotations

import torch

from attention_course.attention_today import LanguageModel
from attention_course.data.sequences import Vocabulary
from attention_course.widgets import TextWriter
from attention_course.widgets.shared.recordings import pack_weights
from tests.widgets.example import HOSTILE, Example, random

TOY = Vocabulary(" abcdefghijklmnop\n")
SIZES = {"n_layers": 2, "d_model": 12, "n_heads": 3, "d_hidden": 7}


def toy_writer(vocabulary=TOY):
    """A language model that was not trained, but has opinions."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = LanguageModel(len(vocabulary), **SIZES)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(2)
    return model.eval()


def text_writer(**state):
    model = toy_writer()
    written = TextWriter.record(model, "a bad cab", 24, vocabulary=TOY)
    return TextWriter(written, model, TOY, **state)


def largest_text_writer(**state):
    """Every character of the novel, and as long a text as it takes."""
    symbols = "".join(chr(33 + n) for n in range(75))
    vocabulary = Vocabulary(symbols)
    model = toy_writer(vocabulary)
    written = TextWriter.record(model, symbols * 5, 25, vocabulary=vocabulary)
    return TextWriter(written, model, vocabulary, picked=25, **state)


def written_by_hand(text, vocabulary, weights):
    """A recording of the given weights ``(n_layers, n_heads, T)``, all logits different."""
    logits = torch.arange(len(vocabulary) - 4) / 7
    sizes = {"n_layers": weights.shape[0], "n_heads": weights.shape[1]}
    return {"text": text, "logits": logits.tolist(), **sizes, **pack_weights(weights)}


def colourful_text_writer():
    weights = torch.linspace(0, 1, 60).expand(1, 2, 60)
    return TextWriter([written_by_hand("ab " * 20, TOY, weights)], vocabulary=TOY)


def hostile_text_writer():
    text = HOSTILE[-60:] + "&lt;"
    vocabulary = Vocabulary(HOSTILE + "&lt;")
    weights = torch.rand(1, 1, len(text), generator=random(4))
    first = written_by_hand(text, vocabulary, weights)
    weights = torch.rand(1, 1, min(len(HOSTILE), 64), generator=random(5))
    return TextWriter(
        [first, written_by_hand(HOSTILE, vocabulary, weights)], vocabulary=vocabulary
    )


EXAMPLE = Example(
    chapter=6,
    usual=text_writer,
    changed={
        "picked": 2,
        "temperature": 0.5,
        "top_k": 3,
        "seed": 41,
        "layer": 0,
        "head": 2,
    },
    largest=largest_text_writer,
    colours=colourful_text_writer,
    n_colours=50,
    says=("all others", "drawn"),
    hostile=hostile_text_writer,
    texts={
        ".ac-tw-text .ac-char": list((HOSTILE[-60:] + "&lt;").replace(" ", "␣")),
        ".ac-step > .ac-hidden": [HOSTILE[-60:] + "&lt;"],
    },
    n_sliders=6,
    n_controls=11,
    drawn=(".ac-tw-bar",),
    moves=dict.fromkeys(
        ("Temperature", "Top-k", "Seed", "Head", "Step of the recording"),
        largest_text_writer,
    ),
    scrolls=("Weights of the last character in all heads",),
)
