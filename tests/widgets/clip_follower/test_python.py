"""The clip follower as a Python object: recordings, numbers, and the view without scripts."""

from __future__ import annotations

import base64
import io

import pytest
import torch
import traitlets
from PIL import Image

from attention_course.grid_models import Follower
from attention_course.lab.following import (
    carry,
    colour_error,
    fetch_by_pixels,
    fetch_same_place,
    fetch_with,
    overlap,
    split_colour,
)
from attention_course.widgets import ClipFollower
from tests.widgets.clip_follower.example import (
    CREDIT,
    clip,
    clip_follower,
    largest_clip_follower,
    random_follower,
    random_frames,
    random_masks,
)
from tests.widgets.helpers import Page, near, number, numbers_in


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"picked": 2}, r"picked: .* from 0 to 1, got 2"),
        ({"extent": 7}, r"extent: .* from 0 to 6, got 7"),
        ({"frame": 5}, r"frame: .* from 0 to 4, got 5"),
        ({"row": 11}, r"row: .* from 0 to 10, got 11"),
        ({"column": 13}, r"column: .* from 0 to 12, got 13"),
        ({"way": "flow"}, r"way: expected one of trained, pixels, copy, got 'flow'"),
        ({"painting": "0"}, r"painting: expected 36 hexadecimal digits, .* got '0'"),
        ({"painting": "g" * 36}, "painting: expected 36 hexadecimal digits"),
    ],
)
def test_a_state_that_makes_no_sense_is_refused(state, message):
    with pytest.raises(traitlets.TraitError, match=message):
        clip_follower(**state)


def with_(**changes):
    return lambda: ClipFollower([{**clip(), **changes}])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ClipFollower([]), "recordings: expected a list of 1 to 4, as Clip"),
        (with_(grey="AAAA"), r"recordings\[0\]: grey: expected 2860 bytes, got 3"),
        (with_(colour="AAAA"), r"recordings\[0\]: colour: expected 1430 bytes, got 3"),
        (with_(weights="AAAA"), r"recordings\[0\]: weights: expected 1304 bytes, got"),
        (with_(layers=[3, 11]), r"recordings\[0\]: layers: expected patch_extent, d_"),
        (with_(sizes=[5, 21, 26]), r"recordings\[0\]: "),
        (
            with_(scales=[1, 0, 1]),
            r"recordings\[0\]: scales: expected three positive n",
        ),
        (with_(credit=7), r"recordings\[0\]: credit: expected a string, got 7"),
        (with_(masks=[[0, "00"]]), r"recordings\[0\]: masks: expected 36 hexadecimal"),
        (with_(masks=[[5, "0" * 36]]), r"recordings\[0\]: masks: .* got frame 5"),
        (with_(masks=[[0]]), r"recordings\[0\]: masks: expected pairs of a frame's"),
        (
            lambda: ClipFollower([clip(), clip(random_frames((5, 22, 24)), masks={})]),
            r"recordings\[1\]: expected the sizes of recordings\[0\]",
        ),
    ],
)
def test_recordings_that_do_not_fit_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"model": torch.nn.Linear(2, 2)}, TypeError, "model: expected a Follower"),
        (
            {"model": Follower(stay=False)},
            ValueError,
            "model: expected a stride of 2 and",
        ),
        ({"model": Follower(stride=1)}, ValueError, "stride of 2 and stay=True, got 1"),
        ({"frames": random_frames()[:1]}, ValueError, "frames: expected at least two"),
        (
            {"frames": torch.rand(3, 8, 8)},
            ValueError,
            "frames: .*F H W 3|frames: .*axes",
        ),
        ({"masks": {7: random_masks()[0]}}, TypeError, "masks: expected .* 0 to 4"),
        ({"masks": {0: torch.rand(11, 13)}}, TypeError, r"masks\[0\]: .* boolean"),
        ({"masks": {0: torch.ones(3, 3) > 0}}, ValueError, r"masks\[0\]: .*\(11, 13\)"),
        ({"name": 5}, TypeError, "name: expected a string, got int"),
        ({"credit": None}, TypeError, "credit: expected a string, got NoneType"),
    ],
)
def test_what_cannot_be_recorded_is_refused(given, error, message):
    with pytest.raises(error, match=message):
        clip(**given)


