"""Decorators that collect answers: for each exercise functions, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Answer = TypeVar("Answer", bound=Callable[..., Any])

WRONG: dict[str, list[tuple[Callable[..., Any], str]]] = {}
RIGHT: dict[str, list[Callable[..., Any]]] = {}


def wrong(exercise: str, what: str) -> Callable[[Answer], Answer]:
    """Keep a wrong answer with its writer's word for what is wrong."""

    def keep(function: Answer) -> Answer:
        WRONG.setdefault(exercise, []).append((function, what))
        return function

    return keep


def right(exercise: str) -> Callable[[Answer], Answer]:
    """Keep a right answer."""

    def keep(function: Answer) -> Answer:
        RIGHT.setdefault(exercise, []).append(function)
        return function

    return keep
