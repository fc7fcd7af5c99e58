"""Layers and models on grids, against chapter 4's layers, torch's, and their own parts."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attention_course.embedding import patchify
from attention_course.grid_models import (
    NearbyAttention,
    NearbyDecoderBlock,
    VideoDecoder,
    VisionTransformer,
    trilinear,
)
from attention_course.lab.training import load_model, save_model
from attention_course.self_attention import MultiHeadAttention

# Different sizes on every axis, with no common factor but the one that heads need.
B, N_HEADS, D_HEAD, D_CONTEXT, D_HIDDEN = 2, 3, 7, 13, 17
D_MODEL = N_HEADS * D_HEAD
SIZES, CONTEXT_SIZES = (3, 5, 7), (2, 4, 3)
CLOSE = {"atol": 1e-12, "rtol": 1e-10}


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64).requires_grad_()


def shake(module: nn.Module) -> nn.Module:
    """Move every parameter, so that no bias is 0 and no norm's gain is 1."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.3)
    return module


def nearby(extent=1, *, context_extent=None, **options) -> NearbyAttention:
    return shake(NearbyAttention(D_MODEL, N_HEADS, extent, **options).double())


def video_decoder(**options) -> VideoDecoder:
    settings = {
        "patch": (1, 2, 1),
        "context_patch": (1, 1, 2),
        "n_layers": 2,
        "d_model": 12,
        "n_heads": 2,
        "d_hidden": 5,
        "context_extent": (1, 0, 2),
    }
    return VideoDecoder((6, 10, 7), (3, 5, 4), **{**settings, **options}).double()


# --- NearbyAttention ---


