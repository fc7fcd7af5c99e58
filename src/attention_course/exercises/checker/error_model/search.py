"""Find the near answers whose numbers are the reader's, and tell them."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import torch
from torch import Tensor

from ..calls import Outcome
from ..compare import close, same
from ..context import stated_context
from ..deadline import Deadline, OutOfTime
from ..exercise import Args, Exercise
from ..relations import SIMPLE, may_be_simple, relations
from ..sandbox import fresh, run
from . import arithmetic, axes, flow, functions, logic, steps, whole  # noqa: F401  (their rules)
from .rule import edits_of
from .source import Edit, Original

__all__ = [
    "LARGE",
    "Near",
    "NearAnswers",
    "Raised",
    "Seen",
    "is_known",
    "rewritten",
    "singles",
    "size",
]

SLICE = 0.3  # seconds of one run in the guard
SECONDS = 2.2  # for all near answers of one check
FIRST = 1.0  # of these for the solution with one edit
REWRITING = 0.2  # seconds that the rewriting of a source takes
LONG = 0.4  # seconds after a slice in which a near answer has to come to its end
HANGS = 5.0  # seconds by the clock after which a near answer counts as one that hangs
PAIRS = 1_200  # at most so many
MANY = 4  # places of the same mistake at most
ODD = 4  # from this rank on a relation is told first
TOLD = 2  # alternatives in a sentence
FEWEST = 4  # numbers of a result in which a relation is looked for
LARGE = 8  # numbers of a result that says something though some are NaN
KEPT = 20_000  # numbers of a result that is kept for the next check


@dataclass(frozen=True)
class Seen:
    """What a near answer has to give: the reader's result on an input, where it is wrong."""

    args: Args
    call: Outcome
    expected: Any
    wrong: bool


@dataclass(eq=False)
class Near:
    """A source with one or two edits."""

    source: Original
    edits: tuple[Edit, ...]
    # What it gave, by seed and place of the input: an exception's type, or the result.
    given: dict[tuple[int, int], Any] = field(default_factory=dict)

    @functools.cached_property
    def attempt(self) -> Callable[..., Any]:
        """Make the function, when it is first needed."""
        return self.source.edited(self.edits)

    @property
    def clause(self) -> str:
        """Say what is different: ends "what comes out if …"."""
        return " and ".join(dict.fromkeys(edit.clause for edit in self.edits))

    @property
    def outer(self) -> bool:
        """Say whether a relation tells as much: arguments or results given otherwise."""
        return all(edit.outer or edit.rank >= ODD for edit in self.edits)

    @property
    def rank(self) -> int:
        """Say how likely it is, 1 the likeliest; the same mistake everywhere counts once."""
        if len({edit.key for edit in self.edits}) == 1:
            return max(edit.rank for edit in self.edits) + (len(self.edits) > 1)
        return sum(edit.rank for edit in self.edits)

    def on(self, seed: int, place: int, args: Args, deadline: Deadline) -> Any:
        """Give the result on an input, or the type of the exception.

        Raises:
            OutOfTime: even the quickest form of this source took longer than what is left.
        """
        key = seed, place
        if key in self.given:
            return self.given[key]
        costs = self.source.costs
        deadline.ask(costs.get(key, 0.0))
        begun = process_time()
        try:
            result = self.attempt(*fresh(args))
        except Exception as error:
            result = Raised(type(error))
        else:
            took = process_time() - begun
            costs[key] = min(took, costs.get(key, took))
        if size(result) <= KEPT:
            self.given[key] = result
        return result


@dataclass(frozen=True)
class Raised:
    """What stands in the place of a result where there is none."""

    exception: type[BaseException]


def _sentence(fitting: Sequence[Near]) -> str:
    """Tell what fits, the likeliest first; "" where nothing does."""
    ranked = sorted(fitting, key=lambda near: (near.outer, near.rank))
    clauses = list(dict.fromkeys(near.clause for near in ranked))
    if not clauses:
        return ""
    told = ", or if ".join(clauses[:TOLD])
    return f"Your result is what comes out if {told}."


def _pairs(nears: Sequence[Near]) -> Iterator[Near]:
    """Put two edits together, the likeliest first."""
    for one, other in itertools.islice(_by_rank(nears), PAIRS):
        if len(one.edits) > 1 or len(other.edits) > 1:
            continue
        if one.edits[0].node is not other.edits[0].node:
            yield Near(one.source, one.edits + other.edits)


