"""Chapter 1's exercises: one-hot vectors, lookup, neighbours, patches.

Solutions use torch alone, not ``attention_course.embedding``: a test compares the two.
Each wrong answer is a mistake that somebody makes; ``check`` recognises it by its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from .frame import Args, Exercise, Question, Wrong, primes

__all__ = ["EXERCISES"]


# ------------------------------------------------------------------ 1.1 predict

COUNTS = Question(
    id="1.1",
    title="Count a larger table",
    difficulty=1,
    minutes=5,
    text="""\
A translation model has a vocabulary of 30,000 tokens and vectors of 256 numbers. A batch holds \
8 sentences of 40 tokens each.

1. How many trainable numbers does `nn.Embedding(30_000, 256)` hold?
2. What shape comes out when the batch goes in?
3. After one step of plain gradient descent, at most how many rows of the table have changed?
4. The next batch uses other tokens. With Adam in place of plain gradient descent, can a row \
change that was used in the first batch and not in the second?""",
    answer="""\
1. **7,680,000**: 30,000 rows of 256 numbers. The size of the batch does not matter, because every \
place uses the same table.
2. **`(8, 40, 256)`**: each number becomes a vector, so one axis is added at the end.
3. At most **320**, one for each of the 8 · 40 tokens, and fewer if a token comes twice. The other \
rows have a gradient of zero.
4. **Yes.** The second gradient of that row is zero, but Adam moves along an average of past \
gradients, which is not. (`torch.optim.SparseAdam` leaves such rows alone.)""",
)


# ------------------------------------------------------------------ 1.2 one-hot


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


def _one_hot_inputs(generator: torch.Generator) -> Iterator[Args]:
    n, first, second, vocab_size, other = primes(generator, 5, low=5, high=19)
    for shape, size in [((n,), vocab_size), ((first, second), other), ((), vocab_size)]:
        yield torch.randint(size, shape, generator=generator), size


def _one_hot_rows_of_identity(ids: Tensor, vocab_size: int) -> Tensor:
    return torch.eye(vocab_size)[ids]


def _one_hot_scatter(ids: Tensor, vocab_size: int) -> Tensor:
    return torch.zeros(*ids.shape, vocab_size).scatter(-1, ids.unsqueeze(-1), 1.0)


def _one_hot_functional(ids: Tensor, vocab_size: int) -> Tensor:
    return F.one_hot(ids, vocab_size).to(torch.float32)


def _one_hot_bool(ids: Tensor, vocab_size: int) -> Tensor:
    return ids.unsqueeze(-1) == torch.arange(vocab_size)


def _one_hot_integers(ids: Tensor, vocab_size: int) -> Tensor:
    return F.one_hot(ids, vocab_size)


def _one_hot_vocabulary_first(ids: Tensor, vocab_size: int) -> Tensor:
    return one_hot_vectors(ids, vocab_size).movedim(-1, 0)


def _one_hot_from_one(ids: Tensor, vocab_size: int) -> Tensor:
    return (ids.unsqueeze(-1) == torch.arange(1, vocab_size + 1)).float()


def _one_hot_staircase(ids: Tensor, vocab_size: int) -> Tensor:
    return (ids.unsqueeze(-1) >= torch.arange(vocab_size)).float()


def _one_hot_inverse(ids: Tensor, vocab_size: int) -> Tensor:
    return (ids.unsqueeze(-1) != torch.arange(vocab_size)).float()


def _one_hot_flat(ids: Tensor, vocab_size: int) -> Tensor:
    return one_hot_vectors(ids.flatten(), vocab_size)


def _one_hot_bag(ids: Tensor, vocab_size: int) -> Tensor:
    return one_hot_vectors(ids.flatten(), vocab_size).sum(0)


ONE_HOT = Exercise(
    id="1.2",
    title="One-hot vectors by comparison",
    difficulty=1,
    minutes=5,
    statement="""\
Write `one_hot_vectors(ids, vocab_size)`: each token number becomes a vector of `vocab_size` \
zeros with a single one at the place that the number names. `ids` may have any number of \
axes, `(...)`, and the result has one more, `(..., vocab_size)`.

