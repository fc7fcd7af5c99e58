"""Chapter 3: change queries, keys, score and mask, and read every number that follows."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import torch
import traitlets
from torch import Tensor

from ...attention import (
    AdditiveScore,
    GeneralScore,
    Score,
    attend,
    dot_score,
    masked_softmax,
    scaled_dot_score,
)
from ...shapes import check_axes, check_whole
from ..shared.base import CourseWidget, check_range, check_within, double
from ..shared.fallback import html_table

__all__ = ["MASKS", "SCORES", "ScoreExplorer"]

MAX_QUERIES = MAX_KEYS = 8
MAX_D_K = 64
MAX_D_VALUE = 8
D_HIDDEN = 8  # hidden units of the additive score
LARGEST = 100.0  # of a given number
COLDEST, HOTTEST = 0.1, 10.0  # temperatures

SCORES = ("dot", "scaled_dot", "general", "additive")
MASKS = ("none", "causal", "padding", "cells")


class ScoreExplorer(CourseWidget):
    """Explore attention: queries, keys → scores → weights → context vectors.

    Formula: ``weights = softmax(score(query, key) / temperature)``, ``context = weights value``

    Args:
        n_queries: how many queries are in use, 1 to 8.
        n_keys: how many keys are in use, 1 to 8.
        d_k: how many numbers of each query and key are in use, 1 to 64.
        score: one of ``SCORES``.
        temperature: what the scores are divided by before the softmax, 0.1 to 10.
        mask: "none", "causal" (key ≤ query), "padding" (the last ``n_padding`` keys are
            out), "cells", or a boolean tensor ``(n_queries, n_keys)``, ``True`` = may
            attend, which sets the cells one by one.
        n_padding: how many keys at the end are padding, 0 to ``n_keys``.
        picked: the query whose weighted sum is written out.
        seed: chooses the random numbers; torch's global generator is left alone.
        query: floating-point ``(n_queries, d_k)``; without one, seeded random numbers of
            mean 0 and variance 1, rounded to two decimals. Given numbers lie between -100
            and 100 and are rounded to four decimals.
        key: ``(n_keys, d_k)``, like ``query``.
        value: ``(n_keys, d_v)``, at most 8 columns, like ``query``; 4 columns without one.

    The general and the additive score have seeded random parameters, in the ranges that
    :class:`attention_course.attention.GeneralScore` and ``AdditiveScore`` start with,
    whatever ``d_k``; the additive score has 8 hidden units.

    Raises:
        TypeError, ValueError: a tensor of the wrong kind, shape or size.
        TraitError: a number or name out of range, now or later; it names the trait.

    Fewer queries move ``picked`` to the last one left, fewer keys ``n_padding``.
    Source: Vaswani et al. 2017 (arXiv 1706.03762), equation 1. Chapter 3.
    """

    query = traitlets.List(read_only=True).tag(sync=True)
    key = traitlets.List(read_only=True).tag(sync=True)
    value = traitlets.List(read_only=True).tag(sync=True)
    parameters = traitlets.Dict(read_only=True).tag(sync=True)  # of the learned scores
    n_queries = traitlets.Int(3).tag(sync=True)
    n_keys = traitlets.Int(5).tag(sync=True)
    d_k = traitlets.Int(4).tag(sync=True)
    score = traitlets.Unicode("scaled_dot").tag(sync=True)
    temperature = traitlets.Float(1.0).tag(sync=True)
    mask = traitlets.Unicode("none").tag(sync=True)
    n_padding = traitlets.Int(2).tag(sync=True)
    cells = traitlets.List().tag(
        sync=True
    )  # for mask "cells": 8 rows of 8, true or false
    picked = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        n_queries: int | None = None,
        n_keys: int | None = None,
        d_k: int | None = None,
        score: str = "scaled_dot",
        temperature: float = 1.0,
        mask: str | Tensor = "none",
        n_padding: int | None = None,
        picked: int = 0,
        seed: int = 0,
        query: Tensor | None = None,
        key: Tensor | None = None,
        value: Tensor | None = None,
        **kwargs: Any,
    ) -> None:
        seed = check_whole("seed", seed)
        draw = torch.Generator(device="cpu").manual_seed(seed)
        normal = partial(torch.randn, generator=draw, dtype=torch.float32, device="cpu")
        # Everything is drawn, in this order, so that a given tensor changes no other.
        drawn = {
            "query": normal(MAX_QUERIES, MAX_D_K),
            "key": normal(MAX_KEYS, MAX_D_K),
            "value": normal(MAX_KEYS, 4),
        }
        given = {"query": query, "key": key, "value": value}
        for name, tensor in given.items():
            rows = (
                _rows(drawn[name], 2) if tensor is None else _given_rows(name, tensor)
            )
            self.set_trait(name, rows)
        self.set_trait("parameters", _parameters(draw))

        # What is given is used whole; what is not starts small.
        n_queries = self._start("n_queries", n_queries, query is not None, 3)
        n_keys = self._start("n_keys", n_keys, key is not None or value is not None, 5)
        d_k = self._start("d_k", d_k, query is not None or key is not None, 4)
        cells = [[True] * MAX_KEYS for _ in range(MAX_QUERIES)]
        if not isinstance(mask, str):
            for i, row in enumerate(_mask_rows(mask, n_queries, n_keys)):
                cells[i][:n_keys] = row
            mask = "cells"
        super().__init__(
            n_queries=n_queries,
            n_keys=n_keys,
            d_k=d_k,
            score=score,
            temperature=temperature,
            mask=mask,
            n_padding=min(2, n_keys) if n_padding is None else n_padding,
            cells=cells,
            picked=picked,
            **kwargs,
        )

    def tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return what is in use, in double precision.

        ``(query, key, value)``: ``(n_queries, d_k)``, ``(n_keys, d_k)``, ``(n_keys, d_v)``.
        """
        query = double(self.query)[: self.n_queries, : self.d_k]
        key = double(self.key)[: self.n_keys, : self.d_k]
        return query, key, double(self.value)[: self.n_keys]

    def score_function(self) -> Score:
        """Return the score in use, from :mod:`attention_course.attention`."""
        if self.score in ("dot", "scaled_dot"):
            return dot_score if self.score == "dot" else scaled_dot_score
        d_k, numbers = self.d_k, self.parameters
        # Building draws parameters, which are replaced at once: keep torch's generator.
        with torch.random.fork_rng(devices=[]), torch.no_grad(), torch.device("cpu"):
            if self.score == "general":
                general = GeneralScore(d_k, d_k).double()
                general.weight.copy_(double(numbers["general"])[:d_k, :d_k] / d_k)
                return general.requires_grad_(False)
            additive = AdditiveScore(d_k, d_k, D_HIDDEN).double()
            for name in ("from_query", "from_key"):
                weight = double(numbers[name])[:, :d_k] / math.sqrt(d_k)
                getattr(additive, name).weight.copy_(weight)
            weight = double([numbers["to_score"]]) / math.sqrt(D_HIDDEN)
            additive.to_score.weight.copy_(weight)
            return additive.requires_grad_(False)

    def allowed(self) -> Tensor:
        """Return the mask ``(n_queries, n_keys)``, boolean, ``True`` = may attend."""
        every = torch.ones(self.n_queries, self.n_keys, dtype=torch.bool, device="cpu")
        if self.mask == "causal":
            return every.tril()  # key <= query
        if self.mask == "padding":
            every[:, self.n_keys - self.n_padding :] = False
        if self.mask == "cells":
            return torch.tensor(self.cells, device="cpu")[
                : self.n_queries, : self.n_keys
            ]
        return every

    def scores(self) -> Tensor:
        """Return the scores ``(n_queries, n_keys)``, before temperature and mask."""
        query, key, _ = self.tensors()
        return self.score_function()(query, key)

    def weights(self) -> Tensor:
        """Return the weights ``(n_queries, n_keys)``."""
        return masked_softmax(self.scores() / self.temperature, self.allowed())

    def context(self) -> Tensor:
        """Return the context vectors ``(n_queries, d_v)``."""
        score = self.score_function()
        output, _ = attend(
            *self.tensors(),
            mask=self.allowed(),
            score=lambda query, key: score(query, key) / self.temperature,
        )
        return output

    def entropy(self) -> Tensor:
        """Return each query's entropy in nats ``(n_queries,)``, 0 without any key."""
        return torch.special.entr(self.weights()).sum(dim=-1)

    def effective_keys(self) -> Tensor:
        """Return how many equally weighted keys have each query's entropy ``(n_queries,)``.

        ``exp(entropy)``: 1 where one key has all the weight, ``n_keys`` where all have the
        same, and 0 for a query that may attend to nothing.
        """
        return self.entropy().exp() * self.allowed().any(dim=-1)

    def summary(self) -> str:
        """Say what the picked query attends to, and how sharply."""
        weights, largest = self.weights()[self.picked].max(dim=-1)
        size = (
            f"{_count(self.n_queries, 'query', 'queries')}, {_count(self.n_keys, 'key')}, "
            f"d_k = {self.d_k}, {self.score} score, temperature {self.temperature:g}"
        )
        if not bool(self.allowed()[self.picked].any()):
            return f"{size}: query {self.picked} may attend to nothing"
        return (
            f"{size}: query {self.picked} gives key {int(largest)} the most weight, "
            f"{weights:.2f}; its entropy of {self.entropy()[self.picked]:.2f} nats is that of "
            f"{self.effective_keys()[self.picked]:.1f} equally weighted keys"
        )

    def fallback(self) -> str:
        """Return scores, weights, entropy and context vectors as an HTML table."""
        scores, weights, allowed = self.scores(), self.weights(), self.allowed()
        rows = []
        for i, context in enumerate(self.context().tolist()):
            cells = [
                f"{_number(scores[i, j])} → {_number(weights[i, j])}"
                if allowed[i, j]
                else "masked"
                for j in range(self.n_keys)
            ]
            result = ", ".join(map(_number, context))
            spread = (
                f"{_number(self.entropy()[i])} ({self.effective_keys()[i]:.1f} keys)"
            )
            if not bool(allowed[i].any()):
                spread = "may attend to nothing"
            rows.append([f"query {i}", *cells, spread, f"({result})"])
        return html_table(
            f"Attention, score → weight: {self.summary()}.",
            [
                "",
                *(f"key {j}" for j in range(self.n_keys)),
                "entropy in nats",
                "context vector",
            ],
            rows,
        )

    def _largest(self, name: str) -> int:
        """Return the largest size that the tensors allow."""
        if name == "n_queries":
            return len(self.query)
        if name == "n_keys":
            return min(len(self.key), len(self.value))
        return min(len(self.query[0]), len(self.key[0]))

    def _start(self, name: str, value: int | None, whole: bool, default: int) -> int:
        largest = self._largest(name)
        if value is None:
            return largest if whole else min(default, largest)
        return check_range(name, value, 1, largest)

    @traitlets.validate("n_queries", "n_keys", "d_k", "n_padding", "picked")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        # Traits set together are checked in any order: name the cause, not what follows.
        cause = {"n_padding": "n_keys", "picked": "n_queries"}.get(name)
        if cause is None:
            return check_range(name, value, 1, self._largest(name))
        size = check_range(cause, getattr(self, cause), 1, self._largest(cause))
        return check_range(name, value, 0, size if name == "n_padding" else size - 1)

    @traitlets.validate("score", "mask")  # type: ignore[untyped-decorator]
    def _check_choice(self, proposal: dict[str, Any]) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        choices = SCORES if name == "score" else MASKS
        if value not in choices:
            expected = ", ".join(choices)
            raise traitlets.TraitError(
                f"{name}: expected one of {expected}, got {value!r}"
            )
        return str(value)

    @traitlets.validate("temperature")  # type: ignore[untyped-decorator]
    def _check_temperature(self, proposal: dict[str, Any]) -> float:
        value = proposal["value"]
        if isinstance(value, bool) or not COLDEST <= value <= HOTTEST:
            raise traitlets.TraitError(
                f"temperature: expected a number from {COLDEST:g} to {HOTTEST:g}, got {value}"
            )
        return float(value)

    @traitlets.validate("cells")  # type: ignore[untyped-decorator]
    def _check_cells(self, proposal: dict[str, Any]) -> list[list[bool]]:
        rows: list[list[bool]] = proposal["value"]
        whole = len(rows) == MAX_QUERIES and all(
            isinstance(row, list)
            and len(row) == MAX_KEYS
            and all(isinstance(cell, bool) for cell in row)
            for row in rows
        )
        if not whole:
            raise traitlets.TraitError(
                f"cells: expected {MAX_QUERIES} rows of {MAX_KEYS} times True or False"
            )
        return rows

    @traitlets.observe("n_queries")  # type: ignore[untyped-decorator]
    def _keep_picked(self, change: dict[str, Any]) -> None:
        self.picked = min(self.picked, change["new"] - 1)

    @traitlets.observe("n_keys")  # type: ignore[untyped-decorator]
    def _keep_padding(self, change: dict[str, Any]) -> None:
        self.n_padding = min(self.n_padding, change["new"])


