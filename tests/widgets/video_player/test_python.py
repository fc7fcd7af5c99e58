"""The video player as a Python object: state, numbers, and the view without scripts."""

from __future__ import annotations

import json
import math

import ipywidgets
import pytest
import torch
import traitlets

from attention_course.grid_attention import weights_on_grid
from attention_course.widgets import VideoPlayer
from tests.widgets.helpers import Page, near, number, numbers_in, picture_of
from tests.widgets.video_player.example import player, videos, windows


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: player(frame=6), r"frame: .* from 0 to 5, got 6"),
        (lambda: player(row=7), r"row: .* from 0 to 6, got 7"),
        (lambda: player(column=11), r"column: .* from 0 to 10, got 11"),
        (lambda: player(fps=0), r"fps: .* from 1 to 30, got 0"),
        (lambda: player(fps=31), r"fps: .* from 1 to 30, got 31"),
        (lambda: VideoPlayer(videos(), row=1), r"row: .* from 0 to 0, got 1"),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


def one_video(video):
    return VideoPlayer({"a": video})


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: VideoPlayer({}), ValueError, "videos: expected 1 to 8 videos by name"),
        (lambda: VideoPlayer([torch.zeros(1, 1, 1)]), ValueError, "videos: .* by name"),
        (
            lambda: VideoPlayer({" ": torch.zeros(1, 1, 1)}),
            ValueError,
            "names in words",
        ),
        (
            lambda: one_video(torch.zeros(2, 3)),
            ValueError,
            r"videos\['a'\]: .*\(F, H, W\)",
        ),
        (
            lambda: one_video(torch.zeros(2, 3, 4, 3)),
            ValueError,
            r"videos\['a'\]: .*\(F, H, W, 1\)",
        ),
        (lambda: one_video(torch.full((1, 2, 2), 1.01)), ValueError, "from 0 to 1"),
        (lambda: one_video(torch.full((1, 2, 2), math.nan)), ValueError, "from 0 to 1"),
        (lambda: one_video(torch.zeros(0, 2, 2)), ValueError, "at least one pixel"),
        (lambda: one_video(torch.zeros(1, 2, 2).int()), TypeError, "floating"),
        (
            lambda: one_video(torch.zeros(20, 100, 100)),
            ValueError,
            r"at most 240,000 letters of base64 in all, got 266,668: give smaller",
        ),
        (
            lambda: VideoPlayer(videos(), extent=1),
            ValueError,
            "extent, query, context, context_sizes: expected weights",
        ),
        (
            lambda: player(weights=torch.rand(6, 7, 11, 3, 2, 3)),
            ValueError,
            r"weights: expected windows .*odd sizes, got shape \(6, 7, 11, 3, 2, 3\)",
        ),
        (lambda: player(weights=torch.rand(6, 7, 11, 3)), ValueError, "weights: .*n_W"),
        (lambda: player(weights=windows() + 1), ValueError, "weights: .* from 0 to 1"),
        (lambda: player(weights=windows() * math.nan), ValueError, "weights: .*0 to 1"),
        (
            lambda: player(extent=(1, 1, 1)),
            ValueError,
            r"extent: expected \[1, 1, 2\], half of the windows \[3, 3, 5\]",
        ),
        (lambda: player(query="x"), ValueError, "query: expected one of small, large"),
        (lambda: player(context="x"), ValueError, "context: expected one of small"),
        (
            lambda: player(query=None, weights=windows((2, 7, 11))),
            ValueError,
            r"query: .* the video with tokens \(2, 7, 11\): none has",
        ),
        (
            lambda: player(query="small"),
            ValueError,
            r"query: .*as many tokens as pixels \(3, 4, 5\) .*got \(6, 7, 11\)",
        ),
        (
            lambda: player(context_sizes=(3, 5, 5)),
            ValueError,
            r"context: .*as many tokens as pixels \(3, 4, 5\) .*got \(3, 5, 5\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("column", -1),
    ],
)
def test_a_refused_change_leaves_the_state_as_it_was(name, value):
    widget = player()
    before = widget.state()
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(widget, name, value)
    assert widget.state() == before


