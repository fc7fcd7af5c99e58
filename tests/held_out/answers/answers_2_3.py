"""Exercise 2.3: answers written from its statement and stub alone."""

import itertools

import numpy as np
import torch
from torch import nn

from ..collect import right, wrong


@right("2.3")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    return torch.tensor([list(r) + [filler] * (T - len(r)) for r in rows])


@right("2.3")
def pad_rows(rows, filler):
    tensors = [torch.tensor(r, dtype=torch.int64) for r in rows]
    return nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=filler)


@right("2.3")
def pad_rows(rows, filler):
    out = torch.full((len(rows), max(map(len, rows))), filler, dtype=torch.long)
    for b, r in enumerate(rows):
        for t, number in enumerate(r):
            out[b, t] = number
    return out


@right("2.3")
def pad_rows(rows, filler):
    columns = itertools.zip_longest(*rows, fillvalue=filler)
    return torch.tensor(list(zip(*columns)), dtype=torch.int64)


@right("2.3")
def pad_rows(rows, filler):
    def pad(row, T):
        return row if len(row) == T else pad(row + [filler], T)

    T = max(map(len, rows))
    return torch.from_numpy(np.array([pad(r, T) for r in rows], dtype=np.int64))


@wrong("2.3", "extends the caller's lists")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    for r in rows:
        r.extend([filler] * (T - len(r)))
    return torch.tensor(rows)


@wrong("2.3", "fills up on the left")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    return torch.tensor([[filler] * (T - len(r)) + r for r in rows])


@wrong("2.3", "always fills up with zeros")
def pad_rows(rows, filler):
    out = torch.zeros(len(rows), max(len(r) for r in rows), dtype=torch.long)
    for b, r in enumerate(rows):
        out[b, : len(r)] = torch.tensor(r)
    return out


@wrong("2.3", "cuts all rows to the shortest")
def pad_rows(rows, filler):
    T = min(len(r) for r in rows)
    return torch.tensor([r[:T] for r in rows])


@wrong("2.3", "one filler too many behind every row")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows) + 1
    return torch.tensor([r + [filler] * (T - len(r)) for r in rows])


@wrong("2.3", "float32 instead of int64")
def pad_rows(rows, filler):
    out = torch.ones(len(rows), max(len(r) for r in rows)) * filler
    for b, r in enumerate(rows):
        out[b, : len(r)] = torch.tensor(r)
    return out


@wrong("2.3", "width is the number of rows, longer ones are cut off")
def pad_rows(rows, filler):
    T = len(rows)
    return torch.tensor([(r + [filler] * T)[:T] for r in rows])


@wrong("2.3", "returns lists instead of a tensor")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    return [r + [filler] * (T - len(r)) for r in rows]


@wrong("2.3", "axes swapped, (T, B): forgets batch_first")
def pad_rows(rows, filler):
    tensors = [torch.tensor(r) for r in rows]
    return nn.utils.rnn.pad_sequence(tensors, padding_value=filler)


@wrong("2.3", "takes the first row for the longest and cuts the others to it")
def pad_rows(rows, filler):
    T = len(rows[0])
    return torch.tensor([(r + [filler] * (T - len(r)))[:T] for r in rows])


@wrong("2.3", "repeats a row's last token instead of the filler")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    return torch.tensor([r + [r[-1]] * (T - len(r)) for r in rows])


@wrong("2.3", "int32 instead of int64")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    return torch.tensor([r + [filler] * (T - len(r)) for r in rows], dtype=torch.int32)


@wrong("2.3", "sorts the rows by length")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    ordered = sorted(rows, key=len, reverse=True)
    return torch.tensor([r + [filler] * (T - len(r)) for r in ordered])


@wrong("2.3", "[[filler] * T] * B: all rows are one and the same list")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    out = [[filler] * T] * len(rows)
    for b, r in enumerate(rows):
        for t, number in enumerate(r):
            out[b][t] = number
    return torch.tensor(out)


@wrong("2.3", "pads with 0 and then replaces all zeros, real tokens 0 too")
def pad_rows(rows, filler):
    out = torch.zeros(len(rows), max(len(r) for r in rows), dtype=torch.long)
    for b, r in enumerate(rows):
        out[b, : len(r)] = torch.tensor(r)
    out[out == 0] = filler
    return out


@wrong("2.3", "returns a numpy array")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    return np.array([r + [filler] * (T - len(r)) for r in rows])


@wrong("2.3", "takes the rows out of the caller's list until it is empty")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    out = []
    while rows:
        r = rows.pop(0)
        out.append(r + [filler] * (T - len(r)))
    return torch.tensor(out)


@wrong("2.3", "sets all rows one behind the other before cutting them into rows")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    flat = [number for r in rows for number in r]
    flat += [filler] * (T * len(rows) - len(flat))
    return torch.tensor(flat).reshape(len(rows), T)


@wrong("2.3", "on the left, and with zeros (two mistakes)")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    return torch.tensor([[0] * (T - len(r)) + r for r in rows])
