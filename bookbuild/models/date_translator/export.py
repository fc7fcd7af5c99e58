"""Chapter 3's translator of dates: one graph reads, the other writes a character."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from attention_course.data.dates import date_vocabulary, iso_vocabulary, make_dates
from attention_course.encoder_decoder import (
    Encoded,
    EncoderDecoder,
    FixedContext,
    translate,
)
from attention_course.lab.translation import dates_right, train_translator
from bookbuild.models.graph import Axes, B, Graph, T, example_mask
from bookbuild.models.made import Made


def make() -> Made:
    """Train the translator and check it on unseen dates."""
    model, _ = train_translator("additive", epochs=3, lr=4e-3)
    score = dates_right(model, make_dates(500, seed=0, split="test"))
    if score < 0.99:
        raise SystemExit(f"date-translator: only {score:.1%} of the test dates right")
    described = {
        "title": "the date translator of chapter 3",
        "chapter": 3,
        "licence": "MIT",
        "made_by": "train_translator('additive', epochs=3, lr=4e-3)",
        "exact_match": score,
        "source": list(date_vocabulary().symbols),
        "target": list(iso_vocabulary().symbols),
        "max_length": 100,  # AlignmentViewer's
    }
    return Made(described, graphs(model), answers(model))


def answers(model: EncoderDecoder) -> list[dict[str, Any]]:
    """Translate unseen dates of all languages with torch."""
    texts = [pair.source for pair in make_dates(40, seed=6, split="test")]
    found = []
    for text in texts:  # one by one, as a reader types them
        (said,) = translate(model, [text], date_vocabulary(), iso_vocabulary())
        assert said.weights is not None
        found.append(
            {"text": text, "written": said.written, "weights": said.weights.tolist()}
        )
    return found


class EncodeSource(nn.Module):
    """Read a source.

    Shapes:
        tokens ``(B, T_in)`` integers, mask ``(B, T_in)`` boolean → states
        ``(B, T_in, d_encoder)``, last ``(B, d_encoder)``, and the decoder's first state
        ``(B, d_decoder)``.
    """

    def __init__(self, model: EncoderDecoder) -> None:
        super().__init__()
        self.encoder, self.decoder = model.encoder, model.decoder

    def forward(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        encoded = self.encoder(tokens, mask)
        # Copied: a graph must not hand out its own parameter.
        first = self.decoder.start(encoded).clone()
        return encoded.states, encoded.last, first


class TranslateStep(nn.Module):
    """Write one token; run again until it writes the end.

    Shapes:
        token ``(B,)`` integers, state ``(B, d_decoder)``, states ``(B, T_in, d_encoder)``,
        mask ``(B, T_in)`` boolean → logits ``(B, n_target)``, the next state
        ``(B, d_decoder)``, weights ``(B, T_in)``.

    Raises:
        ValueError: the model has a fixed context, and so no weights.
    """

    def __init__(self, model: EncoderDecoder) -> None:
        super().__init__()
        if isinstance(model.decoder.context, FixedContext):
            raise ValueError(
                "model: expected a model with attention, got a fixed context"
            )
        self.decoder = model.decoder

    def forward(
        self, token: Tensor, state: Tensor, states: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        last = states[:, 0]  # attention does not look at it
        logits, state, weights = self.decoder(token, state, Encoded(states, mask, last))
        return logits, state, weights


def graphs(model: EncoderDecoder) -> dict[str, Graph]:
    """Describe the two graphs of a translator with attention.

    Raises:
        ValueError: the model has a fixed context.
    """
    d_encoder, d_decoder = model.config["d_encoder"], model.config["d_decoder"]
    n_source, n_target = model.config["n_source"], model.config["n_target"]
    mask = example_mask()
    tokens = torch.arange(B * T).reshape(B, T) % n_source
    token = torch.arange(B) % n_target
    states, state = torch.zeros(B, T, d_encoder), torch.zeros(B, d_decoder)
    read: dict[str, Axes] = {"states": ("B", "T_in", d_encoder)}
    seen: dict[str, Axes] = {"mask": ("B", "T_in")}
    encode = Graph(
        EncodeSource(model),
        {"tokens": tokens, "mask": mask},
        {"tokens": ("B", "T_in"), **seen},
        {**read, "last": ("B", d_encoder), "first": ("B", d_decoder)},
    )
    step = Graph(
        TranslateStep(model),
        {"token": token, "state": state, "states": states, "mask": mask},
        {"token": ("B",), "state": ("B", d_decoder), **read, **seen},
        {
            "logits": ("B", n_target),
            "next_state": ("B", d_decoder),
            "weights": ("B", "T_in"),
        },
    )
    return {"encode": encode, "step": step}
