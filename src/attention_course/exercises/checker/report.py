"""What ``check``, ``hint`` and ``exercises`` give back, as text and in a notebook.

The HTML has no colours of its own, so it reads in light and in dark; whether an
exercise is passed is said in words; and everything that comes from the reader's
code is escaped.
"""

from __future__ import annotations

import html
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Listing", "Note", "Report"]

SHOWN_LINES = 8  # of what the reader's function prints
BOX = "border-left: 4px solid; padding: 0.2em 0.9em; margin: 0.4em 0; overflow-x: auto"
# On a narrow screen a table scrolls in its own box, which the keyboard can reach.
SCROLLING_BOX = (
    '<div class="ac-report" style="overflow-x: auto" role="region" '
    'aria-label="Exercises" tabindex="0">'
)
# For a terminal that knows no others.
SIGNS = {
    "✔": "[x]",
    "✘": "[!]",
    "○": "[ ]",
    "★": "*",
    "☆": ".",
    "…": "...",
    "−": "-",
    "·": "*",
    "×": "x",
    "√": "sqrt ",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "²": "^2",
    "³": "^3",
    "Σ": "sum ",
    "“": '"',
    "”": '"',
    "’": "'",
}
CELL = "text-align: left; padding: 0.1em 1em 0.1em 0; background: none; vertical-align: top"


@dataclass(frozen=True)
class Report:
    """The outcome of a check. ``bool(report)`` is ``report.passed``.

    Args:
        exercise_id: as in ``check("1.3", …)``.
        title: the exercise's title.
        status: "passed", "not attempted", "wrong", "raised", "too slow", "wrong type",
            "wrong shape", "wrong dtype", "not finite", "changed its input",
            "wrong arguments", "not checked", "not here" (in a page of the book: its torch
            lacks something, which is no mistake).
        message: what happened, in a sentence or two.
        tried: the inputs' sizes.
        index: the first differing entry, "" where there is none.
        expected: what should have come, "" where there is nothing to compare.
        received: what came.
        printed: the beginning of what the function printed.
        n_printed_lines: how many lines it printed.
        named: whether the message names a mistake, not only where results differ.
    """

    exercise_id: str
    title: str
    status: str
    message: str
    tried: str = ""
    index: str = ""
    expected: str = ""
    received: str = ""
    printed: str = ""
    n_printed_lines: int = 0
    named: bool = False

    @property
    def passed(self) -> bool:
        """Whether every input gave the right result."""
        return self.status == "passed"

    def __bool__(self) -> bool:
        return self.passed

    @property
    def diagnosis(self) -> str:
        """The message, then the sizes tried, the expected and the received, in one text."""
        if self.passed or not self.tried:
            return self.message
        where = f"With {self.tried}"
        if not self.expected:
            return f"{self.message} {where}."
        at = f" at {self.index}" if self.index else ""
        return f"{self.message} {where}{at}: expected {self.expected}, received {self.received}."

    @property
    def verdict(self) -> str:
        """The status as a reader reads it."""
        words = {
            "passed": "✔ passed",
            "not attempted": "○ not attempted yet",
            "not checked": "○ not checked",
            "not here": "○ not checked: not in the page’s torch",
        }
        return words.get(self.status, f"✘ not passed ({self.status})")

    @property
    def rows(self) -> dict[str, str]:
        """What a failed check compared, by name."""
        rows = {
            "tried with": self.tried,
            "first difference at": self.index,
            "expected": self.expected,
            "received": self.received,
        }
        return {n: value for n, value in rows.items() if value and not self.passed}

    def __repr__(self) -> str:
        lines = [f"Exercise {self.exercise_id}, {self.title}: {self.verdict}"]
        lines += textwrap.wrap(
            self.diagnosis, 96, initial_indent="  ", subsequent_indent="  "
        )
        if self.printed:
            lines.append(f"  {self.printed_title}:")
            lines += [f"  | {line}" for line in self.printed_lines]
        return printable("\n".join(lines))

    def _repr_html_(self) -> str:
        title = f"Exercise {_text(self.exercise_id)}, {_text(self.title)}"
        parts = [f"<p><strong>{_text(self.verdict)}</strong> · {title}</p>"]
        parts.append(f"<p>{_prose(self.message)}</p>")
        parts.append(_rows(self.rows))
        if self.printed:
            lines = "\n".join(self.printed_lines)
            parts.append(
                f"<details><summary>{_text(self.printed_title)}</summary>"
                f'<pre style="background: none; color: inherit">{_text(lines)}</pre></details>'
            )
        return f'<div class="ac-report" style="{BOX}">{"".join(parts)}</div>'

    @property
    def printed_lines(self) -> list[str]:
        """The first lines that the function printed."""
        return self.printed.splitlines()[:SHOWN_LINES]

    @property
    def printed_title(self) -> str:
        """How many lines it printed, in words."""
        n, shown = self.n_printed_lines, len(self.printed_lines)
        lines = f"{n:,} line{'' if n == 1 else 's'}"
        return f"Your code printed {lines} over all inputs" + (
            f", the first {shown} are" if n > shown else ""
        )


