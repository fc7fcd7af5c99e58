"""Chapter 5's video pad in a real browser: its arithmetic, and painting with all hands."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest
import torch

from attention_course.widgets import VideoPad
from tests.browser import let_run
from tests.widgets.helpers import decimals_in
from tests.widgets.video_pad.example import video_pad

pytestmark = pytest.mark.browser

KINDS = [VideoPad]
SMALL = (2, 4, 4)
UNEVEN = {
    "sizes": (6, 4, 10),
    "small": (3, 2, 15),
    "settings": {
        "context_patch": (1, 2, 5),
        "extent": (1, 0, 2),
        "context_extent": (2, 1, 0),
        "n_layers": 3,
        "n_heads": 2,
    },
}


def state_of(page, name):
    return page.evaluate(
        "(name) => [...attentionCourse.models.values()][0].get(name)", name
    )


def painted(page):
    """Wait until the model has heard of the painting; return its greys ``(F', H', W')``."""
    # The widget's own timer is shorter and was set before: it fires before this one.
    let_run(page, 150)
    digits = [int(digit, 16) for digit in state_of(page, "painting")]
    return torch.tensor(digits).reshape(SMALL) if digits else None


def middle_of(canvas, row, column, n=4):
    box = canvas.bounding_box()
    size = box["width"] / n
    return box["x"] + (column + 0.5) * size, box["y"] + (row + 0.5) * size


@pytest.mark.parametrize("sizes", [{}, UNEVEN], ids=["twice", "uneven"])
def test_compute_is_what_python_computes(compute, sizes):
    draw = random.Random(4)
    pad = video_pad(model=True, **sizes)
    n_pixels = pad.video().numel()
    n_layers, n_heads = (pad.recordings[0][name] for name in ("n_layers", "n_heads"))
    highs = dict(zip(("frame", "row", "column"), pad.cells, strict=True))
    highs |= {"picked": 3, "layer": n_layers, "head": n_heads}
    states, expected = [], []
    for _ in range(150):
        for name, n in highs.items():
            setattr(pad, name, draw.randrange(n))
        pad.kind = draw.choice(["cross", "self"])
        digits = "".join(draw.choice("0123456789abcdef") for _ in range(n_pixels))
        pad.painting = digits if draw.random() < 0.6 else ""
        states.append(pad.state())
        expected.append((pad.video(), pad.straight(), pad.enlarged(), pad.weights()))
    keep = ["video", "straight", "enlarged", "weights", "byFrame", "read", "painted"]
    got = compute(VideoPad, states, keep)
    for ours, state, tensors in zip(got, states, expected, strict=True):
        assert ours["read"]
        assert ours["painted"] == bool(state["painting"])
        for name, tensor in zip(keep[:4], tensors, strict=True):
            theirs = tensor.flatten().numpy()
            np.testing.assert_allclose(ours[name], theirs, rtol=0, atol=1e-6)
        by_frame = tensors[3].sum(dim=(1, 2)).numpy()
        np.testing.assert_allclose(ours["byFrame"], by_frame, rtol=0, atol=1e-6)


def test_the_mouse_paints_with_the_brightness_that_is_set(show):
    page = show(video_pad())
    before = np.rint(15 * video_pad().video().numpy())  # the example in sixteen greys
    frame = page.locator(".ac-vd-paint canvas").nth(1)

    def drag(*places):
        for i, place in enumerate(places):
            page.mouse.move(*middle_of(frame, *place))
            if i == 0:
                page.mouse.down()
        page.mouse.up()

    drag((0, 0), (3, 3))
    greys = painted(page).numpy()
    line = np.eye(4, dtype=bool)
    assert (greys[1][line] == 15).all()
    assert (greys[1][~line] == before[1][~line]).all()
    assert (greys[0] == before[0]).all()
    page.get_by_label("Brightness of the pen").fill("7")
    drag((2, 0), (2, 2))
    assert painted(page)[1, 2].tolist() == [7, 7, 7, before[1, 2, 3]]
    page.get_by_label("Brightness of the pen").fill("0")
    drag((0, 0))
    assert painted(page)[1, 0, 0] == 0
    # Beyond the frame nothing is painted, in the next frame neither.
    greys = painted(page)
    box = frame.bounding_box()
    page.mouse.move(*middle_of(frame, 1, 0))
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 3, steps=5)
    page.mouse.up()
    after = painted(page)
    assert torch.equal(after[0], greys[0])
    assert torch.equal(after[1, :, 1:], greys[1, :, 1:])


