"""Exercise 5.12: What is written already?"""

import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes
from ._shared import Sizes, triple


@exercise(
    "5.12",
    "What is written already?",
    stars=2,
    minutes=10,
    statement="""\
NÜWA's decoder writes a video as we write a text: cell after cell, row by row, frame by frame. \
While it writes a cell it must not see what comes later. In chapter 4 the mask for that was a \
triangle. What does it look like when the positions have three coordinates?

Write `earlier_cells(sizes)`: a boolean mask `(F, H, W, F, H, W)`. Entry `[i, j, k, a, b, c]` is \
`True` if cell `(i, j, k)` may see cell `(a, b, c)`: if that one comes earlier in reading order, \
or is the cell itself. Before you start: may (1, 2, 0) see (1, 1, 5)? And (0, 7, 7)?""",
)
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


earlier_cells.hints = (
    "Yes and yes: both come earlier, though 5 and 7 are larger than 0. So it does not do to "
    "compare the axes one by one. In which order do the coordinates decide?",
    "The frame decides; if it is the same, the row; if that is the same too, the column. Or "
    "give every cell its number in the order of writing: then one comparison is enough.",
    "`torch.arange(F * H * W)` numbers the cells in just this order, because a flattened grid "
    "is read row by row. Compare it with itself, `numbers[:, None] >= numbers`, which is the "
    "triangle of chapter 4, and reshape to `(*sizes, *sizes)`.",
)


@earlier_cells.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    yield (triple(primes(generator, 3, low=2, high=5)),)
    yield (triple(primes(generator, 3, low=3, high=7)),)
    n_rows, n_columns = primes(generator, 2, low=2, high=7)
    yield ((1, n_rows, n_columns),)
    yield ((1, 2, 1),)


def pairs(sizes: Sizes) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Coordinates of the two cells, ``i, j, k`` and ``a, b, c``, ready to broadcast."""
    grids = torch.meshgrid(*map(torch.arange, (*sizes, *sizes)), indexing="ij")
    return grids[:3], grids[3:]


@earlier_cells.right
def by_cases(sizes):
    (i, j, k), (a, b, c) = pairs(sizes)
    return (a < i) | ((a == i) & ((b < j) | ((b == j) & (c <= k))))


@earlier_cells.right
def by_tril(sizes):
    n = math.prod(sizes)
    return (
        torch.ones(n, n, dtype=torch.bool)
        .tril()
        .unflatten(1, sizes)
        .unflatten(0, sizes)
    )


@earlier_cells.right
def by_loops(sizes):
    mask = torch.zeros(*sizes, *sizes, dtype=torch.bool)
    cells = list(itertools.product(*map(range, sizes)))
    for number, cell in enumerate(cells):
        for other in cells[: number + 1]:
            mask[cell + other] = True
    return mask


@earlier_cells.wrong(
    "The cell itself is missing. As in chapter 4 a position may see itself, or the first one "
    "would see nothing."
)
def not_itself(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n, dtype=torch.bool).tril(-1).reshape(*sizes, *sizes)


@earlier_cells.wrong(
    "You compare frames only, so a cell sees all of its own frame, later cells included. "
    "In the same frame the row decides, then the column."
)
def frames(sizes):
    (i, _, _), (a, _, _) = pairs(sizes)
    return a <= i


@earlier_cells.wrong(
    "You ask that frame, row and column are all no larger. That forbids what stands above "
    "and to the right, though it is written already: the first difference decides."
)
def each_axis(sizes):
    (i, j, k), (a, b, c) = pairs(sizes)
    return (a <= i) & (b <= j) & (c <= k)


@earlier_cells.wrong(
    "You ask that frame, row *and* column are all smaller. Then a cell does not even see "
    "its left neighbour: the first difference decides."
)
def each_strictly(sizes):
    (i, j, k), (a, b, c) = pairs(sizes)
    return (a < i) & (b < j) & (c < k)


@earlier_cells.wrong(
    "Earlier frames are right. In its own frame a cell also sees earlier rows in full, "
    "what stands to the right included."
)
def box_in_frame(sizes):
    (i, j, k), (a, b, c) = pairs(sizes)
    return (a < i) | ((a == i) & (b <= j) & (c <= k))


@earlier_cells.wrong(
    "In its own row a cell sees what stands to its right. In the same row the column "
    "decides."
)
def rows(sizes):
    (i, j, _), (a, b, _) = pairs(sizes)
    return (a < i) | ((a == i) & (b <= j))


@earlier_cells.wrong(
    "The order within a frame is right, but earlier frames are missing: all of each is "
    "written already."
)
def own_frame(sizes):
    (i, _, _), (a, _, _) = pairs(sizes)
    return earlier_cells(sizes) & (a == i)


@earlier_cells.wrong(
    "You mark the later cells. The first three axes are the cell that looks, the last "
    "three the cell that is seen."
)
def later(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n, dtype=torch.bool).triu().reshape(*sizes, *sizes)


@earlier_cells.wrong("Your mask is inverted. `True` means *may see*.")
def turned(sizes):
    return ~earlier_cells(sizes)


def in_order(sizes: Sizes, order: tuple[int, int, int]) -> Tensor:
    """Compare by the axes of ``order``, the slowest first."""
    mine, other = pairs(sizes)
    number_mine, number_other = torch.zeros(()), torch.zeros(())
    for axis in order:
        number_mine = number_mine * sizes[axis] + mine[axis]
        number_other = number_other * sizes[axis] + other[axis]
    return number_other <= number_mine


@earlier_cells.wrong(
    "You write column by column. Reading order goes along the row first."
)
def columns(sizes):
    return in_order(sizes, (0, 2, 1))


@earlier_cells.wrong(
    "You write one position through all frames before the next. A frame is finished before "
    "the next one begins."
)
def time_last(sizes):
    return in_order(sizes, (1, 2, 0))


@earlier_cells.wrong(
    "You number the cells with the frames running fastest and the columns slowest. It is "
    "the other way round: columns run fastest."
)
def width_first(sizes):
    return in_order(sizes, (2, 1, 0))


@earlier_cells.wrong(
    "The triangle is right. Give it the shape of the grids: `(F, H, W, F, H, W)`."
)
def flat(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n, dtype=torch.bool).tril()
