"""Time a check: of the right answers, and of wrong ones that no rule and no list names.

Those take longest, since every near answer is tried, and every form of their own source.
They are the exercise's right ways with results that nobody foresees; of the right ways the
slowest is taken, and the solution. Each is checked for the first time in the process, so
that rewritings are made anew. Processor time, one thread.

    python benchmarks/check.py [--exercise 3.6]
"""

from __future__ import annotations

import argparse
import ast
import inspect
import linecache
import os
import statistics
import textwrap
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from attention_course.exercises import Exercise, check, exercises, find

RIGHT, WRONG = 0.3, 3.0  # seconds at most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exercise", help="one exercise alone, such as 3.6")
    wanted = parser.parse_args().exercise
    os.environ["ATTENTION_COURSE_PROGRESS"] = "off"
    torch.set_num_threads(1)
    print("| exercise | right s | wrong s |\n| --- | ---: | ---: |")
    rows = []
    for number, *_ in exercises():
        exercise = find(number)
        if isinstance(exercise, Exercise) and wanted in (None, number):
            rows.append(times(exercise))
            print(f"| {number} | {rows[-1][0]:.2f} | {rows[-1][1]:.2f} |", flush=True)
    for name, column, aim in zip(
        ("right", "wrong"), zip(*rows, strict=True), (RIGHT, WRONG), strict=True
    ):
        print(
            f"Where {name}: median {statistics.median(column):.2f} s, "
            f"worst {max(column):.2f} s (aim {aim:g})"
        )


def times(exercise: Exercise) -> tuple[float, float]:
    """Time the slowest check of a right way, then that of a wrong answer without a name."""
    check(exercise.id, exercise.solution)  # the first call warms torch up
    ways = (exercise.solution, *exercise.right_ways)
    right = {
        way: seconds(lambda way=way: check(exercise.id, way))  # type: ignore[misc]
        for way in ways
    }
    slowest = max(right, key=lambda way: right[way])
    wrong = max(
        seconds(lambda way=way: check(exercise.id, nameless(way)))  # type: ignore[misc]
        for way in {exercise.solution, slowest}
    )
    return max(right.values()), wrong


def seconds(call: Callable[[], Any]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def nameless(way: Callable[..., Any]) -> Callable[..., Any]:
    """Make an answer from a right way, wrong in a manner that nobody foresees."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(way)))
    function = tree.body[0]
    if not isinstance(function, ast.FunctionDef):
        return lambda *args: spoilt(way(*args))
    function.decorator_list = []
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            node.value = ast.Call(ast.Name("spoilt", ast.Load()), [node.value], [])
    text = ast.unparse(ast.fix_missing_locations(tree))
    file = f"<nameless {function.name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names = {**way.__globals__, "spoilt": spoilt}
    exec(compile(text, file, "exec"), names)
    made: Callable[..., Any] = names[function.name]
    return made


def spoilt(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(spoilt(part) for part in result)
    if isinstance(result, Tensor):
        wave = torch.arange(result.numel()).reshape(result.shape)
        if result.dtype == torch.bool:
            return result ^ ((wave * wave) % 7 == 2)
        odd = (wave * wave) % 7 + 3
        return result + (odd.sin() if result.is_floating_point() else odd)
    if isinstance(result, str):
        return result[::2] + "?" + result[1::3]
    if isinstance(result, list):
        return [spoilt(part) for part in result[::2]]
    return not result if isinstance(result, bool) else result * 3 + 17


if __name__ == "__main__":
    main()
