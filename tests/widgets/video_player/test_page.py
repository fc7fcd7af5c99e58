"""The video player in a real browser, on a page that needs no built book."""

from __future__ import annotations

import re

import pytest
import torch

from attention_course.grid_attention import (
    weights_on_grid,
)
from attention_course.widgets import (
    VideoPlayer,
)
from tests.widgets.canvas import GREENS, pixels_of, under_weights
from tests.widgets.helpers import (
    apart,
    box_of,
    cells_of,
    near,
    number,
    picker,
)
from tests.widgets.video_player.example import player, videos, windows

pytestmark = pytest.mark.browser

KINDS = [VideoPlayer]


def test_the_player_s_arithmetic_is_torch_s_over_250_settings(compute):
    draw = torch.Generator().manual_seed(53)
    pick = picker(draw)
    widgets, exact = [], []
    for n in range(250):
        names = ["one", "two", "three"][: pick(1, 3)]
        sizes = {name: [pick(1, 7), pick(1, 5), pick(1, 6)] for name in names}
        clips = {
            name: torch.rand(*size, generator=draw) for name, size in sizes.items()
        }
        asks, seen = names[pick(0, len(names) - 1)], names[pick(0, len(names) - 1)]
        tokens = [pick(1, size) for size in sizes[asks]]
        context = [pick(1, size) for size in sizes[seen]]
        weights = windows(tokens, context, [pick(0, 2) for _ in range(3)], draw)
        if n % 5 == 0:
            weights = torch.zeros_like(weights)  # a token that may attend to nothing
        widget = VideoPlayer(
            clips, weights=weights, query=asks, context=seen, context_sizes=context
        )
        widget.frame = pick(0, widget.n_frames - 1)
        widget.row, widget.column = (pick(0, size - 1) for size in sizes[asks][1:])
        widgets.append(widget)
        token = tuple(widget.query_token())
        exact.append(weights_on_grid(weights, context)[token])
    keep = ["nFrames", "time", "shown", "looks"]
    results = compute(VideoPlayer, [w.state() for w in widgets], keep)
    largest = 0.0
    for widget, weights, result in zip(widgets, exact, results, strict=True):
        looks = result["looks"]
        assert (result["nFrames"], result["time"]) == (widget.n_frames, widget.frame)
        assert result["shown"] == widget.shown()
        assert looks["token"] == widget.query_token()
        shown = torch.tensor(looks["weights"]).reshape(weights.shape)
        assert apart(shown, weights) <= 0.002
        mine = widget.weights()
        top = float(mine.max()) or 1.0
        largest = max(
            largest,
            apart(shown, mine),
            apart(looks["byFrame"], mine.sum(dim=(1, 2))),
            apart(looks["shares"], mine.flatten() / top),
        )
        assert mine.flatten()[looks["best"]] == mine.max()
        for (first, last), at, size, e in zip(
            looks["window"],
            looks["mapped"],
            weights.shape,
            widget.attention["extent"],
            strict=True,
        ):
            assert (first, last) == (max(at - e, 0), min(at + e, size - 1))
    assert largest <= 1e-5
    (plain,) = compute(VideoPlayer, [VideoPlayer(videos(), frame=4).state()], keep)
    assert plain == {"nFrames": 6, "time": 4, "shown": [2, 4, 3], "looks": None}


def assert_player_shows(page, widget):
    box = box_of(page, VideoPlayer)
    assert box.get_by_role("slider", name="Time", exact=True).input_value() == str(
        widget.frame
    )
    fps = box.get_by_role("slider", name="Frames a second")
    assert fps.input_value() == str(widget.fps)
    assert_screens_show(box, widget)
    summary = box.locator(".ac-summary").inner_text()
    assert summary.startswith(f"Time {widget.frame} of 0 to {widget.n_frames - 1}: ")
    if not widget.attention:
        assert box.locator(".ac-vp-view").count() == 0
        return
    for label, value in [("row", widget.row), ("column", widget.column)]:
        slide = box.get_by_role("slider", name=f"Pixel's {label}")
        assert slide.input_value() == str(value)
    assert_views_show(box, widget)
    weights = widget.weights()
    told = re.search(r"most weight, (\S+), to cell \((.+?)\) of (.+?)\. Alto", summary)
    assert number(told[1]) == near(float(weights.max()), 3)
    assert weights[tuple(int(n) for n in told[2].split(", "))] == weights.max()
    assert told[3] == widget.videos[widget.attention["context"]]["name"]
    if box.locator("details").get_attribute("open") is not None:
        assert_weight_tables_show(box, widget)


