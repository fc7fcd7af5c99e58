"""Exercise 5.16: answers written from its statement and stub alone."""

import itertools

import torch

from ..collect import right, wrong


@right("5.16")
def near_and_earlier(cell, sizes, extent):
    i, j, k = cell
    f, h, w = torch.meshgrid(*(torch.arange(n) for n in sizes), indexing="ij")
    near = (f - i).abs() <= extent[0]
    near &= (h - j).abs() <= extent[1]
    near &= (w - k).abs() <= extent[2]
    _, n_rows, n_columns = sizes
    number = (f * n_rows + h) * n_columns + w
    return near & (number <= (i * n_rows + j) * n_columns + k)


@right("5.16")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    for other in itertools.product(*(range(n) for n in sizes)):
        near = all(abs(a - b) <= e for a, b, e in zip(other, cell, extent, strict=True))
        mask[other] = near and other <= tuple(cell)
    return mask


@right("5.16")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(*sizes, dtype=torch.bool)
    (i, j, k), (a, b, c) = cell, extent
    mask[
        max(i - a, 0) : i + a + 1, max(j - b, 0) : j + b + 1, max(k - c, 0) : k + c + 1
    ] = True
    mask[i + 1 :] = False
    mask[i, j + 1 :] = False
    mask[i, j, k + 1 :] = False
    return mask


@right("5.16")
def near_and_earlier(cell, sizes, extent):
    i, j, k = cell
    near = torch.zeros(sizes)
    spans = [slice(max(0, c - e), c + e + 1) for c, e in zip(cell, extent, strict=True)]
    near[tuple(spans)] = 1
    flat = near.flatten()
    flat[(i * sizes[1] + j) * sizes[2] + k + 1 :] = 0
    return flat.view(sizes) > 0


@wrong("5.16", "each axis looks back for itself: a quarter of what may be seen")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    (i, j, k), (a, b, c) = cell, extent
    mask[max(i - a, 0) : i + 1, max(j - b, 0) : j + 1, max(k - c, 0) : k + 1] = True
    return mask


@wrong("5.16", "the cell itself is left out")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    for other in itertools.product(*(range(n) for n in sizes)):
        near = all(abs(a - b) <= e for a, b, e in zip(other, cell, extent, strict=True))
        mask[other] = near and other < tuple(cell)
    return mask


@wrong("5.16", "near, but later cells as well")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    spans = [slice(max(0, c - e), c + e + 1) for c, e in zip(cell, extent, strict=True)]
    mask[tuple(spans)] = True
    return mask


@wrong("5.16", "all earlier cells, near or not")
def near_and_earlier(cell, sizes, extent):
    i, j, k = cell
    mask = torch.zeros(sizes, dtype=torch.bool).flatten()
    mask[: (i * sizes[1] + j) * sizes[2] + k + 1] = True
    return mask.view(sizes)


@wrong("5.16", "no max with 0: a negative start counts from the end")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    (i, j, k), (a, b, c) = cell, extent
    mask[i - a : i + a + 1, j - b : j + b + 1, k - c : k + c + 1] = True
    mask[i + 1 :] = False
    mask[i, j + 1 :] = False
    mask[i, j, k + 1 :] = False
    return mask


@wrong("5.16", "the end of the window is left out: i + e instead of i + e + 1")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    (i, j, k), (a, b, c) = cell, extent
    mask[max(i - a, 0) : i + a, max(j - b, 0) : j + b, max(k - c, 0) : k + c] = True
    mask[i + 1 :] = False
    mask[i, j + 1 :] = False
    mask[i, j, k + 1 :] = False
    return mask


@wrong("5.16", "only earlier frames: nothing of its own frame but itself")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    (i, j, k), (a, b, c) = cell, extent
    mask[max(i - a, 0) : i, max(j - b, 0) : j + b + 1, max(k - c, 0) : k + c + 1] = True
    mask[i, j, k] = True
    return mask


@wrong("5.16", "the whole of its own frame, later cells too")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    spans = [slice(max(0, c - e), c + e + 1) for c, e in zip(cell, extent, strict=True)]
    mask[tuple(spans)] = True
    mask[cell[0] + 1 :] = False
    return mask


@wrong("5.16", "numbers the cells column by column")
def near_and_earlier(cell, sizes, extent):
    i, j, k = cell
    f, h, w = torch.meshgrid(*(torch.arange(n) for n in sizes), indexing="ij")
    near = (f - i).abs() <= extent[0]
    near &= (h - j).abs() <= extent[1]
    near &= (w - k).abs() <= extent[2]
    n_rows, n_columns = sizes[1:]
    number = (f * n_columns + w) * n_rows + h
    return near & (number <= (i * n_columns + k) * n_rows + j)


@wrong("5.16", "the extent of the frames for all axes")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    for other in itertools.product(*(range(n) for n in sizes)):
        near = all(abs(a - b) <= extent[0] for a, b in zip(other, cell, strict=True))
        mask[other] = near and other <= tuple(cell)
    return mask


@wrong("5.16", "an axis may be far if another is near: any for all")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    for other in itertools.product(*(range(n) for n in sizes)):
        near = any(abs(a - b) <= e for a, b, e in zip(other, cell, extent, strict=True))
        mask[other] = near and other <= tuple(cell)
    return mask


@wrong("5.16", "distances added up: a diamond instead of a box")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    for other in itertools.product(*(range(n) for n in sizes)):
        far = sum(abs(a - b) for a, b in zip(other, cell, strict=True))
        mask[other] = far <= max(extent) and other <= tuple(cell)
    return mask


@wrong("5.16", "later instead of earlier")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    for other in itertools.product(*(range(n) for n in sizes)):
        near = all(abs(a - b) <= e for a, b, e in zip(other, cell, extent, strict=True))
        mask[other] = near and other >= tuple(cell)
    return mask


@wrong("5.16", "flat: one axis of F * H * W")
def near_and_earlier(cell, sizes, extent):
    others = itertools.product(*(range(n) for n in sizes))
    return torch.tensor(
        [
            other <= tuple(cell)
            and all(
                abs(a - b) <= e for a, b, e in zip(other, cell, extent, strict=True)
            )
            for other in others
        ]
    )


@wrong("5.16", "a window at the border is shifted inside, not cut off")
def near_and_earlier(cell, sizes, extent):
    mask = torch.zeros(sizes, dtype=torch.bool)
    spans = []
    for c, n, e in zip(cell, sizes, extent, strict=True):
        start = min(max(c - e, 0), max(n - (2 * e + 1), 0))
        spans.append(slice(start, start + 2 * e + 1))
    mask[tuple(spans)] = True
    i, j, k = cell
    mask[i + 1 :] = False
    mask[i, j + 1 :] = False
    mask[i, j, k + 1 :] = False
    return mask
