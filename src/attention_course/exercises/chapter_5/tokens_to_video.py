"""Exercise 5.3: And back to a video"""

import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise
from ._shared import Sizes, triple, video_sizes
from .video_to_tokens import video_to_tokens


@exercise(
    "5.3",
    "And back to a video",
    stars=2,
    minutes=8,
    statement="""\
A model that makes videos ends with tokens, and we want to look at pixels. Write \
`tokens_to_video(tokens, sizes, patch)`, the exact inverse of exercise 5.2: from \
`(B, T, pF · pH · pW · C)` to `(B, F, H, W, C)`.

The best test of both is the way there and back: \
`tokens_to_video(video_to_tokens(video, patch), sizes, patch)` is the video, to the last bit. \
(Two mistakes that cancel pass this test too; `check` looks at each by itself.)""",
)
def tokens_to_video(
    tokens: Tensor, sizes: tuple[int, int, int], patch: tuple[int, int, int]
) -> Tensor:
    """Put the blocks of exercise 5.2 back together.

    Args:
        tokens: ``(B, T, pF · pH · pW · C)``, blocks and pixels in reading order.
        sizes: ``(F, H, W)`` of the video.
        patch: ``(pF, pH, pW)``; it divides the sizes.

    Returns:
        The video ``(B, F, H, W, C)``. ``C`` follows from a token's ``D``.
    """
    counts = [size // p for size, p in zip(sizes, patch, strict=True)]
    boxes = tokens.reshape(len(tokens), *counts, *patch, -1)
    # (B, nF, nH, nW, pF, pH, pW, C): now set each count beside its patch size
    boxes = boxes.permute(0, 1, 4, 2, 5, 3, 6, 7)  # (B, nF, pF, nH, pH, nW, pW, C)
    return boxes.reshape(len(tokens), *sizes, -1)  # (B, F, H, W, C)


tokens_to_video.hints = (
    "Walk the way of 5.2 backwards: last step first. What did the last step flatten?",
    "First give the tokens their axes back, `(B, nF, nH, nW, pF, pH, pW, C)`, where "
    "`nF = F // pF` and so on; `-1` finds `C`. In which order must the axes stand, so that a "
    "reshape to `(B, F, H, W, C)` is right?",
    "`nF` and `pF` belong side by side, and so for height and width: "
    "`(B, nF, pF, nH, pH, nW, pW, C)`. From `(B, nF, nH, nW, pF, pH, pW, C)` that is "
    "`permute(0, 1, 4, 2, 5, 3, 6, 7)`. Note that it is another permutation than on the way "
    "there: it undoes that one.",
)


@tokens_to_video.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for common in (True, False, False):
        (n_videos, *sizes, n_channels), patch = video_sizes(generator, common)
        n_tokens = math.prod(sizes) // math.prod(patch)
        shape = (n_videos, n_tokens, math.prod(patch) * n_channels)
        yield torch.randn(shape, generator=generator), triple(sizes), patch
    yield torch.randn(1, 3, 2, generator=generator), (2, 1, 3), (2, 1, 1)


@tokens_to_video.right
def by_loops(tokens, sizes, patch):
    f, h, w = patch
    video = torch.zeros(len(tokens), *sizes, tokens.shape[-1] // math.prod(patch))
    starts = [range(0, size, p) for size, p in zip(sizes, patch, strict=True)]
    for number, (i, j, k) in enumerate(itertools.product(*starts)):
        box = tokens[:, number].reshape(len(tokens), *patch, -1)
        video[:, i : i + f, j : j + h, k : k + w] = box
    return video


def boxes_of(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    """Give each token its box: ``(B, nF, nH, nW, pF, pH, pW, C)``."""
    counts = [size // p for size, p in zip(sizes, patch, strict=True)]
    return tokens.reshape(len(tokens), *counts, *patch, -1)


@tokens_to_video.right
def by_joining(tokens, sizes, patch):
    boxes = boxes_of(tokens, sizes, patch)
    for axis in (3, 2, 1):  # set the boxes side by side, then rows, then frames
        boxes = torch.cat(boxes.unbind(axis), dim=2 * axis - 1)
    return boxes


@tokens_to_video.right
def by_numbers(tokens, sizes, patch):
    n_channels = tokens.shape[-1] // math.prod(patch)
    numbers = torch.arange(math.prod(sizes) * n_channels)
    where = video_to_tokens(numbers.reshape(1, *sizes, n_channels), patch).flatten()
    video = torch.zeros(len(tokens), len(numbers))
    video[:, where] = tokens.flatten(1)
    return video.reshape(len(tokens), *sizes, n_channels)


@tokens_to_video.wrong(
    "You reshape straight to `(B, F, H, W, C)`. The shape is right and the picture is "
    "torn: the first token fills a strip instead of its block. Unflatten the blocks, "
    "permute, then reshape."
)
def straight(tokens, sizes, patch):
    return tokens.reshape(len(tokens), *sizes, -1)


@tokens_to_video.wrong(
    "You set `pH` before `nH`, so the pixels of a block are spread over the whole frame. "
    "The number of the block comes first, then the pixel in it."
)
def every_nth(tokens, sizes, patch):
    boxes = boxes_of(tokens, sizes, patch).permute(0, 4, 1, 5, 2, 6, 3, 7)
    return boxes.reshape(len(tokens), *sizes, -1)


@tokens_to_video.wrong(
    "You use the permutation of the way there once more. The way back undoes it: "
    "`permute(0, 1, 4, 2, 5, 3, 6, 7)`."
)
def cut_again(tokens, sizes, patch):
    boxes = boxes_of(tokens, sizes, patch).permute(0, 1, 3, 5, 2, 4, 6, 7)
    return boxes.reshape(len(tokens), *sizes, -1)


@tokens_to_video.wrong(
    "You lay the blocks out column by column. They come row by row: the second block "
    "stands to the right of the first."
)
def columns_first(tokens, sizes, patch):
    frames, rows, columns = (s // p for s, p in zip(sizes, patch, strict=True))
    boxes = tokens.reshape(len(tokens), frames, columns, rows, *patch, -1)
    boxes = boxes.permute(0, 1, 4, 3, 5, 2, 6, 7)
    return boxes.reshape(len(tokens), *sizes, -1)


@tokens_to_video.wrong(
    "The blocks are in place, and inside each rows and columns are mixed: its pixels come "
    "in the order `pF, pH, pW`."
)
def columns_inside(tokens, sizes, patch):
    counts = [size // p for size, p in zip(sizes, patch, strict=True)]
    f, h, w = patch
    boxes = tokens.reshape(len(tokens), *counts, f, w, h, -1)
    boxes = boxes.permute(0, 1, 4, 2, 6, 3, 5, 7)
    return boxes.reshape(len(tokens), *sizes, -1)


@tokens_to_video.wrong(
    "You read a token one channel after the other. The channels of a pixel stand side by "
    "side, so `C` is the last axis of a block."
)
def channels_first(tokens, sizes, patch):
    n_channels = tokens.shape[-1] // math.prod(patch)
    tokens = tokens.unflatten(-1, (n_channels, -1)).mT.flatten(-2)
    return tokens_to_video(tokens, sizes, patch)


@tokens_to_video.wrong(
    "You count the frames fastest. The first tokens are all blocks of the first frames."
)
def frames_last(tokens, sizes, patch):
    frames, rows, columns = (s // p for s, p in zip(sizes, patch, strict=True))
    boxes = tokens.reshape(len(tokens), rows, columns, frames, *patch, -1)
    boxes = boxes.permute(0, 3, 4, 1, 5, 2, 6, 7)
    return boxes.reshape(len(tokens), *sizes, -1)


@tokens_to_video.wrong(
    "Height and width of the patch are swapped: `patch` is `(pF, pH, pW)`."
)
def patch_swapped(tokens, sizes, patch):
    return tokens_to_video(tokens, sizes, (patch[0], patch[2], patch[1]))


@tokens_to_video.wrong(
    "Every token has its box, and the boxes are not joined yet: permute, and reshape to "
    "`(B, F, H, W, C)`."
)
def still_boxes(tokens, sizes, patch):
    return boxes_of(tokens, sizes, patch)


@tokens_to_video.wrong(
    "The pixels are in place, and the last axis is lost: width and channels are one. Keep "
    "`C` apart, even if it is 1."
)
def no_channels(tokens, sizes, patch):
    return tokens_to_video(tokens, sizes, patch).flatten(3)
