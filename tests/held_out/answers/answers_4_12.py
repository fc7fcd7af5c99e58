"""Exercise 4.12: answers written from its statement and stub alone."""

import functools

import torch
from torch import nn

from ..collect import right, wrong


@right("4.12")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + attention(norm1(x))
    return x + feed_forward(norm2(x))


@right("4.12")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    branches = [(norm1, attention), (norm2, feed_forward)]
    return functools.reduce(lambda y, b: torch.add(y, b[1](b[0](y))), branches, x)


@right("4.12")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    out = x.clone()
    for norm, change in zip((norm1, norm2), (attention, feed_forward)):
        out += change(norm(out))
    return out


@right("4.12")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    first = nn.Sequential(norm1, attention)
    second = nn.Sequential(norm2, feed_forward)
    a = first(x)
    b = second(x + a)
    return torch.stack([x, a, b]).sum(0)


@wrong("4.12", "norms after each branch (post-norm)")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = norm1(x + attention(x))
    return norm2(x + feed_forward(x))


@wrong("4.12", "both branches read the x that came in (parallel)")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    return x + attention(norm1(x)) + feed_forward(norm2(x))


@wrong("4.12", "second branch not added to the path")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + attention(norm1(x))
    return feed_forward(norm2(x))


@wrong("4.12", "first branch not added to the path")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = attention(norm1(x))
    return x + feed_forward(norm2(x))


@wrong(
    "4.12", "the path itself is normed: the normed copy is what the branch is added to"
)
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = norm1(x)
    x = x + attention(x)
    x = norm2(x)
    return x + feed_forward(x)


@wrong("4.12", "norm1 used twice")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + attention(norm1(x))
    return x + feed_forward(norm1(x))


@wrong("4.12", "the two norms swapped")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + attention(norm2(x))
    return x + feed_forward(norm1(x))


@wrong("4.12", "a norm over the result")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + attention(norm1(x))
    return norm2(x + feed_forward(norm2(x)))


@wrong("4.12", "no norm before the feed-forward network")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + attention(norm1(x))
    return x + feed_forward(x)


@wrong("4.12", "no norm before the attention")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + attention(x)
    return x + feed_forward(norm2(x))


@wrong("4.12", "feed-forward network first")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + feed_forward(norm2(x))
    return x + attention(norm1(x))


@wrong(
    "4.12",
    "the second branch is added to the x that came in: attention is lost from the path",
)
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    y = x + attention(norm1(x))
    return x + feed_forward(norm2(y))


@wrong("4.12", "adds in place: changes the caller's x")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x += attention(norm1(x))
    x += feed_forward(norm2(x))
    return x


@wrong("4.12", "norms what the branches give instead of what they read")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + norm1(attention(x))
    return x + norm2(feed_forward(x))


@wrong("4.12", "the second branch is added to the normed copy")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + attention(norm1(x))
    y = norm2(x)
    return y + feed_forward(y)


@wrong("4.12", "the first branch is added to the normed copy")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    y = norm1(x)
    x = y + attention(y)
    return x + feed_forward(norm2(x))


@wrong("4.12", "one path through all four, with a single addition at the end")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    return x + feed_forward(norm2(attention(norm1(x))))


@wrong("4.12", "no additions at all")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    return feed_forward(norm2(attention(norm1(x))))


@wrong("4.12", "takes [0] of attention's result, which is its first row")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    x = x + attention(norm1(x))[0]
    return x + feed_forward(norm2(x))


@wrong("4.12", "adds the first x once more at the end")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    y = x + attention(norm1(x))
    return x + y + feed_forward(norm2(y))


@wrong("4.12", "norm1 used twice, and in parallel (two mistakes)")
def pre_norm_step(x, norm1, attention, norm2, feed_forward):
    y = norm1(x)
    return x + attention(y) + feed_forward(y)
