"""Exercise 5.9: Count the scores"""

import itertools
import math
from collections.abc import Callable, Iterator

import torch

from ..checker import Args, exercise, primes
from ._shared import Sizes, triple


@exercise(
    "5.9",
    "Count the scores",
    stars=2,
    minutes=10,
    rtol=0,
    atol=0,
    statement="""\
Before you buy a larger computer, count. Write `window_total(sizes, context_sizes, extent)`: how \
many scores does one head of nearby attention compute from a grid of `sizes` to a context of \
`context_sizes`? Windows are cut off at the borders, and what is cut off is not counted. The \
result is an int.

By hand: 4 positions on a line that look at themselves with extent 1 have 2 + 3 + 3 + 2 = 10 \
scores, not 12. You need no tensor for this.""",
)
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


window_total.hints = (
    "What does the number of frames that a cell sees depend on? And the number of rows? How "
    "do the three counts come together?",
    "Which frames a cell sees depends on its frame only; so count each axis by itself. Cell "
    "`i` looks around `centre = i * F' // F`, from `max(centre - e, 0)` to "
    "`min(centre + e, F' - 1)`.",
    "Both ends count, so one window has `last - first + 1` cells. Add these up over all `i` of "
    "the axis, and multiply the sums of the three axes: every frame window comes with every "
    "row window and every column window.",
)


@window_total.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for same, extent in [
        (True, (1, 2, 3)),
        (False, (2, 3, 1)),
        (False, (3, 1, 2)),
        (False, (0, 9, 1)),
    ]:
        sizes = triple(primes(generator, 3, low=5, high=13))
        context_sizes = triple(primes(generator, 3, low=5, high=17))
        yield sizes, sizes if same else context_sizes, extent
    # Fractions go wrong: 15 / 22 · 22 comes out below 15.
    yield (22, 2, 1), (22, 2, 1), (7, 0, 0)
    yield (1, 1, 1), (1, 1, 1), (0, 0, 0)


@window_total.right
def by_mask(sizes, context_sizes, extent):
    total = 1
    for n, n_context, e in zip(sizes, context_sizes, extent, strict=True):
        centres = torch.arange(n) * n_context // n
        near = (centres[:, None] - torch.arange(n_context)).abs() <= e
        total *= int(near.sum())
    return total


@window_total.right
def by_cells(sizes, context_sizes, extent):
    total = 0
    for cell in itertools.product(*map(range, sizes)):
        n_near = 1
        for i, n, n_context, e in zip(cell, sizes, context_sizes, extent, strict=True):
            centre = i * n_context // n
            n_near *= len(range(max(centre - e, 0), min(centre + e + 1, n_context)))
        total += n_near
    return total


def windows_of(size: int, context_size: int, e: int) -> list[tuple[int, int]]:
    """First and last cell of each window, before clipping."""
    centres = [i * context_size // size for i in range(size)]
    return [(centre - e, centre + e) for centre in centres]


def by(
    count: Callable[[int, int, int], int], sizes: Sizes, context: Sizes, extent: Sizes
) -> int:
    return math.prod(map(count, sizes, context, extent))


@window_total.right
def by_cutting(sizes, context_sizes, extent):
    def count(n: int, n_context: int, e: int) -> int:
        windows = windows_of(n, n_context, e)
        left = sum(max(-first, 0) for first, _ in windows)
        right = sum(max(last - n_context + 1, 0) for _, last in windows)
        return n * (2 * e + 1) - left - right

    return by(count, sizes, context_sizes, extent)


@window_total.wrong(
    "You count whole windows everywhere. At the borders a part lies outside and is not "
    "computed: count what is left."
)
def unclipped(sizes, context_sizes, extent):
    return by(lambda n, _, e: n * (2 * e + 1), sizes, context_sizes, extent)


@window_total.wrong(
    "That is full attention, every cell with every cell. Count only the neighbours."
)
def full(sizes, context_sizes, extent):
    return math.prod(sizes) * math.prod(context_sizes)


@window_total.wrong(
    "You make the window smaller only where it is larger than the whole axis. It is cut "
    "off at every border: the first cell of an axis sees only one side."
)
def smaller(sizes, context_sizes, extent):
    return by(lambda n, m, e: n * min(2 * e + 1, m), sizes, context_sizes, extent)


@window_total.wrong(
    "You take the extent for the width of the window. It reaches that far to *each* side."
)
def full_width(sizes, context_sizes, extent):
    half = (extent[0] // 2, extent[1] // 2, extent[2] // 2)
    return window_total(sizes, context_sizes, half)


@window_total.wrong(
    "From first to last there are `last - first + 1` cells: you count one too few in each "
    "window."
)
def no_plus_one(sizes, context_sizes, extent):
    def count(n: int, n_context: int, e: int) -> int:
        windows = windows_of(n, n_context, e)
        return sum(min(last, n_context - 1) - max(first, 0) for first, last in windows)

    return by(count, sizes, context_sizes, extent)


@window_total.wrong(
    "You clip at the start of each axis and forget the end: `min(centre + e, F' - 1)`."
)
def only_left(sizes, context_sizes, extent):
    def count(n: int, n_context: int, e: int) -> int:
        return sum(
            last - max(first, 0) + 1 for first, last in windows_of(n, n_context, e)
        )

    return by(count, sizes, context_sizes, extent)


@window_total.wrong(
    "You put the window of cell `i` around cell `i` of the context. Map it first: "
    "`i * F' // F`."
)
def no_map(sizes, context_sizes, extent):
    def count(n: int, n_context: int, e: int) -> int:
        return sum(
            len(range(max(i - e, 0), min(i + e + 1, n_context))) for i in range(n)
        )

    return by(count, sizes, context_sizes, extent)


@window_total.wrong(
    "You count windows in the grid that looks. They lie in the context and are cut off at "
    "*its* borders."
)
def in_itself(sizes, context_sizes, extent):
    return window_total(sizes, sizes, extent)


@window_total.wrong(
    "You count one window for each cell of the context. There is one for each cell of the "
    "grid that looks."
)
def in_context(sizes, context_sizes, extent):
    return window_total(context_sizes, context_sizes, extent)


@window_total.wrong("The two grids are swapped: `sizes` is the one that looks.")
def other_way(sizes, context_sizes, extent):
    return window_total(context_sizes, sizes, extent)


@window_total.wrong(
    "You add the three axes. A cell's neighbours are all pairs of a frame, a row and a "
    "column: multiply."
)
def added(sizes, context_sizes, extent):
    return sum(
        window_total((n, 1, 1), (m, 1, 1), (e, 0, 0))
        for n, m, e in zip(sizes, context_sizes, extent, strict=True)
    )


@window_total.wrong("The extents of height and width are swapped: `(e_F, e_H, e_W)`.")
def swapped(sizes, context_sizes, extent):
    return window_total(sizes, context_sizes, (extent[0], extent[2], extent[1]))


@window_total.wrong("That is the size of one window. Add up the windows of all cells.")
def one_window(sizes, context_sizes, extent):
    return math.prod(2 * e + 1 for e in extent)


@window_total.wrong(
    "You return the mean for each cell. The sum over all cells is asked for."
)
def mean(sizes, context_sizes, extent):
    return window_total(sizes, context_sizes, extent) / math.prod(sizes)
