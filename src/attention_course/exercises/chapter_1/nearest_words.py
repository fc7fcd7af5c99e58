"""Exercise 1.5: Nearest neighbours by cosine"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise


@exercise(
    "1.5",
    "Nearest neighbours by cosine",
    stars=2,
    minutes=10,
    statement="""\
Write `nearest_words(word, table, n_nearest)`: the numbers of the words whose vectors have the \
largest cosine with the word's own vector, the largest first. The word itself is its own nearest \
neighbour; leave it out.

The cosine of two vectors is their dot product divided by both their norms. No two words have \
the same cosine here.""",
)
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
    )  # (vocab_size, d_model), all of norm 1
    cosines = unit @ unit[word]  # (vocab_size,)
    cosines[word] = -torch.inf  # below every cosine: the word itself comes last
    return cosines.topk(n_nearest).indices


nearest_words.hints = (
    "Divide every row by its norm first. Between vectors of norm 1 the dot product *is* "
    "the cosine.",
    "`unit = table / table.norm(dim=-1, keepdim=True)`, and one product gives all cosines: "
    "`unit @ unit[word]`. Then `topk`.",
    "To leave the word out, set its cosine to `-torch.inf` before `topk`. Do not remove its "
    "row: all later words would change their numbers.",
)


@nearest_words.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
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
    # Nearly the same direction is another word still.
    yield 0, torch.tensor([[1.0, 0.0], [2.0, 0.01], [0.0, 1.0]]), 1


@nearest_words.right
def functional(word, table, n_nearest):
    order = F.cosine_similarity(table, table[word], dim=-1).argsort(descending=True)
    return order[order != word][:n_nearest]


@nearest_words.right
def drop_first(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    return (unit @ unit[word]).topk(n_nearest + 1).indices[1:]


@nearest_words.right
def distance(word, table, n_nearest):
    unit = F.normalize(table, dim=-1)
    distance = (unit - unit[word]).norm(
        dim=-1
    )  # |a - b|² = 2 - 2 cos, for unit vectors
    distance[word] = torch.inf
    return distance.argsort()[:n_nearest]


@nearest_words.right
def python(word, table, n_nearest):
    def cosine(other: int) -> float:
        return float(
            table[word] @ table[other] / (table[word].norm() * table[other].norm())
        )

    others = [other for other in range(len(table)) if other != word]
    return torch.tensor(sorted(others, key=cosine, reverse=True)[:n_nearest])


def top_without(word: int, scores: Tensor, n_nearest: int) -> Tensor:
    return (
        scores.index_fill(0, torch.tensor([word]), -torch.inf).topk(n_nearest).indices
    )


@nearest_words.wrong(
    "You rank by the dot product, so long vectors win. Divide by the norm of each row: "
    "the cosine compares directions only."
)
def dot(word, table, n_nearest):
    return top_without(word, table @ table[word], n_nearest)


@nearest_words.wrong(
    "You rank by distance. Two vectors of the same direction and different norm are far "
    "apart, and yet their cosine is 1. Divide each row by its norm first."
)
def euclid(word, table, n_nearest):
    return top_without(word, -(table - table[word]).norm(dim=-1), n_nearest)


@nearest_words.wrong(
    "You forgot to leave the word itself out: its cosine with itself is 1, so it comes "
    "first."
)
def itself(word, table, n_nearest):
    return F.cosine_similarity(table, table[word], dim=-1).topk(n_nearest).indices


@nearest_words.wrong(
    "Your order is turned: you return the words with the smallest cosine."
)
def farthest(word, table, n_nearest):
    return top_without(
        word, -F.cosine_similarity(table, table[word], dim=-1), n_nearest
    )


@nearest_words.wrong(
    "You rank by the absolute value, so words that point the opposite way count as near. "
    "A cosine of -1 is as far as it gets."
)
def absolute(word, table, n_nearest):
    return top_without(
        word, F.cosine_similarity(table, table[word], dim=-1).abs(), n_nearest
    )


@nearest_words.wrong(
    "You return the cosines. The exercise asks for the numbers of the words: `topk` gives both, "
    "`.values` and `.indices`."
)
def cosines(word, table, n_nearest):
    nearest = nearest_words(word, table, n_nearest)
    return F.cosine_similarity(table[nearest], table[word], dim=-1)


@nearest_words.wrong(
    "You removed the word's row, so every word after it is numbered one too low. Keep the "
    "row, and keep it from winning."
)
def shifted(word, table, n_nearest):
    others = torch.cat([table[:word], table[word + 1 :]])
    return F.cosine_similarity(others, table[word], dim=-1).topk(n_nearest).indices


@nearest_words.wrong(
    "You divide by the norm of the columns (`dim=0`). Each word is a row: take the "
    "norm over the last axis."
)
def columns(word, table, n_nearest):
    unit = F.normalize(table, dim=0)
    return top_without(word, unit @ unit[word], n_nearest)


@nearest_words.wrong(
    "These are the right words, sorted by their number. Sort them by their cosine, the "
    "largest first."
)
def by_number(word, table, n_nearest):
    return nearest_words(word, table, n_nearest).sort().values
