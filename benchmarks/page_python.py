"""How long the exercises take in the page: one table, a row for each exercise.

    python benchmarks/page_python.py [--slower N]

Opens a page with every exercise in a Chromium, as the tests do. Times are by the page's
clock, from the press of a button to the report. ``--slower 4`` lets the processor seem four
times slower, as a phone's. Needs what ``make models`` makes.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from time import monotonic
from typing import Any

from playwright.sync_api import sync_playwright

from attention_course.exercises import Exercise, exercises, find
from bookbuild.sphinx import page_python
from bookbuild.sphinx.browser_models import POLICY
from tests.browser import FLAGS, find_chromium, serve
from tests.site.python.editor import check, open_editor

ROOT = Path(__file__).parents[1]


def site(out: Path, items: list[Exercise]) -> None:
    """Write a site of one page with every exercise."""
    (out / "_static").mkdir(parents=True)
    told = page_python.write_site(ROOT / "build/browser", out)
    if not told:
        raise SystemExit("There is no Python for the page: run `make models`.")
    for path in (ROOT / "book/_static").glob("*.*"):
        shutil.copy(path, out / "_static")
    places = "".join(
        page_python.PLACE.format(number=item.id, notebook="") for item in items
    )
    (out / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
        f'<script defer src="_static/write_here.js" data-ac-python="{escape(told)}">'
        f"</script><body>{places}",
        encoding="utf-8",
    )


def timed(page: Any, number: str, code: str | None = None) -> tuple[float, str]:
    """Check an answer: the seconds that it took, and the report."""
    begun = monotonic()
    report = check(page, number, code)
    return monotonic() - begun, report


def rows(page: Any, items: list[Exercise]) -> Iterator[tuple[str, float, float]]:
    """Time a right and a wrong answer of each exercise."""
    for n, item in enumerate(items):
        if n:  # the first is open
            open_editor(page, item.id)
        right, report = timed(page, item.id, item.source)
        assert "passed" in report, report
        name = item.solution.__name__
        wrong = (
            "from attention_course.exercises import find\n\n\n"
            f'{name} = find("{item.id}").mistakes[0].attempt\n'
        )
        yield item.id, right, timed(page, item.id, wrong)[0]


def measure(page: Any, items: list[Exercise]) -> None:
    """Print the table."""
    first = items[0]
    begun = monotonic()
    open_editor(page, first.id)
    print(f"click to editor: {monotonic() - begun:.1f} s")
    print(f"first check, files loaded: {timed(page, first.id, first.source)[0]:.1f} s")
    page.reload(wait_until="load")
    open_editor(page, first.id)
    print(f"first check, files kept: {timed(page, first.id, first.source)[0]:.1f} s")
    print("\n| exercise | right s | wrong s |\n| --- | ---: | ---: |")
    found = list(rows(page, items))
    for number, right, wrong in found:
        print(f"| {number} | {right:.2f} | {wrong:.2f} |")
    later = [max(right, wrong) for _, right, wrong in found]
    within = sum(time <= 2 for time in later)
    print(
        f"\nmedian {statistics.median(later):.2f} s; {within} of {len(later)} within 2 s"
    )


def main() -> None:
    """Measure in a Chromium."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slower", type=float, default=1)
    given = parser.parse_args()
    found = (find(row[0]) for row in exercises())
    items = [item for item in found if isinstance(item, Exercise)]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site(Path(folder) / "sub", items)
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(playwright), args=FLAGS
        )
        for address in serve(Path(folder), POLICY):
            page = chromium.new_page()
            page.set_default_timeout(300_000)
            if given.slower != 1:
                session = page.context.new_cdp_session(page)
                session.send("Emulation.setCPUThrottlingRate", {"rate": given.slower})
            page.goto(f"{address}/sub/index.html", wait_until="load")
            measure(page, items)
        chromium.close()


if __name__ == "__main__":
    main()
