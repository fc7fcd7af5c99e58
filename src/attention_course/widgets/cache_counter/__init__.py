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
    "bytes_per_number": (1, 4),
}
PLAIN = ("n_layers", "d_head")  # the others are powers of two
WHAT = [
    "heads of keys and values",
    "cache, kB a token",
    "cache, GB for the text",
    "keys computed for one more token",
    "the same, without a cache",
    "scores of one more token",
]


class CacheCounter(CourseWidget):
    """Count a cache: a model's sizes and a text's length → bytes, and work for one token.

    Formula: ``2 · n_layers · n_kv_heads · d_head · length · bytes_per_number`` bytes

    Args:
        n_layers: blocks, 1 to 128.
        n_heads: heads that ask, a power of two up to 64.
        n_kv_heads: heads of keys and values, a power of two up to 64; more than
            ``n_heads`` count as ``n_heads``.
        d_head: numbers in a key, 16 to 256.
        length: tokens read or written, a power of two up to 131,072.
        bytes_per_number: 4 for float32, 2 for float16 and bfloat16, 1 for 8 bits.

    Raises:
        TraitError: a number out of range, now or later; it names the trait and the range.

    Source: Shazeer 2019 (arXiv 1911.02150); Ainslie et al. 2023 (arXiv 2305.13245).
    Chapter 6.
    """

    n_layers = traitlets.Int(32).tag(sync=True)
    n_heads = traitlets.Int(32).tag(sync=True)
    n_kv_heads = traitlets.Int(8).tag(sync=True)
    d_head = traitlets.Int(128).tag(sync=True)
    length = traitlets.Int(4096).tag(sync=True)
    bytes_per_number = traitlets.Int(2).tag(sync=True)

    def __init__(
        self,
        n_layers: int = 32,
        n_heads: int = 32,
        n_kv_heads: int = 8,
        d_head: int = 128,
        length: int = 4096,
        bytes_per_number: int = 2,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            n_layers=n_layers,
            n_heads=n_heads,
            n_kv_heads=n_kv_heads,
            d_head=d_head,
            length=length,
            bytes_per_number=bytes_per_number,
            **kwargs,
        )

    def shared(self) -> int:
        """Return how many heads of keys and values there are."""
        return min(self.n_kv_heads, self.n_heads)

    def bytes_of(self, n_kv_heads: int, length: int) -> int:
        """Count the bytes of a cache with so many heads of keys and values."""
        sizes = self.n_layers, n_kv_heads, self.d_head, length
        return cache_bytes(*sizes, bytes_per_number=self.bytes_per_number)

    def counts(self) -> list[list[int]]:
        """Count what stands in the table, ``(6, 3)``.

        The columns: every head has keys and values of its own, some share as set, all
        share one. The rows: heads, bytes a token, bytes for the text, keys computed for
        one more token with a cache and without, scores of one more token.
        """
        columns = [
            [
                heads,
                self.bytes_of(heads, 1),
                self.bytes_of(heads, self.length),
                self.n_layers * heads,
                self.n_layers * heads * self.length,
                self.n_layers * self.n_heads * self.length,
            ]
            for heads in (self.n_heads, self.shared(), 1)
        ]
        return [list(row) for row in zip(*columns, strict=True)]

    def summary(self) -> str:
        """Say the sizes, and what the cache holds."""
        return (
            f"{self.n_layers} layers, {self.n_heads} heads, {self.shared()} of keys and "
            f"values, {self.d_head} numbers each, {self.length:,} tokens, "
            f"{8 * self.bytes_per_number} bits a number: "
            f"{self.bytes_of(self.shared(), self.length):,} bytes"
        )

    def fallback(self) -> str:
        """Return what is counted as an HTML table."""
        formats = ["{:,}", "{:,.1f}", "{:,.3f}", "{:,}", "{:,}", "{:,}"]
        units = [1, 1e3, 1e9, 1, 1, 1]
        rows = []
        for what, text, unit, row in zip(
            WHAT, formats, units, self.counts(), strict=True
        ):
            numbers = row if unit == 1 else [count / unit for count in row]
            rows.append([what, *(text.format(number) for number in numbers)])
        header = ["what", "a head each", "as set", "one for all"]
        return html_table(f"The cache: {self.summary()}.", header, rows)

    @traitlets.validate(*LIMITS)  # type: ignore[untyped-decorator]
    def _check(self, proposal: dict[str, Any]) -> int:
        name = proposal["trait"].name
        value = check_range(name, proposal["value"], *LIMITS[name])
        if name not in PLAIN and value & (value - 1):
            wanted = "a power of two from {} to {}".format(*LIMITS[name])
            raise traitlets.TraitError(f"{name}: expected {wanted}, got {value}")
        return value
