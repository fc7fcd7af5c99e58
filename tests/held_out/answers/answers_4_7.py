"""Exercise 4.7: answers written from its statement and stub alone."""

import numpy as np
import torch

from ..collect import right, wrong


@right("4.7")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).tril(n_keys - n_queries).bool()


@right("4.7")
def look_back_mask(n_queries, n_keys):
    places = torch.arange(n_keys)
    return places <= places[-n_queries:].unsqueeze(1)


@right("4.7")
def look_back_mask(n_queries, n_keys):
    first = n_keys - n_queries
    return torch.tensor(
        [[j <= first + i for j in range(n_keys)] for i in range(n_queries)]
    )


@right("4.7")
def look_back_mask(n_queries, n_keys):
    whole = torch.from_numpy(np.tri(n_keys, dtype=bool))
    return whole[n_keys - n_queries :]


@right("4.7")
def look_back_mask(n_queries, n_keys):
    mask = torch.ones(n_queries, n_keys, dtype=torch.bool)
    for back in range(1, n_queries):
        mask[:-back, -back] = False
    return mask


@wrong("4.7", "queries stand at the first places: the triangle is not moved")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).tril().bool()


@wrong("4.7", "upper triangle: looks ahead")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).triu(n_keys - n_queries).bool()


@wrong("4.7", "mask inverted: True = forbidden")
def look_back_mask(n_queries, n_keys):
    return ~torch.ones(n_queries, n_keys).tril(n_keys - n_queries).bool()


@wrong("4.7", "a place may not look at itself")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).tril(n_keys - n_queries - 1).bool()


@wrong("4.7", "one place ahead may be seen")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).tril(n_keys - n_queries + 1).bool()


@wrong("4.7", "moves the triangle the wrong way")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).tril(n_queries - n_keys).bool()


@wrong("4.7", "float instead of boolean")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).tril(n_keys - n_queries)


@wrong("4.7", "a row for each key")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_keys, n_keys).tril().bool()


@wrong("4.7", "all True")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys, dtype=torch.bool)


@wrong("4.7", "keys and queries swapped, (n_keys, n_queries)")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).tril(n_keys - n_queries).bool().T


@wrong(
    "4.7", "treats the single query as a special case and forgets the ones in between"
)
def look_back_mask(n_queries, n_keys):
    if n_queries == 1:
        return torch.ones(1, n_keys, dtype=torch.bool)
    return torch.ones(n_queries, n_keys).tril().bool()


@wrong("4.7", "0 and minus infinity, to be added to the scores")
def look_back_mask(n_queries, n_keys):
    mask = torch.ones(n_queries, n_keys).tril(n_keys - n_queries).bool()
    return torch.zeros(n_queries, n_keys).masked_fill(~mask, -float("inf"))


@wrong("4.7", "a list of lists")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).tril(n_keys - n_queries).bool().tolist()


@wrong("4.7", "each place looks at itself alone")
def look_back_mask(n_queries, n_keys):
    return torch.eye(n_keys)[n_keys - n_queries :].bool()


@wrong("4.7", "rows in reverse order")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).tril(n_keys - n_queries).bool().flip(0)


@wrong("4.7", "mirrored: looks back from the right edge")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).tril(n_keys - n_queries).bool().flip(1)


@wrong("4.7", "the last columns alone: earlier keys are cut off")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_queries).tril().bool()


@wrong("4.7", "earlier keys hidden: only the newest places count")
def look_back_mask(n_queries, n_keys):
    mask = torch.zeros(n_queries, n_keys, dtype=torch.bool)
    mask[:, n_keys - n_queries :] = torch.ones(n_queries, n_queries).tril().bool()
    return mask


@wrong("4.7", "triangle not moved, and inverted (two mistakes)")
def look_back_mask(n_queries, n_keys):
    return torch.ones(n_queries, n_keys).triu(1).bool()
