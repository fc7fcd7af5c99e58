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
    Twin,
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


def shown_text(box, widget):
    words, token, row = widget.words(), widget.token, widget.weights()[widget.token]
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


def shown_map(box, widget):
    """The map of all heads: where each looks most from the picked token."""
    words, weights = widget.words(), widget.all_weights()
    table = box.locator("table.ac-hv-map")
    marks = [[MARKS[kind] for kind in line] for line in widget.overview()]
    assert cells_of(table) == marks
    heads = table.locator("input").evaluate_all(
        "(all) => all.map((one) => [one.getAttribute('aria-label'), one.checked])"
    )
    for n, (name, checked) in enumerate(heads):
        layer, head = divmod(n, weights.shape[1])
        best = weights[layer, head, widget.token]
        found = re.fullmatch(
            rf"layer {layer}, head {head}: most weight, (\S+), on token (\d+), (.+)",
            name,
        )
        place = int(found[2])
        assert number(found[1]) == near(float(best.max()))
        assert best[place] == best.max()
        assert found[3] == words[place]
        assert checked == ((layer, head) == (widget.layer, widget.head))


def shown_counts(box, widget):
    words, token = widget.words(), widget.token
    counts = Counter(kind for line in widget.overview() for kind in line)
    told = box.locator(".ac-hv-legend strong").all_inner_texts()
    assert [int(text) for text in told] == [counts[kind] for kind in PLACES]
    summary = box.locator(".ac-summary").inner_text()
    best = int(widget.weights()[token].argmax())
    assert f"“{words[token]}” looks most at “{words[best]}” (token {best}" in summary
    assert f"{counts['[CLS]']} look most at [CLS] from here" in summary
    assert f"{counts['before'] + counts['after']} at a neighbour" in summary


def shown_sliders(box, widget):
    for name, value in [("Layer", widget.layer), ("Head", widget.head)]:
        slide = box.get_by_role("slider", name=name)
        assert slide.input_value() == str(value)


def shown_table(box, widget):
    if box.locator("details").get_attribute("open") is None:
        return
    words, token = widget.words(), widget.token
    table = box.locator("table.ac-hv-weights")
    shown = [[number(x) for x in line] for line in cells_of(table)]
    rows = widget.weights() if len(words) <= 40 else widget.weights()[token : token + 1]
    assert shown == [near(line.tolist()) for line in rows]
    looks = table.locator(".ac-hv-looks th").inner_text()
    assert looks == f"{token} {words[token]}"


def all_shown(box, widget):
    for part in (shown_text, shown_map, shown_counts, shown_sliders, shown_table):
        part(box, widget)


@pytest.fixture
def twin(show):
    def kind(**state):
        return head_viewer(**{"layer": 1, "head": 2, "token": 3, **state})

    return Twin(show, kind, all_shown)


def test_layer_and_head_are_moved(twin):
    twin.slider("Layer").press("End")
    twin.now(layer=2)
    twin.slider("Head").press("Home")
    twin.now(head=0)
    twin.slider("Head").press("ArrowRight")
    twin.now(head=1)


def test_a_token_is_picked_by_mouse_and_by_keyboard(twin):
    twin.box.get_by_role("radiogroup").locator("label").nth(5).click()
    twin.now(token=5)
    for key, token in [("ArrowRight", 6), ("ArrowRight", 0), ("ArrowLeft", 6)]:
        twin.page.keyboard.press(key)  # from the last one on to the first, and back
        twin.now(token=token)


def test_a_head_is_picked_on_the_map_in_both_directions(twin):
    """The arrow keys know rows and columns, and stop at the edges."""
    twin.box.locator("table.ac-hv-map label").nth(0 * 5 + 3).click()
    twin.now(layer=0, head=3)
    for key, layer, head in [
        ("ArrowUp", 0, 3),
        ("ArrowDown", 1, 3),
        ("ArrowRight", 1, 4),
        ("ArrowRight", 1, 4),
        ("ArrowLeft", 1, 3),
        ("ArrowDown", 2, 3),
        ("ArrowDown", 2, 3),
    ]:
        twin.page.keyboard.press(key)
        twin.now(layer=layer, head=head)
        assert twin.page.evaluate("document.activeElement.value") == f"{layer} {head}"
    # The Tab key comes to the picked head only.
    stops = twin.box.locator("table.ac-hv-map input").evaluate_all(
        "(all) => all.filter((one) => one.tabIndex === 0).map((one) => one.value)"
    )
    assert stops == ["2 3"]


