"""The cache counter as a Python object: its numbers are those of a cache that is filled."""

from __future__ import annotations

import pytest
import torch
import traitlets

from attention_course.attention_today import Cache, LanguageModel
from attention_course.widgets import CacheCounter
from tests.widgets.helpers import Page, number


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CacheCounter(n_layers=0), r"n_layers: .* 1 to 128, got 0"),
        (lambda: CacheCounter(n_heads=12), r"n_heads: .* power of two .*, got 12"),
        (lambda: CacheCounter(n_kv_heads=128), r"n_kv_heads: .* 1 to 64, got 128"),
        (lambda: CacheCounter(d_head=8), r"d_head: .* 16 to 256, got 8"),
        (lambda: CacheCounter(length=0), r"length: .* 1 to 131072, got 0"),
        (lambda: CacheCounter(length=1000), r"length: .* two from 1 to 131072, got 10"),
        (
            lambda: CacheCounter(bytes_per_number=3),
            r"bytes_per_number: .* power of two from 1 to 4, got 3",
        ),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


def test_a_model_s_own_cache_is_as_large_as_counted():
    model = LanguageModel(
        5, n_layers=3, d_model=64, n_heads=4, n_kv_heads=2, d_hidden=7
    )
    caches = [Cache() for _ in model.blocks]
    model(torch.zeros(32, dtype=torch.long), caches=caches)
    kept = [part for cache in caches for part in (cache.keys, cache.values)]
    counts = CacheCounter(3, 4, 2, 16, 32, 4).counts()
    assert counts[2][1] == sum(part.nbytes for part in kept)
    assert counts[1][1] == sum(part[:, -1:].nbytes for part in kept)
    assert counts[3][1] == sum(len(cache.keys) for cache in caches)
    assert counts[4][1] == sum(cache.keys[..., 0].numel() for cache in caches)
    assert counts[5] == [3 * 4 * 32] * 3  # a score for each layer, head and token


def test_sharing_saves_in_proportion_and_spares_no_score():
    counts = CacheCounter(5, 8, 2, 48, 1024).counts()
    assert counts[0] == [8, 2, 1]
    for row in counts[:5]:
        assert row == [row[2] * heads for heads in counts[0]]
    assert len(set(counts[5])) == 1


def test_more_shared_heads_than_heads_are_as_many():
    widget = CacheCounter(n_heads=4, n_kv_heads=16)
    assert widget.shared() == 4
    assert "4 heads, 4 of keys" in widget.summary()


def test_a_model_of_seven_billion_keeps_two_gigabytes_or_a_quarter():
    assert (
        "16 bits a number: 2,147,483,648 bytes" in CacheCounter(n_kv_heads=32).summary()
    )
    rows = Page(CacheCounter()).rows
    assert rows[0] == ["what", "a head each", "as set", "one for all"]
    assert rows[2][1:] == ["524.3", "131.1", "16.4"]
    assert rows[3][1:] == ["2.147", "0.537", "0.067"]
    for shown, counts in zip(rows[4:], CacheCounter().counts()[3:], strict=True):
        assert [number(cell) for cell in shown[1:]] == counts
