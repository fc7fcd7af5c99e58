"""Exercise 3.9: answers written from its statement and stub alone."""

import math

import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("3.9")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.tanh(q + k) @ to_score


@right("3.9")
def additive_scores(query, key, from_query, from_key, to_score):
    q = torch.einsum("hq,...iq->...ih", from_query, query)
    k = torch.einsum("hk,...jk->...jh", from_key, key)
    return torch.einsum(
        "h,...ijh->...ij", to_score, (q[..., :, None, :] + k[..., None, :, :]).tanh()
    )


@right("3.9")
def additive_scores(query, key, from_query, from_key, to_score):
    q, k = F.linear(query, from_query), F.linear(key, from_key)
    rows = [
        torch.stack(
            [
                (to_score * torch.tanh(q[..., i, :] + k[..., j, :])).sum(-1)
                for j in range(k.shape[-2])
            ],
            dim=-1,
        )
        for i in range(q.shape[-2])
    ]
    return torch.stack(rows, dim=-2)


@right("3.9")
def additive_scores(query, key, from_query, from_key, to_score):
    # one hidden unit at a time: no tensor of four axes
    total = 0
    for h in range(len(to_score)):
        q, k = query @ from_query[h], key @ from_key[h]
        total = total + to_score[h] * torch.tanh(q.unsqueeze(-1) + k.unsqueeze(-2))
    return total


@right("3.9")
def additive_scores(query, key, from_query, from_key, to_score):
    Tq, Tk = query.shape[-2], key.shape[-2]
    q = query.unsqueeze(-2).expand(*query.shape[:-1], Tk, query.shape[-1])
    k = key.unsqueeze(-3).expand(*key.shape[:-2], Tq, Tk, key.shape[-1])
    both = torch.cat([q, k], dim=-1)
    hidden = torch.tanh(both @ torch.cat([from_query, from_key], dim=1).T)
    return (hidden * to_score).sum(-1)


@wrong("3.9", "no tanh")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return (q + k) @ to_score


@wrong("3.9", "tanh of the score instead of the hidden layer")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.tanh((q + k) @ to_score)


@wrong("3.9", "ReLU instead of tanh")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.relu(q + k) @ to_score


@wrong("3.9", "W and U swapped")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_key.T).unsqueeze(-2)
    k = (key @ from_query.T).unsqueeze(-3)
    return torch.tanh(q + k) @ to_score


@wrong("3.9", "query i with key i only: no new axes")
def additive_scores(query, key, from_query, from_key, to_score):
    return torch.tanh(query @ from_query.T + key @ from_key.T) @ to_score


@wrong("3.9", "rows belong to keys")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-3)
    k = (key @ from_key.T).unsqueeze(-2)
    return torch.tanh(q + k) @ to_score


@wrong("3.9", "product instead of sum inside the tanh")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.tanh(q * k) @ to_score


@wrong("3.9", "tanh of each part, then the sum")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).tanh().unsqueeze(-2)
    k = (key @ from_key.T).tanh().unsqueeze(-3)
    return (q + k) @ to_score


@wrong("3.9", "adds up the hidden units without v")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.tanh(q + k).sum(-1)


@wrong("3.9", "from_query and from_key not transposed")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query).unsqueeze(-2)
    k = (key @ from_key).unsqueeze(-3)
    return torch.tanh(q + k) @ to_score


@wrong("3.9", "mean over the hidden units instead of the sum")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return (torch.tanh(q + k) * to_score).mean(-1)


@wrong("3.9", "softmax on top")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return (torch.tanh(q + k) @ to_score).softmax(-1)


@wrong("3.9", "divides by the root of d_hidden")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.tanh(q + k) @ to_score / math.sqrt(len(to_score))


@wrong("3.9", "counts the new axes from the front: right without a batch only")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(1)
    k = (key @ from_key.T).unsqueeze(0)
    return torch.tanh(q + k) @ to_score


@wrong("3.9", "counts the new axes for one leading axis only")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(2)
    k = (key @ from_key.T).unsqueeze(1)
    return torch.tanh(q + k) @ to_score


@wrong("3.9", "returns the hidden layer, v not applied")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.tanh(q + k)


@wrong("3.9", "difference instead of sum")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.tanh(q - k) @ to_score


@wrong("3.9", "v inside the tanh")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.tanh((q + k) * to_score).sum(-1)


@wrong("3.9", "a last axis of length 1 is left")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.tanh(q + k) @ to_score.unsqueeze(-1)


@wrong("3.9", "no tanh, and rows belong to keys (two mistakes)")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-3)
    k = (key @ from_key.T).unsqueeze(-2)
    return (q + k) @ to_score
