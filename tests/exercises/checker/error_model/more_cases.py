"""More made-up exercises: steps, indices, brackets, and what is compared."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.exercises.checker.error_model.cases import (
    MASKED,
    MATRICES,
    PAIRS,
    case,
    random,
)


@case(
    "given_back_early",
    lambda x: x.exp().cumsum(-1),
    "`x.exp().cumsum(-1)` is given back, before the rest is done",
    MATRICES,
)
def running(x: Tensor) -> Tensor:
    return x.exp().cumsum(-1).tanh() * 2


@case(
    "used_otherwise",
    lambda x: x.tanh() * x.abs(),
    "`x` in `x.tanh() * x` counts without its sign",
    MATRICES,
)
def squashed(x: Tensor) -> Tensor:
    return x.tanh() * x


@case(
    "rounds",
    lambda n: sum(k**3 for k in range(n + 1)) + 5,
    "`range(n)` goes one too far",
    [(3,), (6,)],
)
def cubes(n: int) -> int:
    total = 5
    for k in range(n):
        total += k**3
    return total


@case(
    "index_moved",
    lambda x, places: x.gather(0, (places + 1) % len(x)) * 3,
    "one too large, and go round",
    [(random(5), torch.tensor([0, 4, 2])), (random(7), torch.tensor([6, 3]))],
)
def picked(x: Tensor, places: Tensor) -> Tensor:
    return x.gather(0, places) * 3


@case(
    "mean_of_means",
    lambda x, mask: ((x * mask).sum(-1) / mask.sum(-1)).mean(),
    "row by row, and then the mean of these means",
    MASKED,
)
def mean_where(x: Tensor, mask: Tensor) -> Tensor:
    return x[mask].mean()


@case(
    "other_similarity",
    lambda x, y: torch.cdist(x, y).square(),
    "squared distances stand for the dot products of `x` and `y`",
    PAIRS,
)
def similar(x: Tensor, y: Tensor) -> Tensor:
    return x @ y.transpose(-2, -1)


@case(
    "row_of_scores",
    lambda x: (x @ x.T).masked_fill(torch.eye(len(x)) == 1, -torch.inf).softmax(-1),
    "the own place is left out of",
    [(random(3, 5),), (random(5, 2),)],
)
def weights_by_rows(x: Tensor) -> Tensor:
    rows = []
    for i in range(len(x)):
        scores = x @ x[i]
        rows.append(scores.softmax(dim=0))
    return torch.stack(rows)


@case(
    "counted",
    lambda n: (torch.arange(n) + 1).square() * 2,
    "`torch.arange(n)` counts from 1",
    [(3,), (6,)],
)
def doubled_squares(n: int) -> Tensor:
    return torch.arange(n).square() * 2


@case(
    "brackets",
    lambda x, n: x.exp() ** 2 / n + 1,
    "the brackets on the right of `x.exp() ** (2 / n)` are missing",
    [(random(3), 5), (random(7), 3)],
)
def powers(x: Tensor, n: int) -> Tensor:
    return x.exp() ** (2 / n) + 1


@case(
    "function_left_out",
    lambda x: x.softmax(-1).log() * 2,
    "the logarithm is taken after the softmax",
    [(random(3, 5) * 200,), (random(5, 2) * 200,)],
)
def log_shares(x: Tensor) -> Tensor:
    return x.log_softmax(dim=-1) * 2


@case(
    "function_left_out",
    lambda x: x.exp() / x.exp().sum(-1, keepdim=True),
    "`exp` is taken of the scores as they are",
    [(random(3, 5) * 200,), (random(5, 2) * 200,)],
)
def shares(x: Tensor) -> Tensor:
    return x.softmax(dim=-1)


@case(
    "written_out",
    lambda x: (x.sigmoid() + 1e-8).log() * 2,
    "1e-8 is added inside the logarithm",
    [(random(3, 5) * 30,), (random(5, 2) * 30,)],
)
def doubled_log_sigmoid(x: Tensor) -> Tensor:
    return torch.nn.functional.logsigmoid(x) * 2


@case(
    "summed_first",
    lambda x: x.sum(-1).tanh() * 2,
    "`x` is added up before `tanh` is taken",
    MATRICES,
)
def squashed_sum(x: Tensor) -> Tensor:
    return x.tanh().sum(dim=-1) * 2


@case(
    "all_pairs",
    lambda x, y: (x @ y.T).exp(),
    "every row of `x` meets every row of `y`",
    [(random(3, 5), random(3, 5)), (random(5, 2), random(5, 2))],
)
def own_partner(x: Tensor, y: Tensor) -> Tensor:
    return (x * y).sum(dim=-1).exp()


@case(
    "dealt_in_turns",
    lambda x: x[:, ::2].exp() * x[:, 1::2],
    "every n-th number to the same part",
    [(random(3, 6),), (random(5, 4),)],
)
def gated(x: Tensor) -> Tensor:
    one, other = x.chunk(2, dim=-1)
    return one.exp() * other


@case(
    "dealt_in_turns",
    lambda x: x.unflatten(-1, (-1, 2)).mT.exp(),
    "every n-th number to the same part",
    [(random(3, 6),), (random(5, 8),)],
)
def two_parts(x: Tensor) -> Tensor:
    return x.unflatten(-1, (2, -1)).exp()


@case(
    "indices_unpaired",
    lambda x: x.exp(),
    "each with each, and all of them are kept",
    [(random(3, 3),), (random(5, 5),)],
)
def on_the_diagonal(x: Tensor) -> Tensor:
    places = torch.arange(len(x))
    return x[places, places].exp()


@case(
    "counted",
    lambda n: torch.arange(n).square() * 2,
    "`torch.arange(2, n)` begins at 0",
    [(5,), (8,)],
)
def later_squares(n: int) -> Tensor:
    return torch.arange(2, n).square() * 2
