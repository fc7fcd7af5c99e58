"""Inputs, solution and attempt run in one stated context, whatever the session has set."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from attention_course.exercises import Exercise, check
from attention_course.exercises.checker.context import stated_context
from tests.exercises.helpers import CODE, Attempt, by_id, code

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def default_device() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
        assert torch.get_default_device().type == "meta"
        assert torch.empty(1).is_meta
    finally:
        torch.set_default_device(None)  # "cpu" would be a mode that stays on


@contextlib.contextmanager
def default_dtype() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@contextlib.contextmanager
def autocast() -> Iterator[None]:
    with torch.autocast("cpu", torch.bfloat16):
        yield
        assert torch.is_autocast_enabled("cpu")


@contextlib.contextmanager
def device_block() -> Iterator[None]:
    with torch.device("meta"):
        yield
        assert torch.empty(1).is_meta


@contextlib.contextmanager
def no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield
        assert not torch.is_grad_enabled()


@contextlib.contextmanager
def inference() -> Iterator[None]:
    with torch.inference_mode():
        yield
        assert torch.is_inference_mode_enabled()


SESSIONS = (
    default_device,
    default_dtype,
    autocast,
    device_block,
    no_gradients,
    inference,
)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.__name__)
@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_a_session_s_settings_do_not_reach_the_check(
    exercise: Exercise, session: Callable[[], contextlib.AbstractContextManager[None]]
) -> None:
    mistake = exercise.mistakes[0]
    with session():
        right = check(exercise.id, exercise.solution)
        wrong = check(exercise.id, mistake.attempt)
    assert right.passed, right
    assert mistake.diagnosis in wrong.diagnosis
    if session is not default_device:
        assert repr(wrong) == repr(check(exercise.id, mistake.attempt))


def test_the_context_is_as_stated() -> None:
    def look() -> tuple[Any, ...]:
        made = torch.ones(2, requires_grad=True)
        product = made @ made
        return (
            made.device.type,
            made.dtype,
            product.dtype,
            product.requires_grad,
            product.is_inference(),
        )

    seen = []

    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        seen.append(look())
        return code("1.2").solution(ids, vocab_size)

    stated = ("cpu", torch.float32, torch.float32, True, False)
    with default_device(), default_dtype(), autocast(), inference():
        with stated_context(0):
            assert look() == stated
        assert check("1.2", attempt)
    assert set(seen) == {stated}


# ------------------------------------------------- what an attempt sets is put back


def settings() -> dict[str, Any]:
    return {
        "torch's print options": dict(vars(torch._tensor_str.PRINT_OPTS)),
        "numpy's print options": np.get_printoptions(),
        "numpy's errors": np.geterr(),
        "folder": os.getcwd(),
        "variables": dict(os.environ),
        "warnings": list(warnings.filters),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "threads": torch.get_num_threads(),
        "anomaly": torch.is_anomaly_enabled(),
        "determinism": torch.get_deterministic_debug_mode(),
        "collector": gc.isenabled(),
        "recursion": sys.getrecursionlimit(),
        "torch's random numbers": torch.get_rng_state().tolist(),
        "numpy's random numbers": str(np.random.get_state()),
        "Python's random numbers": random.getstate(),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "input": input,
        "length": len,
        "closeness": torch.isclose,
        "product": torch.Tensor.__matmul__,
    }


BUILTINS = sys.modules["builtins"]
CHANGES: dict[str, Callable[[], Any]] = {
    "torch's print options": lambda: torch.set_printoptions(precision=1),
    "numpy's print options": lambda: np.set_printoptions(precision=1),
    "numpy's errors": lambda: np.seterr(all="ignore"),
    "folder": lambda: os.chdir(Path(os.getcwd()).parent),
    "variables": lambda: os.environ.update(ATTENTION_COURSE_TEST="1", PATH=""),
    "warnings": lambda: warnings.simplefilter("ignore"),
    "dtype": lambda: torch.set_default_dtype(torch.float64),
    "device": lambda: torch.set_default_device("meta"),
    "threads": lambda: torch.set_num_threads(2),
    "anomaly": lambda: torch.autograd.set_detect_anomaly(True),
    "determinism": lambda: torch.use_deterministic_algorithms(True, warn_only=True),
    "collector": gc.disable,
    "recursion": lambda: sys.setrecursionlimit(5_000),
    "torch's random numbers": lambda: torch.manual_seed(123),
    "numpy's random numbers": lambda: np.random.seed(123),
    "Python's random numbers": lambda: random.seed(123),
    "streams": lambda: [setattr(sys, name, None) for name in ("stdin", "stdout")],
    "input": lambda: setattr(BUILTINS, "input", None),
    "length": lambda: setattr(BUILTINS, "len", lambda _: 3),
    "closeness": lambda: setattr(torch, "isclose", lambda one, *_, **__: one == one),
    "product": lambda: setattr(torch.Tensor, "__matmul__", lambda one, _: one),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("ending", ["returns", "raises", "exits", "loops"])
def test_what_an_attempt_sets_is_put_back(name: str, ending: str) -> None:
    changed = []

    def attempt(ids: Tensor, vocab_size: int) -> Any:
        CHANGES[name]()
        changed.append(True)
        if ending == "raises":
            raise ValueError("after the change")
        if ending == "exits":
            sys.exit()
        while ending == "loops":
            pass
        return ids

    before = settings()
    report = check("1.2", attempt, seconds=0.3 if ending == "loops" else 10)
    after = settings()
    assert changed, report
    assert not report.passed
    assert {key for key in before if before[key] != after[key]} == set()


@pytest.mark.parametrize(
    "change", [CHANGES["closeness"], CHANGES["length"]], ids=["closeness", "length"]
)
def test_a_patched_function_does_not_make_a_wrong_answer_right(
    change: Attempt,
) -> None:
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        result = weights @ table + 1
        change()
        return result

    report = check("1.3", attempt)
    assert report.status == "wrong"
    assert "the right one + 1" in report.diagnosis
    assert not check("1.3", lambda weights, table: weights @ table + 1)