Do it without a loop: compare every number with `0, 1, …, vocab_size - 1` at once.""",
    make_inputs=_one_hot_inputs,
    solution=one_hot_vectors,
    hints=(
        "Two tensors compared with `==` broadcast. Which shapes give `(..., vocab_size)`?",
        "`torch.arange(vocab_size)` has the shape `(vocab_size,)`. Give `ids` a last axis of "
        "size 1 with `ids.unsqueeze(-1)`, and compare the two.",
        "`ids.unsqueeze(-1) == torch.arange(vocab_size)` is right but boolean. An embedding "
        "multiplies these numbers with a table of floats, so end with `.float()`.",
    ),
    wrong=(
        Wrong(
            _one_hot_bool,
            "You return the comparison itself, True and False. Zeros and ones that can be "
            "multiplied with a table are floats: convert them.",
        ),
        Wrong(
            _one_hot_integers,
            "Your zeros and ones are integers (`F.one_hot` gives int64). torch refuses to "
            "multiply them with a table of floats: convert them.",
        ),
        Wrong(
            _one_hot_vocabulary_first,
            "You put the vocabulary on the first axis. It belongs on a new last axis, so that "
            "each token keeps its place and becomes a vector.",
        ),
        Wrong(
            _one_hot_from_one,
            "You count tokens from 1: token 0 gets no one at all, and every other stands one "
            "place too far left. Token numbers start at 0.",
        ),
        Wrong(
            _one_hot_staircase,
            "You compare with `>=` or `<=`, so all places up to the token's are one. A one-hot "
            "vector has a single one: compare with `==`.",
        ),
        Wrong(
            _one_hot_inverse,
            "Zeros and ones have changed places: the token's own place is the only zero.",
        ),
        Wrong(
            _one_hot_flat,
            "You flatten `ids`, so all axes but one are lost. The result needs the axes of `ids` "
            "and one more.",
        ),
        Wrong(
            _one_hot_bag,
            "You add the vectors of all tokens up. That counts words (a bag of words) and forgets "
            "which token stood where.",
        ),
    ),
    right=(_one_hot_rows_of_identity, _one_hot_scatter, _one_hot_functional),
)


# ------------------------------------------------------------- 1.3 lookup as a product


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


def _combine_inputs(generator: torch.Generator) -> Iterator[Args]:
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


def _combine_einsum(weights: Tensor, table: Tensor) -> Tensor:
    return torch.einsum("...v,vd->...d", weights, table)


def _combine_sum(weights: Tensor, table: Tensor) -> Tensor:
    return (weights.unsqueeze(-1) * table).sum(-2)


def _combine_loop(weights: Tensor, table: Tensor) -> Tensor:
    total = torch.zeros(*weights.shape[:-1], table.shape[1])
    for row in range(table.shape[0]):
        total = total + weights[..., row, None] * table[row]
    return total


def _combine_largest(weights: Tensor, table: Tensor) -> Tensor:
    return table[weights.argmax(-1)]


def _combine_unweighted(weights: Tensor, table: Tensor) -> Tensor:
    return (weights != 0).float() @ table


def _combine_positive(weights: Tensor, table: Tensor) -> Tensor:
    return weights.relu() @ table


def _combine_mean(weights: Tensor, table: Tensor) -> Tensor:
    return (weights.unsqueeze(-1) * table).mean(-2)


def _combine_normalised(weights: Tensor, table: Tensor) -> Tensor:
    return (weights / weights.sum(-1, keepdim=True)) @ table


def _combine_softmax(weights: Tensor, table: Tensor) -> Tensor:
    return weights.softmax(-1) @ table


def _combine_first_axis(weights: Tensor, table: Tensor) -> Tensor:
    return (weights @ table).movedim(-1, 0)


def _combine_no_sum(weights: Tensor, table: Tensor) -> Tensor:
    return weights.unsqueeze(-1) * table


COMBINE = Exercise(
    id="1.3",
    title="Lookup as a product",
    difficulty=1,
    minutes=5,
    statement="""\
A lookup is the product of a one-hot vector with the table: all rows times 0, one row times 1, \
added up. The product does not ask for zeros and ones. Write `combine_rows(weights, table)`, which \
takes any numbers: from the weights 0.5 for token 3 and 0.5 for token 7 comes the point halfway \
between the two vectors.