@pytest.mark.parametrize("with_context", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_with_a_huge_extent_it_is_multi_head_attention(with_context, bias, masked):
    d_context = D_CONTEXT if with_context else None
    ours = nearby(9, d_context=d_context, bias=bias)
    theirs = MultiHeadAttention(
        D_MODEL, N_HEADS, d_context=d_context, bias=bias
    ).double()
    theirs.load_state_dict(ours.state_dict())  # the same names
    grid = draw(B, *SIZES, D_MODEL)
    context = draw(B, *CONTEXT_SIZES, D_CONTEXT) if with_context else grid
    mask = flat_mask = None
    if masked:
        mask = torch.rand(B, *context.shape[1:4]) < 0.6
        mask[0] = False  # one video without anything to see
        flat_mask = mask.flatten(1).unsqueeze(1)  # (B, 1, Tk)

    got, weights = ours(grid, context if with_context else None, mask=mask)
    expected, _ = theirs(grid.flatten(1, 3), context.flatten(1, 3), mask=flat_mask)
    expected = expected.view(B, *SIZES, D_MODEL)
    torch.testing.assert_close(got, expected, **CLOSE)
    assert weights is None

    inputs = [grid, context] if with_context else [grid]
    upstream = torch.randn_like(got)
    parameters = [*ours.parameters()], [*theirs.parameters()]
    mine = torch.autograd.grad(got, [*inputs, *parameters[0]], upstream)
    reference = torch.autograd.grad(expected, [*inputs, *parameters[1]], upstream)
    for a, b in zip(mine, reference, strict=True):
        torch.testing.assert_close(a, b, atol=1e-10, rtol=1e-9)


@pytest.mark.parametrize("causal", [False, True])
def test_weights_go_with_the_output_and_are_made_only_when_needed(causal):
    layer = nearby((1, 0, 2), causal=causal)
    grid = draw(B, *SIZES, D_MODEL)
    fast, nothing = layer(grid)
    output, weights = layer(grid, need_weights=True)
    assert nothing is None
    torch.testing.assert_close(fast, output, **CLOSE)
    assert weights.shape == (B, N_HEADS, *SIZES, 3, 1, 5)
    total = weights.flatten(-3).sum(dim=-1)
    torch.testing.assert_close(total, torch.ones_like(total))
    # One cell by hand: its weights average the values of its neighbours.
    values = layer.to_value(grid)[1].unflatten(-1, (N_HEADS, D_HEAD))
    frames, columns = slice(0, 3), slice(1, 6)  # around cell (1, 4, 3)
    near = values[frames, 4, columns]  # (3, 5, n_heads, d_head)
    heads = torch.einsum("nfc,fcnd->nd", weights[1, :, 1, 4, 3, :, 0], near)
    torch.testing.assert_close(output[1, 1, 4, 3], layer.to_output(heads.flatten()))


def test_each_head_has_its_own_part_of_the_vectors():
    layer = nearby(1)
    grid = draw(B, *SIZES, D_MODEL)
    _, weights = layer(grid, need_weights=True)
    with torch.no_grad():
        layer.to_query.weight[:D_HEAD].zero_()  # the first head asks for nothing
        layer.to_query.bias[:D_HEAD].zero_()
    _, changed = layer(grid, need_weights=True)
    assert torch.equal(weights[:, 1:], changed[:, 1:])
    inner = changed[:, 0, 1, 2, 3]  # (B, 3, 3, 3), no border near
    torch.testing.assert_close(inner, torch.full_like(inner, 1 / 27))
    assert not torch.allclose(weights[:, 0], changed[:, 0])


def test_leading_axes_may_be_none_or_several():
    layer = nearby(1, d_context=D_CONTEXT)
    grid, context = draw(2, 3, *SIZES, D_MODEL), draw(2, 3, *CONTEXT_SIZES, D_CONTEXT)
    mask = torch.rand(2, 3, *CONTEXT_SIZES) < 0.7
    together, _ = layer(grid, context, mask=mask)
    alone, _ = layer(grid[1, 2], context[1, 2], mask=mask[1, 2])
    torch.testing.assert_close(together[1, 2], alone, **CLOSE)


def test_a_causal_layer_leaks_nothing():
    layer = nearby(2, causal=True)
    grid = draw(1, *SIZES, D_MODEL)
    output, _ = layer(grid)
    for place in range(math.prod(SIZES)):
        (gradient,) = torch.autograd.grad(
            output.flatten(1, 3)[0, place].sum(), grid, retain_graph=True
        )
        reached = gradient.flatten(1, 3)[0].abs().sum(dim=-1) != 0  # (T,)
        assert not reached[place + 1 :].any(), "the future, exactly zero"
        assert reached[place], "its own cell"
        assert place == 0 or reached[:place].any(), "something of the past"


def test_errors_of_nearby_attention():
    with pytest.raises(ValueError, match="n_heads: expected a number that divides"):
        NearbyAttention(7, 2, 1)
    with pytest.raises(ValueError, match="extent: expected .* got -1"):
        NearbyAttention(4, 2, (1, -1, 1))
    with pytest.raises(ValueError, match="extent: expected 3 integers, got 2"):
        NearbyAttention(4, 2, (1, 1))
    layer = nearby(1, d_context=D_CONTEXT)
    grid, context = draw(B, *SIZES, D_MODEL), draw(B, *CONTEXT_SIZES, D_CONTEXT)
    with pytest.raises(ValueError, match="grid: expected axes .* d_model = 21, got"):
        layer(context, context)
    with pytest.raises(ValueError, match="context: expected axes .* d_context = 13"):
        layer(grid)
    with pytest.raises(ValueError, match="grid, context, weight: expected one dtype"):
        layer(grid.float(), context)
    with pytest.raises(ValueError, match="grid, context, weight: expected one dtype"):
        layer(grid, context.float())
    with pytest.raises(
        ValueError, match="grid, context: expected the same axes before"
    ):
        layer(grid, context[:1])
    with pytest.raises(ValueError, match="mask: expected"):
        layer(grid, context, mask=torch.ones(SIZES, dtype=torch.bool))
    with pytest.raises(TypeError, match="mask: expected a boolean"):
        layer(grid, context, mask=torch.ones(CONTEXT_SIZES))
    with pytest.raises(ValueError, match="causal: expected a context of the query's"):
        nearby(1, causal=True)(grid, draw(B, *CONTEXT_SIZES, D_MODEL))


# --- NearbyDecoderBlock ---


def block(**options) -> NearbyDecoderBlock:
    sizes = D_MODEL, N_HEADS, D_HIDDEN
    return shake(
        NearbyDecoderBlock(
            *sizes, (1, 0, 2), (0, 2, 1), d_context=D_CONTEXT, **options
        ).double()
    )


@pytest.mark.parametrize("use_self", [False, True])
@pytest.mark.parametrize("use_cross", [False, True])
def test_a_block_adds_its_two_parts_then_feeds_forward(use_self, use_cross):
    layer = block(use_self=use_self, use_cross=use_cross)
    grid, context = draw(B, *SIZES, D_MODEL), draw(B, *CONTEXT_SIZES, D_CONTEXT)
    got, weights, cross_weights = layer(grid, context, need_weights=True)
    y = layer.norm1(grid)
    expected = grid
    if use_self:
        update, self_weights = layer.attention(y, need_weights=True)
        expected = expected + update
        assert layer.attention.extent == (1, 0, 2)
        assert torch.equal(weights, self_weights)
    if use_cross:
        update, to_context = layer.cross(y, context, need_weights=True)
        expected = expected + update
        assert layer.cross.extent == (0, 2, 1)
        assert torch.equal(cross_weights, to_context)
    z = layer.norm2(expected)
    hidden = F.gelu(
        z @ layer.feed_forward.expand.weight.T + layer.feed_forward.expand.bias
    )
    expected = expected + layer.feed_forward.contract(hidden)
    torch.testing.assert_close(got, expected, **CLOSE)
    assert (weights is None) == (not use_self)
    assert (cross_weights is None) == (not use_cross)
    fast, *nothing = layer(grid, context)
    torch.testing.assert_close(fast, got, **CLOSE)
    assert nothing == [None, None]


def test_parts_left_out_have_no_parameters():
    both = {name.split(".")[0] for name, _ in block().named_parameters()}
    neither = block(use_self=False, use_cross=False)
    assert both == {"attention", "cross", "norm1", "norm2", "feed_forward"}
    left = {name.split(".")[0] for name, _ in neither.named_parameters()}
    assert left == {"norm1", "norm2", "feed_forward"}


def test_a_causal_block_sees_all_of_the_context_and_nothing_of_the_future():
    layer = block(causal=True)
    grid, context = draw(1, *SIZES, D_MODEL), draw(1, *CONTEXT_SIZES, D_CONTEXT)
    output, _, _ = layer(grid, context)
    cell = (0, 1, 2, 3)
    by_grid, by_context = torch.autograd.grad(output[cell].sum(), [grid, context])
    place = (1 * SIZES[1] + 2) * SIZES[2] + 3
    reached = by_grid.flatten(1, 3)[0].abs().sum(dim=-1) != 0
    assert not reached[place + 1 :].any()
    assert reached[:place].any()
    # Cell (1, 2, 3) of (3, 5, 7) maps to (0, 1, 1) of (2, 4, 3); extents (0, 2, 1).
    seen = by_context[0].abs().sum(dim=-1) != 0  # (2, 4, 3)
    assert seen[0].all()
    assert not seen[1].any()


# --- VisionTransformer ---


def vit(**options) -> VisionTransformer:
    sizes = {"d_model": 12, "n_heads": 3, "n_layers": 2, "d_hidden": 17, **options}
    return shake(VisionTransformer((6, 10), (3, 2), 5, 7, **sizes).double())


def torch_encoder(model: VisionTransformer) -> nn.TransformerEncoder:
    """torch's own encoder with the parameters of ours."""
    layer = nn.TransformerEncoderLayer(
        12, 3, 17, 0.0, "gelu", norm_first=True, batch_first=True, dtype=torch.float64
    )
    theirs = nn.TransformerEncoder(
        layer, 2, nn.LayerNorm(12).double(), enable_nested_tensor=False
    )
    state = {}
    for name, value in model.encoder.state_dict().items():
        name = name.replace("blocks.", "layers.")
        name = name.replace("feed_forward.expand", "linear1")
        name = name.replace("feed_forward.contract", "linear2")
        state[name.replace("attention.to_output", "self_attn.out_proj")] = value
    for i in range(2):
        for kind in ("weight", "bias"):
            parts = [
                state.pop(f"layers.{i}.attention.to_{part}.{kind}")
                for part in ("query", "key", "value")
            ]
            state[f"layers.{i}.self_attn.in_proj_{kind}"] = torch.cat(parts)
    theirs.load_state_dict(state)
    return theirs


def test_a_vit_is_torchs_encoder_over_patches_and_a_class_token():
    model, images = vit(), draw(B, 6, 10, 5)
    logits, nothing = model(images)
    patches = F.conv2d(
        images.movedim(-1, 1),
        model.embed.project.weight.view(12, 3, 2, 5).movedim(-1, 1),
        model.embed.project.bias,
        stride=(3, 2),
    )  # (B, 12, 2, 5)
    tokens = patches.flatten(2).mT  # (B, 10, 12)
    x = torch.cat([model.class_token.expand(B, 1, 12), tokens], dim=1)
    states = torch_encoder(model)(x + model.positions)
    expected = states[:, 0] @ model.to_logits.weight.T + model.to_logits.bias
    torch.testing.assert_close(logits, expected, **CLOSE)
    assert logits.shape == (B, 7)
    assert nothing is None
    upstream = torch.randn_like(logits)
    inputs = [images, model.class_token, model.positions, model.embed.project.weight]
    got = torch.autograd.grad(logits, inputs, upstream)
    for a, b in zip(got, torch.autograd.grad(expected, inputs, upstream), strict=True):
        torch.testing.assert_close(a, b, atol=1e-10, rtol=1e-9)


def test_the_weights_of_a_vit_have_the_form_of_the_encoders():
    model, images = vit(), draw(B, 6, 10, 5)
    logits, weights = model(images, need_weights=True)
    torch.testing.assert_close(logits, model(images)[0], **CLOSE)
    assert weights.shape == (B, 2, 3, 11, 11)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones_like(weights[..., 0]))


