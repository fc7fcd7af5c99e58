"""Exercise 4.15: answers written from its statement and stub alone."""

import itertools

import numpy as np
import torch

from ..collect import right, wrong


@right("4.15")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    best = int(table.argmax())
    return best // table.shape[1], best % table.shape[1]


@right("4.15")
def strongest_head(weights, query_place, key_place):
    pairs = itertools.product(range(weights.shape[0]), range(weights.shape[1]))
    return max(pairs, key=lambda p: weights[p[0], p[1], query_place, key_place].item())


@right("4.15")
def strongest_head(weights, query_place, key_place):
    a = weights.detach().numpy()[..., query_place, key_place]
    layer, head = np.unravel_index(np.argmax(a), a.shape)
    return int(layer), int(head)


@right("4.15")
def strongest_head(weights, query_place, key_place):
    best, where = -1.0, None
    for layer, heads in enumerate(weights.tolist()):
        for head, matrix in enumerate(heads):
            if matrix[query_place][key_place] > best:
                best, where = matrix[query_place][key_place], (layer, head)
    return where


@right("4.15")
def strongest_head(weights, query_place, key_place):
    values, heads = weights[:, :, query_place, key_place].max(dim=1)
    layer = values.argmax().item()
    return layer, heads[layer].item()


@wrong("4.15", "query and key swapped")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, key_place, query_place]
    return divmod(int(table.argmax()), table.shape[1])


@wrong("4.15", "one number: the place in the flattened table")
def strongest_head(weights, query_place, key_place):
    return int(weights[:, :, query_place, key_place].argmax())


@wrong("4.15", "(head, layer)")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    layer, head = divmod(int(table.argmax()), table.shape[1])
    return head, layer


@wrong("4.15", "largest weight between any two places")
def strongest_head(weights, query_place, key_place):
    table = weights.flatten(2).amax(-1)
    return divmod(int(table.argmax()), table.shape[1])


@wrong("4.15", "divides by the number of layers instead of heads")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    return divmod(int(table.argmax()), table.shape[0])


@wrong("4.15", "two tensors")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    best = table.argmax()
    return best // table.shape[1], best % table.shape[1]


@wrong("4.15", "best layer on average and best head on average, each by itself")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    return int(table.mean(1).argmax()), int(table.mean(0).argmax())


@wrong("4.15", "the layer by its best head, the head by its average over the layers")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    return int(table.amax(1).argmax()), int(table.mean(0).argmax())


@wrong("4.15", "counts from 1")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    layer, head = divmod(int(table.argmax()), table.shape[1])
    return layer + 1, head + 1


@wrong("4.15", "smallest weight")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    return divmod(int(table.argmin()), table.shape[1])


@wrong("4.15", "what the key place receives from all places")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, :, key_place].sum(-1)
    return divmod(int(table.argmax()), table.shape[1])


@wrong("4.15", "returns the weight as well")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    layer, head = divmod(int(table.argmax()), table.shape[1])
    return layer, head, table[layer, head].item()


@wrong("4.15", "counts the flat index down the columns: heads before layers")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    return divmod(int(table.T.argmax()), table.shape[1])


@wrong("4.15", "a list instead of a tuple")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    return list(divmod(int(table.argmax()), table.shape[1]))


@wrong("4.15", "averages both directions")
def strongest_head(weights, query_place, key_place):
    table = (
        weights[:, :, query_place, key_place] + weights[:, :, key_place, query_place]
    )
    return divmod(int(table.argmax()), table.shape[1])


@wrong(
    "4.15",
    "keeps the best weight of a layer only: reset for every layer, the last layer wins",
)
def strongest_head(weights, query_place, key_place):
    answer = (0, 0)
    for layer in range(weights.shape[0]):
        best = 0.0
        for head in range(weights.shape[1]):
            if weights[layer, head, query_place, key_place] > best:
                best = weights[layer, head, query_place, key_place].item()
                answer = (layer, head)
    return answer


