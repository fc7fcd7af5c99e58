"""Chapter 4's exercises: one head, many heads, masks, positions, the block, reading heads.

Solutions use torch alone, not ``attention_course.self_attention``: a test compares the two.
Each wrong answer is a mistake that somebody makes; ``check`` recognises it by its numbers.
"""

# Without ``from __future__ import annotations``: a reader's notebook evaluates the
# annotations of a stub, so what it may not have imported stands in quotes.

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .frame import Args, Exercise, Question, Wrong, primes

__all__ = ["EXERCISES"]


# ------------------------------------------------------------------ 4.1 predict

CLAIMS = Question(
    id="4.1",
    title="Which of these hold?",
    difficulty=2,
    minutes=6,
    text="""\
Five sentences about self-attention, as one reads them, some of them in the article. Which hold?

1. Q and K are the same, because both come from the same sentence.
2. Two words that have nothing to do with each other get a strongly negative score.
3. A word whose score is 0 is not attended to.
4. Dividing by √d_k does not change which word gets the largest weight.
5. If "it" looks at "animal" with weight 0.6, then "animal" looks at "it" with weight 0.6.""",
    answer="""\
1. **No.** The *sentence* is the same, the projections are not: `Q = x W_Q` and `K = x W_K`, with \
two matrices that are learned apart. With `W_Q = W_K` the scores would be symmetric, so "it" could \
not ask "animal" without "animal" asking "it" just as loudly.
2. **No.** A score is a dot product. Two vectors of 64 random numbers (mean 0, variance 1) have a \
product of 0 on average, give or take √64 = 8. A strongly negative score says that the two point \
in *opposite* directions, which is a strong relation. And the softmax sees only differences: add \
100 to all scores of a query, and its weights stay.
3. **No.** The softmax of 0 is not 0. The scores 2, 0, 0 become the weights 0.79, 0.11, 0.11. Only \
a mask makes a weight exactly 0.
4. **Yes.** Dividing by a positive number keeps the order. It makes the weights more even: the \
scores 112 and 96 give 1.00 and 0.00, divided by 8 they give 0.88 and 0.12.
5. **No.** Each row is normalised by itself. Even with symmetric scores the weights are not \
symmetric, because the two words share their 1 with different neighbours.""",
)


# ------------------------------------------------------------- 4.2 one head by loops


def head_by_loops(
    x: Tensor,
    w_query: Tensor,
    w_key: Tensor,
    w_value: Tensor,
) -> Tensor:
    """Compute one head of self-attention, place by place.

    Args:
        x: ``(T, d_model)``, one vector for each place of a sequence.
        w_query: ``(d_model, d_head)``; a query is ``x[i] @ w_query``.
        w_key: ``(d_model, d_head)``.
        w_value: ``(d_model, d_value)``.

    Returns:
        One vector for each place, ``(T, d_value)``.
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


def _head_inputs(generator: torch.Generator) -> Iterator[Args]:
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


def _head_scores(x: Tensor, w_query: Tensor, w_key: Tensor) -> Tensor:
    return (x @ w_query) @ (x @ w_key).T  # (T, T)


def _head_matrices(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    scores = _head_scores(x, w_query, w_key) / w_query.shape[1] ** 0.5
    return scores.softmax(-1) @ (x @ w_value)


def _head_kernel(x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor) -> Tensor:
    query, key, value = x @ w_query, x @ w_key, x @ w_value
    return F.scaled_dot_product_attention(query[None], key[None], value[None])[0]


def _head_by_hand(x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor) -> Tensor:
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


def _head_transposed(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    scores = (x @ w_key) @ (x @ w_query).T / w_query.shape[1] ** 0.5  # keys first
    return scores.softmax(0).T @ (x @ w_value)


def _head_unscaled(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    return _head_scores(x, w_query, w_key).softmax(-1) @ (x @ w_value)


def _head_scaled_by_model(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    scores = _head_scores(x, w_query, w_key) / math.sqrt(x.shape[1])
    return scores.softmax(-1) @ (x @ w_value)


def _head_scaled_without_root(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    scores = _head_scores(x, w_query, w_key) / w_query.shape[1]
    return scores.softmax(-1) @ (x @ w_value)


def _head_key_is_query(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    return head_by_loops(x, w_query, w_query, w_value)


def _head_swapped(x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor) -> Tensor:
    return head_by_loops(x, w_key, w_query, w_value)


def _head_over_queries(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    scores = _head_scores(x, w_query, w_key) / w_query.shape[1] ** 0.5
    return scores.softmax(0) @ (x @ w_value)


def _head_no_softmax(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    scores = _head_scores(x, w_query, w_key) / w_query.shape[1] ** 0.5
    return scores @ (x @ w_value)


def _head_no_value(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    return head_by_loops(x, w_query, w_key, torch.eye(x.shape[1]))


def _head_key_as_value(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    return head_by_loops(x, w_query, w_key, w_key)


def _head_not_itself(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    scores = _head_scores(x, w_query, w_key) / w_query.shape[1] ** 0.5
    scores = scores.masked_fill(torch.eye(len(x), dtype=torch.bool), -math.inf)
    return scores.softmax(-1) @ (x @ w_value)


def _head_weights(x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor) -> Tensor:
    scores = _head_scores(x, w_query, w_key) / w_query.shape[1] ** 0.5
    return scores.softmax(-1)


def _head_last_place(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor
) -> Tensor:
    return head_by_loops(x, w_query, w_key, w_value)[-1]


HEAD = Exercise(
    id="4.2",
    title="One head by loops",
    difficulty=2,
    minutes=12,
    statement="""\
Whoever has written attention once with loops will never again wonder which axis is which. Write \
`head_by_loops(x, w_query, w_key, w_value)` for one sequence `x` of shape `(T, d_model)`.

For each place `i`: make its query, compare it with the key of every place `j` by the scaled dot \
product, turn the `T` scores into weights, and add up the values, each times its weight. The \
result has one vector for each place, `(T, d_value)`. Three loops are welcome here.""",
    make_inputs=_head_inputs,
    solution=head_by_loops,
    hints=(
        "Start with one place only. Its query is `x[i] @ w_query`, of shape `(d_head,)`. How do "
        "you get one number from this query and the key of place `j`?",
        "The score of `i` and `j` is `(x[i] @ w_query) @ (x[j] @ w_key) / √d_head`. Collect the "
        "`T` scores of one place with `torch.stack`, and take `.softmax(dim=0)` of them.",
        "The output of place `i` is the sum over `j` of `weights[j] * (x[j] @ w_value)`: start "
        "with `torch.zeros(w_value.shape[1])` and add. Append it to a list, and end with "
        "`torch.stack(outputs)`. `d_head` is `w_query.shape[1]`.",
    ),
    wrong=(
        Wrong(
            _head_unscaled,
            "You do not scale the scores. Divide them by √d_head before the softmax, or a few "
            "large products take all the weight.",
        ),
        Wrong(
            _head_scaled_by_model,
            "You divide by √d_model. A score adds up `d_head` products, so divide by √d_head, the "
            "root of the length of a query.",
        ),
        Wrong(
            _head_scaled_without_root,
            "You divide the scores by d_head itself. Its square root is asked for: that brings "
            "their variance to 1.",
        ),
        Wrong(
            _head_key_is_query,
            'You use `w_query` for the keys too. That is "Q equals K": the keys have a matrix of '
            "their own, `w_key`.",
        ),
        Wrong(
            _head_swapped,
            "Queries and keys have changed places. The place that asks, `i`, goes through "
            "`w_query`; the places that answer, `j`, through `w_key`.",
        ),
        Wrong(
            _head_over_queries,
            "Your softmax runs over the queries. The weights of one place `i` sum to 1 over the "
            "places `j` that it looks at.",
        ),
        Wrong(
            _head_no_softmax,
            "You weight the values by the scores themselves. A softmax comes in between, so that "
            "the weights are positive and sum to 1.",
        ),
        Wrong(
            _head_no_value,
            "You add up the vectors of `x` as they are. What is added up are the values, "
            "`x[j] @ w_value`.",
        ),
        Wrong(
            _head_key_as_value,
            "You add up the keys. A key only says how well a place fits; what it hands over is its "
            "value, `x[j] @ w_value`.",
        ),
        Wrong(
            _head_not_itself,
            "You leave each place out of its own sum. In self-attention a place may look at itself "
            "too.",
        ),
        Wrong(
            _head_weights,
            "You return the weights, one for each pair of places. Go on: add up the values, each "
            "times its weight.",
        ),
        Wrong(
            _head_last_place,
            "You return the last place only. Every place has an output: collect them all, "
            "`(T, d_value)`.",
        ),
    ),
    right=(_head_matrices, _head_kernel, _head_by_hand, _head_transposed),
)


# ------------------------------------------------------------------ 4.3 cut into heads


def cut_for_heads(x: Tensor, n_heads: int) -> Tensor:
    """Give every head its part of each vector.

    Args:
        x: ``(..., T, d_model)``; any number of leading axes.
        n_heads: a number that divides ``d_model``.

    Returns:
        ``(..., n_heads, T, d_head)``, where ``d_head = d_model / n_heads``. Head 0
        gets the first ``d_head`` numbers of each vector, head 1 the next ones, …
    """
    parts = x.unflatten(-1, (n_heads, -1))  # (..., T, n_heads, d_head)
    return parts.transpose(-3, -2)  # (..., n_heads, T, d_head)


def _cut_inputs(generator: torch.Generator) -> Iterator[Args]:
    for kind in ("batch", "one sequence", "two axes"):
        n_heads, d_head, other, batch = primes(generator, 4, low=2, high=11)
        # A multiple of n_heads, so that cutting the wrong axis does not raise.
        length = n_heads * other if kind == "batch" else other
        leading = {"batch": (batch,), "one sequence": (), "two axes": (2, batch)}[kind]
        x = torch.randn(*leading, length, n_heads * d_head, generator=generator)
        yield x, n_heads


def _cut_view(x: Tensor, n_heads: int) -> Tensor:
    *leading, length, d_model = x.shape
    parts = x.reshape(*leading, length, n_heads, d_model // n_heads)
    return parts.movedim(-2, -3)


def _cut_chunks(x: Tensor, n_heads: int) -> Tensor:
    return torch.stack(x.chunk(n_heads, dim=-1), dim=-3)


def _cut_loop(x: Tensor, n_heads: int) -> Tensor:
    d_head = x.shape[-1] // n_heads
    parts = torch.zeros(*x.shape[:-2], n_heads, x.shape[-2], d_head)
    for h in range(n_heads):
        parts[..., h, :, :] = x[..., h * d_head : (h + 1) * d_head]
    return parts


def _cut_straight(x: Tensor, n_heads: int) -> Tensor:
    *leading, length, d_model = x.shape
    return x.reshape(*leading, n_heads, length, d_model // n_heads)


def _cut_not_swapped(x: Tensor, n_heads: int) -> Tensor:
    return x.unflatten(-1, (n_heads, -1))


def _cut_interleaved(x: Tensor, n_heads: int) -> Tensor:
    return x.unflatten(-1, (-1, n_heads)).movedim(-1, -3)


def _cut_time(x: Tensor, n_heads: int) -> Tensor:
    return x.unflatten(-2, (n_heads, -1))


def _cut_heads_first(x: Tensor, n_heads: int) -> Tensor:
    return torch.stack(x.chunk(n_heads, dim=-1))


def _cut_time_last(x: Tensor, n_heads: int) -> Tensor:
    return cut_for_heads(x, n_heads).transpose(-2, -1)


def _cut_short_parts(x: Tensor, n_heads: int) -> Tensor:
    return x.unflatten(-1, (-1, n_heads)).transpose(-3, -2)


def _cut_copies(x: Tensor, n_heads: int) -> Tensor:
    return torch.stack([x] * n_heads, dim=-3)


CUT = Exercise(
    id="4.3",
    title="Cut vectors into heads",
    difficulty=2,
    minutes=8,
    statement="""\
