"""A film of the reader's own in the clip follower: from files, and from a camera."""

from __future__ import annotations

import io
import re

import av
import pytest
import torch
from PIL import Image

from attention_course.lab.following import split_colour
from attention_course.widgets import ClipFollower
from bookbuild.sphinx.browser_models import POLICY
from tests.browser import FLAGS, ROOT, find_chromium, serve
from tests.widgets.canvas import pixels_of
from tests.widgets.clip_follower.example import clip, random_follower, random_frames
from tests.widgets.helpers import cells_of, number

pytestmark = pytest.mark.browser

KINDS = [ClipFollower]
FAKE_CAMERA = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",  # and nobody is asked
]


@pytest.fixture
def home(scripts, tmp_path):
    """The widget and all that it may load, given out with the policy that the site passes."""
    figure = ClipFollower([clip()], frame=2)._repr_mimebundle_()[0]["text/html"]
    names = [name for name in scripts if name.endswith(".js")]
    tags = "".join(f'<script defer src="{name}"></script>' for name in names)
    own_film = (ROOT / "book/_static/own_film.js").read_text(encoding="utf-8")
    files = {**scripts, "own_film.js": own_film}
    files["index.html"] = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>own film</title>'
        '<link rel="stylesheet" href="widgets.css"><link rel="icon" href="data:,">'
        f"{tags}<main>{figure}</main>"
    )
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    yield from serve(tmp_path, POLICY.replace("'unsafe-inline' 'wasm", "'wasm"))


def opened(page):
    """Wait for the widget, and ask for a film of one's own."""
    page.wait_for_selector("[data-ac-alive]")
    page.get_by_role("button", name="Use a film of your own").click()
    page.get_by_text("Your film stays in this page: nothing is sent.").wait_for()
    return page


def png(frame, name):
    file = io.BytesIO()
    levels = (255 * frame).round().to(torch.uint8).numpy()
    Image.fromarray(levels).save(file, format="PNG")
    return {"name": name, "mimeType": "image/png", "buffer": file.getvalue()}


def choose(page, *files):
    page.get_by_label("Film or pictures").set_input_files(list(files))


def status(page):
    return page.locator("[role=status]")


def canvas_of(page, name):
    return page.locator(f"div:has(> .ac-name > span:text-matches('^{name}')) > canvas")


def test_pictures_become_the_clip_and_nothing_is_sent(home, open_page):
    page = opened(open_page(f"{home}/"))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    credit = page.locator(".ac-cf-credit")
    assert credit.inner_text() == "Film: a film of nobody"
    frames = (255 * random_frames(seed=77)).round() / 255
    files = [png(frame, f"{n}.png") for n, frame in enumerate([*frames, *frames[:1]])]
    # In the order of the numbers in their names, and no more of them than are wanted.
    files = [{**file, "name": f"{n + 7}.png"} for n, file in enumerate(files[:5])]
    choose(page, *reversed(files))
    page.get_by_text("The widget shows your 5 pictures now.").wait_for()
    assert credit.inner_text() == ""
    summary = page.locator(".ac-summary")
    assert summary.inner_text().startswith("Frame 2 of 0 to 4 of your 5 pictures; ")
    assert "the mask covers 0 cells" in summary.inner_text()
    mine = ClipFollower([clip(frames, random_follower(), masks={})], frame=2)
    for shown, error in zip(
        cells_of(page.locator(".ac-cf-errors table")),
        mine.errors().values(),
        strict=True,
    ):
        # Python's are of colours that were rounded to be recorded.
        assert [number(x) for x in shown] == pytest.approx(
            [1000 * e for e in error.values()], rel=0.03
        )
    grey, colour = split_colour(frames)
    large = colour[1].repeat_interleave(2, 0).repeat_interleave(2, 1)
    page.get_by_label("Who fetches").select_option("copy")
    page.get_by_role("slider", name="Time", exact=True).press("Home")
    page.get_by_role("button", name="Frame on").click()
    page.get_by_role("slider", name="Cell's row").press("Home")
    page.get_by_role("slider", name="Cell's column").press("Home")
    before = pixels_of(canvas_of(page, "Carried to"), 22, 26)
    expected = 255 * (grey[1] + large).clamp(0, 1)
    torch.testing.assert_close(before.float(), expected, atol=1.01, rtol=0)
    page.get_by_role("button", name="Back to the course's film").click()
    assert credit.inner_text() == "Film: a film of nobody"
    assert "of noise" in summary.inner_text()
    assert asked == []
    assert page.problems == []


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([png(random_frames()[0], "one.png")], "One picture is no film: choose two or"),
        (
            [
                png(random_frames()[0], "one.png"),
                {"name": "two.png", "mimeType": "image/png", "buffer": b"no picture"},
            ],
            "two.png is no picture that this browser can read.",
        ),
        (
            [{"name": "film.mp4", "mimeType": "video/mp4", "buffer": b"no film"}],
            "film.mp4 could not be opened: this browser does not know its format",
        ),
    ],
)
def test_what_is_no_film_is_told_and_the_clip_stays(home, open_page, files, message):
    page = opened(open_page(f"{home}/"))
    before = page.locator(".ac-summary").inner_text()
    choose(page, *files)
    page.get_by_text(message).wait_for()
    assert page.locator(".ac-summary").inner_text() == before
    assert page.get_by_role("button", name="Back to the course's").is_disabled()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("NotAllowedError", "The camera may not be used: you or the browser said no."),
        ("NotFoundError", "There is no camera here: this browser has none"),
        ("NotReadableError", "The camera is busy: another program may be using it."),
        (None, "did not come over a secure connection (https)"),
    ],
)
def test_without_a_camera_a_sentence_says_why(home, open_page, error, message):
    page = open_page(f"{home}/")
    refuse = (
        f"{{ getUserMedia: async () => {{ throw new DOMException('', '{error}'); }} }}"
    )
    value = refuse if error else "undefined"
    page.add_init_script(
        f"Object.defineProperty(navigator, 'mediaDevices', {{ value: {value} }});"
    )
    page.reload()
    opened(page).get_by_role("button", name="Film with the camera").click()
    page.get_by_text(message).wait_for()


