"""Chapter 5: attention over pictures and videos.

A grid is ``(..., F, H, W, D)``: frames, height, width, and the numbers of a cell. A
picture is a video of one frame. Each mechanism is a way to lay a grid out as
sequences, so that ``attend`` can do the rest: which axes become ``T``, which join the
leading ones, and which cells a query may see.

Query, key and value have the same leading axes (batch, heads). A mask is boolean,
``(..., F', H', W')``, ``True`` = the context's cell may be attended to; its leading
axes broadcast with those of the key, and two axes are refused. A query that may attend
to nothing gets zeros.
``sizes`` are the query's ``(F, H, W)``, ``context_sizes`` the key's ``(F', H', W')``.
Wrong input raises as in :mod:`attention_course.shapes`.

Source: Wu et al. 2021, "NÜWA" (arXiv 2111.12417), section 3.2, unless named below.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .attention import attend
from .fast.nearby_blocks import attend_in_blocks
from .shapes import along, causal_grid, cells_of, checked, each_axis, one_of, several

__all__ = [
    "axial_attention",
    "count_scores",
    "full_attention",
    "map_cells",
    "nearby_attention",
    "nearby_attention_direct",
    "neighbourhood",
    "weights_on_grid",
]

THREE = several(3)
EXTENT = several(3, at_least=0, one_for_all=True)
AXIS = one_of((0, 1, 2), "0 (frames), 1 (height) or 2 (width)")


@checked(
    query="... F H W d_k",
    key="... F' H' W' d_k",
    value="... F' H' W' d_v",
    mask=cells_of("key"),
    same="F H W D",
)
def full_attention(
    query: Tensor, key: Tensor, value: Tensor, *, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    r"""Let every cell attend to every cell: non-local attention.

    Formula: ``attend`` with ``T = F · H · W``

    Args:
        query: ``(..., F, H, W, d_k)``.
        key: ``(..., F', H', W', d_k)``.
        value: ``(..., F', H', W', d_v)``.
        mask: ``(..., F', H', W')``; two axes, ``(B, T)`` or ``(T, T)``, are refused.

    Returns:
        ``(output, weights)``: output ``(..., F, H, W, d_v)``,
        weights ``(..., F, H, W, F', H', W')``.

    Source: Wang et al. 2018 (arXiv 1711.07971), section 3.2. Chapter 5.
    """
    sizes, context_sizes = query.shape[-4:-1], key.shape[-4:-1]
    if mask is not None:
        mask = mask.flatten(-3).unsqueeze(-2)  # (..., 1, Tk), the same for every query
    output, weights = attend(
        query.flatten(-4, -2),  # (..., Tq, d_k)
        key.flatten(-4, -2),  # (..., Tk, d_k)
        value.flatten(-4, -2),  # (..., Tk, d_v)
        mask=mask,
    )
    output = output.unflatten(-2, sizes)  # (..., F, H, W, d_v)
    weights = weights.unflatten(-1, context_sizes)  # (..., Tq, F', H', W')
    return output, weights.unflatten(-4, sizes)  # (..., F, H, W, F', H', W')


@checked(
    axis=AXIS,
    query="... F H W d_k",
    key=along("axis", "... F H W d_k"),
    value=along("axis", "... F H W d_v"),
    mask=cells_of("key"),
    same="F H W D",
)
def axial_attention(
    query: Tensor, key: Tensor, value: Tensor, axis: int, *, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    r"""Let every cell attend along one axis, to the cells in line with it.

    Formula: ``attend`` with ``T`` = the axis; the two others join the leading axes

    Args:
        query: ``(..., F, H, W, d_k)``.
        key: like the query; the axis itself may have another size ``T``.
        value: like the key, with ``d_v``.
        axis: 0 = frames, 1 = height, 2 = width.
        mask: like the key, without ``d_k``; two axes are refused.

    Returns:
        ``(output, weights)``: output ``(..., F, H, W, d_v)``, weights ``(..., F, H, W, T)``.

    Source: Ho et al. 2019 (arXiv 1912.12180), section 3.1. Chapter 5.
    """
    line = axis - 4  # where the axis is, counted from the end: (F, H, W, d_k)
    if mask is not None:
        mask = mask.movedim(axis - 3, -1).unsqueeze(-2)  # (..., other, other, 1, T)
    output, weights = attend(
        query.movedim(line, -2),  # (..., other, other, Tq, d_k)
        key.movedim(line, -2),  # (..., other, other, T, d_k)
        value.movedim(line, -2),
        mask=mask,
    )
    return output.movedim(-2, line), weights.movedim(-2, line)  # (..., F, H, W, ·)


@checked(sizes=THREE, context_sizes=THREE)
def map_cells(
    sizes: Sequence[int], context_sizes: Sequence[int]
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Find the cell of the context that lies where each cell of the query lies.

    Formula: ``(i', j', k') = (⌊i · F' / F⌋, ⌊j · H' / H⌋, ⌊k · W' / W⌋)``

    Returns:
        ``i'``, ``j'``, ``k'`` for every frame, row and column: integers ``(F,)``,
        ``(H,)``, ``(W,)``. Equal sizes map each cell to itself.

    Source: section 3.2. Chapter 5.
    """
    frames, rows, columns = (
        torch.arange(size) * context_size // size
        for size, context_size in zip(sizes, context_sizes, strict=True)
    )
    return frames, rows, columns


@checked(sizes=THREE, context_sizes=THREE, extent=EXTENT, causal=causal_grid)
def neighbourhood(
    sizes: Sequence[int],
    context_sizes: Sequence[int],
    extent: int | Sequence[int],
    *,
    causal: bool = False,
) -> tuple[Tensor, Tensor]:
    r"""List the cells of the context that are near each cell of the query.

    Formula: ``N(i, j, k) = {(a, b, c) : |a − i'| ≤ e_F, |b − j'| ≤ e_H, |c − k'| ≤ e_W}``

    Args:
        extent: ``(e_F, e_H, e_W)``, or one number for all: *half* of the window, which
            has ``2e + 1`` cells along an axis.
        causal: only cells up to the query's own, in the order of reading: frame by
            frame, row by row. Query and context then have the same sizes.

    Returns:
        ``(cells, inside)``, both ``(F, H, W, n)`` with ``n`` the cells of the window:
        the place of each neighbour in the flattened context, and whether there is one.
        Windows are clipped: what lies beyond a border is not ``inside``, and its place
        is some cell at that border.

    Source: section 3.2. Chapter 5.
    """
    centres = map_cells(sizes, context_sizes)
    extents = each_axis(extent, 3)
    cells = torch.zeros((), dtype=torch.long)
    inside = torch.ones((), dtype=torch.bool)
    for axis, (centre, size, e) in enumerate(
        zip(centres, context_sizes, extents, strict=True)
    ):
        near = centre.unsqueeze(-1) + torch.arange(-e, e + 1)  # (F, 2e_F + 1)
        view = [1] * 6
        view[axis], view[3 + axis] = near.shape
        near = near.view(view)  # (F, 1, 1, 2e_F + 1, 1, 1), and so for H and W
        inside = inside & (near >= 0) & (near < size)
        cells = cells * size + near.clamp(0, size - 1)
    if causal:
        own = torch.arange(math.prod(sizes)).view(*sizes, 1, 1, 1)  # (F, H, W, 1, 1, 1)
        inside = inside & (cells <= own)
    return cells.flatten(3), inside.flatten(3)  # (F, H, W, n)


@checked(
    query="... F H W d_k",
    key="... F' H' W' d_k",
    value="... F' H' W' d_v",
    extent=EXTENT,
    mask=cells_of("key"),
    causal=causal_grid,
    same="F H W D",
)
def nearby_attention_direct(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    extent: int | Sequence[int],
    *,
    mask: Tensor | None = None,
    causal: bool = False,
) -> tuple[Tensor, Tensor]:
    r"""Let every cell attend to its neighbourhood: 3D nearby attention, as the paper says.

    Formula: ``output[i, j, k] = attend(query[i, j, k], key[N(i, j, k)], value[N(i, j, k)])``

    Args:
        query, key, value, mask: as for :func:`full_attention`; a mask of two axes is
            refused.
        extent, causal: as for :func:`neighbourhood`.

    Returns:
        ``(output, weights)``: output ``(..., F, H, W, d_v)``, weights
        ``(..., F, H, W, 2e_F + 1, 2e_H + 1, 2e_W + 1)``, zero outside the context.
        Every key is copied once for each window it is in: right, but slow and large.

    Source: section 3.2. Chapter 5.
    """
    sizes, context_sizes = query.shape[-4:-1], key.shape[-4:-1]
    cells, inside = neighbourhood(sizes, context_sizes, extent, causal=causal)
    cells, inside = cells.to(key.device), inside.to(key.device)
    near_keys = key.flatten(-4, -2)[..., cells, :]  # (..., F, H, W, n, d_k)
    near_values = value.flatten(-4, -2)[..., cells, :]  # (..., F, H, W, n, d_v)
    if mask is not None:
        inside = inside & mask.flatten(-3)[..., cells]  # (..., F, H, W, n)
    output, weights = attend(
        query.unsqueeze(-2),  # (..., F, H, W, 1, d_k): a sequence of one query
        near_keys,
        near_values,
        mask=inside.unsqueeze(-2),  # (..., F, H, W, 1, n)
    )
    window = [2 * e + 1 for e in each_axis(extent, 3)]
    return output.squeeze(-2), weights.squeeze(-2).unflatten(-1, window)


@checked(
    query="... F H W d_k",
    key="... F' H' W' d_k",
    value="... F' H' W' d_v",
    extent=EXTENT,
    mask=cells_of("key"),
    causal=causal_grid,
    same="F H W D",
)
def nearby_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    extent: int | Sequence[int],
    *,
    mask: Tensor | None = None,
    causal: bool = False,
    need_weights: bool = False,
) -> tuple[Tensor, Tensor | None]:
    r"""Compute what :func:`nearby_attention_direct` does, but fast.

    Args:
        query, key, value, extent, mask, causal: as there; a mask of two axes is refused.
        need_weights: take the direct way, which has them.

    Returns:
        ``(output, weights)``: output ``(..., F, H, W, d_v)``, weights as there, or
        ``None`` unless needed.

    Without weights it can be differentiated once, backward, and raises an error for
    second derivatives and in forward mode (``jvp``); the direct way has no such limit.
    ``torch.func.vmap``, ``grad`` and ``jacrev`` work. Under autocast the fast way casts
    as torch's own attention does.

    Source: section 3.2. Chapter 5.
    """
    if need_weights:
        return nearby_attention_direct(
            query, key, value, extent, mask=mask, causal=causal
        )
    centres = map_cells(query.shape[-4:-1], key.shape[-4:-1])
    extents = each_axis(extent, 3)
    output = attend_in_blocks(
        query, key, value, centres, extents, mask=mask, causal=causal
    )
    return output, None


@checked(weights="... F H W n_F n_H n_W", context_sizes=THREE)
def weights_on_grid(weights: Tensor, context_sizes: Sequence[int]) -> Tensor:
    r"""Lay the weights of each window on the whole context, for pictures.

    Args:
        weights: ``(..., F, H, W, 2e_F + 1, 2e_H + 1, 2e_W + 1)``, as
            :func:`nearby_attention_direct` returns them.

    Returns:
        Weights ``(..., F, H, W, F', H', W')``, as :func:`full_attention` returns them:
        zero outside the windows.

    Source: section 3.2. Chapter 5.
    """
    sizes, window = weights.shape[-6:-3], weights.shape[-3:]
    if any(n % 2 == 0 for n in window):
        raise ValueError(
            "weights: expected windows (n_F, n_H, n_W) of odd sizes, "
            f"got shape {tuple(weights.shape)}"
        )
    cells, _ = neighbourhood(sizes, context_sizes, [n // 2 for n in window])
    flat = weights.flatten(-3)  # (..., F, H, W, n)
    on_grid = flat.new_zeros(*flat.shape[:-1], math.prod(context_sizes))
    # What is outside has weight 0: added to the cell at the border it changes nothing.
    on_grid = on_grid.scatter_add(-1, cells.to(flat.device).expand_as(flat), flat)
    return on_grid.unflatten(-1, context_sizes)  # (..., F, H, W, F', H', W')


@checked(sizes=THREE, context_sizes=THREE, extent=EXTENT, causal=causal_grid)
def count_scores(
    sizes: Sequence[int],
    context_sizes: Sequence[int],
    extent: int | Sequence[int],
    *,
    causal: bool = False,
) -> int:
    r"""Count the scores of nearby attention: pairs of a query and a neighbour.

    Formula: ``Σ_ijk |N(i, j, k)|``, the product of the same sum along each axis

    Args:
        extent, causal: as for :func:`neighbourhood`.

    Returns:
        The number of scores for one head, after clipping. Full attention has
        ``F · H · W · F' · H' · W'``.

    Source: section 3.2. Chapter 5.
    """
    centres = map_cells(sizes, context_sizes)
    extents = each_axis(extent, 3)
    count = 1
    for centre, size, e in zip(centres, context_sizes, extents, strict=True):
        first = (centre - e).clamp(min=0)
        last = (centre + e).clamp(max=size - 1)
        count *= int((last - first + 1).sum())
    if causal:  # of two neighbours only the later one sees the other; each sees itself
        count = (count + math.prod(sizes)) // 2
    return count
