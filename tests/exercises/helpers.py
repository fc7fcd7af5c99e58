"""What the tests of the exercises share."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import torch
from torch import Tensor

from attention_course.exercises import Exercise, Mistake, Question, exercises, find
from attention_course.exercises.checker import primes

Attempt = Callable[..., Any]

ITEMS = [find(row[0]) for row in exercises()]
CODE = [item for item in ITEMS if isinstance(item, Exercise)]
QUESTIONS = [item for item in ITEMS if isinstance(item, Question)]
SEEDS = (0, 1, 2)


def by_id(item: Exercise | Question) -> str:
    return item.id


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def code(exercise_id: str) -> Exercise:
    exercise = find(exercise_id)
    assert isinstance(exercise, Exercise)
    return exercise


def cases(exercise_id: str, seed: int) -> Iterator[tuple[Attempt, tuple[Any, ...]]]:
    """Give an exercise's solution, and the arguments of each call."""
    exercise = code(exercise_id)
    for args in exercise.make_inputs(generator(seed)):
        yield exercise.solution, args


def answer(exercise_id: str) -> str:
    question = find(exercise_id)
    assert isinstance(question, Question)
    return question.answer


def diagnosis(exercise_id: str, name: str) -> str:
    """The text of a mistake, by its name."""
    known = code(exercise_id).mistakes
    (found,) = (mistake for mistake in known if mistake.attempt.__name__ == name)
    return found.diagnosis


def double(values: Tensor) -> Tensor:
    """Double every number.

    Args:
        values: ``(n,)``.
    """
    return values * 2


def toy(**changes: Any) -> Exercise:
    """A small exercise that keeps every promise, or breaks the one that is changed."""

    def inputs(generator: torch.Generator) -> Iterator[tuple[Any, ...]]:
        for n in primes(generator, 2, low=5):
            yield (torch.randn(n, generator=generator),)

    whole = Exercise(
        id="9.1",
        title="Twice",
        statement="Write `double(values)`.",
        stars=1,
        minutes=1,
        make_inputs=inputs,
        solution=double,
        hints=("Twice.", "Times two."),
        mistakes=(
            Mistake(lambda values: values * 3, "You took three times."),
            Mistake(lambda values: values**2, "You squared."),
            Mistake(lambda values: values + 2, "You added two."),
            Mistake(lambda values: values.abs() * 2, "You lost the sign."),
        ),
        right_ways=(lambda x: x + x, lambda x: 2 * x, lambda x: x / 0.5),
    )
    return dataclasses.replace(whole, **changes)


def fails_with_a_name(ids: Tensor, vocab_size: int) -> Tensor:
    wanted = vocab_size
    return undefined_name + wanted  # type: ignore[name-defined]  # noqa: F821


def loops(ids: Tensor, vocab_size: int) -> Any:
    while True:
        pass


def loops_and_swallows(ids: Tensor, vocab_size: int) -> Any:
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


def n_attempts_running() -> int:
    return sum(thread.name == "attempt" for thread in threading.enumerate())


class Page(HTMLParser):
    """Reads a report: which elements it has, and whether each is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data
