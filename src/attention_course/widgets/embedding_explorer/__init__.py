"""Chapter 1: see why looking a row up is the same as multiplying with a one-hot row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import traitlets
from torch import Tensor

from ...embedding import lookup, one_hot
from ...shapes import check_axes, check_texts, check_whole
from ..shared.base import CourseWidget, check_range
from ..shared.fallback import html_table

__all__ = ["EmbeddingExplorer"]

MAX_VOCAB = 12
MAX_DIM = 8


class EmbeddingExplorer(CourseWidget):
    """Explore an embedding: token → one-hot row → row of the table.

    Formula: ``vector = one_hot(token) table = table[token]``

    Args:
        table: floating-point ``(vocab_size, d_model)``, 2 to 12 rows of 1 to 8 numbers;
            copied. Without one, 12 rows of 8 seeded random numbers.
        vocab_size: how many rows are in use, ``K``; all rows of a given table, else 7.
        dim: how many numbers of each row are in use, ``k``; all of a given table, else 2.
        token: the picked token, from 0 to ``vocab_size - 1``.
        component: the number of the vector that is multiplied out, from 0 to ``dim - 1``.
        words: names for the first tokens.
        seed: chooses the random table; torch's global generator is left alone.

    Raises:
        TypeError, ValueError: a table that is no such tensor.
        TraitError: a number out of range, now or later; it names the trait and the range.

    A smaller ``vocab_size`` or ``dim`` moves ``token`` and ``component`` to the last one left.
    Chapter 1.
    """

    table = traitlets.List().tag(sync=True)
    vocab_size = traitlets.Int(7).tag(sync=True)
    dim = traitlets.Int(2).tag(sync=True)
    token = traitlets.Int(3).tag(sync=True)
    component = traitlets.Int(0).tag(sync=True)
    words = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        table: Tensor | None = None,
        vocab_size: int | None = None,
        dim: int | None = None,
        token: int | None = None,
        component: int = 0,
        words: Sequence[str] | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        seed = check_whole("seed", seed)
        check_texts("words", words or [])
        if vocab_size is not None:
            check_whole("vocab_size", vocab_size)
        if table is None:
            generator = torch.Generator(device="cpu").manual_seed(seed)
            size = MAX_VOCAB, MAX_DIM
            table = torch.randn(
                size, generator=generator, dtype=torch.float32, device="cpu"
            )
            # Two decimals, so that the numbers shown are the numbers multiplied.
            rows = [[round(value, 2) for value in row] for row in table.tolist()]
            default_vocab, default_dim = 7, 2
        else:
            sizes = check_axes("table", table, "vocab_size d_model")
            rows = table.tolist()
            default_vocab, default_dim = sizes["vocab_size"], sizes["d_model"]
            problem = _table_problem(rows)
            if problem:
                raise ValueError(problem)
        vocab_size = default_vocab if vocab_size is None else vocab_size
        super().__init__(
            table=rows,
            vocab_size=vocab_size,
            dim=default_dim if dim is None else dim,
            token=min(3, vocab_size - 1) if token is None else token,
            component=component,
            words=list(words or []),
            **kwargs,
        )

    def one_hot(self) -> Tensor:
        """Return the picked token's one-hot row ``(vocab_size,)``."""
        return one_hot(torch.tensor(self.token, device="cpu"), self.vocab_size)

    def weight(self) -> Tensor:
        """Return the part of the table that is in use ``(vocab_size, dim)``."""
        table = torch.tensor(self.table, dtype=torch.float32, device="cpu")
        return table[: self.vocab_size, : self.dim]

    def vector(self) -> Tensor:
        """Return the picked token's vector ``(dim,)``."""
        return lookup(torch.tensor(self.token, device="cpu"), self.weight())

    def summary(self) -> str:
        """Say which row is picked and what it holds."""
        vector = ", ".join(_number(value) for value in self.vector().tolist())
        return (
            f"token {self._name(self.token)} picks row {self.token} of the "
            f"{self.vocab_size} × {self.dim} table: ({vector})"
        )

    def fallback(self) -> str:
        """Return the one-hot row beside the table, and their product, as an HTML table."""
        one_hot_row = [int(value) for value in self.one_hot().tolist()]
        rows = [
            [self._name(k), str(one_hot_row[k]), *map(_number, row)]
            for k, row in enumerate(self.weight().tolist())
        ]
        rows.append(["one-hot × table", "", *map(_number, self.vector().tolist())])
        size = self.vocab_size * self.dim
        return html_table(
            f"Embedding: {self.summary()}. The one-hot product takes {size} multiplications, "
            f"the lookup none; the table holds {size} parameters.",
            ["token", "one-hot", *(f"number {j}" for j in range(self.dim))],
            rows,
        )

    def _name(self, token: int) -> str:
        word = self.words[token] if token < len(self.words) else ""
        return f"{token} {word}".rstrip()

    @traitlets.validate("vocab_size", "dim", "token", "component")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        rows = self.table or [[]]
        ranges = {
            "vocab_size": (2, min(len(rows), MAX_VOCAB)),
            "dim": (1, min(len(rows[0]), MAX_DIM)),
            "token": (0, self.vocab_size - 1),
            "component": (0, self.dim - 1),
        }
        # Traits set together are checked in any order: name the cause, not what follows.
        cause = {"token": "vocab_size", "component": "dim"}.get(name)
        if cause is not None:
            check_range(cause, getattr(self, cause), *ranges[cause])
        return check_range(name, value, *ranges[name])

    @traitlets.validate("table")  # type: ignore[untyped-decorator]
    def _check_table(self, proposal: dict[str, Any]) -> list[list[float]]:
        rows: list[list[float]] = proposal["value"]
        problem = _table_problem(rows)
        if not problem:
            check_range("vocab_size", self.vocab_size, 2, MAX_VOCAB)
            check_range("dim", self.dim, 1, MAX_DIM)
        if not problem and (len(rows) < self.vocab_size or len(rows[0]) < self.dim):
            problem = (
                f"table: expected at least vocab_size = {self.vocab_size} rows of "
                f"dim = {self.dim} numbers, got {len(rows)} rows of {len(rows[0])}"
            )
        if problem:
            raise traitlets.TraitError(problem)
        return rows

    @traitlets.validate("words")  # type: ignore[untyped-decorator]
    def _check_words(self, proposal: dict[str, Any]) -> list[str]:
        words: list[str] = proposal["value"]
        if len(words) > MAX_VOCAB:
            raise traitlets.TraitError(
                f"words: expected at most {MAX_VOCAB} words, got {len(words)}"
            )
        return words

    @traitlets.observe("vocab_size")  # type: ignore[untyped-decorator]
    def _keep_token(self, change: dict[str, Any]) -> None:
        self.token = min(self.token, change["new"] - 1)

    @traitlets.observe("dim")  # type: ignore[untyped-decorator]
    def _keep_component(self, change: dict[str, Any]) -> None:
        self.component = min(self.component, change["new"] - 1)


def _table_problem(rows: Any) -> str:
    """Say what is wrong with a table's rows, or nothing."""
    expected = f"table: expected 2 to {MAX_VOCAB} rows of 1 to {MAX_DIM} finite numbers"
    if not all(isinstance(row, list) for row in rows):
        return f"{expected}, got {rows!r}"
    lengths = {len(row) for row in rows}
    if (
        not 2 <= len(rows) <= MAX_VOCAB
        or len(lengths) != 1
        or not 1 <= min(lengths) <= MAX_DIM
    ):
        return f"{expected}, got {len(rows)} rows of {sorted(lengths)}"
    numbers = [value for row in rows for value in row]
    if not all(
        isinstance(value, (int, float)) and math.isfinite(value) for value in numbers
    ):
        return f"{expected}, got something else among them"
    return ""


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")
