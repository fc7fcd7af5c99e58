"""Chapter 4's widgets in a real browser, on a page that needs no built book.

``show`` opens the page and ``compute`` calls a widget's arithmetic: see conftest.py.
What holds for every widget is tested in test_every_widget.py.
"""

from __future__ import annotations

import math
import re
from collections import Counter

import pytest
import torch
import torch.nn.functional as F

from attention_course.embedding import sinusoidal_positions
from attention_course.widgets import HeadViewer, PositionExplorer, WorkedExample
from attention_course.widgets.head_viewer import KINDS as PLACES
from tests.widgets.examples import SENTENCES, ToyEncoder, head_viewer
from tests.widgets.helpers import (
    apart,
    box_of,
    cells_of,
    heads_of,
    near,
    number,
    numbers_in,
    open_all,
    picker,
)

pytestmark = pytest.mark.browser

KINDS = [WorkedExample, HeadViewer, PositionExplorer]
MARKS = dict(zip(PLACES, "=CS←→◆", strict=True))


# The arithmetic in the ES modules, against torch.


def random_example(draw):
    pick = picker(draw)
    d, d_v = pick(1, 8), pick(1, 8)
    sizes = [(2, d), (2, d), (2, d_v)]
    scale = 10 ** (1.5 * float(torch.rand((), generator=draw)))  # 1 to 32
    tensors = [
        (scale * torch.randn(*size, generator=draw)).clamp(-100, 100) for size in sizes
    ]
    return WorkedExample(
        *tensors, d_k=pick(d, 512), scaled=pick(0, 2) > 0, picked=pick(0, 1)
    )


def test_the_worked_example_s_arithmetic_is_torch_s_over_300_settings(compute):
    draw = torch.Generator().manual_seed(31)
    widgets = [WorkedExample(), *(random_example(draw) for _ in range(299))]
    keep = ["picked", "divisor", "dots", "scores", "weights", "otherWeights"]
    results = compute(
        WorkedExample, [w.state() for w in widgets], [*keep, "weighted", "output"]
    )
    largest, soft = 0.0, 0
    for widget, result in zip(widgets, results, strict=True):
        query, key, value = widget.tensors()
        assert result["picked"] == widget.picked
        # The numbers that are not shown are zeros: torch's own attention on all of them.
        padded = [F.pad(x, (0, widget.d_k - x.shape[1])) for x in (query, key)]
        scale = None if widget.scaled else 1.0
        attended = F.scaled_dot_product_attention(*padded, value, scale=scale)
        dots = query @ key.T
        other = dots if widget.scaled else dots / math.sqrt(widget.d_k)
        weighted = widget.weights().unsqueeze(-1) * value  # (2, 2, d_v)
        largest = max(
            largest,
            apart(result["divisor"], math.sqrt(widget.d_k)),
            apart(result["dots"], dots) / float(1 + dots.abs().max()),
            apart(result["scores"], widget.scores()) / float(1 + dots.abs().max()),
            apart(result["weights"], widget.scores().softmax(-1)),
            apart(result["otherWeights"], other.softmax(-1)),
            apart(result["weighted"], weighted),
            apart(result["output"], attended),
            apart(result["output"], widget.output()),
        )
        soft += float(widget.weights().min()) > 0.01
    assert largest <= 1e-5
    assert soft >= 50  # not all of them are zeros and ones


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


