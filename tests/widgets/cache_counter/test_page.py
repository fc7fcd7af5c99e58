"""The cache counter in a real browser, on a page that needs no built book."""

from __future__ import annotations

import pytest
import torch

from attention_course.widgets import CacheCounter
from tests.widgets.helpers import Twin, cells_of, near, number, picker

pytestmark = pytest.mark.browser

KINDS = [CacheCounter]


def test_the_cache_counter_s_arithmetic_is_python_s_over_300_settings(compute):
    pick = picker(torch.Generator().manual_seed(61))

    def power(most):
        return 2 ** pick(0, most)

    widgets = [
        CacheCounter(
            pick(1, 128), power(6), power(6), pick(16, 256), power(17), power(2)
        )
        for _ in range(300)
    ]
    results = compute(CacheCounter, [w.state() for w in widgets], ["shared", "counts"])
    for widget, result in zip(widgets, results, strict=True):
        assert result["shared"] == widget.shared()
        assert result["counts"] == widget.counts()


def all_shown(box, widget):
    counts = widget.counts()
    for i, row in enumerate(cells_of(box.locator("table"))):
        unit, digits = {1: (1e3, 1), 2: (1e9, 3)}.get(i, (1, 0))
        expected = [count / unit for count in counts[i]]
        assert [number(cell) for cell in row] == near(expected, digits)
    shares = box.locator("td.ac-seq").evaluate_all(
        "(all) => all.map((one) => parseFloat(one.style.getPropertyValue('--ac-share')))"
    )
    own = counts[2][0]
    assert shares == pytest.approx([100 * c / own for c in counts[2]], abs=0.51)
    summary = box.locator(".ac-summary").inner_text()
    assert f"After {widget.length:,} tokens the cache holds" in summary
    saved = 100 * (1 - widget.shared() / widget.n_heads)
    assert (f"saves {saved:.1f} % of the cache" in summary) == (saved > 0)


@pytest.fixture
def twin(show):
    return Twin(show, CacheCounter, all_shown)


def test_the_page_begins_with_a_model_of_seven_billion(twin):
    table = cells_of(twin.box.locator("table"))
    assert table[1] == ["524.3", "131.1", "16.4"]
    assert table[2] == ["2.147", "0.537", "0.067"]
    assert twin.slider("Tokens").get_attribute("aria-valuetext") == "4,096 tokens"


def test_every_control_moves_the_counts(twin):
    twin.slider("Heads of keys and values").press("ArrowLeft")
    twin.now(n_kv_heads=4)
    twin.slider("Layers").press("Home")
    twin.now(n_layers=1)
    twin.slider("Tokens").press("End")
    twin.now(length=131_072)
    twin.slider("Numbers in a key").press("ArrowRight")
    twin.now(d_head=144)
    twin.box.get_by_label("A number takes").select_option("1")
    twin.now(bytes_per_number=1)
    twin.slider("Heads that ask").press("Home")
    twin.now(n_heads=1)
    assert "One head asks" in twin.box.locator(".ac-summary").inner_text()


def test_more_shared_heads_than_heads_save_nothing(twin):
    twin.slider("Heads of keys and values").press("End")
    twin.now(n_kv_heads=64)
    summary = twin.box.locator(".ac-summary").inner_text()
    assert summary.startswith("Every head has keys and values of its own.")
