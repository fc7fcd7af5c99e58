"""Find the place in the reader's own source where one edit makes all results right.

The rules that make near answers of the solution are applied to the reader's function. An
edit is told only if the edited function was run and is right on every input: the source
proposes, the results decide. The sentence names the place and the kind of the edit, not
what should stand there: that is left to the reader.
"""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from ..compare import double, same
from ..exercise import Exercise
from ..sandbox import run
from .search import (
    HANGS,
    ODD,
    REWRITING,
    Near,
    NearAnswers,
    Raised,
    Seen,
    rewritten,
    singles,
    size,
)
from .source import Edit, Original

__all__ = ["Repairs"]

LONGEST = 70  # characters of a line that is told
LOOKING = 0.8  # seconds for the place of one mistake
WATCHING = 0.3  # seconds after which a source is watched on no further input
FEWEST = 6  # numbers that have to agree before two mistakes are told
# Rules that put one thing in another's place. The others take something away, and what is
# left after that may look like many a mistake.
EXCHANGES = {"another_axis", "over_everything", "other_axes_moved", "transpose_extra"}
EXCHANGES |= {"sizes_exchanged", "flattened_elsewhere", "other_function", "sign"}
EXCHANGES |= {"comparison", "inverted", "filled", "mask_after_softmax", "constant"}
EXCHANGES |= {"other_size", "other_operation", "slice_moved", "rounds", "another_value"}
EXCHANGES |= {
    "counted",
    "brackets",
    "function_left_out",
    "arguments_exchanged",
    "nested",
    "transpose_missing",
}
# What may be left: not what throws most of the result away.
THROWS_AWAY = {"given_back_early", "used_otherwise", "argument_read_otherwise", "loop"}

# How an edit of each rule is told: what would make the results right.
WITH = {
    "another_axis": "with another axis in {x}",
    "over_everything": "with other axes in {x}, or with its axis kept or dropped",
    "transpose_missing": "without the move of axes in {x}",
    "other_axes_moved": "with other axes exchanged in {x}",
    "transpose_extra": "with two axes of {x} exchanged",
    "size_one": "without the axis of size 1 from {x}",
    "new_axis_elsewhere": "with the new axis elsewhere in {x}",
    "sizes_exchanged": "with the sizes in another order in {x}",
    "flattened_elsewhere": "with other axes flattened in {x}",
    "part_left_out": "with one part of {x} left out",
    "other_operation": "with another operation in {x}",
    "other_function": "with another function than in {x}",
    "function_left_out": "with {x} left out, or another function there",
    "other_similarity": "with another comparison than {x}",
    "row_of_scores": "with other keys for {x}",
    "sign": "with the other sign in {x}",
    "constant": "with another number than {x}",
    "other_size": "with another size than {x}",
    "comparison": "with another comparison, or another border, than {x}",
    "and_or": "with the conditions of {x} joined otherwise, or one of them left out",
    "inverted": "with {x} turned into its opposite",
    "filled": "with {x} filled with something else, or not at all",
    "mask_after_softmax": "with the mask of {x} applied at another place",
    "where": "with other branches in {x}",
    "selected": "with another selection than {x}",
    "own_place": "with the own place treated otherwise in {x}",
    "masked_scores": "with other keys for {x}",
    "loop": "with other rounds of the loop over {x}",
    "step_left_out": "with {x} left out, or done otherwise",
    "another_value": "with something else in the place of {x}",
    "arguments_exchanged": "with arguments of {x} exchanged",
    "nested": "with the parts of {x} in another order, or one left out",
    "slice_moved": "with another part than {x}",
    "given_back_early": "with something else than {x} given back",
    "used_otherwise": "with {x} read otherwise",
    "counted": "with other numbers than {x}",
    "brackets": "with the brackets elsewhere in {x}",
    "rounds": "with other rounds than {x}",
    "index_moved": "with other places in {x}",
    "mean_of_means": "with another mean than {x}",
    "comprehension_filter": "without the condition or the order in {x}",
    "written_out": "with {x} computed otherwise",
    "summed_first": "with the sum at another place in {x}",
    "all_pairs": "with other rows meeting in {x}",
    "dealt_in_turns": "with {x} dealt out otherwise",
    "indices_unpaired": "with the places of {x} taken otherwise",
}