def test_the_position_explorer_s_arithmetic_is_torch_s_over_300_settings(compute):
    draw = torch.Generator().manual_seed(33)

    pick = picker(draw)
    widgets = [PositionExplorer(64, 1, 0, 99), PositionExplorer(2, 10_000, 99, 0)]
    while len(widgets) < 300:
        base = float(10 ** (6 * torch.rand((), generator=draw)))
        widgets.append(
            PositionExplorer(2 * pick(1, 32), base, pick(0, 99), pick(0, 99))
        )
    keep = [
        "vectors",
        "wavelengths",
        "distance",
        "turns",
        "products",
        "dots",
        "cosines",
    ]
    results = compute(
        PositionExplorer, [w.state() for w in widgets], [*keep, "dot", "cosine"]
    )
    largest = single = 0.0
    for widget, result in zip(widgets, results, strict=True):
        d = widget.d_model
        previous = torch.get_default_dtype()
        torch.set_default_dtype(torch.double)  # the course's own formula, in double
        try:
            positions = sinusoidal_positions(100, d, base=widget.base)
        finally:
            torch.set_default_dtype(previous)
        first, second = positions[widget.first], positions[widget.second]
        distance = abs(widget.first - widget.second)
        waves = 2 * math.pi * widget.base ** (torch.arange(0, d, 2).double() / d)
        dots = positions @ positions[0]
        assert result["distance"] == distance
        products = (first * second).reshape(-1, 2).sum(-1)  # (d_model / 2,)
        largest = max(
            largest,
            apart(result["vectors"], torch.stack([first, second])),
            apart(result["wavelengths"], waves) / float(waves.max()),
            apart(result["turns"], distance / waves),
            apart(result["products"], products),
            apart(result["dots"], dots),
            apart(result["cosines"], F.cosine_similarity(positions[0], positions)),
            apart(result["dot"], first @ second),
            apart(result["cosine"], F.cosine_similarity(first, second, dim=0)),
        )
        single = max(
            single,
            apart(result["vectors"], widget.vectors()),
            apart(result["cosines"], widget.similarity()),
        )
    assert largest <= 1e-5
    assert single <= 2e-5  # angles up to 99 in single precision


# In the page, with the network cut off.


def assert_example_shows(page, widget):
    box = box_of(page, WorkedExample)
    i = widget.picked
    assert box.get_by_label("Query of").input_value() == str(i)
    for name in ("query", "key", "value"):
        for j, row in enumerate(getattr(widget, name)):
            letter = f"{name} {name[0]}{j + 1}"
            boxes = box.get_by_role("spinbutton", name=re.compile(f"^{letter}, number"))
            shown = boxes.evaluate_all("(all) => all.map((one) => Number(one.value))")
            assert shown == row
    query, key, value = widget.tensors()
    dots = key @ query[i]
    lines = box.locator(".ac-we-product").all_inner_texts()
    for j, line in enumerate(lines):
        sides = line.split("=")
        assert sides[0].strip() == f"q{'₁₂'[i]} · k{'₁₂'[j]}"
        terms = numbers_in(sides[1].replace("+", " "))
        pairs = torch.stack([query[i], key[j]], dim=1).flatten()
        assert terms == near(pairs.tolist())
        assert number(sides[2]) == near(float(dots[j]))
    steps = box.locator("table.ac-we-steps")
    shown = [[number(cell) for cell in row] for row in cells_of(steps)]
    weights = widget.weights()[i]
    divisor = math.sqrt(widget.d_k)
    other = (dots if widget.scaled else dots / divisor).softmax(-1)
    expected = [dots, widget.scores()[i], weights, other]
    assert shown == [near(row.tolist()) for row in expected]
    heads = heads_of(steps)
    assert heads[0] == f"score, q{'₁₂'[i]} · k"
    if widget.scaled:
        assert heads[1].startswith(f"divided by √{widget.d_k} = ")
        assert number(heads[1].rpartition("= ")[2]) == near(divisor)
        assert heads[3] == "weight without the division"
    else:
        assert (heads[1], heads[3]) == ("not divided", "weight with the division")
    rows = [[number(x) for x in row] for row in cells_of(box.locator(".ac-we-sum"))]
    products = weights.unsqueeze(-1) * value
    assert rows == [near(row.tolist()) for row in [*products, widget.output()[i]]]
    summary = box.locator(".ac-summary").inner_text()
    assert summary.startswith(
        f"“{widget.words[i]}” takes {weights[0]:.2f} of the value"
    )
    note = box.locator(".ac-we-foot p").inner_text()
    rest = widget.d_k - query.shape[1]
    assert f"d_k = {widget.d_k} numbers" in note
    assert (f"the other {rest} are zeros" in note) == (rest > 0)


