"""Whatever an attempt returns or does, a report comes back, and the session lives on."""

from __future__ import annotations

import builtins
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from attention_course.exercises import Exercise, check
from attention_course.exercises.checker import judge, run, sandbox
from tests.exercises.helpers import CODE, Attempt, by_id, code

pytestmark = pytest.mark.slow

# ------------------------------------------------------------------ strange results


class Evil:
    """An object that fails, or exits, whatever one asks of it."""

    def __getattribute__(self, name: str) -> Any:
        raise SystemExit

    def __eq__(self, other: object) -> bool:
        raise SystemExit

    def __bool__(self) -> bool:
        raise SystemExit

    __hash__ = None  # type: ignore[assignment]


class Endless(list[Any]):
    """A list that is never at its end."""

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield 1.0


class Loud(Tensor):
    """A tensor whose every use fails."""

    @classmethod
    def __torch_function__(cls, *args: Any, **options: Any) -> Any:
        raise RuntimeError("do not touch")


def holds_itself() -> list[Any]:
    parts: list[Any] = []
    parts.append(parts)
    return parts


def without_memory() -> Tensor:
    tensor = torch.ones(3, 5)
    tensor.untyped_storage().resize_(0)
    return tensor


def array_of_objects() -> Any:
    array = np.empty(2, dtype=object)
    array[1] = STRANGE["an evil object"]
    return array


def quantized() -> Tensor:
    return torch.quantize_per_tensor(torch.ones(3, 5), 0.1, 0, torch.quint8)


with warnings.catch_warnings(action="ignore"):  # some are new to torch, some old
    STRANGE: dict[str, Any] = {
        "complex": torch.ones(3, 5, dtype=torch.complex64) * 1j,
        "a complex number": 2 + 1j,
        "meta": torch.ones(3, 5, device="meta"),
        "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "jagged": torch.nested.nested_tensor(
            [torch.ones(2), torch.ones(3)], layout=torch.jagged
        ),
        "quantized": quantized(),
        "sparse": torch.ones(3, 5).to_sparse(),
        "a parameter": nn.Parameter(torch.ones(3, 5)),
        "a subclass": torch.ones(3, 5).as_subclass(Loud),
        "without memory": without_memory(),
        "an evil object": Evil(),
        "a list of them": [Evil(), Evil()],
        "an endless list": Endless(),
        "a list in itself": holds_itself(),
        "a large number": [10**400, 1],
        "a number of numpy's": np.bool_(True),
        "a dict": {"output": torch.ones(3)},
        "bytes": b"abc",
        "NaN": float("nan"),
        "a class": Evil,
    }
    STRANGE["an array of objects"] = array_of_objects()


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize(
    "exercise",
    # a tensor, two results, a number, a string, two numbers, a boolean, an integer
    [code(n) for n in ("1.2", "1.8", "2.9", "3.12", "4.15", "4.11", "5.9")],
    ids=by_id,
)
def test_a_strange_result_is_reported(exercise: Exercise, name: str) -> None:
    seconds = 0.5 if name == "an endless list" else 10
    report = check(exercise.id, lambda *args: STRANGE[name], seconds=seconds)
    assert not report.passed
    assert report.status != "not checked", report
    assert repr(report)
    assert report._repr_html_()


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_a_complex_result_is_reported_everywhere(exercise: Exercise) -> None:
    def as_complex(result: Any) -> Any:
        if isinstance(result, Tensor):
            return result.to(torch.complex64) + 1j
        if isinstance(result, (tuple, list)):
            return type(result)(map(as_complex, result))
        return 1j if isinstance(result, str) else result + 1j

    report = check(exercise.id, lambda *args: as_complex(exercise.solution(*args)))
    assert not report.passed
    assert report.status in {"wrong dtype", "wrong type", "wrong"}, report


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("meta", "a tensor (3, 5) on the meta device, which has no numbers in it"),
        ("nested", "not a nested tensor"),
        ("without memory", "a tensor (3, 5) whose memory was taken away"),
        ("a number of numpy's", "not a value of numpy's (bool)"),
    ],
)
def test_what_it_is_is_told(name: str, told: str) -> None:
    report = check("1.2", lambda *args: STRANGE[name])
    assert report.status == "wrong type"
    assert told in report.diagnosis


def test_right_numbers_of_another_kind_are_called_right() -> None:
    solve = code("1.3").solution
    report = check("1.3", lambda *args: solve(*args).to(torch.complex64))
    assert report.status == "wrong dtype"
    assert "The numbers are right, but not their dtype" in report.diagnosis
    assert "passed" in check("1.3", lambda *args: solve(*args).to_sparse()).status


# --------------------------------------------------------------- strange exceptions


class Exits(Exception):
    """An exception whose text exits."""

    def __str__(self) -> str:
        raise SystemExit


class NeverTold(Exception):
    """An exception whose text takes for ever."""

    def __str__(self) -> str:
        while True:
            pass


class Base(BaseException):
    """No ``Exception``, and its text raises another one."""

    def __str__(self) -> str:
        raise Base


@pytest.mark.parametrize(
    ("raised", "status", "told"),
    [
        (Exits, "raised", "raised Exits"),
        (Base, "raised", "raised Base"),
        (KeyboardInterrupt, "raised", "raised KeyboardInterrupt"),
        (GeneratorExit, "raised", "raised GeneratorExit"),
        (SystemExit, "raised", "called `exit()`"),
        (NeverTold, "too slow", "still running"),
    ],
)
def test_an_exception_whose_text_is_code_is_told(
    raised: type[BaseException], status: str, told: str
) -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        raise raised

    report = check("1.2", attempt, seconds=0.5)
    assert report.status == status
    assert told in report.diagnosis


