"""Exercise 3.3: answers written from its statement and stub alone."""

import math

import numpy as np
import torch

from ..collect import right, wrong


@right("3.3")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])


@right("3.3")
def scores_of_unit_variance(query, key):
    scale = key.size(-1) ** -0.25
    return (query * scale) @ (key * scale).mT


@right("3.3")
def scores_of_unit_variance(query, key):
    return torch.einsum("...id,...jd->...ij", query, key).div(np.sqrt(key.shape[-1]))


@right("3.3")
def scores_of_unit_variance(query, key):
    d = query.shape[-1]
    rows = [(query[..., i : i + 1, :] * key).mean(-1) for i in range(query.shape[-2])]
    return torch.stack(rows, dim=-2) * d**0.5


@right("3.3")
def scores_of_unit_variance(query, key):
    q, k = query.double(), key.double()
    return (
        torch.matmul(q, k.transpose(-1, -2))
        * torch.tensor(q.shape[-1]).double().rsqrt()
    ).to(query.dtype)


@wrong("3.3", "divides by d_k instead of its root")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / query.shape[-1]


@wrong("3.3", "does not divide")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1)


@wrong("3.3", "multiplies by the root")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) * math.sqrt(query.shape[-1])


@wrong("3.3", "root of the number of keys")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(key.shape[-2])


@wrong("3.3", "root of the number of queries")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(query.shape[-2])


@wrong("3.3", "divides by the standard deviation of these very scores")
def scores_of_unit_variance(query, key):
    scores = query @ key.transpose(-2, -1)
    return scores / scores.std()


@wrong("3.3", "divides by the lengths of the vectors: cosines")
def scores_of_unit_variance(query, key):
    scores = query @ key.transpose(-2, -1)
    return scores / query.norm(dim=-1, keepdim=True) / key.norm(dim=-1).unsqueeze(-2)


@wrong("3.3", "fourth root: divides the query only, by the root of the root")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / query.shape[-1] ** 0.25


@wrong("3.3", "takes the first axis for d_k")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(query.shape[0])


@wrong("3.3", "takes axis 1 for d_k: right without a batch only")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(query.shape[1])


@wrong("3.3", "whole-number root")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / math.isqrt(query.shape[-1])


@wrong("3.3", "root of d_k - 1, as for a sample's variance")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(max(query.shape[-1] - 1, 1))


@wrong("3.3", "always divides by 8")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / 8


@wrong("3.3", "rows belong to keys")
def scores_of_unit_variance(query, key):
    return key @ query.transpose(-2, -1) / math.sqrt(query.shape[-1])


@wrong("3.3", "softmax on top")
def scores_of_unit_variance(query, key):
    return (query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])).softmax(-1)


@wrong("3.3", "root of the number of all entries of the query")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(query.numel())


@wrong("3.3", "divides the caller's query in place")
def scores_of_unit_variance(query, key):
    query /= math.sqrt(query.shape[-1])
    return query @ key.transpose(-2, -1)


@wrong("3.3", "subtracts the mean of the scores as well")
def scores_of_unit_variance(query, key):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    return scores - scores.mean(-1, keepdim=True)


@wrong(
    "3.3", "divides by the standard deviations of query and key instead of by a shape"
)
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / (query.std() * key.std())


@wrong("3.3", "adds query length and key length under the root")
def scores_of_unit_variance(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1] + key.shape[-1])


@wrong("3.3", "divides by d_k, and rows belong to keys (two mistakes)")
def scores_of_unit_variance(query, key):
    return key @ query.transpose(-2, -1) / query.shape[-1]