def test_one_number_stands_for_a_square():
    with torch.random.fork_rng():
        model = VisionTransformer(8, 2, 1, 10)
    assert model.config["image_size"] == (8, 8)
    assert model.config["patch"] == (2, 2)
    assert model(torch.zeros(1, 8, 8, 1))[0].shape == (1, 10)


def test_errors_of_the_vit():
    with pytest.raises(
        ValueError, match=r"patch: expected sizes that divide .* \(3, 4"
    ):
        VisionTransformer((6, 10), (3, 4), 1, 10)
    with pytest.raises(ValueError, match="image_size: expected one number or two"):
        VisionTransformer((6, 10, 2), 2, 1, 10)
    with pytest.raises(ValueError, match="n_classes: expected a positive"):
        VisionTransformer(8, 2, 1, 0)
    model = vit()
    with pytest.raises(ValueError, match=r"images: expected axes \(B, 6, 10, 5\), got"):
        model(draw(B, 10, 6, 5))
    with pytest.raises(ValueError, match="images: .* got 3 axes"):
        model(draw(6, 10, 5))
    with pytest.raises(ValueError, match=r"images: expected axes \(B, 6, 10, 5\), got"):
        model(draw(B, 6, 10, 1))


# --- trilinear and VideoDecoder ---


def test_trilinear_draws_straight_lines_along_every_axis():
    small, large = (2, 3, 5), (4, 9, 25)

    def ramp(sizes):  # brightness that grows evenly along each axis, C = 2
        places = [(torch.arange(n) + 0.5) / n for n in sizes]
        f, h, w = torch.meshgrid(*places, indexing="ij")
        return torch.stack([f + 10 * h + 100 * w, 3 - f], dim=-1).unsqueeze(0)

    got = trilinear(ramp(small), large)
    assert got.shape == (1, *large, 2)
    # Inside, where no line must be drawn beyond the last pixel's middle.
    inner = (0, slice(1, 3), slice(1, -1), slice(2, -2))
    torch.testing.assert_close(got[inner], ramp(large)[inner])
    # At the border the last pixel goes on.
    assert torch.equal(got[:, 0, 0, 0], ramp(small)[:, 0, 0, 0])
    with pytest.raises(ValueError, match="video: expected axes"):
        trilinear(torch.zeros(4, 4, 4), large)
    with pytest.raises(ValueError, match="sizes: expected 3 integers, got 2"):
        trilinear(ramp(small), (4, 9))


