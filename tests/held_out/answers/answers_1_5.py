"""Exercise 1.5: answers written from its statement and stub alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..collect import right, wrong


@right("1.5")
def nearest_words(word, table, n_nearest):
    unit = table / table.norm(dim=-1, keepdim=True)
    cosine = unit @ unit[word]
    cosine[word] = -float("inf")
    return cosine.topk(n_nearest).indices


@right("1.5")
def nearest_words(word, table, n_nearest):
    # dividing by the word's own length changes no order
    t = table.detach().double().numpy()
    score = t @ t[word] / np.sqrt((t * t).sum(1))
    order = [int(i) for i in np.argsort(-score, kind="stable") if i != word]
    return torch.tensor(order[:n_nearest], dtype=torch.int64)


@right("1.5")
def nearest_words(word, table, n_nearest):
    cosine = F.cosine_similarity(table[word].unsqueeze(0), table, dim=-1)
    order = cosine.argsort(descending=True)
    return order[order != word][:n_nearest]


@right("1.5")
def nearest_words(word, table, n_nearest):
    def cosine(other):
        a, b = table[word], table[other]
        return (torch.dot(a, b) / (a.norm() * b.norm())).item()

    others = (v for v in range(table.shape[0]) if v != word)
    best = sorted(others, key=cosine, reverse=True)[:n_nearest]
    return torch.tensor(best, dtype=torch.long)


@right("1.5")
def nearest_words(word, table, n_nearest):
    # Euclidean distance of unit vectors orders as the cosine does
    unit = F.normalize(table.double(), dim=1)
    distance = (unit - unit[word]).pow(2).sum(1)
    distance[word] = math.inf
    return distance.sort().indices[:n_nearest]


@wrong("1.5", "leaves the word itself in")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    return (unit @ unit[word]).topk(n_nearest).indices


@wrong("1.5", "drops the first place, as if the word itself must stand there (ties)")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    order = (unit @ unit[word]).argsort(descending=True, stable=True)
    return order[1 : n_nearest + 1]


@wrong("1.5", "dot products, not divided by the lengths")
def nearest_words(word, table, n_nearest):
    score = table @ table[word]
    score[word] = -float("inf")
    return score.topk(n_nearest).indices


@wrong("1.5", "nearest last: the best ones in ascending order")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    cosine = unit @ unit[word]
    cosine[word] = -float("inf")
    return cosine.argsort()[-n_nearest:]


@wrong("1.5", "Euclidean distance instead of the cosine")
def nearest_words(word, table, n_nearest):
    distance = (table - table[word]).norm(dim=-1)
    distance[word] = float("inf")
    return distance.topk(n_nearest, largest=False).indices


@wrong("1.5", "returns the cosines instead of the numbers of the words")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    cosine = unit @ unit[word]
    cosine[word] = -float("inf")
    return cosine.topk(n_nearest).values


@wrong("1.5", "returns values and indices together")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    cosine = unit @ unit[word]
    cosine[word] = -float("inf")
    values, indices = cosine.topk(n_nearest)
    return values, indices


@wrong("1.5", "size of the cosine: opposite vectors count as near")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    cosine = (unit @ unit[word]).abs()
    cosine[word] = -1
    return cosine.topk(n_nearest).indices


@wrong("1.5", "gives the word itself cosine 0, which is more than a negative one")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    cosine = unit @ unit[word]
    cosine[word] = 0
    return cosine.topk(n_nearest).indices


@wrong("1.5", "takes the word's row out of the table, and the numbers behind it shift")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    others = torch.cat([unit[:word], unit[word + 1 :]])
    return (others @ unit[word]).topk(n_nearest).indices


@wrong("1.5", "returns the farthest words")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    cosine = unit @ unit[word]
    cosine[word] = float("inf")
    return cosine.topk(n_nearest, largest=False).indices


@wrong("1.5", "one word too few: the word itself counts among the n_nearest")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    order = (unit @ unit[word]).topk(n_nearest).indices
    return order[order != word]


@wrong("1.5", "returns a Python list")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    cosine = unit @ unit[word]
    cosine[word] = -2
    return cosine.topk(n_nearest).indices.tolist()


@wrong("1.5", "takes the lengths down the columns (dim=0)")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=0)
    cosine = unit @ unit[word]
    cosine[word] = -float("inf")
    return cosine.topk(n_nearest).indices


@wrong("1.5", "divides by the squared length (forgets the root)")
def nearest_words(word, table, n_nearest):
    score = table @ table[word] / (table**2).sum(-1)
    score[word] = -float("inf")
    return score.topk(n_nearest).indices


@wrong("1.5", "returns the numbers as float32")
def nearest_words(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    cosine = unit @ unit[word]
    cosine[word] = -float("inf")
    order = sorted(range(len(table)), key=lambda v: -cosine[v].item())
    return torch.Tensor(order[:n_nearest])


@wrong("1.5", "norms the caller's table in place")
def nearest_words(word, table, n_nearest):
    table /= table.norm(dim=-1, keepdim=True)
    cosine = table @ table[word]
    cosine[word] = -float("inf")
    return cosine.topk(n_nearest).indices


@wrong("1.5", "dot products, and the word itself left in (two mistakes)")
def nearest_words(word, table, n_nearest):
    return (table @ table[word]).topk(n_nearest).indices
