"""Exercise 6.5: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("6.5")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(best - new_best)
    now = torch.exp(scores - new_best)
    new_total = old * total + now.sum(-1, keepdim=True)
    return new_best, new_total, old * mixed + now @ values


@right("6.5")
def online_update(best, total, mixed, scores, values):
    for j in range(scores.shape[1]):
        s = scores[:, j : j + 1]
        higher = torch.where(s > best, s, best)
        shrink, weight = (best - higher).exp(), (s - higher).exp()
        total = total * shrink + weight
        mixed = mixed * shrink + weight * values[j]
        best = higher
    return best, total, mixed


@right("6.5")
def online_update(best, total, mixed, scores, values):
    top = torch.cat([best, scores], dim=1).amax(dim=1, keepdim=True)
    factor = torch.exp(torch.cat([best, scores], dim=1) - top)
    total = (factor * torch.cat([total, torch.ones_like(scores)], dim=1)).sum(1, True)
    mixed = factor[:, :1] * mixed + torch.einsum("qn,nd->qd", factor[:, 1:], values)
    return top, total, mixed


@right("6.5")
def online_update(best, total, mixed, scores, values):
    block = scores.amax(-1, keepdim=True)
    weights = torch.exp(scores - block)
    new = torch.max(best, block)
    before, after = torch.exp(best - new), torch.exp(block - new)
    total = before * total + after * weights.sum(-1, keepdim=True)
    return new, total, before * mixed + after * (weights @ values)


@wrong("6.5", "what was kept is not rescaled")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    now = torch.exp(scores - new_best)
    return new_best, total + now.sum(-1, keepdim=True), mixed + now @ values


@wrong("6.5", "rescaled upside down: exp(new - old)")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(new_best - best)
    now = torch.exp(scores - new_best)
    new_total = old * total + now.sum(-1, keepdim=True)
    return new_best, new_total, old * mixed + now @ values


@wrong("6.5", "total is rescaled, mixed is not")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(best - new_best)
    now = torch.exp(scores - new_best)
    new_total = old * total + now.sum(-1, keepdim=True)
    return new_best, new_total, mixed + now @ values


@wrong("6.5", "mixed is rescaled, total is not")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(best - new_best)
    now = torch.exp(scores - new_best)
    new_total = total + now.sum(-1, keepdim=True)
    return new_best, new_total, old * mixed + now @ values


@wrong("6.5", "best is that of the block alone")
def online_update(best, total, mixed, scores, values):
    new_best = scores.max(-1, keepdim=True).values
    old = torch.exp(best - new_best)
    now = torch.exp(scores - new_best)
    new_total = old * total + now.sum(-1, keepdim=True)
    return new_best, new_total, old * mixed + now @ values


@wrong("6.5", "the block is weighed with the old best: infinite at first")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(best - new_best)
    now = torch.exp(scores - best)
    new_total = old * total + now.sum(-1, keepdim=True)
    return new_best, new_total, old * mixed + now @ values


@wrong("6.5", "a softmax of the block: its weights have sum 1 already")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(best - new_best)
    now = torch.softmax(scores, -1)
    new_total = old * total + now.sum(-1, keepdim=True)
    return new_best, new_total, old * mixed + now @ values


@wrong("6.5", "divides mixed by total")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(best - new_best)
    now = torch.exp(scores - new_best)
    new_total = old * total + now.sum(-1, keepdim=True)
    return new_best, new_total, (old * mixed + now @ values) / new_total


@wrong("6.5", "one best for all queries")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max()).max().expand_as(best)
    old = torch.exp(best - new_best)
    now = torch.exp(scores - new_best)
    new_total = old * total + now.sum(-1, keepdim=True)
    return new_best, new_total, old * mixed + now @ values


@wrong("6.5", "the axis of one is lost: best and total (Tq,)")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(best - new_best)
    now = torch.exp(scores - new_best)
    new_total = old * total + now.sum(-1, keepdim=True)
    new_mixed = old * mixed + now @ values
    return new_best.squeeze(-1), new_total.squeeze(-1), new_mixed


@wrong("6.5", "mean in place of the sum in total")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(best - new_best)
    now = torch.exp(scores - new_best)
    new_total = old * total + now.mean(-1, keepdim=True)
    return new_best, new_total, old * mixed + now @ values


@wrong("6.5", "no maximum at all: plain exponentials")
def online_update(best, total, mixed, scores, values):
    now = torch.exp(scores)
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    return new_best, total + now.sum(-1, keepdim=True), mixed + now @ values


@wrong("6.5", "the block alone: what was kept is thrown away")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    now = torch.exp(scores - new_best)
    return new_best, now.sum(-1, keepdim=True), now @ values


@wrong("6.5", "scores - best is NaN where all is -inf: nan_to_num hides too much")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(torch.nan_to_num(best - new_best, neginf=0.0))
    now = torch.exp(scores - new_best)
    new_total = old * total + now.sum(-1, keepdim=True)
    return torch.nan_to_num(new_best), new_total + old, old * mixed + now @ values


@wrong("6.5", "total first")
def online_update(best, total, mixed, scores, values):
    new_best = torch.maximum(best, scores.max(-1, keepdim=True).values)
    old = torch.exp(best - new_best)
    now = torch.exp(scores - new_best)
    new_total = old * total + now.sum(-1, keepdim=True)
    return new_total, new_best, old * mixed + now @ values