Many heads do not need many loops. Each vector of `d_model` numbers is cut into `n_heads` parts of \
`d_head`, and the heads become one more leading axis, over which everything broadcasts. Write \
`cut_for_heads(x, n_heads)`: from `(..., T, d_model)` to `(..., n_heads, T, d_head)`. The first \
head gets the first `d_head` numbers of each vector, the second head the next ones.

Careful: one wrong reshape gives the right shape and mixes up the places.""",
    make_inputs=_cut_inputs,
    solution=cut_for_heads,
    hints=(
        "Two steps: cut the last axis in two, then bring the axes into order.",
        "Cutting the last axis gives `(..., T, n_heads, d_head)`: "
        "`x.unflatten(-1, (n_heads, -1))`. Which two axes are in the wrong order now?",
        "`x.unflatten(-1, (n_heads, -1))` is `(..., T, n_heads, d_head)`. Swap time and heads with "
        "`.transpose(-3, -2)`. A reshape cannot swap axes: it keeps all numbers in their order and "
        "only sets the borders anew.",
    ),
    wrong=(
        Wrong(
            _cut_straight,
            "You reshape straight to `(..., n_heads, T, d_head)`. The shape is right, but a "
            "reshape does not swap axes, so places and heads are mixed: cut the last axis, then "
            "transpose.",
        ),
        Wrong(
            _cut_not_swapped,
            "The cut is right, but the heads still stand after time. Swap the axes: the heads come "
            "before `T`.",
        ),
        Wrong(
            _cut_interleaved,
            "You deal the numbers out like cards, each head every `n_heads`-th one. A head gets "
            "`d_head` numbers that stand side by side.",
        ),
        Wrong(
            _cut_time,
            "You cut the sequence, so each head sees a piece of the sentence. Cut the vectors: "
            "every head sees all places.",
        ),
        Wrong(
            _cut_heads_first,
            "You put the heads on the very first axis. They belong just before `T`, after all "
            "leading axes.",
        ),
        Wrong(
            _cut_time_last,
            "`T` and `d_head` have changed places. The last axis of each head is `d_head`.",
        ),
        Wrong(
            _cut_short_parts,
            "You cut into parts of `n_heads` numbers. Asked for are `n_heads` parts.",
        ),
        Wrong(
            _cut_copies,
            "Each head gets the whole vector. The heads share it out, `d_head` numbers each.",
        ),
    ),
    right=(_cut_view, _cut_chunks, _cut_loop),
)


# --------------------------------------------------------------------- 4.4 join heads


def join_heads(parts: Tensor) -> Tensor:
    """Set what the heads found side by side, one vector for each place.

    Args:
        parts: ``(..., n_heads, T, d_head)``; any number of leading axes.

    Returns:
        ``(..., T, n_heads · d_head)``: the numbers of head 0 first, then head 1, …
    """
    together = parts.transpose(-3, -2)  # (..., T, n_heads, d_head)
    return together.flatten(-2)  # (..., T, n_heads · d_head)


def _join_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_leading in (1, 0, 2):
        sizes = primes(generator, 3 + n_leading, low=2, high=13)
        yield (torch.randn(*sizes, generator=generator),)


def _join_cat(parts: Tensor) -> Tensor:
    return torch.cat(parts.unbind(-3), dim=-1)


def _join_reshape(parts: Tensor) -> Tensor:
    *leading, n_heads, length, d_head = parts.shape
    return parts.movedim(-3, -2).reshape(*leading, length, n_heads * d_head)


def _join_loop(parts: Tensor) -> Tensor:
    *leading, n_heads, length, d_head = parts.shape
    joined = torch.zeros(*leading, length, n_heads * d_head)
    for h in range(n_heads):
        joined[..., h * d_head : (h + 1) * d_head] = parts[..., h, :, :]
    return joined


def _join_straight(parts: Tensor) -> Tensor:
    *leading, n_heads, length, d_head = parts.shape
    return parts.reshape(*leading, length, n_heads * d_head)


def _join_interleaved(parts: Tensor) -> Tensor:
    return parts.movedim(-3, -1).flatten(-2)


def _join_sum(parts: Tensor) -> Tensor:
    return parts.sum(-3)


def _join_mean(parts: Tensor) -> Tensor:
    return parts.mean(-3)


def _join_time(parts: Tensor) -> Tensor:
    return parts.flatten(-3, -2)


def _join_only_swapped(parts: Tensor) -> Tensor:
    return parts.transpose(-3, -2)


def _join_first_axis(parts: Tensor) -> Tensor:
    return torch.cat(list(parts), dim=-1)


def _join_features_first(parts: Tensor) -> Tensor:
    return join_heads(parts).transpose(-2, -1)


JOIN = Exercise(
    id="4.4",
    title="Join the heads again",
    difficulty=1,
    minutes=6,
    statement="""\
Every head has found something for every place: `(..., n_heads, T, d_head)`. Before the last \
projection these findings are set side by side again. Write `join_heads(parts)`, which gives \
`(..., T, n_heads · d_head)` and undoes exercise 4.3 exactly.""",
    make_inputs=_join_inputs,
    solution=join_heads,
    hints=(
        "Undo the two steps of exercise 4.3 in reverse order.",
        "First bring the heads next to `d_head`, with a transpose. Then make one axis of these "
        "two, with `.flatten(-2)`.",
        "`parts.transpose(-3, -2)` is `(..., T, n_heads, d_head)`, and `.flatten(-2)` joins its "
        "last two axes. `.view` refuses here, because a transposed tensor does not lie in memory "
        "in that order; `.flatten` and `.reshape` copy if they must.",
    ),
    wrong=(
        Wrong(
            _join_straight,
            "You reshape without swapping axes first. The shape is right, but a vector now holds "
            "several places of one head: bring the heads next to `d_head`, then flatten.",
        ),
        Wrong(
            _join_interleaved,
            "You take one number of each head in turn. First come all numbers of head 0, then all "
            "of head 1.",
        ),
        Wrong(
            _join_sum,
            "You add the heads up. Set them side by side: the projection that follows is to weigh "
            "each of them by itself.",
        ),
        Wrong(
            _join_mean,
            "You average the heads, and what one of them found alone is blurred. Set them side by "
            "side.",
        ),
        Wrong(
            _join_time,
            "You set the heads one after the other along time, so the sequence becomes `n_heads` "
            "times as long. They belong side by side along the last axis.",
        ),
        Wrong(
            _join_only_swapped,
            "The axes are in the right order, and still apart: flatten the last two, `n_heads` and "
            "`d_head`, into one.",
        ),
        Wrong(
            _join_first_axis,
            "You join over the first axis, which is the batch if there is one. The heads stand "
            "third from the end.",
        ),
        Wrong(
            _join_features_first,
            "The numbers are right, but time stands last. Each place is to have its vector along "
            "the last axis.",
        ),
    ),
    right=(_join_cat, _join_reshape, _join_loop),
)


# -------------------------------------------------------------- 4.5 scores of all heads


def scores_of_heads(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    """Compute the scaled dot-product scores of all heads at once.

    Args:
        query: ``(..., Tq, d_model)``, the queries of all heads side by side.
        key: ``(..., Tk, d_model)``, the keys of all heads side by side.
        n_heads: a number that divides ``d_model``.

    Returns:
        Scores, before any softmax, ``(..., n_heads, Tq, Tk)``.
    """
    d_head = query.shape[-1] // n_heads
    q = query.unflatten(-1, (n_heads, d_head))  # (..., Tq, n_heads, d_head)
    k = key.unflatten(-1, (n_heads, d_head))  # (..., Tk, n_heads, d_head)
    q, k = q.transpose(-3, -2), k.transpose(-3, -2)  # (..., n_heads, T, d_head)
    return q @ k.transpose(-2, -1) / math.sqrt(d_head)  # (..., n_heads, Tq, Tk)


def _scores_inputs(generator: torch.Generator) -> Iterator[Args]:
    for with_batch in (True, False, True):
        n_heads, d_head, n_queries, n_keys, batch = primes(generator, 5, low=2, high=13)
        leading = (batch,) if with_batch else ()
        d_model = n_heads * d_head
        query = torch.randn(*leading, n_queries, d_model, generator=generator)
        key = torch.randn(*leading, n_keys, d_model, generator=generator)
        yield query, key, n_heads


def _scores_einsum(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    q, k = (part.unflatten(-1, (n_heads, -1)) for part in (query, key))
    return torch.einsum("...ihd,...jhd->...hij", q, k) * q.shape[-1] ** -0.5


def _scores_loop(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    d_head = query.shape[-1] // n_heads
    scores = []
    for h in range(n_heads):
        q = query[..., h * d_head : (h + 1) * d_head]
        k = key[..., h * d_head : (h + 1) * d_head]
        scores.append(q @ k.mT / math.sqrt(d_head))
    return torch.stack(scores, dim=-3)


def _scores_masked_queries(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    d_head = query.shape[-1] // n_heads
    owner = torch.arange(query.shape[-1]) // d_head  # which head each number belongs to
    mine = owner == torch.arange(n_heads).unsqueeze(-1)  # (n_heads, d_model)
    q = query.unsqueeze(-3) * mine.unsqueeze(-2)  # (..., n_heads, Tq, d_model)
    return q @ (key / math.sqrt(d_head)).unsqueeze(-3).mT


def _scores_by_model(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    return scores_of_heads(query, key, n_heads) / math.sqrt(n_heads)


def _scores_unscaled(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    d_head = query.shape[-1] // n_heads
    return scores_of_heads(query, key, n_heads) * math.sqrt(d_head)


def _scores_no_root(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    d_head = query.shape[-1] // n_heads
    return scores_of_heads(query, key, n_heads) / math.sqrt(d_head)


def _scores_multiplied(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    return scores_of_heads(query, key, n_heads) * (query.shape[-1] // n_heads)


def _scores_by_heads(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    return _scores_unscaled(query, key, n_heads) / math.sqrt(n_heads)


def _scores_by_keys(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    return _scores_unscaled(query, key, n_heads) / math.sqrt(key.shape[-2])


def _scores_keys_first(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    return scores_of_heads(query, key, n_heads).mT


def _scores_softmax(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    return scores_of_heads(query, key, n_heads).softmax(-1)


def _scores_one_head(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    return query @ key.mT / math.sqrt(query.shape[-1])


def _scores_straight(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    q, k = _cut_straight(query, n_heads), _cut_straight(key, n_heads)
    return q @ k.mT / math.sqrt(q.shape[-1])


def _scores_heads_last(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    return scores_of_heads(query, key, n_heads).movedim(-3, -1)


SCORES = Exercise(
    id="4.5",
    title="Scores of all heads, scaled",
    difficulty=2,
    minutes=8,
    statement="""\
