"""Time a check: of a right answer, and of a wrong one that no rule and no list names.

That is the longest a check can take, since every near answer is tried. Each exercise is
checked for the first time in the process, so that its rewritings are made anew. Processor
time, one thread.

    python benchmarks/check.py [--exercise 3.6]
"""

from __future__ import annotations

import argparse
import os
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
    right, wrong = (max(column) for column in zip(*rows, strict=True))
    print(f"\nWorst: {right:.2f} s where right (aim {RIGHT}), {wrong:.2f} s where wrong "
          f"(aim {WRONG:g})")  # fmt: skip


def times(exercise: Exercise) -> tuple[float, float]:
    """Time the check of the solution, then that of a wrong answer without a name."""
    check(exercise.id, exercise.solution)  # the first call warms torch up
    right = seconds(lambda: check(exercise.id, exercise.solution))
    return right, seconds(lambda: check(exercise.id, nameless(exercise)))


def seconds(call: Callable[[], Any]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def nameless(exercise: Exercise) -> Callable[..., Any]:
    """Make an answer that is wrong in a way that nobody foresees."""

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
        return not result if isinstance(result, bool) else result * 3 + 17

    return lambda *args: spoilt(exercise.solution(*args))


if __name__ == "__main__":
    main()
