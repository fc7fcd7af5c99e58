"""Exercise 2.9: answers written from its statement and stub alone."""

import numpy as np
import torch

from ..collect import right, wrong


@right("2.9")
def share_of_exact(written, expected, mask):
    return ((written == expected) | ~mask).all(dim=1).float().mean().item()


@right("2.9")
def share_of_exact(written, expected, mask):
    good = 0
    for w, e, m in zip(written, expected, mask):
        good += int(torch.equal(w[m], e[m]))
    return good / len(written)


@right("2.9")
def share_of_exact(written, expected, mask):
    mistakes = ((written != expected) & mask).sum(dim=-1)
    return float((mistakes == 0).double().mean())


@right("2.9")
def share_of_exact(written, expected, mask):
    w, e, m = written.numpy(), expected.numpy(), mask.numpy()
    return float(np.mean(np.where(m, w == e, True).all(axis=1)))


@right("2.9")
def share_of_exact(written, expected, mask):
    rows = zip(written.tolist(), expected.tolist(), mask.tolist())
    exact = [all(a == b for a, b, real in zip(*row) if real) for row in rows]
    return sum(exact) / len(exact)


@wrong("2.9", "share of right tokens instead of right rows")
def share_of_exact(written, expected, mask):
    return (written == expected)[mask].float().mean().item()


@wrong("2.9", "compares the padding too")
def share_of_exact(written, expected, mask):
    return (written == expected).all(dim=1).float().mean().item()


@wrong("2.9", "any instead of all: one right token is enough")
def share_of_exact(written, expected, mask):
    return ((written == expected) & mask).any(dim=1).float().mean().item()


@wrong("2.9", "returns a tensor")
def share_of_exact(written, expected, mask):
    return ((written == expected) | ~mask).all(dim=1).float().mean()


@wrong("2.9", "counts the rows instead of their share")
def share_of_exact(written, expected, mask):
    return float(((written == expected) | ~mask).all(dim=1).sum())


@wrong("2.9", "all over the batch axis: places instead of rows")
def share_of_exact(written, expected, mask):
    return ((written == expected) | ~mask).all(dim=0).float().mean().item()


@wrong("2.9", "mask inverted: looks at the padding only")
def share_of_exact(written, expected, mask):
    return ((written == expected) | mask).all(dim=1).float().mean().item()


@wrong("2.9", "& mask instead of | ~mask: every row with padding counts as wrong")
def share_of_exact(written, expected, mask):
    return ((written == expected) & mask).all(dim=1).float().mean().item()


@wrong("2.9", "in percent")
def share_of_exact(written, expected, mask):
    return 100 * ((written == expected) | ~mask).all(dim=1).float().mean().item()


@wrong("2.9", "mean over the rows of the share of right tokens")
def share_of_exact(written, expected, mask):
    hit = ((written == expected) & mask).sum(1) / mask.sum(1)
    return hit.mean().item()


@wrong("2.9", "ignores the order of the tokens")
def share_of_exact(written, expected, mask):
    pairs = zip(written, expected, mask)
    same = [sorted(w[m].tolist()) == sorted(e[m].tolist()) for w, e, m in pairs]
    return sum(same) / len(same)


@wrong("2.9", "share of the wrong rows")
def share_of_exact(written, expected, mask):
    return ((written != expected) & mask).any(dim=1).float().mean().item()


@wrong("2.9", "1.0 if the whole batch is right, otherwise 0.0")
def share_of_exact(written, expected, mask):
    return float(((written == expected) | ~mask).all())


@wrong("2.9", "divides by the number of places instead of rows")
def share_of_exact(written, expected, mask):
    return int(((written == expected) | ~mask).all(dim=1).sum()) / written.shape[1]


@wrong("2.9", "blanks the padding in written only")
def share_of_exact(written, expected, mask):
    return (written * mask == expected).all(dim=1).float().mean().item()


@wrong("2.9", "lets one wrong token pass")
def share_of_exact(written, expected, mask):
    mistakes = ((written != expected) & mask).sum(1)
    return (mistakes <= 1).float().mean().item()


@wrong("2.9", "compares the sums of the rows")
def share_of_exact(written, expected, mask):
    same = (written * mask).sum(1) == (expected * mask).sum(1)
    return same.float().mean().item()


@wrong("2.9", "blanks the padding in the caller's tensors")
def share_of_exact(written, expected, mask):
    written[~mask] = 0
    expected[~mask] = 0
    return (written == expected).all(dim=1).float().mean().item()


@wrong("2.9", "rounded to one decimal")
def share_of_exact(written, expected, mask):
    return round(((written == expected) | ~mask).all(dim=1).float().mean().item(), 1)


@wrong("2.9", "compares the padding, and counts instead of a share (two mistakes)")
def share_of_exact(written, expected, mask):
    return float((written == expected).all(dim=1).sum())