In "Thinking Machines" the scores 112 and 96 are divided by 8, because a query has 64 numbers and \
√64 = 8. The model of that example has 512 numbers and 8 heads. So which length counts?

Write `scores_of_heads(query, key, n_heads)`. Queries `(..., Tq, d_model)` and keys \
`(..., Tk, d_model)` are projected already, all heads side by side. Return the scaled scores of \
every head, `(..., n_heads, Tq, Tk)`, before any softmax. `Tq` and `Tk` may differ.""",
    make_inputs=_scores_inputs,
    solution=scores_of_heads,
    hints=(
        "First cut queries and keys into heads, as in exercise 4.3. What is then one product?",
        "With `q` of shape `(..., n_heads, Tq, d_head)` and `k` of shape "
        "`(..., n_heads, Tk, d_head)`, one `@` does all heads at once. Which axes of `k` have to "
        "be swapped for it?",
        "`q @ k.transpose(-2, -1)` is `(..., n_heads, Tq, Tk)`. Each entry adds up `d_head` "
        "products of numbers with variance 1, so its variance is `d_head`: divide by "
        "`math.sqrt(d_head)`, where `d_head = d_model // n_heads`.",
    ),
    wrong=(
        Wrong(
            _scores_by_model,
            "You divide by √d_model. Each head adds up only `d_head = d_model / n_heads` products: "
            "divide by √d_head, or the weights come out too even.",
        ),
        Wrong(
            _scores_unscaled,
            "The products are right, but not scaled. Divide them by √d_head.",
        ),
        Wrong(
            _scores_no_root,
            "You divide by d_head; it is the square root that brings the variance to 1. If you "
            "scale queries and keys both, divide each by the fourth root.",
        ),
        Wrong(
            _scores_multiplied,
            "You multiply by √d_head. The products are too large already: divide.",
        ),
        Wrong(
            _scores_by_heads,
            "You divide by √n_heads. What counts is how many products one score adds up: d_head, "
            "the length of one head's query.",
        ),
        Wrong(
            _scores_by_keys,
            "You divide by √Tk, the number of keys. Scale by the root of the length of a key, "
            "`d_head`.",
        ),
        Wrong(
            _scores_keys_first,
            "Rows and columns have changed places: a row belongs to a query, a column to a key.",
        ),
        Wrong(
            _scores_softmax,
            "You return weights. The scores are asked for, before the softmax.",
        ),
        Wrong(
            _scores_one_head,
            "You compare whole vectors, as if there were one head. Cut queries and keys into "
            "heads first: each head has scores of its own.",
        ),
        Wrong(
            _scores_straight,
            "You reshape straight to `(..., n_heads, T, d_head)`, which mixes places and heads. "
            "Cut the last axis, then transpose, as in exercise 4.3.",
        ),
        Wrong(
            _scores_heads_last,
            "The heads stand on the last axis. They belong before `Tq` and `Tk`, so that each head "
            "has a matrix of scores.",
        ),
    ),
    right=(_scores_einsum, _scores_loop, _scores_masked_queries),
)


# ------------------------------------------------------------------ 4.6 predict

WHEN_HEADS_HELP = Question(
    id="4.6",
    title="When do heads help?",
    difficulty=2,
    minutes=6,
    text="""\
Take `MultiHeadAttention(512, n_heads)` of this chapter, and a sequence of `T` places.

1. How many more trainable numbers has it with 8 heads than with 1?
2. How many more multiplications do the scores take? And what does grow with the number of heads?
3. "It" should look at "animal" and at "tired", and keep the two apart. What stands in the way of \
one head?
4. With 512 heads, each has `d_head = 1`: its query and its key are single numbers. Can such a \
head let "it" look mostly at the key 2, when the keys are 1, 2 and 3?""",
    answer="""\
1. **None.** The four matrices are 512 × 512 either way; the heads share their columns out.
2. **None** either: `n_heads` times `T · T · d_head` is `T · T · 512` whatever `n_heads` is. What \
grows are the **scores and weights** themselves: `n_heads · T · T` numbers.
3. A head has **one** row of weights for each query, which sums to 1. It can give half to each, \
and then hands over the *mean* of two values: what came from whom is lost. Two heads look \
separately, through values of their own, and their findings stand side by side.
4. **No.** The score is `q · k`, so it rises with the key if `q` is positive and falls if it is \
negative: the largest weight is always at the largest or at the smallest key, never in between. \
The scores of a head form a matrix of rank `d_head` at most. More heads see more things, each of \
them more coarsely; that is why one takes 8 or 12 and not 512.""",
)


# ------------------------------------------------------------------ 4.7 causal mask


def look_back_mask(n_queries: int, n_keys: int) -> Tensor:
    """Let each query look at its own place and at those before it.

    Args:
        n_queries: how many queries there are; they stand at the last places.
        n_keys: how many places there are, at least ``n_queries``.

    Returns:
        Boolean ``(n_queries, n_keys)``, ``True`` = may attend.
    """
    places = torch.arange(n_keys)
    queries = places[n_keys - n_queries :]  # (n_queries,), the last places
    return places <= queries.unsqueeze(-1)  # (n_queries, n_keys)


def _mask_inputs(generator: torch.Generator) -> Iterator[Args]:
    small, middle, large = sorted(primes(generator, 3, low=3, high=13))
    yield middle, middle
    yield small, large
    yield 1, middle


def _mask_tril(n_queries: int, n_keys: int) -> Tensor:
    ones = torch.ones(n_queries, n_keys, dtype=torch.bool)
    return ones.tril(diagonal=n_keys - n_queries)


def _mask_last_rows(n_queries: int, n_keys: int) -> Tensor:
    whole = torch.ones(n_keys, n_keys).tril() == 1
    return whole[n_keys - n_queries :]


def _mask_loop(n_queries: int, n_keys: int) -> Tensor:
    mask = torch.zeros(n_queries, n_keys, dtype=torch.bool)
    for i in range(n_queries):
        mask[i, : n_keys - n_queries + i + 1] = True
    return mask


def _mask_not_later(n_queries: int, n_keys: int) -> Tensor:
    later = torch.full((n_queries, n_keys), 1).triu(n_keys - n_queries + 1)
    return ~later.bool()


def _mask_top_left(n_queries: int, n_keys: int) -> Tensor:
    return torch.ones(n_queries, n_keys, dtype=torch.bool).tril()


def _mask_turned(n_queries: int, n_keys: int) -> Tensor:
    return ~look_back_mask(n_queries, n_keys)


def _mask_look_ahead(n_queries: int, n_keys: int) -> Tensor:
    ones = torch.ones(n_queries, n_keys, dtype=torch.bool)
    return ones.triu(diagonal=n_keys - n_queries)


def _mask_not_itself(n_queries: int, n_keys: int) -> Tensor:
    ones = torch.ones(n_queries, n_keys, dtype=torch.bool)
    return ones.tril(diagonal=n_keys - n_queries - 1)


def _mask_one_ahead(n_queries: int, n_keys: int) -> Tensor:
    ones = torch.ones(n_queries, n_keys, dtype=torch.bool)
    return ones.tril(diagonal=n_keys - n_queries + 1)


def _mask_transposed(n_queries: int, n_keys: int) -> Tensor:
    return look_back_mask(n_queries, n_keys).T


def _mask_minus_infinity(n_queries: int, n_keys: int) -> Tensor:
    mask = look_back_mask(n_queries, n_keys)
    return torch.zeros(n_queries, n_keys).masked_fill(~mask, -math.inf)


def _mask_numbers(n_queries: int, n_keys: int) -> Tensor:
    return look_back_mask(n_queries, n_keys).float()


def _mask_all_places(n_queries: int, n_keys: int) -> Tensor:
    return look_back_mask(n_keys, n_keys)


LOOK_BACK = Exercise(
    id="4.7",
    title="A mask that looks back",
    difficulty=2,
    minutes=8,
    statement="""\
A decoder that writes a sentence must not read what it has not written yet. So each place looks at \
itself and at what came before. For 3 queries and 3 keys the mask is a triangle, with ones for \
`True`: `1 0 0`, `1 1 0`, `1 1 1`.

