"""What holds whatever the weights are."""

import pytest
import torch
from torch.nn import functional as F

from attention_course.self_attention import (
    Block,
    Decoder,
    Encoder,
    MultiHeadAttention,
    causal_mask,
)
from tests.self_attention.helpers import (
    D_CONTEXT,
    D_HIDDEN,
    D_MODEL,
    N_HEADS,
    TK,
    TQ,
    B,
    draw,
)


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
