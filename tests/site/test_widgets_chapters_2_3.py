"""Chapter 2's and 3's widgets in a real browser, on a page that needs no built book.

``show`` opens the page and ``compute`` calls a widget's arithmetic: see conftest.py.
What holds for every widget is tested in test_every_widget.py.
"""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from attention_course.attention import masked_softmax
from attention_course.encoder_decoder import Translation
from attention_course.widgets import AlignmentViewer, DecodingStepper, ScoreExplorer
from tests.widgets.examples import (
    PAIRS,
    alignment_viewer,
    decoding_stepper,
    random_recording,
)
from tests.widgets.helpers import (
    apart,
    box_of,
    cells_of,
    decimals_in,
    near,
    number,
    picker,
)

pytestmark = pytest.mark.browser

KINDS = [DecodingStepper, ScoreExplorer, AlignmentViewer]


# The arithmetic in the ES modules, against torch.


def random_explorer(draw, n):
    pick = picker(draw)
    n_queries, n_keys, d_k = pick(1, 8), pick(1, 8), pick(1, 64)
    tensors = {}
    if n % 3 == 0:  # now and then tensors of the caller's own
        for name, shape in [
            ("query", (n_queries, d_k)),
            ("key", (n_keys, d_k)),
            ("value", (n_keys, pick(1, 8))),
        ]:
            tensors[name] = 3 * torch.randn(*shape, generator=draw)
    cells = torch.rand(n_queries, n_keys, generator=draw) < 0.5
    return ScoreExplorer(
        n_queries,
        n_keys,
        d_k,
        score=("dot", "scaled_dot", "general", "additive")[pick(0, 3)],
        temperature=float(10 ** (2 * torch.rand((), generator=draw) - 1)),
        mask=("none", "causal", "padding", cells, cells & cells[:, :1])[pick(0, 4)],
        n_padding=pick(0, n_keys),
        picked=pick(0, n_queries - 1),
        seed=n % 5,
        **tensors,
    )


def test_the_score_explorer_s_arithmetic_is_torch_s_over_300_settings(compute):
    draw = torch.Generator().manual_seed(21)
    widgets = [random_explorer(draw, n) for n in range(300)]
    keep = ["scores", "weights", "context", "entropy", "effective", "allowed", "spread"]
    results = compute(ScoreExplorer, [widget.state() for widget in widgets], keep)
    largest, lonely, settings = 0.0, 0, set()
    for widget, result in zip(widgets, results, strict=True):
        scores, allowed = widget.scores(), widget.allowed()
        weights = masked_softmax(scores / widget.temperature, allowed)
        assert result["allowed"] == allowed.tolist()
        differences = [
            apart(result["scores"], scores),
            apart(result["weights"], weights),
            apart(result["weights"], widget.weights()),
            apart(result["context"], weights @ widget.tensors()[2]),
            apart(result["context"], widget.context()),
            apart(result["entropy"], widget.entropy()),
            apart(result["effective"], widget.effective_keys()),
            apart(result["spread"], scores.std(correction=0)),
        ]
        if widget.score == "scaled_dot":  # an oracle that is not ours
            query, key, value = widget.tensors()
            attended = F.scaled_dot_product_attention(
                query / widget.temperature, key, value, attn_mask=allowed
            ).nan_to_num()
            differences.append(apart(result["context"], attended))
        for i in (~allowed.any(-1)).nonzero().flatten().tolist():
            lonely += 1
            assert result["weights"][i] == [0] * widget.n_keys
            assert not any(result["context"][i])
            assert (result["entropy"][i], result["effective"][i]) == (0, 0)
        largest = max(largest, *differences)
        settings.add((widget.score, widget.mask))
    assert largest <= 1e-5
    assert lonely > 50
    assert len(settings) == 16


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


# In the page, with the network cut off.


def assert_scores_show(page, widget):
    """Compare everything on the page with the Python widget in the same state."""
    box = box_of(page, ScoreExplorer)
    tables = box.locator("table")
    scores, weights, context, total = (cells_of(tables.nth(n)) for n in range(4))
    allowed = widget.allowed()
    ticks = box.locator("input[type=checkbox]")
    ticked = ticks.evaluate_all("(all) => all.map((tick) => tick.checked)")
    assert ticked == allowed.flatten().tolist()
    assert [[number(c) for c in row] for row in scores] == [
        near(row) for row in widget.scores().tolist()
    ]
    for i, row in enumerate(weights):
        *shares, entropy, effective = row
        assert [number(c) for c in shares] == near(widget.weights()[i].tolist())
        if allowed[i].any():
            assert number(entropy) == near(float(widget.entropy()[i]))
            assert number(effective) == near(float(widget.effective_keys()[i]), 1)
        else:
            assert (entropy, effective) == ("—", "nothing")
    assert [[number(c) for c in row] for row in context] == [
        near(row) for row in widget.context().tolist()
    ]
    # The weighted sum, written out: factors as they are, and their sum.
    picked, value = widget.picked, widget.tensors()[2]
    for j, row in enumerate(total[:-1]):
        for n, text in enumerate(row):
            factors = [float(widget.weights()[picked, j]), float(value[j, n])]
            assert decimals_in(text) == near(factors)
    assert [number(c) for c in total[-1]] == near(widget.context()[picked].tolist())
    assert box.locator("input[type=radio]:checked").input_value() == str(picked)
    marked = box.locator("tr.ac-picked th").all_inner_texts()
    assert [text.strip() for text in marked] == [f"query {picked}"] * 3
    spread = box.get_by_text("Standard deviation").inner_text()
    deviation = float(widget.scores().std(correction=0))
    assert decimals_in(spread.rstrip(".")) == near([deviation])
    summary = box.locator(".ac-summary").inner_text()
    if not allowed[picked].any():
        assert summary.startswith(f"Query {picked} may attend to nothing")
    else:
        largest = float(widget.weights()[picked].max())
        assert decimals_in(summary)[0] == near(largest)


