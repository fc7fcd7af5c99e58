"""Time MultiHeadAttention, without weights, against torch.nn.MultiheadAttention.

Both layers hold the same weights and see the same input. They run in turns, in
pairs, in an order that changes from pair to pair, so that whatever else the machine
is doing falls on both alike. Each row is the median of the ratios of the pairs.

    python benchmarks/self_attention.py [--pairs 21] [--threads 2]
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from attention_course.self_attention import MultiHeadAttention, causal_mask

B, D_MODEL, N_HEADS = 8, 512, 8
LENGTHS = (256, 1024)
BOUND = 1.05

Run = Callable[[], torch.Tensor]


def make_layers() -> tuple[MultiHeadAttention, nn.MultiheadAttention]:
    """Return the course's layer and torch's, with equal weights."""
    ours = MultiHeadAttention(D_MODEL, N_HEADS)
    theirs = nn.MultiheadAttention(D_MODEL, N_HEADS, batch_first=True)
    projections = ours.to_query, ours.to_key, ours.to_value
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([layer.weight for layer in projections]))
        theirs.in_proj_bias.copy_(torch.cat([layer.bias for layer in projections]))
    theirs.out_proj.load_state_dict(ours.to_output.state_dict())
    return ours, theirs


def seconds(run: Run, backward: bool) -> float:
    start = time.perf_counter()
    output = run()
    if backward:
        output.sum().backward()
    return time.perf_counter() - start


def compare(
    ours: Run, theirs: Run, backward: bool, n_pairs: int
) -> tuple[float, float, float]:
    """Return the medians: our seconds, their seconds, the ratio of a pair."""
    for run in (ours, theirs):
        seconds(run, backward)  # the first run also sets things up
    pairs = []
    for pair in range(n_pairs):
        if pair % 2:
            mine, reference = seconds(ours, backward), seconds(theirs, backward)
        else:
            reference, mine = seconds(theirs, backward), seconds(ours, backward)
        pairs.append((mine, reference, mine / reference))
    return tuple(statistics.median(column) for column in zip(*pairs, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=21)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    print(f"Python {platform.python_version()}, torch {torch.__version__}, ", end="")
    print(f"{options.threads} threads, float32, B = {B}, d_model = {D_MODEL}, ", end="")
    print(f"{N_HEADS} heads, {options.pairs} pairs\n")
    print("| T | mask | pass | course ms | torch ms | ratio |")
    print("| ---: | --- | --- | ---: | ---: | ---: |")

    ours, theirs = make_layers()
    worst = 0.0
    for length in LENGTHS:
        for masked in (False, True):
            mask = causal_mask(length) if masked else None
            forbidden = None if mask is None else ~mask  # torch: True = may NOT attend
            for name in ("forward, no gradients", "forward", "forward + backward"):
                gradients, backward = (
                    name != "forward, no gradients",
                    "backward" in name,
                )
                # Without gradients torch's layer may take its own fast path.
                ours.train(gradients)
                theirs.train(gradients)
                x = torch.randn(B, length, D_MODEL, requires_grad=backward)

                def course(x: Tensor = x, mask: Tensor | None = mask) -> Tensor:
                    return ours(x, mask=mask)[0]

                def reference(
                    x: Tensor = x, forbidden: Tensor | None = forbidden
                ) -> Tensor:
                    return theirs(x, x, x, attn_mask=forbidden, need_weights=False)[0]

                with torch.set_grad_enabled(gradients):
                    torch.testing.assert_close(course(), reference(), atol=1e-5, rtol=0)
                    a, b, ratio = compare(course, reference, backward, options.pairs)
                kind = "causal" if masked else "none"
                times = f"{a * 1e3:.1f} | {b * 1e3:.1f}"
                print(
                    f"| {length} | {kind} | {name} | {times} | {ratio:.2f} |",
                    flush=True,
                )
                worst = max(worst, 0.0 if masked else ratio)
    print(f"\nWorst ratio without a mask: {worst:.2f} (bound: {BOUND})")


if __name__ == "__main__":
    main()