def _by_rank(nears: Sequence[Near]) -> Iterator[tuple[Near, Near]]:
    """Give all pairs, those with the lowest sum of ranks first."""
    ranks = [near.rank for near in nears]
    for total in range(2, 2 * max(ranks, default=0) + 1):
        for n, one in enumerate(nears):
            for m in range(n + 1, len(nears)):
                if ranks[n] + ranks[m] == total:
                    yield one, nears[m]


def singles(exercise: Exercise) -> list[Near]:
    """Rewrite the solution by one edit each."""
    return _rewritten_way(exercise, exercise.solution)


def _other_singles(exercise: Exercise, deadline: Deadline) -> Iterator[Near]:
    """Rewrite the other right ways by one edit each, one way after the other."""
    for way in exercise.right_ways:
        deadline.ask(REWRITING)
        yield from _rewritten_way(exercise, way)


@functools.cache
def _rewritten_way(exercise: Exercise, function: Callable[..., Any]) -> list[Near]:
    """Rewrite one right way; [] where it has no source of its own, as a lambda."""
    with stated_context(0):
        inputs = list(exercise.make_inputs(torch.Generator().manual_seed(0)))
        try:
            source = Original(function)
            source.watch(inputs)
        except Exception:
            return []
        return rewritten(source) if source.is_plain() else []


def rewritten(source: Original) -> list[Near]:
    """Rewrite a source by one edit, or by the same edit everywhere; the likeliest first."""
    edits = edits_of(source)
    alike: dict[Any, list[Edit]] = {}
    for edit in edits:
        if edit.rank < ODD and not edit.outer:
            alike.setdefault(edit.key, []).append(edit)
    nears = [Near(source, (edit,)) for edit in edits]
    nears += [
        Near(source, tuple(group))
        for group in alike.values()
        if 1 < len(group) <= MANY and len({id(edit.node) for edit in group}) > 1
    ]
    return sorted(nears, key=lambda near: near.rank)


