"""Chapter 5: short videos that need no download: moving digits, a pan over a photo, clips.

Videos are ``(..., F, H, W, C)``: frames, height, width, channels, brightness 0 to 1. Two
short clips come with the course, and :func:`read_video` reads a reader's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageSequence
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

__all__ = [
    "CLIPS",
    "Clip",
    "clip_masks",
    "load_clip",
    "moving_digits",
    "photo_pan",
    "read_video",
    "shrink",
]

SCAN = 8  # pixels of a scan, in height and in width
FOLDER = Path(__file__).with_name("clips")


class Clip(NamedTuple):
    """Frames ``(F, H, W, 3)``, frames a second, and whom to name where it is shown."""

    frames: Tensor
    rate: float
    credit: str


# The clips that come with the course: frames a second, and the credit.
CLIPS = {
    "bunny": (
        24.0,
        "Big Buck Bunny © 2008 Blender Foundation, bigbuckbunny.org, CC BY 3.0",
    ),
    "city": (25.0, "towers at night, from the examples of Kivy, CC0"),
}


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


@checked(name=one_of(tuple(CLIPS)))
def load_clip(name: str) -> Clip:
    """Load a clip that comes with the course: 96 rows, 168 columns, in colour.

    Args:
        name: "bunny", 132 frames of a film: a figure moves and covers what is behind it,
            the camera stands still. "city", 40 frames of towers: nothing moves but the
            camera.

    Returns:
        Frames float32 ``(F, 96, 168, 3)``, brightness 0 to 1; frames a second; the
        credit, to be named wherever the clip is shown.

    Raises:
        TypeError, ValueError: another name.

    Source: *Big Buck Bunny* (CC BY 3.0) and the examples of Kivy (CC0), made smaller; see
    the page of references. Chapter 5.
    """
    rate, credit = CLIPS[name]
    return Clip(read_video(FOLDER / f"{name}.webp"), rate, credit)


def clip_masks() -> dict[int, Tensor]:
    """Load the ten outlines of the rabbit in "bunny", drawn by hand for this course.

    Returns:
        By the number of the frame, from 44 to 131: boolean ``(96, 168)``, ``True`` = the
        rabbit. Drawn once, by one person: a pixel at the border may be wrong.

    Chapter 5.
    """
    outlines = json.loads((FOLDER / "bunny-masks.json").read_text(encoding="utf-8"))
    masks = {}
    for frame, corners in outlines.items():
        sheet = Image.new("1", (168, 96))
        ImageDraw.Draw(sheet).polygon([(x, y) for x, y in corners], fill=1)
        masks[int(frame)] = torch.from_numpy(np.array(sheet))  # (96, 168)
    return masks


@checked(most=positive, height=positive)
def read_video(source: Any, *, most: int = 240, height: int | None = None) -> Tensor:
    """Read a clip of your own: an animation, a film, a folder of frames, or an array.

    Args:
        source: the path of an animation that Pillow reads (GIF, WebP, APNG) or, with the
            optional extra ``video``, of a film that PyAV reads (MP4, WebM and others); or
            of a folder, its pictures in the order of the numbers in their names; or an
            array or a tensor ``(F, H, W, 3)``, bytes or brightness from 0 to 1.
        most: read no more frames than this.
        height: rows of the result; each new pixel is a mean of old ones, and the columns
            follow in proportion. ``None`` leaves the size.

    Returns:
        Frames float32 ``(F, H, W, 3)``, brightness 0 to 1, at least two.

    Raises:
        FileNotFoundError: no such file or folder.
        ImportError: a film, and PyAV is not installed; the error says how to install it.
        TypeError, ValueError: no clip that can be read, pictures of different sizes, an
            array of another shape or range, a single frame.

    Chapter 5.
    """
    if isinstance(source, str | Path):
        frames = _frames_of_file(Path(source), most)
    else:
        frames = _frames_of_array(source)[:most]
    if len(frames) < 2:
        raise ValueError(f"source: expected at least two frames, got {len(frames)}")
    if height is None or height == frames.shape[1]:
        return frames
    width = max(1, round(height * frames.shape[2] / frames.shape[1]))
    channels_first = frames.movedim(-1, 1)  # (F, 3, H, W)
    return F.adaptive_avg_pool2d(channels_first, (height, width)).movedim(1, -1)


def _frames_of_array(source: Any) -> Tensor:
    wanted = "source: expected a path, or an array (F, H, W, 3)"
    if not isinstance(source, np.ndarray | Tensor):
        raise TypeError(f"{wanted}, got {type(source).__name__}")
    frames = torch.as_tensor(source)
    if frames.ndim != 4 or frames.shape[-1] != 3 or not frames.numel():
        raise ValueError(f"{wanted}, got shape {tuple(frames.shape)}")
    if frames.dtype == torch.uint8:
        return frames.float() / 255
    if not frames.is_floating_point():
        raise TypeError(f"{wanted} of bytes or of floats, got {frames.dtype}")
    if not bool(((frames >= 0) & (frames <= 1)).all()):
        raise ValueError(f"{wanted} of brightness from 0 to 1, got other numbers")
    return frames.float()


def _frames_of_file(path: Path, most: int) -> Tensor:
    wanted = "source: expected a clip or a folder of pictures"
    if not path.exists():
        raise FileNotFoundError(f"{wanted}, got {str(path)!r}, which is not there")
    try:
        if path.is_dir():
            pictures = (Image.open(each) for each in _in_order(path))
            kept = [np.asarray(each.convert("RGB")) for each in islice(pictures, most)]
        else:
            kept = list(islice(_pictures(path), most))
    except (OSError, SyntaxError, EOFError) as error:
        raise ValueError(f"{wanted}, got {str(path)!r}: {error}") from error
    sizes = {each.shape[:2] for each in kept}
    if len(sizes) != 1:
        got = f"sizes {sorted(sizes)}" if sizes else "none"
        raise ValueError(f"{wanted} of one size, got {got} in {str(path)!r}")
    return torch.from_numpy(np.stack(kept)).float() / 255  # (F, H, W, 3)


def _is_pillows(path: Path) -> bool:
    """Say whether Pillow reads a file's kind."""
    Image.init()  # older Pillows know only some kinds before
    return path.suffix.lower() in Image.registered_extensions()


def _in_order(folder: Path) -> list[Path]:
    """List a folder's pictures: 2.png before 10.png."""
    found = [each for each in folder.iterdir() if _is_pillows(each)]
    return sorted(
        found, key=lambda each: [int(n) for n in re.findall(r"\d+", each.stem)]
    )


def _pictures(path: Path) -> Iterator[Any]:
    """Read a file's frames one by one: by Pillow if it knows the kind, else by PyAV."""
    if _is_pillows(path):
        with Image.open(path) as animation:
            for frame in ImageSequence.Iterator(animation):
                yield np.asarray(frame.convert("RGB"))
        return
    try:
        import av
    except ImportError as error:
        raise ImportError(
            f"source: expected an animation that Pillow reads, got {path.name!r}; films "
            "are read by PyAV, the course's extra `video`: pip install av"
        ) from error
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            yield frame.to_ndarray(format="rgb24")
