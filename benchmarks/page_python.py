"""How long the exercises take in the page: one table, a row for each exercise.

    python -m benchmarks.page_python [--slower N] [--every N]

Opens a page with every exercise in a Chromium, as the tests do, and times from the press of a
button to the report. ``--slower 4`` opens it in a window of a phone's size, on a processor
four times slower: Chromium's own way to slow a page does not reach its workers, so the
processes of the page are stopped three quarters of the time, ten milliseconds in forty left.
Needs what ``make models`` makes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import statistics
import tempfile
import threading
from collections.abc import Iterator
from html import escape
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from playwright.sync_api import ViewportSize, sync_playwright

from attention_course.exercises import Exercise, exercises, find
from bookbuild.sphinx import page_python
from bookbuild.sphinx.browser_models import POLICY
from tests.browser import FLAGS, find_chromium, serve
from tests.site.python.editor import check, open_editor

ROOT = Path(__file__).parents[1]
SLICE = 0.01  # seconds that a slowed process runs at a time
PHONE = ViewportSize(width=360, height=740)


def parents() -> dict[int, int]:
    """Read each process's parent (Linux only)."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after_name = path.read_text().rpartition(")")[2].split()
            found[int(path.parent.name)] = int(after_name[1])
    return found


def renderers(browser: int) -> list[int]:
    """Find the processes of a browser's pages and of their workers."""
    above, found = parents(), []
    for process in above:
        parent = process
        while parent not in (0, browser):
            parent = above.get(parent, 0)
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{process}/cmdline").read_bytes()
            if parent == browser and b"--type=renderer" in command:
                found.append(process)
    return found


@contextlib.contextmanager
def slowed(browser: int, times: float) -> Iterator[None]:
    """Let a browser's pages run one part in so many of the time."""
    over = threading.Event()

    def tell(each: signal.Signals) -> None:
        for process in slow:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, each)

    def work() -> None:
        n = 0
        while not over.is_set():
            if n % 25 == 0:  # there may be new ones
                slow[:] = renderers(browser)
            n += 1
            tell(signal.SIGSTOP)
            sleep(SLICE * (times - 1))
            tell(signal.SIGCONT)
            sleep(SLICE)

    slow: list[int] = []
    thread = threading.Thread(target=work, daemon=True)
    if times > 1:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if times > 1:
            thread.join()


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
    load = os.getloadavg()[0]
    print(f"load {load:.1f}\n\n| exercise | right s | wrong s |\n| --- | ---: | ---: |")
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
    parser.add_argument("--every", type=int, default=1, help="only each Nth exercise")
    given = parser.parse_args()
    found = (find(row[0]) for row in exercises())
    items = [item for item in found if isinstance(item, Exercise)][:: given.every]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site(Path(folder) / "sub", items)
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(playwright), args=FLAGS
        )
        told = chromium.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
        (browser,) = (p["id"] for p in told["processInfo"] if p["type"] == "browser")
        for address in serve(Path(folder), POLICY):
            page = chromium.new_page(viewport=PHONE if given.slower > 1 else None)
            page.set_default_timeout(600_000)
            with slowed(browser, given.slower):
                page.goto(f"{address}/sub/index.html", wait_until="load")
                measure(page, items)
        chromium.close()


if __name__ == "__main__":
    main()