class NearAnswers:
    """Near answers, run in the guard and within a time, against what the reader's gave."""

    def __init__(
        self,
        exercise: Exercise,
        seen: Sequence[Seen],
        seed: int,
        part: int | None = None,
        finite: bool = False,
        deadline: Deadline | None = None,
    ) -> None:
        """Look at what a near answer has to give.

        Args:
            exercise: whose solution is rewritten.
            seen: every input with what the reader's function did.
            seed: where the random numbers start.
            part: which of several results counts; None for all.
            finite: whether only those entries count that are finite in the reader's result.
            deadline: when the search ends; None for the usual time.
        """
        self._exercise = exercise
        self._part = part
        self._finite = finite
        self._seen = [self._only(one) for one in seen]
        self._seed = seed
        self.deadline = Deadline(SECONDS) if deadline is None else deadline
        probes = [
            n
            for n, one in enumerate(self._seen)
            if one.wrong
            and one.call.error is None
            and not self._alike(one.call.result, one.expected)
        ]
        probes.sort(key=lambda n: size(seen[n].args))
        others = [n for n in range(len(seen)) if n not in probes[:1]]
        others.sort(key=lambda n: not seen[n].wrong)
        self.probes = probes
        self.order = [*probes[:1], *others] if probes else []
        self._fitting: list[Near] | None = None

    def _only(self, one: Seen) -> Seen:
        """Look at one of several results alone."""
        if self._part is None or one.call.error is not None:
            return one
        call = Outcome(result=self._result(one.call.result))
        expected = one.expected[self._part]
        wrong = not self._alike(call.result, expected)
        return Seen(one.args, call, expected, wrong)

    def _result(self, result: Any) -> Any:
        if self._part is None or isinstance(result, Raised):
            return result
        if isinstance(result, tuple | list) and len(result) > self._part:
            return result[self._part]
        return None

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
            solution = singles(self._exercise)
            self._fitting = self.kept(solution, self._fits, seconds=FIRST)
        return self._fitting or []

    def another_way(self) -> str:
        """Name the mistake by one edit of another right way to write the solution."""
        if not self.order:
            return ""
        others = _other_singles(self._exercise, self.deadline)
        found = _sentence(self.kept(others, self._fits, most=TOLD, seconds=FIRST))
        if not found:
            return ""
        clause = found.removeprefix("Your result is what comes out if ")
        return (
            f"Your result is what comes out of another way to write it, where {clause}"
        )

    def two_mistakes(self) -> str:
        """Name the mistake by the first near answer that differs in two places."""
        if not self.order:
            return ""
        plausible = self.kept(singles(self._exercise), self._is_plausible)
        return _sentence(self.kept(_pairs(plausible), self._fits, most=1))

    def varied(self) -> str:
        """Name the mistake by a near answer and a plain relation on top of it."""
        found: list[tuple[Near, str]] = []

        def fits(near: Near) -> bool:
            phrase = self._varied(near)
            if phrase:
                found.append((near, phrase))
            return bool(phrase)

        if self.probes:
            self.kept(singles(self._exercise), fits, most=1)
        if not found:
            return ""
        near, phrase = found[0]
        told = phrase.replace("{it}", "what comes out then")
        return f"Two things come together: {near.clause}; and your result is {told}."

    def _varied(self, near: Near) -> str:
        """Find one plain relation to a near answer that holds wherever the result is wrong."""
        if near.outer:
            return ""
        keys: dict[Any, str] = {}
        n_tried = 0
        for n in self.probes:
            one = self._seen[n]
            if size(one.expected) < FEWEST:
                continue  # of few numbers everything is a relation
            its = self._result(self.on(near, n))
            if self._alike(its, one.expected):
                return ""
            here = _simple(one.call.result, its)
            keys = {k: t for k, t in keys.items() if k in here} if n_tried else here
            n_tried += 1
            if not keys:
                return ""
        telling = [
            text
            for key, text in keys.items()
            if n_tried > 1 or key == "sign" or key[0] in ("permute", "times")
        ]
        return telling[-1] if telling else ""

    def kept(
        self,
        nears: Iterable[Near],
        test: Callable[[Near], bool],
        most: int | None = None,
        seconds: float = SECONDS,
    ) -> list[Near]:
        """Run a test on near answers in the guard, and keep those that pass it."""
        deadline = self.deadline.part(seconds)
        kept: list[Near] = []
        queue = iter(nears)
        over = False

        def work() -> None:
            nonlocal over
            slice_ends = deadline.part(SLICE)
            while not slice_ends.over:
                try:
                    near = next(queue, None)
                    if near is None or deadline.over:
                        over = True
                        return
                    if test(near):
                        kept.append(near)
                        if most is not None and len(kept) >= most:
                            over = True
                            return
                except OutOfTime:
                    over = True
                    return
                except Exception:  # it does not even run
                    continue

        while not over and not deadline.over:
            run(work, HANGS, self._seed, deadline=deadline.part(SLICE + LONG))
        return kept

    def on(self, near: Near, place: int) -> Any:
        """Give a near answer's result on an input, if there is time for it."""
        return near.on(self._seed, place, self._seen[place].args, self.deadline)

    def _fits(self, near: Near) -> bool:
        return all(self._agrees(near, n) for n in self.order)

    def _agrees(self, near: Near, n: int) -> bool:
        one = self._seen[n]
        result = self._result(self.on(near, n))
        if isinstance(result, Raised):
            told = one.call.error
            return told is not None and result.exception is told.exception
        if one.call.error is not None:
            return False
        if self._finite and one.wrong:
            return _alike_where_finite(result, one.call.result)
        return self._alike(result, one.call.result)

    def _is_plausible(self, near: Near) -> bool:
        for n in self.order:
            one = self._seen[n]
            if one.wrong and n != self.order[0]:
                continue
            result = self._result(self.on(near, n))
            if isinstance(result, Raised):
                return False
            if self._alike(result, one.expected) == one.wrong:
                return False
        return True

    def _alike(self, one: Any, other: Any) -> bool:
        exercise = self._exercise
        return same(one, other, rtol=exercise.rtol, atol=exercise.atol, dtype=False)


def is_known(result: Tensor) -> bool:
    """Say whether at least half of a result is finite; of a small one, anything will do."""
    known = result.isfinite()
    return result.numel() < LARGE or 2 * int(known.sum()) >= known.numel()


def _alike_where_finite(one: Any, received: Any) -> bool:
    """Say whether two results are alike in the entries that are finite in the second."""
    if not isinstance(one, Tensor) or not isinstance(received, Tensor):
        return False
    known = received.isfinite()
    return (
        one.shape == received.shape
        and is_known(received)
        and close(one[known], received[known])
    )


def _simple(one: Any, other: Any) -> dict[Any, str]:
    """Find plain relations of one result to another; most pairs are left at a glance."""
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        return {}
    if one.numel() != other.numel() or one.numel() < FEWEST:
        return {}
    if not may_be_simple(one, other):
        return {}
    found = relations(one, other)
    return {
        key: text
        for key, text in found
        if (key[0] if isinstance(key, tuple) else key) in SIMPLE
    }


def size(value: Any) -> int:
    """Count the numbers in arguments or results."""
    if isinstance(value, Tensor):
        return value.numel()
    if isinstance(value, tuple | list):
        return sum(map(size, value))
    return 1