def test_the_worked_example_answers_every_control_without_network(show):
    widget = WorkedExample()
    page = show(WorkedExample())
    box = box_of(page, WorkedExample)
    assert_example_shows(page, widget)
    steps = cells_of(box.locator("table.ac-we-steps"))
    assert steps == [["112", "96"], ["14", "12"], ["0.88", "0.12"], ["1.00", "0.00"]]
    assert "without the division the weights would be 1.00 and 0.00" in (
        box.locator(".ac-summary").inner_text()
    )

    def change(**changes):
        for name, value in changes.items():
            setattr(widget, name, value)
        assert_example_shows(page, widget)

    box.get_by_label("Divide the scores").press("Space")
    change(scaled=False)
    box.get_by_label("Query of").select_option("1")
    change(picked=1)
    box.get_by_label("Divide the scores").check()
    change(scaled=True)
    d_k = box.get_by_role("slider", name="Numbers in a vector")
    d_k.press("Home")
    change(d_k=4)
    d_k.press("ArrowRight")
    change(d_k=5)
    typed = box.get_by_role("spinbutton", name=re.compile("^Numbers in a vector"))
    typed.fill("256")
    change(d_k=256)

    # A number, typed and stepped; what cannot be used changes nothing and goes away.
    cell = box.get_by_role("spinbutton", name="query q2, number 1")
    cell.fill("-7.5")
    change(query=[widget.query[0], [3.0, -7.5, 2.0, 7.0]])
    other = box.get_by_role("spinbutton", name="value v1, number 3")
    other.focus()
    page.keyboard.press("ArrowUp")
    change(value=[[4.0, 1.0, -2.0, 4.0], widget.value[1]])
    last = box.get_by_role("spinbutton", name="key k1, number 0")
    for bad in ("101", "-100.1", ""):
        last.fill(bad)
        assert cells_of(box.locator("table.ac-we-steps"))[0] == [
            f"{x:g}".replace("-", "−") for x in widget.dot_products()[1].tolist()
        ]
        last.blur()
        assert last.input_value() == "6"
    last.fill("-100")
    change(key=[[-100.0, -3.0, 7.0, 6.0], widget.key[1]])

    box.get_by_role("button", name="Back to the first numbers").press("Enter")
    change(**widget.start)
    assert cells_of(box.locator("table.ac-we-steps"))[0] == ["68", "75"]


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


def assert_positions_show(page, widget):
    box = box_of(page, PositionExplorer)
    first, second = widget.vectors()
    both = (widget.first, widget.second)
    for n, (t, vector) in enumerate(zip(both, (first, second), strict=True)):
        strip = box.locator(".ac-wave-strip").nth(n)
        signs = strip.locator(".ac-unit").evaluate_all(
            """(all) => all.map((one) => (one.classList.contains("ac-neg") ? -1 : 1)
                * parseFloat(one.style.getPropertyValue("--ac-share")))"""
        )
        assert signs == pytest.approx((100 * vector).tolist(), abs=0.51)
        assert strip.get_attribute("aria-label").startswith(f"vector of position {t}:")
    pairs = cells_of(box.locator("table.ac-wave-pairs"))
    waves = torch.tensor(widget.wavelengths())
    distance = widget.distance()
    for cell, length in zip(pairs[0][:-1], waves.tolist(), strict=True):
        assert number(cell) == near(length, 1 if length < 100 else 0)
    assert [number(x) for x in pairs[1][:-1]] == near((distance / waves).tolist())
    products = (first * second).reshape(-1, 2).sum(-1)
    assert [number(x) for x in pairs[2][:-1]] == near(products.tolist())
    assert number(pairs[2][-1]) == near(widget.dot_product())

    # The curve: its corners, and the dot on it.
    path = box.locator(".ac-wave-line").get_attribute("d")
    corners = [
        [float(x) for x in part.split()] for part in re.findall(r"[\d. -]+", path)
    ]
    expected = [[100 * n / 99, 50 - 50 * c] for n, c in enumerate(widget.similarity())]
    torch.testing.assert_close(
        torch.tensor(corners), torch.tensor(expected), atol=0.0021, rtol=0
    )
    dot = box.locator(".ac-wave-dot").evaluate(
        "(one) => [parseFloat(one.style.left), parseFloat(one.style.top)]"
    )
    assert dot == pytest.approx(
        [100 * distance / 99, 50 - 50 * widget.cosine()], abs=0.01
    )
    label = box.locator(".ac-wave-plot").get_attribute("aria-label")
    said = numbers_in(label.partition(" at distance 0, ")[2])[:2]
    assert said == [near(widget.cosine()), distance]
    summary = box.locator(".ac-summary").inner_text()
    assert summary.startswith(f"Positions {both[0]} and {both[1]} are {distance} place")
    shown = re.search(r"is (\S+), their cosine (\S+), as", summary)
    assert number(shown[1]) == near(widget.dot_product())
    assert number(shown[2]) == near(widget.cosine())
    numbers, table = box.locator("details").all()
    if numbers.get_attribute("open") is not None:
        rows = [[number(x) for x in row] for row in cells_of(numbers.locator("table"))]
        assert rows == [near(first.tolist()), near(second.tolist())]
        assert heads_of(numbers) == [f"position {t}" for t in both]
    if table.get_attribute("open") is not None:
        rows = [[number(x) for x in row] for row in cells_of(table.locator("table"))]
        cosines = widget.similarity()
        assert rows == [
            near((cosines * widget.d_model / 2).tolist()),
            near(cosines.tolist()),
        ]


