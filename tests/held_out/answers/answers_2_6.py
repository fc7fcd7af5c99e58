"""Exercise 2.6: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("2.6")
def reverse_rows(tokens, mask):
    n = mask.sum(1, keepdim=True)
    t = torch.arange(tokens.shape[1]).expand_as(tokens)
    return tokens.gather(1, torch.where(mask, n - 1 - t, t))


@right("2.6")
def reverse_rows(tokens, mask):
    out = tokens.clone()
    for b in range(len(tokens)):
        out[b, mask[b]] = tokens[b, mask[b]].flip(0)
    return out


@right("2.6")
def reverse_rows(tokens, mask):
    rows = []
    for row, n in zip(tokens.tolist(), mask.sum(1).tolist()):
        rows.append(row[:n][::-1] + row[n:])
    return torch.tensor(rows)


@right("2.6")
def reverse_rows(tokens, mask):
    # real places by falling place, padding behind in the old order
    T = tokens.shape[1]
    t = torch.arange(T).expand_as(tokens)
    order = torch.where(mask, -t, t + T).argsort(dim=1)
    return torch.take_along_dim(tokens, order, dim=1)


@right("2.6")
def reverse_rows(tokens, mask):
    a, m = tokens.numpy().copy(), mask.numpy()
    for b in range(a.shape[0]):
        n = int(m[b].sum())
        a[b, :n] = a[b, :n][::-1].copy()
    return torch.from_numpy(a)


@wrong("2.6", "turns the padding round too")
def reverse_rows(tokens, mask):
    return tokens.flip(1)


@wrong("2.6", "turns the batch round instead of the rows")
def reverse_rows(tokens, mask):
    return tokens.flip(0)


@wrong("2.6", "writes zeros at the places of padding")
def reverse_rows(tokens, mask):
    out = torch.zeros_like(tokens)
    for b, n in enumerate(mask.sum(1).tolist()):
        out[b, :n] = tokens[b, :n].flip(0)
    return out


@wrong("2.6", "uses the length of the first row for all")
def reverse_rows(tokens, mask):
    n = int(mask[0].sum())
    return torch.cat([tokens[:, :n].flip(1), tokens[:, n:]], dim=1)


@wrong("2.6", "sorts in descending order instead of turning round")
def reverse_rows(tokens, mask):
    out = tokens.clone()
    for b, n in enumerate(mask.sum(1).tolist()):
        out[b, :n] = tokens[b, :n].sort(descending=True).values
    return out


@wrong("2.6", "off by one: the index is n - t and reaches into the padding")
def reverse_rows(tokens, mask):
    T = tokens.shape[1]
    n = mask.sum(1, keepdim=True)
    t = torch.arange(T).expand_as(tokens)
    return tokens.gather(1, torch.where(mask, (n - t).clamp(max=T - 1), t))


@wrong("2.6", "writes into the caller's tokens")
def reverse_rows(tokens, mask):
    for b, n in enumerate(mask.sum(1).tolist()):
        tokens[b, :n] = tokens[b, :n].flip(0)
    return tokens


@wrong("2.6", "clamps negative places to 0: the padding gets the row's first token")
def reverse_rows(tokens, mask):
    n = mask.sum(1, keepdim=True)
    t = torch.arange(tokens.shape[1])
    return tokens.gather(1, (n - 1 - t).clamp(min=0))


@wrong("2.6", "takes negative places modulo T: the padding is turned round in itself")
def reverse_rows(tokens, mask):
    T = tokens.shape[1]
    n = mask.sum(1, keepdim=True)
    return tokens.gather(1, (n - 1 - torch.arange(T)) % T)


@wrong("2.6", "overwrites tokens that are still to be read")
def reverse_rows(tokens, mask):
    out = tokens.clone()
    for b, n in enumerate(mask.sum(1).tolist()):
        for t in range(n):
            out[b, t] = out[b, n - 1 - t]
    return out


@wrong("2.6", "a list of rows without their padding")
def reverse_rows(tokens, mask):
    return [row[m].flip(0) for row, m in zip(tokens, mask)]


@wrong("2.6", "swaps the first and the last real token only")
def reverse_rows(tokens, mask):
    out = tokens.clone()
    for b, n in enumerate(mask.sum(1).tolist()):
        out[b, 0], out[b, n - 1] = tokens[b, n - 1], tokens[b, 0]
    return out


@wrong("2.6", "uses the longest row's length for all")
def reverse_rows(tokens, mask):
    n = int(mask.sum(1).max())
    turned = torch.cat([tokens[:, :n].flip(1), tokens[:, n:]], dim=1)
    return torch.where(mask, turned, tokens)


@wrong("2.6", "swaps every pair twice, which undoes it")
def reverse_rows(tokens, mask):
    out = tokens.clone()
    for b, n in enumerate(mask.sum(1).tolist()):
        for t in range(n):
            a = out[b, t].item()
            out[b, t] = out[b, n - 1 - t]
            out[b, n - 1 - t] = a
    return out


@wrong("2.6", "turns the real tokens of the whole batch round as one row")
def reverse_rows(tokens, mask):
    out = tokens.clone()
    out[mask] = tokens[mask].flip(0)
    return out


@wrong("2.6", "float result")
def reverse_rows(tokens, mask):
    out = tokens.float()
    for b, n in enumerate(mask.sum(1).tolist()):
        out[b, :n] = tokens[b, :n].flip(0).float()
    return out


@wrong("2.6", "turns the padding round and leaves the real tokens")
def reverse_rows(tokens, mask):
    out = tokens.clone()
    for b, n in enumerate(mask.sum(1).tolist()):
        out[b, n:] = tokens[b, n:].flip(0)
    return out


@wrong(
    "2.6",
    "[n - 1:0:-1] loses the first token; the row is filled with zeros (two mistakes)",
)
def reverse_rows(tokens, mask):
    out = torch.zeros_like(tokens)
    for b, n in enumerate(mask.sum(1).tolist()):
        for t, place in enumerate(range(n - 1, 0, -1)):
            out[b, t] = tokens[b, place]
    return out
