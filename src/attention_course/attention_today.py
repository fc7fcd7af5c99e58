"""Chapter 6: attention as it is used today, an epilogue beyond the article.

A language model that looks back only, built of chapter 4's blocks, and what has been
changed in attention since: keys and values are kept (:class:`Cache`), shared by several
heads (:class:`GroupedAttention`), turned by their positions (:func:`rotate`), read block
by block (:func:`attend_online`), forgotten (:func:`window_mask`), or summed up
(:func:`linear_attend`).

Masks are those of ``attend``: boolean, ``True`` = may attend.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import attend, scaled_dot_score, stack_weights
from .embedding import TokenEmbedding, sinusoidal_positions
from .self_attention import Block, fused_attend, merge_heads, residual, split_heads
from .shapes import (
    a,
    any_dtype,
    boolean,
    checked,
    divides,
    integers,
    number,
    one_of,
    positive,
    remember_arguments,
    whole,
)

__all__ = [
    "POSITIONS",
    "Cache",
    "GroupedAttention",
    "LanguageModel",
    "TodayBlock",
    "attend_online",
    "cache_bytes",
    "cut_heads",
    "distance_score",
    "induction_score",
    "linear_attend",
    "next_probabilities",
    "rotate",
    "window_mask",
    "write",
]

POSITIONS = ("rotary", "waves", "distance", "none")


class Cache:
    """The keys and values of one layer, kept so that no step computes them again.

    ``keys`` and ``values`` are ``(..., n_kv_heads, T, d_head)``, ``None`` before the
    first step.

    Chapter 6.
    """

    def __init__(self) -> None:
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    def __len__(self) -> int:
        return 0 if self.keys is None else self.keys.shape[-2]

    def extend(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add those of the newest tokens, and return all that there are."""
        if self.keys is not None and self.values is not None:
            keys = torch.cat([self.keys, keys], dim=-2)
            values = torch.cat([self.values, values], dim=-2)
        self.keys, self.values = keys, values
        return keys, values  # (..., n_kv_heads, T, d_head) each


@checked(
    n_layers=positive,
    n_kv_heads=positive,
    d_head=positive,
    length=positive,
    bytes_per_number=positive,
)
def cache_bytes(
    n_layers: int, n_kv_heads: int, d_head: int, length: int, bytes_per_number: int = 2
) -> int:
    """Count the bytes of a cache: a key and a value for each token, head and layer.

    Formula: ``2 · n_layers · n_kv_heads · d_head · length · bytes_per_number``

    Args:
        n_layers, n_kv_heads, d_head: of the model.
        length: how many tokens have been read or written.
        bytes_per_number: 2 for float16 and bfloat16, 4 for float32.

    Source: Shazeer 2019 (arXiv 1911.02150). Chapter 6.
    """
    return 2 * n_layers * n_kv_heads * d_head * length * bytes_per_number


@checked(n_queries=positive, n_keys=positive, window=positive, n_sinks=whole(0))
def window_mask(
    n_queries: int, n_keys: int, window: int | None = None, *, n_sinks: int = 0
) -> Tensor:
    """Let each query look at itself, the ``window - 1`` before it, and the first tokens.

    Formula: ``mask[i, j] = (j ≤ p) and (p - j < window or j < n_sinks)``, where query
    ``i`` stands at ``p = n_keys - n_queries + i``: the queries are the newest tokens

    Args:
        n_queries: how many tokens ask, at most ``n_keys``.
        n_keys: how many tokens there are.
        window: how many a query sees, itself included; ``None`` = all before it.
        n_sinks: how many of the first tokens every query sees besides.

    Returns:
        ``(n_queries, n_keys)``, boolean.

    Source: Beltagy et al. 2020 (arXiv 2004.05150), section 3.1; Xiao et al. 2024
    (arXiv 2309.17453), section 3.2. Chapter 6.
    """
    if n_queries > n_keys:
        wanted = f"expected at most n_keys = {n_keys}"
        raise ValueError(f"n_queries: {wanted}, got {n_queries}")
    keys = torch.arange(n_keys)
    back = keys[n_keys - n_queries :].unsqueeze(-1) - keys  # (n_queries, n_keys), p - j
    near = back < (n_keys if window is None else window)
    return (back >= 0) & (near | (keys < n_sinks))


