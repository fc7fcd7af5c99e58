"""The vision transformer reads digits in the page as by torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from attention_course.widgets import DigitPad
from attention_course.widgets.digit_pad import scan_drawing
from tests.browser import let_run
from tests.site.models.pages import (
    DIGITS,
    ask,
    widget,
)

pytestmark = pytest.mark.browser


def test_digits_are_read_as_by_torch(loaded, answers):
    expected = answers[DIGITS]
    got = ask(loaded, DIGITS, [{"image": one["image"]} for one in expected])
    assert len(got) >= 20
    for ours, torchs in zip(got, expected, strict=True):
        for name in ("probabilities", "weights"):
            theirs = np.array(torchs[name]).flatten()
            np.testing.assert_allclose(ours[name], theirs, rtol=0, atol=1e-5)


def test_a_reader_draws_a_digit_and_it_is_read(loaded):
    place = widget(loaded, DigitPad)
    pad = place.locator(".ac-dp-pad")
    pad.scroll_into_view_if_needed()
    box = None
    while box != (box := pad.bounding_box()):  # what loads above it may move it
        let_run(loaded, 200)
    size = box["width"] / 32
    corners = [(5, 9), (5, 21), (26, 13)]  # a seven
    for i, (r, c) in enumerate(corners):
        at = box["x"] + (c + 0.5) * size, box["y"] + (r + 0.5) * size
        loaded.mouse.move(*at, steps=4)
        if i == 0:
            loaded.mouse.down()
    loaded.mouse.up()
    place.get_by_text("The model reads this drawing as").first.wait_for()
    let_run(loaded, 300)  # the last of the stroke
    drawing = loaded.evaluate(
        """module => {
            const figure = document.querySelector(`[data-ac-module=${module}]`);
            return attentionCourse.models.get(figure.dataset.acId).get("drawing");
        }""",
        DigitPad.module,
    )
    bits = f"{int(drawing, 16):01024b}"
    pixels = torch.tensor([bit == "1" for bit in bits]).reshape(32, 32)
    feeds = {"image": scan_drawing(pixels).flatten().tolist()}
    (answer,) = ask(loaded, DIGITS, [feeds])
    shown = [float(t) for t in place.locator(".ac-dp-classes td").all_inner_texts()]
    np.testing.assert_allclose(shown, answer["probabilities"], rtol=0, atol=0.00501)