def test_the_position_explorer_answers_every_control_without_network(show):
    widget = PositionExplorer()
    page = show(PositionExplorer())
    box = box_of(page, PositionExplorer)
    assert_positions_show(page, widget)

    def change(**changes):
        for name, value in changes.items():
            setattr(widget, name, value)
        assert_positions_show(page, widget)

    box.get_by_role("slider", name="First position").press("Home")
    change(first=0)
    box.get_by_role("slider", name="Second position").press("End")
    change(second=99)
    typed = box.get_by_role("spinbutton", name=re.compile("^First position"))
    typed.fill("99")
    change(first=99)
    for bad in ("100", "-1", "2.5", ""):
        typed.fill(bad)
        assert_positions_show(page, widget)
    typed.fill("98")
    change(first=98)
    for summary in box.locator("summary").all():
        summary.press("Enter")
    page.wait_for_function(
        "() => document.querySelectorAll('.ac-wave-table td').length > 200"
    )
    assert_positions_show(page, widget)
    d_model = box.get_by_role("slider", name="Numbers in a vector")
    d_model.press("End")
    change(d_model=64)
    d_model.press("Home")
    change(d_model=2)
    d_model.press("ArrowRight")
    change(d_model=4)
    base = box.get_by_role("slider", name="Base")
    base.press("Home")
    change(base=1.0)
    base.press("ArrowRight")
    change(base=1.8)
    assert base.get_attribute("aria-valuetext") == "base 1.8"
    base.press("End")
    change(base=1e6)
    assert base.get_attribute("aria-valuetext") == "base 1,000,000"


def test_a_base_between_the_slider_s_steps_is_shown_as_it_is(show):
    page = show(PositionExplorer(base=12345))
    slide = page.get_by_role("slider", name="Base")
    assert slide.get_attribute("aria-valuetext") == "base 12,345"
    beside = page.locator(".ac-control", has=slide).locator(".ac-value")
    assert beside.inner_text() == "12,345"
    assert_positions_show(page, PositionExplorer(base=12345))


def test_all_twelve_heads_fit_a_narrow_screen(show):
    recordings = HeadViewer.record(ToyEncoder(6, 12), SENTENCES)
    page = show(HeadViewer(recordings), viewport={"width": 360, "height": 900})
    fits = page.locator(".ac-scroll:has(.ac-hv-map)").evaluate(
        "(box) => box.scrollWidth <= box.clientWidth"
    )
    assert fits
