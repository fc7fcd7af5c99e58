"""Exercise 4.2: One head by loops"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.2",
    "One head by loops",
    stars=2,
    minutes=12,
    statement="""\
Whoever has written attention once with loops will never again wonder which axis is which. Write \
`head_by_loops(x, w_query, w_key, w_value)` for one sequence `x` of shape `(T, d_model)`.

For each position `i`: make its query, compare it with the key of every position `j` by the scaled \
dot product, turn the `T` scores into weights, and add up the values, each times its weight. The \
result has one vector for each position, `(T, d_value)`. Three loops are welcome here.""",
)
def head_by_loops(
    x: Tensor,
    w_query: Tensor,
    w_key: Tensor,
    w_value: Tensor,
) -> Tensor:
    """Compute one head of self-attention, position by position.

    Args:
        x: ``(T, d_model)``, one vector for each position of a sequence.
        w_query: ``(d_model, d_head)``; a query is ``x[i] @ w_query``.
        w_key: ``(d_model, d_head)``.
        w_value: ``(d_model, d_value)``.

    Returns:
        One vector for each position, ``(T, d_value)``.
    """
    outputs = []
    for i in range(len(x)):
        query = x[i] @ w_query  # (d_head,)
        products = [query @ (x[j] @ w_key) for j in range(len(x))]
        scores = torch.stack(products) / math.sqrt(len(query))  # (T,)
        weights = scores.softmax(dim=0)  # (T,), they sum to 1
        output = x.new_zeros(w_value.shape[1])  # (d_value,)
        for j in range(len(x)):
            output = output + weights[j] * (x[j] @ w_value)
        outputs.append(output)
    return torch.stack(outputs)  # (T, d_value)


head_by_loops.hints = (
    "Start with one position only. Its query is `x[i] @ w_query`, of shape `(d_head,)`. How do "
    "you get one number from this query and the key of position `j`?",
    "The score of `i` and `j` is `(x[i] @ w_query) @ (x[j] @ w_key) / √d_head`. Collect the "
    "`T` scores of one position with `torch.stack`, and take `.softmax(dim=0)` of them.",
    "The output of position `i` is the sum over `j` of `weights[j] * (x[j] @ w_value)`: start "
    "with `torch.zeros(w_value.shape[1])` and add. Append it to a list, and end with "
    "`torch.stack(outputs)`. `d_head` is `w_query.shape[1]`.",
)


@head_by_loops.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for low, high in [(3, 13), (2, 11), (5, 17)]:
        length, d_model, d_head, d_value = primes(generator, 4, low=low, high=high)
        x = torch.randn(length, d_model, generator=generator)
        yield (
            x,
            *(
                torch.randn(d_model, size, generator=generator) / math.sqrt(d_model)
                for size in (d_head, d_head, d_value)
            ),
        )
    yield tuple(
        torch.randn(size, generator=generator)
        for size in ((1, 3), (3, 2), (3, 2), (3, 5))
    )
    # Scores so large that their exponentials are infinite.
    x = torch.tensor([[20.0, 0.0], [0.0, 10.0], [10.0, -10.0], [-20.0, 1.0]])
    w_value = torch.tensor([[0.5, 1.0, -2.0], [1.0, 0.0, 0.5]])
    yield x, torch.eye(2), torch.eye(2), w_value


def scores_of(x: Tensor, w_query: Tensor, w_key: Tensor) -> Tensor:
    return (x @ w_query) @ (x @ w_key).T  # (T, T)


@head_by_loops.right
def matrices(x, w_query, w_key, w_value):
    scores = scores_of(x, w_query, w_key) / w_query.shape[1] ** 0.5
    return scores.softmax(-1) @ (x @ w_value)


@head_by_loops.right
def kernel(x, w_query, w_key, w_value):
    query, key, value = x @ w_query, x @ w_key, x @ w_value
    return F.scaled_dot_product_attention(query[None], key[None], value[None])[0]


@head_by_loops.right
def by_hand(x, w_query, w_key, w_value):
    n, rows = len(x), []
    for i in range(n):
        logits = [
            float((x[i] @ w_query) @ (x[j] @ w_key)) / math.sqrt(w_key.shape[1])
            for j in range(n)
        ]
        top = max(logits)
        shares = [math.exp(logit - top) for logit in logits]
        mixed = torch.zeros(x.shape[1])
        for j in range(n):
            mixed = mixed + shares[j] / sum(shares) * x[j]
        rows.append(mixed @ w_value)  # a sum of products is the product of the sum
    return torch.stack(rows)


@head_by_loops.right
def transposed(x, w_query, w_key, w_value):
    scores = (x @ w_key) @ (x @ w_query).T / w_query.shape[1] ** 0.5  # keys first
    return scores.softmax(0).T @ (x @ w_value)


@head_by_loops.wrong(
    "You do not scale the scores. Divide them by √d_head before the softmax, or a few "
    "large products take all the weight."
)
def unscaled(x, w_query, w_key, w_value):
    return scores_of(x, w_query, w_key).softmax(-1) @ (x @ w_value)


@head_by_loops.wrong(
    "You divide by √d_model. A score adds up `d_head` products, so divide by √d_head, the "
    "root of a query's dimension."
)
def scaled_by_model(x, w_query, w_key, w_value):
    scores = scores_of(x, w_query, w_key) / math.sqrt(x.shape[1])
    return scores.softmax(-1) @ (x @ w_value)


@head_by_loops.wrong(
    "You divide the scores by d_head itself. Its square root is asked for: that brings "
    "their variance to 1."
)
def scaled_without_root(x, w_query, w_key, w_value):
    scores = scores_of(x, w_query, w_key) / w_query.shape[1]
    return scores.softmax(-1) @ (x @ w_value)


@head_by_loops.wrong(
    'You use `w_query` for the keys too. That is "Q equals K": the keys have a matrix of '
    "their own, `w_key`."
)
def key_is_query(x, w_query, w_key, w_value):
    return head_by_loops(x, w_query, w_query, w_value)


@head_by_loops.wrong(
    "Queries and keys are swapped. The position that asks, `i`, goes through "
    "`w_query`; the positions that answer, `j`, through `w_key`."
)
def swapped(x, w_query, w_key, w_value):
    return head_by_loops(x, w_key, w_query, w_value)


@head_by_loops.wrong(
    "Your softmax runs over the queries. The weights of one position `i` sum to 1 over the "
    "positions `j` that it looks at."
)
def over_queries(x, w_query, w_key, w_value):
    scores = scores_of(x, w_query, w_key) / w_query.shape[1] ** 0.5
    return scores.softmax(0) @ (x @ w_value)


@head_by_loops.wrong(
    "You weight the values by the scores themselves. A softmax comes in between, so that "
    "the weights are positive and sum to 1."
)
def no_softmax(x, w_query, w_key, w_value):
    scores = scores_of(x, w_query, w_key) / w_query.shape[1] ** 0.5
    return scores @ (x @ w_value)


@head_by_loops.wrong(
    "You add up the vectors of `x` as they are. What is added up are the values, "
    "`x[j] @ w_value`."
)
def no_value(x, w_query, w_key, w_value):
    return head_by_loops(x, w_query, w_key, torch.eye(x.shape[1]))


@head_by_loops.wrong(
    "You add up the keys. A key only says how well a position fits; what it hands over is its "
    "value, `x[j] @ w_value`."
)
def key_as_value(x, w_query, w_key, w_value):
    return head_by_loops(x, w_query, w_key, w_key)


@head_by_loops.wrong(
    "You leave each position out of its own sum. In self-attention a position may look at itself "
    "too."
)
def not_itself(x, w_query, w_key, w_value):
    scores = scores_of(x, w_query, w_key) / w_query.shape[1] ** 0.5
    scores = scores.masked_fill(torch.eye(len(x), dtype=torch.bool), -math.inf)
    return scores.softmax(-1) @ (x @ w_value)


@head_by_loops.wrong(
    "You return the weights, one for each pair of positions. Go on: add up the values, each "
    "times its weight."
)
def weights(x, w_query, w_key, w_value):
    scores = scores_of(x, w_query, w_key) / w_query.shape[1] ** 0.5
    return scores.softmax(-1)


@head_by_loops.wrong(
    "You return the last position only. Every position has an output: collect them all, "
    "`(T, d_value)`."
)
def last_place(x, w_query, w_key, w_value):
    return head_by_loops(x, w_query, w_key, w_value)[-1]
