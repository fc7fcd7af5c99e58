"""The patch attention viewer in a real browser, on a page that needs no built book."""

from __future__ import annotations

import re

import pytest
import torch

from attention_course.widgets import (
    PatchAttentionViewer,
)
from tests.widgets.canvas import FRAME, pixels_of, under_weights
from tests.widgets.helpers import (
    apart,
    box_of,
    cells_of,
    near,
    number,
    picker,
)
from tests.widgets.patch_attention_viewer.example import ToyReader

pytestmark = pytest.mark.browser

KINDS = [PatchAttentionViewer]


def viewer(**state):
    return PatchAttentionViewer(ToyReader().record(), **state)


def test_the_patch_viewer_s_arithmetic_is_torch_s_over_250_settings(compute):
    pick = picker(torch.Generator().manual_seed(52))
    widgets, exact = [], []
    for n in range(250):
        patch = [(1, 5), (3, 2), (2, 2), (6, 10)][n % 4]
        model = ToyReader(2, (6, 10), patch, pick(1, 3), pick(1, 4), seed=n)
        _, n_layers, n_heads, T, _ = model.weights.shape
        widgets.append(
            PatchAttentionViewer(
                model.record(),
                picked=n % 2,
                layer=pick(0, n_layers - 1),
                head=pick(0, n_heads - 1),
                token=pick(0, T - 1),
            )
        )
        exact.append((model.logits[n % 2].softmax(-1), model.weights[n % 2]))
    keep = ["token", "row", "patches", "classWeight", "shares", "order"]
    keep += ["predicted", "probability", "right"]
    results = compute(PatchAttentionViewer, [w.state() for w in widgets], keep)
    largest, n_right = 0.0, 0
    for widget, (chances, weights), result in zip(widgets, exact, results, strict=True):
        at = widget.layer, widget.head, widget.token
        assert result["token"] == widget.token
        row = torch.tensor(result["row"], dtype=torch.double)
        assert apart(row, weights[at]) <= 0.002
        grid = widget.on_patches().flatten()
        largest = max(
            largest,
            apart(row, widget.weights()[widget.token]),
            apart(result["patches"], grid),
            apart(result["classWeight"], row[0]),
            apart(result["shares"], grid / grid.max()),
        )
        assert result["order"] == row.argsort(descending=True, stable=True).tolist()
        assert result["predicted"] == int(chances.argmax())
        assert (result["predicted"], result["probability"]) == widget.prediction()
        assert result["probability"] == near(float(chances.max()), 4)
        right = result["predicted"] == widget.recording()["label"]
        assert result["right"] == right
        n_right += right
    assert largest <= 1e-5
    assert 0 < n_right < 250


