"""The worked example in a real browser, on a page that needs no built book."""

from __future__ import annotations

import math
import re

import pytest
import torch
import torch.nn.functional as F

from attention_course.widgets import WorkedExample
from tests.widgets.helpers import (
    apart,
    box_of,
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
