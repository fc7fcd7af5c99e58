"""Every exercise in a real browser: a right answer, two wrong ones, and some without an end."""

from __future__ import annotations

import pytest

from attention_course.exercises import find
from tests.exercises.helpers import CODE
from tests.site.python.editor import check, open_editor

pytestmark = pytest.mark.browser


def endless(number):
    """An answer that never ends, in Python and, in every second exercise, in C."""
    name = find(number).solution.__name__
    loop = "while True:\n        pass" if int(number[-1]) % 2 else "sum(iter(int, 1))"
    return f"def {name}(*args):\n    {loop}\n"


def known(number, place):
    """An exercise's own mistake, as code."""
    name = find(number).solution.__name__
    return (
        "from attention_course.exercises import find\n\n\n"
        f'{name} = find("{number}").mistakes[{place}].attempt\n'
    )


def words(text):
    """A sentence without the signs that the page sets otherwise."""
    return " ".join(text.replace("`", "").split())


def test_right_and_wrong_answers(visit, home):
    page = visit(home)
    wrong = []
    for exercise in CODE:
        open_editor(page, exercise.id)
        told = check(page, exercise.id, exercise.source)
        if "✔ passed" not in told:
            wrong.append((exercise.id, "solution", told))
        for place in (0, 1):
            told = check(page, exercise.id, known(exercise.id, place))
            diagnosis = exercise.mistakes[place].diagnosis
            if "✘ not passed" not in told or words(diagnosis) not in words(told):
                wrong.append((exercise.id, diagnosis, told))
    assert wrong == []


@pytest.mark.parametrize("number", ["1.3", "3.4"])
def test_an_endless_answer_is_ended_and_the_next_check_works(visit, home, number):
    page = visit(home)
    open_editor(page, number)
    told = check(page, number, endless(number))
    assert "✘ not passed (too slow)" in told
    assert "still running after 10 s and was stopped" in told
    assert "✔ passed" in check(page, number, find(number).source)