Remember this function. From chapter 3 on it is the last step of every attention.""",
    make_inputs=_combine_inputs,
    solution=combine_rows,
    hints=(
        "Every row of the table times its weight, all added up: which operation does both?",
        "The axis `vocab_size` is the last of `weights` and the first of `table`, and it is the "
        "one that disappears. That is a matrix product.",
        "`weights @ table` sums over exactly that axis, the last of `weights` and the first of "
        "`table`, and leaves all leading axes of `weights` as they are.",
    ),
    wrong=(
        Wrong(
            _combine_largest,
            "You look up the row of the largest weight. For one-hot vectors that is the same; for "
            "other weights every row has its share.",
        ),
        Wrong(
            _combine_unweighted,
            "You add up the rows whose weight is not zero, each one whole. Multiply each row by "
            "its weight first.",
        ),
        Wrong(
            _combine_positive,
            "You leave out the rows with negative weights. They count too, with their sign.",
        ),
        Wrong(
            _combine_mean,
            "You take the mean over the rows of the table, so the result is `vocab_size` times too "
            "small. The weights already say how much of each row to take: add up.",
        ),
        Wrong(
            _combine_normalised,
            "You divide the weights by their sum. Here they need not sum to one: take them as they "
            "come.",
        ),
        Wrong(
            _combine_softmax,
            "You send the weights through a softmax first. They are weights already: a one-hot "
            "vector would no longer pick a single row.",
        ),
        Wrong(
            _combine_first_axis,
            "You put `d_model` on the first axis. Each row of weights should become a vector: "
            "`d_model` takes the place of `vocab_size`, on the last axis.",
        ),
        Wrong(
            _combine_no_sum,
            "You multiply each row by its weight and stop there. The axis `vocab_size` is still "
            "in the result: add up over it.",
        ),
    ),
    right=(_combine_einsum, _combine_sum, _combine_loop),
)


# --------------------------------------------------------- 1.4 the gradient of a lookup


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


def _gradient_inputs(generator: torch.Generator) -> Iterator[Args]:
    first, second, d_model = primes(generator, 3, low=2, high=7)
    for shape, vocab_size in [((11,), 13), ((first, 5 * second), 17)]:
        # Half of the rows stay out, and there are more tokens than rows left: some repeat.
        used = torch.randperm(vocab_size, generator=generator)[: vocab_size // 2]
        picks = torch.randint(len(used), shape, generator=generator)
        ids = used[picks]
        ids.view(-1)[-1] = ids.view(-1)[0]  # one repeats in any case
        yield ids, torch.randn(*shape, d_model, generator=generator), vocab_size


def _gradient_product(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    return one_hot_vectors(ids.flatten(), vocab_size).T @ grad_vectors.reshape(
        -1, grad_vectors.shape[-1]
    )


def _gradient_autograd(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    table = torch.zeros(vocab_size, grad_vectors.shape[-1], requires_grad=True)
    table[ids].backward(grad_vectors)
    assert table.grad is not None
    return table.grad


def _gradient_loop(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    gradient = torch.zeros(vocab_size, grad_vectors.shape[-1])
    for row, vector in zip(ids.flatten(), grad_vectors.flatten(0, -2), strict=True):
        gradient[row] += vector
    return gradient


def _gradient_put(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    gradient = torch.zeros(vocab_size, grad_vectors.shape[-1])
    return gradient.index_put((ids,), grad_vectors, accumulate=True)


def _gradient_last(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    gradient = torch.zeros(vocab_size, grad_vectors.shape[-1])
    for row, vector in zip(ids.flatten(), grad_vectors.flatten(0, -2), strict=True):
        gradient[row] = vector
    return gradient


def _gradient_first(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    vectors = grad_vectors.flatten(0, -2)
    return _gradient_last(ids.flatten().flip(0), vectors.flip(0), vocab_size)


def _gradient_mean(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    counts = torch.bincount(ids.flatten(), minlength=vocab_size).clamp(min=1)
    return table_gradient(ids, grad_vectors, vocab_size) / counts.unsqueeze(-1)


def _gradient_of_mean(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    return table_gradient(ids, grad_vectors, vocab_size) / ids.numel()


def _gradient_step(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    return -table_gradient(ids, grad_vectors, vocab_size)


def _gradient_counts(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    return table_gradient(ids, torch.ones_like(grad_vectors), vocab_size)


def _gradient_used_rows(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    return table_gradient(ids, grad_vectors, vocab_size)[ids.unique()]


def _gradient_of_columns(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
    return table_gradient(ids, grad_vectors, vocab_size).T


GRADIENT = Exercise(
    id="1.4",
    title="The gradient of a lookup",
    difficulty=2,
    minutes=10,
    statement="""\
The forward step was `vectors = table[ids]`. The backward step brings `grad_vectors`, the gradient \
of the loss with respect to each of these vectors. Write `table_gradient(ids, grad_vectors, \
vocab_size)`, the gradient with respect to the table, without calling `backward`.