def test_arguments_that_can_no_longer_be_compared_have_changed() -> None:
    def attempt(rows: list[Any], filler: int) -> Any:
        rows[0] = Evil()
        return torch.zeros(2)

    report = check("2.3", attempt)
    assert report.status in {"changed its input", "raised"}

    def takes_memory(weights: Tensor, table: Tensor) -> Tensor:
        result = weights @ table
        table.untyped_storage().resize_(0)
        return result

    report = check("1.3", takes_memory)
    assert report.status == "changed its input"
    assert "changed `table` in place" in report.diagnosis


# ----------------------------------------------------------- a check inside a check


def test_a_check_inside_an_attempt_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a session too, whose ``exit`` is disarmed meanwhile and armed again afterwards."""
    session = SimpleNamespace()
    monkeypatch.setitem(
        sys.modules,
        "IPython",
        SimpleNamespace(get_ipython=lambda: session),
    )
    inner = []

    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        inner.append(check("1.2", attempt))
        return code("1.2").solution(ids, vocab_size)

    report = check("1.2", attempt)
    assert report.passed
    assert {one.status for one in inner} == {"not checked"}
    assert "called inside a function that is being checked" in inner[0].diagnosis
    assert vars(session) == {}
    assert check("1.2", code("1.2").solution)


def test_two_threads_may_check_at_once() -> None:
    reports: dict[int, Any] = {}

    def work(number: int) -> None:
        attempt = (
            code("1.3").solution if number % 2 else code("1.3").mistakes[0].attempt
        )
        reports[number] = check("1.3", attempt)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reports[n].passed for n in range(6)] == [False, True] * 3


# ------------------------------------------------------------------- bad options


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, None, "7", float("nan")])
def test_a_bad_seed_is_told_and_changes_nothing(seed: Any) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    report = check("1.2", code("1.2").solution, seed=seed)
    assert report.status == "not checked"
    assert "`seed` should be a whole number from 0" in report.diagnosis
    assert "○ not checked" in repr(report)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("seed", [0, 2**32 - 1, np.int64(3)])
def test_any_other_seed_will_do(seed: Any) -> None:
    assert check("1.2", code("1.2").solution, seed=seed)


@pytest.mark.parametrize("seconds", [0, -1, None, "1", float("nan")])
def test_a_bad_time_limit_is_told(seconds: Any) -> None:
    report = check("1.2", code("1.2").solution, seconds=seconds)
    assert report.status == "not checked"
    assert "`seconds` should be a number above 0" in report.diagnosis


@pytest.mark.parametrize(
    ("module", "name"), [(run, "inputs_of"), (judge, "name_mistake"), (run, "judge")]
)
def test_a_failure_of_the_checker_is_none_of_the_reader_s(
    module: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **options: Any) -> Any:
        raise RuntimeError("out of order")

    monkeypatch.setattr(module, name, fails)
    report = check("1.2", code("1.2").mistakes[0].attempt)
    assert report.status == "not checked"
    assert "the checker failed: RuntimeError: out of order" in report.diagnosis
    assert "That says nothing about your function" in report.diagnosis
    monkeypatch.undo()
    assert check("1.2", code("1.2").solution)


# ---------------------------------------------------- messages that name the cause


def test_keyword_only_arguments_are_told_as_such() -> None:
    report = check("3.1", lambda *, query, key: query @ key.mT)
    assert report.status == "wrong arguments"
    assert "called with 2 arguments, (query, key), and yours takes (*, query, key)" in (
        report.diagnosis
    )


@pytest.mark.slow
def test_a_slow_compile_is_not_called_an_endless_loop() -> None:
    def slow_backend(module: Any, inputs: Any) -> Attempt:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            time.sleep(0.01)
        return module.forward  # type: ignore[no-any-return]

    @torch.compile(backend=slow_backend)
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        return weights @ table

    report = check("1.3", attempt, seconds=2)
    assert report.status == "too slow"
    assert "It was still compiling" in report.diagnosis
    assert "loop" not in report.diagnosis


@pytest.mark.slow
def test_an_import_is_not_stopped_half_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is half imported cannot be imported again."""
    (tmp_path / "slow_to_import.py").write_text(
        "import time\nfor _ in range(100):\n    time.sleep(0.01)\nready = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    def attempt(ids: Tensor, vocab_size: int) -> Any:
        import slow_to_import  # type: ignore[import-not-found]

        return slow_to_import.ready and sleeps(ids, vocab_size)

    report = check("1.2", attempt, seconds=0.2)
    assert report.status == "too slow"
    assert sys.modules.pop("slow_to_import").ready


def test_a_slow_function_may_have_more_time_or_print_less() -> None:
    def prints(ids: Tensor, vocab_size: int) -> Any:
        while True:
            print()

    report = check("1.2", prints, seconds=0.5)
    assert "If it only needs longer" in report.diagnosis
    assert '`check("1.2", …, seconds=3)`' in report.diagnosis
    assert "lines by then, which takes time too" in report.diagnosis
    assert "lines by then" not in check("1.2", sleeps, seconds=0.2).diagnosis


def sleeps(ids: Tensor, vocab_size: int) -> Any:
    while True:
        time.sleep(0.01)


def test_a_notebook_s_input_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """There ``input`` asks the front end, and would wait for its answer."""

    def asks(prompt: str = "") -> str:
        time.sleep(5)
        return ""

    monkeypatch.setattr(builtins, "input", asks)
    report = check("1.2", lambda ids, vocab_size: input("?"), seconds=2)
    assert report.status == "raised"
    assert "EOFError" in report.diagnosis
    assert "nobody answers while a function is checked" in report.diagnosis
    assert builtins.input is asks
    assert not sandbox.inside_a_run()
