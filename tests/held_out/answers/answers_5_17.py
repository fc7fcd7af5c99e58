"""Exercise 5.17: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("5.17")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, f, h, w, _ = x.shape
    return (
        x
        + for_frames[:f, None, None]
        + for_rows[None, :h, None]
        + for_columns[None, None, :w]
    )


@right("5.17")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    result = x.clone()
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            for k in range(x.shape[3]):
                result[:, i, j, k] += for_frames[i] + for_rows[j] + for_columns[k]
    return result


@right("5.17")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    b, f, h, w, d = x.shape
    places = torch.cartesian_prod(torch.arange(f), torch.arange(h), torch.arange(w))
    tables = (for_frames, for_rows, for_columns)
    added = sum(table[places[:, axis]] for axis, table in enumerate(tables))
    return (x.reshape(b, -1, d) + added).reshape(x.shape)


@right("5.17")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    frames = for_frames.narrow(0, 0, x.size(1)).view(1, -1, 1, 1, x.size(-1))
    rows = for_rows.narrow(0, 0, x.size(2)).view(1, 1, -1, 1, x.size(-1))
    columns = for_columns.narrow(0, 0, x.size(3)).view(1, 1, 1, -1, x.size(-1))
    return x + (frames + rows + columns)


@wrong("5.17", "does not cut the tables: longer ones do not fit")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    return (
        x
        + for_frames[:, None, None]
        + for_rows[None, :, None]
        + for_columns[None, None]
    )


@wrong("5.17", "takes the last rows of longer tables")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, f, h, w, _ = x.shape
    frames = for_frames[len(for_frames) - f :]
    rows = for_rows[len(for_rows) - h :]
    columns = for_columns[len(for_columns) - w :]
    return x + frames[:, None, None] + rows[:, None] + columns


@wrong("5.17", "rows and columns exchanged where both tables are long enough")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, f, h, w, _ = x.shape
    n = max(h, w)
    rows = for_columns.repeat(n, 1)[:h]
    columns = for_rows.repeat(n, 1)[:w]
    return x + for_frames[:f, None, None] + rows[None, :, None] + columns[None, None]


@wrong("5.17", "forgets the columns")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, f, h, _, _ = x.shape
    return x + for_frames[:f, None, None] + for_rows[None, :h, None]


@wrong("5.17", "forgets the frames")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, _, h, w, _ = x.shape
    return x + for_rows[:h, None] + for_columns[:w]


@wrong("5.17", "changes x in place")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, f, h, w, _ = x.shape
    x += for_frames[:f, None, None]
    x += for_rows[:h, None]
    x += for_columns[:w]
    return x


@wrong("5.17", "returns the positions without x")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, f, h, w, _ = x.shape
    positions = for_frames[:f, None, None] + for_rows[:h, None] + for_columns[:w]
    return positions.expand(x.shape)


@wrong("5.17", "multiplies the three vectors instead of adding them")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, f, h, w, _ = x.shape
    return x + for_frames[:f, None, None] * for_rows[:h, None] * for_columns[:w]


@wrong("5.17", "mean of the three vectors")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, f, h, w, _ = x.shape
    positions = for_frames[:f, None, None] + for_rows[:h, None] + for_columns[:w]
    return x + positions / 3


@wrong("5.17", "counts places from 1, the last row stands twice")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    def rows(table, n):
        return table[torch.arange(1, n + 1).clamp(max=len(table) - 1)]

    _, f, h, w, _ = x.shape
    positions = rows(for_frames, f)[:, None, None] + rows(for_rows, h)[:, None]
    return x + positions + rows(for_columns, w)


@wrong("5.17", "the sum of a whole table for every cell")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, f, h, w, _ = x.shape
    return x + for_frames[:f].sum(0) + for_rows[:h].sum(0) + for_columns[:w].sum(0)


@wrong("5.17", "the cell's number modulo each size: columns run for rows too")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    b, f, h, w, d = x.shape
    n = torch.arange(f * h * w)
    added = for_frames[n // (h * w)] + for_rows[n % h] + for_columns[n % w]
    return (x.reshape(b, -1, d) + added).reshape(x.shape)


@wrong("5.17", "scales the cells by the root of d_model first")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    _, f, h, w, d = x.shape
    positions = for_frames[:f, None, None] + for_rows[:h, None] + for_columns[:w]
    return x * d**0.5 + positions


@wrong("5.17", "flattens the grid in the result")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    b, f, h, w, d = x.shape
    positions = for_frames[:f, None, None] + for_rows[:h, None] + for_columns[:w]
    return (x + positions).reshape(b, f * h * w, d)


@wrong("5.17", "the first frame, row and column get nothing")
def add_grid_positions(x, for_frames, for_rows, for_columns):
    result = x.clone()
    for i in range(1, x.shape[1]):
        result[:, i] += for_frames[i]
    for j in range(1, x.shape[2]):
        result[:, :, j] += for_rows[j]
    for k in range(1, x.shape[3]):
        result[:, :, :, k] += for_columns[k]
    return result
