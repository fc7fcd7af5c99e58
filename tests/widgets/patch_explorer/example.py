"""How the patch explorer is shown to the tests that run over every widget."""

from __future__ import annotations

import torch

from attention_course.widgets import PatchExplorer
from tests.widgets.example import Example


def largest_patch_explorer():
    return PatchExplorer(patch=14, d_model=1000, n_pictures=64)


EXAMPLE = Example(
    chapter=1,
    usual=PatchExplorer,
    changed={"patch": 8, "picked": 700, "d_model": 37, "n_pictures": 3},
    largest=largest_patch_explorer,
    # Every grey level is the ground of its number.
    colours=lambda: PatchExplorer(torch.arange(256).reshape(16, 16) / 255),
    n_colours=256,
    hostile=None,
    n_sliders=3,
    n_controls=5,
    moves=dict.fromkeys(
        ("Embedding size d", "Patch size P", "Pictures M"), largest_patch_explorer
    ),
)
