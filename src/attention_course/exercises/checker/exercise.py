"""What an exercise is, and how an author writes one: all of it in one file.

@exercise("3.1", "All dot products at once", stars=1, minutes=5, statement="…")
def compare_all_pairs(query: Tensor, key: Tensor) -> Tensor:
    \"\"\"…\"\"\"                       # stands in the stub too: what goes in and out
    return query @ key.mT

compare_all_pairs.hints = ("…", "…")  # each says more than the one before

@compare_all_pairs.inputs
def inputs(generator): ...            # yields the arguments of several calls

@compare_all_pairs.right
def einsum(query, key): ...           # the same, written differently

@compare_all_pairs.wrong("You take the mean of the products. A dot product is …")
def mean(query, key): ...             # a plausible mistake, and how it is told
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

__all__ = ["Args", "Exercise", "Mistake", "Question", "exercise", "primes"]

Args = tuple[Any, ...]
Attempt = TypeVar("Attempt", bound=Callable[..., Any])
Inputs = TypeVar("Inputs", bound=Callable[[torch.Generator], Iterable[Any]])


def _no_inputs(generator: torch.Generator) -> Iterable[Args]:
    return ()


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong answer, and the sentence that tells a reader what is wrong."""

    attempt: Callable[..., Any]
    diagnosis: str


@dataclass(eq=False, repr=False)
class Exercise:
    """An exercise whose answer is a function that ``check`` can run; it is that function too.

    Args:
        id: chapter and number, ``"1.3"``.
        title: a few words.
        statement: what to do, in Markdown without directives.
        stars: 1 to 3, how hard it is.
        minutes: how long it takes.
        solution: the right function. Its docstring stands in the stub too, so it says
            what comes in and goes out, and not how.
        hints: at least two, each saying more.
        make_inputs: yields the arguments of several calls, of several sizes; random
            numbers come from the generator alone. Sizes that must not be confused are
            different primes.
        right_ways: at least three other ways to write the solution.
        mistakes: at least four wrong answers, each giving other results than the others.
        outputs: what the results are called, where there are several.
        rtol: relative tolerance of the comparison.
        atol: absolute tolerance of the comparison.
        compare: a comparison of its own, for answers that are not unique:
            ``compare(received, expected, args)`` returns None or what is wrong.
    """

    id: str
    title: str
    statement: str
    stars: int
    minutes: int
    solution: Callable[..., Any]
    hints: tuple[str, ...] = ()
    make_inputs: Callable[[torch.Generator], Iterable[Args]] = _no_inputs
    right_ways: tuple[Callable[..., Any], ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    outputs: tuple[str, ...] = ()
    rtol: float = 1e-4
    atol: float = 1e-5
    compare: Callable[[Any, Any, Args], str | None] | None = None

    def __post_init__(self) -> None:
        functools.update_wrapper(self, self.solution)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the solution."""
        return self.solution(*args, **options)

    def __repr__(self) -> str:
        return f"Exercise {self.id}, {self.title}"

    def inputs(self, make_inputs: Inputs) -> Inputs:
        """Decorate the generator of the calls' arguments."""
        self.make_inputs = make_inputs
        return make_inputs

    def right(self, attempt: Attempt) -> Attempt:
        """Decorate another way to write the solution."""
        self.right_ways = (*self.right_ways, attempt)
        return attempt

    def wrong(self, diagnosis: str) -> Callable[[Attempt], Attempt]:
        """Decorate a plausible mistake with the sentence that tells it."""

        def add(attempt: Attempt) -> Attempt:
            self.mistakes = (*self.mistakes, Mistake(attempt, diagnosis))
            return attempt

        return add

    @property
    def source(self) -> str:
        """The solution's source, without its decorators."""
        lines, function = self._parsed()
        return "\n".join(lines[function.lineno - 1 :])

    @property
    def stub(self) -> str:
        """What the reader fills in: the solution's signature and docstring, and ``...``."""
        lines, function = self._parsed()
        if ast.get_docstring(function) is None:
            raise TypeError(f"exercise {self.id}: expected a solution with a docstring")
        docstring_ends = function.body[0].end_lineno
        return "\n".join([*lines[function.lineno - 1 : docstring_ends], "    ..."])

    @property
    def asks_for_a_dtype(self) -> bool:
        """Whether the stub's docstring names a dtype, such as int64; else any width will do."""
        return bool(re.search(r"\b(float|int)\d+\b", self.solution.__doc__ or ""))

    def _parsed(self) -> tuple[list[str], ast.FunctionDef]:
        """Read the solution's source: its lines, and the function in them."""
        source = textwrap.dedent(inspect.getsource(self.solution)).rstrip()
        function = ast.parse(source).body[0]
        if not isinstance(function, ast.FunctionDef):
            raise TypeError(f"exercise {self.id}: expected a function as the solution")
        return source.splitlines(), function

    def names(self, args: Args) -> dict[str, Any]:
        """Give each argument of a call its name."""
        bound = inspect.signature(self.solution).bind(*args)
        return dict(bound.arguments)


def exercise(
    id: str, title: str, *, stars: int, minutes: int, statement: str, **options: Any
) -> Callable[[Callable[..., Any]], Exercise]:
    """Decorate the solution of an exercise, and so make the exercise.

    Args:
        id: chapter and number, ``"1.3"``.
        title: a few words.
        stars: 1 to 3, how hard it is.
        minutes: how long it takes.
        statement: what to do, in Markdown without directives.
        options: ``outputs``, ``rtol``, ``atol`` or ``compare`` of :class:`Exercise`.
    """
    return lambda solution: Exercise(
        id, title, statement, stars, minutes, solution, **options
    )


@dataclass(frozen=True)
class Question:
    """A question to answer before unfolding the answer: predict, then reveal.

    Args:
        id: chapter and number, ``"1.1"``.
        title: a few words.
        text: the question, in Markdown without directives.
        answer: the answer with its reason, folded away until asked for.
        stars: 1 to 3, how hard it is.
        minutes: how long it takes.
    """

    id: str
    title: str
    text: str
    answer: str
    stars: int
    minutes: int


def primes(
    generator: torch.Generator, n: int, *, low: int = 2, high: int = 23
) -> list[int]:
    """Draw pairwise different prime numbers from ``[low, high]``.

    Raises:
        ValueError: there are fewer.
    """
    known = [p for p in range(max(low, 2), high + 1) if all(p % d for d in range(2, p))]
    if n > len(known):
        raise ValueError(
            f"n: expected at most {len(known)} primes up to {high}, got {n}"
        )
    order = torch.randperm(len(known), generator=generator)[:n]
    return [known[int(i)] for i in order]
