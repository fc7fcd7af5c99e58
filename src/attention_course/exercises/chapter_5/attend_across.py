"""Exercise 5.11: Look near, in another grid"""

import itertools
import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes
from ._shared import at, attend_near, by, scaled, seen, triple


@exercise(
    "5.11",
    "Look near, in another grid",
    stars=3,
    minutes=20,
    statement="""\
A sharp video is to be made from a blurred, small one. Every cell of the large video asks the \
small one: what is there where I am? That is nearby cross-attention. Query, key and value differ \
as in chapter 3: the query comes from the grid that looks, key and value from the other.

Write `attend_across(query, key, value, extent)`. `query` is `(F, H, W, d_k)`, `key` \
`(F', H', W', d_k)`, `value` `(F', H', W', d_v)`, all without a batch; the result is \
`(F, H, W, d_v)`. Cell `(i, j, k)` looks around the cell of exercise 5.6, at the box of exercise \
5.7. Clear comes before fast: one mask over all pairs of cells, or loops.""",
)
def attend_across(
    query: Tensor, key: Tensor, value: Tensor, extent: tuple[int, int, int]
) -> Tensor:
    """Let every cell of one grid attend to what lies near it in another grid.

    Args:
        query: ``(F, H, W, d_k)``, of the grid that looks.
        key: ``(F', H', W', d_k)``, of the context.
        value: ``(F', H', W', d_v)``, of the context.
        extent: ``(e_F, e_H, e_W)``, in cells of the context, to each side.

    Returns:
        One vector for each cell that looks, ``(F, H, W, d_v)``. Cell ``i`` of an
        axis looks around ``⌊i · F' / F⌋``; windows are cut off at the borders.
    """
    near = []
    for axis, e in enumerate(extent):
        size, context_size = query.shape[axis], key.shape[axis]
        centre = torch.arange(size) * context_size // size  # (F,)
        gap = centre[:, None] - torch.arange(context_size)  # (F, F')
        near.append(gap.abs() <= e)
    frames = near[0][:, None, None, :, None, None]  # (F, 1, 1, F', 1, 1)
    rows = near[1][:, None, None, :, None]  # (H, 1, 1, H', 1)
    columns = near[2][:, None, None, :]  # (W, 1, 1, W')
    mask = (frames & rows & columns).flatten(3)  # (F, H, W, T')

    scores = query @ key.flatten(0, 2).T  # (F, H, W, T')
    scores = scores.masked_fill(~mask, -math.inf) / math.sqrt(query.shape[-1])
    weights = scores.softmax(dim=-1)  # (F, H, W, T')
    return weights @ value.flatten(0, 2)  # (F, H, W, d_v)


attend_across.hints = (
    "All the pieces exist: 5.6 says around which cell, 5.7 which cells are near it, and 5.4 "
    "how to attend. Only that the mask now has a row for each cell of `query`.",
    "One axis: `centre = torch.arange(F) * F' // F` is `(F,)`, and "
    "`(centre[:, None] - torch.arange(F')).abs() <= e_F` is `(F, F')`: which frame sees which. "
    "Make the same for rows and columns.",
    "Join the three to `(F, H, W, F', H', W')`: `frames[:, None, None, :, None, None]`, "
    "`rows[:, None, None, :, None]` and `columns[:, None, None, :]` broadcast with `&`. The "
    "scores are `query @ key.flatten(0, 2).T / √d_k`, of shape `(F, H, W, F' · H' · W')`; "
    "flatten the mask the same way, set `-inf` where it is False, softmax, values.",
)


@attend_across.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    tiny = (3, 5, 2), (2, 3, 5)  # where a mistake shows, and a loop is soon over
    for context_is, extent in [
        ("tiny", (0, 1, 1)),
        ("smaller", (0, 1, 2)),
        ("larger", (2, 3, 1)),
        ("mixed", (1, 2, 4)),
    ]:
        small = primes(generator, 3, low=2, high=5)
        large = primes(generator, 3, low=5, high=11)
        sizes, context_sizes = {
            "tiny": tiny,
            "smaller": (large, small),
            "larger": (small, large),
            "mixed": ([5, large[1], 3], [2, 3, large[2]]),
        }[context_is]
        d_k, d_v = primes(generator, 2, low=5, high=17)
        yield (
            torch.randn(*sizes, d_k, generator=generator),
            torch.randn(*context_sizes, d_k, generator=generator),
            torch.randn(*context_sizes, d_v, generator=generator),
            extent,
        )
    # Fractions go wrong: 15 / 22 · 22 comes out below 15.
    line = [torch.randn(22, 1, 1, d, generator=generator) for d in (3, 3, 2)]
    yield line[0], line[1], line[2], (0, 0, 0)


