"""Exercise 1.4: answers written from its statement and stub alone."""

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("1.4")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    out = grad_vectors.new_zeros(vocab_size, d)
    return out.index_add(0, ids.reshape(-1), grad_vectors.reshape(-1, d))


@right("1.4")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    hot = F.one_hot(ids.reshape(-1).long(), vocab_size).to(grad_vectors.dtype)
    return hot.T @ grad_vectors.reshape(-1, d)


@right("1.4")
def table_gradient(ids, grad_vectors, vocab_size):
    rows = []
    for v in range(vocab_size):
        rows.append(grad_vectors[ids == v].sum(dim=0))
    return torch.stack(rows)


@right("1.4")
def table_gradient(ids, grad_vectors, vocab_size):
    out = np.zeros((vocab_size, grad_vectors.shape[-1]))
    np.add.at(out, ids.numpy(), grad_vectors.detach().numpy())
    return torch.tensor(out, dtype=grad_vectors.dtype)


@right("1.4")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    out = torch.zeros(vocab_size, d, dtype=grad_vectors.dtype)
    for number, g in zip(ids.flatten().tolist(), grad_vectors.reshape(-1, d)):
        out[number] = out[number] + g
    return out


@right("1.4")
def table_gradient(ids, grad_vectors, vocab_size):
    out = torch.zeros(vocab_size, grad_vectors.shape[-1], dtype=grad_vectors.dtype)
    return out.index_put((ids,), grad_vectors, accumulate=True)


@wrong("1.4", "assigns instead of adding: only the last lookup of a row counts")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    out = torch.zeros(vocab_size, d, dtype=grad_vectors.dtype)
    for number, g in zip(ids.flatten().tolist(), grad_vectors.reshape(-1, d)):
        out[number] = g
    return out


@wrong("1.4", "keeps only the first lookup of each row")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    out = torch.zeros(vocab_size, d, dtype=grad_vectors.dtype)
    seen = set()
    for number, g in zip(ids.flatten().tolist(), grad_vectors.reshape(-1, d)):
        if number not in seen:
            out[number] += g
        seen.add(number)
    return out


@wrong("1.4", "takes the mean over the lookups of a row")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    flat = ids.reshape(-1)
    out = grad_vectors.new_zeros(vocab_size, d)
    out.index_add_(0, flat, grad_vectors.reshape(-1, d))
    count = torch.bincount(flat, minlength=vocab_size).clamp(min=1)
    return out / count[:, None]


@wrong("1.4", "starts from ones: rows never looked up get 1 instead of 0")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    out = torch.ones(vocab_size, d, dtype=grad_vectors.dtype)
    return out.index_add(0, ids.reshape(-1), grad_vectors.reshape(-1, d))


@wrong("1.4", "does not flatten: works only if ids have exactly one axis")
def table_gradient(ids, grad_vectors, vocab_size):
    out = torch.zeros(vocab_size, grad_vectors.shape[-1], dtype=grad_vectors.dtype)
    return out.index_add(0, ids, grad_vectors)


@wrong("1.4", "returns only the rows that were looked up")
def table_gradient(ids, grad_vectors, vocab_size):
    return torch.stack([grad_vectors[ids == v].sum(0) for v in ids.unique()])


@wrong("1.4", "takes the number of rows from the largest id")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    out = grad_vectors.new_zeros(int(ids.max()) + 1, d)
    return out.index_add(0, ids.reshape(-1), grad_vectors.reshape(-1, d))


@wrong("1.4", "divides by the number of lookups, as if the loss were a mean")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    out = grad_vectors.new_zeros(vocab_size, d)
    out.index_add_(0, ids.reshape(-1), grad_vectors.reshape(-1, d))
    return out / ids.numel()


@wrong("1.4", "only counts the lookups and ignores grad_vectors")
def table_gradient(ids, grad_vectors, vocab_size):
    count = torch.bincount(ids.reshape(-1), minlength=vocab_size)
    return count[:, None].to(grad_vectors.dtype).repeat(1, grad_vectors.shape[-1])


@wrong("1.4", "wrong sign: the step downhill instead of the gradient")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    out = grad_vectors.new_zeros(vocab_size, d)
    return out.index_add(0, ids.reshape(-1), grad_vectors.reshape(-1, d), alpha=-1)


@wrong("1.4", "result transposed, (d_model, vocab_size)")
def table_gradient(ids, grad_vectors, vocab_size):
    hot = F.one_hot(ids.reshape(-1), vocab_size).to(grad_vectors.dtype)
    return grad_vectors.reshape(-1, grad_vectors.shape[-1]).T @ hot


@wrong("1.4", "loops over the first axis only: repeats within a sentence are lost")
def table_gradient(ids, grad_vectors, vocab_size):
    out = torch.zeros(vocab_size, grad_vectors.shape[-1], dtype=grad_vectors.dtype)
    for i in range(len(ids)):
        out[ids[i]] += grad_vectors[i]
    return out


@wrong("1.4", "last gradient times the count, instead of the sum of the gradients")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    flat = ids.reshape(-1)
    out = torch.zeros(vocab_size, d, dtype=grad_vectors.dtype)
    for n, g in zip(flat.tolist(), grad_vectors.reshape(-1, d)):
        out[n] = g
    return out * torch.bincount(flat, minlength=vocab_size)[:, None]


@wrong("1.4", "reshapes grad_vectors with d_model first: numbers get mixed up")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    out = grad_vectors.new_zeros(vocab_size, d)
    return out.index_add(0, ids.reshape(-1), grad_vectors.reshape(d, -1).T)


@wrong("1.4", "keeps the batch axis: one table for each row of ids")
def table_gradient(ids, grad_vectors, vocab_size):
    hot = F.one_hot(ids, vocab_size).to(grad_vectors.dtype)
    return hot.transpose(-2, -1) @ grad_vectors


@wrong("1.4", "forgets the last lookup")
def table_gradient(ids, grad_vectors, vocab_size):
    d = grad_vectors.shape[-1]
    flat, g = ids.reshape(-1), grad_vectors.reshape(-1, d)
    out = torch.zeros(vocab_size, d, dtype=grad_vectors.dtype)
    for i in range(len(flat) - 1):
        out[flat[i]] += g[i]
    return out


@wrong("1.4", "mean instead of sum, and only the rows looked up (two mistakes)")
def table_gradient(ids, grad_vectors, vocab_size):
    return torch.stack([grad_vectors[ids == v].mean(0) for v in ids.unique()])
