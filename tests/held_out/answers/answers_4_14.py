"""Exercise 4.14: answers written from its statement and stub alone."""

import functools

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("4.14")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T, dtype=weights.dtype)
    for layer in weights:
        mixed = layer.mean(0) + torch.eye(T, dtype=weights.dtype)
        mixed = mixed / mixed.sum(-1, keepdim=True)
        result = mixed @ result
    return result


@right("4.14")
def roll_out(weights):
    mixed = (weights.mean(1) + torch.eye(weights.shape[-1])) / 2
    return functools.reduce(lambda low, high: high @ low, mixed)


@right("4.14")
def roll_out(weights):
    mixed = 0.5 * weights.mean(dim=1) + 0.5 * torch.eye(weights.shape[-1])
    if len(mixed) == 1:
        return mixed[0]
    return torch.linalg.multi_dot(list(mixed.flip(0)))


@right("4.14")
def roll_out(weights):
    w = weights.detach().double().numpy()

    def from_top(n):
        if n == 0:
            return np.eye(w.shape[-1])
        return (w[n - 1].mean(axis=0) / 2 + np.eye(w.shape[-1]) / 2) @ from_top(n - 1)

    return torch.from_numpy(from_top(len(w))).to(weights.dtype)


@right("4.14")
def roll_out(weights):
    # row by row, from the last layer down
    rows = []
    T = weights.shape[-1]
    for i in range(T):
        row = F.one_hot(torch.tensor(i), T).to(weights.dtype)
        for layer in reversed(range(len(weights))):
            row = (
                torch.einsum("i,hij->j", row, weights[layer]) / weights.shape[1] + row
            ) / 2
        rows.append(row)
    return torch.stack(rows)


@wrong("4.14", "matrices in the wrong order")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights:
        result = result @ ((layer.mean(0) + torch.eye(T)) / 2)
    return result


@wrong("4.14", "no identity for the residual path")
def roll_out(weights):
    result = torch.eye(weights.shape[-1])
    for layer in weights:
        result = layer.mean(0) @ result
    return result


@wrong("4.14", "adds the identity but does not divide")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights:
        result = (layer.mean(0) + torch.eye(T)) @ result
    return result


@wrong("4.14", "sum of the heads instead of the mean")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights:
        mixed = layer.sum(0) + torch.eye(T)
        result = mixed / mixed.sum(-1, keepdim=True) @ result
    return result


@wrong("4.14", "largest head instead of the mean")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights:
        mixed = layer.amax(0) + torch.eye(T)
        result = mixed / mixed.sum(-1, keepdim=True) @ result
    return result


@wrong("4.14", "divides so that the columns sum to 1")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights:
        mixed = layer.mean(0) + torch.eye(T)
        result = mixed / mixed.sum(0, keepdim=True) @ result
    return result


@wrong("4.14", "multiplies entry by entry instead of matrix by matrix")
def roll_out(weights):
    mixed = (weights.mean(1) + torch.eye(weights.shape[-1])) / 2
    return mixed.prod(0)


@wrong("4.14", "averages the layers instead of multiplying them")
def roll_out(weights):
    return ((weights.mean(1) + torch.eye(weights.shape[-1])) / 2).mean(0)


@wrong("4.14", "result transposed: columns belong to the last layer")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights:
        result = (layer.mean(0) + torch.eye(T)) / 2 @ result
    return result.T


@wrong("4.14", "the last layer alone")
def roll_out(weights):
    return (weights[-1].mean(0) + torch.eye(weights.shape[-1])) / 2


@wrong("4.14", "adds ones everywhere instead of the identity")
def roll_out(weights):
    result = torch.eye(weights.shape[-1])
    for layer in weights:
        mixed = layer.mean(0) + 1
        result = mixed / mixed.sum(-1, keepdim=True) @ result
    return result


@wrong("4.14", "leaves out layer 0")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights[1:]:
        result = (layer.mean(0) + torch.eye(T)) / 2 @ result
    return result


@wrong("4.14", "the identity is added once, at the end")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights:
        result = layer.mean(0) @ result
    return (result + torch.eye(T)) / 2


@wrong("4.14", "averages over the layers' axis instead of the heads'")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for head in weights.mean(0):
        result = (head + torch.eye(T)) / 2 @ result
    return result


@wrong("4.14", "layer 0 counted twice")
def roll_out(weights):
    mixed = (weights.mean(1) + torch.eye(weights.shape[-1])) / 2
    result = mixed[0]
    for layer in mixed:
        result = layer @ result
    return result


@wrong("4.14", "divides by the sum of the whole matrix")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights:
        mixed = layer.mean(0) + torch.eye(T)
        result = mixed / mixed.sum() @ result
    return result


@wrong("4.14", "rolls out each head by itself, then the mean")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T).expand(weights.shape[1], T, T)
    for layer in weights:
        result = (layer + torch.eye(T)) / 2 @ result
    return result.mean(0)


@wrong("4.14", "softmax instead of dividing by the row's sum")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights:
        result = (layer.mean(0) + torch.eye(T)).softmax(-1) @ result
    return result


@wrong("4.14", "a list of the results after each layer")
def roll_out(weights):
    T = weights.shape[-1]
    results = [torch.eye(T)]
    for layer in weights:
        results.append((layer.mean(0) + torch.eye(T)) / 2 @ results[-1])
    return results


@wrong("4.14", "adds the identity into the caller's weights")
def roll_out(weights):
    weights += torch.eye(weights.shape[-1])
    result = torch.eye(weights.shape[-1])
    for layer in weights.mean(1):
        result = layer / 2 @ result
    return result


@wrong("4.14", "no identity, and the wrong order (two mistakes)")
def roll_out(weights):
    result = torch.eye(weights.shape[-1])
    for layer in weights:
        result = result @ layer.mean(0)
    return result
