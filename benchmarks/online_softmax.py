"""Softmax online (chapter 6) on a graphics card: the table, blocks in Python, one kernel.

    python benchmarks/online_softmax.py [--json FILE]

Four ways to the same output: ``attend``, which makes the table of scores; chapter 6's
``attend_online``, block by block in Python; torch's fused kernel; and flex attention,
compiled to a Triton kernel, which also knows chapter 6's sliding window. Before anything is
timed, all are held to ``attend`` in output and gradients. Memory is what a pass needs above
its inputs. Without a graphics card it says so and ends.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import create_block_mask, flex_attention
from torch.nn.functional import scaled_dot_product_attention

from attention_course.attention import attend
from attention_course.attention_today import attend_online, window_mask

B, N_HEADS, D_HEAD, WINDOW, BLOCK = 1, 8, 64, 256, 256
LENGTHS = [1024, 4096, 16384, 65536]
MOST = 40 * 2**30  # bytes: a table above this is not tried
Way = Callable[[Tensor, Tensor, Tensor], Tensor]
Row = dict[str, float | str | None]


def in_window(batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
    """Say which keys a query sees: itself and the WINDOW - 1 before it."""
    return (query >= key) & (query - key < WINDOW)


def ways(length: int) -> dict[str, Way]:
    """Return the ways to attend over so many tokens, by name."""
    torch.compiler.reset()  # or it gives up compiling after eight different inputs
    compiled = torch.compile(flex_attention, dynamic=False)
    near = create_block_mask(in_window, None, None, length, length, device="cuda")
    found: dict[str, Way] = {
        "attend, the table": lambda *qkv: attend(*qkv)[0],
        "attend_online, blocks in Python": partial(attend_online, block=BLOCK),
        "torch's fused kernel": scaled_dot_product_attention,
        "flex attention, compiled": compiled,
        f"flex attention, window {WINDOW}": partial(compiled, block_mask=near),
    }
    if 4 * B * N_HEADS * length**2 * 3 > MOST:  # scores, weights and a copy
        del found["attend, the table"]
    return found


def draw(length: int, dtype: torch.dtype) -> list[Tensor]:
    """Draw a query, a key and a value."""
    torch.manual_seed(length)
    shape = (B, N_HEADS, length, D_HEAD)
    return [
        torch.randn(shape, device="cuda", dtype=dtype, requires_grad=True)
        for _ in range(3)
    ]


def both(way: Way, tensors: list[Tensor]) -> list[Tensor]:
    """Go forward and back."""
    output = way(tensors[0], tensors[1], tensors[2])
    return [output, *torch.autograd.grad(output.square().sum(), tensors)]


def largest_difference(length: int = 1024) -> float:
    """Return the largest difference of any way from ``attend``, relative to its size."""
    tensors = draw(length, torch.float32)
    mask = window_mask(length, length, WINDOW).cuda()
    worst = 0.0
    for name, way in ways(length).items():
        seen = mask if "window" in name else None
        expected = both(lambda *qkv, m=seen: attend(*qkv, mask=m)[0], tensors)
        for a, b in zip(both(way, tensors), expected, strict=True):
            worst = max(worst, float((a - b).detach().abs().max() / b.abs().max()))
    return worst


def measured(step: Callable[[], object], rounds: int = 20) -> tuple[float, float]:
    """Return the median of a step's milliseconds, and its peak of memory in MiB."""
    for _ in range(3):
        step()
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    times = []
    for _ in range(rounds):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        step()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return median(times), (torch.cuda.max_memory_allocated() - before) / 2**20


def rows(dtype: torch.dtype) -> list[Row]:
    """Time every way at every length, forward without gradients and both passes."""
    found: list[Row] = []
    for length in LENGTHS:
        tensors = draw(length, dtype)
        for name, way in ways(length).items():
            torch.compiler.reset()
            if length > 16384 and "Python" in name:
                continue  # seconds a step
            with torch.no_grad():
                forward = measured(partial(way, *tensors))
            back = measured(partial(both, way, tensors))
            row: Row = {"length": length, "way": name}
            row |= {"forward ms": forward[0], "forward MiB": forward[1]}
            row |= {"both ms": back[0], "both MiB": back[1]}
            found.append(row)
            print(*(f"{v:.3g}" if isinstance(v, float) else v for v in row.values()))
    return found


def main() -> None:
    """Print the tables, and write them where --json says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("No graphics card here that torch can use: nothing was timed.")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch._dynamo.config.fail_on_recompile_limit_hit = True
    found = {
        "card": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "largest difference": largest_difference(),
    }
    print(found)
    for dtype in (torch.bfloat16, torch.float32):
        found[str(dtype)] = rows(dtype)
        if arguments.json:
            arguments.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
