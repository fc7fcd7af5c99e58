"""Chapter 5: enlarging videos with attention, with convolution, with neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from attention_course.embedding import unpatchify
from attention_course.grid_models import VideoDecoder, trilinear
from attention_course.lab import vision
from attention_course.lab.training import seeded
from bookbuild.evidence.experiment import Arm, Experiment, Figures

SMALL_SIZES = (4, 8, 8)


class ConvolutionInPlace(nn.Module):
    """The chapter's decoder with a depthwise convolution where attention stood."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = VideoDecoder(
            vision.SIZES, SMALL_SIZES, use_self=False, use_cross=False
        )
        d = self.decoder.positions.shape[-1]
        n = len(self.decoder.blocks)
        self.near = nn.ModuleList(
            nn.Conv3d(d, d, 3, padding=1, groups=d) for _ in range(n)
        )
        self.mix = nn.ModuleList(nn.Linear(d, d) for _ in range(n))

    def forward(self, video: Tensor) -> tuple[Tensor, None, None]:
        decoder = self.decoder
        straight = trilinear(video, decoder.sizes)
        y = decoder.embed(straight) + decoder.positions  # (B, F, H, W, d)
        parts: Any = zip(decoder.blocks, self.near, self.mix, strict=True)
        for block, near, mix in parts:
            x = block.norm1(y).movedim(-1, 1)  # (B, d, F, H, W)
            y = y + mix(near(x).movedim(1, -1))
            y = y + block.feed_forward(block.norm2(y))
        correction = unpatchify(decoder.to_pixels(decoder.norm(y)), decoder.patch)
        return straight + correction, None, None


def decoder(*, use_self: bool, use_cross: bool) -> Callable[[], nn.Module]:
    """Make chapter 5's decoder, or a part of it."""
    return lambda: VideoDecoder(
        vision.SIZES, SMALL_SIZES, use_self=use_self, use_cross=use_cross
    )


class Straight(nn.Module):
    """The straight enlargement, and nothing to correct it."""

    def forward(self, video: Tensor) -> tuple[Tensor, None, None]:
        return trilinear(video, vision.SIZES), None, None


def line(pixels_a_frame: int) -> tuple[Tensor, Tensor]:
    """Make a coarse video of a line that walks, and say where it is in between.

    Returns:
        The video ``(1, 4, 8, 8, 1)``, and the column, a fraction, on which the line is
        centred in each of the six inner frames of the fine video.
    """
    start = 4 - 2 * pixels_a_frame
    video = torch.zeros(1, 4, 8, 8, 1)
    for frame in range(4):
        video[0, frame, 1:7, start + pixels_a_frame * frame] = 1
    # Fine frame f lies at the coarse time f / 2 - 1 / 4; a coarse pixel is two fine ones.
    time = torch.arange(1, 7) / 2 - 0.25
    return video, 2 * (start + pixels_a_frame * time) + 0.5


def walks(model: nn.Module, pixels_a_frame: int) -> float:
    """Say how much of row 8's brightness is within 1.5 columns of the line's own place."""
    video, centres = line(pixels_a_frame)
    rows = vision.enlarge(model, video)[0, 1:7, 8, :, 0]  # type: ignore[arg-type]
    apart = (torch.arange(16) - centres[:, None]).abs()  # (6, 16)
    near = (2 - apart).clamp(0, 1)  # a column that is half within 1.5 counts half
    return float(((rows * near).sum(dim=1) / rows.sum(dim=1)).mean())


def gain(model: nn.Module) -> Figures:
    """Measure how many decibels a model gains over the straight enlargement."""
    small, large = vision.upsampling_videos("held-out", 128, seed=1)
    straight = trilinear(small, large.shape[1:4]).clamp(0, 1)
    drawn = vision.enlarge(model, small)  # type: ignore[arg-type]
    over = vision.psnr(drawn, large) - vision.psnr(straight, large)
    return {
        "gain": float(over.mean()),
        "slow line": walks(model, 1),
        "fast line": walks(model, 2),
    }


def trained(make: Callable[[], nn.Module], kind: str) -> Arm:
    """Train as the chapter does."""

    def run(seed: int) -> Figures:
        small, large = vision.upsampling_videos("train", 1024, seed=seed)
        batches = DataLoader(TensorDataset(small, large), batch_size=8, shuffle=True)
        with seeded(seed):
            model = make()
        vision._fit(model, batches, vision._video_loss, 1, 3e-3, seed, False)
        n = sum(p.numel() for p in model.parameters())
        return gain(model) | {"parameters": n}

    return Arm(run, kind, "128 steps")


EXPERIMENT = Experiment(
    title="Enlarging videos: attention beside convolution",
    chapter="05-image-video-attention.ipynb",
    question=(
        "Is it attention that helps to enlarge a video, or having neighbours? And "
        "does a line that walks show that motion was learned?"
    ),
    claim=(
        "Having neighbours: with fewer parameters, a convolution in attention's "
        "place gains more. The decoder without either lets a line walk, too, and so "
        "does trilinear."
    ),
    budget=(
        "1,024 videos once, a quarter of the chapter's steps, in batches of 8; AdamW, highest "
        "rate 3e-3, chosen for the chapter's decoder and not tuned for its rivals. Judged on "
        "128 videos of held-out handwriting. A line of one coarse pixel walks one pixel a "
        "coarse frame (slow) or two (fast): the share of row 8's brightness that is within "
        "1.5 columns of its own place, in the frames in between."
    ),
    doubts="Attention of this size that gains more than the convolution on these videos.",
    units={
        "gain": ("dB over trilinear", 2, 1.0),
        "slow line": ("% of a slow line in place", 0, 100.0),
        "fast line": ("of a fast one", 0, 100.0),
        "parameters": ("parameters", 0, 1.0),
    },
    arms={
        "attention, Y to Y": trained(decoder(use_self=True, use_cross=False), "idea"),
        "convolution in its place": trained(ConvolutionInPlace, "rival"),
        "trilinear": Arm(lambda seed: gain(Straight()), "control", "no training", (0,)),
        "neither": trained(decoder(use_self=False, use_cross=False), "control"),
    },
)
