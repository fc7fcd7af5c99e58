"""Exercise 5.7: The neighbours of one cell"""

import itertools
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes
from ._shared import Sizes, triple


@exercise(
    "5.7",
    "The neighbours of one cell",
    stars=2,
    minutes=10,
    statement="""\
What matters to a pixel is mostly close by: around it, just before and just after it. Nearby \
attention lets a cell look at a box around it, and the *extent* says how far the box reaches to \
each side. With extents `(1, 2, 2)` it holds 3 · 5 · 5 = 75 cells, unless part of it lies outside: \
that part is cut off.

Write `near_mask(cell, sizes, extent)`: a boolean mask `(F, H, W)`, `True` for the neighbours of \
`cell`, itself included. `cell` is `(i, j, k)`, counted from 0: frame, row, column.""",
)
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


near_mask.hints = (
    "Begin with one axis. Which of the numbers 0, 1, …, `F - 1` are at most `e_F` away from "
    "`i`? Then: when is a cell of the grid a neighbour?",
    "`(torch.arange(F) - i).abs() <= e_F` is `(F,)`, and the same for rows and columns. A cell "
    "is a neighbour if all three hold. How do `(F,)`, `(H,)` and `(W,)` become `(F, H, W)`?",
    "Give them axes of size 1 and let them broadcast: `frames[:, None, None] & rows[:, None] & "
    "columns`. You may also fill a box by slices, but then clip its start: "
    "`max(i - e_F, 0) : i + e_F + 1`, because a negative start counts from the end.",
)


