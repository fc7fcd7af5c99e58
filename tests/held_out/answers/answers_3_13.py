"""Exercise 3.13: answers written from its statement and stub alone."""

import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("3.13")
def softmax_gradient(weights, grad_weights):
    inner = (weights * grad_weights).sum(-1, keepdim=True)
    return weights * (grad_weights - inner)


@right("3.13")
def softmax_gradient(weights, grad_weights):
    jacobian = torch.diag_embed(weights) - weights.unsqueeze(-1) * weights.unsqueeze(-2)
    return torch.einsum("...ij,...i->...j", jacobian, grad_weights)


@right("3.13")
def softmax_gradient(weights, grad_weights):
    n = weights.shape[-1]
    out = torch.zeros_like(weights)
    for j in range(n):
        for i in range(n):
            slope = weights[..., i] * ((1.0 if i == j else 0.0) - weights[..., j])
            out[..., j] += slope * grad_weights[..., i]
    return out


@right("3.13")
def softmax_gradient(weights, grad_weights):
    w, g = weights.detach().double().numpy(), grad_weights.detach().double().numpy()
    wg = w * g
    return torch.from_numpy(wg - w * wg.sum(axis=-1, keepdims=True)).to(weights.dtype)


@right("3.13")
def softmax_gradient(weights, grad_weights):
    centred = grad_weights - torch.matmul(
        grad_weights.unsqueeze(-2), weights.unsqueeze(-1)
    ).squeeze(-1)
    return torch.mul(centred, weights)


@wrong("3.13", "weights times gradient, the other weights of the row forgotten")
def softmax_gradient(weights, grad_weights):
    return weights * grad_weights


@wrong("3.13", "diagonal only: w (1 - w) times the gradient")
def softmax_gradient(weights, grad_weights):
    return weights * (1 - weights) * grad_weights


@wrong("3.13", "subtracts the sum of the gradients without weighting it")
def softmax_gradient(weights, grad_weights):
    return weights * (grad_weights - grad_weights.sum(-1, keepdim=True))


@wrong("3.13", "sums over all rows, not row by row")
def softmax_gradient(weights, grad_weights):
    return weights * (grad_weights - (weights * grad_weights).sum())


@wrong("3.13", "sums over the queries")
def softmax_gradient(weights, grad_weights):
    return weights * (grad_weights - (weights * grad_weights).sum(-2, keepdim=True))


@wrong("3.13", "forgets keepdim: the sums go along the wrong axis")
def softmax_gradient(weights, grad_weights):
    return weights * (grad_weights - (weights * grad_weights).sum(-1))


@wrong("3.13", "wrong sign")
def softmax_gradient(weights, grad_weights):
    return weights * ((weights * grad_weights).sum(-1, keepdim=True) - grad_weights)


@wrong("3.13", "forgets the factor w in front")
def softmax_gradient(weights, grad_weights):
    return grad_weights - (weights * grad_weights).sum(-1, keepdim=True)


@wrong("3.13", "mean instead of sum")
def softmax_gradient(weights, grad_weights):
    return weights * (grad_weights - (weights * grad_weights).mean(-1, keepdim=True))


@wrong("3.13", "off-diagonal part alone")
def softmax_gradient(weights, grad_weights):
    wg = weights * grad_weights
    return -weights * (wg.sum(-1, keepdim=True) - wg)


@wrong("3.13", "counts the diagonal twice: w (1 - w) g and the whole sum as well")
def softmax_gradient(weights, grad_weights):
    wg = weights * grad_weights
    return weights * (1 - weights) * grad_weights - weights * wg.sum(-1, keepdim=True)


@wrong("3.13", "the other weights are added instead of subtracted")
def softmax_gradient(weights, grad_weights):
    return weights * (grad_weights + (weights * grad_weights).sum(-1, keepdim=True))


@wrong("3.13", "takes the softmax of the weights once more")
def softmax_gradient(weights, grad_weights):
    w = weights.softmax(-1)
    return w * (grad_weights - (w * grad_weights).sum(-1, keepdim=True))


