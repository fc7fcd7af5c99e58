"""Run a reader's function so that nothing it does can spoil the notebook.

The function runs in a thread of its own with a time limit. What it prints is kept
aside, the random numbers of torch, numpy and Python are put back afterwards, and
``exit()`` or an endless loop come back as facts that a report can tell.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import io
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["Run", "fresh", "left_alone", "run"]

GRACE = 1.0  # seconds that a stopped function gets to come to its end
KEPT = 2_000  # characters kept of what a function prints


class TimeUp(BaseException):
    """The time limit has passed. Not an ``Exception``, so that ``except Exception`` lets it by."""


@dataclass(frozen=True)
class Run:
    """What came of a run: a result or an exception, unless the time was up."""

    result: Any = None
    error: BaseException | None = None
    timed_out: bool = False
    stopped: bool = True  # False: the thread could not be stopped and still runs
    printed: str = ""
    n_lines: int = 0


def run(call: Callable[[], Any], seconds: float, seed: int = 0) -> Run:
    """Call a function in a thread, for at most a number of seconds.

    Args:
        call: what to run; its result is handed back as it is.
        seconds: the time limit.
        seed: where the global random numbers start, so that reports repeat.

    Returns:
        A :class:`Run`. Nothing is raised but the reader's own Ctrl-C.
    """
    box: dict[str, Any] = {"over": False, "released": False}

    def work() -> None:
        try:
            with torch.enable_grad():
                box["result"] = call()
        except BaseException as error:  # exit() and TimeUp too
            box["error"] = error
        box["over"] = True
        while (
            True
        ):  # a last TimeUp may still be on its way: take it here, where it does no harm
            try:
                while not box["released"]:
                    time.sleep(0.001)
                return
            except TimeUp:
                pass

    thread = threading.Thread(target=work, name="attempt", daemon=True)
    printed = _Kept()
    timed_out = False
    with left_alone(seed), _captured(printed):
        thread.start()
        try:
            timed_out = not _wait(box, seconds)
            if timed_out:
                _stop(thread, box)
        except KeyboardInterrupt:
            _stop(thread, box)
            raise
        finally:
            box["released"] = True
    if box["over"]:
        thread.join(GRACE)
    text, n_lines = printed.text()
    if timed_out:
        return Run(timed_out=True, stopped=box["over"], printed=text, n_lines=n_lines)
    return Run(box.get("result"), box.get("error"), printed=text, n_lines=n_lines)


def fresh(value: Any) -> Any:
    """Copy an argument, so that whoever gets the copy cannot change the original."""
    if isinstance(value, Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, nn.Module | np.ndarray):
        return copy.deepcopy(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):  # a named tuple
        return type(value)(*(fresh(part) for part in value))
    if isinstance(value, list | tuple):
        return type(value)(fresh(part) for part in value)
    if isinstance(value, dict):
        return {key: fresh(part) for key, part in value.items()}
    return value


def _wait(box: dict[str, Any], seconds: float) -> bool:
    """Wait in short steps, so that Ctrl-C is heard on Windows too; say whether it is over."""
    end = time.monotonic() + seconds
    while not box["over"] and time.monotonic() < end:
        time.sleep(0.001)
    return bool(box["over"])


def _stop(thread: threading.Thread, box: dict[str, Any]) -> None:
    """Raise TimeUp inside a thread until it ends, or until the grace is over.

    Once is not enough: a bare ``except:`` may swallow it. A call into C, such as
    ``time.sleep``, cannot be stopped before it returns.
    """
    end = time.monotonic() + GRACE
    target = ctypes.c_ulong(thread.ident or 0)
    while not box["over"] and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(target, ctypes.py_object(TimeUp))
        time.sleep(0.005)


class _Kept(io.TextIOBase):
    """A stream that keeps the beginning of what is written and counts the lines."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = KEPT
        self._lines = 0
        self._ended = True  # the last character written was a newline

    def write(self, text: str) -> int:
        if text:
            self._lines += text.count("\n")
            self._ended = text.endswith("\n")
            if self._room > 0:
                self._parts.append(text[: self._room])
                self._room -= len(text)
        return len(text)

    def writable(self) -> bool:
        return True

    def text(self) -> tuple[str, int]:
        kept = "".join(self._parts) + (" …" if self._room < 0 else "")
        return kept, self._lines + (not self._ended)


@contextlib.contextmanager
def _captured(stream: _Kept) -> Iterator[None]:
    """Keep aside what is printed, give ``input()`` an empty line's end, and disarm ``exit()``."""
    stdin, sys.stdin = sys.stdin, io.StringIO()  # exit() closes it
    kernel = _kernel()
    if kernel is not None:
        kernel.ask_exit = (
            _exit  # in a notebook exit() does not raise, it ends the kernel
        )
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            yield
    finally:
        sys.stdin = stdin
        if kernel is not None:
            del kernel.ask_exit


def _kernel() -> Any:
    """Find the running IPython session, if there is one."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def _exit() -> None:
    raise SystemExit


@contextlib.contextmanager
def left_alone(seed: int) -> Iterator[None]:
    """Seed the global random numbers, and put them back as they were."""
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()
    dtype = torch.get_default_dtype()
    torch.default_generator.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])
        random.setstate(states[2])
        torch.set_default_dtype(dtype)
