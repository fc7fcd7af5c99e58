"""Exercise 6.3: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("6.3")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (
        a * angle.cos() - b * angle.sin(),
        a * angle.sin() + b * angle.cos(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)


@right("6.3")
def turn_pairs(x, places):
    d = x.shape[-1]
    result = torch.empty_like(x)
    for m in range(d // 2):
        angle = places.to(x.dtype) * 10000 ** (-2 * m / d)
        cos, sin = torch.cos(angle), torch.sin(angle)
        a, b = x[..., 2 * m], x[..., 2 * m + 1]
        result[..., 2 * m] = a * cos - b * sin
        result[..., 2 * m + 1] = a * sin + b * cos
    return result


@right("6.3")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = torch.outer(places.float(), 1 / 10000 ** (torch.arange(0, d, 2) / d))
    cos = angle.cos().repeat_interleave(2, dim=-1)
    sin = angle.sin().repeat_interleave(2, dim=-1)
    aside = torch.stack((-x[..., 1::2], x[..., 0::2]), dim=-1).reshape(x.shape)
    return (x * cos + aside * sin).to(x.dtype)


@right("6.3")
def turn_pairs(x, places):
    d = x.shape[-1]
    pairs = x.unflatten(-1, (-1, 2))
    angle = places[:, None] * torch.exp(
        -torch.arange(d // 2) * 2 / d * torch.log(torch.tensor(10000.0))
    )
    rows = [angle.cos(), -angle.sin()], [angle.sin(), angle.cos()]
    matrix = torch.stack([torch.stack(row, -1) for row in rows], -2)
    return (matrix.to(x.dtype) @ pairs.unsqueeze(-1)).flatten(-3)


@wrong("6.3", "pairs m with m + d / 2: halves instead of neighbours")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    a, b = x[..., : d // 2], x[..., d // 2 :]
    return torch.cat(
        (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()), -1
    )


@wrong("6.3", "turns the other way")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (
        a * angle.cos() + b * angle.sin(),
        b * angle.cos() - a * angle.sin(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)


@wrong("6.3", "m / d in the exponent, without the 2")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] / 10000 ** (torch.arange(d // 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (
        a * angle.cos() - b * angle.sin(),
        a * angle.sin() + b * angle.cos(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)


@wrong("6.3", "places counted from 1")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = (places[:, None] + 1) / 10000 ** (torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (
        a * angle.cos() - b * angle.sin(),
        a * angle.sin() + b * angle.cos(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)


@wrong("6.3", "both numbers get the minus")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (
        a * angle.cos() - b * angle.sin(),
        a * angle.sin() - b * angle.cos(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)


@wrong("6.3", "first all of the first numbers, then all of the second")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.cat(
        (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()), -1
    )


@wrong("6.3", "ignores places: 0, 1, 2 …")
def turn_pairs(x, places):
    d = x.shape[-1]
    count = torch.arange(x.shape[-2])
    angle = count[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (
        a * angle.cos() - b * angle.sin(),
        a * angle.sin() + b * angle.cos(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)


@wrong("6.3", "adds sines and cosines, as in absolute positions")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    waves = torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)
    return x + waves


@wrong("6.3", "multiplies by the power instead of dividing")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] * 10000 ** (torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (
        a * angle.cos() - b * angle.sin(),
        a * angle.sin() + b * angle.cos(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)


@wrong("6.3", "base 1000")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] / 1000 ** (torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (
        a * angle.cos() - b * angle.sin(),
        a * angle.sin() + b * angle.cos(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)


@wrong("6.3", "the second number is turned with the first one's new value")
def turn_pairs(x, places):
    d = x.shape[-1]
    result = x.clone()
    for m in range(d // 2):
        angle = places.to(x.dtype) * 10000 ** (-2 * m / d)
        cos, sin = torch.cos(angle), torch.sin(angle)
        a, b = result[..., 2 * m], result[..., 2 * m + 1]
        result[..., 2 * m] = a * cos - b * sin
        result[..., 2 * m + 1] = a * sin + b * cos
    return result


@wrong("6.3", "the same angle for all pairs")
def turn_pairs(x, places):
    angle = places[:, None].to(x.dtype)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (
        a * angle.cos() - b * angle.sin(),
        a * angle.sin() + b * angle.cos(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)


@wrong("6.3", "sine and cosine exchanged")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (
        a * angle.sin() - b * angle.cos(),
        a * angle.cos() + b * angle.sin(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)


@wrong("6.3", "the first numbers of the pairs only are turned")
def turn_pairs(x, places):
    d = x.shape[-1]
    angle = places[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    result = x.clone()
    a, b = x[..., 0::2], x[..., 1::2]
    result[..., 0::2] = a * angle.cos() - b * angle.sin()
    return result


@wrong("6.3", "an integer power: 2m // d is 0")
def turn_pairs(x, places):
    d = x.shape[-1]
    result = torch.empty_like(x)
    for m in range(d // 2):
        angle = places.to(x.dtype) / 10000 ** (2 * m // d)
        cos, sin = torch.cos(angle), torch.sin(angle)
        a, b = x[..., 2 * m], x[..., 2 * m + 1]
        result[..., 2 * m] = a * cos - b * sin
        result[..., 2 * m + 1] = a * sin + b * cos
    return result
