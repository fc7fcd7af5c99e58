"""How the patch attention viewer is shown to the tests that run over every widget."""

from __future__ import annotations

import torch

from attention_course.widgets import PatchAttentionViewer
from tests.widgets.example import Example, random


class ToyReader(torch.nn.Module):
    """Stands in for the vision transformer: it looks anywhere and guesses.

    Its ``images`` have the ``logits`` and ``weights`` that were drawn with them.
    """

    def __init__(
        self,
        n_images=5,
        size=(6, 10),
        patch=(3, 2),
        n_layers=2,
        n_heads=3,
        *,
        n_classes=7,
        sharpness=3.0,
        seed=5,
    ):
        super().__init__()
        draw = random(seed)
        self.config = {"patch": patch}
        T = 1 + (size[0] // patch[0]) * (size[1] // patch[1])
        weights = torch.randn(n_images, n_layers, n_heads, T, T, generator=draw)
        self.weights = (sharpness * weights).softmax(-1)
        self.logits = 3 * torch.randn(n_images, n_classes, generator=draw)
        self.images = torch.rand(n_images, *size, 1, generator=draw)

    def forward(self, images, *, need_weights):
        assert need_weights
        assert not self.training
        assert not torch.is_grad_enabled()
        return self.logits[: len(images)], self.weights[: len(images)]

    def record(self):
        labels = torch.arange(len(self.images))
        return PatchAttentionViewer.record(self, self.images, labels)


def random_scans(n_images=3, patch=2, sharpness=3.0):
    """Recordings of scans as large as the digit pad's."""
    sizes = (8, 8), (patch, patch), 3, 4  # size, patch, n_layers, n_heads
    reader = ToyReader(n_images, *sizes, n_classes=10, sharpness=sharpness)
    return reader.record()


def largest_patch_attention_viewer():
    return PatchAttentionViewer(random_scans(patch=1))


EXAMPLE = Example(
    chapter=5,
    usual=lambda **state: PatchAttentionViewer(random_scans(), **state),
    changed={"picked": 2, "layer": 0, "head": 3, "token": 5},
    largest=largest_patch_attention_viewer,
    colours=lambda: PatchAttentionViewer(random_scans(patch=1, sharpness=1.0)),
    n_colours=20,
    hostile=None,
    n_sliders=3,
    n_controls=6,
    moves=dict.fromkeys(("Head", "Layer", "Scan"), largest_patch_attention_viewer),
    scrolls=("Weights on the patches", "Probability of each digit"),
)
