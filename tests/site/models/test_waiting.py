"""A reader who waits for a model: a word, a limit, and a way out wherever it can get stuck."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading

import pytest

from attention_course.widgets import AlignmentViewer, DigitPad
from tests.browser import FileHandler, serve
from tests.site.models.pages import LOADED, POLICY, load, widget

pytestmark = pytest.mark.browser

# Each limit: where it stands, and its line.
LIMITS = {
    "_static/live_widgets.js": "const PATIENCE = 20_000;",
    "_static/models.js": "const START = 20_000;",
    "{version}/worker/files.js": "const SILENCE = 20_000;",
}


@pytest.fixture
def hasty(folder, version, tmp_path):
    """The site with limits of two seconds, so that a test need not wait for twenty."""
    other = tmp_path / "site" / "sub"
    shutil.copytree(folder, other)
    for name, line in LIMITS.items():
        path = other / name.format(version=version)
        text = path.read_text(encoding="utf-8")
        assert text.count(line) == 1
        path.write_text(text.replace("20_000", "2_000"), encoding="utf-8")
    return other


def hang(route):
    """Neither answer nor refuse."""


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("**/models.js?*", "did not load within 2 seconds"),
        ("**/worker/worker.js", "the worker has not started within 2 seconds"),
        ("**/worker/files.js", "the worker has not started within 2 seconds"),
        ("**/models.json", "models.json: nothing came for 2 seconds"),
        ("**/ort.js", "ort.js: nothing came for 2 seconds"),
        ("**/ort-*.wasm.gz", "nothing came for 2 seconds"),
        ("**/date-translator-step-*.gz", "nothing came for 2 seconds"),
    ],
)
def test_a_silent_server_is_given_up_and_can_be_asked_again(visit, hasty, where, said):
    for url in serve(hasty.parent, POLICY):
        page = visit(f"{url}/sub/")
        page.context.route(where, hang)
        place = widget(page, AlignmentViewer)
        place.locator(".ac-loader button").click()
        place.get_by_text("Loading ").wait_for()
        place.get_by_text("The model could not be loaded").wait_for()
        assert said in place.locator(".ac-loader p").inner_text()
        assert place.locator(".ac-heatmap").is_visible()
        page.context.unroute(where)
        load(page, AlignmentViewer)


def test_a_script_that_is_checked_but_then_does_not_come_is_told(visit, hasty):
    asked = []

    def once(route):
        asked.append(route.request.url)
        if len(asked) == 1:
            route.continue_()

    for url in serve(hasty.parent, POLICY):
        page = visit(f"{url}/sub/")
        page.context.route("**/ort.js", once)
        place = widget(page, AlignmentViewer)
        place.locator(".ac-loader button").click()
        place.get_by_text("nothing came for 2 seconds; load this page again").wait_for()
    assert len(asked) == 2


def test_a_server_that_falls_silent_in_the_middle_is_given_up(visit, hasty):
    silent, over = threading.Event(), threading.Event()
    silent.set()

    class Handler(FileHandler):
        def do_GET(self):
            if not (silent.is_set() and self.path.endswith(".wasm.gz")):
                return super().do_GET()
            content = (hasty.parent / self.path[1:]).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            over.wait(60)

    handler = functools.partial(Handler, directory=str(hasty.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = visit(f"http://127.0.0.1:{server.server_port}/sub/")
    place = widget(page, AlignmentViewer)
    place.locator(".ac-loader button").click()
    place.get_by_text("nothing came for 2 seconds").wait_for()
    silent.clear()
    load(page, AlignmentViewer)
    over.set()
    server.shutdown()
    server.server_close()


def test_what_happens_after_the_last_byte_has_a_word(visit, home):
    page = visit(home)
    place = widget(page, AlignmentViewer)
    note = place.locator(".ac-loader p")
    note.evaluate(
        """(note) => {
            globalThis.said = [];
            new MutationObserver(() => said.push(note.textContent))
                .observe(note, { childList: true, characterData: true, subtree: true });
        }"""
    )
    load(page, AlignmentViewer)
    said = page.evaluate("said")
    assert said[0].startswith("Loading ")
    assert "All of it has come. The model gets ready …" in said
    assert said[-1].startswith(LOADED)


def test_a_loading_can_be_stopped_and_begun_again(visit, home):
    page = visit(home)
    page.context.route("**/ort-*.wasm.gz", hang)
    place = widget(page, AlignmentViewer)
    button = place.get_by_role("button", name="Load the model")
    button.click()
    place.get_by_text("Loading ").wait_for()
    stop = place.get_by_role("button", name="Stop")
    stop.focus()
    page.keyboard.press("Enter")
    place.get_by_text("You stopped the loading.").wait_for()
    assert stop.count() == 0
    assert button.evaluate("button => button === document.activeElement")
    assert place.locator(".ac-heatmap").is_visible()
    page.context.unroute("**/ort-*.wasm.gz")
    # Another widget's model is not held up, and this one can be asked for again.
    load(page, DigitPad)
    load(page, AlignmentViewer)
