"""Exercise 2.8: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("2.8")
def write_greedily(step, state, start, end, pad, max_length):
    B = state.shape[0]
    token = torch.full((B,), start)
    ended = torch.zeros(B, dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if ended.all():
            break
    return torch.stack(out, dim=1)


@right("2.8")
def write_greedily(step, state, start, end, pad, max_length):
    def write(token, state, ended, left):
        if left == 0 or bool(ended.all()):
            return []
        logits, state = step(token, state)
        token = torch.where(ended, torch.full_like(token, pad), logits.argmax(-1))
        return [token] + write(token, state, ended | (token == end), left - 1)

    B = len(state)
    first = torch.full((B,), start, dtype=torch.long)
    return torch.stack(write(first, state, torch.zeros(B).bool(), max_length), -1)


@right("2.8")
def write_greedily(step, state, start, end, pad, max_length):
    # write to the limit, then clean up
    token = torch.tensor([start] * state.shape[0])
    columns = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(dim=1)
        columns.append(token)
    out = torch.stack(columns, dim=1)
    is_end = (out == end).long()
    behind = (is_end.cumsum(1) - is_end) > 0
    out = out.masked_fill(behind, pad)
    width = int((~behind).sum(1).max())
    return out[:, :width]


@right("2.8")
def write_greedily(step, state, start, end, pad, max_length):
    B = len(state)
    rows = [[] for _ in range(B)]
    done = [False] * B
    token = torch.full((B,), start)
    while not all(done) and max(len(r) for r in rows) < max_length:
        scores, state = step(token, state)
        token = scores.max(dim=-1).indices
        for b, t in enumerate(token.tolist()):
            if not done[b]:
                rows[b].append(t)
                done[b] = t == end
    T = max(len(r) for r in rows)
    return torch.tensor([r + [pad] * (T - len(r)) for r in rows])


@wrong("2.8", "stops when the first row has ended, not all")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if ended.any():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "rows that have ended go on writing instead of getting pad")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1)
        out.append(token)
        ended = ended | (token == end)
        if ended.all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "start is part of the result")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = [token]
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if ended.all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "end is not written: pad stands in its place")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1)
        ended = ended | (token == end)
        token = token.masked_fill(ended, pad)
        out.append(token)
        if ended.all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "the new state is thrown away")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, _ = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if ended.all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "reads start at every step instead of what was written")
def write_greedily(step, state, start, end, pad, max_length):
    first = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(first, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if ended.all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "writes one token too many at the limit")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length + 1):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if ended.all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "one token too few at the limit: start is counted")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = [token]
    while len(out) < max_length and not ended.all():
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
    return torch.stack(out, dim=1)[:, 1:]


@wrong("2.8", "never stops early: the result is always max_length wide")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
    return torch.stack(out, dim=1)


@wrong("2.8", "stacks along the first axis, (T, B)")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if ended.all():
            break
    return torch.stack(out)


@wrong(
    "2.8", "remembers only whether the last token was end: after pad a row begins again"
)
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = token == end
        if ended.all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "stops only if all rows write end in the same step")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if (token == end).all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "notices the end one step late: a last column of pad alone")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        if ended.all():
            break
        ended = ended | (token == end)
    return torch.stack(out, dim=1)


@wrong("2.8", "rows that have ended repeat end instead of pad")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, end)
        out.append(token)
        ended = ended | (token == end)
        if ended.all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "argmax over the batch axis")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(0)[: len(state)].masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if ended.all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "0 taken for pad")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    alive = torch.ones(len(state), dtype=torch.long)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1) * alive
        out.append(token)
        alive = alive * (token != end)
        if alive.sum() == 0:
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "a list of rows, each cut off behind its end")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    rows = [[] for _ in state]
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1)
        for row, t in zip(rows, token.tolist()):
            if end not in row:
                row.append(t)
        if all(end in row for row in rows):
            break
    return rows


@wrong("2.8", "stops when row 0 has ended")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1).masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if ended[0]:
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "draws tokens by chance")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = torch.multinomial(logits.softmax(-1), 1)[:, 0].masked_fill(ended, pad)
        out.append(token)
        ended = ended | (token == end)
        if ended.all():
            break
    return torch.stack(out, dim=1)


@wrong("2.8", "start in the result, and no pad behind the end (two mistakes)")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    out = [token]
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1)
        out.append(token)
        ended |= token == end
        if ended.all():
            break
    return torch.stack(out, dim=1)
