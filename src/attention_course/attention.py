"""Chapter 3: attention. Scores, a masked softmax, and one function, ``attend``.

Every mechanism of the course ends here. A *score* says how well each query
matches each key, a softmax turns the scores of one query into weights that sum
to one, and the weights average the values.

Masks are boolean, ``True`` = may attend, as in
``torch.nn.functional.scaled_dot_product_attention``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from .shapes import (
    check_scores,
    checked,
    finite,
    function,
    integer,
    may_attend,
    positive,
)

__all__ = [
    "AdditiveScore",
    "GeneralScore",
    "Score",
    "attend",
    "dot_score",
    "masked_softmax",
    "scaled_dot_score",
    "stack_weights",
]

Score = Callable[[Tensor, Tensor], Tensor]


@checked(query="... Tq d_k", key="... Tk d_k")
def dot_score(query: Tensor, key: Tensor) -> Tensor:
    r"""Score by the dot product.

    Formula: ``scores[i, j] = query[i] · key[j]``

    Args:
        query: ``(..., Tq, d_k)``.
        key: ``(..., Tk, d_k)``.

    Returns:
        Scores ``(..., Tq, Tk)``, in units of ``query`` times ``key``.

    Raises:
        TypeError, ValueError: shapes that do not fit, or dtypes that differ.

    Source: Luong et al. 2015 (arXiv 1508.04025), section 3.1, "dot". Chapter 3.
    """
    return query @ key.transpose(-2, -1)  # (..., Tq, Tk)


@checked(query="... Tq d_k", key="... Tk d_k")
def scaled_dot_score(query: Tensor, key: Tensor) -> Tensor:
    r"""Score by the dot product, divided by the square root of the dimension.

    Formula: ``scores[i, j] = query[i] · key[j] / √d_k``

    Args:
        query: ``(..., Tq, d_k)``.
        key: ``(..., Tk, d_k)``.

    Returns:
        Scores ``(..., Tq, Tk)``: variance 1 when the entries of ``query`` and
        ``key`` are independent with mean 0 and variance 1, whatever ``d_k``.

    Raises:
        TypeError, ValueError: shapes that do not fit, or dtypes that differ.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), equation 1. Chapter 3.
    """
    # Divided before the product, which in half precision could overflow.
    return finite(dot_score(query / math.sqrt(query.shape[-1]), key))  # (..., Tq, Tk)


class GeneralScore(nn.Module):
    r"""Score by a learned bilinear form, so that query and key may differ in dimension.

    Formula: ``scores[i, j] = query[i]ᵀ W key[j]``

    Args:
        d_q: dimension of a query.
        d_k: dimension of a key.

    Shapes:
        query ``(..., Tq, d_q)``, key ``(..., Tk, d_k)`` → scores ``(..., Tq, Tk)``.
        ``weight`` is ``W``, ``(d_q, d_k)``, drawn so that scores start like
        :func:`scaled_dot_score`'s: uniform with variance ``1 / (d_q · d_k)``.

    Raises:
        TypeError, ValueError: shapes that do not fit, or dtypes that differ.

    Source: Luong et al. 2015 (arXiv 1508.04025), section 3.1, "general". Chapter 3.
    """

    @checked(d_q=positive, d_k=positive)
    def __init__(self, d_q: int, d_k: int) -> None:
        super().__init__()
        self.d_q, self.d_k = d_q, d_k
        bound = math.sqrt(3 / (d_q * d_k))  # a uniform on ±b has variance b² / 3
        self.weight = nn.Parameter(torch.empty(d_q, d_k).uniform_(-bound, bound))

    @checked(query="... Tq d_q", key="... Tk d_k", weight="weight")
    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        return dot_score(query @ self.weight, key)  # (..., Tq, Tk)


class AdditiveScore(nn.Module):
    r"""Score by a network with one hidden layer.

    Formula: ``scores[i, j] = v · tanh(W query[i] + U key[j])``

    Args:
        d_q: dimension of a query.
        d_k: dimension of a key.
        d_hidden: number of hidden units.

    Shapes:
        query ``(..., Tq, d_q)``, key ``(..., Tk, d_k)`` → scores ``(..., Tq, Tk)``.
        The hidden layer takes ``Tq · Tk · d_hidden`` numbers: the price of this score.

    Raises:
        TypeError, ValueError: shapes that do not fit, or dtypes that differ.

    Source: Bahdanau et al. 2015 (arXiv 1409.0473), appendix A.1.2. Chapter 3.
    """

    @checked(d_q=positive, d_k=positive, d_hidden=positive)
    def __init__(self, d_q: int, d_k: int, d_hidden: int) -> None:
        super().__init__()
        self.d_q, self.d_k = d_q, d_k
        self.from_query = nn.Linear(d_q, d_hidden, bias=False)  # W
        self.from_key = nn.Linear(d_k, d_hidden, bias=False)  # U
        self.to_score = nn.Linear(d_hidden, 1, bias=False)  # v

    @checked(query="... Tq d_q", key="... Tk d_k", weight="from_query.weight")
    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        by_query = self.from_query(query).unsqueeze(-2)  # (..., Tq, 1, d_hidden)
        by_key = self.from_key(key).unsqueeze(-3)  # (..., 1, Tk, d_hidden)
        return self.to_score(torch.tanh(by_query + by_key)).squeeze(-1)  # (..., Tq, Tk)


@checked(scores="... Tq Tk", mask=may_attend("scores"))
def masked_softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    r"""Softmax over the keys that a query may attend to; zero on all others.

    Formula: ``weights[i, j] = exp(scores[i, j]) / Σ_k exp(scores[i, k])``, both over
    the ``j`` and ``k`` with ``mask[i, ·] = True``

    Args:
        scores: ``(..., Tq, Tk)``.
        mask: boolean, broadcasts with ``scores``; ``True`` = may attend. Two axes are
            ``(Tq, Tk)``, never ``(B, Tk)``, as for :func:`attend`.

    Returns:
        Weights ``(..., Tq, Tk)``. Each row sums to one, or is all zero where the
        query may attend to nothing; its gradient is then zero too, never NaN.

    Raises:
        TypeError: ``scores`` is not floating-point, or ``mask`` is not boolean.
        ValueError: the shapes do not fit.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), section 3.2.3. Chapter 3.
    """
    if mask is None:
        return scores.softmax(dim=-1)
    scores, mask = torch.broadcast_tensors(scores, mask)
    lonely = ~mask.any(dim=-1, keepdim=True)  # (..., Tq, 1), queries with no key left
    scores = scores.masked_fill(~mask, -math.inf)
    # A row of -inf alone would be 0/0. Give it zeros, then drop what comes out.
    weights = scores.masked_fill(lonely, 0.0).softmax(dim=-1)
    return weights.masked_fill(lonely, 0.0)  # (..., Tq, Tk)


@checked(
    query="... Tq d_q",
    key="... Tk d_k",
    value="... Tk d_v",
    mask=may_attend("query", "key", value="value"),
    score=function,
)
def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    score: Score = scaled_dot_score,
) -> tuple[Tensor, Tensor]:
    r"""Average the values, each weighted by how well its key matches the query.

    Formula: ``output = softmax(score(query, key)) value``

    Args:
        query: ``(..., Tq, d_q)``.
        key: ``(..., Tk, d_k)``; the two dot scores need ``d_q = d_k``.
        value: ``(..., Tk, d_v)``.
        mask: boolean, broadcasts with the scores ``(..., Tq, Tk)``; ``True`` = may
            attend. A query that may attend to nothing gets zero weights and a zero
            output. Two axes are ``(Tq, Tk)``, never ``(B, Tk)``, even where ``B = Tq``:
            for padding pass ``(B, 1, Tk)``.
        score: how to compare queries and keys, ``(query, key) → (..., Tq, Tk)``.

    Returns:
        ``(output, weights)``: output ``(..., Tq, d_v)`` in the units of ``value``,
        weights ``(..., Tq, Tk)`` without units. In float16 a score above 65,504 counts
        as 65,504; torch's fused kernel keeps its scores in float32.

    Raises:
        TypeError: a tensor that is not floating-point, a mask that is not boolean.
        ValueError: shapes that do not fit, dtypes that differ, or a ``score`` that
            returns another shape than ``(..., Tq, Tk)``.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), equation 1. Chapter 3.
    """
    scores = score(query, key)  # (..., Tq, Tk)
    check_scores("score", scores, query, key, value)
    weights = masked_softmax(scores, mask)  # (..., Tq, Tk)
    return weights @ value, weights  # (..., Tq, d_v), (..., Tq, Tk)


@checked(dim=integer)
def stack_weights(parts: Sequence[Tensor | None], dim: int) -> Tensor | None:
    """Stack the weights of all steps or layers along a new axis, if there are any.

    Args:
        parts: weights of one shape, or ``None`` each.
        dim: where the new axis stands.

    Chapters 2 to 5.
    """
    weights = [part for part in parts if part is not None]
    return torch.stack(weights, dim=dim) if weights else None
