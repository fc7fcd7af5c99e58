"""Chapter 5, for the curious: nearby attention fast enough to train on a laptop.

To gather every neighbourhood is slow: each key is copied once for every window that it
is in. But queries side by side have nearly the same neighbours. So the grid is cut into
blocks, and the queries of a block attend together to one part of the context, which
holds the neighbours of all of them; a mask hides from each query what is near the others
only. The work per query depends on the block and the window, not on the grid.

All blocks have one shape and go through torch's attention as one batch: a few large
steps. After each step the threads wait for one another, and on a busy machine for one
whose core is taken; many small steps would wait most of the time.

:func:`attention_course.grid_attention.nearby_attention` checks what comes in here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["attend_in_blocks"]

# To fetch a key for a block takes about as long as so many scores with it.
FETCH = 96
# Blocks go together as long as their keys, values and biases are no more numbers.
MOST_NUMBERS = 2**22
CHANGED = (
    "query, key, value: expected to be as they were when nearby_attention was called, "
    "got one that was changed in place since"
)
ONCE = (
    "nearby_attention can be differentiated once, and backward: "
    "take nearby_attention_direct for second derivatives and for forward mode"
)


class Axis(NamedTuple):
    """One axis of both grids: the query's cells, as centres in the context."""

    centres: tuple[int, ...]
    size: int  # of the context
    extent: int
    ahead: int  # how far after its centre a query may look: the extent, or 0


class Blocks(NamedTuple):
    """All blocks: which cells, as rows of the flattened grids, and which are near."""

    queries: Tensor  # (n_blocks, n_queries); past the end of an axis its last cell
    keys: Tensor  # (n_blocks, n_keys): all that the block's queries see, and others
    bias: Tensor  # (n_blocks, 1, n_queries, n_keys): 0 = near, -inf = not


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
    r"""Compute nearby attention, many blocks at once, without its weights.

    Args:
        query, key, value, mask: grids as for ``nearby_attention``, already checked.
        centres: the coordinate map, as ``map_cells`` returns it.
        extents: half of the window along each axis.
        cuts: how many blocks to cut each axis into, at most; ``None`` = by a rule.

    Returns:
        The output ``(..., F, H, W, d_v)``. It can be differentiated once, backward;
        under ``torch.func.vmap`` and ``jacrev`` as well.
    """
    context = key.shape[-4:-1]
    # Causal: nothing in a later frame is seen (of an image: nothing in a later row).
    first = next((axis for axis, size in enumerate(context) if size > 1), 0)
    ahead = [0 if causal and axis == first else e for axis, e in enumerate(extents)]
    centred = (tuple(centre.tolist()) for centre in centres)
    axes = tuple(map(Axis, centred, context, extents, ahead))
    grids = _cast_as_torch_does(query, key, value)
    blocks = _blocks(axes, cuts or _best_cuts(axes), causal, grids[0])
    if mask is not None and any(n > 1 for n in mask.shape[:-3]):  # else one for all
        mask = mask.expand(key.shape[:-1])
    seen = None if mask is None else _rows(mask.unsqueeze(-1))  # (n_cells, L or 1, 1)
    q, k, v = (_rows(grid) for grid in grids)  # (n_cells, L, d)
    size = _chunk_size(blocks, k, v, seen)
    # All queries are fetched at once: there is about one row for each.
    queries, q = _take(q, blocks.queries)  # (n_blocks, L, n_queries, d)
    chunks = map(Blocks, *(tensor.split(size) for tensor in blocks))
    outputs = []
    for some, chunk in zip(queries.split(size), chunks, strict=True):
        output, k, v = _attend(some, q, k, v, chunk, seen)
        outputs.append(output)
    places = _places(blocks.queries, math.prod(query.shape[-4:-1]))
    output, _ = _Take.apply(torch.cat(outputs), places)  # (n_cells, L, d_v)
    by_cell = output.view(*query.shape[-4:-1], *query.shape[:-4], value.shape[-1])
    return by_cell.movedim((0, 1, 2), (-4, -3, -2))  # (..., F, H, W, d_v)


