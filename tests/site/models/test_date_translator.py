"""The translator of dates answers in the page as by torch."""

from __future__ import annotations

import numpy as np
import pytest

from attention_course.widgets import AlignmentViewer
from tests.site.models.pages import (
    DATES,
    ask,
    widget,
)

pytestmark = pytest.mark.browser


def test_dates_are_translated_as_by_torch(loaded, answers):
    got = ask(loaded, DATES, [{"text": one["text"]} for one in answers[DATES]])
    assert len(got) == 40
    for ours, torchs in zip(got, answers[DATES], strict=True):
        assert ours["written"] == torchs["written"], torchs["text"]
        np.testing.assert_allclose(
            ours["weights"], torchs["weights"], rtol=0, atol=1e-5
        )


def test_a_reader_types_a_date_and_sees_its_alignment(loaded, answers):
    place = widget(loaded, AlignmentViewer)
    box = place.get_by_label("Or type one")
    for one in answers[DATES][:6]:
        box.fill("")
        box.press_sequentially(one["text"])
        written = "".join(one["written"]).removesuffix("<end>")
        place.get_by_text(f"Written: {written}", exact=True).wait_for()
        shown = place.locator(".ac-heatmap tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.querySelectorAll('td')].map(c => c.textContent))"
        )
        numbers = [[float(text) for text in row] for row in shown]
        np.testing.assert_allclose(numbers, one["weights"], rtol=0, atol=0.00501)
    box.fill("")
    place.get_by_text("Type at least one character.").wait_for()
    box.fill("3 Zeptember 2020 ☃")
    place.get_by_text(
        "The model was never shown “Z”, “☃”: it reads <unknown> instead."
    ).wait_for()
    box.fill("1" * 201)
    place.get_by_text("Type at most 200 characters; this has 201.").wait_for()


def test_an_accent_typed_apart_is_one_character(loaded):
    together, apart = ask(
        loaded, DATES, [{"text": "3 février 2021"}, {"text": "3 fe\u0301vrier 2021"}]
    )
    assert together == apart
    assert together["text"] == "3 février 2021"
