"""Time nearby attention against other ways to the same thing, and measure its memory.

Whole layers with their projections, float32, batch 1, with the same weights and the
same input: the course's ``NearbyAttention``; its direct way, which gathers every
neighbourhood; torch's fused attention over all cells, with a mask of the windows and
without; ``Sparse3DNA`` of nuwa-pytorch; ``NeighborhoodAttention3D`` of NATTEN (on a
processor it has a forward pass only). The last two are left out, and said to be, where
they are not installed (``benchmarks/requirements.txt``).

Before anything is timed, all of them are compared on a small grid, as far as they mean
the same: Sparse3DNA adds one more key to every window, and NATTEN shifts a window that
would cross a border instead of clipping it, so there only inner cells are compared.

Two ways run in turns, in pairs, in an order that changes from pair to pair; each ratio
is taken within a pair, and the table shows the median. Memory is what one pass adds, at
its peak, to a fresh process that holds the layer and its input (on Linux only).

    python benchmarks/grid_attention.py [--pairs 7] [--seconds 8] [--threads 2]
    python benchmarks/grid_attention.py --busy

``--busy`` measures something else: the course's layer and full attention with the
windows as a mask, in turns, first as the machine is, then while one more process a core
does nothing but count.
"""

from __future__ import annotations

import argparse
import ctypes
import datetime
import functools
import importlib
import importlib.util
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional as F

from attention_course.attention import attend
from attention_course.grid_attention import neighbourhood
from attention_course.grid_models import NearbyAttention
from attention_course.pictures.canvas import MARKERS, PALETTE
from attention_course.self_attention import merge_heads, split_heads

HERE = Path(__file__).resolve().parent
FIGURES = HERE.parent / "src" / "attention_course" / "data" / "grid_benchmark.json"
OURS, DIRECT = "the course, nearby", "the course, direct"
MASKED, FULL = "torch, windows as a mask", "torch, all cells"
SPARSE, NATTEN = "Sparse3DNA (nuwa-pytorch)", "NATTEN, flex"
FORWARD, BOTH = "forward", "forward + backward"


class Case(NamedTuple):
    """A grid, half of the window on each of its axes, and the layer's size."""

    sizes: tuple[int, int, int]
    extent: int
    d_model: int = 512
    n_heads: int = 8


class Plan(NamedTuple):
    """What to time: in every case, which ways in which pass; then how time grows."""

    cases: dict[Case, dict[str, tuple[str, ...]]]
    growth: tuple[Case, ...]
    small: Case  # all ways are compared on it, and warmed up before memory is measured


SMALL = Case((3, 5, 5), 1, 32, 2)
PLAN = Plan(
    {
        Case((8, 16, 16), 2): {
            FORWARD: (SPARSE, NATTEN, MASKED, FULL, DIRECT),
            BOTH: (SPARSE, MASKED, FULL, DIRECT),
        },
        # NATTEN would hold 16,384² scores for each head, 8.6 GB, several times over.
        Case((16, 32, 32), 1): {FORWARD: (FULL, DIRECT)},
    },
    tuple(
        Case(sizes, 1)
        for sizes in (
            (8, 16, 16),
            (8, 16, 32),
            (8, 32, 32),
            (16, 32, 32),
        )
    ),
    SMALL,
)
TINY = Plan(
    {SMALL: {FORWARD: (SPARSE, NATTEN, MASKED, FULL, DIRECT), BOTH: (MASKED, DIRECT)}},
    (SMALL, Case((3, 5, 10), 1, 32, 2)),
    SMALL,
)

Way = Callable[[Tensor], Tensor]  # grid (1, F, H, W, d_model) → the same shape


def make_layer(case: Case) -> NearbyAttention:
    """Return the course's layer, without the biases that Sparse3DNA does not have."""
    layer = NearbyAttention(case.d_model, case.n_heads, case.extent)
    for projection in (layer.to_query, layer.to_key, layer.to_value):
        torch.nn.init.zeros_(projection.bias)
    return layer


def make_way(name: str, case: Case, layer: NearbyAttention) -> Way:
    """Return one way to attend, with the weights of the layer.

    Raises:
        ImportError: it needs a package that is not installed.
    """
    if name == OURS:
        return lambda grid: layer(grid)[0]
    if name == DIRECT:
        return lambda grid: layer(grid, need_weights=True)[0]
    if name in (MASKED, FULL):
        bias = window_bias(case) if name == MASKED else None
        return functools.partial(_attend_to_all, layer, bias)
    return make_sparse(case, layer) if name == SPARSE else make_natten(case, layer)