def test_the_keyboard_paints(show):
    page = show(video_pad())
    pad = page.locator(".ac-vd-paint")
    pad.focus()
    before = np.rint(15 * video_pad().video().numpy())
    for key in ("ArrowLeft", "ArrowUp"):
        pad.press(key)
    assert painted(page) is None  # the pen was up
    for key in (" ", "ArrowLeft", "PageDown", " ", "ArrowDown"):
        pad.press(key)
    assert pad.get_attribute("aria-valuetext").startswith("frame 1, row 2, column 0,")
    assert pad.get_attribute("aria-valuetext").endswith("pen up")
    greys = painted(page).numpy()
    expected = before.copy()
    for place in [(0, 1, 1), (0, 1, 0), (1, 1, 0)]:
        expected[place] = 15
    assert (greys == expected).all()
    pad.press("Delete")
    expected[1, 2, 0] = 0
    assert (painted(page).numpy() == expected).all()
    for _ in range(6):  # the pen stays in the video
        pad.press("PageDown")
        pad.press("ArrowLeft")
    assert pad.get_attribute("aria-valuetext").startswith("frame 1, row 2, column 0,")
    pad.press("Tab")
    assert not pad.evaluate("pad => pad === document.activeElement")


def test_a_finger_paints_and_the_page_does_not_scroll(show):
    page = show(video_pad(), viewport={"width": 360, "height": 400}, has_touch=True)
    frame = page.locator(".ac-vd-paint canvas").first
    frame.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    (x, y), (_, end) = middle_of(frame, 0, 2), middle_of(frame, 3, 2)
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        points = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", (x, y))
    for step in range(1, 11):
        send("touchMove", (x, y + step * (end - y) / 10))
    send("touchEnd")
    assert (painted(page)[0, :, 2] == 15).all()
    assert page.evaluate("scrollY") == before


def test_the_buttons_clear_copy_and_bring_the_example_back(show):
    page = show(video_pad())

    def press(name):  # whatever it says of itself
        page.get_by_role("button", name=name).click(force=True)

    before = torch.tensor(np.rint(15 * video_pad().video().numpy()), dtype=torch.long)
    press("Copy from the frame before")  # frame 0 has none
    assert painted(page) is None
    press("Back to the example")  # it is there
    assert painted(page) is None
    pad = page.locator(".ac-vd-paint")
    pad.focus()
    pad.press("PageDown")
    press("Copy from the frame before")
    assert torch.equal(painted(page), before[:1].expand(SMALL))
    press("Clear this frame")
    assert torch.equal(painted(page)[0], before[0])
    assert not painted(page)[1].any()
    press("Clear all")
    assert not painted(page).any()
    assert state_of(page, "painting") == "0" * 32  # a video of nothing, and not none
    press("Back to the example")
    assert painted(page) is None
    assert page.locator("summary").is_visible()
    press("Clear all")
    page.get_by_label("Video to begin with").select_option("1")
    assert painted(page) is None
    assert state_of(page, "picked") == 1


def test_without_the_model_straight_lines_stay_and_it_says_so(show):
    page = show(video_pad())
    pad = page.locator(".ac-vd-paint")
    straight = page.locator(".ac-vd-straight canvas")
    drawings = "all => all.map((canvas) => canvas.toDataURL())"
    assert page.get_by_label("The picked patch looks at").is_visible()
    example = straight.evaluate_all(drawings)
    top = pad.bounding_box()["y"]
    pad.focus()
    pad.press(" ")
    greys = painted(page)
    now = straight.evaluate_all(drawings)
    assert now != example
    assert page.get_by_text("The decoder drew nothing: the model is not").is_visible()
    assert page.get_by_text("Open this chapter in Jupyter or on Colab.").is_visible()
    assert not page.get_by_label("The picked patch looks at").is_visible()
    assert pad.bounding_box()["y"] == top
    page.locator("summary").click()
    cells = page.locator(".ac-vd-weights td").all_inner_texts()
    assert set(cells) == {"–"}
    # What stands in the page is what Python would draw.
    there = video_pad()
    there.painting = "".join(f"{int(grey):x}" for grey in greys.flatten())
    other = show(there)
    assert other.locator(".ac-vd-straight canvas").evaluate_all(drawings) == now
    page.get_by_role("button", name="Back to the example").click()
    assert straight.evaluate_all(drawings) == example
    assert page.get_by_label("The picked patch looks at").is_visible()


