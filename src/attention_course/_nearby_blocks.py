"""Chapter 5, for the curious: nearby attention fast enough to train on a laptop.

To gather every neighbourhood is slow: each key is copied once for every window that it
is in. But queries side by side have nearly the same neighbours. So the grid is cut into
blocks, and the queries of a block attend together to one slice of the context, which
holds the neighbours of all of them; a mask hides from each query what is near the others
only. The work per query depends on the block and the window, not on the grid.

:func:`attention_course.grid_attention.nearby_attention` checks what comes in here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["attend_in_blocks"]

# What takes time, counted in scores: making one, copying a key and a value into a
# slice, and the calls for one block: fitted to times on a processor, both passes.
SCORE, KEY, BLOCK = 1, 30, 50_000
# More scores than this at once fall out of the processor's cache.
MOST_SCORES = 2**21


class Axis(NamedTuple):
    """One axis of both grids: the query's cells, as centres in the context."""

    centres: tuple[int, ...]
    size: int  # of the context
    extent: int
    ahead: int  # how far after its centre a query may look: the extent, or 0


class Span(NamedTuple):
    """One block's share of an axis: its queries, and the keys that any of them sees."""

    queries: slice
    keys: slice
    centres: tuple[int, ...]  # of the queries, counted from the first key
    n_keys: int


def attend_in_blocks(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    centres: Sequence[Tensor],
    extents: Sequence[int],
    *,
    mask: Tensor | None = None,
    causal: bool = False,
    cuts: Sequence[int] | None = None,
) -> Tensor:
    r"""Compute nearby attention block by block, without its weights.

    Args:
        query, key, value, mask: grids as for ``nearby_attention``, already checked.
        centres: the coordinate map, as ``map_cells`` returns it.
        extents: half of the window along each axis.
        cuts: how many blocks to cut each axis into; ``None`` = the quickest, by a rule.

    Returns:
        The output ``(..., F, H, W, d_v)``. It can be differentiated once.
    """
    sizes = key.shape[-4:-1]
    # Causal: nothing in a later frame is seen (of an image: nothing in a later row).
    first = next((axis for axis, size in enumerate(sizes) if size > 1), 0)
    ahead = list(extents)
    if causal:
        ahead[first] = 0
    centred = (tuple(centre.tolist()) for centre in centres)
    axes = tuple(map(Axis, centred, sizes, extents, ahead))
    if cuts is None:
        cuts = _best_cuts(axes, math.prod(query.shape[:-4]))
    hide = None
    if mask is not None:
        hide = _hide(mask, query).expand(key.shape[:-1])  # (..., F', H', W')
        hide = hide.unsqueeze(-1)  # a grid of one number a cell
    return _BlockAttention.apply(query, key, value, hide, axes, tuple(cuts), causal)


class _BlockAttention(torch.autograd.Function):
    # torch's own backward of a slice makes a gradient as large as the whole grid, for
    # every block. Here all blocks add to one, and the scores are made anew, not kept.

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        hide: Tensor | None,
        axes: tuple[Axis, ...],
        cuts: tuple[int, ...],
        causal: bool,
    ) -> Tensor:
        blocks = list(_blocks(axes, cuts, causal, query))
        output = _empty_like(query, value.shape[-1])
        for queries, keys, bias in blocks:
            q, k, v = _take(query, queries), _take(key, keys), _take(value, keys)
            bias, lonely = _hide_more(bias, hide, keys)
            # One batch element, L heads: torch's fused kernel wants exactly four axes.
            part = F.scaled_dot_product_attention(
                q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0), attn_mask=bias
            ).squeeze(0)  # (L, n_queries, d_v)
            if lonely is not None:
                part = part.masked_fill(lonely, 0.0)
            _put(output, queries, part)
        ctx.save_for_backward(query, key, value, hide, output)
        ctx.blocks = blocks
        return output

    @staticmethod
    def backward(ctx: Any, d_output: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():  # create_graph: the steps below would be missing
            raise RuntimeError(
                "nearby_attention can be differentiated once: take "
                "nearby_attention_direct for second derivatives"
            )
        query, key, value, hide, output = ctx.saved_tensors
        d_query = torch.empty_like(query)  # every query is in one block only
        d_key, d_value = torch.zeros_like(key), torch.zeros_like(value)
        scale = 1 / math.sqrt(query.shape[-1])
        for queries, keys, bias in ctx.blocks:
            q, k, v = _take(query, queries), _take(key, keys), _take(value, keys)
            q = q * scale
            d_out = _take(d_output, queries)  # (L, n_queries, d_v)
            bias, lonely = _hide_more(bias, hide, keys)
            if lonely is not None:
                d_out = d_out.masked_fill(lonely, 0.0)
            weights = torch.baddbmm(bias, q, k.mT).softmax(-1)  # (L, n_queries, n_keys)
            # softmax: d_score = weight · (d_weight − Σ weight · d_weight), and the sum
            # is output · d_output.
            mean = (d_out * _take(output, queries)).sum(-1, keepdim=True)
            d_scores = torch.baddbmm(mean, d_out, v.mT, beta=-1).mul_(weights)
            _put(d_query, queries, (d_scores @ k).mul_(scale))
            _add(d_key, keys, d_scores.mT @ q)
            _add(d_value, keys, weights.mT @ d_out)
        return d_query, d_key, d_value, None, None, None, None


def _empty_like(grid: Tensor, d: int) -> Tensor:
    # Heads inside cells, as they come from a linear layer and go into the next one.
    leading, cells = grid.shape[:-4], grid.shape[-4:-1]
    empty = grid.new_empty(*leading[:-1], *cells, *leading[-1:], d)
    return empty.movedim(-2, -5) if leading else empty  # (..., F, H, W, d)


def _hide_more(
    bias: Tensor, hide: Tensor | None, keys: tuple[slice, ...]
) -> tuple[Tensor, Tensor | None]:
    """Hide masked keys, and say which queries are left without any: their bias is 0."""
    if hide is None:
        return bias, None
    bias = bias + _take(hide, keys).mT  # (L, n_queries, n_keys)
    lonely = bias.amax(-1, keepdim=True) == -math.inf  # (L, n_queries, 1)
    return bias.masked_fill_(lonely, 0.0), lonely


# A block of a grid (..., F, H, W, D) as L sequences (L, n, D), to read and to write.


def _part(grid: Tensor, block: tuple[slice, ...]) -> Tensor:
    frames, rows, columns = block
    return grid[..., frames, rows, columns, :]


def _take(grid: Tensor, block: tuple[slice, ...]) -> Tensor:
    part = _part(grid, block)
    leading, cells = part.shape[:-4], part.shape[-4:-1]
    return part.reshape(math.prod(leading), math.prod(cells), part.shape[-1])


def _put(grid: Tensor, block: tuple[slice, ...], sequences: Tensor) -> None:
    part = _part(grid, block)
    part.copy_(sequences.view(part.shape))


def _add(grid: Tensor, block: tuple[slice, ...], sequences: Tensor) -> None:
    part = _part(grid, block)
    part.add_(sequences.view(part.shape))


def _blocks(
    axes: tuple[Axis, ...], cuts: tuple[int, ...], causal: bool, like: Tensor
) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...], Tensor]]:
    """Yield every block: its queries, its keys, and 0 or -inf for each pair of them."""
    biases: dict[Any, Tensor] = {}
    spans = [_spans(axis, n) for axis, n in zip(axes, cuts, strict=True)]
    for block in itertools.product(*spans):
        # Away from the borders all blocks are alike: the bias is made once for them.
        alike = tuple((span.centres, span.n_keys) for span in block)
        if alike not in biases:
            near = _near(block, [axis.extent for axis in axes], causal)
            biases[alike] = _hide(near.to(like.device), like)
        queries = tuple(span.queries for span in block)
        yield queries, tuple(span.keys for span in block), biases[alike]