def assert_screens_show(box, widget):
    """Each video's own frame, in its own grey, and a box around the picked pixel."""
    screens = box.locator(".ac-vp-player").all()
    query = widget.attention.get("query")
    for v, (screen, video, n) in enumerate(
        zip(screens, widget.videos, widget.shown(), strict=True)
    ):
        name, note = screen.locator("span").all_inner_texts()
        assert (name, note) == (
            video["name"],
            f"frame {n} of 0 to {video['frames'] - 1}",
        )
        canvas = screen.locator("canvas")
        levels = widget.video(video["name"])[n]
        colours = pixels_of(canvas, *levels.shape)
        if v == query:
            said = canvas.get_attribute("aria-valuetext")
            level = levels[widget.row, widget.column]
            place = f"frame {n}, row {widget.row}, column {widget.column}, "
            assert said == f"{place}brightness {float(level):.2f}"
            # The box around the pixel may cover those next to it, never itself.
            near_it = torch.zeros_like(levels, dtype=torch.bool)
            r, c = widget.row, widget.column
            near_it[max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2] = True
            near_it[r, c] = False
            colours[near_it] = (255 * levels[near_it]).unsqueeze(-1)
        else:
            label = canvas.get_attribute("aria-label")
            mean = f"mean brightness {float(levels.mean()):.2f}"
            assert label == f"{video['name']}, frame {n}, {mean}"
        expected = (255 * levels).unsqueeze(-1).expand_as(colours)
        torch.testing.assert_close(colours, expected, atol=1.0, rtol=0)


def mapped_of(widget):
    """The context's cell that the picked pixel's token maps to."""
    sizes, seen = widget.attention["sizes"], widget.weights().shape
    return [
        at * of // size
        for at, of, size in zip(widget.query_token(), seen, sizes, strict=True)
    ]


def assert_views_show(box, widget):
    """The context's frames under the weights, and each one's weights together."""
    views = box.locator(".ac-vp-view").all()
    weights = widget.weights()
    context = widget.videos[widget.attention["context"]]
    extent, mapped = widget.attention["extent"], mapped_of(widget)
    assert len(views) == len(weights)
    _, H, W = weights.shape
    for f, view in enumerate(views):
        note = view.locator("span").inner_text()
        if abs(f - mapped[0]) > extent[0]:
            assert note == f"frame {f}: not seen"
        else:
            assert number(note.rpartition(" ")[2]) == near(float(weights[f].sum()))
        middle = (2 * f + 1) * context["frames"] // (2 * len(weights))
        levels = widget.video(context["name"])[middle]
        if levels.shape == (H, W) and f != mapped[0]:
            colours = pixels_of(view.locator("canvas"), H, W)
            shares = weights[f] / (weights.max() or 1)
            expected = under_weights(levels, shares)
            torch.testing.assert_close(colours, expected, atol=2.0, rtol=0)


def assert_weight_tables_show(box, widget):
    """The weights inside the window, a table for each frame that it reaches."""
    weights, mapped = widget.weights(), mapped_of(widget)
    context = widget.videos[widget.attention["context"]]
    extent = widget.attention["extent"]
    tables = box.locator("table.ac-vp-weights").all()
    bounds = [
        range(max(at - e, 0), min(at + e, size - 1) + 1)
        for at, e, size in zip(mapped, extent, weights.shape, strict=True)
    ]
    assert len(tables) == len(bounds[0])
    for f, table in zip(bounds[0], tables, strict=True):
        caption = table.locator("caption").inner_text()
        assert caption == f"frame {f} of {context['name']}"
        heads = table.locator("th").all_inner_texts()
        rows, columns = ([str(n) for n in bound] for bound in bounds[1:])
        assert heads == ["row", *columns, *rows]
        inside = weights[f][bounds[1].start : bounds[1].stop]
        inside = inside[:, bounds[2].start : bounds[2].stop]
        shown = [[number(x) for x in line] for line in cells_of(table)]
        assert shown == [near(line.tolist(), 3) for line in inside]
        marked = table.locator(".ac-vp-mapped").count()
        assert marked == (f == mapped[0])


def test_the_player_answers_every_control_without_network(show):
    widget = player()
    page = show(player())
    box = box_of(page, VideoPlayer)
    assert_player_shows(page, widget)

    def change(**changes):
        widget.set_state(changes)
        assert_player_shows(page, widget)

    box.get_by_role("button", name="Frame on").press("Enter")
    change(frame=1)
    for _ in range(2):  # from the first one back to the last
        box.get_by_role("button", name="Frame back").click()
    change(frame=5)
    box.get_by_role("button", name="Frame on").press("Space")
    change(frame=0)
    box.get_by_role("slider", name="Time", exact=True).press("End")
    change(frame=5)
    box.get_by_role("slider", name="Frames a second").press("ArrowRight")
    change(fps=5)
    box.locator("summary").press("Enter")
    page.wait_for_selector("table.ac-vp-weights")
    box.get_by_role("slider", name="Pixel's row").press("Home")
    change(row=0)
    box.get_by_role("slider", name="Pixel's column").press("End")
    change(column=10)
    # The pixel on the video itself, of 6 frames, 7 rows and 11 columns.
    canvas = box.get_by_role("slider", name="Picked pixel of large")
    canvas.focus()
    for key, frame, row, column in [
        ("ArrowUp", 5, 0, 10),
        ("ArrowRight", 5, 0, 10),
        ("ArrowDown", 5, 1, 10),
        ("ArrowLeft", 5, 1, 9),
        ("PageUp", 4, 1, 9),
        ("PageDown", 5, 1, 9),
        ("PageDown", 5, 1, 9),
        ("Home", 0, 0, 0),
        ("End", 5, 6, 10),
    ]:
        page.keyboard.press(key)
        change(frame=frame, row=row, column=column)
    size = canvas.bounding_box()
    x, y = size["width"] * 3.5 / 11, size["height"] * 4.5 / 7
    canvas.click(position={"x": x, "y": y})
    change(row=4, column=3)


