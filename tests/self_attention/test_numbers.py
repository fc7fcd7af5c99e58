"""Half precision, autocast, second derivatives, empty sequences: as torch's own layers."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attention_course.attention import attend
from attention_course.self_attention import (
    Block,
    Decoder,
    DecoderBlock,
    Encoder,
    FeedForward,
    MultiHeadAttention,
    SelfAttentionHead,
    fused_attend,
)
from tests.self_attention.helpers import (
    D_HEAD,
    D_HIDDEN,
    D_MODEL,
    N_HEADS,
    TK,
    TQ,
    B,
    attention_parameters,
    draw,
    random_mask,
)
from tests.self_attention.test_stacks import block_parameters, torch_layer

HALVES = [torch.bfloat16, torch.float16]
half = pytest.mark.parametrize("dtype", HALVES)
# What comes in: as it is, or as a layer before it left it under autocast.
comes_in = pytest.mark.parametrize("cast", [False, True])


def given(length: int, dtype: torch.dtype, cast: bool) -> torch.Tensor:
    x = draw(B, length, D_MODEL, dtype=torch.float32).detach()
    return x.to(dtype) if cast else x


def assert_alike(got: torch.Tensor, expected: torch.Tensor, dtype: torch.dtype) -> None:
    assert got.dtype == expected.dtype
    tolerance = 16 * torch.finfo(dtype).eps
    torch.testing.assert_close(got, expected, atol=tolerance, rtol=tolerance)


def assert_trains(layer: nn.Module, output: torch.Tensor) -> None:
    gradients = torch.autograd.grad(output.float().square().sum(), layer.parameters())
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert any(gradient.abs().sum() > 0 for gradient in gradients)


@half
@comes_in
@pytest.mark.parametrize("need_weights", [True, False])
def test_many_heads_under_autocast(dtype, cast, need_weights):
    theirs = nn.MultiheadAttention(D_MODEL, N_HEADS, batch_first=True)
    ours = MultiHeadAttention(D_MODEL, N_HEADS)
    ours.load_state_dict(attention_parameters(theirs))
    query, key = given(TQ, dtype, cast), given(TK, dtype, cast)
    with torch.autocast("cpu", dtype):
        got, weights = ours(query, key, need_weights=need_weights)
        expected, their_weights = theirs(
            query, key, key, need_weights=need_weights, average_attn_weights=False
        )
    assert_alike(got, expected, dtype)
    if need_weights:
        assert_alike(weights, their_weights, dtype)
    assert_trains(ours, got)


@half
@comes_in
@pytest.mark.parametrize("norm_first", [True, False])
def test_blocks_under_autocast(dtype, cast, norm_first):
    x, context = given(TQ, dtype, cast), given(TK, dtype, cast)
    for ours, their_kind, inputs in (
        (Block, nn.TransformerEncoderLayer, (x,)),
        (DecoderBlock, nn.TransformerDecoderLayer, (x, context)),
    ):
        theirs = torch_layer(their_kind, torch.float32, norm_first, F.relu)
        layer = ours(D_MODEL, N_HEADS, D_HIDDEN, norm_first=norm_first)
        layer.load_state_dict(block_parameters(theirs))
        with torch.autocast("cpu", dtype):
            got, expected = layer(*inputs)[0], theirs(*inputs)
        assert_alike(got, expected, dtype)
        assert_trains(layer, got)


@half
@comes_in
def test_the_parts_under_autocast(dtype, cast):
    x = given(TQ, dtype, cast)
    feed_forward = FeedForward(D_MODEL, D_HIDDEN)
    expand, contract = feed_forward.expand, feed_forward.contract
    head = SelfAttentionHead(D_MODEL, D_HEAD)
    projections = head.to_query, head.to_key, head.to_value
    with torch.autocast("cpu", dtype):
        theirs = nn.Sequential(expand, nn.ReLU(), contract)
        assert_alike(feed_forward(x), theirs(x), dtype)
        got, weights = head(x)
        q, k, v = (project(x) for project in projections)
        assert_alike(got, F.scaled_dot_product_attention(q, k, v), dtype)
        assert weights.dtype == dtype
        for function in (lambda *qkv: attend(*qkv)[0], fused_attend):
            mixed = function(q, k.float(), v)
            assert_alike(mixed, F.scaled_dot_product_attention(q, k, v), dtype)
        # Two layers in a row: the second gets what the first leaves.
        twice, _ = head(feed_forward(x))
        assert twice.dtype == dtype


def test_double_under_autocast_is_named_where_a_layer_has_float32():
    x = draw(B, TQ, D_MODEL)
    message = "x: expected torch.float32, as the layer has, got torch.float64"
    with torch.autocast("cpu", torch.bfloat16):
        with pytest.raises(ValueError, match=message):
            SelfAttentionHead(D_MODEL, D_HEAD)(x)
        with pytest.raises(ValueError, match="expected torch.float64, as the layer"):
            FeedForward(D_MODEL, D_HIDDEN).double()(x.float())
        with pytest.raises(ValueError, match="query, key, value: expected one dtype"):
            attend(x, x.float(), x)
        assert attend(x, x, x)[0].dtype == torch.float64
        double = SelfAttentionHead(D_MODEL, D_HEAD).double()
        assert double(x)[0].dtype == torch.float64


# 60 · 60 · 64 is more than the largest float16, 65504; an eighth of it is not. Of 400 · 400
# · 64 an eighth is, too.
@pytest.mark.parametrize("size", [60.0, 400.0])
def test_half_precision_is_finite_wherever_the_fused_way_is(size):
    x = torch.full((B, TQ, 64), size, dtype=torch.float16).requires_grad_()
    layer = MultiHeadAttention(64, 1).half()
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            is_bias = name.endswith("bias")
            parameter.copy_(torch.zeros(64) if is_bias else torch.eye(64))
    mask = random_mask(TQ, TQ)
    outputs = {
        "fused": fused_attend(x, x, x),
        "attend": attend(x, x, x)[0],
        "fused, mask": fused_attend(x, x, x, mask=mask),
        "attend, mask": attend(x, x, x, mask=mask)[0],
        "layer": layer(x)[0],
        "layer, weights": layer(x, need_weights=True)[0],
    }
    for name, output in outputs.items():
        assert output.dtype == torch.float16
        seen = output[
            output != 0
        ]  # a query that the mask leaves without keys has zeros
        torch.testing.assert_close(seen, torch.full_like(seen, size), msg=name)
        (gradient,) = torch.autograd.grad(output.sum(), x, retain_graph=True)
        assert gradient.isfinite().all(), name


def test_the_one_score_that_float16_cannot_hold_wins():
    query, key = torch.full((2, 1, 64), 400.0, dtype=torch.float16)
    keys = torch.cat([key, key / 100, -key])  # 1,280,000, 12,800 and less than nothing
    value = torch.tensor([[3.0], [5.0], [7.0]], dtype=torch.float16)
    output, weights = attend(query[None], keys, value)
    assert weights.tolist() == [[[1.0, 0.0, 0.0]]]
    assert output.equal(fused_attend(query[None], keys, value))
    nothing = torch.full_like(query, math.nan)  # what is no number stays none
    assert attend(nothing, keys, value)[0].isnan().all()


def test_second_derivatives_go_through_the_weights():
    layer = MultiHeadAttention(D_MODEL, N_HEADS).double()
    x = draw(B, TQ, D_MODEL)

    def second(need_weights):
        output, _ = layer(x, need_weights=need_weights)
        (first,) = torch.autograd.grad(output.sin().sum(), x, create_graph=True)
        return torch.autograd.grad(first.sin().sum(), x)[0]

    assert second(True).isfinite().all()
    with pytest.raises(RuntimeError, match="derivative for .* is not implemented"):
        second(False)
    for part in (MultiHeadAttention, fused_attend):
        words = " ".join((part.__doc__ or "").split())
        assert "second derivatives" in words


def test_an_empty_sequence_is_a_sequence():
    nothing, context = draw(B, 0, D_MODEL), draw(B, TK, D_MODEL)
    empty = torch.ones(0, 0, dtype=torch.bool)
    encoder = Encoder(2, D_MODEL, N_HEADS, D_HIDDEN).double()
    decoder = Decoder(2, D_MODEL, N_HEADS, D_HIDDEN).double()
    for need_weights in (True, False):
        asked = {"mask": empty, "need_weights": need_weights}
        assert encoder(nothing, **asked)[0].shape == (B, 0, D_MODEL)
        output, weights, looked = decoder(nothing, context, **asked)
        assert output.shape == (B, 0, D_MODEL)
        assert decoder(context, nothing, need_weights=need_weights)[0].isfinite().all()
    assert (weights, looked) == (None, None)
    _, weights, looked = decoder(nothing, context, need_weights=True)
    assert weights.shape == (B, 2, N_HEADS, 0, 0)
    assert looked.shape == (B, 2, N_HEADS, 0, TK)


def test_fused_attend_names_what_is_wrong():
    query, key = draw(B, TQ, D_HEAD), draw(B, TK, D_HEAD)
    with pytest.raises(ValueError, match="^key: expected axes .* with d_k = 7"):
        fused_attend(query, key[..., 1:], key)
    with pytest.raises(ValueError, match="^value: expected axes .* with Tk = 11"):
        fused_attend(query, key, key[:, 1:])
    with pytest.raises(TypeError, match="^value: expected a tensor .* got NoneType"):
        fused_attend(query, key, None)
    with pytest.raises(TypeError, match="^mask: expected a boolean tensor"):
        fused_attend(query, key, key, mask=torch.ones(TQ, TK))
    with pytest.raises(ValueError, match="one dtype"):
        fused_attend(query, key.float(), key)
