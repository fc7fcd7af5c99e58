"""The clip follower in a real browser, on a page that needs no built book."""

from __future__ import annotations

import re

import pytest
import torch

from attention_course.widgets import ClipFollower
from tests.widgets.canvas import pixels_of, under_weights
from tests.widgets.clip_follower.example import (
    clip,
    clip_follower,
    random_follower,
    random_frames,
    random_masks,
)
from tests.widgets.helpers import apart, cells_of, near, number, numbers_in, picker

pytestmark = pytest.mark.browser

KINDS = [ClipFollower]
WAYS = ("trained", "pixels", "copy")


def random_widget(draw):
    """A follower, a clip and a state of any sizes."""
    pick = picker(draw)
    rows, columns = pick(3, 9), pick(3, 9)
    frames = random_frames((pick(2, 5), 2 * rows, 2 * columns), seed=pick(0, 10**6))
    model = random_follower(
        pick(0, 10**6), d_model=pick(1, 9), d_hidden=pick(1, 9), patch_extent=pick(1, 4)
    )
    numbers = sorted({0, pick(0, len(frames) - 1)})
    masks = random_masks((rows, columns), numbers, seed=pick(0, 10**6))
    return ClipFollower(
        [clip(frames, model, masks)],
        way=WAYS[pick(0, 2)],
        extent=pick(0, 6),
        frame=pick(0, len(frames) - 1),
        row=pick(0, rows - 1),
        column=pick(0, columns - 1),
        arrows=True,
    )


def test_the_page_s_arithmetic_is_torch_s_over_100_settings(compute):
    draw = torch.Generator().manual_seed(61)
    widgets = [random_widget(draw) for _ in range(100)]
    keep = ["n", "look", "errors", "changed", "arrows", "colour", "carried", "overlap"]
    results = compute(ClipFollower, [w.state() for w in widgets], keep)
    largest, looked = 0.0, 0
    for widget, result in zip(widgets, results, strict=True):
        columns = widget.cells[1]
        carried = widget.carried()
        largest = max(largest, apart(result["carried"], carried.flatten()))
        expected = widget.overlaps()
        assert result["overlap"] == (
            expected if expected is None else pytest.approx(expected)
        )
        if widget.frame == 0:
            assert (result["look"], result["arrows"], result["errors"]) == (
                None,
                [],
                {},
            )
            continue
        looked += 1
        look = result["look"]
        weights = widget.weights()
        largest = max(
            largest,
            apart(look["weights"], weights.flatten()),
            apart(look["moved"], widget.moved()),
        )
        assert weights.flatten()[look["best"]] == pytest.approx(float(weights.max()))
        for way, error in widget.errors().items():
            for name, value in error.items():
                told = result["errors"][way][name]
                assert (told is None) == (value is None)
                if value is not None:
                    largest = max(largest, abs(told - value))
        changed = widget._film().changed(widget.frame)
        assert result["changed"] == int(changed.sum())
        cells = changed.flatten().nonzero()[:, 0].tolist()
        assert [cell for cell, _, _ in result["arrows"]] == cells
        for cell, down, right in result["arrows"][::17]:
            widget.row, widget.column = divmod(cell, columns)
            largest = max(largest, apart([down, right], widget.moved()))
    assert looked > 50
    assert largest <= 1e-5


def canvas_of(page, name):
    """The canvas below a name."""
    return page.locator(
        f"div:has(> .ac-name > span:text-matches('^{name}')) > canvas"
    ).first


def assert_shows(page, widget):
    """All that the page says is what Python says."""
    sliders = {
        "Time": widget.frame,
        "Extent": widget.extent,
        "Cell's row": widget.row,
        "Cell's column": widget.column,
    }
    for name, value in sliders.items():
        slider = page.get_by_role("slider", name=name, exact=True)
        assert slider.input_value() == str(value)
    assert page.get_by_label("Who fetches").input_value() == widget.way
    assert page.get_by_label("An arrow for every").is_checked() == widget.arrows
    summary = page.locator(".ac-summary").inner_text()
    name = widget.recordings[widget.picked]["name"]
    assert summary.startswith(f"Frame {widget.frame} of 0 to 4 of {name}")
    count = int((widget.carried() >= 0.5).sum())
    assert f"the mask covers {count} cells" in summary
    table = cells_of(page.locator(".ac-cf-errors table"))
    if widget.frame == 0:
        assert table == [["–", "–"]] * 3
        return
    for shown, error in zip(table, widget.errors().values(), strict=True):
        assert [number(x) for x in shown] == near([1000 * e for e in error.values()], 1)
    weights = widget.weights()
    told = re.search(r"gives cell \((\d+), (\d+)\) the most weight, (\S+);", summary)
    assert weights[int(told[1]), int(told[2])] == weights.max()
    assert number(told[3]) == near(float(weights.max()))
    down, right = widget.moved()
    away = f"{abs(down):.1f} rows {'higher' if down < 0 else 'lower'}"
    assert away in summary
    side = f"{abs(right):.1f} columns to the {'left' if right < 0 else 'right'}"
    assert side in summary
    assert_canvases_show(page, widget)