Two things to settle before you write: what does a row get that was never looked up? And one that \
was looked up three times?""",
    make_inputs=_gradient_inputs,
    solution=table_gradient,
    hints=(
        "If a row is used twice, changing it changes the loss in two ways. Gradients of several "
        "uses add up; a row without use gets zero.",
        "`gradient[ids] += grad_vectors` does not do it: where a number comes up twice, one of "
        "the two sums is lost. Look for an operation that adds for every entry, or take the "
        "gradient of the product `one_hot(ids) @ table`.",
        "Start from `gradient = torch.zeros(vocab_size, d_model)`. Flatten all axes of `ids`, and "
        "all but the last of `grad_vectors`: a list of numbers and a list of vectors. Then "
        "`gradient.index_add(0, numbers, vectors)`. Or multiply `one_hot(numbers, vocab_size).T "
        "@ vectors`: it is the same sum.",
    ),
    wrong=(
        Wrong(
            _gradient_last,
            "Where a row was looked up more than once, you keep only the last of its gradients. "
            "They add up; `gradient[ids] = …` and `gradient[ids] += …` overwrite.",
        ),
        Wrong(
            _gradient_first,
            "Where a row was looked up more than once, you keep only the first of its gradients. "
            "They add up.",
        ),
        Wrong(
            _gradient_mean,
            "You average the gradients of a row that was looked up more than once. They add up: "
            "each use changes the loss by itself.",
        ),
        Wrong(
            _gradient_of_mean,
            "You divide by the number of tokens. If the loss is a mean, that factor is already in "
            "`grad_vectors`.",
        ),
        Wrong(
            _gradient_step,
            "Your sign is turned: that is the direction of a descent step. The gradient itself "
            "points uphill.",
        ),
        Wrong(
            _gradient_counts,
            "You count how often each row was looked up, and do not use the numbers in "
            "`grad_vectors`.",
        ),
        Wrong(
            _gradient_used_rows,
            "You return only the rows that were looked up. The gradient has the shape of the "
            "table; all other rows are zero.",
        ),
        Wrong(
            _gradient_of_columns,
            "Your result is transposed. The gradient has the shape of the table, "
            "`(vocab_size, d_model)`.",
        ),
    ),
    right=(_gradient_product, _gradient_autograd, _gradient_loop, _gradient_put),
)


# ------------------------------------------------------------- 1.5 nearest neighbours


def nearest_words(word: int, table: Tensor, n_nearest: int) -> Tensor:
    """Find the words whose vectors point most nearly the way one word's vector does.

    Args:
        word: the number of the word, from 0 to ``vocab_size - 1``.
        table: ``(vocab_size, d_model)``, no row zero.
        n_nearest: how many words to return, at most ``vocab_size - 1``.

    Returns:
        The numbers of the nearest words by cosine, ``(n_nearest,)``, int64, nearest
        first, without the word itself.
    """
    unit = table / table.norm(
        dim=-1, keepdim=True
    )  # (vocab_size, d_model), all of length 1
    cosines = unit @ unit[word]  # (vocab_size,)
    cosines[word] = -torch.inf  # below every cosine: the word itself comes last
    return cosines.topk(n_nearest).indices


def _nearest_inputs(generator: torch.Generator) -> Iterator[Args]:
    for vocab_size, d_model, n_nearest in [
        (13, 5, 3),
        (17, 7, 2),
        (11, 3, 10),
        (19, 5, 18),
    ]:
        while True:
            lengths = torch.randn(vocab_size, 1, generator=generator).exp()
            table = torch.randn(vocab_size, d_model, generator=generator) * lengths
            word = int(torch.randint(vocab_size // 2, (), generator=generator))
            cosines = (
                torch.cosine_similarity(table, table[word : word + 1]).sort().values
            )
            if float(cosines.diff().min()) > 1e-4:  # no ties that rounding could turn
                break
        yield word, table, n_nearest


def _nearest_functional(word: int, table: Tensor, n_nearest: int) -> Tensor:
    order = F.cosine_similarity(table, table[word], dim=-1).argsort(descending=True)
    return order[order != word][:n_nearest]


def _nearest_drop_first(word: int, table: Tensor, n_nearest: int) -> Tensor:
    unit = F.normalize(table, dim=-1)
    return (unit @ unit[word]).topk(n_nearest + 1).indices[1:]


def _nearest_distance(word: int, table: Tensor, n_nearest: int) -> Tensor:
    unit = F.normalize(table, dim=-1)
    distance = (unit - unit[word]).norm(
        dim=-1
    )  # |a - b|² = 2 - 2 cos, for unit vectors
    distance[word] = torch.inf
    return distance.argsort()[:n_nearest]


def _nearest_python(word: int, table: Tensor, n_nearest: int) -> Tensor:
    def cosine(other: int) -> float:
        return float(
            table[word] @ table[other] / (table[word].norm() * table[other].norm())
        )

    others = [other for other in range(len(table)) if other != word]
    return torch.tensor(sorted(others, key=cosine, reverse=True)[:n_nearest])


def _top_without(word: int, scores: Tensor, n_nearest: int) -> Tensor:
    return (
        scores.index_fill(0, torch.tensor([word]), -torch.inf).topk(n_nearest).indices
    )


def _nearest_dot(word: int, table: Tensor, n_nearest: int) -> Tensor:
    return _top_without(word, table @ table[word], n_nearest)


def _nearest_euclid(word: int, table: Tensor, n_nearest: int) -> Tensor:
    return _top_without(word, -(table - table[word]).norm(dim=-1), n_nearest)


def _nearest_itself(word: int, table: Tensor, n_nearest: int) -> Tensor:
    return F.cosine_similarity(table, table[word], dim=-1).topk(n_nearest).indices


def _nearest_farthest(word: int, table: Tensor, n_nearest: int) -> Tensor:
    return _top_without(
        word, -F.cosine_similarity(table, table[word], dim=-1), n_nearest
    )


def _nearest_absolute(word: int, table: Tensor, n_nearest: int) -> Tensor:
    return _top_without(
        word, F.cosine_similarity(table, table[word], dim=-1).abs(), n_nearest
    )


def _nearest_cosines(word: int, table: Tensor, n_nearest: int) -> Tensor:
    nearest = nearest_words(word, table, n_nearest)
    return F.cosine_similarity(table[nearest], table[word], dim=-1)


def _nearest_shifted(word: int, table: Tensor, n_nearest: int) -> Tensor:
    others = torch.cat([table[:word], table[word + 1 :]])
    return F.cosine_similarity(others, table[word], dim=-1).topk(n_nearest).indices


def _nearest_columns(word: int, table: Tensor, n_nearest: int) -> Tensor:
    unit = F.normalize(table, dim=0)
    return _top_without(word, unit @ unit[word], n_nearest)


def _nearest_sorted(word: int, table: Tensor, n_nearest: int) -> Tensor:
    return nearest_words(word, table, n_nearest).sort().values


NEAREST = Exercise(
    id="1.5",
    title="Nearest neighbours by cosine",
    difficulty=2,
    minutes=10,
    statement="""\
Write `nearest_words(word, table, n_nearest)`: the numbers of the words whose vectors have the \
largest cosine with the word's own vector, the largest first. The word itself is its own nearest \
neighbour; leave it out.

