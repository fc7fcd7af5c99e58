"""Exercise 5.12: answers written from its statement and stub alone."""

import itertools
import math

import numpy as np
import torch

from ..collect import right, wrong


@right("5.12")
def earlier_cells(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n).tril().bool().reshape(*sizes, *sizes)


@right("5.12")
def earlier_cells(sizes):
    number = torch.arange(math.prod(sizes)).reshape(sizes)
    return number[:, :, :, None, None, None] >= number


@right("5.12")
def earlier_cells(sizes):
    mask = torch.zeros(*sizes, *sizes, dtype=torch.bool)
    cells = list(itertools.product(*map(range, sizes)))
    for me in cells:
        for other in cells:
            mask[me + other] = other <= me
    return mask


@right("5.12")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    same_row = (a == i) & (b == j)
    return (a < i) | ((a == i) & (b < j)) | (same_row & (c <= k))


@right("5.12")
def earlier_cells(sizes):
    rows, seen = [], torch.zeros(sizes, dtype=torch.bool)
    for cell in itertools.product(*map(range, sizes)):
        seen = seen.clone()
        seen[cell] = True
        rows.append(seen)
    return torch.stack(rows).unflatten(0, tuple(sizes))


@wrong("5.12", "each coordinate no larger: a box instead of reading order")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return (a <= i) & (b <= j) & (c <= k)


@wrong("5.12", "a cell may not see itself")
def earlier_cells(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n).tril(-1).bool().reshape(*sizes, *sizes)


@wrong("5.12", "looks ahead: upper triangle")
def earlier_cells(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n).triu().bool().reshape(*sizes, *sizes)


@wrong("5.12", "mask inverted: True = not written yet")
def earlier_cells(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n).triu(1).bool().reshape(*sizes, *sizes)


@wrong("5.12", "frame by frame: sees its whole own frame")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return a <= i


@wrong("5.12", "left as a matrix of cells")
def earlier_cells(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n).tril().bool()


@wrong("5.12", "frames run fastest in the order of writing")
def earlier_cells(sizes):
    f, h, w = sizes
    number = torch.arange(f * h * w).reshape(w, h, f).permute(2, 1, 0)
    return number[:, :, :, None, None, None] >= number


@wrong("5.12", "writes column by column")
def earlier_cells(sizes):
    f, h, w = sizes
    number = torch.arange(f * h * w).reshape(f, w, h).transpose(1, 2)
    return number[:, :, :, None, None, None] >= number


@wrong("5.12", "the own frame only: earlier frames are hidden")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return (a == i) & ((b < j) | ((b == j) & (c <= k)))


@wrong("5.12", "sees its whole own row")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return (a < i) | ((a == i) & (b <= j))


@wrong("5.12", "forgets a == i when comparing rows: later frames are seen")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return (a < i) | (b < j) | ((a == i) & (b == j) & (c <= k))


@wrong("5.12", "zeros and ones")
def earlier_cells(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n).tril().long().reshape(*sizes, *sizes)


@wrong("5.12", "earlier frames whole, in the own frame a box")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return (a < i) | ((a == i) & (b <= j) & (c <= k))


@wrong("5.12", "in the own frame earlier rows are cut off at the column")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return (a < i) | ((a == i) & (b < j) & (c <= k)) | ((a == i) & (b == j) & (c == k))


@wrong("5.12", "number of a cell with the wrong factors: rows times H")
def earlier_cells(sizes):
    f, h, w = sizes
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return a * h * w + b * h + c <= i * h * w + j * h + k


@wrong("5.12", "compares the sums of the coordinates")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return a + b + c <= i + j + k


@wrong("5.12", "the two triples of axes alternate, (F, F, H, H, W, W)")
def earlier_cells(sizes):
    n = math.prod(sizes)
    mask = torch.ones(n, n).tril().bool().reshape(*sizes, *sizes)
    return mask.permute(0, 3, 1, 4, 2, 5)