@checked(x="... T d_head", places=any_dtype("..."), base=number(above=0))
def rotate(x: Tensor, places: Tensor, base: float = 10_000.0) -> Tensor:
    r"""Turn each pair of numbers of a query or key by an angle that grows with its place.

    Formula: ``(x[2m], x[2m + 1])`` is turned by ``place · base^(-m / n_pairs)``. With
    several axes each has an equal part of the pairs, turned by the place on that axis.

    Args:
        x: ``(..., T, d_head)``; ``d_head`` is a multiple of twice the number of axes.
        places: ``(T,)``, or ``(T, n_axes)`` for cells of a picture or of a video.
        base: the slowest pairs take nearly ``2π · base`` places for one turn.

    Returns:
        Like ``x``. The dot product of a query and a key turned so depends on the two
        and on the difference of their places, not on the places themselves.

    Source: Su et al. 2021 (arXiv 2104.09864), section 3.2; several axes as in Heo et al.
    2024 (arXiv 2403.13298). Chapter 6.
    """
    places = places.reshape(x.shape[-2], -1)  # (T, n_axes)
    n_pairs = _pairs_of_an_axis(x.shape[-1], places.shape[-1])
    wide = torch.promote_types(x.dtype, torch.float32)  # float16 cannot tell angles
    pair = torch.arange(n_pairs, dtype=wide, device=x.device)
    speeds = base ** (-pair / n_pairs)  # (n_pairs,)
    angles = (places.unsqueeze(-1) * speeds).flatten(-2)  # (T, d_head / 2)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x.unflatten(-1, (-1, 2)).unbind(-1)  # (..., T, d_head / 2) each
    turned = [first * cos - second * sin, first * sin + second * cos]
    return torch.stack(turned, dim=-1).flatten(-2)  # (..., T, d_head)


def _pairs_of_an_axis(d_head: int, n_axes: int) -> int:
    if d_head % (2 * n_axes):
        wanted = f"expected d_head, a multiple of {2 * n_axes} for {n_axes} axes"
        raise ValueError(f"x: {wanted}, got {d_head}")
    return d_head // (2 * n_axes)


@checked(query="... n_heads Tq d_k", key="... n_heads Tk d_k")
def distance_score(query: Tensor, key: Tensor) -> Tensor:
    r"""Score by the scaled dot product, less a penalty that grows with the distance.

    Formula: ``scores[h, i, j] = query[h, i] · key[h, j] / √d_k - 2^(-8 (h + 1) / n_heads)
    · |p - j|``, where query ``i`` stands at ``p = Tk - Tq + i``

    Args:
        query: ``(..., n_heads, Tq, d_k)``, of the newest ``Tq`` tokens.
        key: ``(..., n_heads, Tk, d_k)``.

    Returns:
        Scores ``(..., n_heads, Tq, Tk)``: a ``score`` for ``attend``.

    Source: Press et al. 2022 (arXiv 2108.12409), section 3. Chapter 6.
    """
    n_heads, n_keys = query.shape[-3], key.shape[-2]
    head = torch.arange(1, n_heads + 1, device=query.device)
    slopes = 2.0 ** (-8 * head / n_heads)  # (n_heads,)
    places = torch.arange(n_keys, device=query.device)
    distance = (places[n_keys - query.shape[-2] :].unsqueeze(-1) - places).abs()
    return scaled_dot_score(query, key) - slopes[:, None, None] * distance


