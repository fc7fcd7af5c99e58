"""Chapter 2: one step of a gated recurrent unit, every number of it open to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import traitlets
from torch import Tensor, nn

from ...encoder_decoder import gru_step
from ..shared.base import CourseWidget, double
from ..shared.fallback import html_table

__all__ = ["GruStep"]

N = 2  # numbers of the state
LARGEST = {"x": 5.0, "before": 1.0}  # of a number; of a weight:
LARGEST_WEIGHT = 10.0
VECTORS = ("before", "w_r", "w_z", "w_n")


class GruStep(CourseWidget):
    """Work one step of a GRU out by hand: two gates → candidate → new state.

    Formula: ``r = σ(W_r x)``, ``z = σ(W_z x)``, ``n = tanh(W_n x + r ⊙ U_n h)``,
    ``h' = z ⊙ h + (1 − z) ⊙ n``

    Args:
        x: the input, one number from -5 to 5.
        before: the state ``h`` before the step, two numbers from -1 to 1.
        w_r, w_z, w_n: the input's weights, two numbers from -10 to 10 each.
        u_n: the state's weights ``(2, 2)`` in the candidate, from -10 to 10.

    The other weights of the state, ``U_r`` and ``U_z``, and all biases are zeros, as in
    the chapter's example, with which it begins.

    Raises:
        TraitError: a number out of range, now or later; it names the trait and the range.

    Source: Cho et al. 2014 (arXiv 1406.1078), section 2.3, as torch writes it. Chapter 2.
    """

    x = traitlets.Float(1.0).tag(sync=True)
    before = traitlets.List().tag(sync=True)
    w_r = traitlets.List().tag(sync=True)
    w_z = traitlets.List().tag(sync=True)
    w_n = traitlets.List().tag(sync=True)
    u_n = traitlets.List().tag(sync=True)

    def __init__(
        self,
        x: float = 1.0,
        before: Sequence[float] = (0.8, -0.6),
        w_r: Sequence[float] = (0.0, 0.0),
        w_z: Sequence[float] = (3.0, -3.0),
        w_n: Sequence[float] = (1.0, 1.0),
        u_n: Sequence[Sequence[float]] = ((0.0, 1.0), (1.0, 0.0)),
        **kwargs: Any,
    ) -> None:
        super().__init__(
            x=x, before=before, w_r=w_r, w_z=w_z, w_n=w_n, u_n=u_n, **kwargs
        )

    def cell(self) -> nn.GRUCell:
        """Return torch's own cell with these weights, in double precision."""
        cell = nn.GRUCell(1, N, dtype=torch.double, device="cpu")
        zeros = [[0.0] * N] * N
        weights = {
            "weight_ih": double([self.w_r, self.w_z, self.w_n]).view(3 * N, 1),
            "weight_hh": double([*zeros, *zeros, *self.u_n]),
            "bias_ih": double([0.0] * 3 * N),
            "bias_hh": double([0.0] * 3 * N),
        }
        cell.load_state_dict(weights)
        return cell

    def gates(self) -> tuple[Tensor, Tensor]:
        """Return ``(r, z)``, two numbers from 0 to 1 each."""
        return (
            torch.sigmoid(double(self.w_r) * self.x),
            torch.sigmoid(double(self.w_z) * self.x),
        )

    def candidate(self) -> Tensor:
        """Return ``n``, what the state would become if nothing were kept."""
        moved = double(self.u_n) @ double(self.before)
        return torch.tanh(double(self.w_n) * self.x + self.gates()[0] * moved)

    def after(self) -> Tensor:
        """Return the state after the step, by :func:`gru_step`."""
        with torch.no_grad():
            state = double([self.before])
            return gru_step(double([[self.x]]), state, self.cell())[0]

    def summary(self) -> str:
        """Say for each number of the state how much is kept and what it becomes."""
        parts = [
            f"number {m} keeps {100 * keep:.0f} % of {_short(old)} and becomes {_short(new)}"
            for m, (keep, old, new) in enumerate(
                zip(
                    self.gates()[1].tolist(),
                    self.before,
                    self.after().tolist(),
                    strict=True,
                ),
                start=1,
            )
        ]
        return f"with the input {_short(self.x)}, {'; '.join(parts)}"

    def fallback(self) -> str:
        """Return every step as an HTML table, one column for each number of the state."""
        (r, z), n, before = self.gates(), self.candidate(), double(self.before)
        rows = {
            "state before, h": before,
            "weights W_r, W_z, W_n": None,
            "r = σ(W_r x)": r,
            "z = σ(W_z x)": z,
            "1 − z": 1 - z,
            "U_n h": double(self.u_n) @ before,
            "n = tanh(W_n x + r · U_n h)": n,
            "z · h, kept": z * before,
            "(1 − z) · n, new": (1 - z) * n,
            "state after": self.after(),
        }
        weights = [
            ", ".join(_short(w[m]) for w in (self.w_r, self.w_z, self.w_n))
            for m in range(N)
        ]
        return html_table(
            f"One step of a GRU: {self.summary()}.",
            ["step", "number 1", "number 2"],
            [
                [name, *(weights if row is None else map(_short, row.tolist()))]
                for name, row in rows.items()
            ],
        )

    @traitlets.validate("x")  # type: ignore[untyped-decorator]
    def _check_x(self, proposal: dict[str, Any]) -> float:
        return _checked("x", proposal["value"])

    @traitlets.validate(*VECTORS)  # type: ignore[untyped-decorator]
    def _check_vector(self, proposal: dict[str, Any]) -> list[float]:
        return _vector(proposal["trait"].name, proposal["value"])

    @traitlets.validate("u_n")  # type: ignore[untyped-decorator]
    def _check_matrix(self, proposal: dict[str, Any]) -> list[list[float]]:
        rows = proposal["value"]
        if len(rows) != N:
            raise traitlets.TraitError(f"u_n: expected {N} rows, got {rows}")
        return [_vector("u_n", row) for row in rows]


def _vector(name: str, numbers: Any) -> list[float]:
    if not isinstance(numbers, (list, tuple)) or len(numbers) != N:
        raise traitlets.TraitError(f"{name}: expected {N} numbers, got {numbers!r}")
    return [_checked(name, number) for number in numbers]


def _checked(name: str, number: Any) -> float:
    most = LARGEST.get(name, LARGEST_WEIGHT)
    fits = isinstance(number, (int, float)) and not isinstance(number, bool)
    if not fits or not abs(number) <= most:
        raise traitlets.TraitError(
            f"{name}: expected numbers from {-most:g} to {most:g}, got {number!r}"
        )
    return float(number)


def _short(value: float) -> str:
    """Write a number with at most three decimals: 0.791, −0.6, 3."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "−")