def test_before_training_a_decoder_is_trilinear():
    model, video = video_decoder(), draw(B, 3, 5, 4, 1)
    output, weights, cross_weights = model(video)
    assert torch.equal(output, trilinear(video, (6, 10, 7)))
    assert weights is None
    assert cross_weights is None


def test_a_decoder_is_its_parts():
    model, video = shake(video_decoder()), draw(B, 3, 5, 4, 1)
    got, weights, cross_weights = model(video, need_weights=True)

    enlarged = F.interpolate(video[..., 0].unsqueeze(1), (6, 10, 7), mode="trilinear")
    enlarged = enlarged.squeeze(1)  # (B, 6, 10, 7)
    rows = enlarged.unflatten(2, (5, 2)).movedim(3, -1)  # (B, 6, 5, 7, 2): (1, 2, 1)
    y = rows @ model.embed.project.weight.T + model.embed.project.bias
    pairs = video[..., 0].unflatten(3, (2, 2))  # (B, 3, 5, 2, 2): patch (1, 1, 2)
    context = pairs @ model.embed_context.project.weight.T
    context = context + model.embed_context.project.bias
    y, context = y + model.positions, context + model.context_positions
    selves, crosses = [], []
    for layer in model.blocks:
        y, self_weights, to_context = layer(y, context, need_weights=True)
        selves.append(self_weights)
        crosses.append(to_context)
    pixels = model.to_pixels(model.norm(y))  # (B, 6, 5, 7, 2)
    correction = pixels.movedim(-1, 3).flatten(2, 3)  # (B, 6, 10, 7)
    torch.testing.assert_close(got[..., 0], enlarged + correction, **CLOSE)
    assert not torch.allclose(got[..., 0], enlarged)
    assert weights.shape == (B, 2, 2, 6, 5, 7, 3, 3, 3)
    assert cross_weights.shape == (B, 2, 2, 6, 5, 7, 3, 1, 5)
    for layer in range(2):
        torch.testing.assert_close(weights[:, layer], selves[layer], **CLOSE)
        torch.testing.assert_close(cross_weights[:, layer], crosses[layer], **CLOSE)
    torch.testing.assert_close(model(video)[0], got, **CLOSE)