While it writes, a decoder keeps the keys of earlier steps and asks only for the newest places. \
Then there are fewer queries than keys, and the queries stand at the **last** places. Write \
`look_back_mask(n_queries, n_keys)`: boolean, `(n_queries, n_keys)`, `True` = may attend. A single \
query, the newest place, may look at everything.""",
    make_inputs=_mask_inputs,
    solution=look_back_mask,
    hints=(
        "At which place of the sequence does query `i` stand, counted from 0?",
        "Query `i` stands at the place `n_keys - n_queries + i`. It may look at every place `j` "
        "that is not larger. Two `torch.arange`s, compared with `<=`, give the whole mask.",
        "Or take a triangle: `torch.ones(n_queries, n_keys, dtype=torch.bool)`, and of that "
        "`.tril(diagonal=n_keys - n_queries)`. The diagonal moves to the right by the number of "
        "places that come before the first query.",
    ),
    wrong=(
        Wrong(
            _mask_top_left,
            "Your triangle starts in the upper left corner, as if the queries stood at the first "
            "places. They stand at the last: with one query the row is all `True`.",
        ),
        Wrong(
            _mask_turned,
            "True and False have changed places. Here `True` means *may attend*, as in torch's "
            "`scaled_dot_product_attention`. `nn.MultiheadAttention` has it the other way round.",
        ),
        Wrong(
            _mask_look_ahead,
            "Your triangle is the upper one: each place sees itself and the future. Looking back "
            "is the lower one.",
        ),
        Wrong(
            _mask_not_itself,
            "A place does not see itself in your mask, and the first one sees nothing at all. "
            "Its own place is allowed: `<=`, not `<`.",
        ),
        Wrong(
            _mask_one_ahead,
            "Each place sees one place ahead, and that is the token it should predict. Move the "
            "diagonal back by one.",
        ),
        Wrong(
            _mask_transposed,
            "You have a row for each key. A row belongs to a query: `(n_queries, n_keys)`.",
        ),
        Wrong(
            _mask_minus_infinity,
            "You return numbers to be added to the scores, 0 and -inf. That works in torch too, "
            "but asked for is a boolean mask.",
        ),
        Wrong(
            _mask_numbers,
            "The mask holds the numbers 1 and 0. Make it boolean: torch adds a mask of floats to "
            "the scores, and 0 and 1 forbid nothing.",
        ),
        Wrong(
            _mask_all_places,
            "You make a row for every place. There are only `n_queries` rows: the last ones.",
        ),
    ),
    right=(_mask_tril, _mask_last_rows, _mask_loop, _mask_not_later),
)


# ------------------------------------------------------------------ 4.8 predict

MASKS_OF_A_DECODER = Question(
    id="4.8",
    title="The two masks of a decoder",
    difficulty=2,
    minutes=6,
    text="""\
A decoder reads `<start> ich bin <pad>`, 4 places, and attends to the encoder's vectors for \
`I am here . <pad>`, 5 places. `True` = may attend, written as 1.

1. Write down the mask of its self-attention. Rows are queries.
2. Which weight of that self-attention do you know without any numbers?
3. What shape has the mask of its cross-attention, and what stands in it?
4. You forget the triangle while training. What happens to the loss, and what to the sentences it \
writes afterwards?""",
    answer="""\
1. The triangle, and the column of the padding closed:

    ```text
    1 0 0 0
    1 1 0 0
    1 1 1 0
    1 1 1 0
    ```

    The last row belongs to the padding itself. Nobody reads what comes out there, so it need not \
be closed.
2. `<start>` looks at itself with weight **1**: it may see one place, and weights sum to 1.
3. **`(4, 5)`**, four rows `1 1 1 1 0`. No triangle: the sentence to be translated is there from \
the start, only its padding is closed.
4. The loss falls **close to 0**, because each place can look up the next token, which is the one \
it should predict. What it writes is **nonsense**: while writing there is no next token to copy. A \
loss that is too good to be true often is a mask forgotten.""",
)


# ------------------------------------------------------------------ 4.9 waves


def wave_positions(length: int, d_model: int) -> Tensor:
    """Give each place of a sequence its own vector of sines and cosines.

    Args:
        length: how many places, ``T``.
        d_model: length of each vector, an even number.

    Returns:
        ``(T, d_model)``, float32, with ``p[t, 2i] = sin(t / 10000^(2i / d_model))``
        and ``p[t, 2i + 1] = cos(t / 10000^(2i / d_model))``.
    """
    place = torch.arange(length).unsqueeze(-1)  # (T, 1)
    pair = torch.arange(d_model // 2)  # (d_model / 2,), i counts pairs
    angles = place / 10_000 ** (2 * pair / d_model)  # (T, d_model / 2)
    waves = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (T, d_model / 2, 2)
    return waves.flatten(-2)  # (T, d_model): sin, cos, sin, cos, …


def _waves_inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(3):
        length, half = primes(generator, 2, low=3, high=23)
        yield length, 2 * half


def _waves_angles(length: int, d_model: int) -> Tensor:
    exponents = torch.arange(0, d_model, 2) / d_model  # (d_model / 2,)
    return torch.arange(length).unsqueeze(-1) / 10_000**exponents


def _waves_alternate(sines: Tensor, cosines: Tensor) -> Tensor:
    return torch.stack([sines, cosines], dim=-1).flatten(-2)


def _waves_slices(length: int, d_model: int) -> Tensor:
    positions = torch.zeros(length, d_model)
    steps = torch.arange(0, d_model, 2) * (-math.log(10_000) / d_model)
    angles = torch.arange(length)[:, None] * steps.exp()
    positions[:, 0::2] = angles.sin()
    positions[:, 1::2] = angles.cos()
    return positions


def _waves_loop(length: int, d_model: int) -> Tensor:
    rows = []
    for t in range(length):
        angles = [t / 10_000 ** (k // 2 * 2 / d_model) for k in range(d_model)]
        waves = (math.sin, math.cos)
        rows.append([waves[k % 2](angle) for k, angle in enumerate(angles)])
    return torch.tensor(rows)


def _waves_shifted_sine(length: int, d_model: int) -> Tensor:
    angles = _waves_angles(length, d_model).repeat_interleave(2, dim=-1)
    quarter = torch.tensor([0.0, math.pi / 2]).repeat(d_model // 2)
    return (angles + quarter).sin()  # cos(a) = sin(a + π / 2)


def _waves_halves(length: int, d_model: int) -> Tensor:
    angles = _waves_angles(length, d_model)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def _waves_cosine_first(length: int, d_model: int) -> Tensor:
    angles = _waves_angles(length, d_model)
    return _waves_alternate(angles.cos(), angles.sin())


def _waves_only_sine(length: int, d_model: int) -> Tensor:
    angles = _waves_angles(length, d_model)
    return _waves_alternate(angles.sin(), angles.sin())


def _waves_half_exponent(length: int, d_model: int) -> Tensor:
    pair = torch.arange(d_model // 2)
    angles = torch.arange(length).unsqueeze(-1) / 10_000 ** (pair / d_model)
    return _waves_alternate(angles.sin(), angles.cos())


def _waves_own_exponent(length: int, d_model: int) -> Tensor:
    exponents = torch.arange(d_model) / d_model  # the cosine takes 2i + 1
    angles = torch.arange(length).unsqueeze(-1) / 10_000**exponents
    return _waves_alternate(angles[:, 0::2].sin(), angles[:, 1::2].cos())


def _waves_double_exponent(length: int, d_model: int) -> Tensor:
    exponents = (
        2 * torch.arange(0, d_model, 2) / d_model
    )  # 2i where 2i is meant to be i
    angles = torch.arange(length).unsqueeze(-1) / 10_000**exponents
    return _waves_alternate(angles.sin(), angles.cos())


def _waves_multiplied(length: int, d_model: int) -> Tensor:
    exponents = torch.arange(0, d_model, 2) / d_model
    angles = torch.arange(length).unsqueeze(-1) * 10_000**exponents
    return _waves_alternate(angles.sin(), angles.cos())


def _waves_from_one(length: int, d_model: int) -> Tensor:
    return wave_positions(length + 1, d_model)[1:]


def _waves_features_first(length: int, d_model: int) -> Tensor:
    return wave_positions(length, d_model).T


def _waves_whole_exponent(length: int, d_model: int) -> Tensor:
    exponents = torch.arange(0, d_model, 2) // d_model  # all 0
    angles = torch.arange(length).unsqueeze(-1) / 10_000**exponents
    return _waves_alternate(angles.sin(), angles.cos())


def _waves_natural_base(length: int, d_model: int) -> Tensor:
    exponents = torch.arange(0, d_model, 2) / d_model
    angles = torch.arange(length).unsqueeze(-1) * (-exponents).exp()
    return _waves_alternate(angles.sin(), angles.cos())


WAVES = Exercise(
    id="4.9",
    title="Positions made of waves",
    difficulty=2,
    minutes=12,
    statement="""\
Self-attention does not know which word comes first. Each place therefore gets a vector of its \
own, made of waves: fast ones tell neighbours apart, slow ones the beginning from the end. Write \
`wave_positions(length, d_model)`, which returns `(T, d_model)` with

`p[t, 2i] = sin(t / 10000^(2i / d_model))` and `p[t, 2i + 1] = cos(t / 10000^(2i / d_model))`.

