"""What the tests of several chapters' exercises share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from attention_course.exercises import Exercise, Question, find

Attempt = Callable[..., Any]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def cases(exercise_id: str, seed: int) -> Iterator[tuple[Attempt, tuple[Any, ...]]]:
    exercise = find(exercise_id)
    assert isinstance(exercise, Exercise)
    for args in exercise.make_inputs(generator(seed)):
        yield exercise.solution, args


def answer(exercise_id: str) -> str:
    question = find(exercise_id)
    assert isinstance(question, Question)
    return question.answer


def diagnosis(exercise_id: str, wrong: str) -> str:
    """The text of a wrong answer, by the end of its name."""
    exercise = find(exercise_id)
    assert isinstance(exercise, Exercise)
    (found,) = (w for w in exercise.wrong if w.attempt.__name__.endswith(wrong))
    return found.diagnosis
