"""Single heads, cutting and joining them, the causal mask."""

import math

import pytest
import torch
from torch import nn

from attention_course.self_attention import (
    MultiHeadAttention,
    SelfAttentionHead,
    causal_mask,
    merge_heads,
    split_heads,
)
from tests.self_attention.helpers import (
    D_HEAD,
    D_MODEL,
    N_HEADS,
    TQ,
    B,
    draw,
    random_mask,
)


def test_one_head_equals_a_loop():
    head = SelfAttentionHead(D_MODEL, D_HEAD).double()
    x, mask = draw(TQ, D_MODEL), random_mask(TQ, TQ)
    output, weights = head(x, mask=mask)
    project = [
        layer.weight.detach() for layer in (head.to_query, head.to_key, head.to_value)
    ]
    for i in range(TQ):
        query = project[0] @ x[i].detach()
        exps = [
            math.exp(float(query @ (project[1] @ x[j].detach())) / math.sqrt(D_HEAD))
            if mask[i, j]
            else 0.0
            for j in range(TQ)
        ]
        expected = sum(
            e / sum(exps) * (project[2] @ x[j].detach()) for j, e in enumerate(exps)
        )
        torch.testing.assert_close(output[i].detach(), expected, atol=1e-12, rtol=0)
        expected_weights = torch.tensor(exps, dtype=torch.float64) / sum(exps)
        torch.testing.assert_close(
            weights[i].detach(), expected_weights, atol=1e-12, rtol=0
        )


def test_many_heads_are_single_heads_side_by_side():
    many = MultiHeadAttention(D_MODEL, N_HEADS, bias=False).double()
    x, mask = draw(B, TQ, D_MODEL), random_mask(B, TQ, TQ)
    outputs, all_weights = [], []
    for h in range(N_HEADS):
        rows = slice(h * D_HEAD, (h + 1) * D_HEAD)  # a Linear keeps one row an output
        head = SelfAttentionHead(D_MODEL, D_HEAD).double()
        for name in ("to_query", "to_key", "to_value"):
            layer = getattr(head, name)
            layer.weight = nn.Parameter(getattr(many, name).weight[rows].detach())
        output, weights = head(x, mask=mask)
        outputs.append(output)
        all_weights.append(weights)
    output, weights = many(x, mask=mask, need_weights=True)
    expected = many.to_output(torch.cat(outputs, dim=-1))
    torch.testing.assert_close(output, expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(
        weights, torch.stack(all_weights, dim=1), atol=1e-12, rtol=0
    )


def test_split_heads_by_hand():
    x = torch.arange(12).view(2, 6)  # T = 2, d_model = 6
    parts = split_heads(x, 3)
    assert parts.tolist() == [[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5], [10, 11]]]
    assert merge_heads(parts).tolist() == x.tolist()


@pytest.mark.parametrize("leading", [(), (2,), (2, 13)])
def test_split_then_merge_changes_nothing(leading):
    x = draw(*leading, TQ, D_MODEL)
    parts = split_heads(x, N_HEADS)
    assert parts.shape == (*leading, N_HEADS, TQ, D_HEAD)
    assert torch.equal(merge_heads(parts), x)
    for h in range(N_HEADS):
        assert torch.equal(parts[..., h, :, :], x[..., h * D_HEAD : (h + 1) * D_HEAD])


def test_causal_mask_by_hand():
    mask = causal_mask(3)
    assert mask.dtype == torch.bool
    assert mask.tolist() == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]
