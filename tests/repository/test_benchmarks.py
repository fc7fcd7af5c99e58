"""The benchmark scripts run, compare what they claim to, and write what is read later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
import torch

from attention_course.attention import attend
from benchmarks import checked as checks
from benchmarks import grid_attention as benchmark


@pytest.fixture
def no_rivals(monkeypatch):
    def missing(case, layer):
        raise ImportError("is not installed")

    monkeypatch.setattr(benchmark, "make_sparse", missing)
    monkeypatch.setattr(benchmark, "make_natten", missing)


@pytest.mark.slow
def test_it_runs_without_the_optional_packages(no_rivals, tmp_path, capsys):
    figures, picture = tmp_path / "figures.json", tmp_path / "figure.svg"
    files = ["--json", str(figures), "--figure", str(picture)]
    threads = ["--threads", str(torch.get_num_threads())]
    options = ["--tiny", "--no-memory", "--pairs", "1", *threads, *files]
    state = torch.get_rng_state()
    try:
        benchmark.main(options)
    finally:
        torch.set_rng_state(state)

    results = json.loads(figures.read_text())
    forward = results["cases"][0]
    rows = {row["way"]: row for row in forward["rows"]}
    assert "not installed" in rows[benchmark.SPARSE]["missing"]
    assert "not installed" in rows[benchmark.NATTEN]["missing"]
    assert rows[benchmark.DIRECT]["ratio"] > 0
    ways = [benchmark.DIRECT, benchmark.MASKED, benchmark.FULL]
    assert results["agree"] == ways
    assert results["growth"]["cells"] == [75, 150]
    printed = capsys.readouterr().out
    assert printed.count("| 3×5×5 | 3³ |") == sum(
        len(case["rows"]) for case in results["cases"]
    )
    assert picture.read_text().lstrip().startswith("<?xml")


def test_it_refuses_to_time_ways_that_disagree(no_rivals, monkeypatch):
    honest = benchmark.window_bias
    wider = lambda case: honest(case._replace(extent=case.extent + 1))  # noqa: E731
    monkeypatch.setattr(benchmark, "window_bias", wider)
    with pytest.raises(AssertionError, match="not close"):
        benchmark.compare_outputs(benchmark.SMALL)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_busy_cores_end_with_the_block_and_with_an_error():
    with benchmark.busy_cores(2) as pids:
        assert len(set(pids)) == 2
        assert not any(map(gone, pids))
    assert all(map(gone, pids))
    with pytest.raises(KeyboardInterrupt), benchmark.busy_cores(1) as pids:
        raise KeyboardInterrupt
    assert all(map(gone, pids))


@pytest.mark.slow
def test_busy_cores_end_when_the_benchmark_is_killed():
    code = (
        "import os, signal\nfrom benchmarks.grid_attention import busy_cores\n"
        "with busy_cores(1) as pids:\n"
        "    print(*pids, flush=True)\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert run.returncode == -9, run.stderr
    (pid,) = map(int, run.stdout.split())
    deadline = time.monotonic() + 60
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert gone(pid)


def test_the_busy_run_has_one_process_a_core_and_compares_with_idle(
    monkeypatch, capsys
):
    asked, at_work = [], []
    honest = benchmark.busy_cores

    def watched(n):
        asked.append(n)
        return honest(n)

    def compare(ours, theirs, case, passes, options):
        at_work.append(len(asked))
        return {"ms": 30.0 * len(at_work), "ours_ms": 10.0, "ratio": 3.0, "pairs": 1}

    monkeypatch.setattr(benchmark, "busy_cores", watched)
    monkeypatch.setattr(benchmark, "compare_times", compare)
    threads = ["--threads", str(torch.get_num_threads())]
    state = torch.get_rng_state()
    try:
        results = benchmark.main(["--tiny", "--busy", *threads])
    finally:
        torch.set_rng_state(state)
    assert asked == [len(os.sched_getaffinity(0))] * 2
    assert at_work == [0, 1, 1, 2], "idle before busy, for either pass"
    assert [row["pass"] for row in results["busy"]] == [
        benchmark.FORWARD,
        benchmark.BOTH,
    ]
    printed = capsys.readouterr().out
    assert (
        "| forward | torch, windows as a mask | 30.0 | 60.0 | 2.00 | 3.00 |" in printed
    )


# --- what checks cost ---


def test_the_cost_of_checks_is_the_shortest_call_less_the_shortest(monkeypatch):
    now, order = 0.0, []

    def takes(*seconds):
        lasting = iter(seconds)

        def call():
            nonlocal now
            order.append(len(seconds))
            now += next(lasting)

        return call

    monkeypatch.setattr(checks.time, "thread_time", lambda: now)
    # Something else ran beside the first call with checks and the last one without.
    checked, bare = takes(9e-6, 5e-6, 6e-6), takes(2e-6, 3e-6, 8e-6, 1.0)
    cost = checks.compare(checked, bare, n_pairs=3, n_calls=1)
    assert cost == pytest.approx(5 - 2)
    assert order == [4, 3, 3, 4, 4, 3], "they take turns"


def test_only_the_checks_are_timed_and_the_body_comes_back():
    for case in checks.make_cases():
        checked, bare, function = checks.both(case)
        body = function.__wrapped__
        with torch.no_grad(), checks.without_body(function):
            assert checked() is None is bare()
        assert function.__wrapped__ is body
        assert bare() is not None
    with checks.without_body(attend), pytest.raises(TypeError, match="^key: expected"):
        attend(torch.ones(3, 5), None, torch.ones(3, 5))
