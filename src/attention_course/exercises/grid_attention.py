"""Chapter 5's exercises: blocks, non-local, axial and nearby attention, grids of two sizes.

Solutions use torch alone, not ``attention_course.grid_attention``: a test compares the two.
Each wrong answer is a mistake that somebody makes; ``check`` recognises it by its numbers.
"""

# Without ``from __future__ import annotations``: a reader's notebook evaluates the
# annotations of a stub, so what it may not have imported stands in quotes.

import itertools
import math
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from .frame import Args, Exercise, Question, Wrong, primes

__all__ = ["EXERCISES"]

Sizes = tuple[int, int, int]


def _triple(numbers: list[int]) -> Sizes:
    first, second, third = numbers
    return first, second, third


def _scaled(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.mT / math.sqrt(query.shape[-1])  # (..., Tq, Tk)


def _attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return _scaled(query, key).softmax(-1) @ value


def _attend_near(query: Tensor, key: Tensor, value: Tensor, near: Tensor) -> Tensor:
    scores = _scaled(query, key).masked_fill(~near, -math.inf)
    return scores.softmax(-1) @ value


# ------------------------------------------------------------------ 5.1 predict

ONE_PIXEL = Question(
    id="5.1",
    title="What does it cost to look?",
    difficulty=1,
    minutes=6,
    text="""\
A video has 16 frames of 32 × 32 pixels, so `(F, H, W)` is `(16, 32, 32)`. Every pixel is a token. \
Count the scores of one head and one layer, before you unfold:

1. Full attention: every pixel looks at every pixel. How many scores? How much memory is that, at \
4 bytes a score?
2. Axial attention: one step along the frames, one along the height, one along the width. How many \
scores in all three?
3. Nearby attention with extents `(1, 2, 2)`, that is one frame, two rows and two columns to each \
side. How many scores at most? Why are there fewer in fact?
4. Now the video grows to twice its size in every axis. By what factor do the three grow?
5. And if full attention looks at blocks of 1 × 4 × 4 pixels in place of pixels?""",
    answer="""\
1. 16 · 32 · 32 = 16,384 pixels, and 16,384² = **268,435,456** scores: 1 GiB, for one head of one \
layer and one video.
2. A pixel sees 16 + 32 + 32 = 80 places, so 16,384 · 80 = **1,310,720**.
3. The window has 3 · 5 · 5 = 75 cells, so at most 16,384 · 75 = **1,228,800**. At the border part \
of the window lies outside and is cut off. Axis by axis the windows hold 46, 154 and 154 cells in \
all, and 46 · 154 · 154 = **1,090,936**.
4. There are 8 times as many pixels. Full attention takes 8² = **64** times as many scores. Axial \
takes 8 · 2 = **16** times: lines are twice as long. Nearby takes about **8** times: the window \
stays, and a little less of it is cut off.
5. 16 · 8 · 8 = 1,024 tokens and **1,048,576** scores, 256 times fewer. That is why pictures are \
cut into blocks first. The price: within a block nothing looks at anything; a linear layer has to \
do.""",
)


# ------------------------------------------------------------- 5.2 cut a video


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


def _video_sizes(generator: torch.Generator, common: bool) -> tuple[list[int], Sizes]:
    """Draw a video's shape and a patch; ``common``: the patch fits if its axes are swapped."""
    patch = _triple(primes(generator, 3, low=2, high=5))
    counts = primes(generator, 3, low=2, high=7)
    n_videos, n_channels = (2, 3) if common else (3, 1)
    sizes = [count * p for count, p in zip(counts, patch, strict=True)]
    if common:
        sizes[1:] = [patch[1] * patch[2] * count for count in (1, 2)]
    return [n_videos, *sizes, n_channels], patch


def _tokens_inputs(generator: torch.Generator) -> Iterator[Args]:
    for common in (True, False, False):
        shape, patch = _video_sizes(generator, common)
        yield torch.randn(shape, generator=generator), patch


def _cut(video: Tensor, patch: Sizes) -> Tensor:
    """Cut every axis in two: ``(B, nF, pF, nH, pH, nW, pW, C)``."""
    for axis, size in zip((5, 3, 1), reversed(patch), strict=True):
        place = (axis + 1) // 2
        video = video.unflatten(place, (video.shape[place] // size, size))
    return video


def _tokens_by_unflatten(video: Tensor, patch: Sizes) -> Tensor:
    blocks = _cut(video, patch)
    blocks = blocks.movedim((2, 4, 6), (4, 5, 6))  # (B, nF, nH, nW, pF, pH, pW, C)
    return blocks.reshape(len(video), -1, math.prod(patch) * video.shape[-1])


def _tokens_by_loops(video: Tensor, patch: Sizes) -> Tensor:
    starts = [
        range(0, size, p) for size, p in zip(video.shape[1:4], patch, strict=True)
    ]
    f, h, w = patch
    blocks = [
        video[:, i : i + f, j : j + h, k : k + w].flatten(1)
        for i, j, k in itertools.product(*starts)
    ]
    return torch.stack(blocks, dim=1)


def _tokens_by_unfold(video: Tensor, patch: Sizes) -> Tensor:
    for axis, size in enumerate(patch, start=1):
        video = video.unfold(axis, size, size)  # the pieces go to the end
    return video.movedim(4, -1).flatten(4).flatten(1, 3)


def _tokens_straight(video: Tensor, patch: Sizes) -> Tensor:
    return video.reshape(len(video), -1, math.prod(patch) * video.shape[-1])


def _tokens_every_nth(video: Tensor, patch: Sizes) -> Tensor:
    for axis, size in zip((3, 2, 1), reversed(patch), strict=True):
        video = video.unflatten(axis, (size, -1))  # (B, pF, nF, pH, nH, pW, nW, C)
    return video.permute(0, 2, 4, 6, 1, 3, 5, 7).flatten(4).flatten(1, 3)


def _tokens_column_by_column(video: Tensor, patch: Sizes) -> Tensor:
    blocks = _cut(video, patch).permute(0, 1, 5, 3, 2, 4, 6, 7)
    return blocks.flatten(4).flatten(1, 3)


def _tokens_columns_inside(video: Tensor, patch: Sizes) -> Tensor:
    blocks = _cut(video, patch).permute(0, 1, 3, 5, 2, 6, 4, 7)
    return blocks.flatten(4).flatten(1, 3)


def _tokens_frames_last(video: Tensor, patch: Sizes) -> Tensor:
    blocks = _cut(video, patch).permute(0, 3, 5, 1, 2, 4, 6, 7)
    return blocks.flatten(4).flatten(1, 3)


def _tokens_channels_first(video: Tensor, patch: Sizes) -> Tensor:
    blocks = _cut(video, patch).permute(0, 1, 3, 5, 7, 2, 4, 6)
    return blocks.flatten(4).flatten(1, 3)


def _tokens_patch_swapped(video: Tensor, patch: Sizes) -> Tensor:
    return video_to_tokens(video, (patch[0], patch[2], patch[1]))


def _tokens_frame_by_frame(video: Tensor, patch: Sizes) -> Tensor:
    return video_to_tokens(video, (1, patch[1], patch[2]))


def _tokens_still_a_grid(video: Tensor, patch: Sizes) -> Tensor:
    return _cut(video, patch).permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4)


def _tokens_batch_too(video: Tensor, patch: Sizes) -> Tensor:
    return video_to_tokens(video, patch).flatten(0, 1)


def _tokens_blocks_unwritten(video: Tensor, patch: Sizes) -> Tensor:
    return _cut(video, patch).permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(1, 3)


TO_TOKENS = Exercise(
    id="5.2",
    title="Cut a video into tokens",
    difficulty=2,
    minutes=10,
    statement="""\
A transformer reads sequences, and a video is a box of pixels. Cut the box into small boxes, and \
write each as one vector: then a block is to a video what a word is to a sentence.

Write `video_to_tokens(video, patch)`: from `(B, F, H, W, C)` to `(B, T, pF · pH · pW · C)`. \
Blocks come in reading order: one frame of blocks after the other, in it row by row, in a row \
from left to right. So do the pixels inside a block, with their channels last.

Careful: a single reshape gives the right shape and cuts the video into strips, not into boxes.""",
    make_inputs=_tokens_inputs,
    solution=video_to_tokens,
    hints=(
        "Three steps: cut each of the three axes in two, bring the axes into order, and flatten.",
        "Cutting `H` into `nH` blocks of `pH` rows is a reshape to `(…, nH, pH, …)`: the number of "
        "the block first. All three at once: `(B, nF, pF, nH, pH, nW, pW, C)`.",
        "From `(B, nF, pF, nH, pH, nW, pW, C)` you want `(B, nF, nH, nW, pF, pH, pW, C)`: which "
        "block first, which pixel of it second. That is `permute(0, 1, 3, 5, 2, 4, 6, 7)`. Then "
        "`flatten(4)` writes the pixels of a block in a row, and `flatten(1, 3)` the blocks.",
    ),
    wrong=(
        Wrong(
            _tokens_straight,
            "You reshape straight to `(B, T, …)`. The shape is right, but a reshape never changes "
            "the order of numbers, so each token is a strip of pixels. Cut the axes, then permute.",
        ),
        Wrong(
            _tokens_every_nth,
            "You cut `H` into `(pH, nH)`, so a token gets every `nH`-th row: a comb, not a block. "
            "The number of the block comes first: `(nH, pH)`.",
        ),
        Wrong(
            _tokens_column_by_column,
            "The blocks are right and come column by column. Reading order goes along the width "
            "first: rows of blocks, one under the other.",
        ),
        Wrong(
            _tokens_columns_inside,
            "The blocks are right, but inside each you read the pixels column by column. Keep "
            "`pF, pH, pW` in this order.",
        ),
        Wrong(
            _tokens_frames_last,
            "Your tokens stay at one place and run through time first. Frames come first: all "
            "blocks of the first frames, then those of the next.",
        ),
        Wrong(
            _tokens_channels_first,
            "Inside a block you write one channel after the other. Channels are last: the numbers "
            "of a pixel stand side by side.",
        ),
        Wrong(
            _tokens_patch_swapped,
            "Height and width of the patch have changed places: `patch` is `(pF, pH, pW)`.",
        ),
        Wrong(
            _tokens_frame_by_frame,
            "You cut each frame by itself. A block of a video is `pF` frames deep, so it has a "
            "piece of time in it.",
        ),
        Wrong(
            _tokens_still_a_grid,
            "The blocks are right and still stand in a grid. Asked for is a sequence: flatten the "
            "three axes that count blocks.",
        ),
        Wrong(
            _tokens_batch_too,
            "You put the tokens of all videos into one sequence. Each video keeps its own: leave "
            "the first axis as it is.",
        ),
        Wrong(
            _tokens_blocks_unwritten,
            "You flatten the blocks into a sequence, and each is still a box. Write its pixels in "
            "a row, as one vector.",
        ),
    ),
    right=(_tokens_by_unflatten, _tokens_by_loops, _tokens_by_unfold),
)


# ------------------------------------------------------------- 5.3 and back again


def tokens_to_video(
    tokens: Tensor, sizes: tuple[int, int, int], patch: tuple[int, int, int]
) -> Tensor:
    """Put the blocks of exercise 5.2 back together.

    Args:
        tokens: ``(B, T, pF · pH · pW · C)``, blocks and pixels in reading order.
        sizes: ``(F, H, W)`` of the video.
        patch: ``(pF, pH, pW)``; it divides the sizes.

    Returns:
        The video ``(B, F, H, W, C)``. ``C`` follows from the length of a token.
    """
    counts = [size // p for size, p in zip(sizes, patch, strict=True)]
    boxes = tokens.reshape(len(tokens), *counts, *patch, -1)
    # (B, nF, nH, nW, pF, pH, pW, C): now set each count beside its patch size
    boxes = boxes.permute(0, 1, 4, 2, 5, 3, 6, 7)  # (B, nF, pF, nH, pH, nW, pW, C)
    return boxes.reshape(len(tokens), *sizes, -1)  # (B, F, H, W, C)


def _video_inputs(generator: torch.Generator) -> Iterator[Args]:
    for common in (True, False, False):
        (n_videos, *sizes, n_channels), patch = _video_sizes(generator, common)
        n_tokens = math.prod(sizes) // math.prod(patch)
        shape = (n_videos, n_tokens, math.prod(patch) * n_channels)
        yield torch.randn(shape, generator=generator), _triple(sizes), patch


def _boxes(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    """Give each token its box: ``(B, nF, nH, nW, pF, pH, pW, C)``."""
    counts = [size // p for size, p in zip(sizes, patch, strict=True)]
    return tokens.reshape(len(tokens), *counts, *patch, -1)


def _video_by_loops(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    f, h, w = patch
    video = torch.zeros(len(tokens), *sizes, tokens.shape[-1] // math.prod(patch))
    starts = [range(0, size, p) for size, p in zip(sizes, patch, strict=True)]
    for number, (i, j, k) in enumerate(itertools.product(*starts)):
        box = tokens[:, number].reshape(len(tokens), *patch, -1)
        video[:, i : i + f, j : j + h, k : k + w] = box
    return video


def _video_by_joining(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    boxes = _boxes(tokens, sizes, patch)
    for axis in (3, 2, 1):  # set the boxes side by side, then rows, then frames
        boxes = torch.cat(boxes.unbind(axis), dim=2 * axis - 1)
    return boxes


def _video_by_numbers(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    n_channels = tokens.shape[-1] // math.prod(patch)
    numbers = torch.arange(math.prod(sizes) * n_channels)
    where = video_to_tokens(numbers.reshape(1, *sizes, n_channels), patch).flatten()
    video = torch.zeros(len(tokens), len(numbers))
    video[:, where] = tokens.flatten(1)
    return video.reshape(len(tokens), *sizes, n_channels)


def _video_straight(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    return tokens.reshape(len(tokens), *sizes, -1)


def _video_every_nth(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    boxes = _boxes(tokens, sizes, patch).permute(0, 4, 1, 5, 2, 6, 3, 7)
    return boxes.reshape(len(tokens), *sizes, -1)


def _video_cut_again(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    boxes = _boxes(tokens, sizes, patch).permute(0, 1, 3, 5, 2, 4, 6, 7)
    return boxes.reshape(len(tokens), *sizes, -1)


def _video_columns_first(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    frames, rows, columns = (s // p for s, p in zip(sizes, patch, strict=True))
    boxes = tokens.reshape(len(tokens), frames, columns, rows, *patch, -1)
    boxes = boxes.permute(0, 1, 4, 3, 5, 2, 6, 7)
    return boxes.reshape(len(tokens), *sizes, -1)


def _video_columns_inside(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    counts = [size // p for size, p in zip(sizes, patch, strict=True)]
    f, h, w = patch
    boxes = tokens.reshape(len(tokens), *counts, f, w, h, -1)
    boxes = boxes.permute(0, 1, 4, 2, 6, 3, 5, 7)
    return boxes.reshape(len(tokens), *sizes, -1)


def _video_channels_first(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    n_channels = tokens.shape[-1] // math.prod(patch)
    tokens = tokens.unflatten(-1, (n_channels, -1)).mT.flatten(-2)
    return tokens_to_video(tokens, sizes, patch)


def _video_frames_last(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    frames, rows, columns = (s // p for s, p in zip(sizes, patch, strict=True))
    boxes = tokens.reshape(len(tokens), rows, columns, frames, *patch, -1)
    boxes = boxes.permute(0, 3, 4, 1, 5, 2, 6, 7)
    return boxes.reshape(len(tokens), *sizes, -1)


def _video_patch_swapped(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    return tokens_to_video(tokens, sizes, (patch[0], patch[2], patch[1]))


def _video_still_boxes(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    return _boxes(tokens, sizes, patch)


def _video_no_channels(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    return tokens_to_video(tokens, sizes, patch).flatten(3)


TO_VIDEO = Exercise(
    id="5.3",
    title="And back to a video",
    difficulty=2,
    minutes=8,
    statement="""\
A model that makes videos ends with tokens, and we want to look at pixels. Write \
`tokens_to_video(tokens, sizes, patch)`, the exact inverse of exercise 5.2: from \
`(B, T, pF · pH · pW · C)` to `(B, F, H, W, C)`.

The best test of both is the way there and back: \
`tokens_to_video(video_to_tokens(video, patch), sizes, patch)` is the video, to the last bit. \
(Two mistakes that cancel pass this test too; `check` looks at each by itself.)""",
    make_inputs=_video_inputs,
    solution=tokens_to_video,
    hints=(
        "Walk the way of 5.2 backwards: last step first. What did the last step flatten?",
        "First give the tokens their axes back, `(B, nF, nH, nW, pF, pH, pW, C)`, where "
        "`nF = F // pF` and so on; `-1` finds `C`. In which order must the axes stand, so that a "
        "reshape to `(B, F, H, W, C)` is right?",
        "`nF` and `pF` belong side by side, and so for height and width: "
        "`(B, nF, pF, nH, pH, nW, pW, C)`. From `(B, nF, nH, nW, pF, pH, pW, C)` that is "
        "`permute(0, 1, 4, 2, 5, 3, 6, 7)`. Note that it is another permutation than on the way "
        "there: it undoes that one.",
    ),
    wrong=(
        Wrong(
            _video_straight,
            "You reshape straight to `(B, F, H, W, C)`. The shape is right and the picture is "
            "torn: the first token fills a strip in place of its block. Unflatten the blocks, "
            "permute, then reshape.",
        ),
        Wrong(
            _video_every_nth,
            "You set `pH` before `nH`, so the pixels of a block are spread over the whole frame. "
            "The number of the block comes first, then the pixel in it.",
        ),
        Wrong(
            _video_cut_again,
            "You use the permutation of the way there once more. The way back undoes it: "
            "`permute(0, 1, 4, 2, 5, 3, 6, 7)`.",
        ),
        Wrong(
            _video_columns_first,
            "You lay the blocks out column by column. They come row by row: the second block "
            "stands to the right of the first.",
        ),
        Wrong(
            _video_columns_inside,
            "The blocks are in place, and inside each rows and columns are mixed: its pixels come "
            "in the order `pF, pH, pW`.",
        ),
        Wrong(
            _video_channels_first,
            "You read a token one channel after the other. The channels of a pixel stand side by "
            "side, so `C` is the last axis of a block.",
        ),
        Wrong(
            _video_frames_last,
            "You count the frames fastest. The first tokens are all blocks of the first frames.",
        ),
        Wrong(
            _video_patch_swapped,
            "Height and width of the patch have changed places: `patch` is `(pF, pH, pW)`.",
        ),
        Wrong(
            _video_still_boxes,
            "Every token has its box, and the boxes are not joined yet: permute, and reshape to "
            "`(B, F, H, W, C)`.",
        ),
        Wrong(
            _video_no_channels,
            "The pixels are in place, and the last axis is lost: width and channels are one. Keep "
            "`C` apart, even if it is 1.",
        ),
    ),
    right=(_video_by_loops, _video_by_joining, _video_by_numbers),
)


# ------------------------------------------------------------- 5.4 non-local


def attend_to_all_cells(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Let every cell of a video attend to every cell, in all frames.

    Args:
        query: ``(B, F, H, W, d_k)``.
        key: ``(B, F, H, W, d_k)``.
        value: ``(B, F, H, W, d_v)``.

    Returns:
        One vector for each cell, ``(B, F, H, W, d_v)``.
    """
    q, k, v = (part.flatten(1, 3) for part in (query, key, value))  # (B, T, ·)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, T, T)
    output = scores.softmax(dim=-1) @ v  # (B, T, d_v)
    return output.unflatten(1, query.shape[1:4])  # (B, F, H, W, d_v)


def _grids(generator: torch.Generator, picture: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Draw queries, keys and values on one grid, of a video or of a picture."""
    n_videos, *sizes = primes(generator, 4, low=2, high=7)
    d_k, d_v = primes(generator, 2, low=11, high=13)
    if picture:
        sizes[0] = 1
    return (
        torch.randn(n_videos, *sizes, d_k, generator=generator),
        torch.randn(n_videos, *sizes, d_k, generator=generator),
        torch.randn(n_videos, *sizes, d_v, generator=generator),
    )


def _all_inputs(generator: torch.Generator) -> Iterator[Args]:
    for picture in (False, False, True):
        yield _grids(generator, picture)


def _lines(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Make sequences of three grids: ``(B, T, ·)``."""
    return query.flatten(1, 3), key.flatten(1, 3), value.flatten(1, 3)


def _all_by_einsum(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    scores = torch.einsum("bfhwd,bxyzd->bfhwxyz", query, key) / query.shape[-1] ** 0.5
    weights = scores.flatten(-3).softmax(-1).reshape(scores.shape)
    return torch.einsum("bfhwxyz,bxyzd->bfhwd", weights, value)


def _all_by_kernel(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    output = F.scaled_dot_product_attention(*_lines(query, key, value))
    return output.reshape(*query.shape[:-1], value.shape[-1])


def _all_by_loop(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    output = torch.zeros(*query.shape[:-1], value.shape[-1])
    for place in itertools.product(*map(range, query.shape[:-1])):
        keys = key[place[0]].flatten(0, 2)  # (T, d_k)
        weights = (keys @ query[place] / query.shape[-1] ** 0.5).softmax(0)
        output[place] = weights @ value[place[0]].flatten(0, 2)
    return output


def _all_own_frame(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    output = _attend(*(part.flatten(2, 3) for part in (query, key, value)))
    return output.reshape(*query.shape[:-1], -1)


def _all_own_row(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return _attend(query, key, value)


def _all_batch(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    output = _attend(*(part.flatten(0, 3) for part in (query, key, value)))
    return output.reshape(*query.shape[:-1], -1)


def _all_over_queries(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    q, k, v = _lines(query, key, value)
    return (_scaled(q, k).softmax(-2) @ v).reshape(*query.shape[:-1], -1)


def _all_unscaled(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return attend_to_all_cells(query * math.sqrt(query.shape[-1]), key, value)


def _all_scaled_by_cells(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    q, k, v = _lines(query, key, value)
    weights = (q @ k.mT / math.sqrt(q.shape[-2])).softmax(-1)
    return (weights @ v).reshape(*query.shape[:-1], -1)


def _all_back_swapped(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    n_frames, n_rows, n_columns = query.shape[1:4]
    output = attend_to_all_cells(query, key, value).flatten(1, 3)
    return output.reshape(len(query), n_frames, n_columns, n_rows, -1).transpose(2, 3)


def _all_columns_first(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    output = attend_to_all_cells(query, key, value).transpose(2, 3)
    return output.reshape(*query.shape[:-1], -1)


def _all_values_mixed(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    mixed = value.movedim(-1, 1).reshape(value.shape)
    return attend_to_all_cells(query, key, mixed)


def _all_not_itself(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    q, k, v = _lines(query, key, value)
    output = _attend_near(q, k, v, ~torch.eye(q.shape[1], dtype=torch.bool))
    return output.reshape(*query.shape[:-1], -1)


def _all_still_a_line(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return attend_to_all_cells(query, key, value).flatten(1, 3)


def _all_summed(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return _attend(query, key, value).sum((1, 2, 3))


ALL_CELLS = Exercise(
    id="5.4",
    title="Every cell looks at every cell",
    difficulty=1,
    minutes=8,
    statement="""\
"Any point" of a video may look at any other, in its own frame and in all the others. That is \
called non-local attention, and you have everything for it already: the attention of chapter 3 \
asks for sequences, so make a sequence of the grid, attend, and make a grid of the result.

Write `attend_to_all_cells(query, key, value)`. All three are grids, `(B, F, H, W, d_k)` or \
`(B, F, H, W, d_v)`; the result is `(B, F, H, W, d_v)`. Scale the scores as always. Use torch \
alone, not the package's `full_attention`.""",
    make_inputs=_all_inputs,
    solution=attend_to_all_cells,
    hints=(
        "Which axes have to become one, so that a `@` compares each cell with each cell?",
        "`query.flatten(1, 3)` is `(B, F · H · W, d_k)`, and the same for key and value. From "
        "there on it is chapter 3: scores, softmax over the keys, weighted sum.",
        "After `weights @ v` of shape `(B, T, d_v)` comes `.unflatten(1, (F, H, W))`. `flatten` "
        "and `unflatten` keep the order of the cells, so nothing has to be permuted. The scores "
        "are divided by `√d_k`, where `d_k = query.shape[-1]`.",
    ),
    wrong=(
        Wrong(
            _all_own_frame,
            "Each frame looks at itself only. Flatten the frames too: a cell may look into the "
            "past and into the future.",
        ),
        Wrong(
            _all_own_row,
            "Each row looks at itself only, because `@` works on the last two axes, `W` and `d_k`. "
            "Make one axis of `F`, `H` and `W` first.",
        ),
        Wrong(
            _all_batch,
            "Your videos look at each other. The batch stays an axis of its own: flatten the axes "
            "1 to 3.",
        ),
        Wrong(
            _all_over_queries,
            "Your softmax runs over the queries. The weights of one query sum to 1 over the cells "
            "that it looks at, the last axis of the scores.",
        ),
        Wrong(
            _all_unscaled,
            "You do not scale the scores. Divide them by √d_k.",
        ),
        Wrong(
            _all_scaled_by_cells,
            "You divide by the root of the number of cells. What counts is the length of a query, "
            "`d_k`.",
        ),
        Wrong(
            _all_back_swapped,
            "The output is right until you unfold it as `(W, H)` and swap: that mixes the cells. "
            "They lie row by row, so unflatten to `(F, H, W)`.",
        ),
        Wrong(
            _all_columns_first,
            "You read height and width in one order and write them in the other, so the cells are "
            "mixed. Flatten and unflatten in the same order, `F, H, W`.",
        ),
        Wrong(
            _all_values_mixed,
            "The weights are right and the values are torn: a reshape across the channels mixes "
            "cells. The vector is the last axis and stays whole.",
        ),
        Wrong(
            _all_not_itself,
            "You forbid a cell to look at itself. It may.",
        ),
        Wrong(
            _all_still_a_line,
            "The numbers are right and still a sequence. Give them their grid back: "
            "`.unflatten(1, (F, H, W))`.",
        ),
        Wrong(
            _all_summed,
            "You sum over the whole grid. Every cell has an output of its own.",
        ),
    ),
    right=(_all_by_einsum, _all_by_kernel, _all_by_loop),
)


# ------------------------------------------------------------- 5.5 axial


def attend_along(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    """Let every cell attend to the cells in line with it, along one axis.

    Args:
        query: ``(B, F, H, W, d_k)``.
        key: ``(B, F, H, W, d_k)``.
        value: ``(B, F, H, W, d_v)``.
        axis: 0 = along the frames, 1 = along the height, 2 = along the width.

    Returns:
        One vector for each cell, ``(B, F, H, W, d_v)``.
    """
    line = axis + 1  # axis 0 of the tensor is the batch
    q, k, v = (part.movedim(line, -2) for part in (query, key, value))
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, ·, ·, T, T)
    output = scores.softmax(dim=-1) @ v  # (B, ·, ·, T, d_v)
    return output.movedim(-2, line)  # (B, F, H, W, d_v)


def _along_inputs(generator: torch.Generator) -> Iterator[Args]:
    for axis, picture in [(0, False), (1, False), (2, False), (1, True)]:
        yield (*_grids(generator, picture), axis)


def _along_by_einsum(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    looked = "bfhwd"
    letter = looked[axis + 1]
    other = looked.replace(letter, "t")
    scores = torch.einsum(f"{looked},{other}->{looked[:-1]}t", query, key)
    weights = (scores / query.shape[-1] ** 0.5).softmax(-1)
    return torch.einsum(f"{looked[:-1]}t,{other}->{looked}", weights, value)


def _along_by_swapping(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    parts = (part.transpose(axis + 1, 3) for part in (query, key, value))
    return _attend(*parts).transpose(axis + 1, 3)


def _along_by_mask(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    cells = torch.cartesian_prod(*map(torch.arange, query.shape[1:4]))  # (T, 3)
    same = cells[:, None] == cells  # (T, T, 3)
    same[..., axis] = True
    q, k, v = _lines(query, key, value)
    output = _attend_near(q, k, v, same.all(-1))
    return output.reshape(*query.shape[:-1], -1)


def _along_reshaped(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    n = query.shape[axis + 1]
    parts = (
        part.reshape(len(part), -1, n, part.shape[-1]) for part in (query, key, value)
    )
    return _attend(*parts).reshape(*query.shape[:-1], -1)


def _along_back_reshaped(
    query: Tensor, key: Tensor, value: Tensor, axis: int
) -> Tensor:
    parts = (part.movedim(axis + 1, -2) for part in (query, key, value))
    return _attend(*parts).reshape(*query.shape[:-1], -1)


def _along_not_back(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    return _attend(*(part.movedim(axis + 1, -2) for part in (query, key, value)))


def _along_back_swapped(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    return _along_not_back(query, key, value, axis).transpose(axis + 1, -2)


def _along_batch(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    return attend_along(query, key, value, axis - 1)


def _along_from_the_end(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    return attend_along(query, key, value, 2 - axis)


def _along_plane(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    parts = [part.movedim(axis + 1, 1) for part in (query, key, value)]
    output = _attend(*(part.flatten(2, 3) for part in parts))
    return output.reshape(*parts[0].shape[:-1], -1).movedim(1, axis + 1)


def _along_everything(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    return attend_to_all_cells(query, key, value)


def _along_over_queries(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    q, k, v = (part.movedim(axis + 1, -2) for part in (query, key, value))
    return (_scaled(q, k).softmax(-2) @ v).movedim(-2, axis + 1)


def _along_unscaled(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    return attend_along(query * math.sqrt(query.shape[-1]), key, value, axis)


def _along_mean_line(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    others = [place for place in (1, 2, 3) if place != axis + 1]
    keys = key.mean(others, keepdim=True).expand_as(key)
    values = value.mean(others, keepdim=True).expand_as(value)
    return attend_along(query, keys, values, axis)


ALONG = Exercise(
    id="5.5",
    title="Look along one axis",
    difficulty=2,
    minutes=10,
    statement="""\
Full attention over a video of pixels is out of reach. Axial attention looks along one line \
instead: through the frames, down the column, or across the row. One such step along each axis, \
one after the other, and every cell has heard of every other.

Write `attend_along(query, key, value, axis)` for grids `(B, F, H, W, ·)`; `axis` 0 looks along \
the frames, 1 along the height, 2 along the width. The two other axes play the part of the batch. \
The result is again `(B, F, H, W, d_v)`.""",
    make_inputs=_along_inputs,
    solution=attend_along,
    hints=(
        "`@` and softmax work on the last two axes and take all axes before them for a batch. So "
        "which axis has to stand right before the vectors?",
        "Move it there: `query.movedim(axis + 1, -2)`, and key and value the same way; `+ 1`, "
        "because the batch is axis 0 of the tensor. Then attend as always.",
        "In the end move the axis back: `output.movedim(-2, axis + 1)`. A reshape does not do it, "
        "because it leaves all numbers in their order; nor does `transpose`, which swaps two axes "
        "in place of putting one in front of the others.",
    ),
    wrong=(
        Wrong(
            _along_reshaped,
            "You make lines by a reshape. It takes neighbours in memory, and only along the width "
            "are these neighbours in the grid. Move the axis with `movedim`.",
        ),
        Wrong(
            _along_back_reshaped,
            "You attend along the right lines and come back by a reshape, which mixes the cells. "
            "Move the axis back to where it was.",
        ),
        Wrong(
            _along_not_back,
            "The numbers are right, and the axis still stands before the vectors. Move it back to "
            "its place.",
        ),
        Wrong(
            _along_back_swapped,
            "You moved the axis there with `movedim` and came back with `transpose`. For the "
            "frames that leaves height and width swapped: undo a move with a move.",
        ),
        Wrong(
            _along_batch,
            "You are one axis off: for `axis` 0 your videos look at each other. Axis 0 of the "
            "tensor is the batch, so the frames are its axis 1.",
        ),
        Wrong(
            _along_from_the_end,
            "You count the axes from the end. 0 is along the frames, 1 along the height, 2 along "
            "the width.",
        ),
        Wrong(
            _along_plane,
            "You look at everything *but* that axis: each cell sees the plane across. It is to see "
            "the line.",
        ),
        Wrong(
            _along_everything,
            "Every cell sees the whole grid. It is to see only the cells that differ from it in "
            "this one axis.",
        ),
        Wrong(
            _along_over_queries,
            "Your softmax runs over the queries. It runs over the cells looked at, the last axis "
            "of the scores.",
        ),
        Wrong(
            _along_unscaled,
            "You do not scale the scores. Divide them by √d_k.",
        ),
        Wrong(
            _along_mean_line,
            "You average the other two axes away and keep one line for the whole grid. Each cell "
            "has a line of its own; the other axes act as a batch.",
        ),
    ),
    right=(_along_by_einsum, _along_by_swapping, _along_by_mask),
)


# ------------------------------------------------------------- 5.6 the map


def matching_cells(
    cells: Tensor,
    sizes: tuple[int, int, int],
    context_sizes: tuple[int, int, int],
) -> Tensor:
    """Find the cells of a context that lie where given cells of a video lie.

    Args:
        cells: integers ``(n, 3)``; a row is ``(i, j, k)``: frame, row, column.
        sizes: ``(F, H, W)`` of the video.
        context_sizes: ``(F', H', W')`` of the context.

    Returns:
        Integers ``(n, 3)``, rows ``(⌊i · F' / F⌋, ⌊j · H' / H⌋, ⌊k · W' / W⌋)``.
    """
    return cells * torch.tensor(context_sizes) // torch.tensor(sizes)  # (n, 3)


def _draw_cells(generator: torch.Generator, n_cells: int, sizes: Sizes) -> Tensor:
    """Draw different cells, the first and the last one of the grid among them."""
    numbers = torch.randperm(math.prod(sizes), generator=generator)[:n_cells]
    cells = torch.cartesian_prod(*map(torch.arange, sizes))  # (F · H · W, 3)
    return torch.cat([cells[:1], cells[-1:], cells[numbers]])


def _cells_inputs(generator: torch.Generator) -> Iterator[Args]:
    for context_is in ("smaller", "larger", "mixed", "equal"):
        n_cells = 11
        small = _triple(primes(generator, 3, low=3, high=7))
        large = _triple(primes(generator, 3, low=11, high=19))
        mixed = _triple(primes(generator, 3, low=5, high=13))
        sizes, context_sizes = {
            "smaller": (large, small),
            "larger": (small, large),
            "mixed": (mixed, _triple(primes(generator, 3, low=2, high=13))),
            "equal": (large, large),
        }[context_is]
        yield _draw_cells(generator, n_cells, sizes), sizes, context_sizes
    # Sizes where fractions go wrong: 7 / 23 · 23 and 13 / 23 · 23 come out below 7 and 13.
    sizes, context_sizes = (23, 33, 22), (23, 39, 30)
    special = torch.tensor([[7, 11, 11], [13, 22, 11], [14, 5, 3]])
    drawn = _draw_cells(generator, 5, sizes)
    yield torch.cat([special, drawn]), sizes, context_sizes


def _cells_by_loop(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return torch.tensor(
        [
            [
                place * n_context // n
                for place, n, n_context in zip(cell, sizes, context_sizes, strict=True)
            ]
            for cell in cells.tolist()
        ]
    )


def _cells_by_columns(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    columns = [
        torch.div(
            cells[:, axis] * context_sizes[axis], sizes[axis], rounding_mode="floor"
        )
        for axis in range(3)
    ]
    return torch.stack(columns, dim=-1)


def _cells_by_floats(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return (cells * torch.tensor(context_sizes) / torch.tensor(sizes)).floor().long()


def _cells_by_counting(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    found = []
    for axis, (n, n_context) in enumerate(zip(sizes, context_sizes, strict=True)):
        starts = torch.arange(1, n_context) * n  # in units of 1 / (n · n_context)
        found.append((cells[:, axis, None] * n_context >= starts).sum(-1))
    return torch.stack(found, dim=-1)


def _cells_rounded(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return (cells * torch.tensor(context_sizes) / torch.tensor(sizes)).round().long()


def _cells_ceiling(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return (cells * torch.tensor(context_sizes) / torch.tensor(sizes)).ceil().long()


def _cells_middle(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return (2 * cells + 1) * torch.tensor(context_sizes) // (2 * torch.tensor(sizes))


def _cells_as_they_are(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return cells.clone()


def _cells_clamped(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return torch.minimum(cells, torch.tensor(context_sizes) - 1)


def _cells_shifted(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return cells + (torch.tensor(context_sizes) - torch.tensor(sizes)) // 2


def _cells_other_way(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return cells * torch.tensor(sizes) // torch.tensor(context_sizes)


def _cells_whole_ratio(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return cells * (torch.tensor(context_sizes) // torch.tensor(sizes))


def _cells_corners(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return cells * (torch.tensor(context_sizes) - 1) // (torch.tensor(sizes) - 1)


def _cells_swapped(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    order = [0, 2, 1]
    swapped = torch.tensor(context_sizes)[order] * cells // torch.tensor(sizes)[order]
    return swapped


def _cells_width_first(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return matching_cells(cells.flip(-1), sizes, context_sizes).flip(-1)


def _cells_divided_first(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    return (cells / torch.tensor(sizes) * torch.tensor(context_sizes)).floor().long()


def _cells_ratio_first(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    ratio = torch.tensor(context_sizes) / torch.tensor(sizes)
    return (cells * ratio).floor().long()


def _cells_divided_double(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    double = cells.double() / torch.tensor(sizes) * torch.tensor(context_sizes)
    return double.floor().long()


def _cells_ratio_double(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    ratio = torch.tensor(context_sizes).double() / torch.tensor(sizes)
    return (cells * ratio).floor().long()


CELLS = Exercise(
    id="5.6",
    title="Where does this cell lie in the other grid?",
    difficulty=1,
    minutes=6,
    statement="""\
X has 8 frames of 16 × 16 cells, C has 4 frames of 8 × 8. Cell (5, 10, 3) of X looks around in C; \
around which cell? Around the one that lies in the same place of the picture and at the same time: \
NUWA takes (⌊5 · 4 / 8⌋, ⌊10 · 8 / 16⌋, ⌊3 · 8 / 16⌋) = (2, 5, 1).

Write `matching_cells(cells, sizes, context_sizes)`: from `n` cells of a grid of `sizes` \
`(F, H, W)`, given as integers `(n, 3)`, to the `n` cells of a grid of `context_sizes`, `(n, 3)`. \
The context may be smaller in one axis and larger in another.""",
    make_inputs=_cells_inputs,
    solution=matching_cells,
    hints=(
        "Take each axis by itself. Cell `i` of `F` begins after the share `i / F`. How many of "
        "the other `F'` cells is that?",
        "`i * F' // F` in whole numbers: multiply first, then divide without remainder. The three "
        "columns of `cells` have their own sizes.",
        "`torch.tensor(context_sizes)` is `(3,)`, so `cells * torch.tensor(context_sizes)` "
        "multiplies each column by its own size. Divide by `torch.tensor(sizes)` with `//`, and "
        "the result is of whole numbers again.",
    ),
    wrong=(
        Wrong(
            _cells_rounded,
            "You round to the nearest cell. Round down: otherwise the last cells of a grid can "
            "come out one beyond the end of the other.",
        ),
        Wrong(
            _cells_ceiling,
            "You round up. Down is asked for, ⌊·⌋: a place belongs to the cell that has begun.",
        ),
        Wrong(
            _cells_middle,
            "You map the *middle* of a cell. That is a sensible choice too, and a different one: "
            "NUWA maps where the cell begins, `i`, and not `i + ½`.",
        ),
        Wrong(
            _cells_as_they_are,
            "You return the cells as they came. In a smaller context some of these do not exist, "
            "and in a larger one they all lie in one corner: stretch by `F' / F`.",
        ),
        Wrong(
            _cells_clamped,
            "You keep the numbers and clamp them to the context, so everything beyond its size "
            "looks at its border. Stretch by `F' / F` instead.",
        ),
        Wrong(
            _cells_shifted,
            "You shift by half the difference of the sizes, as if the smaller grid were cut out of "
            "the middle of the larger. Both show the whole picture: stretch, by `F' / F`.",
        ),
        Wrong(
            _cells_other_way,
            "The ratio is upside down: you map from the context to the video. Multiply by the "
            "context's size, divide by the video's.",
        ),
        Wrong(
            _cells_whole_ratio,
            "You divide the sizes first, without remainder, so 3 / 2 becomes 1 and 1 / 2 becomes "
            "0. Multiply first: `i * F' // F`.",
        ),
        Wrong(
            _cells_corners,
            "You map the first cell to the first and the last to the last, by `F' - 1` and "
            "`F - 1`. NUWA's map takes the sizes themselves.",
        ),
        Wrong(
            _cells_swapped,
            "Height and width have changed places: rows go with `H`, columns with `W`.",
        ),
        Wrong(
            _cells_width_first,
            "You read a cell as column, row, frame. The order is frame, row, column, as in "
            "`(F, H, W)`.",
        ),
        Wrong(
            _cells_divided_first,
            "You divide before you multiply, and a rounding error costs a whole cell: "
            "7 / 23 · 23 is 6.9999995, and its floor is 6. Stay with whole numbers, "
            "`cells * context // sizes`.",
        ),
        Wrong(
            _cells_ratio_first,
            "You multiply by a rounded ratio, and its error costs a whole cell: 11 · (39 / 33) "
            "comes out a little below 13. Stay with whole numbers, `cells * context // sizes`.",
        ),
        Wrong(
            _cells_divided_double,
            "You divide before you multiply. Even with 16 digits 13 / 23 · 23 is a little less "
            "than 13, and its floor is 12. Multiply first, and divide with `//`.",
        ),
        Wrong(
            _cells_ratio_double,
            "You multiply by a ratio, which is rounded even with 16 digits: 11 · (30 / 22) comes "
            "out a little below 15. Multiply whole numbers first, and divide with `//`.",
        ),
    ),
    right=(_cells_by_loop, _cells_by_columns, _cells_by_floats, _cells_by_counting),
)


# ------------------------------------------------------------- 5.7 the neighbourhood


def near_mask(
    cell: tuple[int, int, int],
    sizes: tuple[int, int, int],
    extent: tuple[int, int, int],
) -> Tensor:
    """Mark the neighbourhood of one cell, as far as it lies inside the grid.

    Args:
        cell: ``(i, j, k)``: frame, row, column.
        sizes: ``(F, H, W)`` of the grid.
        extent: ``(e_F, e_H, e_W)``, how far the neighbourhood reaches to each side.

    Returns:
        Boolean ``(F, H, W)``: ``True`` = a neighbour, the cell itself included.
    """
    near = []
    for place, size, e in zip(cell, sizes, extent, strict=True):
        near.append((torch.arange(size) - place).abs() <= e)  # (size,)
    frames, rows, columns = near
    return frames[:, None, None] & rows[:, None] & columns  # (F, H, W)


def _near_inputs(generator: torch.Generator) -> Iterator[Args]:
    extents = [(1, 2, 3), (3, 1, 2), (2, 4, 3), (0, 3, 1), (2, 7, 1)]
    corners = ["middle", "start", "end", "middle", "mixed"]
    for extent, where in zip(extents, corners, strict=True):
        sizes = _triple(primes(generator, 3, low=7, high=13))
        places = {
            "start": [0, 1, 0],
            "middle": [size // 2 for size in sizes],
            "end": [size - 1 for size in sizes],
            "mixed": [1, sizes[1] - 2, sizes[2] // 2],
        }[where]
        yield _triple(places), sizes, extent


def _box(starts: list[int], stops: list[int], sizes: Sizes) -> Tensor:
    mask = torch.zeros(sizes, dtype=torch.bool)
    mask[tuple(map(slice, starts, stops))] = True
    return mask


def _distances(cell: Sizes, sizes: Sizes) -> Tensor:
    """How far each cell is away along each axis, ``(F, H, W, 3)``."""
    cells = torch.cartesian_prod(*map(torch.arange, sizes)).reshape(*sizes, 3)
    return (cells - torch.tensor(cell)).abs()


def _near_by_slices(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    starts = [max(place - e, 0) for place, e in zip(cell, extent, strict=True)]
    stops = [place + e + 1 for place, e in zip(cell, extent, strict=True)]
    return _box(starts, stops, sizes)


def _near_by_distance(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    return (_distances(cell, sizes) <= torch.tensor(extent)).all(-1)


def _near_by_loops(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    mask = torch.zeros(sizes, dtype=torch.bool)
    for other in itertools.product(*map(range, sizes)):
        gaps = [abs(a - b) for a, b in zip(other, cell, strict=True)]
        mask[other] = all(gap <= e for gap, e in zip(gaps, extent, strict=True))
    return mask


def _near_less_than(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    return (_distances(cell, sizes) < torch.tensor(extent)).all(-1)


def _near_full_width(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    return (_distances(cell, sizes) <= torch.tensor(extent) // 2).all(-1)


def _near_without_last(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    starts = [max(place - e, 0) for place, e in zip(cell, extent, strict=True)]
    stops = [place + e for place, e in zip(cell, extent, strict=True)]
    return _box(starts, stops, sizes)


def _near_negative_start(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    starts = [place - e for place, e in zip(cell, extent, strict=True)]
    stops = [place + e + 1 for place, e in zip(cell, extent, strict=True)]
    return _box(starts, stops, sizes)


def _near_wrapped(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    mask = torch.zeros(sizes, dtype=torch.bool)
    windows = [
        [(place + step) % size for step in range(-e, e + 1)]
        for place, size, e in zip(cell, sizes, extent, strict=True)
    ]
    mask[torch.meshgrid(*map(torch.tensor, windows), indexing="ij")] = True
    return mask


def _near_pushed_inside(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    starts = [
        max(min(place - e, size - 2 * e - 1), 0)
        for place, size, e in zip(cell, sizes, extent, strict=True)
    ]
    stops = [start + 2 * e + 1 for start, e in zip(starts, extent, strict=True)]
    return _box(starts, stops, sizes)


def _near_swapped(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    return near_mask(cell, sizes, (extent[0], extent[2], extent[1]))


def _near_width_first(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    return near_mask(cell, sizes, (extent[2], extent[1], extent[0]))


def _near_any_axis(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    return (_distances(cell, sizes) <= torch.tensor(extent)).any(-1)


def _near_by_steps(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    return _distances(cell, sizes).sum(-1) <= max(extent)


def _near_own_frame(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    return near_mask(cell, sizes, (0, *extent[1:]))


def _near_not_itself(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    mask = near_mask(cell, sizes, extent)
    mask[cell] = False
    return mask


def _near_turned(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    return ~near_mask(cell, sizes, extent)


def _near_one_sided(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    starts = [max(place - e, 0) for place, e in zip(cell, extent, strict=True)]
    return _box(starts, [place + 1 for place in cell], sizes)


NEAR = Exercise(
    id="5.7",
    title="The neighbours of one cell",
    difficulty=2,
    minutes=10,
    statement="""\
What matters to a pixel is mostly close by: around it, just before and just after it. Nearby \
attention lets a cell look at a box around it, and the *extent* says how far the box reaches to \
each side. With extents `(1, 2, 2)` it holds 3 · 5 · 5 = 75 cells, unless part of it lies outside: \
that part is cut off.

Write `near_mask(cell, sizes, extent)`: a boolean mask `(F, H, W)`, `True` for the neighbours of \
`cell`, itself included. `cell` is `(i, j, k)`, counted from 0: frame, row, column.""",
    make_inputs=_near_inputs,
    solution=near_mask,
    hints=(
        "Begin with one axis. Which of the numbers 0, 1, …, `F - 1` are at most `e_F` away from "
        "`i`? Then: when is a cell of the grid a neighbour?",
        "`(torch.arange(F) - i).abs() <= e_F` is `(F,)`, and the same for rows and columns. A cell "
        "is a neighbour if all three hold. How do `(F,)`, `(H,)` and `(W,)` become `(F, H, W)`?",
        "Give them axes of size 1 and let them broadcast: `frames[:, None, None] & rows[:, None] & "
        "columns`. You may also fill a box by slices, but then clip its start: "
        "`max(i - e_F, 0) : i + e_F + 1`, because a negative start counts from the end.",
    ),
    wrong=(
        Wrong(
            _near_less_than,
            "You ask for a distance *below* the extent. Cells exactly that far away belong to the "
            "neighbourhood: `<=`.",
        ),
        Wrong(
            _near_full_width,
            "You take the extent for the width of the window. It is how far the window reaches to "
            "*each* side, so the window is 2e + 1 wide.",
        ),
        Wrong(
            _near_without_last,
            "The far end is missing. A slice leaves out its end: `i - e : i + e + 1`.",
        ),
        Wrong(
            _near_negative_start,
            "Near the first border your slice starts below 0, and Python counts that from the end. "
            "Clip it: `max(i - e, 0)`. (At the far border a slice may go too far.)",
        ),
        Wrong(
            _near_wrapped,
            "Your window goes on at the opposite border, as if left and right edge were glued "
            "together. What lies outside the grid is cut off.",
        ),
        Wrong(
            _near_pushed_inside,
            "At a border you push the whole window back inside, so that it keeps its size. NATTEN "
            "does that. Here the window stays around its cell and is cut off.",
        ),
        Wrong(
            _near_swapped,
            "The extents of height and width have changed places: `(e_F, e_H, e_W)`.",
        ),
        Wrong(
            _near_width_first,
            "You use the extents from back to front. The order is frames, height, width, as in the "
            "sizes.",
        ),
        Wrong(
            _near_any_axis,
            "You mark cells that are near in *one* axis. A neighbour is near in all three: join "
            "the conditions by `&`.",
        ),
        Wrong(
            _near_by_steps,
            "You add the distances up. The neighbourhood is a box: each axis is compared with its "
            "own extent.",
        ),
        Wrong(
            _near_own_frame,
            "You stay in the cell's own frame. The box reaches `e_F` frames into the past and into "
            "the future.",
        ),
        Wrong(
            _near_not_itself,
            "The cell itself is missing. Its distance is 0, so it belongs to its neighbourhood.",
        ),
        Wrong(
            _near_turned,
            "Your mask is turned round. In this course `True` means *may attend*: `True` for the "
            "neighbours.",
        ),
        Wrong(
            _near_one_sided,
            "Your box reaches back only. The extent counts on both sides of the cell.",
        ),
    ),
    right=(_near_by_slices, _near_by_distance, _near_by_loops),
)


# ------------------------------------------------------------- 5.8 nearby on a line


def attend_on_line(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    extent: int,
) -> Tensor:
    """Let every place of a sequence attend to the places near it.

    Args:
        query: ``(T, d_k)``.
        key: ``(T, d_k)``.
        value: ``(T, d_v)``.
        extent: how many places the window reaches to each side, 0 or more.

    Returns:
        One vector for each place, ``(T, d_v)``. At the ends the window is cut off.
    """
    outputs = []
    for i in range(len(query)):
        near = slice(max(i - extent, 0), i + extent + 1)  # a slice may end too late
        scores = key[near] @ query[i] / math.sqrt(len(query[i]))  # (n,)
        weights = scores.softmax(dim=0)  # (n,), they sum to 1
        outputs.append(weights @ value[near])  # (d_v,)
    return torch.stack(outputs)  # (T, d_v)


def _line_inputs(generator: torch.Generator) -> Iterator[Args]:
    for extent, low in [(1, 7), (3, 11), (2, 5), (0, 5), (4, 3)]:
        length, d_k, d_v = primes(generator, 3, low=low, high=low + 12)
        if extent == 4:
            length = 3  # the window is larger than the sequence
        yield (
            torch.randn(length, d_k, generator=generator),
            torch.randn(length, d_k, generator=generator),
            torch.randn(length, d_v, generator=generator),
            extent,
        )


def _gaps(length: int) -> Tensor:
    places = torch.arange(length)
    return places - places[:, None]  # (T, T): how far each key is to the right


def _line_by_mask(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    return _attend_near(query, key, value, _gaps(len(query)).abs() <= extent)


def _line_window(length: int, extent: int) -> tuple[Tensor, Tensor]:
    """The places of each window, ``(T, 2e + 1)``, and which of them exist."""
    places = torch.arange(length)[:, None] + torch.arange(-extent, extent + 1)
    return places, (places >= 0) & (places < length)


def _line_scores(query: Tensor, keys: Tensor) -> Tensor:
    return (keys @ query[:, :, None]).squeeze(-1) / math.sqrt(query.shape[-1])


def _line_by_gather(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    places, inside = _line_window(len(query), extent)
    places = places.clamp(0, len(query) - 1)
    scores = _line_scores(query, key[places]).masked_fill(~inside, -math.inf)
    return (scores.softmax(-1)[:, None] @ value[places]).squeeze(1)


def _line_by_offsets(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    total, norm = torch.zeros_like(value), torch.zeros(len(query), 1)
    for step in range(-extent, extent + 1):
        here = slice(max(-step, 0), max(len(query) - max(step, 0), 0))
        there = slice(here.start + step, here.stop + step)
        if here.stop <= here.start:
            continue
        products = (query[here] * key[there]).sum(-1, keepdim=True)
        share = (products / math.sqrt(query.shape[-1])).exp()
        total[here] += share * value[there]
        norm[here] += share
    return total / norm


def _line_full_width(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    return attend_on_line(query, key, value, extent // 2)


def _line_without_last(
    query: Tensor, key: Tensor, value: Tensor, extent: int
) -> Tensor:
    gaps = _gaps(len(query))
    weights = _scaled(query, key).masked_fill(
        (gaps < -extent) | (gaps >= extent), -math.inf
    )
    return weights.softmax(-1).nan_to_num() @ value


def _line_less_than(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    scores = _scaled(query, key).masked_fill(
        _gaps(len(query)).abs() >= extent, -math.inf
    )
    return scores.softmax(-1).nan_to_num() @ value


def _line_back_only(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    gaps = _gaps(len(query))
    return _attend_near(query, key, value, (gaps <= 0) & (gaps >= -extent))


def _line_negative_start(
    query: Tensor, key: Tensor, value: Tensor, extent: int
) -> Tensor:
    outputs = []
    for i in range(len(query)):
        near = slice(i - extent, i + extent + 1)
        weights = (key[near] @ query[i] / math.sqrt(query.shape[-1])).softmax(0)
        outputs.append(weights @ value[near])
    return torch.stack(outputs)


def _line_wrapped(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    places, _ = _line_window(len(query), extent)
    places = places % len(query)
    weights = _line_scores(query, key[places]).softmax(-1)
    return (weights[:, None] @ value[places]).squeeze(1)


def _line_clamped(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    places, _ = _line_window(len(query), extent)
    places = places.clamp(0, len(query) - 1)
    weights = _line_scores(query, key[places]).softmax(-1)
    return (weights[:, None] @ value[places]).squeeze(1)


def _line_padded(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    places, _ = _line_window(len(query), extent)
    keys, values = (F.pad(part, (0, 0, extent, extent)) for part in (key, value))
    weights = _line_scores(query, keys[places + extent]).softmax(-1)
    return (weights[:, None] @ values[places + extent]).squeeze(1)


def _line_pushed_inside(
    query: Tensor, key: Tensor, value: Tensor, extent: int
) -> Tensor:
    length = len(query)
    starts = (
        (torch.arange(length) - extent).clamp(max=length - 2 * extent - 1).clamp(min=0)
    )
    gaps = torch.arange(length) - starts[:, None]
    return _attend_near(query, key, value, (gaps >= 0) & (gaps <= 2 * extent))


def _line_cut_afterwards(
    query: Tensor, key: Tensor, value: Tensor, extent: int
) -> Tensor:
    weights = _scaled(query, key).softmax(-1)
    return weights.masked_fill(_gaps(len(query)).abs() > extent, 0) @ value


def _line_zero_scores(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    scores = _scaled(query, key) * (_gaps(len(query)).abs() <= extent)
    return scores.softmax(-1) @ value


def _line_over_queries(
    query: Tensor, key: Tensor, value: Tensor, extent: int
) -> Tensor:
    far = _gaps(len(query)).abs() > extent
    return _scaled(query, key).masked_fill(far, -math.inf).softmax(0) @ value


def _line_unscaled(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    return attend_on_line(query * math.sqrt(query.shape[-1]), key, value, extent)


def _line_everything(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    return _attend(query, key, value)


def _line_mean(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    return attend_on_line(torch.zeros_like(query), key, value, extent)


LINE = Exercise(
    id="5.8",
    title="Nearby attention on a line",
    difficulty=2,
    minutes=12,
    statement="""\
Three axes hide what happens; one shows it. Write nearby attention for a sequence, \
`attend_on_line(query, key, value, extent)`: place `i` attends to the places from `i - extent` to \
`i + extent`, both included. At the ends of the sequence a part of the window does not exist. It \
gets no score at all: not a zero, not the place at the other end, not the last place once more.

`query` and `key` are `(T, d_k)`, `value` is `(T, d_v)`, and so is the result. A loop over the \
places is fine. With an extent of `T - 1` or more this is full attention, with 0 it returns the \
values: two tests to try yourself.""",
    make_inputs=_line_inputs,
    solution=attend_on_line,
    hints=(
        "For one place `i`: cut its keys out of `key` and its values out of `value`, then attend "
        "with one query.",
        "`key[max(i - extent, 0) : i + extent + 1]` are its keys, `(n, d_k)`. A slice may go "
        "beyond the end; below the start it may not, for a negative number counts from the end.",
        "With these keys `near @ query[i]` gives `n` products. Divide them by √d_k, take the "
        "softmax, multiply with the values of the same slice, and stack the results of all places. "
        "Without a loop: all `(T, T)` scores, and `-inf` where `|i - j| > extent`, before the "
        "softmax.",
    ),
    wrong=(
        Wrong(
            _line_full_width,
            "You take the extent for the width of the window. The window reaches that far to "
            "*each* side: it has 2 · extent + 1 places.",
        ),
        Wrong(
            _line_without_last,
            "The place at `i + extent` is missing. A slice leaves out its end: go to "
            "`i + extent + 1`.",
        ),
        Wrong(
            _line_less_than,
            "You ask for a distance below the extent. A place exactly `extent` away belongs to the "
            "window.",
        ),
        Wrong(
            _line_back_only,
            "You look back only. The window reaches to both sides.",
        ),
        Wrong(
            _line_negative_start,
            "At the start your slice begins below 0, which Python counts from the end, and the "
            "window comes out empty or wrong. Clip it: `max(i - extent, 0)`.",
        ),
        Wrong(
            _line_wrapped,
            "Your window wraps round: the first place sees the last one as its neighbour. A line "
            "has ends; `torch.roll` and `%` make a ring of it.",
        ),
        Wrong(
            _line_clamped,
            "At the ends you count the last place several times, because numbers beyond the end "
            "are clamped to it. Mask those, so that every place counts once.",
        ),
        Wrong(
            _line_padded,
            "You fill up with zeros, and the zeros get weight: a score of 0 is a score. What does "
            "not exist needs a score of `-inf`, or no place in the window.",
        ),
        Wrong(
            _line_pushed_inside,
            "At the ends you push the window back inside, so that it keeps its width. NATTEN does "
            "that. Here it stays around its place and is cut off.",
        ),
        Wrong(
            _line_cut_afterwards,
            "You take the softmax over all places and cut afterwards, so the weights that are left "
            "sum to less than 1. Cut the scores, then take the softmax.",
        ),
        Wrong(
            _line_zero_scores,
            "You set the scores outside the window to 0. A score of 0 still gets weight; the "
            "softmax needs `-inf` there.",
        ),
        Wrong(
            _line_over_queries,
            "Your softmax runs over the queries. The weights of one place sum to 1 over the places "
            "that it looks at.",
        ),
        Wrong(
            _line_unscaled,
            "You do not scale the scores. Divide them by √d_k.",
        ),
        Wrong(
            _line_everything,
            "Every place sees the whole sequence. Cut the window out first.",
        ),
        Wrong(
            _line_mean,
            "You average the window, each place with the same weight. The weights come from query "
            "and keys.",
        ),
    ),
    right=(_line_by_mask, _line_by_gather, _line_by_offsets),
)


# ------------------------------------------------------------- 5.9 counting scores


def window_total(
    sizes: tuple[int, int, int],
    context_sizes: tuple[int, int, int],
    extent: tuple[int, int, int],
) -> int:
    """Count the scores of nearby attention between two grids, for one head.

    Args:
        sizes: ``(F, H, W)`` of the grid that looks.
        context_sizes: ``(F', H', W')`` of the grid that is looked at.
        extent: ``(e_F, e_H, e_W)``, how far a window reaches to each side.

    Returns:
        How many pairs of a cell and a neighbour there are. Cell ``i`` of an axis
        looks around ``⌊i · F' / F⌋``; what lies outside the context is not counted.
    """
    total = 1
    for size, context_size, e in zip(sizes, context_sizes, extent, strict=True):
        along_axis = 0
        for i in range(size):
            centre = i * context_size // size
            first, last = max(centre - e, 0), min(centre + e, context_size - 1)
            along_axis += last - first + 1
        total *= along_axis  # each frame with each row with each column
    return total


def _total_inputs(generator: torch.Generator) -> Iterator[Args]:
    for same, extent in [
        (True, (1, 2, 3)),
        (False, (2, 3, 1)),
        (False, (3, 1, 2)),
        (False, (0, 9, 1)),
    ]:
        sizes = _triple(primes(generator, 3, low=5, high=13))
        context_sizes = _triple(primes(generator, 3, low=5, high=17))
        yield sizes, sizes if same else context_sizes, extent


def _windows(size: int, context_size: int, e: int) -> list[tuple[int, int]]:
    """First and last cell of each window, before clipping."""
    centres = [i * context_size // size for i in range(size)]
    return [(centre - e, centre + e) for centre in centres]


def _total_by(
    count: Callable[[int, int, int], int], sizes: Sizes, context: Sizes, extent: Sizes
) -> int:
    return math.prod(map(count, sizes, context, extent))


def _total_by_mask(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    total = 1
    for n, n_context, e in zip(sizes, context_sizes, extent, strict=True):
        centres = torch.arange(n) * n_context // n
        near = (centres[:, None] - torch.arange(n_context)).abs() <= e
        total *= int(near.sum())
    return total


def _total_by_cells(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    total = 0
    for cell in itertools.product(*map(range, sizes)):
        n_near = 1
        for i, n, n_context, e in zip(cell, sizes, context_sizes, extent, strict=True):
            centre = i * n_context // n
            n_near *= len(range(max(centre - e, 0), min(centre + e + 1, n_context)))
        total += n_near
    return total


def _total_by_cutting(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    def count(n: int, n_context: int, e: int) -> int:
        windows = _windows(n, n_context, e)
        left = sum(max(-first, 0) for first, _ in windows)
        right = sum(max(last - n_context + 1, 0) for _, last in windows)
        return n * (2 * e + 1) - left - right

    return _total_by(count, sizes, context_sizes, extent)


def _total_unclipped(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return _total_by(lambda n, _, e: n * (2 * e + 1), sizes, context_sizes, extent)


def _total_full(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return math.prod(sizes) * math.prod(context_sizes)


def _total_smaller(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return _total_by(
        lambda n, m, e: n * min(2 * e + 1, m), sizes, context_sizes, extent
    )


def _total_full_width(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    half = (extent[0] // 2, extent[1] // 2, extent[2] // 2)
    return window_total(sizes, context_sizes, half)


def _total_no_plus_one(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    def count(n: int, n_context: int, e: int) -> int:
        windows = _windows(n, n_context, e)
        return sum(min(last, n_context - 1) - max(first, 0) for first, last in windows)

    return _total_by(count, sizes, context_sizes, extent)


def _total_only_left(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    def count(n: int, n_context: int, e: int) -> int:
        return sum(
            last - max(first, 0) + 1 for first, last in _windows(n, n_context, e)
        )

    return _total_by(count, sizes, context_sizes, extent)


def _total_no_map(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    def count(n: int, n_context: int, e: int) -> int:
        return sum(
            len(range(max(i - e, 0), min(i + e + 1, n_context))) for i in range(n)
        )

    return _total_by(count, sizes, context_sizes, extent)


def _total_in_itself(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return window_total(sizes, sizes, extent)


def _total_in_context(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return window_total(context_sizes, context_sizes, extent)


def _total_other_way(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return window_total(context_sizes, sizes, extent)


def _total_added(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return sum(
        window_total((n, 1, 1), (m, 1, 1), (e, 0, 0))
        for n, m, e in zip(sizes, context_sizes, extent, strict=True)
    )


def _total_swapped(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return window_total(sizes, context_sizes, (extent[0], extent[2], extent[1]))


def _total_one_window(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return math.prod(2 * e + 1 for e in extent)


def _total_mean(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> float:
    return window_total(sizes, context_sizes, extent) / math.prod(sizes)


TOTAL = Exercise(
    id="5.9",
    title="Count the scores",
    difficulty=2,
    minutes=10,
    statement="""\
Before you buy a larger computer, count. Write `window_total(sizes, context_sizes, extent)`: how \
many scores does one head of nearby attention compute from a grid of `sizes` to a context of \
`context_sizes`? Windows are cut off at the borders, and what is cut off is not counted. The \
result is an int.

By hand: 4 places on a line that look at themselves with extent 1 have 2 + 3 + 3 + 2 = 10 scores, \
not 12. You need no tensor for this.""",
    make_inputs=_total_inputs,
    solution=window_total,
    hints=(
        "What does the number of frames that a cell sees depend on? And the number of rows? How "
        "do the three counts come together?",
        "Which frames a cell sees depends on its frame only; so count each axis by itself. Cell "
        "`i` looks around `centre = i * F' // F`, from `max(centre - e, 0)` to "
        "`min(centre + e, F' - 1)`.",
        "Both ends count, so one window has `last - first + 1` cells. Add these up over all `i` of "
        "the axis, and multiply the sums of the three axes: every frame window comes with every "
        "row window and every column window.",
    ),
    wrong=(
        Wrong(
            _total_unclipped,
            "You count whole windows everywhere. At the borders a part lies outside and is not "
            "computed: count what is left.",
        ),
        Wrong(
            _total_full,
            "That is full attention, every cell with every cell. Count only the neighbours.",
        ),
        Wrong(
            _total_smaller,
            "You make the window smaller only where it is larger than the whole axis. It is cut "
            "off at every border: the first cell of an axis sees only one side.",
        ),
        Wrong(
            _total_full_width,
            "You take the extent for the width of the window. It reaches that far to *each* side.",
        ),
        Wrong(
            _total_no_plus_one,
            "From first to last there are `last - first + 1` cells: you count one too few in each "
            "window.",
        ),
        Wrong(
            _total_only_left,
            "You clip at the start of each axis and forget the end: `min(centre + e, F' - 1)`.",
        ),
        Wrong(
            _total_no_map,
            "You put the window of cell `i` around cell `i` of the context. Map it first: "
            "`i * F' // F`.",
        ),
        Wrong(
            _total_in_itself,
            "You count windows in the grid that looks. They lie in the context and are cut off at "
            "*its* borders.",
        ),
        Wrong(
            _total_in_context,
            "You count one window for each cell of the context. There is one for each cell of the "
            "grid that looks.",
        ),
        Wrong(
            _total_other_way,
            "The two grids have changed places: `sizes` is the one that looks.",
        ),
        Wrong(
            _total_added,
            "You add the three axes. A cell's neighbours are all pairs of a frame, a row and a "
            "column: multiply.",
        ),
        Wrong(
            _total_swapped,
            "The extents of height and width have changed places: `(e_F, e_H, e_W)`.",
        ),
        Wrong(
            _total_one_window,
            "That is the size of one window. Add up the windows of all cells.",
        ),
        Wrong(
            _total_mean,
            "You return the mean for each cell. The sum over all cells is asked for.",
        ),
    ),
    right=(_total_by_mask, _total_by_cells, _total_by_cutting),
    rtol=0,  # a count is right or wrong
    atol=0,
)


# ------------------------------------------------------------------ 5.10 predict

NO_SAVING = Question(
    id="5.10",
    title="When is a window no saving?",
    difficulty=2,
    minutes=6,
    text="""\
Nearby attention is there to save. Does it always?

1. A scan of a digit has 8 × 8 pixels; the extents are `(0, 3, 3)`. What share of the scores of \
full attention is left?
2. And for a picture of 64 × 64 with the same extents?
3. The direct way gathers a copy of each window's keys and values, in full, and masks what lies \
outside. How many keys does it hold for the scan, and how many does full attention hold?
4. From which extent on are nearby and full attention the same, for a grid `(F, H, W)`?
5. The picture is given as a video of one frame, with extents `(1, 3, 3)`. What changes in the \
result, what in the number of scores, and what in the work of the direct way?""",
    answer="""\
1. Along one axis the windows hold 4 + 5 + 6 + 7 + 7 + 6 + 5 + 4 = 44 pixels, so there are 44² = \
**1,936** scores. Full attention has 64² = 4,096. **47 %** is left.
2. Along one axis 64 · 7 − 12 = 436, so 436² = **190,096** scores of 16,777,216: **1.1 %**. The \
saving grows with the grid, since the window does not.
3. 64 windows of 7 · 7 = 49 keys are **3,136**; full attention holds **64**, once. 49 times the \
keys, to be rid of half of the scores: on a grid this small full attention is the better choice.
4. From `(F - 1, H - 1, W - 1)` on: then the first cell sees the last one. More extent changes \
nothing, because it lies outside.
5. The **result does not change**, and neither does the number of **scores**: the frames before \
and after do not exist. The **direct way** works on windows of 147 cells in place of 49, and \
masks two thirds of them.""",
)


# ------------------------------------------------------------- 5.11 across two grids


def attend_across(
    query: Tensor, key: Tensor, value: Tensor, extent: tuple[int, int, int]
) -> Tensor:
    """Let every cell of one grid attend to what lies near it in another grid.

    Args:
        query: ``(F, H, W, d_k)``, of the grid that looks.
        key: ``(F', H', W', d_k)``, of the context.
        value: ``(F', H', W', d_v)``, of the context.
        extent: ``(e_F, e_H, e_W)``, in cells of the context, to each side.

    Returns:
        One vector for each cell that looks, ``(F, H, W, d_v)``. Cell ``i`` of an
        axis looks around ``⌊i · F' / F⌋``; windows are cut off at the borders.
    """
    near = []
    for axis, e in enumerate(extent):
        size, context_size = query.shape[axis], key.shape[axis]
        centre = torch.arange(size) * context_size // size  # (F,)
        gap = centre[:, None] - torch.arange(context_size)  # (F, F')
        near.append(gap.abs() <= e)
    frames = near[0][:, None, None, :, None, None]  # (F, 1, 1, F', 1, 1)
    rows = near[1][:, None, None, :, None]  # (H, 1, 1, H', 1)
    columns = near[2][:, None, None, :]  # (W, 1, 1, W')
    mask = (frames & rows & columns).flatten(3)  # (F, H, W, T')

    scores = query @ key.flatten(0, 2).T  # (F, H, W, T')
    scores = scores.masked_fill(~mask, -math.inf) / math.sqrt(query.shape[-1])
    weights = scores.softmax(dim=-1)  # (F, H, W, T')
    return weights @ value.flatten(0, 2)  # (F, H, W, d_v)


def _across_inputs(generator: torch.Generator) -> Iterator[Args]:
    for context_is, extent in [
        ("smaller", (0, 1, 2)),
        ("larger", (2, 3, 1)),
        ("mixed", (1, 2, 4)),
    ]:
        small = primes(generator, 3, low=2, high=5)
        large = primes(generator, 3, low=7, high=13)
        sizes, context_sizes = {
            "smaller": (large, small),
            "larger": (small, large),
            "mixed": ([5, large[1], 3], [2, 3, large[2]]),
        }[context_is]
        d_k, d_v = primes(generator, 2, low=5, high=17)
        yield (
            torch.randn(*sizes, d_k, generator=generator),
            torch.randn(*context_sizes, d_k, generator=generator),
            torch.randn(*context_sizes, d_v, generator=generator),
            extent,
        )


def _across_by(
    near: Callable[[Tensor, Tensor, int, int, int], Tensor],
    grids: tuple[Tensor, Tensor, Tensor],
    extent: Sizes,
    axis: int = -1,
) -> Tensor:
    """Attend where ``near(i, a, F, F', e)`` holds in all axes: ``i`` looks, ``a`` answers."""
    query, key, value = grids
    mask = torch.ones((), dtype=torch.bool)
    for place, e in enumerate(extent):
        n, n_context = query.shape[place], key.shape[place]
        hits = near(torch.arange(n)[:, None], torch.arange(n_context), n, n_context, e)
        shape = [1] * 6
        shape[place], shape[3 + place] = n, n_context
        mask = mask & hits.reshape(shape)
    scores = (query @ key.flatten(0, 2).T / math.sqrt(query.shape[-1])).masked_fill(
        ~mask.expand(*query.shape[:3], *key.shape[:3]).flatten(3), -math.inf
    )
    if axis == 0:  # over the queries
        return scores.flatten(0, 2).softmax(0).reshape(scores.shape) @ value.flatten(
            0, 2
        )
    return scores.softmax(-1) @ value.flatten(0, 2)


def _across_by_loops(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    output = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        box = []
        for i, n, n_context, e in zip(
            cell, query.shape[:3], key.shape[:3], extent, strict=True
        ):
            centre = i * n_context // n
            box.append(slice(max(centre - e, 0), centre + e + 1))
        keys, values = key[tuple(box)].flatten(0, 2), value[tuple(box)].flatten(0, 2)
        weights = (keys @ query[cell] / math.sqrt(query.shape[-1])).softmax(0)
        output[cell] = weights @ values
    return output


def _across_by_lists(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    cells, context = (
        torch.cartesian_prod(*map(torch.arange, grid.shape[:3]))
        for grid in (query, key)
    )
    centres = cells * torch.tensor(key.shape[:3]) // torch.tensor(query.shape[:3])
    near = ((centres[:, None] - context).abs() <= torch.tensor(extent)).all(-1)
    q, k, v = (grid.flatten(0, 2) for grid in (query, key, value))
    output = _attend_near(q, k, v, near)
    return output.reshape(*query.shape[:3], -1)


def _across_by_stretching(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    return _across_by(
        lambda i, a, n, m, e: ((a - e) * n <= i * m) & (i * m < (a + e + 1) * n),
        (query, key, value),
        extent,
    )


def _across_unmapped(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    return _across_by(
        lambda i, a, n, m, e: (i - a).abs() <= e, (query, key, value), extent
    )


def _across_clamped(query: Tensor, key: Tensor, value: Tensor, extent: Sizes) -> Tensor:
    return _across_by(
        lambda i, a, n, m, e: (i.clamp(max=m - 1) - a).abs() <= e,
        (query, key, value),
        extent,
    )


def _across_rounded(query: Tensor, key: Tensor, value: Tensor, extent: Sizes) -> Tensor:
    return _across_by(
        lambda i, a, n, m, e: ((i * m / n).round() - a).abs() <= e,
        (query, key, value),
        extent,
    )


def _across_shifted(query: Tensor, key: Tensor, value: Tensor, extent: Sizes) -> Tensor:
    return _across_by(
        lambda i, a, n, m, e: (i + (m - n) // 2 - a).abs() <= e,
        (query, key, value),
        extent,
    )


def _across_other_way(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    return _across_by(
        lambda i, a, n, m, e: (i - a * n // m).abs() <= e, (query, key, value), extent
    )


def _across_not_floored(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    return _across_by(
        lambda i, a, n, m, e: (i * m - a * n).abs() <= e * n,
        (query, key, value),
        extent,
    )


def _across_full_width(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    return attend_across(query, key, value, _triple([e // 2 for e in extent]))


def _across_less_than(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    return _across_by(
        lambda i, a, n, m, e: (i * m // n - a).abs() < e, (query, key, value), extent
    )


def _across_swapped(query: Tensor, key: Tensor, value: Tensor, extent: Sizes) -> Tensor:
    return attend_across(query, key, value, (extent[0], extent[2], extent[1]))


def _across_own_frame(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    return attend_across(query, key, value, (0, extent[1], extent[2]))


def _across_everything(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    return attend_across(query, key, value, _triple(list(key.shape[:3])))


def _across_over_queries(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    return _across_by(
        lambda i, a, n, m, e: (i * m // n - a).abs() <= e,
        (query, key, value),
        extent,
        axis=0,
    )


def _across_unscaled(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    return attend_across(query * math.sqrt(query.shape[-1]), key, value, extent)


def _across_zero_scores(
    query: Tensor, key: Tensor, value: Tensor, extent: Sizes
) -> Tensor:
    cells, context = (
        torch.cartesian_prod(*map(torch.arange, grid.shape[:3]))
        for grid in (query, key)
    )
    centres = cells * torch.tensor(key.shape[:3]) // torch.tensor(query.shape[:3])
    near = ((centres[:, None] - context).abs() <= torch.tensor(extent)).all(-1)
    q, k, v = (grid.flatten(0, 2) for grid in (query, key, value))
    return ((_scaled(q, k) * near).softmax(-1) @ v).reshape(*query.shape[:3], -1)


ACROSS = Exercise(
    id="5.11",
    title="Look near, in another grid",
    difficulty=3,
    minutes=20,
    statement="""\
A sharp video is to be made from a blurred, small one. Every cell of the large video asks the \
small one: what is there where I am? That is nearby cross-attention. Query, key and value differ \
as in chapter 3: the query comes from the grid that looks, key and value from the other.

Write `attend_across(query, key, value, extent)`. `query` is `(F, H, W, d_k)`, `key` \
`(F', H', W', d_k)`, `value` `(F', H', W', d_v)`, all without a batch; the result is \
`(F, H, W, d_v)`. Cell `(i, j, k)` looks around the cell of exercise 5.6, at the box of exercise \
5.7. Clear comes before fast: one mask over all pairs of cells, or loops.""",
    make_inputs=_across_inputs,
    solution=attend_across,
    hints=(
        "All the pieces exist: 5.6 says around which cell, 5.7 which cells are near it, and 5.4 "
        "how to attend. Only that the mask now has a row for each cell of `query`.",
        "One axis: `centre = torch.arange(F) * F' // F` is `(F,)`, and "
        "`(centre[:, None] - torch.arange(F')).abs() <= e_F` is `(F, F')`: which frame sees which. "
        "Make the same for rows and columns.",
        "Join the three to `(F, H, W, F', H', W')`: `frames[:, None, None, :, None, None]`, "
        "`rows[:, None, None, :, None]` and `columns[:, None, None, :]` broadcast with `&`. The "
        "scores are `query @ key.flatten(0, 2).T / √d_k`, of shape `(F, H, W, F' · H' · W')`; "
        "flatten the mask the same way, set `-inf` where it is False, softmax, values.",
    ),
    wrong=(
        Wrong(
            _across_unmapped,
            "You compare the numbers of the cells as they are. The grids have different sizes: map "
            "`i` to `i * F' // F` first, or some cells find no neighbour at all.",
        ),
        Wrong(
            _across_clamped,
            "You clamp the cell to the context's size. Then everything beyond looks at the "
            "context's border; the map stretches: `i * F' // F`.",
        ),
        Wrong(
            _across_rounded,
            "You round to the nearest cell of the context. The map rounds down, ⌊i · F' / F⌋.",
        ),
        Wrong(
            _across_shifted,
            "You lay the middles of the two grids on each other and shift. Both show the whole "
            "picture: stretch by `F' / F`.",
        ),
        Wrong(
            _across_other_way,
            "You map the context's cells to the query's grid and measure there. The extents count "
            "cells of the *context*: map the query's cell.",
        ),
        Wrong(
            _across_not_floored,
            "You measure from `i · F' / F` without rounding it down. The window lies around a "
            "*cell* of the context, ⌊i · F' / F⌋.",
        ),
        Wrong(
            _across_full_width,
            "You take the extents for the widths of the window. It reaches that far to *each* "
            "side.",
        ),
        Wrong(
            _across_less_than,
            "You ask for a distance below the extent. Cells exactly that far away belong to the "
            "window: `<=`.",
        ),
        Wrong(
            _across_swapped,
            "The extents of height and width have changed places: `(e_F, e_H, e_W)`.",
        ),
        Wrong(
            _across_own_frame,
            "You look at one frame of the context only. The window reaches `e_F` frames to each "
            "side.",
        ),
        Wrong(
            _across_everything,
            "Every cell sees the whole context. The map and the attention are right; the window is "
            "missing.",
        ),
        Wrong(
            _across_over_queries,
            "Your softmax runs over the cells that look. It runs over the cells of the context, "
            "the last axis of the scores.",
        ),
        Wrong(
            _across_unscaled,
            "You do not scale the scores. Divide them by √d_k.",
        ),
        Wrong(
            _across_zero_scores,
            "You set the scores outside the window to 0, and a score of 0 still gets weight. Set "
            "them to `-inf`.",
        ),
    ),
    right=(_across_by_loops, _across_by_lists, _across_by_stretching),
)


# ------------------------------------------------------------- 5.12 reading order


def earlier_cells(sizes: tuple[int, int, int]) -> Tensor:
    """Say which cells a cell may see when a video is written cell by cell.

    Args:
        sizes: ``(F, H, W)``.

    Returns:
        Boolean ``(F, H, W, F, H, W)``: entry ``[i, j, k, a, b, c]`` is ``True`` if
        cell ``(i, j, k)`` may see ``(a, b, c)``: if that one is written no later.
    """
    numbers = torch.arange(math.prod(sizes))  # (T,), in the order of writing
    mask = numbers[:, None] >= numbers  # (T, T)
    return mask.reshape(*sizes, *sizes)  # (F, H, W, F, H, W)


def _earlier_inputs(generator: torch.Generator) -> Iterator[Args]:
    yield (_triple(primes(generator, 3, low=2, high=5)),)
    yield (_triple(primes(generator, 3, low=3, high=7)),)
    n_rows, n_columns = primes(generator, 2, low=2, high=7)
    yield ((1, n_rows, n_columns),)


def _pairs(sizes: Sizes) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Coordinates of the two cells, ``i, j, k`` and ``a, b, c``, ready to broadcast."""
    grids = torch.meshgrid(*map(torch.arange, (*sizes, *sizes)), indexing="ij")
    return grids[:3], grids[3:]


def _in_order(sizes: Sizes, order: tuple[int, int, int]) -> Tensor:
    """Compare by the axes of ``order``, the slowest first."""
    mine, other = _pairs(sizes)
    number_mine, number_other = torch.zeros(()), torch.zeros(())
    for axis in order:
        number_mine = number_mine * sizes[axis] + mine[axis]
        number_other = number_other * sizes[axis] + other[axis]
    return number_other <= number_mine


def _earlier_by_cases(sizes: Sizes) -> Tensor:
    (i, j, k), (a, b, c) = _pairs(sizes)
    return (a < i) | ((a == i) & ((b < j) | ((b == j) & (c <= k))))


def _earlier_by_tril(sizes: Sizes) -> Tensor:
    n = math.prod(sizes)
    return (
        torch.ones(n, n, dtype=torch.bool)
        .tril()
        .unflatten(1, sizes)
        .unflatten(0, sizes)
    )


def _earlier_by_loops(sizes: Sizes) -> Tensor:
    mask = torch.zeros(*sizes, *sizes, dtype=torch.bool)
    cells = list(itertools.product(*map(range, sizes)))
    for number, cell in enumerate(cells):
        for other in cells[: number + 1]:
            mask[cell + other] = True
    return mask


def _earlier_not_itself(sizes: Sizes) -> Tensor:
    n = math.prod(sizes)
    return torch.ones(n, n, dtype=torch.bool).tril(-1).reshape(*sizes, *sizes)


def _earlier_frames(sizes: Sizes) -> Tensor:
    (i, _, _), (a, _, _) = _pairs(sizes)
    return a <= i


def _earlier_each_axis(sizes: Sizes) -> Tensor:
    (i, j, k), (a, b, c) = _pairs(sizes)
    return (a <= i) & (b <= j) & (c <= k)


def _earlier_each_strictly(sizes: Sizes) -> Tensor:
    (i, j, k), (a, b, c) = _pairs(sizes)
    return (a < i) & (b < j) & (c < k)


def _earlier_box_in_frame(sizes: Sizes) -> Tensor:
    (i, j, k), (a, b, c) = _pairs(sizes)
    return (a < i) | ((a == i) & (b <= j) & (c <= k))


def _earlier_rows(sizes: Sizes) -> Tensor:
    (i, j, _), (a, b, _) = _pairs(sizes)
    return (a < i) | ((a == i) & (b <= j))


def _earlier_own_frame(sizes: Sizes) -> Tensor:
    (i, _, _), (a, _, _) = _pairs(sizes)
    return earlier_cells(sizes) & (a == i)


def _earlier_later(sizes: Sizes) -> Tensor:
    n = math.prod(sizes)
    return torch.ones(n, n, dtype=torch.bool).triu().reshape(*sizes, *sizes)


def _earlier_turned(sizes: Sizes) -> Tensor:
    return ~earlier_cells(sizes)


def _earlier_columns(sizes: Sizes) -> Tensor:
    return _in_order(sizes, (0, 2, 1))


def _earlier_time_last(sizes: Sizes) -> Tensor:
    return _in_order(sizes, (1, 2, 0))


def _earlier_width_first(sizes: Sizes) -> Tensor:
    return _in_order(sizes, (2, 1, 0))


def _earlier_flat(sizes: Sizes) -> Tensor:
    n = math.prod(sizes)
    return torch.ones(n, n, dtype=torch.bool).tril()


EARLIER = Exercise(
    id="5.12",
    title="What is written already?",
    difficulty=2,
    minutes=10,
    statement="""\
NUWA's decoder writes a video as we write a text: cell after cell, row by row, frame by frame. \
While it writes a cell it must not see what comes later. In chapter 4 the mask for that was a \
triangle. What does it look like when the places have three coordinates?

Write `earlier_cells(sizes)`: a boolean mask `(F, H, W, F, H, W)`. Entry `[i, j, k, a, b, c]` is \
`True` if cell `(i, j, k)` may see cell `(a, b, c)`: if that one comes earlier in reading order, \
or is the cell itself. Before you start: may (1, 2, 0) see (1, 1, 5)? And (0, 7, 7)?""",
    make_inputs=_earlier_inputs,
    solution=earlier_cells,
    hints=(
        "Yes and yes: both come earlier, though 5 and 7 are larger than 0. So it does not do to "
        "compare the axes one by one. In which order do the coordinates decide?",
        "The frame decides; if it is the same, the row; if that is the same too, the column. Or "
        "give every cell its number in the order of writing: then one comparison is enough.",
        "`torch.arange(F * H * W)` numbers the cells in just this order, because a flattened grid "
        "is read row by row. Compare it with itself, `numbers[:, None] >= numbers`, which is the "
        "triangle of chapter 4, and reshape to `(*sizes, *sizes)`.",
    ),
    wrong=(
        Wrong(
            _earlier_not_itself,
            "The cell itself is missing. As in chapter 4 a place may see itself, or the first one "
            "would see nothing.",
        ),
        Wrong(
            _earlier_frames,
            "You compare frames only, so a cell sees all of its own frame, later cells included. "
            "In the same frame the row decides, then the column.",
        ),
        Wrong(
            _earlier_each_axis,
            "You ask that frame, row and column are all no larger. That forbids what stands above "
            "and to the right, though it is written already: the first difference decides.",
        ),
        Wrong(
            _earlier_each_strictly,
            "You ask that frame, row *and* column are all smaller. Then a cell does not even see "
            "its left neighbour: the first difference decides.",
        ),
        Wrong(
            _earlier_box_in_frame,
            "Earlier frames are right. In its own frame a cell also sees earlier rows in full, "
            "what stands to the right included.",
        ),
        Wrong(
            _earlier_rows,
            "In its own row a cell sees what stands to its right. In the same row the column "
            "decides.",
        ),
        Wrong(
            _earlier_own_frame,
            "The order within a frame is right, but earlier frames are missing: all of each is "
            "written already.",
        ),
        Wrong(
            _earlier_later,
            "You mark the later cells. The first three axes are the cell that looks, the last "
            "three the cell that is seen.",
        ),
        Wrong(
            _earlier_turned,
            "Your mask is turned round. `True` means *may see*.",
        ),
        Wrong(
            _earlier_columns,
            "You write column by column. Reading order goes along the row first.",
        ),
        Wrong(
            _earlier_time_last,
            "You write one place through all frames before the next. A frame is finished before "
            "the next one begins.",
        ),
        Wrong(
            _earlier_width_first,
            "You number the cells with the frames running fastest and the columns slowest. It is "
            "the other way round: columns run fastest.",
        ),
        Wrong(
            _earlier_flat,
            "The triangle is right. Give it the shape of the grids: `(F, H, W, F, H, W)`.",
        ),
    ),
    right=(_earlier_by_cases, _earlier_by_tril, _earlier_by_loops),
)


# ------------------------------------------------------------------ 5.13 predict

REACH = Question(
    id="5.13",
    title="How far does news travel?",
    difficulty=3,
    minutes=10,
    text="""\
A cell sees its window, and in the next layer its window's windows. The grid is `(8, 16, 16)`, the \
extents are `(1, 2, 2)`.

1. After 3 layers, on which cells can the output at (4, 8, 8) depend?
2. How many layers does it take until every cell can depend on every other?
3. With axial attention, a layer along each axis?
4. Now the causal order of exercise 5.12. Can (0, 0, 0) ever learn from another cell? Can \
(0, 1, 0) learn from (0, 0, 15), which was written before it?""",
    answer="""\
1. Each layer adds the extent to each side: 3 frames and 6 rows and columns. That is frames 1 to \
7, rows and columns 2 to 14: 7 · 13 · 13 = **1,183** of 2,048 cells.
2. From the first frame to the last it is 7 steps of 1, from the first row to the last 15 steps of \
at most 2, that is 8 layers. The slowest axis counts: **8**. Depth makes up for small windows, and \
each layer costs.
3. **Three** layers: along the width, along the height, along the frames. News takes three \
straight moves from any cell to any other, however large the grid.
4. (0, 0, 0): **no**, it is the first. (0, 1, 0): **no**, in no number of layers. It sees row 0 \
up to column 2, and these cells know nothing of what stands to their right. Models that draw \
pictures cell by cell know this as a *blind spot*: window and order together can hide what is \
allowed. Later frames see more of it: news gets round through the rows below, which lie open \
there. Cell (1, 1, 0) learns of row 0 of the first frame up to column 8, (3, 1, 0) of all of it; \
of row 0 of their own frame both see 3 cells. Wider windows make the spot smaller; a layer of \
full attention, in the same order, closes it.""",
)


# ------------------------------------------------- 5.14 an experiment with a prediction

FOLLOW = Question(
    id="5.14",
    title="Wide enough to follow?",
    difficulty=2,
    minutes=12,
    text="""\
From one frame to the next everything moves 2 columns to the right, and noise is added. Each cell \
of the first frame looks for itself in the second: its vector is the query, the second frame's \
vectors are keys. How much weight falls on the cell that it has become? **Write your predictions \
down before you run the cell.**

1. From which extent on does a cell find itself?
2. Beyond that, does a larger window find it better, worse, or just as well?
3. By what factor does the number of scores grow from the best extent to full attention (extent 15)?
4. Which extent along the height would have done?

```python
import torch

from attention_course.grid_attention import count_scores, nearby_attention_direct
from attention_course.grid_attention import weights_on_grid

H, W, d = 16, 16, 16
draw = torch.Generator().manual_seed(0)
first = torch.randn(1, H, W, d, generator=draw)  # one frame
second = first.roll(2, dims=2)  # the next one: everything is 2 columns further
second = second + 0.5 * torch.randn(1, H, W, d, generator=draw)  # and noisy

rows, columns = torch.arange(H)[:, None], torch.arange(W - 2)
for e in (0, 1, 2, 3, 4, 8, 15):
    _, weights = nearby_attention_direct(first, second, second, (0, e, e))
    on_grid = weights_on_grid(weights, (1, H, W))  # (1, H, W, 1, H, W)
    found = on_grid[0, rows, columns, 0, rows, columns + 2]  # (H, W - 2)
    n_scores = count_scores((1, H, W), (1, H, W), (0, e, e))
    print(f"extent {e:2}: weight {found.mean():.2f}, {n_scores:6,} scores")
```

Then try extents `(0, 0, e)`, and a movement of 3 columns.""",
    answer="""\
1. **From 2 on**, exactly. With 0 and 1 the weight is 0.00, however well query and key would fit: \
what lies outside the window cannot be found. So the extent says how fast things may move.
2. **Worse.** The weight falls from 0.55 at extent 2 to 0.43, 0.35, 0.21 and at last 0.16. Each \
further cell takes a little weight, because a softmax gives something to every key, and among many \
random vectors some fit by chance. A trained model can make its queries and keys longer and so \
sharper, but it has to learn that; the window has it for nothing.
3. From 5,476 to 65,536: **12 times**.
4. **0.** Nothing moves up or down. With `(0, 0, 2)` only 5 cells compete in place of 25, and the \
weight rises to 0.83. Who knows something of the movement can save most of the window; the \
chapter's extents are a guess of that kind. With a movement of 3 columns the weight appears at \
extent 3.""",
)


# ------------------------------------------------------------------ 5.15 predict

NOTATION = Question(
    id="5.15",
    title="Three ways to write the same cell",
    difficulty=2,
    minutes=8,
    text="""\
The article names the axes of a video "width, height, frames". NUWA's paper writes `h × w × s × \
d`: height, width, places in time, vector; its `(i, j, k)` and its extents follow that order. \
This course writes `(F, H, W, D)`.

1. NUWA's cell (2, 5, 1): which cell is that here? And in the order of the article?
2. NUWA's extents are 3 along height and width and 1 in time. What is `extent` in this course? How \
many cells has the window?
3. A convolution with a kernel of 3 × 3 × 3 sees 27 cells. Which extent is that? Which window does \
somebody get who writes `extent=3` for it?
4. NUWA writes the decoder's inputs with the index `<i, <j, <k`. Read word for word: how many \
cells may (1, 2, 3) of a grid `(4, 5, 6)` see, in this course's order? How many come earlier in \
reading order?
5. The article says of cross-attention: C is used to compute N, and all the rest is the same. So \
where do Q, K and V come from?""",
    answer="""\
1. Height 2, width 5, time 1: here **(1, 2, 5)**, in the article's order **(5, 2, 1)**. One cell, \
three names. Hence the rule of this course: say the order of axes with every shape.
2. **`(1, 3, 3)`**, and 3 · 7 · 7 = **147** cells: `|a - i'| <= e` makes the extent *half* of the \
window.
3. **1**. With `extent=3` the window is 7 · 7 · 7 = **343** cells, 13 times as many. Libraries \
that ask for a kernel size mean the whole window, so look each time which of the two is meant.
4. Word for word all three coordinates are smaller: 1 · 2 · 3 = **6** cells, and its left \
neighbour is none of them. In reading order 1 · 30 + 2 · 6 + 3 = **45** cells come earlier. That \
is what a decoder writing cell by cell has, and what this course computes, with the cell itself: \
46.
5. **Q from X, K and V from C**: N is the neighbourhood, and keys and values are made from it. And \
one thing more is not the same: where the neighbourhood lies. C may have another size, so the cell \
has to be mapped, (⌊i · F' / F⌋, …).""",
)


EXERCISES: tuple[Exercise | Question, ...] = (
    ONE_PIXEL,
    TO_TOKENS,
    TO_VIDEO,
    ALL_CELLS,
    ALONG,
    CELLS,
    NEAR,
    LINE,
    TOTAL,
    NO_SAVING,
    ACROSS,
    EARLIER,
    REACH,
    FOLLOW,
    NOTATION,
)
