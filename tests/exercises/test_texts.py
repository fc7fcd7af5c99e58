"""Every text of the exercises is the one that was read and approved, to the byte.

A text that is changed on purpose is renewed with

    python -m tests.exercises.test_texts

and the commit shows which ones they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from attention_course.exercises import Exercise, Question, exercises, find, solution

DIGESTS = Path(__file__).with_name("texts.json")
ITEMS = [find(row[0]) for row in exercises()]


def texts(item: Exercise | Question) -> Iterator[tuple[str, str]]:
    """Name every text of an exercise or a question that a reader can see."""
    yield "title", item.title
    yield "stars and minutes", f"{item.stars} {item.minutes}"
    if isinstance(item, Question):
        yield "question", item.text
        yield "answer", item.answer
        return
    yield "statement", item.statement
    yield "stub", item.stub
    yield "solution", solution(item.id).text
    yield "outputs", ", ".join(item.outputs)
    for number, hint in enumerate(item.hints, start=1):
        yield f"hint {number}", hint
    for number, mistake in enumerate(item.mistakes, start=1):
        yield f"diagnosis {number}", mistake.diagnosis
    yield "number of right answers", str(len(item.right_ways))


def digests(item: Exercise | Question) -> dict[str, str]:
    return {
        name: hashlib.sha256(text.encode("utf-8")).hexdigest()
        for name, text in texts(item)
    }


def kept() -> dict[str, dict[str, str]]:
    return json.loads(DIGESTS.read_text(encoding="utf-8"))


def test_the_same_exercises_are_there() -> None:
    assert [item.id for item in ITEMS] == list(kept())


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_no_text_has_changed(item: Exercise | Question) -> None:
    assert digests(item) == kept()[item.id]


if __name__ == "__main__":
    made = {item.id: digests(item) for item in ITEMS}
    DIGESTS.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
