"""Exercise 1.2: One-hot vectors by comparison"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "1.2",
    "One-hot vectors by comparison",
    stars=1,
    minutes=5,
    statement="""\
Write `one_hot_vectors(ids, vocab_size)`: each token number becomes a vector of `vocab_size` \
zeros with a single one at the position that the number names. `ids` may have any number of \
axes, `(...)`, and the result has one more, `(..., vocab_size)`.

Do it without a loop: compare every number with `0, 1, …, vocab_size - 1` at once.""",
)
def one_hot_vectors(ids: Tensor, vocab_size: int) -> Tensor:
    """Write each token number as a vector of zeros with a single one.

    Args:
        ids: integers ``(...)`` from 0 to ``vocab_size - 1``; any number of axes.
        vocab_size: how many different tokens there are.

    Returns:
        Zeros and ones ``(..., vocab_size)``, float32.
    """
    classes = torch.arange(vocab_size)  # (vocab_size,)
    return (ids.unsqueeze(-1) == classes).float()  # (..., vocab_size)


one_hot_vectors.hints = (
    "Two tensors compared with `==` broadcast. Which shapes give `(..., vocab_size)`?",
    "`torch.arange(vocab_size)` has the shape `(vocab_size,)`. Give `ids` a last axis of "
    "size 1 with `ids.unsqueeze(-1)`, and compare the two.",
    "`ids.unsqueeze(-1) == torch.arange(vocab_size)` is right but boolean. An embedding "
    "multiplies these numbers by a table of floats, so end with `.float()`.",
)


@one_hot_vectors.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    n, first, second, vocab_size, other = primes(generator, 5, low=5, high=19)
    for shape, size in [((n,), vocab_size), ((first, second), other), ((), vocab_size)]:
        yield torch.randint(size, shape, generator=generator), size
    yield torch.tensor([[2]]), 3


@one_hot_vectors.right
def rows_of_identity(ids, vocab_size):
    return torch.eye(vocab_size)[ids]


@one_hot_vectors.right
def scatter(ids, vocab_size):
    return torch.zeros(*ids.shape, vocab_size).scatter(-1, ids.unsqueeze(-1), 1.0)


@one_hot_vectors.right
def functional(ids, vocab_size):
    return F.one_hot(ids, vocab_size).to(torch.float32)


@one_hot_vectors.wrong(
    "You return the comparison itself, True and False. Zeros and ones that can be "
    "multiplied with a table are floats: convert them."
)
def booleans(ids, vocab_size):
    return ids.unsqueeze(-1) == torch.arange(vocab_size)


@one_hot_vectors.wrong(
    "Your zeros and ones are integers (`F.one_hot` gives int64). torch refuses to "
    "multiply them by a table of floats: convert them."
)
def integers(ids, vocab_size):
    return F.one_hot(ids, vocab_size)


@one_hot_vectors.wrong(
    "You put the vocabulary on the first axis. It belongs on a new last axis, so that "
    "each token keeps its position and becomes a vector."
)
def vocabulary_first(ids, vocab_size):
    return one_hot_vectors(ids, vocab_size).movedim(-1, 0)


@one_hot_vectors.wrong(
    "You count tokens from 1: token 0 gets no one at all, and every other stands one "
    "position too far left. Token numbers start at 0."
)
def from_one(ids, vocab_size):
    return (ids.unsqueeze(-1) == torch.arange(1, vocab_size + 1)).float()


@one_hot_vectors.wrong(
    "You compare with `>=` or `<=`, so all positions up to the token's are one. A one-hot "
    "vector has a single one: compare with `==`."
)
def staircase(ids, vocab_size):
    return (ids.unsqueeze(-1) >= torch.arange(vocab_size)).float()


@one_hot_vectors.wrong(
    "Zeros and ones are swapped: the token's own position is the only zero."
)
def inverse(ids, vocab_size):
    return (ids.unsqueeze(-1) != torch.arange(vocab_size)).float()


@one_hot_vectors.wrong(
    "You flatten `ids`, so all axes but one are lost. The result needs the axes of `ids` "
    "and one more."
)
def flat(ids, vocab_size):
    return one_hot_vectors(ids.flatten(), vocab_size)


@one_hot_vectors.wrong(
    "You add the vectors of all tokens up. That counts words (a bag of words) and forgets "
    "which token stood where."
)
def bag(ids, vocab_size):
    return one_hot_vectors(ids.flatten(), vocab_size).sum(0)
