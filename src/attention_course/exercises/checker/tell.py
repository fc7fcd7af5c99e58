"""Tell an exception of the reader's code, without the machine's paths."""

from __future__ import annotations

import linecache
import os
import re
from dataclasses import dataclass
from typing import Any

__all__ = ["Told", "message_of", "tell"]

LONGEST = 300  # characters of an exception's message


@dataclass(frozen=True)
class Told:
    """An exception in a sentence: ``str(told)``. Its type, message, and where in the code."""

    exception: type[BaseException]
    message: str
    line: int | None
    code: str

    def __str__(self) -> str:
        if issubclass(self.exception, SystemExit):
            return "Your function called `exit()`, which ends Python. It should return its result."
        where = "" if self.line is None else f", in line {self.line}"
        where += f", `{self.code}`" if self.code else ""
        message = f": {self.message}" if self.message else ""
        return f"Your function raised {self.exception.__name__}{where}{message.rstrip('.')}."


def tell(error: BaseException, attempt: Any) -> Told:
    """Tell an exception: its type, its message, and the last line of the reader's code.

    The reader's code is what stands in the same folder as the attempt, which
    in a notebook is every cell of the session.
    """
    line, code = None, ""
    home = _file_of(attempt)
    trace = error.__traceback__
    while trace is not None and home is not None:
        file = trace.tb_frame.f_code.co_filename
        if os.path.dirname(file) == os.path.dirname(home):
            line = trace.tb_lineno
            code = linecache.getline(file, line, trace.tb_frame.f_globals).strip()
        trace = trace.tb_next
    return Told(type(error), message_of(error), line, code)


def message_of(error: BaseException) -> str:
    """Give an exception's own words, short and the same in every run."""
    try:
        message = str(error)
    except (Exception, SystemExit):  # its text is code too, and may fail or exit
        return ""
    message = re.sub(r"0x[0-9a-fA-F]+", "0x…", message)  # addresses differ
    return message if len(message) <= LONGEST else message[:LONGEST] + " …"


def _file_of(attempt: Any) -> str | None:
    """Name the file, or the notebook cell, that a function or a module's class stands in."""
    for candidate in (
        attempt,
        getattr(type(attempt), "forward", None),
        type(attempt).__call__,
    ):
        code = getattr(getattr(candidate, "__wrapped__", candidate), "__code__", None)
        if code is not None:
            return str(code.co_filename)
    return None