def _attend_to_all(layer: NearbyAttention, bias: Tensor | None, grid: Tensor) -> Tensor:
    x = grid.flatten(-4, -2)  # (1, N, d_model)
    projections = layer.to_query, layer.to_key, layer.to_value
    q, k, v = (split_heads(project(x), layer.n_heads) for project in projections)
    heads = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    return layer.to_output(merge_heads(heads)).view(grid.shape)


def window_bias(case: Case) -> Tensor:
    """Return what is added to all N × N scores: 0 in the window, -inf elsewhere."""
    cells, inside = neighbourhood(case.sizes, case.sizes, case.extent)
    n = math.prod(case.sizes)
    bias = torch.full((n, n), -math.inf)
    rows = torch.arange(n).unsqueeze(-1).expand(n, cells.shape[-1])  # (N, n_window)
    inside = inside.flatten(0, 2)
    bias[rows[inside], cells.flatten(0, 2)[inside]] = 0.0
    return bias


def make_sparse(case: Case, layer: NearbyAttention) -> Way:
    if "nuwa_pytorch" not in sys.modules:
        spec = importlib.util.find_spec("nuwa_pytorch")
        if spec is None:
            raise ImportError("nuwa-pytorch is not installed")
        # Its __init__ imports torchvision, which this layer does not need.
        package = types.ModuleType("nuwa_pytorch")
        package.__path__ = list(spec.submodule_search_locations or ())
        sys.modules["nuwa_pytorch"] = package
    sparse_3dna = importlib.import_module("nuwa_pytorch.nuwa_pytorch").Sparse3DNA
    theirs = sparse_3dna(
        case.d_model,
        case.sizes,
        kernel_size=2 * case.extent + 1,
        heads=case.n_heads,
        dim_head=case.d_model // case.n_heads,
    )
    with torch.no_grad():
        theirs.to_q.weight.copy_(layer.to_query.weight)
        both = torch.cat([layer.to_key.weight, layer.to_value.weight])
        theirs.to_kv.weight.copy_(both)
        theirs.to_out.load_state_dict(layer.to_output.state_dict())
        mixing = theirs.talking_heads.weight  # of the heads' weights: each head its own
        mixing.copy_(torch.eye(case.n_heads).view(mixing.shape))

    def attend_sparsely(grid: Tensor) -> Tensor:
        x = F.pad(
            grid.flatten(1, 3), (0, 0, 1, 0)
        )  # their token before the video: zeros
        return theirs(x)[:, 1:].view(grid.shape)

    return attend_sparsely


def make_natten(case: Case, layer: NearbyAttention) -> Way:
    if importlib.util.find_spec("natten") is None:
        raise ImportError("natten is not installed")
    natten = importlib.import_module("natten")
    window = 2 * case.extent + 1
    theirs = natten.NeighborhoodAttention3D(case.d_model, case.n_heads, window)
    projections = layer.to_query, layer.to_key, layer.to_value
    with torch.no_grad():
        theirs.qkv.weight.copy_(torch.cat([each.weight for each in projections]))
        theirs.qkv.bias.copy_(torch.cat([each.bias for each in projections]))
        theirs.proj.load_state_dict(layer.to_output.state_dict())
    return theirs


def compare_outputs(case: Case) -> list[str]:
    """Check on one grid that the ways agree where they mean the same; return which do.

    Raises:
        AssertionError: two of them do not.
    """
    layer = make_layer(case)
    grid = torch.randn(1, *case.sizes, case.d_model)
    wide = make_layer(case._replace(extent=max(case.sizes)))
    wide.load_state_dict(layer.state_dict())
    inner = (slice(None), *(slice(case.extent, n - case.extent) for n in case.sizes))
    every = (...,)
    expected: dict[str, tuple[Tensor, Any]] = {
        DIRECT: (layer(grid)[0], every),
        MASKED: (layer(grid)[0], every),
        FULL: (wide(grid)[0], every),  # a window as wide as the grid
        SPARSE: (_with_a_key_of_zeros(layer, case, grid), every),
        NATTEN: (layer(grid)[0], inner),
    }
    agree = []
    for name, (wanted, cells) in expected.items():
        try:
            way = make_way(name, case, layer)
        except ImportError:
            continue
        with torch.no_grad():
            output = way(grid)
        torch.testing.assert_close(output[cells], wanted[cells], atol=1e-5, rtol=1e-4)
        agree.append(name)
    return agree


