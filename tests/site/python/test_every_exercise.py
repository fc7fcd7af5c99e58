"""Every exercise in a real browser: a right answer, and two wrong ones."""

from __future__ import annotations

import pytest

from attention_course.exercises import find
from tests.exercises.helpers import CODE
from tests.site.python.editor import check, open_editor, words

pytestmark = pytest.mark.browser


def known(number, place):
    """An exercise's own mistake, as code."""
    name = find(number).solution.__name__
    return (
        "from attention_course.exercises import find\n\n\n"
        f'{name} = find("{number}").mistakes[{place}].attempt\n'
    )


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
