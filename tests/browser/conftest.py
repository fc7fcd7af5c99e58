"""A Chromium, the built site on a free port, and pages that cannot reach any other host.

Without a Chromium the browser tests are skipped, with one line that says how to get one;
with CI=true a missing browser is a failure. COURSE_SITE names another built site to test.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("COURSE_SITE", ROOT / "_build" / "html"))
NO_BROWSER = (
    "browser tests skipped: no Chromium found; get one with `apt-get install chromium` "
    "or `.venv/bin/python -m playwright install chromium`"
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_skipped = False


def pytest_terminal_summary(terminalreporter):
    if _skipped:
        terminalreporter.write_line(NO_BROWSER)


def find_chromium(playwright) -> str | None:
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    names += ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
    found = next(filter(None, map(shutil.which, names)), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).exists() else None)


@pytest.fixture(scope="session")
def browser():
    global _skipped
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = find_chromium(playwright)
        if chromium is None:
            if os.environ.get("CI") == "true":
                pytest.fail(NO_BROWSER.replace("skipped", "cannot run"))
            _skipped = True
            pytest.skip(NO_BROWSER)
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


class _Handler(http.server.SimpleHTTPRequestHandler):
    csp = ""

    def end_headers(self):
        if self.csp:
            self.send_header("Content-Security-Policy", self.csp)
        super().end_headers()

    def log_message(self, *_):
        pass


def serve(directory: Path, csp: str = "") -> Iterator[str]:
    handler = type("Handler", (_Handler,), {"csp": csp})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(directory))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def site_folder() -> Path:
    if not (SITE / "index.html").exists():
        pytest.fail(f"no built site in {SITE.name}: run `make book` first")
    return SITE


@pytest.fixture(scope="session")
def site(site_folder):
    yield from serve(site_folder)


@pytest.fixture(scope="session")
def strict_site(site_folder):
    """The site as a server with a strict content security policy gives it out."""
    yield from serve(
        site_folder,
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self'",
    )


@pytest.fixture
def open_page(browser):
    """Open pages in contexts of their own; each records what went wrong in ``problems``.

    Requests to other hosts are recorded and cut off; so is whatever the page writes to
    the console above the level of a log, and every uncaught error.
    """
    contexts = []

    def opened(url=None, **options):
        options.setdefault("viewport", {"width": 1280, "height": 900})
        options.setdefault("reduced_motion", "reduce")
        context = browser.new_context(**options)
        contexts.append(context)
        home = urlsplit(url or "").netloc
        problems = []

        def route(request_route):
            parts = urlsplit(request_route.request.url)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != home:
                problems.append(f"request to {request_route.request.url}")
                request_route.abort()
            else:
                request_route.continue_()

        context.route("**/*", route)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                problems.append(f"console {message.type}: {message.text}")
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.problems = problems
        if url:
            page.goto(url, wait_until="load")
        return page

    yield opened
    for context in contexts:
        context.close()