def _near(block: Sequence[Span], extents: Sequence[int], causal: bool) -> Tensor:
    """Say which keys of a block each of its queries sees: ``(n_queries, n_keys)``."""
    near = torch.ones((), dtype=torch.bool)
    own = torch.zeros((), dtype=torch.long)  # each query's own place among the keys
    for axis, (span, extent) in enumerate(zip(block, extents, strict=True)):
        centres = torch.tensor(span.centres).unsqueeze(-1)  # (n, 1)
        pairs = (centres - torch.arange(span.n_keys)).abs() <= extent  # (n, n_keys)
        view = [1] * 6
        view[axis], view[3 + axis] = pairs.shape
        near = near & pairs.view(view)  # (F, H, W, F', H', W')
        own = own.unsqueeze(-1) * span.n_keys + centres.squeeze(-1)  # (F, H, W)
    near = near.flatten(3).flatten(0, 2)
    if causal:
        near = near & (torch.arange(near.shape[-1]) <= own.flatten().unsqueeze(-1))
    return near


def _hide(seen: Tensor, like: Tensor) -> Tensor:
    """Turn a mask into what is added to scores: 0 = may attend, -inf = may not."""
    zeros = torch.zeros(seen.shape, dtype=like.dtype, device=seen.device)
    return zeros.masked_fill_(~seen, -math.inf)


@lru_cache(maxsize=1024)
def _spans(axis: Axis, n_blocks: int) -> list[Span]:
    """Cut an axis into blocks of nearly one length, with the keys that each needs."""
    spans = []
    n = len(axis.centres)
    for block in range(n_blocks):
        start, stop = n * block // n_blocks, n * (block + 1) // n_blocks
        centres = axis.centres[start:stop]
        first = max(centres[0] - axis.extent, 0)
        end = min(centres[-1] + axis.ahead + 1, axis.size)
        local = tuple(centre - first for centre in centres)
        spans.append(Span(slice(start, stop), slice(first, end), local, end - first))
    return spans


@lru_cache(maxsize=1024)
def _best_cuts(axes: tuple[Axis, ...], n_leading: int) -> tuple[int, ...]:
    """Choose how many blocks each axis is cut into: whatever takes the least time."""
    options = []
    for axis in axes:
        n = len(axis.centres)
        counts = sorted({math.ceil(n / length) for length in range(1, n + 1)})
        options.append([_cut(axis, count) for count in counts])
    return min(
        (_cost(cuts, n_leading), tuple(cut.n_blocks for cut in cuts))
        for cuts in itertools.product(*options)
    )[1]


class Cut(NamedTuple):
    """What it comes to, along one axis, to cut it into so many blocks."""

    n_blocks: int
    n_scores: int
    n_keys: int
    most_scores: int  # of any block


def _cut(axis: Axis, n_blocks: int) -> Cut:
    spans = _spans(axis, n_blocks)
    scores = [len(span.centres) * span.n_keys for span in spans]
    return Cut(n_blocks, sum(scores), sum(span.n_keys for span in spans), max(scores))


def _cost(cuts: Sequence[Cut], n_leading: int) -> float:
    # Every count of a grid is the product of the axes' counts.
    n_scores = math.prod(cut.n_scores for cut in cuts) * n_leading
    n_keys = math.prod(cut.n_keys for cut in cuts) * n_leading
    most_scores = math.prod(cut.most_scores for cut in cuts) * n_leading
    n_blocks = math.prod(cut.n_blocks for cut in cuts)
    cost = SCORE * n_scores + KEY * n_keys + BLOCK * n_blocks
    return cost * max(1.0, most_scores / MOST_SCORES)
