"""Chapter 4: the example of "Thinking Machines", every number of it open to change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import traitlets
from torch import Tensor

from ...attention import attend, dot_score, masked_softmax
from ...shapes import check_axes, check_texts
from ..shared.base import CourseWidget, check_range, check_within, double
from ..shared.fallback import html_table

__all__ = ["WorkedExample"]

N_WORDS = 2
MAX_SHOWN = 8  # numbers of a vector
MAX_D_K = 512
LARGEST = 100.0  # of a number

# Ours, chosen for q₁ · k₁ = 112 and q₁ · k₂ = 96: the figure draws no numbers.
QUERY = [[6.0, -2.0, 4.0, 7.0], [3.0, 2.0, 2.0, 7.0]]
KEY = [[6.0, -3.0, 7.0, 6.0], [7.0, 2.0, 4.0, 6.0]]
VALUE = [[4.0, 1.0, -2.0, 3.0], [-1.0, 3.0, 2.0, 5.0]]


class WorkedExample(CourseWidget):
    """Work self-attention of two words out by hand: scores → division → weights → sum.

    Formula: ``output = softmax(query keyᵀ / √d_k) value``

    Args:
        query: floating-point ``(2, d)``, one row a word, ``d`` from 1 to 8; without one,
            numbers of our own whose scores are those of the well-known figure, 112 and 96.
        key: ``(2, d)``, like ``query``.
        value: ``(2, d_v)``, like ``query``, ``d_v`` from 1 to 8.
        d_k: what the scores are divided by is ``√d_k``; from ``d`` to 512. The numbers that
            are not shown, ``d_k - d`` of them, are zeros: they would change no score.
        scaled: whether the scores are divided at all.
        picked: the word whose query is used, 0 or 1.
        words: the two words.

    Numbers lie between -100 and 100 and are rounded to four decimals.

    Raises:
        TypeError, ValueError: a tensor of the wrong kind, shape or size.
        TraitError: a number out of range, now or later; it names the trait and the range.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), equation 1; the example is Alammar 2018,
    "The Illustrated Transformer". Chapter 4.
    """

    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    query = traitlets.List().tag(sync=True)
    key = traitlets.List().tag(sync=True)
    value = traitlets.List().tag(sync=True)
    start = traitlets.Dict(read_only=True).tag(sync=True)  # the numbers to go back to
    d_k = traitlets.Int(64).tag(sync=True)
    scaled = traitlets.Bool(True).tag(sync=True)
    picked = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        query: Tensor | None = None,
        key: Tensor | None = None,
        value: Tensor | None = None,
        d_k: int = 64,
        scaled: bool = True,
        picked: int = 0,
        words: Sequence[str] = ("Thinking", "Machines"),
        **kwargs: Any,
    ) -> None:
        check_texts("words", words)
        given = {"query": query, "key": key, "value": value}
        usual = {"query": QUERY, "key": KEY, "value": VALUE}
        rows = {
            name: usual[name] if tensor is None else _given_rows(name, tensor)
            for name, tensor in given.items()
        }
        lengths = [len(rows[name][0]) for name in ("query", "key")]
        if lengths[0] != lengths[1]:
            raise ValueError(
                f"query, key: expected rows of one length, got {lengths[0]} and {lengths[1]}"
            )
        # Editing changes numbers, never how many there are.
        self._lengths = {name: len(rows[name][0]) for name in rows}
        self.set_trait("start", rows)
        super().__init__(
            **rows,
            d_k=d_k,
            scaled=scaled,
            picked=picked,
            words=list(words),
            **kwargs,
        )

    def tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return ``(query, key, value)``: ``(2, d)``, ``(2, d)``, ``(2, d_v)``, doubles."""
        return double(self.query), double(self.key), double(self.value)

    def divisor(self) -> float:
        """Return what the dot products are divided by: ``√d_k``, or 1 when not scaled."""
        return math.sqrt(self.d_k) if self.scaled else 1.0

    def dot_products(self) -> Tensor:
        """Return every query times every key ``(2, 2)``, not yet divided."""
        query, key, _ = self.tensors()
        return dot_score(query, key)

    def scores(self) -> Tensor:
        """Return what the softmax is taken of ``(2, 2)``: the dot products, divided."""
        return self.dot_products() / self.divisor()

    def weights(self) -> Tensor:
        """Return the weights ``(2, 2)``: row = the word that asks, column = the word asked."""
        return masked_softmax(self.scores())

    def output(self) -> Tensor:
        """Return the weighted sums of the values ``(2, d_v)``, one row a word."""
        output, _ = attend(
            *self.tensors(),
            score=lambda query, key: dot_score(query, key) / self.divisor(),
        )
        return output

    def summary(self) -> str:
        """Say the picked word's scores and weights."""
        word = self.words[self.picked]
        dots = " and ".join(map(_short, self.dot_products()[self.picked].tolist()))
        weights = " and ".join(f"{w:.2f}" for w in self.weights()[self.picked].tolist())
        if not self.scaled:
            return f"the query of {word} scores {dots}, not divided: weights {weights}"
        scores = " and ".join(map(_short, self.scores()[self.picked].tolist()))
        return (
            f"the query of {word} scores {dots}, which divided by "
            f"{_short(self.divisor())} are {scores}: weights {weights}"
        )

    def fallback(self) -> str:
        """Return every step for the picked word as an HTML table, one column a word."""
        query, key, value = self.tensors()
        i = self.picked
        dots, weights = self.dot_products()[i].tolist(), self.weights()[i]
        name = f"q{'₁₂'[i]}"
        rows = [
            [f"query {name}", *(_vector(query[i]) if j == i else "" for j in range(2))],
            ["key k", *map(_vector, key)],
            ["value v", *map(_vector, value)],
            [f"score {name} · k", *map(_short, dots)],
            [
                f"divided by √d_k = √{self.d_k}" if self.scaled else "not divided",
                *map(_short, self.scores()[i].tolist()),
            ],
            ["softmax: the weight", *(f"{w:.2f}" for w in weights.tolist())],
            [
                "weight without the division",
                *(f"{w:.2f}" for w in double([dots]).softmax(-1)[0].tolist()),
            ],
            ["weight × value", *map(_vector, weights.unsqueeze(-1) * value)],
        ]
        return html_table(
            f"{' '.join(self.words)}: {self.summary()}. The sum of the weighted values is "
            f"{_vector(self.output()[i])}.",
            ["step", *self.words],
            rows,
        )

    @traitlets.validate("query", "key", "value")  # type: ignore[untyped-decorator]
    def _check_rows(self, proposal: dict[str, Any]) -> list[list[float]]:
        name, rows = proposal["trait"].name, proposal["value"]
        length = self._lengths[name]
        fits = len(rows) == N_WORDS and all(
            isinstance(row, list) and len(row) == length and all(map(_is_number, row))
            for row in rows
        )
        if not fits:
            raise traitlets.TraitError(
                f"{name}: expected {N_WORDS} rows of {length} numbers "
                f"from -{LARGEST:g} to {LARGEST:g}, got {rows}"
            )
        return [[float(number) for number in row] for row in rows]

    @traitlets.validate("words")  # type: ignore[untyped-decorator]
    def _check_words(self, proposal: dict[str, Any]) -> list[str]:
        words: list[str] = proposal["value"]
        if len(words) != N_WORDS or not all(words):
            raise traitlets.TraitError(f"words: expected {N_WORDS} words, got {words}")
        return words

    @traitlets.validate("d_k", "picked")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        if name == "picked":
            return check_range(name, value, 0, N_WORDS - 1)
        return check_range(name, value, self._lengths["key"], MAX_D_K)


def _given_rows(name: str, tensor: Tensor) -> list[list[float]]:
    check_axes(name, tensor, f"{N_WORDS} {'d_v' if name == 'value' else 'd'}")
    if not 1 <= tensor.shape[1] <= MAX_SHOWN:
        raise ValueError(
            f"{name}: expected rows of 1 to {MAX_SHOWN} numbers, "
            f"got shape {tuple(tensor.shape)}"
        )
    check_within(name, tensor, -LARGEST, LARGEST)
    return [[round(number, 4) for number in row] for row in tensor.tolist()]


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and abs(value) <= LARGEST
    )


def _vector(numbers: Tensor) -> str:
    return f"({', '.join(map(_short, numbers.tolist()))})"


def _short(value: float) -> str:
    """Write a number with at most two decimals: 112, 9.38, −0.5."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")
