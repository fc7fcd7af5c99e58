"""Time what the line above a function costs: a call with its checks and without.

To see microseconds beside functions that take milliseconds, the body is taken out: both
sides call a function that returns at once, one of them through ``@checked``. They take
turns, in an order that changes from pair to pair. Each row is the difference between the
shortest times of the two, in this thread's processor time: what else a machine does makes
a call longer, never shorter.

    python benchmarks/checked.py [--pairs 101] [--calls 200]
"""

from __future__ import annotations

import argparse
import contextlib
import platform
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import nn

from attention_course import (
    attention,
    embedding,
    encoder_decoder,
    grid_attention,
    grid_models,
    self_attention,
)

BOUND = 15.0  # microseconds a call
D, N_HEADS = 12, 3


class Case(NamedTuple):
    """A checked function, or a layer whose ``forward`` is one, and a small call of it."""

    name: str
    part: Any
    given: tuple[Any, ...]
    options: dict[str, Any]


def make_cases() -> list[Case]:
    x, context = torch.randn(2, 5, D), torch.randn(2, 7, D)
    mask, padding = torch.ones(5, 7) > 0, torch.ones(2, 1, 7) > 0
    ids, table = torch.randint(11, (2, 5)), torch.randn(11, D)
    grid, image = torch.randn(2, 2, 3, 4, D), torch.randn(2, 8, 8, 1)
    tokens, real = torch.randint(4, 9, (2, 5)), torch.ones(2, 5) > 0
    parts = {
        attention.dot_score: (x, context),
        attention.GeneralScore(D, D): (x, context),
        attention.AdditiveScore(D, D, D): (x, context),
        attention.masked_softmax: (torch.randn(2, 5, 7), mask),
        attention.attend: (x, context, context),
        embedding.one_hot: (ids, 11),
        embedding.lookup: (ids, table),
        embedding.nearest_neighbours: (table[0], table, 3),
        embedding.patchify: (image, 2),
        embedding.PatchEmbedding(2, 1, D): (image,),
        embedding.sinusoidal_positions: (5, D),
        self_attention.SelfAttentionHead(D, 4): (x,),
        self_attention.split_heads: (x, N_HEADS),
        self_attention.fused_attend: (x, context, context),
        self_attention.MultiHeadAttention(D, N_HEADS): (x, context),
        self_attention.FeedForward(D, D): (x,),
        self_attention.Block(D, N_HEADS, D): (x,),
        self_attention.DecoderBlock(D, N_HEADS, D): (x, context),
        encoder_decoder.GRUEncoder(9, D, D): (tokens, real),
        encoder_decoder.EncoderDecoder(9, 9): (tokens, real, tokens),
        grid_attention.full_attention: (grid, grid, grid),
        grid_attention.axial_attention: (grid, grid, grid, 1),
        grid_attention.neighbourhood: ((2, 3, 4), (2, 3, 4), 1),
        grid_attention.nearby_attention: (grid, grid, grid, 1),
        grid_models.NearbyAttention(D, N_HEADS, 1): (grid,),
        grid_models.VisionTransformer(8, 4, 1, 10): (image,),
        grid_models.VideoDecoder((2, 4, 4), (1, 2, 2)): (torch.randn(1, 1, 2, 2, 1),),
    }
    cases = [Case(_name(part), part, given, {}) for part, given in parts.items()]
    layer = self_attention.MultiHeadAttention(D, N_HEADS)
    return [
        *cases,
        Case("attend, mask", attention.attend, (x, context, context), {"mask": mask}),
        Case("MultiHeadAttention, padding", layer, (x, context), {"mask": padding}),
    ]


def _name(part: Any) -> str:
    return type(part).__name__ if isinstance(part, nn.Module) else part.__name__


def both(case: Case) -> tuple[Callable[[], Any], Callable[[], Any], Any]:
    """Return the call with its checks, the call without, and the checked function."""
    function: Any = case.part
    first: tuple[Any, ...] = ()
    if isinstance(function, nn.Module):
        function, first = type(function).forward, (function,)
    given, options = (*first, *case.given), case.options
    return (
        lambda: function(*given, **options),
        lambda: function.__wrapped__(*given, **options),
        function,
    )


@contextlib.contextmanager
def without_body(function: Any) -> Iterator[None]:
    """Let the function, and what it wraps, return at once."""
    names = function.__code__.co_freevars
    cell = function.__closure__[names.index("function")]
    body = cell.cell_contents
    cell.cell_contents = function.__wrapped__ = lambda *args, **kwargs: None
    try:
        yield
    finally:
        cell.cell_contents = function.__wrapped__ = body


def compare(
    checked: Callable[[], Any], bare: Callable[[], Any], n_pairs: int, n_calls: int
) -> float:
    """Return what the checks add to a call, in microseconds: shortest less shortest."""

    def seconds(call: Callable[[], Any]) -> float:
        start = time.thread_time()  # other programs do not count
        for _ in range(n_calls):
            call()
        return time.thread_time() - start

    taken: dict[Callable[[], Any], list[float]] = {checked: [], bare: []}
    for pair in range(n_pairs):
        for call in (checked, bare) if pair % 2 else (bare, checked):
            taken[call].append(seconds(call))
    return (min(taken[checked]) - min(taken[bare])) / n_calls * 1e6


def main(arguments: list[str] | None = None) -> float:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=101)
    parser.add_argument("--calls", type=int, default=200)
    options = parser.parse_args(arguments)
    torch.manual_seed(0)
    print(f"Python {platform.python_version()}, torch {torch.__version__}, ", end="")
    print(f"{options.pairs} pairs of {options.calls} calls\n")
    print("| call | checks, µs |\n| --- | ---: |")
    worst = 0.0
    with torch.no_grad():
        for case in make_cases():
            checked, bare, function = both(case)
            checked()  # a call that is right
            with without_body(function):
                cost = compare(checked, bare, options.pairs, options.calls)
            worst = max(worst, cost)
            print(f"| `{case.name}` | {cost:.1f} |", flush=True)
    print(f"\nWorst: {worst:.1f} (bound: {BOUND})")
    return worst


if __name__ == "__main__":
    main()
