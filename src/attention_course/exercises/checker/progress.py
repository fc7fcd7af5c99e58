"""How far a reader is: the attempts that ``check`` has recorded, summed up."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from .exercise import Exercise
from .record import VARIABLE, Log, read
from .registry import exercises, find
from .report import SCROLLING_BOX, html_table, printable, text_table

__all__ = ["Progress", "progress"]


@dataclass(frozen=True)
class Progress:
    """How far a reader is: one row for each exercise that ``check`` can check.

    Args:
        rows: exercise, title, state, attempts, and the day it was first passed or "".
        log: the file that this was read from, and what is amiss with it.
    """

    rows: Sequence[tuple[str, str, str, int, str]]
    log: Log

    HEAD = ("exercise", "title", "state", "attempts", "first passed")

    @property
    def n_passed(self) -> int:
        """The number of exercises passed at least once."""
        return sum(state == "passed" for _, _, state, _, _ in self.rows)

    @property
    def summary(self) -> str:
        """The whole in one sentence."""
        tried = sum(state == "tried" for _, _, state, _, _ in self.rows)
        return (
            f"{self.n_passed} of {len(self.rows)} code exercises passed, "
            f"{tried} tried and not passed yet."
        )

    @property
    def kept(self) -> str:
        """Where it is kept, or why it is not."""
        log = self.log
        if log.trouble:
            place = "" if log.path is None else f" in {log.path}"
            told = f"New attempts are not kept{place}: {log.trouble}."
        elif log.path is None:
            told = f"No attempts are kept: {VARIABLE} is off."
        elif log.attempts or log.n_unreadable:
            told = f"Kept in {log.path}"
        else:
            told = f"Nothing is kept yet; attempts go to {log.path}"
        if log.n_unreadable:
            lines = "line" if log.n_unreadable == 1 else "lines"
            told += f" ({log.n_unreadable} {lines} of it could not be read)"
        return told

    def _cells(self) -> list[tuple[str, ...]]:
        return [(*row[:3], str(row[3]) if row[3] else "", row[4]) for row in self.rows]

    def __repr__(self) -> str:
        table = text_table(self.HEAD, self._cells())
        return printable(f"{self.summary}\n{self.kept}\n\n{table}")

    def _repr_html_(self) -> str:
        said = f"<p>{html.escape(self.summary)}<br>{html.escape(self.kept)}</p>"
        table = html_table(self.HEAD, self._cells())
        return f"{SCROLLING_BOX}{said}{table}</div>"


def progress(chapter: int | None = None) -> Progress:
    """Sum up which exercises you have passed, tried, and not begun.

    Args:
        chapter: the chapter's number; by default all. One without exercises gives an
            empty table.

    Returns:
        A table with a sentence that sums it up, for reading; ``.rows`` and ``.n_passed``
        for computing. An exercise once passed stays passed.
    """
    log = read()
    tried: dict[str, int] = {}
    passed: dict[str, str] = {}
    for exercise, status, when in log.attempts:
        tried[exercise] = tried.get(exercise, 0) + 1
        if status == "passed":
            passed.setdefault(exercise, when[:10])
    rows = []
    for number, title, *_ in exercises(chapter):
        if not isinstance(find(number), Exercise):
            continue  # a question is answered in the head
        n = tried.get(number, 0)
        state = "passed" if number in passed else "tried" if n else "not begun"
        rows.append((number, title, state, n, passed.get(number, "")))
    return Progress(tuple(rows), log)