def _parameters(draw: torch.Generator) -> dict[str, Any]:
    """Draw the learned scores' parameters, for any d_k.

    Each is divided by the size in use: the general score's by d_k, the additive score's
    by √d_k (W and U) and √8 (v). That gives the ranges the classes themselves start with.
    """

    def uniform(bound: float, *shape: int) -> Tensor:
        return torch.empty(shape, dtype=torch.float32, device="cpu").uniform_(
            -bound, bound, generator=draw
        )

    return {
        "general": _rows(uniform(math.sqrt(3), MAX_D_K, MAX_D_K), 2),
        "from_query": _rows(uniform(1, D_HIDDEN, MAX_D_K), 3),
        "from_key": _rows(uniform(1, D_HIDDEN, MAX_D_K), 3),
        "to_score": _rows(uniform(1, 1, D_HIDDEN), 3)[0],
    }


def _rows(tensor: Tensor, digits: int) -> list[list[float]]:
    return [[round(number, digits) for number in row] for row in tensor.tolist()]


def _given_rows(name: str, tensor: Tensor) -> list[list[float]]:
    axes = {"query": "n_queries d_k", "key": "n_keys d_k", "value": "n_keys d_v"}[name]
    check_axes(name, tensor, axes)
    most = (MAX_QUERIES, MAX_D_VALUE if name == "value" else MAX_D_K)
    if not all(
        1 <= size <= limit for size, limit in zip(tensor.shape, most, strict=True)
    ):
        raise ValueError(
            f"{name}: expected 1 to {most[0]} rows of 1 to {most[1]} numbers, "
            f"got shape {tuple(tensor.shape)}"
        )
    check_within(name, tensor, -LARGEST, LARGEST)
    return _rows(tensor.detach(), 4)


def _mask_rows(mask: Tensor, n_queries: int, n_keys: int) -> list[list[bool]]:
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        got = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(f"mask: expected a name or a boolean tensor, got {got}")
    if mask.shape != (n_queries, n_keys):
        raise ValueError(
            f"mask: expected shape (n_queries, n_keys) = ({n_queries}, {n_keys}), "
            f"got {tuple(mask.shape)}"
        )
    rows: list[list[bool]] = mask.tolist()
    return rows


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


def _number(value: float | Tensor) -> str:
    return f"{float(value):.2f}".replace("-0.00", "0.00").replace("-", "−")
