"""The GRU step in a real browser, on a page that needs no built book."""

from __future__ import annotations

import pytest
import torch

from attention_course.widgets import GruStep
from tests.widgets.gru_step.test_python import random_step
from tests.widgets.helpers import Twin, apart, cells_of, near, number

pytestmark = pytest.mark.browser

KINDS = [GruStep]


def test_its_arithmetic_is_torch_s_over_100_settings(compute):
    widgets = [random_step(seed) for seed in range(100)]
    names = ["r", "z", "n", "kept", "fresh", "after"]
    results = compute(GruStep, [widget.state() for widget in widgets], names)
    for widget, result in zip(widgets, results, strict=True):
        (r, z), n = widget.gates(), widget.candidate()
        before = torch.tensor(widget.before, dtype=torch.double)
        assert apart(result["r"], r) < 1e-9
        assert apart(result["z"], z) < 1e-9
        assert apart(result["n"], n) < 1e-9
        assert apart(result["kept"], z * before) < 1e-9
        assert apart(result["fresh"], (1 - z) * n) < 1e-9
        assert apart(result["after"], widget.after()) < 1e-9


def all_shown(box, widget):
    steps = cells_of(box.locator("table.ac-gs-steps"))
    (r, z), n = widget.gates(), widget.candidate()
    before = torch.tensor(widget.before, dtype=torch.double)
    moved = torch.tensor(widget.u_n, dtype=torch.double) @ before
    expected = [r, z, 1 - z, moved, n, z * before, (1 - z) * n, widget.after()]
    shown = [[number(cell) for cell in row] for row in steps]
    assert shown == [near(row.tolist(), 3) for row in expected]
    boxes = box.get_by_role("spinbutton")
    values = boxes.evaluate_all("(all) => all.map((one) => Number(one.value))")
    rows = [widget.before, widget.w_r, widget.w_z, widget.w_n]
    columns = [[row[k] for row in widget.u_n] for k in range(2)]
    given = [value for row in [*rows, *columns] for value in row]
    assert values == [widget.x, *given]
    said = box.locator(".ac-summary").inner_text()
    assert said[1:] == f"{widget.summary()[1:]}."


@pytest.fixture
def twin(show):
    return Twin(show, GruStep, all_shown)


def test_the_input_is_moved_and_typed(twin):
    x = twin.slider("Input x")
    x.press("ArrowRight")
    twin.now(x=1.5)
    x.press("Home")
    twin.now(x=-5.0)
    twin.box.get_by_role("spinbutton", name="Input x").fill("0.5")
    twin.now(x=0.5)


def test_each_number_can_be_changed(twin):
    def cell(name):
        return twin.box.get_by_role("spinbutton", name=name, exact=True)

    cell("state before, h, number 2").fill("0.25")
    twin.now(before=[0.8, 0.25])
    cell("W_r, number 1").fill("-2")
    twin.now(w_r=[-2.0, 0.0])
    cell("U_n, times number 2, number 1").fill("-0.5")
    twin.now(u_n=[[0.0, -0.5], [1.0, 0.0]])
    cell("U_n, times number 1, number 2").fill("2.5")
    twin.now(u_n=[[0.0, -0.5], [2.5, 0.0]])


@pytest.mark.parametrize("bad", ["1.5", ""])
def test_what_cannot_be_used_changes_nothing_and_goes_away(twin, bad):
    box = twin.box.get_by_role("spinbutton", name="state before, h, number 1")
    box.fill(bad)
    box.blur()
    assert box.input_value() == "0.8"
    twin.agree()


def test_a_button_brings_the_first_numbers_back(twin):
    twin.box.get_by_role("spinbutton", name="W_z, number 1").fill("0")
    twin.now(w_z=[0.0, -3.0])
    twin.box.get_by_role("button", name="Back to the first numbers").press("Enter")
    twin.now(w_z=[3.0, -3.0])