def test_the_score_explorer_answers_every_control_without_network(show):
    page = show(ScoreExplorer(picked=1))
    box = box_of(page, ScoreExplorer)
    state = {"picked": 1}

    def check(**changes):
        state.update(changes)
        assert_scores_show(page, ScoreExplorer(**state))

    def slider(name):
        return box.get_by_role("slider", name=name)

    check()
    slider("Queries").press("End")
    check(n_queries=8)
    slider("Keys").press("End")
    check(n_keys=8)
    slider("Numbers in each").press("End")
    check(d_k=64)
    for score in ("dot", "general", "additive", "scaled_dot"):
        box.get_by_role("combobox", name="Score", exact=True).select_option(score)
        check(score=score)
    slider("Temperature").press("Home")
    check(temperature=0.1)
    slider("Temperature").press("ArrowRight")
    check(temperature=0.11)
    slider("Temperature").press("End")
    check(temperature=10.0)
    assert slider("Temperature").get_attribute("aria-valuetext") == "temperature 10"

    # Masks: presets, then cell by cell from the preset on screen.
    assert not slider("Keys of padding").is_visible()
    masks = box.get_by_role("combobox", name="Mask", exact=True)
    masks.select_option("padding")
    check(mask="padding")
    slider("Keys of padding").press("End")
    check(n_padding=8)  # nothing is left
    assert "nothing" in box.locator(".ac-weights").inner_text()
    slider("Keys of padding").press("Home")
    check(n_padding=0)
    masks.select_option("causal")
    check(mask="causal")
    box.get_by_label("query 2 may attend to key 5").click()
    allowed = ScoreExplorer(**state).allowed()
    allowed[2, 5] = True
    check(mask=allowed)
    assert masks.input_value() == "cells"
    box.get_by_label("query 2 may attend to key 5").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")  # the edge: nothing further
    page.keyboard.press("Space")
    allowed[0, 4] = True
    check(mask=allowed)
    tabbable = box.locator("input[type=checkbox][tabindex='0']")
    assert tabbable.count() == 1
    assert tabbable.get_attribute("aria-label") == "query 0 may attend to key 4"

    # A query is picked by its radio, by the keyboard from there, and by a row.
    box.get_by_role("radio", name="query 6").check()
    check(picked=6)
    page.keyboard.press("ArrowDown")
    check(picked=7)
    box.locator(".ac-weights tbody tr").nth(3).locator("td").nth(1).click()
    check(picked=3)

    # What no longer exists is left behind.
    slider("Queries").press("Home")
    check(n_queries=1, picked=0, mask=allowed[:1])
    slider("Keys").press("Home")
    check(n_keys=1, n_padding=0, mask=allowed[:1, :1])
    slider("Numbers in each").press("Home")
    check(d_k=1)
    box.get_by_label("query 0 may attend to key 0").click()
    check(mask=torch.tensor([[False]]))

    # Every number that went in can be read.
    box.locator("summary").press("Enter")
    slider("Queries").press("End")
    slider("Keys").press("End")
    slider("Numbers in each").press("End")
    inputs = box.locator(".ac-inputs table")
    for n, tensor in enumerate(ScoreExplorer(8, 8, 64).tensors()):
        shown = [[number(c) for c in row] for row in cells_of(inputs.nth(n))]
        assert shown == [near(row) for row in tensor.tolist()]


def assert_step_shows(page, widget):
    box = box_of(page, DecodingStepper)
    recording, step, n = widget.recording(), widget.step, widget.n_steps()
    written = [widget.symbols[token] for token in recording["tokens"]]
    expected = widget.expected()
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

    output = cells_of(box.locator("table.ac-output"))
    length = max(n, len(expected))
    assert output[0] == [*written[:step], *["·"] * (length - step)]
    assert output[1][: len(expected)] == expected
    verdicts = [
        "right" if t < len(expected) and written[t] == expected[t] else "wrong"
        for t in range(step)
    ]
    assert output[2] == [*verdicts, *[""] * (length - step)]
    outcome = box.locator(".ac-line").last.inner_text()
    assert f"which is {verdicts[-1]}" in outcome
    summary = box.locator(".ac-summary").inner_text()
    assert decimals_in(summary)[:2] == near([float(p.max()), widget.entropy()])
    assert widget.summary().rpartition("; ")[2].lower() in summary.lower()


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
