"""Chapter 4: sinusoidal positions, and why near positions look alike."""

from __future__ import annotations

import math
from typing import Any

import torch
import traitlets
from torch import Tensor

from ...embedding import sinusoidal_positions
from ..shared.base import CourseWidget, check_range
from ..shared.fallback import html_table

__all__ = ["PositionExplorer"]

N_POSITIONS = 100
MAX_DIM = 64
MAX_BASE = 1_000_000.0
TOLD = [0, 1, 2, 5, 10, 20, 50, 99]  # distances in the view without scripts


class PositionExplorer(CourseWidget):
    """Explore sinusoidal positions: two positions → their vectors → how alike they are.

    Formula: ``p[t, 2i] = sin(t / base^(2i / d_model))``, ``p[t, 2i + 1] = cos(…)``;
    ``p[s] · p[t] = Σ_i cos((s - t) / base^(2i / d_model))``, which depends on ``s - t`` only

    Args:
        d_model: numbers in a position's vector, even, 2 to 64.
        base: wavelengths grow from 2π by a factor of ``base^(2 / d_model)`` a pair, and stay
            below 2π · base; 1 to 1,000,000.
        first: a position, 0 to 99.
        second: another, 0 to 99.

    Raises:
        TraitError: a number out of range, now or later; it names the trait and the range.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), section 3.5. Chapter 4.
    """

    d_model = traitlets.Int(16).tag(sync=True)
    base = traitlets.Float(10_000.0).tag(sync=True)
    first = traitlets.Int(20).tag(sync=True)
    second = traitlets.Int(30).tag(sync=True)

    def __init__(
        self,
        d_model: int = 16,
        base: float = 10_000.0,
        first: int = 20,
        second: int = 30,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            d_model=d_model, base=base, first=first, second=second, **kwargs
        )

    def positions(self) -> Tensor:
        """Return the vectors of all positions ``(100, d_model)``."""
        with torch.device("cpu"):
            return sinusoidal_positions(N_POSITIONS, self.d_model, base=self.base)

    def vectors(self) -> Tensor:
        """Return the vectors of the two picked positions ``(2, d_model)``."""
        return self.positions()[[self.first, self.second]]

    def distance(self) -> int:
        """Return how many steps lie between the two positions."""
        return abs(self.first - self.second)

    def wavelengths(self) -> list[float]:
        """List each pair's wavelength, ``2π · base^(2i / d_model)`` positions, shortest first."""
        return [
            2 * math.pi * self.base ** (k / self.d_model)
            for k in range(0, self.d_model, 2)
        ]

    def dot_product(self) -> float:
        """Return the dot product of the two positions' vectors."""
        first, second = self.vectors()
        return float(first @ second)

    def similarity(self) -> Tensor:
        """Return the cosine of two positions at each distance from 0 to 99 ``(100,)``.

        Every vector has the length ``√(d_model / 2)``, so the cosine is the dot product
        divided by ``d_model / 2``.
        """
        positions = self.positions()
        return positions @ positions[0] / (self.d_model / 2)  # (100,)

    def cosine(self) -> float:
        """Return the cosine of the two positions' vectors."""
        return float(self.similarity()[self.distance()])

    def summary(self) -> str:
        """Say how far apart and how alike the two positions are."""
        steps = "position" if self.distance() == 1 else "positions"
        return (
            f"positions {self.first} and {self.second}, {self.distance()} {steps} apart, "
            f"d_model = {self.d_model}, base {self.base:,.10g}: dot product "
            f"{_number(self.dot_product())}, cosine {_number(self.cosine())}"
        )

    def fallback(self) -> str:
        """Return the pairs of dimensions and the similarity by distance as HTML tables."""
        first, second = self.vectors().reshape(2, -1, 2).tolist()  # (2, d_model / 2, 2)
        rows = []
        for i, wavelength in enumerate(self.wavelengths()):
            vectors = [
                ", ".join(map(_number, numbers)) for numbers in (first[i], second[i])
            ]
            share = math.cos(2 * math.pi * self.distance() / wavelength)
            rows.append(
                [
                    f"{2 * i}, {2 * i + 1}",
                    _places(wavelength),
                    *vectors,
                    _number(share),
                ]
            )
        rows.append(["sum", "", "", "", _number(self.dot_product())])
        pairs = html_table(
            f"Positions: {self.summary()}.",
            [
                "pair of dimensions",
                "wavelength in positions",
                f"position {self.first}",
                f"position {self.second}",
                "product",
            ],
            rows,
        )
        similarity = self.similarity()
        by_distance = html_table(
            "Similarity of any two positions by their distance.",
            ["distance", *map(str, TOLD)],
            [["cosine", *(_number(float(similarity[n])) for n in TOLD)]],
        )
        return f"{pairs}\n{by_distance}"

    @traitlets.validate("d_model", "first", "second")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        if name != "d_model":
            return check_range(name, value, 0, N_POSITIONS - 1)
        if isinstance(value, bool) or value % 2 or not 2 <= value <= MAX_DIM:
            raise traitlets.TraitError(
                f"d_model: expected an even number from 2 to {MAX_DIM}, got {value}"
            )
        return int(value)

    @traitlets.validate("base")  # type: ignore[untyped-decorator]
    def _check_base(self, proposal: dict[str, Any]) -> float:
        value = proposal["value"]
        if isinstance(value, bool) or not 1 <= value <= MAX_BASE:
            raise traitlets.TraitError(
                f"base: expected a number from 1 to {MAX_BASE:,.0f}, got {value}"
            )
        return float(value)


def _places(length: float) -> str:
    return f"{length:,.1f}" if length < 100 else f"{length:,.0f}"


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")