def test_tokens_of_several_pixels_are_looked_up_and_drawn(show):
    weights = windows((3, 2, 5), (5, 3, 2), (2, 0, 1))
    given = {"context": "end", "context_sizes": (5, 3, 2), "weights": weights}
    widget = player(**given, frame=3, row=6, column=7)
    page = show(player(**given, frame=3, row=6, column=7))
    assert_player_shows(page, widget)
    # Each token's part of the picture has its own share of the colour: more or less green.
    weights = widget.weights()
    expected = 0.7 * (190 - 32) * weights / weights.max()
    own = widget.query_token()[0] * 5 // 3  # the frame with the frame around a token
    assert expected[[f for f in range(5) if f != own]].max() > 50
    for f, view in enumerate(page.locator(".ac-vp-view canvas").all()):
        if f != own:
            greens = view.evaluate(GREENS, [3, 2])
            assert greens == pytest.approx(expected[f].flatten().tolist(), abs=2.0)


def frame_of(page):
    return int(page.get_by_role("slider", name="Time", exact=True).input_value())


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_it_plays_only_when_asked_to_and_stops_when_asked_to(show, motion):
    page = show(player(fps=20), reduced_motion=motion)
    page.wait_for_timeout(250)
    assert frame_of(page) == 0  # nothing moves by itself
    toggle = page.get_by_role("button", name="Play")
    toggle.press("Enter")
    seen = """(n) => {
        globalThis.seen ??= new Set();
        seen.add(document.querySelector("input[type=range]").value);
        return seen.size === n;
    }"""
    page.wait_for_function(seen, arg=6, polling=10)  # and round again
    assert (
        "Playing 6 frames at 20 a second." in page.locator(".ac-summary").inner_text()
    )
    page.get_by_role("button", name="Pause").click()
    at = frame_of(page)
    page.wait_for_timeout(250)
    assert frame_of(page) == at
    assert page.locator(".ac-summary").inner_text().startswith(f"Time {at} of 0 to 5")
    assert_player_shows(page, player(fps=20, frame=at))


@pytest.mark.parametrize("stop", ["Frame on", "Time", "Picked pixel of large"])
def test_a_step_by_hand_pauses(show, stop):
    page = show(player(fps=30))
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => document.querySelector('input[type=range]').value > 1"
    )
    if stop == "Frame on":
        page.get_by_role("button", name=stop).click()
    else:
        name = re.compile(f"^{stop}")
        page.get_by_role("slider", name=name).press("Home")
    page.wait_for_timeout(150)
    at = frame_of(page)
    page.wait_for_timeout(150)
    assert frame_of(page) == at
    assert page.get_by_role("button", name="Play").is_visible()


def test_playing_is_not_read_aloud_frame_by_frame(show):
    page = show(player(fps=1))
    page.evaluate(
        """() => {
            globalThis.said = [];
            const spoken = document.querySelector("[aria-live=polite]");
            new MutationObserver(() => said.push(spoken.textContent))
                .observe(spoken, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => document.querySelector('input[type=range]').value === '3'"
    )
    said = page.evaluate("said")
    assert said == ["Playing 6 frames at 1 a second. Pause to read what is shown."]


def test_a_new_speed_holds_while_playing(show):
    page = show(player(fps=1))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("slider", name="Frames a second").press("End")
    page.wait_for_function(
        """() => {
            globalThis.seen ??= new Set();
            seen.add(document.querySelector("input[type=range]").value);
            return seen.size === 6;
        }""",
        polling=10,
        timeout=3000,
    )
    assert "at 30 a second" in page.locator(".ac-summary").inner_text()


def test_without_weights_videos_just_play(show):
    page = show(VideoPlayer(videos(), frame=4))
    assert_player_shows(page, VideoPlayer(videos(), frame=4))
    assert page.locator("details").count() == 0
    assert page.get_by_role("slider").count() == 2
    page = show(VideoPlayer({"still": torch.rand(1, 3, 4)}))
    for name in ("Play", "Frame back", "Frame on"):
        assert page.get_by_role("button", name=name).is_disabled()
