"""The online softmax in a real browser, on a page that needs no built book."""

from __future__ import annotations

import math

import pytest
import torch

from attention_course.attention_today import attend_online
from attention_course.widgets import OnlineSoftmax
from tests.widgets.helpers import (
    Twin,
    apart,
    cells_of,
    decimals_in,
    near,
    number,
    numbers_in,
    picker,
)
from tests.widgets.online_softmax.example import random_online_softmax

pytestmark = pytest.mark.browser

KINDS = [OnlineSoftmax]
ORDERS = ["given", "rising", "falling"]


def test_the_online_softmax_s_arithmetic_is_attend_s_over_300_settings(compute):
    pick = picker(torch.Generator().manual_seed(63))
    widgets = []
    for n in range(300):
        n_keys = pick(1, 16)
        sizes = {"block": pick(1, n_keys), "step": pick(1, n_keys)}
        order = ORDERS[pick(0, 2)]
        widgets.append(
            random_online_softmax(n, n_keys, pick(1, 4), order=order, **sizes)
        )
    keep = ["scores", "values", "nBlocks", "step", "now", "shares", "output", "whole"]
    results = compute(OnlineSoftmax, [w.state() for w in widgets], [*keep, "last"])
    ended = 0
    for widget, result in zip(widgets, results, strict=True):
        scores, values = widget.ordered()
        assert apart(result["scores"], scores) == apart(result["values"], values) == 0
        assert result["nBlocks"] == widget.n_blocks()
        assert result["step"] == min(widget.step, widget.n_blocks())
        assert result["last"] == widget.n_read(widget.step)
        largest, total, mixed = widget.kept(widget.step)
        assert result["now"]["largest"] == largest
        assert apart(result["now"]["total"], total) < 1e-9
        assert apart(result["now"]["mixed"], mixed) < 1e-9
        read = scores[: result["last"]]
        assert apart(result["shares"], (read - largest).exp()) < 1e-9
        assert apart(result["whole"], widget.whole()) < 1e-9
        so_far = attend_online(
            torch.ones(1, 1).double(), read[:, None], values[: result["last"]]
        )
        assert apart(result["output"], so_far[0]) < 1e-9
        if result["step"] == result["nBlocks"]:
            assert apart(result["output"], widget.output()) <= 1e-5
            ended += 1
    assert ended >= 100


def shown_keys(box, widget, step):
    scores, values = widget.ordered()
    largest, n = widget.kept(step)[0], widget.n_read(step)
    rows = cells_of(box.locator("table.ac-os-keys"))
    assert [number(cell) for cell in rows[0]] == near(scores.tolist())
    for line, numbers in zip(rows[1:-1], values.T, strict=True):
        assert [number(cell) for cell in line] == near(numbers.tolist())
    shares = (scores[:n] - largest).exp().tolist()
    assert [number(cell) for cell in rows[-1][:n]] == near(shares)
    assert rows[-1][n:] == ["–"] * (len(scores) - n)
    heads = box.locator("table.ac-os-keys thead th")
    now = heads.evaluate_all(
        "(all) => all.map((one) => one.classList.contains('ac-os-now'))"
    )
    first = widget.n_read(step - 1) if step else 0
    assert [j for j, marked in enumerate(now[1:]) if marked] == list(range(first, n))


def shown_kept(box, widget, step):
    rows = cells_of(box.locator("table.ac-os-kept"))
    largest, total, mixed = widget.kept(step)
    after = [row[3] for row in rows]
    if step == 0:
        assert after == ["−∞", "0.00", *["0.00"] * len(mixed)]
        assert {cell for row in rows for cell in row[:3]} == {"–"}
        return
    before, old_total, old_mixed = widget.kept(step - 1)
    assert [number(cell) for cell in after] == near([largest, total, *mixed.tolist()])
    factor = math.exp(before - largest)
    block = slice(widget.n_read(step - 1), widget.n_read(step))
    scores, values = (part[block] for part in widget.ordered())
    shares = (scores - largest).exp()
    assert rows[0][0] == ("−∞" if step == 1 else f"{before:.2f}".replace("-", "−"))
    assert rows[0][1] == "–"
    assert number(rows[0][2]) == near(float(scores.max()))
    olds = [old_total, *old_mixed.tolist()]
    news = [float(shares.sum()), *(shares @ values).tolist()]
    for row, old, new in zip(rows[1:], olds, news, strict=True):
        assert [number(cell) for cell in row[:3]] == near([old, factor * old, new])
    line = box.locator(".ac-os-factor").inner_text()
    assert number(line.split("= ")[1].split(",")[0]) == near(factor)


def all_shown(box, widget):
    step = min(widget.step, widget.n_blocks())
    shown_keys(box, widget, step)
    shown_kept(box, widget, step)
    outputs = cells_of(box.locator("table.ac-os-output"))
    assert [number(cell) for cell in outputs[1]] == near(widget.whole().tolist())
    summary = box.locator(".ac-summary").inner_text()
    if step == 0:
        assert set(outputs[0]) == {"–"}
        assert numbers_in(summary) == [widget.n_blocks()]
    else:
        _, total, mixed = widget.kept(step)
        expected = near((mixed / total).tolist())
        assert [number(cell) for cell in outputs[0]] == expected
        told = summary.split("The output so far is ")[1]
        assert decimals_in(told)[: len(mixed)] == expected
    at_the_end = step == widget.n_blocks()
    assert ("the same as with all keys at once" in summary) == at_the_end
    slide = box.get_by_role("slider", name="Blocks read")
    assert slide.input_value() == str(step)
    assert slide.get_attribute("max") == str(widget.n_blocks())
    off = [
        box.get_by_role("button", name=name).get_attribute("aria-disabled")
        for name in ("Back", "Next block")
    ]
    assert off == [str(step == 0).lower(), str(at_the_end).lower()]


@pytest.fixture
def twin(show):
    return Twin(show, OnlineSoftmax, all_shown)


def test_the_buttons_step_forward_and_back(twin):
    on = twin.box.get_by_role("button", name="Next block")
    back = twin.box.get_by_role("button", name="Back")
    back.press("Enter")  # there is nothing before
    twin.now(step=0)
    for step in (1, 2, 3):
        on.click()
        twin.now(step=step)
    on.press("Enter")  # there is no more
    twin.now(step=3)
    back.press("Enter")
    twin.now(step=2)


def test_every_control_moves_the_view(twin):
    twin.slider("Blocks read").press("End")
    twin.now(step=3)
    twin.box.get_by_label("Order of the keys").select_option("rising")
    twin.now(order="rising")
    summary = twin.box.locator(".ac-summary").inner_text()
    assert "raises the largest score from" in summary
    twin.box.get_by_label("Order of the keys").select_option("falling")
    twin.now(order="falling")
    assert "nothing is rescaled" in twin.box.locator(".ac-summary").inner_text()
    twin.slider("Keys in a block").press("Home")
    twin.now(block=1)


def test_larger_blocks_leave_the_last_step(twin):
    twin.slider("Blocks read").press("End")
    twin.slider("Keys in a block").press("End")
    twin.now(block=8, step=1)
    twin.slider("Keys in a block").press("ArrowLeft")
    twin.now(block=7)
    twin.slider("Blocks read").press("ArrowRight")
    twin.now(step=2)
