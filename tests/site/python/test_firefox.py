"""An exercise and a cell to try in Firefox: typed, checked, stopped, and run."""

from __future__ import annotations

import pytest

from attention_course.exercises import find

pytestmark = pytest.mark.firefox

NAME = find("3.3").solution.__name__
HEAD = f"def {NAME}(query, key):\n"  # the editor indents the next line
PLACE = "(place) => document.querySelector(place)"
BUTTON = """(place, name) => [...document.querySelectorAll(`${place} button`)]
    .find((each) => each.textContent === name)"""
SAYS = """(place, words) => {
    const said = document.querySelector(place).innerText;
    return said.includes(words) ? said : "";
}"""
EXERCISE, TRIAL = '[data-exercise="3.3"]', '[data-trial="chapter_3"]'


def write(firefox, place, text):
    firefox.click(PLACE, f"{place} .cm-content")
    firefox.press("Control", "a")
    firefox.press("Delete")
    firefox.type(text)


def test_an_exercise_is_solved_and_an_example_is_run(firefox, home):
    firefox.open(home)
    firefox.click(BUTTON, EXERCISE, "Write it here")
    firefox.wait(SAYS, EXERCISE, "The first check loads Python into this page")
    write(firefox, EXERCISE, f"{HEAD}return query @ key.mT")
    firefox.click(BUTTON, EXERCISE, "Check")
    firefox.wait(SAYS, EXERCISE, "You do not divide at all")

    write(firefox, EXERCISE, f"{HEAD}while True: pass")
    firefox.click(BUTTON, EXERCISE, "Check")
    firefox.wait(SAYS, EXERCISE, "Checking …")
    firefox.click(BUTTON, EXERCISE, "Stop")
    firefox.wait(SAYS, EXERCISE, "Stopped.")

    write(
        firefox, EXERCISE, f"{HEAD}return query @ key.mT / math.sqrt(query.shape[-1])"
    )
    firefox.press("Shift", "\n")
    firefox.wait(SAYS, EXERCISE, "✔ passed")

    firefox.click(BUTTON, TRIAL, "Change it and run it")
    firefox.wait(SAYS, TRIAL, "Shift+Enter runs")
    firefox.click(BUTTON, TRIAL, "Run")
    firefox.wait(SAYS, TRIAL, "21.9014")
    cells = firefox.evaluate(
        "(place) => [...document.querySelectorAll(`${place} td`)].map((td) => td.innerText)",
        TRIAL,
    )
    assert cells[:3] == ["0.468", "0.0634", "0.468"]
    assert firefox.problems == []
