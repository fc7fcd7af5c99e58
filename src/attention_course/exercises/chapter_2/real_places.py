"""Exercise 2.2: A mask from lengths"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ..checker import Args, exercise, primes
from ._shared import draw_lengths


@exercise(
    "2.2",
    "A mask from lengths",
    stars=1,
    minutes=5,
    statement="""\
A batch of strings is as wide as its longest; the others are filled up on the right. Everything \
that comes later, the loss, the decoder, attention, must know which positions are real. Write \
`real_places(lengths)`: from the lengths `(B,)` a boolean mask `(B, T)`, `True` = real token, with \
`T` the largest length.

One comparison does it, without a loop.""",
)
def real_places(lengths: Tensor) -> Tensor:
    """Mark the positions of a padded batch that hold a real token.

    Args:
        lengths: integers ``(B,)``, how many tokens each row has, at least one.

    Returns:
        Boolean ``(B, T)`` with ``T`` the largest length: ``True`` = real token.
        The real tokens of a row stand at its left.
    """
    places = torch.arange(int(lengths.max()))  # (T,)
    return places < lengths.unsqueeze(-1)  # (T,) < (B, 1) → (B, T)


real_places.hints = (
    "In a row of length 3, the positions 0, 1 and 2 are real. Which question do you ask of "
    "each position?",
    "Compare each position with its row's length. `torch.arange(T)` has the shape `(T,)` and "
    "`lengths` has `(B,)`: what must you add so that they broadcast to `(B, T)`?",
    "`torch.arange(int(lengths.max()))` is `(T,)`, `lengths.unsqueeze(-1)` is `(B, 1)`. A "
    "position is real if it is *smaller* than the length, because positions start at 0: compare "
    "the two with `<`.",
)


@real_places.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=3, high=17)
    for n_rows, longest in zip(sizes[:3], sizes[3:], strict=True):
        yield (draw_lengths(generator, n_rows, longest),)
    yield (torch.tensor([3]),)
    yield (torch.tensor([1, 1]),)


@real_places.right
def loop(lengths):
    mask = torch.zeros(len(lengths), int(lengths.max()), dtype=torch.bool)
    for row, length in enumerate(lengths.tolist()):
        mask[row, :length] = True
    return mask


@real_places.right
def lists(lengths):
    longest = int(lengths.max())
    return torch.tensor(
        [[place < n for place in range(longest)] for n in lengths.tolist()]
    )


@real_places.right
def pad_sequence(lengths):
    rows = [torch.ones(n, dtype=torch.bool) for n in lengths.tolist()]
    return nn.utils.rnn.pad_sequence(rows, batch_first=True)


@real_places.right
def cumsum(lengths):
    ones = torch.ones(len(lengths), int(lengths.max()), dtype=torch.long)
    return ones.cumsum(1) <= lengths[:, None]


@real_places.wrong(
    "Each row has one real position too many. Positions are counted from 0, so the last real "
    "one is `length - 1`: compare with `<`, not `<=`."
)
def one_more(lengths):
    return torch.arange(int(lengths.max())) <= lengths.unsqueeze(-1)


@real_places.wrong(
    "Each row has one real position too few. Positions are counted from 0, so a row of length "
    "3 has the positions 0, 1 and 2."
)
def one_less(lengths):
    return torch.arange(1, int(lengths.max()) + 1) < lengths.unsqueeze(-1)


@real_places.wrong(
    "Your mask is inverted: it marks the padding. In this course `True` means a real "
    "token, one that may be looked at."
)
def of_padding(lengths):
    return ~real_places(lengths)


@real_places.wrong(
    "You put the padding on the left. Here the real tokens come first and the padding "
    "follows."
)
def right(lengths):
    return real_places(lengths).flip(1)


@real_places.wrong(
    "Rows and columns are swapped: the mask is `(B, T)`, one row for each "
    "sequence. Add the axis of size 1 to `lengths`, not to the positions."
)
def by_column(lengths):
    return real_places(lengths).T


@real_places.wrong(
    "Your mask has one column too many. `T` is the largest length itself, and "
    "`torch.arange(T)` already has `T` numbers."
)
def wide(lengths):
    return torch.arange(int(lengths.max()) + 1) < lengths.unsqueeze(-1)


@real_places.wrong(
    "You return ones and zeros as integers. A mask is boolean: leave the comparison as "
    "it is."
)
def numbers(lengths):
    return real_places(lengths).long()
