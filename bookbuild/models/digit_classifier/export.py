"""Chapter 5's vision transformer, which reads scans of digits."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from attention_course.data.digits import load_digits
from attention_course.grid_models import VisionTransformer
from attention_course.lab.vision import digits_right, train_vit
from bookbuild.models.graph import B, Graph
from bookbuild.models.made import Made


def make() -> Made:
    """Train the classifier and check it on scans of other writers."""
    model, _ = train_vit()
    score = digits_right(model, load_digits("held-out"))
    if score < 0.9:
        raise SystemExit(
            f"digit-classifier: only {score:.1%} of the held-out scans right"
        )
    height, width = model.image_size
    patch = model.config["patch"]
    described = {
        "title": "the vision transformer of chapter 5",
        "chapter": 5,
        "licence": "MIT",
        "made_by": "train_vit()",
        "held_out_right": score,
        "height": height,
        "width": width,
        "rows": height // patch[0],
        "columns": width // patch[1],
    }
    return Made(described, graphs(model), answers(model))


@torch.no_grad()
def answers(model: VisionTransformer) -> list[dict[str, Any]]:
    """Classify unseen scans with torch."""
    images = load_digits("held-out").images[::20]
    logits, weights = model(images, need_weights=True)
    assert weights is not None
    return [
        {"image": image.flatten().tolist(), "probabilities": p, "weights": w}
        for image, p, w in zip(
            images, logits.softmax(-1).tolist(), weights.tolist(), strict=True
        )
    ]


class ClassifyImages(nn.Module):
    """Classify pictures, and keep all attention weights.

    Shapes:
        images ``(B, H, W, C)`` → logits ``(B, n_classes)``, weights
        ``(B, n_layers, n_heads, T, T)``.
    """

    def __init__(self, model: VisionTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        logits, weights = self.model(images, need_weights=True)
        return logits, weights


def graphs(model: VisionTransformer) -> dict[str, Graph]:
    """Describe the graph of a vision transformer."""
    sizes = model.config
    shape = (*model.image_size, sizes["n_channels"])  # (H, W, C)
    n_tokens = model.positions.shape[0]
    n_layers, n_heads = sizes["n_layers"], sizes["n_heads"]
    classify = Graph(
        ClassifyImages(model),
        {"images": torch.zeros(B, *shape)},
        {"images": ("B", *shape)},
        {
            "logits": ("B", sizes["n_classes"]),
            "weights": ("B", n_layers, n_heads, n_tokens, n_tokens),
        },
    )
    return {"classify": classify}