@attend_across.right
def by_loops(query, key, value, extent):
    output = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        box = []
        for i, n, n_context, e in zip(
            cell, query.shape[:3], key.shape[:3], extent, strict=True
        ):
            centre = i * n_context // n
            box.append(slice(max(centre - e, 0), centre + e + 1))
        keys, values = key[tuple(box)].flatten(0, 2), value[tuple(box)].flatten(0, 2)
        weights = (keys @ query[cell] / math.sqrt(query.shape[-1])).softmax(0)
        output[cell] = weights @ values
    return output


@attend_across.right
def by_lists(query, key, value, extent):
    q, k, v = (grid.flatten(0, 2) for grid in (query, key, value))
    output = attend_near(q, k, v, seen(query, key, extent).all(-1))
    return output.reshape(*query.shape[:3], -1)


@attend_across.right
def by_stretching(query, key, value, extent):
    return by(
        lambda i, a, n, m, e: ((a - e) * n <= i * m) & (i * m < (a + e + 1) * n),
        (query, key, value),
        extent,
    )


@attend_across.wrong(
    "You compare the numbers of the cells as they are. The grids have different sizes: map "
    "`i` to `i * F' // F` first, or some cells find no neighbour at all."
)
def unmapped(query, key, value, extent):
    around = at(lambda i, n, m: i)
    return by(around, (query, key, value), extent)


@attend_across.wrong(
    "You clamp the cell to the context's size. Then everything beyond looks at the "
    "context's border; the map stretches: `i * F' // F`."
)
def clamped(query, key, value, extent):
    around = at(lambda i, n, m: i.clamp(max=m - 1))
    return by(around, (query, key, value), extent)


@attend_across.wrong(
    "You round to the nearest cell of the context. The map rounds down, ⌊i · F' / F⌋."
)
def rounded(query, key, value, extent):
    around = at(lambda i, n, m: (i * m / n).round())
    return by(around, (query, key, value), extent)


