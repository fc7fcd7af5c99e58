"""How the cache counter is shown to the tests that run over every widget."""

from __future__ import annotations

from attention_course.widgets import CacheCounter
from tests.widgets.example import Example


def largest_cache_counter():
    return CacheCounter(128, 64, 64, 256, 131_072)


EXAMPLE = Example(
    chapter=6,
    usual=CacheCounter,
    changed={
        "n_layers": 3,
        "n_heads": 8,
        "n_kv_heads": 2,
        "d_head": 64,
        "length": 128,
    },
    largest=largest_cache_counter,
    n_colours=2,
    hostile=None,
    n_sliders=5,
    n_controls=0,
    moves=dict.fromkeys(
        ("Layers", "Heads of keys and values", "Tokens"), largest_cache_counter
    ),
)
