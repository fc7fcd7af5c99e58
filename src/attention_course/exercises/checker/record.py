"""The one local file in which ``check`` keeps what a reader has tried and passed.

``check`` adds one line of JSON to it for every attempt: the exercise, how it went and
when. No code and no name is kept, and nothing leaves the machine. The environment
variable ``ATTENTION_COURSE_PROGRESS`` names another file, or ``off`` for none.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .report import Report

__all__ = ["VARIABLE", "Log", "attempts", "progress_file", "read", "record"]

VARIABLE = "ATTENTION_COURSE_PROGRESS"
NO_ATTEMPT = {"not attempted", "not checked", "not here"}

_last_trouble = ""  # why the last attempt of this session could not be kept


@dataclass(frozen=True)
class Log:
    """What the file holds: exercise, status and time of each attempt, and what is amiss."""

    path: Path | None = None
    attempts: tuple[tuple[str, str, str], ...] = ()
    n_unreadable: int = 0
    trouble: str = ""  # why attempts cannot be read or kept


def progress_file() -> Path | None:
    """Tell where attempts are kept; None where the reader has said ``off``.

    Raises:
        RuntimeError: there is no such place, as without a home folder.
        ImportError: platformdirs is not installed, and no file is named.
    """
    chosen = os.environ.get(VARIABLE, "").strip()
    if chosen.lower() == "off":
        return None
    if chosen:
        return Path(chosen).expanduser()
    # here, so that the exercises import without it
    from platformdirs import user_data_path

    return user_data_path("attention-course", appauthor=False) / "progress.jsonl"


def record(report: Report, path: Path | None = None) -> None:
    """Add one attempt to the file; a stub that was not attempted is none.

    A file that cannot be found or written, on a full or a read-only disk, is no reason
    to disturb an exercise: then nothing is kept, and ``progress`` says why.
    """
    global _last_trouble
    if report.status in NO_ATTEMPT:
        return
    attempt = {
        "exercise": report.exercise_id,
        "status": report.status,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        path = path or progress_file()
        if path is not None:
            _append(path, json.dumps(attempt).encode())
    except Exception as error:
        _last_trouble = _reason(error)
    else:
        _last_trouble = ""


def read() -> Log:
    """Read the reader's own file, and say whether attempts can be kept in it."""
    try:
        path = progress_file()
    except Exception as error:
        return Log(trouble=_reason(error))
    if path is None:
        return Log()
    log = _read(path)
    trouble = log.trouble or _last_trouble or _obstacle(path)
    return Log(path, log.attempts, log.n_unreadable, trouble)


def attempts(path: Path) -> tuple[tuple[str, str, str], ...]:
    """Read exercise, status and time of each attempt in a file."""
    return _read(path).attempts


def _append(path: Path, line: bytes) -> None:
    """Add a line, after the end of one that was torn off.

    One short write at the file's end: two notebooks at once lose nothing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():  # opening a pipe would wait for ever
        raise OSError("it is not a file")
    with path.open("ab+", buffering=0) as file:
        if file.seek(0, os.SEEK_END) > 0:
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else b"\n" + line
        if file.write(line + b"\n") < len(line) + 1:
            raise OSError("the disk is full")


def _read(path: Path) -> Log:
    found, n_unreadable = [], 0
    try:
        if not path.exists():
            return Log()
        if not path.is_file():
            return Log(trouble="it is not a file")
        text = path.read_text("utf-8-sig", "replace")
    except (OSError, ValueError) as error:
        return Log(trouble=_reason(error))
    for line in filter(str.strip, text.split("\n")):
        try:
            entry = json.loads(line)
            fields = (entry["exercise"], entry["status"], entry["when"])
            if not all(isinstance(field, str) for field in fields):
                raise TypeError("not an attempt")
        except (ValueError, KeyError, TypeError, RecursionError):
            n_unreadable += 1
        else:
            found.append(fields)
    return Log(attempts=tuple(found), n_unreadable=n_unreadable)


def _obstacle(path: Path) -> str:
    """Say what stands in the way of writing, "" if nothing is known to."""
    try:
        place = path if path.exists() else next(p for p in path.parents if p.exists())
        if place != path and not place.is_dir():
            return f"{place.name} is not a folder"
        return "" if os.access(place, os.W_OK) else "it cannot be written"
    except (OSError, ValueError) as error:
        return _reason(error)


def _reason(error: Exception) -> str:
    """Put an error of the file system into a few words."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{words[:1].lower()}{words[1:]}".rstrip(".")
