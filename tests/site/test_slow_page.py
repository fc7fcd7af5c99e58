"""A page that is still on its way: its first widget answers; MathJax comes last."""

from __future__ import annotations

import http.server
import threading

import pytest

from attention_course.widgets import PositionExplorer, ScoreExplorer

pytestmark = pytest.mark.browser

KINDS = [ScoreExplorer, PositionExplorer]


@pytest.fixture
def slow(scripts):
    """Serve a page in two parts; the second is sent when its event is set."""
    released = threading.Event()
    first, second = (
        kind()._repr_mimebundle_()[0]["text/html"]
        for kind in (ScoreExplorer, PositionExplorer)
    )
    tags = '<script src="/host.js"></script>' + "".join(
        f'<script async src="/{kind.module}.js"></script>' for kind in KINDS
    )
    cut = second.index("<table") + len("<table")  # within the view without scripts
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>slow</title>'
        f'<link rel="icon" href="data:,">{tags}<main>{first}<p>Some text.</p>'
        + second[:cut],
        second[cut:] + "<p>The end.</p></main>",
    ]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            name = self.path[1:]
            kind = "text/javascript" if name else "text/html"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            if name:
                self.wfile.write(scripts[name].encode())
                return
            self.wfile.write(parts[0].encode())
            self.wfile.flush()
            released.wait(60)
            self.wfile.write(parts[1].encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", released
    released.set()
    server.shutdown()
    server.server_close()


def test_a_widget_answers_before_the_page_is_complete(open_page, slow):
    url, released = slow
    page = open_page()
    page.route(f"{url}**", lambda route: route.continue_())  # our own server
    page.goto(url, wait_until="commit")
    alive = page.locator("figure.ac-widget[data-ac-alive]")
    alive.wait_for(state="attached")
    assert page.evaluate("document.readyState") == "loading"
    keys = page.get_by_role("slider", name="Keys")
    before = page.locator(".ac").inner_text()
    keys.press("ArrowRight")
    assert page.locator(".ac").inner_text() != before

    # The parser is still in the second widget's place: hands off.
    page.wait_for_function("() => 'position_explorer' in attentionCourse.widgets")
    assert page.locator("figure.ac-widget").count() == 2
    assert alive.count() == 1

    released.set()
    page.get_by_text("The end.").wait_for()
    page.wait_for_load_state("load")
    assert alive.count() == 2
    second = page.locator("figure.ac-widget").nth(1)
    assert second.locator(".ac").count() == 1
    assert second.locator("table.ac-fallback").count() == 0
    # What the reader had changed meanwhile stays.
    assert page.locator(".ac").first.inner_text() != before


TIMES = """() => {
    const [math] = performance.getEntriesByType("resource")
        .filter(({ name }) => name.includes("/mathjax/"));
    const [page] = performance.getEntriesByType("navigation");
    return [page.domInteractive, math?.startTime];
}"""


def test_mathjax_waits_for_the_page(open_page, site):
    page = open_page(f"{site}/book/notation.html")
    page.locator("mjx-container svg").first.wait_for()
    parsed, asked = page.evaluate(TIMES)
    assert asked >= parsed
    assert page.locator('head script[async][src*="mathjax"]').count() == 0


def test_a_page_without_formulas_does_without_mathjax(open_page, site):
    page = open_page(f"{site}/book/index.html")
    assert page.evaluate(TIMES)[1] is None
    assert page.locator('script[src*="formulas.js"]').count() == 0