@wrong("4.15", "best head of each layer: a list of all layers")
def strongest_head(weights, query_place, key_place):
    heads = weights[:, :, query_place, key_place].argmax(1).tolist()
    return [(layer, head) for layer, head in enumerate(heads)]


@wrong(
    "4.15",
    "first head in which the key is the query's favourite, not the largest weight",
)
def strongest_head(weights, query_place, key_place):
    for layer in range(weights.shape[0]):
        for head in range(weights.shape[1]):
            if int(weights[layer, head, query_place].argmax()) == key_place:
                return layer, head
    table = weights[:, :, query_place, key_place]
    return divmod(int(table.argmax()), table.shape[1])


@wrong("4.15", "float numbers: / instead of //")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, query_place, key_place]
    best = int(table.argmax())
    return best / table.shape[1], best % table.shape[1]


@wrong("4.15", "query and key swapped, and (head, layer) (two mistakes)")
def strongest_head(weights, query_place, key_place):
    table = weights[:, :, key_place, query_place]
    layer, head = divmod(int(table.argmax()), table.shape[1])
    return head, layer


# ---------------------------------------------------------------- more with two mistakes


@wrong("4.2", "x instead of the values, and not scaled (two mistakes)")
def head_by_loops(x, w_query, w_key, w_value):
    return ((x @ w_query) @ (x @ w_key).T).softmax(-1) @ x


@wrong("4.3", "heads in front of all axes, in reverse order (two mistakes)")
def cut_for_heads(x, n_heads):
    return torch.stack(x.chunk(n_heads, dim=-1)[::-1], dim=0)


@wrong("4.4", "one reshape, with the leading axes flattened (two mistakes)")
def join_heads(parts):
    h, T, d = parts.shape[-3:]
    return parts.reshape(-1, T, h * d)


@wrong("4.5", "not scaled, and a softmax on top (two mistakes)")
def scores_of_heads(query, key, n_heads):
    q = query.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    k = key.unflatten(-1, (n_heads, -1)).transpose(-3, -2)
    return (q @ k.transpose(-2, -1)).softmax(-1)


@wrong("4.7", "triangle not moved, and float (two mistakes)")
def look_back_mask(n_queries, n_keys):
    return torch.tril(torch.ones(n_queries, n_keys))


@wrong("4.9", "sine and cosine swapped, exponent i / d_model (two mistakes)")
def wave_positions(length, d_model):
    angle = torch.arange(length)[:, None] / 10000 ** (
        torch.arange(d_model // 2) / d_model
    )
    return torch.stack([angle.cos(), angle.sin()], dim=-1).flatten(1)


@wrong("4.10", "a row for each sentence, counted from 1 (two mistakes)")
def add_positions(x, positions):
    row = torch.arange(1, x.shape[0] + 1).clamp(max=len(positions) - 1)
    return x + positions[row].unsqueeze(1)


@wrong("4.11", "compares exactly, and shuffles the caller's x (two mistakes)")
def is_equivariant(layer, x):
    y = layer(x)
    order = torch.randperm(len(x))
    x[:] = x[order].clone()
    return torch.equal(layer(x), y[order])


@wrong("4.12", "post-norm, and with the norms swapped (two mistakes)")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = norm2(x + attention(x))
    return norm1(x + feed_forward(x))


@wrong(
    "4.13", "one layer norm only, and multiplied by the number of heads (two mistakes)"
)
def block_parameters(d_model, n_heads, d_hidden):
    attention = n_heads * 4 * (d_model**2 + d_model)
    return attention + 2 * d_model * d_hidden + d_hidden + d_model + 2 * d_model


@wrong("4.14", "sum of the heads, and not divided (two mistakes)")
def roll_out(weights):
    T = weights.shape[-1]
    result = torch.eye(T)
    for layer in weights:
        result = (layer.sum(0) + torch.eye(T)) @ result
    return result


@wrong("4.15", "largest weight between any two places, as a flat number (two mistakes)")
def strongest_head(weights, query_place, key_place):
    return int(weights.flatten(2).amax(-1).argmax())
