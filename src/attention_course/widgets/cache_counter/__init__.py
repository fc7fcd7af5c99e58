"""Chapter 6: what a cache of keys and values holds, and what a step costs with it."""

from __future__ import annotations

from typing import Any

import traitlets

from ...attention_today import cache_bytes
from ..shared.base import CourseWidget, check_range
from ..shared.fallback import html_table

__all__ = ["CacheCounter"]

LIMITS = {
    "n_layers": (1, 128),
    "n_heads": (1, 64),
    "n_kv_heads": (1, 64),
    "d_head": (16, 256),
    "length": (1, 131_072),
}


class CacheCounter(CourseWidget):
    """Count a cache: a model's sizes and a text's length → bytes, and work for one token.

    Formula: ``2 · n_layers · n_kv_heads · d_head · length · 2`` bytes, in 16 bits

    Args:
        n_layers: blocks, 1 to 128.
        n_heads: heads that ask, a power of two up to 64.
        n_kv_heads: heads of keys and values, a power of two up to 64; more than
            ``n_heads`` count as ``n_heads``.
        d_head: numbers in a key, 16 to 256.
        length: tokens read or written, 1 to 131,072.

    Raises:
        TraitError: a number out of range, now or later; it names the trait and the range.

    Source: Shazeer 2019 (arXiv 1911.02150). Chapter 6.
    """

    n_layers = traitlets.Int(32).tag(sync=True)
    n_heads = traitlets.Int(32).tag(sync=True)
    n_kv_heads = traitlets.Int(32).tag(sync=True)
    d_head = traitlets.Int(128).tag(sync=True)
    length = traitlets.Int(4096).tag(sync=True)

    def __init__(
        self,
        n_layers: int = 32,
        n_heads: int = 32,
        n_kv_heads: int = 32,
        d_head: int = 128,
        length: int = 4096,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            n_layers=n_layers,
            n_heads=n_heads,
            n_kv_heads=n_kv_heads,
            d_head=d_head,
            length=length,
            **kwargs,
        )

    def shared(self) -> int:
        """Return how many heads of keys and values there are."""
        return min(self.n_kv_heads, self.n_heads)

    def bytes_of(self, n_kv_heads: int, length: int) -> int:
        """Count the bytes of a cache in 16 bits."""
        return cache_bytes(self.n_layers, n_kv_heads, self.d_head, length)

    def scores(self) -> int:
        """Count the scores of one more token, in all layers and heads."""
        return self.n_layers * self.n_heads * self.length

    def rows(self) -> list[tuple[str, int]]:
        """List what is counted, with its number."""
        return [
            ("cache, bytes a token", self.bytes_of(self.shared(), 1)),
            ("cache, bytes for the text", self.bytes_of(self.shared(), self.length)),
            (
                "the same, were no head shared",
                self.bytes_of(self.n_heads, self.length),
            ),
            ("keys computed for one more token", self.n_layers * self.shared()),
            (
                "the same, without a cache",
                self.n_layers * self.shared() * self.length,
            ),
            ("scores of one more token", self.scores()),
        ]

    def summary(self) -> str:
        """Say the sizes, and what the cache holds."""
        return (
            f"{self.n_layers} layers, {self.n_heads} heads, {self.shared()} of keys and "
            f"values, {self.d_head} numbers each, {self.length:,} tokens: "
            f"{self.bytes_of(self.shared(), self.length):,} bytes in 16 bits"
        )

    def fallback(self) -> str:
        """Return what is counted as an HTML table."""
        rows = [[name, f"{count:,}"] for name, count in self.rows()]
        return html_table(f"The cache: {self.summary()}.", ["what", "how many"], rows)

    @traitlets.validate(*LIMITS)  # type: ignore[untyped-decorator]
    def _check(self, proposal: dict[str, Any]) -> int:
        name = proposal["trait"].name
        value = check_range(name, proposal["value"], *LIMITS[name])
        if "heads" in name and value & (value - 1):
            raise traitlets.TraitError(
                f"{name}: expected a power of two from 1 to 64, got {value}"
            )
        return value
