"""Fixtures for the tests of the exercises."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from attention_course.exercises import Exercise
from attention_course.exercises.checker import registry


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exercise], Exercise]:
    """Make an exercise known for the length of one test, in the place of another if need be."""

    def put(exercise: Exercise) -> Exercise:
        monkeypatch.setitem(registry._registry, exercise.id, exercise)
        return exercise

    return put