The cosine of two vectors is their dot product divided by both their lengths.""",
    make_inputs=_nearest_inputs,
    solution=nearest_words,
    hints=(
        "Divide every row by its length first. Between vectors of length 1 the dot product *is* "
        "the cosine.",
        "`unit = table / table.norm(dim=-1, keepdim=True)`, and one product gives all cosines: "
        "`unit @ unit[word]`. Then `topk`.",
        "To leave the word out, set its cosine to `-torch.inf` before `topk`. Do not remove its "
        "row: all later words would change their numbers.",
    ),
    wrong=(
        Wrong(
            _nearest_dot,
            "You rank by the dot product, so long vectors win. Divide by the length of each row: "
            "the cosine compares directions only.",
        ),
        Wrong(
            _nearest_euclid,
            "You rank by distance. Two vectors of the same direction and different length are far "
            "apart, and yet their cosine is 1. Divide each row by its length first.",
        ),
        Wrong(
            _nearest_itself,
            "You forgot to leave the word itself out: its cosine with itself is 1, so it comes "
            "first.",
        ),
        Wrong(
            _nearest_farthest,
            "Your order is turned: you return the words with the smallest cosine.",
        ),
        Wrong(
            _nearest_absolute,
            "You rank by the absolute value, so words that point the opposite way count as near. "
            "A cosine of -1 is as far as it gets.",
        ),
        Wrong(
            _nearest_cosines,
            "You return the cosines. Asked for are the numbers of the words: `topk` gives both, "
            "`.values` and `.indices`.",
        ),
        Wrong(
            _nearest_shifted,
            "You removed the word's row, so every word after it is numbered one too low. Keep the "
            "row, and keep it from winning.",
        ),
        Wrong(
            _nearest_columns,
            "You divide by the length of the columns (`dim=0`). Each word is a row: take the "
            "length over the last axis.",
        ),
        Wrong(
            _nearest_sorted,
            "These are the right words, sorted by their number. Sort them by their cosine, the "
            "largest first.",
        ),
    ),
    right=(
        _nearest_functional,
        _nearest_drop_first,
        _nearest_distance,
        _nearest_python,
    ),
)


# ------------------------------------------------- 1.6 a patch projection as a convolution


def convolution_weight(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    """Turn the weight of a linear patch projection into the weight of a convolution.

    Args:
        weight: ``(d_model, pH · pW · C)``. The last axis runs over a patch as ``patchify``
            writes it: row by row, in a row pixel by pixel, in a pixel channel by channel.
        patch: ``(pH, pW)``, height and width of a patch.

    Returns:
        The weight of ``nn.Conv2d(C, d_model, kernel_size=patch, stride=patch)``,
        ``(d_model, C, pH, pW)``.
    """
    height, width = patch
    kernel = weight.unflatten(-1, (height, width, -1))  # (d_model, pH, pW, C)
    return kernel.permute(0, 3, 1, 2)  # (d_model, C, pH, pW)


def _convolution_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_channels in (3, 2, 1):
        height, width, d_model = primes(generator, 3, low=5, high=13)
        weight = torch.randn(d_model, height * width * n_channels, generator=generator)
        yield weight, (height, width)


def _convolution_movedim(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    return weight.reshape(weight.shape[0], patch[0], patch[1], -1).movedim(-1, 1)


def _convolution_by_channel(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    n_channels = weight.shape[1] // (patch[0] * patch[1])
    channels = [weight[:, c::n_channels].unflatten(1, patch) for c in range(n_channels)]
    return torch.stack(channels, dim=1)


def _convolution_transposed(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    d_model, n_pixels = weight.shape[0], patch[0] * patch[1]
    by_pixel = weight.reshape(d_model, n_pixels, -1).transpose(1, 2)
    return by_pixel.reshape(d_model, -1, *patch)


def _convolution_view(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    return weight.reshape(weight.shape[0], -1, *patch)


def _convolution_column_by_column(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    return weight.unflatten(-1, (patch[1], patch[0], -1)).permute(0, 3, 2, 1)


def _convolution_width_first(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    return convolution_weight(weight, patch).transpose(-2, -1)


def _convolution_channel_last(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    return weight.unflatten(-1, (*patch, -1))


def _convolution_channel_first(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    return convolution_weight(weight, patch).transpose(0, 1)


def _convolution_flipped(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    return convolution_weight(weight, patch).flip(-2, -1)


CONVOLUTION = Exercise(
    id="1.6",
    title="A patch projection is a convolution",
    difficulty=2,
    minutes=10,
    statement="""\
Cutting a picture into patches and projecting each one is the same as a convolution whose kernel \
and stride are the patch. The numbers are the same, only their order differs. `patchify` writes a \
patch with the channels last, `(pH, pW, C)`, flattened; `nn.Conv2d` keeps its weight channels \
first, `(d_model, C, pH, pW)`.

Write `convolution_weight(weight, patch)`, which takes the weight of the linear projection and \
returns the weight of the convolution. The number of channels follows from the shapes.""",
    make_inputs=_convolution_inputs,
    solution=convolution_weight,
    hints=(
        "Two steps: give the last axis its three axes back, then change their order. A `reshape` "
        "alone never changes the order of numbers.",
        "The last axis of `weight` was flattened from `(pH, pW, C)`, so unflatten it into that, "
        "and only that: `weight.unflatten(-1, (pH, pW, -1))`.",
        "After `weight.unflatten(-1, (pH, pW, -1))` the shape is `(d_model, pH, pW, C)`: axes 0, "
        "1, 2, 3. `nn.Conv2d` wants `(d_model, C, pH, pW)`, so end with `permute(0, 3, 1, 2)`.",
    ),
    wrong=(
        Wrong(
            _convolution_view,
            "You reshape straight to `(d_model, C, pH, pW)`. The shape is right and the numbers "
            "are shuffled: in `weight` the channel changes fastest. Unflatten to `(pH, pW, C)` "
            "first, then permute. (With one channel it makes no difference.)",
        ),
        Wrong(
            _convolution_column_by_column,
            "You read the patch column by column. `patchify` writes it row by row: height comes "
            "before width.",
        ),
        Wrong(
            _convolution_width_first,
            "Height and width have changed places: the last two axes are `pH, pW`, in this order.",
        ),
        Wrong(
            _convolution_channel_last,
            "You unflattened the patch and left the channels last. `nn.Conv2d` wants them right "
            "after `d_model`: permute the axes.",
        ),
        Wrong(
            _convolution_channel_first,
            "The first two axes have changed places: `d_model`, the channels that come out, "
            "stands first, and `C`, those that go in, second.",
        ),
        Wrong(
            _convolution_flipped,
            "You turned the kernel upside down and left to right, as the convolution of the "
            "textbooks does. `nn.Conv2d` does not flip its kernel.",
        ),
    ),
    right=(_convolution_movedim, _convolution_by_channel, _convolution_transposed),
)


# ------------------------------------------------------------------ 1.7 predict

PARAMETERS = Question(
    id="1.7",
    title="What colour costs",
    difficulty=2,
    minutes=5,
    text="""\
