"""Find the near answers whose numbers are the reader's, and tell them."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import process_time
from typing import Any

import torch

from ..calls import Outcome
from ..compare import same
from ..context import stated_context
from ..exercise import Args, Exercise
from ..sandbox import fresh, run
from . import arithmetic, axes, flow, logic, whole  # noqa: F401  (their rules)
from .rule import edits_of
from .source import Edit, Original

__all__ = ["NearAnswers", "Seen"]

# Processor time, so that what is named does not depend on what else the machine does.
thread_time = getattr(time, "thread_time", process_time)  # where there are no threads
SLICE = 0.3  # seconds of one run in the guard
SECONDS = 1.8  # for all near answers of one check
HANGS = 2.0  # seconds by the clock after which a near answer counts as one that hangs
PAIRS = 1_200  # at most so many
ODD = 4  # from this rank on a relation is told first
TOLD = 2  # alternatives in a sentence


@dataclass(frozen=True)
class Seen:
    """What a near answer has to give: the reader's result on an input, where it is wrong."""

    args: Args
    call: Outcome
    expected: Any
    wrong: bool


@dataclass(eq=False)
class Near:
    """The solution with one or two edits."""

    source: Original
    edits: tuple[Edit, ...]

    @functools.cached_property
    def attempt(self) -> Callable[..., Any]:
        """Make the function, when it is first needed."""
        return self.source.edited(self.edits)

    @property
    def clause(self) -> str:
        """Say what is different: ends "what comes out if …"."""
        return " and ".join(edit.clause for edit in self.edits)

    @property
    def outer(self) -> bool:
        """Say whether a relation tells as much: arguments or results given otherwise."""
        return all(edit.outer or edit.rank >= ODD for edit in self.edits)

    @property
    def rank(self) -> int:
        """Say how likely it is, 1 the likeliest."""
        return sum(edit.rank for edit in self.edits)


def _sentence(fitting: Sequence[Near]) -> str:
    """Tell what fits, the likeliest first; "" where nothing does."""
    ranked = sorted(fitting, key=lambda near: (near.outer, near.rank))
    clauses = list(dict.fromkeys(near.clause for near in ranked))
    if not clauses:
        return ""
    told = ", or if ".join(clauses[:TOLD])
    return f"Your result is what comes out if {told}."


def _pairs(singles: Sequence[Near]) -> Iterator[Near]:
    """Put two edits together, the likeliest first."""
    ranked = sorted(
        itertools.combinations(singles, 2), key=lambda two: two[0].rank + two[1].rank
    )
    for one, other in itertools.islice(ranked, PAIRS):
        if one.edits[0].node is not other.edits[0].node:
            yield Near(one.source, one.edits + other.edits)


@functools.cache
def _singles(exercise: Exercise) -> list[list[Near]]:
    """Rewrite the solution, and then the other right ways, by one edit each."""
    found: list[list[Near]] = []
    with stated_context(0):
        inputs = list(exercise.make_inputs(torch.Generator().manual_seed(0)))
        for function in (exercise.solution, *exercise.right_ways):
            try:
                source = Original(function)
                source.watch(inputs)
            except Exception:  # a lambda has no source of its own
                found.append([])
                continue
            found.append([Near(source, (edit,)) for edit in edits_of(source)])
    return found


class NearAnswers:
    """Near answers, run in the guard and within a time, against what the reader's gave."""

    def __init__(self, exercise: Exercise, seen: Sequence[Seen], seed: int) -> None:
        """Look at what a near answer has to give.

        Args:
            exercise: whose solution is rewritten.
            seen: every input with what the reader's function did.
            seed: where the random numbers start.
        """
        self._exercise = exercise
        self._seen = seen
        self._seed = seed
        self._end = process_time() + SECONDS
        probes = [
            n
            for n, one in enumerate(seen)
            if one.wrong
            and one.call.error is None
            and not self._alike(one.call.result, one.expected)
        ]
        probes.sort(key=lambda n: _size(seen[n].args))
        others = [n for n in range(len(seen)) if n not in probes[:1]]
        others.sort(key=lambda n: not seen[n].wrong)
        self.order = [*probes[:1], *others] if probes else []
        self._fitting: list[Near] | None = None

    def one_mistake(self, *, outer: bool) -> str:
        """Name the mistake by the near answers that differ in one place.

        Args:
            outer: whether they may be those that read arguments or give results otherwise.

        Returns:
            A sentence, or "" where no near answer gives the reader's results.
        """
        return _sentence([near for near in self.fitting() if outer or not near.outer])

    def fitting(self) -> list[Near]:
        """Find every near answer of one edit that gives the reader's results."""
        if self.order and self._fitting is None:
            solution, *others = _singles(self._exercise)
            self._fitting = self._kept(solution, self._fits) or self._kept(
                itertools.chain.from_iterable(others), self._fits
            )
        return self._fitting or []

    def two_mistakes(self) -> str:
        """Name the mistake by the first near answer that differs in two places."""
        if not self.order:
            return ""
        plausible = self._kept(_singles(self._exercise)[0], self._is_plausible)
        return _sentence(self._kept(_pairs(plausible), self._fits, most=1))

    def _kept(
        self,
        nears: Iterable[Near],
        test: Callable[[Near], bool],
        most: int | None = None,
    ) -> list[Near]:
        kept: list[Near] = []
        queue = iter(nears)
        over = False

        def work() -> None:
            nonlocal over
            until = thread_time() + SLICE
            while thread_time() < until:
                near = next(queue, None)
                if near is None:
                    over = True
                    return
                try:
                    if test(near):
                        kept.append(near)
                        if most is not None and len(kept) >= most:
                            over = True
                            return
                except Exception:  # it does not even run
                    continue

        while not over and process_time() < self._end:
            run(work, HANGS, self._seed)
        return kept

    def _fits(self, near: Near) -> bool:
        return all(self._agrees(near, self._seen[n]) for n in self.order)

    def _agrees(self, near: Near, one: Seen) -> bool:
        try:
            result = near.attempt(*fresh(one.args))
        except Exception as error:
            told = one.call.error
            return told is not None and type(error) is told.exception
        return one.call.error is None and self._alike(result, one.call.result)

    def _is_plausible(self, near: Near) -> bool:
        for n in self.order:
            one = self._seen[n]
            if one.wrong and n != self.order[0]:
                continue
            result = near.attempt(*fresh(one.args))
            if self._alike(result, one.expected) == one.wrong:
                return False
        return True

    def _alike(self, one: Any, other: Any) -> bool:
        exercise = self._exercise
        return same(one, other, rtol=exercise.rtol, atol=exercise.atol, dtype=False)


def _size(args: Any) -> int:
    """Count the numbers in arguments, to begin with the smallest."""
    if isinstance(args, torch.Tensor):
        return args.numel()
    if isinstance(args, tuple | list):
        return sum(map(_size, args))
    return 1
