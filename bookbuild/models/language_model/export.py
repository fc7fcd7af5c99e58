"""Chapter 6's language model, which writes a character at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from attention_course.attention_today import LanguageModel
from attention_course.data.novel import load_novel, novel_vocabulary
from attention_course.lab.language import (
    LENGTH,
    CountingModel,
    bits_a_character,
    train_language_model,
)
from bookbuild.models.graph import B, Graph, T
from bookbuild.models.made import Made


def make() -> Made:
    """Train the language model and check it against counting, on the held-out tenth."""
    model, _ = train_language_model()
    held_out = load_novel("held-out")
    bits = bits_a_character(model, held_out)
    trigram = CountingModel(load_novel("train"), 3).bits_a_character(held_out)
    if bits > trigram - 0.1:
        raise SystemExit(
            f"language-model: {bits:.2f} bits, a trigram has {trigram:.2f}"
        )
    described = {
        "title": "the language model of chapter 6",
        "chapter": 6,
        "licence": "MIT",
        "made_by": "train_language_model()",
        "bits_a_character": bits,
        "symbols": list(novel_vocabulary().symbols),
        "length": LENGTH,
    }
    return Made(described, graphs(model), answers(model))


@torch.no_grad()
def answers(model: LanguageModel) -> list[dict[str, Any]]:
    """Let torch expect the next character of unseen texts, from one character on."""
    held_out, found = load_novel("held-out"), []
    for n in [*range(1, 20), LENGTH - 1, LENGTH, LENGTH + 1, 3 * LENGTH]:
        text = held_out[7 * n : 8 * n]
        tokens = torch.tensor([novel_vocabulary().encode(text)[-LENGTH:]])
        logits, weights = NextCharacter(model)(tokens)
        answer = {"logits": logits[0].tolist(), "weights": weights[0].tolist()}
        found.append({"text": text, **answer})
    return found


class NextCharacter(nn.Module):
    """Expect the next token, and keep what the newest one looks at.

    Shapes:
        tokens ``(B, T)`` → logits ``(B, n_tokens)``, weights ``(B, n_layers, n_heads, T)``.
    """

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        logits, weights = self.model(tokens, need_weights=True)
        return logits[:, -1], weights[..., -1, :]


def graphs(model: LanguageModel) -> dict[str, Graph]:
    """Describe the graph of a language model."""
    blocks: Any = model.blocks
    step = Graph(
        NextCharacter(model),
        {"tokens": torch.arange(B * T).reshape(B, T) % model.n_tokens},
        {"tokens": ("B", "T")},
        {
            "logits": ("B", model.n_tokens),
            "weights": ("B", len(blocks), blocks[0].attention.n_heads, "T"),
        },
    )
    return {"step": step}
