"""The rotary dial in a real browser, on a page that needs no built book."""

from __future__ import annotations

import pytest
import torch

from attention_course.widgets import RotaryDial
from attention_course.widgets.rotary_dial import BASES
from tests.widgets.helpers import Twin, apart, cells_of, near, number, picker

pytestmark = pytest.mark.browser

KINDS = [RotaryDial]


def test_the_rotary_dial_s_arithmetic_is_torch_s_over_300_settings(compute):
    pick = picker(torch.Generator().manual_seed(62))
    widgets = [
        RotaryDial(pick(0, 63), pick(0, 63), BASES[pick(0, 3)]) for _ in range(300)
    ]
    keep = ["query", "key", "products", "score", "speeds", "scores", "angles"]
    results = compute(RotaryDial, [w.state() for w in widgets], keep)
    for widget, result in zip(widgets, results, strict=True):
        query, key = widget.turned()
        assert apart(result["query"], query) < 1e-9
        assert apart(result["key"], key) < 1e-9
        assert result["products"] == pytest.approx(widget.products(), abs=1e-9)
        assert result["score"] == pytest.approx(sum(widget.products()), abs=1e-9)
        assert result["speeds"] == pytest.approx(widget.speeds())
        assert result["scores"] == pytest.approx(widget.scores(), abs=1e-9)
        turns = torch.tensor(result["angles"]) - torch.tensor(widget.angles())
        assert float((turns * torch.pi / 180).cos().min()) > 1 - 1e-6  # 0 is 360


def all_shown(box, widget):
    hands = cells_of(box.locator("table.ac-dial-hands"))
    shown = [number(row[3]) for row in hands]
    assert shown == near([*widget.products(), sum(widget.products())])
    speeds = [number(row[0].rstrip("°")) for row in hands[:3]]
    assert speeds == near(widget.speeds(), 1)
    scores = cells_of(box.locator("table.ac-dial-distances"))[0]
    assert [number(cell) for cell in scores] == near(widget.scores())
    query, key = widget.turned()
    for m in range(3):
        for name, x in (("query", query), ("key", key)):
            line = box.locator(f".ac-dial-{name}").nth(m)
            ends = [float(line.get_attribute(end)) for end in ("x2", "y2")]
            expected = [float(x[2 * m]), -float(x[2 * m + 1])]
            assert ends == pytest.approx(expected, abs=0.00051)
    for n, angles in enumerate(widget.angles()):
        for m, angle in enumerate(angles):
            assert number(hands[m][1 + n].rstrip("°")) == pytest.approx(angle, abs=0.51)
    for name, label in (("first", "query"), ("second", "key")):
        slide = box.get_by_role("slider", name=f"Position of the {label}")
        assert slide.input_value() == str(getattr(widget, name))
    summary = box.locator(".ac-summary").inner_text()
    assert f"position {widget.first}, the key at {widget.second}" in summary


@pytest.fixture
def twin(show):
    return Twin(show, RotaryDial, all_shown)


def test_every_control_turns_the_hands(twin):
    twin.slider("Position of the query").press("ArrowRight")
    twin.now(first=8)
    twin.slider("Position of the key").press("ArrowLeft")
    twin.now(second=4)
    twin.box.get_by_label("Base").select_option("10000")
    twin.now(base=10_000)
    twin.slider("Position of the query").press("Home")
    twin.now(first=0)


def test_moved_together_the_score_stays(twin):
    before = twin.widget.products()
    twin.box.get_by_role("checkbox", name="Move both together").check()
    twin.slider("Position of the key").press("ArrowRight")
    twin.now(first=8, second=6)
    twin.slider("Position of the key").press("End")
    twin.now(first=63, second=61)  # as far as both can
    assert twin.widget.products() == pytest.approx(before)
    twin.slider("Position of the query").press("Home")
    twin.now(first=2, second=0)
    twin.box.get_by_role("checkbox", name="Move both together").uncheck()
    twin.slider("Position of the query").press("Home")
    twin.now(first=0)
