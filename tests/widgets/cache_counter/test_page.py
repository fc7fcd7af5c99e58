"""The cache counter in a real browser, on a page that needs no built book."""

from __future__ import annotations

import pytest
import torch

from attention_course.widgets import CacheCounter
from tests.widgets.helpers import box_of, cells_of, number, picker

pytestmark = pytest.mark.browser

KINDS = [CacheCounter]


def test_the_cache_counter_s_arithmetic_is_python_s_over_300_settings(compute):
    pick = picker(torch.Generator().manual_seed(61))
    widgets = [
        CacheCounter(
            pick(1, 128),
            2 ** pick(0, 6),
            2 ** pick(0, 6),
            pick(16, 256),
            pick(1, 131_072),
        )
        for _ in range(300)
    ]
    results = compute(CacheCounter, [w.state() for w in widgets], ["shared", "counts"])
    for widget, result in zip(widgets, results, strict=True):
        assert result["shared"] == widget.shared()
        assert result["counts"] == [count for _, count in widget.rows()]


def test_the_cache_counter_answers_every_control_without_network(show):
    widget = CacheCounter()
    page = show(CacheCounter())
    box = box_of(page, CacheCounter)

    def change(**changes):
        for name, value in changes.items():
            setattr(widget, name, value)
        shown = [number(row[-1]) for row in cells_of(box.locator("table"))]
        assert shown == [count for _, count in widget.rows()]

    change()
    box.get_by_role("slider", name="Heads of keys and values").press("ArrowLeft")
    change(n_kv_heads=16)
    assert "saves 50.0 % of the cache" in box.locator(".ac-summary").inner_text()
    box.get_by_role("slider", name="Layers").press("Home")
    change(n_layers=1)
    box.get_by_role("slider", name="Tokens").press("End")
    change(length=131_072)
    box.get_by_role("slider", name="Numbers in a key").press("ArrowRight")
    change(d_head=144)
    box.get_by_role("slider", name="Heads that ask").press("Home")
    change(n_heads=1)
    assert "Every head has its own" in box.locator(".ac-summary").inner_text()
