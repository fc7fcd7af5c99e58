"""The alignment viewer in a real browser, on a page that needs no built book."""

from __future__ import annotations

import math

import pytest
import torch

from attention_course.encoder_decoder import Translation
from attention_course.widgets import AlignmentViewer
from tests.widgets.alignment_viewer.example import alignment_viewer
from tests.widgets.helpers import (
    apart,
    box_of,
    decimals_in,
    near,
    number,
)
from tests.widgets.translators import PAIRS

pytestmark = pytest.mark.browser

KINDS = [AlignmentViewer]


def test_the_alignment_viewer_s_arithmetic_is_torch_s_over_250_settings(compute):
    draw = torch.Generator().manual_seed(23)
    widgets = []
    for n in range(250):
        translations = []
        for k in range(1 + n % 3):
            text = "ab 年😀c"[: 1 + (n + k) % 6]
            written = (*"0123-"[: n % 5], "<end>")
            weights = torch.randn(len(written), len(text), generator=draw).mul(3)
            weights = weights.softmax(-1)
            translations.append(Translation("", text, written, weights))
        picked = n % len(translations)
        widgets.append(
            AlignmentViewer(translations, picked=picked, step=n % (n % 5 + 1))
        )
    states = [widget.state() for widget in widgets]
    keep = ["row", "entropy", "effective", "characters", "written", "order", "step"]
    largest = 0.0
    for widget, result in zip(
        widgets, compute(AlignmentViewer, states, keep), strict=True
    ):
        weights = widget.weights()
        entropy = torch.distributions.Categorical(weights).entropy()
        # The recorded weights are rounded: a row adds up to 1 only nearly.
        assert float((entropy - widget.entropy()).abs().max()) < 0.02
        largest = max(
            largest,
            apart(result["row"], weights[widget.step]),
            apart(result["entropy"], widget.entropy()),
            apart(result["effective"], widget.entropy().exp()),
        )
        assert result["characters"] == list(widget.recording()["text"])
        assert result["written"] == widget.recording()["written"]
        sorted_weights = [result["row"][j] for j in result["order"]]
        assert sorted_weights == sorted(result["row"], reverse=True)
        assert result["step"] == widget.step
    assert largest <= 1e-5


def assert_alignment_shows(page, widget):
    box = box_of(page, AlignmentViewer)
    recording, step = widget.recording(), widget.step
    weights = widget.weights()
    chars = [c if c != " " else "␣" for c in recording["text"]]
    source = box.locator(".ac-read .ac-char")
    assert source.evaluate_all("(all) => all.map((c) => c.firstChild.data)") == chars
    shares = source.evaluate_all(
        "(all) => all.map((c) => parseFloat(c.style.getPropertyValue('--ac-share')))"
    )
    assert shares == pytest.approx((100 * weights[step]).tolist(), abs=0.51)
    below = source.locator(".ac-share").all_text_contents()
    assert [number(text) for text in below] == near(weights[step].tolist())
    output = box.get_by_role("radiogroup").locator("label")
    assert output.all_inner_texts() == recording["written"]
    radios = box.get_by_role("radio")
    checked = radios.evaluate_all("(all) => all.map((radio) => radio.checked)")
    assert checked == [t == step for t in range(len(checked))]
    table = box.locator("table.ac-heatmap")
    assert table.locator("thead th").all_inner_texts()[1:] == chars
    assert table.locator("tbody th").all_inner_texts() == recording["written"]
    shown = table.locator("td").all_text_contents()
    assert [number(text) for text in shown] == near(weights.flatten().tolist())
    looked = table.locator("tr").evaluate_all(
        "(all) => all.map((tr) => tr.classList.contains('ac-looked'))"
    )
    assert looked.index(True) == step + 1
    assert sum(looked) == 1
    summary = box.locator(".ac-summary").inner_text()
    best = int(weights[step].argmax())
    start = f"For output {step}, “{recording['written'][step]}”, the most weight is on "
    assert summary.startswith(f"{start}“{chars[best]}” (source {best}, ")
    assert decimals_in(summary)[0] == near(float(weights[step, best]))
    assert decimals_in(summary)[-2] == near(float(widget.entropy()[step]))
    assert decimals_in(summary)[-1] == near(math.exp(widget.entropy()[step]), 1)


