"""Chapter 4: is it *bank* that is sorted by sense, or every token by topic?"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import normalize

from attention_course.lab.pretrained import load_encoder
from bookbuild.evidence.experiment import Arm, Experiment, Figures
from bookbuild.evidence.sentences import MONEY, RIVER

Place = Callable[[list[str]], int]  # which token of a sentence is compared


def sorted_by_sense(vectors: Tensor, name: str) -> Figures:
    """Count the vectors whose nearest other one has the same sense.

    Args:
        vectors: ``(24, d)``, twelve of money, then twelve of a river.
    """
    v = normalize(vectors, dim=-1)
    cosines = v @ v.T  # (24, 24)
    is_money = torch.arange(len(v)) < len(v) // 2
    alike = is_money[:, None] == is_money
    itself = torch.eye(len(v), dtype=torch.bool)
    nearest = cosines.masked_fill(itself, -1).argmax(dim=1)
    return {
        f"{name}: right": float(alike[range(len(v)), nearest].sum()),
        f"{name}: gap": float(cosines[alike & ~itself].mean() - cosines[~alike].mean()),
    }


def of_token(
    place: Place, change: Callable[[str], str] = str
) -> Callable[[int], Figures]:
    """Follow one token of each sentence through the layers."""

    def run(seed: int) -> Figures:
        encoding = load_encoder().encode([change(text) for text in MONEY + RIVER])
        where = [place(words) for words in encoding.tokens.words]
        stages = encoding.hidden[range(24), :, where]  # (24, 7, d_model)
        found: Figures = {}
        for stage in (0, 1, 3, 6):
            found |= sorted_by_sense(stages[:, stage], f"after layer {stage}")
        return found

    return run


def static(seed: int) -> Figures:
    """Average the table's rows of the *other* words of each sentence: no layer at all."""
    encoder = load_encoder()
    encoding = encoder.encode(MONEY + RIVER)
    means = []
    for words, ids in zip(encoding.tokens.words, encoding.tokens.ids, strict=True):
        kept = [
            int(ids[n])
            for n, word in enumerate(words)
            if word != "bank" and word.isalpha() and len(word) > 3
        ]
        means.append(encoder.token.weight[kept].mean(dim=0))
    return sorted_by_sense(torch.stack(means), "after layer 0")


def first_the(words: list[str]) -> int:
    """The first *the*, or the token after [CLS] where a sentence has none."""
    return words.index("the") if "the" in words else 1


EXPERIMENT = Experiment(
    title="Twenty-four banks: a word's sense, or a sentence's topic",
    chapter="04-self-attention.ipynb",
    question=(
        "Is it *bank* that is sorted by sense, or does every token take on the topic "
        "of its sentence?"
    ),
    claim=(
        "After the last layer nearly every token of a sentence is sorted by its topic, "
        "not only *bank*; what is particular to *bank* happens in the first layer."
    ),
    budget="One published encoder, 24 sentences, nothing trained: no seed to vary.",
    doubts=(
        "Sentences whose topic and sense disagree, in which *bank* went with the sense "
        "and the other tokens with the topic."
    ),
    units={
        f"after layer {n}: {what}": (f"layer {n}: {told}", digits, 1.0)
        for n in (0, 1, 3, 6)
        for what, told, digits in (("right", "of 24", 0), ("gap", "gap", 2))
    },
    arms={
        "bank": Arm(of_token(lambda words: words.index("bank")), "idea", seeds=(0,)),
        "the other words' rows, averaged": Arm(static, "rival", "no layer", (0,)),
        "the first *the*": Arm(of_token(first_the), "control", seeds=(0,)),
        "the full stop": Arm(
            of_token(lambda words: len(words) - 2), "control", seeds=(0,)
        ),
        "[SEP]": Arm(of_token(lambda words: len(words) - 1), "control", seeds=(0,)),
        "*place* where *bank* stood": Arm(
            of_token(
                lambda words: words.index("place"),
                lambda text: text.replace("bank", "place", 1).replace(
                    "placeruptcy", "bankruptcy"
                ),
            ),
            "control",
            seeds=(0,),
        ),
    },
)
