"""Exercise 4.13: Count a block"""

from collections.abc import Iterator

import torch
from torch import nn

from ..checker import Args, exercise, primes


@exercise(
    "4.13",
    "Count a block",
    stars=2,
    minutes=8,
    rtol=1e-12,
    atol=0.0,
    statement="""\
How large is a Transformer? Most of it is blocks, so count one. Write `block_parameters(d_model, \
n_heads, d_hidden)`, the number of trainable numbers in this chapter's `Block`: four projections, \
a feed-forward network with one hidden layer, two layer norms. Every linear layer has a bias, and \
a layer norm has a scale and a shift for each of the `d_model` numbers.

Then put in 384, 12 and 1536, and multiply by 6: these are the blocks of the pretrained encoder of \
this chapter. Does attention hold most of it?""",
)
def block_parameters(d_model: int, n_heads: int, d_hidden: int) -> int:
    """Count the trainable numbers of one Transformer block.

    Args:
        d_model: dimension of a vector.
        n_heads: number of heads, each ``d_model / n_heads`` long.
        d_hidden: hidden units of the feed-forward network.

    Returns:
        How many numbers attention, feed-forward network and two layer norms hold.
    """
    attention = 4 * (d_model * d_model + d_model)  # W_Q, W_K, W_V, W_O, with biases
    expand = d_model * d_hidden + d_hidden
    contract = d_hidden * d_model + d_model
    norms = 2 * (d_model + d_model)  # each a scale and a shift
    return attention + expand + contract + norms


block_parameters.hints = (
    "A linear layer from `n` to `m` numbers holds `n · m` weights and `m` biases. List the "
    "linear layers.",
    "Attention has four layers from `d_model` to `d_model`: query, key, value and output. The "
    "heads split the columns between them, so `n_heads` changes nothing.",
    "`4 * (d_model² + d_model)` for attention, `d_model · d_hidden + d_hidden` and "
    "`d_hidden · d_model + d_model` for the two layers of the feed-forward network, and "
    "`2 · d_model` for each of the two layer norms. Add them up.",
)


@block_parameters.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(3):
        n_heads, d_head, half = primes(generator, 3, low=2, high=23)
        yield n_heads * d_head, n_heads, 2 * half
    yield 1, 1, 1
    yield 768, 12, 3072


@block_parameters.right
def formula(d_model, n_heads, d_hidden):
    return 4 * d_model**2 + 2 * d_model * d_hidden + 9 * d_model + d_hidden


@block_parameters.right
def by_heads(d_model, n_heads, d_hidden):
    d_head = d_model // n_heads
    heads = n_heads * 3 * (d_model * d_head + d_head)
    linear = [(d_model, d_model), (d_model, d_hidden), (d_hidden, d_model)]
    return heads + sum((n_in + 1) * n_out for n_in, n_out in linear) + 4 * d_model


@block_parameters.right
def layers(d_model, n_heads, d_hidden):
    layers: list[nn.Module] = [
        nn.Linear(d_model, d_model, device="meta") for _ in range(4)
    ]
    layers += [nn.LayerNorm(d_model, device="meta") for _ in range(2)]
    layers.append(nn.Linear(d_model, d_hidden, device="meta"))
    layers.append(nn.Linear(d_hidden, d_model, device="meta"))
    return sum(p.numel() for layer in layers for p in layer.parameters())


@block_parameters.wrong(
    "You give each head its own full matrices. A head is only `d_model / n_heads` long: "
    "all heads together fill one matrix of `d_model` × `d_model`."
)
def heads_whole(d_model, n_heads, d_hidden):
    more = (n_heads - 1) * 3 * (d_model * d_model + d_model)  # Q, K and V of each head
    more += (n_heads - 1) * d_model * d_model  # and an output that takes all of it
    return block_parameters(d_model, n_heads, d_hidden) + more


@block_parameters.wrong(
    "You multiply attention by `n_heads`. The heads share the same four matrices out "
    "between them, so their number changes nothing."
)
def heads_whole_alone(d_model, n_heads, d_hidden):
    more = (n_heads - 1) * 4 * (d_model * d_model + d_model)
    return block_parameters(d_model, n_heads, d_hidden) + more


@block_parameters.wrong(
    "You count query, key and value of a single head. There are `n_heads` of them, and "
    "together they fill three matrices of `d_model` × `d_model`."
)
def one_head(d_model, n_heads, d_hidden):
    d_head = d_model // n_heads
    missing = 3 * (d_model + 1) * (d_model - d_head)
    return block_parameters(d_model, n_heads, d_hidden) - missing


@block_parameters.wrong(
    "You count three projections. There are four: query and key are not the same, and "
    "after the heads are joined comes the output projection."
)
def three_matrices(d_model, n_heads, d_hidden):
    whole = block_parameters(d_model, n_heads, d_hidden)
    return whole - d_model * d_model - d_model


@block_parameters.wrong(
    "The biases of the linear layers are missing: one for each number that comes out."
)
def no_biases(d_model, n_heads, d_hidden):
    return 4 * d_model**2 + 2 * d_model * d_hidden + 4 * d_model


@block_parameters.wrong(
    "You are 4 · d_model short. That is both layer norms, or the four biases of the "
    "attention."
)
def four_short(d_model, n_heads, d_hidden):
    return block_parameters(d_model, n_heads, d_hidden) - 4 * d_model


@block_parameters.wrong(
    "You are 2 · d_model short. A layer norm has a scale *and* a shift, and there are two "
    "layer norms."
)
def two_short(d_model, n_heads, d_hidden):
    return block_parameters(d_model, n_heads, d_hidden) - 2 * d_model


@block_parameters.wrong(
    "The two biases of the feed-forward network are missing, `d_hidden` and `d_model` "
    "numbers."
)
def no_hidden_biases(d_model, n_heads, d_hidden):
    return block_parameters(d_model, n_heads, d_hidden) - d_hidden - d_model


@block_parameters.wrong(
    "The feed-forward network has two layers: from `d_model` to `d_hidden`, and back. The "
    "way back is missing."
)
def one_layer(d_model, n_heads, d_hidden):
    whole = block_parameters(d_model, n_heads, d_hidden)
    return whole - d_hidden * d_model - d_model


@block_parameters.wrong(
    "You count the matrices alone. Every linear layer has a bias too, and the two layer "
    "norms have a scale and a shift."
)
def matrices(d_model, n_heads, d_hidden):
    return 4 * d_model**2 + 2 * d_model * d_hidden


@block_parameters.wrong(
    "12 · d_model² is the rule of thumb for `d_hidden = 4 · d_model`, and it leaves out "
    "biases and layer norms. Here `d_hidden` is free, and the count exact."
)
def rule_of_thumb(d_model, n_heads, d_hidden):
    return 12 * d_model**2


@block_parameters.wrong(
    "You count the attention alone. The feed-forward network and the layer norms belong to "
    "the block."
)
def attention(d_model, n_heads, d_hidden):
    return 4 * (d_model**2 + d_model)
