"""Exercise 4.15: Find the head that looks"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "4.15",
    "Find the head that looks",
    stars=1,
    minutes=6,
    outputs=("layer", "head"),
    statement="""\
The encoder of this chapter has 6 layers of 12 heads. Which one looks from "it" to "animal"? Write \
`strongest_head(weights, query_place, key_place)`: `weights` is `(n_layers, n_heads, T, T)`, and \
the result is `(layer, head)`, the one with the largest weight from the token at `query_place` to \
the token at `key_place`.

Try it on the real weights afterwards. And beware: the best of 72 heads looks good by chance too, \
so look at a second sentence before you believe it.""",
)
def strongest_head(
    weights: Tensor, query_place: int, key_place: int
) -> tuple[int, int]:
    """Find the head in which one token looks most at another.

    Args:
        weights: ``(n_layers, n_heads, T, T)``; each row belongs to the token that
            looks.
        query_place: position of the token that looks, such as "it".
        key_place: position of the token that is looked at, such as "animal".

    Returns:
        ``(layer, head)``, two ints counted from 0.
    """
    pair = weights[:, :, query_place, key_place]  # (n_layers, n_heads)
    number = int(pair.argmax())  # argmax counts through the flattened table
    layer, head = divmod(number, pair.shape[1])
    return layer, head


strongest_head.hints = (
    "First throw away what is not asked for: one number is left for each layer and head.",
    "`weights[:, :, query_place, key_place]` is `(n_layers, n_heads)`. Its `.argmax()` is a "
    "single number that counts through the whole table, row by row.",
    "Row by row means: number = layer · n_heads + head. So `divmod(int(pair.argmax()), "
    "pair.shape[1])` gives layer and head; `torch.unravel_index` does it too, and gives "
    "tensors to be turned into ints.",
)


@strongest_head.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(4):
        n_layers, n_heads, length = primes(generator, 3, low=5, high=17)
        scores = torch.randn(n_layers, n_heads, length, length, generator=generator)
        places = torch.randperm(length, generator=generator)
        yield (2 * scores).softmax(-1), int(places[0]), int(places[1])
    yield (
        (0.2 * torch.randn(2, 3, 29, 29, generator=generator)).softmax(-1),
        3,
        5,
    )  # all weights small
    yield torch.ones(1, 1, 1, 1), 0, 0


@strongest_head.right
def unravel(weights, query_place, key_place):
    pair = weights[..., query_place, key_place]
    layer, head = torch.unravel_index(pair.argmax(), pair.shape)
    return int(layer), int(head)


@strongest_head.right
def loop(weights, query_place, key_place):
    best, found = -1.0, (0, 0)
    for layer in range(weights.shape[0]):
        for head in range(weights.shape[1]):
            weight = float(weights[layer, head, query_place, key_place])
            if weight > best:
                best, found = weight, (layer, head)
    return found


@strongest_head.right
def two_steps(weights, query_place, key_place):
    best, heads = weights[:, :, query_place, key_place].max(dim=1)  # (n_layers,)
    layer = int(best.argmax())
    return layer, int(heads[layer])


@strongest_head.right
def where(weights, query_place, key_place):
    pair = weights[:, :, query_place, key_place]
    layer, head = (pair == pair.max()).nonzero()[0].tolist()
    return layer, head


@strongest_head.wrong(
    "Query and key are swapped: you look from the second token to the first. A row "
    "belongs to the one that looks."
)
def swapped(weights, query_place, key_place):
    return strongest_head(weights, key_place, query_place)


@strongest_head.wrong(
    "You return the number in the flattened table. Take it apart: "
    "`divmod(number, n_heads)` is layer and head."
)
def flat(weights, query_place, key_place):
    return int(weights[:, :, query_place, key_place].argmax())


@strongest_head.wrong(
    "You divide the flattened number by the number of layers. A row of the table is a "
    "layer, and it has `n_heads` entries: divide by `n_heads`."
)
def by_layers(weights, query_place, key_place):
    number = flat(weights, query_place, key_place)
    return number // weights.shape[0], number % weights.shape[0]


@strongest_head.wrong(
    "You return `(head, layer)`. The exercise asks for `(layer, head)`."
)
def head_first(weights, query_place, key_place):
    layer, head = strongest_head(weights, query_place, key_place)
    return head, layer


@strongest_head.wrong("You find the smallest weight. The largest is asked for.")
def weakest(weights, query_place, key_place):
    return strongest_head(-weights, query_place, key_place)


@strongest_head.wrong(
    "You choose the layer by the mean of its heads. One strong head among weak ones is "
    "overlooked so: take the largest of all heads of all layers at once."
)
def layer_first(weights, query_place, key_place):
    pair = weights[:, :, query_place, key_place]
    layer = int(pair.mean(1).argmax())
    return layer, int(pair[layer].argmax())


@strongest_head.wrong(
    "You choose layer and head each by itself, by a mean. Together they may name a head "
    "that does not look there at all: search the whole table."
)
def apart(weights, query_place, key_place):
    pair = weights[:, :, query_place, key_place]
    return int(pair.mean(1).argmax()), int(pair.mean(0).argmax())


@strongest_head.wrong("You count layers and heads from 1. Here both start at 0.")
def from_one(weights, query_place, key_place):
    layer, head = strongest_head(weights, query_place, key_place)
    return layer + 1, head + 1


@strongest_head.wrong(
    "You find the largest weight between any two tokens. Pick the two tokens first: "
    "`weights[:, :, query_place, key_place]`."
)
def anywhere(weights, query_place, key_place):
    best = weights.amax((-2, -1))  # (n_layers, n_heads)
    layer, head = divmod(int(best.argmax()), best.shape[1])
    return layer, head


@strongest_head.wrong(
    "You find the head in which `query_place` looks hardest at anything. Pick the column "
    "`key_place` too."
)
def of_query(weights, query_place, key_place):
    best = weights[:, :, query_place].amax(-1)  # (n_layers, n_heads)
    layer, head = divmod(int(best.argmax()), best.shape[1])
    return layer, head


@strongest_head.wrong("You search the last layer only. Search them all.")
def last_layer(weights, query_place, key_place):
    return len(weights) - 1, int(weights[-1, :, query_place, key_place].argmax())
