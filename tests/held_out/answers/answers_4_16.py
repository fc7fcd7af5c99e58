"""Exercise 4.16: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("4.16")
def look_back_at_tokens(real):
    t = real.shape[1]
    return real[:, None, :] & torch.ones(t, t, dtype=torch.bool).tril()


@right("4.16")
def look_back_at_tokens(real):
    place = torch.arange(real.shape[-1], device=real.device)
    return real.unsqueeze(1) & (place[None, :] <= place[:, None])


@right("4.16")
def look_back_at_tokens(real):
    b, t = real.shape
    result = torch.zeros(b, t, t, dtype=torch.bool)
    for i in range(t):
        result[:, i, : i + 1] = real[:, : i + 1]
    return result


@right("4.16")
def look_back_at_tokens(real):
    return real.unsqueeze(1).repeat(1, real.shape[1], 1).int().tril().bool()


@wrong("4.16", "or for and")
def look_back_at_tokens(real):
    t = real.shape[1]
    return real[:, None, :] | torch.ones(t, t, dtype=torch.bool).tril()


@wrong("4.16", "masks the rows of padding, not the columns")
def look_back_at_tokens(real):
    t = real.shape[1]
    return real[:, :, None] & torch.ones(t, t, dtype=torch.bool).tril()


@wrong("4.16", "triu: looks ahead")
def look_back_at_tokens(real):
    t = real.shape[1]
    return real[:, None, :] & torch.ones(t, t, dtype=torch.bool).triu()


@wrong("4.16", "a position does not see itself")
def look_back_at_tokens(real):
    t = real.shape[1]
    return real[:, None, :] & torch.ones(t, t, dtype=torch.bool).tril(-1)


@wrong("4.16", "True where looking is forbidden")
def look_back_at_tokens(real):
    t = real.shape[1]
    return ~(real[:, None, :] & torch.ones(t, t, dtype=torch.bool).tril())


@wrong("4.16", "rows and columns of padding both forbidden")
def look_back_at_tokens(real):
    t = real.shape[1]
    both = real[:, None, :] & real[:, :, None]
    return both & torch.ones(t, t, dtype=torch.bool).tril()


@wrong("4.16", "padding alone: no order in time")
def look_back_at_tokens(real):
    b, t = real.shape
    return real[:, None, :].expand(b, t, t).clone()


@wrong("4.16", "order in time alone: padding is forgotten")
def look_back_at_tokens(real):
    b, t = real.shape
    return torch.ones(t, t, dtype=torch.bool).tril().expand(b, t, t).clone()


@wrong("4.16", "numbers 0. and 1., not booleans")
def look_back_at_tokens(real):
    t = real.shape[1]
    return real[:, None, :].float() * torch.ones(t, t).tril()


@wrong("4.16", "an axis for heads that nobody asked for")
def look_back_at_tokens(real):
    t = real.shape[1]
    return real[:, None, None, :] & torch.ones(t, t, dtype=torch.bool).tril()


@wrong("4.16", "a bias of 0 and -inf")
def look_back_at_tokens(real):
    t = real.shape[1]
    may = real[:, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    return torch.zeros(may.shape).masked_fill(~may, float("-inf"))


@wrong("4.16", "takes padding for a tail: the first n positions of each sentence")
def look_back_at_tokens(real):
    t = real.shape[1]
    place = torch.arange(t)
    inside = place[None] < real.sum(1, keepdim=True)
    return inside[:, None, :] & (place[None, :] <= place[:, None])


@wrong("4.16", "query and key exchanged in the result")
def look_back_at_tokens(real):
    t = real.shape[1]
    return (real[:, None, :] & torch.ones(t, t, dtype=torch.bool).tril()).mT


@wrong("4.16", "every position may always look at itself, padding too")
def look_back_at_tokens(real):
    t = real.shape[1]
    may = real[:, None, :] & torch.ones(t, t, dtype=torch.bool).tril()
    return may | torch.eye(t, dtype=torch.bool)
