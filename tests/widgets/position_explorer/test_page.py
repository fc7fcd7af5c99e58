"""The position explorer in a real browser, on a page that needs no built book."""

from __future__ import annotations

import math
import re

import pytest
import torch
import torch.nn.functional as F

from attention_course.embedding import sinusoidal_positions
from attention_course.widgets import PositionExplorer
from tests.widgets.helpers import (
    apart,
    box_of,
    cells_of,
    heads_of,
    near,
    number,
    numbers_in,
    picker,
)

pytestmark = pytest.mark.browser

KINDS = [PositionExplorer]


def test_the_position_explorer_s_arithmetic_is_torch_s_over_300_settings(compute):
    draw = torch.Generator().manual_seed(33)

    pick = picker(draw)
    widgets = [PositionExplorer(64, 1, 0, 99), PositionExplorer(2, 10_000, 99, 0)]
    while len(widgets) < 300:
        base = float(10 ** (6 * torch.rand((), generator=draw)))
        widgets.append(
            PositionExplorer(2 * pick(1, 32), base, pick(0, 99), pick(0, 99))
        )
    keep = [
        "vectors",
        "wavelengths",
        "distance",
        "turns",
        "products",
        "dots",
        "cosines",
    ]
    results = compute(
        PositionExplorer, [w.state() for w in widgets], [*keep, "dot", "cosine"]
    )
    largest = single = 0.0
    for widget, result in zip(widgets, results, strict=True):
        d = widget.d_model
        previous = torch.get_default_dtype()
        torch.set_default_dtype(torch.double)  # the course's own formula, in double
        try:
            positions = sinusoidal_positions(100, d, base=widget.base)
        finally:
            torch.set_default_dtype(previous)
        first, second = positions[widget.first], positions[widget.second]
        distance = abs(widget.first - widget.second)
        waves = 2 * math.pi * widget.base ** (torch.arange(0, d, 2).double() / d)
        dots = positions @ positions[0]
        assert result["distance"] == distance
        products = (first * second).reshape(-1, 2).sum(-1)  # (d_model / 2,)
        largest = max(
            largest,
            apart(result["vectors"], torch.stack([first, second])),
            apart(result["wavelengths"], waves) / float(waves.max()),
            apart(result["turns"], distance / waves),
            apart(result["products"], products),
            apart(result["dots"], dots),
            apart(result["cosines"], F.cosine_similarity(positions[0], positions)),
            apart(result["dot"], first @ second),
            apart(result["cosine"], F.cosine_similarity(first, second, dim=0)),
        )
        single = max(
            single,
            apart(result["vectors"], widget.vectors()),
            apart(result["cosines"], widget.similarity()),
        )
    assert largest <= 1e-5
    assert single <= 2e-5  # angles up to 99 in single precision


