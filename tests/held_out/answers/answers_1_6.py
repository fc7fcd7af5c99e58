"""Exercise 1.6: answers written from its statement and stub alone."""

import numpy as np
import torch
from torch import nn

from ..collect import right, wrong


@right("1.6")
def convolution_weight(weight, patch):
    return weight.reshape(weight.shape[0], *patch, -1).permute(0, 3, 1, 2)


@right("1.6")
def convolution_weight(weight, patch):
    d, (h, w) = weight.shape[0], patch
    c = weight.shape[1] // (h * w)
    out = torch.empty(d, c, h, w, dtype=weight.dtype)
    for y in range(h):
        for x in range(w):
            for k in range(c):
                out[:, k, y, x] = weight[:, (y * w + x) * c + k]
    return out


@right("1.6")
def convolution_weight(weight, patch):
    c = weight.shape[1] // (patch[0] * patch[1])
    planes = [weight[:, k::c].reshape(-1, patch[0], patch[1]) for k in range(c)]
    return torch.stack(planes, dim=1)


@right("1.6")
def convolution_weight(weight, patch):
    a = weight.detach().numpy().reshape((len(weight),) + tuple(patch) + (-1,))
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(a, -1, 1)))


@right("1.6")
def convolution_weight(weight, patch):
    d, n = weight.shape
    h, w = patch
    return weight.reshape(d, h * w, -1).transpose(1, 2).reshape(d, n // (h * w), h, w)


@wrong("1.6", "one reshape, as if the channels came first already")
def convolution_weight(weight, patch):
    pH, pW = patch
    return weight.reshape(weight.shape[0], -1, pH, pW)


@wrong("1.6", "height and width swapped in the permute")
def convolution_weight(weight, patch):
    pH, pW = patch
    return weight.reshape(weight.shape[0], pH, pW, -1).permute(0, 3, 2, 1)


@wrong("1.6", "leaves the channels last")
def convolution_weight(weight, patch):
    pH, pW = patch
    return weight.reshape(weight.shape[0], pH, pW, -1)


@wrong("1.6", "takes the patch as (width, height)")
def convolution_weight(weight, patch):
    pW, pH = patch
    return weight.reshape(weight.shape[0], pH, pW, -1).permute(0, 3, 1, 2)


@wrong("1.6", "cuts the axis as (pW, pH) and swaps back: right shape, wrong pixels")
def convolution_weight(weight, patch):
    pH, pW = patch
    return weight.reshape(weight.shape[0], pW, pH, -1).permute(0, 3, 2, 1)


@wrong("1.6", "takes three channels for granted")
def convolution_weight(weight, patch):
    pH, pW = patch
    return weight.reshape(weight.shape[0], pH, pW, 3).permute(0, 3, 1, 2)


@wrong("1.6", "channels in front of d_model")
def convolution_weight(weight, patch):
    pH, pW = patch
    return weight.reshape(weight.shape[0], pH, pW, -1).permute(3, 0, 1, 2)


@wrong("1.6", "takes every patch for a square")
def convolution_weight(weight, patch):
    p = patch[0]
    return weight.reshape(weight.shape[0], p, p, -1).permute(0, 3, 1, 2)


@wrong("1.6", "turns the kernel upside down, as in the mathematicians' convolution")
def convolution_weight(weight, patch):
    pH, pW = patch
    kernel = weight.reshape(weight.shape[0], pH, pW, -1).permute(0, 3, 1, 2)
    return kernel.flip(2, 3)


@wrong("1.6", "takes the channels for the middle axis of a patch, (pH, C, pW)")
def convolution_weight(weight, patch):
    pH, pW = patch
    return weight.reshape(weight.shape[0], pH, -1, pW).permute(0, 2, 1, 3)


@wrong("1.6", "divides by the number of pixels of a patch")
def convolution_weight(weight, patch):
    pH, pW = patch
    kernel = weight.reshape(weight.shape[0], pH, pW, -1).permute(0, 3, 1, 2)
    return kernel / (pH * pW)


@wrong("1.6", "returns the layer instead of its weight")
def convolution_weight(weight, patch):
    pH, pW = patch
    kernel = weight.reshape(weight.shape[0], pH, pW, -1).permute(0, 3, 1, 2)
    layer = nn.Conv2d(kernel.shape[1], len(weight), kernel_size=patch, stride=patch)
    layer.weight.data = kernel.contiguous()
    return layer


@wrong("1.6", "squeezes: a single channel's axis vanishes")
def convolution_weight(weight, patch):
    pH, pW = patch
    return weight.reshape(weight.shape[0], pH, pW, -1).permute(0, 3, 1, 2).squeeze()


@wrong("1.6", "leaves the pixels of a patch flat, (d_model, C, pH * pW)")
def convolution_weight(weight, patch):
    pH, pW = patch
    return weight.reshape(weight.shape[0], pH * pW, -1).transpose(1, 2)


@wrong("1.6", "reshapes with d_model last: mixes up outputs and pixels")
def convolution_weight(weight, patch):
    pH, pW = patch
    d = weight.shape[0]
    return weight.reshape(pH, pW, -1, d).permute(3, 2, 0, 1)


@wrong(
    "1.6",
    "permutes to (d_model, C, ...) and then reshapes channels and pixels once more",
)
def convolution_weight(weight, patch):
    pH, pW = patch
    d = weight.shape[0]
    c = weight.shape[1] // (pH * pW)
    return weight.reshape(d, c, pH * pW).transpose(1, 2).reshape(d, c, pH, pW)


@wrong("1.6", "squares only, and channels left last (two mistakes)")
def convolution_weight(weight, patch):
    p = patch[1]
    return weight.reshape(weight.shape[0], p, p, -1)