def _with_a_key_of_zeros(layer: NearbyAttention, case: Case, grid: Tensor) -> Tensor:
    # Sparse3DNA's token before the video is in every window. Its key and value are zeros.
    cells, inside = neighbourhood(case.sizes, case.sizes, case.extent)
    projections = layer.to_query, layer.to_key, layer.to_value
    x = grid.flatten(-4, -2)
    q, k, v = (split_heads(project(x), layer.n_heads) for project in projections)
    near = cells.flatten(0, 2)  # (N, n_window)
    k, v = (F.pad(each[..., near, :], (0, 0, 0, 1)) for each in (k, v))
    mask = F.pad(inside.flatten(0, 2), (0, 1), value=True).unsqueeze(-2)
    heads, _ = attend(q.unsqueeze(-2), k, v, mask=mask)  # (1, n_heads, N, 1, d_head)
    return layer.to_output(merge_heads(heads.squeeze(-2))).view(grid.shape)


def run(way: Way, grid: Tensor, passes: str, upstream: Tensor) -> float:
    """Run a pass once and return the seconds that it took."""
    grid = grid.detach().requires_grad_(passes == BOTH)
    with torch.set_grad_enabled(passes == BOTH):
        start = time.perf_counter()
        output = way(grid)
        if passes == BOTH:
            output.backward(upstream)
        return time.perf_counter() - start


def compare_times(
    ours: Way, theirs: Way, case: Case, passes: str, options: argparse.Namespace
) -> dict[str, Any]:
    """Time two ways in turns, until there are enough pairs or the seconds are over."""
    grid, upstream = torch.randn(2, 1, *case.sizes, case.d_model)
    for way in (ours, theirs):
        run(way, grid, passes, upstream)  # the first run also sets things up
    pairs: list[tuple[float, float]] = []
    start = time.perf_counter()
    while len(pairs) < options.pairs:
        if len(pairs) >= 3 and time.perf_counter() - start > options.seconds:
            break
        if len(pairs) % 2:
            mine = run(ours, grid, passes, upstream)
            other = run(theirs, grid, passes, upstream)
        else:
            other = run(theirs, grid, passes, upstream)
            mine = run(ours, grid, passes, upstream)
        pairs.append((mine, other))
    return {
        "ms": 1e3 * statistics.median(other for _, other in pairs),
        "ours_ms": 1e3 * statistics.median(mine for mine, _ in pairs),
        "ratio": statistics.median(other / mine for mine, other in pairs),
        "pairs": len(pairs),
    }


def extra_memory(name: str, case: Case, passes: str, threads: int) -> float | None:
    """Measure in a fresh process how many MB a pass adds at its peak."""
    if not Path("/proc/self/clear_refs").exists():
        return None
    order = json.dumps([name, case, passes, threads])
    command = [sys.executable, __file__, "--memory-of", order]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def print_memory(order: str) -> None:
    """Run one pass in this process and print what it adds, in MB."""
    name, numbers, passes, threads = json.loads(order)
    case = Case(tuple(numbers[0]), *numbers[1:])
    torch.set_num_threads(threads)

    def prepare(case: Case) -> tuple[Way, Tensor, Tensor]:
        grid, upstream = torch.randn(2, 1, *case.sizes, case.d_model)
        return make_way(name, case, make_layer(case)), grid, upstream

    # Threads and libraries take their own memory when they are first used.
    way, grid, upstream = prepare(SMALL)
    run(way, grid, passes, upstream)
    way, grid, upstream = prepare(case)
    # What was freed on the way here, the direct way's mask for one, goes back first.
    if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew from here
    before = _status("VmRSS")
    run(way, grid, passes, upstream)
    print((_status("VmHWM") - before) / 1e6)


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(x.split()[1]) for x in lines if x.startswith(field))


def measure_growth(
    cases: tuple[Case, ...], options: argparse.Namespace
) -> dict[str, Any]:
    """Time the course's layer on ever larger grids, all in turns, with one window."""
    cells = [math.prod(case.sizes) for case in cases]
    found: dict[str, Any] = {
        "extent": cases[0].extent,
        "sizes": [case.sizes for case in cases],
        "cells": cells,
    }
    for passes, key in ((FORWARD, "forward"), (BOTH, "both")):
        seconds: list[list[float]] = [[] for _ in cases]
        ways = [(make_way(OURS, case, make_layer(case)), case) for case in cases]
        for turn in range(min(options.pairs, 4) + 1):
            for times, (way, case) in zip(seconds, ways, strict=True):
                grid, upstream = torch.randn(2, 1, *case.sizes, case.d_model)
                taken = run(way, grid, passes, upstream)
                if turn:  # the first run also sets things up
                    times.append(taken)
        medians = [statistics.median(times) for times in seconds]
        found[f"{key}_ms"] = [1e3 * median for median in medians]
        logs = [math.log(n) for n in cells], [math.log(median) for median in medians]
        found[f"{key}_exponent"] = statistics.linear_regression(*logs).slope
    return found


