"""A small site whose exercises are solved in the page, under a sub-path and a strict policy.

Needs what `make models` gathers. Where numpy for the browser could not be had, there is no
Python for the page: then these tests are skipped with one line that says so, and those of a
book without it stand in test_book.py.
"""

from __future__ import annotations

import os
import shutil
from html import escape
from pathlib import Path

import pytest

from attention_course.widgets import ScoreExplorer
from bookbuild.page_python import try_it
from bookbuild.sphinx import offline, page_python
from bookbuild.sphinx.browser_models import POLICY
from tests.browser import serve
from tests.site.python.editor import NUMBERS, TRIALS

ROOT = Path(__file__).parents[3]
MADE = ROOT / "build/browser"
NOT_MADE = (
    "tests of Python in the page skipped: numpy for the browser is not here; set "
    "PYODIDE_WHEELS to the folder with its wheel and run `make models` (needs npm)"
)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NOT_MADE in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(NOT_MADE)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The site's folder: a page with every code exercise and every example to try."""
    out = tmp_path_factory.mktemp("site") / "sub"
    (out / "_static").mkdir(parents=True)
    told = page_python.write_site(MADE, out)
    if not told:
        if os.environ.get("PYODIDE_WHEELS"):
            pytest.fail(NOT_MADE)  # the wheel is here, and yet there is no Python
        pytest.skip(NOT_MADE)
    for path in (ROOT / "book/_static").glob("*.*"):
        shutil.copy(path, out / "_static")
    places = "".join(
        f"<h2>Exercise {number}</h2>"
        + page_python.PLACE.format(number=number, notebook="chapter.ipynb")
        for number in NUMBERS
    )
    for name in TRIALS:
        lead, code = try_it.read(name)
        places += page_python.example(name, lead, f"<pre>{escape(code)}</pre>", "#")
    (out / "_static/widgets").mkdir()
    styles = "\n".join(ScoreExplorer.styles())
    (out / "_static" / page_python.STYLE).write_text(styles, encoding="utf-8")
    rows = "".join(f"<tr><td>{n}</td><td>title</td></tr>" for n in NUMBERS)
    (out / "index.html").write_text(
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
        '<title>Exercises</title><meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="_static/{page_python.STYLE}">'
        '<link rel="stylesheet" href="_static/course.css"><link rel="icon" href="data:,">'
        "<style>pre { overflow: auto } "
        "html { --pst-color-text-base: #222; --pst-color-text-muted: #555; "
        "--pst-color-surface: #f3f4f5; --pst-color-background: #fff; "
        "--pst-color-link: #0b57c2; --pst-color-border: #ccc } "
        'html[data-theme="dark"] { --pst-color-text-base: #ddd; '
        "--pst-color-text-muted: #aaa; --pst-color-surface: #222; "
        "--pst-color-background: #121212; --pst-color-link: #8ab6f5; "
        "background: #121212; color: #ddd }</style>"
        '<script defer src="_static/write_here.js" '
        f'data-ac-python="{escape(told)}"></script>'
        f'<body><main class="bd-article">{places}<table><tbody>{rows}</tbody></table></main>'
    )
    offline.write(out)
    return out


@pytest.fixture(scope="session")
def home(folder):
    for url in serve(folder.parent, POLICY):
        yield f"{url}/sub/index.html"


@pytest.fixture
def visit(open_page):
    """Open the page; whatever goes wrong in it fails the test."""
    pages = []

    def visited(url, **options):
        page = open_page(**options)
        page.problems.clear()
        page.context.unroute("**/*")  # the server is the only host that there is
        page.asked = []
        page.context.on("request", lambda request: page.asked.append(request.url))
        page.set_default_timeout(180_000)
        pages.append(page)
        page.goto(url, wait_until="load")
        return page

    yield visited
    for page in pages:
        assert page.problems == []
        host = page.url.split("/sub/")[0]
        assert [
            url for url in page.asked if not url.startswith((host, "data:", "blob:"))
        ] == []
