"""Chapter 4: self-attention. From one head to a whole Transformer.

A ladder, each step built from the one before: one head, many heads, a block, a
stack of blocks. Sequences are ``(..., T, d_model)`` on the way in and out.

Masks are those of ``attend``: boolean, ``True`` = may attend, broadcast with
``(..., Tq, Tk)``; one mask serves every head. A mask of two axes is ``(Tq, Tk)``,
never ``(B, Tk)``, even where ``B = Tq``: for padding pass ``padding.unsqueeze(-2)``,
which is ``(B, 1, Tk)``. A query that may attend to nothing gets zeros from every
head. Weights are computed only when needed, and are ``None`` otherwise. There is
no dropout. Wrong input raises as in :mod:`attention_course.shapes`.

Source: Vaswani et al. 2017 (arXiv 1706.03762), with the section named below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import attend, stack_weights
from .embedding import TokenEmbedding, sinusoidal_positions
from .shapes import (
    any_dtype,
    boolean,
    checked,
    divides,
    function,
    integers,
    may_attend,
    number,
    positive,
    remember_arguments,
    whole,
)

__all__ = [
    "Block",
    "Decoder",
    "DecoderBlock",
    "Encoder",
    "FeedForward",
    "MultiHeadAttention",
    "SelfAttentionHead",
    "Transformer",
    "causal_mask",
    "fused_attend",
    "merge_heads",
    "residual",
    "run_blocks",
    "split_heads",
]


class SelfAttentionHead(nn.Module):
    r"""Attend within one sequence, through three learned projections of it.

    Formula: ``output = attend(Q, K, V)``, ``Q = x W_Q``, ``K = x W_K``, ``V = x W_V``

    Shapes:
        x ``(..., T, d_model)`` → output ``(..., T, d_head)``, weights ``(..., T, T)``.
        A mask of two axes is ``(T, T)``, never ``(B, T)``; padding is ``(B, 1, T)``.

    Source: section 3.2. Chapter 4.
    """

    @checked(d_model=positive, d_head=positive)
    def __init__(self, d_model: int, d_head: int) -> None:
        super().__init__()
        self.d_model = d_model
        self.to_query = nn.Linear(d_model, d_head, bias=False)  # W_Q
        self.to_key = nn.Linear(d_model, d_head, bias=False)  # W_K
        self.to_value = nn.Linear(d_model, d_head, bias=False)  # W_V

    @checked(x="... T d_model")
    def forward(
        self, x: Tensor, *, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        return attend(self.to_query(x), self.to_key(x), self.to_value(x), mask=mask)


@checked(x=any_dtype("... T d_model"), n_heads=divides("d_model"))
def split_heads(x: Tensor, n_heads: int) -> Tensor:
    r"""Cut every vector into equal parts, one a head, and put the heads before time.

    Formula: ``parts[..., h, t, i] = x[..., t, h · d_head + i]``

    Shapes:
        x ``(..., T, d_model)`` → parts ``(..., n_heads, T, d_model / n_heads)``.

    Source: section 3.2.2. Chapter 4.
    """
    parts = x.unflatten(-1, (n_heads, -1))  # (..., T, n_heads, d_head)
    return parts.transpose(-3, -2)  # (..., n_heads, T, d_head)


@checked(parts=any_dtype("... n_heads T d_head"))
def merge_heads(parts: Tensor) -> Tensor:
    r"""Set the parts of all heads side by side again: undo :func:`split_heads`.

    Formula: ``x[..., t, h · d_head + i] = parts[..., h, t, i]``

    Shapes:
        parts ``(..., n_heads, T, d_head)`` → x ``(..., T, n_heads · d_head)``.

    Source: section 3.2.2. Chapter 4.
    """
    return parts.transpose(-3, -2).flatten(-2)  # (..., T, d_model)


@checked(length=whole(0))
def causal_mask(length: int, *, device: torch.device | None = None) -> Tensor:
    r"""Let each position of a sequence attend to itself and to what came before.

    Formula: ``mask[i, j] = (j ≤ i)``, shape ``(T, T)`` with ``T = length``

    Source: section 3.2.3. Chapter 4.
    """
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


@checked(
    query="... Tq d_k",
    key="... Tk d_k",
    value="... Tk d_v",
    mask=may_attend("query", "key", value="value"),
)
def fused_attend(
    query: Tensor, key: Tensor, value: Tensor, *, mask: Tensor | None = None
) -> Tensor:
    r"""Compute the output of ``attend``, without its weights, in torch's fused kernel.

    The scores ``(..., Tq, Tk)`` are never stored as a whole: that saves the time and
    the memory, and leaves no weights to return. The kernel has no second derivatives and
    no forward mode (``jvp``); ``attend`` has both. A mask of two axes is ``(Tq, Tk)``,
    never ``(B, Tk)``, as for ``attend``.

    Source: Dao et al. 2022 (arXiv 2205.14135). Chapter 4.
    """
    if mask is None:
        return F.scaled_dot_product_attention(query, key, value)
    # Some kernels give NaN to a query without keys: let it see all, then drop that.
    mask = torch.atleast_2d(mask)  # the kernel takes no mask (Tk,)
    lonely = ~mask.any(dim=-1, keepdim=True)  # (..., Tq, 1)
    mask = mask | lonely
    output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return output.masked_fill(lonely, 0.0)  # (..., Tq, d_v)


class MultiHeadAttention(nn.Module):
    r"""Attend with several heads at once, each in its own part of the vectors.

    Formula: ``output = [head_1; …; head_n] W_O``, ``head_h = attend(Q_h, K_h, V_h)``,
    where ``Q_h`` is head ``h``'s part of ``Q = query W_Q``, and so on

    Args:
        d_model: dimension of a query and of an output.
        n_heads: a number that divides ``d_model``.
        d_context: dimension of a key and of a value; ``None`` = ``d_model``.
        bias: whether the projections add one.

    Shapes:
        query ``(..., Tq, d_model)``, key and value ``(..., Tk, d_context)`` → output
        ``(..., Tq, d_model)``, weights ``(..., n_heads, Tq, Tk)`` or ``None``. The key
        is the query unless given, the value is the key unless given. A mask of two axes
        is ``(Tq, Tk)``, never ``(B, Tk)``; padding is ``(B, 1, Tk)``. Only with
        ``need_weights=True`` has the layer second derivatives.

    Source: section 3.2.2. Chapter 4.
    """

    @checked(d_model=positive, n_heads=divides("d_model"), d_context=positive)
    def __init__(
        self,
        d_model: int,
        n_heads: int,
        *,
        d_context: int | None = None,
        bias: bool = True,
    ) -> None:
        super().__init__()
        d_context = d_model if d_context is None else d_context
        self.d_model, self.d_context, self.n_heads = d_model, d_context, n_heads
        self.to_query = nn.Linear(d_model, d_model, bias=bias)  # W_Q of all heads
        self.to_key = nn.Linear(d_context, d_model, bias=bias)  # W_K
        self.to_value = nn.Linear(d_context, d_model, bias=bias)  # W_V
        self.to_output = nn.Linear(d_model, d_model, bias=bias)  # W_O

    @checked(
        query="... Tq d_model",
        key="... Tk d_context or query",
        value="... Tk d_context or key",
        mask=may_attend("query", "key", for_all_heads=True),
    )
    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        key = query if key is None else key
        value = key if value is None else value
        if mask is not None and mask.ndim > 2:
            mask = mask.unsqueeze(-3)  # (..., 1, Tq, Tk), the same for every head

        n = self.n_heads
        q = split_heads(self.to_query(query), n)  # (..., n_heads, Tq, d_head)
        k = split_heads(self.to_key(key), n)  # (..., n_heads, Tk, d_head)
        v = split_heads(self.to_value(value), n)  # (..., n_heads, Tk, d_head)
        if need_weights:
            heads, weights = attend(q, k, v, mask=mask)
        else:
            heads, weights = fused_attend(q, k, v, mask=mask), None
        return self.to_output(merge_heads(heads)), weights  # (..., Tq, d_model)


class FeedForward(nn.Module):
    r"""Change every vector by itself, in a network with one hidden layer.

    Formula: ``output = activation(x W_1 + b_1) W_2 + b_2``

    Shapes:
        x ``(..., d_model)`` → hidden ``(..., d_hidden)`` → output ``(..., d_model)``.

    Source: section 3.3. Chapter 4.
    """

    @checked(d_model=positive, d_hidden=positive, activation=function)
    def __init__(
        self,
        d_model: int,
        d_hidden: int,
        activation: Callable[[Tensor], Tensor] = F.relu,
    ) -> None:
        super().__init__()
        self.d_model = d_model
        self.expand = nn.Linear(d_model, d_hidden)
        self.contract = nn.Linear(d_hidden, d_model)
        self.activation = activation

    @checked(x="... d_model")
    def forward(self, x: Tensor) -> Tensor:
        return self.contract(self.activation(self.expand(x)))  # (..., d_model)


def residual(
    x: Tensor,
    f: nn.Module,
    norm: nn.Module,
    norm_first: bool,
    *context: Any,
    **options: Any,
) -> tuple[Tensor, Tensor | None]:
    r"""Add to ``x`` what ``f`` makes of it, normed before ``f`` or after the sum.

    Formula: ``x + f(norm(x))`` if ``norm_first``, else ``norm(x + f(x))``

    Args:
        f: a layer that returns an update like ``x``, or an update and weights.
        norm: a layer norm.
        context, options: what ``f`` takes besides.

    Shapes:
        x ``(..., T, d_model)`` → like ``x``, and the weights or ``None``.

    Source: section 5.4, after He et al. 2016 (arXiv 1512.03385). Chapter 4.
    """
    made = f(norm(x) if norm_first else x, *context, **options)
    update, weights = made if isinstance(made, tuple) else (made, None)
    x = x + update
    return (x if norm_first else norm(x)), weights


class Block(nn.Module):
    r"""Self-attention, then feed-forward, each added to what came in: a residual.

    Formula: ``x ← x + f(norm(x))`` if ``norm_first``, else ``x ← norm(x + f(x))``, for
    ``f`` = self-attention, then for ``f`` = the feed-forward network

    Args:
        d_model, n_heads: as for :class:`MultiHeadAttention`.
        d_hidden, activation: as for :class:`FeedForward`.
        norm_first: layer norm before each ``f``, which trains more calmly (Xiong et
            al. 2020, arXiv 2002.04745), or after each sum, as in the paper.
        eps: keeps the layer norm from dividing by zero.

    Shapes:
        x ``(..., T, d_model)`` → like ``x``, weights ``(..., n_heads, T, T)``. A mask
        of two axes is ``(T, T)``, never ``(B, T)``; padding is ``(B, 1, T)``.

    Source: section 3.1. Chapter 4.
    """

    @checked(activation=function, eps=number(at_least=0))
    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_hidden: int,
        *,
        norm_first: bool = True,
        activation: Callable[[Tensor], Tensor] = F.relu,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        self.d_model, self.norm_first = d_model, norm_first
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.norm1 = nn.LayerNorm(d_model, eps)
        self.feed_forward = FeedForward(d_model, d_hidden, activation)
        self.norm2 = nn.LayerNorm(d_model, eps)

    @checked(x="... T d_model")
    def forward(
        self, x: Tensor, *, mask: Tensor | None = None, need_weights: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        first, asked = self.norm_first, {"mask": mask, "need_weights": need_weights}
        x, weights = residual(x, self.attention, self.norm1, first, **asked)
        x, _ = residual(x, self.feed_forward, self.norm2, first)
        return x, weights


class DecoderBlock(nn.Module):
    r"""A block that also attends to a context, after itself and before feed-forward.

    Formula: as :class:`Block`, for ``f`` = self-attention, then cross-attention (the
    query from ``x``, key and value from ``context``), then feed-forward

    Args:
        d_context: dimension of a vector of the context; ``None`` = ``d_model``.
        d_model, n_heads, d_hidden, norm_first, activation, eps: as for :class:`Block`.

    Shapes:
        x ``(..., T, d_model)``, context ``(..., Tk, d_context)`` → like ``x``,
        self weights ``(..., n_heads, T, T)``, cross weights ``(..., n_heads, T, Tk)``.
        ``mask`` is for ``x`` and is *not* causal by itself; ``context_mask`` is for
        ``context``. Of two axes they are ``(T, T)`` and ``(T, Tk)``, never ``(B, T)``
        and ``(B, Tk)``; padding is ``(B, 1, T)`` and ``(B, 1, Tk)``.

    Source: section 3.1. Chapter 4.
    """

    @checked(activation=function, eps=number(at_least=0))
    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_hidden: int,
        *,
        d_context: int | None = None,
        norm_first: bool = True,
        activation: Callable[[Tensor], Tensor] = F.relu,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        self.d_model, self.norm_first = d_model, norm_first
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.norm1 = nn.LayerNorm(d_model, eps)
        self.cross = MultiHeadAttention(d_model, n_heads, d_context=d_context)
        self.d_context = self.cross.d_context
        self.norm2 = nn.LayerNorm(d_model, eps)
        self.feed_forward = FeedForward(d_model, d_hidden, activation)
        self.norm3 = nn.LayerNorm(d_model, eps)

    @checked(
        x="... T d_model",
        context="... Tk d_context",
        context_mask=may_attend("x", "context", for_all_heads=True),
    )
    def forward(
        self,
        x: Tensor,
        context: Tensor,
        *,
        mask: Tensor | None = None,
        context_mask: Tensor | None = None,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        first = self.norm_first
        asked = {"mask": mask, "need_weights": need_weights}
        x, weights = residual(x, self.attention, self.norm1, first, **asked)
        asked = {"mask": context_mask, "need_weights": need_weights}
        x, looked = residual(x, self.cross, self.norm2, first, context, **asked)
        x, _ = residual(x, self.feed_forward, self.norm3, first)
        return x, weights, looked


def run_blocks(
    blocks: Iterable[nn.Module], x: Tensor, *context: Any, dim: int = -4, **options: Any
) -> tuple[Any, ...]:
    r"""Pass ``x`` from block to block.

    Args:
        blocks: each takes ``x`` and returns it refined, with weights of one kind or two.
        context, options: what every block takes besides.
        dim: where the axis of the blocks stands in their stacked weights.

    Shapes:
        x ``(..., T, d_model)`` → like ``x``, and of each kind of weights
        ``(..., n_layers, n_heads, Tq, Tk)`` or ``None``.

    Source: section 3.1. Chapters 4 and 5.
    """
    layers = []
    for block in blocks:
        x, *weights = block(x, *context, **options)
        layers.append(weights)
    return x, *(stack_weights(kind, dim) for kind in zip(*layers, strict=True))


class _Stack(nn.Module):
    def __init__(
        self,
        block: type[Block | DecoderBlock],
        n_layers: int,
        *sizes: int,
        **options: Any,
    ) -> None:
        super().__init__()
        blocks = [block(*sizes, **options) for _ in range(n_layers)]
        self.blocks = nn.ModuleList(blocks)
        self.norm: nn.Module = nn.Identity()
        if blocks[0].norm_first:  # they leave their own sums as they are
            norm = blocks[0].norm1
            self.norm = nn.LayerNorm(norm.normalized_shape, norm.eps)


class Encoder(_Stack):
    r"""Refine a sequence in ``n_layers`` blocks; a last layer norm if they norm first.

    Args:
        n_layers: number of blocks.
        d_model, n_heads, d_hidden, options: as for :class:`Block`.

    Shapes:
        x ``(..., T, d_model)`` → like ``x``,
        weights ``(..., n_layers, n_heads, T, T)``. A mask of two axes is ``(T, T)``,
        never ``(B, T)``; padding is ``(B, 1, T)``.

    Source: section 3.1. Chapter 4.
    """

    @checked(n_layers=positive)
    def __init__(
        self, n_layers: int, d_model: int, n_heads: int, d_hidden: int, **options: Any
    ) -> None:
        super().__init__(Block, n_layers, d_model, n_heads, d_hidden, **options)

    def forward(
        self, x: Tensor, *, mask: Tensor | None = None, need_weights: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        asked: dict[str, Any] = {"mask": mask, "need_weights": need_weights}
        x, weights = run_blocks(self.blocks, x, **asked)
        return self.norm(x), weights


class Decoder(_Stack):
    r"""Refine a sequence that looks at no later place, and at all of a context.

    Args:
        n_layers: number of blocks; a last layer norm follows if they norm first.
        d_model, n_heads, d_hidden, options: as for :class:`DecoderBlock`.

    Shapes:
        x ``(..., T, d_model)``, context ``(..., Tk, d_context)`` → like ``x``,
        self weights ``(..., n_layers, n_heads, T, T)``, cross weights ``(..., n_layers,
        n_heads, T, Tk)``. ``mask`` forbids more than the causal mask already does.
        Masks of two axes are read as in :class:`DecoderBlock`.

    Source: section 3.1. Chapter 4.
    """

    @checked(n_layers=positive)
    def __init__(
        self, n_layers: int, d_model: int, n_heads: int, d_hidden: int, **options: Any
    ) -> None:
        super().__init__(DecoderBlock, n_layers, d_model, n_heads, d_hidden, **options)

    @checked(x="... T d_model", mask=may_attend("x", "x", for_all_heads=True))
    def forward(
        self,
        x: Tensor,
        context: Tensor,
        *,
        mask: Tensor | None = None,
        context_mask: Tensor | None = None,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        causal = causal_mask(x.shape[-2], device=x.device)  # (T, T)
        asked: dict[str, Any] = {
            "mask": causal if mask is None else causal & mask,  # (..., T, T)
            "context_mask": context_mask,
            "need_weights": need_weights,
        }
        x, weights, looked = run_blocks(self.blocks, x, context, **asked)
        return self.norm(x), weights, looked


class Transformer(nn.Module):
    r"""An encoder and a decoder of self-attention, with positions and without any GRU.

    Formula: ``h = Encoder(E_s[source] + P)``,
    ``logits = W Decoder(E_t[target_in] + P, h) + b``, ``P`` sinusoidal

    Args:
        n_source: size of the source vocabulary.
        n_target: size of the target vocabulary.
        n_layers, d_model, n_heads, d_hidden: as for
            :class:`Encoder`, on both sides.
        n_places: longest sequence that it can read or write.

    Shapes:
        source ``(B, T_in)``, source_mask ``(B, T_in)``, target_in ``(B, T_out)``
        → logits ``(B, T_out, n_target)``, and the weights with which the decoder looks
        at the source, ``(B, n_layers, n_heads, T_out, T_in)``, if asked for. The two
        axes of ``source_mask`` are always ``(B, T_in)``, ``True`` = a real token.

    Raises:
        ValueError: a sequence longer than ``n_places``.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), section 3. Chapter 4.
    """

    config: dict[str, Any]
    places: Tensor  # (n_places, d_model)

    @remember_arguments
    @checked(n_source=positive, n_target=positive, n_places=positive)
    def __init__(
        self,
        n_source: int,
        n_target: int,
        *,
        n_layers: int = 2,
        d_model: int = 64,
        n_heads: int = 4,
        d_hidden: int = 128,
        n_places: int = 64,
    ) -> None:
        super().__init__()
        self.n_source, self.n_target = n_source, n_target
        self.read = TokenEmbedding(n_source, d_model)
        self.written = TokenEmbedding(n_target, d_model)
        places = sinusoidal_positions(n_places, d_model)
        self.register_buffer("places", places, persistent=False)
        self.encoder = Encoder(n_layers, d_model, n_heads, d_hidden)
        self.decoder = Decoder(n_layers, d_model, n_heads, d_hidden)
        self.to_logits = nn.Linear(d_model, n_target)

    @checked(source=integers("B T_in", below="n_source"), source_mask=boolean("B T_in"))
    def encode(self, source: Tensor, source_mask: Tensor) -> Tensor:
        x = self.read(source) + self._places("source", source)
        states, _ = self.encoder(x, mask=source_mask.unsqueeze(-2))
        return states  # (B, T_in, d_model)

    @checked(
        target_in=integers("B T_out", below="n_target"),
        states="B T_in d_model",
        source_mask=boolean("B T_in"),
    )
    def decode(
        self,
        target_in: Tensor,
        states: Tensor,
        source_mask: Tensor,
        *,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        x = self.written(target_in) + self._places("target_in", target_in)
        mask = source_mask.unsqueeze(-2)  # (B, 1, T_in), the same for every query
        x, _, weights = self.decoder(
            x, states, context_mask=mask, need_weights=need_weights
        )
        return self.to_logits(x), weights

    def forward(
        self,
        source: Tensor,
        source_mask: Tensor,
        target_in: Tensor,
        *,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        states = self.encode(source, source_mask)
        return self.decode(target_in, states, source_mask, need_weights=need_weights)

    def _places(self, name: str, tokens: Tensor) -> Tensor:
        length, longest = tokens.shape[-1], self.places.shape[0]
        if length > longest:
            raise ValueError(f"{name}: expected at most {longest} tokens, got {length}")
        return self.places[:length]  # (T, d_model)
