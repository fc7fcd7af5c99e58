"""Exercise 4.9: answers written from its statement and stub alone."""

import math

import numpy as np
import torch

from ..collect import right, wrong


@right("4.9")
def wave_positions(length, d_model):
    t = torch.arange(length, dtype=torch.float64).unsqueeze(1)
    angle = t / 10000 ** (torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
    p = torch.zeros(length, d_model)
    p[:, 0::2] = angle.sin()
    p[:, 1::2] = angle.cos()
    return p


@right("4.9")
def wave_positions(length, d_model):
    rows = []
    for t in range(length):
        row = []
        for i in range(d_model // 2):
            a = t / 10000 ** (2 * i / d_model)
            row += [math.sin(a), math.cos(a)]
        rows.append(row)
    return torch.tensor(rows, dtype=torch.float32)


@right("4.9")
def wave_positions(length, d_model):
    j = np.arange(d_model)
    angle = np.arange(length)[:, None] / np.power(10000.0, (j - j % 2) / d_model)
    return torch.from_numpy(np.where(j % 2 == 0, np.sin(angle), np.cos(angle))).float()


@right("4.9")
def wave_positions(length, d_model):
    rate = torch.exp(-math.log(10000.0) * torch.arange(0, d_model, 2) / d_model)
    angle = torch.outer(torch.arange(length).float(), rate)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@right("4.9")
def wave_positions(length, d_model):
    # a cosine is a sine a quarter turn ahead
    pair = torch.arange(d_model).double().div(2).floor()
    angle = torch.arange(length).double()[:, None] * 10000 ** (-2 * pair / d_model)
    return torch.sin(angle + math.pi / 2 * (torch.arange(d_model) % 2)).to(
        torch.float32
    )


@wrong("4.9", "sine and cosine swapped")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(0, d_model, 2) / d_model
    )
    return torch.stack([angle.cos(), angle.sin()], dim=-1).flatten(1)


@wrong("4.9", "all sines first, then all cosines")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(0, d_model, 2) / d_model
    )
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


@wrong("4.9", "exponent i / d_model instead of 2i / d_model")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(d_model // 2) / d_model
    )
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong(
    "4.9", "exponent from the column: sine and cosine of a pair differ in wavelength"
)
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (torch.arange(d_model) / d_model)
    p = angle.sin()
    p[:, 1::2] = angle[:, 1::2].cos()
    return p


@wrong("4.9", "twice the column in the exponent")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        2 * torch.arange(d_model) / d_model
    )
    p = angle.sin()
    p[:, 1::2] = angle[:, 1::2].cos()
    return p


@wrong("4.9", "counts places from 1")
def wave_positions(length, d_model):
    t = torch.arange(1, length + 1)[:, None]
    angle = t / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "1000 instead of 10000")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 1000 ** (
        torch.arange(0, d_model, 2) / d_model
    )
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "multiplies by the power instead of dividing")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] * 10000 ** (
        torch.arange(0, d_model, 2) / d_model
    )
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "float64")
def wave_positions(length, d_model):
    i = torch.arange(0, d_model, 2, dtype=torch.float64)
    angle = torch.arange(length)[:, None] / 10000 ** (i / d_model)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "sines in all columns")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(0, d_model, 2) / d_model
    )
    return torch.stack([angle.sin(), angle.sin()], dim=-1).flatten(1)


@wrong("4.9", "axes swapped, (d_model, T)")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(0, d_model, 2) / d_model
    )
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1).T


@wrong("4.9", "whole-number division in the exponent: it is always 0")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(0, d_model, 2) // d_model
    )
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "counts pairs from 1")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(2, d_model + 1, 2) / d_model
    )
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "an axis for the batch in front")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(0, d_model, 2) / d_model
    )
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1).unsqueeze(0)


@wrong("4.9", "base 10 logarithm in the exponential")
def wave_positions(length, d_model):
    rate = torch.exp(-math.log10(10000) * torch.arange(0, d_model, 2) / d_model)
    angle = torch.arange(length)[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "a factor of 2 pi too many")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(0, d_model, 2) / d_model
    )
    angle = 2 * math.pi * angle
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "divides the exponent by d_model / 2")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(0, d_model, 2) / (d_model // 2)
    )
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "slowest wave exactly 10000: exponent divided by d_model - 2")
def wave_positions(length, d_model):
    i = torch.arange(0, d_model, 2) / max(d_model - 2, 1)
    angle = torch.arange(length)[:, None] / 10000**i
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "precedence: (10000^2i) / d_model")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / (
        10000.0 ** torch.arange(0, d_model, 2) / d_model
    )
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


@wrong("4.9", "a numpy array")
def wave_positions(length, d_model):
    angle = np.arange(length)[:, None] / 10000 ** (np.arange(0, d_model, 2) / d_model)
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(length, d_model)


@wrong("4.9", "places from 1, and sines and cosines in two halves (two mistakes)")
def wave_positions(length, d_model):
    t = torch.arange(1, length + 1)[:, None]
    angle = t / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.cat([angle.sin(), angle.cos()], dim=-1)
