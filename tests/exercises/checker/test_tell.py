"""An exception of the reader's code is told by type, message and line."""

from __future__ import annotations

import inspect

import torch
from torch import Tensor, nn

from attention_course.exercises import (
    check,
)
from tests.exercises.helpers import (
    fails_with_a_name,
)


def test_an_exception_is_reported_with_type_message_and_line() -> None:
    report = check("1.2", fails_with_a_name)
    first_line = inspect.getsourcelines(fails_with_a_name)[1]
    assert report.status == "raised"
    assert "NameError" in report.diagnosis
    assert "name 'undefined_name' is not defined" in report.diagnosis
    assert (
        f"in line {first_line + 2}, `return undefined_name + wanted" in report.diagnosis
    )
    assert __file__ not in report.diagnosis


def test_an_exception_inside_torch_is_told_at_the_readers_line() -> None:
    def product(ids: Tensor, vocab_size: int) -> Tensor:
        return nn.Linear(3, 2)(ids)

    report = check("1.2", product)
    assert report.status == "raised"
    assert "`return nn.Linear(3, 2)(ids)`" in report.diagnosis


def test_an_exception_on_some_inputs_only_says_where_it_is_right() -> None:
    def one_axis_only(ids: Tensor, vocab_size: int) -> Tensor:
        rows = torch.zeros(len(ids), vocab_size)
        for place, token in enumerate(ids):
            rows[place, int(token)] = 1
        return rows

    report = check("1.2", one_axis_only)
    assert report.status == "raised"
    assert "On other inputs, such as ids (" in report.diagnosis


def test_an_exception_whose_message_fails_is_reported() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        raise Mute

    assert "raised Mute" in check("1.2", attempt).diagnosis


def test_endless_recursion_is_an_exception() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        return attempt(ids, vocab_size)

    assert "RecursionError" in check("1.2", attempt).diagnosis
