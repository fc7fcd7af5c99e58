"""Blocks, encoders and decoders against torch's own."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attention_course.self_attention import (
    Block,
    Decoder,
    DecoderBlock,
    Encoder,
    FeedForward,
    causal_mask,
)
from tests.self_attention.helpers import (
    D_HIDDEN,
    D_MODEL,
    DTYPES,
    N_HEADS,
    TK,
    TOLERANCE,
    TQ,
    B,
    assert_same_gradients,
    attention_parameters,
    draw,
    random_mask,
    shake,
)


def block_parameters(theirs: nn.Module) -> dict[str, torch.Tensor]:
    parts = {"attention": attention_parameters(theirs.self_attn)}
    if hasattr(theirs, "multihead_attn"):
        parts["cross"] = attention_parameters(theirs.multihead_attn)
    renamed = {"linear1": "feed_forward.expand", "linear2": "feed_forward.contract"}
    for name in ("norm1", "norm2", "norm3", "linear1", "linear2"):
        if hasattr(theirs, name):
            parts[renamed.get(name, name)] = dict(
                getattr(theirs, name).named_parameters()
            )
    return {
        f"{part}.{name}": value
        for part, found in parts.items()
        for name, value in found.items()
    }


def stack_parameters(theirs: nn.Module) -> dict[str, torch.Tensor]:
    found = {
        f"blocks.{i}.{name}": value
        for i, layer in enumerate(theirs.layers)
        for name, value in block_parameters(layer).items()
    }
    if theirs.norm is not None:
        found.update(
            {f"norm.{name}": value for name, value in theirs.norm.named_parameters()}
        )
    return found


def torch_layer(kind, dtype, norm_first, activation, eps=1e-5):
    layer = kind(
        D_MODEL,
        N_HEADS,
        D_HIDDEN,
        dropout=0.0,
        activation=activation,
        layer_norm_eps=eps,
        batch_first=True,
        norm_first=norm_first,
        dtype=dtype,
    )
    shake(layer)
    return layer


OPTIONS = [
    pytest.param(norm_first, activation, id=f"{'pre' if norm_first else 'post'}-{name}")
    for norm_first in (True, False)
    for name, activation in (("relu", F.relu), ("gelu", F.gelu))
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("norm_first", "activation"), OPTIONS)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("need_weights", [True, False])
def test_block_equals_torch(dtype, norm_first, activation, masked, need_weights):
    # An eps as large as this shows in the result, and shows that ours is used.
    theirs = torch_layer(
        nn.TransformerEncoderLayer, dtype, norm_first, activation, eps=0.1
    )
    ours = Block(
        D_MODEL,
        N_HEADS,
        D_HIDDEN,
        norm_first=norm_first,
        activation=activation,
        eps=0.1,
    ).to(dtype)
    ours.load_state_dict(block_parameters(theirs))
    x = draw(B, TQ, D_MODEL, dtype=dtype)
    mask = random_mask(TQ, TQ) if masked else None
    output, weights = ours(x, mask=mask, need_weights=need_weights)
    expected = theirs(x, src_mask=None if mask is None else ~mask)
    tolerance = 4 * TOLERANCE[dtype]
    torch.testing.assert_close(output, expected, atol=tolerance, rtol=tolerance)
    assert (weights is not None) == need_weights
    if weights is not None:
        assert weights.shape == (B, N_HEADS, TQ, TQ)
    assert_same_gradients(output, expected, (x,), block_parameters, ours, theirs)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("norm_first", "activation"), OPTIONS)
@pytest.mark.parametrize("masked", [False, True])
def test_decoder_block_equals_torch(dtype, norm_first, activation, masked):
    theirs = torch_layer(
        nn.TransformerDecoderLayer, dtype, norm_first, activation, eps=0.1
    )
    ours = DecoderBlock(
        D_MODEL,
        N_HEADS,
        D_HIDDEN,
        norm_first=norm_first,
        activation=activation,
        eps=0.1,
    ).to(dtype)
    ours.load_state_dict(block_parameters(theirs))
    x, context = draw(B, TQ, D_MODEL, dtype=dtype), draw(B, TK, D_MODEL, dtype=dtype)
    mask = causal_mask(TQ) if masked else None
    context_mask = random_mask(B, 1, TK) if masked else None
    output, weights, cross_weights = ours(
        x, context, mask=mask, context_mask=context_mask, need_weights=True
    )
    expected = theirs(
        x,
        context,
        tgt_mask=None if mask is None else ~mask,
        memory_key_padding_mask=None if context_mask is None else ~context_mask[:, 0],
    )
    tolerance = 4 * TOLERANCE[dtype]
    torch.testing.assert_close(output, expected, atol=tolerance, rtol=tolerance)
    assert weights.shape == (B, N_HEADS, TQ, TQ)
    assert cross_weights.shape == (B, N_HEADS, TQ, TK)
    assert_same_gradients(
        output, expected, (x, context), block_parameters, ours, theirs
    )


@pytest.mark.parametrize("norm_first", [True, False])
def test_encoder_equals_torch(norm_first):
    layer = torch_layer(nn.TransformerEncoderLayer, torch.float64, norm_first, "relu")
    norm = nn.LayerNorm(D_MODEL, dtype=torch.float64) if norm_first else None
    theirs = nn.TransformerEncoder(layer, 3, norm=norm, enable_nested_tensor=False)
    shake(theirs)  # the layers start as copies of one another
    ours = Encoder(3, D_MODEL, N_HEADS, D_HIDDEN, norm_first=norm_first).double()
    ours.load_state_dict(stack_parameters(theirs))
    x, padding = draw(B, TQ, D_MODEL), random_mask(B, TQ)
    output, weights = ours(x, mask=padding.unsqueeze(-2), need_weights=True)
    expected = theirs(x, src_key_padding_mask=~padding)
    torch.testing.assert_close(output, expected, atol=1e-11, rtol=0)
    assert weights.shape == (B, 3, N_HEADS, TQ, TQ)
    first = ours.blocks[0](x, mask=padding.unsqueeze(-2), need_weights=True)[1]
    torch.testing.assert_close(weights[:, 0], first, atol=0, rtol=0)
    assert ours(x)[1] is None
    assert_same_gradients(output, expected, (x,), stack_parameters, ours, theirs)


@pytest.mark.parametrize("norm_first", [True, False])
def test_decoder_equals_torch(norm_first):
    layer = torch_layer(nn.TransformerDecoderLayer, torch.float64, norm_first, "relu")
    norm = nn.LayerNorm(D_MODEL, dtype=torch.float64) if norm_first else None
    theirs = nn.TransformerDecoder(layer, 3, norm=norm)
    shake(theirs)
    ours = Decoder(3, D_MODEL, N_HEADS, D_HIDDEN, norm_first=norm_first).double()
    ours.load_state_dict(stack_parameters(theirs))
    x, context = draw(B, TQ, D_MODEL), draw(B, TK, D_MODEL)
    padding, context_padding = random_mask(B, TQ), random_mask(B, TK)
    output, weights, cross_weights = ours(
        x,
        context,
        mask=padding.unsqueeze(-2),
        context_mask=context_padding.unsqueeze(-2),
        need_weights=True,
    )
    expected = theirs(
        x,
        context,
        tgt_mask=~causal_mask(TQ),
        tgt_key_padding_mask=~padding,
        memory_key_padding_mask=~context_padding,
    )
    torch.testing.assert_close(output, expected, atol=1e-11, rtol=0)
    assert weights.shape == (B, 3, N_HEADS, TQ, TQ)
    assert cross_weights.shape == (B, 3, N_HEADS, TQ, TK)
    assert (weights.detach()[..., ~causal_mask(TQ)] == 0).all()
    ignored = ~context_padding.view(B, 1, 1, 1, TK).expand_as(cross_weights)
    assert ignored.any()
    assert (cross_weights[ignored] == 0).all()
    assert_same_gradients(
        output, expected, (x, context), stack_parameters, ours, theirs
    )


def test_feed_forward_treats_every_vector_alone():
    layer = FeedForward(D_MODEL, D_HIDDEN, F.gelu).double()
    x = draw(B, TQ, D_MODEL)
    together = layer(x)
    assert layer.expand.weight.shape == (D_HIDDEN, D_MODEL)
    for b in range(B):
        for t in range(TQ):
            torch.testing.assert_close(
                layer(x[b, t]), together[b, t], atol=1e-12, rtol=0
            )
