"""The training map as a Python object: recordings, nearest words, and no scripts."""

from __future__ import annotations

import json

import pytest
import torch
import traitlets
from torch.nn.functional import normalize

from attention_course.widgets import TrainingMap
from tests.widgets.helpers import Page
from tests.widgets.training_map.example import (
    random_tables,
    recording,
    training_map,
)

TABLES = random_tables(5, (0, 30), 11)
WORDS = ["a", "b", "c", "d", "e"]
KIND_OF = dict(zip(WORDS, "xyxyx", strict=True))


def test_a_recording_is_the_table_s_rows_at_length_one_rounded():
    widget = TrainingMap(TrainingMap.record(TABLES, WORDS, ["d", "a", "c"], KIND_OF))
    for n, table in enumerate(TABLES.values()):
        widget.step = n
        exact = normalize(table[[3, 0, 2]].double(), dim=-1)
        torch.testing.assert_close(widget.vectors(), exact, atol=0.01, rtol=0)
    assert widget.recording["words"] == ["d", "a", "c"]
    assert widget.recording["kinds"] == ["y", "x", "x"]
    assert widget.recording["steps"] == [0, 30]


def test_the_map_s_directions_are_those_of_the_largest_spread():
    widget = TrainingMap(TrainingMap.record(TABLES, WORDS, WORDS, KIND_OF))
    last = widget.vectors()
    both = torch.tensor(widget.recording["directions"], dtype=torch.double)
    torch.testing.assert_close(
        both @ both.T, torch.eye(2, dtype=torch.double), atol=1e-3, rtol=0
    )
    centred = last - last.mean(dim=0)
    strength = torch.linalg.svdvals(centred)[:2]
    torch.testing.assert_close(
        (centred @ both.T).norm(dim=0), strength, atol=0.02, rtol=0
    )


def test_nearest_and_right_are_counted_by_hand():
    made = TrainingMap.record(
        {0: torch.tensor([[1.0, 0], [1, 0.1], [0, 1], [1, 0.3]])},
        ["a", "b", "c", "d"],
        ["a", "b", "c", "d"],
        {"a": "x", "b": "x", "c": "y", "d": "y"},
    )
    widget = TrainingMap(made)
    assert widget.nearest() == [1, 3, 2]
    assert widget.right() == 3  # d is nearest to b, which is of the other kind
    assert "“b” 0.99" in widget.summary()
    assert "3 of 4 words" in widget.summary()


def test_training_shows_in_the_view_without_scripts():
    widget = training_map(word=2)
    rows = Page(widget).rows
    assert rows[0] == ["after step", "nearest to word2", "nearest of own kind"]
    assert [row[0] for row in rows[1:]] == ["0", "20", "400"]
    for n, row in enumerate(rows[1:]):
        widget.step = n
        words = widget.recording["words"]
        assert row[1] == ", ".join(words[i] for i in widget.nearest())
        assert row[2] == f"{widget.right()} of 9"
    assert rows[-1][2] == "9 of 9"


def test_the_last_step_is_shown_first():
    assert training_map().step == 2


@pytest.mark.parametrize(
    ("name", "value", "range_"), [("step", 3, "0 to 2"), ("word", -1, "0 to 8")]
)
def test_a_state_out_of_range_is_refused(name, value, range_):
    with pytest.raises(traitlets.TraitError, match=f"{name}: .* {range_}, got {value}"):
        training_map(**{name: value})


def test_a_recording_is_read_only():
    widget = training_map()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        widget.recording = widget.recording


def changed(**changes):
    return recording() | changes


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TrainingMap([]), "recording: expected a dictionary with"),
        (
            lambda: TrainingMap(changed(vectors="AAAA")),
            r"vectors: expected 189 bytes, got 3",
        ),
        (lambda: TrainingMap(changed(steps=[])), "steps: expected whole numbers"),
        (lambda: TrainingMap(changed(kinds=["x"])), "words, kinds: .* got 9 and 1"),
        (
            lambda: TrainingMap(changed(kinds=[str(n) for n in range(9)])),
            "kinds: expected at most 7, got 9",
        ),
        (
            lambda: TrainingMap(changed(directions=[[1.0], [2.0]])),
            "directions: expected two rows of 7",
        ),
        (lambda: TrainingMap.record({}, WORDS, WORDS, KIND_OF), "tables: expected a"),
        (
            lambda: TrainingMap.record(TABLES, WORDS, ["a", "z"], KIND_OF),
            "shown: expected words that have a row, got 'z'",
        ),
        (
            lambda: TrainingMap.record(TABLES, WORDS, ["a", "b"], {}),
            "kinds: expected a kind for 'a', got none",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_chapter_s_recording_fits_a_page():
    made = recording(84, [10 * n for n in range(10)], 64)
    assert len(json.dumps(made)) < 80_000