def test_a_patch_is_picked_with_the_mouse_and_with_the_keyboard(show):
    page = show(video_pad())
    drawn = page.locator(".ac-vd-pick")
    drawn.scroll_into_view_if_needed()
    page.mouse.click(*middle_of(drawn.locator("canvas").nth(3), 1, 3))
    places = [state_of(page, name) for name in ("frame", "row", "column")]
    assert places == [3, 1, 3]
    drawn.focus()
    for key in ("PageUp", "ArrowDown", "ArrowLeft"):
        drawn.press(key)
    page.get_by_label("The picked patch looks at").select_option("self")
    pad = video_pad(kind="self", frame=2, row=2, column=2)
    page.locator("summary").click()
    page.get_by_text("What the patch in frame 2, row 2, column 2 of Y").wait_for()
    weights = pad.weights()
    window = weights[1:4, 1:4, 1:4]
    cells = page.locator(".ac-vd-weights td").all_inner_texts()
    expected = window.flatten().tolist()
    np.testing.assert_allclose(np.float64(cells), expected, rtol=0, atol=0.000501)
    notes = page.locator(".ac-vd-views .ac-note").all_inner_texts()
    by_frame = weights.sum(dim=(1, 2)).tolist()
    assert notes[0].split("\n")[1] == "–"
    np.testing.assert_allclose(
        [decimals_in(text)[0] for text in notes[1:]], by_frame[1:], rtol=0, atol=0.00501
    )
    best = ", ".join(
        str(int(n)) for n in torch.unravel_index(weights.argmax(), (4,) * 3)
    )
    assert f"to patch ({best}) of Y" in page.locator(".ac-summary").inner_text()
    drawn.press("Home")
    heads = page.locator(".ac-vd-weights tbody th").all_inner_texts()
    assert heads[0] == "−1, −1"  # a corner: the window hangs over
    assert page.locator(".ac-vd-weights td").all_inner_texts().count("–") == 27 - 8


