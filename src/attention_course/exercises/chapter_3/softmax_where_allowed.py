"""Exercise 3.4: Softmax with a mask"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "3.4",
    "Softmax with a mask",
    stars=2,
    minutes=10,
    statement="""\
Padding has scores too, and must get no weight. Write `softmax_where_allowed(scores, mask)`: for \
each query a softmax over the keys at which `mask` is `True`, and exactly zero at all others. \
`scores` are `(..., Tq, Tk)`, and `mask` broadcasts with them.

One case is easily forgotten: a query that may attend to *nothing*. Its row is all zeros, not NaN \
and not uniform. And leave the caller's `scores` as they are.""",
)
def softmax_where_allowed(scores: Tensor, mask: Tensor) -> Tensor:
    """Take a softmax over the keys that each query may attend to.

    Args:
        scores: ``(..., Tq, Tk)``.
        mask: boolean, broadcasts with ``scores``; ``True`` = may attend.

    Returns:
        Weights ``(..., Tq, Tk)``, zero where ``mask`` is ``False``. Each row sums
        to one, or is all zero if its query may attend to nothing.
    """
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)
    # A query without any key has 0 / 0 = NaN in its whole row.
    return weights.masked_fill(~mask, 0.0)  # (..., Tq, Tk)


softmax_where_allowed.hints = (
    "What must a score be, so that its exponential is exactly zero?",
    "`scores.masked_fill(~mask, -torch.inf)` makes a new tensor; `masked_fill_`, with the "
    "underscore, would change the caller's. Then a softmax. What is in a row that held "
    "nothing but `-inf`?",
    "exp(-inf) is 0, so a row of nothing but `-inf` comes out as 0 / 0 = NaN. All of its keys "
    "are masked, so it is enough to fill the masked positions once more, after the softmax: "
    "this time with the weight that they should have.",
)


@softmax_where_allowed.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    *leading, n_queries, n_keys = primes(generator, 4, low=3, high=11)
    for shape, mask_shape in (
        ((n_queries, n_keys), (n_queries, n_keys)),
        ((leading[0], n_queries, n_keys), (leading[0], 1, n_keys)),
        ((*leading, n_queries, n_keys), (n_queries, n_keys)),
    ):
        scores = 2 * torch.randn(shape, generator=generator)
        mask = torch.rand(mask_shape, generator=generator) < 0.6
        mask[..., 0] = True
        mask[..., -1] = False
        if mask.ndim == 3 or len(shape) == 4:
            mask[1] = False  # nothing left to attend to
        yield scores, mask
    # Far from zero, and with the largest score forbidden.
    far = torch.tensor([[100.0, 0.0], [-30.0, 1.0], [0.0, 60.0]])
    yield far, torch.tensor([[True, True], [True, False], [True, False]])
    yield torch.randn(1, 1, generator=generator), torch.tensor([[True]])


@softmax_where_allowed.right
def nan_to_num(scores, mask):
    return torch.where(mask, scores, -torch.inf).softmax(-1).nan_to_num(0.0)


@softmax_where_allowed.right
def exp(scores, mask):
    exp = (scores - scores.amax(-1, keepdim=True)).exp() * mask
    total = exp.sum(-1, keepdim=True)
    return exp / torch.where(total > 0, total, 1.0)


@softmax_where_allowed.right
def renormalised(scores, mask):
    weights = scores.softmax(-1) * mask
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-30)


@softmax_where_allowed.right
def large_then_zero(scores, mask):
    return (scores + torch.where(mask, 0.0, -1e9)).softmax(-1) * mask


@softmax_where_allowed.wrong(
    "You fill in a large negative number. Where *all* keys of a query are masked they "
    "are all equally large, and the row comes out uniform: attention to padding. Its row "
    "has to be zero."
)
def minus_1e9(scores, mask):
    return scores.masked_fill(~mask, -1e9).softmax(-1)


@softmax_where_allowed.wrong(
    "Right, but for the queries that may attend to nothing: a row of nothing but -inf is "
    "0 / 0 = NaN, and one NaN spreads through the whole network. Their rows have to be "
    "zero."
)
def nan(scores, mask):
    return scores.masked_fill(~mask, -torch.inf).softmax(-1)


@softmax_where_allowed.wrong(
    "You mask after the softmax, so the rows no longer sum to one: what the masked keys "
    "had is lost. Mask the scores before the softmax."
)
def after(scores, mask):
    return scores.softmax(-1) * mask


@softmax_where_allowed.wrong(
    "Your softmax runs over the queries (`dim=-2`). Each *query* divides its attention "
    "among the keys: `dim=-1`."
)
def over_queries(scores, mask):
    weights = scores.masked_fill(~mask, -torch.inf).softmax(-2)
    return weights.masked_fill(~mask, 0.0)


@softmax_where_allowed.wrong(
    "Your mask is inverted. `True` = may attend, so fill where it is `False`: `~mask`."
)
def inverted(scores, mask):
    return softmax_where_allowed(scores, ~mask)


@softmax_where_allowed.wrong(
    "You set the masked scores to 0. That is a score like any other, exp(0) = 1, and the "
    "key gets its share. Set them to -inf."
)
def zero_scores(scores, mask):
    return (scores * mask).softmax(-1)


@softmax_where_allowed.wrong(
    "You set the masked scores to 0 and then their weights too. But they were counted in "
    "the sum, so the rows no longer sum to one. Set the scores to -inf."
)
def zero_then_cut(scores, mask):
    return (scores * mask).softmax(-1) * mask


@softmax_where_allowed.wrong("The mask has no effect: this is a softmax over all keys.")
def unmasked(scores, mask):
    return scores.softmax(-1)


@softmax_where_allowed.wrong(
    "Your softmax runs over queries and keys together, so the whole matrix sums to one. "
    "Each row has to."
)
def whole(scores, mask):
    low = scores.masked_fill(~mask, -torch.inf)
    return low.flatten(-2).softmax(-1).unflatten(-1, scores.shape[-2:])
