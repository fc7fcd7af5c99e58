"""Chapter 4's pretrained encoder, all-MiniLM-L6-v2, its weights in 8 bits."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.lab.pretrained import (
    PretrainedEncoder,
    find_file,
    load_encoder,
    sentence_vectors,
)
from bookbuild.models.graph import B, Graph, T, example_mask
from bookbuild.models.made import Made


def make() -> Made:
    """Load the encoder.

    Raises:
        PretrainedUnavailable: its weights cannot be had.
    """
    encoder = load_encoder()
    blocks: Any = encoder.encoder.blocks
    described = {
        "title": "the pretrained encoder of chapter 4, all-MiniLM-L6-v2, in 8 bits",
        "chapter": 4,
        "licence": "Apache-2.0",
        "made_by": "load_encoder()",
        "max_tokens": 128,
        "n_layers": len(blocks),
        "n_heads": blocks[0].attention.n_heads,
    }
    files = {"tokenizer": find_file("tokenizer.json")}
    return Made(described, graphs(encoder), files=files, eight_bit=True)


class EncodeSentence(nn.Module):
    """Read sentences, and keep all attention weights.

    Shapes:
        ids ``(B, T)`` integers, mask ``(B, T)`` boolean → weights
        ``(B, n_layers, n_heads, T, T)``, sentence ``(B, d_model)`` of length 1.
    """

    def __init__(self, encoder: PretrainedEncoder) -> None:
        super().__init__()
        self.encoder = copy.deepcopy(encoder)
        # The course's own table looks whether it has a row for every number, and a graph
        # cannot stop at a number.
        for name in ("token", "position", "token_type"):
            weight = getattr(encoder, name).weight
            setattr(self.encoder, name, nn.Embedding.from_pretrained(weight))

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        hidden, weights = self.encoder(ids, mask)
        return weights, sentence_vectors(hidden[:, -1], mask)


def graphs(encoder: PretrainedEncoder) -> dict[str, Graph]:
    """Describe the graph of an encoder."""
    blocks: Any = encoder.encoder.blocks
    encode = Graph(
        EncodeSentence(encoder),
        {"ids": torch.arange(B * T).reshape(B, T), "mask": example_mask()},
        {"ids": ("B", "T"), "mask": ("B", "T")},
        {
            "weights": ("B", len(blocks), blocks[0].attention.n_heads, "T", "T"),
            "sentence": ("B", encoder.token.weight.shape[1]),
        },
    )
    return {"encode": encode}
