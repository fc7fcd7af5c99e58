"""The one local file in which ``check`` keeps what a reader has tried and passed.

``check`` adds one line of JSON to it for every attempt: the exercise, how it went and
when. No code and no name is kept, and nothing leaves the machine. The environment
variable ``ATTENTION_COURSE_PROGRESS`` names another file, or ``off`` for none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from .report import Report

__all__ = ["VARIABLE", "attempts", "progress_file", "record"]

VARIABLE = "ATTENTION_COURSE_PROGRESS"


def progress_file() -> Path | None:
    """Tell where attempts are kept; None where the reader has said ``off``."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen.strip().lower() == "off":
        return None
    if chosen.strip():
        return Path(chosen).expanduser()
    # here, so that the exercises import without it
    from platformdirs import user_data_path

    return user_data_path("attention-course", appauthor=False) / "progress.jsonl"


def record(report: Report) -> None:
    """Add one attempt to the file; a stub that was not attempted is none.

    A file that cannot be written, on a full or a read-only disk, is no reason to
    disturb an exercise: then nothing is kept.
    """
    path = progress_file()
    if path is None or report.status == "not attempted":
        return
    attempt = {
        "exercise": report.exercise_id,
        "status": report.status,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # One short write at the file's end: two notebooks at once lose nothing.
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(attempt) + "\n")
    except OSError:
        return


def attempts(path: Path | None) -> Iterator[tuple[str, str, str]]:
    """Read exercise, status and time of each attempt; pass over what is not one."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines() if path else []
    except OSError:
        return
    for line in lines:
        try:
            entry = json.loads(line)
            fields = (entry["exercise"], entry["status"], entry["when"])
        except (ValueError, KeyError, TypeError):
            continue
        if all(isinstance(field, str) for field in fields):
            yield fields
