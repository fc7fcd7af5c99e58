"""A Chromium, the built site on a free port, and pages that cannot reach any other host.

A plugin of all tests (conftest.py names it). Without a Chromium the browser tests are
skipped, with one line that says how to get one; with CI=true a missing browser is a
failure. COURSE_SITE names another built site to test.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bookbuild.sphinx import live_widgets

ROOT = Path(__file__).parents[1]
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


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_BROWSER in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(NO_BROWSER)


def find_chromium(playwright) -> str | None:
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    names += ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
    found = next(filter(None, map(shutil.which, names)), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).exists() else None)


def let_run(page, ms: int) -> None:
    """Wait by the page's own clock: its shorter timers, set before, have then fired.

    However slow the machine is, and however late the page's first picture.
    """
    page.evaluate("(ms) => new Promise((done) => setTimeout(done, ms))", ms)


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = find_chromium(playwright)
        if chromium is None:
            if os.environ.get("CI") == "true":
                pytest.fail(NO_BROWSER.replace("skipped", "cannot run"))
            pytest.skip(NO_BROWSER)
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


class FileHandler(http.server.SimpleHTTPRequestHandler):
    """Gives out the files as they are now.

    The library's own handler compares dates in whole seconds, and takes a file that a test
    changes within one for unchanged.
    """

    def send_head(self):
        del self.headers["If-Modified-Since"]
        return super().send_head()

    def log_message(self, *_):
        pass


class _Handler(FileHandler):
    csp = ""
    kept = 0  # seconds that a browser may keep a file without asking again

    def end_headers(self):
        if self.kept:
            self.send_header("Cache-Control", f"max-age={self.kept}")
        if self.csp:
            self.send_header("Content-Security-Policy", self.csp)
        super().end_headers()


def serve(directory: Path, csp: str = "", kept: int = 0) -> Iterator[str]:
    handler = type("Handler", (_Handler,), {"csp": csp, "kept": kept})
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


# A page of its own for some widgets, without the book: plain HTML with the figures that
# a notebook stores, the style, the host and the widgets' scripts as the book's extension
# writes them, handed out by the browser itself.

HOME = "http://widgets.test"
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:"
)


@pytest.fixture(scope="module")
def scripts(request):
    """Everything a page with a module's ``KINDS`` of widgets loads: name and text."""
    kinds = request.module.KINDS
    files = {"host.js": (ROOT / "book/_static/live_widgets.js").read_text()}
    for kind in kinds:
        files[f"{kind.module}.js"] = live_widgets.classic_script(
            kind.module, kind.script
        )
    styles = dict.fromkeys(style for kind in kinds for style in kind.styles())
    return {**files, "widgets.css": "\n".join(styles)}


@pytest.fixture
def show(open_page, scripts):
    """Open a page with the widgets on it; ``policy`` is its content security policy."""

    def shown(*widgets, policy=STRICT, **options):
        figures = [widget._repr_mimebundle_()[0]["text/html"] for widget in widgets]
        names = [name for name in scripts if name.endswith(".js")]
        tags = [f'<script defer src="/{name}"></script>' for name in names]
        html = (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><title>widgets</title>'
            '<link rel="stylesheet" href="/widgets.css"><link rel="icon" href="data:,">'
            f"<style>:root {{ color-scheme: light dark }}</style>{''.join(tags)}"
            f'<main style="max-width: 46rem; margin: auto">{"".join(figures)}</main>'
        )
        files = {**scripts, "": html}
        kinds = {"js": "text/javascript", "css": "text/css", "": "text/html"}

        def answer(route):
            name = route.request.url.removeprefix(f"{HOME}/")
            kind = kinds[name.rpartition(".")[2]] + "; charset=utf-8"
            headers = {"Content-Security-Policy": policy, "Content-Type": kind}
            route.fulfill(body=files[name], headers=headers)

        page = open_page(**options)
        page.route(f"{HOME}/*", answer)
        page.goto(f"{HOME}/", wait_until="load")
        if options.get("java_script_enabled", True):
            expected = len(widgets)
            page.wait_for_function(
                "(n) => document.querySelectorAll('[data-ac-alive]').length === n",
                arg=expected,
            )
            page.context.set_offline(True)
        pages.append(page)
        return page

    pages = []
    yield shown
    for page in pages:
        assert page.problems == []


@pytest.fixture
def compute(open_page):
    """Call a widget's ``compute`` as Jupyter loads it: one ES module from its text."""
    page = open_page()
    page.goto("about:blank")

    def call(kind, states, keep):
        return page.evaluate(
            """async ([esm, states, keep]) => {
                const blob = new Blob([esm], { type: "text/javascript" });
                const url = URL.createObjectURL(blob);
                const { compute } = (await import(url)).default;
                return JSON.parse(states).map((state) => {
                    const result = compute(state);
                    return Object.fromEntries(keep.map((name) => [name, result[name]]));
                });
            }""",
            [str(kind._esm), json.dumps(states), keep],
        )

    return call


@pytest.fixture
def notebook(open_page):
    """Draw a widget as Jupyter does, its model linked to the Python object."""

    def drawn(widget):
        page = open_page()

        def python(changes):
            widget.set_state(changes)
            return {**widget.state(), "_answers": widget._answers}

        page.expose_function("python", python)
        page.set_content("<!doctype html><title>notebook</title><main></main>")
        page.add_style_tag(content="\n".join(widget.styles()))
        page.evaluate(
            """async ([esm, module, first]) => {
                const state = { ...first };
                const listeners = {};
                const changed = new Set();
                const put = (name, value) => {
                    if (JSON.stringify(state[name]) === JSON.stringify(value)) return;
                    state[name] = value;
                    for (const listener of listeners[`change:${name}`] ?? []) listener();
                };
                const model = {
                    get: (name) => state[name],
                    set: (name, value) => { put(name, value); changed.add(name); },
                    on: (event, listener) => (listeners[event] ??= []).push(listener),
                    off() {},
                    async save_changes() {
                        const news = {};
                        for (const name of changed) news[name] = state[name];
                        changed.clear();
                        const answer = await python(news);
                        for (const [name, value] of Object.entries(answer)) put(name, value);
                    },
                };
                const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
                const { render } = (await import(url)).default;
                const el = document.createElement("figure");
                el.dataset.acModule = module;
                render({ model, el });
                document.querySelector("main").append(el);
            }""",
            [
                str(widget._esm),
                widget.module,
                {**widget.state(), "_answers": widget._answers},
            ],
        )
        return page

    return drawn
