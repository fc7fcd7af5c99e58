"""One call under check."""

from __future__ import annotations

import operator
from typing import Any

from torch import Tensor, nn

from .basics import (
    NOTHING,
    check_broadcast,
    check_dtype,
    check_leading,
    check_own_dtype,
    first_parameter,
    match_axes,
)


class Call:
    """One call under check: its arguments and, as they are met, the sizes of their axes."""

    def __init__(self, layer: Any, weight: str, same: str) -> None:
        self.layer, self.weight, self.same = layer, weight, same
        self.given: dict[str, Any] = {}
        self.axes: dict[str, str] = {}  # of each tensor, in words
        self.sizes: dict[str, int] = {}
        self.floating: dict[str, Tensor] = {}

    def find(self, name: str) -> Any:
        """Return an argument or part of one, an axis' size, or what the layer keeps."""
        for known in (self.given, self.sizes):
            if name in known:
                return known[name]
        first, _, rest = name.partition(".")
        if rest and first in self.given:
            return operator.attrgetter(rest)(self.given[first])
        return operator.attrgetter(name)(self.layer)

    def match(self, name: str, tensor: Tensor, axes: str, floating: bool) -> None:
        """Match a tensor with its axes, and remember both."""
        kept = NOTHING if self.layer is None else vars(self.layer)
        match_axes(name, tensor, axes, self.sizes, floating, kept)
        self.axes[name] = axes
        if floating:
            self.floating[name] = tensor

    def check_together(self) -> None:
        """Check leading axes and dtypes of the floating-point tensors met until now."""
        tensors, self.floating = self.floating, {}
        if not tensors:
            return
        if self.same:
            check_leading(self.same, **tensors)
        else:
            check_broadcast(**tensors)
        if self.weight:
            check_dtype(**tensors, weight=self.find(self.weight))
        else:
            if isinstance(self.layer, nn.Module):
                check_own_dtype(first_parameter(self.layer), tensors)
            check_dtype(**tensors)
        *grid, _ = self.same.split() or [""]
        for name, tensor in tensors.items() if grid else ():
            if 0 in tensor.shape[-len(grid) - 1 : -1]:
                wanted = "a positive integer, got 0"
                raise ValueError(f"{name}'s {', '.join(grid)}: expected {wanted}")
