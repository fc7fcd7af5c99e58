"""The decoding stepper in a real browser, on a page that needs no built book."""

from __future__ import annotations

import pytest
import torch

from attention_course.widgets import DecodingStepper
from tests.widgets.decoding_stepper.example import decoding_stepper, random_recording
from tests.widgets.helpers import (
    apart,
    box_of,
    cells_of,
    decimals_in,
    near,
    number,
)
from tests.widgets.translators import PAIRS

pytestmark = pytest.mark.browser

KINDS = [DecodingStepper]


def test_the_decoding_stepper_s_arithmetic_is_torch_s_over_300_settings(compute):
    draw = torch.Generator().manual_seed(22)
    widgets = []
    for n in range(75):
        texts = ["abc", "edcba"]
        recordings = [
            random_recording(draw, text, 1 + (n + k) % 11, 5 + n % 5)
            for k, text in enumerate(texts)
        ]
        for text in texts:
            shown = DecodingStepper(recordings, text=text)
            for step in {1, shown.n_steps()}:
                widgets.append(DecodingStepper(recordings, text=text, step=step))
    assert len(widgets) >= 270
    for size in (3, 40):  # a model's own recordings, every step of them
        for pair in PAIRS:
            shown = decoding_stepper(text=pair.source, d_context=size)
            steps = range(1, shown.n_steps() + 1)
            widgets += [
                decoding_stepper(text=pair.source, d_context=size, step=step)
                for step in steps
            ]
    assert len(widgets) >= 300
    keep = ["probabilities", "entropy", "likeliest", "written", "expected", "nRight"]
    states = [widget.state() for widget in widgets]
    results = compute(DecodingStepper, states, [*keep, "allRight", "step", "nSteps"])
    largest = 0.0
    for widget, result in zip(widgets, results, strict=True):
        logits = torch.tensor(widget.recording()["logits"][widget.step - 1]).double()
        p = logits.softmax(-1)
        largest = max(
            largest,
            apart(result["probabilities"], p),
            apart(result["probabilities"], widget.probabilities()),
            apart(result["entropy"], -(p * p.log()).sum()),
            apart(result["entropy"], widget.entropy()),
        )
        assert result["likeliest"] == int(logits.argmax())
        assert (result["step"], result["nSteps"]) == (widget.step, widget.n_steps())
        assert result["written"][: widget.step] == widget.written()
        assert result["expected"] == widget.expected()
        pairs = zip(widget.written(), widget.expected(), strict=False)
        assert result["nRight"] == sum(ours == theirs for ours, theirs in pairs)
        if widget.step == widget.n_steps():
            assert result["allRight"] == (widget.written() == widget.expected())
            assert result["allRight"] == widget.summary().endswith("output is right")
    assert largest <= 1e-5


def assert_step_shows(page, widget):
    box = box_of(page, DecodingStepper)
    assert_states_show(box, widget)
    assert_chances_show(box, widget)
    assert_output_shows(box, widget)
    summary = box.locator(".ac-summary").inner_text()
    p = widget.probabilities()
    assert decimals_in(summary)[:2] == near([float(p.max()), widget.entropy()])
    assert widget.summary().rpartition("; ")[2].lower() in summary.lower()


def written_by(widget):
    return [widget.symbols[token] for token in widget.recording()["tokens"]]


def assert_states_show(box, widget):
    """What the decoder reads, C, and its state before and after."""
    recording, step, n = widget.recording(), widget.step, widget.n_steps()
    written = written_by(widget)
    names = box.locator(".ac-name").all_inner_texts()
    assert names[0] == f"Source: {len(recording['read'])} characters"
    assert f" {widget.d_context} numbers" in names[1]
    assert names[2] == f"Step {step} of {n}"
    chars = [c if c != " " else "␣" for c in recording["read"]]
    assert box.locator(".ac-chars .ac-char").all_inner_texts() == chars
    assert box.locator(".ac-wrap .ac-unit").count() == len(recording["context"])
    for n_strip, at in enumerate((step - 1, step)):
        units = recording["states"][at]
        strip = box.locator(".ac-even").nth(n_strip)
        assert strip.locator(".ac-unit").count() == len(units) == 32
        low, high = decimals_in(strip.get_attribute("aria-label"))
        assert (low, high) == (near(min(units)), near(max(units)))
        shares = strip.locator(".ac-unit").evaluate_all(
            """(all) => all.map((unit) => {
                const share = parseFloat(unit.style.getPropertyValue("--ac-share"));
                return unit.classList.contains("ac-neg") ? -share : share;
            })"""
        )
        assert shares == pytest.approx(
            [100 * max(-1, min(1, u)) for u in units], abs=0.51
        )
    reads, writes = box.locator(".ac-line .ac-char").all_inner_texts()
    assert (reads, writes) == (
        written[step - 2] if step > 1 else "<start>",
        written[step - 1],
    )


