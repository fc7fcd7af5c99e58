"""Chapter 3's exercises: scores, masks, weights, and what comes of them.

Solutions use torch alone, not ``attention_course.attention``: a test compares the two.
Each wrong answer is a mistake that somebody makes; ``check`` recognises it by its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from .frame import Args, Exercise, Question, Wrong, primes

__all__ = ["EXERCISES"]


# ------------------------------------------------------- 3.1 dot scores as one product


def compare_all_pairs(query: Tensor, key: Tensor) -> Tensor:
    """Take the dot product of every query with every key.

    Args:
        query: ``(..., Tq, d_k)``.
        key: ``(..., Tk, d_k)``, with the same leading axes.

    Returns:
        Scores ``(..., Tq, Tk)``: entry ``[..., i, j]`` is ``query[i] · key[j]``.
    """
    return query @ key.transpose(-2, -1)  # (..., Tq, Tk)


def _query_and_key(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw queries and keys with one leading axis, with none, and with two."""
    for n_leading in (1, 0, 2):
        *leading, n_queries, n_keys, d_k = primes(
            generator, 3 + n_leading, low=2, high=13
        )
        query = torch.randn(*leading, n_queries, d_k, generator=generator)
        yield query, torch.randn(*leading, n_keys, d_k, generator=generator)


def _pairs_inputs(generator: torch.Generator) -> Iterator[Args]:
    yield from _query_and_key(generator)


def _pairs_einsum(query: Tensor, key: Tensor) -> Tensor:
    return torch.einsum("...id,...jd->...ij", query, key)


def _pairs_broadcast(query: Tensor, key: Tensor) -> Tensor:
    return (query.unsqueeze(-2) * key.unsqueeze(-3)).sum(-1)


def _pairs_loop(query: Tensor, key: Tensor) -> Tensor:
    columns = [(query * key[..., j : j + 1, :]).sum(-1) for j in range(key.shape[-2])]
    return torch.stack(columns, dim=-1)


def _pairs_transposed(query: Tensor, key: Tensor) -> Tensor:
    return key @ query.transpose(-2, -1)


def _pairs_mean(query: Tensor, key: Tensor) -> Tensor:
    return compare_all_pairs(query, key) / query.shape[-1]


def _pairs_scaled(query: Tensor, key: Tensor) -> Tensor:
    return compare_all_pairs(query, key) / math.sqrt(query.shape[-1])


def _pairs_cosine(query: Tensor, key: Tensor) -> Tensor:
    return F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).transpose(-2, -1)


def _pairs_softmax(query: Tensor, key: Tensor) -> Tensor:
    return compare_all_pairs(query, key).softmax(-1)


def _pairs_distance(query: Tensor, key: Tensor) -> Tensor:
    return torch.cdist(query, key)


