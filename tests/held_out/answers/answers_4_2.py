"""Exercise 4.2: answers written from its statement and stub alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("4.2")
def head_by_loops(x, w_query, w_key, w_value):
    T, d_head = x.shape[0], w_query.shape[1]
    out = torch.zeros(T, w_value.shape[1], dtype=x.dtype)
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_key) for j in range(T)]) / math.sqrt(d_head)
        weights = scores.softmax(0)
        for j in range(T):
            out[i] += weights[j] * (x[j] @ w_value)
    return out


@right("4.2")
def head_by_loops(x, w_query, w_key, w_value):
    q, k, v = x @ w_query, x @ w_key, x @ w_value
    return (q @ k.T / w_key.shape[1] ** 0.5).softmax(-1) @ v


@right("4.2")
def head_by_loops(x, w_query, w_key, w_value):
    return F.scaled_dot_product_attention(
        (x @ w_query).unsqueeze(0), (x @ w_key).unsqueeze(0), (x @ w_value).unsqueeze(0)
    ).squeeze(0)


@right("4.2")
def head_by_loops(x, w_query, w_key, w_value):
    X, Q, K, V = (a.detach().double().numpy() for a in (x, w_query, w_key, w_value))
    out = []
    for i in range(len(X)):
        s = [
            float((X[i] @ Q) @ (X[j] @ K)) / math.sqrt(Q.shape[1])
            for j in range(len(X))
        ]
        e = [math.exp(a - max(s)) for a in s]
        out.append(sum(a / sum(e) * (X[j] @ V) for j, a in enumerate(e)))
    return torch.tensor(np.array(out), dtype=x.dtype)


@right("4.2")
def head_by_loops(x, w_query, w_key, w_value):
    keys = [row @ w_key for row in x]
    values = torch.stack([row @ w_value for row in x])

    def one(row):
        q = (row @ w_query) * w_query.shape[1] ** -0.5
        return torch.einsum(
            "t,tv->v", torch.stack([q.dot(k) for k in keys]).softmax(0), values
        )

    return torch.stack(list(map(one, x)))


@wrong("4.2", "no division by the root of d_head")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        weights = torch.stack([q @ (x[j] @ w_key) for j in range(T)]).softmax(0)
        for j in range(T):
            out[i] += weights[j] * (x[j] @ w_value)
    return out


@wrong("4.2", "divides by d_head")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_key) for j in range(T)]) / w_query.shape[1]
        weights = scores.softmax(0)
        for j in range(T):
            out[i] += weights[j] * (x[j] @ w_value)
    return out


@wrong("4.2", "root of d_model instead of d_head")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_key) for j in range(T)]) / math.sqrt(
            x.shape[1]
        )
        weights = scores.softmax(0)
        for j in range(T):
            out[i] += weights[j] * (x[j] @ w_value)
    return out


@wrong("4.2", "softmax down the columns: over the queries of a key")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    scores = torch.zeros(T, T)
    for i in range(T):
        for j in range(T):
            scores[i, j] = (
                (x[i] @ w_query) @ (x[j] @ w_key) / math.sqrt(w_query.shape[1])
            )
    weights = scores.softmax(0)
    return weights @ (x @ w_value)


@wrong("4.2", "no softmax: the scores are the weights")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        for j in range(T):
            score = (x[i] @ w_query) @ (x[j] @ w_key) / math.sqrt(w_query.shape[1])
            out[i] += score * (x[j] @ w_value)
    return out


@wrong("4.2", "query and key swapped: key i asks query j")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        k = x[i] @ w_key
        scores = torch.stack([k @ (x[j] @ w_query) for j in range(T)]) / math.sqrt(
            len(k)
        )
        weights = scores.softmax(0)
        for j in range(T):
            out[i] += weights[j] * (x[j] @ w_value)
    return out


@wrong("4.2", "adds up x instead of the values")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, x.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_key) for j in range(T)]) / math.sqrt(len(q))
        weights = scores.softmax(0)
        for j in range(T):
            out[i] += weights[j] * x[j]
    return out


@wrong("4.2", "looks back only")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_key) for j in range(i + 1)]) / math.sqrt(
            len(q)
        )
        weights = scores.softmax(0)
        for j in range(i + 1):
            out[i] += weights[j] * (x[j] @ w_value)
    return out


@wrong("4.2", "divides the sum by T once more")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_key) for j in range(T)]) / math.sqrt(len(q))
        weights = scores.softmax(0)
        for j in range(T):
            out[i] += weights[j] * (x[j] @ w_value) / T
    return out


@wrong("4.2", "multiplies the matrices from the left")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = []
    for i in range(T):
        q = w_query @ x[i]
        scores = torch.stack([q @ (w_key @ x[j]) for j in range(T)]) / math.sqrt(len(q))
        weights = scores.softmax(0)
        out.append(sum(weights[j] * (w_value @ x[j]) for j in range(T)))
    return torch.stack(out)


@wrong("4.2", "a place does not look at itself")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.full((T,), -1e9)
        for j in range(T):
            if j != i:
                scores[j] = q @ (x[j] @ w_key) / math.sqrt(len(q))
        weights = scores.softmax(0) * (torch.arange(T) != i)
        for j in range(T):
            out[i] += weights[j] * (x[j] @ w_value)
    return out


@wrong("4.2", "the inner loop leaves out the last value")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_key) for j in range(T)]) / math.sqrt(len(q))
        weights = scores.softmax(0)
        for j in range(T - 1):
            out[i] += weights[j] * (x[j] @ w_value)
    return out


@wrong("4.2", "the sum is not reset: it goes on from one place to the next")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    total = torch.zeros(w_value.shape[1])
    out = []
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_key) for j in range(T)]) / math.sqrt(len(q))
        weights = scores.softmax(0)
        for j in range(T):
            total = total + weights[j] * (x[j] @ w_value)
        out.append(total)
    return torch.stack(out)


@wrong("4.2", "a list of vectors")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = []
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_key) for j in range(T)]) / math.sqrt(len(q))
        weights = scores.softmax(0)
        out.append(sum(weights[j] * (x[j] @ w_value) for j in range(T)))
    return out


@wrong("4.2", "exponentials not divided by their sum")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        for j in range(T):
            out[i] += torch.exp(q @ (x[j] @ w_key) / math.sqrt(len(q))) * (
                x[j] @ w_value
            )
    return out


@wrong("4.2", "exp without subtracting the maximum: large scores give NaN")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        e = (
            torch.stack([q @ (x[j] @ w_key) for j in range(T)])
            .div(math.sqrt(len(q)))
            .exp()
        )
        for j in range(T):
            out[i] += e[j] / e.sum() * (x[j] @ w_value)
    return out


@wrong("4.2", "adds x (a residual connection)")
def head_by_loops(x, w_query, w_key, w_value):
    weights = ((x @ w_query) @ (x @ w_key).T / math.sqrt(w_query.shape[1])).softmax(-1)
    out = weights @ (x @ w_value)
    n = min(out.shape[1], x.shape[1])
    out[:, :n] += x[:, :n]
    return out


@wrong("4.2", "keys made with w_query")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_query) for j in range(T)]) / math.sqrt(
            len(q)
        )
        weights = scores.softmax(0)
        for j in range(T):
            out[i] += weights[j] * (x[j] @ w_value)
    return out


@wrong("4.2", "weight of place j, but the value of place i")
def head_by_loops(x, w_query, w_key, w_value):
    T = x.shape[0]
    out = torch.zeros(T, w_value.shape[1])
    for i in range(T):
        q = x[i] @ w_query
        scores = torch.stack([q @ (x[j] @ w_key) for j in range(T)]) / math.sqrt(len(q))
        weights = scores.softmax(0)
        for j in range(T):
            out[i] += weights[j] * (x[i] @ w_value)
    return out


@wrong("4.2", "no division, and looks back only (two mistakes)")
def head_by_loops(x, w_query, w_key, w_value):
    out = []
    for i in range(len(x)):
        scores = torch.stack([(x[i] @ w_query) @ (x[j] @ w_key) for j in range(i + 1)])
        out.append(scores.softmax(0) @ (x[: i + 1] @ w_value))
    return torch.stack(out)