def measure(plan: Plan, options: argparse.Namespace) -> dict[str, Any]:
    results: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "versions": _versions(),
        "cores": torch.multiprocessing.cpu_count(),
        "threads": options.threads,
        # Other programs at work make every figure below doubtful: see the README.
        "load_before": round(os.getloadavg()[0], 1),
        "agree": compare_outputs(plan.small),
        "cases": [],
    }
    for case, passes_of in plan.cases.items():
        layer = make_layer(case)
        ours = make_way(OURS, case, layer)
        for passes, names in passes_of.items():
            rows = []
            for name in names:
                row: dict[str, Any] = {"way": name}
                try:
                    theirs = make_way(name, case, layer)
                except ImportError as missing:
                    row["missing"] = str(missing)
                else:
                    row |= compare_times(ours, theirs, case, passes, options)
                    del theirs
                rows.append(row)
                shown = row.get("missing") or (
                    f"{row['ms']:.0f} ms, ours {row['ours_ms']:.0f} ms, ratio "
                    f"{row['ratio']:.2f}, load {os.getloadavg()[0]:.1f}"
                )
                print(f"  {case.sizes}, {passes}, {name}: {shown}", file=sys.stderr)
            timed = [row["ours_ms"] for row in rows if "ms" in row]
            mine = {"way": OURS, "ms": statistics.median(timed), "ratio": 1.0}
            rows = [mine, *rows]
            # On the first grid only: each measurement starts a process of its own.
            if not options.no_memory and case == next(iter(plan.cases)):
                for row in rows:
                    if "ms" in row:
                        order = row["way"], case, passes, options.threads
                        row["extra_mb"] = extra_memory(*order)
            for row in rows:
                row.pop("ours_ms", None)
            entry = {**case._asdict(), "pass": passes, "rows": rows}
            results["cases"].append(entry)
            print(json.dumps(entry), file=sys.stderr)  # kept if the run is cut off
    results["growth"] = measure_growth(plan.growth, options)
    return results


# Ends by itself if the benchmark is killed before it can end it.
COUNTING = """
import os
parent = os.getppid()
print(flush=True)
while os.getppid() == parent:
    for _ in range(10**6):
        pass
"""