def assert_chances_show(box, widget):
    """The logit and probability of each symbol, and which are written and expected."""
    step, expected = widget.step, widget.expected()
    writes = written_by(widget)[step - 1]
    chances = box.locator("table.ac-chances")
    rows = cells_of(chances)
    p = widget.probabilities()
    assert [number(row[0]) for row in rows] == near(widget.logits().tolist())
    assert [number(row[1]) for row in rows] == near(p.tolist(), 3)
    widths = chances.locator(".ac-bar").evaluate_all(
        "(bars) => bars.map((bar) => parseFloat(bar.style.width))"
    )
    assert widths == pytest.approx((100 * p).tolist(), abs=0.006)
    heads = chances.locator("tbody th").all_inner_texts()
    marks = dict(head.split(" ", 1) for head in heads if " " in head.strip())
    wanted = expected[step - 1] if step <= len(expected) else None
    if wanted == writes:
        assert marks == {writes: "written, expected"}
    else:
        assert marks == {writes: "written"} | ({wanted: "expected"} if wanted else {})


def assert_output_shows(box, widget):
    """What is written up to this step, and whether it is right."""
    written, step, expected = written_by(widget), widget.step, widget.expected()
    output = cells_of(box.locator("table.ac-output"))
    length = max(widget.n_steps(), len(expected))
    assert output[0] == [*written[:step], *["·"] * (length - step)]
    assert output[1][: len(expected)] == expected
    verdicts = [
        "right" if t < len(expected) and written[t] == expected[t] else "wrong"
        for t in range(step)
    ]
    assert output[2] == [*verdicts, *[""] * (length - step)]
    outcome = box.locator(".ac-line").last.inner_text()
    assert f"which is {verdicts[-1]}" in outcome


def test_the_decoding_stepper_answers_every_control_without_network(show):
    page = show(decoding_stepper())
    box = box_of(page, DecodingStepper)
    texts = box.get_by_role("combobox", name="Length: text")
    sizes = box.get_by_role("combobox", name="Size of C")
    step = box.get_by_role("slider", name="Step")
    assert texts.locator("option").all_inner_texts()[1] == "9: 2024年3月9日"
    verdicts = set()
    for size in (40, 3):
        sizes.select_option(str(size))
        for pair in PAIRS:
            texts.select_option(pair.source)
            shown = decoding_stepper(text=pair.source, d_context=size)
            step.press("Home")
            assert_step_shows(page, shown)
            step.press("End")
            shown.step = shown.n_steps()
            assert_step_shows(page, shown)
            verdicts.update(
                box.locator(".ac-output tbody tr").last.inner_text().split()
            )
            assert step.get_attribute("aria-valuetext") == (
                f"step {shown.step} of {shown.step}: writes {shown.written()[-1]}"
            )
    assert {"right", "wrong"} <= verdicts

    # Buttons, by mouse and keyboard; at the ends they do nothing.
    step.press("Home")
    shown.step = 1
    back = box.get_by_role("button", name="Previous")
    forth = box.get_by_role("button", name="Next")
    assert back.get_attribute("aria-disabled") == "true"
    back.click(force=True)
    assert_step_shows(page, shown)
    forth.click()
    shown.step = 2
    assert_step_shows(page, shown)
    forth.press("Enter")
    forth.press("Space")
    shown.step = 4
    assert_step_shows(page, shown)
    back.press("Enter")
    shown.step = 3
    assert_step_shows(page, shown)
    for _ in range(12):
        forth.press("Enter")
    shown.step = shown.n_steps()
    assert forth.get_attribute("aria-disabled") == "true"
    assert forth.evaluate("(node) => node === document.activeElement")
    assert_step_shows(page, shown)

    # The numbers of C and of the state.
    box.locator("summary").press("Enter")
    box.locator(".ac-numbers table").first.wait_for()
    context, state = (box.locator(".ac-numbers table").nth(n) for n in range(2))
    recording = shown.recording()
    assert [number(c) for c in cells_of(context)[0]] == near(recording["context"])
    before, after = recording["states"][shown.step - 1 : shown.step + 1]
    rows = [[number(c) for c in row] for row in cells_of(state)]
    assert rows[:2] == [near(before), near(after)]
    assert rows[2] == near([b - a for a, b in zip(before, after, strict=True)])
    back.click()
    assert [number(c) for c in cells_of(state)[1]] == near(before)


def test_a_shorter_output_takes_the_step_along(show):
    draw = torch.Generator().manual_seed(5)
    recordings = [random_recording(draw, "abc", 7), random_recording(draw, "e", 2)]
    page = show(DecodingStepper(recordings, step=6))
    box = box_of(page, DecodingStepper)
    box.get_by_role("combobox", name="Length: text").select_option("e")
    assert box.get_by_role("slider", name="Step").input_value() == "2"
    assert box.locator(".ac-summary").inner_text().startswith("Step 2 of 2")


def test_an_output_without_an_expected_one_is_not_judged(show):
    recording = random_recording(torch.Generator().manual_seed(6), "abc", 3)
    page = show(DecodingStepper([recording | {"expected": None}], step=3))
    text = box_of(page, DecodingStepper).inner_text()
    assert "right" not in text
    assert "wrong" not in text
    assert "expected" not in text