def assert_canvases_show(page, widget):
    """Grey under fetched colours, the frame before under weights, a mask over its frame."""
    film, n = widget._film(), widget.frame
    frames = film.frames.clamp(0, 1)
    cells = [
        (r, c)
        for r in range(11)
        for c in range(13)
        if abs(r - widget.row) > 2 or abs(c - widget.column) > 2
    ]  # not under the box, nor under the arrow
    rows, columns = zip(*cells, strict=True)
    # The middle of each of a cell's four pixels would do; here the first one of each.
    fetched = film.fetch(widget.way, widget.extent)(
        slice(n - 1, n), n, film.colour[n - 1 : n]
    )
    expected = 255 * (film.grey[n, ::2, ::2] + fetched).clamp(0, 1)
    if not widget.arrows:
        shown = pixels_of(canvas_of(page, f"Frame {n}: grey"), 22, 26)[::2, ::2]
        torch.testing.assert_close(
            shown[rows, columns], expected[rows, columns], atol=1.01, rtol=0
        )
    shares = widget.weights() / widget.weights().max()
    before = pixels_of(canvas_of(page, f"Frame {n - 1}: where"), 22, 26)[::2, ::2]
    for k in range(3):
        under = under_weights(frames[n - 1, ::2, ::2, k], shares)[..., k]
        torch.testing.assert_close(
            before[..., k][rows, columns], under[rows, columns], atol=2.01, rtol=0
        )
    carried = widget.carried().clamp(0, 1)
    tint = torch.tensor([255.0, 120.0, 0.0])
    share = 0.6 * carried[..., None]
    mixed = 255 * frames[n, ::2, ::2] * (1 - share) + tint * share
    shown = pixels_of(canvas_of(page, "Carried to"), 22, 26)[::2, ::2]
    torch.testing.assert_close(shown, mixed, atol=2.01, rtol=0)


def test_the_follower_answers_every_control_without_network(show):
    widget, page = clip_follower(), show(clip_follower())
    assert_shows(page, widget)

    def change(**changes):
        widget.set_state(changes)
        assert_shows(page, widget)

    page.get_by_role("button", name="Frame on").click()
    change(frame=3)
    page.get_by_role("slider", name="Extent").press("End")
    change(extent=6)
    page.get_by_role("slider", name="Extent").press("Home")
    change(extent=0)
    page.get_by_role("slider", name="Extent").press("ArrowRight")
    change(extent=1)
    for way in ("pixels", "copy", "trained"):
        page.get_by_label("Who fetches").select_option(way)
        change(way=way)
    page.get_by_role("slider", name="Cell's row").press("Home")
    change(row=0)
    page.get_by_role("slider", name="Cell's column").press("End")
    change(column=12)
    cell = page.get_by_role("slider", name="Picked cell")
    cell.focus()
    for key, place in [
        ("ArrowDown", {"row": 1}),
        ("ArrowLeft", {"column": 11}),
        ("PageDown", {"frame": 4}),
        ("PageUp", {"frame": 3}),
        ("End", {"frame": 4, "row": 10, "column": 12}),
        ("Home", {"frame": 0, "row": 0, "column": 0}),
    ]:
        page.keyboard.press(key)
        change(**place)
    page.get_by_role("slider", name="Time", exact=True).press("End")
    change(frame=4)
    size = cell.bounding_box()
    cell.click(position={"x": size["width"] * 7.5 / 13, "y": size["height"] * 3.5 / 11})
    change(row=3, column=7)
    page.get_by_label("An arrow for every").check()
    change(arrows=True)
    page.locator(".ac-cf-clips select").select_option("1")
    change(picked=1)


def test_the_weights_are_a_table_too(show):
    widget = clip_follower(extent=2, row=1, column=12)
    page = show(clip_follower(extent=2, row=1, column=12))
    page.locator("summary").press("Enter")
    table = page.locator("table.ac-cf-weights")
    table.wait_for()
    heads = table.locator("th").all_inner_texts()
    assert heads == ["row", "10", "11", "12", "0", "1", "2", "3"]
    shown = [[number(x) for x in line] for line in cells_of(table)]
    assert shown == [near(line, 2) for line in widget.weights()[0:4, 10:13].tolist()]
    assert table.locator(".ac-cf-own").inner_text() == f"{widget.weights()[1, 12]:.2f}"
    page.get_by_role("slider", name="Time", exact=True).press("Home")
    page.locator("details").get_by_text("Nothing is before frame 0.").wait_for()