def film_of(widget):
    """A recorded clip as frames, from its base64, by plain arithmetic."""
    recording = widget.recordings[widget.picked]
    n, height, width = recording["sizes"]
    grey = torch.frombuffer(
        bytearray(base64.b64decode(recording["grey"])), dtype=torch.uint8
    ).reshape(n, height, width, 1)
    ends = recording["scales"][0] * torch.frombuffer(
        bytearray(base64.b64decode(recording["colour"])), dtype=torch.int8
    ).double().reshape(n, height // 2, width // 2, 2)
    colour = torch.stack([ends[..., 0], -ends.sum(-1), ends[..., 1]], dim=-1)
    large = colour.repeat_interleave(2, 1).repeat_interleave(2, 2)
    return grey.double() / 255 + large


def test_a_recording_is_the_clip_and_the_follower_rounded():
    frames, model = random_frames(), random_follower()
    widget = ClipFollower([clip(frames, model)])
    grey, colour = split_colour(frames)
    seen_grey, seen_colour = split_colour(film_of(widget))
    torch.testing.assert_close(seen_grey, grey.double(), atol=0.51 / 255, rtol=0)
    step = widget.recordings[0]["scales"][0]
    torch.testing.assert_close(seen_colour, colour.double(), atol=1.01 * step, rtol=0)
    with torch.no_grad():
        exact = fetch_with(model.double(), film_of(widget))(
            slice(1, 2), 2, seen_colour[1:2]
        )
    errors = (exact - seen_colour[2]).square().mean(-1)
    changed = (grey[2, ::2, ::2, 0] - grey[1, ::2, ::2, 0]).abs() > 0.06
    told = with_frame(widget, 2).errors()
    # The follower's own numbers are rounded to 32767ths of the largest.
    assert told["trained"]["changed"] == pytest.approx(
        float(errors[changed].mean().sqrt()), rel=2e-3
    )


def with_frame(widget, frame):
    widget.frame = frame
    return widget


def fetches(widget):
    """The lab's own ways to fetch, on the recorded clip."""
    frames = film_of(widget)
    model = widget._film().model
    return {
        "trained": fetch_with(model, frames, extent=widget.extent),
        "pixels": fetch_by_pixels(frames, extent=widget.extent),
        "copy": fetch_same_place,
    }


@pytest.mark.parametrize("extent", [0, 1, 3])
@pytest.mark.parametrize("way", ["trained", "pixels", "copy"])
def test_weights_are_what_is_fetched_of_indicators(way, extent):
    """A value that is 1 on one cell and 0 elsewhere fetches that cell's weight."""
    widget = clip_follower(way=way, extent=extent, frame=3)
    each = torch.eye(143, dtype=torch.double).reshape(1, 11, 13, 143)
    every = fetches(widget)[way](slice(2, 3), 3, each)  # (11, 13, 143)
    for row, column in [(0, 0), (5, 6), (10, 12), (2, 11)]:
        widget.row, widget.column = row, column
        expected = every[row, column].reshape(11, 13)
        torch.testing.assert_close(widget.weights(), expected, atol=1e-9, rtol=0)
        assert float(expected.sum()) == pytest.approx(1)
        places = torch.cartesian_prod(torch.arange(11.0), torch.arange(13.0))
        mean = (every[row, column][:, None] * places).sum(0)
        moved = torch.tensor(widget.moved()) + torch.tensor([row, column])
        torch.testing.assert_close(moved, mean.float(), atol=1e-5, rtol=0)


def test_errors_are_those_of_the_chapter():
    """Of the only frame that ``colour_error`` looks at in so short a clip."""
    widget = clip_follower(frame=4, extent=2)
    frames = film_of(widget)
    told = widget.errors()
    for way, fetch in fetches(widget).items():
        expected = colour_error(fetch, frames, gap=1)  # frame 0.7 · 5 + 1 = 4, the last
        assert told[way] == {
            n: pytest.approx(expected[n]) for n in ("changed", "still")
        }
    widget.frame = 0
    assert widget.errors() == {}
    with pytest.raises(ValueError, match="frame: expected one with a frame before it"):
        widget.weights()


def test_a_frame_without_changed_cells_has_no_error_there():
    still = random_frames()[:1].expand(3, -1, -1, -1)
    widget = ClipFollower([clip(still, masks={})], frame=2)
    assert [one["changed"] for one in widget.errors().values()] == [None] * 3
    assert "the same place –" in widget.summary()


def test_a_mask_is_carried_as_the_chapter_carries_it():
    widget = clip_follower(frame=3)
    given = random_masks()
    assert torch.equal(widget.mask(), given[0])
    for way, fetch in fetches(widget).items():
        widget.way = way
        expected = carry(fetch, given[0].double()[..., None], last=3)[-1, ..., 0]
        torch.testing.assert_close(widget.carried(), expected, atol=1e-9, rtol=0)
        assert widget.overlaps() == overlap(expected >= 0.5, given[3])
    widget.frame = 2
    assert widget.overlaps() is None  # nobody drew one
    widget.painting = "8" + "0" * 34 + "2"
    mask = torch.zeros(11, 13, dtype=torch.bool)
    mask[0, 0] = mask[10, 12] = True
    assert torch.equal(widget.mask(), mask)
    widget.picked, widget.painting = 1, ""
    assert not widget.mask().any()  # none was recorded


def test_the_view_without_scripts_is_a_sheet_and_a_table():
    widget = clip_follower(frame=3, extent=1)
    page = Page(widget)
    assert page.rows[0] == ["error, in thousandths", "changed cells", "still cells"]
    ways = ["the trained follower", "grey patches as they are", "the same place"]
    assert [row[0] for row in page.rows[1:]] == ways
    for row, error in zip(page.rows[1:], widget.errors().values(), strict=True):
        shown = [number(cell) / 1000 for cell in row[1:]]
        assert shown == near([error["changed"], error["still"]], 4)
    assert CREDIT in page.caption
    picture = page.one("img")
    data = base64.b64decode(picture["src"].removeprefix("data:image/png;base64,"))
    sheet = torch.tensor(list(Image.open(io.BytesIO(data)).tobytes())).reshape(
        22, 146, 3
    )
    frames = 255 * film_of(widget).clamp(0, 1)
    for n in range(5):
        part = sheet[:, 30 * n : 30 * n + 26].double()
        carried = with_frame(widget, n).carried()
        share = 0.6 * carried.repeat_interleave(2, 0).repeat_interleave(2, 1)[..., None]
        tint = torch.tensor([255.0, 120.0, 0.0])
        expected = frames[n] * (1 - share) + tint * share
        torch.testing.assert_close(part, expected, atol=6.01, rtol=0)
    counts = numbers_in(picture["alt"])[-5:]
    expected = [int((with_frame(widget, n).carried() >= 0.5).sum()) for n in range(5)]
    assert counts == expected
    widget.frame = 0
    assert Page(widget).rows[1] == ["the mask of frame 0", str(expected[0]), "cells"]


def test_a_clip_of_the_chapter_s_size_fits_a_page():
    recording = largest_clip_follower().recordings[0]
    letters = sum(len(recording[name]) for name in ("grey", "colour", "weights"))
    assert 150_000 < letters <= 240_000
    with pytest.raises(ValueError, match="at most 240,000 letters"):
        ClipFollower([recording, recording])