@near_mask.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    extents = [(1, 2, 3), (3, 1, 2), (2, 4, 3), (0, 3, 1), (2, 7, 1)]
    corners = ["middle", "start", "end", "middle", "mixed"]
    for extent, where in zip(extents, corners, strict=True):
        sizes = triple(primes(generator, 3, low=7, high=13))
        places = {
            "start": [0, 1, 0],
            "middle": [size // 2 for size in sizes],
            "end": [size - 1 for size in sizes],
            "mixed": [1, sizes[1] - 2, sizes[2] // 2],
        }[where]
        yield triple(places), sizes, extent
    # Here the window touches both borders.
    yield (1, 0, 0), (3, 1, 1), (2, 0, 0)
    yield (5, 3, 1), (17, 6, 4), (4, 9, 2)


def box(starts: list[int], stops: list[int], sizes: Sizes) -> Tensor:
    mask = torch.zeros(sizes, dtype=torch.bool)
    mask[tuple(map(slice, starts, stops))] = True
    return mask


@near_mask.right
def by_slices(cell, sizes, extent):
    starts = [max(place - e, 0) for place, e in zip(cell, extent, strict=True)]
    stops = [place + e + 1 for place, e in zip(cell, extent, strict=True)]
    return box(starts, stops, sizes)


def distances(cell: Sizes, sizes: Sizes) -> Tensor:
    """How far each cell is away along each axis, ``(F, H, W, 3)``."""
    cells = torch.cartesian_prod(*map(torch.arange, sizes)).reshape(*sizes, 3)
    return (cells - torch.tensor(cell)).abs()


@near_mask.right
def by_distance(cell, sizes, extent):
    return (distances(cell, sizes) <= torch.tensor(extent)).all(-1)


@near_mask.right
def by_loops(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    for other in itertools.product(*map(range, sizes)):
        gaps = [abs(a - b) for a, b in zip(other, cell, strict=True)]
        mask[other] = all(gap <= e for gap, e in zip(gaps, extent, strict=True))
    return mask


@near_mask.wrong(
    "You ask for a distance *below* the extent. Cells exactly that far away belong to the "
    "neighbourhood: `<=`."
)
def less_than(cell, sizes, extent):
    return (distances(cell, sizes) < torch.tensor(extent)).all(-1)


@near_mask.wrong(
    "You take the extent for the width of the window. It is how far the window reaches to "
    "*each* side, so the window is 2e + 1 wide."
)
def full_width(cell, sizes, extent):
    return (distances(cell, sizes) <= torch.tensor(extent) // 2).all(-1)


@near_mask.wrong(
    "The far end is missing. A slice leaves out its end: `i - e : i + e + 1`."
)
def without_last(cell, sizes, extent):
    starts = [max(place - e, 0) for place, e in zip(cell, extent, strict=True)]
    stops = [place + e for place, e in zip(cell, extent, strict=True)]
    return box(starts, stops, sizes)


@near_mask.wrong(
    "Near the first border your slice starts below 0, and Python counts that from the end. "
    "Clip it: `max(i - e, 0)`. (At the far border a slice may go too far.)"
)
def negative_start(cell, sizes, extent):
    starts = [place - e for place, e in zip(cell, extent, strict=True)]
    stops = [place + e + 1 for place, e in zip(cell, extent, strict=True)]
    return box(starts, stops, sizes)


@near_mask.wrong(
    "Your window goes on at the opposite border, as if left and right edge were glued "
    "together. What lies outside the grid is cut off."
)
def wrapped(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    windows = [
        [(place + step) % size for step in range(-e, e + 1)]
        for place, size, e in zip(cell, sizes, extent, strict=True)
    ]
    mask[torch.meshgrid(*map(torch.tensor, windows), indexing="ij")] = True
    return mask


@near_mask.wrong(
    "At a border you push the whole window back inside, so that it keeps its size. NATTEN "
    "does that. Here the window stays around its cell and is cut off."
)
def pushed_inside(cell, sizes, extent):
    starts = [
        max(min(place - e, size - 2 * e - 1), 0)
        for place, size, e in zip(cell, sizes, extent, strict=True)
    ]
    stops = [start + 2 * e + 1 for start, e in zip(starts, extent, strict=True)]
    return box(starts, stops, sizes)


@near_mask.wrong("The extents of height and width are swapped: `(e_F, e_H, e_W)`.")
def swapped(cell, sizes, extent):
    return near_mask(cell, sizes, (extent[0], extent[2], extent[1]))


@near_mask.wrong(
    "You use the extents from back to front. The order is frames, height, width, as in the "
    "sizes."
)
def width_first(cell, sizes, extent):
    return near_mask(cell, sizes, (extent[2], extent[1], extent[0]))


@near_mask.wrong(
    "You mark cells that are near in *one* axis. A neighbour is near in all three: join "
    "the conditions by `&`."
)
def any_axis(cell, sizes, extent):
    return (distances(cell, sizes) <= torch.tensor(extent)).any(-1)


@near_mask.wrong(
    "You add the distances up. The neighbourhood is a box: each axis is compared with its "
    "own extent."
)
def by_steps(cell, sizes, extent):
    return distances(cell, sizes).sum(-1) <= max(extent)


@near_mask.wrong(
    "You stay in the cell's own frame. The box reaches `e_F` frames into the past and into "
    "the future."
)
def own_frame(cell, sizes, extent):
    return near_mask(cell, sizes, (0, *extent[1:]))


@near_mask.wrong(
    "The cell itself is missing. Its distance is 0, so it belongs to its neighbourhood."
)
def not_itself(cell, sizes, extent):
    mask = near_mask(cell, sizes, extent)
    mask[cell] = False
    return mask


@near_mask.wrong(
    "Your mask is inverted. In this course `True` means *may attend*: `True` for the "
    "neighbours."
)
def turned(cell, sizes, extent):
    return ~near_mask(cell, sizes, extent)


@near_mask.wrong(
    "Your box reaches back only. The extent counts on both sides of the cell."
)
def one_sided(cell, sizes, extent):
    starts = [max(place - e, 0) for place, e in zip(cell, extent, strict=True)]
    return box(starts, [place + 1 for place in cell], sizes)
