"""Exercise 2.4: answers written from its statement and stub alone."""

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("2.4")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:, :1], start)
    out = torch.cat([first, target_out[:, :-1]], dim=1)
    return torch.where(out == end, torch.full_like(out, pad), out)


@right("2.4")
def decoder_inputs(target_out, start, end, pad):
    out = target_out.roll(1, dims=1)
    out[:, 0] = start
    out[target_out == pad] = pad
    return out


@right("2.4")
def decoder_inputs(target_out, start, end, pad):
    rows = []
    for row in target_out.tolist():
        before = [start] + row[: row.index(end)]
        rows.append(before + [pad] * (len(row) - len(before)))
    return torch.tensor(rows)


@right("2.4")
def decoder_inputs(target_out, start, end, pad):
    out = F.pad(target_out, (1, 0), value=start)[:, :-1]
    return out.masked_fill(out == end, pad)


@right("2.4")
def decoder_inputs(target_out, start, end, pad):
    a = target_out.numpy().copy()
    a[a == end] = pad
    a = np.concatenate([np.full((len(a), 1), start), a[:, :-1]], axis=1)
    return torch.from_numpy(a)


@wrong("2.4", "end stays in the input")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:, :1], start)
    return torch.cat([first, target_out[:, :-1]], dim=1)


@wrong("2.4", "shifts to the left")
def decoder_inputs(target_out, start, end, pad):
    last = torch.full_like(target_out[:, :1], pad)
    out = torch.cat([target_out[:, 1:], last], dim=1)
    out[out == end] = pad
    return out


@wrong("2.4", "one column too many: the last token is not cut off")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:, :1], start)
    out = torch.cat([first, target_out], dim=1)
    out[out == end] = pad
    return out


@wrong("2.4", "replaces end by start instead of pad")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:, :1], start)
    out = torch.cat([first, target_out[:, :-1]], dim=1)
    out[out == end] = start
    return out


@wrong("2.4", "rolls without writing start: the last token comes around to the front")
def decoder_inputs(target_out, start, end, pad):
    out = target_out.roll(1, dims=1)
    out[out == end] = pad
    return out


@wrong("2.4", "writes start over the first token and shifts nothing")
def decoder_inputs(target_out, start, end, pad):
    out = target_out.clone()
    out[:, 0] = start
    out[out == end] = pad
    return out


@wrong("2.4", "replaces end in the caller's target_out")
def decoder_inputs(target_out, start, end, pad):
    target_out[target_out == end] = pad
    first = torch.full_like(target_out[:, :1], start)
    return torch.cat([first, target_out[:, :-1]], dim=1)


@wrong("2.4", "start only in the first row of the batch")
def decoder_inputs(target_out, start, end, pad):
    out = target_out.roll(1, dims=1)
    out[0, 0] = start
    out[out == end] = pad
    return out


@wrong("2.4", "fills up with end instead of pad")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:, :1], start)
    out = torch.cat([first, target_out[:, :-1]], dim=1)
    out[out == pad] = end
    return out


@wrong("2.4", "pads where target_out is end too: the token read to answer end is lost")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:, :1], start)
    out = torch.cat([first, target_out[:, :-1]], dim=1)
    out[(target_out == end) | (target_out == pad)] = pad
    return out


@wrong("2.4", "one column too few")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:, :1], start)
    out = torch.cat([first, target_out[:, :-2]], dim=1)
    out[out == end] = pad
    return out


@wrong("2.4", "takes 0 for pad")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:, :1], start)
    out = torch.cat([first, target_out[:, :-1]], dim=1)
    return out * (out != end)


@wrong("2.4", "takes 1 for start")
def decoder_inputs(target_out, start, end, pad):
    first = torch.ones_like(target_out[:, :1])
    out = torch.cat([first, target_out[:, :-1]], dim=1)
    out[out == end] = pad
    return out


@wrong("2.4", "float32: start comes from torch.full without a dtype")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full((len(target_out), 1), float(start))
    out = torch.cat([first, target_out[:, :-1]], dim=1)
    out[out == end] = pad
    return out


@wrong("2.4", "shifts down the batch axis instead of along the places")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:1], start)
    out = torch.cat([first, target_out[:-1]], dim=0)
    out[out == end] = pad
    return out


@wrong("2.4", "replaces the last column by pad, wherever end stands")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:, :1], start)
    out = torch.cat([first, target_out[:, :-1]], dim=1)
    out[:, -1] = pad
    return out


@wrong("2.4", "does not shift, and only replaces end")
def decoder_inputs(target_out, start, end, pad):
    return target_out.masked_fill(target_out == end, pad)


@wrong("2.4", "one column too many, and end stays in (two mistakes)")
def decoder_inputs(target_out, start, end, pad):
    first = torch.full_like(target_out[:, :1], start)
    return torch.cat([first, target_out], dim=1)
