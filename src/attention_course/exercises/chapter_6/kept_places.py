"""Exercise 6.7: What stays in the cache"""

from collections.abc import Iterator

import torch

from ..checker import Args, exercise, primes


@exercise(
    "6.7",
    "What stays in the cache",
    stars=1,
    minutes=8,
    statement="""\
A model that was trained without a window puts much of its attention on the first token, a *sink*. \
Cut it off, and the weights go where they do harm. So a cache of limited size keeps the first \
`n_sinks` tokens and the newest `window` ones, and forgets what lies between.

Write `kept_places(length, window, n_sinks)`: the list of the positions that are kept after \
`length` tokens, in order, each once. Positions count from 0.""",
)
def kept_places(length: int, window: int, n_sinks: int) -> list[int]:
    """List the positions whose keys and values are kept.

    Args:
        length: how many tokens there have been.
        window: how many of the newest are kept.
        n_sinks: how many of the first are kept.

    Returns:
        The positions, counted from 0, in order, each once.
    """
    newest = max(length - window, 0)  # the first position of the window
    sinks = range(min(n_sinks, newest))  # those that are not in the window anyway
    return [*sinks, *range(newest, length)]


kept_places.hints = (
    "Which positions are the newest `window` ones? And what if the text is shorter than that?",
    "The window begins at `length - window`, but not before 0. The sinks are the positions 0 to "
    "`n_sinks - 1`. Some of them may lie inside the window: then they must not come twice.",
    "The shortest way asks each position in turn, from 0 to `length - 1`, whether it is a sink or "
    "in the window: a list with a condition, two comparisons joined by `or`. Nothing can then come "
    "twice, or lie beyond the end.",
)


@kept_places.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(3):
        n_sinks, window, length = sorted(primes(generator, 3, low=2, high=23))
        yield length + window + n_sinks, window, n_sinks
    yield 3, 5, 2  # all in the window
    yield 7, 5, 4  # some sinks in the window
    yield 2, 1, 5  # more sinks than tokens
    yield 9, 3, 0
    yield 9, 0, 2  # the sinks alone
    yield 1, 1, 1
    yield 61, 7, 4


@kept_places.right
def each(length, window, n_sinks):
    return [p for p in range(length) if p < n_sinks or p >= length - window]


@kept_places.right
def sets(length, window, n_sinks):
    every = range(length)
    return sorted({*every[:n_sinks], *every[max(length - window, 0) :]})


@kept_places.right
def by_mask(length, window, n_sinks):
    places = torch.arange(length)
    kept = (places < n_sinks) | (places >= length - window)
    return places[kept].tolist()


@kept_places.wrong(
    "A sink that lies in the window comes twice in your list. Each position is kept once."
)
def twice(length, window, n_sinks):
    sinks = range(min(n_sinks, length))
    return [*sinks, *range(max(length - window, 0), length)]


@kept_places.wrong(
    "You keep the window and cut the sinks off: that is what breaks the model."
)
def no_sinks(length, window, n_sinks):
    return list(range(max(length - window, 0), length))


@kept_places.wrong(
    "You keep the sinks and the tokens that follow them. The *newest* ones are wanted."
)
def oldest(length, window, n_sinks):
    return list(range(min(n_sinks + window, length)))


@kept_places.wrong(
    "Your window is one too short: the newest `window` positions begin at `length - window`."
)
def short(length, window, n_sinks):
    return each(length, window - 1, n_sinks)


@kept_places.wrong(
    "You count the sinks into the window, so that `window` tokens are kept in all. Asked "
    "for are `n_sinks` and `window` besides."
)
def together(length, window, n_sinks):
    return each(length, max(window - n_sinks, 0), n_sinks)


@kept_places.wrong("You list what is forgotten. What stays is asked for.")
def forgotten(length, window, n_sinks):
    kept = each(length, window, n_sinks)
    return [p for p in range(length) if p not in kept]
