"""Python's side of the page: what a reader's code does comes back as a report in JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from attention_course.exercises.checker.judge import too_slow
from attention_course.exercises.checker.run import inputs_of
from attention_course.exercises.checker.sandbox import Run
from tests.exercises.helpers import CODE as EXERCISES

ROOT = Path(__file__).parents[3]
NAME = "scores_of_unit_variance"
HEAD = f"def {NAME}(query, key):\n    "
ANSWERS = {
    "right": HEAD + "return query @ key.mT / math.sqrt(query.shape[-1])\n",
    "wrong": HEAD + "return query @ key.mT\n",
    "prints": 'print("read")\n' + HEAD + 'print("called")\n    return query @ key.mT\n',
    "raises": "import math\n" + HEAD + "x = 1\n    return x / 0\n",
    "before": 'print("so far")\nx = 1\nx / 0\n',
    "unread": "x = 1\ndef f(:\n",
    "exits": "exit()\n",
    "nameless": "x = 1\n",
    "gap": HEAD + "return torch.kron(query, key)\n",
    "gap caught": HEAD
    + "try:\n        torch.kron(query, key)\n    except Exception:\n        return key\n",
    "gap before": "x = torch.kron\n",
    "stub": HEAD + "...\n",
}
CODE = """
import json, sys
from bookbuild.page_python import answer
from attention_course.exercises.checker import sandbox

sandbox.HAS_THREADS = False
from attention_course.exercises import Exercise, exercises, find

told = {"limits": json.loads(answer.limits("3.3", 10)), "all": {}}
for number, *_ in exercises():
    if isinstance(find(number), Exercise):
        told["all"][number] = json.loads(answer.limits(number, 10))
for name, source in json.load(sys.stdin).items():
    begun = []
    told[name] = json.loads(answer.check("3.3", source, begun.append))
    told[name]["begun"] = begun
print(json.dumps(told))
"""


@cache
def told() -> Any:
    """All reports, from a process whose torch is the page's."""
    path = os.pathsep.join(
        [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE],
        input=json.dumps(ANSWERS), cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("right", "passed", "right on all 4 inputs"),
        ("wrong", "wrong", "You do not divide at all"),
        ("raises", "raised", "ZeroDivisionError, in line 4, `return x / 0`"),
        ("before", "raised", "Your code raised ZeroDivisionError, in line 3, `x / 0`"),
        (
            "unread",
            "raised",
            "Your code cannot be read: SyntaxError in line 2, `def f(:`",
        ),
        ("exits", "raised", "called `exit()`"),
        ("nameless", "wrong arguments", f"no function `{NAME}`"),
        ("gap", "not here", "`torch.kron`"),
        ("gap caught", "not here", "`torch.kron`"),
        ("gap before", "not here", "`torch.kron`"),
        ("stub", "not attempted", f"Write the body of `{NAME}`"),
    ],
)
def test_a_report_says_what_came_of_it(name: str, status: str, words: str) -> None:
    report = told()[name]
    assert report["status"] == status
    assert words in report["message"]
    assert report["passed"] == (name == "right")


def test_what_is_printed_before_the_check_is_told_apart() -> None:
    report = told()["prints"]
    assert report["printed_before"] == "read\n"
    assert report["printed_lines"] == ["called"] * 4
    assert told()["before"]["printed_before"] == "so far\n"


def test_the_page_hears_which_input_the_function_gets() -> None:
    assert told()["right"]["begun"] == [0, 1, 2, 3, -1]
    assert told()["stub"]["begun"] == [0, -1]  # no more is asked of a stub


def test_the_page_knows_beforehand_what_to_tell_when_the_time_is_up() -> None:
    limits = told()["limits"]
    assert len(limits) == 4
    for report in limits:
        assert report["status"] == "too slow"
        assert "still running after 10 s and was stopped" in report["message"]
    assert len({report["tried"] for report in limits}) == 4


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_what_is_told_of_an_endless_answer_is_torchs(exercise: Any) -> None:
    """In the page, for each input, what ``check`` says of a function that does not end."""
    expected = [
        too_slow(exercise, Run(timed_out=True), 10, args)
        for args in inputs_of(exercise, 0)
    ]
    found = told()["all"][exercise.id]
    assert [report["message"] for report in found] == [one.message for one in expected]
    assert [report["tried"] for report in found] == [one.tried for one in expected]
    assert {report["status"] for report in found} == {"too slow"}
    assert {report["longer"] for report in found} == {60}
