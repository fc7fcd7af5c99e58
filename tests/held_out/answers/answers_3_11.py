"""Exercise 3.11: answers written from its statement and stub alone."""

import math

import numpy as np
import torch

from ..collect import right, wrong


@right("3.11")
def entropy_of_weights(weights):
    return -torch.xlogy(weights, weights).sum(-1)


@right("3.11")
def entropy_of_weights(weights):
    return torch.special.entr(weights).sum(dim=-1)


@right("3.11")
def entropy_of_weights(weights):
    log_w = torch.where(weights > 0, weights, torch.ones_like(weights)).log()
    return torch.einsum("...k,...k->...", weights, -log_w)


@right("3.11")
def entropy_of_weights(weights):
    return (-(weights * weights.log()).nan_to_num(0.0)).sum(-1)


@right("3.11")
def entropy_of_weights(weights):
    w = weights.detach().double().numpy()
    safe = np.where(w == 0, 1.0, w)
    return torch.from_numpy(np.asarray(-(w * np.log(safe)).sum(axis=-1))).to(
        weights.dtype
    )


@right("3.11")
def entropy_of_weights(weights):
    def one(row):
        return sum((-w * math.log(w) for w in row if w > 0), 0.0)

    rows = weights.reshape(-1, weights.shape[-1]).tolist()
    return torch.tensor([one(r) for r in rows]).reshape(weights.shape[:-1])


@wrong("3.11", "NaN where a weight is zero")
def entropy_of_weights(weights):
    return -(weights * weights.log()).sum(-1)


@wrong("3.11", "logarithm to base 2")
def entropy_of_weights(weights):
    return -(torch.xlogy(weights, weights) / math.log(2)).sum(-1)


@wrong("3.11", "forgets the minus")
def entropy_of_weights(weights):
    return torch.xlogy(weights, weights).sum(-1)


@wrong("3.11", "adds up over the queries")
def entropy_of_weights(weights):
    return -torch.xlogy(weights, weights).sum(-2)


@wrong("3.11", "mean over the keys instead of the sum")
def entropy_of_weights(weights):
    return -torch.xlogy(weights, weights).mean(-1)


@wrong("3.11", "adds 1e-2 inside the logarithm")
def entropy_of_weights(weights):
    return -(weights * (weights + 1e-2).log()).sum(-1)


@wrong("3.11", "divides by log Tk, so that the most is 1")
def entropy_of_weights(weights):
    return -torch.xlogy(weights, weights).sum(-1) / math.log(weights.shape[-1])


@wrong("3.11", "one number for all queries")
def entropy_of_weights(weights):
    return -torch.xlogy(weights, weights).sum(-1).mean()


@wrong("3.11", "exp of the entropy: the number of keys looked at")
def entropy_of_weights(weights):
    return (-torch.xlogy(weights, weights).sum(-1)).exp()


@wrong("3.11", "1 minus the sum of squares instead of the entropy")
def entropy_of_weights(weights):
    return 1 - (weights**2).sum(-1)


@wrong("3.11", "keeps the last axis")
def entropy_of_weights(weights):
    return -torch.xlogy(weights, weights).sum(-1, keepdim=True)


@wrong("3.11", "removes NaN after the sum: every row with a zero weight gets 0")
def entropy_of_weights(weights):
    return (-(weights * weights.log()).sum(-1)).nan_to_num(0.0)


@wrong("3.11", "forgets the factor w: sums the logarithms")
def entropy_of_weights(weights):
    safe = torch.where(weights > 0, weights, torch.ones_like(weights))
    return -safe.log().sum(-1)


@wrong("3.11", "takes a softmax of the weights first")
def entropy_of_weights(weights):
    p = weights.softmax(-1)
    return -(p * p.log()).sum(-1)


@wrong("3.11", "divides by the row's sum: an empty row gives NaN")
def entropy_of_weights(weights):
    p = weights / weights.sum(-1, keepdim=True)
    return -torch.xlogy(p, p).sum(-1)


@wrong("3.11", "an empty row gets log Tk")
def entropy_of_weights(weights):
    h = -torch.xlogy(weights, weights).sum(-1)
    return torch.where(weights.sum(-1) == 0, math.log(weights.shape[-1]), h)


@wrong("3.11", "writes ones into the caller's weights")
def entropy_of_weights(weights):
    weights[weights == 0] = 1
    return -(weights * weights.log()).sum(-1)


@wrong("3.11", "minus the log of the largest weight")
def entropy_of_weights(weights):
    top = weights.amax(-1)
    return torch.where(top > 0, -top.log(), torch.zeros_like(top))


@wrong("3.11", "picks the weights > 0 with a mask, which flattens the rows")
def entropy_of_weights(weights):
    w = weights[weights > 0]
    return -(w * w.log()).sum()


@wrong("3.11", "a list of floats")
def entropy_of_weights(weights):
    return (-torch.xlogy(weights, weights).sum(-1)).tolist()


@wrong("3.11", "0 log 0 counts as 1")
def entropy_of_weights(weights):
    return -(weights * weights.log()).nan_to_num(-1.0).sum(-1)


@wrong("3.11", "base 2, and NaN at zeros (two mistakes)")
def entropy_of_weights(weights):
    return -(weights * weights.log2()).sum(-1)
