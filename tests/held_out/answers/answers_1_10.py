"""Exercise 1.10: answers written from its statement and stub alone."""

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("1.10")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    column = torch.arange(n) * (weight.shape[1] // n) + levels
    return weight.T[column].sum(-2)


@right("1.10")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    tables = weight.reshape(weight.shape[0], n, -1)
    out = 0
    for p in range(n):
        out = out + tables[:, p].T[levels[..., p]]
    return out


@right("1.10")
def embed_levels(levels, weight):
    d, columns = weight.shape
    n = levels.shape[-1]
    flat = levels.reshape(-1, n).long() + torch.arange(0, columns, columns // n)
    return F.embedding_bag(flat, weight.T.contiguous(), mode="sum").reshape(
        *levels.shape[:-1], d
    )


@right("1.10")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    tables = weight.unflatten(1, (n, weight.shape[1] // n)).permute(1, 2, 0)
    return tables[torch.arange(n), levels].sum(dim=levels.dim() - 1)


@right("1.10")
def embed_levels(levels, weight):
    w, lv = weight.detach().numpy(), levels.numpy()
    n = lv.shape[-1]
    k = w.shape[1] // n
    picked = np.take(w, lv + k * np.arange(n), axis=1)
    return torch.from_numpy(np.moveaxis(picked.sum(-1), 0, -1).copy())


@wrong("1.10", "all pixels look up in the first pixel's table")
def embed_levels(levels, weight):
    return weight.T[levels].sum(-2)


@wrong("1.10", "column level * n_pixels + pixel: the two numbers swapped")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    return weight.T[levels * n + torch.arange(n)].sum(-2)


@wrong("1.10", "mean over the pixels instead of the sum")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    column = torch.arange(n) * (weight.shape[1] // n) + levels
    return weight.T[column].mean(-2)


@wrong("1.10", "256 levels taken for granted")
def embed_levels(levels, weight):
    column = torch.arange(levels.shape[-1]) * 256 + levels
    return weight.T[column].sum(-2)


@wrong("1.10", "takes the number of levels from the largest level that occurs")
def embed_levels(levels, weight):
    column = torch.arange(levels.shape[-1]) * (levels.max() + 1) + levels
    return weight.T[column].sum(-2)


@wrong("1.10", "does not add up the pixels")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    column = torch.arange(n) * (weight.shape[1] // n) + levels
    return weight.T[column]


@wrong("1.10", "adds up the entries of the vectors instead of the pixels")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    column = torch.arange(n) * (weight.shape[1] // n) + levels
    return weight.T[column].sum(-1)


@wrong("1.10", "reshape instead of transpose for the table")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    column = torch.arange(n) * (weight.shape[1] // n) + levels
    return weight.reshape(-1, weight.shape[0])[column].sum(-2)


@wrong("1.10", "counts levels from 1: takes the column before")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    column = torch.arange(n) * (weight.shape[1] // n) + levels - 1
    return weight.T[column].sum(-2)


@wrong("1.10", "counts pixels from 1: shifted by a whole table")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    k = weight.shape[1] // n
    column = (torch.arange(1, n + 1) * k + levels) % weight.shape[1]
    return weight.T[column].sum(-2)


@wrong("1.10", "offsets go along the wrong axis, by block instead of by pixel")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    k = weight.shape[1] // n
    column = (
        torch.arange(levels.shape[0]).reshape(-1, *[1] * (levels.dim() - 1)) * k
        + levels
    )
    return weight.T[column % weight.shape[1]].sum(-2)


@wrong("1.10", "the loop leaves out the last pixel")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    k = weight.shape[1] // n
    out = torch.zeros(*levels.shape[:-1], weight.shape[0], dtype=weight.dtype)
    for p in range(n - 1):
        out = out + weight.T[p * k + levels[..., p]]
    return out


@wrong("1.10", "multiplies by the grey level as a number, no lookup")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    k = weight.shape[1] // n
    return levels.to(weight.dtype) @ weight[:, ::k].T


@wrong("1.10", "maximum over the pixels instead of the sum")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    column = torch.arange(n) * (weight.shape[1] // n) + levels
    return weight.T[column].amax(-2)


@wrong("1.10", "adds up over the first axis: right for a single block only")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    column = torch.arange(n) * (weight.shape[1] // n) + levels
    return weight.T[column].sum(0)


@wrong("1.10", "offset pixel * n_pixels instead of pixel * n_levels")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    return weight.T[(torch.arange(n) * n + levels) % weight.shape[1]].sum(-2)


@wrong("1.10", "d_model comes first in the result")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    column = torch.arange(n) * (weight.shape[1] // n) + levels
    return weight[:, column].sum(-1)


@wrong("1.10", "adds the offsets to the caller's levels in place")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    levels += torch.arange(n) * (weight.shape[1] // n)
    return weight.T[levels].sum(-2)


@wrong("1.10", "no offsets, and the mean (two mistakes)")
def embed_levels(levels, weight):
    return weight.T[levels].mean(-2)


# ---------------------------------------------------------------- more with two mistakes


@wrong("1.2", "one column too few, and integers (two mistakes)")
def one_hot_vectors(ids, vocab_size):
    return (ids.unsqueeze(-1) == torch.arange(vocab_size - 1)).long()


@wrong("1.3", "softmax over the weights, and the mean of the rows (two mistakes)")
def combine_rows(weights, table):
    return (weights.softmax(-1).unsqueeze(-1) * table).mean(-2)


@wrong("1.4", "assigns instead of adding, and starts from ones (two mistakes)")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    out = torch.ones(vocab_size, d, dtype=grad_vectors.dtype)
    for number, g in zip(ids.flatten().tolist(), grad_vectors.reshape(-1, d)):
        out[number] = g
    return out


@wrong("1.5", "Euclidean distance, and the farthest first (two mistakes)")
def nearest_words(word, table, n_nearest):
    distance = (table - table[word]).norm(dim=-1)
    return distance.topk(n_nearest).indices


@wrong("1.6", "one reshape, and the patch taken as (width, height) (two mistakes)")
def convolution_weight(weight, patch):
    pW, pH = patch
    return weight.reshape(len(weight), -1, pH, pW)


@wrong("1.8", "crops the height only, and counts begun patches too (two mistakes)")
def crop_to_patches(photo, patch):
    H, W, _ = photo.shape
    return photo[: H // patch * patch], -(-H // patch) * -(-W // patch)


@wrong("1.10", "level * n_pixels + pixel, and the last pixel left out (two mistakes)")
def embed_levels(levels, weight):
    n = levels.shape[-1]
    column = (levels * n + torch.arange(n))[..., :-1]
    return weight.T[column].sum(-2)
