"""Which exercises there are: ``exercises``, ``find``, ``hint`` and ``solution``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

from ...shapes import check_whole, of_python
from .exercise import Exercise, Question
from .report import Listing, Note

__all__ = ["discover", "exercises", "find", "find_code", "hint", "register", "solution"]

_registry: dict[str, Exercise | Question] = {}
_hints_given: dict[str, int] = {}


def discover(path: Iterable[str], package: str) -> None:
    """Import every module of every ``chapter_N`` of a package, and register what it makes.

    A file is an exercise or a question; one whose name begins with an underscore
    holds what several of them share.
    """
    found: dict[int, Exercise | Question] = {}
    for chapter in pkgutil.iter_modules(path, f"{package}."):
        if not chapter.name.startswith(f"{package}.chapter_"):
            continue
        folder = importlib.import_module(chapter.name).__path__
        for file in pkgutil.iter_modules(folder):
            if not file.name.startswith("_"):
                module = importlib.import_module(f"{chapter.name}.{file.name}")
                for item in vars(module).values():
                    if isinstance(item, Exercise | Question):
                        found[id(item)] = item  # neighbours may import it as well
    register(*found.values())


def register(*items: Exercise | Question) -> None:
    """Make exercises and questions known to ``check``, ``hint`` and ``solution``.

    Raises:
        ValueError: a number that is taken.
    """
    for item in items:
        if item.id in _registry:
            raise ValueError(f"exercise {item.id} is registered twice")
        _registry[item.id] = item


def exercises(chapter: int | None = None) -> Listing:
    """List all exercises, or those of one chapter.

    Args:
        chapter: the chapter's number; by default all. One without exercises gives an
            empty table.

    Returns:
        A table of id, title, kind, stars and minutes.
    """
    if chapter is not None:
        check_whole("chapter", chapter, at_least=1)
    rows = [
        (
            item.id,
            item.title,
            "code" if isinstance(item, Exercise) else "predict",
            item.stars,
            item.minutes,
        )
        for item in _registry.values()
        if chapter is None or item.id.split(".")[0] == str(chapter)
    ]
    return Listing(
        tuple(sorted(rows, key=lambda row: tuple(map(int, row[0].split(".")))))
    )


def find(exercise_id: str) -> Exercise | Question:
    """Find an exercise or a question by its number.

    Raises:
        ValueError: unknown; the error lists the known ones.
    """
    item = _registry.get(exercise_id) if isinstance(exercise_id, str) else None
    if item is None:
        known = ", ".join(row[0] for row in exercises())
        raise ValueError(f'exercise_id: expected one of "{known}", got {exercise_id!r}')
    return item


def find_code(exercise_id: str) -> Exercise:
    """Find an exercise that has code.

    Raises:
        ValueError: unknown, or a question.
    """
    item = find(exercise_id)
    if isinstance(item, Question):
        raise ValueError(
            f"exercise_id: {item.id} is a question without code; unfold its answer in the chapter"
        )
    return item


def hint(exercise_id: str, number: int | None = None) -> Note:
    """Give the next hint of an exercise; each says more than the one before.

    Args:
        exercise_id: for example ``"1.3"``.
        number: a certain hint, counted from 1; the next call goes on from there.

    Raises:
        ValueError: no such exercise, or no hint of that number.
    """
    exercise = find_code(exercise_id)
    n = len(exercise.hints)
    number = of_python(number)
    if number is None:
        number = _hints_given.get(exercise.id, 0) + 1
        if number > n:
            return Note(
                f"Exercise {exercise.id}: no hints left",
                f'All {n} are given; `hint("{exercise.id}", 1)` shows the first again, and '
                f'`solution("{exercise.id}")` one way to do it.',
            )
    elif (
        isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= n
    ):
        raise ValueError(
            f"number: expected 1 to {n}, the hints of {exercise.id}, got {number!r}"
        )
    _hints_given[exercise.id] = number
    return Note(
        f"Exercise {exercise.id}, hint {number} of {n}", exercise.hints[number - 1]
    )


def solution(exercise_id: str) -> Any:
    """Show the tested solution of an exercise.

    Raises:
        ValueError: no such exercise, or one that has no code.
    """
    # here, so that the exercises import without it
    from ...pictures.show import Source, first_lines_only

    return Source(first_lines_only(find_code(exercise_id).source))