class GroupedAttention(nn.Module):
    r"""Attend with several heads, of which ``n_heads / n_kv_heads`` share keys and values.

    Formula: ``head_h = attend(Q_h, K_g, V_g)``, with ``g = ⌊h · n_kv_heads / n_heads⌋``

    Args:
        d_model: dimension of a vector that comes in, and of one that goes out.
        n_heads: a number that divides ``d_model``.
        n_kv_heads: a number that divides ``n_heads``: 1 is multi-query attention,
            ``n_heads`` (or ``None``) that of chapter 4.
        positions: "rotary" turns queries and keys, "distance" takes a penalty off the
            scores, "waves" and "none" do nothing here.

    Shapes:
        x ``(..., T, d_model)`` → output like ``x``, weights ``(..., n_heads, T, Tk)`` or
        ``None``. With a cache the ``T`` tokens are the newest of ``Tk``.

    Source: Ainslie et al. 2023 (arXiv 2305.13245), section 2.2. Chapter 6.
    """

    @checked(
        d_model=positive,
        n_heads=divides("d_model"),
        n_kv_heads=divides("n_heads"),
        positions=one_of(POSITIONS),
    )
    def __init__(
        self,
        d_model: int,
        n_heads: int,
        n_kv_heads: int | None = None,
        *,
        positions: str = "rotary",
    ) -> None:
        super().__init__()
        self.d_model, self.n_heads, self.positions = d_model, n_heads, positions
        self.n_kv_heads = n_kv_heads or n_heads
        d_shared = d_model // n_heads * self.n_kv_heads
        self.to_query = nn.Linear(d_model, d_model)
        self.to_key = nn.Linear(d_model, d_shared)
        self.to_value = nn.Linear(d_model, d_shared)
        self.to_output = nn.Linear(d_model, d_model)

    @checked(
        x="... T d_model",
        cache=a(Cache),
    )
    def forward(
        self,
        x: Tensor,
        *,
        mask: Tensor | None = None,
        cache: Cache | None = None,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        if mask is not None and mask.ndim > 2:
            mask = mask.unsqueeze(-3)  # (..., 1, T, Tk), the same for every head
        q = split_heads(self.to_query(x), self.n_heads)  # (..., n_heads, T, d_head)
        k = split_heads(self.to_key(x), self.n_kv_heads)  # (..., n_kv_heads, T, d_head)
        v = split_heads(self.to_value(x), self.n_kv_heads)
        if self.positions == "rotary":
            before = 0 if cache is None else len(cache)
            places = torch.arange(before, before + x.shape[-2], device=x.device)
            q, k = rotate(q, places), rotate(k, places)
        if cache is not None:
            k, v = cache.extend(k, v)
        shared = self.n_heads // self.n_kv_heads  # by so many heads each
        k, v = (part.repeat_interleave(shared, dim=-3) for part in (k, v))
        heads, weights = self._attend(q, k, v, mask, need_weights)
        return self.to_output(merge_heads(heads)), weights

    def _attend(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, need_weights: bool
    ) -> tuple[Tensor, Tensor | None]:
        if self.positions == "distance":
            return attend(q, k, v, mask=mask, score=distance_score)
        if need_weights:
            return attend(q, k, v, mask=mask)
        return fused_attend(q, k, v, mask=mask), None


class TodayBlock(Block):
    r"""Chapter 4's block with :class:`GroupedAttention`, which may keep a cache.

    Formula: ``x ← x + f(norm(x))``, for ``f`` = attention, then feed-forward

    Args:
        d_model, n_heads, n_kv_heads, positions: as for :class:`GroupedAttention`.
        d_hidden: width of the feed-forward network's hidden layer.

    Shapes:
        x ``(..., T, d_model)`` → like ``x``, weights ``(..., n_heads, T, Tk)`` or ``None``.

    Chapter 6.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_hidden: int,
        *,
        n_kv_heads: int | None = None,
        positions: str = "rotary",
    ) -> None:
        super().__init__(d_model, n_heads, d_hidden, activation=F.gelu)
        grouped = GroupedAttention(d_model, n_heads, n_kv_heads, positions=positions)
        self.attention: nn.Module = grouped  # type: ignore[assignment]

    def forward(self, x: Tensor, **asked: Any) -> tuple[Tensor, Tensor | None]:
        x, weights = residual(x, self.attention, self.norm1, True, **asked)
        x, _ = residual(x, self.feed_forward, self.norm2, True)
        return x, weights


class LanguageModel(nn.Module):
    r"""Say for each token which may come next, looking at what came before alone.

    Formula: ``p(y[t + 1] | y[0], …, y[t]) = softmax(W norm(h[t]) + b)``, ``h`` from a
    stack of blocks over ``E[y]``

    Args:
        n_tokens: size of the vocabulary.
        n_layers: number of blocks.
        d_model, n_heads, n_kv_heads, d_hidden, positions: as for :class:`TodayBlock`;
            "waves" adds chapter 1's sinusoids to the embedding.

    Shapes:
        tokens ``(..., T)`` integers → logits ``(..., T, n_tokens)``, weights
        ``(..., n_layers, n_heads, T, Tk)`` or ``None``. ``mask`` is ``(T, Tk)``; without
        one each token sees itself and all before it. ``caches`` has one for each block.

    Source: Radford et al. 2018, section 3.1. Chapter 6.
    """

    config: dict[str, Any]

    @remember_arguments
    @checked(
        n_tokens=positive,
        n_layers=positive,
        d_model=positive,
        n_heads=divides("d_model"),
        n_kv_heads=divides("n_heads"),
        d_hidden=positive,
        positions=one_of(POSITIONS),
    )
    def __init__(
        self,
        n_tokens: int,
        *,
        n_layers: int = 2,
        d_model: int = 64,
        n_heads: int = 4,
        n_kv_heads: int | None = None,
        d_hidden: int = 256,
        positions: str = "rotary",
    ) -> None:
        super().__init__()
        self.n_tokens, self.d_model, self.positions = n_tokens, d_model, positions
        self.d_head = d_model // n_heads
        self.embedding = TokenEmbedding(n_tokens, d_model)
        shared = {"n_kv_heads": n_kv_heads, "positions": positions}
        self.blocks = nn.ModuleList(
            TodayBlock(d_model, n_heads, d_hidden, **shared)  # type: ignore[arg-type]
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(d_model)
        self.to_logits = nn.Linear(d_model, n_tokens)

    @checked(tokens=integers("... T", below="n_tokens"), mask=boolean("T Tk"))
    def forward(
        self,
        tokens: Tensor,
        *,
        mask: Tensor | None = None,
        caches: Sequence[Cache] | None = None,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        n_new, before = tokens.shape[-1], len(caches[0]) if caches else 0
        mask = window_mask(n_new, before + n_new) if mask is None else mask
        x = self.embedding(tokens)  # (..., T, d_model)
        if self.positions == "waves":
            x = x + sinusoidal_positions(before + n_new, self.d_model)[before:]
        layers = []
        for at, block in enumerate(self.blocks):
            cache = caches[at] if caches else None
            x, weights = block(x, mask=mask, cache=cache, need_weights=need_weights)
            layers.append(weights)
        return self.to_logits(self.norm(x)), stack_weights(layers, dim=-4)


@checked(logits="... n_tokens", temperature=number(above=0), top_k=positive)
def next_probabilities(
    logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None
) -> Tensor:
    """Turn logits into probabilities: sharper or flatter, and perhaps of the best alone.

    Formula: ``softmax(logits / temperature)``, over the ``top_k`` largest logits

    Args:
        logits: ``(..., n_tokens)``.
        temperature: below 1 sharpens, above 1 flattens.
        top_k: how many tokens keep a probability; ``None`` = all.

    Returns:
        Like ``logits``; each row sums to one.

    Source: Fan et al. 2018 (arXiv 1805.04833). Chapter 6.
    """
    if top_k is not None:
        kept = logits.topk(min(top_k, logits.shape[-1])).values  # (..., top_k)
        logits = logits.masked_fill(logits < kept[..., -1:], -math.inf)
    return (logits / temperature).softmax(dim=-1)


@torch.no_grad()
@checked(
    model=a(LanguageModel),
    tokens=integers("T", below="model.n_tokens"),
    n=positive,
    window=positive,
    generator=a(torch.Generator),
)
def write(
    model: LanguageModel,
    tokens: Tensor,
    n: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    window: int | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Go on with a text, token by token; each step computes the newest token alone.

    Args:
        model: a language model.
        tokens: ``(T,)`` integers, the beginning; at least one.
        n: how many tokens to write.
        temperature, top_k: as for :func:`next_probabilities`.
        window: how many tokens each one sees, itself included; ``None`` = all.
        generator: where the random numbers come from; ``None`` = torch's own.

    Returns:
        The beginning and what follows, ``(T + n,)``.

    Chapter 6.
    """
    caches = [Cache() for _ in model.blocks]
    newest = tokens
    for _ in range(n):
        mask = window_mask(len(newest), len(tokens), window)
        logits, _ = model(newest, mask=mask, caches=caches)
        chances = next_probabilities(logits[-1], temperature=temperature, top_k=top_k)
        newest = torch.multinomial(chances, 1, generator=generator)  # (1,)
        tokens = torch.cat([tokens, newest])
    return tokens


class _Online(torch.autograd.Function):
    """Attention block by block; what is kept for the gradient grows with Tq alone."""

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, block: int
    ) -> Tensor:
        best = query.new_full((*query.shape[:-1], 1), -math.inf)  # the largest so far
        total, output = torch.zeros_like(best), 0.0
        for k, v in zip(key.split(block, -2), value.split(block, -2), strict=True):
            scores = scaled_dot_score(query, k)  # (..., Tq, block)
            larger = torch.maximum(best, scores.amax(dim=-1, keepdim=True))
            old, new = (best - larger).exp(), (scores - larger).exp()
            total = total * old + new.sum(dim=-1, keepdim=True)
            output = output * old + new @ v
            best = larger
        ctx.block = block
        ctx.save_for_backward(query, key, value, output / total, best + total.log())
        return output / total  # (..., Tq, d_v)

    @staticmethod
    def backward(ctx: Any, d_output: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, output, log_total = ctx.saved_tensors
        mean = (d_output * output).sum(dim=-1, keepdim=True)  # (..., Tq, 1)
        d_query, d_keys, d_values = torch.zeros_like(query), [], []
        root = math.sqrt(query.shape[-1])
        blocks = key.split(ctx.block, -2), value.split(ctx.block, -2)
        for k, v in zip(*blocks, strict=True):
            weights = (scaled_dot_score(query, k) - log_total).exp()  # (..., Tq, block)
            d_scores = weights * (d_output @ v.mT - mean) / root
            d_query = d_query + d_scores @ k
            d_keys.append(d_scores.mT @ query)
            d_values.append(weights.mT @ d_output)
        return d_query, torch.cat(d_keys, -2), torch.cat(d_values, -2), None


@checked(query="... Tq d_k", key="... Tk d_k", value="... Tk d_v", block=positive)
def attend_online(
    query: Tensor, key: Tensor, value: Tensor, *, block: int = 64
) -> Tensor:
    r"""Compute the output of ``attend`` from one block of keys after the other.

    Formula: ``output = softmax(query keyᵀ / √d_k) value``; the largest score, the sum of
    exponentials and the weighted sum of values are kept for each query, and scaled anew
    when a larger score comes. The gradient computes each block's weights again.

    Args:
        query: ``(..., Tq, d_k)``.
        key: ``(..., Tk, d_k)``; leading axes as those of ``query``.
        value: ``(..., Tk, d_v)``.
        block: how many keys are looked at together.

    Returns:
        Output ``(..., Tq, d_v)``. No table ``(Tq, Tk)`` is made, forward or backward.
        It has no second derivatives.

    Source: Milakov and Gimelshein 2018 (arXiv 1805.02867), algorithm 3; Dao et al. 2022
    (arXiv 2205.14135), algorithm 1 and its backward pass. Chapter 6.
    """
    leading = torch.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    whole = [part.expand(*leading, *part.shape[-2:]) for part in (query, key, value)]
    found: Tensor = _Online.apply(*whole, block)
    return found


@checked(query="... T d_k", key="... T d_k", value="... T d_v")
def linear_attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    r"""Look back without a softmax: all that came before is summed up in one matrix.

    Formula: ``output[i] = φ(q[i]) S[i] / (φ(q[i]) · z[i])``, ``S[i] = Σ_{j ≤ i} φ(k[j])
    v[j]ᵀ``, ``z[i] = Σ_{j ≤ i} φ(k[j])``, ``φ(x) = elu(x) + 1``

    Args:
        query, key: ``(..., T, d_k)``.
        value: ``(..., T, d_v)``.

    Returns:
        Output ``(..., T, d_v)``. A step needs ``S`` and ``z`` alone: ``d_k · (d_v + 1)``
        numbers, whatever ``T``.

    Source: Katharopoulos et al. 2020 (arXiv 2006.16236), section 3.3. Chapter 6.
    """
    q, k = F.elu(query) + 1, F.elu(key) + 1  # above zero, as exp is
    each = k.unsqueeze(-1) * value.unsqueeze(-2)  # (..., T, d_k, d_v)
    summed = each.cumsum(dim=-3)
    total = (q * k.cumsum(dim=-2)).sum(dim=-1, keepdim=True)  # (..., T, 1)
    return (q.unsqueeze(-2) @ summed).squeeze(-2) / total  # (..., T, d_v)


@checked(weights="... T T", period=positive)
def induction_score(weights: Tensor, period: int) -> Tensor:
    """Say how much a head looks at what came *after* the last time a token was seen.

    Formula: mean of ``weights[i, i - period + 1]`` over ``i ≥ period``, on a sequence
    that repeats itself every ``period`` tokens

    Args:
        weights: ``(..., T, T)``, ``T > period``.
        period: after how many tokens the sequence repeats itself.

    Returns:
        ``(...)``, from 0 to 1.

    Source: Olsson et al. 2022 (arXiv 2209.11895). Chapter 6.
    """
    length = weights.shape[-1]
    if period >= length:
        raise ValueError(f"period: expected less than T = {length}, got {period}")
    steps = torch.arange(period, length)
    return weights[..., steps, steps - period + 1].mean(dim=-1)


@checked(model=a(LanguageModel))
def cut_heads(model: LanguageModel, heads: Sequence[tuple[int, int]]) -> LanguageModel:
    """Copy a model without some of its heads: what they found is no longer added.

    Args:
        model: stays as it is.
        heads: of each the block's number and its own, counted from 0.

    Chapter 6.
    """
    cut = copy.deepcopy(model)
    with torch.no_grad():
        for layer, head in heads:
            to_output = cut.blocks[layer].attention.to_output  # type: ignore[union-attr]
            parts = to_output.weight.unflatten(-1, (-1, cut.d_head))  # type: ignore[union-attr, operator]
            parts[:, head] = 0.0
    return cut
