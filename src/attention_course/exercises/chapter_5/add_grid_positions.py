"""Exercise 5.17: Where in the video?"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "5.17",
    "Where in the video?",
    stars=2,
    minutes=8,
    statement="""\
Attention does not see where a cell stands, on a grid as little as on a line. A table with a row \
for every cell of a video would be large, and most of its rows would be trained seldom. So each \
axis gets a table of its own: one for frames, one for rows, one for columns. A cell's position is \
the sum of three vectors.

Write `add_grid_positions(x, for_frames, for_rows, for_columns)`. The tables may be longer than \
the grid; then their first rows are used. Leave `x` as it is.""",
)
def add_grid_positions(
    x: Tensor, for_frames: Tensor, for_rows: Tensor, for_columns: Tensor
) -> Tensor:
    """Add to each cell the vectors of its frame, its row and its column.

    Args:
        x: ``(B, F, H, W, d_model)``.
        for_frames: ``(F or more, d_model)``.
        for_rows: ``(H or more, d_model)``.
        for_columns: ``(W or more, d_model)``.

    Returns:
        ``(B, F, H, W, d_model)``.
    """
    _, n_frames, n_rows, n_columns, _ = x.shape
    frames = for_frames[:n_frames, None, None]  # (F, 1, 1, d_model)
    rows = for_rows[:n_rows, None]  # (H, 1, d_model)
    columns = for_columns[:n_columns]  # (W, d_model)
    return x + frames + rows + columns


add_grid_positions.hints = (
    "How many vectors are there in all? `F + H + W`, not `F · H · W`. Cells of one frame share its "
    "vector.",
    "Cut the tables to the grid first. Then each needs axes of size 1 for those "
    "axes on which its vectors do not depend.",
    "Shapes are lined up from the right: the columns' `(W, d_model)` fits as it is. The rows' "
    "table wants one new axis before `d_model`, the frames' table wants two of them.",
)


@add_grid_positions.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for more in (0, 8):
        n_videos, *sizes = primes(generator, 4, low=2, high=7)
        (d_model,) = primes(generator, 1, low=11, high=13)
        longest = max(sizes) + 1
        tables = [longest + more + n if more else size for n, size in enumerate(sizes)]
        yield (
            torch.randn(n_videos, *sizes, d_model, generator=generator),
            *(torch.randn(length, d_model, generator=generator) for length in tables),
        )
    yield (
        torch.randn(2, 3, 3, 3, 3, generator=generator),
        *(torch.randn(3, 3, generator=generator) for _ in range(3)),
    )
    yield (
        torch.randn(1, 1, 1, 1, 2, generator=generator),
        *(torch.randn(2, 2, generator=generator) for _ in range(3)),
    )


@add_grid_positions.right
def one_after_another(x, for_frames, for_rows, for_columns):
    _, n_frames, n_rows, n_columns, d_model = x.shape
    x = x + for_frames[:n_frames].view(1, n_frames, 1, 1, d_model)
    x = x + for_rows[:n_rows].view(1, 1, n_rows, 1, d_model)
    return x + for_columns[:n_columns].view(1, 1, 1, n_columns, d_model)


@add_grid_positions.right
def loop(x, for_frames, for_rows, for_columns):
    out = x.clone()
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            for k in range(x.shape[3]):
                out[:, i, j, k] += for_frames[i] + for_rows[j] + for_columns[k]
    return out


@add_grid_positions.right
def looked_up(x, for_frames, for_rows, for_columns):
    axes = [torch.arange(size) for size in x.shape[1:4]]
    i, j, k = torch.meshgrid(*axes, indexing="ij")
    return x + for_frames[i] + for_rows[j] + for_columns[k]


def positions(
    shape: torch.Size, for_frames: Tensor, for_rows: Tensor, for_columns: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    _, n_frames, n_rows, n_columns, _ = shape
    return (
        for_frames[:n_frames, None, None],
        for_rows[:n_rows, None],
        for_columns[:n_columns],
    )


@add_grid_positions.wrong(
    "You add the frames' vectors alone: cells of one frame look all the same. Rows and columns "
    "have tables too."
)
def frames_alone(x, for_frames, for_rows, for_columns):
    return x + positions(x.shape, for_frames, for_rows, for_columns)[0]


@add_grid_positions.wrong(
    "The frames' vectors are missing: you treat each frame as a picture by itself."
)
def no_frames(x, for_frames, for_rows, for_columns):
    _, rows, columns = positions(x.shape, for_frames, for_rows, for_columns)
    return x + rows + columns


@add_grid_positions.wrong(
    "The columns' vectors are missing: only two of the three count."
)
def no_columns(x, for_frames, for_rows, for_columns):
    frames, rows, _ = positions(x.shape, for_frames, for_rows, for_columns)
    return x + frames + rows


@add_grid_positions.wrong(
    "The rows' vectors are missing: only frames and columns count."
)
def no_rows(x, for_frames, for_rows, for_columns):
    frames, _, columns = positions(x.shape, for_frames, for_rows, for_columns)
    return x + frames + columns


@add_grid_positions.wrong(
    "You return the positions alone. They are added to `x`: otherwise the video is gone."
)
def without_x(x, for_frames, for_rows, for_columns):
    frames, rows, columns = positions(x.shape, for_frames, for_rows, for_columns)
    return (frames + rows + columns).expand_as(x)


@add_grid_positions.wrong(
    "You take the tables' last rows where they are longer than the grid. Their first rows are "
    "used, so that a cell has the same vector in a small and in a large video."
)
def last_rows(x, for_frames, for_rows, for_columns):
    _, n_frames, n_rows, n_columns, _ = x.shape
    return add_grid_positions(
        x, for_frames[-n_frames:], for_rows[-n_rows:], for_columns[-n_columns:]
    )


@add_grid_positions.wrong(
    "You take the mean of the three vectors. They are added as they are."
)
def mean_of_three(x, for_frames, for_rows, for_columns):
    return x + sum(positions(x.shape, for_frames, for_rows, for_columns)) / 3


@add_grid_positions.wrong(
    "You multiply by the positions. They are added, as in chapter 4."
)
def multiplied(x, for_frames, for_rows, for_columns):
    return x * sum(positions(x.shape, for_frames, for_rows, for_columns))


@add_grid_positions.wrong(
    "You multiply the three vectors with one another. A cell's position is their sum."
)
def product_of_three(x, for_frames, for_rows, for_columns):
    frames, rows, columns = positions(x.shape, for_frames, for_rows, for_columns)
    return x + frames * rows * columns


@add_grid_positions.wrong(
    "The first row of each table goes to all cells: no cell knows where it stands."
)
def first_for_all(x, for_frames, for_rows, for_columns):
    return x + for_frames[0] + for_rows[0] + for_columns[0]
