"""The score explorer in a real browser, on a page that needs no built book."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from attention_course.attention import masked_softmax
from attention_course.widgets import ScoreExplorer
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

KINDS = [ScoreExplorer]


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