@wrong("3.13", "returns the Jacobian, not multiplied by the gradient")
def softmax_gradient(weights, grad_weights):
    return torch.diag_embed(weights) - weights.unsqueeze(-1) * weights.unsqueeze(-2)


@wrong("3.13", "the gradient of log_softmax")
def softmax_gradient(weights, grad_weights):
    return grad_weights - weights * grad_weights.sum(-1, keepdim=True)


@wrong("3.13", "subtracts the plain mean of the gradients")
def softmax_gradient(weights, grad_weights):
    return weights * (grad_weights - grad_weights.mean(-1, keepdim=True))


@wrong("3.13", "w squared in the sum")
def softmax_gradient(weights, grad_weights):
    return weights * (grad_weights - (weights**2 * grad_weights).sum(-1, keepdim=True))


@wrong("3.13", "as for the sigmoid: w (1 - w), without the gradient that comes in")
def softmax_gradient(weights, grad_weights):
    return weights * (1 - weights)


@wrong("3.13", "works on the caller's grad_weights in place")
def softmax_gradient(weights, grad_weights):
    grad_weights -= (weights * grad_weights).sum(-1, keepdim=True)
    return weights * grad_weights


@wrong("3.13", "one Jacobian for all rows, from the first row of weights")
def softmax_gradient(weights, grad_weights):
    w = weights.reshape(-1, weights.shape[-1])[0]
    return grad_weights @ (torch.diag(w) - torch.outer(w, w))


@wrong("3.13", "wrong sign, and sums over the queries (two mistakes)")
def softmax_gradient(weights, grad_weights):
    return weights * ((weights * grad_weights).sum(-2, keepdim=True) - grad_weights)


# ---------------------------------------------------------------- more with two mistakes


@wrong("3.1", "cosines, and rows belong to keys (two mistakes)")
def compare_all_pairs(query, key):
    return F.normalize(key, dim=-1) @ F.normalize(query, dim=-1).transpose(-2, -1)


@wrong("3.3", "not divided, and a softmax on top (two mistakes)")
def scores_of_unit_variance(query, key):
    return (query @ key.transpose(-2, -1)).softmax(-1)


@wrong(
    "3.4", "softmax over the queries, and NaN where nothing is allowed (two mistakes)"
)
def softmax_where_allowed(scores, mask):
    return scores.masked_fill(~mask, -float("inf")).softmax(-2)


@wrong("3.4", "forbidden scores 0, written into the caller's scores (two mistakes)")
def softmax_where_allowed(scores, mask):
    scores *= mask
    return scores.softmax(-1)


@wrong("3.6", "mask inverted, and not scaled (two mistakes)")
def attend_in_three_lines(query, key, value, mask):
    scores = query @ key.transpose(-2, -1)
    weights = scores.masked_fill(mask, -1e9).softmax(-1)
    return weights @ value, weights


@wrong("3.7", "softmax over the batch, and results in the wrong order (two mistakes)")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = scores.masked_fill(~real, -1e9).softmax(0)
    return weights, torch.einsum("bt,btd->bd", weights, encoder_states)


@wrong("3.8", "W forgotten, and rows belong to keys (two mistakes)")
def bilinear_scores(query, key, weight):
    return key @ query.transpose(-2, -1)


@wrong("3.9", "ReLU instead of tanh, and v forgotten (two mistakes)")
def additive_scores(query, key, from_query, from_key, to_score):
    q = (query @ from_query.T).unsqueeze(-2)
    k = (key @ from_key.T).unsqueeze(-3)
    return torch.relu(q + k).sum(-1)


@wrong("3.11", "forgets the minus, and takes the mean (two mistakes)")
def entropy_of_weights(weights):
    return torch.xlogy(weights, weights).mean(-1)


@wrong("3.12", "the smallest weight, in the order of reading (two mistakes)")
def looked_at_most(weights, read):
    return "".join(read[i] for i in sorted(weights.argmin(-1).tolist()))


@wrong("3.13", "diagonal only, with the wrong sign (two mistakes)")
def softmax_gradient(weights, grad_weights):
    return -weights * (1 - weights) * grad_weights