A colour photo of 224 × 224 pixels has three values, each from 0 to 255, for every pixel. It is \
cut into blocks of 32 × 32, and one linear layer makes 512 numbers of each block. Count without \
the biases.

1. How many tokens does the photo give?
2. How many weights has the layer, if the values go in as they are?
3. And if each value goes in as a one-hot vector?
4. In the second case, how many of the weights does one block touch? What does that remind you \
of?""",
    answer="""\
1. 7 · 7 = **49** tokens.
2. 32 · 32 · 3 = 3,072 inputs, so 3,072 · 512 = **1,572,864** weights.
3. 3,072 · 256 = 786,432 inputs, so **402,653,184** weights: 256 times as many, one for every level.
4. Only one of each value's 256 inputs is 1, so a block touches 3,072 · 512 = **1,572,864** \
weights, as many as in the first case. A linear layer on a one-hot vector is a **lookup**: each \
value has a table of its own, 256 rows of 512 numbers, and the block's vector is the sum of the \
3,072 rows looked up (exercise 1.10). The price: to this layer the levels 100 and 101 have nothing \
in common until data has taught it so, row by row.""",
)


# ------------------------------------------------------------------ 1.8 crop to patches


def crop_to_patches(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    """Crop a photo so that square patches fill it, and count them.

    Args:
        photo: ``(H, W, C)``, at least one patch high and wide.
        patch: height and width of a patch.

    Returns:
        ``(cropped, n_tokens)``: the photo without the rows at the bottom and the columns
        at the right that fill no whole patch, and the number of patches, an int.
    """
    n_high, n_wide = photo.shape[0] // patch, photo.shape[1] // patch
    return photo[: n_high * patch, : n_wide * patch], n_high * n_wide


def _crop_inputs(generator: torch.Generator) -> Iterator[Args]:
    for remainders in [(2, 1), (0, 2), (1, 0), (0, 0)]:
        patch, n_high, n_wide = primes(generator, 3, low=3, high=11)
        height, width = n_high * patch + remainders[0], n_wide * patch + remainders[1]
        yield torch.rand(height, width, 3, generator=generator), patch


def _crop_remainder(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    height = photo.shape[0] - photo.shape[0] % patch
    width = photo.shape[1] - photo.shape[1] % patch
    return photo[:height, :width, :], height * width // patch**2


def _crop_narrow(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    n_tokens = 1
    for axis in (0, 1):
        n = photo.shape[axis] // patch
        photo = photo.narrow(axis, 0, n * patch)
        n_tokens *= n
    return photo, n_tokens


def _crop_unfold(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    blocks = photo.unfold(0, patch, patch).unfold(1, patch, patch)  # (nH, nW, C, p, p)
    n_high, n_wide, n_channels = blocks.shape[:3]
    cropped = blocks.permute(0, 3, 1, 4, 2).reshape(
        n_high * patch, n_wide * patch, n_channels
    )
    return cropped, n_high * n_wide


def _crop_minus_zero(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    height, width = photo.shape[:2]
    cropped = photo[: -(height % patch), : -(width % patch)]
    return cropped, (height // patch) * (width // patch)


def _crop_centre(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    cropped, n_tokens = crop_to_patches(photo, patch)
    top = (photo.shape[0] - cropped.shape[0]) // 2
    left = (photo.shape[1] - cropped.shape[1]) // 2
    return photo[top : top + cropped.shape[0], left : left + cropped.shape[1]], n_tokens


def _crop_far_corner(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    return photo[photo.shape[0] % patch :, photo.shape[1] % patch :], (
        crop_to_patches(photo, patch)[1]
    )


def _crop_padded(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    below, right = -photo.shape[0] % patch, -photo.shape[1] % patch
    padded = F.pad(photo, (0, 0, 0, right, 0, below))
    return padded, (padded.shape[0] // patch) * (padded.shape[1] // patch)


def _crop_square(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    n = min(photo.shape[:2]) // patch
    return photo[: n * patch, : n * patch], n * n


def _crop_pixels(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    cropped, _ = crop_to_patches(photo, patch)
    return cropped, cropped.shape[0] * cropped.shape[1]


def _crop_added(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    return crop_to_patches(photo, patch)[0], photo.shape[0] // patch + photo.shape[
        1
    ] // patch


def _crop_with_channels(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    cropped, n_tokens = crop_to_patches(photo, patch)
    return cropped, n_tokens * photo.shape[-1]


def _crop_not_at_all(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    return photo, crop_to_patches(photo, patch)[1]


CROP = Exercise(
    id="1.8",
    title="Crop a photo to whole patches",
    difficulty=1,
    minutes=5,
    statement="""\
