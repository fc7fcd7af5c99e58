"""How the cache counter is shown to the tests that run over every widget."""

from __future__ import annotations

from attention_course.widgets import CacheCounter
from tests.widgets.example import Example


def largest_cache_counter():
    return CacheCounter(128, 64, 64, 256, 131_072, 4)


EXAMPLE = Example(
    chapter=6,
    usual=CacheCounter,
    changed={
        "n_layers": 3,
        "n_heads": 16,
        "n_kv_heads": 2,
        "d_head": 64,
        "length": 128,
        "bytes_per_number": 1,
    },
    largest=largest_cache_counter,
    colours=CacheCounter,
    n_colours=4,
    says=("a head each", "one for all"),
    hostile=None,
    n_sliders=5,
    n_controls=6,
    moves=dict.fromkeys(
        ("Layers", "Heads of keys and values", "Tokens", "A number takes"),
        largest_cache_counter,
    ),
    scrolls=("What is counted",),
)
