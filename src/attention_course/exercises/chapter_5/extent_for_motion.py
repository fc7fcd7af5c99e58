"""Exercise 5.18: How far must it look?"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "5.18",
    "How far must it look?",
    stars=2,
    minutes=10,
    statement="""\
The follower finds a cell in an earlier frame if the window reaches it. Cells at the border of a \
window cost as much as any, so the extent should be no larger than the motion asks for.

Write `extent_for_motion(motion, gap, stride)`: the smallest extents `(e_H, e_W)` with which \
every cell finds itself. `motion` is `(F, H, W, 2)`: by how many *pixels* each point moves from \
one frame to the next, rows first, then columns; negative is up or left. The earlier frame is \
`gap` frames back, the motion goes on as it is for so long, and from one cell to the next there \
are `stride` pixels. A cell that has moved by a part of a cell needs the whole one.""",
)
def extent_for_motion(motion: Tensor, gap: int, stride: int) -> tuple[int, int]:
    """Find the smallest extents that reach what has moved.

    Args:
        motion: ``(F, H, W, 2)``, pixels from one frame to the next: rows, columns.
        gap: how many frames back the earlier frame is.
        stride: pixels from one cell to the next.

    Returns:
        ``(e_H, e_W)``, two integers: the cells to each side.
    """
    farthest = motion.abs().amax(dim=(0, 1, 2))  # (2,): pixels from frame to frame
    rows, columns = (farthest * gap / stride).tolist()  # cells in gap frames
    return math.ceil(rows), math.ceil(columns)


extent_for_motion.hints = (
    "The fastest point decides, whichever way it goes. What does the sign of a motion tell, and "
    "what does the extent count?",
    "Height and width have extents of their own: take the largest absolute value over frames, "
    "rows and columns, but not over the last axis: `motion.abs().amax(dim=(0, 1, 2))`.",
    "In `gap` frames a point goes `gap` times as far, and `stride` pixels are one cell. So it "
    "is `farthest * gap / stride` cells, rounded *up*, `math.ceil`, for rows and for columns.",
)


@extent_for_motion.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    settings = [(3, 2, 6.7), (5, 3, 4.3), (2, 5, 11.9)]
    for gap, stride, fastest in settings:
        sizes = primes(generator, 3, low=3, high=11)
        motion = torch.rand(*sizes, 2, generator=generator) - 0.5
        first, second = (motion[..., axis].flatten() for axis in (0, 1))
        # The fastest place of the rows goes up, that of the columns to the right.
        first[7], second[11] = -fastest, 0.6 * fastest
        yield motion, gap, stride
    yield torch.zeros(2, 3, 5, 2), 3, 2  # nothing moves
    whole = torch.zeros(2, 2, 7, 2)
    whole[1, 1, 4, 1] = -4.0  # by whole cells
    yield whole, 3, 2


@extent_for_motion.right
def by_two_maxima(motion, gap, stride):
    return tuple(
        math.ceil(float(motion[..., axis].abs().max()) * gap / stride)
        for axis in range(2)
    )


@extent_for_motion.right
def by_both_ends(motion, gap, stride):
    flat = motion.reshape(-1, 2) * gap / stride
    most = torch.maximum(flat.max(0).values, -flat.min(0).values)
    e_h, e_w = most.ceil().long().tolist()
    return e_h, e_w


@extent_for_motion.right
def by_counting_up(motion, gap, stride):
    found = []
    for axis in range(2):
        e = 0
        while (motion[..., axis].abs() * gap > e * stride).any():
            e += 1
        found.append(e)
    return found[0], found[1]


def cells(motion: Tensor, gap: float, stride: float) -> tuple[float, float]:
    rows, columns = (motion.abs().amax(dim=(0, 1, 2)) * gap / stride).tolist()
    return rows, columns


@extent_for_motion.wrong(
    "You forget the gap: the earlier frame is `gap` frames back, and things move on meanwhile."
)
def without_gap(motion, gap, stride):
    rows, columns = cells(motion, 1, stride)
    return math.ceil(rows), math.ceil(columns)


@extent_for_motion.wrong(
    "Your extents count pixels. The extent counts *cells*: divide by the stride."
)
def in_pixels(motion, gap, stride):
    rows, columns = cells(motion, gap, 1)
    return math.ceil(rows), math.ceil(columns)


@extent_for_motion.wrong(
    "You round down. What has moved by two and a half cells lies partly in the third."
)
def rounded_down(motion, gap, stride):
    rows, columns = cells(motion, gap, stride)
    return math.floor(rows), math.floor(columns)


@extent_for_motion.wrong(
    "You round to the nearest cell. What has moved by a cell and a quarter lies partly in "
    "the second: round up."
)
def rounded_to_the_nearest(motion, gap, stride):
    rows, columns = cells(motion, gap, stride)
    return round(rows), round(columns)


@extent_for_motion.wrong(
    "You drop the sign too late: what moves up or left moves as far. Take absolute values "
    "before the maximum."
)
def largest_signed(motion, gap, stride):
    rows, columns = (motion.amax(dim=(0, 1, 2)) * gap / stride).tolist()
    return max(math.ceil(rows), 0), max(math.ceil(columns), 0)


@extent_for_motion.wrong(
    "You take the mean motion. The fastest point decides, or it is out of reach."
)
def mean_motion(motion, gap, stride):
    rows, columns = (motion.abs().mean(dim=(0, 1, 2)) * gap / stride).tolist()
    return math.ceil(rows), math.ceil(columns)


@extent_for_motion.wrong(
    "You give both axes the larger extent. Height and width have extents of their own, and "
    "the window is their product."
)
def one_for_both(motion, gap, stride):
    most = math.ceil(max(cells(motion, gap, stride)))
    return most, most


@extent_for_motion.wrong(
    "Height and width are swapped: the last axis of `motion` has rows first."
)
def swapped(motion, gap, stride):
    rows, columns = cells(motion, gap, stride)
    return math.ceil(columns), math.ceil(rows)


@extent_for_motion.wrong(
    "You give the width of the window, `2e + 1`. The extent counts the cells to *each* side."
)
def full_width(motion, gap, stride):
    rows, columns = cells(motion, gap, stride)
    return 2 * math.ceil(rows) + 1, 2 * math.ceil(columns) + 1


@extent_for_motion.wrong(
    "You round before the gap is counted. Three times a third of a cell is one cell, not three: "
    "round once, at the end."
)
def rounded_too_early(motion, gap, stride):
    rows, columns = cells(motion, 1, stride)
    return gap * math.ceil(rows), gap * math.ceil(columns)
