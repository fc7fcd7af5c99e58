"""Wrong shapes, masks, dtypes and sizes are named."""

import pytest
import torch

from attention_course.self_attention import (
    Block,
    Decoder,
    Encoder,
    FeedForward,
    MultiHeadAttention,
    SelfAttentionHead,
    causal_mask,
    merge_heads,
    split_heads,
)
from tests.self_attention.helpers import (
    D_CONTEXT,
    D_HEAD,
    D_HIDDEN,
    D_MODEL,
    N_HEADS,
    TK,
    TQ,
    B,
)

WRONG = [
    (
        {"query": (B, TQ, 20)},
        ValueError,
        r"query: .*\(\.\.\., Tq, d_model\) with d_model = 21",
    ),
    ({"query": (D_MODEL,)}, ValueError, r"query: .*got 1 axes, shape \(21,\)"),
    (
        {"key": (B, TK, D_MODEL)},
        ValueError,
        r"key: .*d_context = 13, got d_context = 21",
    ),
    ({"value": (B, 7, D_CONTEXT)}, ValueError, r"value: .*Tk = 11, got Tk = 7"),
    ({"key": (3, TK, D_CONTEXT)}, ValueError, r"query, key, value: .*leading axes"),
]


@pytest.mark.parametrize(("shapes", "error", "message"), WRONG)
@pytest.mark.parametrize("need_weights", [True, False])
def test_wrong_shapes_are_named(shapes, error, message, need_weights):
    layer = MultiHeadAttention(D_MODEL, N_HEADS, d_context=D_CONTEXT)
    right = {
        "query": (B, TQ, D_MODEL),
        "key": (B, TK, D_CONTEXT),
        "value": (B, TK, D_CONTEXT),
    }
    given = {name: torch.zeros(shape) for name, shape in (right | shapes).items()}
    with pytest.raises(error, match=message):
        layer(**given, need_weights=need_weights)


MASKS = [
    (
        torch.zeros(TQ, TK),
        TypeError,
        r"mask: expected a boolean tensor \(True = may attend\)",
    ),
    (torch.ones(TQ, 7) > 0, ValueError, r"mask: .*\(2, 5, 11\), got shape \(5, 7\)"),
    (torch.ones(B, N_HEADS, TQ, TK) > 0, ValueError, r"mask: .*\(2, 3, 5, 11\)"),
    (torch.ones(B, 1, TQ, TK) > 0, ValueError, "mask: expected one mask for all heads"),
]


@pytest.mark.parametrize(("mask", "error", "message"), MASKS)
@pytest.mark.parametrize("need_weights", [True, False])
def test_wrong_masks_are_named(mask, error, message, need_weights):
    layer = MultiHeadAttention(D_MODEL, N_HEADS)
    query, key = torch.zeros(B, TQ, D_MODEL), torch.zeros(B, TK, D_MODEL)
    with pytest.raises(error, match=message):
        layer(query, key, mask=mask, need_weights=need_weights)


def test_wrong_dtypes_are_named():
    x = torch.zeros(B, TQ, D_MODEL)
    with pytest.raises(
        ValueError, match="query: expected torch.float64.*got torch.float32"
    ):
        MultiHeadAttention(D_MODEL, N_HEADS).double()(x)
    with pytest.raises(
        TypeError, match="x: expected a floating-point tensor, got torch.int64"
    ):
        SelfAttentionHead(D_MODEL, D_HEAD)(x.long())
    with pytest.raises(ValueError, match=r"x: expected axes .*d_model = 20"):
        SelfAttentionHead(20, D_HEAD)(x)
    with pytest.raises(
        ValueError, match=r"x: expected axes \(\.\.\., d_model\).* = 20"
    ):
        FeedForward(20, D_HIDDEN)(x)


def test_a_block_and_a_decoder_name_their_own_arguments():
    x, context = torch.zeros(B, TQ, D_MODEL), torch.zeros(B, TK, D_MODEL)
    decoder = Decoder(1, D_MODEL, N_HEADS, D_HIDDEN)
    with pytest.raises(ValueError, match=r"x: expected axes .*d_model = 21"):
        Block(D_MODEL, N_HEADS, D_HIDDEN)(torch.zeros(B, TQ, 20))
    with pytest.raises(ValueError, match=r"x: expected axes .*d_model = 21"):
        decoder(torch.zeros(B, TQ, 20), context)
    with pytest.raises(ValueError, match=r"context: expected axes .*d_context = 21"):
        decoder(x, torch.zeros(B, TK, 20))
    with pytest.raises(
        ValueError, match=r"context_mask: .*\(2, 5, 11\), got shape \(2, 5, 5\)"
    ):
        decoder(x, context, context_mask=torch.ones(B, TQ, TQ) > 0)
    with pytest.raises(ValueError, match=r"mask: .*\(2, 5, 5\), got shape \(2, 11\)"):
        decoder(x, context, mask=torch.ones(B, TK) > 0)
    with pytest.raises(TypeError, match="mask: expected a boolean tensor"):
        decoder(x, context, mask=torch.ones(TQ, TQ))


def test_wrong_sizes_are_named():
    with pytest.raises(
        ValueError, match="n_heads: expected a number that divides d_model = 21, got 2"
    ):
        MultiHeadAttention(D_MODEL, 2)
    with pytest.raises(
        ValueError, match="n_heads: expected a number that divides d_model = 21, got 4"
    ):
        split_heads(torch.zeros(TQ, D_MODEL), 4)
    with pytest.raises(
        ValueError, match=r"parts: expected axes \(..., n_heads, T, d_head\)"
    ):
        merge_heads(torch.zeros(TQ, D_MODEL))
    with pytest.raises(ValueError, match="n_heads: expected a positive integer, got 0"):
        Block(D_MODEL, 0, D_HIDDEN)
    with pytest.raises(
        ValueError, match="n_layers: expected a positive integer, got 0"
    ):
        Encoder(0, D_MODEL, N_HEADS, D_HIDDEN)
    with pytest.raises(
        ValueError, match="n_layers: expected a positive integer, got -1"
    ):
        Decoder(-1, D_MODEL, N_HEADS, D_HIDDEN)
    with pytest.raises(TypeError, match="length: expected an integer, got float"):
        causal_mask(3.0)