@attend_across.wrong(
    "You lay the middles of the two grids on each other and shift. Both show the whole "
    "picture: stretch by `F' / F`."
)
def shifted(query, key, value, extent):
    around = at(lambda i, n, m: i + (m - n) // 2)
    return by(around, (query, key, value), extent)


@attend_across.wrong(
    "You map the context's cells to the query's grid and measure there. The extents count "
    "cells of the *context*: map the query's cell."
)
def other_way(query, key, value, extent):
    return by(
        lambda i, a, n, m, e: (i - a * n // m).abs() <= e, (query, key, value), extent
    )


@attend_across.wrong(
    "You measure from `i · F' / F` without rounding it down. The window lies around a "
    "*cell* of the context, ⌊i · F' / F⌋."
)
def not_floored(query, key, value, extent):
    return by(
        lambda i, a, n, m, e: (i * m - a * n).abs() <= e * n,
        (query, key, value),
        extent,
    )


@attend_across.wrong(
    "You take the extents for the widths of the window. It reaches that far to *each* "
    "side."
)
def full_width(query, key, value, extent):
    return attend_across(query, key, value, triple([e // 2 for e in extent]))


@attend_across.wrong(
    "You ask for a distance below the extent. Cells exactly that far away belong to the "
    "window: `<=`."
)
def less_than(query, key, value, extent):
    return by(
        lambda i, a, n, m, e: (i * m // n - a).abs() < e, (query, key, value), extent
    )


@attend_across.wrong("The extents of height and width are swapped: `(e_F, e_H, e_W)`.")
def swapped(query, key, value, extent):
    return attend_across(query, key, value, (extent[0], extent[2], extent[1]))


@attend_across.wrong(
    "You look at one frame of the context only. The window reaches `e_F` frames to each "
    "side."
)
def own_frame(query, key, value, extent):
    return attend_across(query, key, value, (0, extent[1], extent[2]))


@attend_across.wrong(
    "Every cell sees the whole context. The map and the attention are right; the window is "
    "missing."
)
def everything(query, key, value, extent):
    return attend_across(query, key, value, triple(list(key.shape[:3])))


@attend_across.wrong(
    "Your softmax runs over the cells that look. It runs over the cells of the context, "
    "the last axis of the scores."
)
def over_queries(query, key, value, extent):
    return by(
        lambda i, a, n, m, e: (i * m // n - a).abs() <= e,
        (query, key, value),
        extent,
        axis=0,
    )


@attend_across.wrong("You do not scale the scores. Divide them by √d_k.")
def unscaled(query, key, value, extent):
    return attend_across(query * math.sqrt(query.shape[-1]), key, value, extent)


@attend_across.wrong(
    "You set the scores outside the window to 0, and a score of 0 still gets weight. Set "
    "them to `-inf`."
)
def zero_scores(query, key, value, extent):
    q, k, v = (grid.flatten(0, 2) for grid in (query, key, value))
    near = seen(query, key, extent).all(-1)
    return ((scaled(q, k) * near).softmax(-1) @ v).reshape(*query.shape[:3], -1)


@attend_across.wrong("You round up. The map rounds down, ⌊i · F' / F⌋.")
def rounded_up(query, key, value, extent):
    around = at(lambda i, n, m: (-(-i * m // n)).clamp(max=m - 1))
    return by(around, (query, key, value), extent)


@attend_across.wrong(
    "You map the *middle* of a cell, `i + ½`. NÜWA maps where the cell begins, `i`."
)
def middle(query, key, value, extent):
    around = at(lambda i, n, m: (2 * i + 1) * m // (2 * n))
    return by(around, (query, key, value), extent)


@attend_across.wrong(
    "You map the first cell to the first and the last to the last, by `F' - 1` and "
    "`F - 1`. The map takes the sizes themselves, ⌊i · F' / F⌋."
)
def corners(query, key, value, extent):
    around = at(lambda i, n, m: i * (m - 1) // max(n - 1, 1))
    return by(around, (query, key, value), extent)


@attend_across.wrong(
    "The ratio is upside down. Multiply by the context's size, divide by that of the grid "
    "that looks: `i * F' // F`."
)
def upside_down(query, key, value, extent):
    around = at(lambda i, n, m: (i * n // m).clamp(max=m - 1))
    return by(around, (query, key, value), extent)


@attend_across.wrong(
    "You map both ends of a window that was made in the grid that looks. The extents count "
    "cells of the *context*: map the cell, then go `e` to each side."
)
def ends_mapped(query, key, value, extent):
    return by(
        lambda i, a, n, m, e: (
            (a >= (i - e).clamp(min=0) * m // n)
            & (a <= (i + e).clamp(max=n - 1) * m // n)
        ),
        (query, key, value),
        extent,
    )


@attend_across.wrong(
    "The last cell of the window is missing on each axis. A slice leaves out its end: go to "
    "`centre + e + 1`."
)
def without_last(query, key, value, extent):
    return by(
        lambda i, a, n, m, e: (a >= i * m // n - e) & (a <= i * m // n + max(e - 1, 0)),
        (query, key, value),
        extent,
    )


def places(i: Tensor, n: int, m: int, e: int) -> Tensor:
    """The places of each window, ``(F, 1, 2e + 1)``, beyond the borders too."""
    return (i * m // n)[:, :, None] + torch.arange(-e, e + 1)


@attend_across.wrong(
    "At the borders you count the last cell several times, because places beyond the end "
    "are clamped to it. Every cell of the window counts once."
)
def repeated(query, key, value, extent):
    return by(
        lambda i, a, n, m, e: (places(i, n, m, e).clamp(0, m - 1) == a[:, None]).sum(
            -1
        ),
        (query, key, value),
        extent,
    )


@attend_across.wrong(
    "Your window wraps round: at the first border it sees the cells at the last one. It is "
    "cut off there."
)
def wrapped(query, key, value, extent):
    return by(
        lambda i, a, n, m, e: (places(i, n, m, e) % m == a[:, None]).sum(-1),
        (query, key, value),
        extent,
    )


@attend_across.wrong(
    "At the borders you push the window back inside, so that it keeps its width. Here it "
    "stays around its cell and is cut off."
)
def pushed_inside(query, key, value, extent):
    def near(i: Tensor, a: Tensor, n: int, m: int, e: int) -> Tensor:
        start = (i * m // n - e).clamp(max=m - 2 * e - 1).clamp(min=0)
        return (a >= start) & (a <= start + 2 * e)

    return by(near, (query, key, value), extent)


@attend_across.wrong(
    "At the borders you fill up with zeros, and the zeros get weight: a score of 0 is a "
    "score. What does not exist is no part of the window."
)
def padded(query, key, value, extent):
    sides = [e for e in reversed(extent) for _ in range(2)]
    keys, values = (F.pad(grid, (0, 0, *sides)) for grid in (key, value))
    output = torch.zeros(*query.shape[:3], value.shape[-1])
    for cell in itertools.product(*map(range, query.shape[:3])):
        box = []
        for i, n, m, e in zip(cell, query.shape, key.shape, extent, strict=False):
            box.append(slice(i * m // n, i * m // n + 2 * e + 1))
        weights = scaled(query[cell], keys[tuple(box)].flatten(0, 2)).softmax(-1)
        output[cell] = weights @ values[tuple(box)].flatten(0, 2)
    return output
