"""Chapter 5: real video. Train a follower on a clip, and carry things through it.

Grey is the mean of red, green and blue; *colour* is what is left of them, ``red − grey``
and so on. A follower sees the grey of a frame and fetches the colour of an earlier one.
It learns from the first 70 % of a clip and is judged on the rest.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import Adam

from ..embedding import patchify
from ..grid_attention import nearby_attention
from ..grid_models import Follower
from ..shapes import (
    a,
    boolean,
    checked,
    flag,
    function,
    integer,
    number,
    positive,
    whole,
)
from .training import History, fit, seeded

__all__ = [
    "carry",
    "colour_error",
    "fetch_by_pixels",
    "fetch_same_place",
    "fetch_with",
    "overlap",
    "pixel_vectors",
    "split_colour",
    "train_follower",
]

STRIDE = 2  # pixels from one cell to the next
CROP = 24  # cells of a training crop, in height and in width
SHARPNESS = 20.0  # of the comparison of grey patches as they are
CHANGED = 0.06  # where a cell's grey differs by more, something has moved

# (earlier frames, a later frame, values (F', nH, nW, d_v) of the earlier ones)
# → values (nH, nW, d_v) of the later one
Fetch = Callable[[slice, int, Tensor], Tensor]


@checked(frames="F H W 3")
def split_colour(frames: Tensor) -> tuple[Tensor, Tensor]:
    r"""Split a clip into the grey of its pixels and the colour of its cells.

    Formula: ``grey = (red + green + blue) / 3``, ``colour = frame − grey``

    Args:
        frames: ``(F, H, W, 3)``, brightness 0 to 1.

    Returns:
        Grey ``(F, H, W, 1)`` and colour ``(F, nH, nW, 3)``, ``nH = ⌊H / 2⌋``, ``nW = ⌊W /
        2⌋``: a cell is two pixels high and wide, and its colour their mean. An odd last row
        or column is left out.

    Chapter 5.
    """
    height, width = (n - n % STRIDE for n in frames.shape[1:3])
    frames = frames[:, :height, :width]  # whole cells
    grey = frames.mean(dim=-1, keepdim=True)  # (F, H, W, 1)
    cells = patchify(frames - grey, (1, STRIDE, STRIDE))  # (F, nH, nW, 2 · 2 · 3)
    return grey, cells.unflatten(-1, (-1, 3)).mean(dim=-2)


@checked(
    frames="F H W 3",
    gap=positive,
    extent=whole(at_least=0),
    steps=positive,
    lr=number(above=0),
    seed=integer,
    stay=flag,
    shuffled=flag,
    progress=flag,
)
def train_follower(
    frames: Tensor,
    *,
    gap: int = 3,
    extent: int = 2,
    steps: int = 160,
    lr: float = 3e-3,
    seed: int = 0,
    stay: bool = True,
    shuffled: bool = False,
    progress: bool = True,
) -> tuple[Follower, History]:
    """Train a follower on the first 70 % of a clip, with the clip's colour as teacher.

    Each step takes eight pairs of frames, all from 1 to ``gap`` apart, and of them one
    crop of 24 × 24 cells. Squared errors count more where the colour has changed.

    Args:
        frames: ``(F, H, W, 3)``, brightness 0 to 1, at least 48 pixels high and wide.
        gap: how many frames a pair is apart, at most.
        extent, stay: as for :class:`attention_course.grid_models.Follower`.
        steps: how many.
        lr: Adam's learning rate.
        seed: for the parameters, the pairs and the crops.
        shuffled: give every cell's key to another cell, as a control.
        progress: show a bar.

    Returns:
        The model, and its history of losses.

    Raises:
        TypeError, ValueError: a clip too small, or too short for the gap.

    Source: after Vondrick et al. 2018 (arXiv 1806.09594), section 3. Chapter 5.
    """
    n_train, size = int(0.7 * len(frames)), STRIDE * CROP
    if n_train <= gap or min(frames.shape[1:3]) < size:
        raise ValueError(
            f"frames: expected more than {gap} frames in the first 70 %, each at least "
            f"{size} × {size} pixels, got shape {tuple(frames.shape)}"
        )
    draw = torch.Generator().manual_seed(seed)  # its own stream
    with seeded(seed):
        model = Follower(extent, stay=stay)
    model.to(frames.dtype)

    def loss(model: Follower, grids: tuple[Tensor, ...]) -> Tensor:
        now, before, truth, value = grids
        query, key = model.ask(now), model.embed(before)
        if shuffled:
            order = torch.randperm(CROP * CROP, generator=draw)
            key = key.flatten(2, 3)[:, :, order].unflatten(2, (CROP, CROP))
        found, _ = model.fetch(query, key, value)
        moved = 0.01 + (truth - value).abs().sum(dim=-1, keepdim=True)
        return ((found - truth).square() * moved).mean() / moved.mean()

    history = fit(
        model,
        [_crops(frames[:n_train], gap, draw) for _ in range(steps)],
        loss,
        epochs=1,
        optimizer=Adam(model.parameters(), lr=lr),
        seed=seed,
        progress=progress,
    )
    return model, history


def _crops(frames: Tensor, gap: int, draw: torch.Generator) -> tuple[Tensor, ...]:
    """Draw eight pairs of crops: grey now and before, colour now and before."""

    def below(most: int, n: int = 1) -> Tensor:
        return torch.randint(most, (n,), generator=draw)

    apart = 1 + int(below(gap))
    before = below(len(frames) - apart, 8)
    top, left = (
        STRIDE * int(below((n - STRIDE * CROP) // STRIDE + 1))
        for n in frames.shape[1:3]
    )
    size = STRIDE * CROP
    cut = frames[:, top : top + size, left : left + size]
    pairs = [split_colour(cut[at]) for at in (before + apart, before)]
    (now, truth), (earlier, value) = pairs
    return tuple(x.unsqueeze(1) for x in (now, earlier, truth, value))


@checked(model=a(Follower), frames="F H W 3", extent=whole(at_least=0))
def fetch_with(model: Follower, frames: Tensor, *, extent: int | None = None) -> Fetch:
    """Make the function that lets a follower fetch from earlier frames of a clip.

    Args:
        model: from :func:`train_follower`.
        frames: ``(F, H, W, 3)``, the clip.
        extent: look so far, instead of the extent of training.

    Returns:
        ``(earlier, later, values) → values``: the numbers of the earlier frames, a slice,
        and of the later frame; values ``(F', nH, nW, d_v)`` and ``(nH, nW, d_v)``.

    Chapter 5.
    """
    grey, _ = split_colour(frames)
    looking = copy.deepcopy(model)
    looking.extent = model.extent if extent is None else extent

    @torch.no_grad()
    def fetch(earlier: slice, later: int, values: Tensor) -> Tensor:
        now, before = grey[None, later : later + 1], grey[None, earlier]
        found, _ = looking(now, before, values.unsqueeze(0))
        return found[0, 0]  # (nH, nW, d_v)

    return fetch


@checked(frames="F H W 3")
def pixel_vectors(frames: Tensor) -> Tensor:
    """Make a vector of norm 1 of the grey pixels around every cell, untrained.

    It holds 7 × 7 pixels, minus their mean, and the mean; beyond a border the last pixel
    goes on.

    Args:
        frames: ``(F, H, W, 3)``.

    Returns:
        Vectors ``(F, nH, nW, 50)``.

    Chapter 5.
    """
    grey, _ = split_colour(frames)
    sizes = [n // STRIDE for n in grey.shape[1:3]]  # (nH, nW)
    padded = F.pad(grey.movedim(-1, 1), (3, 3, 3, 3), mode="replicate")
    patches = F.unfold(padded, 7, stride=STRIDE).mT  # (F, nH · nW, 49)
    mean = patches.mean(dim=-1, keepdim=True)
    vectors = F.normalize(torch.cat([patches - mean, mean], dim=-1), dim=-1)
    return vectors.unflatten(1, sizes)


@checked(frames="F H W 3", extent=whole(at_least=0), sharpness=number(above=0))
def fetch_by_pixels(
    frames: Tensor, *, extent: int = 2, sharpness: float = SHARPNESS
) -> Fetch:
    """Make the function that compares grey patches as they are: attention, untrained.

    Query and key are :func:`pixel_vectors`; a score is ``sharpness`` times their cosine.

    Args:
        frames: ``(F, H, W, 3)``, the clip.
        extent: how far to look, in height and in width.
        sharpness: the larger, the more weight for the most similar patch.

    Returns:
        As :func:`fetch_with`.

    Chapter 5.
    """
    vectors = pixel_vectors(frames)

    def fetch(earlier: slice, later: int, values: Tensor) -> Tensor:
        query = vectors[later : later + 1] * sharpness * 50**0.5
        reach = len(values) - 1, extent, extent
        found, _ = nearby_attention(query, vectors[earlier], values, reach)
        return found[0]  # (nH, nW, d_v)

    return fetch


def fetch_same_place(earlier: slice, later: int, values: Tensor) -> Tensor:
    """Copy what was at the same place in the last of the earlier frames: attend to nothing else."""
    return values[-1]


@checked(fetch=function, frames="F H W 3", gap=positive, memory=positive)
def colour_error(
    fetch: Fetch, frames: Tensor, *, gap: int = 3, memory: int = 1
) -> dict[str, float]:
    r"""Measure how far fetched colour is from the true one, on the last 30 % of a clip.

    Formula: ``√ mean (fetched − true)²``, over cells and channels of every third frame

    Args:
        fetch: from :func:`fetch_with` and its like.
        frames: ``(F, H, W, 3)``, the clip.
        gap: how many frames the grey frame is after the coloured one.
        memory: colour is known of so many frames, the last of them ``gap`` frames before.

    Returns:
        "changed": on the cells whose grey differs by more than 0.06 from that of the same
        place ``gap`` frames before; "still": on the others; "all".

    Chapter 5.
    """
    grey, colour = split_colour(frames)
    cells = grey[:, ::STRIDE, ::STRIDE, 0]  # (F, nH, nW)
    errors, changes = [], []
    for later in range(int(0.7 * len(frames)) + gap + memory - 1, len(frames), 3):
        earlier = slice(later - gap - memory + 1, later - gap + 1)
        found = fetch(earlier, later, colour[earlier])
        errors.append((found - colour[later]).square().mean(dim=-1))
        changes.append((cells[later] - cells[later - gap]).abs() > CHANGED)
    error, changed = torch.stack(errors), torch.stack(changes)  # (n, nH, nW)
    parts = {"changed": error[changed], "still": error[~changed], "all": error}
    return {name: float(part.mean().sqrt()) for name, part in parts.items()}


@checked(
    fetch=function,
    value="nH nW d_v",
    last=whole(at_least=0),
    first=whole(at_least=0),
    memory=positive,
)
def carry(
    fetch: Fetch, value: Tensor, *, last: int, first: int = 0, memory: int = 1
) -> Tensor:
    """Carry what is given in one frame to the end of a clip, from frame to frame.

    Args:
        fetch: from :func:`fetch_with` and its like.
        value: ``(nH, nW, d_v)``: the colour, a mask, a point, of the first frame.
        last: the number of the last frame.
        first: the number of the frame in which the value is given.
        memory: fetch from so many frames before, as far as there are any.

    Returns:
        Values ``(last - first + 1, nH, nW, d_v)``, the given one first.

    Chapter 5.
    """
    if last < first:
        raise ValueError(f"last: expected a frame from {first} on, got {last}")
    values = [value]
    for later in range(first + 1, last + 1):
        earlier = slice(max(later - memory, first), later)
        kept = torch.stack(values[-memory:])  # (F', nH, nW, d_v)
        values.append(fetch(earlier, later, kept))
    return torch.stack(values)


@checked(mask=boolean("..."), truth=boolean("..."))
def overlap(mask: Tensor, truth: Tensor) -> float:
    r"""Measure how well two masks agree: intersection over union.

    Formula: ``|mask ∩ truth| / |mask ∪ truth|``

    Args:
        mask, truth: boolean, of one shape.

    Returns:
        From 0, nothing in common, to 1, equal. Two empty masks are equal.

    Raises:
        TypeError, ValueError: no boolean tensors, or of different shapes.

    Chapter 5.
    """
    if mask.shape != truth.shape:
        raise ValueError(
            f"truth: expected the mask's shape {tuple(mask.shape)}, got {tuple(truth.shape)}"
        )
    union = int((mask | truth).sum())
    return int((mask & truth).sum()) / union if union else 1.0
