"""Exercise 5.16: Near, and written already"""

import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes
from ._shared import Sizes, triple


@exercise(
    "5.16",
    "Near, and written already",
    stars=2,
    minutes=10,
    statement="""\
NÜWA's decoder joins this chapter's two ideas. A cell looks at its neighbourhood, as far as \
`extent` says on each axis; and since the video is written cell after cell, in reading order, it \
looks at nothing that comes later.

Write `near_and_earlier(cell, sizes, extent)`: a boolean mask `(F, H, W)`, `True` for the cells \
that `cell` may see. It may see itself. Before you start: with extent (1, 1, 1), how many cells \
does one in the middle of a large grid see? It is not half of 27.""",
)
def near_and_earlier(
    cell: tuple[int, int, int],
    sizes: tuple[int, int, int],
    extent: tuple[int, int, int],
) -> Tensor:
    """Mark the cells of a neighbourhood that are written no later.

    Args:
        cell: ``(i, j, k)``: frame, row, column.
        sizes: ``(F, H, W)`` of the grid.
        extent: ``(e_F, e_H, e_W)``, how far the neighbourhood reaches to each side.

    Returns:
        Boolean ``(F, H, W)``: ``True`` = may be seen, the cell itself included.
    """
    near = []
    for place, size, e in zip(cell, sizes, extent, strict=True):
        near.append((torch.arange(size) - place).abs() <= e)  # (size,)
    frames, rows, columns = near
    box = frames[:, None, None] & rows[:, None] & columns  # (F, H, W)
    numbers = torch.arange(math.prod(sizes)).reshape(sizes)  # order of writing
    return box & (numbers <= numbers[cell])


near_and_earlier.hints = (
    "14: the cell itself, and 13 of the other 26. Two masks of shape `(F, H, W)`, which both must "
    "allow a cell.",
    "The neighbourhood compares the axes one by one, and all three must be near. The order does "
    "not: there the first axis that differs decides, and the others do not matter any more.",
    "For the order, number the cells: `torch.arange(F * H * W)` in the shape of the grid. The "
    "cell's own number can be read off there, and one comparison says what is written no later. "
    "Exercises 5.7 and 5.12 have one half each.",
)


@near_and_earlier.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    extents = [(1, 2, 3), (2, 1, 2), (0, 3, 1)]
    corners = ["middle", "end", "middle"]
    for extent, where in zip(extents, corners, strict=True):
        sizes = triple(primes(generator, 3, low=7, high=13))
        last = triple([size - 1 for size in sizes])
        middle = triple([size // 2 for size in sizes])
        yield last if where == "end" else middle, sizes, extent
    yield (1, 0, 2), (3, 5, 7), (2, 1, 2)
    yield (0, 0, 0), (1, 1, 1), (1, 1, 1)


def grid(sizes: Sizes) -> Tensor:
    axes = torch.meshgrid(*map(torch.arange, sizes), indexing="ij")
    return torch.stack(axes, dim=-1)  # (F, H, W, 3)


@near_and_earlier.right
def by_cases(cell, sizes, extent):
    a, b, c = grid(sizes).unbind(-1)
    i, j, k = cell
    earlier = (a < i) | ((a == i) & (b < j)) | ((a == i) & (b == j) & (c <= k))
    gaps = (grid(sizes) - torch.tensor(cell)).abs()
    return (gaps <= torch.tensor(extent)).all(-1) & earlier


@near_and_earlier.right
def by_loops(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    for other in itertools.product(*map(range, sizes)):
        gaps = [abs(a - b) for a, b in zip(other, cell, strict=True)]
        mask[other] = other <= cell and all(map(int.__le__, gaps, extent))
    return mask


@near_and_earlier.right
def by_slices(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    box = [slice(max(p - e, 0), p + e + 1) for p, e in zip(cell, extent, strict=True)]
    mask[tuple(box)] = True
    i, j, k = cell
    mask[i + 1 :] = False
    mask[i, j + 1 :] = False
    mask[i, j, k + 1 :] = False
    return mask


def box_of(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    gaps = (grid(sizes) - torch.tensor(cell)).abs()
    return (gaps <= torch.tensor(extent)).all(-1)


def written(cell: Sizes, sizes: Sizes) -> Tensor:
    numbers = torch.arange(math.prod(sizes)).reshape(sizes)
    return numbers <= numbers[cell]


@near_and_earlier.wrong(
    "That is the whole neighbourhood. Half of it is not yet written: what comes later in reading "
    "order is closed."
)
def near_alone(cell, sizes, extent):
    return box_of(cell, sizes, extent)


@near_and_earlier.wrong(
    "You mark all that is written already, however far it is. Only the neighbourhood is seen."
)
def earlier_alone(cell, sizes, extent):
    return written(cell, sizes)


@near_and_earlier.wrong(
    "A cell is seen if it is near *or* written already. Both must hold: `&`."
)
def either(cell, sizes, extent):
    return box_of(cell, sizes, extent) | written(cell, sizes)


@near_and_earlier.wrong("The cell itself is missing. It may see itself.")
def not_itself(cell, sizes, extent):
    mask = near_and_earlier(cell, sizes, extent)
    mask[cell] = False
    return mask


@near_and_earlier.wrong(
    "You ask that frame, row and column are all no larger. That forbids the right half of the row "
    "above, which is written already: the first axis that differs decides."
)
def each_axis(cell, sizes, extent):
    no_later = (grid(sizes) <= torch.tensor(cell)).all(-1)
    return box_of(cell, sizes, extent) & no_later


@near_and_earlier.wrong(
    "You compare frames only, so later cells of the cell's own frame are open. In the same frame "
    "the row decides, then the column."
)
def frames_only(cell, sizes, extent):
    return box_of(cell, sizes, extent) & (grid(sizes)[..., 0] <= cell[0])


@near_and_earlier.wrong(
    "Only the cell's own frame is left. Earlier frames of the neighbourhood are written already, "
    "all of them."
)
def own_frame(cell, sizes, extent):
    mask = near_and_earlier(cell, sizes, extent)
    return mask & (grid(sizes)[..., 0] == cell[0])


@near_and_earlier.wrong(
    "Your mask holds the later half of the neighbourhood: the cells that are not yet written."
)
def later_half(cell, sizes, extent):
    box = box_of(cell, sizes, extent)
    later = ~written(cell, sizes)
    later[cell] = True
    return box & later


@near_and_earlier.wrong(
    "The neighbourhood is one too small: a distance that equals the extent still belongs to it, "
    "`<=`."
)
def less_than(cell, sizes, extent):
    gaps = (grid(sizes) - torch.tensor(cell)).abs()
    return (gaps < torch.tensor(extent)).all(-1) & written(cell, sizes)


@near_and_earlier.wrong(
    "Your neighbourhood is a ball, or a diamond, not a box: each axis has its own extent, and is "
    "compared by itself."
)
def diamond(cell, sizes, extent):
    gaps = (grid(sizes) - torch.tensor(cell)).abs()
    return (gaps.sum(-1) <= max(extent)) & written(cell, sizes)


@near_and_earlier.wrong(
    "The order is that of columns, then rows: you write column by column. Reading order goes along "
    "the row first."
)
def by_columns(cell, sizes, extent):
    a, b, c = grid(sizes).unbind(-1)
    numbers = (a * sizes[2] + c) * sizes[1] + b
    return box_of(cell, sizes, extent) & (numbers <= numbers[cell])