@dataclass(frozen=True)
class Note:
    """A short text under a heading: a hint."""

    heading: str
    text: str

    def __repr__(self) -> str:
        lines = [self.heading]
        for line in self.text.splitlines():
            lines += textwrap.wrap(
                line, 96, initial_indent="  ", subsequent_indent="  "
            ) or [""]
        return printable("\n".join(lines))

    def _repr_html_(self) -> str:
        heading = f"<p><strong>{_text(self.heading)}</strong></p>"
        return f'<div class="ac-report" style="{BOX}">{heading}<p>{_prose(self.text)}</p></div>'


@dataclass(frozen=True)
class Listing:
    """Exercises in a table: number, title, kind, stars, minutes."""

    rows: Sequence[tuple[str, str, str, int, int]]

    HEAD = ("exercise", "title", "kind", "difficulty", "minutes")

    def __iter__(self) -> Iterator[tuple[str, str, str, int, int]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (number, title, kind, "★" * stars + "☆" * (3 - stars), str(minutes))
            for number, title, kind, stars, minutes in self.rows
        ]

    def __repr__(self) -> str:
        return printable(text_table(self.HEAD, self._cells()))

    def _repr_html_(self) -> str:
        table = html_table(self.HEAD, self._cells())
        return f"{SCROLLING_BOX}{table}</div>"


def printable(text: str) -> str:
    """Put ASCII signs in the place of those that standard output cannot take, if any."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
        return text
    except (UnicodeEncodeError, LookupError):
        for sign, ascii_sign in SIGNS.items():
            text = text.replace(sign, ascii_sign)
        return text.encode("ascii", "replace").decode("ascii")


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set rows in columns, as plain text."""
    table = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    )


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set rows in a table whose first column names each row."""
    names = "".join(
        f'<th scope="col" style="{CELL}">{_text(name)}</th>' for name in head
    )
    body = ""
    for first, *others in rows:
        cells = "".join(f'<td style="{CELL}">{_cell(cell)}</td>' for cell in others)
        body += f'<tr><th scope="row" style="{CELL}">{_text(first)}</th>{cells}</tr>'
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    """Escape a cell; stars get what a screen reader says for them."""
    if text and not text.strip("★☆"):
        said = f"{text.count('★')} of {len(text)}"
        return f'<span role="img" aria-label="{said}">{text}</span>'
    return _text(text)


def _rows(rows: dict[str, str]) -> str:
    """Set names and values side by side."""
    if not rows:
        return ""
    body = "".join(
        f'<tr style="background: none"><th scope="row" style="{CELL}">{_text(name)}</th>'
        f'<td style="{CELL}"><code>{_text(value)}</code></td></tr>'
        for name, value in rows.items()
    )
    return f'<table style="margin: 0">{body}</table>'


def _text(text: str) -> str:
    """Escape text for HTML, and part dollar signs, which MathJax would read as formulas."""
    return html.escape(text).replace("$", "<span>$</span>")


def _prose(text: str) -> str:
    """Escape text, then set what stands in backquotes as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", _text(text)).replace("\n", "<br>")