def test_another_sentence_takes_the_table_and_the_token_along(twin):
    twin.box.locator("summary").press("Enter")
    twin.page.wait_for_selector("table.ac-hv-weights")
    twin.agree()
    twin.now(token=3)
    sentence = twin.box.get_by_label("Sentence")
    twin.box.get_by_role("radiogroup").locator("label").nth(6).click()
    twin.now(token=6)
    sentence.select_option("1")  # shorter: the token moves along
    twin.now(picked=1)
    assert twin.widget.token == 3
    sentence.select_option("2")
    twin.now(picked=2)


def test_a_long_text_shows_one_row_of_the_table(show):
    recordings = HeadViewer.record(ToyEncoder(2, 2), [" ".join(["word"] * 50)])
    widget = HeadViewer(recordings, token=20, layer=1)
    page = show(HeadViewer(recordings, token=20, layer=1))
    open_all(page)
    all_shown(box_of(page, HeadViewer), widget)
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


class Notebook:
    """A viewer in a notebook, and what its reader types."""

    def __init__(self, notebook):
        self.widget = head_viewer(picked=2, token=6, layer=1)
        self.page = notebook(self.widget)
        self.box = box_of(self.page, HeadViewer)
        self.typed = self.box.get_by_role("textbox", name="Or type one")

    def agree(self):
        all_shown(self.box, self.widget)

    def type(self, text):
        self.typed.fill(text)
        self.typed.press("Enter")

    def wait_for_status(self, text):
        self.page.wait_for_function(
            "([node, text]) => node.textContent === text",
            arg=[self.page.get_by_role("status").element_handle(), text],
        )

    def wait_for_words(self, words):
        self.page.wait_for_function(
            """(words) => [...document.querySelectorAll(".ac-hv-text label")]
                .map((label) => label.children[1].textContent).join(" ") === words""",
            arg=f"[CLS] {words} [SEP]",
        )


@pytest.fixture
def reader(notebook):
    reader = Notebook(notebook)
    yield reader
    assert reader.page.problems == []


def test_in_a_notebook_what_is_typed_is_read(reader):
    reader.agree()
    reader.type("je pense")
    reader.wait_for_words("je pense")
    reader.wait_for_status("")
    assert (reader.widget.typed, reader.widget.token) == ("je pense", 3)
    reader.agree()
    reader.box.get_by_role("radiogroup").locator("label").nth(1).click()
    reader.page.wait_for_function(
        "() => document.querySelector('.ac-hv-now input').value === '1'"
    )
    assert reader.widget.token == 1
    reader.agree()


def test_in_a_notebook_what_is_typed_stays_text(reader):
    reader.typed.fill("<img src=x onerror='hacked=1'>")
    reader.box.get_by_role("button", name="Read").click()
    reader.wait_for_words("<img src=x onerror='hacked=1'>")
    assert reader.page.locator("img").count() == 0
    assert reader.page.evaluate("typeof hacked") == "undefined"
    reader.agree()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  ", "Type at least one word."),
        ("w " * 59, "The model reads at most 60 tokens; this has 61."),
    ],
    ids=["nothing", "too long"],
)
def test_in_a_notebook_what_cannot_be_read_is_said_again_and_again(
    reader, text, message
):
    reader.type("fine")
    reader.wait_for_words("fine")
    reader.type(text)
    reader.wait_for_status(message)
    reader.wait_for_words(SENTENCES[2])
    reader.typed.press("Enter")  # again: the same answer, not an endless wait
    reader.wait_for_status(message)


def test_in_a_notebook_the_longest_text_is_read_and_a_sentence_comes_back(reader):
    reader.type("w " * 58)
    reader.wait_for_words(" ".join("w" * 58))
    reader.wait_for_status("")
    reader.box.get_by_label("Sentence").select_option("0")
    reader.wait_for_words(SENTENCES[0])
    assert (reader.widget.picked, reader.widget.typed) == (0, None)
