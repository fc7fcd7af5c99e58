"""A mask of two axes is (Tq, Tk), never (B, Tk), also where the numbers are the same."""

import pytest
import torch

from attention_course import attention, grid_attention
from attention_course.grid_models import NearbyAttention
from attention_course.self_attention import (
    Block,
    Decoder,
    DecoderBlock,
    Encoder,
    MultiHeadAttention,
    SelfAttentionHead,
    Transformer,
    fused_attend,
)
from tests.self_attention.helpers import (
    D_HEAD,
    D_HIDDEN,
    D_MODEL,
    N_HEADS,
    TK,
    TQ,
    draw,
    random_mask,
)

D = D_MODEL, N_HEADS, D_HIDDEN


def ways():
    """Each way to attend within ``x``, as ``(x, mask) → output``, and what says how."""
    torch.manual_seed(0)
    layers = [SelfAttentionHead(D_MODEL, D_HEAD), MultiHeadAttention(D_MODEL, N_HEADS)]
    layers += [Block(*D), Encoder(2, *D)]
    layers = {type(each).__name__: each.double() for each in layers}
    crossed = {"DecoderBlock": DecoderBlock(*D), "Decoder": Decoder(2, *D)}
    crossed = {name: each.double() for name, each in crossed.items()}
    return {
        "attend": (lambda x, mask: attention.attend(x, x, x, mask=mask)[0], attention.attend),
        "fused_attend": (lambda x, mask: fused_attend(x, x, x, mask=mask), fused_attend),
        "masked_softmax": (
            lambda x, mask: attention.masked_softmax(x @ x.mT, mask), attention.masked_softmax
        ),
        **{
            name: (lambda x, mask, layer=layer: layer(x, mask=mask)[0], layer)
            for name, layer in layers.items()
        },
        **{
            name: (lambda x, mask, layer=layer: layer(x, x, mask=mask)[0], layer)
            for name, layer in crossed.items()
        },
        **{
            f"{name}'s context": (
                lambda x, mask, layer=layer: layer(x, x, context_mask=mask)[0], layer
            )
            for name, layer in crossed.items()
        },
    }  # fmt: skip


@pytest.mark.parametrize("name", ways())
def test_two_axes_are_one_mask_for_the_whole_batch(name):
    way, says = ways()[name]
    x = draw(TQ, TQ, D_MODEL)  # as many sequences as places: both readings fit
    mask = random_mask(TQ, TQ)
    by_query, by_row = mask.expand(TQ, TQ, TQ), mask.unsqueeze(-2)
    torch.testing.assert_close(way(x, mask), way(x, by_query), atol=0, rtol=0)
    assert (way(x, mask) - way(x, by_row)).abs().max() > 1e-3, "padding is another mask"
    assert "two axes" in " ".join((says.__doc__ or "").split()).lower()
    if "softmax" not in name:
        with pytest.raises(ValueError, match=r"mask: expected .*\(\.\.\., Tq, Tk\)"):
            way(draw(2, TQ, D_MODEL), random_mask(2, TQ))


def test_the_padding_of_a_transformer_is_one_row_a_text():
    model = Transformer(TK, TK, d_model=2 * D_MODEL, n_heads=N_HEADS).double()
    tokens = torch.randint(TK, (TQ, TQ))
    real = random_mask(TQ, TQ)
    logits, _ = model(tokens, real, tokens)
    for i in range(TQ):
        (one,), _ = model(tokens[i : i + 1], real[i : i + 1], tokens[i : i + 1])
        torch.testing.assert_close(logits[i], one, atol=1e-12, rtol=0)
    assert "two axes of ``source_mask`` are always" in " ".join(
        (Transformer.__doc__ or "").split()
    )


@pytest.mark.parametrize(
    "name",
    [
        "full_attention",
        "axial_attention",
        "nearby_attention",
        "nearby_attention_direct",
    ],
)
def test_grids_take_no_mask_of_two_axes(name):
    function = getattr(grid_attention, name)
    grid = draw(3, 3, 3, 3, 3)
    more = () if name == "full_attention" else (1,)
    function(grid, grid, grid, *more, mask=random_mask(3, 3, 3))
    with pytest.raises(ValueError, match="^mask: expected axes .*, got 2 axes"):
        function(grid, grid, grid, *more, mask=random_mask(3, 3))
    assert "two axes" in function.__doc__


def test_a_layer_on_grids_takes_no_mask_of_two_axes():
    layer, grid = (
        NearbyAttention(D_MODEL, N_HEADS, 1).double(),
        draw(3, 3, 3, 3, D_MODEL),
    )
    with pytest.raises(ValueError, match="^mask: expected axes .*, got 2 axes"):
        layer(grid, mask=random_mask(3, 3))
    assert "of two axes is refused" in NearbyAttention.__doc__
