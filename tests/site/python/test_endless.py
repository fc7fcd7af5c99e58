"""An answer without an end in a real browser: it is ended, and told so."""

from __future__ import annotations

import pytest

from attention_course.exercises import find
from attention_course.exercises.checker.judge import too_slow
from attention_course.exercises.checker.run import inputs_of
from attention_course.exercises.checker.sandbox import Run
from tests.exercises.helpers import CODE
from tests.site.python.editor import (
    ENDED,
    check,
    let_time_pass,
    open_editor,
    press,
    words,
    write,
)

pytestmark = pytest.mark.browser


def endless(number):
    """An answer that never ends, in Python and, in every second exercise, in C."""
    name = find(number).solution.__name__
    loop = "while True:\n        pass" if int(number[-1]) % 2 else "sum(iter(int, 1))"
    return f"def {name}(*args):\n    {loop}\n"


def slow(exercise):
    """What is told of an exercise's function that does not end on its first input."""
    args = inputs_of(exercise, 0)[0]
    report = too_slow(exercise, Run(timed_out=True), 10, args)
    return words(report.message), words(report.tried)


# One of each chapter: Python starts again after each, which takes some five seconds of a
# processor. What is told for all others is compared in test_answer.py.
SOME = [
    next(exercise for exercise in CODE if exercise.id.startswith(f"{chapter}."))
    for chapter in "123456"
]


def test_an_endless_answer_is_ended_and_the_next_check_works(visit, home):
    """The page's clock leaps; Python is another each time, and the next check finds it."""
    page = visit(home)
    page.clock.install()
    wrong = []
    for exercise in SOME:
        place = open_editor(page, exercise.id)
        write(page, exercise.id, endless(exercise.id))
        press(page, exercise.id, "Check")
        place.get_by_text("Checking …").wait_for()
        let_time_pass(page, ENDED, exercise.id)
        told = words(place.locator(".ac-written-report").inner_text())
        message, tried = slow(exercise)
        if "✘ not passed (too slow)" not in told or message not in told:
            wrong.append((exercise.id, message, told))
        if tried not in told:
            wrong.append((exercise.id, tried, told))
    assert wrong == []
    last = SOME[-1]
    assert "✔ passed" in check(page, last.id, last.source)


def test_who_needs_longer_gets_it(visit, home):
    page = visit(home)
    page.clock.install()
    place = open_editor(page, "1.3")
    write(page, "1.3", endless("1.3"))
    press(page, "1.3", "Check")
    for seconds in (10, 60):
        place.get_by_text(f"It may take {seconds} seconds.").wait_for()
        let_time_pass(page, ENDED, "1.3")
        told = place.locator(".ac-written-report").inner_text()
        assert f"still running after {seconds} s and was stopped" in told
        assert f"seconds={6 * seconds})" in told
        if seconds == 10:
            page.reload(wait_until="load")  # the report is kept, and its offer with it
            place = open_editor(page, "1.3")
            press(page, "1.3", "Give it 60 seconds")
            focused = page.evaluate("document.activeElement.textContent")
            assert focused == "Check"
    assert place.get_by_role("button", name="Give it 360 seconds").is_visible()
    assert "✔ passed" in check(page, "1.3", find("1.3").source)
    assert place.get_by_role("button", name="Give it").count() == 0
