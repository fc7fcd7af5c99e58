"""Chapter 1: do words of a kind come together when a table is trained on a text?"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import torch
from torch import Tensor

from attention_course.data.definitions import load_definitions
from attention_course.lab.word_vectors import (
    Corpus,
    make_corpus,
    nearest_of_kind,
    shuffle_corpus,
    svd_vectors,
    train_skip_gram,
)
from bookbuild.evidence.experiment import Arm, Experiment, Figures

N_STEPS = 1000


@cache
def text() -> Corpus:
    return make_corpus(load_definitions().sentences)


def right(vectors: Tensor) -> Figures:
    """Ask for each word with a kind what is nearest among the others."""
    words, kinds = text().words, load_definitions().kinds
    return {"right": nearest_of_kind(vectors, words, kinds), "words": len(kinds)}


def trained(*, n_steps: int = N_STEPS, shuffled: bool = False) -> Arm:
    """Train by skip-gram, on the text or on its words in random order."""

    def run(seed: int) -> Figures:
        corpus = shuffle_corpus(text(), seed) if shuffled else text()
        return right(train_skip_gram(corpus, n_steps=n_steps, seed=seed).table())

    return Arm(run, "control" if shuffled else "idea", f"{n_steps:,} steps")


def counted(*, shuffled: bool = False) -> Arm:
    """Count neighbours and keep the largest directions; nothing is trained."""

    def run(seed: int) -> Figures:
        return right(svd_vectors(shuffle_corpus(text(), seed) if shuffled else text()))

    seeds = (0, 1, 2) if shuffled else (0,)
    return Arm(run, "control" if shuffled else "rival", "no training", seeds)


def spelled(seed: int) -> Figures:
    """Compare by letters: how often each pair of letters stands side by side."""
    rows = torch.zeros(len(text().words), 27 * 27)
    for row, word in zip(rows, text().words, strict=True):
        numbers = [0, *(ord(letter) - ord("a") + 1 for letter in word), 0]
        for a, b in pairwise(numbers):
            row[27 * a + b] += 1
    return right(rows)


EXPERIMENT = Experiment(
    title="A table trained on definitions",
    chapter="01-embedding.ipynb",
    question=(
        "Does training by neighbours bring words of a kind together, and does it need "
        "training, or would counting do?"
    ),
    claim=(
        "It does, and so does counting. The words' order carries it: the same training "
        "on shuffled text stays near what the sizes of the kinds give by chance, 19 %."
    ),
    budget=(
        "235,000 words of WordNet's definitions, 64 numbers a word, 5 neighbours to each "
        "side, 5 random words for each neighbour, batches of 2,048 pairs, Adam at 0.01 "
        "falling to a hundredth; 0.01 was the first rate tried."
    ),
    doubts=(
        "Kinds fixed by somebody else that do not come together; or a shuffled text "
        "whose words of a kind do."
    ),
    units={
        "right": ("% nearest of the same kind", 0, 100.0),
        "words": ("words", 0, 1.0),
    },
    arms={
        "skip-gram": trained(),
        "skip-gram, a fifth of the steps": trained(n_steps=N_STEPS // 5),
        "counts, PPMI, SVD": counted(),
        "pairs of letters": Arm(spelled, "rival", "no training", (0,)),
        "skip-gram, shuffled text": trained(shuffled=True),
        "counts, shuffled text": counted(shuffled=True),
    },
)
