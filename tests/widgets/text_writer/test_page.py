"""Chapter 6's text writer in a real browser: its arithmetic, and writing in a notebook."""

from __future__ import annotations

import pytest
import torch

from attention_course.widgets import TextWriter
from attention_course.widgets.text_writer import random_share
from tests.browser import let_run
from tests.widgets.helpers import apart, cells_of, heads_of, near, open_all, picker
from tests.widgets.text_writer.example import TOY, text_writer

pytestmark = pytest.mark.browser

KINDS = [TextWriter]


def test_compute_is_what_python_computes(compute):
    pick = picker(torch.Generator().manual_seed(3))
    writer = text_writer()
    states, expected = [], []
    for _ in range(150):
        text = "".join(TOY.symbols[pick(4, len(TOY) - 1)] for _ in range(pick(1, 90)))
        writer.set_state(
            {
                "picked": pick(0, 24),
                "temperature": pick(1, 20) / 10,
                "top_k": pick(1, 18),
                "seed": pick(0, 99),
                "layer": pick(0, 1),
                "head": pick(0, 2),
                "text": text if pick(0, 3) else "",
            }
        )
        states.append(writer.state())
        plain = writer.logits().softmax(-1)
        expected.append(
            (plain, writer.probabilities(), writer.weights(), writer.drawn())
        )
    names = ["plain", "chances", "row", "drawn", "waiting"]
    for ours, theirs in zip(compute(TextWriter, states, names), expected, strict=True):
        for name, tensor in zip(names, theirs[:3], strict=False):
            assert apart(ours[name], tensor) < 1e-9
        assert writer.symbols[ours["drawn"]] == theirs[3]
        assert not ours["waiting"]


def test_the_numbers_that_draw_are_those_of_python(compute):
    """By what they draw: with a thousand equal chances the symbol tells the number."""
    flat = {**text_writer().recordings[0], "logits": [0.0] * 1000, "n_layers": 1}
    state = text_writer().state() | {"picked": 0, "top_k": 1000, "layer": 0}
    states, expected = [], []
    for seed in range(100):
        for length in (1, 2, 64, 400):
            recording = {**flat, "text": "a" * length}
            states.append({**state, "recordings": [recording], "seed": seed})
            expected.append(int(1000 * random_share(seed, length)))
    found = [result["drawn"] for result in compute(TextWriter, states, ["drawn"])]
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= 1
    assert len(set(found)) > 300


def table_of(page):
    return page.locator(".ac-tw-chances")


def test_the_table_says_what_may_come(show):
    writer = text_writer(picked=4, temperature=0.6, top_k=12)
    page = show(writer)
    chances = writer.probabilities()
    order = writer.logits().argsort(descending=True, stable=True).tolist()
    rows = cells_of(table_of(page))
    assert len(rows) == 11
    for place, n in enumerate(order[:10]):
        assert float(rows[place][1]) == near(float(chances[n]), 3)
    assert float(rows[10][1]) == near(float(chances[order[10:]].sum()), 3)
    (drawn,) = [name for name in heads_of(table_of(page)) if name.endswith("drawn")]
    symbol = {" ": "␣", "\n": "↵"}.get(writer.drawn(), writer.drawn())
    assert drawn.split()[-2] == symbol
    text = page.locator(".ac-step > .ac-hidden").text_content()
    assert text == writer.recording()["text"]


def test_the_table_of_all_heads_is_what_the_last_character_looks_at(show):
    writer = text_writer(picked=6)
    page = show(writer)
    open_all(page)
    rows = cells_of(page.locator(".ac-tw-weights"))
    assert len(rows) == 6
    for n, row in enumerate(rows):
        writer.set_state({"layer": n // 3, "head": n % 3})
        assert [float(text) for text in row] == near(writer.weights().tolist())


def test_without_a_model_the_recording_can_be_gone_through(show):
    recordings = text_writer().recordings
    page = show(TextWriter(recordings, vocabulary=TOY))
    assert page.get_by_role("button").count() == 0
    assert page.locator("input[type=text]").count() == 0
    page.get_by_role("slider", name="Step of the recording").focus()
    spoken = page.locator(".ac-step > .ac-hidden")
    for recording in recordings[1:4]:
        page.keyboard.press("ArrowRight")
        assert spoken.text_content() == recording["text"]


# In a notebook Python answers.


def wait_until_written(page, n):
    page.wait_for_function(
        "(n) => document.querySelector('.ac-step > .ac-hidden').textContent.length >= n",
        arg=n,
    )


def test_a_notebook_writes_until_it_is_stopped(notebook):
    writer = text_writer(temperature=1.2, seed=8)
    expected = TextWriter.record(
        writer._model, "a bad cab", 60, temperature=1.2, seed=8, vocabulary=TOY
    )
    page = notebook(writer)
    page.get_by_role("button", name="Start").click()
    wait_until_written(page, 14)
    page.keyboard.press("Enter")  # the focus has stayed on the button, now Stop
    page.get_by_role("button", name="Start").wait_for()
    let_run(page, 1)  # what was sent before has come to Python
    written = writer.text
    wait_until_written(page, len(written))
    assert len(written) >= 14
    assert page.locator(".ac-step > .ac-hidden").text_content() == written
    assert expected[-1]["text"].startswith(written)
    page.get_by_role("button", name="One character").click()
    wait_until_written(page, len(written) + 1)
    assert writer.text == expected[-1]["text"][: len(written) + 1]


def test_a_beginning_is_read_as_it_is_typed(notebook):
    writer = text_writer()
    page = notebook(writer)
    box = page.get_by_label("Beginning")
    assert box.input_value() == "a bad cab"
    box.fill("café 2")
    page.get_by_text("never shown “é”, “2”: it reads <unknown> instead.").wait_for()
    wait_until_written(page, 6)
    assert writer.text == "café 2"
    chances = writer.probabilities()
    best = int(writer.logits().argmax())
    assert float(cells_of(table_of(page))[0][1]) == near(float(chances[best]), 3)
    page.get_by_role("button", name="One character").click()
    wait_until_written(page, 7)
    page.get_by_role("button", name="Begin again").click()
    page.wait_for_function(
        "() => document.querySelector('.ac-step > .ac-hidden').textContent === 'café 2'"
    )
    box.fill("")
    page.wait_for_function(
        "() => document.querySelector('.ac-step > .ac-hidden').textContent === 'a bad cab'"
    )
    assert writer.text == ""


def test_it_stops_by_itself_when_the_text_is_long(notebook):
    writer = text_writer()
    writer.text = "abc " * 100
    page = notebook(writer)
    page.get_by_role("button", name="Start").click()
    page.get_by_text("That is 400 characters. Begin again.").wait_for()
    assert page.get_by_role("button", name="Start").is_visible()
    assert len(writer.text) == 400
