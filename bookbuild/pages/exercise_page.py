"""The book's index of exercises, made from the exercises themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from attention_course.exercises import Exercise, Question, exercises, find

BOOK = Path(__file__).parents[2] / "book"

HEADER = """\
# Exercises

{n} exercises, about {hours} hours. In {n_code} of them you write a function and `check` \
says what is wrong with it; the {n_questions} marked *predict* you answer in your head, \
before you unfold the answer. ★ takes a few lines, ★★ an idea, ★★★ both. The minutes are \
our estimate for a reader of the chapter.

```python
from attention_course.exercises import check, hint, progress, solution

progress()  # which ones you have passed, kept in a file on your machine
```

Each title leads to the exercise in its chapter. This page is made from the exercises by \
`make pages`.
"""


def page() -> str:
    """Make the whole page."""
    items = [find(row[0]) for row in exercises()]
    n_code = sum(isinstance(item, Exercise) for item in items)
    parts = [
        HEADER.format(
            n=len(items),
            hours=round(sum(item.minutes for item in items) / 60),
            n_code=n_code,
            n_questions=len(items) - n_code,
        )
    ]
    for chapter in sorted({chapter_of(item) for item in items}):
        parts.append("\n".join(section(chapter, items)) + "\n")
    return "\n".join(parts)


def section(chapter: int, items: Iterable[Exercise | Question]) -> Iterator[str]:
    """Make the table of one chapter."""
    mine = [item for item in items if chapter_of(item) == chapter]
    notebook = next(BOOK.glob(f"{chapter:02d}-*.ipynb")).name
    yield f"## Chapter {chapter}"
    yield ""
    yield f"{len(mine)} exercises, {sum(item.minutes for item in mine)} minutes."
    yield ""
    yield "| | exercise | kind | difficulty | minutes |"
    yield "| --- | --- | --- | --- | --- |"
    for item in mine:
        stars = "★" * item.stars + "☆" * (3 - item.stars)
        kind = "code" if isinstance(item, Exercise) else "predict"
        link = f"[{item.title}]({notebook}#{anchor(item)})"
        yield f"| {item.id} | {link} | {kind} | {stars} | {item.minutes} |"


def with_minutes(teaching: str) -> str:
    """Put the minutes of each chapter's exercises into the instructors' table."""

    def renewed(row: re.Match[str]) -> str:
        return f"{row[1]}{sum(each[4] for each in exercises(int(row[2])))}{row[3]}"

    pattern = r"^(\| \[(\d) .*\| \d+ minutes \| )\d+( minutes \|)"
    return re.sub(pattern, renewed, teaching, flags=re.MULTILINE)


def chapter_of(item: Exercise | Question) -> int:
    """Tell the chapter from the number."""
    return int(item.id.split(".")[0])


def anchor(item: Exercise | Question) -> str:
    """Make the address of an exercise's heading, as GitHub and MyST do."""
    heading = f"exercise {item.id}: {item.title}".lower()
    return re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