A real photo is seldom a whole number of patches high and wide. Write `crop_to_patches(photo, \
patch)`, which cuts off what is left over at the bottom and at the right, and returns the cropped \
photo and the number of tokens it will give.""",
    make_inputs=_crop_inputs,
    solution=crop_to_patches,
    outputs=("cropped", "n_tokens"),
    hints=(
        "How many whole patches fit under each other, and how many side by side? Everything else "
        "follows from these two numbers.",
        "`n_high = photo.shape[0] // patch` patches fit under each other. They take up "
        "`n_high * patch` rows; slice that many. The same for the width.",
        "Return `photo[: n_high * patch, : n_wide * patch], n_high * n_wide`. Slicing to a number "
        "of rows also works where nothing is left over; slicing to `-remainder` does not.",
    ),
    wrong=(
        Wrong(
            _crop_minus_zero,
            "Where nothing is left over you slice `[:-0]`, which is `[:0]`: nothing remains. Slice "
            "to the number of rows to keep, not to minus the number to drop.",
        ),
        Wrong(
            _crop_centre,
            "You crop to the centre. Asked for is the top left: cut off at the bottom and at the "
            "right only.",
        ),
        Wrong(
            _crop_far_corner,
            "You cut off at the top and at the left. Cut off at the bottom and at the right.",
        ),
        Wrong(
            _crop_padded,
            "You fill the last patches up with zeros, so the photo grows. Cut off what fills no "
            "whole patch.",
        ),
        Wrong(
            _crop_square,
            "You crop to a square. Height and width are each cropped by themselves.",
        ),
        Wrong(
            _crop_pixels,
            "You count pixels. One token stands for a patch of `patch` × `patch` pixels.",
        ),
        Wrong(
            _crop_added,
            "You add the numbers of patches along the height and along the width. The patches "
            "form a grid: multiply.",
        ),
        Wrong(
            _crop_with_channels,
            "You count each patch once for every channel. All channels of a patch go into the "
            "same token.",
        ),
        Wrong(
            _crop_not_at_all,
            "The number of tokens is right, and the photo comes back as it was: cut off what "
            "fills no whole patch.",
        ),
    ),
    right=(_crop_remainder, _crop_narrow, _crop_unfold),
)


# ------------------------------------------------------------------ 1.9 predict

DOT_OR_COSINE = Question(
    id="1.9",
    title="Neighbours by dot product",
    difficulty=2,
    minutes=5,
    text="""\
You rank a word's neighbours by the dot product and not by the cosine.

1. Double one row of the table. What happens to that word's place in the lists of all other words, \
by cosine, and by dot product?
2. Which words come to stand in many lists?
3. Is a word always its own nearest neighbour, by cosine? By dot product?
4. You scale all rows to length 1 and rank by Euclidean distance. Which of the two orders comes \
out?""",
    answer="""\
1. By cosine **nothing** happens: the length is divided out. By dot product each of its scores \
doubles, so it **rises** in the list of every word with which its score is positive, and falls \
where it is negative.
2. Words with **long vectors**. Such a vector needs only a roughly fitting direction to get a \
large product.
3. By cosine **yes**: no cosine is larger than 1 (another word can reach 1 too, if it points \
exactly the same way). By dot product **no**: a longer vector in nearly the same direction has the \
larger product.
4. The order **by cosine**, because for vectors of length 1, `|a - b|² = 2 - 2 cos(a, b)`: the \
larger the cosine, the smaller the distance.

