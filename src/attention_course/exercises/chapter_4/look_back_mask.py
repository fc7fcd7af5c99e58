"""Exercise 4.7: A mask that looks back"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.7",
    "A mask that looks back",
    stars=2,
    minutes=8,
    statement="""\
A decoder that writes a sentence must not read what it has not written yet. So each position looks \
at itself and at what came before. For 3 queries and 3 keys the mask is a triangle, with ones for \
`True`: `1 0 0`, `1 1 0`, `1 1 1`.

While it writes, a decoder keeps the keys of earlier steps and asks only for the newest positions. \
Then there are fewer queries than keys, and the queries stand at the **last** positions. Write \
`look_back_mask(n_queries, n_keys)`: boolean, `(n_queries, n_keys)`, `True` = may attend. A single \
query, the newest position, may look at everything.""",
)
def look_back_mask(n_queries: int, n_keys: int) -> Tensor:
    """Let each query look at its own position and at those before it.

    Args:
        n_queries: how many queries there are; they stand at the last positions.
        n_keys: how many positions there are, at least ``n_queries``.

    Returns:
        Boolean ``(n_queries, n_keys)``, ``True`` = may attend.
    """
    places = torch.arange(n_keys)
    queries = places[n_keys - n_queries :]  # (n_queries,), the last places
    return places <= queries.unsqueeze(-1)  # (n_queries, n_keys)


look_back_mask.hints = (
    "At which position of the sequence does query `i` stand, counted from 0?",
    "Query `i` stands at the position `n_keys - n_queries + i`. It may look at every position `j` "
    "that is not larger. Two `torch.arange`s, compared with `<=`, give the whole mask.",
    "Or take a triangle: `torch.ones(n_queries, n_keys, dtype=torch.bool)`, and of that "
    "`.tril(diagonal=n_keys - n_queries)`. The diagonal moves to the right by the number of "
    "positions that come before the first query.",
)


@look_back_mask.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    small, middle, large = sorted(primes(generator, 3, low=3, high=13))
    yield middle, middle
    yield small, large
    yield 1, middle
    yield 1, 1
    yield large + 60, large + 80


@look_back_mask.right
def tril(n_queries, n_keys):
    ones = torch.ones(n_queries, n_keys, dtype=torch.bool)
    return ones.tril(diagonal=n_keys - n_queries)


@look_back_mask.right
def last_rows(n_queries, n_keys):
    whole = torch.ones(n_keys, n_keys).tril() == 1
    return whole[n_keys - n_queries :]


@look_back_mask.right
def loop(n_queries, n_keys):
    mask = torch.zeros(n_queries, n_keys, dtype=torch.bool)
    for i in range(n_queries):
        mask[i, : n_keys - n_queries + i + 1] = True
    return mask


@look_back_mask.right
def not_later(n_queries, n_keys):
    later = torch.full((n_queries, n_keys), 1).triu(n_keys - n_queries + 1)
    return ~later.bool()


@look_back_mask.wrong(
    "Your triangle starts in the upper left corner, as if the queries stood at the first "
    "positions. They stand at the last: with one query the row is all `True`."
)
def top_left(n_queries, n_keys):
    return torch.ones(n_queries, n_keys, dtype=torch.bool).tril()


@look_back_mask.wrong(
    "True and False are swapped. Here `True` means *may attend*, as in torch's "
    "`scaled_dot_product_attention`. `nn.MultiheadAttention` has it the other way round."
)
def turned(n_queries, n_keys):
    return ~look_back_mask(n_queries, n_keys)


@look_back_mask.wrong(
    "Your triangle is the upper one: each position sees itself and the future. Looking back "
    "is the lower one."
)
def look_ahead(n_queries, n_keys):
    ones = torch.ones(n_queries, n_keys, dtype=torch.bool)
    return ones.triu(diagonal=n_keys - n_queries)


@look_back_mask.wrong(
    "A position does not see itself in your mask, and the first one sees nothing at all. "
    "Its own position is allowed: `<=`, not `<`."
)
def not_itself(n_queries, n_keys):
    ones = torch.ones(n_queries, n_keys, dtype=torch.bool)
    return ones.tril(diagonal=n_keys - n_queries - 1)


@look_back_mask.wrong(
    "Each position sees one position ahead, and that is the token it should predict. Move the "
    "diagonal back by one."
)
def one_ahead(n_queries, n_keys):
    ones = torch.ones(n_queries, n_keys, dtype=torch.bool)
    return ones.tril(diagonal=n_keys - n_queries + 1)


@look_back_mask.wrong(
    "You have a row for each key. A row belongs to a query: `(n_queries, n_keys)`."
)
def transposed(n_queries, n_keys):
    return look_back_mask(n_queries, n_keys).T


@look_back_mask.wrong(
    "You return numbers to be added to the scores, 0 and -inf. That works in torch too, "
    "but asked for is a boolean mask."
)
def minus_infinity(n_queries, n_keys):
    mask = look_back_mask(n_queries, n_keys)
    return torch.zeros(n_queries, n_keys).masked_fill(~mask, -math.inf)


@look_back_mask.wrong(
    "The mask holds the numbers 1 and 0. Make it boolean: torch adds a mask of floats to "
    "the scores, and 0 and 1 forbid nothing."
)
def numbers(n_queries, n_keys):
    return look_back_mask(n_queries, n_keys).float()


@look_back_mask.wrong(
    "You make a row for every position. There are only `n_queries` rows: the last ones."
)
def all_places(n_queries, n_keys):
    return look_back_mask(n_keys, n_keys)
