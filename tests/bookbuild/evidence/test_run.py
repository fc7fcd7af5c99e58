"""The runner: only what is missing runs, and nothing that is done is lost."""

import argparse
import json
from concurrent.futures import Future

import pytest

from bookbuild.evidence import record, run
from bookbuild.evidence.experiment import Arm, Experiment


class AtOnce:
    """A pool that runs each piece when it is handed in."""

    def __init__(self, *arguments):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *arguments):
        pass

    def submit(self, function, *arguments):
        future = Future()
        try:
            future.set_result(function(*arguments))
        except RuntimeError as error:
            future.set_exception(error)
        return future


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """An experiment of two arms that says what it ran, and fails where it is told to."""
    ran, fails = [], set()

    def arm(name):
        def figures(seed):
            if (name, seed) in fails:
                raise RuntimeError("cut off")
            ran.append((name, seed))
            return {"right": seed / 10}

        return Arm(figures, "idea")

    arms = {name: arm(name) for name in ("first", "second")}
    text = dict.fromkeys(
        ("title", "chapter", "question", "claim", "budget", "doubts"), ""
    )
    toy = Experiment(**text, units={"right": ("right", 1, 1.0)}, arms=arms)
    monkeypatch.setattr(record, "RECORDS", tmp_path)
    monkeypatch.setattr(run, "experiments", lambda: {"toy": toy})
    monkeypatch.setattr(run, "ProcessPoolExecutor", AtOnce)
    return ran, fails


def call(*arguments):
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    return run.main(parser.parse_args(arguments))


ALL = [(arm, seed) for arm in ("first", "second") for seed in (0, 1, 2)]


def test_a_run_that_was_cut_off_goes_on_where_it_was(toy):
    ran, fails = toy
    fails.add(("second", 1))
    assert call("toy") == 1  # one piece fails; the others are kept
    fails.clear()
    ran.clear()
    assert call("toy") == 0
    assert ran == [("second", 1)]
    kept = record.read("toy")["arms"]
    assert {(arm, int(seed)) for arm in kept for seed in kept[arm]} == set(ALL)
    assert kept["second"]["1"]["right"] == 0.1


def test_what_is_recorded_does_not_run_again_unless_asked(toy):
    ran, _ = toy
    call("toy")
    call("toy")
    assert sorted(ran) == ALL
    call("--again", "toy")
    assert sorted(ran) == sorted(2 * ALL)


def test_a_record_says_when_and_with_what(toy, tmp_path):
    call()
    kept = json.loads((tmp_path / "toy.json").read_text(encoding="utf-8"))
    assert kept["date"].count("-") == 2
    assert {"python", "torch"} <= kept["versions"].keys()
    assert kept["arms"]["first"]["0"]["seconds"] >= 0
    assert not list(tmp_path.glob("*.part"))


def test_an_unknown_experiment_is_named(toy, capsys):
    assert call("toys") == 2
    assert "toys" in capsys.readouterr().out