`t` counts places from 0, and `i` counts pairs of a sine and a cosine, from 0 too. The sine and \
the cosine of a pair share one wavelength.""",
    make_inputs=_waves_inputs,
    solution=wave_positions,
    hints=(
        "First make a table of angles `(T, d_model / 2)`: one row a place, one column a pair.",
        "`torch.arange(length).unsqueeze(-1)` is `(T, 1)`. Divide it by a vector "
        "`(d_model / 2,)` of `10_000 ** (2 * i / d_model)`, and both broadcast to the table of "
        "angles.",
        "With `angles` of shape `(T, d_model / 2)`, "
        "`torch.stack([angles.sin(), angles.cos()], dim=-1)` puts each sine beside its cosine, "
        "and `.flatten(-2)` makes one row of them. Or fill `positions[:, 0::2]` and "
        "`positions[:, 1::2]`.",
    ),
    wrong=(
        Wrong(
            _waves_halves,
            "You put all sines first and all cosines after them. Some models do; the formula here "
            "alternates: sine, cosine, sine, cosine.",
        ),
        Wrong(
            _waves_cosine_first,
            "Sine and cosine have changed places: even columns are sines, so place 0 starts with "
            "0, 1, 0, 1.",
        ),
        Wrong(
            _waves_only_sine,
            "All your columns are sines, so each one stands there twice. The odd columns are "
            "cosines.",
        ),
        Wrong(
            _waves_half_exponent,
            "Your exponent is `i / d_model`, so the slowest wave is far too fast. With `i` "
            "counting pairs, it is `2i / d_model`.",
        ),
        Wrong(
            _waves_own_exponent,
            "The cosines have an exponent of their own, `(2i + 1) / d_model`. Sine and cosine of a "
            "pair share the exponent `2i / d_model`.",
        ),
        Wrong(
            _waves_double_exponent,
            "You double the exponent once too often: `0, 2, 4, …` is already `2i`.",
        ),
        Wrong(
            _waves_multiplied,
            "You multiply by `10000^(2i / d_model)`, so the waves become faster and faster. "
            "Divide by it.",
        ),
        Wrong(
            _waves_from_one,
            "You count places from 1. The first place is `t = 0`, with sines 0 and cosines 1.",
        ),
        Wrong(
            _waves_features_first,
            "The numbers are right, but you have a row for each column. A row belongs to a place: "
            "`(T, d_model)`.",
        ),
        Wrong(
            _waves_whole_exponent,
            "All your waves are equally fast. Look at the exponent: `//` rounds it down to 0, "
            "divide with `/`.",
        ),
        Wrong(
            _waves_natural_base,
            "You take powers of e, `exp(-2i / d_model)`. The base is 10000: multiply the exponent "
            "by `math.log(10_000)`.",
        ),
    ),
    right=(_waves_slices, _waves_loop, _waves_shifted_sine),
)


# ------------------------------------------------------------------ 4.10 add positions


def add_positions(x: Tensor, positions: Tensor) -> Tensor:
    """Tell every vector of a batch of sequences at which place it stands.

    Args:
        x: ``(B, T, d_model)``, batch first.
        positions: ``(max_length, d_model)``, row ``t`` for place ``t``; at least
            ``T`` rows.

    Returns:
        ``(B, T, d_model)``.
    """
    length = x.shape[1]  # (B, T, d_model): time is the second axis
    return x + positions[:length]  # (T, d_model) broadcasts over the batch


def _add_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n in (1, 0, 0):
        batch, length, d_model, max_length = primes(generator, 4, low=2, high=23)
        length, max_length = sorted((length, max_length))
        batch = n or min(batch, max_length)
        x = torch.randn(batch, length, d_model, generator=generator)
        positions = torch.randn(max_length + 2, d_model, generator=generator)
        yield x, positions


def _add_broadcast(x: Tensor, positions: Tensor) -> Tensor:
    return x + positions[: x.size(1)].unsqueeze(0)


def _add_loop(x: Tensor, positions: Tensor) -> Tensor:
    return torch.stack([x[:, t] + positions[t] for t in range(x.shape[1])], dim=1)


def _add_lookup(x: Tensor, positions: Tensor) -> Tensor:
    places = torch.arange(x.shape[-2]).expand(x.shape[:-1])  # (B, T)
    return F.embedding(places, positions) + x


def _add_time_first(x: Tensor, positions: Tensor) -> Tensor:
    turned = x.transpose(0, 1)  # (T, B, d_model)
    return (turned + positions[: len(turned)].unsqueeze(1)).transpose(0, 1)


def _add_batch_axis(x: Tensor, positions: Tensor) -> Tensor:
    return x + positions[: x.shape[0]].unsqueeze(1)


def _add_batch_axis_flat(x: Tensor, positions: Tensor) -> Tensor:
    return x + positions[: x.shape[0]]  # raises where B and T differ, unless B is 1


def _add_axis_of_batch(x: Tensor, positions: Tensor) -> Tensor:
    return x + positions[: x.shape[1]].unsqueeze(1)  # raises unless B is 1 or T


def _add_first_row(x: Tensor, positions: Tensor) -> Tensor:
    return x + positions[0]


def _add_last_rows(x: Tensor, positions: Tensor) -> Tensor:
    return x + positions[-x.shape[1] :]


def _add_from_one(x: Tensor, positions: Tensor) -> Tensor:
    return x + positions[1 : x.shape[1] + 1]


def _add_backwards(x: Tensor, positions: Tensor) -> Tensor:
    return x + positions[: x.shape[1]].flip(0)


def _add_length_row(x: Tensor, positions: Tensor) -> Tensor:
    return x + positions[x.shape[1]]


def _add_product(x: Tensor, positions: Tensor) -> Tensor:
    return x * positions[: x.shape[1]]


def _add_side_by_side(x: Tensor, positions: Tensor) -> Tensor:
    return torch.cat([x, positions[: x.shape[1]].expand_as(x)], dim=-1)


def _add_scaled(x: Tensor, positions: Tensor) -> Tensor:
    return x * math.sqrt(x.shape[-1]) + positions[: x.shape[1]]


def _add_only_positions(x: Tensor, positions: Tensor) -> Tensor:
    return positions[: x.shape[1]].expand_as(x)


ADD = Exercise(
    id="4.10",
    title="Add positions to a batch",
    difficulty=1,
    minutes=5,
    statement="""\
One line, and one of the most copied mistakes of the field. Write `add_positions(x, positions)`: \
`x` is `(B, T, d_model)`, batch first, and `positions` is `(max_length, d_model)`, with a row for \
each place and more rows than this batch needs. Add to every vector the row of its place.

Every sentence of the batch starts at place 0.""",
    make_inputs=_add_inputs,
    solution=add_positions,
    hints=(
        "How many rows of `positions` does this batch need, and which axis of `x` says so?",
        "`x` is batch first, so `x.shape[1]` is the number of places `T`. Code for tensors that "
        "are time first slices with `x.shape[0]`; here that is the batch.",
        "`positions[: x.shape[1]]` is `(T, d_model)`. Broadcasting aligns axes from the right, so "
        "adding it to `(B, T, d_model)` repeats it for every sentence: `x + "
        "positions[: x.shape[1]]`.",
    ),
    wrong=(
        Wrong(
            _add_batch_axis,
            "Batch and time have changed places: you slice `positions` by the size of the batch, "
            "and every sentence gets one position for all of its words. That line belongs to "
            "tensors that are time first. Here the places are axis 1: `positions[: x.shape[1]]`.",
        ),
        Wrong(
            _add_batch_axis_flat,
            "You slice `positions` by `x.shape[0]`. That is the batch, not the time: with a batch "
            "of one, all places get position 0; with a larger one it fits only by chance. Take "
            "`x.shape[1]`.",
        ),
        Wrong(
            _add_axis_of_batch,
            "You give the positions the shape `(T, 1, d_model)`, which puts time on the axis of "
            "the batch. `(T, d_model)` fits `(B, T, d_model)` as it is.",
        ),
        Wrong(
            _add_first_row,
            "All places get the same row, position 0. Place `t` gets row `t`, in every sentence.",
        ),
        Wrong(
            _add_last_rows,
            "You take the last rows of `positions`. The first place of a sentence gets row 0.",
        ),
        Wrong(
            _add_from_one,
            "You start with row 1. Places are counted from 0, and so are the rows.",
        ),
        Wrong(
            _add_backwards,
            "The positions run backwards: the last place gets row 0.",
        ),
        Wrong(
            _add_length_row,
            "You pick a single row, `positions[T]`, for all places. A slice is meant: "
            "`positions[:T]`.",
        ),
        Wrong(
            _add_product,
            "You multiply by the positions. Add them.",
        ),
        Wrong(
            _add_side_by_side,
            "You set the positions beside the vectors, which doubles their length. Add them: "
            "`d_model` stays as it is.",
        ),
        Wrong(
            _add_scaled,
            "You multiply `x` by √d_model first. The paper's model does that to its embeddings; "
            "here `x` comes as it should be.",
        ),
        Wrong(
            _add_only_positions,
            "You return the positions alone. Add them to `x`.",
        ),
    ),
    right=(_add_broadcast, _add_loop, _add_lookup, _add_time_first),
)


# ------------------------------------------------------------ layers for 4.11 and 4.12


def _matrix(size: int, generator: torch.Generator) -> Tensor:
    return torch.randn(size, size, generator=generator) / math.sqrt(size)


class SelfAttention(nn.Module):
    """One head over ``(T, d_model)``, with fixed random projections."""

    projections: Tensor

    def __init__(self, d_model: int, generator: torch.Generator) -> None:
        super().__init__()
        matrices = [_matrix(d_model, generator) for _ in range(3)]
        self.register_buffer("projections", torch.stack(matrices))

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = x @ self.projections  # each (T, d_model)
        scores = query @ key.T / math.sqrt(x.shape[-1])
        return self.masked(scores).softmax(-1) @ value

    def masked(self, scores: Tensor) -> Tensor:
        return scores


class CausalSelfAttention(SelfAttention):
    """One head in which each place looks back only."""

    def masked(self, scores: Tensor) -> Tensor:
        return scores.masked_fill(torch.ones_like(scores).triu(1) == 1, -math.inf)


class SelfAttentionWithPositions(SelfAttention):
    """One head that adds positions to what comes in."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x + wave_positions(len(x), 2 * x.shape[1])[:, ::2])


class CircularConvolution(nn.Module):
    """Mix each place with its two neighbours; the last place is next to the first."""

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.5 * x.roll(1, dims=0) - 0.2 * x.roll(-1, dims=0)


class SymmetricConvolution(nn.Module):
    """Mix each place with its two neighbours, both alike, and zeros beyond the ends."""

    def forward(self, x: Tensor) -> Tensor:
        padded = F.pad(x, (0, 0, 1, 1))  # (T + 2, d_model)
        return x + 0.5 * (padded[:-2] + padded[2:])


class MeanOfAllPlaces(nn.Module):
    """Give every place the mean of all places."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(0, keepdim=True).expand_as(x)


class MeanAndPositions(MeanOfAllPlaces):
    """Give every place the mean of all places, and add its position."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + wave_positions(len(x), 2 * x.shape[1])[:, ::2]


class EachPlaceByItself(nn.Module):
    """Apply the same function to every number of every place."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * x.relu()


# ------------------------------------------------------------------ 4.11 equivariance


def is_equivariant(layer: "nn.Module", x: Tensor) -> bool:
    """Say whether a layer knows nothing of the order of places.

    Args:
        layer: from ``(T, d_model)`` to ``(T, d_model)``.
        x: ``(T, d_model)``, a sequence to try it on.

    Returns:
        ``True`` if shuffling the places of ``x`` shuffles those of the result in
        the same way and changes nothing else, up to rounding.
    """
    order = torch.randperm(len(x))
    shuffled_first = layer(x[order])
    shuffled_last = layer(x)[order]
    return torch.allclose(shuffled_first, shuffled_last, atol=1e-5)


def _equivariant_inputs(generator: torch.Generator) -> Iterator[Args]:
    def sizes() -> list[int]:
        return primes(generator, 2, low=11, high=23)

    for kind in (SelfAttention, CausalSelfAttention, SelfAttentionWithPositions):
        length, d_model = sizes()
        layer: nn.Module = kind(d_model, generator)
        yield layer, torch.randn(length, d_model, generator=generator)
    for layer in (
        CircularConvolution(),
        SymmetricConvolution(),
        MeanOfAllPlaces(),
        MeanAndPositions(),
        EachPlaceByItself(),
    ):
        yield layer, torch.randn(*sizes(), generator=generator)


def _close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, atol=1e-5)


def _equivariant_undo(layer: nn.Module, x: Tensor) -> bool:
    order = torch.randperm(len(x))
    back = order.argsort()
    return _close(layer(x[order])[back], layer(x))


def _equivariant_matrix(layer: nn.Module, x: Tensor) -> bool:
    shuffle = torch.eye(len(x))[torch.randperm(len(x))]
    return bool((layer(shuffle @ x) - shuffle @ layer(x)).abs().max() < 1e-4)


def _equivariant_swaps(layer: nn.Module, x: Tensor) -> bool:
    for i in range(len(x) - 1):  # every order can be made of swaps of neighbours
        order = list(range(len(x)))
        order[i], order[i + 1] = i + 1, i
        if not _close(layer(x[order]), layer(x)[order]):
            return False
    return True


def _equivariant_many(layer: nn.Module, x: Tensor) -> bool:
    orders = [torch.randperm(len(x)) for _ in range(5)]
    return all(_close(layer(x[order]), layer(x)[order]) for order in orders)


def _equivariant_input_only(layer: nn.Module, x: Tensor) -> bool:
    return _close(layer(x[torch.randperm(len(x))]), layer(x))


def _equivariant_twice(layer: nn.Module, x: Tensor) -> bool:
    order = torch.randperm(len(x))
    return _close(layer(x[order])[order], layer(x))


def _equivariant_identity(layer: nn.Module, x: Tensor) -> bool:
    order = torch.arange(len(x))
    return _close(layer(x[order]), layer(x)[order])


def _equivariant_roll(layer: nn.Module, x: Tensor) -> bool:
    return _close(layer(x.roll(1, dims=0)), layer(x).roll(1, dims=0))


def _equivariant_flip(layer: nn.Module, x: Tensor) -> bool:
    return _close(layer(x.flip(0)), layer(x).flip(0))


def _equivariant_sums(layer: nn.Module, x: Tensor) -> bool:
    shuffled = x[torch.randperm(len(x))]
    return _close(layer(shuffled).mean(0), layer(x).mean(0))


def _equivariant_features(layer: nn.Module, x: Tensor) -> bool:
    order = torch.randperm(x.shape[1])
    return _close(layer(x[:, order]), layer(x)[:, order])


def _equivariant_exact(layer: nn.Module, x: Tensor) -> bool:
    order = torch.randperm(len(x))
    return torch.equal(layer(x[order]), layer(x)[order])


def _equivariant_never(layer: nn.Module, x: Tensor) -> bool:
    return False


def _equivariant_turned(layer: nn.Module, x: Tensor) -> bool:
    return not is_equivariant(layer, x)


def _equivariant_entries(layer: nn.Module, x: Tensor) -> Tensor:
    order = torch.randperm(len(x))
    return torch.isclose(layer(x[order]), layer(x)[order], atol=1e-5)


EQUIVARIANT = Exercise(
    id="4.11",
    title="Does a layer know the order?",
    difficulty=3,
    minutes=15,
    statement="""\
