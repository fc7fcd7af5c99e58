"""Exercise 2.6: Backwards, but not the padding"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes
from ._shared import draw_lengths
from .real_places import real_places


@exercise(
    "2.6",
    "Backwards, but not the padding",
    stars=2,
    minutes=10,
    statement="""\
The backward half of the encoder reads each sequence from its last token to its first. In a padded \
batch the last token stands at another position in every row. Write `reverse_rows(tokens, mask)`: \
every row `(T,)` of `tokens` backwards, the padding where it was.

`[5, 6, 7, 0, 0]` with three real tokens becomes `[7, 6, 5, 0, 0]`. A loop over the rows is fine; \
one `gather` for all rows is finer. Leave `tokens` itself as it is.""",
)
def reverse_rows(tokens: Tensor, mask: Tensor) -> Tensor:
    """Write each row of a padded batch backwards, and leave its padding in place.

    Args:
        tokens: integers ``(B, T)``.
        mask: boolean ``(B, T)``, ``True`` = real token; the real ones come first.

    Returns:
        Integers ``(B, T)``; the positions of padding hold what they held before.
    """
    places = torch.arange(tokens.shape[1])  # (T,)
    lengths = mask.sum(dim=1, keepdim=True)  # (B, 1)
    mirrored = lengths - 1 - places  # (B, T), place 0 ↔ the last
    return tokens.gather(1, torch.where(mask, mirrored, places))  # (B, T)


reverse_rows.hints = (
    "In a row of 3 real tokens, position 0 gets what stood at 2, position 1 what stood at 1, "
    "position 2 what stood at 0. Write that as a formula of position and length.",
    "Position `t` of a row of length `n` gets what stood at `n - 1 - t`. The lengths are "
    "`mask.sum(dim=1)`. Where padding stands, a position gets what stands there: `t` itself.",
    "`places = torch.arange(T)` and `mirrored = mask.sum(dim=1, keepdim=True) - 1 - places`, "
    "which is `(B, T)`. `torch.where(mask, mirrored, places)` is where each token comes "
    "from, and `tokens.gather(1, …)` fetches all of them.",
)


@reverse_rows.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=3, high=17)
    for n_rows, width, filler in zip(sizes[:3], sizes[3:], (0, 0, 99), strict=True):
        mask = real_places(draw_lengths(generator, n_rows, width))
        # All different within a row, so that no row reads the same backwards.
        rows = [
            1 + torch.randperm(30, generator=generator)[:width] for _ in range(n_rows)
        ]
        yield torch.stack(rows).masked_fill(~mask, filler), mask
    yield torch.tensor([[5]]), torch.tensor([[True]])
    # What stands in the places of padding stays in its order too.
    yield torch.tensor([[5, 6, 7, 8]]), torch.tensor([[True, True, False, False]])


@reverse_rows.right
def loop(tokens, mask):
    turned = tokens.clone()
    for row, length in enumerate(mask.sum(1).tolist()):
        turned[row, :length] = tokens[row, :length].flip(0)
    return turned


@reverse_rows.right
def index(tokens, mask):
    places = torch.arange(tokens.shape[1]).expand_as(tokens)
    source = places.clone()
    source[mask] = (mask.sum(1, keepdim=True) - 1 - places)[mask]
    return tokens[torch.arange(len(tokens))[:, None], source]


@reverse_rows.right
def select(tokens, mask):
    turned = tokens.clone()
    # Flipped as a whole, each row has its real tokens last, in the order wanted.
    turned[mask] = tokens.flip(1)[mask.flip(1)]
    return turned


@reverse_rows.right
def lists(tokens, mask):
    rows = []
    for row, length in zip(tokens.tolist(), mask.sum(1).tolist(), strict=True):
        rows.append(row[:length][::-1] + row[length:])
    return torch.tensor(rows)


@reverse_rows.wrong(
    "You flipped whole rows, padding and all, so short rows now begin with padding. Turn "
    "the real tokens only."
)
def flip(tokens, mask):
    return tokens.flip(1)


@reverse_rows.wrong(
    "You flipped whole rows and then put the padding back. In the flipped row the real "
    "tokens stand at the right, so the mask, which marks the left, cut them off."
)
def flip_and_mask(tokens, mask):
    return tokens.flip(1).where(mask, tokens)


@reverse_rows.wrong(
    "You flipped the order of the sequences (`dim=0`). Each row is to be turned in "
    "itself."
)
def batch(tokens, mask):
    return tokens.flip(0)


@reverse_rows.wrong(
    "Your positions are one too high: a row of length `n` has its last token at `n - 1`, "
    "and you begin with what stands at `n`."
)
def off_by_one(tokens, mask):
    places = torch.arange(tokens.shape[1])
    mirrored = (mask.sum(1, keepdim=True) - places).clamp(max=tokens.shape[1] - 1)
    return tokens.gather(1, torch.where(mask, mirrored, places))


@reverse_rows.wrong(
    "Your positions are one too low: a row of length `n` has its last token at `n - 1`, and "
    "you begin with the one before it."
)
def short(tokens, mask):
    places = torch.arange(tokens.shape[1])
    mirrored = (mask.sum(1, keepdim=True) - 2 - places).clamp(min=0)
    return tokens.gather(1, torch.where(mask, mirrored, places))


@reverse_rows.wrong(
    "You swapped the first and the last token. All those between them must be reversed "
    "too."
)
def swap(tokens, mask):
    last = mask.sum(1, keepdim=True) - 1
    ends = torch.cat([tokens.gather(1, last), tokens[:, :1]], dim=1)
    return tokens.scatter(1, torch.cat([torch.zeros_like(last), last], dim=1), ends)


@reverse_rows.wrong(
    "You sorted the tokens by their numbers. Their order in the row is what counts."
)
def sort(tokens, mask):
    low = tokens.masked_fill(~mask, -1)
    return low.sort(dim=1, descending=True).values.where(mask, tokens)


@reverse_rows.wrong(
    "Only rows without padding are turned. The shorter ones have to be turned too, each "
    "about its own middle."
)
def longest(tokens, mask):
    return tokens.flip(1).where(mask.all(1, keepdim=True), tokens)