class Repairs:
    """Edits of the reader's source, run in the guard and within a time."""

    def __init__(
        self,
        exercise: Exercise,
        attempt: Callable[..., Any] | None,
        seen: Sequence[Seen],
        near: NearAnswers,
        seed: int,
    ) -> None:
        """Get ready to rewrite the reader's function.

        Args:
            exercise: what it should solve.
            attempt: the reader's function.
            seen: every input with what the function did.
            near: the search that runs what is rewritten, in its guard and time.
            seed: where the random numbers start.
        """
        self._exercise = exercise
        self._attempt: Any = inspect.unwrap(attempt) if attempt else None
        self._seen = seen
        self._near = near
        self._seed = seed
        self._order = sorted(
            range(len(seen)), key=lambda n: (not seen[n].wrong, size(seen[n].args))
        )

    @functools.cached_property
    def singles(self) -> list[Near]:
        """Rewrite the reader's source by one edit each; [] where there is no source."""
        found: list[Near] = []
        deadline = self._near.deadline

        def work() -> None:
            source = Original(self._attempt)
            if not source.is_plain():
                return
            watching = deadline.part(WATCHING)
            for n in self._order:
                try:
                    source.watch([self._seen[n].args])
                except Exception:  # its values up to there are kept
                    continue
                if watching.over:
                    break
            deadline.ask(REWRITING)
            found.extend(rewritten(source))

        run(work, HANGS, self._seed, deadline=deadline)
        return found

    @functools.cached_property
    def _best(self) -> Near | None:
        """Find the likeliest edit that makes all results right."""
        if self._attempt is None:
            return None
        fitting = self._near.kept(self.singles, self._is_right, seconds=LOOKING)
        inner = [near for near in fitting if not near.edits[0].outer]
        return min(inner or fitting, key=lambda near: near.rank, default=None)

    def place(self) -> str:
        """Say in which line the mistake is; "" where no edit of one line is enough."""
        best = self._best
        if best is None or best.edits[0].node is best.source.tree:
            return ""
        place = _lower(self._place(best.edits[0]))
        return f"See {place}." if "`" in place else ""

    def one(self) -> str:
        """Name the place where one edit makes all results right; "" where none does."""
        best = self._best
        if best is None:
            return ""
        edit = best.edits[0]
        if edit.node is best.source.tree or edit.rule not in WITH:
            return f"Your results would all be right if {edit.clause}."
        place = self._place(edit)
        lines = {_line_of(other.node) for other in best.edits}
        if len(lines) > 1:
            place += " with others like it,"
        return f"{place} is where it goes wrong: {self._told(best)}, all results are right."

    def two(self) -> str:
        """Name two mistakes: one in the reader's source, and the one that is left then."""
        if not self._near.probes:
            return ""
        known = _Table(self._left())
        if not known.filled:
            return ""
        found: list[tuple[Near, Near]] = []

        def meets(near: Near) -> bool:
            edit = near.edits[0]
            if edit.outer or edit.rank >= ODD or edit.rule not in EXCHANGES:
                return False
            probe = self._near.probes[0]
            one = self._seen[probe]
            result = self._near.on(near, probe)
            nothing_done = any(self._alike(result, arg) for arg in one.args)
            if nothing_done or self._alike(result, one.call.result):
                return False
            for other in known.like(result):
                rule = other.edits[0].rule
                if rule != edit.rule and self._agree_everywhere(near, other):
                    found.append((near, other))
                    return True
            return False

        self._near.kept(self.singles, meets, most=1)
        if not found:
            return ""
        near, other = found[0]
        return (
            f"Two mistakes come together. One is in {_lower(self._place(near.edits[0]))}. "
            f"{self._told(near)[:1].upper()}{self._told(near)[1:]}, what is left is what "
            f"comes out if {other.clause}."
        )

    def _left(self) -> Iterator[tuple[Near, Any]]:
        """Give the near answers of the solution that may be left, with their results."""
        probe = self._near.probes[0]
        one = self._seen[probe]
        given: list[tuple[Near, Any]] = []

        def keep(near: Near) -> bool:
            if near.outer or near.edits[0].rule in THROWS_AWAY or near.rank > 2:
                return False
            result = self._near.on(near, probe)
            if not isinstance(result, Raised) and not self._alike(result, one.expected):
                given.append((near, result))
            return False

        self._near.kept(singles(self._exercise), keep)
        yield from given

    def _is_right(self, near: Near) -> bool:
        for n in self._order:
            one = self._seen[n]
            result = self._near.on(near, n)
            if isinstance(result, Raised):
                return False
            if self._exercise.compare is not None:
                if self._exercise.compare(result, one.expected, one.args) is not None:
                    return False
            elif not self._alike(result, one.expected):
                return False
        return True

    def _agree_everywhere(self, near: Near, other: Near) -> bool:
        for n in self._order:
            mine, its = self._near.on(near, n), self._near.on(other, n)
            if isinstance(mine, Raised) or not self._alike(mine, its):
                return False
        return True

    def _alike(self, one: Any, other: Any) -> bool:
        exercise = self._exercise
        return same(one, other, rtol=exercise.rtol, atol=exercise.atol, dtype=False)

    def _place(self, edit: Edit) -> str:
        """Say which line of the reader's file or cell an edit stands in."""
        code = self._attempt.__code__
        line = code.co_firstlineno + _line_of(edit.node) - 1
        text = linecache.getline(code.co_filename, line).strip()
        if len(text) > LONGEST:
            text = f"{text[: LONGEST - 2]} …"
        return f"Line {line}, `{text}`," if text else f"Line {line}"

    def _told(self, near: Near) -> str:
        edit = near.edits[0]
        return WITH[edit.rule].format(x=near.source.code(_shown(edit.node), plain=True))


