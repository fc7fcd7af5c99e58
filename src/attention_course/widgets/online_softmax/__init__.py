"""Chapter 6: a softmax over a row of scores, taken block by block."""

from __future__ import annotations

import math
from typing import Any

import traitlets
from torch import Tensor

from ...attention import attend
from ...attention_today import attend_online
from ...shapes import check_axes
from ..shared.base import CourseWidget, check_range, check_within, double
from ..shared.fallback import html_table

__all__ = ["OnlineSoftmax"]

MAX_KEYS = 16
MAX_D_V = 4
LARGEST = 100.0  # of a number
ORDERS = {
    "given": "as they stand",
    "rising": "largest score last",
    "falling": "largest score first",
}
SCORES = [0.5, 2.0, -1.0, 1.5, 3.0, 0.0, 2.5, 1.0]
VALUES = [[1.0, 0.0], [0.0, 1.0], [3.0, 2.0], [-1.0, 1.0]] * 2


class OnlineSoftmax(CourseWidget):
    """Step over the keys of one query block by block: largest, total, mixed → output.

    Formula: ``m' = max(m, max_j s_j)``, ``total' = e^(m - m') total + Σ_j e^(s_j - m')``,
    ``mixed' = e^(m - m') mixed + Σ_j e^(s_j - m') v_j`` over the keys ``j`` of a block;
    the output is ``mixed / total``

    Args:
        scores: floating-point ``(Tk,)``, ``Tk`` from 1 to 16; eight of ours without.
        values: floating-point ``(Tk, d_v)``, ``d_v`` from 1 to 4; ours without.
        block: how many keys are read together, 1 to ``Tk``.
        step: how many blocks have been read; more than there are count as all of them.
        order: in which order the keys come, "given", "rising" or "falling" by score.

    Numbers lie between -100 and 100 and are rounded to four decimals.

    Raises:
        TypeError, ValueError: a tensor of the wrong kind, shape or size.
        TraitError: a number out of range, now or later; it names the trait and the range.

    Source: Milakov and Gimelshein 2018 (arXiv 1805.02867), algorithm 3. Chapter 6.
    """

    scores = traitlets.List(read_only=True).tag(sync=True)
    values = traitlets.List(read_only=True).tag(sync=True)
    block = traitlets.Int(3).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    order = traitlets.Unicode("given").tag(sync=True)

    def __init__(
        self,
        scores: Tensor | None = None,
        values: Tensor | None = None,
        block: int | None = None,
        step: int = 0,
        order: str = "given",
        **kwargs: Any,
    ) -> None:
        row = SCORES if scores is None else _given("scores", scores, "Tk")
        rows = VALUES if values is None else _given("values", values, "Tk d_v")
        if len(row) != len(rows):
            wanted = "expected a value for each score"
            raise ValueError(f"values: {wanted}, {len(row)}, got {len(rows)}")
        self.set_trait("scores", row)
        self.set_trait("values", rows)
        if block is None:
            block = min(3, len(row))
        super().__init__(block=block, step=step, order=order, **kwargs)

    def ordered(self) -> tuple[Tensor, Tensor]:
        """Return scores ``(Tk,)`` and values ``(Tk, d_v)`` in the order they come in."""
        scores, values = double(self.scores), double(self.values)
        if self.order != "given":
            falling = self.order == "falling"
            places = scores.argsort(stable=True, descending=falling)
            scores, values = scores[places], values[places]
        return scores, values

    def n_blocks(self) -> int:
        """Return how many blocks the keys make."""
        return math.ceil(len(self.scores) / self.block)

    def n_read(self, step: int) -> int:
        """Return how many keys have been read after some steps."""
        return min(step * self.block, len(self.scores))

    def kept(self, step: int) -> tuple[float, float, Tensor]:
        """Return what is kept after some steps: largest, total, and mixed ``(d_v,)``.

        Computed at once from all keys that have been read, not step by step.
        """
        scores, values = (part[: self.n_read(step)] for part in self.ordered())
        largest = float(scores.max()) if len(scores) else -math.inf
        shares = (scores - largest).exp()  # (n_read,)
        return largest, float(shares.sum()), shares @ values

    def output(self) -> Tensor:
        """Return the output ``(d_v,)`` as :func:`attend_online` computes it."""
        return attend_online(*self._one_query(), block=self.block)[0]

    def whole(self) -> Tensor:
        """Return the output ``(d_v,)`` as :func:`attend` computes it, all keys at once."""
        return attend(*self._one_query())[0][0]

    def _one_query(self) -> tuple[Tensor, Tensor, Tensor]:
        scores, values = self.ordered()
        # One query, the number 1: its product with a key is the key itself.
        return double([[1.0]]), scores.unsqueeze(-1), values

    def summary(self) -> str:
        """Say how far the reading has come, and what is kept."""
        step, n = min(self.step, self.n_blocks()), self.n_blocks()
        keys = "key" if len(self.scores) == 1 else "keys"
        start = (
            f"{len(self.scores)} {keys} in blocks of {self.block}, {ORDERS[self.order]}"
        )
        if step == 0:
            return f"{start}, before the first of {n}"
        largest, total, mixed = self.kept(step)
        return (
            f"{start}, after block {step} of {n}: largest score {_number(largest)}, "
            f"total {_number(total)}, output so far {_vector(mixed / total)}"
        )

    def fallback(self) -> str:
        """Return what is kept after each block as an HTML table."""
        rows, before = [], -math.inf
        for step in range(1, self.n_blocks() + 1):
            largest, total, mixed = self.kept(step)
            first, last = self.n_read(step - 1), self.n_read(step)
            scores = self.ordered()[0][first:last]
            rows.append(
                [
                    str(step),
                    ", ".join(map(_number, scores.tolist())),
                    *map(_number, (largest, math.exp(before - largest), total)),
                    _vector(mixed / total),
                ]
            )
            before = largest
        rows.append(["all at once", "", "", "", "", _vector(self.whole())])
        header = ["block", "scores", "largest so far", "factor", "total"]
        caption = f"Softmax online: {self.summary()}."
        return html_table(caption, [*header, "output so far"], rows)

    @traitlets.validate("block", "step")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name = proposal["trait"].name
        low = 1 if name == "block" else 0
        return check_range(name, proposal["value"], low, len(self.scores))

    @traitlets.validate("order")  # type: ignore[untyped-decorator]
    def _check_order(self, proposal: dict[str, Any]) -> str:
        value: str = proposal["value"]
        if value not in ORDERS:
            wanted = ", ".join(ORDERS)
            raise traitlets.TraitError(
                f"order: expected one of {wanted}, got {value!r}"
            )
        return value


def _given(name: str, tensor: Tensor, axes: str) -> list[Any]:
    sizes = check_axes(name, tensor, axes)
    most = {"Tk": MAX_KEYS, "d_v": MAX_D_V}
    for axis, size in sizes.items():
        if not 1 <= size <= most[axis]:
            wanted = f"expected {axis} from 1 to {most[axis]}"
            raise ValueError(f"{name}: {wanted}, got shape {tuple(tensor.shape)}")
    check_within(name, tensor, -LARGEST, LARGEST)
    rounded: list[Any] = (tensor.detach().double() * 1e4).round().div(1e4).tolist()
    return rounded


def _vector(numbers: Tensor) -> str:
    return f"({', '.join(map(_number, numbers.tolist()))})"


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")
