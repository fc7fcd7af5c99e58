"""The head viewer in a real browser, on a page that needs no built book."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import torch

from attention_course.widgets import HeadViewer
from attention_course.widgets.head_viewer import KINDS as PLACES
from tests.widgets.head_viewer.example import SENTENCES, ToyEncoder, head_viewer
from tests.widgets.helpers import (
    apart,
    box_of,
    cells_of,
    near,
    number,
    open_all,
    picker,
)

pytestmark = pytest.mark.browser

KINDS = [HeadViewer]


MARKS = dict(zip(PLACES, "=CS←→◆", strict=True))


def test_the_head_viewer_s_arithmetic_is_torch_s_over_250_settings(compute):
    draw = torch.Generator().manual_seed(32)

    pick = picker(draw)
    widgets, exact = [], []
    for n in range(250):
        encoder = ToyEncoder(pick(1, 3), pick(1, 5), sharpness=[0.1, 1.0, 4.0][n % 3])
        texts = [" ".join("w" * pick(1, 9)) + f" {n}" for _ in range(2)]
        state = {"layer": pick(0, encoder.n_layers - 1), "picked": n % 2}
        widget = HeadViewer(
            HeadViewer.record(encoder, texts),
            encoder,
            head=pick(0, encoder.n_heads - 1),
            **state,
        )
        text = texts[n % 2]
        if n % 4 == 0:
            text = f"typed {n} times"
            widget.typed = text
        widget.token = pick(0, len(widget.words()) - 1)
        widgets.append(widget)
        exact.append(encoder.encode([text]).weights[0].double())
    keep = ["answered", "words", "token", "row", "order", "overview", "counts"]
    results = compute(HeadViewer, [w.state() for w in widgets], keep)
    largest = 0.0
    seen = Counter()
    for widget, weights, result in zip(widgets, exact, results, strict=True):
        layer, head, token = widget.layer, widget.head, widget.token
        assert (result["answered"], result["token"]) == (
            widget.typed is not None,
            token,
        )
        assert result["words"] == widget.words()
        assert apart(result["row"], weights[layer, head, token]) <= 0.002
        largest = max(largest, apart(result["row"], widget.weights()[token]))
        row = torch.tensor(result["row"])
        assert result["order"] == row.argsort(descending=True, stable=True).tolist()
        overview = result["overview"]
        kinds = [[one["kind"] for one in line] for line in overview]
        assert kinds == widget.overview()
        from_here = weights[:, :, token]  # (n_layers, n_heads, T)
        shown = [[one["weight"] for one in line] for line in overview]
        assert apart(shown, from_here.amax(-1)) <= 1e-5
        places = torch.tensor([[one["place"] for one in line] for line in overview])
        there = from_here.gather(-1, places.unsqueeze(-1)).squeeze(-1)
        assert apart(there, from_here.amax(-1)) <= 0.002
        counts = Counter(kind for line in kinds for kind in line)
        assert {k: n for k, n in result["counts"].items() if n} == dict(counts)
        seen += counts
    assert largest <= 1e-5
    assert set(seen) == set(PLACES)


def assert_heads_show(page, widget):
    box = box_of(page, HeadViewer)
    words, token = widget.words(), widget.token
    weights = widget.all_weights()
    row = weights[widget.layer, widget.head, token]
    text = box.locator(".ac-hv-text")
    assert text.locator("label > span:nth-child(2)").all_inner_texts() == words
    shares = [number(x) for x in text.locator(".ac-hv-share").all_inner_texts()]
    assert shares == near(row.tolist())
    assert text.locator("input:checked").input_value() == str(token)
    names = text.locator("input").evaluate_all(
        "(all) => all.map((one) => one.getAttribute('aria-label'))"
    )
    for t, name in enumerate(names):
        assert name.startswith(f"token {t}: {words[t]}, gets weight ")
        assert number(name.rpartition(" ")[2]) == near(float(row[t]))
    assert text.locator(".ac-hv-now").count() == 1
    colours = text.locator("label").evaluate_all(
        "(all) => all.map((one) => parseFloat(one.style.getPropertyValue('--ac-share')))"
    )
    assert colours == pytest.approx((100 * row).tolist(), abs=0.51)

    overview = widget.overview()
    table = box.locator("table.ac-hv-map")
    assert cells_of(table) == [[MARKS[kind] for kind in line] for line in overview]
    heads = table.locator("input").evaluate_all(
        "(all) => all.map((one) => [one.getAttribute('aria-label'), one.checked])"
    )
    n_heads = weights.shape[1]
    for n, (name, checked) in enumerate(heads):
        layer, head = divmod(n, n_heads)
        found = re.fullmatch(
            rf"layer {layer}, head {head}: most weight, (\S+), on token (\d+), (.+)",
            name,
        )
        place = int(found[2])
        best = weights[layer, head, token]
        assert number(found[1]) == near(float(best.max()))
        assert best[place] == best.max()
        assert found[3] == words[place]
        assert checked == ((layer, head) == (widget.layer, widget.head))
    counts = Counter(kind for line in overview for kind in line)
    told = box.locator(".ac-hv-legend strong").all_inner_texts()
    assert [int(text) for text in told] == [counts[kind] for kind in PLACES]
    summary = box.locator(".ac-summary").inner_text()
    best = int(row.argmax())
    assert f"“{words[token]}” looks most at “{words[best]}” (token {best}" in summary
    assert f"{counts['[CLS]']} look most at [CLS] from here" in summary
    assert f"{counts['before'] + counts['after']} at a neighbour" in summary
    for name, value in [("Layer", widget.layer), ("Head", widget.head)]:
        slide = box.get_by_role("slider", name=name)
        assert slide.input_value() == str(value)
    if box.locator("details").get_attribute("open") is not None:
        table = box.locator("table.ac-hv-weights")
        shown = [[number(x) for x in line] for line in cells_of(table)]
        rows = widget.weights() if len(words) <= 40 else row.unsqueeze(0)
        assert shown == [near(line.tolist()) for line in rows]
        looks = table.locator(".ac-hv-looks th").inner_text()
        assert looks == f"{token} {words[token]}"


def test_the_head_viewer_answers_every_control_without_network(show):
    widget = head_viewer(layer=1, head=2, token=3)
    page = show(head_viewer(layer=1, head=2, token=3))
    box = box_of(page, HeadViewer)
    assert_heads_show(page, widget)

    def change(**changes):
        for name, value in changes.items():
            setattr(widget, name, value)
        assert_heads_show(page, widget)

    box.get_by_role("slider", name="Layer").press("End")
    change(layer=2)
    box.get_by_role("slider", name="Head").press("Home")
    change(head=0)

    # A token, by mouse and by keyboard.
    tokens = box.get_by_role("radiogroup")
    tokens.locator("label").nth(5).click()
    change(token=5)
    page.keyboard.press("ArrowRight")
    change(token=6)
    page.keyboard.press("ArrowRight")  # from the last one on to the first
    change(token=0)
    page.keyboard.press("ArrowLeft")
    change(token=6)

    # A head: the arrow keys know both directions, and stop at the edges.
    heads = box.locator("table.ac-hv-map label")
    heads.nth(0 * 5 + 3).click()
    change(layer=0, head=3)
    for key, layer, head in [
        ("ArrowUp", 0, 3),
        ("ArrowDown", 1, 3),
        ("ArrowRight", 1, 4),
        ("ArrowRight", 1, 4),
        ("ArrowLeft", 1, 3),
        ("ArrowDown", 2, 3),
        ("ArrowDown", 2, 3),
    ]:
        page.keyboard.press(key)
        change(layer=layer, head=head)
        focused = page.evaluate("document.activeElement.value")
        assert focused == f"{layer} {head}"
    # The Tab key comes to the picked head only.
    stops = box.locator("table.ac-hv-map input").evaluate_all(
        "(all) => all.filter((one) => one.tabIndex === 0).map((one) => one.value)"
    )
    assert stops == ["2 3"]

    box.locator("summary").press("Enter")
    page.wait_for_selector("table.ac-hv-weights")
    assert_heads_show(page, widget)
    sentence = box.get_by_label("Sentence")
    sentence.select_option("1")  # shorter: the token moves along
    change(picked=1)
    assert widget.token == 3
    sentence.select_option("2")
    change(picked=2)
    box.get_by_role("slider", name="Head").press("ArrowRight")
    change(head=4)


def test_a_long_text_shows_one_row_of_the_table(show):
    recordings = HeadViewer.record(ToyEncoder(2, 2), [" ".join(["word"] * 50)])
    widget = HeadViewer(recordings, token=20, layer=1)
    page = show(HeadViewer(recordings, token=20, layer=1))
    open_all(page)
    assert_heads_show(page, widget)
    assert page.locator("table.ac-hv-weights tbody tr").count() == 1
    assert "only the row of token 20" in (
        page.locator("table.ac-hv-weights caption").inner_text()
    )


def test_all_twelve_heads_fit_a_narrow_screen(show):
    recordings = HeadViewer.record(ToyEncoder(6, 12), SENTENCES)
    page = show(HeadViewer(recordings), viewport={"width": 360, "height": 900})
    fits = page.locator(".ac-scroll:has(.ac-hv-map)").evaluate(
        "(box) => box.scrollWidth <= box.clientWidth"
    )
    assert fits


def test_the_page_says_that_typing_needs_a_notebook(show):
    page = show(head_viewer())
    note = page.get_by_role("status").inner_text()
    assert note.startswith("Typing needs the model, and so a running notebook.")
    assert page.get_by_role("textbox").is_disabled()
    page = show(HeadViewer(HeadViewer.record(ToyEncoder(), SENTENCES)))
    assert page.get_by_role("textbox").count() == 0
    assert page.get_by_role("status").inner_text() == ""


def test_in_a_notebook_what_is_typed_is_read(notebook):
    widget = head_viewer(picked=2, token=6, layer=1)
    page = notebook(widget)
    box = box_of(page, HeadViewer)
    typed = box.get_by_role("textbox", name="Or type one")
    status = page.get_by_role("status")

    def wait(text):
        page.wait_for_function(
            "([node, text]) => node.textContent === text",
            arg=[status.element_handle(), text],
        )

    def wait_read(words):
        page.wait_for_function(
            """(words) => [...document.querySelectorAll(".ac-hv-text label")]
                .map((label) => label.children[1].textContent).join(" ") === words""",
            arg=f"[CLS] {words} [SEP]",
        )

    assert_heads_show(page, widget)
    typed.fill("je pense")
    typed.press("Enter")
    wait_read("je pense")
    wait("")
    assert (widget.typed, widget.token) == ("je pense", 3)
    assert_heads_show(page, widget)
    box.get_by_role("radiogroup").locator("label").nth(1).click()
    page.wait_for_function(
        "() => document.querySelector('.ac-hv-now input').value === '1'"
    )
    assert widget.token == 1
    assert_heads_show(page, widget)

    typed.fill("<img src=x onerror='hacked=1'>")
    box.get_by_role("button", name="Read").click()
    wait_read("<img src=x onerror='hacked=1'>")
    assert page.locator("img").count() == 0
    assert page.evaluate("typeof hacked") == "undefined"
    assert_heads_show(page, widget)

    for text, message in [
        ("  ", "Type at least one word."),
        ("w " * 59, "The model reads at most 60 tokens; this has 61."),
    ]:
        typed.fill(text)
        typed.press("Enter")
        wait(message)
        wait_read(SENTENCES[2])
        typed.press("Enter")  # again: the same answer, not an endless wait
        wait(message)
    typed.fill("w " * 58)
    typed.press("Enter")
    wait_read(" ".join("w" * 58))
    wait("")
    box.get_by_label("Sentence").select_option("0")
    wait_read(SENTENCES[0])
    assert (widget.picked, widget.typed) == (0, None)
    assert page.problems == []
