"""The embedding explorer in a real browser, on a page that needs no built book."""

from __future__ import annotations

import re

import pytest
import torch
import torch.nn.functional as F

from attention_course.widgets import EmbeddingExplorer
from tests.widgets.helpers import box_of, number, numbers_of, picker

pytestmark = pytest.mark.browser

KINDS = [EmbeddingExplorer]


def test_embedding_arithmetic_is_torch_s_over_250_settings(compute):
    generator = torch.Generator().manual_seed(11)
    pick = picker(generator)

    states, expected = [], []
    for _ in range(250):
        table = torch.randn(pick(2, 12), pick(1, 8), generator=generator)
        vocab_size, dim = pick(2, len(table)), pick(1, table.shape[1])
        token, component = pick(0, vocab_size - 1), pick(0, dim - 1)
        widget = EmbeddingExplorer(table, vocab_size, dim, token, component)
        states.append(widget.state())
        hot = F.one_hot(torch.tensor(token), vocab_size).float()
        block = table[:vocab_size, :dim]
        expected.append(
            (hot, block, hot @ block, F.embedding(torch.tensor(token), block), widget)
        )
    keep = [
        "oneHot",
        "rows",
        "vector",
        "terms",
        "sum",
        "parameters",
        "productMultiplications",
    ]
    results = compute(EmbeddingExplorer, states, keep)

    largest = 0.0
    for result, (hot, block, product, row, widget) in zip(
        results, expected, strict=True
    ):
        terms = torch.tensor(
            [[term["weight"], term["value"]] for term in result["terms"]]
        )
        for mine, torchs in [
            (result["oneHot"], hot),
            (result["rows"], block),
            (result["vector"], product),
            (result["vector"], row),
            (result["vector"], widget.vector()),
            (terms[:, 0], hot),
            (terms[:, 1], block[:, widget.component]),
            (result["sum"], product[widget.component]),
        ]:
            mine = torch.as_tensor(mine)
            assert mine.shape == torchs.shape
            largest = max(largest, float((mine - torchs).abs().max()))
        layer = torch.nn.Embedding(*block.shape)
        assert (
            result["parameters"]
            == layer.weight.numel()
            == result["productMultiplications"]
        )
    assert largest <= 1e-5


def assert_embedding_shows(page, table, vocab_size, dim, token, component=0):
    box = box_of(page, EmbeddingExplorer)
    hot = F.one_hot(torch.tensor(token), vocab_size).float()
    block = table[:vocab_size, :dim]
    tables = box.locator(".ac-product table")
    near = {"atol": 0.005001, "rtol": 0}  # two decimals are shown
    torch.testing.assert_close(numbers_of(tables.nth(0).locator("td")), hot)
    cells = numbers_of(tables.nth(1).locator("tbody td"))
    torch.testing.assert_close(cells.reshape(vocab_size, dim), block, **near)
    torch.testing.assert_close(
        numbers_of(tables.nth(2).locator("td")), hot @ block, **near
    )
    counts = numbers_of(box.locator(".ac-facts tbody td.ac-right"))
    assert counts.tolist() == [vocab_size * dim, vocab_size * dim, 0]
    assert box.locator("input[type=radio]:checked").input_value() == str(token)
    assert box.locator("tr.ac-picked").count() == 1
    summary = box.locator(".ac-summary").inner_text()
    assert f"picks row {token} of the table" in summary
    assert f"takes {vocab_size * dim} multiplications" in summary
    if box.locator("details").get_attribute("open") is not None:
        terms = box.locator(".ac-term").all_inner_texts()
        pairs = [re.findall(r"[−\d.]+", term) for term in terms]
        values = torch.tensor([[number(part) for part in pair] for pair in pairs])
        torch.testing.assert_close(values[:, 0], hot)
        torch.testing.assert_close(values[:, 1], block[:, component], **near)
        total = number(box.locator(".ac-terms strong").inner_text().removeprefix("= "))
        assert total == pytest.approx(float(block[token, component]), abs=0.005001)


def test_the_embedding_explorer_answers_every_control_without_network(show):
    widget = EmbeddingExplorer()
    page, state = show(widget), widget.state()
    table = torch.tensor(state["table"])
    V, d, token = state["vocab_size"], state["dim"], state["token"]
    box = box_of(page, EmbeddingExplorer)
    assert_embedding_shows(page, table, V, d, token, state["component"])

    vocab = box.get_by_label("Vocabulary size K")
    dim = box.get_by_label("Dimension k")
    picked = box.get_by_role("slider", name=re.compile("^Token"))
    vocab.press("End")
    dim.press("End")
    assert_embedding_shows(page, table, *table.shape, token)
    picked.press("End")
    assert_embedding_shows(page, table, *table.shape, len(table) - 1)
    picked.press("Home")
    picked.press("ArrowRight")
    assert_embedding_shows(page, table, *table.shape, 1)

    # A row is picked with the mouse, and with the keyboard from there.
    box.locator(".ac-rows tbody tr").nth(4).locator("td").first.click()
    assert_embedding_shows(page, table, *table.shape, 4)
    box.locator("input[type=radio]").nth(4).focus()
    page.keyboard.press("ArrowDown")
    assert_embedding_shows(page, table, *table.shape, 5)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert_embedding_shows(page, table, *table.shape, 3)

    # One component multiplied out.
    box.locator("summary").press("Enter")
    last = table.shape[1] - 1
    box.get_by_label("Component of the vector").select_option(str(last))
    assert_embedding_shows(page, table, *table.shape, 3, last)

    # What no longer exists is left behind.
    vocab.press("Home")
    dim.press("Home")
    assert_embedding_shows(page, table, 2, 1, 1, 0)
    vocab.press("ArrowRight")
    assert_embedding_shows(page, table, 3, 1, 1, 0)
    track = dim.bounding_box()
    dim.click(position={"x": track["width"] / 2, "y": track["height"] / 2})
    middle = int(dim.input_value())
    assert 1 < middle < table.shape[1]
    assert_embedding_shows(page, table, 3, middle, 1, 0)
