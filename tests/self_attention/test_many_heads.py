"""Many heads against torch's own layer."""

import math

import pytest
import torch
from torch import nn

from attention_course import self_attention
from attention_course.attention import attend
from attention_course.self_attention import Decoder, MultiHeadAttention, fused_attend
from tests.self_attention.helpers import (
    D_CONTEXT,
    D_HEAD,
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


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize(
    "kind", ["self", "cross", "cross, other length", "key and value"]
)
@pytest.mark.parametrize(
    "masked", [None, "(Tq, Tk)", "(B, Tq, Tk)", "(B, 1, Tk)", "(Tk,)"]
)
def test_many_heads_equal_torch(dtype, bias, need_weights, kind, masked):
    d_context = D_CONTEXT if kind in ("cross, other length", "key and value") else None
    d_key = d_context or D_MODEL
    theirs = nn.MultiheadAttention(
        D_MODEL,
        N_HEADS,
        bias=bias,
        kdim=d_key,
        vdim=d_key,
        batch_first=True,
        dtype=dtype,
    )
    shake(theirs)
    ours = MultiHeadAttention(D_MODEL, N_HEADS, d_context=d_context, bias=bias).to(
        dtype
    )
    ours.load_state_dict(attention_parameters(theirs))

    query = draw(B, TQ, D_MODEL, dtype=dtype)
    key = draw(B, TK, d_key, dtype=dtype)
    value = draw(B, TK, d_key, dtype=dtype)
    given = {
        "self": (query,),
        "cross": (query, key),
        "cross, other length": (query, key),
        "key and value": (query, key, value),
    }[kind]
    full = {1: (query, query, query), 2: (query, key, key), 3: (query, key, value)}[
        len(given)
    ]
    n_keys = full[1].shape[1]
    shapes = {
        "(Tq, Tk)": (TQ, n_keys),
        "(B, Tq, Tk)": (B, TQ, n_keys),
        "(B, 1, Tk)": (B, 1, n_keys),
        "(Tk,)": (n_keys,),
    }
    mask = None if masked is None else random_mask(*shapes[masked])
    forbidden = None  # torch's layer says True = may NOT attend, one mask for each head
    if mask is not None:
        forbidden = ~mask.expand(B, TQ, n_keys).repeat_interleave(N_HEADS, dim=0)

    output, weights = ours(*given, mask=mask, need_weights=need_weights)
    expected, expected_weights = theirs(
        *full,
        attn_mask=forbidden,
        need_weights=need_weights,
        average_attn_weights=False,
    )
    assert output.dtype == dtype
    torch.testing.assert_close(
        output, expected, atol=TOLERANCE[dtype], rtol=TOLERANCE[dtype]
    )
    if need_weights:
        assert weights.shape == (B, N_HEADS, TQ, n_keys)
        torch.testing.assert_close(
            weights, expected_weights, atol=TOLERANCE[dtype], rtol=0
        )
    else:
        assert weights is None
    assert_same_gradients(output, expected, given, attention_parameters, ours, theirs)


@pytest.mark.parametrize("leading", [(), (2,), (2, 13)])
@pytest.mark.parametrize("shape", [None, (TK,), (1, TK), (TQ, 1), (TQ, TK), "all"])
def test_with_and_without_weights_agree(leading, shape):
    layer = MultiHeadAttention(D_MODEL, N_HEADS, d_context=D_CONTEXT).double()
    query, key = draw(*leading, TQ, D_MODEL), draw(*leading, TK, D_CONTEXT)
    mask = None
    if shape is not None:
        mask = random_mask(*leading, TQ, TK) if shape == "all" else random_mask(*shape)
    slow, weights = layer(query, key, mask=mask, need_weights=True)
    fast, _ = layer(query, key, mask=mask)
    assert slow.shape == (*leading, TQ, D_MODEL)
    assert weights.shape == (*leading, N_HEADS, TQ, TK)
    torch.testing.assert_close(fast, slow, atol=1e-12, rtol=0)
    upstream = torch.randn_like(slow)
    inputs = (query, key, *layer.parameters())
    for a, b in zip(
        torch.autograd.grad(fast, inputs, upstream),
        torch.autograd.grad(slow, inputs, upstream),
        strict=True,
    ):
        torch.testing.assert_close(a, b, atol=1e-11, rtol=0)


@pytest.mark.parametrize("need_weights", [True, False])
def test_leading_axes_broadcast(need_weights):
    layer = MultiHeadAttention(D_MODEL, N_HEADS).double()
    query, key = draw(2, 1, TQ, D_MODEL), draw(13, TK, D_MODEL)
    mask = random_mask(13, 1, TK)
    output, _ = layer(query, key, mask=mask, need_weights=need_weights)
    expected, _ = layer(
        query.expand(2, 13, -1, -1),
        key.expand(2, 13, -1, -1),
        mask=mask.expand(2, 13, TQ, TK),
        need_weights=need_weights,
    )
    assert output.shape == (2, 13, TQ, D_MODEL)
    torch.testing.assert_close(output, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("lonely", ["one query", "a whole sequence"])
def test_a_query_without_keys_gets_zeros_and_finite_gradients(
    dtype, need_weights, lonely
):
    layer = MultiHeadAttention(D_MODEL, N_HEADS).to(dtype)
    query, key = draw(B, TQ, D_MODEL, dtype=dtype), draw(B, TK, D_MODEL, dtype=dtype)
    if lonely == "one query":
        mask, where = random_mask(B, TQ, TK), (1, 3)
    else:
        mask, where = random_mask(B, 1, TK), (1, slice(None))
    mask[where] = False
    output, weights = layer(query, key, mask=mask, need_weights=need_weights)
    # No value comes in, so what is left is the output projection of zeros: its bias.
    expected = layer.to_output.bias.expand_as(output[where])
    torch.testing.assert_close(output[where], expected, atol=0, rtol=0)
    if need_weights:
        assert (weights[1][:, where[1]] == 0).all()
    inputs = (query, key, *layer.parameters())
    gradients = torch.autograd.grad(output.square().sum(), inputs)
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert (gradients[0][where] == 0).all()
    others, _ = layer(query, key, mask=mask | (~mask).all(-1, keepdim=True))
    keep = mask.any(-1).expand(B, TQ)
    torch.testing.assert_close(
        output[keep], others[keep], atol=TOLERANCE[dtype], rtol=0
    )


def test_lonely_queries_do_not_depend_on_what_the_kernel_gives_them(monkeypatch):
    """A kernel without a guard of its own computes 0/0 for an empty row."""

    def careless(query, key, value, attn_mask):
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
        return scores.masked_fill(~attn_mask, -math.inf).softmax(-1) @ value

    monkeypatch.setattr(self_attention.F, "scaled_dot_product_attention", careless)
    query, key, value = draw(TQ, D_HEAD), draw(TK, D_HEAD), draw(TK, D_HEAD)
    mask = random_mask(TQ, TK)
    mask[3] = False
    output = fused_attend(query, key, value, mask=mask)
    torch.testing.assert_close(output, attend(query, key, value, mask=mask)[0])
    assert (output[3] == 0).all()
    gradients = torch.autograd.grad(output.square().sum(), (query, key, value))
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_the_callers_tensors_and_the_random_numbers_are_left_alone():
    layer = Decoder(2, D_MODEL, N_HEADS, D_HIDDEN).double()
    x, context = draw(B, TQ, D_MODEL), draw(B, TK, D_MODEL)
    mask, context_mask = random_mask(B, TQ, TQ), random_mask(B, 1, TK)
    given = [x, context, mask, context_mask]
    before = [tensor.detach().clone() for tensor in given]
    state = torch.random.get_rng_state()
    for need_weights in (True, False):
        layer(
            x, context, mask=mask, context_mask=context_mask, need_weights=need_weights
        )
    assert all(torch.equal(a, b) for a, b in zip(given, before, strict=True))
    assert torch.equal(torch.random.get_rng_state(), state)
