"""Call every public callable with bad input, and tell how clear the errors are.

    python -m tests.bad_input.survey [data]     what is not clear, and the table

An error is clear if it names the caller's own argument, what was expected, and what came.
"""

from __future__ import annotations

import re
import signal
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.bad_input.kinds import Argument

SECONDS = 5


@dataclass(frozen=True)
class Entry:
    """A public callable, and what each of its arguments may be."""

    name: str
    function: Callable[..., Any]
    arguments: dict[str, Argument]
    slow: bool = False  # a good call trains a model


@dataclass(frozen=True)
class Case:
    """One bad value for one argument; the others are good."""

    entry: Entry
    argument: str
    what: str

    def __str__(self) -> str:
        return f"{self.entry.name}({self.argument}: {self.what})"

    def run(self) -> None:
        given = {name: each.good for name, each in self.entry.arguments.items()}
        given[self.argument] = self.entry.arguments[self.argument].bad[self.what]
        self.entry.function(**given)


class Hung(BaseException):
    """The call took too long."""


def entry(
    name: str,
    function: Callable[..., Any],
    /,
    *,
    slow: bool = False,
    **arguments: Argument,
) -> Entry:
    return Entry(name, function, arguments, slow)


def cases(entries: list[Entry]) -> Iterator[Case]:
    for each in entries:
        for name, argument in each.arguments.items():
            for what in argument.bad:
                yield Case(each, name, what)


def outcome(case: Case) -> tuple[str, str]:
    """Run a case: "clear", "unclear", "silent" or "hang", and the message."""

    def stop(*_: Any) -> None:
        raise Hung

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            case.run()
    except Hung:
        return "hang", ""
    except Exception as error:
        kind = "clear" if is_clear(error, case.argument) else "unclear"
        return kind, f"{type(error).__name__}: {error}"[:300]
    finally:
        signal.alarm(0)
    return "silent", ""


def is_clear(error: Exception, argument: str) -> bool:
    """Whether an error names the argument, what was expected, and what came."""
    said = str(error)
    named = re.search(rf"(?<![\w.]){re.escape(argument)}(?!\w)", said)
    return bool(
        isinstance(
            error, (TypeError, ValueError, IndexError, KeyError, FileNotFoundError)
        )
        or type(error).__name__ == "TraitError"
    ) and bool(named and "expected" in said and re.search(r"\b(got|not)\b", said))


def main() -> None:
    from tests.bad_input.calls import ENTRIES

    found: dict[str, Counter[str]] = {}
    room = sys.argv[1] if len(sys.argv) > 1 else ""
    entries = [each for each in ENTRIES if each.name.startswith(room)]
    for case in cases(entries):
        kind, said = outcome(case)
        found.setdefault(case.entry.name.rpartition(".")[0], Counter())[kind] += 1
        if kind != "clear":
            print(f"{kind:<8}{case}: {said}", flush=True)
    total = sum(found.values(), Counter())
    print(f"\n{'':<32}{'calls':>6}{'clear':>7}{'unclear':>8}{'silent':>7}{'hang':>6}")
    for room, counts in [*found.items(), ("all", total)]:
        kinds = [counts[kind] for kind in ("clear", "unclear", "silent", "hang")]
        print(f"{room:<32}{sum(kinds):>6}" + "".join(f"{n:>7}" for n in kinds))
    print(f"{len(entries)} callables, {total['clear'] / total.total():.1%} clear")


if __name__ == "__main__":
    sys.exit(main())
