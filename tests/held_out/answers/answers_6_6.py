"""Exercise 6.6: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("6.6")
def look_back_a_little(length, window):
    i = torch.arange(length)
    back = i[:, None] - i[None, :]
    return (back >= 0) & (back < window)


@right("6.6")
def look_back_a_little(length, window):
    ones = torch.ones(length, length, dtype=torch.bool)
    return ones.tril() & ones.triu(1 - window)


@right("6.6")
def look_back_a_little(length, window):
    mask = torch.zeros(length, length, dtype=torch.bool)
    for i in range(length):
        mask[i, max(0, i - window + 1) : i + 1] = True
    return mask


@right("6.6")
def look_back_a_little(length, window):
    rows = [[i - window < j <= i for j in range(length)] for i in range(length)]
    return torch.tensor(rows)


@wrong("6.6", "window tokens besides itself")
def look_back_a_little(length, window):
    i = torch.arange(length)
    back = i[:, None] - i[None, :]
    return (back >= 0) & (back <= window)


@wrong("6.6", "itself is left out")
def look_back_a_little(length, window):
    i = torch.arange(length)
    back = i[:, None] - i[None, :]
    return (back > 0) & (back < window)


@wrong("6.6", "looks to both sides")
def look_back_a_little(length, window):
    i = torch.arange(length)
    return (i[:, None] - i[None, :]).abs() < window


@wrong("6.6", "looks ahead: rows and columns exchanged")
def look_back_a_little(length, window):
    i = torch.arange(length)
    back = i[None, :] - i[:, None]
    return (back >= 0) & (back < window)


@wrong("6.6", "all earlier tokens: no window")
def look_back_a_little(length, window):
    return torch.ones(length, length, dtype=torch.bool).tril()


@wrong("6.6", "True = hidden")
def look_back_a_little(length, window):
    i = torch.arange(length)
    back = i[:, None] - i[None, :]
    return (back < 0) | (back >= window)


@wrong("6.6", "a negative start: the first rows are empty")
def look_back_a_little(length, window):
    mask = torch.zeros(length, length, dtype=torch.bool)
    for i in range(length):
        mask[i, i - window + 1 : i + 1] = True
    return mask


@wrong("6.6", "blocks of window tokens instead of a sliding window")
def look_back_a_little(length, window):
    i = torch.arange(length)
    same = i[:, None] // window == i[None, :] // window
    return same & (i[None, :] <= i[:, None])


@wrong("6.6", "the first window tokens stay in sight, not the last ones")
def look_back_a_little(length, window):
    i = torch.arange(length)
    return (i[None, :] <= i[:, None]) & (i[None, :] < window)


@wrong("6.6", "numbers, not booleans")
def look_back_a_little(length, window):
    ones = torch.ones(length, length)
    return ones.tril() - ones.tril(-window)


@wrong("6.6", "always window tokens: the first rows see ahead")
def look_back_a_little(length, window):
    mask = torch.zeros(length, length, dtype=torch.bool)
    for i in range(length):
        start = max(0, i - window + 1)
        mask[i, start : start + window] = True
    return mask


@wrong("6.6", "a list of lists")
def look_back_a_little(length, window):
    return [[i - window < j <= i for j in range(length)] for i in range(length)]


@wrong("6.6", "or for and: the window and everything before")
def look_back_a_little(length, window):
    ones = torch.ones(length, length, dtype=torch.bool)
    return ones.tril() | ones.triu(1 - window)


@wrong("6.6", "every window-th token: a stride")
def look_back_a_little(length, window):
    i = torch.arange(length)
    back = i[:, None] - i[None, :]
    return (back >= 0) & (back % window == 0)


@wrong("6.6", "one token too few: back < window - 1")
def look_back_a_little(length, window):
    i = torch.arange(length)
    back = i[:, None] - i[None, :]
    return (back >= 0) & (back < max(window - 1, 1))
