"""Chapter 5's digit pad in a real browser: its arithmetic, and drawing with all hands."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from attention_course.grid_models import VisionTransformer
from attention_course.widgets import DigitPad, PatchAttentionViewer
from attention_course.widgets.digit_pad import scan_drawing
from tests.browser import let_run

pytestmark = pytest.mark.browser

KINDS = [DigitPad]


def make(model=None, **state):
    with torch.random.fork_rng():
        torch.manual_seed(2)
        reader = VisionTransformer(
            8, 2, 1, 10, d_model=12, n_heads=3, n_layers=2, d_hidden=7
        ).eval()
    images = torch.rand(3, 8, 8, 1, generator=torch.Generator().manual_seed(3))
    recordings = PatchAttentionViewer.record(reader, images, torch.tensor([4, 0, 7]))
    return DigitPad(recordings, reader if model else None, **state)


def pixels_of(drawing):
    bits = f"{int(drawing or '0', 16):01024b}"
    return torch.tensor([bit == "1" for bit in bits]).reshape(32, 32)


def state_of(page, name):
    return page.evaluate(
        "(name) => [...attentionCourse.models.values()][0].get(name)", name
    )


def drawn(page):
    """Wait until the model has heard of the drawing; return its pixels."""
    let_run(page, 150)
    return pixels_of(state_of(page, "drawing"))


def test_compute_is_what_python_computes(compute):
    draw = random.Random(4)
    pad = make(model=True)
    states, expected = [], []
    for _ in range(200):
        pad.set_trait("picked", draw.randrange(3))
        pad.set_trait("layer", draw.randrange(2))
        pad.set_trait("head", draw.randrange(3))
        height, width = draw.randint(1, 32), draw.randint(1, 32)
        top, left = draw.randint(0, 32 - height), draw.randint(0, 32 - width)
        pixels = np.zeros((32, 32), dtype=int)
        for r in range(top, top + height):
            for c in range(left, left + width):
                pixels[r, c] = draw.random() < 0.6
        bits = "".join(map(str, pixels.flatten()))
        pad.drawing = f"{int(bits, 2):0256x}" if draw.random() < 0.8 else ""
        states.append(pad.state())
        expected.append((pad.scan(), pad.probabilities(), pad.weights()))
    got = compute(DigitPad, states, ["scan", "probabilities", "row", "read"])
    for ours, (scan, probabilities, weights) in zip(got, expected, strict=True):
        assert ours["read"]
        for numbers, tensor in (
            (ours["scan"], scan.flatten()),
            (ours["probabilities"], probabilities),
            (ours["row"], weights),
        ):
            np.testing.assert_allclose(numbers, tensor.numpy(), rtol=0, atol=1e-6)


def test_the_mouse_draws_and_erases(show):
    page = show(make())
    pad = page.locator(".ac-dp-pad")
    box = pad.bounding_box()
    size = box["width"] / 32

    def drag(*points):
        for i, (r, c) in enumerate(points):
            page.mouse.move(box["x"] + (c + 0.5) * size, box["y"] + (r + 0.5) * size)
            if i == 0:
                page.mouse.down()
        page.mouse.up()

    drag((4, 10), (27, 10))
    pixels = drawn(page)
    rows, columns = pixels.nonzero().unbind(1)
    assert (rows.min(), rows.max()) == (2, 29)  # the line's round ends
    assert (columns.min(), columns.max()) == (8, 12)
    assert pixels[5:27, 10].all()
    page.get_by_label("Erase").check()
    drag((15, 5), (15, 25))
    assert not drawn(page)[13:18, :].any()
    assert drawn(page)[5:12, 10].all()
    # A drawing that nobody reads is shown as a scan, and not as the scan's answer.
    assert page.get_by_text("Not read: the model is not here").is_visible()
    assert page.locator(".ac-dp-classes td").all_inner_texts() == ["–"] * 10
    page.get_by_role("button", name="Clear").click()
    assert not drawn(page).any()
    assert page.get_by_text("Read as").is_visible()


def test_a_finger_draws_and_the_page_does_not_scroll(show):
    page = show(make(), viewport={"width": 360, "height": 400}, has_touch=True)
    pad = page.locator(".ac-dp-pad")
    pad.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    box = pad.bounding_box()
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + 20
    touch.send(
        "Input.dispatchTouchEvent",
        {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]},
    )
    for step in range(1, 11):
        point = {"x": x, "y": y + step * 10}
        touch.send(
            "Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]}
        )
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    rows = drawn(page).nonzero()[:, 0]
    assert rows.max() - rows.min() > 8
    assert page.evaluate("scrollY") == before


def test_the_keyboard_draws(show):
    page = show(make())
    pad = page.locator(".ac-dp-pad")
    pad.focus()
    for key in ("ArrowDown", "ArrowDown", " ", *["ArrowDown"] * 6, " ", "ArrowRight"):
        pad.press(key)
    pixels = drawn(page)
    rows, columns = pixels.nonzero().unbind(1)
    assert (rows.min(), rows.max()) == (10 - 2, 22 + 2)
    assert (columns.min(), columns.max()) == (12 - 2, 12 + 2)
    assert page.get_by_text("Pen up, row 22, column 14.").is_visible()
    scan = torch.tensor(
        page.evaluate(
            """() => {
                const { widgets, models } = attentionCourse;
                const model = [...models.values()][0];
                return widgets.digit_pad.compute(model.state).scan;
            }"""
        )
    )
    assert torch.equal(scan.reshape(8, 8), scan_drawing(pixels))
    pad.press("Delete")
    assert not drawn(page).any()
    for _ in range(40):  # the pen stays on the pad
        pad.press("ArrowLeft")
    assert page.get_by_text("Pen up, row 22, column 0.").is_visible()
    pad.press("Tab")
    assert not pad.evaluate("pad => pad === document.activeElement")


def test_a_notebook_reads_the_drawing_with_torch(notebook):
    pad = make(model=True)
    page = notebook(pad)
    place = page.locator(".ac-dp-pad")
    place.focus()
    for key in (" ", *["ArrowDown"] * 5, *["ArrowRight"] * 3):
        place.press(key)
    page.get_by_text("The model reads this drawing as").first.wait_for()
    assert pad.drawing
    # Every stroke is read anew: wait for the answer to the last one.
    expected = pad.probabilities().tolist()
    page.wait_for_function(
        """(expected) => {
            const cells = [...document.querySelectorAll(".ac-dp-classes td")];
            return cells.length === expected.length && cells.every(
                (cell, at) => Math.abs(Number(cell.innerText) - expected[at]) <= 0.00501);
        }""",
        arg=expected,
    )
