"""Exercise 5.19: Which frames are remembered?"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise


@exercise(
    "5.19",
    "Which frames are remembered?",
    stars=2,
    minutes=10,
    statement="""\
A mask that is carried from frame to frame drifts: each step looks at the last guess. More \
memory helps where something was covered for a moment: let each frame look at *several* frames \
before it. And one frame is no guess at all, the first: it was given.

Write `remembered_frames(n_frames, memory)`: a boolean mask `(F, F)`. Entry `[t, s]` is `True` if \
frame `t` may fetch from frame `s`: if `s` is one of the `memory` frames just before `t`, or frame \
0. No frame fetches from itself or from a later one, so frame 0 fetches from nothing.""",
)
def remembered_frames(n_frames: int, memory: int) -> Tensor:
    """Say from which earlier frames each frame may fetch.

    Args:
        n_frames: ``F``, the frames of the clip.
        memory: how many frames just before it a frame may look at.

    Returns:
        Boolean ``(F, F)``: entry ``[t, s]`` is ``True`` if frame ``t`` may fetch
        from frame ``s``.
    """
    back = torch.arange(n_frames)[:, None] - torch.arange(n_frames)  # (F, F): t - s
    earlier = back > 0
    mask = earlier & (back <= memory)
    mask[:, 0] = earlier[:, 0]  # the first frame was given
    return mask


remembered_frames.hints = (
    "How many frames back is `s`, seen from `t`? For which of these numbers is it remembered?",
    "`torch.arange(F)[:, None] - torch.arange(F)` is `t - s`. Just before means from 1 to "
    "`memory`, so that neither the frame itself nor a later one is in.",
    "That gives a band below the diagonal, `(back >= 1) & (back <= memory)`. Frame 0 is the first "
    "*column*: every frame may look there, except frame 0 itself. With `|`, or by writing the "
    "column: `mask[1:, 0] = True`.",
)


@remembered_frames.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    yield 7, 2
    yield 11, 3
    yield 5, 1
    yield 3, 5
    yield 1, 2


@remembered_frames.right
def by_triangles(n_frames, memory):
    every = torch.ones(n_frames, n_frames, dtype=torch.bool)
    mask = every.tril(-1) & every.triu(-memory)
    mask[1:, 0] = True
    return mask


@remembered_frames.right
def by_loops(n_frames, memory):
    mask = torch.zeros(n_frames, n_frames, dtype=torch.bool)
    for t in range(n_frames):
        for s in range(t):
            mask[t, s] = s == 0 or t - s <= memory
    return mask


@remembered_frames.right
def by_slices(n_frames, memory):
    mask = torch.zeros(n_frames, n_frames).bool()
    for t in range(1, n_frames):
        mask[t, max(t - memory, 0) : t] = True
        mask[t, 0] = True
    return mask


def band(n_frames: int, first: int, last: int) -> Tensor:
    """Mark the frames from ``first`` to ``last`` frames back."""
    back = torch.arange(n_frames)[:, None] - torch.arange(n_frames)
    return (back >= first) & (back <= last)


def with_first(mask: Tensor) -> Tensor:
    mask[1:, 0] = True
    return mask


@remembered_frames.wrong(
    "The first frame is missing. It was given, so every later frame may look at it, however "
    "far back it is."
)
def without_first(n_frames, memory):
    return band(n_frames, 1, memory)


@remembered_frames.wrong(
    "A frame fetches from itself. What it looks for is not known there: begin one frame back."
)
def itself(n_frames, memory):
    return with_first(band(n_frames, 0, memory))


@remembered_frames.wrong(
    "One frame too few: `memory` frames just before, so up to `memory` frames back, with "
    "that one."
)
def one_too_few(n_frames, memory):
    return with_first(band(n_frames, 1, memory - 1))


@remembered_frames.wrong(
    "One frame too many: the one just before is 1 back, so the last that is remembered is "
    "`memory` back."
)
def one_too_many(n_frames, memory):
    return with_first(band(n_frames, 1, memory + 1))


@remembered_frames.wrong(
    "You remember all earlier frames. That costs more keys with every frame; only the last "
    "`memory` and frame 0 are kept."
)
def all_earlier(n_frames, memory):
    return band(n_frames, 1, n_frames)


@remembered_frames.wrong(
    "Rows and columns are swapped. Entry `[t, s]`: the row is the frame that looks."
)
def transposed(n_frames, memory):
    return remembered_frames(n_frames, memory).T


@remembered_frames.wrong(
    "You look at frames on both sides. What comes later is not known yet."
)
def both_sides(n_frames, memory):
    mask = band(n_frames, 1, memory)
    return with_first(mask | mask.T)


@remembered_frames.wrong("Your mask is inverted. `True` means *may fetch from*.")
def turned(n_frames, memory):
    return ~remembered_frames(n_frames, memory)


@remembered_frames.wrong(
    "Frame 0 looks at itself. It was given, and fetches from nothing."
)
def first_at_itself(n_frames, memory):
    mask = remembered_frames(n_frames, memory)
    mask[0, 0] = True
    return mask
