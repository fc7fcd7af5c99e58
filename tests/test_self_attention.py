"""Heads, blocks and stacks, against torch's own layers and against plain loops."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attention_course import self_attention
from attention_course.attention import attend
from attention_course.self_attention import (
    Block,
    Decoder,
    DecoderBlock,
    Encoder,
    FeedForward,
    MultiHeadAttention,
    SelfAttentionHead,
    causal_mask,
    fused_attend,
    merge_heads,
    split_heads,
)

# Different sizes on every axis, with no common factor but the one that heads need.
B, TQ, TK, N_HEADS, D_HEAD, D_CONTEXT, D_HIDDEN = 2, 5, 11, 3, 7, 13, 17
D_MODEL = N_HEADS * D_HEAD
DTYPES = [torch.float32, torch.float64]
TOLERANCE = {torch.float32: 5e-6, torch.float64: 1e-12}
GRADIENT_TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-11}


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def draw(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype).requires_grad_()


def random_mask(*shape: int) -> torch.Tensor:
    mask = torch.rand(*shape) < 0.6
    mask[..., 0] = True  # no query without a key: torch's layers give NaN there
    return mask


def shake(module: nn.Module) -> None:
    """Move every parameter, so that no bias is 0 and no norm's gain is 1."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.3)


# The way from torch's parameters to ours. torch keeps the three projections in one
# matrix if query, key and value have one length, and in three otherwise.


def attention_parameters(theirs: nn.MultiheadAttention) -> dict[str, torch.Tensor]:
    if theirs.in_proj_weight is not None:
        weights = theirs.in_proj_weight.chunk(3)
    else:
        weights = theirs.q_proj_weight, theirs.k_proj_weight, theirs.v_proj_weight
    found = {"to_output.weight": theirs.out_proj.weight}
    names = ["to_query", "to_key", "to_value"]
    found.update(
        {f"{name}.weight": weight for name, weight in zip(names, weights, strict=True)}
    )
    if theirs.in_proj_bias is not None:
        biases = theirs.in_proj_bias.chunk(3)
        found.update(
            {f"{name}.bias": bias for name, bias in zip(names, biases, strict=True)}
        )
        found["to_output.bias"] = theirs.out_proj.bias
    return found


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


def assert_same_gradients(ours, theirs, inputs, parameters_of, mine, reference):
    """Compare the gradients of both, by the inputs and by every parameter."""
    upstream = torch.randn_like(ours)
    got = torch.autograd.grad(ours, inputs, upstream, retain_graph=True)
    expected = torch.autograd.grad(theirs, inputs, upstream, retain_graph=True)
    tolerance = GRADIENT_TOLERANCE[ours.dtype]
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a, b, atol=tolerance, rtol=tolerance)
    ours.backward(upstream)
    theirs.backward(upstream)
    # The same renaming carries their gradients over: it only cuts and renames.
    gradients = copy.deepcopy(reference)
    with torch.no_grad():
        for target, source in zip(
            gradients.parameters(), reference.parameters(), strict=True
        ):
            target.copy_(source.grad)
    expected_by_name = parameters_of(gradients)
    got_by_name = {name: parameter.grad for name, parameter in mine.named_parameters()}
    assert got_by_name.keys() == expected_by_name.keys()
    for name, gradient in got_by_name.items():
        torch.testing.assert_close(
            gradient,
            expected_by_name[name].detach(),
            atol=tolerance,
            rtol=tolerance,
            msg=name,
        )


# --- heads -------------------------------------------------------------------------


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


# --- multi-head attention against torch ----------------------------------------------


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


# --- blocks and stacks against torch --------------------------------------------------


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


# --- what holds whatever the weights --------------------------------------------------


def test_without_positions_self_attention_is_permutation_equivariant():
    encoder = Encoder(2, D_MODEL, N_HEADS, D_HIDDEN).double()
    x, order = draw(B, TK, D_MODEL), torch.randperm(TK)
    torch.testing.assert_close(
        encoder(x[:, order])[0], encoder(x)[0][:, order], atol=1e-11, rtol=0
    )
    with_mask = encoder(x[:, order], mask=causal_mask(TK))[0]
    assert not torch.allclose(with_mask, encoder(x, mask=causal_mask(TK))[0][:, order])


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("need_weights", [True, False])
def test_no_later_place_reaches_an_earlier_one(norm_first, need_weights):
    decoder = Decoder(2, D_MODEL, N_HEADS, D_HIDDEN, norm_first=norm_first).double()
    x, context = draw(B, TQ, D_MODEL), draw(B, TK, D_MODEL)
    output = decoder(x, context, need_weights=need_weights)[0]
    for t in range(TQ):
        upstream = torch.randn(B, D_MODEL, dtype=x.dtype)
        (gradient,) = torch.autograd.grad(output[:, t], x, upstream, retain_graph=True)
        reached = gradient.abs().amax(dim=(0, 2)) > 0
        assert reached.tolist() == [place <= t for place in range(TQ)]


def test_padding_changes_nothing_for_the_real_places():
    encoder = Encoder(2, D_MODEL, N_HEADS, D_HIDDEN).double()
    x = draw(1, TQ, D_MODEL)
    padded = torch.cat([x, draw(1, 2, D_MODEL)], dim=1)
    padding = torch.arange(TQ + 2) < TQ
    output, _ = encoder(padded, mask=padding.view(1, 1, -1))
    torch.testing.assert_close(output[:, :TQ], encoder(x)[0], atol=1e-11, rtol=0)


def test_a_context_of_another_length_of_vector():
    decoder = Decoder(2, D_MODEL, N_HEADS, D_HIDDEN, d_context=D_CONTEXT).double()
    x, context = draw(B, TQ, D_MODEL), draw(B, TK, D_CONTEXT)
    output, weights, cross_weights = decoder(x, context)
    assert output.shape == x.shape
    assert weights is None
    assert cross_weights is None
    (gradient,) = torch.autograd.grad(output.square().sum(), context)
    assert (gradient.abs().sum(-1) > 0).all()  # every place of the context is heard


def test_gradients_are_those_of_finite_differences():
    layer = Block(4, 2, 3, activation=F.gelu).double()
    x, mask = draw(3, 4), causal_mask(3)
    assert torch.autograd.gradcheck(
        lambda x: layer(x, mask=mask, need_weights=True)[0], x
    )
    assert torch.autograd.gradcheck(lambda x: layer(x, mask=mask)[0], x)


def test_number_of_parameters():
    def count(module):
        return sum(parameter.numel() for parameter in module.parameters())

    assert count(MultiHeadAttention(512, 8, bias=False)) == 4 * 512**2
    assert count(MultiHeadAttention(512, 2)) == 4 * (512**2 + 512)  # heads cost nothing
    assert count(Block(512, 8, 2048)) == 3_152_384  # as nn.TransformerEncoderLayer


# --- errors ---------------------------------------------------------------------------

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
