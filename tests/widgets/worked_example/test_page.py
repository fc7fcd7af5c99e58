"""The worked example in a real browser, on a page that needs no built book."""

from __future__ import annotations

import math
import re

import pytest
import torch
import torch.nn.functional as F

from attention_course.widgets import WorkedExample
from tests.widgets.helpers import (
    Twin,
    apart,
    cells_of,
    heads_of,
    near,
    number,
    numbers_in,
    picker,
)

pytestmark = pytest.mark.browser

KINDS = [WorkedExample]


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


def shown_inputs(box, widget):
    assert box.get_by_label("Query of").input_value() == str(widget.picked)
    for name in ("query", "key", "value"):
        for j, row in enumerate(getattr(widget, name)):
            letter = f"{name} {name[0]}{j + 1}"
            boxes = box.get_by_role("spinbutton", name=re.compile(f"^{letter}, number"))
            shown = boxes.evaluate_all("(all) => all.map((one) => Number(one.value))")
            assert shown == row


def shown_products(box, widget):
    """The dot products, written out: both factors of each term, and the sum."""
    i = widget.picked
    query, key, _ = widget.tensors()
    for j, line in enumerate(box.locator(".ac-we-product").all_inner_texts()):
        left, terms, total = line.split("=")
        assert left.strip() == f"q{'₁₂'[i]} · k{'₁₂'[j]}"
        factors = torch.stack([query[i], key[j]], dim=1).flatten()
        assert numbers_in(terms.replace("+", " ")) == near(factors.tolist())
        assert number(total) == near(float(key[j] @ query[i]))


def shown_steps(box, widget):
    i = widget.picked
    query, key, _ = widget.tensors()
    dots, divisor = key @ query[i], math.sqrt(widget.d_k)
    other = (dots if widget.scaled else dots / divisor).softmax(-1)
    steps = box.locator("table.ac-we-steps")
    shown = [[number(cell) for cell in row] for row in cells_of(steps)]
    expected = [dots, widget.scores()[i], widget.weights()[i], other]
    assert shown == [near(row.tolist()) for row in expected]
    heads = heads_of(steps)
    assert heads[0] == f"score, q{'₁₂'[i]} · k"
    if widget.scaled:
        assert heads[1].startswith(f"divided by √{widget.d_k} = ")
        assert number(heads[1].rpartition("= ")[2]) == near(divisor)
        assert heads[3] == "weight without the division"
    else:
        assert (heads[1], heads[3]) == ("not divided", "weight with the division")


def shown_sum(box, widget):
    weights, value = widget.weights()[widget.picked], widget.tensors()[2]
    rows = [[number(x) for x in row] for row in cells_of(box.locator(".ac-we-sum"))]
    terms = [*(weights.unsqueeze(-1) * value), widget.output()[widget.picked]]
    assert rows == [near(row.tolist()) for row in terms]


def shown_words(box, widget):
    word, weight = widget.words[widget.picked], widget.weights()[widget.picked, 0]
    summary = box.locator(".ac-summary").inner_text()
    assert summary.startswith(f"“{word}” takes {weight:.2f} of the value")
    note = box.locator(".ac-we-foot p").inner_text()
    rest = widget.d_k - len(widget.query[0])
    assert f"d_k = {widget.d_k} numbers" in note
    assert (f"the other {rest} are zeros" in note) == (rest > 0)


def all_shown(box, widget):
    for part in (shown_inputs, shown_products, shown_steps, shown_sum, shown_words):
        part(box, widget)


@pytest.fixture
def twin(show):
    return Twin(show, WorkedExample, all_shown)


def test_the_page_begins_with_the_figure_s_numbers(twin):
    steps = cells_of(twin.box.locator("table.ac-we-steps"))
    assert steps == [["112", "96"], ["14", "12"], ["0.88", "0.12"], ["1.00", "0.00"]]
    assert "without the division the weights would be 1.00 and 0.00" in (
        twin.box.locator(".ac-summary").inner_text()
    )


def test_the_division_and_the_query_are_chosen(twin):
    twin.box.get_by_label("Divide the scores").press("Space")
    twin.now(scaled=False)
    twin.box.get_by_label("Query of").select_option("1")
    twin.now(picked=1)
    twin.box.get_by_label("Divide the scores").check()
    twin.now(scaled=True)


def test_the_length_of_a_vector_is_moved_and_typed(twin):
    d_k = twin.slider("Numbers in a vector")
    d_k.press("Home")
    twin.now(d_k=4)
    d_k.press("ArrowRight")
    twin.now(d_k=5)
    name = re.compile("^Numbers in a vector")
    twin.box.get_by_role("spinbutton", name=name).fill("256")
    twin.now(d_k=256)


def cell(box, name):
    return box.get_by_role("spinbutton", name=name)


def test_a_number_is_typed_and_stepped(twin):
    twin.box.get_by_label("Query of").select_option("1")
    twin.now(picked=1)
    cell(twin.box, "query q2, number 1").fill("-7.5")
    twin.now(query=[twin.widget.query[0], [3.0, -7.5, 2.0, 7.0]])
    cell(twin.box, "value v1, number 3").focus()
    twin.page.keyboard.press("ArrowUp")
    twin.now(value=[[4.0, 1.0, -2.0, 4.0], twin.widget.value[1]])
    cell(twin.box, "key k1, number 0").fill("-100")
    twin.now(key=[[-100.0, -3.0, 7.0, 6.0], twin.widget.key[1]])


@pytest.mark.parametrize("bad", ["101", "-100.1", ""])
def test_what_cannot_be_used_changes_nothing_and_goes_away(twin, bad):
    last = cell(twin.box, "key k1, number 0")
    last.fill(bad)
    dots = cells_of(twin.box.locator("table.ac-we-steps"))[0]
    assert dots == ["112", "96"]
    last.blur()
    assert last.input_value() == "6"
    twin.agree()


def test_a_button_brings_the_first_numbers_back(twin):
    twin.box.get_by_label("Query of").select_option("1")
    cell(twin.box, "query q2, number 1").fill("-7.5")
    cell(twin.box, "key k1, number 0").fill("-100")
    twin.box.get_by_role("button", name="Back to the first numbers").press("Enter")
    twin.now(picked=1)
    assert cells_of(twin.box.locator("table.ac-we-steps"))[0] == ["68", "75"]
