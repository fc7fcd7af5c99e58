"""The cache counter as a Python object: its numbers are those of the module's counter."""

from __future__ import annotations

import pytest
import traitlets

from attention_course.attention_today import cache_bytes
from attention_course.widgets import CacheCounter
from tests.widgets.helpers import Page, numbers_in


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CacheCounter(n_layers=0), r"n_layers: .* 1 to 128, got 0"),
        (lambda: CacheCounter(n_heads=12), r"n_heads: .* power of two .*, got 12"),
        (lambda: CacheCounter(n_kv_heads=128), r"n_kv_heads: .* 1 to 64, got 128"),
        (lambda: CacheCounter(d_head=8), r"d_head: .* 16 to 256, got 8"),
        (lambda: CacheCounter(length=0), r"length: .* 1 to 131072, got 0"),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


def test_the_view_without_scripts_has_the_counter_s_numbers():
    widget = CacheCounter(5, 8, 2, 48, 1_000)
    rows = [numbers_in(row[1])[0] for row in Page(widget).rows[1:]]
    assert rows == [
        cache_bytes(5, 2, 48, 1),
        cache_bytes(5, 2, 48, 1_000),
        cache_bytes(5, 8, 48, 1_000),
        5 * 2,
        5 * 2 * 1_000,
        5 * 8 * 1_000,
    ]


def test_more_shared_heads_than_heads_are_as_many():
    assert CacheCounter(n_heads=4, n_kv_heads=16).shared() == 4
    assert "4 heads, 4 of keys" in CacheCounter(n_heads=4, n_kv_heads=16).summary()


def test_a_model_of_seven_billion_keeps_two_gigabytes():
    assert "2,147,483,648 bytes" in CacheCounter().summary()
