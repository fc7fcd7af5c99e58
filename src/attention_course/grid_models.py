"""Chapter 5: layers and models on grids, from attention within a neighbourhood to a ViT.

Grids are ``(B, F, H, W, D)``; pictures are ``(B, H, W, C)``, videos ``(B, F, H, W, C)``.
As in chapter 4, ``True`` in a mask = may attend, weights are computed only when needed
and are ``None`` otherwise, and there is no dropout. Wrong input raises as in
:mod:`attention_course.shapes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import attend
from .embedding import PatchEmbedding, sinusoidal_positions, unpatchify
from .grid_attention import EXTENT, THREE, map_cells, nearby_attention, neighbourhood
from .self_attention import Encoder, FeedForward, MultiHeadAttention, run_blocks
from .shapes import (
    boolean,
    checked,
    each_axis,
    flag,
    positive,
    remember_arguments,
    several,
    whole,
)

__all__ = [
    "Follower",
    "NearbyAttention",
    "NearbyDecoderBlock",
    "VideoDecoder",
    "VisionTransformer",
    "trilinear",
]

PAIR = several(1, 2, one_for_all=True, wanted="one number or two")


class NearbyAttention(MultiHeadAttention):
    r"""Attend with several heads to the neighbourhood of every cell.

    Formula: ``output = [head_1; …; head_n] W_O``, ``head_h = nearby_attention(Q_h, K_h,
    V_h)``, with the projections of
    :class:`attention_course.self_attention.MultiHeadAttention`

    Args:
        d_model: dimension of a cell of the grid, and of the output.
        n_heads: a number that divides ``d_model``.
        extent, causal: as for :func:`attention_course.grid_attention.neighbourhood`.
        d_context: dimension of a cell of the context; ``None`` = ``d_model``.
        bias: whether the projections add one.

    Shapes:
        grid ``(..., F, H, W, d_model)``, context ``(..., F', H', W', d_context)``, which
        is the grid itself unless given, mask ``(..., F', H', W')`` → output like the
        grid, weights ``(..., n_heads, F, H, W, 2e_F + 1, 2e_H + 1, 2e_W + 1)``. A mask
        of two axes is refused. Only with ``need_weights=True`` has the layer second
        derivatives, as :func:`attention_course.grid_attention.nearby_attention` says.

    Source: Wu et al. 2021 (arXiv 2111.12417), section 3.2. Chapter 5.
    """

    @checked(extent=EXTENT)
    def __init__(
        self,
        d_model: int,
        n_heads: int,
        extent: int | Sequence[int],
        *,
        d_context: int | None = None,
        causal: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__(d_model, n_heads, d_context=d_context, bias=bias)
        self.extent, self.causal = each_axis(extent, 3), causal

    @checked(
        grid="... F H W d_model",
        context="... F' H' W' d_context or grid",
        same="F H W D",
        weight="to_query.weight",
        mask=boolean("..."),
    )
    def forward(  # type: ignore[override]  # grids instead of sequences
        self,
        grid: Tensor,
        context: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        context = grid if context is None else context
        if mask is not None and mask.ndim > 3:
            mask = mask.unsqueeze(-4)  # (..., 1, F', H', W'), the same for every head
        heads, weights = nearby_attention(
            self._split(self.to_query(grid)),  # (..., n_heads, F, H, W, d_head)
            self._split(self.to_key(context)),  # (..., n_heads, F', H', W', d_head)
            self._split(self.to_value(context)),
            self.extent,
            mask=mask,
            causal=self.causal,
            need_weights=need_weights,
        )
        merged = heads.movedim(-5, -2).flatten(-2)  # (..., F, H, W, d_model)
        return self.to_output(merged), weights

    def _split(self, x: Tensor) -> Tensor:
        parts = x.unflatten(-1, (self.n_heads, -1))  # (..., F, H, W, n_heads, d_head)
        return parts.movedim(-2, -5)  # (..., n_heads, F, H, W, d_head)


class NearbyDecoderBlock(nn.Module):
    r"""Look near oneself and near the same place of a context, and add the two.

    Formula: ``y ← y + self(norm(y)) + cross(norm(y), context)``, then
    ``y ← y + feed_forward(norm(y))``

    Args:
        d_model, n_heads, d_context: as for :class:`NearbyAttention`.
        d_hidden: as for :class:`attention_course.self_attention.FeedForward`.
        extent, causal: of the attention within ``y``.
        context_extent: of the attention to the context, in cells of the context.
        use_self, use_cross: leave one of the two out, or both.

    Shapes:
        grid ``(..., F, H, W, d_model)``, context ``(..., F', H', W', d_context)`` → like
        the grid, self weights and cross weights as :class:`NearbyAttention` gives them.

    Source: Wu et al. 2021 (arXiv 2111.12417), section 3.3. Chapter 5.
    """

    @checked(extent=EXTENT, context_extent=EXTENT)
    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_hidden: int,
        extent: int | Sequence[int],
        context_extent: int | Sequence[int],
        *,
        d_context: int | None = None,
        causal: bool = False,
        use_self: bool = True,
        use_cross: bool = True,
    ) -> None:
        super().__init__()
        self.attention = self.cross = None
        if use_self:
            self.attention = NearbyAttention(d_model, n_heads, extent, causal=causal)
        if use_cross:
            self.cross = NearbyAttention(
                d_model, n_heads, context_extent, d_context=d_context
            )
        self.norm1 = nn.LayerNorm(d_model)
        self.feed_forward = FeedForward(d_model, d_hidden, F.gelu)
        self.norm2 = nn.LayerNorm(d_model)

    @checked(grid="... F H W d_model", context="... F' H' W' d_context", same="F H W D")
    def forward(
        self, grid: Tensor, context: Tensor, *, need_weights: bool = False
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        y = self.norm1(grid)
        weights = cross_weights = None
        if self.attention is not None:
            update, weights = self.attention(y, need_weights=need_weights)
            grid = grid + update
        if self.cross is not None:
            update, cross_weights = self.cross(y, context, need_weights=need_weights)
            grid = grid + update
        grid = grid + self.feed_forward(self.norm2(grid))
        return grid, weights, cross_weights


class Follower(nn.Module):
    r"""Let every cell of a grey frame find itself in earlier frames, and take what it had.

    Formula: ``Y = softmax(q K^T / √d_model) V`` for each cell, with ``q = s · f(now)``; the
    rows of ``K`` are ``f(before)`` of its neighbourhood, those of ``V`` their values, and
    one more key is that of the same place in the last frame plus a learned vector ``stay``.
    ``f`` is of norm 1: two linear maps, ReLU between them, of the patch around a cell, its
    contrast made equal, and of its mean.

    Args:
        extent: how many cells to each side, in height and in width.
        d_model: dimension of queries and keys.
        d_hidden: dimension between the two linear maps.
        patch_extent: pixels of the patch around a cell, to each side.
        stride: pixels from one cell to the next.
        stay: whether there is the one more key.

    Shapes:
        now ``(B, 1, H, W, 1)`` and before ``(B, F', H, W, 1)``, grey, the last frame last;
        value ``(B, F', nH, nW, d_v)`` with ``nH = ⌈H / stride⌉``, ``nW = ⌈W / stride⌉`` →
        output ``(B, 1, nH, nW, d_v)``, weights ``(B, 1, nH, nW, n + 1)``: the ``n =
        (2F' - 1) (2e + 1)²`` places of the window, in the order of reading, then the one
        more key. What lies beyond a border, or before the first frame, has weight 0.

    Source: after Vondrick et al. 2018 (arXiv 1806.09594), section 3. Chapter 5.
    """

    config: dict[str, Any]

    @remember_arguments
    @checked(
        extent=whole(at_least=0),
        d_model=positive,
        d_hidden=positive,
        patch_extent=positive,
        stride=positive,
        stay=flag,
    )
    def __init__(
        self,
        extent: int = 2,
        *,
        d_model: int = 32,
        d_hidden: int = 64,
        patch_extent: int = 3,
        stride: int = 2,
        stay: bool = True,
    ) -> None:
        super().__init__()
        self.extent, self.patch_extent, self.stride = extent, patch_extent, stride
        self.to_hidden = nn.Linear((2 * patch_extent + 1) ** 2 + 1, d_hidden)
        self.to_vector = nn.Linear(d_hidden, d_model)
        self.log_sharpness = nn.Parameter(torch.tensor(2.0))
        self.to_stay = nn.Parameter(torch.zeros(d_model)) if stay else None

    @checked(grey="B F H W 1")
    def embed(self, grey: Tensor) -> Tensor:
        """Make a vector of norm 1 of the patch around every cell."""
        frames = grey.flatten(0, 1).movedim(-1, 1)  # (B · F, 1, H, W)
        width, e = 2 * self.patch_extent + 1, self.patch_extent
        patches = F.unfold(frames, width, padding=e, stride=self.stride).mT
        mean = patches.mean(dim=-1, keepdim=True)  # (B · F, nH · nW, 1)
        away = patches - mean
        contrast = away.square().mean(dim=-1, keepdim=True).sqrt()
        features = torch.cat([away / (contrast + 0.05), mean - 0.5], dim=-1)
        vectors = self.to_vector(F.relu(self.to_hidden(features)))
        rows = -(-grey.shape[2] // self.stride)  # nH
        vectors = F.normalize(vectors, dim=-1).unflatten(1, (rows, -1))
        return vectors.unflatten(0, grey.shape[:2])  # (B, F, nH, nW, d_model)

    @checked(now="B 1 H W 1")
    def ask(self, now: Tensor) -> Tensor:
        """Make the queries of a frame: its vectors, as long as was learned."""
        vectors = self.embed(now)  # (B, 1, nH, nW, d_model)
        # attend divides by √d_model, so a score is a cosine times the sharpness.
        return vectors * self.log_sharpness.exp() * vectors.shape[-1] ** 0.5

    @checked(
        query="B 1 nH nW d_model",
        key="B F' nH nW d_model",
        value="B F' nH nW d_v",
        same="F H W D",
    )
    def fetch(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Attend to the neighbourhood in all earlier frames, and to one more key."""
        sizes, context_sizes = query.shape[1:4], key.shape[1:4]
        extent = context_sizes[0] - 1, self.extent, self.extent
        cells, inside = neighbourhood(sizes, context_sizes, extent)  # (1, nH, nW, n)
        keys = key.flatten(1, 3)[:, cells]  # (B, 1, nH, nW, n, d_model)
        values = value.flatten(1, 3)[:, cells]  # (B, 1, nH, nW, n, d_v)
        if self.to_stay is not None:
            same_place = key[:, -1:, :, :, None] + self.to_stay
            keys = torch.cat([keys, same_place], dim=-2)  # (B, 1, nH, nW, n + 1, d)
            values = torch.cat([values, value[:, -1:, :, :, None]], dim=-2)
            inside = F.pad(inside, (0, 1), value=True)  # (1, nH, nW, n + 1)
        output, weights = attend(
            query.unsqueeze(-2), keys, values, mask=inside.unsqueeze(-2)
        )
        return output.squeeze(-2), weights.squeeze(-2)

    @checked(
        now="B 1 H W 1",
        before="B F' H W 1",
        value="B F' nH nW d_v",
        same="F H W D",
    )
    def forward(
        self, now: Tensor, before: Tensor, value: Tensor
    ) -> tuple[Tensor, Tensor]:
        return self.fetch(self.ask(now), self.embed(before), value)


class VisionTransformer(nn.Module):
    r"""Classify a picture: its patches are the words of the encoder of chapter 4.

    Formula: ``x = [class; patches W + b] + positions``, ``logits = W_c Encoder(x)[0] + b_c``

    Args:
        image_size: height and width of a picture, one number if they are equal.
        patch: height and width of a patch; they divide the picture's.
        n_channels: numbers for each pixel.
        n_classes: how many logits.
        d_model, n_heads, n_layers, d_hidden: as for
            :class:`attention_course.self_attention.Encoder`.

    Shapes:
        images ``(B, H, W, C)`` → logits ``(B, n_classes)``, weights
        ``(B, n_layers, n_heads, T, T)`` with ``T = 1 + number of patches``: the class
        token is number 0, the patches follow row by row.

    Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), section 3.1. Chapter 5.
    """

    config: dict[str, Any]

    @remember_arguments
    @checked(
        image_size=PAIR,
        patch=several(
            2, one_for_all=True, dividing="image_size", whose="the picture's "
        ),
        n_channels=positive,
        n_classes=positive,
    )
    def __init__(
        self,
        image_size: int | Sequence[int],
        patch: int | Sequence[int],
        n_channels: int,
        n_classes: int,
        *,
        d_model: int = 64,
        n_heads: int = 4,
        n_layers: int = 3,
        d_hidden: int = 128,
    ) -> None:
        super().__init__()
        self.image_size, self.patch = each_axis(image_size, 2), each_axis(patch, 2)
        (height, width), (high, wide) = self.image_size, self.patch
        n_patches = (height // high) * (width // wide)
        self.embed = PatchEmbedding(patch, n_channels, d_model)
        self.class_token = nn.Parameter(0.02 * torch.randn(d_model))
        self.positions = nn.Parameter(0.5 * torch.randn(1 + n_patches, d_model))
        self.encoder = Encoder(n_layers, d_model, n_heads, d_hidden, activation=F.gelu)
        self.to_logits = nn.Linear(d_model, n_classes)

    @checked(images="B {image_size} {embed.in_channels}")
    def forward(
        self, images: Tensor, *, need_weights: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        patches = self.embed(images).flatten(1, 2)  # (B, n_patches, d_model)
        token = self.class_token.expand(images.shape[0], 1, -1)  # (B, 1, d_model)
        x = torch.cat([token, patches], dim=1) + self.positions  # (B, T, d_model)
        states, weights = self.encoder(x, need_weights=need_weights)
        return self.to_logits(states[:, 0]), weights  # (B, n_classes)


@checked(video="B F' H' W' C", sizes=THREE)
def trilinear(video: Tensor, sizes: Sequence[int]) -> Tensor:
    r"""Enlarge a video by drawing straight lines between its pixels, along all axes.

    Args:
        video: ``(B, F', H', W', C)``.
        sizes: ``(F, H, W)`` of the result.

    Returns:
        Video ``(B, F, H, W, C)``. Pixels are little boxes that share the whole extent
        (``align_corners=False``), so enlarging leaves everything where it was.

    Source: ``torch.nn.functional.interpolate``. Chapter 5.
    """
    channels_first = video.movedim(-1, 1)  # (B, C, F', H', W')
    shape = each_axis(sizes, 3)
    large = F.interpolate(channels_first, shape, mode="trilinear", align_corners=False)
    return large.movedim(1, -1)  # (B, F, H, W, C)


class VideoDecoder(nn.Module):
    r"""Draw a video ``Y`` larger than the video ``C`` that it reads, along every axis.

    Formula: ``Y = trilinear(C) + unpatchify(W_o norm(y) + b_o)``, where ``y`` begins as
    the patches of ``trilinear(C)`` plus their positions, sinusoidal along the three axes,
    and passes the blocks; their context is the patches of ``C`` plus theirs

    Args:
        sizes: ``(F, H, W)`` of ``Y``.
        context_sizes: ``(F', H', W')`` of ``C``.
        patch: of ``Y``, three sizes that divide ``sizes``.
        context_patch: of ``C``, likewise.
        extent, context_extent: in tokens, as for :class:`NearbyDecoderBlock`.
        n_layers: number of blocks.
        d_model: a multiple of 6, for the positions.
        n_heads, d_hidden, use_self, use_cross: as for :class:`NearbyDecoderBlock`.

    Shapes:
        video ``(B, F', H', W', 1)`` → ``(B, F, H, W, 1)``, self weights ``(B, n_layers,
        n_heads, nF, nH, nW, 2e_F + 1, 2e_H + 1, 2e_W + 1)`` for the ``nF · nH · nW``
        patches of ``Y``, cross weights likewise with the context's extent. Before
        training the result is exactly ``trilinear(C)``.

    Source: after Wu et al. 2021 (arXiv 2111.12417), section 3.3. Chapter 5.
    """

    config: dict[str, Any]
    positions: Tensor  # (nF, nH, nW, d_model)
    context_positions: Tensor  # (nF', nH', nW', d_model)

    @remember_arguments
    @checked(
        sizes=THREE,
        context_sizes=THREE,
        patch=several(3, dividing="sizes"),
        context_patch=several(3, dividing="context_sizes"),
        extent=EXTENT,
        context_extent=EXTENT,
        n_layers=positive,
    )
    def __init__(
        self,
        sizes: Sequence[int],
        context_sizes: Sequence[int],
        *,
        patch: Sequence[int] = (1, 2, 2),
        context_patch: Sequence[int] = (1, 2, 2),
        extent: int | Sequence[int] = 1,
        context_extent: int | Sequence[int] = 1,
        n_layers: int = 2,
        d_model: int = 48,
        n_heads: int = 2,
        d_hidden: int = 96,
        use_self: bool = True,
        use_cross: bool = True,
    ) -> None:
        super().__init__()
        self.sizes, self.context_sizes = (
            each_axis(sizes, 3),
            each_axis(context_sizes, 3),
        )
        self.patch, context_patch = each_axis(patch, 3), each_axis(context_patch, 3)
        self.embed = PatchEmbedding(patch, 1, d_model)
        self.embed_context = PatchEmbedding(context_patch, 1, d_model)
        cells = _cut(self.sizes, self.patch)  # (nF, nH, nW)
        context_cells = _cut(self.context_sizes, context_patch)
        # Waves of 6 to about 60 cells: longer ones say little in grids as small as these.
        positions = sinusoidal_positions(cells, d_model, base=20.0)
        frames, rows, columns = map_cells(context_cells, cells)
        # A cell of C gets the position of the cell of Y at the same place.
        context_positions = positions[frames[:, None, None], rows[:, None], columns]
        self.register_buffer("positions", positions, persistent=False)
        self.register_buffer("context_positions", context_positions, persistent=False)
        self.blocks = nn.ModuleList(
            NearbyDecoderBlock(
                d_model,
                n_heads,
                d_hidden,
                extent,
                context_extent,
                use_self=use_self,
                use_cross=use_cross,
            )
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(d_model)
        self.to_pixels = nn.Linear(d_model, self.embed.project.in_features)
        nn.init.zeros_(self.to_pixels.weight)  # the first correction is none at all
        nn.init.zeros_(self.to_pixels.bias)

    @checked(video="B {context_sizes} 1")
    def forward(
        self, video: Tensor, *, need_weights: bool = False
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        enlarged = trilinear(video, self.sizes)  # (B, F, H, W, 1)
        y = self.embed(enlarged) + self.positions  # (B, nF, nH, nW, d_model)
        context = self.embed_context(video) + self.context_positions
        asked: dict[str, Any] = {"need_weights": need_weights, "dim": -8}
        y, weights, looked = run_blocks(self.blocks, y, context, **asked)
        correction = unpatchify(self.to_pixels(self.norm(y)), self.patch)
        return enlarged + correction, weights, looked


def _cut(sizes: Sequence[int], patch: Sequence[int]) -> tuple[int, ...]:
    return tuple(size // step for size, step in zip(sizes, patch, strict=True))