def test_a_notebook_enlarges_the_painting_with_torch(notebook):
    pad = video_pad(model=True)
    page = notebook(pad)
    page.evaluate(
        """() => {
            globalThis.said = "";
            const note = () => { said += document.querySelector(".ac").textContent; };
            const all = { childList: true, characterData: true, subtree: true };
            new MutationObserver(note).observe(document.querySelector(".ac"), all);
        }"""
    )
    place = page.locator(".ac-vd-paint")
    place.focus()
    for key in (" ", "ArrowDown", "PageDown"):
        place.press(key)
    page.locator(".ac-summary").get_by_text("Your video:").wait_for()
    let_run(page, 300)  # the last stroke
    page.locator("summary").click()
    assert len(pad.painting) == 32
    mapped = [at // 2 for at in (pad.frame, pad.row, pad.column)]
    weight = float(pad.weights()[tuple(mapped)])
    cell = page.locator(".ac-vd-weights td.ac-vd-mapped")
    assert abs(float(cell.inner_text()) - weight) <= 0.000501
    assert "The decoder is drawing" in page.evaluate("said")
    assert "The decoder drew nothing" not in page.evaluate("said")


def test_a_notebook_without_a_model_says_so(notebook):
    page = notebook(video_pad())
    page.locator(".ac-vd-paint").press(" ")
    page.get_by_text("This pad was given no model.").wait_for()
    assert page.get_by_text("The decoder drew nothing").is_visible()


# A page with a model that answers when the test says so.
ASKED = """async ([esm, state, answer]) => {
    const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
    const { render } = (await import(url)).default;
    const listeners = {};
    globalThis.asked = []; // [greys, resolve, reject]
    globalThis.shown = []; // every answer that the widget took
    globalThis.model = {
        get: (name) => state[name],
        set: (name, value) => {
            if (name === "answer") shown.push(value.number ?? null);
            state[name] = value;
            for (const listener of listeners[`change:${name}`] ?? []) listener();
        },
        on: (event, listener) => (listeners[event] ??= []).push(listener),
        off() {},
        save_changes() {},
    };
    globalThis.reply = (n) => asked[n][1]({ answer: { ...answer, number: n } });
    const opened = { checked: true, run: ({ video }) => new Promise((resolve, reject) =>
        asked.push([video.map((level) => Math.round(15 * level)), resolve, reject])) };
    const models = { describe: () => ({ bytes: 1e6 }), open: async () => opened };
    const el = document.createElement("figure");
    document.querySelector("main").append(el);
    render({ model, el, models });
}"""


@pytest.fixture
def slow_page(open_page):
    """A page whose model answers only when the test calls ``reply``."""
    pad = video_pad(in_browser="slow")
    page = open_page()
    page.set_content("<!doctype html><title>slow</title><main></main>")
    page.add_style_tag(content="\n".join(pad.styles()))
    page.evaluate(ASKED, [str(pad._esm), pad.state(), pad.recordings[1]])
    page.get_by_role("button", name="Load the model, 1.0 MB").click()
    page.get_by_text("The model is in this page now").wait_for()
    yield page
    assert page.problems == []


def paint_at(page, row, column):
    page.mouse.click(*middle_of(page.locator(".ac-vd-paint canvas").first, row, column))
    let_run(page, 120)


def test_one_question_at_a_time_and_the_last_painting_is_asked_about(slow_page):
    page = slow_page
    assert page.evaluate("asked.length") == 0  # nothing is painted
    paint_at(page, 0, 0)
    assert page.get_by_text("The decoder is drawing …").is_visible()
    for column in (1, 2, 3):  # while the model is busy
        paint_at(page, 0, column)
    assert page.evaluate("asked.length") == 1
    page.evaluate("reply(0)")
    page.wait_for_function("asked.length === 2")
    assert page.evaluate("shown") == [0]
    assert page.evaluate("asked[1][0].slice(0, 4)") == [15] * 4
    page.evaluate("reply(1)")
    let_run(page, 100)
    assert page.evaluate("[asked.length, shown]") == [2, [0, 1]]
    assert page.locator(".ac-summary").get_by_text("Your video:").is_visible()


def test_an_answer_to_a_painting_that_is_gone_is_not_shown(slow_page):
    page = slow_page
    paint_at(page, 0, 0)
    page.get_by_role("button", name="Back to the example").click()
    paint_at(page, 3, 3)
    page.evaluate("reply(0)")
    page.wait_for_function("asked.length === 2")
    assert page.evaluate("shown") == [None]  # taken away with the painting
    page.evaluate("reply(1)")
    page.wait_for_function("shown.length === 2")
    assert page.evaluate("shown") == [None, 1]


def test_a_stroke_of_many_moves_asks_at_most_every_60_ms(slow_page):
    page = slow_page
    page.evaluate(
        "() => { const set = model.set; globalThis.sent = []; model.set = "
        "(name, value) => { if (name === 'painting') sent.push("
        "performance.now()); set(name, value); }; }"
    )
    frame = page.locator(".ac-vd-paint canvas").first
    page.mouse.move(*middle_of(frame, 0, 0))
    page.mouse.down()
    for step in range(60):
        page.mouse.move(*middle_of(frame, step % 4, step // 4 % 4))
    page.mouse.up()
    let_run(page, 150)
    times = page.evaluate("sent")
    assert 1 <= len(times) < 60
    assert all(b - a >= 55 for a, b in pairwise(times))


def test_a_model_that_fails_is_said_and_asked_again(slow_page):
    page = slow_page
    paint_at(page, 0, 0)
    page.evaluate("asked[0][2](new Error('<b>out of memory</b>'))")
    page.get_by_text("The model did not answer (<b>out of memory</b>).").wait_for()
    paint_at(page, 1, 1)
    page.evaluate("reply(1)")
    page.locator(".ac-summary").get_by_text("Your video:").wait_for()
    assert not page.get_by_text("did not answer").is_visible()