@pytest.mark.parametrize("width", [1280, 360])
def test_what_there_is_to_choose_fits_the_page(home, open_page, width):
    page = opened(open_page(f"{home}/", viewport={"width": width, "height": 900}))
    page.get_by_role("button", name="Film with the camera").press("Tab")
    assert (
        page.evaluate("document.activeElement.type") == "file"
    )  # the other is disabled
    spill = page.locator(".ac").evaluate(
        """(root) => [...root.lastChild.querySelectorAll("*")].filter((node) =>
            node.getBoundingClientRect().right > root.getBoundingClientRect().right
            || node.scrollWidth > node.clientWidth + 1 && node.tagName === "SPAN")
            .map((node) => node.outerHTML)"""
    )
    assert spill == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_camera_s_film_is_followed_and_the_camera_let_go(home, browser):
    """Chromium's own fake camera: a green picture with a disc that turns, and a clock."""
    chromium = find_chromium_of(browser)
    running = browser.browser_type.launch(
        executable_path=chromium, args=[*FLAGS, *FAKE_CAMERA]
    )
    try:
        page = running.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(
            """const asked = navigator.mediaDevices.getUserMedia;
            navigator.mediaDevices.getUserMedia = async (...given) => {
                globalThis.stream = await asked.apply(navigator.mediaDevices, given);
                return stream;
            };"""
        )
        page.goto(f"{home}/")
        opened(page).get_by_role("button", name="Film with the camera").click()
        page.get_by_text("The widget shows your camera now.").wait_for(timeout=120_000)
        states = page.evaluate("stream.getTracks().map((track) => track.readyState)")
        assert states == ["ended"]
        summary = page.locator(".ac-summary").inner_text()
        assert summary.startswith("Frame 2 of 0 to 4 of your camera; ")
        shown = pixels_of(canvas_of(page, "Carried to"), 22, 26)
        assert float(shown.std()) > 5  # a picture
        assert re.search(r"Changed cells: \d+", summary)
    finally:
        running.close()


def find_chromium_of(browser):
    """The program that the tests' browser is."""

    class Playwright:
        chromium = browser.browser_type

    return find_chromium(Playwright)


def webm(frames, rate):
    """Write a film as browsers play it."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as film:
        stream = film.add_stream("libvpx", rate=rate)
        stream.width, stream.height = frames.shape[2], frames.shape[1]
        stream.bit_rate, stream.pix_fmt = 4_000_000, "yuv420p"
        for frame in frames:
            levels = (255 * frame).round().to(torch.uint8).numpy()
            picture = av.VideoFrame.from_ndarray(levels, format="rgb24")
            film.mux(stream.encode(picture))
        film.mux(stream.encode())
    return {"name": "mine.webm", "mimeType": "video/webm", "buffer": file.getvalue()}


def test_a_film_is_read_from_its_beginning(home, open_page):
    """A second of it, at 24 frames a second; the widget takes 5 frames, 8 a second."""
    page = opened(open_page(f"{home}/"))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    brightness = torch.linspace(0.2, 0.8, 24)
    frames = brightness.reshape(24, 1, 1, 1).expand(24, 88, 104, 3)
    choose(page, webm(frames, 24))
    page.get_by_text("The widget shows mine.webm now.").wait_for(timeout=120_000)
    page.get_by_role("slider", name="Time", exact=True).press("Home")
    for n in range(5):
        name = f"Carried to frame {n}" if n else "Not carried"
        shown = pixels_of(canvas_of(page, name), 22, 26)
        expected = 255 * float(brightness[3 * n + 1])  # in the middle of an eighth
        assert float(shown.mean()) == pytest.approx(expected, abs=6)
        page.get_by_role("button", name="Frame on").click()
    assert [url for url in asked if not url.startswith("blob:")] == []
    assert page.problems == []
