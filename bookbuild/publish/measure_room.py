"""Measure how high each widget of the built book is, on a phone and on a wide page.

The book's extension ``widget_room`` keeps that room until the widget's script has come.
Measure again after a widget has got another shape, with the book built::

    python -m bookbuild room _build/html
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bookbuild.sphinx.widget_room import MEASURED, WIDGET

WIDTHS = (360, 1280)  # of the window
ALIVE = "() => !document.querySelector('figure.ac-widget:not([data-ac-alive])')"
HEIGHTS = """() => [...document.querySelectorAll("figure.ac-widget")]
    .map((place) => Math.round(place.getBoundingClientRect().height))"""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve the site: opened as files, some widgets say that and are higher."""
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(site)
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def heights(browser: Browser, address: str) -> list[list[int]]:
    """Return for each widget of a page its height at each width."""
    page = browser.new_page(reduced_motion="reduce")
    page.goto(address, wait_until="domcontentloaded")
    page.wait_for_function(ALIVE)
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)  # widgets look at their width, too
        found.append(page.evaluate(HEIGHTS))
    page.close()
    return [list(widget) for widget in zip(*found, strict=True)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Name what the command takes."""
    parser.add_argument("site", type=Path, help="the built book: _build/html")


def main(given: argparse.Namespace) -> int:
    """Measure all pages with widgets, and write what was found."""
    chromium = next(
        filter(None, map(shutil.which, ("chromium", "google-chrome"))), None
    )
    with sync_playwright() as playwright, served(given.site) as home:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        measured = {
            f"book/{path.stem}": heights(browser, f"{home}/book/{path.name}")
            for path in sorted(given.site.glob("book/*.html"))
            if WIDGET.search(path.read_text(encoding="utf-8"))
        }
        browser.close()
    lines = ",\n".join(
        f"  {json.dumps(page)}: {json.dumps(rooms)}" for page, rooms in measured.items()
    )
    MEASURED.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    return 0