def _pairs_reshaped(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.reshape(*key.shape[:-2], key.shape[-1], key.shape[-2])


def _pairs_no_sum(query: Tensor, key: Tensor) -> Tensor:
    return query.unsqueeze(-2) * key.unsqueeze(-3)


PAIRS = Exercise(
    id="3.1",
    title="All dot products at once",
    difficulty=1,
    minutes=5,
    statement="""\
How well does each query match each key? The simplest score is the dot product. Write \
`compare_all_pairs(query, key)`: from queries `(..., Tq, d_k)` and keys `(..., Tk, d_k)` all \
scores `(..., Tq, Tk)`, as one matrix product and without a loop. A row belongs to a query, a \
column to a key.""",
    make_inputs=_pairs_inputs,
    solution=compare_all_pairs,
    hints=(
        "A matrix product takes rows of the first and *columns* of the second. The keys are rows.",
        "Turn the last two axes of `key` round, so that it is `(..., d_k, Tk)`. All leading axes "
        "stay where they are, so `.T` will not do.",
        "`key.transpose(-2, -1)` is `(..., d_k, Tk)`. In `query @ key.transpose(-2, -1)` the axis "
        "`d_k` is summed over and disappears; `Tq` and `Tk` remain.",
    ),
    wrong=(
        Wrong(
            _pairs_transposed,
            "Your scores are `(..., Tk, Tq)`, a row for each key. The query comes first: a row "
            "for each query.",
        ),
        Wrong(
            _pairs_mean,
            "You take the mean of the products. A dot product is their sum.",
        ),
        Wrong(
            _pairs_scaled,
            "You divide by √d_k. That comes in a moment; the plain dot product is asked for here.",
        ),
        Wrong(
            _pairs_cosine,
            "You divide by the norms of the vectors: that is the cosine. In a dot product "
            "vectors with a large norm count more.",
        ),
        Wrong(
            _pairs_softmax,
            "You have sent the scores through a softmax. Asked for are the scores themselves.",
        ),
        Wrong(
            _pairs_distance,
            "These are distances: small where query and key match. A dot product is large there.",
        ),
        Wrong(
            _pairs_reshaped,
            "You reshape the keys to `(..., d_k, Tk)`. A reshape keeps the numbers in their order "
            "and cuts the keys apart: swap the axes with `transpose(-2, -1)`.",
        ),
        Wrong(
            _pairs_no_sum,
            "You multiply every query with every key, entry by entry, and stop there. Add up over "
            "the last axis.",
        ),
    ),
    right=(_pairs_einsum, _pairs_broadcast, _pairs_loop),
)


# ------------------------------------------------------------------ 3.2 predict

VARIANCE = Question(
    id="3.2",
    title="How large do scores get?",
    difficulty=2,
    minutes=10,
    text="""\
All entries of queries and keys are independent, with mean 0 and variance 1, and `d_k = 64`.

1. What is the variance of a score `query · key`? How large is a typical score, then?
2. What is it after dividing by √64? And after dividing by 64?
3. Ten keys, and a softmax over their scores. How large is the largest weight, on average: without \
dividing, divided by 8, divided by 64? Guess before you reckon.
4. The gradient of a softmax weight `w` with respect to its own score is `w (1 - w)`. In which of \
the three cases is it smallest, for the largest weight? Does that settle which learns slowest?
5. A sentence twice as long has twice as many keys. Does that change the variance of the scores?""",
    answer="""\
1. A score is a sum of 64 products, each with mean 0 and variance 1 · 1. Variances of independent \
terms add up: the variance is **64**, and a typical score about **±8**.
2. Dividing by a number divides the variance by its square: **1** after √64 = 8, and **1/64** \
after 64. Only the first does not depend on `d_k`.
3. About **0.87** without dividing: one key takes nearly all. About **0.32** divided by 8. About \
**0.12** divided by 64, hardly more than the 0.1 that each of ten keys gets if all are equal: the \
weights say almost nothing.
4. **Without dividing.** Where `w` is near 1, `w (1 - w)` is near 0. For half of the queries it \
is below 0.05: the softmax is saturated, and a wrong choice is hardly corrected. That **does not \
settle it**. On its way back to query and key the gradient is divided too, by 8 or by 64: on \
average 0.09 arrives without dividing, 0.03 divided by 8, and 0.002 divided by 64, the least of \
all. But a factor that is the same for every query can be made up for by a larger step; a \
saturated softmax cannot.
5. **No.** Each score belongs to one query and one key, whatever else is in the sentence. That is \
why one divides by √d_k and not by √Tk.

Try it: `(torch.randn(10_000, 64) * torch.randn(10_000, 64)).sum(-1).var()`.""",
)


# ------------------------------------------------------------------ 3.3 scale


def scores_of_unit_variance(query: Tensor, key: Tensor) -> Tensor:
    """Score by dot products, with variance 1 whatever the length of the vectors.

    Args:
        query: ``(..., Tq, d_k)``, entries of mean 0 and variance 1.
        key: ``(..., Tk, d_k)``, the same.

    Returns:
        Scores ``(..., Tq, Tk)``, of variance 1 if the entries are independent.
    """
    d_k = query.shape[-1]
    return query @ key.transpose(-2, -1) / math.sqrt(d_k)  # (..., Tq, Tk)


def _scale_inputs(generator: torch.Generator) -> Iterator[Args]:
    yield from _query_and_key(generator)


def _scale_before(query: Tensor, key: Tensor) -> Tensor:
    return (query / query.shape[-1] ** 0.5) @ key.transpose(-2, -1)


def _scale_both(query: Tensor, key: Tensor) -> Tensor:
    share = key.shape[-1] ** -0.25
    return torch.einsum("...id,...jd->...ij", query * share, key * share)


def _scale_multiplied(query: Tensor, key: Tensor) -> Tensor:
    return torch.matmul(query, key.mT) * torch.tensor(float(query.shape[-1])).rsqrt()


def _scale_not(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.mT


def _scale_by_d_k(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.mT / query.shape[-1]


def _scale_by_keys(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.mT / math.sqrt(key.shape[-2])


def _scale_by_queries(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.mT / math.sqrt(query.shape[-2])


def _scale_up(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.mT * math.sqrt(query.shape[-1])


def _scale_twice(query: Tensor, key: Tensor) -> Tensor:
    root = math.sqrt(query.shape[-1])
    return (query / root) @ (key / root).mT / root


def _scale_measured(query: Tensor, key: Tensor) -> Tensor:
    scores = query @ key.mT
    return scores / scores.std()


def _scale_rows(query: Tensor, key: Tensor) -> Tensor:
    scores = query @ key.mT
    return (scores - scores.mean(-1, keepdim=True)) / scores.std(-1, keepdim=True)


SCALE = Exercise(
    id="3.3",
    title="Divide by what?",
    difficulty=1,
    minutes=5,
    statement="""\
Vectors of many numbers have large dot products, and large scores saturate the softmax (exercise \
3.2). Write `scores_of_unit_variance(query, key)`: the dot products of queries `(..., Tq, d_k)` \
and keys `(..., Tk, d_k)`, divided by the number that brings their variance to 1, for vectors of \
any length. The number depends on a shape alone, not on what the vectors hold.""",
    make_inputs=_scale_inputs,
    solution=scores_of_unit_variance,
    hints=(
        "How many products does one score add up? That is its variance.",
        "The variance of a score is `d_k`. Dividing by a number divides the variance by its "
        "*square*. By what must you divide to get 1?",
        "Take `d_k = query.shape[-1]`, the length of one query, and divide the product `query @ "
        "key.transpose(-2, -1)` by its square root, `math.sqrt(d_k)`.",
    ),
    wrong=(
        Wrong(
            _scale_not,
            "You do not divide at all: these scores have variance `d_k`.",
        ),
        Wrong(
            _scale_by_d_k,
            "You divide by `d_k`, and the variance becomes `1 / d_k`: the longer the vectors, the "
            "more alike all weights. Divide by its square root.",
        ),
        Wrong(
            _scale_by_keys,
            "You divide by the square root of the number of *keys*. A score adds up `d_k` "
            "products, however many keys there are.",
        ),
        Wrong(
            _scale_by_queries,
            "You divide by the square root of the number of *queries*. A score adds up `d_k` "
            "products, however many queries there are.",
        ),
        Wrong(
            _scale_up,
            "You multiply by √d_k, and the scores grow further. Divide.",
        ),
        Wrong(
            _scale_twice,
            "You divide too often: query, key and product each. Divide once.",
        ),
        Wrong(
            _scale_measured,
            "You divide by the deviation of these very scores. Then a score depends on all other "
            "queries and keys in the tensor, and a model could never make its scores larger, so "
            "never be sure. Divide by a number that the shape gives.",
        ),
        Wrong(
            _scale_rows,
            "You bring each row to mean 0 and variance 1. Then all queries are equally sure, "
            "whatever they found. Divide by a number that the shape gives.",
        ),
    ),
    right=(_scale_before, _scale_both, _scale_multiplied),
)


# ------------------------------------------------------------------ 3.4 masked softmax


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


def _masked_inputs(generator: torch.Generator) -> Iterator[Args]:
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


def _masked_nan_to_num(scores: Tensor, mask: Tensor) -> Tensor:
    return torch.where(mask, scores, -torch.inf).softmax(-1).nan_to_num(0.0)


def _masked_exp(scores: Tensor, mask: Tensor) -> Tensor:
    exp = (scores - scores.amax(-1, keepdim=True)).exp() * mask
    total = exp.sum(-1, keepdim=True)
    return exp / torch.where(total > 0, total, 1.0)


def _masked_renormalised(scores: Tensor, mask: Tensor) -> Tensor:
    weights = scores.softmax(-1) * mask
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-30)


def _masked_large_then_zero(scores: Tensor, mask: Tensor) -> Tensor:
    return (scores + torch.where(mask, 0.0, -1e9)).softmax(-1) * mask


def _masked_minus_1e9(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -1e9).softmax(-1)


def _masked_nan(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -torch.inf).softmax(-1)


def _masked_after(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.softmax(-1) * mask


def _masked_over_queries(scores: Tensor, mask: Tensor) -> Tensor:
    weights = scores.masked_fill(~mask, -torch.inf).softmax(-2)
    return weights.masked_fill(~mask, 0.0)


def _masked_inverted(scores: Tensor, mask: Tensor) -> Tensor:
    return softmax_where_allowed(scores, ~mask)


def _masked_zero_scores(scores: Tensor, mask: Tensor) -> Tensor:
    return (scores * mask).softmax(-1)


def _masked_zero_then_cut(scores: Tensor, mask: Tensor) -> Tensor:
    return (scores * mask).softmax(-1) * mask


def _masked_not(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.softmax(-1)


def _masked_whole(scores: Tensor, mask: Tensor) -> Tensor:
    low = scores.masked_fill(~mask, -torch.inf)
    return low.flatten(-2).softmax(-1).unflatten(-1, scores.shape[-2:])


MASKED_SOFTMAX = Exercise(
    id="3.4",
    title="Softmax with a mask",
    difficulty=2,
    minutes=10,
    statement="""\
Padding has scores too, and must get no weight. Write `softmax_where_allowed(scores, mask)`: for \
each query a softmax over the keys at which `mask` is `True`, and exactly zero at all others. \
`scores` are `(..., Tq, Tk)`, and `mask` broadcasts with them.

One case is easily forgotten: a query that may attend to *nothing*. Its row is all zeros, not NaN \
and not uniform. And leave the caller's `scores` as they are.""",
    make_inputs=_masked_inputs,
    solution=softmax_where_allowed,
    hints=(
        "What must a score be, so that its exponential is exactly zero?",
        "`scores.masked_fill(~mask, -torch.inf)` makes a new tensor; `masked_fill_`, with the "
        "underscore, would change the caller's. Then a softmax. What is in a row that held "
        "nothing but `-inf`?",
        "exp(-inf) is 0, so a row of nothing but `-inf` comes out as 0 / 0 = NaN. All of its keys "
        "are masked, so it is enough to fill the masked places once more, after the softmax: "
        "`scores.masked_fill(~mask, -torch.inf).softmax(dim=-1).masked_fill(~mask, 0.0)`.",
    ),
    wrong=(
        Wrong(
            _masked_minus_1e9,
            "You fill in a large negative number. Where *all* keys of a query are masked they "
            "are all equally large, and the row comes out uniform: attention to padding. Its row "
            "has to be zero.",
        ),
        Wrong(
            _masked_nan,
            "Right, but for the queries that may attend to nothing: a row of nothing but -inf is "
            "0 / 0 = NaN, and one NaN spreads through the whole network. Their rows have to be "
            "zero.",
        ),
        Wrong(
            _masked_after,
            "You mask after the softmax, so the rows no longer sum to one: what the masked keys "
            "had is lost. Mask the scores before the softmax.",
        ),
        Wrong(
            _masked_over_queries,
            "Your softmax runs over the queries (`dim=-2`). Each *query* divides its attention "
            "among the keys: `dim=-1`.",
        ),
        Wrong(
            _masked_inverted,
            "Your mask is inverted. `True` = may attend, so fill where it is `False`: `~mask`.",
        ),
        Wrong(
            _masked_zero_scores,
            "You set the masked scores to 0. That is a score like any other, exp(0) = 1, and the "
            "key gets its share. Set them to -inf.",
        ),
        Wrong(
            _masked_zero_then_cut,
            "You set the masked scores to 0 and then their weights too. But they were counted in "
            "the sum, so the rows no longer sum to one. Set the scores to -inf.",
        ),
        Wrong(
            _masked_not,
            "The mask has no effect: this is a softmax over all keys.",
        ),
        Wrong(
            _masked_whole,
            "Your softmax runs over queries and keys together, so the whole matrix sums to one. "
            "Each row has to.",
        ),
    ),
    right=(
        _masked_nan_to_num,
        _masked_exp,
        _masked_renormalised,
        _masked_large_then_zero,
    ),
)


# ------------------------------------------------------------------ 3.5 predict

WHICH_MASK = Question(
    id="3.5",
    title="Which mask?",
    difficulty=2,
    minutes=10,
    text="""\
`real` is a boolean `(B, T)`, `True` = real token. For each case, write the mask that `attend` \
needs, with its shape. `True` = may attend.

1. The decoder looks at the encoder's states, one query a step: scores `(B, 1, T)`.
2. A model reads a text and predicts each next token; no place may see a later one. All texts are \
equally long: scores `(B, T, T)`.
3. The same, with texts of different lengths. The padding is on the right: which of the two \
masks could be left out without changing what a real token sees?
4. In a padded batch every token may see every other, earlier or later: scores `(B, T, T)`. \
Someone writes `real.unsqueeze(-1)`, `(B, T, 1)`. What does that mask, and what goes wrong?
5. You pass your mask to torch. `F.scaled_dot_product_attention(…, attn_mask=mask)` and \
`nn.MultiheadAttention`'s `key_padding_mask` are both boolean. Does `True` mean the same in \
both?""",
    answer="""\
1. **Padding**: `real.unsqueeze(1)`, `(B, 1, T)`. The axis of size 1 is that of the queries; the \
mask says which *keys* are real.
2. **Causal**: `torch.ones(T, T, dtype=torch.bool).tril()`, `(T, T)`. Row `i` is `True` up to and \
including column `i`: a place may see itself.
3. **Both**: `real.unsqueeze(1) & causal`, `(B, T, T)`; with `|` a place could see later tokens. \
The padding mask could be left out: padding stands *later* than every real token, and the causal \
mask already hides it. That is a piece of luck, not a habit to have.
4. It masks the **queries** that are padding, not the keys. Real queries still attend to padding, \
and their weights are wrong; the rows that it empties are rows that nobody reads. The mask needed \
is that of case 1, `real.unsqueeze(1)`.
5. **No, the opposite.** In `F.scaled_dot_product_attention`, as in this course, `True` = may \
attend. In `nn.MultiheadAttention` and `nn.Transformer`, `True` = may *not* attend, both in \
`key_padding_mask` and in `attn_mask`: pass `~mask`. Nothing warns of a mask that is inverted; the \
model simply looks at the padding.""",
)


# --------------------------------------------------------- 3.6 attend in three lines


def attend_in_three_lines(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor,
) -> tuple[Tensor, Tensor]:
    """Average the values by how well their keys match the query.

    Args:
        query: ``(..., Tq, d_k)``.
        key: ``(..., Tk, d_k)``.
        value: ``(..., Tk, d_v)``.
        mask: boolean, broadcasts with ``(..., Tq, Tk)``; ``True`` = may attend.
            Every query may attend to at least one key.

    Returns:
        ``(output, weights)``: ``(..., Tq, d_v)`` and ``(..., Tq, Tk)``.
    """
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)  # (..., Tq, Tk)
    return weights @ value, weights  # (..., Tq, d_v), (..., Tq, Tk)


def _attend_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (1, 0, 1):
        *leading, n_queries, n_keys, d_k, d_v = primes(
            generator, 4 + n_leading, low=3, high=17
        )
        mask = torch.rand(*leading, n_queries, n_keys, generator=generator) < 0.6
        mask[..., :2] = True  # with a single key nothing would depend on the scores
        mask[..., -1] = False
        yield (
            2 * torch.randn(*leading, n_queries, d_k, generator=generator),
            torch.randn(*leading, n_keys, d_k, generator=generator),
            torch.randn(*leading, n_keys, d_v, generator=generator),
            mask,
        )


def _three_einsum(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    scores = torch.einsum("...id,...jd->...ij", query, key) / query.shape[-1] ** 0.5
    weights = torch.where(mask, scores, -torch.inf).softmax(-1)
    return torch.einsum("...ij,...jv->...iv", weights, value), weights


def _three_exp(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    exp = (query @ key.mT / query.shape[-1] ** 0.5).exp() * mask
    weights = exp / exp.sum(-1, keepdim=True)
    return (weights.unsqueeze(-1) * value.unsqueeze(-3)).sum(-2), weights


def _three_torch(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    # With the identity as values, what comes out are the weights.
    identity = torch.eye(key.shape[-2]).expand(*key.shape[:-1], -1)
    output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return output, F.scaled_dot_product_attention(query, key, identity, attn_mask=mask)


def _three_unscaled(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    weights = (query @ key.mT).masked_fill(~mask, -torch.inf).softmax(-1)
    return weights @ value, weights


def _three_unmasked(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    return attend_in_three_lines(query, key, value, torch.ones_like(mask))


def _three_inverted(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    return attend_in_three_lines(query, key, value, ~mask)


def _three_over_queries(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -1e9).softmax(-2) * mask
    return weights @ value, weights


def _three_after(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    weights = (query @ key.mT / math.sqrt(query.shape[-1])).softmax(-1) * mask
    return weights @ value, weights


def _three_keys(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    weights = attend_in_three_lines(query, key, value, mask)[1]
    return weights @ key, weights


def _three_scores(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    scores = (query @ key.mT / math.sqrt(query.shape[-1])).masked_fill(~mask, 0.0)
    return scores @ value, scores


def _three_swapped(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    output, weights = attend_in_three_lines(query, key, value, mask)
    return weights, output


def _three_hard(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    weights = attend_in_three_lines(query, key, value, mask)[1]
    weights = F.one_hot(weights.argmax(-1), key.shape[-2]).to(value.dtype)
    return weights @ value, weights


ATTEND = Exercise(
    id="3.6",
    title="Attention in three lines",
    difficulty=2,
    minutes=10,
    statement="""\
Scores, weights, average: all attention of this course is these three lines. Write \
`attend_in_three_lines(query, key, value, mask)` with dot products divided by √d_k, and return the \
output `(..., Tq, d_v)` *and* the weights `(..., Tq, Tk)`.

Here every query may attend to at least one key, so that no row is empty (exercise 3.4).""",
    make_inputs=_attend_inputs,
    solution=attend_in_three_lines,
    outputs=("output", "weights"),
    hints=(
        "Line 1: a score for each pair (exercises 3.1 and 3.3). Line 2: a softmax over the keys "
        "that are allowed. Line 3: combine the values (exercise 1.3).",
        "The mask belongs between the scores and the softmax: `masked_fill(~mask, -torch.inf)`. "
        "The weights `(..., Tq, Tk)` and the values `(..., Tk, d_v)`: which axis disappears?",
        "`scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])`; `weights = "
        "scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)`; `return weights @ value, "
        "weights`.",
    ),
    wrong=(
        Wrong(
            _three_unscaled,
            "You do not divide the scores by √d_k.",
        ),
        Wrong(
            _three_unmasked,
            "The mask has no effect. Where it is `False`, the score must be -inf before the "
            "softmax.",
        ),
        Wrong(
            _three_inverted,
            "Your mask is inverted. `True` = may attend: fill in -inf at `~mask`.",
        ),
        Wrong(
            _three_over_queries,
            "Your softmax runs over the queries. Each query divides its attention among the "
            "keys, the last axis.",
        ),
        Wrong(
            _three_after,
            "You mask after the softmax, so the weights of a query no longer sum to one. Mask "
            "the scores.",
        ),
        Wrong(
            _three_keys,
            "Your weights are right, and then you average the *keys*. Keys are for comparing; "
            "what is averaged are the values.",
        ),
        Wrong(
            _three_scores,
            "You use the scores as weights. A softmax makes weights of them: positive, and with "
            "sum one.",
        ),
        Wrong(
            _three_swapped,
            "You return the weights first. Asked for is `(output, weights)`, in this order.",
        ),
        Wrong(
            _three_hard,
            "Each query takes the value of its best key alone. Every allowed key has a share: "
            "that is what makes attention differentiable.",
        ),
    ),
    right=(_three_einsum, _three_exp, _three_torch),
)


# ------------------------------------------- 3.7 the context vector of one decoder step


def context_of_step(
    state: Tensor,
    encoder_states: Tensor,
    real: Tensor,
) -> tuple[Tensor, Tensor]:
    """Make the context vector of one decoder step, with plain dot scores.

    Args:
        state: ``(B, d)``, the decoder's state before the step: one query a source.
        encoder_states: ``(B, T, d)``, keys and values.
        real: boolean ``(B, T)``, ``True`` = real token of the source.

    Returns:
        ``(context, weights)``: ``(B, d)`` and ``(B, T)``.
    """
    query = state.unsqueeze(-1)  # (B, d, 1), a column
    scores = (encoder_states @ query).squeeze(-1)  # (B, T, d) @ (B, d, 1) → (B, T)
    weights = scores.masked_fill(~real, -torch.inf).softmax(dim=-1)  # (B, T)
    row = weights.unsqueeze(1)  # (B, 1, T)
    return (row @ encoder_states).squeeze(1), weights  # (B, d), (B, T)


def _context_inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=3, high=17)
    for n_rows, n_tokens, d in zip(sizes[:2], sizes[2:4], sizes[4:], strict=True):
        lengths = torch.randint(2, n_tokens + 1, (n_rows,), generator=generator)
        lengths[0], lengths[-1] = n_tokens, 2
        state = torch.randn(n_rows, d, generator=generator)
        encoder_states = torch.randn(n_rows, n_tokens, d, generator=generator)
        yield state, encoder_states, torch.arange(n_tokens) < lengths[:, None]


def _context_einsum(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = torch.where(real, scores, -torch.inf).softmax(1)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


def _context_sums(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    scores = (state[:, None] * encoder_states).sum(-1)
    exp = (scores - scores.max()).double().exp() * real
    weights = (exp / exp.sum(1, keepdim=True)).float()
    return (weights[..., None] * encoder_states).sum(1), weights


def _context_loop(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    contexts, all_weights = [], []
    for s, h, mask in zip(state, encoder_states, real, strict=True):
        weights = torch.zeros(len(h))
        weights[mask] = (h[mask] @ s).softmax(0)
        contexts.append(weights @ h)
        all_weights.append(weights)
    return torch.stack(contexts), torch.stack(all_weights)


def _context_from(weights: Tensor, encoder_states: Tensor) -> tuple[Tensor, Tensor]:
    return (weights.unsqueeze(1) @ encoder_states).squeeze(1), weights


def _context_scores(state: Tensor, encoder_states: Tensor) -> Tensor:
    return (encoder_states @ state.unsqueeze(-1)).squeeze(-1)


def _context_unmasked(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    return _context_from(
        _context_scores(state, encoder_states).softmax(-1), encoder_states
    )


def _context_after(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    weights = _context_scores(state, encoder_states).softmax(-1) * real
    return _context_from(weights, encoder_states)


def _context_mean(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    return _context_from(real / real.sum(1, keepdim=True), encoder_states)


def _context_best(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    best = (
        _context_scores(state, encoder_states).masked_fill(~real, -torch.inf).argmax(-1)
    )
    return _context_from(F.one_hot(best, real.shape[1]).float(), encoder_states)


def _context_scaled(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    return context_of_step(state / math.sqrt(state.shape[-1]), encoder_states, real)


def _context_over_batch(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    scores = _context_scores(state, encoder_states).masked_fill(~real, -1e9)
    return _context_from(scores.softmax(0) * real, encoder_states)


def _context_last(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    return _context_from(
        F.one_hot(real.sum(1) - 1, real.shape[1]).float(), encoder_states
    )


def _context_axis_kept(
    state: Tensor, encoder_states: Tensor, real: Tensor
) -> tuple[Tensor, Tensor]:
    context, weights = context_of_step(state, encoder_states, real)
    return context.unsqueeze(1), weights.unsqueeze(1)


CONTEXT = Exercise(
    id="3.7",
    title="The context of one step",
    difficulty=2,
    minutes=10,
    statement="""\
Chapter 2's decoder got the same C at every step. Now it asks: its state `(B, d)` is one query for \
each source, and the encoder's states `(B, T, d)` are keys *and* values. Write \
`context_of_step(state, encoder_states, real)`, with plain dot scores (not divided), no weight on \
padding, and the context `(B, d)` and the weights `(B, T)` as results.

Mind the axes: there is one query for each row of the batch, and it has no axis `Tq`.""",
    make_inputs=_context_inputs,
    solution=context_of_step,
    outputs=("context", "weights"),
    hints=(
        "Give the query an axis of size 1, compute as ever, and take the axis away at the end.",
        "`encoder_states @ state.unsqueeze(-1)` is `(B, T, d) @ (B, d, 1)`, one score for each "
        "token, `(B, T, 1)`. Then mask, softmax over `T`, and a weighted sum over `T`.",
        "`scores = (encoder_states @ state.unsqueeze(-1)).squeeze(-1)`, then "
        "`scores.masked_fill(~real, -torch.inf).softmax(dim=-1)`. The context is "
        "`(weights.unsqueeze(1) @ encoder_states).squeeze(1)`: `(B, 1, T) @ (B, T, d)`.",
    ),
    wrong=(
        Wrong(
            _context_unmasked,
            "Padding gets weight. Set its scores to -inf before the softmax, where `real` is "
            "`False`.",
        ),
        Wrong(
            _context_after,
            "You set the weights of padding to zero after the softmax, so the rest no longer "
            "sums to one. Mask the scores.",
        ),
        Wrong(
            _context_mean,
            "You average all real states alike, whatever the decoder's state. That is one fixed "
            "vector again: let the scores decide.",
        ),
        Wrong(
            _context_best,
            "You take the best state alone. Every real token has a share, by its softmax weight.",
        ),
        Wrong(
            _context_scaled,
            "You divide the scores by √d. A good habit; here the plain dot score is asked for.",
        ),
        Wrong(
            _context_over_batch,
            "Your softmax runs over the batch, so the sources compete with each other. Take it "
            "over the tokens, the last axis.",
        ),
        Wrong(
            _context_last,
            "You return the encoder's last state: chapter 2's bottleneck. Average all states, "
            "weighted by their scores.",
        ),
        Wrong(
            _context_axis_kept,
            "The axis of the single query is still there: `(B, 1, d)` and `(B, 1, T)`. Take it "
            "away with `squeeze(1)`.",
        ),
    ),
    right=(_context_einsum, _context_sums, _context_loop),
)


# ------------------------------------------------------------------ 3.8 general score


def bilinear_scores(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    """Score every query with every key through a matrix between them.

    Args:
        query: ``(..., Tq, d_q)``.
        key: ``(..., Tk, d_k)``, with the same leading axes.
        weight: ``W``, ``(d_q, d_k)``.

    Returns:
        Scores ``(..., Tq, Tk)``: entry ``[..., i, j]`` is ``query[i]ᵀ W key[j]``.
    """
    return query @ weight @ key.transpose(-2, -1)  # (..., Tq, Tk)


def _bilinear_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (0, 1, 2):
        *leading, n_queries, n_keys, d_q, d_k = primes(
            generator, 4 + n_leading, high=13
        )
        if n_leading == 0:
            d_k = d_q  # only here can a transposed W go unnoticed
        yield (
            torch.randn(*leading, n_queries, d_q, generator=generator),
            torch.randn(*leading, n_keys, d_k, generator=generator),
            torch.randn(d_q, d_k, generator=generator),
        )


def _bilinear_key_first(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return query @ (key @ weight.T).transpose(-2, -1)


def _bilinear_einsum(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return torch.einsum("...iq,qk,...jk->...ij", query, weight, key)


def _bilinear_linear(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return torch.matmul(F.linear(query, weight.T), key.mT)


def _bilinear_transposed(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return query @ weight.T @ key.mT


def _bilinear_swapped(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return bilinear_scores(query, key, weight).mT


def _bilinear_no_weight(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return query @ key.mT


def _bilinear_scaled(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return bilinear_scores(query, key, weight) / math.sqrt(key.shape[-1])


def _bilinear_tanh(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return torch.tanh(query @ weight) @ key.mT


def _bilinear_twice(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return (query @ weight) @ (key @ weight.T @ weight).mT


def _bilinear_softmax(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return bilinear_scores(query, key, weight).softmax(-1)


def _bilinear_entrywise(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    return query @ weight.relu() @ key.mT


BILINEAR = Exercise(
    id="3.8",
    title="The general score",
    difficulty=1,
    minutes=5,
    statement="""\
A dot product compares entry 1 with entry 1, entry 2 with entry 2. But what the decoder's state \
says in entry 1, the encoder may say in entry 7, and the two may not even be equally long. A \
matrix `W` in between learns which entries belong together: \
`score(q, k) = qᵀ W k`.

Write `bilinear_scores(query, key, weight)` for queries `(..., Tq, d_q)`, keys `(..., Tk, d_k)` \
and a weight `(d_q, d_k)`: all scores, `(..., Tq, Tk)`.""",
    make_inputs=_bilinear_inputs,
    solution=bilinear_scores,
    hints=(
        "Carry the queries over to where the keys are: each becomes a vector of length `d_k`. "
        "The rest is exercise 3.1.",
        "A query is a row here, so `qᵀ W` is `query @ weight`. Its last axis has the length of a "
        "key: compare it with every key.",
        "`query @ weight` is `(..., Tq, d_q) @ (d_q, d_k)`, so `(..., Tq, d_k)`. Then `@ "
        "key.transpose(-2, -1)`, and the axis `d_k` disappears.",
    ),
    wrong=(
        Wrong(
            _bilinear_transposed,
            "`W` is transposed. It is `(d_q, d_k)`: its rows belong to the query, its columns to "
            "the key, so `query @ weight`. Where both are equally long, torch cannot notice.",
        ),
        Wrong(
            _bilinear_swapped,
            "Your scores are `(..., Tk, Tq)`. A row belongs to a query.",
        ),
        Wrong(
            _bilinear_no_weight,
            "`W` has no effect: these are plain dot products, and they need queries and keys of "
            "the same length.",
        ),
        Wrong(
            _bilinear_scaled,
            "You divide by √d_k. Nothing is divided here: `W` is learned, and finds the right "
            "size by itself.",
        ),
        Wrong(
            _bilinear_tanh,
            "There is no tanh in this score; the additive one has it. `qᵀ W k` is linear in the "
            "query and in the key.",
        ),
        Wrong(
            _bilinear_twice,
            "You apply `W` to the queries and to the keys as well. It stands between the two, "
            "once.",
        ),
        Wrong(
            _bilinear_softmax,
            "You have sent the scores through a softmax. Asked for are the scores themselves.",
        ),
        Wrong(
            _bilinear_entrywise,
            "The negative entries of `W` have no effect. They say which entries speak *against* "
            "a match.",
        ),
    ),
    right=(_bilinear_key_first, _bilinear_einsum, _bilinear_linear),
)


# ------------------------------------------------------------------ 3.9 additive score


def additive_scores(
    query: Tensor,
    key: Tensor,
    from_query: Tensor,
    from_key: Tensor,
    to_score: Tensor,
) -> Tensor:
    """Score every query with every key by a network with one hidden layer.

    Args:
        query: ``(..., Tq, d_q)``.
        key: ``(..., Tk, d_k)``, with the same leading axes.
        from_query: ``W``, ``(d_hidden, d_q)``.
        from_key: ``U``, ``(d_hidden, d_k)``.
        to_score: ``v``, ``(d_hidden,)``.

    Returns:
        Scores ``(..., Tq, Tk)``: entry ``[..., i, j]`` is
        ``v · tanh(W query[i] + U key[j])``.
    """
    by_query = (query @ from_query.T).unsqueeze(-2)  # (..., Tq, 1, d_hidden)
    by_key = (key @ from_key.T).unsqueeze(-3)  # (..., 1, Tk, d_hidden)
    return torch.tanh(by_query + by_key) @ to_score  # (..., Tq, Tk)


def _additive_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (0, 1):
        *leading, n_queries, n_keys, d_q, d_k, d_hidden = primes(
            generator, 5 + n_leading, high=17
        )
        yield (
            torch.randn(*leading, n_queries, d_q, generator=generator),
            torch.randn(*leading, n_keys, d_k, generator=generator),
            torch.randn(d_hidden, d_q, generator=generator) / math.sqrt(d_q),
            torch.randn(d_hidden, d_k, generator=generator) / math.sqrt(d_k),
            torch.randn(d_hidden, generator=generator),
        )


def _additive_parts(*args: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    query, key, from_query, from_key, to_score = args
    return (
        (query @ from_query.T).unsqueeze(-2),
        (key @ from_key.T).unsqueeze(-3),
        to_score,
    )


def _additive_linear(*args: Tensor) -> Tensor:
    query, key, from_query, from_key, to_score = args
    hidden = (
        F.linear(query, from_query)[..., None, :]
        + F.linear(key, from_key)[..., None, :, :]
    )
    return (hidden.tanh() * to_score).sum(-1)


def _additive_loop(*args: Tensor) -> Tensor:
    query, key, from_query, from_key, to_score = args
    by_key = key @ from_key.mT  # (..., Tk, d_hidden)
    rows = []
    for i in range(query.shape[-2]):
        by_query = query[..., i : i + 1, :] @ from_query.mT  # (..., 1, d_hidden)
        rows.append(torch.tanh(by_query + by_key) @ to_score)
    return torch.stack(rows, dim=-2)


def _additive_pairs(*args: Tensor) -> Tensor:
    # W q + U k is one matrix [W, U] times q and k side by side.
    query, key, from_query, from_key, to_score = args
    n_queries, n_keys = query.shape[-2], key.shape[-2]
    left = query.unsqueeze(-2).expand(*query.shape[:-1], n_keys, -1)
    right = key.unsqueeze(-3).expand(*key.shape[:-2], n_queries, -1, -1)
    both = torch.cat([left, right], dim=-1)  # (..., Tq, Tk, d_q + d_k)
    return torch.tanh(both @ torch.cat([from_query, from_key], dim=1).T) @ to_score


def _additive_no_tanh(*args: Tensor) -> Tensor:
    by_query, by_key, to_score = _additive_parts(*args)
    return (by_query + by_key) @ to_score


def _additive_tanh_last(*args: Tensor) -> Tensor:
    return torch.tanh(_additive_no_tanh(*args))


def _additive_tanh_apart(*args: Tensor) -> Tensor:
    by_query, by_key, to_score = _additive_parts(*args)
    return (by_query.tanh() + by_key.tanh()) @ to_score


def _additive_product(*args: Tensor) -> Tensor:
    by_query, by_key, to_score = _additive_parts(*args)
    return torch.tanh(by_query * by_key) @ to_score


def _additive_swapped(*args: Tensor) -> Tensor:
    return additive_scores(*args).mT


def _additive_no_v(*args: Tensor) -> Tensor:
    by_query, by_key, _ = _additive_parts(*args)
    return torch.tanh(by_query + by_key).sum(-1)


def _additive_mean(*args: Tensor) -> Tensor:
    by_query, by_key, to_score = _additive_parts(*args)
    return (torch.tanh(by_query + by_key) * to_score).mean(-1)


def _additive_sigmoid(*args: Tensor) -> Tensor:
    by_query, by_key, to_score = _additive_parts(*args)
    return torch.sigmoid(by_query + by_key) @ to_score


def _additive_axis_kept(*args: Tensor) -> Tensor:
    return additive_scores(*args).unsqueeze(-1)


def _additive_no_query(*args: Tensor) -> Tensor:
    return additive_scores(torch.zeros_like(args[0]), *args[1:])


ADDITIVE = Exercise(
    id="3.9",
    title="The additive score",
    difficulty=2,
    minutes=10,
    statement="""\
The first attention for translation (2014, published 2015) compared by a small network: \
`score(q, k) = v · tanh(W q + U k)`. Write \
`additive_scores(query, key, from_query, from_key, to_score)` with `W = from_query`, \
`U = from_key` and `v = to_score`, for every query `(..., Tq, d_q)` with every key \
`(..., Tk, d_k)` at once: scores `(..., Tq, Tk)`.

The hidden layer has a vector for each *pair*, `(..., Tq, Tk, d_hidden)`. That is the price of \
this score (exercise 3.10).""",
    make_inputs=_additive_inputs,
    solution=additive_scores,
    hints=(
        "`W q` needs each query once and `U k` each key once; only their sum is needed for every "
        "pair. Make the sum broadcast.",
        "`query @ from_query.T` is `(..., Tq, d_hidden)`, `key @ from_key.T` is `(..., Tk, "
        "d_hidden)`. Where does each need an axis of size 1, so that the sum is `(..., Tq, Tk, "
        "d_hidden)`?",
        "`(query @ from_query.T).unsqueeze(-2)` is `(..., Tq, 1, d_hidden)` and `(key @ "
        "from_key.T).unsqueeze(-3)` is `(..., 1, Tk, d_hidden)`. Add the two, take the tanh, and "
        "multiply by `to_score` with `@`, which sums over the last axis.",
    ),
    wrong=(
        Wrong(
            _additive_no_tanh,
            "The tanh is missing. Without it the score is v·W q + v·U k: the query adds the same "
            "number to all its scores, and the softmax takes it away again. All queries would "
            "look at the same keys.",
        ),
        Wrong(
            _additive_tanh_last,
            "Your tanh comes after the sum over the hidden units, so all scores lie between -1 "
            "and 1. It belongs inside, before `v`.",
        ),
        Wrong(
            _additive_tanh_apart,
            "You take the tanh of the query's part and of the key's part, each by itself. The "
            "two are added first: only so can they act together.",
        ),
        Wrong(
            _additive_product,
            "You multiply the query's part by the key's. They are added: hence the name.",
        ),
        Wrong(
            _additive_swapped,
            "Your scores are `(..., Tk, Tq)`. A row belongs to a query: its axis of size 1 goes "
            "*behind* `Tq`.",
        ),
        Wrong(
            _additive_no_v,
            "You add up the hidden units without `v`. It says how much each of them counts, and "
            "in which direction.",
        ),
        Wrong(
            _additive_mean,
            "You take the mean over the hidden units. `v · …` is a sum.",
        ),
        Wrong(
            _additive_sigmoid,
            "You use the sigmoid. The formula has a tanh, which is negative where its argument "
            "is.",
        ),
        Wrong(
            _additive_axis_kept,
            "There is an axis of size 1 too many at the end: `v` gives one number for each pair. "
            "Take it away with `squeeze(-1)`.",
        ),
        Wrong(
            _additive_no_query,
            "The queries have no effect: all rows are equal.",
        ),
    ),
    right=(_additive_linear, _additive_loop, _additive_pairs),
)


# ------------------------------------------------------------------ 3.10 predict

COSTS = Question(
    id="3.10",
    title="What the four scores cost",
    difficulty=1,
    minutes=5,
    text="""\
`d_q = d_k = d_hidden = 128`. A date of 29 characters has been read, and 10 are written: `Tq = \
10`, `Tk = 29`.

1. How many parameters does each score have: dot, scaled dot, general, additive?
2. How many scores are there for this pair? How many numbers does the hidden layer of the additive \
score hold to get them?
3. Decoder states have 128 numbers, encoder states 256. Which of the four scores can still be used?
4. The decoder runs step by step, over the same keys. What of the additive score can be computed \
once, before the first step?""",
    answer="""\
1. Dot and scaled dot **0**; general 128 · 128 = **16,384**; additive two matrices and a vector, \
2 · 128 · 128 + 128 = **32,896**.
2. 10 · 29 = **290** scores, and 290 · 128 = **37,120** hidden numbers: one vector a pair. For \
long texts this is what decides. The other three hold no vector for a pair. The general score \
keeps one projected vector for each *query*, 10 · 128 = 1,280 numbers.
3. **General and additive.** A dot product needs two vectors of the same length.
4. **`U key`**, for all keys: it does not depend on the query. At each step only `W query` is new, \
one vector; sum, tanh and `v` remain to be done for each key.""",
)


# ------------------------------------------------------------------ 3.11 entropy


def entropy_of_weights(weights: Tensor) -> Tensor:
    """Measure how widely each query spreads its attention.

    Args:
        weights: ``(..., Tq, Tk)``, each row with sum one, or all zero; single
            weights may be exactly zero.

    Returns:
        The entropy of each row in nats, ``(..., Tq)``: 0 if one key has all, log Tk
        if all keys have the same. An empty row has 0.
    """
    return -torch.xlogy(weights, weights).sum(dim=-1)  # xlogy(0, 0) is 0


def _entropy_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (0, 1, 2):
        *leading, n_queries, n_keys = primes(generator, 2 + n_leading, low=3, high=13)
        scores = 2 * torch.randn(*leading, n_queries, n_keys, generator=generator)
        if n_leading == 0:
            yield (scores.softmax(-1),)  # no zero among them
            continue
        mask = torch.rand(scores.shape, generator=generator) < 0.6
        mask[..., 0, :] = False
        mask[..., 1, :] = False
        mask[..., 1, 0] = True
        yield (scores.masked_fill(~mask, -torch.inf).softmax(-1).nan_to_num(0.0),)


def _entropy_where(weights: Tensor) -> Tensor:
    safe = torch.where(weights > 0, weights, 1.0)
    return -(weights * safe.log()).sum(-1)


def _entropy_special(weights: Tensor) -> Tensor:
    return torch.special.entr(weights).sum(-1)


def _entropy_nan_to_num(weights: Tensor) -> Tensor:
    return -(weights * weights.log()).nan_to_num(0.0).sum(-1)


def _entropy_clamp(weights: Tensor) -> Tensor:
    return -(weights * weights.clamp(min=1e-30).log()).sum(dim=-1)


def _entropy_nan(weights: Tensor) -> Tensor:
    return -(weights * weights.log()).sum(-1)


def _entropy_bits(weights: Tensor) -> Tensor:
    return entropy_of_weights(weights) / math.log(2)


def _entropy_mean(weights: Tensor) -> Tensor:
    return entropy_of_weights(weights) / weights.shape[-1]


def _entropy_sign(weights: Tensor) -> Tensor:
    return -entropy_of_weights(weights)


def _entropy_over_queries(weights: Tensor) -> Tensor:
    return -torch.xlogy(weights, weights).sum(-2)


def _entropy_total(weights: Tensor) -> Tensor:
    return entropy_of_weights(weights).sum()


def _entropy_epsilon(weights: Tensor) -> Tensor:
    return -(weights * (weights + 1e-2).log()).sum(-1)


def _entropy_share(weights: Tensor) -> Tensor:
    return entropy_of_weights(weights) / math.log(weights.shape[-1])


def _entropy_exponential(weights: Tensor) -> Tensor:
    return entropy_of_weights(weights).exp()


def _entropy_no_sum(weights: Tensor) -> Tensor:
    return -torch.xlogy(weights, weights)


ENTROPY = Exercise(
    id="3.11",
    title="How widely attention spreads",
    difficulty=2,
    minutes=10,
    statement="""\
A row of weights may look at one key or at all of them. Its entropy says how widely it spreads, in \
one number: −Σ w log w over the keys. It is 0 if one key has all the weight, and log Tk if all \
keys have the same.

Write `entropy_of_weights(weights)`: from weights `(..., Tq, Tk)` one entropy for each query, \
`(..., Tq)`, with the natural logarithm. A weight of zero adds nothing (0 · log 0 counts as 0), \
and a mask makes many of them.""",
    make_inputs=_entropy_inputs,
    solution=entropy_of_weights,
    hints=(
        "The formula is one line. Then try it on `torch.tensor([1.0, 0.0])`.",
        "`torch.log(0)` is -inf, and `0 * -inf` is NaN. Look for a way to compute w log w that "
        "gives 0 at 0: torch has a function for it.",
        "`torch.xlogy(weights, weights)` is w log w, with 0 at 0. Sum it over the keys, the last "
        "axis, and turn the sign: the logarithm of a weight is negative.",
    ),
    wrong=(
        Wrong(
            _entropy_nan,
            "A weight of exactly zero makes your sum NaN: 0 · log 0 is 0 · (-inf). It has to "
            "count as 0; `torch.xlogy` does that.",
        ),
        Wrong(
            _entropy_bits,
            "You take the logarithm to base 2, so these are bits. Asked for is the natural "
            "logarithm: nats.",
        ),
        Wrong(
            _entropy_mean,
            "You take the mean over the keys. Entropy is a sum: the weights already say how much "
            "each key counts.",
        ),
        Wrong(
            _entropy_sign,
            "Your sign is turned. Weights are below one and their logarithms negative: the minus "
            "makes the entropy positive.",
        ),
        Wrong(
            _entropy_over_queries,
            "You add up over the queries. Each query has an entropy of its own: add up over the "
            "keys, the last axis.",
        ),
        Wrong(
            _entropy_total,
            "You add everything up to a single number. Add up over the keys only, so that each "
            "query keeps its own.",
        ),
        Wrong(
            _entropy_epsilon,
            "You add an epsilon inside the logarithm that is large enough to be seen. Where a "
            "weight is zero, w log w is zero by itself: `torch.xlogy` needs no epsilon.",
        ),
        Wrong(
            _entropy_share,
            "You divide by log Tk, the most that is possible. That makes a share between 0 and "
            "1; asked for are nats.",
        ),
        Wrong(
            _entropy_exponential,
            "You return the exponential of the entropy, a number of keys (the perplexity). Asked "
            "for is the entropy itself.",
        ),
        Wrong(
            _entropy_no_sum,
            "These are the single terms, −w log w. Add them up over the keys.",
        ),
    ),
    right=(_entropy_where, _entropy_special, _entropy_nan_to_num, _entropy_clamp),
)


# ------------------------------------------------------------------ 3.12 alignment


def looked_at_most(weights: Tensor, read: str) -> str:
    """Tell at which character the model looked most for each one that it wrote.

    Args:
        weights: ``(T_out, T_in)``, a row for each character written.
        read: the ``T_in`` characters read.

    Returns:
        ``T_out`` characters of ``read``, in the order of writing.
    """
    places = weights.argmax(dim=-1)  # (T_out,)
    return "".join(read[place] for place in places.tolist())


LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def _looked_inputs(generator: torch.Generator) -> Iterator[Args]:
    for low, high in ((5, 13), (17, 23)):
        n_written, n_read = primes(generator, 2, low=low, high=high)
        if (low == 5) == (n_written > n_read):  # more read than written, then less
            n_written, n_read = n_read, n_written
        order = torch.randperm(len(LETTERS), generator=generator)[:n_read].tolist()
        weights = (3 * torch.randn(n_written, n_read, generator=generator)).softmax(-1)
        yield weights, "".join(LETTERS[i] for i in order)


def _looked_topk(weights: Tensor, read: str) -> str:
    return "".join(map(read.__getitem__, weights.topk(1).indices.squeeze(-1).tolist()))


def _looked_python(weights: Tensor, read: str) -> str:
    text = ""
    for row in weights.tolist():
        text += read[row.index(max(row))]
    return text


def _looked_pairs(weights: Tensor, read: str) -> str:
    return "".join(max(zip(row, read, strict=True))[1] for row in weights.tolist())


def _looked_by_column(weights: Tensor, read: str) -> str:
    return "".join(read[place] for place in weights.argmax(0).tolist())  # may raise


def _looked_least(weights: Tensor, read: str) -> str:
    return looked_at_most(-weights, read)


def _looked_sorted(weights: Tensor, read: str) -> str:
    return "".join(read[place] for place in weights.argmax(-1).sort().values.tolist())


def _looked_mean_place(weights: Tensor, read: str) -> str:
    places = (weights * torch.arange(len(read))).sum(-1).round().long()
    return "".join(read[place] for place in places.tolist())


def _looked_one_before(weights: Tensor, read: str) -> str:
    return "".join(read[place - 1] for place in weights.argmax(-1).tolist())


def _looked_once(weights: Tensor, read: str) -> str:
    return "".join(dict.fromkeys(looked_at_most(weights, read)))


def _looked_places(weights: Tensor, read: str) -> str:
    return " ".join(map(str, weights.argmax(-1).tolist()))


def _looked_in_order(weights: Tensor, read: str) -> str:
    return read[: len(weights)]


LOOKED = Exercise(
    id="3.12",
    title="Who was looked at?",
    difficulty=1,
    minutes=5,
    statement="""\
A heatmap of weights can be boiled down to a string: for each character written, the one character \
read that had the largest weight. If a model wrote `09` while it looked at the `te` of \
`septembre`, it read the month. Write `looked_at_most(weights, read)`: weights `(T_out, T_in)` and \
the string read, `T_in` characters, to a string of `T_out` characters.

Then try it on the chapter's model: `translate` gives `.weights` and `.read`.""",
    make_inputs=_looked_inputs,
    solution=looked_at_most,
    hints=(
        "Each row belongs to a character written. Which place in the row has the largest number?",
        "`weights.argmax(dim=-1)` gives one place in `read` for each row, `(T_out,)`. `.tolist()` "
        "makes plain numbers of them.",
        '`"".join(read[place] for place in weights.argmax(dim=-1).tolist())`: the place with the '
        "largest weight in each row, the character that stands there, and all of them as one "
        "string.",
    ),
    wrong=(
        Wrong(
            _looked_by_column,
            "You take the argmax over the characters *written* (`dim=0`). A row belongs to a "
            "character written: look for its largest weight along the last axis.",
        ),
        Wrong(
            _looked_least,
            "These are the characters with the *smallest* weights.",
        ),
        Wrong(
            _looked_sorted,
            "These are the right characters in the order of reading. Leave them in the order of "
            "writing, one for each row.",
        ),
        Wrong(
            _looked_mean_place,
            "You average the places, weighted. Between a look at the start and a look at the end "
            "that lands in the middle, where nobody looked: take the largest weight.",
        ),
        Wrong(
            _looked_one_before,
            "You are one character too far left: `argmax` counts from 0, as `read[…]` does.",
        ),
        Wrong(
            _looked_once,
            "You name each character only once. Two characters written may look at the same one: "
            "keep one for each row.",
        ),
        Wrong(
            _looked_places,
            "These are the places. Look up in `read` what stands there.",
        ),
        Wrong(
            _looked_in_order,
            "This is `read` from its beginning, whatever the weights say.",
        ),
    ),
    right=(_looked_topk, _looked_python, _looked_pairs),
)


# --------------------------------------------------- 3.13 the gradient of a softmax


def softmax_gradient(weights: Tensor, grad_weights: Tensor) -> Tensor:
    """Carry the gradient of the loss from the weights back to the scores.

    Args:
        weights: ``(..., Tq, Tk)``, the softmax of the scores over the last axis.
        grad_weights: ``(..., Tq, Tk)``, the loss's gradient with respect to them.

    Returns:
        The gradient of the loss with respect to the scores, ``(..., Tq, Tk)``.
    """
    shared = (weights * grad_weights).sum(dim=-1, keepdim=True)  # (..., Tq, 1)
    return weights * (grad_weights - shared)


def _softmax_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (0, 1, 2):
        *leading, n_queries, n_keys = primes(generator, 2 + n_leading, low=3, high=13)
        scores = torch.randn(*leading, n_queries, n_keys, generator=generator)
        yield scores.softmax(-1), torch.randn(scores.shape, generator=generator)


def _softmax_jacobian(weights: Tensor, grad_weights: Tensor) -> Tensor:
    outer = weights.unsqueeze(-1) * weights.unsqueeze(-2)  # (..., Tq, Tk, Tk)
    jacobian = torch.diag_embed(weights) - outer
    return (jacobian @ grad_weights.unsqueeze(-1)).squeeze(-1)


def _softmax_autograd(weights: Tensor, grad_weights: Tensor) -> Tensor:
    scores = weights.log().requires_grad_()  # any scores with these weights will do
    return torch.autograd.grad(scores.softmax(-1), scores, grad_weights)[0]


def _softmax_two_terms(weights: Tensor, grad_weights: Tensor) -> Tensor:
    through = weights * grad_weights
    return through - weights * through.sum(-1, keepdim=True)


def _softmax_no_competition(weights: Tensor, grad_weights: Tensor) -> Tensor:
    return weights * grad_weights


def _softmax_own_score(weights: Tensor, grad_weights: Tensor) -> Tensor:
    return weights * (1 - weights) * grad_weights


def _softmax_plain_sum(weights: Tensor, grad_weights: Tensor) -> Tensor:
    return weights * (grad_weights - grad_weights.sum(-1, keepdim=True))


def _softmax_plain_mean(weights: Tensor, grad_weights: Tensor) -> Tensor:
    return weights * (grad_weights - grad_weights.mean(-1, keepdim=True))


def _softmax_over_queries(weights: Tensor, grad_weights: Tensor) -> Tensor:
    return weights * (grad_weights - (weights * grad_weights).sum(-2, keepdim=True))


def _softmax_over_everything(weights: Tensor, grad_weights: Tensor) -> Tensor:
    return weights * (grad_weights - (weights * grad_weights).sum())


def _softmax_no_factor(weights: Tensor, grad_weights: Tensor) -> Tensor:
    return grad_weights - (weights * grad_weights).sum(-1, keepdim=True)


def _softmax_added(weights: Tensor, grad_weights: Tensor) -> Tensor:
    return weights * (grad_weights + (weights * grad_weights).sum(-1, keepdim=True))


def _softmax_forward(weights: Tensor, grad_weights: Tensor) -> Tensor:
    return (weights * grad_weights).softmax(-1)


SOFTMAX_GRADIENT = Exercise(
    id="3.13",
    title="Why a sure softmax learns nothing",
    difficulty=3,
    minutes=15,
    statement="""\
The weights came out of a softmax, `weights = scores.softmax(-1)`. The backward step brings \
`grad_weights`, the gradient of the loss with respect to the weights. Write \
`softmax_gradient(weights, grad_weights)`, the gradient with respect to the scores, without \
calling `backward`. Both arguments and the result are `(..., Tq, Tk)`.

The derivative of weight `i` with respect to score `j` is `w_i (1 − w_i)` if `i = j`, and \
`−w_i w_j` otherwise: the weights of a row compete, what one wins the others lose. When you have \
the formula, put in a row like `[1, 0, 0]`. What does this query learn?""",
    make_inputs=_softmax_inputs,
    solution=softmax_gradient,
    hints=(
        "Score `j` changes *all* weights of its row. So its gradient is a sum over `i`: "
        "`grad_weights` at `i` times the derivative of weight `i` with respect to score `j`.",
        "Call the weights `w` and the gradient `g`. Split the sum: `i = j` gives `g_j w_j (1 - "
        "w_j)`, all others `-g_i w_i w_j`. Together that is `w_j g_j - w_j Σ_i w_i g_i`.",
        "`w_j (g_j - Σ_i w_i g_i)`: the sum is the same for the whole row, `(weights * "
        "grad_weights).sum(dim=-1, keepdim=True)`. Descent raises the score of a key whose "
        "`grad_weights` is *below* the weighted mean of its row. For a row like "
        "`[1, 0, 0]` everything is 0.",
    ),
    wrong=(
        Wrong(
            _softmax_no_competition,
            "You take each weight by itself, as if the softmax did not divide by a sum. The "
            "weights of a row compete: subtract what they have in common.",
        ),
        Wrong(
            _softmax_own_score,
            "You use the effect of each score on its *own* weight only. A score also takes "
            "weight from all other keys of its row: sum over them.",
        ),
        Wrong(
            _softmax_plain_sum,
            "You subtract the plain sum of the gradients. It is a *weighted* sum: each gradient "
            "times its weight.",
        ),
        Wrong(
            _softmax_plain_mean,
            "You subtract the plain mean of the gradients. Weight them: keys without weight have "
            "no say.",
        ),
        Wrong(
            _softmax_over_queries,
            "You sum over the queries. The keys of one query compete: sum over the last axis.",
        ),
        Wrong(
            _softmax_over_everything,
            "You sum over the whole tensor. Each row is a softmax of its own: sum over the last "
            "axis, and keep it with `keepdim=True`.",
        ),
        Wrong(
            _softmax_no_factor,
            "The difference is right, and the factor in front is missing: multiply by the "
            "weights.",
        ),
        Wrong(
            _softmax_added,
            "You add the weighted sum of the row. Subtract it: what one key wins, the others "
            "lose.",
        ),
        Wrong(
            _softmax_forward,
            "You send the gradient through a softmax. On the way back it is multiplied by "
            "derivatives.",
        ),
    ),
    right=(_softmax_jacobian, _softmax_autograd, _softmax_two_terms),
)


EXERCISES: tuple[Exercise | Question, ...] = (
    PAIRS,
    VARIANCE,
    SCALE,
    MASKED_SOFTMAX,
    WHICH_MASK,
    ATTEND,
    CONTEXT,
    BILINEAR,
    ADDITIVE,
    COSTS,
    ENTROPY,
    LOOKED,
    SOFTMAX_GRADIENT,
)
