"""Put the held-out answers to the checks, and say how many are rejected and named.

The answers were written from the statements and stubs alone, by somebody who had seen
neither the checks nor their lists of mistakes. They stay apart, so that nothing is tuned
to them: mend kinds, not these.

    python -m tests.held_out [EXERCISE …] [--messages N | --unnamed]
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from attention_course.exercises import check
from attention_course.exercises.checker.report import Report

from . import answers
from .collect import RIGHT, WRONG

# These say themselves what is wrong.
TELLING = {"changed its input", "wrong arguments", "not attempted", "too slow"}


def load() -> None:
    os.environ["ATTENTION_COURSE_PROGRESS"] = "off"  # no reader's progress
    for module in iter_modules(answers.__path__, f"{answers.__name__}."):
        import_module(module.name)


def kind(report: Report) -> str:
    """Sort a report: accepted, named, an exception with its line, or vague."""
    if report.passed:
        return "accepted"
    if report.named or report.status in TELLING:
        return "named"
    return "raised" if report.status == "raised" else "vague"


def put(exercise: str, answer: Callable[..., Any]) -> tuple[Report, float]:
    """Check one answer: its report, and the seconds it took."""
    begun = time.process_time()
    report = check(exercise, answer)
    return report, time.process_time() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exercises", nargs="*", help="by default all")
    parser.add_argument(
        "--messages", type=int, default=0, metavar="N", help="print a sample"
    )
    parser.add_argument(
        "--unnamed", action="store_true", help="print all that is not named"
    )
    given = parser.parse_args()
    load()
    wanted = given.exercises or sorted(
        WRONG, key=lambda name: [*map(int, name.split("."))]
    )
    total: Counter[str] = Counter()
    messages: list[str] = []
    slowest = (0.0, "")
    print(
        "exercise  wrong  accepted  named  raised  vague  right  refused  slowest s",
        flush=True,
    )
    for exercise in wanted:
        count: Counter[str] = Counter()
        longest = 0.0
        for answer, what in WRONG[exercise]:
            report, seconds = put(exercise, answer)
            sort = kind(report)
            count[sort] += 1
            longest = max(longest, seconds)
            messages.append(f"{exercise} [{sort}] {what}\n    {report.message}")
        for answer in RIGHT[exercise]:
            report, seconds = put(exercise, answer)
            count["refused"] += not report.passed
            longest = max(longest, seconds)
            if not report.passed:
                messages.append(f"{exercise} [refused]\n    {report.message}")
        count["wrong"], count["right"] = len(WRONG[exercise]), len(RIGHT[exercise])
        total += count
        slowest = max(slowest, (longest, exercise))
        print(
            f"{exercise:8}  {count['wrong']:5}  {count['accepted']:8}  "
            f"{count['named']:5}  {count['raised']:6}  {count['vague']:5}  "
            f"{count['right']:5}  {count['refused']:7}  {longest:9.2f}",
            flush=True,
        )
    wrong = total["wrong"]
    print(f"rejected {1 - total['accepted'] / wrong:.1%} of {wrong}")
    print(
        f"named {total['named'] / wrong:.1%}, with exceptions that tell their line "
        f"{(total['named'] + total['raised']) / wrong:.1%}"
    )
    print(
        f"right and accepted {1 - total['refused'] / total['right']:.1%} of {total['right']}"
    )
    print(f"slowest check {slowest[0]:.2f} s, in {slowest[1]}")
    chosen = random.Random(0).sample(messages, min(given.messages, len(messages)))
    if given.unnamed:
        chosen = [message for message in messages if " [named] " not in message]
    print("\n".join(sorted(chosen)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
