"""Exercise 4.13: answers written from its statement and stub alone."""

from torch import nn

from ..collect import right, wrong


@right("4.13")
def block_parameters(d_model, n_heads, d_hidden):
    attention = 4 * (d_model * d_model + d_model)
    feed_forward = d_model * d_hidden + d_hidden + d_hidden * d_model + d_model
    return attention + feed_forward + 2 * 2 * d_model


@right("4.13")
def block_parameters(d_model, n_heads, d_hidden):
    block = nn.ModuleList(
        [nn.Linear(d_model, d_model) for _ in range(4)]
        + [nn.Linear(d_model, d_hidden), nn.Linear(d_hidden, d_model)]
        + [nn.LayerNorm(d_model), nn.LayerNorm(d_model)]
    )
    return sum(p.numel() for p in block.parameters())


@right("4.13")
def block_parameters(d_model, n_heads, d_hidden):
    d_head = d_model // n_heads
    per_head = 3 * (d_model + 1) * d_head
    out = (n_heads * d_head + 1) * d_model
    return int(
        n_heads * per_head
        + out
        + (d_model + 1) * d_hidden
        + (d_hidden + 1) * d_model
        + 4 * d_model
    )


@right("4.13")
def block_parameters(d_model, n_heads, d_hidden):
    linear = lambda n_in, n_out: (n_in + 1) * n_out
    shapes = [(d_model, d_model)] * 4 + [(d_model, d_hidden), (d_hidden, d_model)]
    return sum(linear(*s) for s in shapes) + sum(2 * d_model for _ in range(2))


@wrong("4.13", "no biases")
def block_parameters(d_model, n_heads, d_hidden):
    return 4 * d_model**2 + 2 * d_model * d_hidden + 4 * d_model


@wrong("4.13", "no biases in the attention")
def block_parameters(d_model, n_heads, d_hidden):
    return 4 * d_model**2 + 2 * d_model * d_hidden + d_hidden + d_model + 4 * d_model


@wrong("4.13", "one layer norm only")
def block_parameters(d_model, n_heads, d_hidden):
    attention = 4 * (d_model**2 + d_model)
    return attention + 2 * d_model * d_hidden + d_hidden + d_model + 2 * d_model


@wrong("4.13", "three projections: the output projection is missing")
def block_parameters(d_model, n_heads, d_hidden):
    attention = 3 * (d_model**2 + d_model)
    return attention + 2 * d_model * d_hidden + d_hidden + d_model + 4 * d_model


@wrong("4.13", "multiplies the projections by the number of heads")
def block_parameters(d_model, n_heads, d_hidden):
    attention = n_heads * 4 * (d_model**2 + d_model)
    return attention + 2 * d_model * d_hidden + d_hidden + d_model + 4 * d_model


@wrong("4.13", "feed-forward network without biases")
def block_parameters(d_model, n_heads, d_hidden):
    return 4 * (d_model**2 + d_model) + 2 * d_model * d_hidden + 4 * d_model


@wrong("4.13", "both biases of the feed-forward network have d_hidden numbers")
def block_parameters(d_model, n_heads, d_hidden):
    return (
        4 * (d_model**2 + d_model) + 2 * (d_model * d_hidden + d_hidden) + 4 * d_model
    )


@wrong("4.13", "projections of a single head")
def block_parameters(d_model, n_heads, d_hidden):
    d_head = d_model // n_heads
    attention = 3 * (d_model * d_head + d_head) + d_model**2 + d_model
    return attention + 2 * d_model * d_hidden + d_hidden + d_model + 4 * d_model


@wrong("4.13", "only the first layer of the feed-forward network")
def block_parameters(d_model, n_heads, d_hidden):
    return 4 * (d_model**2 + d_model) + d_model * d_hidden + d_hidden + 4 * d_model


@wrong("4.13", "returns a float")
def block_parameters(d_model, n_heads, d_hidden):
    d_head = d_model / n_heads
    attention = 4 * (d_model * d_head * n_heads + d_model)
    return attention + 2 * d_model * d_hidden + d_hidden + d_model + 4 * d_model


@wrong("4.13", "the second layer norm has d_hidden numbers")
def block_parameters(d_model, n_heads, d_hidden):
    attention = 4 * (d_model**2 + d_model)
    return (
        attention
        + 2 * d_model * d_hidden
        + d_hidden
        + d_model
        + 2 * d_model
        + 2 * d_hidden
    )


@wrong("4.13", "output projection without a bias")
def block_parameters(d_model, n_heads, d_hidden):
    attention = 4 * d_model**2 + 3 * d_model
    return attention + 2 * d_model * d_hidden + d_hidden + d_model + 4 * d_model


@wrong("4.13", "a layer norm has one scale and one shift in all")
def block_parameters(d_model, n_heads, d_hidden):
    return 4 * (d_model**2 + d_model) + 2 * d_model * d_hidden + d_hidden + d_model + 4


@wrong("4.13", "counts six blocks")
def block_parameters(d_model, n_heads, d_hidden):
    one = (
        4 * (d_model**2 + d_model)
        + 2 * d_model * d_hidden
        + d_hidden
        + d_model
        + 4 * d_model
    )
    return 6 * one


@wrong("4.13", "three numbers for attention, network and norms instead of their sum")
def block_parameters(d_model, n_heads, d_hidden):
    attention = 4 * (d_model**2 + d_model)
    return attention, 2 * d_model * d_hidden + d_hidden + d_model, 4 * d_model


@wrong("4.13", "takes d_hidden for 4 d_model")
def block_parameters(d_model, n_heads, d_hidden):
    return (
        4 * (d_model**2 + d_model)
        + 8 * d_model**2
        + 4 * d_model
        + d_model
        + 4 * d_model
    )


@wrong("4.13", "a third layer, from d_hidden to d_hidden")
def block_parameters(d_model, n_heads, d_hidden):
    feed_forward = (
        (d_model + 1) * d_hidden + (d_hidden + 1) * d_hidden + (d_hidden + 1) * d_model
    )
    return 4 * (d_model**2 + d_model) + feed_forward + 4 * d_model


@wrong("4.13", "three projections and no biases (two mistakes)")
def block_parameters(d_model, n_heads, d_hidden):
    return 3 * d_model**2 + 2 * d_model * d_hidden + 4 * d_model
