"""Exercise 4.14: Attention rollout"""

import functools
from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.14",
    "Attention rollout",
    stars=3,
    minutes=12,
    statement="""\
The weights of layer 5 do not say which *words* a position looks at: after five layers each \
position already holds a mixture. Abnar and Zuidema (2020) follow the mixture back to the words:

1. take the mean of a layer's heads;
2. add the identity, for the residual path, and divide so that each row sums to 1 again;
3. multiply these matrices, layer upon layer, so that row `i` of the result starts at position `i` \
after the last layer and ends at the tokens that came in.

Write `roll_out(weights)`: from `(n_layers, n_heads, T, T)` to `(T, T)`. It is a rough estimate, \
since it leaves out the values and the feed-forward networks. The authors found that it agrees \
better with the effect of blanking a word, and with gradients, than a single layer's weights do.""",
)
def roll_out(weights: Tensor) -> Tensor:
    """Follow attention through all layers, back to the tokens that came in.

    Args:
        weights: ``(n_layers, n_heads, T, T)``, layer 0 first; each row sums to 1.

    Returns:
        ``(T, T)``: row ``i`` says how much of each token that came in has reached
        position ``i`` after the last layer, counted this way. Each row sums to 1.
    """
    identity = torch.eye(weights.shape[-1])
    flow = identity  # before the first layer each place holds its own token
    for layer in weights.mean(dim=1):  # (T, T), the mean of the heads
        step = (layer + identity) / 2  # half attention, half residual
        flow = step @ flow  # (T, T): later layers stand on the left
    return flow


roll_out.hints = (
    "`weights.mean(dim=1)` is `(n_layers, T, T)`. What has to be done to each layer before "
    "you multiply?",
    "Each layer becomes `(layer + torch.eye(T)) / 2`, and its rows sum to 1 again. Then think "
    "of column vectors: the first layer is applied first. On which side does the second one "
    "stand?",
    "Start with `flow = torch.eye(T)`, and for every layer from the first to the last "
    "`flow = step @ flow`: a later layer stands on the left, because its columns are the "
    "positions of the layer below, which are the rows of `flow`.",
)


@roll_out.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_layers in (2, 3, 5):
        n_heads, length = primes(generator, 2, low=5, high=13)
        scores = torch.randn(n_layers, n_heads, length, length, generator=generator)
        scores[..., 0] += 2  # all look at the first place more, as they do at [CLS]
        yield ((3 * scores).softmax(-1),)
    yield (torch.randn(1, 2, 5, 5, generator=generator).softmax(-1),)
    yield (torch.ones(1, 1, 1, 1),)


def steps(weights: Tensor) -> Tensor:
    steps = weights.mean(1) + torch.eye(weights.shape[-1])
    return steps / steps.sum(-1, keepdim=True)  # (n_layers, T, T)


@roll_out.right
def chain(weights):
    return functools.reduce(torch.matmul, steps(weights).flip(0))


@roll_out.right
def backwards(weights):
    flow = torch.eye(weights.shape[-1])
    for step in reversed(list(steps(weights))):
        flow = flow @ step
    return flow


@roll_out.right
def token_by_token(weights):
    columns = []
    for token in torch.eye(weights.shape[-1]):
        amount = token  # (T,), how much of this token each place holds
        for layer in weights.mean(1):
            amount = 0.5 * amount + 0.5 * (layer @ amount)
        columns.append(amount)
    return torch.stack(columns, dim=1)


def product(steps: Tensor) -> Tensor:
    flow = steps[0]
    for step in steps[1:]:
        flow = step @ flow
    return flow


@roll_out.wrong(
    "You multiply in the wrong order. A later layer reads what the earlier ones made, so "
    "it stands on the left: `step @ flow`, not `flow @ step`."
)
def wrong_order(weights):
    return product(steps(weights).flip(0))


@roll_out.wrong(
    "The identity is missing. Each block adds what it finds to what came in, so every "
    "position also keeps its own."
)
def no_residual(weights):
    return product(weights.mean(1))


@roll_out.wrong(
    "You add the identity and do not divide, so the rows sum to 2, then 4, then 8. "
    "Renormalise each layer: its rows sum to 1."
)
def not_normalised(weights):
    return product(weights.mean(1) + torch.eye(weights.shape[-1]))


@roll_out.wrong(
    "You multiply entry by entry (`*`). Paths through the layers are added up by the "
    "matrix product, `@`."
)
def entrywise(weights):
    return steps(weights).prod(0)


@roll_out.wrong(
    "You average the layers. They come one after the other: multiply their matrices."
)
def mean_of_layers(weights):
    return steps(weights).mean(0)


@roll_out.wrong("You take the largest of the heads. The method here takes their mean.")
def largest_head(weights):
    steps = weights.amax(1) + torch.eye(weights.shape[-1])
    return product(steps / steps.sum(-1, keepdim=True))


@roll_out.wrong(
    "You add the heads up before you add the identity, so the residual path counts too "
    "little. Take the mean of the heads."
)
def sum_of_heads(weights):
    steps = weights.sum(1) + torch.eye(weights.shape[-1])
    return product(steps / steps.sum(-1, keepdim=True))


@roll_out.wrong(
    "You divide by the sums of the columns. A row belongs to a query, and the rows sum to "
    "1: normalise over the last axis."
)
def columns(weights):
    steps = weights.mean(1) + torch.eye(weights.shape[-1])
    return product(steps / steps.sum(-2, keepdim=True))


@roll_out.wrong(
    "You average over the layers and multiply the heads. Axis 0 counts layers, axis 1 "
    "heads."
)
def heads_as_layers(weights):
    return roll_out(weights.transpose(0, 1))


@roll_out.wrong(
    "That is the last layer alone. Its columns are positions after the layer below, not yet "
    "tokens: multiply all layers."
)
def last_layer(weights):
    return steps(weights)[-1]


@roll_out.wrong(
    "You add the identity once, at the end. Every block has its residual path: add it in "
    "each layer."
)
def residual_once(weights):
    return (no_residual(weights) + torch.eye(weights.shape[-1])) / 2


@roll_out.wrong(
    "The result is right but transposed: rows are positions after the last layer, "
    "columns the tokens that came in."
)
def transposed(weights):
    return roll_out(weights).T


@roll_out.wrong(
    "The first layer is missing from your product. Start with the identity, or with the "
    "first layer, and not with the second."
)
def first_left_out(weights):
    return product(steps(weights)[1:])