def _lower(place: str) -> str:
    return f"{place[:1].lower()}{place[1:]}".rstrip(",")


def _line_of(node: Any) -> int:
    """Give the line of a node, or of its first part that has one."""
    for part in ast.walk(node):
        line = getattr(part, "lineno", None)
        if line is not None:
            return int(line)
    return 1


def _shown(node: Any) -> Any:
    """Give the part of a statement that is short enough to be told."""
    if isinstance(node, ast.For | ast.comprehension):
        return node.iter
    if isinstance(node, ast.If):
        return node.test
    return node


class _Table:
    """Results, to be looked up by their numbers."""

    def __init__(self, given: Iterator[tuple[Near, Any]]) -> None:
        self._rows: dict[Any, tuple[list[Near], list[Tensor]]] = {}
        self._stacks: dict[Any, Tensor] = {}
        for near, result in given:
            key, numbers = _flat(result)
            if numbers is not None and _tells(numbers):
                nears, rows = self._rows.setdefault(key, ([], []))
                nears.append(near)
                rows.append(numbers)

    @property
    def filled(self) -> bool:
        return bool(self._rows)

    def like(self, result: Any) -> list[Near]:
        """Give what has the same numbers, the likeliest first."""
        key, numbers = _flat(result)
        if numbers is None or key not in self._rows or not _tells(numbers):
            return []
        nears, rows = self._rows[key]
        if key not in self._stacks:
            self._stacks[key] = torch.stack(rows)
        stack = self._stacks[key]
        close = (stack - numbers).abs() <= 1e-5 + 1e-4 * numbers.abs()
        hits = close.all(dim=-1).nonzero().flatten().tolist()
        return sorted((nears[n] for n in hits), key=lambda near: near.rank)


def _tells(numbers: Tensor) -> bool:
    """Say whether numbers are many and different enough that agreement is no accident."""
    return numbers.numel() >= FEWEST and not bool((numbers == numbers[0]).all())


def _flat(result: Any) -> tuple[Any, Tensor | None]:
    """Write a result as a row of numbers, with a key for what it is made of."""
    if isinstance(result, Tensor):
        numbers = double(result).flatten()
        if numbers.is_complex() or result.dtype == torch.bool:
            return None, None  # of two values many a pair of mistakes makes the same
        kind = "float" if result.is_floating_point() else str(result.dtype)
        return (kind, *result.shape), numbers.nan_to_num(1.25e7, 1.5e7, -1.75e7)
    if isinstance(result, tuple | list):
        parts = [_flat(part) for part in result]
        rows = [row for _, row in parts if row is not None]
        if not parts or len(rows) < len(parts):
            return None, None
        return tuple(key for key, _ in parts), torch.cat(rows)
    if isinstance(result, int | float) and abs(result) < 1e15:
        return "number", torch.tensor([float(result)], dtype=torch.float64)
    return None, None
