"""Exercise 1.2: answers written from its statement and stub alone."""

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("1.2")
def one_hot_vectors(ids, vocab_size):
    return (ids.unsqueeze(-1) == torch.arange(vocab_size, device=ids.device)).float()


@right("1.2")
def one_hot_vectors(ids, vocab_size):
    return torch.eye(vocab_size)[ids]


@right("1.2")
def one_hot_vectors(ids, vocab_size):
    out = torch.zeros(*ids.shape, vocab_size)
    return out.scatter(-1, ids.long()[..., None], 1.0)


@right("1.2")
def one_hot_vectors(ids, vocab_size):
    a = np.asarray(ids)
    return torch.from_numpy((a[..., None] == np.arange(vocab_size)).astype(np.float32))


@right("1.2")
def one_hot_vectors(ids, vocab_size):
    columns = [torch.where(ids == v, 1.0, 0.0) for v in range(vocab_size)]
    return torch.stack(columns, dim=-1)


@wrong("1.2", "leaves the comparison as booleans")
def one_hot_vectors(ids, vocab_size):
    return ids.unsqueeze(-1) == torch.arange(vocab_size)


@wrong("1.2", "returns integers, as F.one_hot gives them")
def one_hot_vectors(ids, vocab_size):
    return F.one_hot(ids, vocab_size)


@wrong("1.2", "puts the new axis in front instead of at the end")
def one_hot_vectors(ids, vocab_size):
    numbers = torch.arange(vocab_size).reshape(-1, *[1] * ids.dim())
    return (ids.unsqueeze(0) == numbers).float()


@wrong("1.2", "compares with 1 ... vocab_size instead of 0 ... vocab_size - 1")
def one_hot_vectors(ids, vocab_size):
    return (ids.unsqueeze(-1) == torch.arange(1, vocab_size + 1)).float()


@wrong("1.2", "one column too few: arange stops before the last token")
def one_hot_vectors(ids, vocab_size):
    return (ids.unsqueeze(-1) == torch.arange(0, vocab_size - 1)).float()


@wrong("1.2", "works for one axis only: the new axis is set second, not last")
def one_hot_vectors(ids, vocab_size):
    return (ids.unsqueeze(1) == torch.arange(vocab_size)).float()


@wrong("1.2", "takes the width from the largest id that occurs, not from vocab_size")
def one_hot_vectors(ids, vocab_size):
    return (ids.unsqueeze(-1) == torch.arange(int(ids.max()) + 1)).float()


@wrong("1.2", "compares with != : ones everywhere but at the token")
def one_hot_vectors(ids, vocab_size):
    return (ids.unsqueeze(-1) != torch.arange(vocab_size)).float()


@wrong("1.2", "compares with >= : ones up to the token, a thermometer")
def one_hot_vectors(ids, vocab_size):
    return (ids.unsqueeze(-1) >= torch.arange(vocab_size)).float()


@wrong("1.2", "flattens the ids, so that their axes are lost")
def one_hot_vectors(ids, vocab_size):
    return (ids.reshape(-1, 1) == torch.arange(vocab_size)).float()


@wrong("1.2", "squeezes the result: axes of length 1 vanish")
def one_hot_vectors(ids, vocab_size):
    return (ids.unsqueeze(-1) == torch.arange(vocab_size)).float().squeeze()


@wrong("1.2", "float64 instead of float32")
def one_hot_vectors(ids, vocab_size):
    return (ids[..., None] == torch.arange(vocab_size)).double()


@wrong("1.2", "returns nested lists instead of a tensor")
def one_hot_vectors(ids, vocab_size):
    return (ids[..., None] == torch.arange(vocab_size)).float().tolist()


@wrong("1.2", "prints the vectors and returns None")
def one_hot_vectors(ids, vocab_size):
    print((ids[..., None] == torch.arange(vocab_size)).float())


@wrong("1.2", "writes the token's number instead of a one")
def one_hot_vectors(ids, vocab_size):
    hit = ids.unsqueeze(-1) == torch.arange(vocab_size)
    return hit.float() * ids.unsqueeze(-1)


@wrong("1.2", "adds up the vectors of a row: a bag of words, not one vector a token")
def one_hot_vectors(ids, vocab_size):
    hit = (ids.unsqueeze(-1) == torch.arange(vocab_size)).float()
    return hit.sum(0)


@wrong("1.2", "counts tokens from 1 and keeps booleans (two mistakes)")
def one_hot_vectors(ids, vocab_size):
    return ids.unsqueeze(-1) - 1 == torch.arange(vocab_size)
