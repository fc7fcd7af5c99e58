"""Chapter 2: mistakes, the way that readers write them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from attention_course.exercises import (
    check,
)
from tests.exercises.helpers import (
    Attempt,
    code,
)


def test_rows_padded_in_place_are_told() -> None:
    def in_place(rows: list[list[int]], filler: int) -> Tensor:
        width = max(map(len, rows))
        for row in rows:
            row += [filler] * (width - len(row))
        return torch.tensor(rows)

    report = check("2.3", in_place)
    assert report.status == "changed its input"
    assert "changed `rows` in place" in report.diagnosis


def test_a_decoder_that_never_stops_is_stopped() -> None:
    def forever(
        step: Attempt, state: Tensor, start: int, end: int, pad: int, max_length: int
    ) -> Tensor:
        token = torch.full((len(state),), start)
        while True:
            logits, state = step(token, state)
            token = logits.argmax(-1)

    report = check("2.8", forever, seconds=0.3)
    assert report.status == "too slow"
    assert "still running after 0.3 s and was stopped" in report.diagnosis


def test_rounds_of_step_leave_the_decoder_as_it_was() -> None:
    def trains(step: Any, *rest: Any) -> Tensor:
        step.table.zero_()
        return code("2.8").solution(step, *rest)

    assert "changed `step` in place" in check("2.8", trains).diagnosis
