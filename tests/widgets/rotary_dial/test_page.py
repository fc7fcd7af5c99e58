"""The rotary dial in a real browser, on a page that needs no built book."""

from __future__ import annotations

import pytest
import torch

from attention_course.widgets import RotaryDial
from tests.widgets.helpers import apart, box_of, cells_of, near, number, picker

pytestmark = pytest.mark.browser

KINDS = [RotaryDial]


def test_the_rotary_dial_s_arithmetic_is_torch_s_over_300_settings(compute):
    pick = picker(torch.Generator().manual_seed(62))
    widgets = [RotaryDial(pick(0, 63), pick(0, 63)) for _ in range(300)]
    keep = ["query", "key", "products", "score"]
    results = compute(RotaryDial, [w.state() for w in widgets], keep)
    for widget, result in zip(widgets, results, strict=True):
        query, key = widget.turned()
        assert apart(result["query"], query) < 1e-9
        assert apart(result["key"], key) < 1e-9
        assert result["products"] == pytest.approx(widget.products(), abs=1e-9)
        assert result["score"] == pytest.approx(sum(widget.products()), abs=1e-9)


def assert_shown(page, widget):
    box = box_of(page, RotaryDial)
    products = cells_of(box.locator("table"))[2]
    shown = [number(cell) for cell in products[-4:]]
    assert shown == near([*widget.products(), sum(widget.products())])
    query, key = widget.turned()
    for m in range(3):
        for name, x in (("query", query), ("key", key)):
            line = box.locator(f".ac-dial-{name}").nth(m)
            ends = [float(line.get_attribute(end)) for end in ("x2", "y2")]
            expected = [float(x[2 * m]), -float(x[2 * m + 1])]
            assert ends == pytest.approx(expected, abs=0.00051)


def test_the_rotary_dial_answers_every_control_without_network(show):
    widget = RotaryDial()
    page = show(RotaryDial())
    box = box_of(page, RotaryDial)
    assert_shown(page, widget)
    box.get_by_role("slider", name="Position of the query").press("ArrowRight")
    widget.first = 8
    assert_shown(page, widget)
    before = widget.products()
    box.get_by_role("checkbox", name="Move both together").check()
    box.get_by_role("slider", name="Position of the key").press("End")
    widget.first, widget.second = 63, 60  # as far as both can
    assert_shown(page, widget)
    assert widget.products() == pytest.approx(before)
