"""How the digit pad is shown to the tests that run over every widget."""

from __future__ import annotations

from attention_course.widgets import DigitPad
from tests.widgets.example import Example
from tests.widgets.patch_attention_viewer.example import random_scans

BAR = "".join("000f0000" if 4 <= row < 28 else "00000000" for row in range(32))  # a 1


def largest_digit_pad():
    return DigitPad(random_scans(patch=1))


EXAMPLE = Example(
    chapter=5,
    usual=lambda **state: DigitPad(random_scans(), **state),
    changed={"picked": 2, "layer": 0, "head": 3, "drawing": BAR},
    largest=largest_digit_pad,
    colours=lambda: DigitPad(random_scans(patch=1, sharpness=1.0)),
    n_colours=20,
    hostile=None,
    n_sliders=2,
    n_controls=9,
    moves=dict.fromkeys(("Layer", "Head", "Scan to begin with"), largest_digit_pad),
    scrolls=("Weights on the patches",),
)
