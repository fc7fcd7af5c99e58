"""Chapters 2 and 3: copy a string of random letters, or write it backwards.

Nothing can be guessed here: to give ``n`` random letters back, a model must carry
every one of them. That makes the task a gauge for how much a vector holds.
"""

from __future__ import annotations

import random
import string

from ..shapes import checked, flag, integer, positive, up_to
from .sequences import Pair, Vocabulary

__all__ = ["copy_vocabulary", "make_copies"]


N_LETTERS = up_to(len(string.ascii_lowercase))


@checked(
    n=positive,
    seed=integer,
    min_length=positive,
    max_length=positive,
    n_letters=N_LETTERS,
    reverse=flag,
)
def make_copies(
    n: int,
    *,
    seed: int,
    min_length: int,
    max_length: int,
    n_letters: int = 8,
    reverse: bool = False,
) -> list[Pair]:
    """Draw random strings, each with its copy.

    Args:
        n: how many.
        seed: the same seed gives the same pairs.
        min_length: length of the shortest string.
        max_length: length of the longest; each length is drawn equally often.
        n_letters: how many letters of the alphabet are used.
        reverse: write the copy backwards.

    Returns:
        ``n`` pairs, source and target of equal length.

    Raises:
        TypeError, ValueError: a number below 1, lengths in the wrong order, more than 26 letters.

    Source: chapter 2; the task of Graves et al. 2014 (arXiv 1410.5401), section 4.1.
    """
    if min_length > max_length:
        raise ValueError(
            f"min_length, max_length: expected the smaller first, "
            f"got {min_length} and {max_length}"
        )
    letters = string.ascii_lowercase[:n_letters]
    drawn = random.Random(seed)  # its own stream: global seeds stay as they are
    sources = (
        "".join(drawn.choices(letters, k=drawn.randint(min_length, max_length)))
        for _ in range(n)
    )
    return [Pair(source, source[::-1] if reverse else source) for source in sources]


@checked(n_letters=N_LETTERS)
def copy_vocabulary(n_letters: int = 8) -> Vocabulary:
    """Give the vocabulary of the copy task, for sources and targets alike.

    Args:
        n_letters: as in :func:`make_copies`.

    Source: chapter 2.
    """
    return Vocabulary(string.ascii_lowercase[:n_letters])
