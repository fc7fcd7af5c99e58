"""Exercise 5.2: Cut a video into tokens"""

import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise
from ._shared import Sizes, video_sizes


@exercise(
    "5.2",
    "Cut a video into tokens",
    stars=2,
    minutes=10,
    statement="""\
A transformer reads sequences, and a video is a box of pixels. Cut the box into small boxes, and \
write each as one vector: then a block is to a video what a word is to a sentence.

Write `video_to_tokens(video, patch)`: from `(B, F, H, W, C)` to `(B, T, pF · pH · pW · C)`. \
Blocks come in reading order: one frame of blocks after the other, in it row by row, in a row \
from left to right. So do the pixels inside a block, with their channels last.

Careful: a single reshape gives the right shape and cuts the video into strips, not into boxes.""",
)
def video_to_tokens(video: Tensor, patch: tuple[int, int, int]) -> Tensor:
    """Cut videos into blocks, and write each block as one long vector.

    Args:
        video: ``(B, F, H, W, C)``.
        patch: ``(pF, pH, pW)``, the size of a block; divides ``F``, ``H``, ``W``.

    Returns:
        Tokens ``(B, T, pF · pH · pW · C)``, where ``T`` counts the blocks: all of
        the first frames first, row by row; so are the pixels inside a block.
    """
    n_videos, n_frames, n_rows, n_columns, n_channels = video.shape
    p_frames, p_rows, p_columns = patch
    boxes = video.reshape(
        n_videos,
        *(n_frames // p_frames, p_frames),
        *(n_rows // p_rows, p_rows),
        *(n_columns // p_columns, p_columns),
        n_channels,
    )  # (B, nF, pF, nH, pH, nW, pW, C)
    boxes = boxes.permute(0, 1, 3, 5, 2, 4, 6, 7)  # (B, nF, nH, nW, pF, pH, pW, C)
    return boxes.flatten(4).flatten(1, 3)  # (B, T, pF · pH · pW · C)


video_to_tokens.hints = (
    "Three steps: cut each of the three axes in two, bring the axes into order, and flatten.",
    "Cutting `H` into `nH` blocks of `pH` rows is a reshape to `(…, nH, pH, …)`: the number of "
    "the block first. All three at once: `(B, nF, pF, nH, pH, nW, pW, C)`.",
    "From `(B, nF, pF, nH, pH, nW, pW, C)` you want `(B, nF, nH, nW, pF, pH, pW, C)`: which "
    "block first, which pixel of it second. That is `permute(0, 1, 3, 5, 2, 4, 6, 7)`. Then "
    "`flatten(4)` writes the pixels of a block in a row, and `flatten(1, 3)` the blocks.",
)


@video_to_tokens.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for common in (True, False, False):
        shape, patch = video_sizes(generator, common)
        yield torch.randn(shape, generator=generator), patch
    yield torch.randn(1, 2, 1, 3, 1, generator=generator), (2, 1, 1)


def cut(video: Tensor, patch: Sizes) -> Tensor:
    """Cut every axis in two: ``(B, nF, pF, nH, pH, nW, pW, C)``."""
    for axis, size in zip((5, 3, 1), reversed(patch), strict=True):
        place = (axis + 1) // 2
        video = video.unflatten(place, (video.shape[place] // size, size))
    return video


@video_to_tokens.right
def by_unflatten(video, patch):
    blocks = cut(video, patch)
    blocks = blocks.movedim((2, 4, 6), (4, 5, 6))  # (B, nF, nH, nW, pF, pH, pW, C)
    return blocks.reshape(len(video), -1, math.prod(patch) * video.shape[-1])


@video_to_tokens.right
def by_loops(video, patch):
    starts = [
        range(0, size, p) for size, p in zip(video.shape[1:4], patch, strict=True)
    ]
    f, h, w = patch
    blocks = [
        video[:, i : i + f, j : j + h, k : k + w].flatten(1)
        for i, j, k in itertools.product(*starts)
    ]
    return torch.stack(blocks, dim=1)


@video_to_tokens.right
def by_unfold(video, patch):
    for axis, size in enumerate(patch, start=1):
        video = video.unfold(axis, size, size)  # the pieces go to the end
    return video.movedim(4, -1).flatten(4).flatten(1, 3)


@video_to_tokens.wrong(
    "You reshape straight to `(B, T, …)`. The shape is right, but a reshape never changes "
    "the order of numbers, so each token is a strip of pixels. Cut the axes, then permute."
)
def straight(video, patch):
    return video.reshape(len(video), -1, math.prod(patch) * video.shape[-1])


@video_to_tokens.wrong(
    "You cut `H` into `(pH, nH)`, so a token gets every `nH`-th row: a comb, not a block. "
    "The number of the block comes first: `(nH, pH)`."
)
def every_nth(video, patch):
    for axis, size in zip((3, 2, 1), reversed(patch), strict=True):
        video = video.unflatten(axis, (size, -1))  # (B, pF, nF, pH, nH, pW, nW, C)
    return video.permute(0, 2, 4, 6, 1, 3, 5, 7).flatten(4).flatten(1, 3)


@video_to_tokens.wrong(
    "The blocks are right and come column by column. Reading order goes along the width "
    "first: rows of blocks, one under the other."
)
def column_by_column(video, patch):
    blocks = cut(video, patch).permute(0, 1, 5, 3, 2, 4, 6, 7)
    return blocks.flatten(4).flatten(1, 3)


@video_to_tokens.wrong(
    "The blocks are right, but inside each you read the pixels column by column. Keep "
    "`pF, pH, pW` in this order."
)
def columns_inside(video, patch):
    blocks = cut(video, patch).permute(0, 1, 3, 5, 2, 6, 4, 7)
    return blocks.flatten(4).flatten(1, 3)


@video_to_tokens.wrong(
    "Your tokens stay at one position and run through time first. Frames come first: all "
    "blocks of the first frames, then those of the next."
)
def frames_last(video, patch):
    blocks = cut(video, patch).permute(0, 3, 5, 1, 2, 4, 6, 7)
    return blocks.flatten(4).flatten(1, 3)


@video_to_tokens.wrong(
    "Inside a block you write one channel after the other. Channels are last: the numbers "
    "of a pixel stand side by side."
)
def channels_first(video, patch):
    blocks = cut(video, patch).permute(0, 1, 3, 5, 7, 2, 4, 6)
    return blocks.flatten(4).flatten(1, 3)


@video_to_tokens.wrong(
    "Height and width of the patch are swapped: `patch` is `(pF, pH, pW)`."
)
def patch_swapped(video, patch):
    return video_to_tokens(video, (patch[0], patch[2], patch[1]))


@video_to_tokens.wrong(
    "You cut each frame by itself. A block of a video is `pF` frames deep, so it has a "
    "piece of time in it."
)
def frame_by_frame(video, patch):
    return video_to_tokens(video, (1, patch[1], patch[2]))


@video_to_tokens.wrong(
    "The blocks are right and still stand in a grid. The exercise asks for a sequence: flatten the "
    "three axes that count blocks."
)
def still_a_grid(video, patch):
    return cut(video, patch).permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4)


@video_to_tokens.wrong(
    "You put the tokens of all videos into one sequence. Each video keeps its own: leave "
    "the first axis as it is."
)
def batch_too(video, patch):
    return video_to_tokens(video, patch).flatten(0, 1)


@video_to_tokens.wrong(
    "You flatten the blocks into a sequence, and each is still a box. Write its pixels in "
    "a row, as one vector."
)
def blocks_unwritten(video, patch):
    return cut(video, patch).permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(1, 3)
