"""Exercises are found, listed, hinted at and solved by their number."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from attention_course.exercises import (
    Exercise,
    check,
    exercises,
    find,
    hint,
    solution,
)
from attention_course.exercises.checker import registry
from attention_course.exercises.checker.registry import register
from tests.exercises.helpers import (
    CODE,
    ITEMS,
    Page,
    by_id,
)


def test_the_listing_is_a_table() -> None:
    listing = exercises()
    assert [row[0] for row in listing] == sorted(
        (row[0] for row in listing),
        key=lambda number: [int(part) for part in number.split(".")],
    )
    lines = repr(listing).splitlines()
    assert lines[0].split() == ["exercise", "title", "kind", "difficulty", "minutes"]
    assert len(lines) == len(listing) + 1 == len(ITEMS) + 1
    page = Page(listing._repr_html_())
    assert page.tags.count("tr") == len(lines)
    assert ("aria-label", "1 of 3") in page.attributes
    assert list(exercises(99)) == []


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_hints_come_one_after_the_other(
    exercise: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_hints_given", {})
    n = len(exercise.hints)
    for number, text in enumerate(exercise.hints, start=1):
        given = hint(exercise.id)
        assert given.text == text
        assert given.heading == f"Exercise {exercise.id}, hint {number} of {n}"
    for _ in range(2):
        last = hint(exercise.id)
        assert "no hints left" in last.heading
        assert f'`solution("{exercise.id}")`' in last.text
    assert hint(exercise.id, 1).text == exercise.hints[0]
    assert hint(exercise.id).text == exercise.hints[1]
    words = Page(hint(exercise.id, 1)._repr_html_()).words
    assert exercise.hints[0].replace("`", "") in words.replace("\n", "")


@pytest.mark.parametrize("number", [0, -1, 99, True, "1"])
def test_a_hint_that_is_not_there_is_refused(number: Any) -> None:
    with pytest.raises(
        ValueError, match=r"number: expected 1 to 3, the hints of 1\.2, got"
    ):
        hint("1.2", number)


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_the_solution_shown_is_the_tested_one(exercise: Exercise) -> None:
    shown = repr(solution(exercise.id))
    assert shown.startswith(f"def {exercise.solution.__name__}(")
    body = inspect.getsource(exercise.solution).rstrip().splitlines()[-1]
    assert shown.endswith(body)


@pytest.mark.parametrize("function", [check, hint, solution, find])
@pytest.mark.parametrize("exercise_id", ["0.0", "1.", 1.2, None, ["1.2"]])
def test_an_unknown_id_is_refused_with_the_known_ones(
    function: Callable[[Any], Any], exercise_id: Any
) -> None:
    with pytest.raises(
        ValueError, match=r'exercise_id: expected one of "1\.1, 1\.2, .*1\.10'
    ):
        function(exercise_id)


@pytest.mark.parametrize("function", [check, hint, solution])
def test_a_question_has_nothing_to_check(function: Callable[[str], Any]) -> None:
    with pytest.raises(ValueError, match=r"1\.1 is a question without code"):
        function("1.1")


def test_a_number_is_given_once() -> None:
    with pytest.raises(ValueError, match=r"exercise 1\.2 is registered twice"):
        register(CODE[0])
