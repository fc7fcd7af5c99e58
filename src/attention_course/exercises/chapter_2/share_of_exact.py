"""Exercise 2.9: Exact match"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "2.9",
    "Exact match",
    stars=1,
    minutes=5,
    statement="""\
A date with nine of ten characters right is still wrong. So the chapter counts *exact matches*: \
strings that are right from the first token to the last. Write `share_of_exact(written, \
expected, mask)`: the share of rows, from 0 to 1, in which every real token is right. All three \
arguments are `(B, T)`. What stands in the positions of padding does not matter; the mask alone \
says where they are. Every row has at least one real token.""",
)
def share_of_exact(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    """Count the rows that a model wrote without a single mistake.

    Args:
        written: integers ``(B, T)``, what the model wrote; after its end, anything.
        expected: integers ``(B, T)``, what it should have written.
        mask: boolean ``(B, T)``, ``True`` where ``expected`` has a real token.

    Returns:
        The share of rows in which every real token is right, a float from 0 to 1.
    """
    right = (written == expected) | ~mask  # (B, T), padding cannot be wrong
    return float(right.all(dim=1).float().mean())


share_of_exact.hints = (
    "First say for each position whether it is fine, `(B, T)`; then for each row whether all "
    "its positions are, `(B,)`; then take the share.",
    "A position is fine if the tokens are equal *or* it is padding. `.all(dim=1)` asks a whole "
    "row at once; the mean of ones and zeros is a share.",
    "`right = (written == expected) | ~mask`, then `right.all(dim=1)` is `(B,)` and boolean. "
    "The mean of it as floats is the share; `float(…)` makes a number of the tensor.",
)


@share_of_exact.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_rows in (11, 17, 13):
        while True:  # until every mistake gives a number of its own
            width = primes(generator, 1, low=5, high=7)[0]
            lengths = torch.randint(2, width, (n_rows,), generator=generator)
            lengths[0] = width
            mask = torch.arange(width) < lengths[:, None]
            expected = torch.randint(4, 14, mask.shape, generator=generator) * mask
            other = 4 + (expected - 3) % 10  # another letter than the right one
            kind = torch.randint(4, (n_rows, 1), generator=generator)
            place = (
                torch.rand(n_rows, 1, generator=generator) * lengths[:, None]
            ).long()
            one = torch.arange(width) == place
            wrong = ((kind == 1) & one) | (
                (kind == 2) & mask
            )  # one mistake, or all wrong
            written = torch.where(wrong, other, expected)
            garbage = torch.rand(n_rows, 1, generator=generator) < 0.5
            written = torch.where(garbage & ~mask, 4, written)
            args = (written, expected, mask)
            answers = [
                share_of_exact.solution,
                *(m.attempt for m in share_of_exact.mistakes),
            ]
            if len({round(answer(*args), 3) for answer in answers}) == len(answers):
                break
        yield args
    # Equal sums, the same tokens in another order, and 0 as a real token.
    for row, right in (([1, 3, 2], [2, 2, 2]), ([1, 2], [2, 1]), ([1], [0])):
        everywhere = torch.ones(1, len(row), dtype=torch.bool)
        yield torch.tensor([row]), torch.tensor([right]), everywhere
    # Anything may stand in the places of padding, in both.
    real = torch.tensor([[True, True, False, False], [True, True, True, False]])
    written = torch.tensor([[5, 6, 0, 4], [7, 8, 9, 1]])
    yield written, torch.tensor([[5, 6, 3, 0], [7, 8, 8, 2]]), real


@share_of_exact.right
def counted(written, expected, mask):
    mistakes = ((written != expected) & mask).sum(1)
    return int((mistakes == 0).sum()) / len(mask)


@share_of_exact.right
def lists(written, expected, mask):
    hits = 0
    for ours, theirs, real in zip(written, expected, mask, strict=True):
        hits += ours[real].tolist() == theirs[real].tolist()
    return hits / len(written)


@share_of_exact.right
def product(written, expected, mask):
    right = torch.where(mask, written == expected, True)
    return right.prod(dim=1).double().mean().item()


@share_of_exact.wrong(
    "You compare the padding too. A row may be right up to its end and still differ in "
    "positions that nobody reads."
)
def padding(written, expected, mask):
    return float((written == expected).all(1).float().mean())


@share_of_exact.wrong(
    "This is the share of right *tokens*. A date with one wrong digit is a wrong date: a row "
    "counts only if all its tokens are right."
)
def characters(written, expected, mask):
    return float((written == expected)[mask].float().mean())


@share_of_exact.wrong(
    "This is the share of right positions, padding included. Look at whole rows, and at their "
    "real tokens only."
)
def places(written, expected, mask):
    return float((written == expected).float().mean())


@share_of_exact.wrong(
    "You count the rows with *any* right token. Count those in which *all* are right."
)
def any_token(written, expected, mask):
    return float(((written == expected) & mask).any(1).float().mean())


@share_of_exact.wrong(
    "This is the number of right rows. Divide by how many rows there are."
)
def number(written, expected, mask):
    return share_of_exact(written, expected, mask) * len(mask)


@share_of_exact.wrong(
    "This is the share of rows with a mistake. The exercise asks for those without."
)
def error(written, expected, mask):
    return 1 - share_of_exact(written, expected, mask)


@share_of_exact.wrong("You compare the first token of each row only.")
def first(written, expected, mask):
    return float((written == expected)[:, 0].float().mean())


@share_of_exact.wrong(
    "Padding counts as a mistake, so only rows without padding can be right. Where `mask` is "
    "`False`, nothing can be wrong: `right | ~mask`, not `right & mask`."
)
def masked_out(written, expected, mask):
    return float(((written == expected) & mask).all(1).float().mean())