Shuffle the words of a sentence, and self-attention without positions gives the same vectors, \
shuffled the same way. This is called permutation-equivariant: shuffling *before* the layer or \
*after* it comes to the same.

Write the test itself: `is_equivariant(layer, x)` returns `True` or `False`. `layer` takes and \
gives `(T, d_model)`. Your test is tried on eight layers: attention with and without positions, \
attention that looks back only, two convolutions and others. Before you run it, guess: which of \
these know the order?""",
    make_inputs=_equivariant_inputs,
    solution=is_equivariant,
    hints=(
        "There are two ways from `x` to a shuffled result. Go both, and compare where you arrive.",
        "Draw an order with `torch.randperm(len(x))`. One way: shuffle, then the layer, "
        "`layer(x[order])`. Which one is the other?",
        "The other way: the layer, then shuffle, `layer(x)[order]`. Compare the two with "
        "`torch.allclose(…, atol=1e-5)`, because sums in another order are rounded otherwise. It "
        "must be any order: reversing or moving on by one is not enough, some convolutions pass "
        "these. And your guess? These know the order: attention with positions, attention that "
        "looks back only, both convolutions, the mean with positions. These do not: attention "
        "without positions, the mean, a function of each place by itself.",
    ),
    wrong=(
        Wrong(  # first, since tests that are only too strict resemble it in part
            _equivariant_exact,
            "You ask for equality to the last digits. Sums in another order are rounded "
            "otherwise: compare with `torch.allclose(…, atol=1e-5)`.",
        ),
        Wrong(
            _equivariant_input_only,
            "You shuffle the input and compare with the result as it was. That asks whether "
            "nothing changes at all (invariance). Shuffle the result in the same way before you "
            "compare.",
        ),
        Wrong(
            _equivariant_twice,
            "You shuffle twice in the same direction. To undo an order, index with "
            "`order.argsort()`; or do not undo it, and shuffle `layer(x)` too.",
        ),
        Wrong(
            _equivariant_identity,
            "Your test says yes to layers that do know the order. Does yours change anything? "
            "The identity, `torch.arange`, passes always: take `torch.randperm(len(x))`, and "
            "compare the numbers, not only shapes.",
        ),
        Wrong(
            _equivariant_roll,
            "You only move the places on. A convolution that goes round in a circle passes that, "
            "and it does know who stands next to whom. Try any order: `torch.randperm`.",
        ),
        Wrong(
            _equivariant_flip,
            "You only reverse the places. A convolution that treats left and right alike passes "
            "that, and it does know neighbours. Draw a random order, with `torch.randperm`.",
        ),
        Wrong(
            _equivariant_sums,
            "You compare sums or means over the places, and lose which place got what. Compare the "
            "results place by place.",
        ),
        Wrong(
            _equivariant_features,
            "You shuffle the numbers within each vector. The places are the first axis: "
            "`x[order]`.",
        ),
        Wrong(
            _equivariant_never,
            "Your test says no to layers that know nothing of the order, even to one that treats "
            "each place by itself. Compare `layer(x[order])` with `layer(x)[order]`: the same "
            "order both times.",
        ),
        Wrong(
            _equivariant_turned,
            "Your test is right, and its answer turned round: `True` means equivariant.",
        ),
        Wrong(
            _equivariant_entries,
            "You compare entry by entry and return all the answers. One answer is wanted: "
            "`torch.allclose`, or `.all()` and then `bool(…)`.",
        ),
    ),
    right=(
        _equivariant_undo,
        _equivariant_matrix,
        _equivariant_swaps,
        _equivariant_many,
    ),
)


# ------------------------------------------------------------------ 4.12 pre-norm block


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
        attention: mixes places.
        norm2: for the feed-forward network.
        feed_forward: changes each place by itself.

    Returns:
        ``(T, d_model)``.
    """
    x = x + attention(norm1(x))  # what came in, and what the attention adds
    return x + feed_forward(norm2(x))  # the same once more


def _block_inputs(generator: torch.Generator) -> Iterator[Args]:
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


