"""Exercise 3.8: answers written from its statement and stub alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("3.8")
def bilinear_scores(query, key, weight):
    return query @ weight @ key.transpose(-2, -1)


@right("3.8")
def bilinear_scores(query, key, weight):
    return torch.einsum("...iq,qk,...jk->...ij", query, weight, key)


@right("3.8")
def bilinear_scores(query, key, weight):
    return query @ F.linear(key, weight).mT


@right("3.8")
def bilinear_scores(query, key, weight):
    pairs = query[..., :, None, :, None] * key[..., None, :, None, :]
    return (pairs * weight).sum(dim=(-1, -2))


@right("3.8")
def bilinear_scores(query, key, weight):
    rows = []
    for i in range(query.shape[-2]):
        asked = (query[..., i, :, None] * weight).sum(-2)
        rows.append((asked[..., None, :] * key).sum(-1))
    return torch.stack(rows, dim=-2)


@right("3.8")
def bilinear_scores(query, key, weight):
    q, k, w = (a.detach().numpy().astype(np.float64) for a in (query, key, weight))
    return torch.from_numpy(q @ w @ k.swapaxes(-2, -1)).float()


@wrong("3.8", "W transposed")
def bilinear_scores(query, key, weight):
    return query @ weight.T @ key.transpose(-2, -1)


@wrong("3.8", "W forgotten")
def bilinear_scores(query, key, weight):
    return query @ key.transpose(-2, -1)


@wrong("3.8", "rows belong to keys")
def bilinear_scores(query, key, weight):
    return (query @ weight @ key.transpose(-2, -1)).transpose(-2, -1)


@wrong("3.8", "query and key swapped around W")
def bilinear_scores(query, key, weight):
    return key @ weight @ query.transpose(-2, -1)


@wrong("3.8", "divides by the root of d_k")
def bilinear_scores(query, key, weight):
    return query @ weight @ key.transpose(-2, -1) / math.sqrt(key.shape[-1])


@wrong("3.8", "W applied to both sides")
def bilinear_scores(query, key, weight):
    return (query @ weight) @ (key @ weight).transpose(-2, -1)


@wrong("3.8", "key not transposed")
def bilinear_scores(query, key, weight):
    return query @ weight @ key


@wrong("3.8", "softmax on top")
def bilinear_scores(query, key, weight):
    return (query @ weight @ key.transpose(-2, -1)).softmax(-1)


@wrong("3.8", ".T on the key: turns the leading axes round too")
def bilinear_scores(query, key, weight):
    return query @ weight @ key.permute(*range(key.dim() - 1, -1, -1))


@wrong("3.8", "adds up over the leading axes")
def bilinear_scores(query, key, weight):
    q = query.reshape(-1, *query.shape[-2:])
    k = key.reshape(-1, *key.shape[-2:])
    return torch.einsum("biq,qk,bjk->ij", q, weight, k)


@wrong("3.8", "reshape instead of transpose for the key")
def bilinear_scores(query, key, weight):
    return query @ weight @ key.reshape(*key.shape[:-2], key.shape[-1], key.shape[-2])


@wrong("3.8", "tanh between W and the key")
def bilinear_scores(query, key, weight):
    return torch.tanh(query @ weight) @ key.transpose(-2, -1)


@wrong("3.8", "query i with key i only")
def bilinear_scores(query, key, weight):
    return ((query @ weight) * key).sum(-1)


@wrong("3.8", "uses the diagonal of W alone")
def bilinear_scores(query, key, weight):
    n = min(weight.shape)
    return (query[..., :n] * weight.diagonal()) @ key[..., :n].transpose(-2, -1)


@wrong("3.8", "adds the projected query to the key instead of multiplying")
def bilinear_scores(query, key, weight):
    return ((query @ weight).unsqueeze(-2) + key.unsqueeze(-3)).sum(-1)


@wrong("3.8", "mean of the products instead of the sum")
def bilinear_scores(query, key, weight):
    return ((query @ weight).unsqueeze(-2) * key.unsqueeze(-3)).mean(-1)


@wrong("3.8", "makes W symmetric first")
def bilinear_scores(query, key, weight):
    return query @ (weight + weight.T) / 2 @ key.transpose(-2, -1)


@wrong("3.8", "flattens the leading axes: every query meets the keys of all sequences")
def bilinear_scores(query, key, weight):
    q, k = query.reshape(-1, query.shape[-1]), key.reshape(-1, key.shape[-1])
    return q @ weight @ k.T


@wrong("3.8", "squeezes the result")
def bilinear_scores(query, key, weight):
    return (query @ weight @ key.transpose(-2, -1)).squeeze()


@wrong("3.8", "W transposed, and scaled (two mistakes)")
def bilinear_scores(query, key, weight):
    return query @ weight.T @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
