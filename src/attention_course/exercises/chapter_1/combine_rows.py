"""Exercise 1.3: Lookup as a product"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes
from .one_hot_vectors import one_hot_vectors


@exercise(
    "1.3",
    "Lookup as a product",
    stars=1,
    minutes=5,
    statement="""\
A lookup is the product of a one-hot vector with the table: all rows times 0, one row times 1, \
added up. The product does not ask for zeros and ones. Write `combine_rows(weights, table)`, which \
takes any numbers: from the weights 0.5 for token 3 and 0.5 for token 7 comes the point halfway \
between the two vectors.

Remember this function. From chapter 3 on it is the last step of every attention.""",
)
def combine_rows(weights: Tensor, table: Tensor) -> Tensor:
    """Combine the rows of a table: how much of each row, and what they add up to.

    Args:
        weights: ``(..., vocab_size)``, how much of each row to take. One-hot vectors are
            one case; any other numbers are allowed, negative ones too.
        table: ``(vocab_size, d_model)``.

    Returns:
        One vector for each row of weights, ``(..., d_model)``.
    """
    return weights @ table  # (..., d_model)


combine_rows.hints = (
    "Every row of the table times its weight, all added up: which operation does both?",
    "The axis `vocab_size` is the last of `weights` and the first of `table`, and it is the "
    "one that disappears. That is a matrix product.",
    "`@` sums over exactly that axis, the last of what stands in front of it and the first of "
    "the table behind it, and leaves all leading axes of the first as they are.",
)


@combine_rows.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for kind in ("one-hot", "any numbers", "one vector"):
        n, first, second, vocab_size, d_model = primes(generator, 5, low=5, high=19)
        table = torch.randn(vocab_size, d_model, generator=generator)
        if kind == "one-hot":
            ids = torch.randint(vocab_size, (n,), generator=generator)
            yield one_hot_vectors(ids, vocab_size), table
        elif kind == "any numbers":
            yield torch.randn(first, second, vocab_size, generator=generator), table
        else:
            yield torch.randn(vocab_size, generator=generator), table
    yield torch.randn(1, 3, generator=generator), torch.randn(3, 2, generator=generator)


@combine_rows.right
def einsum(weights, table):
    return torch.einsum("...v,vd->...d", weights, table)


@combine_rows.right
def weighted_sum(weights, table):
    return (weights.unsqueeze(-1) * table).sum(-2)


@combine_rows.right
def loop(weights, table):
    total = torch.zeros(*weights.shape[:-1], table.shape[1])
    for row in range(table.shape[0]):
        total = total + weights[..., row, None] * table[row]
    return total


@combine_rows.wrong(
    "You look up the row of the largest weight. For one-hot vectors that is the same; for "
    "other weights every row has its share."
)
def largest(weights, table):
    return table[weights.argmax(-1)]


@combine_rows.wrong(
    "You add up the rows whose weight is not zero, each one whole. Multiply each row by "
    "its weight first."
)
def unweighted(weights, table):
    return (weights != 0).float() @ table


@combine_rows.wrong(
    "You leave out the rows with negative weights. They count too, with their sign."
)
def positive(weights, table):
    return weights.relu() @ table


@combine_rows.wrong(
    "You take the mean over the rows of the table, so the result is `vocab_size` times too "
    "small. The weights already say how much of each row to take: add up."
)
def mean(weights, table):
    return (weights.unsqueeze(-1) * table).mean(-2)


@combine_rows.wrong(
    "You divide the weights by their sum. Here they need not sum to one: take them as they "
    "come."
)
def normalised(weights, table):
    return (weights / weights.sum(-1, keepdim=True)) @ table


@combine_rows.wrong(
    "You send the weights through a softmax first. They are weights already: a one-hot "
    "vector would no longer pick a single row."
)
def softmax(weights, table):
    return weights.softmax(-1) @ table


@combine_rows.wrong(
    "You put `d_model` on the first axis. Each row of weights should become a vector: "
    "`d_model` takes the place of `vocab_size`, on the last axis."
)
def first_axis(weights, table):
    return (weights @ table).movedim(-1, 0)


@combine_rows.wrong(
    "You multiply each row by its weight and stop there. The axis `vocab_size` is still "
    "in the result: add up over it."
)
def no_sum(weights, table):
    return weights.unsqueeze(-1) * table
