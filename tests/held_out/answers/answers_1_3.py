"""Exercise 1.3: answers written from its statement and stub alone."""

import functools

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("1.3")
def combine_rows(weights, table):
    return weights @ table


@right("1.3")
def combine_rows(weights, table):
    return torch.einsum("...v,vd->...d", weights, table)


@right("1.3")
def combine_rows(weights, table):
    return (weights.unsqueeze(-1) * table).sum(dim=-2)


@right("1.3")
def combine_rows(weights, table):
    return functools.reduce(
        lambda total, v: total + weights[..., v, None] * table[v],
        range(table.shape[0]),
        torch.zeros(*weights.shape[:-1], table.shape[1], dtype=table.dtype),
    )


@right("1.3")
def combine_rows(weights, table):
    w = weights.detach().double().numpy()
    t = table.detach().double().numpy()
    return torch.from_numpy(np.asarray(w.dot(t))).to(table.dtype)


@right("1.3")
def combine_rows(weights, table):
    return F.linear(weights, table.T)


@wrong("1.3", "transposes the table, so that the wrong axes meet")
def combine_rows(weights, table):
    return weights @ table.T


@wrong("1.3", "takes the mean of the weighted rows instead of their sum")
def combine_rows(weights, table):
    return (weights.unsqueeze(-1) * table).mean(dim=-2)


@wrong("1.3", "divides the weights by their sum first")
def combine_rows(weights, table):
    weights = weights / weights.sum(-1, keepdim=True)
    return weights @ table


@wrong("1.3", "puts the weights through a softmax first")
def combine_rows(weights, table):
    return weights.softmax(-1) @ table


@wrong("1.3", "looks up the row with the largest weight only")
def combine_rows(weights, table):
    return table[weights.argmax(-1)]


@wrong("1.3", "cuts negative weights off at zero")
def combine_rows(weights, table):
    return weights.clamp(min=0) @ table


@wrong("1.3", "uses the size of negative weights, without the sign")
def combine_rows(weights, table):
    return weights.abs() @ table


@wrong("1.3", "torch.mm takes two axes only")
def combine_rows(weights, table):
    return torch.mm(weights, table)


@wrong("1.3", "multiplies but does not add up")
def combine_rows(weights, table):
    return weights.unsqueeze(-1) * table


@wrong("1.3", "adds up over the entries of the vectors instead of over the rows")
def combine_rows(weights, table):
    return (weights.unsqueeze(-1) * table).sum(-1)


@wrong("1.3", "makes integers of the weights to use them as numbers of rows")
def combine_rows(weights, table):
    return weights.long().to(table.dtype) @ table


@wrong("1.3", "every row with a weight other than zero counts as one")
def combine_rows(weights, table):
    return (weights != 0).to(table.dtype) @ table


@wrong("1.3", "flattens the leading axes and does not restore them")
def combine_rows(weights, table):
    return weights.reshape(-1, weights.shape[-1]) @ table


@wrong("1.3", "takes the largest product instead of the sum")
def combine_rows(weights, table):
    return (weights.unsqueeze(-1) * table).max(dim=-2).values


@wrong("1.3", "the loop leaves out the last row")
def combine_rows(weights, table):
    total = weights[..., 0, None] * table[0]
    for v in range(1, len(table) - 1):
        total = total + weights[..., v, None] * table[v]
    return total


@wrong("1.3", "squeezes the result")
def combine_rows(weights, table):
    return (weights @ table).squeeze()


@wrong("1.3", "order of the product reversed: right for a single row of weights only")
def combine_rows(weights, table):
    return table.T @ weights


@wrong("1.3", "adds up over all leading axes too: one vector in all")
def combine_rows(weights, table):
    return torch.einsum("nv,vd->d", weights.reshape(-1, weights.shape[-1]), table)
