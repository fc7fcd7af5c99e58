"""Exercise 5.9: answers written from its statement and stub alone."""

import functools
import itertools
import math

import torch

from ..collect import right, wrong


@right("5.9")
def window_total(sizes, context_sizes, extent):
    total = 1
    for n, c, e in zip(sizes, context_sizes, extent):
        line = 0
        for i in range(n):
            middle = i * c // n
            line += min(c - 1, middle + e) - max(0, middle - e) + 1
        total *= line
    return total


@right("5.9")
def window_total(sizes, context_sizes, extent):
    return math.prod(
        sum(abs(i * c // n - j) <= e for i in range(n) for j in range(c))
        for n, c, e in zip(sizes, context_sizes, extent)
    )


@right("5.9")
def window_total(sizes, context_sizes, extent):
    count = 0
    for cell in itertools.product(*map(range, sizes)):
        middle = [i * c // n for i, n, c in zip(cell, sizes, context_sizes)]
        box = [
            range(max(0, m - e), min(c, m + e + 1))
            for m, c, e in zip(middle, context_sizes, extent)
        ]
        count += len(box[0]) * len(box[1]) * len(box[2])
    return count


@right("5.9")
def window_total(sizes, context_sizes, extent):
    lines = []
    for n, c, e in zip(sizes, context_sizes, extent):
        middle = torch.arange(n) * c // n
        near = (middle[:, None] - torch.arange(c)).abs() <= e
        lines.append(int(near.sum()))
    return functools.reduce(lambda a, b: a * b, lines)


@wrong("5.9", "windows not cut off at the borders")
def window_total(sizes, context_sizes, extent):
    cells = math.prod(sizes)
    return cells * math.prod(2 * e + 1 for e in extent)


@wrong(
    "5.9", "window cut to the context's size only: as if every cell lay in the middle"
)
def window_total(sizes, context_sizes, extent):
    return math.prod(sizes) * math.prod(
        min(2 * e + 1, c) for e, c in zip(extent, context_sizes)
    )


@wrong("5.9", "adds the three axes instead of multiplying them")
def window_total(sizes, context_sizes, extent):
    return sum(
        sum(abs(i * c // n - j) <= e for i in range(n) for j in range(c))
        for n, c, e in zip(sizes, context_sizes, extent)
    )


@wrong("5.9", "looks around cell i itself: no matching cell in the context")
def window_total(sizes, context_sizes, extent):
    return math.prod(
        sum(abs(i - j) <= e for i in range(n) for j in range(c))
        for n, c, e in zip(sizes, context_sizes, extent)
    )


@wrong("5.9", "matching cell rounded to the nearest")
def window_total(sizes, context_sizes, extent):
    return math.prod(
        sum(abs(round(i * c / n) - j) <= e for i in range(n) for j in range(c))
        for n, c, e in zip(sizes, context_sizes, extent)
    )


@wrong("5.9", "last cell of the window not counted")
def window_total(sizes, context_sizes, extent):
    total = 1
    for n, c, e in zip(sizes, context_sizes, extent):
        line = 0
        for i in range(n):
            m = i * c // n
            line += min(c, m + e) - max(0, m - e)
        total *= line
    return total


@wrong("5.9", "the width alone")
def window_total(sizes, context_sizes, extent):
    n, c, e = sizes[2], context_sizes[2], extent[2]
    return sum(abs(i * c // n - j) <= e for i in range(n) for j in range(c))


@wrong("5.9", "returns a float")
def window_total(sizes, context_sizes, extent):
    total = 1.0
    for n, c, e in zip(sizes, context_sizes, extent):
        total *= sum(abs(i * c // n - j) <= e for i in range(n) for j in range(c))
    return total


@wrong("5.9", "roles swapped: the context looks at the grid")
def window_total(sizes, context_sizes, extent):
    return math.prod(
        sum(abs(i * n // c - j) <= e for i in range(c) for j in range(n))
        for n, c, e in zip(sizes, context_sizes, extent)
    )


@wrong("5.9", "extent taken for the whole width of a window")
def window_total(sizes, context_sizes, extent):
    return math.prod(
        sum(abs(i * c // n - j) <= e // 2 for i in range(n) for j in range(c))
        for n, c, e in zip(sizes, context_sizes, extent)
    )


@wrong("5.9", "does not count the cell itself")
def window_total(sizes, context_sizes, extent):
    lines = [
        sum(abs(i * c // n - j) <= e for i in range(n) for j in range(c))
        for n, c, e in zip(sizes, context_sizes, extent)
    ]
    return math.prod(lines) - math.prod(sizes)


@wrong("5.9", "whole-number ratio of the sizes for the matching cell")
def window_total(sizes, context_sizes, extent):
    return math.prod(
        sum(abs(i // max(1, n // c) - j) <= e for i in range(n) for j in range(c))
        for n, c, e in zip(sizes, context_sizes, extent)
    )


@wrong("5.9", "extents in reverse order")
def window_total(sizes, context_sizes, extent):
    return math.prod(
        sum(abs(i * c // n - j) <= e for i in range(n) for j in range(c))
        for n, c, e in zip(sizes, context_sizes, extent[::-1])
    )


@wrong("5.9", "cut off at the left only")
def window_total(sizes, context_sizes, extent):
    total = 1
    for n, c, e in zip(sizes, context_sizes, extent):
        total *= sum(i * c // n + e - max(0, i * c // n - e) + 1 for i in range(n))
    return total


@wrong("5.9", "cut off at the right only")
def window_total(sizes, context_sizes, extent):
    total = 1
    for n, c, e in zip(sizes, context_sizes, extent):
        total *= sum(
            min(c - 1, i * c // n + e) - (i * c // n - e) + 1 for i in range(n)
        )
    return total


@wrong("5.9", "every cell with every cell: full attention")
def window_total(sizes, context_sizes, extent):
    return math.prod(sizes) * math.prod(context_sizes)


@wrong(
    "5.9", "the right border is one cell too far out (min(c, ...) of an inclusive end)"
)
def window_total(sizes, context_sizes, extent):
    total = 1
    for n, c, e in zip(sizes, context_sizes, extent):
        total *= sum(
            min(c, i * c // n + e) - max(0, i * c // n - e) + 1 for i in range(n)
        )
    return total


@wrong("5.9", "average window instead of all: divides by the number of cells")
def window_total(sizes, context_sizes, extent):
    lines = [
        sum(abs(i * c // n - j) <= e for i in range(n) for j in range(c))
        for n, c, e in zip(sizes, context_sizes, extent)
    ]
    return math.prod(lines) // math.prod(sizes)


@wrong("5.9", "a tensor instead of an int")
def window_total(sizes, context_sizes, extent):
    total = torch.tensor(1)
    for n, c, e in zip(sizes, context_sizes, extent):
        middle = torch.arange(n) * c // n
        total = total * ((middle[:, None] - torch.arange(c)).abs() <= e).sum()
    return total


@wrong("5.9", "context not used: windows of the grid on itself")
def window_total(sizes, context_sizes, extent):
    return math.prod(
        sum(abs(i - j) <= e for i in range(n) for j in range(n))
        for n, e in zip(sizes, extent)
    )


@wrong("5.9", "no borders, and the axes added (two mistakes)")
def window_total(sizes, context_sizes, extent):
    return sum(n * (2 * e + 1) for n, e in zip(sizes, extent))
