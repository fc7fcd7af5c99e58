"""Chapter 6: which heads copy, found by a score and cut."""

from __future__ import annotations

import itertools
from functools import cache

import torch

from attention_course.attention_today import (
    LanguageModel,
    cut_heads,
    induction_score,
)
from attention_course.lab.language import make_repeats, repeats_right, train_repeater
from bookbuild.evidence.experiment import Arm, Experiment, Figures

PERIOD, LENGTH, ABOVE = 12, 33, 0.3


@cache
def trained(seed: int, n_layers: int) -> LanguageModel:
    """Train once for all arms, where one process runs them."""
    return train_repeater(seed=seed, n_layers=n_layers)


def kinds(model: LanguageModel, seed: int) -> dict[str, list[tuple[int, int]]]:
    """Sort all heads by what they look at, on new strings."""
    strings = make_repeats(100, period=PERIOD, length=LENGTH, seed=10_000 + seed)
    with torch.no_grad():
        _, weights = model(strings[:, :-1], need_weights=True)
    assert weights is not None
    followed = induction_score(weights, PERIOD).mean(dim=0)  # (n_layers, n_heads)
    before = induction_score(weights, 2).mean(dim=0)  # of the token just before
    heads = list(itertools.product(range(len(followed)), range(followed.shape[1])))
    copying = [head for head in heads if followed[head] > ABOVE]
    one_back = [head for head in heads if before[head] > ABOVE]
    rest = [head for head in heads if head not in copying and head not in one_back]
    found = {"copying": copying, "one back": one_back, "rest": rest}
    few = min(map(len, found.values()))  # so many heads there are of each kind
    followed_most = sorted(copying, key=lambda head: -followed[head])
    before_most = sorted(one_back, key=lambda head: -before[head])
    return found | {
        "none": [],
        "few copying": followed_most[:few],
        "few one back": before_most[:few],
        "few of the rest": rest[:few],
    }


def arm(kind: str, cut: str, n_layers: int = 2) -> Arm:
    """Train a model on strings that repeat themselves, and cut some of its heads."""

    def run(seed: int) -> Figures:
        model = trained(seed, n_layers)
        gone = kinds(model, seed)[cut]
        strings = make_repeats(500, period=PERIOD, length=LENGTH, seed=20_000 + seed)
        right = repeats_right(cut_heads(model, gone), strings, PERIOD)
        return {"right": right, "cut": len(gone)}

    return Arm(run, kind, "500 steps" + (", one block" if n_layers == 1 else ""))


def one_by_one(kind: str, which: str) -> Arm:
    """Cut each head of a kind by itself: the mean, and the head that is missed most."""

    def run(seed: int) -> Figures:
        model = trained(seed, 2)
        strings = make_repeats(500, period=PERIOD, length=LENGTH, seed=20_000 + seed)
        right = [
            repeats_right(cut_heads(model, [head]), strings, PERIOD)
            for head in kinds(model, seed)[which]
        ]
        return {"right": sum(right) / len(right), "lowest": min(right), "cut": 1}

    return Arm(run, kind, "500 steps")


EXPERIMENT = Experiment(
    title="Induction heads: found, and cut",
    chapter="06-attention-today.ipynb",
    question="Are the heads that a score finds the ones that a model copies with?",
    claim=(
        "All heads together copy nearly everything. Without the induction heads that "
        "falls to a guess, without those that look one back to little more, and without "
        "the rest it stays. A single block does not learn it. Where as many are cut of "
        "each kind, both are missed again and the rest is not, but what is left of a kind "
        "does part of the work. One head by itself is missed little: 87 % at worst."
    ),
    budget=(
        "500 steps of 32 new strings of 32 symbols out of 26, repeated after 4 to 16; two "
        "blocks of 48 numbers and 8 heads, rotary positions, AdamW at 4e-3; 500 new strings "
        f"of period {PERIOD}. A head is of a kind if its mean weight there is above {ABOVE}."
    ),
    doubts="Copying that survives a cut, or that breaks when the rest is cut.",
    units={
        "right": ("% copied rightly", 1, 100.0),
        "lowest": ("without the one missed most", 1, 100.0),
        "cut": ("heads cut", 1, 1.0),
    },
    arms={
        "all heads": arm("idea", "none"),
        "without the induction heads": arm("idea", "copying"),
        "without those that look one back": arm("idea", "one back"),
        "without the rest": arm("control", "rest"),
        "as many of each: induction heads": arm("idea", "few copying"),
        "as many of each: one back": arm("idea", "few one back"),
        "as many of each: the rest": arm("control", "few of the rest"),
        "each induction head by itself": one_by_one("idea", "copying"),
        "each that looks one back by itself": one_by_one("idea", "one back"),
        "each of the rest by itself": one_by_one("control", "rest"),
        "a single block": arm("rival", "none", n_layers=1),
    },
)
