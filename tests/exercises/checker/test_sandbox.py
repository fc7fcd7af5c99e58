"""Loops, exits, prints and random numbers of an attempt leave the session as it was."""

from __future__ import annotations

import builtins
import random
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import nbclient
import nbformat
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from attention_course import (
    embedding,
)
from attention_course.exercises import (
    check,
)
from attention_course.exercises.checker import sandbox
from attention_course.exercises.checker.run import inputs_of
from tests.exercises.helpers import (
    CODE,
    Attempt,
    code,
    fails_with_a_name,
    loops,
    loops_and_swallows,
    n_attempts_running,
)


def loops_and_swallows_everything(ids: Tensor, vocab_size: int) -> Any:
    while True:
        try:  # noqa: SIM105
            pass
        except BaseException:
            pass


def loops_and_prints(ids: Tensor, vocab_size: int) -> Any:
    while True:
        print("still here")


def loops_in_torch(ids: Tensor, vocab_size: int) -> Any:
    total = torch.zeros(3)
    while True:
        total = total + torch.ones(3)


@pytest.mark.parametrize(
    "attempt",
    [
        loops,
        loops_and_swallows,
        loops_and_swallows_everything,
        loops_and_prints,
        loops_in_torch,
    ],
)
def test_an_endless_loop_is_stopped(attempt: Attempt) -> None:
    report = check("1.2", attempt, seconds=0.3)
    assert report.status == "too slow"
    assert "still running after 0.3 s and was stopped" in report.diagnosis
    assert n_attempts_running() == 0


def test_what_cannot_be_stopped_is_left_and_told() -> None:
    released = threading.Event()

    def waits(ids: Tensor, vocab_size: int) -> Any:
        released.wait()  # one long wait inside the interpreter, deaf until it is over

    report = check("1.2", waits, seconds=0.1)
    released.set()
    assert report.status == "too slow"
    assert "could not be stopped. Restart the kernel" in report.diagnosis
    for thread in threading.enumerate():
        if thread.name == "attempt":
            thread.join(5)
    assert n_attempts_running() == 0


def test_a_slow_function_within_the_limit_passes() -> None:
    def slow(ids: Tensor, vocab_size: int) -> Tensor:
        time.sleep(0.05)
        return embedding.one_hot(ids, vocab_size)

    assert check("1.2", slow, seconds=10)
    assert check("1.2", slow, seconds=0.02).status == "too slow"


