"""Run a reader's function so that nothing it does can spoil the notebook.

The function runs in a thread of its own with a time limit. What it prints is kept
aside, what it sets for the whole session is put back afterwards, and ``exit()`` or an
endless loop come back as facts that a report can tell.

What cannot be undone: a call into C that does not return (it goes on in the
background), memory that is used up, and what ends Python itself, as ``os._exit`` does.

In a page of the built book Python has no threads. There the function runs as it is, and
the page, which holds Python in a worker, ends the worker when the time is up.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import ctypes
import io
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

import numpy as np
from torch import Tensor, nn

from .context import stated_context, stated_thread
from .deadline import Deadline
from .tell import Told, tell

__all__ = ["Run", "fresh", "inside_a_run", "run"]

HAS_THREADS = sys.platform != "emscripten"
GRACE = 1.0  # seconds that a stopped function gets to come to its end
KEPT = 2_000  # characters kept of what a function prints
IMPORTING = 60.0  # seconds more while it imports: what is cut off there stays broken
IMPORTS = ("<frozen importlib._bootstrap>",)
COMPILERS = ("/torch/_dynamo/", "/torch/_inductor/", "/torch/jit/")

_this_thread = threading.local()


class TimeUp(BaseException):
    """The time limit has passed. Not an ``Exception``, so that ``except Exception`` lets it by."""


@dataclass(frozen=True)
class Run:
    """What came of a run: nothing special, an end before its time, or the time was up."""

    error: Told | None = (
        None  # exit(), or what is no Exception; the others a call keeps
    )
    timed_out: bool = False
    stopped: bool = True  # False: the thread could not be stopped and still runs
    compiling: bool = False  # the time went by in torch.compile
    printed: str = ""
    n_lines: int = 0


@dataclass
class _Work:
    """What a thread and the one that waits for it tell each other."""

    call: Callable[[], Any]
    attempt: Any
    error: Told | None = None
    over: bool = False
    released: bool = False

    def __call__(self) -> None:
        _this_thread.is_attempt = True
        try:
            with stated_thread():
                self.call()
        except BaseException as error:  # exit() and TimeUp too
            self.error = self._told(error)
        self.over = True
        # A last TimeUp may still be on its way: take it here, where it does no harm.
        while True:
            try:
                while not self.released:
                    sleep(0.001)
                return
            except TimeUp:
                pass

    def _told(self, error: BaseException) -> Told:
        try:
            return tell(error, self.attempt)
        except BaseException:  # the exception's own text fails, or takes too long
            return Told(type(error), "", None, "")


def run(
    call: Callable[[], Any],
    seconds: float,
    seed: int = 0,
    attempt: Any = None,
    deadline: Deadline | None = None,
) -> Run:
    """Call a function in a thread, for at most a number of seconds.

    Args:
        call: what to run; it keeps its results itself.
        seconds: the time limit, by the clock.
        seed: where the global random numbers start, so that reports repeat.
        attempt: the reader's function, whose lines are told where an exception is.
        deadline: of a search that this is a part of; it ends the call too.

    Returns:
        A :class:`Run`. Nothing is raised but the reader's own Ctrl-C.
    """
    work = _Work(call, attempt)
    if not HAS_THREADS:
        return _run_here(work, seed)
    thread = threading.Thread(target=work, name="attempt", daemon=True)
    printed = _Kept()
    timed_out = compiling = False
    with stated_context(seed), _captured(printed):
        thread.start()
        try:
            timed_out = not _wait(work, seconds, deadline)
            if timed_out:
                compiling = _is_in(thread, COMPILERS)
                _stop(thread, work)
        except KeyboardInterrupt:
            _stop(thread, work)
            raise
        finally:
            work.released = True
    if work.over:
        thread.join(GRACE)
    text, n_lines = printed.text()
    if timed_out:
        stopped = work.over or not thread.is_alive()
        return Run(None, True, stopped, compiling, text, n_lines)
    return Run(work.error, printed=text, n_lines=n_lines)


def _run_here(work: _Work, seed: int) -> Run:
    """Call a function in this thread, with no time limit."""
    printed = _Kept()
    work.released = True
    was_attempt = inside_a_run()
    try:
        with stated_context(seed), _captured(printed):
            work()
    finally:
        _this_thread.is_attempt = was_attempt
    text, n_lines = printed.text()
    return Run(work.error, printed=text, n_lines=n_lines)


def inside_a_run() -> bool:
    """Say whether this code is itself part of an attempt."""
    return bool(getattr(_this_thread, "is_attempt", False))


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


def _wait(work: _Work, seconds: float, deadline: Deadline | None) -> bool:
    """Wait in short steps, so that Ctrl-C is heard on Windows too; say whether it is over."""
    end = monotonic() + seconds
    while not work.over and monotonic() < end:
        if deadline is not None and deadline.over:
            break
        sleep(0.001)
    return work.over


def _is_in(thread: threading.Thread, places: Sequence[str]) -> bool:
    """Say whether a thread is in the middle of code of certain files."""
    level = sys._current_frames().get(thread.ident or 0)
    while level is not None:
        file = level.f_code.co_filename.replace("\\", "/")
        if any(place in file for place in places):
            return True
        level = level.f_back
    return False


def _stop(thread: threading.Thread, work: _Work) -> None:
    """Raise TimeUp inside a thread until it ends, or until the grace is over.

    Once is not enough: a bare ``except:`` may swallow it. A call into C, such as
    ``time.sleep``, cannot be stopped before it returns. An import comes to its end first.
    """
    begun = monotonic()
    end = begun + GRACE
    target = ctypes.c_ulong(thread.ident or 0)
    say = sys.unraisablehook
    # One that is raised while something is thrown away is lost, and no news for anybody.
    sys.unraisablehook = lambda lost: None if lost.exc_type is TimeUp else say(lost)
    try:
        while not work.over and monotonic() < end:
            if _is_in(thread, IMPORTS) and monotonic() < begun + IMPORTING:
                end = monotonic() + GRACE
            else:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    target, ctypes.py_object(TimeUp)
                )
            sleep(0.005)
    finally:
        sys.unraisablehook = say


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
    """Keep aside what is printed, leave ``input()`` without an answer, and disarm ``exit()``."""
    stdin, sys.stdin = sys.stdin, io.StringIO()  # exit() closes it
    asks, builtins.input = builtins.input, _no_input  # a notebook's would wait for ever
    kernel = _kernel()
    ended = None if kernel is None else vars(kernel).get("ask_exit")
    if kernel is not None:
        kernel.ask_exit = _exit  # there exit() does not raise, it ends the kernel
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            yield
    finally:
        sys.stdin, builtins.input = stdin, asks
        if ended is not None:
            kernel.ask_exit = ended
        elif kernel is not None:
            vars(kernel).pop("ask_exit", None)


def _kernel() -> Any:
    """Find the running IPython session, if there is one."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def _no_input(prompt: object = "") -> str:
    raise EOFError("nobody answers while a function is checked")


def _exit() -> None:
    raise SystemExit
