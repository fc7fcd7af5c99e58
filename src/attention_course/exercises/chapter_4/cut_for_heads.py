"""Exercise 4.3: Cut vectors into heads"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.3",
    "Cut vectors into heads",
    stars=2,
    minutes=8,
    statement="""\
Many heads do not need many loops. Each vector of `d_model` numbers is cut into `n_heads` parts of \
`d_head`, and the heads become one more leading axis, over which everything broadcasts. Write \
`cut_for_heads(x, n_heads)`: from `(..., T, d_model)` to `(..., n_heads, T, d_head)`. The first \
head gets the first `d_head` numbers of each vector, the second head the next ones.

Careful: one wrong reshape gives the right shape and mixes up the positions.""",
)
def cut_for_heads(x: Tensor, n_heads: int) -> Tensor:
    """Give every head its part of each vector.

    Args:
        x: ``(..., T, d_model)``; any number of leading axes.
        n_heads: a number that divides ``d_model``.

    Returns:
        ``(..., n_heads, T, d_head)``, where ``d_head = d_model / n_heads``. Head 0
        gets the first ``d_head`` numbers of each vector, head 1 the next ones, …
    """
    parts = x.unflatten(-1, (n_heads, -1))  # (..., T, n_heads, d_head)
    return parts.transpose(-3, -2)  # (..., n_heads, T, d_head)


cut_for_heads.hints = (
    "Two steps: cut the last axis in two, then bring the axes into order.",
    "Cutting the last axis gives `(..., T, n_heads, d_head)`: "
    "`x.unflatten(-1, (n_heads, -1))`. Which two axes are in the wrong order now?",
    "`x.unflatten(-1, (n_heads, -1))` is `(..., T, n_heads, d_head)`. Swap time and heads with "
    "`.transpose(-3, -2)`. A reshape cannot swap axes: it keeps all numbers in their order and "
    "only sets the borders anew.",
)


@cut_for_heads.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for kind in ("batch", "one sequence", "two axes"):
        n_heads, d_head, other, batch = primes(generator, 4, low=2, high=11)
        # A multiple of n_heads, so that cutting the wrong axis does not raise.
        length = n_heads * other if kind == "batch" else other
        leading = {"batch": (batch,), "one sequence": (), "two axes": (2, batch)}[kind]
        x = torch.randn(*leading, length, n_heads * d_head, generator=generator)
        yield x, n_heads
    yield torch.randn(1, 2, 4, generator=generator), 2
    yield torch.randn(1, 1, 3, generator=generator), 1


@cut_for_heads.right
def view(x, n_heads):
    *leading, length, d_model = x.shape
    parts = x.reshape(*leading, length, n_heads, d_model // n_heads)
    return parts.movedim(-2, -3)


@cut_for_heads.right
def chunks(x, n_heads):
    return torch.stack(x.chunk(n_heads, dim=-1), dim=-3)


@cut_for_heads.right
def loop(x, n_heads):
    d_head = x.shape[-1] // n_heads
    parts = torch.zeros(*x.shape[:-2], n_heads, x.shape[-2], d_head)
    for h in range(n_heads):
        parts[..., h, :, :] = x[..., h * d_head : (h + 1) * d_head]
    return parts


@cut_for_heads.wrong(
    "You reshape straight to `(..., n_heads, T, d_head)`. The shape is right, but a "
    "reshape does not swap axes, so positions and heads are mixed: cut the last axis, then "
    "transpose."
)
def straight(x, n_heads):
    *leading, length, d_model = x.shape
    return x.reshape(*leading, n_heads, length, d_model // n_heads)


@cut_for_heads.wrong(
    "The cut is right, but the heads still stand after time. Swap the axes: the heads come "
    "before `T`."
)
def not_swapped(x, n_heads):
    return x.unflatten(-1, (n_heads, -1))


@cut_for_heads.wrong(
    "You deal the numbers out like cards, each head every `n_heads`-th one. A head gets "
    "`d_head` numbers that stand side by side."
)
def interleaved(x, n_heads):
    return x.unflatten(-1, (-1, n_heads)).movedim(-1, -3)


@cut_for_heads.wrong(
    "You cut the sequence, so each head sees a piece of the sentence. Cut the vectors: "
    "every head sees all positions."
)
def time(x, n_heads):
    return x.unflatten(-2, (n_heads, -1))


@cut_for_heads.wrong(
    "You put the heads on the very first axis. They belong just before `T`, after all "
    "leading axes."
)
def heads_first(x, n_heads):
    return torch.stack(x.chunk(n_heads, dim=-1))


@cut_for_heads.wrong(
    "`T` and `d_head` are swapped. The last axis of each head is `d_head`."
)
def time_last(x, n_heads):
    return cut_for_heads(x, n_heads).transpose(-2, -1)


@cut_for_heads.wrong(
    "You cut into parts of `n_heads` numbers. The exercise asks for `n_heads` parts."
)
def short_parts(x, n_heads):
    return x.unflatten(-1, (-1, n_heads)).transpose(-3, -2)


@cut_for_heads.wrong(
    "Each head gets the whole vector. The heads share it out, `d_head` numbers each."
)
def copies(x, n_heads):
    return torch.stack([x] * n_heads, dim=-3)
