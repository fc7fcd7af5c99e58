"""Exercise 2.11: answers written from its statement and stub alone."""

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("2.11")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0]
            for t, lp in enumerate(log_p.tolist()):
                candidates.append((tokens + [t], score + lp))
        candidates.sort(key=lambda c: c[1], reverse=True)
        beams = candidates[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@right("2.11")
def search_beams(step, start, end, width, max_length):
    # live beams in one batch
    live, done = {(): 0.0}, {}
    for _ in range(max_length):
        if not live:
            break
        keys = list(live)
        batch = torch.tensor([(start,) + k for k in keys])
        table = step(batch) + torch.tensor([live[k] for k in keys])[:, None]
        children = {
            k + (t,): table[i, t].item()
            for i, k in enumerate(keys)
            for t in range(table.shape[1])
        }
        both = sorted({**done, **children}.items(), key=lambda kv: -kv[1])[:width]
        live = {k: s for k, s in both if k[-1] != end}
        done = {k: s for k, s in both if k[-1] == end}
    rated = {k: s / len(k) for k, s in {**live, **done}.items()}
    best = max(rated, key=rated.get)
    return torch.tensor(best), rated[best]


@right("2.11")
def search_beams(step, start, end, width, max_length):
    def grow(beams, left):
        if left == 0 or all(len(b) > 1 and b[-1] == end for b, _ in beams):
            return beams
        pool = []
        for b, s in beams:
            if len(b) > 1 and b[-1] == end:
                pool.append((b, s))
            else:
                lp = step(torch.tensor(b).unsqueeze(0)).squeeze(0)
                pool.extend((b + (t,), s + float(lp[t])) for t in range(lp.numel()))
        scores = torch.tensor([s for _, s in pool], dtype=torch.float64)
        keep = scores.topk(min(width, len(pool))).indices.tolist()
        return [pool[i] for i in keep], None, left - 1

    state = ([((start,), 0.0)], None, max_length)
    while isinstance(state, tuple):
        state = grow(state[0], state[2])
    per_token = [s / (len(b) - 1) for b, s in state]
    i = int(np.argmax(per_token))
    return torch.tensor(state[i][0][1:]), float(per_token[i])


@right("2.11")
def search_beams(step, start, end, width, max_length):
    beams = [(0.0, torch.tensor([start]), False)]
    for _ in range(max_length):
        candidates = [b for b in beams if b[2]]
        for score, tokens, ended in beams:
            if not ended:
                for t, lp in enumerate(step(tokens[None])[0]):
                    longer = torch.cat([tokens, torch.tensor([t])])
                    candidates.append((score + lp.item(), longer, t == end))
        beams = sorted(candidates, key=lambda b: b[0])[::-1][:width]
    mean, best = max(
        ((s / (len(t) - 1), t[1:]) for s, t, _ in beams), key=lambda pair: pair[0]
    )
    return best, mean


@wrong("2.11", "finished beams are dropped while others still run")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        if not candidates:
            break
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong(
    "2.11", "finished beams are set aside and no longer take a place among the width"
)
def search_beams(step, start, end, width, max_length):
    beams, finished = [([], 0.0)], []
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        best = sorted(candidates, key=lambda c: -c[1])[:width]
        finished += [b for b in best if b[0][-1] == end]
        beams = [b for b in sorted(candidates, key=lambda c: -c[1]) if b[0][-1] != end][
            :width
        ]
    tokens, score = max(beams + finished, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "no division by the number of tokens at the end")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1])
    return torch.tensor(tokens), score


@wrong("2.11", "counts start as a token in the division")
def search_beams(step, start, end, width, max_length):
    beams = [([start], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if len(tokens) > 1 and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens[1:]), score / len(tokens)


@wrong("2.11", "does not count end in the division")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    mean = lambda b: b[1] / max(1, sum(t != end for t in b[0]))
    best = max(beams, key=mean)
    return torch.tensor(best[0]), mean(best)


@wrong("2.11", "prunes by the score per token at every step")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1] / len(c[0]))[:width]
    tokens, score = beams[0]
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "finished beams go on having children")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "stops as soon as the best beam has finished")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
        if beams[0][0][-1] == end:
            break
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "beams cut at max_length may not win if another one has finished")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    finished = [b for b in beams if b[0][-1] == end]
    tokens, score = max(finished or beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "start is part of the tokens returned")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor([start] + tokens), score / len(tokens)


@wrong("2.11", "end is cut off the tokens returned")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor([t for t in tokens if t != end]), score / len(tokens)


