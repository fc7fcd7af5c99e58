"""Exercise 1.4: The gradient of a lookup"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes
from .one_hot_vectors import one_hot_vectors


@exercise(
    "1.4",
    "The gradient of a lookup",
    stars=2,
    minutes=10,
    statement="""\
The forward step was `vectors = table[ids]`. The backward step brings `grad_vectors`, the gradient \
of the loss with respect to each of these vectors. Write `table_gradient(ids, grad_vectors, \
vocab_size)`, the gradient with respect to the table, without calling `backward`.

Two things to settle before you write: what does a row get that was never looked up? And one that \
was looked up three times?""",
)
def table_gradient(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    """Carry the gradient of the loss from the vectors looked up back to the table.

    Args:
        ids: integers ``(...)``, the rows that were looked up; a row may come up often.
        grad_vectors: ``(..., d_model)``, the gradient of the loss with respect to each
            vector that the lookup ``table[ids]`` gave.
        vocab_size: how many rows the table has.

    Returns:
        The gradient of the loss with respect to the table, ``(vocab_size, d_model)``.
    """
    gradient = torch.zeros(vocab_size, grad_vectors.shape[-1])
    # index_add adds every vector to its row, however often a row comes up.
    return gradient.index_add(0, ids.flatten(), grad_vectors.flatten(0, -2))


table_gradient.hints = (
    "If a row is used twice, changing it changes the loss in two ways. Gradients of several "
    "uses add up; a row without use gets zero.",
    "`gradient[ids] += grad_vectors` does not do it: where a number comes up twice, one of "
    "the two sums is lost. Look for an operation that adds for every entry, or take the "
    "gradient of the product `one_hot(ids) @ table`.",
    "Start from `gradient = torch.zeros(vocab_size, d_model)`. Flatten all axes of `ids`, and "
    "all but the last of `grad_vectors`: a list of numbers and a list of vectors. Then "
    "`gradient.index_add(0, numbers, vectors)`. Or multiply `one_hot(numbers, vocab_size).T "
    "@ vectors`: it is the same sum.",
)


@table_gradient.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    first, second, d_model = primes(generator, 3, low=2, high=7)
    for shape, vocab_size in [((11,), 13), ((first, 5 * second), 17)]:
        # Half of the rows stay out, and there are more tokens than rows left: some repeat.
        used = torch.randperm(vocab_size, generator=generator)[: vocab_size // 2]
        used[0] = 0  # row 0 is a row like any other
        picks = torch.randint(len(used), shape, generator=generator)
        ids = used[picks]
        ids.view(-1)[-1] = ids.view(-1)[0]  # one repeats in any case
        yield ids, torch.randn(*shape, d_model, generator=generator), vocab_size
    yield torch.tensor([[2]]), torch.randn(1, 1, 1, generator=generator), 3


@table_gradient.right
def product(ids, grad_vectors, vocab_size):
    return one_hot_vectors(ids.flatten(), vocab_size).T @ grad_vectors.reshape(
        -1, grad_vectors.shape[-1]
    )


@table_gradient.right
def autograd(ids, grad_vectors, vocab_size):
    table = torch.zeros(vocab_size, grad_vectors.shape[-1], requires_grad=True)
    table[ids].backward(grad_vectors)
    assert table.grad is not None
    return table.grad


@table_gradient.right
def loop(ids, grad_vectors, vocab_size):
    gradient = torch.zeros(vocab_size, grad_vectors.shape[-1])
    for row, vector in zip(ids.flatten(), grad_vectors.flatten(0, -2), strict=True):
        gradient[row] += vector
    return gradient


@table_gradient.right
def put(ids, grad_vectors, vocab_size):
    gradient = torch.zeros(vocab_size, grad_vectors.shape[-1])
    return gradient.index_put((ids,), grad_vectors, accumulate=True)


@table_gradient.wrong(
    "Where a row was looked up more than once, you keep only the last of its gradients. "
    "They add up; `gradient[ids] = …` and `gradient[ids] += …` overwrite."
)
def last(ids, grad_vectors, vocab_size):
    gradient = torch.zeros(vocab_size, grad_vectors.shape[-1])
    for row, vector in zip(ids.flatten(), grad_vectors.flatten(0, -2), strict=True):
        gradient[row] = vector
    return gradient


@table_gradient.wrong(
    "Where a row was looked up more than once, you keep only the first of its gradients. "
    "They add up."
)
def first(ids, grad_vectors, vocab_size):
    vectors = grad_vectors.flatten(0, -2)
    return last(ids.flatten().flip(0), vectors.flip(0), vocab_size)


@table_gradient.wrong(
    "You average the gradients of a row that was looked up more than once. They add up: "
    "each use changes the loss by itself."
)
def mean(ids, grad_vectors, vocab_size):
    counts = torch.bincount(ids.flatten(), minlength=vocab_size).clamp(min=1)
    return table_gradient(ids, grad_vectors, vocab_size) / counts.unsqueeze(-1)


@table_gradient.wrong(
    "You divide by the number of tokens. If the loss is a mean, that factor is already in "
    "`grad_vectors`."
)
def of_mean(ids, grad_vectors, vocab_size):
    return table_gradient(ids, grad_vectors, vocab_size) / ids.numel()


@table_gradient.wrong(
    "Your sign is wrong: that is the direction of a descent step. The gradient itself "
    "points uphill."
)
def step(ids, grad_vectors, vocab_size):
    return -table_gradient(ids, grad_vectors, vocab_size)


@table_gradient.wrong(
    "You count how often each row was looked up, and do not use the numbers in "
    "`grad_vectors`."
)
def counts(ids, grad_vectors, vocab_size):
    return table_gradient(ids, torch.ones_like(grad_vectors), vocab_size)


@table_gradient.wrong(
    "You return only the rows that were looked up. The gradient has the shape of the "
    "table; all other rows are zero."
)
def used_rows(ids, grad_vectors, vocab_size):
    return table_gradient(ids, grad_vectors, vocab_size)[ids.unique()]


@table_gradient.wrong(
    "Your result is transposed. The gradient has the shape of the table, "
    "`(vocab_size, d_model)`."
)
def of_columns(ids, grad_vectors, vocab_size):
    return table_gradient(ids, grad_vectors, vocab_size).T


@table_gradient.wrong(
    "Where a row was looked up more than once *in the same sentence*, only one of its "
    "gradients counts. `gradient[ids] += …` overwrites; `index_add` adds up."
)
def once_for_each_sentence(ids, grad_vectors, vocab_size):
    gradient = torch.zeros(vocab_size, grad_vectors.shape[-1])
    vectors = grad_vectors if ids.ndim > 1 else grad_vectors.unsqueeze(1)
    for row, vector in zip(ids, vectors, strict=True):
        gradient[row] += vector if ids.ndim > 1 else vector[0]
    return gradient


@table_gradient.wrong(
    "You make a table of gradients for each sentence. All sentences use the same table, so "
    "their gradients add up in one: `(vocab_size, d_model)`."
)
def for_each_sentence(ids, grad_vectors, vocab_size):
    rows = ids if ids.ndim > 1 else ids.unsqueeze(0)
    vectors = grad_vectors if ids.ndim > 1 else grad_vectors.unsqueeze(0)
    tables = [
        table_gradient(row, vector, vocab_size)
        for row, vector in zip(rows, vectors, strict=True)
    ]
    return torch.stack(tables) if ids.ndim > 1 else tables[0]