def assert_patches_show(page, widget, *, overlaid=True):
    box = box_of(page, PatchAttentionViewer)
    recording, token = widget.recording(), widget.token
    grid, row = widget.on_patches(), widget.weights()[token]
    rows, columns = grid.shape
    for label, value in [("Layer", widget.layer), ("Head", widget.head)]:
        slide = box.get_by_role("slider", name=label)
        assert slide.input_value() == str(value)
    assert box.get_by_role("combobox", name="Scan").input_value() == str(widget.picked)
    table = box.locator("table.ac-pa-weights")
    shown = [[number(x) for x in line] for line in cells_of(table)]
    assert shown == [near(line.tolist(), 3) for line in grid]
    painted = table.locator("td").evaluate_all(
        "(all) => all.map((td) => parseFloat(td.style.getPropertyValue('--ac-share')))"
    )
    shares = grid / grid.max()
    assert painted == pytest.approx((100 * shares).flatten().tolist(), abs=0.51)
    marked = table.locator("td").evaluate_all(
        "(all) => all.map((td) => td.classList.contains('ac-pa-now'))"
    )
    assert marked == [n == token - 1 for n in range(rows * columns)]

    button = box.get_by_role("button", name="class token")
    assert number(button.inner_text().split()[-1]) == near(float(row[0]), 3)
    assert button.get_attribute("aria-pressed") == str(token == 0).lower()
    scan = box.get_by_role("slider", name="The patch that looks")
    said = scan.get_attribute("aria-valuetext")
    if token:
        r, c = divmod(token - 1, columns)
        assert said.startswith(f"patch {token - 1} (row {r}, column {c}) looks")
        assert number(said.split()[-1]) == near(float(row[token]), 3)
    else:
        assert said == "none: the class token looks"
    levels = widget.image()
    height, width = levels.shape
    spread = shares.repeat_interleave(height // rows, 0)
    spread = spread.repeat_interleave(width // columns, 1)
    expected = under_weights(levels, spread if overlaid else torch.zeros_like(levels))
    colours = pixels_of(scan, height, width)
    torch.testing.assert_close(colours, expected, atol=2.0, rtol=0)

    probabilities = recording["probabilities"]
    shown = [number(x) for x in cells_of(box.locator("table.ac-pa-classes"))[0]]
    assert shown == near(probabilities)
    guess, probability = widget.prediction()
    names = box.locator(".ac-name").all_inner_texts()
    verdict = "right" if guess == recording["label"] else "wrong, it is a "
    assert names[0].startswith(f"Read as {guess}, with probability {probability:.2f}")
    assert f": {verdict}" in names[0]
    summary = box.locator(".ac-summary").inner_text()
    assert summary.startswith(f"The model reads this {recording['label']} as {guess} ")
    order = row.argsort(descending=True, stable=True).tolist()
    best = re.search(r"gives the most weight to (.+?), (0\.\d+|1\.000)", summary)
    named = {0: "the class token", token: "itself" if token else "the class token"}
    patch, at = order[0] - 1, divmod(order[0] - 1, columns)
    expected = f"patch {patch} (row {at[0]}, column {at[1]})"
    assert best[1] == named.get(order[0], expected)
    assert number(best[2]) == near(float(row[order[0]]), 3)


def test_the_patch_viewer_answers_every_control_without_network(show):
    widget = viewer()
    page = show(viewer())
    box = box_of(page, PatchAttentionViewer)
    assert_patches_show(page, widget)

    def change(**changes):
        widget.set_state(changes)
        assert_patches_show(page, widget)

    box.get_by_role("slider", name="Layer").press("Home")
    change(layer=0)
    box.get_by_role("slider", name="Head").press("End")
    change(head=2)
    box.get_by_role("combobox", name="Scan").select_option("2")
    change(picked=2)
    # Two rows of five patches: keys move as on the scan, and stop at its borders.
    scan = box.get_by_role("slider", name="The patch that looks")
    scan.focus()
    for key, token in [
        ("ArrowRight", 2),
        ("ArrowDown", 7),
        ("ArrowDown", 7),
        ("ArrowLeft", 6),
        ("ArrowLeft", 6),
        ("ArrowUp", 1),
        ("PageDown", 1),
        ("End", 10),
        ("ArrowRight", 10),
        ("Home", 1),
    ]:
        page.keyboard.press(key)
        change(token=token)
    size = scan.bounding_box()
    scan.click(position={"x": 0.7 * size["width"], "y": 0.8 * size["height"]})
    change(token=9)
    scan.click(position={"x": 1, "y": size["height"] - 1})
    change(token=6)
    box.get_by_role("button", name="class token").press("Enter")
    change(token=0)
    box.get_by_label("Weights on the scan").uncheck()
    assert_patches_show(page, widget, overlaid=False)
    box.get_by_label("Weights on the scan").press("Space")
    assert_patches_show(page, widget)


def test_the_picked_patch_is_framed_on_the_scan(show):
    """The frame is dark around light, so that it is seen on any grey."""
    page = show(viewer(token=8, head=1))
    scan = page.get_by_role("slider", name="The patch that looks")
    frame = scan.evaluate(FRAME)
    assert frame == pytest.approx([2 / 5, 3 / 5, 1 / 2, 1], abs=0.04)