def test_ctrl_c_stops_the_attempt_and_reaches_the_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(sandbox, "_wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        check("1.2", loops)
    for thread in threading.enumerate():
        if thread.name == "attempt":
            thread.join(5)
    assert n_attempts_running() == 0


@pytest.mark.parametrize("leave", [sys.exit, builtins.exit, lambda: sys.exit("bye")])
def test_exit_is_reported_and_does_not_exit(leave: Attempt) -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        leave()
        return ids

    stdin = sys.stdin
    report = check("1.2", attempt)
    assert report.status == "raised"
    assert "called `exit()`" in report.diagnosis
    assert sys.stdin is stdin
    assert not stdin.closed


def test_input_gets_no_answer_and_does_not_wait() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Any:
        return input("?")

    assert "EOFError" in check("1.2", attempt).diagnosis


def test_what_is_printed_is_kept_short_and_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        for i in range(10_000):
            print("line", i)
        print("to stderr", file=sys.stderr)
        return embedding.one_hot(ids, vocab_size)

    report = check("1.2", attempt)
    assert report.passed
    assert capsys.readouterr() == ("", "")
    assert len(report.printed) < 3_000
    n_lines = 10_001 * len(inputs_of(code("1.2"), 0))
    assert (
        f"Your code printed {n_lines:,} lines over all inputs, the first 8 are:"
        in repr(report)
    )
    assert "| line 7" in repr(report)
    assert "| line 8" not in repr(report)
    assert f"<summary>Your code printed {n_lines:,} lines" in report._repr_html_()


def test_one_endless_line_is_kept_short_too() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        print("x" * 1_000_000)
        return embedding.one_hot(ids, vocab_size)

    report = check("1.2", attempt)
    assert report.passed
    assert len(report.printed) < 3_000
    assert len(repr(report)) < 5_000


def test_attempts_run_with_and_without_gradients() -> None:
    @torch.no_grad()
    def without(weights: Tensor, table: Tensor) -> Tensor:
        return weights @ table

    def with_gradients(weights: Tensor, table: Tensor) -> Tensor:
        assert torch.is_grad_enabled()
        return nn.Parameter(weights) @ table

    assert check("1.3", without)
    with torch.no_grad():
        assert check("1.3", with_gradients)
        assert check("1.4", code("1.4").right_ways[1])


def test_random_state_and_defaults_are_left_as_they_were() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        torch.manual_seed(123)
        np.random.seed(123)
        random.seed(123)
        torch.set_default_dtype(torch.float64)
        torch.rand(3), np.random.rand(3), random.random()
        return embedding.one_hot(ids, vocab_size)

    for call in (attempt, fails_with_a_name, embedding.one_hot):
        torch.manual_seed(7)
        np.random.seed(7)
        random.seed(7)
        wanted = torch.rand(3), np.random.rand(3), random.random()
        torch.manual_seed(7)
        np.random.seed(7)
        random.seed(7)
        check("1.2", call)
        assert torch.equal(torch.rand(3), wanted[0])
        assert np.array_equal(np.random.rand(3), wanted[1])
        assert random.random() == wanted[2]
        assert torch.get_default_dtype() == torch.float32


def test_reports_repeat_even_for_random_attempts_and_addresses() -> None:
    def random_rows(ids: Tensor, vocab_size: int) -> Tensor:
        return torch.rand(*ids.shape, vocab_size) + random.random() + np.random.rand()

    def address(ids: Tensor, vocab_size: int) -> Tensor:
        raise ValueError(f"got {object()}")

    for attempt in (
        random_rows,
        address,
        loops_and_swallows,
        CODE[0].mistakes[0].attempt,
    ):
        first = check("1.2", attempt, seconds=0.2)
        again = check("1.2", attempt, seconds=0.2)
        assert repr(first) == repr(again)
        assert first._repr_html_() == again._repr_html_()
    assert "0x…" in check("1.2", address).diagnosis


def test_exit_in_a_notebook_is_disarmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """There ``exit()`` asks the session to end, and does not raise."""
    asked: list[str] = []

    class Session:
        def ask_exit(self) -> None:
            asked.append("end")

    session = Session()
    monkeypatch.setitem(
        sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: session)
    )

    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        session.ask_exit()
        return ids

    assert "called `exit()`" in check("1.2", attempt).diagnosis
    assert asked == []
    session.ask_exit()
    assert asked == ["end"]


@pytest.mark.slow
def test_in_a_jupyter_kernel() -> None:
    """Loops are stopped and exit() is disarmed in a real kernel, which stays alive."""
    cells = [
        "from attention_course.exercises import check, hint, solution, exercises",
        "def loops(ids, vocab_size):\n"
        "    while True:\n"
        "        try:\n"
        "            while True:\n"
        "                pass\n"
        "        except Exception:\n"
        "            pass\n"
        "check('1.2', loops, seconds=0.5)",
        "def leaves(ids, vocab_size):\n    exit()\ncheck('1.2', leaves)",
        "def fails(ids, vocab_size):\n    print('seen')\n    return ids + missing\n"
        "check('1.2', fails)",
        "hint('1.2')",
        "solution('1.2')",
        "exercises()",
        "1 + 1",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells]
    )
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    data = []
    for cell in notebook.cells:
        kinds = [output.output_type for output in cell.outputs]
        assert set(kinds) <= {"execute_result"}, (
            cell.outputs
        )  # nothing leaks to the streams
        data.append(cell.outputs[0].data if cell.outputs else {})
    assert "still running after 0.5 s and was stopped" in data[1]["text/plain"].replace(
        "\n  ", " "
    )
    assert "called `exit()`" in data[2]["text/plain"]
    assert "in line 3, `return ids + missing`" in data[3]["text/plain"].replace(
        "\n  ", " "
    )
    assert "| seen" in data[3]["text/plain"]
    assert "ipykernel" not in data[3]["text/plain"]
    for place in (1, 2, 3, 4, 6):
        assert data[place]["text/html"].startswith("<")
    assert data[5]["text/markdown"].startswith("```python\ndef one_hot_vectors(")
    assert data[7]["text/plain"] == "2"
