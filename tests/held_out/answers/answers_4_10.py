"""Exercise 4.10: answers written from its statement and stub alone."""

import math

import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("4.10")
def add_positions(x, positions):
    return x + positions[: x.shape[1]]


@right("4.10")
def add_positions(x, positions):
    return torch.stack([sentence + positions[: len(sentence)] for sentence in x])


@right("4.10")
def add_positions(x, positions):
    out = x.clone()
    for t in range(x.shape[1]):
        out[:, t] = out[:, t] + positions[t]
    return out


@right("4.10")
def add_positions(x, positions):
    place = torch.arange(x.shape[1]).expand(x.shape[0], -1)
    return torch.add(x, F.embedding(place, positions))


@right("4.10")
def add_positions(x, positions):
    a, p = x.detach().numpy(), positions.detach().numpy()
    return torch.from_numpy(a + p[None, : a.shape[1], :])


@wrong("4.10", "a row for each sentence instead of each place (batch first forgotten)")
def add_positions(x, positions):
    return x + positions[: x.shape[0]].unsqueeze(1)


@wrong("4.10", "adds in place")
def add_positions(x, positions):
    x += positions[: x.shape[1]]
    return x


@wrong("4.10", "adds all rows: shapes do not fit")
def add_positions(x, positions):
    return x + positions


@wrong("4.10", "the last T rows")
def add_positions(x, positions):
    return x + positions[-x.shape[1] :]


@wrong("4.10", "scales x by the root of d_model")
def add_positions(x, positions):
    return x * math.sqrt(x.shape[-1]) + positions[: x.shape[1]]


@wrong("4.10", "counts places from 1")
def add_positions(x, positions):
    place = torch.arange(1, x.shape[1] + 1).clamp(max=len(positions) - 1)
    return x + positions[place]


@wrong("4.10", "multiplies instead of adding")
def add_positions(x, positions):
    return x * positions[: x.shape[1]]


@wrong("4.10", "cuts to the batch size, not to the number of places")
def add_positions(x, positions):
    return x + positions[: x.shape[0]]


@wrong("4.10", "the first sentence only")
def add_positions(x, positions):
    out = x.clone()
    out[0] += positions[: x.shape[1]]
    return out


@wrong("4.10", "sets the positions beside the vectors instead of adding")
def add_positions(x, positions):
    p = positions[: x.shape[1]].expand(x.shape[0], -1, -1)
    return torch.cat([x, p], dim=-1)


@wrong("4.10", "goes on counting from one sentence to the next")
def add_positions(x, positions):
    B, T, d = x.shape
    place = torch.arange(B * T) % len(positions)
    return x + positions[place].reshape(B, T, d)


@wrong("4.10", "positions backwards")
def add_positions(x, positions):
    return x + positions[: x.shape[1]].flip(0)


@wrong("4.10", "mean of vector and position")
def add_positions(x, positions):
    return (x + positions[: x.shape[1]]) / 2


@wrong("4.10", "every place gets row 0")
def add_positions(x, positions):
    return x + positions[0]


@wrong("4.10", "returns the positions alone")
def add_positions(x, positions):
    return positions[: x.shape[1]].expand_as(x)


@wrong("4.10", "subtracts")
def add_positions(x, positions):
    return x - positions[: x.shape[1]]


@wrong("4.10", "the last place gets nothing")
def add_positions(x, positions):
    out = x.clone()
    for t in range(x.shape[1] - 1):
        out[:, t] += positions[t]
    return out


@wrong("4.10", "(T, 1, d): right for time-first batches")
def add_positions(x, positions):
    return x + positions[: x.shape[1]].unsqueeze(1)


@wrong("4.10", "every sentence adds the positions to the sum so far")
def add_positions(x, positions):
    p = positions[: x.shape[1]].clone()
    out = []
    for sentence in x:
        p = sentence + p
        out.append(p)
    return torch.stack(out)


@wrong("4.10", "squeezes: axes of length 1 vanish")
def add_positions(x, positions):
    return (x + positions[: x.shape[1]]).squeeze()


@wrong("4.10", "counts places from 1, and scales x (two mistakes)")
def add_positions(x, positions):
    place = torch.arange(1, x.shape[1] + 1).clamp(max=len(positions) - 1)
    return x * x.shape[-1] ** 0.5 + positions[place]
