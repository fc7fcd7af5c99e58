"""Chapter 5: short videos that need no download: moving digits, and a pan over a photo.

Videos are ``(..., F, H, W, C)``: frames, height, width, channels, brightness 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ..embedding import patchify
from ..shapes import (
    checked,
    each_axis,
    flag,
    integer,
    number,
    one_of,
    positive,
    several,
    up_to,
)
from .digits import SPLITS, load_digits
from .photo import photo

__all__ = ["moving_digits", "photo_pan", "shrink"]

SCAN = 8  # pixels of a scan, in height and in width


@checked(
    n_videos=positive,
    sizes=several(3),
    n_digits=positive,
    edge=positive,
    seed=integer,
    split=one_of(SPLITS),
    speed=number(at_least=0),
)
def moving_digits(
    n_videos: int,
    sizes: Sequence[int] = (8, 16, 16),
    *,
    n_digits: int = 2,
    edge: int = SCAN,
    seed: int = 0,
    split: str = "train",
    speed: float = 1.0,
) -> Tensor:
    r"""Make videos of real digits that drift, bounce off the edges and cross.

    Each digit keeps its speed until it meets an edge, and is drawn at the nearest whole
    pixel. Each has its own brightness, from 0.5 to 1, and its place in front of or
    behind the others: where it has ink it covers what lies behind.

    Formula: ``frame ← frame · (1 − ink) + brightness · ink``, from the back to the front

    Args:
        n_videos: how many.
        sizes: ``(F, H, W)``; height and width at least ``edge``.
        n_digits: digits in each video.
        edge: height and width of a digit, at least 8, a scan's; larger digits are
            scans with straight lines drawn between their pixels.
        seed: the same seed gives the same videos.
        split: whose handwriting, "train" or "held-out": the two share no scan and no form.
        speed: fastest drift along an axis, pixels a frame; each digit draws its own,
            from minus to plus this, along height and along width.

    Returns:
        Videos ``(n_videos, F, H, W, 1)``, float32.

    Raises:
        TypeError, ValueError: numbers that are not positive, not three sizes, frames
            smaller than a digit, a negative speed, an unknown split.

    Source: after "Moving MNIST" of Srivastava et al. 2015 (arXiv 1502.04681), section
    3.1. Chapter 5.
    """
    if edge < SCAN:
        raise ValueError(f"edge: expected at least {SCAN}, a scan's, got {edge}")
    n_frames, height, width = each_axis(sizes, 3)
    if min(height, width) < edge:
        raise ValueError(
            f"sizes: expected H and W of at least {edge}, a digit's, "
            f"got {(n_frames, height, width)}"
        )
    scans = load_digits(split).images.movedim(-1, 1)  # (n_scans, 1, 8, 8)
    scans = F.interpolate(scans, (edge, edge), mode="bilinear")[:, 0]
    drawn = torch.Generator().manual_seed(seed)  # its own stream

    def uniform(*shape: int) -> Tensor:  # 0 to 1
        return torch.rand(*shape, generator=drawn, dtype=scans.dtype)

    videos = torch.zeros(n_videos, n_frames, height, width, dtype=scans.dtype)
    one_video = torch.arange(n_videos).view(-1, 1, 1, 1)
    one_frame = torch.arange(n_frames).view(-1, 1, 1)
    time = torch.arange(n_frames)
    across = torch.arange(edge)
    for _ in range(n_digits):  # from the back to the front
        scan = scans[torch.randint(len(scans), (n_videos,), generator=drawn)]
        brightness = 0.5 + 0.5 * uniform(n_videos, 1, 1, 1)
        corners = []
        for size in (height, width):
            free = size - edge  # how far a digit can go
            start = free * uniform(n_videos, 1)
            velocity = speed * (2 * uniform(n_videos, 1) - 1)
            corners.append(_bounce(start + velocity * time, free))  # (n_videos, F)
        top, left = corners
        rows = top[..., None, None] + across.view(-1, 1)  # (n_videos, F, edge, 1)
        columns = left[..., None, None] + across  # (n_videos, F, 1, edge)
        ink = torch.zeros_like(videos)
        ink[one_video, one_frame, rows, columns] = scan.unsqueeze(1)
        videos = videos * (1 - ink) + brightness * ink
    return videos.unsqueeze(-1)  # (n_videos, F, H, W, 1)


@checked(video="... F H W C", factors=several(3, one_for_all=True))
def shrink(video: Tensor, factors: int | Sequence[int]) -> Tensor:
    r"""Make a video smaller: each new pixel is the mean of one block of old pixels.

    Formula: ``small[i, j, k] = mean over a, b, c of
    video[i · p_F + a, j · p_H + b, k · p_W + c]``

    Args:
        video: ``(..., F, H, W, C)``.
        factors: ``(p_F, p_H, p_W)``, or one number for all three. Each divides its axis.

    Returns:
        Video ``(..., F / p_F, H / p_H, W / p_W, C)``. Fewer frames are means of frames,
        as in a camera whose shutter stays open.

    Raises:
        TypeError, ValueError: wrong rank, or a factor that does not divide its axis.

    Source: chapter 5; ``torch.nn.functional.avg_pool3d``.
    """
    blocks = each_axis(factors, 3)
    for axis, size, factor in zip("FHW", video.shape[-4:-1], blocks, strict=True):
        if size % factor:
            wanted = f"a size that divides {axis} = {size}"
            raise ValueError(f"factors: expected {wanted}, got {factor}")
    pixels = patchify(video, blocks)  # (..., F', H', W', p_F · p_H · p_W · C)
    return pixels.unflatten(-1, (-1, video.shape[-1])).mean(
        dim=-2
    )  # (..., F', H', W', C)


@checked(sizes=several(3), size=up_to(448, " pixels"), colour=flag)
def photo_pan(
    sizes: Sequence[int] = (8, 32, 32), *, size: int = 64, colour: bool = False
) -> Tensor:
    r"""Make a clip from the sample photo by moving a window over it: a camera's pan.

    Nothing in it moves by itself: it is one real picture, seen through a window that
    goes from the left edge to the right edge in a flat arc, at the height of the face.

    Args:
        sizes: ``(F, H, W)`` of the clip.
        size: height and width of the whole photo, as in
            :func:`attention_course.data.photo.photo`.
        colour: as there.

    Returns:
        Video ``(F, H, W, C)``, float32; ``C`` = 3 in colour and 1 in grey.

    Raises:
        TypeError, ValueError: sizes that are not positive, or a window larger than the
            photo.

    Source: the photo's (public domain). Chapter 5.
    """
    n_frames, height, width = each_axis(sizes, 3)
    picture = photo(size, colour=colour)  # (size, size, C)
    if max(height, width) > size:
        raise ValueError(
            f"sizes: expected a window within the photo's {size} × {size} pixels, "
            f"got {(n_frames, height, width)}"
        )
    progress = torch.linspace(0, 1, n_frames, dtype=picture.dtype)
    down = 0.2 + 0.2 * torch.sin(torch.pi * progress)
    tops = ((size - height) * down).round().long().tolist()
    lefts = ((size - width) * progress).round().long().tolist()
    frames = [
        picture[top : top + height, left : left + width]
        for top, left in zip(tops, lefts, strict=True)
    ]
    return torch.stack(frames)  # (F, H, W, C)


def _bounce(places: Tensor, free: int) -> Tensor:
    """Fold an endless line into 0 … free, as by mirrors at both ends, in whole pixels."""
    if free == 0:
        return torch.zeros_like(places).long()
    return (free - (places % (2 * free) - free).abs()).round().long()
