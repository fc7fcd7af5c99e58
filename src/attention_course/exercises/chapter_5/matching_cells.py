"""Exercise 5.6: Where does this cell lie in the other grid?"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes
from ._shared import Sizes, triple


@exercise(
    "5.6",
    "Where does this cell lie in the other grid?",
    stars=1,
    minutes=6,
    statement="""\
X has 8 frames of 16 × 16 cells, C has 4 frames of 8 × 8. Cell (5, 10, 3) of X looks around in C; \
around which cell? Around the one that lies at the same position in the picture and at the same \
time: NÜWA takes (⌊5 · 4 / 8⌋, ⌊10 · 8 / 16⌋, ⌊3 · 8 / 16⌋) = (2, 5, 1).

Write `matching_cells(cells, sizes, context_sizes)`: from `n` cells of a grid of `sizes` \
`(F, H, W)`, given as integers `(n, 3)`, to the `n` cells of a grid of `context_sizes`, `(n, 3)`. \
The context may be smaller in one axis and larger in another.""",
)
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


matching_cells.hints = (
    "Take each axis by itself. Cell `i` of `F` begins after the share `i / F`. How many of "
    "the other `F'` cells is that?",
    "`i * F' // F` in whole numbers: multiply first, then divide without remainder. The three "
    "columns of `cells` have their own sizes.",
    "`torch.tensor(context_sizes)` is `(3,)`, so `cells * torch.tensor(context_sizes)` "
    "multiplies each column by its own size. Divide by `torch.tensor(sizes)` with `//`, and "
    "the result is of whole numbers again.",
)


def draw_cells(generator: torch.Generator, n_cells: int, sizes: Sizes) -> Tensor:
    """Draw different cells, the first and the last one of the grid among them."""
    numbers = torch.randperm(math.prod(sizes), generator=generator)[:n_cells]
    cells = torch.cartesian_prod(*map(torch.arange, sizes))  # (F · H · W, 3)
    return torch.cat([cells[:1], cells[-1:], cells[numbers]])


@matching_cells.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for context_is in ("smaller", "larger", "mixed", "equal"):
        n_cells = 11
        small = triple(primes(generator, 3, low=3, high=7))
        large = triple(primes(generator, 3, low=11, high=19))
        mixed = triple(primes(generator, 3, low=5, high=13))
        sizes, context_sizes = {
            "smaller": (large, small),
            "larger": (small, large),
            "mixed": (mixed, triple(primes(generator, 3, low=2, high=13))),
            "equal": (large, large),
        }[context_is]
        yield draw_cells(generator, n_cells, sizes), sizes, context_sizes
    # Sizes where fractions go wrong: 7 / 23 · 23 and 13 / 23 · 23 come out below 7 and 13.
    sizes, context_sizes = (23, 33, 22), (23, 39, 30)
    special = torch.tensor([[7, 11, 11], [13, 22, 11], [14, 5, 3]])
    drawn = draw_cells(generator, 5, sizes)
    yield torch.cat([special, drawn]), sizes, context_sizes
    # 1 // (2 / 10) is 4, and the cell is 5.
    yield torch.tensor([[1, 2, 0]]), (2, 3, 1), (10, 7, 1)


@matching_cells.right
def by_loop(cells, sizes, context_sizes):
    return torch.tensor(
        [
            [
                place * n_context // n
                for place, n, n_context in zip(cell, sizes, context_sizes, strict=True)
            ]
            for cell in cells.tolist()
        ]
    )


@matching_cells.right
def by_columns(cells, sizes, context_sizes):
    columns = [
        torch.div(
            cells[:, axis] * context_sizes[axis], sizes[axis], rounding_mode="floor"
        )
        for axis in range(3)
    ]
    return torch.stack(columns, dim=-1)


@matching_cells.right
def by_floats(cells, sizes, context_sizes):
    return (cells * torch.tensor(context_sizes) / torch.tensor(sizes)).floor().long()


@matching_cells.right
def by_counting(cells, sizes, context_sizes):
    found = []
    for axis, (n, n_context) in enumerate(zip(sizes, context_sizes, strict=True)):
        starts = torch.arange(1, n_context) * n  # in units of 1 / (n · n_context)
        found.append((cells[:, axis, None] * n_context >= starts).sum(-1))
    return torch.stack(found, dim=-1)


@matching_cells.wrong(
    "You round to the nearest cell. Round down: otherwise the last cells of a grid can "
    "come out one beyond the end of the other."
)
def rounded(cells, sizes, context_sizes):
    return (cells * torch.tensor(context_sizes) / torch.tensor(sizes)).round().long()


@matching_cells.wrong(
    "You round up. Down is asked for, ⌊·⌋: a position belongs to the cell that has begun."
)
def ceiling(cells, sizes, context_sizes):
    return (cells * torch.tensor(context_sizes) / torch.tensor(sizes)).ceil().long()


@matching_cells.wrong(
    "You map the *middle* of a cell. That is a sensible choice too, and a different one: "
    "NÜWA maps where the cell begins, `i`, and not `i + ½`."
)
def middle(cells, sizes, context_sizes):
    return (2 * cells + 1) * torch.tensor(context_sizes) // (2 * torch.tensor(sizes))


@matching_cells.wrong(
    "You return the cells as they came. In a smaller context some of these do not exist, "
    "and in a larger one they all lie in one corner: stretch by `F' / F`."
)
def as_they_are(cells, sizes, context_sizes):
    return cells.clone()


@matching_cells.wrong(
    "You keep the numbers and clamp them to the context, so everything beyond its size "
    "looks at its border. Stretch by `F' / F` instead."
)
def clamped(cells, sizes, context_sizes):
    return torch.minimum(cells, torch.tensor(context_sizes) - 1)


@matching_cells.wrong(
    "You shift by half the difference of the sizes, as if the smaller grid were cut out of "
    "the middle of the larger. Both show the whole picture: stretch, by `F' / F`."
)
def shifted(cells, sizes, context_sizes):
    return cells + (torch.tensor(context_sizes) - torch.tensor(sizes)) // 2


@matching_cells.wrong(
    "The ratio is upside down: you map from the context to the video. Multiply by the "
    "context's size, divide by the video's."
)
def other_way(cells, sizes, context_sizes):
    return cells * torch.tensor(sizes) // torch.tensor(context_sizes)


@matching_cells.wrong(
    "You divide the sizes first, without remainder, so 3 / 2 becomes 1 and 1 / 2 becomes "
    "0. Multiply first: `i * F' // F`."
)
def whole_ratio(cells, sizes, context_sizes):
    return cells * (torch.tensor(context_sizes) // torch.tensor(sizes))


@matching_cells.wrong(
    "You map the first cell to the first and the last to the last, by `F' - 1` and "
    "`F - 1`. NÜWA's map takes the sizes themselves."
)
def corners(cells, sizes, context_sizes):
    return cells * (torch.tensor(context_sizes) - 1) // (torch.tensor(sizes) - 1)


@matching_cells.wrong(
    "Height and width are swapped: rows go with `H`, columns with `W`."
)
def swapped(cells, sizes, context_sizes):
    order = [0, 2, 1]
    swapped = torch.tensor(context_sizes)[order] * cells // torch.tensor(sizes)[order]
    return swapped


@matching_cells.wrong(
    "You read a cell as column, row, frame. The order is frame, row, column, as in "
    "`(F, H, W)`."
)
def width_first(cells, sizes, context_sizes):
    return matching_cells(cells.flip(-1), sizes, context_sizes).flip(-1)


@matching_cells.wrong(
    "You divide before you multiply, and a rounding error costs a whole cell: "
    "7 / 23 · 23 is 6.9999995, and its floor is 6. Stay with whole numbers, "
    "`cells * context // sizes`."
)
def divided_first(cells, sizes, context_sizes):
    return (cells / torch.tensor(sizes) * torch.tensor(context_sizes)).floor().long()


@matching_cells.wrong(
    "You multiply by a rounded ratio, and its error costs a whole cell: 11 · (39 / 33) "
    "comes out a little below 13. Stay with whole numbers, `cells * context // sizes`."
)
def ratio_first(cells, sizes, context_sizes):
    ratio = torch.tensor(context_sizes) / torch.tensor(sizes)
    return (cells * ratio).floor().long()


@matching_cells.wrong(
    "You divide before you multiply. Even with 16 digits 13 / 23 · 23 is a little less "
    "than 13, and its floor is 12. Multiply first, and divide with `//`."
)
def divided_double(cells, sizes, context_sizes):
    double = cells.double() / torch.tensor(sizes) * torch.tensor(context_sizes)
    return double.floor().long()


@matching_cells.wrong(
    "You multiply by a ratio, which is rounded even with 16 digits: 11 · (30 / 22) comes "
    "out a little below 15. Multiply whole numbers first, and divide with `//`."
)
def ratio_double(cells, sizes, context_sizes):
    ratio = torch.tensor(context_sizes).double() / torch.tensor(sizes)
    return (cells * ratio).floor().long()
