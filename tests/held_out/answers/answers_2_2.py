"""Exercise 2.2: answers written from its statement and stub alone."""

import numpy as np
import torch

from ..collect import right, wrong


@right("2.2")
def real_places(lengths):
    return torch.arange(int(lengths.max())) < lengths.unsqueeze(1)


@right("2.2")
def real_places(lengths):
    T = max(lengths.tolist())
    return torch.tensor([[t < n for t in range(T)] for n in lengths.tolist()])


@right("2.2")
def real_places(lengths):
    out = torch.zeros(lengths.shape[0], lengths.max(), dtype=torch.bool)
    for row, n in zip(out, lengths):
        row[:n] = True
    return out


@right("2.2")
def real_places(lengths):
    n = lengths.numpy()
    return torch.from_numpy(n[:, None] > np.arange(n.max())[None, :])


@right("2.2")
def real_places(lengths):
    counted = torch.ones(len(lengths), int(lengths.max())).cumsum(dim=1)
    return ~(counted > lengths[:, None])


@wrong("2.2", "<= instead of <: one place too many in every shorter row")
def real_places(lengths):
    return torch.arange(int(lengths.max())) <= lengths.unsqueeze(1)


@wrong("2.2", "mask inverted: True = padding")
def real_places(lengths):
    return torch.arange(int(lengths.max())) >= lengths.unsqueeze(1)


@wrong("2.2", "axes swapped, (T, B)")
def real_places(lengths):
    return torch.arange(int(lengths.max())).unsqueeze(1) < lengths


@wrong("2.2", "T is the number of rows")
def real_places(lengths):
    return torch.arange(len(lengths)) < lengths.unsqueeze(1)


@wrong("2.2", "T is the smallest length")
def real_places(lengths):
    return torch.arange(int(lengths.min())) < lengths.unsqueeze(1)


@wrong("2.2", "zeros and ones instead of booleans")
def real_places(lengths):
    return (torch.arange(int(lengths.max())) < lengths.unsqueeze(1)).long()


@wrong("2.2", "T is one too large")
def real_places(lengths):
    return torch.arange(int(lengths.max()) + 1) < lengths.unsqueeze(1)


@wrong("2.2", "counts places from 1: the last real token is lost")
def real_places(lengths):
    return torch.arange(1, int(lengths.max()) + 1) < lengths.unsqueeze(1)


@wrong("2.2", "real tokens at the right")
def real_places(lengths):
    T = int(lengths.max())
    return torch.arange(T) >= T - lengths.unsqueeze(1)


@wrong("2.2", "marks the last real token only")
def real_places(lengths):
    return torch.arange(int(lengths.max())) == lengths.unsqueeze(1) - 1


@wrong("2.2", "float mask")
def real_places(lengths):
    return (torch.arange(int(lengths.max())) < lengths.unsqueeze(1)).float()


@wrong("2.2", "a list of lists")
def real_places(lengths):
    T = int(lengths.max())
    return [[t < n for t in range(T)] for n in lengths.tolist()]


@wrong("2.2", "takes the first row for the longest")
def real_places(lengths):
    return torch.arange(int(lengths[0])) < lengths.unsqueeze(1)


@wrong("2.2", "subtracts 1 from the caller's lengths in place")
def real_places(lengths):
    T = int(lengths.max())
    lengths -= 1
    return torch.arange(T) <= lengths.unsqueeze(1)


@wrong("2.2", "forgets the new axis")
def real_places(lengths):
    return torch.arange(int(lengths.max())) < lengths


@wrong("2.2", "T is the sum of all lengths")
def real_places(lengths):
    return torch.arange(int(lengths.sum())) < lengths.unsqueeze(1)


@wrong("2.2", "sorts the rows by length, longest first")
def real_places(lengths):
    lengths = lengths.sort(descending=True).values
    return torch.arange(int(lengths.max())) < lengths.unsqueeze(1)


@wrong("2.2", "inverted and with the axes swapped (two mistakes)")
def real_places(lengths):
    return torch.arange(int(lengths.max())).unsqueeze(1) >= lengths