@wrong("5.12", "a triangle over the width alone")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return c <= k


@wrong("5.12", "triangles of the three axes joined with or")
def earlier_cells(sizes):
    i, j, k, a, b, c = torch.from_numpy(np.indices(tuple(sizes) * 2))
    return (a <= i) | (b <= j) | (c <= k)


@wrong("5.12", "reading order from the last frame backwards, rows and columns forwards")
def earlier_cells(sizes):
    number = torch.arange(math.prod(sizes)).reshape(sizes).flip(0)
    return number[:, :, :, None, None, None] >= number


@wrong("5.12", "nested lists")
def earlier_cells(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n).tril().bool().reshape(*sizes, *sizes).tolist()


@wrong("5.12", "mask inverted, and left as a matrix (two mistakes)")
def earlier_cells(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n).triu(1).bool()


# ---------------------------------------------------------------- more with two mistakes


@wrong("5.2", "every n-th pixel, and channels first (two mistakes)")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, pf, n_f // pf, ph, n_h // ph, pw, n_w // pw, C)
    return x.permute(0, 2, 4, 6, 7, 1, 3, 5).reshape(B, -1, pf * ph * pw * C)


@wrong("5.3", "spreads the blocks out, and the first video only (two mistakes)")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens[0].reshape(n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, -1)
    return x.permute(3, 0, 4, 1, 5, 2, 6).reshape(n_f, n_h, n_w, -1)


@wrong("5.4", "batch flattened too, and not scaled (two mistakes)")
def attend_to_all_cells(query, key, value):
    q, k, v = (x.flatten(0, 3) for x in (query, key, value))
    return ((q @ k.T).softmax(-1) @ v).reshape(*query.shape[:-1], v.shape[-1])


@wrong("5.5", "height and width swapped, and the result not moved back (two mistakes)")
def attend_along(query, key, value, axis):
    q, k, v = (x.movedim([1, 3, 2][axis], -2) for x in (query, key, value))
    return (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1) @ v


@wrong("5.6", "rounds up, and float (two mistakes)")
def matching_cells(cells, sizes, context_sizes):
    return (cells * torch.tensor(context_sizes) / torch.tensor(sizes)).ceil()


@wrong("5.7", "the cell itself left out, and mask inverted (two mistakes)")
def near_mask(cell, sizes, extent):
    lines = [(torch.arange(n) - i).abs() <= e for i, n, e in zip(cell, sizes, extent)]
    mask = ~(lines[0][:, None, None] & lines[1][:, None] & lines[2])
    mask[tuple(cell)] = True
    return mask


@wrong(
    "5.8", "looks back only, and the place i - extent is not included (two mistakes)"
)
def attend_on_line(query, key, value, extent):
    out = []
    for i in range(len(query)):
        near = slice(max(0, min(i, i - extent + 1)), i + 1)
        weights = (key[near] @ query[i] / math.sqrt(query.shape[1])).softmax(0)
        out.append(weights @ value[near])
    return torch.stack(out)


@wrong("5.9", "no matching cell, and the end not counted (two mistakes)")
def window_total(sizes, context_sizes, extent):
    total = 1
    for n, c, e in zip(sizes, context_sizes, extent):
        total *= sum(max(0, min(c, i + e) - max(0, i - e)) for i in range(n))
    return total


@wrong("5.11", "no extent, and not scaled (two mistakes)")
def attend_across(query, key, value, extent):
    d = query.shape[-1]
    weights = (query.reshape(-1, d) @ key.reshape(-1, d).T).softmax(-1)
    return (weights @ value.flatten(0, 2)).reshape(*query.shape[:3], -1)


@wrong("5.12", "not itself, and zeros and ones (two mistakes)")
def earlier_cells(sizes):
    n = math.prod(sizes)
    return torch.ones(n, n).tril(-1).long().reshape(*sizes, *sizes)
