"""Where Python has no threads and its torch is small, as in a page of the built book."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from torch import Tensor

from attention_course.exercises import check, find
from attention_course.exercises.checker import sandbox
from tests.exercises.helpers import code


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(sandbox, "HAS_THREADS", False)
    monkeypatch.setattr(threading.Thread, "start", start)


@pytest.mark.usefixtures("no_threads")
def test_without_threads_a_check_is_the_same() -> None:
    exercise = code("3.3")
    assert check("3.3", exercise.solution).passed
    mistake = exercise.mistakes[0]
    assert mistake.diagnosis in check("3.3", mistake.attempt).diagnosis
    assert not sandbox.inside_a_run()


@pytest.mark.usefixtures("no_threads")
def test_without_threads_prints_and_exits_are_told() -> None:
    def prints_and_exits(ids: Tensor, vocab_size: int) -> Any:
        print("one\ntwo")
        exit()

    report = check("1.2", prints_and_exits)
    assert report.status == "raised"
    assert "`exit()`" in report.message
    assert report.printed == "one\ntwo\n"
    assert check("1.2", code("1.2").solution).passed


@pytest.mark.usefixtures("no_threads")
def test_a_check_inside_a_check_is_still_refused() -> None:
    inner = []

    def checks_itself(ids: Tensor, vocab_size: int) -> Any:
        inner.append(check("1.2", code("1.2").solution))
        return ids

    check("1.2", checks_itself)
    assert inner[0].status == "not checked"


def test_what_is_not_in_the_pages_torch_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lacking = ["from before"]
    monkeypatch.setattr(torch, "not_here", lacking, raising=False)
    monkeypatch.setattr(
        torch, "told_gaps", lambda gaps: f"You use {sorted({*gaps})}.", raising=False
    )

    def asks(ids: Tensor, vocab_size: int) -> Any:
        lacking.append("torch.kron")
        return ids

    report = check("1.2", asks)
    assert (report.status, report.passed) == ("not here", False)
    assert report.verdict.startswith("○ not checked")
    assert report.message == "You use ['torch.kron']."
    assert check("1.2", find("1.2").solution).passed  # type: ignore[union-attr]
