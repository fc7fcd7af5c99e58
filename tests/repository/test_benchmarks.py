"""The benchmark scripts run, compare what they claim to, and write what is read later."""

from __future__ import annotations

import json

import pytest
import torch

from benchmarks import grid_attention as benchmark


@pytest.fixture
def no_rivals(monkeypatch):
    def missing(case, layer):
        raise ImportError("is not installed")

    monkeypatch.setattr(benchmark, "make_sparse", missing)
    monkeypatch.setattr(benchmark, "make_natten", missing)


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
