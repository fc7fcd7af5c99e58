"""Chapter 3: mistakes, the way that readers write them."""

from __future__ import annotations

from torch import Tensor

from attention_course.exercises import (
    check,
)
from tests.exercises.helpers import (
    code,
)


def test_a_mask_filled_in_place_is_told_with_the_mistake() -> None:
    def in_place(scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill_(~mask, -1e9).softmax(-1)

    report = check("3.4", in_place)
    assert report.status == "changed its input"
    assert "changed `scores` in place" in report.diagnosis
    assert "You fill in a large negative number." in report.diagnosis


def test_nan_is_told_where_it_stands() -> None:
    """A row of NaN, and beside it where the answer is right."""
    report = check("3.4", code("3.4").mistakes[1].attempt)
    assert report.status == "not finite"
    assert "0 / 0 = NaN" in report.diagnosis
    assert "It is right with scores (" in report.diagnosis