@pytest.mark.parametrize("name", ["videos", "attention"])
def test_what_is_read_only_stays(name):
    widget = player()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        setattr(widget, name, getattr(widget, name))


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = player()
    widget.set_state({"frame": 5, "row": 6, "column": 10, "fps": 30})
    assert (widget.frame, widget.row, widget.column, widget.fps) == (5, 6, 10, 30)


def test_the_state_is_linked_with_plain_ipywidgets():
    widget, slide = player(), ipywidgets.IntSlider(value=2, max=5)
    ipywidgets.link((slide, "value"), (widget, "frame"))
    assert widget.frame == 2
    slide.value = 4
    assert widget.frame == 4


def test_videos_are_rounded_to_grey_levels_and_copied():
    given = videos()
    widget = VideoPlayer({**given, "channels": given["end"].unsqueeze(-1)})
    for name, video in given.items():
        torch.testing.assert_close(
            widget.video(name), video.double(), atol=0.51 / 255, rtol=0
        )
    assert torch.equal(widget.video("channels"), widget.video("end"))
    before = widget.video("small")
    given["small"].zero_()
    assert torch.equal(widget.video("small"), before)
    assert widget.n_frames == 6
    with pytest.raises(ValueError, match="name: expected one of small, large, end"):
        widget.video("other")


@pytest.mark.parametrize("frames", [(1, 6), (3, 6), (4, 6), (5, 7), (6, 6), (2, 5)])
def test_a_shorter_video_shows_the_frame_that_is_nearest_in_time(frames):
    few, many = frames
    widget = VideoPlayer({"few": torch.rand(few, 2, 2), "many": torch.rand(many, 2, 2)})
    for t in range(many):
        widget.frame = t
        middle = (t + 0.5) / many
        distances = [abs((n + 0.5) / few - middle) for n in range(few)]
        shown = widget.shown()
        assert shown[1] == t
        assert distances[shown[0]] == pytest.approx(min(distances))


@pytest.mark.parametrize(
    ("tokens", "context", "context_sizes", "extent"),
    [
        ((6, 7, 11), "small", None, (1, 1, 2)),
        ((6, 7, 11), None, None, (0, 2, 1)),
        ((3, 2, 5), "end", (5, 3, 2), (2, 0, 1)),
        ((2, 7, 1), None, None, (1, 1, 1)),
        ((3, 2, 5), "small", (1, 1, 1), (3, 2, 1)),
    ],
)
def test_a_pixel_s_weights_are_those_of_its_token(
    tokens, context, context_sizes, extent
):
    """Pixels, tokens and frames have sizes of their own; each maps to the next."""
    seen = {"small": (3, 4, 5), "end": (5, 7, 11), None: tokens}[context]
    on = context_sizes or seen
    weights = windows(tokens, on, extent)
    exact = weights_on_grid(weights, on).double()
    widget = VideoPlayer(
        videos(),
        weights=weights,
        extent=extent,
        query="large",
        context=context,
        context_sizes=context_sizes,
    )
    assert (widget.row, widget.column) == (3, 5)
    for frame, row, column in [(0, 0, 0), (5, 6, 10), (2, 3, 7), (4, 1, 9)]:
        widget.frame, widget.row, widget.column = frame, row, column
        token = [
            at * n // size
            for at, n, size in zip(
                (frame, row, column), tokens, (6, 7, 11), strict=True
            )
        ]
        assert widget.query_token() == token
        shown = widget.weights()
        assert tuple(shown.shape) == tuple(on)
        torch.testing.assert_close(shown, exact[tuple(token)], atol=0.002, rtol=0)


def test_the_query_s_own_frame_is_the_one_that_is_shown():
    """A query video shorter than the longest looks from its nearest frame."""
    widget = VideoPlayer(videos(), weights=windows((5, 7, 11), (5, 7, 11)))
    assert widget.attention["query"] == widget.attention["context"] == 2
    for frame, expected in [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (5, 4)]:
        widget.frame = frame
        assert widget.query_token()[0] == expected


