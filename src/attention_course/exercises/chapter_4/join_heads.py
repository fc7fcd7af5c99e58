"""Exercise 4.4: Join the heads again"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.4",
    "Join the heads again",
    stars=1,
    minutes=6,
    statement="""\
Every head has found something for every position: `(..., n_heads, T, d_head)`. Before the last \
projection these findings are set side by side again. Write `join_heads(parts)`, which gives \
`(..., T, n_heads · d_head)` and undoes exercise 4.3 exactly.""",
)
def join_heads(parts: Tensor) -> Tensor:
    """Set what the heads found side by side, one vector for each position.

    Args:
        parts: ``(..., n_heads, T, d_head)``; any number of leading axes.

    Returns:
        ``(..., T, n_heads · d_head)``: the numbers of head 0 first, then head 1, …
    """
    together = parts.transpose(-3, -2)  # (..., T, n_heads, d_head)
    return together.flatten(-2)  # (..., T, n_heads · d_head)


join_heads.hints = (
    "Undo the two steps of exercise 4.3 in reverse order.",
    "First bring the heads next to `d_head`, with a transpose. Then make one axis of these "
    "two, with `.flatten(-2)`.",
    "`parts.transpose(-3, -2)` is `(..., T, n_heads, d_head)`, and `.flatten(-2)` joins its "
    "last two axes. `.view` refuses here, because a transposed tensor does not lie in memory "
    "in that order; `.flatten` and `.reshape` copy if they must.",
)


@join_heads.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (1, 0, 2):
        sizes = primes(generator, 3 + n_leading, low=2, high=13)
        yield (torch.randn(*sizes, generator=generator),)
    yield (torch.randn(1, 2, 3, 2, generator=generator),)
    yield (torch.randn(1, 1, 1, generator=generator),)


@join_heads.right
def cat(parts):
    return torch.cat(parts.unbind(-3), dim=-1)


@join_heads.right
def reshape(parts):
    *leading, n_heads, length, d_head = parts.shape
    return parts.movedim(-3, -2).reshape(*leading, length, n_heads * d_head)


@join_heads.right
def loop(parts):
    *leading, n_heads, length, d_head = parts.shape
    joined = torch.zeros(*leading, length, n_heads * d_head)
    for h in range(n_heads):
        joined[..., h * d_head : (h + 1) * d_head] = parts[..., h, :, :]
    return joined


@join_heads.wrong(
    "You reshape without swapping axes first. The shape is right, but a vector now holds "
    "several positions of one head: bring the heads next to `d_head`, then flatten."
)
def straight(parts):
    *leading, n_heads, length, d_head = parts.shape
    return parts.reshape(*leading, length, n_heads * d_head)


@join_heads.wrong(
    "You take one number of each head in turn. First come all numbers of head 0, then all "
    "of head 1."
)
def interleaved(parts):
    return parts.movedim(-3, -1).flatten(-2)


@join_heads.wrong(
    "You add the heads up. Set them side by side: the projection that follows is to weigh "
    "each of them by itself."
)
def summed(parts):
    return parts.sum(-3)


@join_heads.wrong(
    "You average the heads, and what one of them found alone is blurred. Set them side by "
    "side."
)
def mean(parts):
    return parts.mean(-3)


@join_heads.wrong(
    "You set the heads one after the other along time, so the sequence becomes `n_heads` "
    "times as long. They belong side by side along the last axis."
)
def time(parts):
    return parts.flatten(-3, -2)


@join_heads.wrong(
    "The axes are in the right order, and still apart: flatten the last two, `n_heads` and "
    "`d_head`, into one."
)
def only_swapped(parts):
    return parts.transpose(-3, -2)


@join_heads.wrong(
    "You join over the first axis, which is the batch if there is one. The heads stand "
    "third from the end."
)
def first_axis(parts):
    return torch.cat(list(parts), dim=-1)


@join_heads.wrong(
    "The numbers are right, but time stands last. Each position is to have its vector along "
    "the last axis."
)
def features_first(parts):
    return join_heads(parts).transpose(-2, -1)
