"""Check every answer in the repository, on torch or on the page's torch, in a process of its own.

    python -m tests.bookbuild.page_python.every_answer torch|page [own|held-out] [EXERCISE …]

Writes one JSON object: for each answer its status and what the report tells. ``own`` are the
solutions, right ways and mistakes that the exercises carry; ``held-out`` those that somebody
else wrote, of which only the status is asked.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

Answer = tuple[str, str, str, Callable[..., Any]]  # exercise, kind, name, function


def own_answers() -> Iterator[Answer]:
    from attention_course.exercises import Exercise, exercises, find

    for number, *_ in exercises():
        item = find(number)
        if isinstance(item, Exercise):
            yield number, "right", "solution", item.solution
            for way in item.right_ways:
                yield number, "right", way.__name__, way
            for mistake in item.mistakes:
                yield number, "wrong", mistake.attempt.__name__, mistake.attempt


def held_out_answers() -> Iterator[Answer]:
    from tests.held_out import answers
    from tests.held_out.collect import RIGHT, WRONG

    for module in iter_modules(answers.__path__, f"{answers.__name__}."):
        import_module(module.name)
    for number, functions in RIGHT.items():
        for n, function in enumerate(functions):
            yield number, "right", f"{n}", function
    for number, wrong in WRONG.items():
        for n, (function, what) in enumerate(wrong):
            yield number, "wrong", f"{n} {what}", function


def main(side: str, which: str, *numbers: str) -> None:
    os.environ["ATTENTION_COURSE_PROGRESS"] = "off"
    warnings.simplefilter("ignore")
    if side == "page":
        from bookbuild.page_python import page_torch

        page_torch.install()
    from attention_course.exercises import check
    from attention_course.exercises.checker import judge, sandbox

    sandbox.HAS_THREADS = side == "torch"  # a page has none
    if which == "held-out":
        judge.name_mistake = lambda *_: (
            ""
        )  # it takes long, and has no part in the verdict
    told = {}
    for number, kind, name, function in (
        own_answers() if which == "own" else held_out_answers()
    ):
        if not numbers or number in numbers:
            report = check(number, function)
            told[f"{number} {kind} {name}"] = report.status, report.diagnosis
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