def assert_positions_show(page, widget):
    box = box_of(page, PositionExplorer)
    first, second = widget.vectors()
    both = (widget.first, widget.second)
    for n, (t, vector) in enumerate(zip(both, (first, second), strict=True)):
        strip = box.locator(".ac-wave-strip").nth(n)
        signs = strip.locator(".ac-unit").evaluate_all(
            """(all) => all.map((one) => (one.classList.contains("ac-neg") ? -1 : 1)
                * parseFloat(one.style.getPropertyValue("--ac-share")))"""
        )
        assert signs == pytest.approx((100 * vector).tolist(), abs=0.51)
        assert strip.get_attribute("aria-label").startswith(f"vector of position {t}:")
    pairs = cells_of(box.locator("table.ac-wave-pairs"))
    waves = torch.tensor(widget.wavelengths())
    distance = widget.distance()
    for cell, length in zip(pairs[0][:-1], waves.tolist(), strict=True):
        assert number(cell) == near(length, 1 if length < 100 else 0)
    assert [number(x) for x in pairs[1][:-1]] == near((distance / waves).tolist())
    products = (first * second).reshape(-1, 2).sum(-1)
    assert [number(x) for x in pairs[2][:-1]] == near(products.tolist())
    assert number(pairs[2][-1]) == near(widget.dot_product())

    # The curve: its corners, and the dot on it.
    path = box.locator(".ac-wave-line").get_attribute("d")
    corners = [
        [float(x) for x in part.split()] for part in re.findall(r"[\d. -]+", path)
    ]
    expected = [[100 * n / 99, 50 - 50 * c] for n, c in enumerate(widget.similarity())]
    torch.testing.assert_close(
        torch.tensor(corners), torch.tensor(expected), atol=0.0021, rtol=0
    )
    dot = box.locator(".ac-wave-dot").evaluate(
        "(one) => [parseFloat(one.style.left), parseFloat(one.style.top)]"
    )
    assert dot == pytest.approx(
        [100 * distance / 99, 50 - 50 * widget.cosine()], abs=0.01
    )
    label = box.locator(".ac-wave-plot").get_attribute("aria-label")
    said = numbers_in(label.partition(" at distance 0, ")[2])[:2]
    assert said == [near(widget.cosine()), distance]
    summary = box.locator(".ac-summary").inner_text()
    assert summary.startswith(
        f"Positions {both[0]} and {both[1]} are {distance} position"
    )
    shown = re.search(r"is (\S+), their cosine (\S+), as", summary)
    assert number(shown[1]) == near(widget.dot_product())
    assert number(shown[2]) == near(widget.cosine())
    numbers, table = box.locator("details").all()
    if numbers.get_attribute("open") is not None:
        rows = [[number(x) for x in row] for row in cells_of(numbers.locator("table"))]
        assert rows == [near(first.tolist()), near(second.tolist())]
        assert heads_of(numbers) == [f"position {t}" for t in both]
    if table.get_attribute("open") is not None:
        rows = [[number(x) for x in row] for row in cells_of(table.locator("table"))]
        cosines = widget.similarity()
        assert rows == [
            near((cosines * widget.d_model / 2).tolist()),
            near(cosines.tolist()),
        ]


def test_the_position_explorer_answers_every_control_without_network(show):
    widget = PositionExplorer()
    page = show(PositionExplorer())
    box = box_of(page, PositionExplorer)
    assert_positions_show(page, widget)

    def change(**changes):
        for name, value in changes.items():
            setattr(widget, name, value)
        assert_positions_show(page, widget)

    box.get_by_role("slider", name="First position").press("Home")
    change(first=0)
    box.get_by_role("slider", name="Second position").press("End")
    change(second=99)
    typed = box.get_by_role("spinbutton", name=re.compile("^First position"))
    typed.fill("99")
    change(first=99)
    for bad in ("100", "-1", "2.5", ""):
        typed.fill(bad)
        assert_positions_show(page, widget)
    typed.fill("98")
    change(first=98)
    for summary in box.locator("summary").all():
        summary.press("Enter")
    page.wait_for_function(
        "() => document.querySelectorAll('.ac-wave-table td').length > 200"
    )
    assert_positions_show(page, widget)
    d_model = box.get_by_role("slider", name="Numbers in a vector")
    d_model.press("End")
    change(d_model=64)
    d_model.press("Home")
    change(d_model=2)
    d_model.press("ArrowRight")
    change(d_model=4)
    base = box.get_by_role("slider", name="Base")
    base.press("Home")
    change(base=1.0)
    base.press("ArrowRight")
    change(base=1.8)
    assert base.get_attribute("aria-valuetext") == "base 1.8"
    base.press("End")
    change(base=1e6)
    assert base.get_attribute("aria-valuetext") == "base 1,000,000"


def test_a_base_between_the_slider_s_steps_is_shown_as_it_is(show):
    page = show(PositionExplorer(base=12345))
    slide = page.get_by_role("slider", name="Base")
    assert slide.get_attribute("aria-valuetext") == "base 12,345"
    beside = page.locator(".ac-control", has=slide).locator(".ac-value")
    assert beside.inner_text() == "12,345"
    assert_positions_show(page, PositionExplorer(base=12345))
