"""Exercise 5.6: answers written from its statement and stub alone."""

import numpy as np
import torch

from ..collect import right, wrong


@right("5.6")
def matching_cells(cells, sizes, context_sizes):
    return cells * torch.tensor(context_sizes) // torch.tensor(sizes)


@right("5.6")
def matching_cells(cells, sizes, context_sizes):
    columns = [cells[:, a] * context_sizes[a] // sizes[a] for a in range(3)]
    return torch.stack(columns, dim=1)


@right("5.6")
def matching_cells(cells, sizes, context_sizes):
    rows = [
        [x * c // s for x, s, c in zip(row, sizes, context_sizes)]
        for row in cells.tolist()
    ]
    return torch.tensor(rows)


@right("5.6")
def matching_cells(cells, sizes, context_sizes):
    a = np.floor_divide(cells.numpy() * np.array(context_sizes), np.array(sizes))
    return torch.from_numpy(a).to(torch.int32)


@right("5.6")
def matching_cells(cells, sizes, context_sizes):
    product = torch.einsum("na,a->na", cells, torch.tensor(context_sizes))
    return torch.div(product, torch.tensor(sizes), rounding_mode="floor")


@right("5.6")
def matching_cells(cells, sizes, context_sizes):
    # an exact quotient of two whole numbers is exact in float64, and floor is safe
    quotient = (
        cells.double()
        * torch.tensor(context_sizes).double()
        / torch.tensor(sizes).double()
    )
    return quotient.floor().long()


@wrong("5.6", "divides first: everything becomes 0")
def matching_cells(cells, sizes, context_sizes):
    return cells // torch.tensor(sizes) * torch.tensor(context_sizes)


@wrong("5.6", "whole-number ratio of the sizes")
def matching_cells(cells, sizes, context_sizes):
    return cells * (torch.tensor(context_sizes) // torch.tensor(sizes))


@wrong("5.6", "divides by the whole-number ratio: fails if the context is larger")
def matching_cells(cells, sizes, context_sizes):
    return cells // (torch.tensor(sizes) // torch.tensor(context_sizes))


@wrong("5.6", "rounds to the nearest instead of down")
def matching_cells(cells, sizes, context_sizes):
    return (cells * torch.tensor(context_sizes) / torch.tensor(sizes)).round().long()


@wrong("5.6", "rounds up")
def matching_cells(cells, sizes, context_sizes):
    return (cells * torch.tensor(context_sizes) / torch.tensor(sizes)).ceil().long()


@wrong("5.6", "float result, not rounded")
def matching_cells(cells, sizes, context_sizes):
    return cells * torch.tensor(context_sizes) / torch.tensor(sizes)


@wrong("5.6", "rounded down, but float")
def matching_cells(cells, sizes, context_sizes):
    return (cells * torch.tensor(context_sizes) / torch.tensor(sizes)).floor()


@wrong("5.6", "sizes and context sizes swapped")
def matching_cells(cells, sizes, context_sizes):
    return cells * torch.tensor(sizes) // torch.tensor(context_sizes)


@wrong("5.6", "first on first and last on last: ratio of sizes minus 1")
def matching_cells(cells, sizes, context_sizes):
    s, c = torch.tensor(sizes), torch.tensor(context_sizes)
    return cells * (c - 1) // (s - 1).clamp(min=1)


@wrong("5.6", "takes the middles of the cells: floor((i + 1/2) F' / F)")
def matching_cells(cells, sizes, context_sizes):
    s, c = torch.tensor(sizes), torch.tensor(context_sizes)
    return (2 * cells + 1) * c // (2 * s)


@wrong("5.6", "result as (column, row, frame)")
def matching_cells(cells, sizes, context_sizes):
    return (cells * torch.tensor(context_sizes) // torch.tensor(sizes)).flip(1)


@wrong("5.6", "ratio in float32 first: some cells fall one too low")
def matching_cells(cells, sizes, context_sizes):
    ratio = torch.tensor(context_sizes) / torch.tensor(sizes)
    return (cells * ratio).floor().long()


@wrong("5.6", "the frames' ratio for all axes")
def matching_cells(cells, sizes, context_sizes):
    return cells * context_sizes[0] // sizes[0]


@wrong("5.6", "a list of tuples")
def matching_cells(cells, sizes, context_sizes):
    return [
        tuple(x * c // s for x, s, c in zip(row, sizes, context_sizes))
        for row in cells.tolist()
    ]


@wrong("5.6", "remainder instead of quotient")
def matching_cells(cells, sizes, context_sizes):
    return cells % torch.tensor(context_sizes)


@wrong("5.6", "same numbers, cut off at the context's edge")
def matching_cells(cells, sizes, context_sizes):
    return torch.minimum(cells, torch.tensor(context_sizes) - 1)


@wrong("5.6", "works on the caller's cells in place")
def matching_cells(cells, sizes, context_sizes):
    cells *= torch.tensor(context_sizes)
    cells //= torch.tensor(sizes)
    return cells


@wrong("5.6", "the first cell only")
def matching_cells(cells, sizes, context_sizes):
    return cells[0] * torch.tensor(context_sizes) // torch.tensor(sizes)


@wrong("5.6", "counts cells from 1")
def matching_cells(cells, sizes, context_sizes):
    return (cells + 1) * torch.tensor(context_sizes) // torch.tensor(sizes)


@wrong("5.6", "each cell once: unique drops repeats")
def matching_cells(cells, sizes, context_sizes):
    return (cells * torch.tensor(context_sizes) // torch.tensor(sizes)).unique(dim=0)


@wrong("5.6", "height and width of the context swapped")
def matching_cells(cells, sizes, context_sizes):
    f, h, w = context_sizes
    return cells * torch.tensor([f, w, h]) // torch.tensor(sizes)


@wrong("5.6", "sizes swapped, and float (two mistakes)")
def matching_cells(cells, sizes, context_sizes):
    return (cells * torch.tensor(sizes) / torch.tensor(context_sizes)).floor()