def test_the_alignment_viewer_answers_every_control_without_network(show):
    page = show(alignment_viewer())
    box = box_of(page, AlignmentViewer)
    widget = alignment_viewer()
    assert_alignment_shows(page, widget)
    for picked in (1, 2, 0):
        box.get_by_role("combobox", name="Text", exact=True).select_option(str(picked))
        widget.picked, widget.step = picked, 0
        assert_alignment_shows(page, widget)
    box.get_by_role("combobox", name="Text", exact=True).select_option("1")
    widget.picked = 1
    last = len(widget.recording()["written"]) - 1
    assert last >= 2

    # The arrow keys, a tap, the mouse over a character, the mouse over a row.
    box.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    widget.step = 2
    assert_alignment_shows(page, widget)
    page.keyboard.press("ArrowLeft")
    widget.step = 1
    assert_alignment_shows(page, widget)
    labels = box.get_by_role("radiogroup").locator("label")
    labels.nth(last).click()
    widget.step = last
    assert_alignment_shows(page, widget)
    labels.nth(0).hover()
    widget.step = 0
    assert_alignment_shows(page, widget)
    box.locator(".ac-heatmap tbody tr").nth(2).locator("td").nth(3).hover()
    widget.step = 2
    assert_alignment_shows(page, widget)

    # Numbers, when asked for.
    number_of_cell = box.locator(".ac-heatmap td span").first
    hidden = "(node) => node.getBoundingClientRect().width <= 1"
    assert number_of_cell.evaluate(hidden)
    assert not box.locator(".ac-share").first.is_visible()
    box.get_by_label("Show the numbers").check()
    assert not number_of_cell.evaluate(hidden)
    assert box.locator(".ac-share").first.is_visible()
    box.get_by_role("combobox", name="Text", exact=True).select_option("2")
    assert not box.locator(".ac-heatmap td span").first.evaluate(hidden)

    # Nobody is there to translate: the page says so.
    assert box.get_by_role("textbox", name="Or type one").is_disabled()
    assert box.get_by_role("button", name="Translate").is_disabled()


def test_the_page_says_that_typing_needs_a_notebook(show):
    page = show(alignment_viewer())
    note = page.get_by_role("status").inner_text()
    assert note.startswith("Typing needs the model, and so a running notebook.")
    without = AlignmentViewer([Translation("0", "ab", ("0", "<end>"), torch.eye(2))])
    page = show(without)
    assert page.get_by_role("textbox").count() == 0
    assert page.get_by_role("status").inner_text() == ""


def test_in_a_notebook_what_is_typed_is_translated(notebook):
    widget = alignment_viewer(picked=1)
    page = notebook(widget)
    box = box_of(page, AlignmentViewer)
    typed = box.get_by_role("textbox", name="Or type one")
    status = page.get_by_role("status")

    def wait(text):
        page.wait_for_function(
            "([node, text]) => node.textContent === text",
            arg=[status.element_handle(), text],
        )

    def wait_read(text):
        page.wait_for_function(
            """(text) => [...document.querySelectorAll(".ac-read .ac-char")]
                .map((c) => c.firstChild.data).join("") === text""",
            arg=text,
        )

    assert_alignment_shows(page, widget)
    typed.fill("9年8月")
    typed.press("Enter")
    wait_read("9年8月")
    wait("")
    assert widget.typed == "9年8月"
    assert_alignment_shows(page, widget)
    box.get_by_role("radio").last.check(force=True)
    assert widget.step == len(widget.recording()["written"]) - 1 > 0
    assert_alignment_shows(page, widget)

    typed.fill("<img src=x onerror='hacked=1'>")
    box.get_by_role("button", name="Translate").click()
    wait_read("<img␣src=x␣onerror='hacked=1'>")
    assert "“<”, “i”, “m”" in status.inner_text()
    assert status.inner_text().endswith("it reads <unknown> instead.")
    assert page.locator("img").count() == 0
    assert page.evaluate("typeof hacked") == "undefined"
    assert_alignment_shows(page, widget)

    for text, message in [
        ("", "Type at least one character."),
        ("a" * 201, "Type at most 200 characters; this has 201."),
    ]:
        typed.fill(text)
        typed.press("Enter")
        wait(message)
        wait_read(PAIRS[1].source)
        typed.press("Enter")  # again: the same answer, not an endless wait
        wait(message)
    typed.fill("a" * 200)
    typed.press("Enter")
    wait_read("a" * 200)
    wait("")
    # Back to the list, to what was picked before or to another.
    texts = box.get_by_role("combobox", name="Text", exact=True)
    assert texts.input_value() == ""
    for picked in (1, 2):
        texts.select_option(str(picked))
        wait_read(PAIRS[picked].source.replace(" ", "␣"))
        page.wait_for_function("() => python({}).then((state) => state.typed === null)")
        assert (widget.picked, widget.typed) == (picked, None)
    assert page.problems == []
