"""Chapter 4: does any head turn from *animal* to *street*, as the story wants?"""

from __future__ import annotations

import torch

from attention_course.lab.pretrained import load_encoder
from bookbuild.evidence.experiment import Arm, Experiment, Figures

STEM = "The animal didn't cross the street because it was too {}"
# Two sentences each, that differ in one word, and the two nouns that *it* may mean.
OTHERS = [
    ("The trophy did not fit into the suitcase because it was too {}", "big", "small"),
    ("The ball broke the table because it was too {}", "heavy", "weak"),
    ("The truck did not pass the bridge because it was too {}", "tall", "low"),
    ("The dog did not enter the house because it was too {}", "scared", "small"),
]
NOUNS = [
    ("trophy", "suitcase"),
    ("ball", "table"),
    ("truck", "bridge"),
    ("dog", "house"),
]
CLEARLY = 0.01  # a turn that is larger than this


def turns(stem: str, ends: tuple[str, str], nouns: tuple[str, str]) -> Figures:
    """Count the heads in which *it* turns from one noun to the other.

    A head turns the right way if it gives more to the first noun with the first end,
    and more to the second noun with the second end; the wrong way if the other way round.
    """
    encoding = load_encoder().encode([stem.format(end) for end in ends])
    words = encoding.tokens.words[0]
    it, first, second = (words.index(word) for word in ("it", *nouns))
    row = encoding.weights[:, :, :, it].flatten(1, 2)  # (2, 72, T)
    margin = row[..., first] - row[..., second]  # (2, 72)
    right, wrong = (
        torch.minimum(margin[0], -margin[1]),
        torch.minimum(-margin[0], margin[1]),
    )
    return {
        "right way": int((right > 0).sum()),
        "wrong way": int((wrong > 0).sum()),
        "right way, clearly": int((right > CLEARLY).sum()),
        "wrong way, clearly": int((wrong > CLEARLY).sum()),
    }


def other_pairs(seed: int) -> Figures:
    """Add up the same counts over four other pairs of sentences."""
    found = [
        turns(stem, (a, b), nouns)
        for (stem, a, b), nouns in zip(OTHERS, NOUNS, strict=True)
    ]
    return {key: sum(each[key] for each in found) for key in found[0]}


EXPERIMENT = Experiment(
    title="What *it* looks at: heads that turn, and heads that turn the other way",
    chapter="04-self-attention.ipynb",
    question=(
        "When *tired* becomes *wide*, do more heads turn from *animal* to *street* than "
        "the other way round?"
    ),
    claim=(
        "No: six turn the right way and six the wrong way, and over four other pairs of "
        "sentences it is no better. With a change that means nothing for *it*, heads turn, "
        "too."
    ),
    budget=(
        "One published encoder of 72 heads, nothing trained, so no seed to vary. A head "
        "turns the right way if *it* looks at the first noun more than at the second in the "
        "first sentence, and less in the second sentence."
    ),
    doubts="Over many such pairs, more heads that turn the right way than the wrong way.",
    units={
        "right way": ("turn the right way", 0, 1.0),
        "wrong way": ("the wrong way", 0, 1.0),
        "right way, clearly": ("right, by over 0.01", 0, 1.0),
        "wrong way, clearly": ("wrong, by over 0.01", 0, 1.0),
    },
    arms={
        "tired / wide": Arm(
            lambda seed: turns(STEM, ("tired", "wide"), ("animal", "street")),
            "idea",
            seeds=(0,),
        ),
        "late / busy, where the story says nothing": Arm(
            lambda seed: turns(STEM, ("late", "busy"), ("animal", "street")),
            "control",
            seeds=(0,),
        ),
        "four other pairs, added up": Arm(other_pairs, "rival", seeds=(0,)),
    },
)