def _block_branches(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    mixed = attention(norm1(x))
    changed = feed_forward(norm2(x + mixed))
    return x + mixed + changed


def _block_loop(x: Tensor, *layers: nn.Module) -> Tensor:
    for norm, function in (layers[:2], layers[2:]):
        x = function(norm(x)).add(x)
    return x


def _block_in_place(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    out = x.clone()
    out += attention(norm1(out))
    out += feed_forward(norm2(out))
    return out


def _block_post_norm(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    x = norm1(x + attention(x))
    return norm2(x + feed_forward(x))


def _block_no_residual(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    return feed_forward(norm2(attention(norm1(x))))


def _block_first_not_added(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    x = attention(norm1(x))
    return x + feed_forward(norm2(x))


def _block_second_not_added(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    return feed_forward(norm2(x + attention(norm1(x))))


def _block_one_norm(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    return pre_norm_step(x, norm1, attention, norm1, feed_forward)


def _block_norm_on_the_way(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    x = norm1(x)
    x = x + attention(x)
    x = norm2(x)
    return x + feed_forward(x)


def _block_parallel(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    return x + attention(norm1(x)) + feed_forward(norm2(x))


def _block_first_lost(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    mixed = x + attention(norm1(x))
    return x + feed_forward(norm2(mixed))


def _block_no_norm(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    x = x + attention(x)
    return x + feed_forward(x)


def _block_norm_after(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    x = x + norm1(attention(x))
    return x + norm2(feed_forward(x))


def _block_feed_forward_first(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    return pre_norm_step(x, norm2, feed_forward, norm1, attention)


def _block_half(
    x: Tensor,
    norm1: nn.Module,
    attention: nn.Module,
    norm2: nn.Module,
    feed_forward: nn.Module,
) -> Tensor:
    return x + attention(norm1(x))


BLOCK = Exercise(
    id="4.12",
    title="A block that norms first",
    difficulty=2,
    minutes=8,
    statement="""\
Modern Transformers norm *first*: each branch reads a normed copy, and the main path from the \
first block to the last stays untouched by any norm. That path is why deep stacks train calmly. \
Write `pre_norm_step(x, norm1, attention, norm2, feed_forward)`, two branches, each one added to \
what came in.

All four are functions from `(T, d_model)` to `(T, d_model)`: `attention(y)` gives its result \
alone, without weights.""",
    make_inputs=_block_inputs,
    solution=pre_norm_step,
    hints=(
        "Draw it: a straight line from bottom to top, and two loops that leave it and come back.",
        "Each loop is `x + f(norm(x))`. The norm stands inside the loop, before `f`. The second "
        "loop leaves from where the first came back.",
        "`x = x + attention(norm1(x))`, then the same line once more with `norm2` and "
        "`feed_forward`. Do not norm `x` itself, and do not write `x += …`: that would change the "
        "caller's tensor.",
    ),
    wrong=(
        Wrong(
            _block_post_norm,
            "That is the post-norm block of the paper, `norm(x + f(x))`. Norm first: "
            "`x + f(norm(x))`.",
        ),
        Wrong(
            _block_no_residual,
            "Nothing is added to what came in: both residuals are missing. Each branch is "
            "`x + f(norm(x))`.",
        ),
        Wrong(
            _block_first_not_added,
            "The first residual is missing: the attention replaces `x`. Add it to `x`.",
        ),
        Wrong(
            _block_second_not_added,
            "The second residual is missing: the feed-forward network replaces what came in. Add "
            "its result.",
        ),
        Wrong(
            _block_one_norm,
            "You use `norm1` twice. The feed-forward network has a norm of its own, `norm2`, with "
            "another scale and shift.",
        ),
        Wrong(
            _block_norm_on_the_way,
            "You norm the main path: `x = norm1(x)`, and the sum then starts from the normed `x`. "
            "Norm only the copy that the branch reads.",
        ),
        Wrong(
            _block_parallel,
            "Both branches read the `x` that came in. The second one reads the sum, after the "
            "attention's share was added.",
        ),
        Wrong(
            _block_first_lost,
            "You add the feed-forward result to the `x` that came in, so the attention's share is "
            "lost from the sum. Add it to the sum before it.",
        ),
        Wrong(
            _block_no_norm,
            "The norms are not used at all. Each branch reads `norm(x)`.",
        ),
        Wrong(
            _block_norm_after,
            "You norm what comes out of each branch. Norm what goes in: `f(norm(x))`, not "
            "`norm(f(x))`.",
        ),
        Wrong(
            _block_feed_forward_first,
            "The feed-forward network comes first in your block. Attention first: gather from "
            "other places, then think it over.",
        ),
        Wrong(
            _block_half,
            "You stop after the attention. The feed-forward network is missing.",
        ),
    ),
    right=(_block_branches, _block_loop, _block_in_place),
)


# ------------------------------------------------------------------ 4.13 parameters


def block_parameters(d_model: int, n_heads: int, d_hidden: int) -> int:
    """Count the trainable numbers of one Transformer block.

    Args:
        d_model: length of a vector.
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


def _count_inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(3):
        n_heads, d_head, half = primes(generator, 3, low=2, high=23)
        yield n_heads * d_head, n_heads, 2 * half


def _count_formula(d_model: int, n_heads: int, d_hidden: int) -> int:
    return 4 * d_model**2 + 2 * d_model * d_hidden + 9 * d_model + d_hidden


def _count_by_heads(d_model: int, n_heads: int, d_hidden: int) -> int:
    d_head = d_model // n_heads
    heads = n_heads * 3 * (d_model * d_head + d_head)
    linear = [(d_model, d_model), (d_model, d_hidden), (d_hidden, d_model)]
    return heads + sum((n_in + 1) * n_out for n_in, n_out in linear) + 4 * d_model


def _count_layers(d_model: int, n_heads: int, d_hidden: int) -> int:
    layers: list[nn.Module] = [
        nn.Linear(d_model, d_model, device="meta") for _ in range(4)
    ]
    layers += [nn.LayerNorm(d_model, device="meta") for _ in range(2)]
    layers.append(nn.Linear(d_model, d_hidden, device="meta"))
    layers.append(nn.Linear(d_hidden, d_model, device="meta"))
    return sum(p.numel() for layer in layers for p in layer.parameters())


def _count_heads_whole(d_model: int, n_heads: int, d_hidden: int) -> int:
    more = (n_heads - 1) * 3 * (d_model * d_model + d_model)  # Q, K and V of each head
    more += (n_heads - 1) * d_model * d_model  # and an output that takes all of it
    return block_parameters(d_model, n_heads, d_hidden) + more


def _count_heads_whole_alone(d_model: int, n_heads: int, d_hidden: int) -> int:
    more = (n_heads - 1) * 4 * (d_model * d_model + d_model)
    return block_parameters(d_model, n_heads, d_hidden) + more


def _count_one_head(d_model: int, n_heads: int, d_hidden: int) -> int:
    d_head = d_model // n_heads
    missing = 3 * (d_model + 1) * (d_model - d_head)
    return block_parameters(d_model, n_heads, d_hidden) - missing


def _count_three_matrices(d_model: int, n_heads: int, d_hidden: int) -> int:
    whole = block_parameters(d_model, n_heads, d_hidden)
    return whole - d_model * d_model - d_model


def _count_no_biases(d_model: int, n_heads: int, d_hidden: int) -> int:
    return 4 * d_model**2 + 2 * d_model * d_hidden + 4 * d_model


def _count_four_short(d_model: int, n_heads: int, d_hidden: int) -> int:
    return block_parameters(d_model, n_heads, d_hidden) - 4 * d_model


def _count_two_short(d_model: int, n_heads: int, d_hidden: int) -> int:
    return block_parameters(d_model, n_heads, d_hidden) - 2 * d_model


def _count_no_hidden_biases(d_model: int, n_heads: int, d_hidden: int) -> int:
    return block_parameters(d_model, n_heads, d_hidden) - d_hidden - d_model


def _count_one_layer(d_model: int, n_heads: int, d_hidden: int) -> int:
    whole = block_parameters(d_model, n_heads, d_hidden)
    return whole - d_hidden * d_model - d_model


def _count_matrices(d_model: int, n_heads: int, d_hidden: int) -> int:
    return 4 * d_model**2 + 2 * d_model * d_hidden


def _count_rule_of_thumb(d_model: int, n_heads: int, d_hidden: int) -> int:
    return 12 * d_model**2


def _count_attention(d_model: int, n_heads: int, d_hidden: int) -> int:
    return 4 * (d_model**2 + d_model)


COUNT = Exercise(
    id="4.13",
    title="Count a block",
    difficulty=2,
    minutes=8,
    statement="""\
How large is a Transformer? Most of it is blocks, so count one. Write `block_parameters(d_model, \
n_heads, d_hidden)`, the number of trainable numbers in this chapter's `Block`: four projections, \
a feed-forward network with one hidden layer, two layer norms. Every linear layer has a bias, and \
a layer norm has a scale and a shift for each of the `d_model` numbers.

Then put in 384, 12 and 1536, and multiply by 6: these are the blocks of the pretrained encoder of \
this chapter. Does attention hold most of it?""",
    make_inputs=_count_inputs,
    solution=block_parameters,
    hints=(
        "A linear layer from `n` to `m` numbers holds `n · m` weights and `m` biases. List the "
        "linear layers.",
        "Attention has four layers from `d_model` to `d_model`: query, key, value and output. The "
        "heads share their columns out, so `n_heads` changes nothing.",
        "`4 * (d_model² + d_model)` for attention, `d_model · d_hidden + d_hidden` and "
        "`d_hidden · d_model + d_model` for the two layers of the feed-forward network, and "
        "`2 · d_model` for each of the two layer norms. Add them up.",
    ),
    wrong=(
        Wrong(
            _count_heads_whole,
            "You give each head its own full matrices. A head is only `d_model / n_heads` long: "
            "all heads together fill one matrix of `d_model` × `d_model`.",
        ),
        Wrong(
            _count_heads_whole_alone,
            "You multiply attention by `n_heads`. The heads share the same four matrices out "
            "between them, so their number changes nothing.",
        ),
        Wrong(
            _count_one_head,
            "You count query, key and value of a single head. There are `n_heads` of them, and "
            "together they fill three matrices of `d_model` × `d_model`.",
        ),
        Wrong(
            _count_three_matrices,
            "You count three projections. There are four: query and key are not the same, and "
            "after the heads are joined comes the output projection.",
        ),
        Wrong(
            _count_no_biases,
            "The biases of the linear layers are missing: one for each number that comes out.",
        ),
        Wrong(
            _count_four_short,
            "You are 4 · d_model short. That is both layer norms, or the four biases of the "
            "attention.",
        ),
        Wrong(
            _count_two_short,
            "You are 2 · d_model short. A layer norm has a scale *and* a shift, and there are two "
            "layer norms.",
        ),
        Wrong(
            _count_no_hidden_biases,
            "The two biases of the feed-forward network are missing, `d_hidden` and `d_model` "
            "numbers.",
        ),
        Wrong(
            _count_one_layer,
            "The feed-forward network has two layers: from `d_model` to `d_hidden`, and back. The "
            "way back is missing.",
        ),
        Wrong(
            _count_matrices,
            "You count the matrices alone. Every linear layer has a bias too, and the two layer "
            "norms have a scale and a shift.",
        ),
        Wrong(
            _count_rule_of_thumb,
            "12 · d_model² is the rule of thumb for `d_hidden = 4 · d_model`, and it leaves out "
            "biases and layer norms. Here `d_hidden` is free, and the count exact.",
        ),
        Wrong(
            _count_attention,
            "You count the attention alone. The feed-forward network and the layer norms belong to "
            "the block.",
        ),
    ),
    right=(_count_formula, _count_by_heads, _count_layers),
    rtol=1e-12,  # a count is exact
    atol=0.0,
)


# ------------------------------------------------------------------ 4.14 rollout


def roll_out(weights: Tensor) -> Tensor:
    """Follow attention through all layers, back to the tokens that came in.

    Args:
        weights: ``(n_layers, n_heads, T, T)``, layer 0 first; each row sums to 1.

    Returns:
        ``(T, T)``: row ``i`` says how much of each token that came in has reached
        place ``i`` after the last layer, by this reckoning. Each row sums to 1.
    """
    identity = torch.eye(weights.shape[-1])
    flow = identity  # before the first layer each place holds its own token
    for layer in weights.mean(dim=1):  # (T, T), the mean of the heads
        step = (layer + identity) / 2  # half attention, half residual
        flow = step @ flow  # (T, T): later layers stand on the left
    return flow


def _rollout_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_layers in (2, 3, 5):
        n_heads, length = primes(generator, 2, low=5, high=13)
        scores = torch.randn(n_layers, n_heads, length, length, generator=generator)
        scores[..., 0] += 2  # all look at the first place more, as they do at [CLS]
        yield ((3 * scores).softmax(-1),)


def _rollout_steps(weights: Tensor) -> Tensor:
    steps = weights.mean(1) + torch.eye(weights.shape[-1])
    return steps / steps.sum(-1, keepdim=True)  # (n_layers, T, T)


def _rollout_product(steps: Tensor) -> Tensor:
    flow = steps[0]
    for step in steps[1:]:
        flow = step @ flow
    return flow


def _rollout_chain(weights: Tensor) -> Tensor:
    return torch.linalg.multi_dot(list(_rollout_steps(weights).flip(0)))


def _rollout_backwards(weights: Tensor) -> Tensor:
    flow = torch.eye(weights.shape[-1])
    for step in reversed(list(_rollout_steps(weights))):
        flow = flow @ step
    return flow


def _rollout_token_by_token(weights: Tensor) -> Tensor:
    columns = []
    for token in torch.eye(weights.shape[-1]):
        amount = token  # (T,), how much of this token each place holds
        for layer in weights.mean(1):
            amount = 0.5 * amount + 0.5 * (layer @ amount)
        columns.append(amount)
    return torch.stack(columns, dim=1)


def _rollout_wrong_order(weights: Tensor) -> Tensor:
    return _rollout_product(_rollout_steps(weights).flip(0))


def _rollout_no_residual(weights: Tensor) -> Tensor:
    return _rollout_product(weights.mean(1))


def _rollout_not_normalised(weights: Tensor) -> Tensor:
    return _rollout_product(weights.mean(1) + torch.eye(weights.shape[-1]))


def _rollout_entrywise(weights: Tensor) -> Tensor:
    return _rollout_steps(weights).prod(0)


def _rollout_mean_of_layers(weights: Tensor) -> Tensor:
    return _rollout_steps(weights).mean(0)


def _rollout_largest_head(weights: Tensor) -> Tensor:
    steps = weights.amax(1) + torch.eye(weights.shape[-1])
    return _rollout_product(steps / steps.sum(-1, keepdim=True))


def _rollout_sum_of_heads(weights: Tensor) -> Tensor:
    steps = weights.sum(1) + torch.eye(weights.shape[-1])
    return _rollout_product(steps / steps.sum(-1, keepdim=True))


def _rollout_columns(weights: Tensor) -> Tensor:
    steps = weights.mean(1) + torch.eye(weights.shape[-1])
    return _rollout_product(steps / steps.sum(-2, keepdim=True))


def _rollout_heads_as_layers(weights: Tensor) -> Tensor:
    return roll_out(weights.transpose(0, 1))


def _rollout_last_layer(weights: Tensor) -> Tensor:
    return _rollout_steps(weights)[-1]


def _rollout_residual_once(weights: Tensor) -> Tensor:
    return (_rollout_no_residual(weights) + torch.eye(weights.shape[-1])) / 2


def _rollout_transposed(weights: Tensor) -> Tensor:
    return roll_out(weights).T


def _rollout_first_left_out(weights: Tensor) -> Tensor:
    return _rollout_product(_rollout_steps(weights)[1:])


ROLLOUT = Exercise(
    id="4.14",
    title="Attention rollout",
    difficulty=3,
    minutes=12,
    statement="""\
The weights of layer 5 do not say which *words* a place looks at: after five layers each place \
already holds a mixture. Abnar and Zuidema (2020) follow the mixture back to the words:

1. take the mean of a layer's heads;
2. add the identity, for the residual path, and divide so that each row sums to 1 again;
3. multiply these matrices, layer upon layer, so that row `i` of the result starts at place `i` \
after the last layer and ends at the tokens that came in.

Write `roll_out(weights)`: from `(n_layers, n_heads, T, T)` to `(T, T)`. It is a rough reckoning, \
since it leaves out the values and the feed-forward networks, and a better picture than a single \
layer's.""",
    make_inputs=_rollout_inputs,
    solution=roll_out,
    hints=(
        "`weights.mean(dim=1)` is `(n_layers, T, T)`. What has to be done to each layer before "
        "you multiply?",
        "Each layer becomes `(layer + torch.eye(T)) / 2`, and its rows sum to 1 again. Then think "
        "of column vectors: the first layer is applied first. On which side does the second one "
        "stand?",
        "Start with `flow = torch.eye(T)`, and for every layer from the first to the last "
        "`flow = step @ flow`: a later layer stands on the left, because its columns are the "
        "places of the layer below, which are the rows of `flow`.",
    ),
    wrong=(
        Wrong(
            _rollout_wrong_order,
            "You multiply in the wrong order. A later layer reads what the earlier ones made, so "
            "it stands on the left: `step @ flow`, not `flow @ step`.",
        ),
        Wrong(
            _rollout_no_residual,
            "The identity is missing. Each block adds what it finds to what came in, so every "
            "place also keeps its own.",
        ),
        Wrong(
            _rollout_not_normalised,
            "You add the identity and do not divide, so the rows sum to 2, then 4, then 8. "
            "Renormalise each layer: its rows sum to 1.",
        ),
        Wrong(
            _rollout_entrywise,
            "You multiply entry by entry (`*`). Paths through the layers are added up by the "
            "matrix product, `@`.",
        ),
        Wrong(
            _rollout_mean_of_layers,
            "You average the layers. They come one after the other: multiply their matrices.",
        ),
        Wrong(
            _rollout_largest_head,
            "You take the largest of the heads. The method here takes their mean.",
        ),
        Wrong(
            _rollout_sum_of_heads,
            "You add the heads up before you add the identity, so the residual path counts too "
            "little. Take the mean of the heads.",
        ),
        Wrong(
            _rollout_columns,
            "You divide by the sums of the columns. A row belongs to a query, and the rows sum to "
            "1: normalise over the last axis.",
        ),
        Wrong(
            _rollout_heads_as_layers,
            "You average over the layers and multiply the heads. Axis 0 counts layers, axis 1 "
            "heads.",
        ),
        Wrong(
            _rollout_last_layer,
            "That is the last layer alone. Its columns are places after the layer below, not yet "
            "tokens: multiply all layers.",
        ),
        Wrong(
            _rollout_residual_once,
            "You add the identity once, at the end. Every block has its residual path: add it in "
            "each layer.",
        ),
        Wrong(
            _rollout_transposed,
            "The result is right and stands on its side: rows are places after the last layer, "
            "columns the tokens that came in.",
        ),
        Wrong(
            _rollout_first_left_out,
            "The first layer is missing from your product. Start with the identity, or with the "
            "first layer, and not with the second.",
        ),
    ),
    right=(_rollout_chain, _rollout_backwards, _rollout_token_by_token),
)


# ------------------------------------------------------------------ 4.15 find a head


def strongest_head(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    """Find the head in which one token looks most at another.

    Args:
        weights: ``(n_layers, n_heads, T, T)``; each row belongs to the token that
            looks.
        query_place: place of the token that looks, such as "it".
        key_place: place of the token that is looked at, such as "animal".

    Returns:
        ``(layer, head)``, two ints counted from 0.
    """
    pair = weights[:, :, query_place, key_place]  # (n_layers, n_heads)
    number = int(pair.argmax())  # argmax counts through the flattened table
    layer, head = divmod(number, pair.shape[1])
    return layer, head


def _strongest_inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(4):
        n_layers, n_heads, length = primes(generator, 3, low=5, high=17)
        scores = torch.randn(n_layers, n_heads, length, length, generator=generator)
        places = torch.randperm(length, generator=generator)
        yield (2 * scores).softmax(-1), int(places[0]), int(places[1])


def _strongest_unravel(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    pair = weights[..., query_place, key_place]
    layer, head = torch.unravel_index(pair.argmax(), pair.shape)
    return int(layer), int(head)


def _strongest_loop(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    best, found = -1.0, (0, 0)
    for layer in range(weights.shape[0]):
        for head in range(weights.shape[1]):
            weight = float(weights[layer, head, query_place, key_place])
            if weight > best:
                best, found = weight, (layer, head)
    return found


def _strongest_two_steps(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    best, heads = weights[:, :, query_place, key_place].max(dim=1)  # (n_layers,)
    layer = int(best.argmax())
    return layer, int(heads[layer])


def _strongest_where(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    pair = weights[:, :, query_place, key_place]
    layer, head = (pair == pair.max()).nonzero()[0].tolist()
    return layer, head


def _strongest_swapped(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    return strongest_head(weights, key_place, query_place)


def _strongest_flat(weights: Tensor, query_place: int, key_place: int) -> int:
    return int(weights[:, :, query_place, key_place].argmax())


def _strongest_by_layers(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    number = _strongest_flat(weights, query_place, key_place)
    return number // weights.shape[0], number % weights.shape[0]


def _strongest_head_first(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    layer, head = strongest_head(weights, query_place, key_place)
    return head, layer


def _strongest_weakest(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    return strongest_head(-weights, query_place, key_place)


def _strongest_layer_first(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    pair = weights[:, :, query_place, key_place]
    layer = int(pair.mean(1).argmax())
    return layer, int(pair[layer].argmax())


def _strongest_apart(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    pair = weights[:, :, query_place, key_place]
    return int(pair.mean(1).argmax()), int(pair.mean(0).argmax())


def _strongest_from_one(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    layer, head = strongest_head(weights, query_place, key_place)
    return layer + 1, head + 1


def _strongest_anywhere(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    best = weights.amax((-2, -1))  # (n_layers, n_heads)
    layer, head = divmod(int(best.argmax()), best.shape[1])
    return layer, head


def _strongest_of_query(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    best = weights[:, :, query_place].amax(-1)  # (n_layers, n_heads)
    layer, head = divmod(int(best.argmax()), best.shape[1])
    return layer, head


def _strongest_last_layer(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    return len(weights) - 1, int(weights[-1, :, query_place, key_place].argmax())


FIND_HEAD = Exercise(
    id="4.15",
    title="Find the head that looks",
    difficulty=1,
    minutes=6,
    statement="""\
The encoder of this chapter has 6 layers of 12 heads. Which one looks from "it" to "animal"? Write \
`strongest_head(weights, query_place, key_place)`: `weights` is `(n_layers, n_heads, T, T)`, and \
the result is `(layer, head)`, the one with the largest weight from the token at `query_place` to \
the token at `key_place`.

Try it on the real weights afterwards. And beware: the best of 72 heads looks good by chance too, \
so look at a second sentence before you believe it.""",
    make_inputs=_strongest_inputs,
    solution=strongest_head,
    outputs=("layer", "head"),
    hints=(
        "First throw away what is not asked for: one number is left for each layer and head.",
        "`weights[:, :, query_place, key_place]` is `(n_layers, n_heads)`. Its `.argmax()` is a "
        "single number that counts through the whole table, row by row.",
        "Row by row means: number = layer · n_heads + head. So `divmod(int(pair.argmax()), "
        "pair.shape[1])` gives layer and head; `torch.unravel_index` does it too, and gives "
        "tensors to be turned into ints.",
    ),
    wrong=(
        Wrong(
            _strongest_swapped,
            "Query and key have changed places: you look from the second token to the first. A row "
            "belongs to the one that looks.",
        ),
        Wrong(
            _strongest_flat,
            "You return the number in the flattened table. Take it apart: "
            "`divmod(number, n_heads)` is layer and head.",
        ),
        Wrong(
            _strongest_by_layers,
            "You divide the flattened number by the number of layers. A row of the table is a "
            "layer, and it has `n_heads` entries: divide by `n_heads`.",
        ),
        Wrong(
            _strongest_head_first,
            "You return `(head, layer)`. Asked for is `(layer, head)`.",
        ),
        Wrong(
            _strongest_weakest,
            "You find the smallest weight. The largest is asked for.",
        ),
        Wrong(
            _strongest_layer_first,
            "You choose the layer by the mean of its heads. One strong head among weak ones is "
            "overlooked so: take the largest of all heads of all layers at once.",
        ),
        Wrong(
            _strongest_apart,
            "You choose layer and head each by itself, by a mean. Together they may name a head "
            "that does not look there at all: search the whole table.",
        ),
        Wrong(
            _strongest_from_one,
            "You count layers and heads from 1. Here both start at 0.",
        ),
        Wrong(
            _strongest_anywhere,
            "You find the largest weight between any two tokens. Pick the two tokens first: "
            "`weights[:, :, query_place, key_place]`.",
        ),
        Wrong(
            _strongest_of_query,
            "You find the head in which `query_place` looks hardest at anything. Pick the column "
            "`key_place` too.",
        ),
        Wrong(
            _strongest_last_layer,
            "You search the last layer only. Search them all.",
        ),
    ),
    right=(
        _strongest_unravel,
        _strongest_loop,
        _strongest_two_steps,
        _strongest_where,
    ),
)


EXERCISES: tuple[Exercise | Question, ...] = (
    CLAIMS,
    HEAD,
    CUT,
    JOIN,
    SCORES,
    WHEN_HEADS_HELP,
    LOOK_BACK,
    MASKS_OF_A_DECODER,
    WAVES,
    ADD,
    EQUIVARIANT,
    BLOCK,
    COUNT,
    ROLLOUT,
    FIND_HEAD,
)
