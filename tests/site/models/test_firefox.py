"""A trained model in Firefox: loaded by a click, it answers as torch does."""

from __future__ import annotations

import numpy as np
import pytest

from attention_course.widgets import AlignmentViewer
from tests.site.models.pages import DATES, LOADED

pytestmark = pytest.mark.firefox

PLACE = f'[data-ac-module="{AlignmentViewer.module}"]'
ALIVE = '(place) => document.querySelector(place).dataset.acAlive === ""'
BUTTON = "(place) => document.querySelector(`${place} .ac-loader button`)"
INPUT = "(place) => document.querySelector(`${place} input[type=text]`)"
SAYS = "(place, words) => document.querySelector(place).innerText.includes(words)"
ASKED = """async (name, text) => {
    const model = await attentionCourse.openModel(name);
    const plain = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
    return JSON.parse(JSON.stringify(await model.run({ text }), plain));
}"""


def test_a_model_answers_as_torch_does(firefox, home, answers):
    firefox.open(home)
    firefox.wait(ALIVE, PLACE)
    firefox.click(BUTTON, PLACE)
    firefox.wait(SAYS, PLACE, LOADED)
    for one in answers[DATES][:5]:
        got = firefox.evaluate(ASKED, DATES, one["text"])
        assert got["written"] == one["written"]
        np.testing.assert_allclose(got["weights"], one["weights"], rtol=0, atol=1e-5)
    first = answers[DATES][0]
    firefox.click(INPUT, PLACE)
    firefox.press("Control", "a")
    firefox.type(first["text"])
    written = "".join(first["written"]).removesuffix("<end>")
    firefox.wait(SAYS, PLACE, f"Written: {written}")
    assert firefox.problems == []
