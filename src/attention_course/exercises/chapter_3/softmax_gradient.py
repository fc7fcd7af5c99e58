"""Exercise 3.13: Why a sure softmax learns nothing"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "3.13",
    "Why a sure softmax learns nothing",
    stars=3,
    minutes=15,
    statement="""\
The weights came out of a softmax, `weights = scores.softmax(-1)`. The backward step brings \
`grad_weights`, the gradient of the loss with respect to the weights. Write \
`softmax_gradient(weights, grad_weights)`, the gradient with respect to the scores, without \
calling `backward`. Both arguments and the result are `(..., Tq, Tk)`.

The derivative of weight `i` with respect to score `j` is `w_i (1 − w_i)` if `i = j`, and \
`−w_i w_j` otherwise: the weights of a row compete, what one wins the others lose. When you have \
the formula, put in a row like `[1, 0, 0]`. What does this query learn?""",
)
def softmax_gradient(weights: Tensor, grad_weights: Tensor) -> Tensor:
    """Carry the gradient of the loss from the weights back to the scores.

    Args:
        weights: ``(..., Tq, Tk)``, the softmax of the scores over the last axis.
        grad_weights: ``(..., Tq, Tk)``, the loss's gradient with respect to them.

    Returns:
        The gradient of the loss with respect to the scores, ``(..., Tq, Tk)``.
    """
    shared = (weights * grad_weights).sum(dim=-1, keepdim=True)  # (..., Tq, 1)
    return weights * (grad_weights - shared)


softmax_gradient.hints = (
    "Score `j` changes *all* weights of its row. So its gradient is a sum over `i`: "
    "`grad_weights` at `i` times the derivative of weight `i` with respect to score `j`.",
    "Call the weights `w` and the gradient `g`. Split the sum: `i = j` gives `g_j w_j (1 - "
    "w_j)`, all others `-g_i w_i w_j`. Together that is `w_j g_j - w_j Σ_i w_i g_i`.",
    "`w_j (g_j - Σ_i w_i g_i)`: the sum is the same for the whole row, `(weights * "
    "grad_weights).sum(dim=-1, keepdim=True)`. Descent raises the score of a key whose "
    "`grad_weights` is *below* the weighted mean of its row. For a row like "
    "`[1, 0, 0]` everything is 0.",
)


@softmax_gradient.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (0, 1, 2):
        *leading, n_queries, n_keys = primes(generator, 2 + n_leading, low=3, high=13)
        scores = torch.randn(*leading, n_queries, n_keys, generator=generator)
        yield scores.softmax(-1), torch.randn(scores.shape, generator=generator)
    yield (
        torch.randn(1, 3, generator=generator).softmax(-1),
        torch.randn(1, 3, generator=generator),
    )


@softmax_gradient.right
def jacobian(weights, grad_weights):
    outer = weights.unsqueeze(-1) * weights.unsqueeze(-2)  # (..., Tq, Tk, Tk)
    jacobian = torch.diag_embed(weights) - outer
    return (jacobian @ grad_weights.unsqueeze(-1)).squeeze(-1)


@softmax_gradient.right
def autograd(weights, grad_weights):
    scores = weights.log().requires_grad_()  # any scores with these weights will do
    return torch.autograd.grad(scores.softmax(-1), scores, grad_weights)[0]


@softmax_gradient.right
def two_terms(weights, grad_weights):
    through = weights * grad_weights
    return through - weights * through.sum(-1, keepdim=True)


@softmax_gradient.wrong(
    "You take each weight by itself, as if the softmax did not divide by a sum. The "
    "weights of a row compete: subtract what they have in common."
)
def no_competition(weights, grad_weights):
    return weights * grad_weights


@softmax_gradient.wrong(
    "You use the effect of each score on its *own* weight only. A score also takes "
    "weight from all other keys of its row: sum over them."
)
def own_score(weights, grad_weights):
    return weights * (1 - weights) * grad_weights


@softmax_gradient.wrong(
    "You subtract the plain sum of the gradients. It is a *weighted* sum: each gradient "
    "times its weight."
)
def plain_sum(weights, grad_weights):
    return weights * (grad_weights - grad_weights.sum(-1, keepdim=True))


@softmax_gradient.wrong(
    "You subtract the plain mean of the gradients. Weight them: keys without weight have "
    "no say."
)
def plain_mean(weights, grad_weights):
    return weights * (grad_weights - grad_weights.mean(-1, keepdim=True))


@softmax_gradient.wrong(
    "You sum over the queries. The keys of one query compete: sum over the last axis."
)
def over_queries(weights, grad_weights):
    return weights * (grad_weights - (weights * grad_weights).sum(-2, keepdim=True))


@softmax_gradient.wrong(
    "You sum over the whole tensor. Each row is a softmax of its own: sum over the last "
    "axis, and keep it with `keepdim=True`."
)
def over_everything(weights, grad_weights):
    return weights * (grad_weights - (weights * grad_weights).sum())


@softmax_gradient.wrong(
    "The difference is right, and the factor in front is missing: multiply by the "
    "weights."
)
def no_factor(weights, grad_weights):
    return grad_weights - (weights * grad_weights).sum(-1, keepdim=True)


@softmax_gradient.wrong(
    "You add the weighted sum of the row. Subtract it: what one key wins, the others "
    "lose."
)
def added(weights, grad_weights):
    return weights * (grad_weights + (weights * grad_weights).sum(-1, keepdim=True))


@softmax_gradient.wrong(
    "You send the gradient through a softmax. On the way back it is multiplied by "
    "derivatives."
)
def forward(weights, grad_weights):
    return (weights * grad_weights).softmax(-1)
