"""Made-up exercises, one or more for each rule of the error model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tests.exercises.helpers import Attempt, generator

Args = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """A solution, a wrong answer, and what is said of it."""

    rule: str
    wrong: Attempt
    text: str
    solution: Attempt
    inputs: tuple[Args, ...]


CASES: list[Case] = []
GENERATOR = generator()


def random(*sizes: int) -> Tensor:
    return torch.randn(sizes, generator=GENERATOR)


def case(
    rule: str, wrong: Attempt, text: str, inputs: Sequence[Args]
) -> Callable[[Attempt], Attempt]:
    """Decorate the solution of a made-up exercise."""

    def add(solution: Attempt) -> Attempt:
        CASES.append(Case(rule, wrong, text, solution, tuple(inputs)))
        return solution

    return add


MATRICES = [(random(3, 5),), (random(5, 2),)]
PAIRS = [(random(3, 5), random(2, 5)), (random(7, 3), random(5, 3))]
MASKED = [
    (random(3, 5), random(3, 5) > -0.5),
    (random(2, 7), random(2, 7) > -0.5),
]


@case(
    "another_axis",
    lambda x: x.softmax(0),
    "the softmax runs over axis -2 instead of -1",
    MATRICES,
)
def spread(x: Tensor) -> Tensor:
    return x.softmax(dim=-1)


@case(
    "over_everything",
    lambda x: x.exp() / x.exp().sum(),
    "one softmax runs over the whole tensor",
    MATRICES,
)
def spread_rows(x: Tensor) -> Tensor:
    return x.softmax(dim=-1)


@case(
    "transpose_missing",
    lambda x: x.reshape(x.shape[1], x.shape[0]) * 2,
    "a reshape stands where `x.T` moves axes",
    MATRICES,
)
def turn(x: Tensor) -> Tensor:
    return 2 * x.T


@case(
    "other_axes_moved",
    lambda x: x.transpose(0, 1) + 1,
    "axes -3 and -2 change places, where `x.transpose(-2, -1)` belongs",
    [(random(3, 3, 2),), (random(5, 2, 3),)],
)
def turn_last(x: Tensor) -> Tensor:
    return x.transpose(-2, -1) + 1


@case(
    "transpose_extra",
    lambda x, w: x @ w.T,
    "axes -2 and -1 of `w` change places",
    [(random(2, 3), random(3, 3)), (random(3, 5), random(5, 5))],
)
def project(x: Tensor, w: Tensor) -> Tensor:
    return x @ w


@case(
    "size_one",
    lambda x: x + 1,
    "`x` gets no new axis",
    MATRICES,
)
def widen(x: Tensor) -> Tensor:
    return x.unsqueeze(1) + 1


@case(
    "new_axis_elsewhere",
    lambda x: x[None, :] + 1,
    "the new axis of `x[:, None]` stands at place 0",
    [(random(3),), (random(5),)],
)
def column(x: Tensor) -> Tensor:
    return x[:, None] + 1


@case(
    "sizes_exchanged",
    lambda x, n: x.reshape(-1, n) + 1,
    "`n` and `-1` are exchanged in `reshape`",
    [(random(6), 2), (random(15), 3)],
)
def cut(x: Tensor, n: int) -> Tensor:
    return x.reshape(n, -1) + 1


@case(
    "flattened_elsewhere",
    lambda x: x.flatten(0, 1) + 1,
    "the axes 0 to 1 are flattened",
    [(random(2, 3, 5),), (random(3, 2, 2),)],
)
def join(x: Tensor) -> Tensor:
    return x.flatten(1) + 1


@case(
    "part_left_out",
    lambda x, y: x @ y.T,
    "the division by `x.shape[-1]` is left out",
    PAIRS,
)
def scores(x: Tensor, y: Tensor) -> Tensor:
    return x @ y.T / x.shape[-1]


@case(
    "other_operation",
    lambda n, m: -(-n // m),
    "the quotient of `n` and `m` is rounded up",
    [(7, 2), (9, 4)],
)
def share(n: int, m: int) -> int:
    return n // m


@case(
    "other_function",
    lambda x: x.exp().sum(-1),
    "`sum` stands where `mean` belongs",
    MATRICES,
)
def average(x: Tensor) -> Tensor:
    return x.exp().mean(dim=-1)


@case(
    "function_left_out",
    lambda x, layer: x + 3 * x,
    "`layer` is left out",
    [(random(3, 5), torch.tanh), (random(5, 2), torch.tanh)],
)
def block(x: Tensor, layer: Attempt) -> Tensor:
    return x + 3 * layer(x)


@case(
    "sign",
    lambda x: x.log_softmax(-1).exp() * x.log_softmax(-1),
    "the minus before",
    MATRICES,
)
def surprise(x: Tensor) -> Tensor:
    return x.softmax(-1) * -x.log_softmax(-1)


@case(
    "constant",
    lambda n: 5 * n + n * n,
    "5 stands for 4 in `4 * n`",
    [(3,), (8,)],
)
def count(n: int) -> int:
    return 4 * n + n * n


@case(
    "other_size",
    lambda x, y: x @ y.T / y.shape[0],
    "`y.shape[-2]` stands where `x.shape[-1]` belongs",
    PAIRS,
)
def scaled(x: Tensor, y: Tensor) -> Tensor:
    return x @ y.T / x.shape[-1]


@case(
    "comparison",
    lambda n: torch.arange(n)[:, None] > torch.arange(n),
    "`>` stands where `>=` belongs",
    [(3,), (5,)],
)
def back(n: int) -> Tensor:
    places = torch.arange(n)
    return places[:, None] >= places


@case(
    "and_or",
    lambda x: (x > 0) | (x < 1),
    "“or” instead of “and”",
    MATRICES,
)
def between(x: Tensor) -> Tensor:
    return (x > 0) & (x < 1)


@case(
    "inverted",
    lambda x, mask: x.masked_fill(mask, 0.5).exp(),
    "`mask` is not inverted",
    MASKED,
)
def hidden(x: Tensor, mask: Tensor) -> Tensor:
    return x.masked_fill(~mask, 0.5).exp()


@case(
    "filled",
    lambda x, mask: x.masked_fill(~mask, 0).softmax(-1),
    "are filled with 0 instead of `-torch.inf`",
    MASKED,
)
def allowed(x: Tensor, mask: Tensor) -> Tensor:
    return x.masked_fill(~mask, -torch.inf).softmax(-1)


@case(
    "mask_after_softmax",
    lambda x, mask: x.softmax(-1) * mask,
    "the mask is applied after the softmax",
    MASKED,
)
def allowed_too(x: Tensor, mask: Tensor) -> Tensor:
    return x.masked_fill(~mask, -torch.inf).softmax(-1)


@case(
    "where",
    lambda x, y: torch.where(x > 0, y, x).exp(),
    "the condition `x > 0` is inverted",
    [(random(3, 5), random(5)), (random(2, 3), random(3))],
)
def pick(x: Tensor, y: Tensor) -> Tensor:
    return torch.where(x > 0, x, y).exp()


@case(
    "selected",
    lambda x, mask: x.exp().mean(),
    "all of `x.exp()` counts, not only `mask`",
    MASKED,
)
def mean_of_real(x: Tensor, mask: Tensor) -> Tensor:
    return x.exp()[mask].mean()


@case(
    "own_place",
    lambda x: (x[:, None] >= x - 1) & ~torch.eye(len(x), dtype=torch.bool),
    "the own place is left out",
    [(random(5),), (random(7),)],
)
def near(x: Tensor) -> Tensor:
    return x[:, None] >= x - 1


@case(
    "masked_scores",
    lambda x: (
        (x @ x.T)
        .masked_fill(torch.ones(len(x), len(x)).triu(1) == 1, -torch.inf)
        .softmax(-1)
    ),
    "each query looks at its own place and back only",
    MATRICES,
)
def attend(x: Tensor) -> Tensor:
    return (x @ x.T).softmax(dim=-1)


@case(
    "loop",
    lambda rows: sum(rows[1:]) ** 2,
    "the first of `rows` is left out",
    [([3, 5, 8],), ([2, 9],)],
)
def squared_sum(rows: list[int]) -> int:
    total = 0
    for row in rows:
        total += row
    return total**2


def never_reset(rows: list[list[int]]) -> list[int]:
    totals, total = [], 0
    for row in rows:
        for number in row:
            total = total + number
        totals.append(total)
    return totals


@case(
    "loop",
    never_reset,
    "`total` is not set back to `0` in each round",
    [([[3, 5], [8]],), ([[2], [9, 4], [1]],)],
)
def sums(rows: list[list[int]]) -> list[int]:
    totals = []
    for row in rows:
        total = 0
        for number in row:
            total = total + number
        totals.append(total)
    return totals


@case(
    "step_left_out",
    lambda x: x.tanh() * x.tanh(),
    "the step `x - x.mean()` is left out",
    MATRICES,
)
def centred(x: Tensor) -> Tensor:
    x = x - x.mean()
    return x.tanh() * x.tanh()


@case(
    "another_value",
    lambda query, key, value: (query @ key.T).softmax(-1) @ key,
    "`key` stands where `value` belongs",
    [(random(2, 3), random(5, 3), random(5, 3))],
)
def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return (query @ key.T).softmax(-1) @ value


@case(
    "arguments_exchanged",
    lambda x, y: y.exp() - x.tanh(),
    "`x` and `y` are exchanged",
    [(random(3), random(3)), (random(5), random(5))],
)
def unlike(x: Tensor, y: Tensor) -> Tensor:
    return x.exp() - y.tanh()


@case(
    "nested",
    lambda x, y: torch.cat([y, x], dim=-1) * x.sum(),
    "`x` and `y` are exchanged",
    [(random(3), random(2)), (random(5), random(3))],
)
def joined(x: Tensor, y: Tensor) -> Tensor:
    return torch.cat([x, y], dim=-1) * x.sum()


@case(
    "slice_moved",
    lambda x, n: x[: n + 1].exp(),
    "`x[:n]` ends one later",
    [(random(5), 2), (random(7), 3)],
)
def beginning(x: Tensor, n: int) -> Tensor:
    return x[:n].exp()


@case(
    "comprehension_filter",
    lambda rows: sum(rows) ** 2,
    "the condition `row > 3` is left out",
    [([3, 5, 8],), ([2, 9],)],
)
def large_only(rows: list[int]) -> int:
    return sum([row for row in rows if row > 3]) ** 2


@case(
    "argument_read_otherwise",
    lambda sizes: sizes[0] ** 3 + 1,
    "`sizes[0]` serves for all axes",
    [((2, 3, 5),), ((7, 2, 3),)],
)
def volume(sizes: tuple[int, int, int]) -> int:
    n = 1
    for size in sizes:
        n = n * size
    return n + 1


@case(
    "result_given_otherwise",
    lambda text: " ".join(reversed(text)),
    "the characters are joined with spaces",
    [("abc",), ("hello",)],
)
def mirrored(text: str) -> str:
    return text[::-1]
