"""Exercise 4.3: answers written from its statement and stub alone."""

import numpy as np
import torch

from ..collect import right, wrong


@right("4.3")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, T, n_heads, d // n_heads).transpose(-3, -2)


@right("4.3")
def cut_for_heads(x, n_heads):
    return torch.stack(x.chunk(n_heads, dim=-1), dim=-3)


@right("4.3")
def cut_for_heads(x, n_heads):
    d = x.shape[-1] // n_heads
    parts = [x[..., h * d : h * d + d] for h in range(n_heads)]
    return torch.stack(parts, dim=x.dim() - 2)


@right("4.3")
def cut_for_heads(x, n_heads):
    return x.unflatten(-1, (n_heads, -1)).movedim(-2, -3).contiguous()


@right("4.3")
def cut_for_heads(x, n_heads):
    a = x.detach().numpy()
    a = np.swapaxes(a.reshape(a.shape[:-1] + (n_heads, -1)), -3, -2)
    return torch.from_numpy(a.copy())


@right("4.3")
def cut_for_heads(x, n_heads):
    d = x.shape[-1] // n_heads
    return x.unfold(-1, d, d).transpose(-3, -2)


@wrong("4.3", "one reshape: mixes up the places")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, n_heads, T, d // n_heads)


@wrong("4.3", "axes left as (..., T, n_heads, d_head)")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, T, n_heads, d // n_heads)


@wrong("4.3", "head h gets every n_heads-th number")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, T, d // n_heads, n_heads).movedim(-1, -3)


@wrong("4.3", "number of heads and length of a head swapped")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, T, d // n_heads, n_heads).transpose(-3, -2)


@wrong("4.3", "transpose(1, 2): right with a single leading axis only")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, T, n_heads, d // n_heads).transpose(1, 2)


@wrong("4.3", "transpose(0, 1): right without leading axes only")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, T, n_heads, d // n_heads).transpose(0, 1)


@wrong("4.3", "a tuple of heads instead of one tensor")
def cut_for_heads(x, n_heads):
    return x.chunk(n_heads, dim=-1)


@wrong("4.3", "heads in front of all other axes")
def cut_for_heads(x, n_heads):
    return torch.stack(x.chunk(n_heads, dim=-1), dim=0)


@wrong("4.3", "heads in reverse order")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, T, n_heads, d // n_heads).transpose(-3, -2).flip(-3)


@wrong("4.3", "the last two axes swapped, (..., n_heads, d_head, T)")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, T, n_heads, d // n_heads).movedim(-3, -1)


@wrong("4.3", "squeezes: axes of length 1 vanish")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, T, n_heads, d // n_heads).transpose(-3, -2).squeeze()


@wrong("4.3", "every head gets the whole vector")
def cut_for_heads(x, n_heads):
    return x.unsqueeze(-3).expand(*x.shape[:-2], n_heads, *x.shape[-2:])


@wrong("4.3", "transposes the last two axes before cutting: cuts the places")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.transpose(-2, -1).reshape(*lead, n_heads, T, d // n_heads)


@wrong("4.3", "flattens the leading axes into one")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(-1, T, n_heads, d // n_heads).transpose(1, 2)


@wrong("4.3", "transposes -2 and -1 instead of -3 and -2")
def cut_for_heads(x, n_heads):
    *lead, T, d = x.shape
    return x.reshape(*lead, T, n_heads, d // n_heads).transpose(-2, -1)


@wrong("4.3", "the first head for all: the slice does not move on")
def cut_for_heads(x, n_heads):
    d = x.shape[-1] // n_heads
    return torch.stack([x[..., :d] for _ in range(n_heads)], dim=-3)


@wrong("4.3", "slices move on by one number instead of d_head")
def cut_for_heads(x, n_heads):
    d = x.shape[-1] // n_heads
    return torch.stack([x[..., h : h + d] for h in range(n_heads)], dim=-3)


@wrong(
    "4.3",
    "takes every n_heads-th number, and leaves the axes (..., T, n_heads, d_head) (two mistakes)",
)
def cut_for_heads(x, n_heads):
    return torch.stack([x[..., h::n_heads] for h in range(n_heads)], dim=-2)