def test_a_cell_of_the_context_has_the_position_of_the_same_place():
    model = video_decoder()
    assert model.positions.shape == (6, 5, 7, 12)
    assert model.context_positions.shape == (3, 5, 2, 12)
    # Frame 2 of 3 lies at frame 4 of 6, column 1 of 2 at column 3 of 7.
    assert torch.equal(model.context_positions[2, 3, 1], model.positions[4, 3, 3])
    flat = model.positions.flatten(0, 2)
    assert len(flat.unique(dim=0)) == len(flat), "no two alike"


@pytest.mark.parametrize("use_self", [False, True])
@pytest.mark.parametrize("use_cross", [False, True])
def test_what_a_pixel_can_depend_on(use_self, use_cross):
    """Without attention its own patch alone; with each part more, and not everything."""
    torch.manual_seed(1)
    model = shake(
        video_decoder(
            use_self=use_self, use_cross=use_cross, n_layers=1, patch=(1, 1, 1)
        )
    )
    video = draw(1, 3, 5, 4, 1)
    output, _, _ = model(video)
    (gradient,) = torch.autograd.grad(output[0, 0, 0, 0, 0], video)
    reached = gradient[0, ..., 0] != 0  # (3, 5, 4)
    # Cells of Y in the first two frames, rows and columns lie between these of C.
    by_trilinear = (1, 1, 1)
    by_self = (2, 2, 2)
    # Pairs of columns: the context's extent of 2 reaches all four of them.
    by_cross = (2, 1, 4)
    limits = [
        max(by_trilinear[axis], use_self * by_self[axis], use_cross * by_cross[axis])
        for axis in range(3)
    ]
    f, h, w = reached.nonzero().max(dim=0).values.add(1).tolist()
    assert [f, h, w] == limits