@wrong(
    "2.11", "each beam keeps its own best child: beams never compete with one another"
)
def search_beams(step, start, end, width, max_length):
    log_p = step(torch.tensor([[start]]))[0]
    top = log_p.topk(min(width, len(log_p)))
    beams = [([t], s) for s, t in zip(top.values.tolist(), top.indices.tolist())]
    for _ in range(max_length - 1):
        for i, (tokens, score) in enumerate(beams):
            if tokens[-1] != end:
                lp, t = step(torch.tensor([[start] + tokens]))[0].max(0)
                beams[i] = (tokens + [t.item()], score + lp.item())
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "chooses by the score per token but returns the whole score")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score


@wrong("2.11", "chooses by the whole score, then returns it per token")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = beams[0]
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "the score is a tensor")
def search_beams(step, start, end, width, max_length):
    beams = [([], torch.tensor(0.0))]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0]
            candidates += [(tokens + [t], score + log_p[t]) for t in range(len(log_p))]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "adds up probabilities instead of their logarithms")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            p = step(torch.tensor([[start] + tokens]))[0].exp().tolist()
            candidates += [(tokens + [t], score + q) for t, q in enumerate(p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "greedy: width is not used")
def search_beams(step, start, end, width, max_length):
    tokens, score = [], 0.0
    while len(tokens) < max_length and end not in tokens:
        log_p = step(torch.tensor([[start] + tokens]))[0]
        t = int(log_p.argmax())
        score += log_p[t].item()
        tokens.append(t)
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "one step too many")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length + 1):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "shows the model only the last token instead of the whole beginning")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            last = tokens[-1] if tokens else start
            log_p = step(torch.tensor([[last]]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "keeps the candidates with the smallest scores")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "prunes by the last step's log-probability, not by the sum")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0, 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score, last in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score, last))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp, lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[2])[:width]
    tokens, score, _ = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)


@wrong("2.11", "results in the wrong order, tokens as a list (two mistakes)")
def search_beams(step, start, end, width, max_length):
    beams = [([], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([[start] + tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return score / len(tokens), tokens


# ---------------------------------------------------------------- more with two mistakes


@wrong("2.2", "<= instead of <, and T one too large (two mistakes)")
def real_places(lengths):
    return torch.arange(int(lengths.max()) + 1) <= lengths.unsqueeze(1)


@wrong("2.3", "axes swapped, and float (two mistakes)")
def pad_rows(rows, filler):
    T = max(len(r) for r in rows)
    return torch.tensor([r + [filler] * (T - len(r)) for r in rows]).T.float()


@wrong("2.4", "end stays in, and start only in the first row (two mistakes)")
def decoder_inputs(target_out, start, end, pad):
    out = target_out.roll(1, dims=1)
    out[0, 0] = start
    return out


@wrong("2.5", "mask not used, and the sum (two mistakes)")
def loss_of_real_tokens(logits, target, mask):
    return F.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="sum")


@wrong("2.6", "turns the batch and the padding round (two mistakes)")
def reverse_rows(tokens, mask):
    return tokens.flip(0, 1)


@wrong("2.7", "no tanh, and results in the wrong order (two mistakes)")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = read @ from_input.T + state @ from_state.T
    return state, (state @ to_logits.T).argmax(-1)


@wrong("2.8", "never stops early, and rows that have ended go on (two mistakes)")
def write_greedily(step, state, start, end, pad, max_length):
    token = torch.full((len(state),), start)
    out = []
    for _ in range(max_length):
        logits, state = step(token, state)
        token = logits.argmax(-1)
        out.append(token)
    return torch.stack(out, dim=1)


@wrong("2.9", "any instead of all, and in percent (two mistakes)")
def share_of_exact(written, expected, mask):
    return 100 * ((written == expected) & mask).any(dim=1).float().mean().item()


@wrong("2.11", "greedy, and not divided by the number of tokens (two mistakes)")
def search_beams(step, start, end, width, max_length):
    tokens, score = [], 0.0
    while len(tokens) < max_length:
        log_p = step(torch.tensor([[start] + tokens]))[0]
        tokens.append(int(log_p.argmax()))
        score += log_p.max().item()
        if tokens[-1] == end:
            break
    return torch.tensor(tokens), score


@wrong("2.11", "start in the tokens, and counted in the division (two mistakes)")
def search_beams(step, start, end, width, max_length):
    beams = [([start], 0.0)]
    for _ in range(max_length):
        candidates = []
        for tokens, score in beams:
            if len(tokens) > 1 and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            log_p = step(torch.tensor([tokens]))[0].tolist()
            candidates += [(tokens + [t], score + lp) for t, lp in enumerate(log_p)]
        beams = sorted(candidates, key=lambda c: -c[1])[:width]
    tokens, score = max(beams, key=lambda b: b[1] / len(b[0]))
    return torch.tensor(tokens), score / len(tokens)
