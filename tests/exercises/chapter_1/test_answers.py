"""Chapter 1: what the answers say is true."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from attention_course.exercises import (
    find,
)

pytestmark = pytest.mark.slow


def test_the_figures_in_the_answers_of_chapter_1() -> None:
    counts = find("1.1").answer
    layer = nn.Embedding(30_000, 256, device="meta")
    batch = torch.zeros(8, 40, dtype=torch.long, device="meta")
    assert f"**{layer.weight.numel():,}**" in counts
    assert f"`{tuple(layer(batch).shape)}`" in counts
    assert f"**{batch.numel()}**" in counts

    colour = find("1.7").answer
    plain = nn.Linear(32 * 32 * 3, 512, bias=False, device="meta").weight.numel()
    levels = nn.Linear(32 * 32 * 3 * 256, 512, bias=False, device="meta").weight.numel()
    assert colour.count(f"**{plain:,}**") == 2
    assert f"**{levels:,}**" in colour
    assert f"**{(224 // 32) ** 2}** tokens" in colour
    assert levels // plain == 256


@pytest.mark.parametrize("sparse", [False, True])
def test_adam_moves_a_row_that_the_second_step_did_not_use(sparse: bool) -> None:
    table = nn.Embedding(5, 3, sparse=sparse)
    make = torch.optim.SparseAdam if sparse else torch.optim.Adam
    optimizer = make(table.parameters())
    rows = []
    for token in (1, 4):
        optimizer.zero_grad()
        table(torch.tensor([token])).square().sum().backward()
        optimizer.step()
        rows.append(table.weight[1].detach().clone())
    assert torch.equal(*rows) == sparse
