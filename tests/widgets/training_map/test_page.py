"""The training map in a real browser, on a page that needs no built book."""

from __future__ import annotations

import pytest
import torch

from attention_course.widgets import TrainingMap
from tests.widgets.helpers import Twin, apart, cells_of, heads_of, near, number, picker
from tests.widgets.training_map.example import recording, training_map

pytestmark = pytest.mark.browser

KINDS = [TrainingMap]
MARKS = "●■▲◆▼★✖"


def test_the_training_map_s_arithmetic_is_torch_s_over_250_settings(compute):
    pick = picker(torch.Generator().manual_seed(11))
    widgets = []
    for n in range(250):
        steps = list(range(pick(1, 4)))
        n_words = pick(2, 12)
        made = recording(n_words, steps, pick(2, 9), seed=n, sharpness=pick(0, 9))
        state = {"step": pick(0, len(steps) - 1), "word": pick(0, n_words - 1)}
        widgets.append(TrainingMap(made, **state))
    keep = ["points", "cosines", "nearest", "right", "kinds"]
    results = compute(TrainingMap, [w.state() for w in widgets], keep)
    for widget, result in zip(widgets, results, strict=True):
        assert apart(result["points"], widget.points()) <= 1e-9
        assert apart(result["cosines"], widget.cosines()[widget.word]) <= 1e-9
        assert result["nearest"] == widget.nearest()
        assert result["right"] == widget.right()
        told = {kind["name"]: kind["n"] for kind in result["kinds"]}
        of_kind = widget.recording["kinds"]
        assert told == {name: of_kind.count(name) for name in of_kind}
        assert sum(kind["right"] for kind in result["kinds"]) == widget.right()


def places(box):
    """Read where each mark stands, in hundredths of the map, and the marks."""
    return box.locator(".ac-tm-dot").evaluate_all(
        """(all) => all.map((dot) => [parseFloat(dot.style.left),
            parseFloat(dot.style.top), dot.textContent])"""
    )


def all_shown(box, widget):
    words, nearest = widget.recording["words"], widget.nearest()
    steps, kinds = widget.recording["steps"], widget.recording["kinds"]
    slide = box.get_by_role("slider", name="Training step")
    assert slide.input_value() == str(widget.step)
    assert slide.get_attribute("aria-valuetext") == f"after step {steps[widget.step]}"
    assert box.get_by_role("combobox").input_value() == str(widget.word)

    spans = [widget.vectors()]
    for n in range(len(steps)):
        spans.append(TrainingMap(widget.recording, n).points().abs().max())
    span = float(max(spans[1:]))
    names = list(dict.fromkeys(kinds))
    shown = places(box)
    for n, ((x, y), (left, top, mark)) in enumerate(
        zip(widget.points().tolist(), shown, strict=True)
    ):
        assert left == pytest.approx(50 + 46 * x / span, abs=0.01)
        assert top == pytest.approx(50 - 46 * y / span, abs=0.01)
        rank = nearest.index(n) + 1 if n in nearest else None
        assert mark == (str(rank) if rank else MARKS[names.index(kinds[n])])
    assert box.locator(".ac-tm-now").count() == 1
    assert box.locator(".ac-tm-label").inner_text() == words[widget.word]

    table = box.locator("table.ac-tm-nearest")
    assert heads_of(table) == [f"{r} {words[n]}" for r, n in enumerate(nearest, 1)]
    rows = cells_of(table)
    assert [row[0] for row in rows] == [kinds[n] for n in nearest]
    cosines = widget.cosines()[widget.word]
    assert [number(row[1]) for row in rows] == near(
        [float(cosines[n]) for n in nearest]
    )

    counts = box.locator(".ac-tm-legend strong").all_inner_texts()
    assert sum(int(text.split()[0]) for text in counts) == widget.right()
    summary = box.locator(".ac-summary").inner_text()
    assert (
        f"After step {steps[widget.step]}, nearest to “{words[widget.word]}”" in summary
    )
    assert f"Of {len(words)} words, {widget.right()} have" in summary


def test_every_control_moves_the_view(show):
    twin = Twin(show, training_map, all_shown)
    twin.slider("Training step").press("Home")
    twin.now(step=0)
    twin.slider("Training step").press("ArrowRight")
    twin.now(step=1)
    twin.box.get_by_role("combobox", name="Word").select_option("5")
    twin.now(word=5)
    twin.box.locator(".ac-tm-dot").nth(7).dispatch_event("click")
    twin.now(word=7)


def test_all_words_are_named_on_request(show):
    page = show(training_map())
    dot = page.locator(".ac-tm-dot").nth(4)
    written = "(node) => getComputedStyle(node, '::after').content"
    assert dot.evaluate(written) == "none"
    page.get_by_label("Name all words").check()
    assert dot.evaluate(written) == '"word4"'