@contextmanager
def busy_cores(n: int) -> Iterator[list[int]]:
    """Keep ``n`` processes at work, whose ids are returned, and end them whatever happens."""
    command = [sys.executable, "-c", COUNTING]
    workers: list[subprocess.Popen[str]] = []
    try:
        for _ in range(n):
            worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            workers.append(worker)
            assert worker.stdout is not None
            worker.stdout.readline()  # it has started
        yield [worker.pid for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.communicate()  # and wait until it is gone


def measure_busy(case: Case, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Time the course's layer beside masked full attention, idle and busy."""
    layer = make_layer(case)
    ways = make_way(OURS, case, layer), make_way(MASKED, case, layer)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    rows = []
    for passes in (FORWARD, BOTH):
        idle = compare_times(*ways, case, passes, options)
        with busy_cores(cores or os.cpu_count() or 1):
            busy = compare_times(*ways, case, passes, options)
        row = {"pass": passes, "idle": idle, "busy": busy}
        rows.append(row)
        print(json.dumps(row), file=sys.stderr)  # kept if the run is cut off
    return rows


def busy_table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| pass | way | idle ms | busy ms | busy / idle | busy, × ours |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        for way, key, ratio in ((OURS, "ours_ms", 1.0), (MASKED, "ms", None)):
            idle, busy = row["idle"][key], row["busy"][key]
            times = f"{idle:.1f} | {busy:.1f} | {busy / idle:.2f}"
            lines.append(
                f"| {row['pass']} | {way} | {times} | {ratio or row['busy']['ratio']:.2f} |"
            )
    return "\n".join(lines)


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in ("torch", "nuwa-pytorch", "natten"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return versions


def table(results: dict[str, Any]) -> str:
    """Write the results as Markdown."""
    versions = ", ".join(f"{name} {what}" for name, what in results["versions"].items())
    where = f"{results['threads']} threads on {results['cores']} cores"
    where += f", load {results['load_before']} before the run"
    lines = [f"{results['date']}, {versions}, {platform.machine()}, {where}.", ""]
    lines += [
        "| grid | window | pass | way | ms | × ours | extra MB | × ours |",
        "| --- | ---: | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for entry in results["cases"]:
        grid = "×".join(map(str, entry["sizes"]))
        start = f"| {grid} | {2 * entry['extent'] + 1}³ | {entry['pass']} |"
        own = entry["rows"][0].get("extra_mb")
        for row in entry["rows"]:
            if "missing" in row:
                lines.append(f"{start} {row['way']} | {row['missing']} | | | |")
                continue
            extra = row.get("extra_mb")
            memory = (
                "| |" if not (own and extra) else f"{extra:.0f} | {extra / own:.1f} |"
            )
            ratio = f"{row['ms']:.1f} | {row['ratio']:.2f}"
            lines.append(f"{start} {row['way']} | {ratio} | {memory}")
    growth = results["growth"]
    lines += [
        "",
        f"| cells, window {2 * growth['extent'] + 1}³ | forward ms | both passes ms |",
        "| ---: | ---: | ---: |",
    ]
    columns = growth["cells"], growth["forward_ms"], growth["both_ms"]
    for cells, forward, both in zip(*columns, strict=True):
        lines.append(f"| {cells} | {forward:.1f} | {both:.1f} |")
    exponents = growth["forward_exponent"], growth["both_exponent"]
    lines.append(
        "\nTime grows with the cells to the power {:.2f} (forward), ".format(*exponents)
    )
    lines[-1] += f"{exponents[1]:.2f} (forward + backward)."
    return "\n".join(lines)


def draw(results: dict[str, Any]) -> Figure:
    """Draw times, memory and growth, each on a logarithmic axis."""
    first = results["cases"][0]
    figure = Figure(figsize=(12, 3.6), layout="constrained")
    times, memory, growth = figure.subplots(1, 3)
    entries = [each for each in results["cases"] if each["sizes"] == first["sizes"]]
    names = [row["way"] for row in first["rows"] if "ms" in row]
    for panel, key, label in (
        (times, "ms", "milliseconds"),
        (memory, "extra_mb", "extra memory in MB"),
    ):
        for shift, entry, color in zip((-0.2, 0.2), entries, PALETTE, strict=False):
            lengths = {row["way"]: row.get(key) for row in entry["rows"]}
            shown = [(i, lengths[n]) for i, n in enumerate(names) if lengths.get(n)]
            places = [i + shift for i, _ in shown]
            values = [value for _, value in shown]
            bars = panel.barh(places, values, 0.38, color=color, label=entry["pass"])
            panel.bar_label(bars, fmt="%.0f", padding=2, fontsize=8)
        if panel.patches:  # memory may not have been measured
            panel.set_xscale("log")
        panel.margins(x=0.15)
        panel.set_yticks(
            range(len(names)), names if panel is times else [""] * len(names)
        )
        panel.invert_yaxis()
        panel.set_xlabel(label)
    times.legend(frameon=False)
    found = results["growth"]
    for key, color, marker in zip(("forward", "both"), PALETTE, MARKERS, strict=False):
        label = f"{BOTH if key == 'both' else FORWARD}: cells^{found[f'{key}_exponent']:.2f}"
        series = found["cells"], found[f"{key}_ms"]
        growth.loglog(*series, color=color, marker=marker, label=label)
    growth.set_xlabel(f"cells, window {2 * found['extent'] + 1}³")
    growth.set_ylabel("milliseconds")
    growth.legend(frameon=False)
    return figure


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=8, help="for one comparison")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument(
        "--tiny", action="store_true", help="small grids, to try it out"
    )
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument(
        "--busy", action="store_true", help="with one process a core at work beside it"
    )
    parser.add_argument("--json", type=Path, default=FIGURES)
    parser.add_argument("--figure", type=Path, default=HERE / "grid_attention.svg")
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", module="torch.nn.attention")  # NATTEN's calls
    if options.memory_of:
        print_memory(options.memory_of)
        return {}
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    plan = TINY if options.tiny else PLAN
    if options.busy:
        load = round(os.getloadavg()[0], 1)
        rows = measure_busy(next(iter(plan.cases)), options)
        print(f"{options.threads} threads, load {load} before the run.\n")
        print(busy_table(rows))
        return {"load_before": load, "busy": rows}
    results = measure(plan, options)
    print(table(results))
    options.json.write_text(json.dumps(results, indent=1) + "\n")
    draw(results).savefig(options.figure, metadata={"Date": None})
    return results


if __name__ == "__main__":
    main()