def test_a_decoder_learns_from_every_parameter():
    model, video = shake(video_decoder()), draw(B, 3, 5, 4, 1)
    model(video)[0].square().mean().backward()
    for name, parameter in model.named_parameters():
        # A bias of the keys adds the same to all scores: the softmax does not see it.
        if not name.endswith("to_key.bias"):
            assert parameter.grad is not None, name
            assert float(parameter.grad.abs().max()) > 1e-9, name


def test_errors_of_the_decoder():
    with pytest.raises(
        ValueError, match=r"patch: expected sizes that divide \(6, 10, 7"
    ):
        video_decoder(patch=(1, 3, 1))
    with pytest.raises(ValueError, match="context_patch: expected sizes that divide"):
        video_decoder(context_patch=(2, 1, 1))
    with pytest.raises(ValueError, match="d_model: expected a multiple of 6"):
        video_decoder(d_model=16)
    with pytest.raises(ValueError, match="n_layers: expected a positive"):
        video_decoder(n_layers=0)
    with pytest.raises(ValueError, match="sizes: expected 3 integers, got 2"):
        VideoDecoder((8, 16), (4, 8, 8))
    with pytest.raises(
        ValueError, match=r"video: expected axes \(B, 3, 5, 4, 1\), got"
    ):
        video_decoder()(draw(B, 3, 4, 5, 1))


# --- All models ---


@pytest.mark.parametrize("options", [{}, {"extent": (1, 0, 2), "use_cross": False}])
def test_a_decoder_is_saved_and_loaded(tmp_path, options):
    model, video = shake(video_decoder(**options)).float(), draw(B, 3, 5, 4, 1).float()
    save_model(model, tmp_path / "model.safetensors")
    again = load_model(VideoDecoder, tmp_path / "model.safetensors")
    assert torch.equal(again(video)[0], model(video)[0])


def test_a_vit_is_saved_and_loaded(tmp_path):
    model, images = vit().float(), draw(B, 6, 10, 5).float()
    save_model(model, tmp_path / "model.safetensors")
    again = load_model(VisionTransformer, tmp_path / "model.safetensors")
    assert torch.equal(again(images)[0], model(images)[0])


def test_callers_tensors_stay_as_they_are():
    images, video = draw(B, 6, 10, 5), draw(B, 3, 5, 4, 1)
    before = images.detach().clone(), video.detach().clone()
    vit()(images)
    shake(video_decoder())(video)
    assert torch.equal(images, before[0])
    assert torch.equal(video, before[1])
    assert torch.equal(patchify(video, (1, 1, 2)), patchify(before[1], (1, 1, 2)))
