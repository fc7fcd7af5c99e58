"""Exercise 4.16: Two masks in one, for a batch"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.16",
    "Two masks in one, for a batch",
    stars=2,
    minutes=10,
    statement="""\
`B` sentences were padded to `T` positions, some on the right, some on the left; `real`, boolean \
`(B, T)`, says where their tokens are. Each position may look at tokens only, and only at its own \
position and at earlier ones.

What would `attend(x, x, x, mask=real)` do? If `B` and `T` differ, it raises an error. If they are \
the same number, it says **nothing**: a mask of two axes is always read as `(Tq, Tk)`, so what was \
meant for the keys of sentence 2 goes to query 2 of every sentence. The mask must have an axis for \
each.

Write `look_back_at_tokens(real)`: boolean, `(B, T, T)` = (sentence, query, key), `True` = may \
attend. A row of padding follows the same rule; nobody reads what comes out there.""",
)
def look_back_at_tokens(real: Tensor) -> Tensor:
    """Let each position look at the tokens up to its own, in every sentence.

    Args:
        real: boolean ``(B, T)``, ``True`` = a token, ``False`` = padding.

    Returns:
        Boolean ``(B, T, T)``: sentence, query, key. ``True`` = may attend.
    """
    length = real.shape[-1]
    back = torch.ones(length, length, dtype=torch.bool).tril()  # (T, T)
    return back & real.unsqueeze(-2)  # (B, T, T): (T, T) with (B, 1, T)


look_back_at_tokens.hints = (
    "Two masks must both say yes. One is the same for all sentences, `(T, T)`. The other is the "
    "same for all queries of a sentence.",
    "Which axis does `real` need, and where? `real.unsqueeze(-2)` is `(B, 1, T)`: the new one is "
    "that of the queries. The triangle is `torch.ones(T, T, dtype=torch.bool).tril()`.",
    "`&` of the two: torch repeats the triangle for each sentence and `real` for each query, and "
    "the result is `(B, T, T)`. Without the new axis `B` would stand where the queries belong.",
)


@look_back_at_tokens.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    n_few, n_many = sorted(primes(generator, 2, low=5, high=13))
    for n_sentences, length in ((n_few, n_few), (n_many, n_few), (n_few, n_many)):
        places = torch.arange(length)
        # At least two tokens and one place of padding, on the right and on the left in turns.
        lengths = torch.randint(2, length, (n_sentences, 1), generator=generator)
        real = places < lengths  # (B, T)
        real[::2] = real[::2].flip(-1)
        yield (real,)
    yield (torch.tensor([[True, True, False]]),)
    yield (torch.tensor([[True]]),)


@look_back_at_tokens.right
def tril_of_all(real):
    length = real.shape[1]
    return real[:, None, :].expand(-1, length, -1).tril()


@look_back_at_tokens.right
def loop(real):
    n_sentences, length = real.shape
    mask = torch.zeros(n_sentences, length, length, dtype=torch.bool)
    for b in range(n_sentences):
        for i in range(length):
            mask[b, i, : i + 1] = real[b, : i + 1]
    return mask


@look_back_at_tokens.right
def places_compared(real):
    places = torch.arange(real.shape[1])
    return (places <= places.unsqueeze(-1)) & real.unsqueeze(1)


@look_back_at_tokens.right
def not_hidden(real):
    later = torch.ones(real.shape[1], real.shape[1]).triu(1) == 1
    return ~(later | ~real.unsqueeze(1))


@look_back_at_tokens.wrong(
    "You combine `real` and the triangle as they are. Where B = T that works without an error, and "
    "row `b` of `real` closes keys for query `b` of every sentence. Give `real` an axis for the "
    "queries: `(B, 1, T)`."
)
def no_new_axis(real):
    length = real.shape[1]
    back = torch.ones(length, length, dtype=torch.bool).tril()
    return back & real[torch.arange(length) % len(real)]  # what torch does where B = T


@look_back_at_tokens.wrong(
    "Sentence and query are mixed up: row `b` of `real` closes keys for query `b` of every "
    "sentence. It belongs to sentence `b`: `(B, 1, T)`."
)
def rows_for_queries(real):
    return no_new_axis(real).expand(len(real), -1, -1)


@look_back_at_tokens.wrong(
    "`real` closes queries in your mask, not keys: its new axis stands last, `(B, T, 1)`. Tokens "
    "still see padding. Put the axis of the queries in the middle, `(B, 1, T)`."
)
def queries_closed(real):
    return look_back_at_tokens(torch.ones_like(real)) & real.unsqueeze(-1)


@look_back_at_tokens.wrong(
    "Rows and columns are swapped: your rows belong to keys. The order is sentence, query, "
    "key."
)
def transposed(real):
    return look_back_at_tokens(real).mT


@look_back_at_tokens.wrong(
    "A position may look where *one* of the two masks allows it, at padding and at later tokens. "
    "Both must allow it: `&`, not `|`."
)
def either(real):
    return look_back_at_tokens(torch.ones_like(real)) | real.unsqueeze(1)


@look_back_at_tokens.wrong(
    "The padding is closed, the future is not: each position sees the tokens that come later. The "
    "triangle is missing."
)
def padding_only(real):
    return real.unsqueeze(1).expand(-1, real.shape[1], -1)


@look_back_at_tokens.wrong(
    "You return `(B, 1, T)`: the padding alone. The triangle is missing, and with it the axis of "
    "the queries."
)
def padding_as_it_is(real):
    return real.unsqueeze(1)


@look_back_at_tokens.wrong(
    "The triangle is there, the padding is open: positions see padding that stands before them. "
    "`real` has to close it."
)
def triangle_only(real):
    return look_back_at_tokens(torch.ones_like(real))


@look_back_at_tokens.wrong(
    "True and False are swapped. Here `True` means *may attend*, as in torch's "
    "`scaled_dot_product_attention`. `nn.MultiheadAttention` has it the other way round."
)
def turned(real):
    return ~look_back_at_tokens(real)


@look_back_at_tokens.wrong(
    "Your triangle is the upper one: each position sees itself and later tokens. Looking back is "
    "the lower one."
)
def look_ahead(real):
    return real.unsqueeze(1).expand(-1, real.shape[1], -1).triu()


@look_back_at_tokens.wrong(
    "A token does not see itself in your mask, and the first one of a sentence sees nothing. Its "
    "own position is allowed: the diagonal stays."
)
def not_itself(real):
    return look_back_at_tokens(real).tril(-1)


@look_back_at_tokens.wrong(
    "You also close the rows of padding. The exercise asks for one rule for all rows: nobody "
    "reads what comes out at padding, and a row without any key is 0/0 in many kernels."
)
def rows_closed_too(real):
    return look_back_at_tokens(real) & real.unsqueeze(-1)


@look_back_at_tokens.wrong(
    "You return numbers to be added to the scores, 0 and -inf. That works in torch too, but asked "
    "for is a boolean mask."
)
def minus_infinity(real):
    return torch.zeros(()).masked_fill(~look_back_at_tokens(real), -math.inf)


@look_back_at_tokens.wrong(
    "The mask holds the numbers 1 and 0. Make it boolean: torch adds a mask of floats to the "
    "scores, and 0 and 1 forbid nothing."
)
def numbers(real):
    return look_back_at_tokens(real).float()