def test_without_weights_there_is_nothing_to_look_at():
    widget = VideoPlayer(videos(), frame=5)
    assert widget.attention == {}
    assert widget.summary() == (
        "time 5 of 0 to 5 of small 3 × 4 × 5, large 6 × 7 × 11, end 5 × 7 × 11"
    )
    with pytest.raises(ValueError, match="weights: this player was given none"):
        widget.weights()


def test_the_videos_without_scripts_are_one_sheet_and_tables():
    widget = player(frame=4, row=6, column=2)
    page = Page(widget)
    rows = {row[0]: row[1:] for row in page.rows}
    frames = dict(zip(("small", "large", "end"), widget.shown(), strict=True))
    assert frames == {"small": 2, "large": 4, "end": 3}
    for name, n in frames.items():
        sizes, shown, brightness = rows[name]
        assert sizes == " × ".join(map(str, widget.video(name).shape))
        assert int(shown) == n
        assert number(brightness) == near(float(widget.video(name)[n].mean()))
    weights = widget.weights()
    best = weights.flatten().topk(6).values.tolist()
    told = page.rows[-6:]
    assert [number(row[1]) for row in told] == near(best, 3)
    for cell, weight in told:
        place = tuple(int(n) for n in numbers_in(cell))
        assert number(weight) == near(float(weights[place]), 3)
    by_frame = ", ".join(f"{w:.2f}" for w in weights.sum((1, 2)).tolist())
    assert f"by frame {by_frame}" in page.caption

    # Rows of the sheet: three videos, then the weights; a column for each time.
    picture, alt = picture_of(widget)
    assert picture.shape == (4 * 76 - 4, 6 * 76 - 4)
    assert "Frames of 3 videos, one in each row, at times 0, 1, 2, 3, 4, 5" in alt
    for name in frames:
        assert f"{name}, mean brightness {float(widget.video(name).mean()):.2f}" in alt
    assert f"frames 0, 1, 2 of the context, white = {float(weights.max()):.2f}" in alt
    for r, name in enumerate(frames):
        video = widget.video(name)
        _, height, width = video.shape
        drawn = 72 * height // width  # all are wider than high
        for t in range(6):
            n = (2 * t + 1) * len(video) // 12
            square = picture[76 * r : 76 * r + 72, 76 * t : 76 * t + 72].double() / 255
            ys = ((torch.arange(height) + 0.5) * drawn / height).long()
            xs = ((torch.arange(width) + 0.5) * 72 / width).long()
            torch.testing.assert_close(square[ys][:, xs], video[n], atol=0.003, rtol=0)
    last = picture[-72:, :72].double() / 255
    ys, xs = (
        ((torch.arange(4) + 0.5) * 57 / 4).long(),
        (torch.arange(5) * 14.4 + 7).long(),
    )
    expected = weights[0] / weights.max()
    torch.testing.assert_close(last[ys][:, xs], expected, atol=0.003, rtol=0)


def test_a_long_video_s_sheet_shows_eight_frames_spread_evenly():
    widget = VideoPlayer({"long": torch.linspace(0, 1, 20).reshape(20, 1, 1)})
    picture, alt = picture_of(widget)
    assert picture.shape == (72, 8 * 76 - 4)
    assert "1 video, one" in alt
    assert "at times 1, 3, 6, 8, 11, 13, 16, 18 from" in alt
    shown = picture[10, 10::76].double() / 255
    expected = widget.video("long").flatten()[[1, 3, 6, 8, 11, 13, 16, 18]]
    torch.testing.assert_close(shown, expected, atol=0.003, rtol=0)


def test_a_chapter_s_videos_and_weights_fit_a_page():
    draw = torch.Generator().manual_seed(1)
    truth = torch.rand(8, 16, 16, generator=draw)
    widget = VideoPlayer(
        {"C": torch.rand(4, 8, 8), "trilinear": truth, "ours": truth, "truth": truth},
        weights=windows((8, 16, 16), (4, 8, 8), (1, 1, 1)),
        query="ours",
        context="C",
    )
    assert 80_000 < len(json.dumps(widget.state())) <= 250_000