def _attend(
    queries: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    blocks: Blocks,
    seen: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the output of some blocks' queries: ``(n_blocks · n_queries, L, d_v)``.

    The rows of keys and values come with it, for the blocks that are next.
    """
    query, key, value = (each.detach() for each in (q, k, v))
    keys, k = _take(k, blocks.keys)
    values, v = _take(v, blocks.keys)
    bias, lonely = _hide(blocks, seen)
    with _made_again(
        (queries, query, lambda: _take(query, blocks.queries)[0]),
        (keys, key, lambda: _take(key, blocks.keys)[0]),
        (values, value, lambda: _take(value, blocks.keys)[0]),
        (bias, blocks.bias, lambda: _hide(blocks, seen)[0]),
    ):
        output = F.scaled_dot_product_attention(queries, keys, values, attn_mask=bias)
    if lonely is not None:
        output = output.masked_fill(lonely, 0.0)
    return output.transpose(1, 2).flatten(0, 1), k, v


def _made_again(
    *made: tuple[Tensor, Tensor, Callable[[], Tensor]],
) -> AbstractContextManager[Any]:
    """Keep for the gradient how a tensor is made, and from which: itself it is large."""

    def name(tensor: Tensor) -> tuple[Any, ...]:
        return tensor.data_ptr(), tensor.shape, tensor.stride()

    def unpack(kept: Any) -> Tensor:
        if isinstance(kept, Tensor):
            return kept
        source, version, make = kept
        if source._version != version:
            raise RuntimeError(CHANGED)
        return make()

    try:
        ways = {name(each): (by, by._version, make) for each, by, make in made}
        hooks = torch.autograd.graph.saved_tensors_hooks(
            lambda tensor: ways.get(name(tensor), tensor), unpack
        )
        with hooks:
            pass
    except RuntimeError:  # torch.func and inference mode allow none: there all is kept
        return nullcontext()
    return hooks


class _Take(torch.autograd.Function):
    """Fetch rows: ``(n_rows, L, d)`` and ``(n,)`` become ``(n, L, d)``.

    The rows are handed on, to whoever fetches next. So backward, one gradient of all rows
    goes from hand to hand, and each adds to it what came to its own: the work grows with
    what is fetched, and not with the rows times how often.
    """

    @staticmethod
    def forward(rows: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
        return rows.index_select(0, cells), rows

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.cells = inputs[1]

    @staticmethod
    def backward(ctx: Any, d_taken: Tensor, d_rows: Tensor) -> tuple[Tensor, None]:
        return _Add.apply(d_rows, d_taken, ctx.cells), None

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor) -> None:
        raise RuntimeError(ONCE)

    @staticmethod
    def vmap(info: Any, in_dims: Sequence[Any], *inputs: Any) -> tuple[Any, Any]:
        return _Take.apply(inputs[0].movedim(in_dims[0], 1), *inputs[1:]), (1, 1)


class _Add(torch.autograd.Function):
    """Undo it: add what came, ``(n, L, d)``, to its rows of the ``(n_rows, L, d)``."""

    @staticmethod
    def forward(rows: Tensor, taken: Tensor, cells: Tensor) -> Tensor:
        # index_add_ does the same, but its threads wait for one another many times.
        first, last = (int(each) for each in cells.aminmax())
        counts = torch.bincount(cells - first)
        starts = counts.cumsum(0) - counts
        summed = F.embedding_bag(cells.argsort(), taken.flatten(1), starts, mode="sum")
        added = rows.narrow(0, first, last + 1 - first)
        added += summed.view_as(added)
        return rows

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *d_gradients: Tensor) -> None:
        raise RuntimeError(ONCE)

    @staticmethod
    def vmap(info: Any, in_dims: Sequence[Any], *inputs: Any) -> tuple[Tensor, int]:
        rows, taken = (
            each.unsqueeze(1).repeat_interleave(info.batch_size, 1)
            if axis is None
            else each.movedim(axis, 1)
            for each, axis in zip(inputs, in_dims[:2], strict=False)
        )
        return _Add.apply(rows, taken, inputs[2]), 1


def _cast_as_torch_does(*grids: Tensor) -> list[Tensor]:
    """Cast under autocast, as torch does for its own attention."""
    device = grids[0].device.type
    if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
        dtype = torch.get_autocast_dtype(device)
        return [g if g.dtype == torch.float64 else g.to(dtype) for g in grids]
    return list(grids)


def _rows(grid: Tensor) -> Tensor:
    """Lay a grid out as one row a cell, ``(n_cells, L, d)``; heads lie side by side."""
    leading, cells = grid.shape[:-4], grid.shape[-4:-1]
    by_cell = grid.movedim((-4, -3, -2), (0, 1, 2))  # (F, H, W, ..., d)
    return by_cell.reshape(math.prod(cells), math.prod(leading), grid.shape[-1])


def _take(rows: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
    """Fetch every block's cells, ``(n_blocks, L, n, d)``, and hand the rows on."""
    taken, rows = _Take.apply(rows, cells.flatten())  # (n_blocks · n, L, d)
    return taken.unflatten(0, cells.shape).transpose(1, 2), rows


def _hide(blocks: Blocks, seen: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Hide masked keys, and say which queries are left without any: their bias is 0."""
    if seen is None:
        return blocks.bias, None
    hidden = ~_take(seen, blocks.keys)[0].mT  # (n_blocks, L or 1, 1, n_keys)
    bias = blocks.bias.masked_fill(hidden, -math.inf)
    lonely = bias.amax(-1, keepdim=True) == -math.inf
    return bias.masked_fill(lonely, 0.0), lonely


def _chunk_size(blocks: Blocks, key: Tensor, value: Tensor, seen: Tensor | None) -> int:
    """Say how many blocks go together: about as many in every chunk."""
    n_blocks, _, n_queries, n_keys = blocks.bias.shape
    per_key = key.shape[1] * (key.shape[2] + value.shape[2])
    if seen is not None:
        per_key += seen.shape[1] * n_queries
    if torch.is_grad_enabled():  # their gradients will take as much room again
        per_key *= 2
    n_chunks = math.ceil(n_blocks * n_keys * per_key / MOST_NUMBERS)
    return math.ceil(n_blocks / max(1, min(n_blocks, n_chunks)))


def _places(queries: Tensor, n_cells: int) -> Tensor:
    """Say where each cell is, for the first time, among the blocks' queries."""
    order = torch.arange(queries.numel(), device=queries.device)
    places = order.new_zeros(n_cells)
    return places.scatter_reduce(
        0, queries.flatten(), order, "amin", include_self=False
    )


def _blocks(
    axes: Sequence[Axis], cuts: Sequence[int], causal: bool, like: Tensor
) -> Blocks:
    """Cut the grid into blocks of one shape, and find the keys that they need."""
    queries = keys = torch.zeros(1, 1, dtype=torch.long)
    bias = torch.zeros(1, 1, 1, dtype=like.dtype)
    for axis, n_blocks in zip(axes, cuts, strict=True):
        length, firsts, n_keys = _spans(axis, n_blocks)
        own = torch.arange(len(firsts) * length).clamp(max=len(axis.centres) - 1)
        own = own.view(-1, length)  # (n_blocks, length)
        near = torch.tensor(firsts).unsqueeze(-1) + torch.arange(n_keys)
        centres = torch.tensor(axis.centres)[own]  # (n_blocks, length)
        far = (centres.unsqueeze(-1) - near.unsqueeze(-2)).abs() > axis.extent
        hide = torch.zeros(far.shape, dtype=like.dtype).masked_fill_(far, -math.inf)
        queries = _each_with_each(queries * len(axis.centres), own)
        keys = _each_with_each(keys * axis.size, near)
        bias = _each_with_each(bias, hide)  # (n_blocks, n_queries, n_keys)
    if causal:  # both grids have the same cells
        later = keys.unsqueeze(-2) > queries.unsqueeze(-1)
        bias = bias.masked_fill_(later, -math.inf)
    tensors = queries, keys, bias.unsqueeze(1)
    return Blocks(*(tensor.to(like.device) for tensor in tensors))


def _each_with_each(a: Tensor, b: Tensor) -> Tensor:
    """Add all of ``a`` to all of ``b``: ``(n, m)``, ``(p, q)`` become ``(n · p, m · q)``."""
    shape = [n * p for n, p in zip(a.shape, b.shape, strict=True)]
    for axis in range(a.dim()):
        a, b = a.unsqueeze(2 * axis + 1), b.unsqueeze(2 * axis)
    return (a + b).reshape(shape)


@lru_cache(maxsize=1024)
def _spans(axis: Axis, n_blocks: int) -> tuple[int, tuple[int, ...], int]:
    """Return how long the blocks are, each one's first key, and how many keys it needs."""
    n = len(axis.centres)
    length = math.ceil(n / n_blocks)
    starts = range(0, n, length)
    firsts = [max(axis.centres[start] - axis.extent, 0) for start in starts]
    lasts = [axis.centres[min(start + length, n) - 1] for start in starts]
    ends = [min(last + axis.ahead + 1, axis.size) for last in lasts]
    n_keys = max(end - first for first, end in zip(firsts, ends, strict=True))
    return length, tuple(min(first, axis.size - n_keys) for first in firsts), n_keys


@lru_cache(maxsize=1024)
def _best_cuts(axes: tuple[Axis, ...]) -> tuple[int, ...]:
    """Choose how many blocks each axis is cut into: whatever takes the least time."""
    options = []
    for axis in axes:
        n = len(axis.centres)
        options.append(sorted({math.ceil(n / length) for length in range(1, n + 1)}))
    return min(itertools.product(*options), key=lambda cuts: _cost(axes, cuts))


def _cost(axes: Sequence[Axis], cuts: Sequence[int]) -> int:
    spans = [_spans(axis, n_blocks) for axis, n_blocks in zip(axes, cuts, strict=True)]
    n_queries = math.prod(length for length, _, _ in spans)
    n_keys = math.prod(n for _, _, n in spans)
    return (
        math.prod(len(firsts) for _, firsts, _ in spans) * n_keys * (n_queries + FETCH)
    )
