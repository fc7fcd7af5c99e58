"""Chapter 6: a query and a key, turned by their positions on one dial a pair."""

from __future__ import annotations

import math
from typing import Any

import torch
import traitlets
from torch import Tensor

from ...attention_today import rotate
from ..shared.base import CourseWidget, check_range, double
from ..shared.fallback import html_table

__all__ = ["RotaryDial"]

QUERY = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]
KEY = [0.8, 0.6, 0.6, 0.8, 1.0, 0.0]
BASES = [10, 100, 1_000, 10_000]
N_POSITIONS = 64
TOLD = [0, 1, 2, 4, 8, 16, 32, 63]  # differences whose scores are listed


class RotaryDial(CourseWidget):
    """Turn a query and a key: two positions → the hands of three dials → a score.

    Formula: pair ``m`` is turned by ``position · base^(-m / 3)``; the score is the sum of
    the pairs' dot products, ``Σ_m |q_m| |k_m| cos(angle between the hands)``

    Args:
        first: position of the query, 0 to 63.
        second: position of the key, 0 to 63.
        base: 10, 100, 1,000 or 10,000: the larger, the slower the last hands.

    Raises:
        TraitError: a number out of range, now or later; it names the trait and the range.

    Source: Su et al. 2021 (arXiv 2104.09864), section 3.2. Chapter 6.
    """

    first = traitlets.Int(7).tag(sync=True)
    second = traitlets.Int(5).tag(sync=True)
    base = traitlets.Int(100).tag(sync=True)

    def __init__(
        self, first: int = 7, second: int = 5, base: int = 100, **kwargs: Any
    ) -> None:
        super().__init__(first=first, second=second, base=base, **kwargs)

    def turned(self) -> Tensor:
        """Return the turned query and key, ``(2, 6)``."""
        places = torch.tensor([self.first, self.second], device="cpu")
        return rotate(double([QUERY, KEY]), places, self.base)  # (2, 6)

    def products(self) -> list[float]:
        """List what each pair adds to the score."""
        query, key = self.turned()
        parts: list[float] = (query * key).unflatten(0, (3, 2)).sum(-1).tolist()
        return parts

    def angles(self) -> list[list[float]]:
        """List the angles of the query's and the key's hands, in degrees from 0 to 360."""
        pairs = self.turned().unflatten(1, (3, 2))  # (2, 3, 2)
        turned = torch.atan2(pairs[..., 1], pairs[..., 0]) * 180 / math.pi
        return [[float(a) % 360 for a in row] for row in turned]

    def speeds(self) -> list[float]:
        """List by how many degrees each pair turns from one position to the next."""
        return [180 / math.pi * self.base ** (-m / 3) for m in range(3)]

    def scores(self) -> list[float]:
        """List the scores of a query that stands 0, 1, 2, 4, … positions after the key."""
        places = torch.tensor(TOLD, device="cpu")
        queries = rotate(double([QUERY] * len(TOLD)), places, self.base)
        scores: list[float] = (queries @ double(KEY)).tolist()
        return scores

    def summary(self) -> str:
        """Say the positions and the score."""
        return (
            f"query at position {self.first}, key at position {self.second}, "
            f"base {self.base:,}: score {_number(sum(self.products()))}"
        )

    def fallback(self) -> str:
        """Return the hands, what they add, and the scores by distance as HTML tables."""
        query, key = self.angles()
        rows = [
            [
                f"pair {m}",
                *(f"{speed:.1f}°", f"{query[m]:.0f}°", f"{key[m]:.0f}°"),
                _number(product),
            ]
            for m, (speed, product) in enumerate(
                zip(self.speeds(), self.products(), strict=True)
            )
        ]
        rows.append(["sum", "", "", "", _number(sum(self.products()))])
        hands = html_table(
            f"Dials: {self.summary()}.",
            ["pair", "turns a position", "query's hand", "key's hand", "product"],
            rows,
        )
        by_distance = html_table(
            "Scores of a query that stands some positions after the key.",
            ["positions", *map(str, TOLD)],
            [["score", *map(_number, self.scores())]],
        )
        return f"{hands}\n{by_distance}"

    @traitlets.validate("first", "second")  # type: ignore[untyped-decorator]
    def _check_position(self, proposal: dict[str, Any]) -> int:
        name = proposal["trait"].name
        return check_range(name, proposal["value"], 0, N_POSITIONS - 1)

    @traitlets.validate("base")  # type: ignore[untyped-decorator]
    def _check_base(self, proposal: dict[str, Any]) -> int:
        value = check_range("base", proposal["value"], BASES[0], BASES[-1])
        if value not in BASES:
            raise traitlets.TraitError(f"base: expected one of {BASES}, got {value}")
        return value


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")