def test_arrows_lead_from_where_the_changed_cells_were(show):
    """Yellow is on the frame only where a cell changed and had been elsewhere."""
    page = show(clip_follower(row=0, column=0))
    canvas = canvas_of(page, "Frame 2: grey")
    yellow = """(canvas) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(30, 30, canvas.width - 30, canvas.height - 30);
        let n = 0;
        for (let k = 0; k < data.length; k += 4)
            n += data[k] === 255 && data[k + 1] === 176 && data[k + 2] === 0;
        return n;
    }"""
    assert canvas.evaluate(yellow) == 0
    page.get_by_label("An arrow for every").check()
    assert canvas.evaluate(yellow) > 100
    page.get_by_label("Who fetches").select_option("copy")  # it says that nothing moves
    assert canvas.evaluate(yellow) == 0


def test_a_mask_is_painted_with_a_pointer_and_carried_at_once(show):
    widget = clip_follower(frame=3)
    page = show(clip_follower(frame=3))
    page.get_by_role("button", name="Clear the mask").click()
    widget.painting = "0" * 36
    assert_shows(page, widget)
    pad = page.get_by_role("slider", name="Mask of frame 0")
    box = pad.bounding_box()

    def at(row, column):
        return (
            box["x"] + box["width"] * (column + 0.5) / 13,
            box["y"] + box["height"] * (row + 0.5) / 11,
        )

    page.mouse.move(*at(2, 2))
    page.mouse.down()
    page.mouse.move(*at(2, 9), steps=3)
    page.mouse.up()
    mask = torch.zeros(11, 13, dtype=torch.bool)
    mask[1:4, 1:11] = True
    widget.painting = hexed(mask)
    assert_shows(page, widget)
    page.get_by_role("checkbox", name="Erase").check()
    page.mouse.click(*at(1, 1))
    mask[0:3, 0:3] = False
    widget.painting = hexed(mask)
    assert_shows(page, widget)
    page.get_by_role("button", name="Back to the first mask").click()
    widget.painting = ""
    assert_shows(page, widget)


def hexed(mask):
    bits = "".join(str(int(bit)) for bit in mask.flatten()) + "0"
    return "".join(f"{int(bits[n : n + 4], 2):x}" for n in range(0, 144, 4))


def test_a_mask_is_painted_with_the_keyboard(show):
    widget, page = clip_follower(), show(clip_follower())
    page.get_by_role("button", name="Clear the mask").click()
    page.get_by_role("slider", name="Brush, cells wide").press("Home")
    pad = page.get_by_role("slider", name="Mask of frame 0")
    pad.focus()
    assert "row 5, column 6, not painted, brush up" in pad.get_attribute(
        "aria-valuetext"
    )
    for key in (
        "Space",
        "ArrowRight",
        "ArrowDown",
        "Space",
        "ArrowDown",
        "Home",
        "Space",
    ):
        page.keyboard.press(key)
    mask = torch.zeros(11, 13, dtype=torch.bool)
    mask[5, 6] = mask[5, 7] = mask[6, 7] = mask[0, 0] = True
    widget.painting = hexed(mask)
    assert_shows(page, widget)
    assert "row 0, column 0, painted, brush down" in pad.get_attribute("aria-valuetext")
    page.keyboard.press("Delete")
    mask[0, 0] = False
    widget.painting = hexed(mask)
    assert_shows(page, widget)


def frame_of(page):
    return int(page.get_by_role("slider", name="Time", exact=True).input_value())


def fast(**state):
    return ClipFollower([clip(rate=20)], **{"frame": 2, **state})


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_it_plays_only_when_asked_to_and_stops_when_asked_to(show, motion):
    page = show(fast(), reduced_motion=motion)
    page.wait_for_timeout(250)
    assert frame_of(page) == 2  # nothing moves by itself
    page.get_by_role("button", name="Play").press("Enter")
    page.wait_for_function(
        """() => {
            globalThis.seen ??= new Set();
            seen.add(document.querySelector("input[type=range]").value);
            return seen.size === 5;
        }""",
        polling=10,
    )
    assert (
        "Playing 5 frames at 20 a second." in page.locator(".ac-summary").inner_text()
    )
    page.get_by_role("button", name="Pause").click()
    at = frame_of(page)
    page.wait_for_timeout(250)
    assert frame_of(page) == at
    assert_shows(page, fast(frame=at))


def test_the_film_s_owner_is_named_in_both_views(show):
    page = show(clip_follower())
    assert page.locator(".ac-cf-credit").inner_text() == "Film: a film of nobody"
    page = show(clip_follower(), java_script_enabled=False)
    assert "a film of nobody" in page.locator("caption").first.inner_text()


def test_what_screen_readers_hear_of_the_pictures(show):
    widget = clip_follower(frame=3)
    page = show(clip_follower(frame=3))
    labels = [
        canvas.get_attribute("aria-label") for canvas in page.locator("canvas").all()
    ]
    top = float(widget.weights().max())
    assert labels[0].startswith("Frame 2: cell (")
    assert numbers_in(labels[0])[3] == near(top)
    assert labels[2].startswith("Close-up of frame 2: cell (")
    overlap = f"{widget.overlaps():.2f}"
    assert labels[4].endswith(f"overlaps the one drawn by hand by {overlap}")
