"""Exercise 3.1: answers written from its statement and stub alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("3.1")
def compare_all_pairs(query, key):
    return query @ key.transpose(-2, -1)


@right("3.1")
def compare_all_pairs(query, key):
    return torch.einsum("...id,...jd->...ij", query, key)


@right("3.1")
def compare_all_pairs(query, key):
    return (query.unsqueeze(-2) * key.unsqueeze(-3)).sum(-1)


@right("3.1")
def compare_all_pairs(query, key):
    columns = [
        (query * key[..., j : j + 1, :]).sum(dim=-1) for j in range(key.shape[-2])
    ]
    return torch.stack(columns, dim=-1)


@right("3.1")
def compare_all_pairs(query, key):
    q, k = query.detach().double().numpy(), key.detach().double().numpy()
    return torch.from_numpy(np.matmul(q, np.swapaxes(k, -1, -2))).to(query.dtype)


@right("3.1")
def compare_all_pairs(query, key):
    return torch.matmul(key, query.mT).mT


@wrong("3.1", ".T turns all axes round: right without leading axes only")
def compare_all_pairs(query, key):
    return query @ key.permute(*range(key.dim() - 1, -1, -1))


@wrong("3.1", "rows belong to keys, columns to queries")
def compare_all_pairs(query, key):
    return key @ query.transpose(-2, -1)


@wrong("3.1", "key not transposed")
def compare_all_pairs(query, key):
    return query @ key


@wrong("3.1", "compares query i with key i only")
def compare_all_pairs(query, key):
    return (query * key).sum(-1)


@wrong("3.1", "divides by the root of d_k")
def compare_all_pairs(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])


@wrong("3.1", "softmax over the scores")
def compare_all_pairs(query, key):
    return (query @ key.transpose(-2, -1)).softmax(-1)


@wrong("3.1", "cosines instead of dot products")
def compare_all_pairs(query, key):
    return F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).transpose(-2, -1)


@wrong("3.1", "adds up over the leading axes")
def compare_all_pairs(query, key):
    q = query.reshape(-1, *query.shape[-2:])
    k = key.reshape(-1, *key.shape[-2:])
    return torch.einsum("bid,bjd->ij", q, k)


@wrong("3.1", "transposes axes 0 and 1")
def compare_all_pairs(query, key):
    return query @ key.transpose(0, 1)


@wrong("3.1", "swaps axes 1 and 2: batches with one leading axis only")
def compare_all_pairs(query, key):
    return query @ key.transpose(1, 2)


@wrong("3.1", "mean of the products instead of the sum")
def compare_all_pairs(query, key):
    return (query.unsqueeze(-2) * key.unsqueeze(-3)).mean(-1)


@wrong("3.1", "reshape instead of transpose")
def compare_all_pairs(query, key):
    return query @ key.reshape(*key.shape[:-2], key.shape[-1], key.shape[-2])


@wrong("3.1", "transposes the query: entries with entries, (d_k, d_k)")
def compare_all_pairs(query, key):
    return query.transpose(-2, -1) @ key


@wrong("3.1", "flattens the leading axes: queries meet the keys of other sequences")
def compare_all_pairs(query, key):
    d = query.shape[-1]
    return query.reshape(-1, d) @ key.reshape(-1, d).T


@wrong("3.1", "does not add up the products")
def compare_all_pairs(query, key):
    return query.unsqueeze(-2) * key.unsqueeze(-3)


@wrong("3.1", "as many columns as queries: the loop runs over Tq twice")
def compare_all_pairs(query, key):
    Tq = query.shape[-2]
    out = query.new_zeros(*query.shape[:-1], Tq)
    for i in range(Tq):
        for j in range(Tq):
            out[..., i, j] = (query[..., i, :] * key[..., j, :]).sum(-1)
    return out


@wrong("3.1", "squared distances instead of dot products")
def compare_all_pairs(query, key):
    return ((query.unsqueeze(-2) - key.unsqueeze(-3)) ** 2).sum(-1)


@wrong("3.1", "squeezes the result")
def compare_all_pairs(query, key):
    return (query @ key.transpose(-2, -1)).squeeze()


@wrong("3.1", "rows and columns swapped, and scaled (two mistakes)")
def compare_all_pairs(query, key):
    return key @ query.transpose(-2, -1) / key.shape[-1] ** 0.5
