"""Whatever answers there are: the page's verdict is torch's, or it says what is not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from attention_course.exercises import check
from tests.bookbuild.page_python.every_answer import own_answers
from tests.exercises.helpers import CODE
from tests.held_out.__main__ import load
from tests.held_out.collect import WRONG

pytestmark = pytest.mark.slow(minutes=3)

ROOT = Path(__file__).parents[3]
Told = dict[str, tuple[str, str]]


@cache
def on_the_page(which: str) -> Told:
    """Status and words of every answer, in a process whose torch is the page's."""
    command = [sys.executable, "-m", "tests.bookbuild.page_python.every_answer"]
    path = os.pathsep.join(
        [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    )
    done = subprocess.run(
        [*command, "page", which],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {name: tuple(told) for name, told in json.loads(done.stdout).items()}


def no_more_than_a_twentieth_is_not_here(told: Told) -> None:
    lacking = {
        name: words for name, (status, words) in told.items() if status == "not here"
    }
    assert len(lacking) < len(told) / 20, lacking
    assert all(
        "which this page's small torch does not have" in w for w in lacking.values()
    )


def test_right_answers_of_the_exercises_pass() -> None:
    told = on_the_page("own")
    right = {name: said for name, said in told.items() if name.split()[1] == "right"}
    assert len(right) > 4 * len(CODE) - 10
    for name, said in right.items():
        assert said[0] in ("passed", "not here"), (name, said)
    solutions = {
        name: said for name, said in right.items() if name.endswith("solution")
    }
    assert len(solutions) == len(CODE)
    assert {said[0] for said in solutions.values()} == {"passed"}


def test_wrong_answers_of_the_exercises_get_their_diagnosis() -> None:
    told = on_the_page("own")
    n = 0
    for exercise in CODE:
        for mistake in exercise.mistakes:
            name = f"{exercise.id} wrong {mistake.attempt.__name__}"
            status, words = told[name]
            if status != "not here":
                n += 1
                assert status not in ("passed", "not attempted", "not checked"), name
                assert mistake.diagnosis in words, (name, words)
    assert n > 400
    no_more_than_a_twentieth_is_not_here(told)


def test_the_words_are_those_of_torch() -> None:
    """One wrong answer of each exercise: inputs, numbers and places too."""
    told = on_the_page("own")
    seen = set()
    for number, kind, name, function in own_answers():
        if kind == "wrong" and number not in seen:
            seen.add(number)
            report = check(number, function)
            assert told[f"{number} wrong {name}"] == (report.status, report.diagnosis)
    assert len(seen) == len(CODE)


def test_answers_of_others_get_the_verdict_of_torch() -> None:
    told = on_the_page("held-out")
    for name, (status, words) in told.items():
        if name.split()[1] == "right":
            assert status in ("passed", "not here"), (name, words)
    load()
    passed = {name for name, said in told.items() if said[0] == "passed"}
    false = [
        (number, what)
        for number, answers in WRONG.items()
        for n, (function, what) in enumerate(answers)
        if f"{number} wrong {n} {what}" in passed and not check(number, function)
    ]
    assert not false
    no_more_than_a_twentieth_is_not_here(told)
