"""The patch explorer in a real browser, on a page that needs no built book."""

from __future__ import annotations

import base64
import math
import re

import pytest
import torch
import torch.nn.functional as F

from attention_course.widgets import PatchExplorer
from tests.widgets.helpers import box_of, number, numbers_of, picker

pytestmark = pytest.mark.browser

KINDS = [PatchExplorer]


def test_patch_arithmetic_is_torch_s_over_220_settings(compute):
    generator = torch.Generator().manual_seed(12)
    pick = picker(generator)

    states, expected = [], []
    for n in range(220):
        patch = pick(2, 17) if n else 112
        height, width = (
            (224, 224) if n == 0 else (patch * pick(1, 5), patch * pick(1, 5))
        )
        levels = torch.randint(0, 256, (height, width), generator=generator)
        n_tokens = (height // patch) * (width // patch)
        widget = PatchExplorer(
            levels / 255, patch, pick(1, 1000), pick(1, 64), pick(0, n_tokens - 1)
        )
        states.append(widget.state())
        # An oracle of its own: torch's unfold, and cosines in double precision.
        blocks = F.unfold(levels.double()[None, None] / 255, patch, stride=patch)[0].T
        wave = torch.cos(math.pi * (torch.arange(patch).double() + 0.5) / patch)
        y, x = torch.meshgrid(wave, wave, indexing="ij")
        weight = torch.stack([torch.ones_like(x), x, y, x * y]).flatten(1).T / patch**2
        expected.append((widget, blocks, blocks @ weight))
    keep = [
        "vector",
        "token",
        "nTokens",
        "shapes",
        "parameters",
        "oneHotWeights",
        "row",
        "column",
    ]
    results = compute(PatchExplorer, states, keep)

    largest = 0.0
    for result, (widget, blocks, tokens) in zip(results, expected, strict=True):
        layer = torch.nn.Conv2d(
            1, widget.d_model, widget.patch, stride=widget.patch, device="meta"
        )
        pictures = torch.empty(
            widget.n_pictures, 1, widget.height, widget.width, device="meta"
        )
        sequence = layer(pictures).flatten(2).mT  # (M, N, d)
        assert result["nTokens"] == len(blocks) == sequence.shape[1]
        assert result["shapes"] == [
            [widget.n_pictures, widget.height, widget.width],
            [widget.n_pictures, *blocks.shape],
            list(sequence.shape),
        ]
        assert result["parameters"] == sum(p.numel() for p in layer.parameters())
        assert result["oneHotWeights"] == layer.weight.numel() * 256
        assert (
            result["row"] * (widget.width // widget.patch) + result["column"]
            == widget.picked
        )
        for mine, torchs in [
            (result["vector"], blocks[widget.picked]),
            (result["token"], tokens[widget.picked]),
            (result["token"], widget.tokens()[widget.picked]),
        ]:
            mine = torch.tensor(mine, dtype=torch.double)
            assert mine.shape == torchs.shape
            largest = max(largest, float((mine - torchs).abs().max()))
    assert largest <= 1e-5


def assert_patches_show(page, levels, patch, d_model, n_pictures, picked):
    box = box_of(page, PatchExplorer)
    height, width = levels.shape
    columns = width // patch
    n_tokens = (height // patch) * columns
    blocks = F.unfold(levels.double()[None, None], patch, stride=patch)[0].T
    block = blocks[picked].float()
    names = box.locator(".ac-name").all_inner_texts()
    assert names[0] == f"Cut: {height // patch} × {columns} = {n_tokens:,} blocks"
    assert (
        names[1]
        == f"Block {picked}: row {picked // columns}, column {picked % columns}"
    )
    flat = box.get_by_role("table", name=re.compile("^vector"))
    shown = flat.locator("tbody tr").nth(0).locator("td").all_inner_texts()
    head = [number(text) for text in shown if text != "…"]
    assert head == [*block[: len(head) - 1].tolist(), float(block[-1])]
    shown = flat.locator("tbody tr").nth(1).locator("td").all_inner_texts()
    shares = [number(text) for text in shown if text != "…"]
    assert shares == pytest.approx([level / 255 for level in head], abs=0.00051)
    if patch <= 16:
        cells = numbers_of(box.locator(".ac-pixels td"))
        torch.testing.assert_close(cells, block)
    else:
        drawn = box.locator("canvas.ac-block").evaluate(
            """({ width, height }) => {
                const copy = Object.assign(document.createElement("canvas"), { width, height });
                const context = copy.getContext("2d", { willReadFrequently: true });
                context.drawImage(document.querySelector("canvas.ac-block"), 0, 0);
                const { data } = context.getImageData(0, 0, width, height);
                return [width, ...data.filter((_, n) => n % 4 === 0)];
            }"""
        )
        assert drawn == [patch, *block.int().tolist()]
    widget = PatchExplorer(levels / 255, patch, d_model, n_pictures, picked)
    token = numbers_of(box.locator(".ac-column .ac-value"))
    torch.testing.assert_close(token, widget.tokens()[picked], atol=0.00051, rtol=0)
    facts = box.locator(".ac-facts tbody tr")
    rows = [facts.nth(i).locator("td").all_inner_texts() for i in range(5)]
    assert [row[0] for row in rows[:3]] == [
        f"({n_pictures}, {height}, {width})",
        f"({n_pictures}, {n_tokens}, {patch**2})",
        f"({n_pictures}, {n_tokens}, {d_model})",
    ]
    pixels = n_pictures * height * width
    assert [number(row[1]) for row in rows] == [
        pixels,
        pixels,
        n_pictures * n_tokens * d_model,
        patch**2 * d_model + d_model,
        patch**2 * 256 * d_model,
    ]
    assert f"{n_tokens:,} token" in box.locator(".ac-summary").inner_text()
    assert (
        box.get_by_role("slider", name=re.compile("^Picked block"))
        .get_attribute("aria-valuetext")
        .startswith(f"block {picked}, row {picked // columns} of {height // patch}")
    )


def test_the_patch_explorer_answers_every_control_without_network(show):
    widget = PatchExplorer()
    page, state = show(widget), widget.state()
    raw = bytearray(base64.b64decode(state["photo"]))
    levels = torch.frombuffer(raw, dtype=torch.uint8).reshape(
        state["height"], state["width"]
    )
    levels = levels.clone()
    height, width = levels.shape
    assert (height, width) == (224, 224)
    patch, d, M, picked = (
        state[name] for name in ("patch", "d_model", "n_pictures", "picked")
    )
    assert_patches_show(page, levels, patch, d, M, picked)
    box = box_of(page, PatchExplorer)
    photo = box.get_by_role("slider", name=re.compile("^Picked block"))
    sizes = box.get_by_label("Patch size P")

    sizes.select_option("32")
    photo.press("Home")
    assert_patches_show(page, levels, 32, d, M, 0)
    for key, expected in [
        ("ArrowLeft", 0),
        ("ArrowUp", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 8),
        ("End", 48),
        ("ArrowRight", 48),
        ("ArrowDown", 48),
        ("ArrowLeft", 47),
        ("ArrowUp", 40),
    ]:
        photo.press(key)
        assert_patches_show(page, levels, 32, d, M, expected)

    # A click picks the block under it; another patch size keeps the place.
    area = photo.bounding_box()
    photo.click(position={"x": area["width"] * 2.5 / 7, "y": area["height"] * 4.5 / 7})
    assert_patches_show(page, levels, 32, d, M, 4 * 7 + 2)
    sizes.select_option("8")  # the pixel (144, 80), the old block's middle
    assert_patches_show(page, levels, 8, d, M, 18 * 28 + 10)
    sizes.select_option("112")
    assert_patches_show(page, levels, 112, d, M, 1 * 2 + 0)
    sizes.focus()
    page.keyboard.press("Home")
    first = int(sizes.input_value())
    assert_patches_show(
        page, levels, first, d, M, (168 // first) * (224 // first) + 56 // first
    )
    sizes.select_option("16")
    photo.press("End")

    # The embedding size, by slider and by typing; what is out of range changes nothing.
    slide = box.get_by_role("slider", name="Embedding size d")
    slide.press("Home")
    assert_patches_show(page, levels, 16, 1, M, 195)
    slide.press("ArrowRight")
    assert_patches_show(page, levels, 16, 2, M, 195)
    typed = box.get_by_role("spinbutton", name=re.compile("^Embedding size d"))
    typed.fill("768")
    assert_patches_show(page, levels, 16, 768, M, 195)
    assert slide.input_value() == "768"
    for bad in ["1001", "0", "", "2.5"]:
        typed.fill(bad)
        assert_patches_show(page, levels, 16, 768, M, 195)
    typed.blur()
    assert typed.input_value() == "768"
    box.get_by_role("slider", name="Pictures M").press("End")
    assert_patches_show(page, levels, 16, 768, 64, 195)
