"""Exercise 2.3: Pad a batch"""

from collections.abc import Iterator
from itertools import zip_longest

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..checker import Args, exercise, primes
from ._shared import draw_lengths


@exercise(
    "2.3",
    "Pad a batch",
    stars=1,
    minutes=5,
    statement="""\
A tensor has no ragged edge. Write `pad_rows(rows, filler)`, which sets lists of token numbers of \
different lengths side by side as one tensor `(B, T)`, `T` the longest row's length, and fills \
each row up on its right with `filler`.

Leave the lists themselves as they are: whoever calls you may still need them.""",
)
def pad_rows(rows: list[list[int]], filler: int) -> Tensor:
    """Set rows of different lengths side by side in one tensor.

    Args:
        rows: ``B`` lists of token numbers, at least one number each.
        filler: the number that fills a row up on its right.

    Returns:
        Integers ``(B, T)``, int64, with ``T`` the longest row's length.
    """
    width = max(len(row) for row in rows)
    filled = [row + [filler] * (width - len(row)) for row in rows]
    return torch.tensor(filled)  # (B, T)


pad_rows.hints = (
    "First find the width. Then every row gets as many fillers as it falls short of it.",
    "`row + [filler] * n` makes a new list. `row += …` and `row.append(…)` would change the "
    "caller's. How large is `n`?",
    "`width = max(len(row) for row in rows)`, then `row + [filler] * (width - len(row))` for "
    "every row, and all of them through `torch.tensor`. Or start from "
    "`torch.full((B, width), filler)` and write each row into its beginning.",
)


@pad_rows.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 3, low=3, high=7)
    for n_rows, longest, filler in zip(sizes, (4, 6, 8), (0, 9, 4), strict=True):
        lengths = draw_lengths(generator, n_rows, longest)
        yield (
            [
                # Never 0 or the filler, so that filling up shows.
                torch.randint(10, 30, (n,), generator=generator).tolist()
                for n in lengths.tolist()
            ],
            filler,
        )
    yield [[0, 5], [3]], 9  # 0 is a token like any other
    yield [[7]], 0


@pad_rows.right
def full(rows, filler):
    tokens = torch.full((len(rows), max(map(len, rows))), filler)
    for place, row in enumerate(rows):
        tokens[place, : len(row)] = torch.tensor(row)
    return tokens


@pad_rows.right
def pad_sequence(rows, filler):
    tensors = [torch.tensor(row) for row in rows]
    return nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=filler)


@pad_rows.right
def zipped(rows, filler):
    columns = zip_longest(*rows, fillvalue=filler)
    return torch.tensor(list(columns)).T


@pad_rows.right
def stack(rows, filler):
    width = max(len(row) for row in rows)
    padded = [
        F.pad(torch.tensor(row), (0, width - len(row)), value=filler) for row in rows
    ]
    return torch.stack(padded)


@pad_rows.wrong(
    "You fill up on the left. Here the tokens come first, so that position 0 is the first "
    "token of every row, and the fillers follow."
)
def left(rows, filler):
    width = max(len(row) for row in rows)
    return torch.tensor([[filler] * (width - len(row)) + row for row in rows])


@pad_rows.wrong(
    "You cut all rows to the shortest one's length, and tokens are lost. Fill the "
    "shorter rows up to the longest."
)
def cut(rows, filler):
    width = min(len(row) for row in rows)
    return torch.tensor([row[:width] for row in rows])


@pad_rows.wrong(
    "You fill up with 0, whatever `filler` says. Zero is a common choice for the padding "
    "token, but the caller decides."
)
def zero(rows, filler):
    return pad_rows(rows, 0)


@pad_rows.wrong(
    "You repeat each row's last token. Fill up with `filler`, so that padding cannot be "
    "taken for a token."
)
def last(rows, filler):
    width = max(len(row) for row in rows)
    return torch.tensor([row + row[-1:] * (width - len(row)) for row in rows])


@pad_rows.wrong(
    "Your tensor has one column too many: a column of nothing but fillers. The longest "
    "row needs none."
)
def wide(rows, filler):
    return F.pad(pad_rows(rows, filler), (0, 1), value=filler)


@pad_rows.wrong(
    "Your tensor is `(T, B)`. One row for each sequence: `(B, T)`. (Does "
    "`pad_sequence` need `batch_first=True`?)"
)
def time_first(rows, filler):
    return pad_rows(rows, filler).T


@pad_rows.wrong(
    "Your tensor holds floats. Token numbers are integers: an embedding looks them up."
)
def floats(rows, filler):
    return pad_rows(rows, filler).float()
