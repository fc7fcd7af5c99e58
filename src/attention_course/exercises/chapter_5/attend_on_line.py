"""Exercise 5.8: Nearby attention on a line"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes
from ._shared import attend, attend_near, scaled


@exercise(
    "5.8",
    "Nearby attention on a line",
    stars=2,
    minutes=12,
    statement="""\
Three axes hide what happens; one shows it. Write nearby attention for a sequence, \
`attend_on_line(query, key, value, extent)`: position `i` attends to the positions from `i - \
extent` to `i + extent`, both included. At the ends of the sequence a part of the window does not \
exist. It gets no score at all: not a zero, not the position at the other end, \
not the last position once more.

`query` and `key` are `(T, d_k)`, `value` is `(T, d_v)`, and so is the result. A loop over the \
positions is fine. With an extent of `T - 1` or more this is full attention, with 0 it returns the \
values: two tests to try yourself.""",
)
def attend_on_line(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    extent: int,
) -> Tensor:
    """Let every position of a sequence attend to the positions near it.

    Args:
        query: ``(T, d_k)``.
        key: ``(T, d_k)``.
        value: ``(T, d_v)``.
        extent: how many positions the window reaches to each side, 0 or more.

    Returns:
        One vector per position, ``(T, d_v)``. At the ends the window is cut off.
    """
    outputs = []
    for i in range(len(query)):
        near = slice(max(i - extent, 0), i + extent + 1)  # a slice may end too late
        scores = key[near] @ query[i] / math.sqrt(len(query[i]))  # (n,)
        weights = scores.softmax(dim=0)  # (n,), they sum to 1
        outputs.append(weights @ value[near])  # (d_v,)
    return torch.stack(outputs)  # (T, d_v)


attend_on_line.hints = (
    "For one position `i`: cut its keys out of `key` and its values out of `value`, then attend "
    "with one query.",
    "`key[max(i - extent, 0) : i + extent + 1]` are its keys, `(n, d_k)`. A slice may go "
    "beyond the end; below the start it may not, for a negative number counts from the end.",
    "With these keys `near @ query[i]` gives `n` products. Divide them by √d_k, take the "
    "softmax, multiply with the values of the same slice, and stack the results of all positions. "
    "Without a loop: all `(T, T)` scores, and `-inf` where `|i - j| > extent`, before the "
    "softmax.",
)


@attend_on_line.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for extent, low in [(1, 7), (3, 11), (2, 5), (0, 5), (4, 3)]:
        length, d_k, d_v = primes(generator, 3, low=low, high=low + 12)
        if extent == 4:
            length = 3  # the window is larger than the sequence
        yield (
            torch.randn(length, d_k, generator=generator),
            torch.randn(length, d_k, generator=generator),
            torch.randn(length, d_v, generator=generator),
            extent,
        )
    yield (
        torch.randn(1, 3, generator=generator),
        torch.randn(1, 3, generator=generator),
        torch.randn(1, 2, generator=generator),
        1,
    )


def gaps_of(length: int) -> Tensor:
    places = torch.arange(length)
    return places - places[:, None]  # (T, T): how far each key is to the right


@attend_on_line.right
def by_mask(query, key, value, extent):
    return attend_near(query, key, value, gaps_of(len(query)).abs() <= extent)


def window(length: int, extent: int) -> tuple[Tensor, Tensor]:
    """The positions of each window, ``(T, 2e + 1)``, and which of them exist."""
    places = torch.arange(length)[:, None] + torch.arange(-extent, extent + 1)
    return places, (places >= 0) & (places < length)


def scores_of(query: Tensor, keys: Tensor) -> Tensor:
    return (keys @ query[:, :, None]).squeeze(-1) / math.sqrt(query.shape[-1])


@attend_on_line.right
def by_gather(query, key, value, extent):
    places, inside = window(len(query), extent)
    places = places.clamp(0, len(query) - 1)
    scores = scores_of(query, key[places]).masked_fill(~inside, -math.inf)
    return (scores.softmax(-1)[:, None] @ value[places]).squeeze(1)


@attend_on_line.right
def by_offsets(query, key, value, extent):
    total, norm = torch.zeros_like(value), torch.zeros(len(query), 1)
    for step in range(-extent, extent + 1):
        here = slice(max(-step, 0), max(len(query) - max(step, 0), 0))
        there = slice(here.start + step, here.stop + step)
        if here.stop <= here.start:
            continue
        products = (query[here] * key[there]).sum(-1, keepdim=True)
        share = (products / math.sqrt(query.shape[-1])).exp()
        total[here] += share * value[there]
        norm[here] += share
    return total / norm


@attend_on_line.wrong(
    "You take the extent for the width of the window. The window reaches that far to "
    "*each* side: it has 2 · extent + 1 positions."
)
def full_width(query, key, value, extent):
    return attend_on_line(query, key, value, extent // 2)


@attend_on_line.wrong(
    "The position at `i + extent` is missing. A slice leaves out its end: go to "
    "`i + extent + 1`."
)
def without_last(query, key, value, extent):
    gaps = gaps_of(len(query))
    weights = scaled(query, key).masked_fill(
        (gaps < -extent) | (gaps >= extent), -math.inf
    )
    return weights.softmax(-1).nan_to_num() @ value


@attend_on_line.wrong(
    "You ask for a distance below the extent. A position exactly `extent` away belongs to the "
    "window."
)
def less_than(query, key, value, extent):
    scores = scaled(query, key).masked_fill(
        gaps_of(len(query)).abs() >= extent, -math.inf
    )
    return scores.softmax(-1).nan_to_num() @ value


@attend_on_line.wrong("You look back only. The window reaches to both sides.")
def back_only(query, key, value, extent):
    gaps = gaps_of(len(query))
    return attend_near(query, key, value, (gaps <= 0) & (gaps >= -extent))


@attend_on_line.wrong(
    "At the start your slice begins below 0, which Python counts from the end, and the "
    "window comes out empty or wrong. Clip it: `max(i - extent, 0)`."
)
def negative_start(query, key, value, extent):
    outputs = []
    for i in range(len(query)):
        near = slice(i - extent, i + extent + 1)
        weights = (key[near] @ query[i] / math.sqrt(query.shape[-1])).softmax(0)
        outputs.append(weights @ value[near])
    return torch.stack(outputs)


@attend_on_line.wrong(
    "Your window wraps round: the first position sees the last one as its neighbour. A line "
    "has ends; `torch.roll` and `%` make a ring of it."
)
def wrapped(query, key, value, extent):
    places, _ = window(len(query), extent)
    places = places % len(query)
    weights = scores_of(query, key[places]).softmax(-1)
    return (weights[:, None] @ value[places]).squeeze(1)


@attend_on_line.wrong(
    "At the ends you count the last position several times, because numbers beyond the end "
    "are clamped to it. Mask those, so that every position counts once."
)
def clamped(query, key, value, extent):
    places, _ = window(len(query), extent)
    places = places.clamp(0, len(query) - 1)
    weights = scores_of(query, key[places]).softmax(-1)
    return (weights[:, None] @ value[places]).squeeze(1)


@attend_on_line.wrong(
    "You fill up with zeros, and the zeros get weight: a score of 0 is a score. What does "
    "not exist needs a score of `-inf`, or no position in the window."
)
def padded(query, key, value, extent):
    places, _ = window(len(query), extent)
    keys, values = (F.pad(part, (0, 0, extent, extent)) for part in (key, value))
    weights = scores_of(query, keys[places + extent]).softmax(-1)
    return (weights[:, None] @ values[places + extent]).squeeze(1)


@attend_on_line.wrong(
    "At the ends you push the window back inside, so that it keeps its width. NATTEN does "
    "that. Here it stays around its position and is cut off."
)
def pushed_inside(query, key, value, extent):
    length = len(query)
    starts = (
        (torch.arange(length) - extent).clamp(max=length - 2 * extent - 1).clamp(min=0)
    )
    gaps = torch.arange(length) - starts[:, None]
    return attend_near(query, key, value, (gaps >= 0) & (gaps <= 2 * extent))


@attend_on_line.wrong(
    "You take the softmax over all positions and cut afterwards, so the weights that are left "
    "sum to less than 1. Cut the scores, then take the softmax."
)
def cut_afterwards(query, key, value, extent):
    weights = scaled(query, key).softmax(-1)
    return weights.masked_fill(gaps_of(len(query)).abs() > extent, 0) @ value


@attend_on_line.wrong(
    "You set the scores outside the window to 0. A score of 0 still gets weight; the "
    "softmax needs `-inf` there."
)
def zero_scores(query, key, value, extent):
    scores = scaled(query, key) * (gaps_of(len(query)).abs() <= extent)
    return scores.softmax(-1) @ value


@attend_on_line.wrong(
    "Your softmax runs over the queries. The weights of one position sum to 1 over the positions "
    "that it looks at."
)
def over_queries(query, key, value, extent):
    far = gaps_of(len(query)).abs() > extent
    return scaled(query, key).masked_fill(far, -math.inf).softmax(0) @ value


@attend_on_line.wrong("You do not scale the scores. Divide them by √d_k.")
def unscaled(query, key, value, extent):
    return attend_on_line(query * math.sqrt(query.shape[-1]), key, value, extent)


@attend_on_line.wrong(
    "Every position sees the whole sequence. Cut the window out first."
)
def everything(query, key, value, extent):
    return attend(query, key, value)


@attend_on_line.wrong(
    "You average the window, each position with the same weight. The weights come from query "
    "and keys."
)
def mean(query, key, value, extent):
    return attend_on_line(torch.zeros_like(query), key, value, extent)
