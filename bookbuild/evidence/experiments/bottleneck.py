"""Chapter 2: what a fixed vector carries, by its size, by the budget, by hand."""

from __future__ import annotations

from attention_course.data.copy_task import copy_vocabulary, make_copies
from bookbuild.evidence.copying import (
    LARGE,
    LENGTHS,
    SMALL,
    copied,
    steps,
    train,
)
from bookbuild.evidence.experiment import Arm, Experiment, Figures

N_LETTERS, PER_FLOAT = (
    9,
    7,
)  # eight letters and "none"; 9 to the 7th is below 2 to the 24th


def pack(text: str) -> list[float]:
    """Write a string as two numbers below 1 that a float32 holds exactly."""
    first = len(copy_vocabulary()) - 8
    letters = [1 + n - first for n in copy_vocabulary().encode(text)]
    halves = letters[:PER_FLOAT], letters[PER_FLOAT : 2 * PER_FLOAT]
    whole = [
        sum(letter * N_LETTERS**place for place, letter in enumerate(half))
        for half in halves
    ]
    return [number / 2**24 for number in whole]


def unpack(two: list[float]) -> str:
    """Read the string back, digit by digit in base nine."""
    first, letters = len(copy_vocabulary()) - 8, []
    for number in two:
        rest = round(number * 2**24)
        while rest:
            rest, letter = divmod(rest, N_LETTERS)
            letters.append(first + letter - 1)
    return copy_vocabulary().decode(letters)


def by_hand(seed: int) -> Figures:
    """Copy through two floats with a code that nobody had to learn."""
    import torch

    found: Figures = {}
    for n in LENGTHS:
        texts = [
            p.source
            for p in make_copies(200, seed=10_000 + n, min_length=n, max_length=n)
        ]
        packed = torch.tensor([pack(text) for text in texts], dtype=torch.float32)
        right = [
            unpack(two) == text
            for two, text in zip(packed.tolist(), texts, strict=True)
        ]
        found[f"{n} letters"] = sum(right) / len(right)
    return found


def fixed(d_context: int, budget: tuple[int, int]) -> Arm:
    """Train with one vector C."""

    def run(seed: int) -> Figures:
        return copied(train("fixed", budget, seed, d_context))

    return Arm(run, "idea", f"{steps(budget):,} steps")


def blind(seed: int) -> Figures:
    return copied(train("blind", SMALL, seed))


EXPERIMENT = Experiment(
    title="The fixed vector: its size, the budget, and the room in it",
    chapter="02-encoder-decoder.ipynb",
    question=(
        "Is it the vector that is too small for ten letters, or the training that is "
        "too short?"
    ),
    claim=(
        "The training, first of all: five times the steps carry the same vector "
        "further, and a code made by hand carries twelve letters in two numbers."
    ),
    budget=(
        "Strings of 1 to 10 of eight letters (3 bits each), batches of 64, Adam at 8e-3 "
        "falling to a twentieth, chosen for the chapter's steps and not tuned again for "
        "more; each cell is the share of 200 strings of that length copied exactly."
    ),
    doubts=(
        "A vector of 128 numbers that copies ten letters within the chapter's steps at "
        "another rate; or more steps that no longer help."
    ),
    units={f"{n} letters": (f"{n} letters", 2, 1.0) for n in LENGTHS},
    arms={
        "C of 8": fixed(8, SMALL),
        "C of 128": fixed(128, SMALL),
        "C of 128, more steps": fixed(128, LARGE),
        "two floats, a code by hand": Arm(by_hand, "rival", "no training", (0,)),
        "no C at all": Arm(blind, "control", f"{steps(SMALL):,} steps"),
    },
)
