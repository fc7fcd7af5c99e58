"""Chapter 5's decoder, which enlarges videos."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from attention_course.grid_models import VideoDecoder, trilinear
from attention_course.lab.vision import (
    enlarge,
    psnr,
    train_upsampler,
    upsampling_videos,
)
from bookbuild.models.graph import Axes, B, Graph
from bookbuild.models.made import Made


def make() -> Made:
    """Train the decoder and check it on unseen videos."""
    model, _ = train_upsampler()
    small, large = upsampling_videos("held-out", 32, seed=1)
    gains = psnr(enlarge(model, small), large) - psnr(
        trilinear(small, model.sizes), large
    )
    gain = float(gains.mean())
    if gain < 2:
        raise SystemExit(f"video-decoder: only {gain:.2f} dB above trilinear")
    described = {
        "title": "the decoder of chapter 5 that enlarges videos",
        "chapter": 5,
        "licence": "MIT",
        "made_by": "train_upsampler()",
        "decibels_above_trilinear": gain,
        "patch": model.patch,
        "context_patch": model.config["context_patch"],
    }
    return Made(described, graphs(model), answers(model))


@torch.no_grad()
def answers(model: VideoDecoder) -> list[dict[str, Any]]:
    """Enlarge unseen videos with torch."""
    small, _ = upsampling_videos("held-out", 6, seed=2)
    names = ("enlarged", "straight", "self", "cross")
    tensors = dict(zip(names, EnlargeVideo(model.eval())(small), strict=True))
    return [
        {
            "video": video.flatten().tolist(),
            **{name: tensor[n].flatten().tolist() for name, tensor in tensors.items()},
        }
        for n, video in enumerate(small)
    ]


class EnlargeVideo(nn.Module):
    """Enlarge videos, and keep all attention weights.

    Shapes:
        video ``(B, F', H', W', 1)`` → enlarged ``(B, F, H, W, 1)``, brightness cut to
        0 … 1; straight, ``trilinear(video)``, likewise; self weights and cross weights
        as :class:`attention_course.grid_models.VideoDecoder` gives them.

    Raises:
        ValueError: the model lacks one of the two attentions, and so its weights.
    """

    def __init__(self, model: VideoDecoder) -> None:
        super().__init__()
        for name in ("use_self", "use_cross"):
            if not model.config[name]:
                raise ValueError(
                    f"model: expected a decoder with both attentions, got {name}=False"
                )
        self.model = model

    def forward(self, video: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        enlarged, weights, cross_weights = self.model(video, need_weights=True)
        straight = trilinear(video, self.model.sizes)
        return enlarged.clamp(0, 1), straight, weights, cross_weights


def graphs(model: VideoDecoder) -> dict[str, Graph]:
    """Describe the graph of a decoder with both attentions.

    Raises:
        ValueError: the model lacks one of them.
    """
    enlarger = EnlargeVideo(model)
    block: Any = model.blocks[0]
    cells = model.positions.shape[:3]  # (nF, nH, nW)
    layers: Axes = ("B", len(model.blocks), block.attention.n_heads, *cells)
    window, cross_window = (
        tuple(2 * e + 1 for e in attention.extent)
        for attention in (block.attention, block.cross)
    )
    small, large = (*model.context_sizes, 1), (*model.sizes, 1)
    graph = Graph(
        enlarger,
        {"video": torch.zeros(B, *small)},
        {"video": ("B", *small)},
        {
            "enlarged": ("B", *large),
            "straight": ("B", *large),
            "self_weights": (*layers, *window),
            "cross_weights": (*layers, *cross_window),
        },
    )
    return {"enlarge": graph}
