"""Chapter 4: how much goes to [CLS], by layer and by the length of the text."""

from __future__ import annotations

from collections.abc import Callable

from attention_course.lab.pretrained import load_encoder
from bookbuild.evidence.experiment import Arm, Experiment, Figures
from bookbuild.evidence.sentences import MONEY, RIVER

LAYERS = range(6)


def shares(texts: list[str], place: int = 0) -> Callable[[int], Figures]:
    """Count, layer by layer, the words in a head that look most at one place, as a share.

    [CLS] and [SEP] are left out as queries: they are no words.

    Args:
        texts: read one by one.
        place: 0 is [CLS], −1 is [SEP], 1 is the first word.
    """

    def run(seed: int) -> Figures:
        encoder = load_encoder()
        total, found = 0, dict.fromkeys(LAYERS, 0.0)
        for text in texts:
            weights = encoder.encode([text]).weights[0]  # (n_layers, n_heads, T, T)
            favourite = weights[:, :, 1:-1].argmax(dim=-1)  # (n_layers, n_heads, words)
            wanted = place % weights.shape[-1]
            for layer in LAYERS:
                found[layer] += float((favourite[layer] == wanted).sum())
            total += favourite[0].numel()
        by_layer = {f"layer {layer}": found[layer] / total for layer in LAYERS}
        return {"all layers": sum(by_layer.values()) / len(LAYERS)} | by_layer

    return run


def together(n: int) -> list[str]:
    """Join the 24 sentences to texts of ``n`` sentences each."""
    sentences = MONEY + RIVER
    return [" ".join(sentences[at : at + n]) for at in range(0, len(sentences), n)]


EXPERIMENT = Experiment(
    title="The [CLS] token as a sink",
    chapter="04-self-attention.ipynb",
    question=(
        "How much of a head's attention goes to `[CLS]`, by layer and by length of "
        "the text?"
    ),
    claim=(
        "In most heads a word looks most at [CLS]; how many do depends on the layer, and "
        "falls with the length of the text."
    ),
    budget="One published encoder, nothing trained: no seed to vary; 24 sentences.",
    doubts="An encoder of the same kind whose heads look at words where texts are short.",
    units={"all layers": ("% of head-word pairs", 0, 100.0)}
    | {f"layer {n}": (f"layer {n}", 0, 100.0) for n in LAYERS},
    arms={
        "[CLS], 24 sentences one by one": Arm(shares(together(1)), "idea", seeds=(0,)),
        "[CLS], 6 texts of four": Arm(shares(together(4)), "idea", seeds=(0,)),
        "[CLS], one text": Arm(shares(together(24)), "idea", seeds=(0,)),
        "[SEP], one by one": Arm(shares(together(1), -1), "rival", seeds=(0,)),
        "the first word, one by one": Arm(
            shares(together(1), 1), "control", seeds=(0,)
        ),
    },
)
