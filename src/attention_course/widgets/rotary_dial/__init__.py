"""Chapter 6: a query and a key, turned by their positions on one dial a pair."""

from __future__ import annotations

import math
from typing import Any

import torch
import traitlets

from ...attention_today import rotate
from ..shared.base import CourseWidget, check_range, double
from ..shared.fallback import html_table

__all__ = ["RotaryDial"]

QUERY = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]
KEY = [0.8, 0.6, 0.6, 0.8, 1.0, 0.0]
BASE = 100.0  # so that the last of three pairs can be seen to turn
N_PLACES = 64


class RotaryDial(CourseWidget):
    """Turn a query and a key: two positions → the hands of three dials → a score.

    Formula: pair ``m`` is turned by ``position · base^(-m / 3)``; the score is the sum of
    the pairs' dot products, ``Σ_m |q_m| |k_m| cos(angle between the hands)``

    Args:
        first: position of the query, 0 to 63.
        second: position of the key, 0 to 63.

    Raises:
        TraitError: a position out of range, now or later; it names the trait and the range.

    Source: Su et al. 2021 (arXiv 2104.09864), section 3.2. Chapter 6.
    """

    first = traitlets.Int(7).tag(sync=True)
    second = traitlets.Int(5).tag(sync=True)

    def __init__(self, first: int = 7, second: int = 5, **kwargs: Any) -> None:
        super().__init__(first=first, second=second, **kwargs)

    def turned(self) -> torch.Tensor:
        """Return the turned query and key, ``(2, 6)``."""
        both = double([QUERY, KEY])
        places = torch.tensor([self.first, self.second], device="cpu")
        return rotate(both, places, BASE)  # (2, 6)

    def products(self) -> list[float]:
        """List what each pair adds to the score."""
        query, key = self.turned()
        return [float(part) for part in (query * key).unflatten(0, (3, 2)).sum(-1)]

    def angles(self) -> list[list[float]]:
        """List the angles of both hands on each dial, in degrees from 0 to 360."""
        pairs = self.turned().unflatten(1, (3, 2))  # (2, 3, 2)
        turned = torch.atan2(pairs[..., 1], pairs[..., 0]) * 180 / math.pi
        return [[float(a) % 360 for a in row] for row in turned]

    def summary(self) -> str:
        """Say the positions and the score."""
        return (
            f"query at position {self.first}, key at position {self.second}: "
            f"score {_number(sum(self.products()))}"
        )

    def fallback(self) -> str:
        """Return the hands and what they add as an HTML table."""
        query, key = self.angles()
        rows = [
            [f"pair {m}", f"{query[m]:.0f}°", f"{key[m]:.0f}°", _number(product)]
            for m, product in enumerate(self.products())
        ]
        rows.append(["sum", "", "", _number(sum(self.products()))])
        return html_table(
            f"Dials: {self.summary()}.",
            ["pair of numbers", "query's hand", "key's hand", "product"],
            rows,
        )

    @traitlets.validate("first", "second")  # type: ignore[untyped-decorator]
    def _check(self, proposal: dict[str, Any]) -> int:
        name = proposal["trait"].name
        return check_range(name, proposal["value"], 0, N_PLACES - 1)


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")
