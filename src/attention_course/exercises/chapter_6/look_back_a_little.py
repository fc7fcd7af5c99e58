"""Exercise 6.6: A window that slides"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "6.6",
    "A window that slides",
    stars=1,
    minutes=8,
    statement="""\
A token that looks back only a little needs only a little of the cache. Write \
`look_back_a_little(length, window)`: a boolean mask `(T, T)`, `True` = may attend, in which each \
token sees itself and the tokens just before it, `window` of them together. With `window = 1` it \
sees itself alone. The first tokens have fewer before them, and see those.""",
)
def look_back_a_little(length: int, window: int) -> Tensor:
    """Let each token see itself and those just before it.

    Args:
        length: how many tokens, ``T``.
        window: how many each one sees, itself included; at least 1.

    Returns:
        Boolean ``(T, T)``, ``True`` = may attend; a row belongs to the one that looks.
    """
    places = torch.arange(length)
    back = places.unsqueeze(-1) - places  # (T, T), how far back each key stands
    return (back >= 0) & (back < window)


look_back_a_little.hints = (
    "How far does the key at position `j` stand behind the query at position `i`? Which of these "
    "distances are allowed?",
    "`i - j` from 0, itself, up to `window - 1`. Two comparisons, joined by `&`; the table of all "
    "`i - j` comes from two `torch.arange`s.",
    "Or cut two triangles out of a table of ones: `tril()` takes the future away, and `triu` with "
    "a negative diagonal takes away what is too far back. Which diagonal keeps exactly `window` "
    "positions? Try `window = 1`: only the main diagonal may be left.",
)


@look_back_a_little.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(3):
        window, length = sorted(primes(generator, 2, low=3, high=17))
        yield length, window
    yield 1, 1
    yield 9, 1
    yield 6, 31  # sees all there is


@look_back_a_little.right
def triangles(length, window):
    ones = torch.ones(length, length, dtype=torch.bool)
    return ones.tril() & ones.triu(1 - window)


@look_back_a_little.right
def loop(length, window):
    mask = torch.zeros(length, length).bool()
    for i in range(length):
        mask[i, max(i - window + 1, 0) : i + 1] = True
    return mask


@look_back_a_little.right
def difference(length, window):
    ones = torch.ones(length, length)
    return (ones.tril() - ones.tril(-window)) == 1


@look_back_a_little.wrong(
    "Your window is one too wide: the token itself counts among the `window` that it sees."
)
def one_more(length, window):
    return look_back_a_little(length, window + 1)


@look_back_a_little.wrong(
    "Your window lies on both sides. A language model must not see what comes next."
)
def both_sides(length, window):
    places = torch.arange(length)
    return (places[:, None] - places).abs() < window


@look_back_a_little.wrong(
    "You have the causal mask, without an end: everything before is seen, however far."
)
def no_window(length, window):
    return torch.ones(length, length, dtype=torch.bool).tril()


@look_back_a_little.wrong(
    "Your windows look ahead. A row belongs to the token that looks, and it looks back."
)
def ahead(length, window):
    return look_back_a_little(length, window).T


@look_back_a_little.wrong(
    "You cut the text into blocks of `window`, and no token sees beyond its block. The "
    "window slides: it goes along with the token."
)
def blocks(length, window):
    places = torch.arange(length)
    same = places[:, None] // window == places // window
    return same & (places <= places[:, None])


@look_back_a_little.wrong(
    "`True` stands for what is forbidden in your mask. Here `True` means *may attend*."
)
def turned(length, window):
    return ~look_back_a_little(length, window)
