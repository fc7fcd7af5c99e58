"""Exercise 4.12: A block that norms first"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ..checker import Args, exercise, primes
from ._shared import SelfAttention


@exercise(
    "4.12",
    "A block that norms first",
    stars=2,
    minutes=8,
    statement="""\
Modern Transformers norm *first*: each branch reads a normed copy, and the main path from the \
first block to the last stays untouched by any norm. That path is why deep stacks train calmly. \
Write `pre_norm_step(x, norm1, attention, norm2, feed_forward)`, two branches, each one added to \
what came in.

All four are functions from `(T, d_model)` to `(T, d_model)`: `attention(y)` gives its result \
alone, without weights. Leave `x` itself as it is.""",
)
def pre_norm_step(
    x: Tensor,
    norm1: "nn.Module",
    attention: "nn.Module",
    norm2: "nn.Module",
    feed_forward: "nn.Module",
) -> Tensor:
    """Send a sequence through one block that norms first.

    Args:
        x: ``(T, d_model)``.
        norm1: for the attention; like all four, from ``(T, d_model)`` to the same.
        attention: mixes positions.
        norm2: for the feed-forward network.
        feed_forward: changes each position by itself.

    Returns:
        ``(T, d_model)``.
    """
    x = x + attention(norm1(x))  # what came in, and what the attention adds
    return x + feed_forward(norm2(x))  # the same once more


pre_norm_step.hints = (
    "Draw it: a straight line from bottom to top, and two loops that leave it and come back.",
    "Each loop is `x + f(norm(x))`. The norm stands inside the loop, before `f`. The second "
    "loop leaves from where the first came back.",
    "`x = x + attention(norm1(x))`, then the same line once more with `norm2` and "
    "`feed_forward`. Do not norm `x` itself, and do not write `x += …`: that would change the "
    "caller's tensor.",
)


@pre_norm_step.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(2):
        length, d_model, d_hidden = primes(generator, 3, low=5, high=17)
        norms = [nn.LayerNorm(d_model) for _ in range(2)]
        for norm in norms:  # each with a scale and a shift of its own
            norm.weight.data = 0.5 + torch.rand(d_model, generator=generator)
            norm.bias.data = torch.randn(d_model, generator=generator)
        feed_forward = nn.Sequential(
            nn.Linear(d_model, d_hidden), nn.ReLU(), nn.Linear(d_hidden, d_model)
        )
        layers = norms[0], SelfAttention(d_model, generator), norms[1], feed_forward
        for layer in layers:
            layer.requires_grad_(False)
        yield 2 * torch.randn(length, d_model, generator=generator), *layers
    yield torch.randn(1, d_model, generator=generator), *layers


@pre_norm_step.right
def branches(x, norm1, attention, norm2, feed_forward):
    mixed = attention(norm1(x))
    changed = feed_forward(norm2(x + mixed))
    return x + mixed + changed


@pre_norm_step.right
def loop(x, *layers):
    for norm, function in (layers[:2], layers[2:]):
        x = function(norm(x)).add(x)
    return x


@pre_norm_step.right
def in_place(x, norm1, attention, norm2, feed_forward):
    out = x.clone()
    out += attention(norm1(out))
    out += feed_forward(norm2(out))
    return out


@pre_norm_step.wrong(
    "That is the post-norm block of the paper, `norm(x + f(x))`. Norm first: "
    "`x + f(norm(x))`."
)
def post_norm(x, norm1, attention, norm2, feed_forward):
    x = norm1(x + attention(x))
    return norm2(x + feed_forward(x))


@pre_norm_step.wrong(
    "Nothing is added to what came in: both residuals are missing. Each branch is "
    "`x + f(norm(x))`."
)
def no_residual(x, norm1, attention, norm2, feed_forward):
    return feed_forward(norm2(attention(norm1(x))))


@pre_norm_step.wrong(
    "The first residual is missing: the attention replaces `x`. Add it to `x`."
)
def first_not_added(x, norm1, attention, norm2, feed_forward):
    x = attention(norm1(x))
    return x + feed_forward(norm2(x))


@pre_norm_step.wrong(
    "The second residual is missing: the feed-forward network replaces what came in. Add "
    "its result."
)
def second_not_added(x, norm1, attention, norm2, feed_forward):
    return feed_forward(norm2(x + attention(norm1(x))))


@pre_norm_step.wrong(
    "You use `norm1` twice. The feed-forward network has a norm of its own, `norm2`, with "
    "another scale and shift."
)
def one_norm(x, norm1, attention, norm2, feed_forward):
    return pre_norm_step(x, norm1, attention, norm1, feed_forward)


@pre_norm_step.wrong(
    "You norm the main path: `x = norm1(x)`, and the sum then starts from the normed `x`. "
    "Norm only the copy that the branch reads."
)
def norm_on_the_way(x, norm1, attention, norm2, feed_forward):
    x = norm1(x)
    x = x + attention(x)
    x = norm2(x)
    return x + feed_forward(x)


@pre_norm_step.wrong(
    "Both branches read the `x` that came in. The second one reads the sum, after the "
    "attention's share was added."
)
def parallel(x, norm1, attention, norm2, feed_forward):
    return x + attention(norm1(x)) + feed_forward(norm2(x))


@pre_norm_step.wrong(
    "You add the feed-forward result to the `x` that came in, so the attention's share is "
    "lost from the sum. Add it to the sum before it."
)
def first_lost(x, norm1, attention, norm2, feed_forward):
    mixed = x + attention(norm1(x))
    return x + feed_forward(norm2(mixed))


@pre_norm_step.wrong("The norms are not used at all. Each branch reads `norm(x)`.")
def no_norm(x, norm1, attention, norm2, feed_forward):
    x = x + attention(x)
    return x + feed_forward(x)


@pre_norm_step.wrong(
    "You norm what comes out of each branch. Norm what goes in: `f(norm(x))`, not "
    "`norm(f(x))`."
)
def norm_after(x, norm1, attention, norm2, feed_forward):
    x = x + norm1(attention(x))
    return x + norm2(feed_forward(x))


@pre_norm_step.wrong(
    "The feed-forward network comes first in your block. Attention first: gather from "
    "other positions, then think it over."
)
def feed_forward_first(x, norm1, attention, norm2, feed_forward):
    return pre_norm_step(x, norm2, feed_forward, norm1, attention)


@pre_norm_step.wrong(
    "You stop after the attention. The feed-forward network is missing."
)
def half(x, norm1, attention, norm2, feed_forward):
    return x + attention(norm1(x))
