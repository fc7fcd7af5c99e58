"""How the decoding stepper is shown to the tests that run over every widget."""

from __future__ import annotations

import torch

from attention_course.widgets import DecodingStepper
from tests.widgets.example import HOSTILE, LONG, Example, random
from tests.widgets.translators import PAIRS, SOURCE, TARGET, toy_translator


def decoding_stepper(**state):
    models = {
        size: toy_translator("fixed", d_context=size, seed=size) for size in (3, 40)
    }
    recordings = DecodingStepper.record(models, PAIRS, SOURCE, TARGET, max_length=9)
    return DecodingStepper(recordings, **state)


def random_recording(draw, text, n_steps, n_symbols=9):
    """What a decoder might have done, over ``n_symbols`` symbols, with two hidden units."""

    def rand(*shape):
        return torch.randn(*shape, generator=draw).mul(4).tolist()

    logits = rand(n_steps, n_symbols)
    symbols = ["<pad>", "<start>", "<end>", "<unknown>", *"abcde"]
    return {
        "d_context": 2,
        "source": text,
        "expected": text[::-1],
        "read": list(text),
        "context": rand(2),
        "states": rand(n_steps + 1, 3),
        "n_units": 3,
        "logits": logits,
        "tokens": torch.tensor(logits).argmax(-1).tolist(),
        "symbols": symbols[:n_symbols],
    }


def largest_decoding_stepper():
    draw = random(10)
    recordings = [
        random_recording(draw, text, 40)
        | {
            "d_context": 200,
            "context": torch.randn(128, generator=draw).tolist(),
            "n_units": 64,
            "states": torch.randn(41, 32, generator=draw).tolist(),
        }
        for text in ("2024年3月9日 " * 10, LONG * 3)
    ]
    return DecodingStepper(recordings, step=30)


def hostile_decoding_stepper():
    recording = random_recording(random(3), HOSTILE, 3)
    recording["symbols"][4:8] = [HOSTILE, "<i>", "&lt;", "'\""]
    return DecodingStepper([recording])


EXAMPLE = Example(
    chapter=2,
    usual=decoding_stepper,
    changed={"text": PAIRS[2].source, "d_context": 3, "step": 2},
    largest=largest_decoding_stepper,
    colours=lambda: DecodingStepper([random_recording(random(9), "abc", 6)], step=6),
    n_colours=5,
    says=("wrong",),
    hostile=hostile_decoding_stepper,
    texts={
        ".ac-chances tbody th > span": [
            *("<pad>", "<start>", "<end>", "<unknown>"),
            *(HOSTILE, "<i>", "&lt;", "'\"", "e"),
        ],
        "select option": [f"{len(HOSTILE)}: {HOSTILE}", "2 numbers"],
        ".ac-step:nth-child(4) .ac-char": list(HOSTILE.replace(" ", "␣")),
    },
    n_sliders=1,
    n_controls=6,
    drawn=(".ac-chances .ac-bar",),
    moves=dict.fromkeys(("Step", "Length: text"), largest_decoding_stepper),
)
