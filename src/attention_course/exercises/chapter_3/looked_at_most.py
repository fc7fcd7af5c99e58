"""Exercise 3.12: Who was looked at?"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "3.12",
    "Who was looked at?",
    stars=1,
    minutes=5,
    statement="""\
A heatmap of weights can be boiled down to a string: for each character written, the one character \
read that had the largest weight. If a model wrote `09` while it looked at the `te` of \
`septembre`, it read the month. Write `looked_at_most(weights, read)`: weights `(T_out, T_in)` and \
the string read, `T_in` characters, to a string of `T_out` characters. No row \
has its largest weight twice.

Then try it on the chapter's model: `translate` gives `.weights` and `.read`.""",
)
def looked_at_most(weights: Tensor, read: str) -> str:
    """Tell at which character the model looked most for each one that it wrote.

    Args:
        weights: ``(T_out, T_in)``, a row for each character written.
        read: the ``T_in`` characters read.

    Returns:
        ``T_out`` characters of ``read``, in the order of writing.
    """
    places = weights.argmax(dim=-1)  # (T_out,)
    return "".join(read[place] for place in places.tolist())


looked_at_most.hints = (
    "Each row belongs to a character written. Which position in the row has the largest number?",
    "`weights.argmax(dim=-1)` gives one position in `read` for each row, `(T_out,)`. `.tolist()` "
    "makes plain numbers of them.",
    "`read[place]` is the character that stands at a position. Go through those of all rows, "
    'in the order of writing, and make one string of their characters with `"".join(…)`.',
)


LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@looked_at_most.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for low, high in ((5, 13), (17, 23)):
        n_written, n_read = primes(generator, 2, low=low, high=high)
        if (low == 5) == (n_written > n_read):  # more read than written, then less
            n_written, n_read = n_read, n_written
        order = torch.randperm(len(LETTERS), generator=generator)[:n_read].tolist()
        weights = (3 * torch.randn(n_written, n_read, generator=generator)).softmax(-1)
        yield weights, "".join(LETTERS[i] for i in order)
    # Capitals and spaces are characters too.
    places = torch.randperm(11, generator=generator)
    yield (3 * torch.eye(11)[places]).softmax(-1), "On a Sunday"
    yield torch.tensor([[0.2, 0.8]]), "Ab"
    yield (3 * torch.eye(4)[torch.tensor([1, 0, 3])]).softmax(-1), " ab "


@looked_at_most.right
def topk(weights, read):
    return "".join(map(read.__getitem__, weights.topk(1).indices.squeeze(-1).tolist()))


@looked_at_most.right
def python(weights, read):
    text = ""
    for row in weights.tolist():
        text += read[row.index(max(row))]
    return text


@looked_at_most.right
def pairs(weights, read):
    return "".join(max(zip(row, read, strict=True))[1] for row in weights.tolist())


@looked_at_most.wrong(
    "You take the argmax over the characters *written* (`dim=0`). A row belongs to a "
    "character written: look for its largest weight along the last axis."
)
def by_column(weights, read):
    return "".join(read[place] for place in weights.argmax(0).tolist())  # may raise


@looked_at_most.wrong("These are the characters with the *smallest* weights.")
def least(weights, read):
    return looked_at_most(-weights, read)


@looked_at_most.wrong(
    "These are the right characters in the order of reading. Leave them in the order of "
    "writing, one for each row."
)
def in_reading_order(weights, read):
    return "".join(read[place] for place in weights.argmax(-1).sort().values.tolist())


@looked_at_most.wrong(
    "You average the positions, weighted. Between a look at the start and a look at the end "
    "that lands in the middle, where nobody looked: take the largest weight."
)
def mean_place(weights, read):
    places = (weights * torch.arange(len(read))).sum(-1).round().long()
    return "".join(read[place] for place in places.tolist())


@looked_at_most.wrong(
    "You are one character too far left: `argmax` counts from 0, as `read[…]` does."
)
def one_before(weights, read):
    return "".join(read[place - 1] for place in weights.argmax(-1).tolist())


@looked_at_most.wrong(
    "You name each character only once. Two characters written may look at the same one: "
    "keep one for each row."
)
def once(weights, read):
    return "".join(dict.fromkeys(looked_at_most(weights, read)))


@looked_at_most.wrong("These are the positions. Look up in `read` what stands there.")
def places(weights, read):
    return " ".join(map(str, weights.argmax(-1).tolist()))


@looked_at_most.wrong("This is `read` from its beginning, whatever the weights say.")
def in_order(weights, read):
    return read[: len(weights)]
