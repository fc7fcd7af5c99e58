"""Chapter 5: which cells a cell of a grid attends to, and what that saves."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from ...grid_attention import (
    count_scores,
    map_cells,
    nearby_attention_direct,
    neighbourhood,
    weights_on_grid,
)
from ...shapes import check_whole
from ..shared.base import CourseWidget
from ..shared.fallback import html_table

__all__ = ["NeighbourhoodExplorer"]

MAX_SIZE = 8  # of an axis, so that every cell can be drawn
MAX_EXTENT = 4
D = 4  # numbers of a toy vector
STEPS = 32  # toy vectors are whole multiples of 1/32: a byte for each number
AXES = ("frames", "rows", "columns")


class NeighbourhoodExplorer(CourseWidget):
    """Explore 3D nearby attention: a query cell → its neighbours, weights and costs.

    Formula: ``N(i, j, k) = {(a, b, c) : |a − i'| ≤ e_F, |b − j'| ≤ e_H, |c − k'| ≤ e_W}``,
    ``i' = ⌊i · F' / F⌋`` and so on, clipped at the borders of the context

    Args:
        sizes: frames, rows and columns of the grid X that asks, each 1 to 8.
        context_sizes: those of the context C; ``None`` = C is X, self-attention.
        extent: half of the window along each axis, 0 to 4; or one number for all three.
        cell: the query's frame, row and column, from 0; the middle of X by default.
        causal: only cells up to the query's own; C then needs the sizes of X.
        seed: for the toy vectors.

    The weights come from toy vectors: random, 4 numbers for each cell, one set of queries
    and one of keys. They know nothing of places or of pictures.

    Raises:
        TraitError: a number out of range, or causal with unequal sizes, now or later; it
            names the trait and the range.

    Smaller ``sizes`` move ``cell`` to the border where they must; sizes that become
    unequal switch ``causal`` off.
    Source: Wu et al. 2021 (arXiv 2111.12417), section 3.2. Chapter 5.
    """

    vectors = traitlets.Unicode(read_only=True).tag(
        sync=True
    )  # (2, 8, 8, 8, D), base64
    sizes = traitlets.List(traitlets.Int(), [4, 6, 6]).tag(sync=True)
    context_sizes = traitlets.List(
        traitlets.Int(), default_value=None, allow_none=True
    ).tag(sync=True)
    extent = traitlets.List(traitlets.Int(), [1, 1, 1]).tag(sync=True)
    cell = traitlets.List(traitlets.Int(), [0, 0, 0]).tag(sync=True)
    causal = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        sizes: Sequence[int] = (4, 6, 6),
        context_sizes: Sequence[int] | None = None,
        extent: int | Sequence[int] = (1, 1, 1),
        cell: Sequence[int] | None = None,
        causal: bool = False,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        seed = check_whole("seed", seed)
        draw = torch.Generator(device="cpu").manual_seed(seed)
        size = 2, *[MAX_SIZE] * 3, D
        toys = torch.randn(size, generator=draw, dtype=torch.float32, device="cpu")
        levels = (toys * STEPS).round().clamp(-127, 127).to(torch.int8)
        self.set_trait("vectors", base64.b64encode(levels.numpy().tobytes()).decode())
        if isinstance(extent, int):
            extent = [extent] * 3
        if cell is None:
            _check_three("sizes", sizes, 1, [MAX_SIZE] * 3)
            cell = [size // 2 for size in sizes]
        super().__init__(
            sizes=sizes,
            context_sizes=context_sizes,
            extent=extent,
            cell=cell,
            causal=causal,
            **kwargs,
        )

    @property
    def context(self) -> list[int]:
        """Frames, rows and columns of the context C: those of X where C is X."""
        return list(self.sizes if self.context_sizes is None else self.context_sizes)

    def mapped(self) -> list[int]:
        """Return the cell of C that lies where the query's cell lies in X."""
        with torch.device("cpu"):  # where its indices are made
            maps = map_cells(self.sizes, self.context)
        return [int(line[at]) for line, at in zip(maps, self.cell, strict=True)]

    def neighbours(self) -> Tensor:
        """List the cells that the query may attend to, ``(n, 3)``, in order of reading."""
        with torch.device("cpu"):  # where its indices are made
            cells, inside = neighbourhood(
                self.sizes, self.context, self.extent, causal=self.causal
            )
        i, j, k = self.cell
        near = cells[i, j, k][inside[i, j, k]]  # (n,)
        return torch.stack(torch.unravel_index(near, self.context), dim=-1)  # (n, 3)

    def weights(self) -> Tensor:
        """Return the query's weights on C, ``(F', H', W')``: zero outside its window."""
        query, key = self._toys()
        i, j, k = self.cell
        with torch.device("cpu"):  # where its indices are made
            _, weights = nearby_attention_direct(
                query, key, key, self.extent, causal=self.causal
            )
            return weights_on_grid(weights, self.context)[i, j, k]

    def counts(self) -> dict[str, int]:
        """Count scores: of this query, of its window unclipped, of all, of full attention.

        The keys are ``query``, ``window``, ``nearby`` and ``full``. Causal full attention
        scores each pair of cells once, and each cell with itself.
        """
        n_queries = math.prod(self.sizes)
        full = n_queries * math.prod(self.context)
        with torch.device("cpu"):  # where its indices are made
            nearby = count_scores(
                self.sizes, self.context, self.extent, causal=self.causal
            )
        return {
            "query": len(self.neighbours()),
            "window": math.prod(2 * e + 1 for e in self.extent),
            "nearby": nearby,
            "full": n_queries * (n_queries + 1) // 2 if self.causal else full,
        }

    def summary(self) -> str:
        """Say where the query looks, and what all queries cost against full attention."""
        counts = self.counts()
        context = "X itself" if self.context_sizes is None else _sizes(self.context)
        return (
            f"query ({_cell(self.cell)}) of X, {_sizes(self.sizes)}, maps to "
            f"({_cell(self.mapped())}) of C, {context}, and scores {counts['query']} of the "
            f"{counts['window']} cells of its{' causal' if self.causal else ''} window; all "
            f"queries: {counts['nearby']:,} scores, full attention "
            f"{counts['full']:,}, {counts['full'] / counts['nearby']:.1f} times as many"
        )

    def fallback(self) -> str:
        """Return the window along each axis, the weights and the counts as HTML tables."""
        axes = []
        for n, name in enumerate(AXES):
            at, size, context = self.cell[n], self.sizes[n], self.context[n]
            centre, e = self.mapped()[n], self.extent[n]
            first, last = max(centre - e, 0), min(centre + e, context - 1)
            axes.append(
                [
                    name,
                    f"⌊{at} · {context} / {size}⌋ = {centre}",
                    f"{centre - e} to {centre + e}".replace("-", "−"),
                    f"{first} to {last}, {2 * e - last + first} cut off",
                ]
            )
        weights, near = self.weights(), self.neighbours().tolist()
        lines = sorted({(a, b) for a, b, _ in near})
        rows = []
        for a, b in lines:
            cells = [
                f"{float(weights[a, b, c]):.2f}" if [a, b, c] in near else "·"
                for c in range(self.context[2])
            ]
            if [a, b] == self.mapped()[:2]:
                cells[self.mapped()[2]] = f"[{cells[self.mapped()[2]]}]"
            rows.append([f"frame {a}, row {b}", *cells])
        counts = self.counts()
        return "\n".join(
            [
                html_table(
                    f"3D nearby attention: {self.summary()}.",
                    ["axis", "maps to", "window", "inside C"],
                    axes,
                ),
                html_table(
                    "Weights on the columns of C, from random toy vectors; in brackets the "
                    "cell that the query maps to.",
                    ["column", *map(str, range(self.context[2]))],
                    rows,
                ),
                html_table(
                    "Scores, for one head.",
                    ["what", "scores"],
                    [
                        ["this query", f"{counts['query']:,}"],
                        ["all queries, nearby", f"{counts['nearby']:,}"],
                        ["all queries, full attention", f"{counts['full']:,}"],
                    ],
                ),
            ]
        )

    def _toys(self) -> tuple[Tensor, Tensor]:
        """Return the toy queries ``(F, H, W, D)`` and keys ``(F', H', W', D)``."""
        levels = np.frombuffer(base64.b64decode(self.vectors), np.int8)
        toys = torch.from_numpy(levels / STEPS).reshape(2, *[MAX_SIZE] * 3, D)
        (f, h, w), (f2, h2, w2) = self.sizes, self.context
        return toys[0, :f, :h, :w], toys[1, :f2, :h2, :w2]

    @traitlets.validate("sizes", "context_sizes", "extent", "cell")  # type: ignore[untyped-decorator]
    def _check_numbers(self, proposal: dict[str, Any]) -> list[int] | None:
        name, value = proposal["trait"].name, proposal["value"]
        if name == "context_sizes" and value is None:
            return None
        if name == "extent":
            return _check_three(name, value, 0, [MAX_EXTENT] * 3)
        if name != "cell":
            return _check_three(name, value, 1, [MAX_SIZE] * 3)
        # Traits set together are checked in any order: name the cause, not what follows.
        sizes = _check_three("sizes", self.sizes, 1, [MAX_SIZE] * 3)
        return _check_three(name, value, 0, [size - 1 for size in sizes])

    @traitlets.validate("causal")  # type: ignore[untyped-decorator]
    def _check_causal(self, proposal: dict[str, Any]) -> bool:
        if proposal["value"] and self.context != list(self.sizes):
            raise traitlets.TraitError(
                f"causal: expected a context of the sizes of X, {_sizes(self.sizes)}, "
                f"got {_sizes(self.context)}"
            )
        return bool(proposal["value"])

    @traitlets.observe("sizes", "context_sizes")  # type: ignore[untyped-decorator]
    def _keep_inside(self, change: dict[str, Any]) -> None:
        self.causal = self.causal and self.context == list(self.sizes)
        self.cell = [
            min(at, size - 1) for at, size in zip(self.cell, self.sizes, strict=True)
        ]


def _check_three(
    name: str, value: Sequence[int], low: int, highs: Sequence[int]
) -> list[int]:
    """Return three whole numbers as a list if each is in its range."""
    fits = len(value) == 3 and all(
        isinstance(number, int) and not isinstance(number, bool) for number in value
    )
    if not fits or not all(
        low <= number <= high for number, high in zip(value, highs, strict=True)
    ):
        ranges = " and ".join(f"{low} to {high}" for high in dict.fromkeys(highs))
        raise traitlets.TraitError(
            f"{name}: expected 3 whole numbers from {ranges}, got {list(value)}"
        )
    return list(value)


def _cell(cell: Sequence[int]) -> str:
    return ", ".join(map(str, cell))


def _sizes(sizes: Sequence[int]) -> str:
    return " × ".join(map(str, sizes))
