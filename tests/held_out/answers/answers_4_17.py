"""Exercise 4.17: answers written from its statement and stub alone."""

import math

import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("4.17")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return out.transpose(1, 2).reshape(b, t, d) @ w_output


@right("4.17")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    t, d_head = x.shape[1], x.shape[2] // n_heads
    ahead = torch.triu(torch.ones(t, t, dtype=torch.bool), diagonal=1)
    forbidden = ahead | ~real.unsqueeze(1)
    outputs = []
    for h in range(n_heads):
        part = slice(h * d_head, (h + 1) * d_head)
        q, k, v = x @ w_query[:, part], x @ w_key[:, part], x @ w_value[:, part]
        scores = torch.bmm(q, k.transpose(1, 2)) / math.sqrt(d_head)
        weights = torch.softmax(scores.masked_fill(forbidden, -torch.inf), dim=-1)
        outputs.append(weights @ v)
    return torch.cat(outputs, dim=-1) @ w_output


@right("4.17")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape
    size = d // n_heads
    result = torch.zeros_like(x)
    for s in range(b):
        q, k, v = x[s] @ w_query, x[s] @ w_key, x[s] @ w_value
        for i in range(t):
            seen = [j for j in range(i + 1) if real[s, j]]
            for h in range(n_heads):
                a, e = h * size, (h + 1) * size
                weights = torch.softmax(k[seen, a:e] @ q[i, a:e] / size**0.5, dim=0)
                result[s, i] += weights @ v[seen, a:e] @ w_output[a:e]
    return result


@wrong("4.17", "divides by the root of d_model")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    scores = (q @ k.mT / math.sqrt(d)).masked_fill(~mask, -torch.inf)
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d) @ w_output


@wrong("4.17", "forgets the padding")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return out.transpose(1, 2).reshape(b, t, d) @ w_output


@wrong("4.17", "forgets the order in time")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=real[:, None, None, :])
    return out.transpose(1, 2).reshape(b, t, d) @ w_output


@wrong("4.17", "reshapes without exchanging axes: heads cut across positions")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).reshape(b, n_heads, t, d // n_heads)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    scores = (q @ k.mT / math.sqrt(d // n_heads)).masked_fill(~mask, -torch.inf)
    return (scores.softmax(-1) @ v).reshape(b, t, d) @ w_output


@wrong("4.17", "joins without exchanging the axes back")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    scores = (q @ k.mT / math.sqrt(d // n_heads)).masked_fill(~mask, -torch.inf)
    return (scores.softmax(-1) @ v).reshape(b, t, d) @ w_output


@wrong("4.17", "no w_output at the end")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return out.transpose(1, 2).reshape(b, t, d)


@wrong("4.17", "not scaled")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    t, d_head = x.shape[1], x.shape[2] // n_heads
    ahead = torch.triu(torch.ones(t, t, dtype=torch.bool), diagonal=1)
    forbidden = ahead | ~real.unsqueeze(1)
    outputs = []
    for h in range(n_heads):
        part = slice(h * d_head, (h + 1) * d_head)
        q, k, v = x @ w_query[:, part], x @ w_key[:, part], x @ w_value[:, part]
        scores = torch.bmm(q, k.transpose(1, 2))
        weights = torch.softmax(scores.masked_fill(forbidden, -torch.inf), dim=-1)
        outputs.append(weights @ v)
    return torch.cat(outputs, dim=-1) @ w_output


@wrong("4.17", "forbidden scores are 0, so they keep a weight")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    scores = (q @ k.mT / math.sqrt(d // n_heads)) * mask
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d) @ w_output


@wrong("4.17", "mask after the softmax: rows have no sum of 1")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    weights = (q @ k.mT / math.sqrt(d // n_heads)).softmax(-1) * mask
    return (weights @ v).transpose(1, 2).reshape(b, t, d) @ w_output


@wrong("4.17", "the mask is upside down: attends where it may not")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    scores = (q @ k.mT / math.sqrt(d // n_heads)).masked_fill(mask, -1e9)
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d) @ w_output


@wrong("4.17", "padding masks the rows, not the columns")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, :, None] & torch.ones(t, t, dtype=torch.bool).tril()
    scores = (q @ k.mT / math.sqrt(d // n_heads)).masked_fill(~mask, -1e9)
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d) @ w_output


@wrong("4.17", "softmax over the queries")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    scores = (q @ k.mT / math.sqrt(d // n_heads)).masked_fill(~mask, -1e9)
    return (scores.softmax(-2) @ v).transpose(1, 2).reshape(b, t, d) @ w_output


@wrong("4.17", "matrices from the left: w.T")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return F.linear(x, w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return F.linear(out.transpose(1, 2).reshape(b, t, d), w_output)


@wrong("4.17", "one head only")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    t = x.shape[1]
    q, k, v = x @ w_query, x @ w_key, x @ w_value
    mask = real[:, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask) @ w_output


@wrong("4.17", "the values are not projected")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(y):
        return y.view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(x @ w_query), heads(x @ w_key), heads(x)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return out.transpose(1, 2).reshape(b, t, d) @ w_output


@wrong("4.17", "a residual connection that is not there")
def self_attention_of_heads(x, w_query, w_key, w_value, w_output, n_heads, real):
    b, t, d = x.shape

    def heads(w):
        return (x @ w).view(b, t, n_heads, d // n_heads).transpose(1, 2)

    q, k, v = heads(w_query), heads(w_key), heads(w_value)
    mask = real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return x + out.transpose(1, 2).reshape(b, t, d) @ w_output
