"""Exercise 6.7: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("6.7")
def kept_places(length, window, n_sinks):
    return [i for i in range(length) if i < n_sinks or i >= length - window]


@right("6.7")
def kept_places(length, window, n_sinks):
    first = set(range(min(n_sinks, length)))
    return sorted(first | set(range(max(0, length - window), length)))


@right("6.7")
def kept_places(length, window, n_sinks):
    sinks = list(range(min(n_sinks, length)))
    return sinks + list(range(max(len(sinks), length - window), length))


@right("6.7")
def kept_places(length, window, n_sinks):
    places = torch.arange(length)
    keep = (places < n_sinks) | (places >= length - window)
    return places[keep].tolist()


@wrong("6.7", "places stand twice where both overlap")
def kept_places(length, window, n_sinks):
    sinks = list(range(min(n_sinks, length)))
    return sinks + list(range(max(0, length - window), length))


@wrong("6.7", "the sinks take their places from the window")
def kept_places(length, window, n_sinks):
    return [i for i in range(length) if i < n_sinks or i >= length - window + n_sinks]


@wrong("6.7", "the window alone")
def kept_places(length, window, n_sinks):
    return list(range(max(0, length - window), length))


@wrong("6.7", "no minimum: more sinks than tokens")
def kept_places(length, window, n_sinks):
    return sorted(set(range(n_sinks)) | set(range(max(0, length - window), length)))


@wrong("6.7", "no maximum: negative places")
def kept_places(length, window, n_sinks):
    first = set(range(min(n_sinks, length)))
    return sorted(first | set(range(length - window, length)))


@wrong("6.7", "places counted from 1")
def kept_places(length, window, n_sinks):
    return [i + 1 for i in range(length) if i < n_sinks or i >= length - window]


@wrong("6.7", "one too few of the newest")
def kept_places(length, window, n_sinks):
    return [i for i in range(length) if i < n_sinks or i > length - window]


@wrong("6.7", "the newest first")
def kept_places(length, window, n_sinks):
    kept = [i for i in range(length) if i < n_sinks or i >= length - window]
    return kept[::-1]


@wrong("6.7", "what is forgotten instead of what is kept")
def kept_places(length, window, n_sinks):
    return [i for i in range(length) if n_sinks <= i < length - window]


@wrong("6.7", "and for or")
def kept_places(length, window, n_sinks):
    return [i for i in range(length) if i < n_sinks and i >= length - window]


@wrong("6.7", "a tensor")
def kept_places(length, window, n_sinks):
    places = torch.arange(length)
    return places[(places < n_sinks) | (places >= length - window)]


@wrong("6.7", "booleans for all places")
def kept_places(length, window, n_sinks):
    return [i < n_sinks or i >= length - window for i in range(length)]


@wrong("6.7", "window first, then the sinks")
def kept_places(length, window, n_sinks):
    start = max(0, length - window)
    return [*range(start, length), *range(min(n_sinks, start))]


@wrong("6.7", "one sink too many")
def kept_places(length, window, n_sinks):
    return [i for i in range(length) if i <= n_sinks or i >= length - window]


@wrong("6.7", "how many are kept")
def kept_places(length, window, n_sinks):
    return min(length, window + n_sinks)


@wrong("6.7", "a set, without an order")
def kept_places(length, window, n_sinks):
    return {i for i in range(length) if i < n_sinks or i >= length - window}


@wrong("6.7", "a slice with -window: wrong where window is 0")
def kept_places(length, window, n_sinks):
    places = list(range(length))
    return sorted({*places[:n_sinks], *places[-window:]})


@wrong("6.7", "numbers the kept ones anew")
def kept_places(length, window, n_sinks):
    return list(range(min(length, window + n_sinks)))
