"""Chapter 6: attention without a softmax, on copying."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from attention_course.attention_today import LanguageModel, linear_attend, rotate
from attention_course.lab import language
from attention_course.lab.language import make_repeats, repeats_right
from attention_course.self_attention import merge_heads, split_heads
from bookbuild.evidence.experiment import Arm, Experiment, Figures

PERIODS = (4, 8, 16)


class Linear(nn.Module):
    """A layer of chapter 6 with :func:`linear_attend` in the place of the softmax."""

    def __init__(self, old: Any) -> None:
        super().__init__()
        self.old = old

    def forward(self, x: Tensor, **_: Any) -> tuple[Tensor, None]:
        old, places = self.old, torch.arange(x.shape[-2])
        projections = (old.to_query, old.to_key, old.to_value)
        q, k, v = (split_heads(part(x), old.n_heads) for part in projections)
        heads = linear_attend(rotate(q, places), rotate(k, places), v)
        return old.to_output(merge_heads(heads)), None


def arm(kind: str, n_layers: int, linear: bool, steps: int = 500) -> Arm:
    """Train on strings that repeat themselves, with or without the softmax."""

    def run(seed: int) -> Figures:
        model: LanguageModel = language._seeded(
            seed, 26, n_layers=n_layers, d_model=48, n_heads=8, d_hidden=96
        )
        for block in model.blocks if linear else ():
            block.attention = Linear(block.attention)
        language._train(model, language.Repeats(steps), 4e-3, seed)
        return {
            f"period {period}": repeats_right(
                model, make_repeats(500, period=period, length=33, seed=30_000), period
            )
            for period in PERIODS
        }

    return Arm(run, kind, f"{steps} steps")


EXPERIMENT = Experiment(
    title="Copying without a softmax",
    chapter="06-attention-today.ipynb",
    question="What does a model lose that sums up the past in one matrix?",
    claim=(
        "Most of what copying needs. The softmax has nearly every symbol right, after every "
        "period. The sum in its place is only a little ahead of a model of one block, which "
        "has no room for copying. Both do somewhat better than to guess among the symbols "
        "that came before: one in four, one in eight, one in sixteen."
    ),
    budget=(
        "500 steps of 32 new strings of 32 symbols, repeated after 4 to 16; two blocks of 48 "
        "numbers and 8 heads, AdamW at 4e-3 for both; 500 new strings of each period."
    ),
    doubts="Another φ, rate or length of training with which the sum copies as well.",
    units={f"period {n}": (f"% right, period {n}", 1, 100.0) for n in PERIODS},
    arms={
        "linear attention": arm("idea", 2, True),
        "softmax": arm("rival", 2, False),
        "softmax, one block": arm("control", 1, False),
    },
)