Try it: write `nearest_words` once more without dividing by the lengths, and give it to \
`check("1.5", …)`.""",
)


# ---------------------------------------------------------- 1.10 a lookup for each pixel


def embed_levels(levels: Tensor, weight: Tensor) -> Tensor:
    """Apply a linear layer to one-hot grey levels without writing the one-hot vectors.

    Args:
        levels: integers ``(..., n_pixels)`` from 0 to ``n_levels - 1``.
        weight: ``(d_model, n_pixels · n_levels)``, the layer's weight. Its last axis runs
            over the one-hot vectors of all pixels, one after the other: the column
            ``pixel · n_levels + level`` belongs to one level of one pixel.

    Returns:
        What the layer gives for each block, ``(..., d_model)``.
    """
    n_pixels = levels.shape[-1]
    n_levels = weight.shape[-1] // n_pixels
    columns = torch.arange(n_pixels) * n_levels + levels  # (..., n_pixels)
    return weight.T[columns].sum(-2)  # (..., n_pixels, d_model) → (..., d_model)


def _levels_inputs(generator: torch.Generator) -> Iterator[Args]:
    n, first, second = primes(generator, 3, low=2, high=7)
    for leading in [(n,), (first, second), ()]:
        n_pixels, n_levels, d_model = primes(generator, 3, low=5, high=13)
        if (n_pixels > n_levels) == (
            leading == (n,)
        ):  # fewer pixels than levels, then more
            n_pixels, n_levels = n_levels, n_pixels
        levels = torch.randint(n_levels, (*leading, n_pixels), generator=generator)
        yield levels, torch.randn(d_model, n_pixels * n_levels, generator=generator)


def _levels_one_hot(levels: Tensor, weight: Tensor) -> Tensor:
    n_levels = weight.shape[-1] // levels.shape[-1]
    return F.one_hot(levels, n_levels).flatten(-2).float() @ weight.T


def _levels_tables(levels: Tensor, weight: Tensor) -> Tensor:
    n_pixels = levels.shape[-1]
    tables = weight.unflatten(-1, (n_pixels, -1))  # (d_model, n_pixels, n_levels)
    return tables[:, torch.arange(n_pixels), levels].sum(-1).movedim(0, -1)


def _levels_loop(levels: Tensor, weight: Tensor) -> Tensor:
    n_pixels = levels.shape[-1]
    n_levels = weight.shape[-1] // n_pixels
    total = torch.zeros(*levels.shape[:-1], weight.shape[0])
    for pixel in range(n_pixels):
        table = weight[
            :, pixel * n_levels : (pixel + 1) * n_levels
        ].T  # (n_levels, d_model)
        total = total + table[levels[..., pixel]]
    return total


def _levels_one_table(levels: Tensor, weight: Tensor) -> Tensor:
    return weight.T[levels].sum(-2)


def _levels_by_level(levels: Tensor, weight: Tensor) -> Tensor:
    n_pixels = levels.shape[-1]
    return weight.T[levels * n_pixels + torch.arange(n_pixels)].sum(-2)


def _levels_mean(levels: Tensor, weight: Tensor) -> Tensor:
    return embed_levels(levels, weight) / levels.shape[-1]


def _levels_no_sum(levels: Tensor, weight: Tensor) -> Tensor:
    n_pixels = levels.shape[-1]
    n_levels = weight.shape[-1] // n_pixels
    return weight.T[torch.arange(n_pixels) * n_levels + levels]


def _levels_as_numbers(levels: Tensor, weight: Tensor) -> Tensor:
    by_pixel = weight.unflatten(-1, (levels.shape[-1], -1)).sum(
        -1
    )  # (d_model, n_pixels)
    return levels.float() @ by_pixel.T


def _levels_step_of_pixels(levels: Tensor, weight: Tensor) -> Tensor:
    n_pixels = levels.shape[-1]
    columns = torch.arange(n_pixels) * n_pixels + levels
    return weight.T[columns].sum(-2)  # raises where a column does not exist


def _levels_last(levels: Tensor, weight: Tensor) -> Tensor:
    return _levels_no_sum(levels, weight)[..., -1, :]


LEVELS = Exercise(
    id="1.10",
    title="A lookup for each pixel",
    difficulty=3,
    minutes=15,
    statement="""\
The article turns a block's grey levels into one-hot vectors, sets them side by side, \
16 · 16 · 256 = 65,536 zeros and ones, and multiplies them with a matrix. All but 256 of these \
products are with zero. Write `embed_levels(levels, weight)`, which gives the same result and \
touches only the weights that count: a lookup for each pixel, each in a table of its own.""",
    make_inputs=_levels_inputs,
    solution=embed_levels,
    hints=(
        "A linear layer with weight `W` gives `W x`. If `x` is zeros and ones, `W x` is the sum of "
        "the columns of `W` at which `x` is one. Which columns are these?",
        "Pixel `n` owns the columns from `n · n_levels` on, and its level picks one of them: "
        "`n · n_levels + level`. `torch.arange(n_pixels)` gives all `n` at once, and `n_levels` "
        "follows from the two shapes.",
        "`columns = torch.arange(n_pixels) * n_levels + levels` has the shape of `levels`. The "
        "rows of `weight.T` are the columns of `weight`, so `weight.T[columns]` looks all of them "
        "up, `(..., n_pixels, d_model)`. Add up over the pixels with `.sum(-2)`.",
    ),
    wrong=(
        Wrong(
            _levels_one_table,
            "All your pixels share the first pixel's table. Pixel `n` has its own, which starts "
            "at column `n · n_levels`.",
        ),
        Wrong(
            _levels_by_level,
            "You compute the column as `level · n_pixels + pixel`. The one-hot vectors stand one "
            "after the other, pixel by pixel: `pixel · n_levels + level`.",
        ),
        Wrong(
            _levels_mean,
            "You average over the pixels. A product with the one-hot vectors adds up.",
        ),
        Wrong(
            _levels_no_sum,
            "You look the columns up and stop there: the axis of the pixels is still in the "
            "result. Add up over it.",
        ),
        Wrong(
            _levels_as_numbers,
            "You multiply by the levels as numbers. A level says *which* column to take, not how "
            "much of it.",
        ),
        Wrong(
            _levels_step_of_pixels,
            "Your tables start `n_pixels` columns apart. Each has one column for every level, so "
            "they start `n_levels` apart.",
        ),
        Wrong(
            _levels_last,
            "Your result has only the last pixel's column: each pixel overwrites the one before. "
            "Add them up.",
        ),
    ),
    right=(_levels_one_hot, _levels_tables, _levels_loop),
)


EXERCISES: tuple[Exercise | Question, ...] = (
    COUNTS,
    ONE_HOT,
    COMBINE,
    GRADIENT,
    NEAREST,
    CONVOLUTION,
    PARAMETERS,
    CROP,
    DOT_OR_COSINE,
    LEVELS,
)
