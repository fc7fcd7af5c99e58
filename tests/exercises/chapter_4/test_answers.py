"""Chapter 4: what the answers say is true."""

from __future__ import annotations

import math
import re

import pytest
import torch

from attention_course import (
    attention,
    self_attention,
)
from tests.exercises.helpers import (
    answer,
    generator,
)

pytestmark = pytest.mark.slow


def test_the_claims_are_as_the_answer_says() -> None:
    text = answer("4.1")
    draw = generator()
    x = torch.randn(7, 5, generator=draw)
    weight = torch.randn(5, 5, generator=draw)
    scores = attention.dot_score(x @ weight, x @ weight)
    torch.testing.assert_close(scores, scores.T)
    weights = attention.masked_softmax(scores)
    assert not torch.allclose(weights, weights.T, atol=0.1)

    query, key = torch.randn(2, 20_000, 64, generator=draw)
    products = (query * key).sum(-1)
    assert abs(float(products.mean())) < 0.3
    assert math.isclose(float(products.std()), 8, rel_tol=0.03)
    assert "√64 = 8" in text

    row = torch.randn(6, generator=draw)
    torch.testing.assert_close(
        (row + 100).softmax(0), row.softmax(0), rtol=1e-4, atol=0
    )
    assert (row / 8).argsort().tolist() == row.argsort().tolist()

    def shares(*scores: float) -> str:
        return ", ".join(
            f"{w:.2f}" for w in torch.tensor(scores).float().softmax(0).tolist()
        )

    assert f"The scores 2, 0, 0 become the weights {shares(2, 0, 0)}." in text
    large, small = (shares(112 / n, 96 / n).replace(", ", " and ") for n in (1, 8))
    assert f"112 and 96 give {large}, divided by 8 they give {small}." in text
    assert re.findall(r"\d\. \*\*(Yes|No)", text) == ["No", "No", "No", "Yes", "No"]


def test_heads_cost_and_see_what_the_answer_says() -> None:
    sizes = {
        n_heads: sum(
            p.numel()
            for p in self_attention.MultiHeadAttention(512, n_heads).parameters()
        )
        for n_heads in (1, 8, 512)
    }
    assert len(set(sizes.values())) == 1
    assert "**None.**" in answer("4.6")

    x = torch.randn(11, 12, generator=generator())
    for n_heads in (1, 3, 6):
        q = self_attention.split_heads(x, n_heads)
        assert int(torch.linalg.matrix_rank(attention.dot_score(q, q)).max()) <= (
            12 // n_heads
        )
    keys = torch.tensor([[1.0], [2.0], [3.0]])
    for query in torch.linspace(-5, 5, 21):
        weights = attention.masked_softmax(
            attention.scaled_dot_score(query.view(1, 1), keys)
        )
        assert float(weights[0, 1]) <= float(weights[0].max())
        assert float(weights[0, 1]) < float(weights[0, [0, 2]].max()) or query == 0


def test_the_masks_of_the_decoder_are_as_the_answer_says() -> None:
    text = answer("4.8")
    real = torch.tensor([True, True, True, False])
    mask = self_attention.causal_mask(4) & real
    rows = re.findall(r"^    ([01 ]+)$", text, flags=re.MULTILINE)
    assert [" ".join(map(str, row)) for row in mask.int().tolist()] == rows

    x = torch.randn(4, 6, generator=generator())
    source = torch.randn(5, 6, generator=generator(1))
    _, weights = attention.attend(x, x, x, mask=mask)
    assert weights[0].tolist() == [1, 0, 0, 0]
    closed = torch.tensor([True, True, True, True, False])
    _, weights = attention.attend(x, source, source, mask=closed)
    assert f"`{tuple(weights.shape)}`" in text
    assert "four rows `1 1 1 1 0`" in text
    assert bool((weights[:, 4] == 0).all())
    assert bool((weights[:, :4] > 0).all())
