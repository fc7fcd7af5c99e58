"""Exercise 4.18: answers written from its statement and stub alone."""

import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("4.18")
def normalise_places(x, gain, bias):
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    return gain * (x - mean) / torch.sqrt(variance + 1e-5) + bias


@right("4.18")
def normalise_places(x, gain, bias):
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return (x - mean) * torch.rsqrt(variance + 1e-5) * gain + bias


@right("4.18")
def normalise_places(x, gain, bias):
    return F.layer_norm(x, (x.shape[-1],), gain, bias, 1e-5)


@right("4.18")
def normalise_places(x, gain, bias):
    result = torch.empty_like(x)
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            row = x[b, t]
            centred = row - row.sum() / len(row)
            variance = (centred @ centred) / len(row)
            result[b, t] = gain * centred / (variance + 0.00001) ** 0.5 + bias
    return result


@wrong("4.18", "variance with n - 1")
def normalise_places(x, gain, bias):
    mean = x.mean(-1, keepdim=True)
    return gain * (x - mean) / torch.sqrt(x.var(-1, keepdim=True) + 1e-5) + bias


@wrong("4.18", "adds the small number to the root, not under it")
def normalise_places(x, gain, bias):
    mean = x.mean(-1, keepdim=True)
    spread = x.std(-1, keepdim=True, correction=0)
    return gain * (x - mean) / (spread + 1e-5) + bias


@wrong("4.18", "no small number at all")
def normalise_places(x, gain, bias):
    mean = x.mean(-1, keepdim=True)
    return gain * (x - mean) / x.std(-1, keepdim=True, correction=0) + bias


@wrong("4.18", "over the positions instead of the coordinates")
def normalise_places(x, gain, bias):
    mean = x.mean(1, keepdim=True)
    variance = x.var(1, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(variance + 1e-5) + bias


@wrong("4.18", "over the batch: batch norm")
def normalise_places(x, gain, bias):
    mean = x.mean((0, 1), keepdim=True)
    variance = x.var((0, 1), keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(variance + 1e-5) + bias


@wrong("4.18", "over the whole sentence: positions and coordinates together")
def normalise_places(x, gain, bias):
    mean = x.mean((1, 2), keepdim=True)
    variance = x.var((1, 2), keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(variance + 1e-5) + bias


@wrong("4.18", "divides by the variance: no root")
def normalise_places(x, gain, bias):
    mean = x.mean(-1, keepdim=True)
    variance = x.var(-1, keepdim=True, correction=0)
    return gain * (x - mean) / (variance + 1e-5) + bias


@wrong("4.18", "RMS norm: the mean is not taken away")
def normalise_places(x, gain, bias):
    return gain * x / torch.sqrt((x**2).mean(-1, keepdim=True) + 1e-5) + bias


@wrong("4.18", "no bias")
def normalise_places(x, gain, bias):
    mean = x.mean(-1, keepdim=True)
    variance = x.var(-1, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(variance + 1e-5)


@wrong("4.18", "the bias is stretched as well")
def normalise_places(x, gain, bias):
    mean = x.mean(-1, keepdim=True)
    variance = x.var(-1, keepdim=True, correction=0)
    return gain * ((x - mean) / torch.sqrt(variance + 1e-5) + bias)


@wrong("4.18", "another small number: 1e-3")
def normalise_places(x, gain, bias):
    mean = x.mean(-1, keepdim=True)
    variance = x.var(-1, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(variance + 1e-3) + bias


@wrong("4.18", "only the mean of x is taken: the variance is that of x squared")
def normalise_places(x, gain, bias):
    mean = x.mean(-1, keepdim=True)
    variance = (x**2).mean(-1, keepdim=True)
    return gain * (x - mean) / torch.sqrt(variance + 1e-5) + bias


@wrong("4.18", "gain and bias exchanged")
def normalise_places(x, gain, bias):
    mean = x.mean(-1, keepdim=True)
    variance = x.var(-1, keepdim=True, correction=0)
    return bias * (x - mean) / torch.sqrt(variance + 1e-5) + gain


@wrong("4.18", "the sum of the squares, not their mean")
def normalise_places(x, gain, bias):
    centred = x - x.mean(-1, keepdim=True)
    variance = (centred**2).sum(-1, keepdim=True)
    return gain * centred / torch.sqrt(variance + 1e-5) + bias


@wrong("4.18", "without keepdim: the axes do not meet")
def normalise_places(x, gain, bias):
    mean = x.mean(-1)
    variance = x.var(-1, correction=0)
    return gain * (x - mean) / torch.sqrt(variance + 1e-5) + bias


@wrong("4.18", "changes x itself")
def normalise_places(x, gain, bias):
    x -= x.mean(-1, keepdim=True)
    variance = (x**2).mean(-1, keepdim=True)
    return gain * x / torch.sqrt(variance + 1e-5) + bias
