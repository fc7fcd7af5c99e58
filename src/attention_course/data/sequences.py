"""From strings to tensors and back: vocabularies, padded batches, their masks.

Every sequence task of the course is a list of pairs of strings. A vocabulary
turns the characters of a string into numbers, a batch sets strings of different
lengths side by side, and a mask says which places hold a real token.
"""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from ..shapes import a, check_list, check_texts, checked, positive, string, string_pairs

__all__ = [
    "END",
    "PAD",
    "START",
    "UNKNOWN",
    "Batch",
    "Batches",
    "Pair",
    "Vocabulary",
    "make_batch",
    "pad",
]

PAD, START, END, UNKNOWN = range(4)  # the first four numbers of every vocabulary
SPECIAL_NAMES = ("<pad>", "<start>", "<end>", "<unknown>")


class PairLike(Protocol):
    """Anything with a ``source`` and a ``target`` string."""

    @property
    def source(self) -> str: ...
    @property
    def target(self) -> str: ...


class Pair(NamedTuple):
    """What goes in, what should come out."""

    source: str
    target: str


class Vocabulary:
    r"""The characters that a model knows, each with a number.

    Numbers 0 to 3 are ``PAD``, ``START``, ``END`` and ``UNKNOWN``; the characters
    follow in the order of their code points, so that the same characters give the
    same numbers everywhere. Strings are brought to Unicode's form NFC first: "é" is
    one character, whether it was typed as one or as "e" and an accent.

    Args:
        characters: the characters to know; repeats and order do not matter.

    Source: chapter 2.
    """

    def __init__(self, characters: Iterable[str]) -> None:
        if not isinstance(characters, str):
            check_texts("characters", characters)
        known = sorted(set(unicodedata.normalize("NFC", "".join(characters))))
        if not known:
            raise ValueError("characters: expected at least one character, got none")
        self.symbols = (*SPECIAL_NAMES, *known)  # number → symbol
        self._numbers = {
            symbol: number for number, symbol in enumerate(self.symbols) if number > 3
        }

    def __len__(self) -> int:
        return len(self.symbols)

    @checked(text=string)
    def encode(self, text: str) -> list[int]:
        """Turn a string into numbers; characters not known become ``UNKNOWN``.

        Args:
            text: a string of at least one character.

        Returns:
            One number a character. No ``START`` or ``END`` is added.

        Raises:
            TypeError: ``text`` is no string.
            ValueError: ``text`` is empty.
        """
        if not text:
            raise ValueError(
                "text: expected at least one character, got an empty string"
            )
        normal = unicodedata.normalize("NFC", text)
        return [self._numbers.get(character, UNKNOWN) for character in normal]

    def decode(self, tokens: Iterable[int] | Tensor) -> str:
        """Turn numbers back into a string, up to the first ``END``.

        Args:
            tokens: numbers, as a list or a tensor ``(T,)``. ``PAD`` and ``START`` are
                left out, ``UNKNOWN`` becomes "\N{REPLACEMENT CHARACTER}".

        Returns:
            The string.

        Raises:
            TypeError: no integers.
            IndexError: a number that this vocabulary does not have.
        """
        numbers = _integers("tokens", tokens)
        text = ""
        for number in numbers:
            if not 0 <= number < len(self):
                raise IndexError(
                    f"tokens: expected numbers from 0 to {len(self) - 1}, got {number}"
                )
            if number == END:
                break
            if number == UNKNOWN:
                text += "\N{REPLACEMENT CHARACTER}"
            elif number not in (PAD, START):
                text += self.symbols[number]
        return text


def pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Set rows of different lengths side by side, filled up with ``PAD`` on the right.

    Args:
        rows: ``B`` rows of at least one number each.

    Returns:
        ``(tokens, mask)``: both ``(B, T)`` with ``T`` the longest row's length; the
        mask is ``True`` where a token is real.

    Raises:
        TypeError: no rows of integers.
        ValueError: no row, or an empty row.

    Source: chapter 2.
    """
    check_list("rows", rows, "rows of integers")
    rows = [_integers("rows", row) for row in rows]
    lengths = torch.tensor([len(row) for row in rows])
    if not len(rows) or int(lengths.min()) == 0:
        raise ValueError(
            f"rows: expected at least one row and no empty row, got {rows}"
        )
    tokens = torch.full((len(rows), int(lengths.max())), PAD)
    for place, row in zip(tokens, rows, strict=True):
        place[: len(row)] = torch.tensor(row)
    mask = torch.arange(tokens.shape[1]) < lengths[:, None]  # (T,) < (B, 1) → (B, T)
    return tokens, mask


class Batch(NamedTuple):
    """Pairs as padded tensors. Masks are ``True`` where a token is real.

    The target comes twice: ``target_in`` begins with ``START`` and is what the decoder
    reads, ``target_out`` ends with ``END`` and is what it should answer, so
    ``target_out[:, t]`` is the answer to having read ``target_in[:, : t + 1]``.
    """

    source: Tensor  # (B, T_in)
    source_mask: Tensor  # (B, T_in)
    target_in: Tensor  # (B, T_out)
    target_out: Tensor  # (B, T_out)
    target_mask: Tensor  # (B, T_out)


@checked(pairs=string_pairs, source=a(Vocabulary), target=a(Vocabulary))
def make_batch(
    pairs: Sequence[PairLike], source: Vocabulary, target: Vocabulary
) -> Batch:
    """Turn pairs of strings into one padded batch.

    Args:
        pairs: ``B`` of them, each with strings ``source`` and ``target``.
        source: vocabulary of the sources.
        target: vocabulary of the targets.

    Returns:
        A :class:`Batch`.

    Raises:
        ValueError: no pair, or an empty string.

    Source: chapter 2.
    """
    source_tokens, source_mask = pad([source.encode(pair.source) for pair in pairs])
    answers = [target.encode(pair.target) for pair in pairs]
    target_in, target_mask = pad([[START, *answer] for answer in answers])
    target_out, _ = pad([[*answer, END] for answer in answers])
    return Batch(source_tokens, source_mask, target_in, target_out, target_mask)


class Batches:
    r"""Pairs in batches, in a new order each time they are gone through.

    Strings of similar length share a batch, so that little work goes into padding:
    the pairs are shuffled, sorted by length (a stable sort, so that equal lengths stay
    shuffled), cut into batches, and the batches shuffled.

    The order comes from torch's global random numbers, as in a ``DataLoader``: a seed
    set before (``fit`` sets one) fixes it.

    Args:
        pairs: the pairs, as for :func:`make_batch`.
        source: vocabulary of the sources.
        target: vocabulary of the targets.
        batch_size: pairs in a batch; the last may be smaller.

    Source: chapter 2.
    """

    @checked(
        pairs=string_pairs,
        source=a(Vocabulary),
        target=a(Vocabulary),
        batch_size=positive,
    )
    def __init__(
        self,
        pairs: Sequence[PairLike],
        source: Vocabulary,
        target: Vocabulary,
        batch_size: int,
    ) -> None:
        self.pairs, self.source, self.target = pairs, source, target
        self.batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self.pairs) // self.batch_size)  # rounded up

    def __iter__(self) -> Iterator[Batch]:
        order: list[int] = torch.randperm(len(self.pairs)).tolist()
        order.sort(key=lambda i: len(self.pairs[i].source))
        for start in torch.randperm(len(self)).tolist():
            chosen = order[start * self.batch_size : (start + 1) * self.batch_size]
            yield make_batch([self.pairs[i] for i in chosen], self.source, self.target)


def _integers(name: str, row: Iterable[int] | Tensor) -> list[int]:
    """Make a list of a row of integers, Python's or NumPy's, or of a tensor."""
    try:
        numbers = row.tolist() if isinstance(row, Tensor) else list(row)
        if any(isinstance(number, bool) for number in numbers):
            raise TypeError
        return [operator.index(number) for number in numbers]
    except TypeError:
        raise TypeError(f"{name}: expected integers, got {row!r}") from None
