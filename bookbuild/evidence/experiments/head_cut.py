"""Chapter 4: what becomes of *it* when head 3.1 is taken out, and when others are?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from attention_course.lab.pretrained import PretrainedEncoder, load_encoder
from bookbuild.evidence.experiment import Arm, Experiment, Figures

TEXT = "The animal didn't cross the street because it was too tired"


def read_it(encoder: PretrainedEncoder) -> tuple[Tensor, float]:
    """Return what *it* has become after the last layer, and to which noun it leans.

    Returns:
        Its vector ``(d_model,)``, and its cosine with *animal* less that with *street*.
    """
    encoding = encoder.encode([TEXT])
    words, last = encoding.tokens.words[0], encoding.hidden[0, -1]
    it, animal, street = (last[words.index(w)] for w in ("it", "animal", "street"))
    return it, float(
        torch.cosine_similarity(it, animal, dim=0)
        - torch.cosine_similarity(it, street, dim=0)
    )


@torch.no_grad()
def without_head(layer: int, head: int) -> tuple[float, float]:
    """Take a head out: how far *it* moves (1 − cosine), and how much its lean changes."""
    encoder = load_encoder()
    before, lean = read_it(encoder)
    attention: Any = encoder.encoder.blocks[layer].attention
    d_head = attention.to_output.in_features // attention.n_heads
    attention.to_output.weight[:, head * d_head : (head + 1) * d_head] = 0.0
    after, new_lean = read_it(encoder)
    return 1 - float(torch.cosine_similarity(before, after, dim=0)), new_lean - lean


def cut_one(layer: int, head: int) -> Callable[[int], Figures]:
    """Take one head out."""

    def run(seed: int) -> Figures:
        moved, leaned = without_head(layer, head)
        return {
            "moved": moved,
            "lean": leaned,
            "at first": read_it(load_encoder())[1],
        }

    return run


def cut_others(seed: int) -> Figures:
    """Take out each of the 71 heads other than 3.1, one at a time."""
    mine = without_head(3, 1)
    found = torch.tensor(
        [
            without_head(layer, head)
            for layer in range(6)
            for head in range(12)
            if (layer, head) != (3, 1)
        ]
    )  # (71, 2)
    moved, leaned = found.unbind(dim=1)
    return {
        "moved": float(moved.median()),
        "95 % moved": float(moved.quantile(0.95)),
        "move more": int((moved > mine[0]).sum()),
        "lean": float(leaned.median()),
        "lean lowest": float(leaned.min()),
        "lean more": int((leaned.abs() > abs(mine[1])).sum()),
    }


EXPERIMENT = Experiment(
    title="What *it* becomes: one head of 72 taken out",
    chapter="04-self-attention.ipynb",
    question=(
        "Head 3.1 sends *it* to *animal* with a large weight. Does *it* become something "
        "else without that head?"
    ),
    claim=(
        "A little: *it* moves further than with most heads taken out, but 13 others move "
        "it more. It leans less towards *animal*, and only two heads change that more."
    ),
    budget=(
        "One published encoder, one sentence, nothing trained. A head is taken out by "
        "zeroing its columns of the output projection. The lean is the cosine of *it* with "
        "*animal* less that with *street*, after the last layer."
    ),
    doubts=(
        "Other sentences in which taking out this head changes the lean no more than taking "
        "out any other."
    ),
    units={
        "moved": ("1 − cosine of *it*", 4, 1.0),
        "95 % moved": ("95 % are below", 4, 1.0),
        "move more": ("heads that move it more", 0, 1.0),
        "at first": ("lean before", 2, 1.0),
        "lean": ("change of the lean", 3, 1.0),
        "lean lowest": ("lowest", 3, 1.0),
        "lean more": ("heads that change it more", 0, 1.0),
    },
    arms={
        "head 3.1 taken out": Arm(cut_one(3, 1), "idea", seeds=(0,)),
        "head 5.11, which looks at *animal* as much": Arm(
            cut_one(5, 11), "rival", seeds=(0,)
        ),
        "each of the 71 others, median": Arm(cut_others, "control", seeds=(0,)),
    },
)
