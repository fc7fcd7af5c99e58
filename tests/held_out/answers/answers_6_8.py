"""Exercise 6.8: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("6.8")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return weights[..., i, i - period + 1].mean(-1)


@right("6.8")
def looks_after_the_last_time(weights, period):
    line = weights.diagonal(offset=1 - period, dim1=-2, dim2=-1)
    return line[..., 1:].mean(dim=-1)


@right("6.8")
def looks_after_the_last_time(weights, period):
    n_layers, n_heads, t, _ = weights.shape
    score = torch.zeros(n_layers, n_heads, dtype=weights.dtype)
    for layer in range(n_layers):
        for head in range(n_heads):
            for i in range(period, t):
                score[layer, head] += weights[layer, head, i, i - period + 1]
    return score / (t - period)


@right("6.8")
def looks_after_the_last_time(weights, period):
    t = weights.shape[-1]
    i, j = torch.arange(t)[:, None], torch.arange(t)[None, :]
    chosen = ((j == i - period + 1) & (i >= period)).to(weights.dtype)
    return torch.einsum("lhij,ij->lh", weights, chosen) / (t - period)


@wrong("6.8", "looks at the token itself, not at what followed")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return weights[..., i, i - period].mean(-1)


@wrong("6.8", "looks at what stood before")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period + 1, weights.shape[-1])
    total = weights[..., i, i - period - 1].sum(-1)
    return total / (weights.shape[-1] - period)


@wrong("6.8", "query and key exchanged")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return weights[..., i - period + 1, i].mean(-1)


@wrong("6.8", "the sum, not the mean")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return weights[..., i, i - period + 1].sum(-1)


@wrong("6.8", "divides by T")
def looks_after_the_last_time(weights, period):
    t = weights.shape[-1]
    i = torch.arange(period, t)
    return weights[..., i, i - period + 1].sum(-1) / t


@wrong("6.8", "the whole diagonal: one place before the first last time as well")
def looks_after_the_last_time(weights, period):
    return weights.diagonal(offset=1 - period, dim1=-2, dim2=-1).mean(dim=-1)


@wrong("6.8", "starts at 0: negative indices count from the end")
def looks_after_the_last_time(weights, period):
    i = torch.arange(weights.shape[-1])
    return weights[..., i, i - period + 1].mean(-1)


@wrong("6.8", "the last place is left out")
def looks_after_the_last_time(weights, period):
    t = weights.shape[-1]
    i = torch.arange(period, max(t - 1, period + 1))
    return weights[..., i, i - period + 1].mean(-1)


@wrong("6.8", "mean over the heads too")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return weights[..., i, i - period + 1].mean((1, 2))


@wrong("6.8", "mean over all weights: two lists of indices without pairing")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return weights[:, :, i][..., i - period + 1].mean((-2, -1))


@wrong("6.8", "the largest weight instead of the mean")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return weights[..., i, i - period + 1].amax(-1)


@wrong("6.8", "counts how often it is the strongest weight")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return (weights.argmax(-1)[..., i] == i - period + 1).to(weights.dtype).mean(-1)


@wrong("6.8", "the best head's place, not the scores")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return weights[..., i, i - period + 1].mean(-1).argmax()


@wrong("6.8", "heads before layers")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return weights[..., i, i - period + 1].mean(-1).T


@wrong("6.8", "the token just before: period is not used")
def looks_after_the_last_time(weights, period):
    i = torch.arange(period, weights.shape[-1])
    return weights[..., i, i - 1].mean(-1)
