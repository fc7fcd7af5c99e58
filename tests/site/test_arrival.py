"""A page opened at a section arrives there and stays, while widgets and formulas make it grow."""

from __future__ import annotations

import functools
import http.server
import re
import threading
import time

import pytest

pytestmark = pytest.mark.browser

SECTIONS = {
    "03-attention": [
        "where-does-it-look",
        "does-the-score-matter",
        "exercise-3-6-attention-in-three-lines",
    ],
    "05-image-video-attention": [
        "nearby",
        "two-grids",
        "exercise-5-15-three-ways-to-write-the-same-cell",
    ],
}
# How far a section is from where a link to it leads: below the bar, or as high as it goes.
PLACE = """(id) => {
    const page = document.documentElement;
    const top = document.getElementById(id).getBoundingClientRect().top;
    const off = top - parseFloat(getComputedStyle(page).scrollPaddingTop);
    const left = page.scrollHeight - innerHeight - scrollY;
    return off > 0 && left < 2 ? 0 : off;
}"""
GROWN = """async () => {
    while (!globalThis.MathJax?.startup?.promise
           || document.querySelector("figure.ac-widget:not([data-ac-alive])"))
        await new Promise((done) => setTimeout(done, 50));
    await MathJax.startup.promise;
}"""
HEIGHTS = """() => [...document.querySelectorAll("figure.ac-widget")]
    .map((place) => place.getBoundingClientRect().height)"""


@pytest.fixture
def late_site(site_folder):
    """The site, with what makes pages grow a second late: widgets and formulas."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            if re.search(r"/_static/(widgets|mathjax)/.*\.js", self.path):
                time.sleep(1)
            super().do_GET()

        def log_message(self, *_):
            pass

    handler = functools.partial(Handler, directory=str(site_folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def empty_page(open_page):
    """Open an empty page, which may then go to any server of the test's own."""

    def opened(width=1280, **options):
        page = open_page(viewport={"width": width, "height": 900}, **options)
        page.context.unroute("**/*")
        return page

    return opened


def arrive(page, address):
    """Open an address and wait until the page has its full height."""
    page.goto(address, wait_until="domcontentloaded")
    page.evaluate(GROWN)
    page.wait_for_timeout(800)  # longer than a smooth scroll takes to end


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("chapter", SECTIONS)
def test_a_link_to_a_section_leads_there(empty_page, late_site, chapter, width):
    off = {}
    for section in SECTIONS[chapter]:
        page = empty_page(width, reduced_motion="no-preference")
        arrive(page, f"{late_site}/book/{chapter}.html#{section}")
        off[section] = page.evaluate(PLACE, section)
        page.context.close()
    assert {section: by for section, by in off.items() if abs(by) > 4} == {}


@pytest.mark.parametrize("how", ["wheel", "bar"])
def test_a_reader_who_has_moved_on_is_not_called_back(empty_page, site, how):
    page = empty_page()
    held = []
    page.route("**/_static/widgets/*.js*", lambda route: held.append(route))
    page.goto(
        f"{site}/book/05-image-video-attention.html#nearby",
        wait_until="domcontentloaded",
    )
    page.mouse.move(600, 400)
    if how == "wheel":
        page.mouse.wheel(0, 700)
    else:
        page.evaluate("scrollBy(0, 700)")
    page.wait_for_timeout(300)
    assert page.locator("[data-ac-alive]").count() == 0
    for route in held:
        route.continue_()
    page.evaluate(GROWN)
    page.wait_for_timeout(500)
    assert page.evaluate(PLACE, "nearby") < -300


def test_loading_again_finds_the_readers_own_place(empty_page, late_site):
    page = empty_page()
    arrive(page, f"{late_site}/book/05-image-video-attention.html#nearby")
    page.evaluate("scrollBy(0, 3000)")
    page.wait_for_timeout(300)
    place = page.evaluate(PLACE, "nearby")
    page.reload(wait_until="domcontentloaded")
    page.evaluate(GROWN)
    page.wait_for_timeout(800)
    assert abs(page.evaluate(PLACE, "nearby") - place) < 300


@pytest.mark.parametrize("width", [360, 1280])
def test_the_room_of_each_widget_is_kept(empty_page, site, site_folder, width):
    """Red after a widget has changed its height: `python -m bookbuild room _build/html`."""
    pages = [
        path.name
        for path in site_folder.glob("book/*.html")
        if '<figure class="ac-widget"' in path.read_text(encoding="utf-8")
    ]
    assert len(pages) >= 6
    far = {}
    for name in pages:
        waiting = empty_page(width)
        waiting.route("**/_static/widgets/*.js*", lambda route: route.abort())
        waiting.goto(f"{site}/book/{name}", wait_until="domcontentloaded")
        kept = waiting.evaluate(HEIGHTS)
        page = empty_page(width)
        page.goto(f"{site}/book/{name}", wait_until="domcontentloaded")
        page.wait_for_function(
            "() => !document.querySelector('figure.ac-widget:not([data-ac-alive])')"
        )
        page.wait_for_timeout(300)
        live = page.evaluate(HEIGHTS)
        far[name] = [
            (round(room), round(height))
            for room, height in zip(kept, live, strict=True)
            if abs(room - height) > 0.15 * height
        ]
        waiting.context.close()
        page.context.close()
    assert {name: rooms for name, rooms in far.items() if rooms} == {}
