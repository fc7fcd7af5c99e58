"""A film strip of what a reader sees: screenshots of the built book, to be looked at.

    python -m tests.site.python.film_strip OUT

For an exercise and for a cell to try, at 1280 and 360 pixels, light and dark: open, wrong,
named, hint, right, offline. One picture for each width and palette, its parts side by side.
Needs a built book with Python in it.
"""

from __future__ import annotations

import argparse
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from attention_course.exercises import find
from tests.browser import FLAGS, SITE, find_chromium, serve
from tests.site.offline import parts_of, wait_until_kept
from tests.site.python.editor import (
    check,
    open_editor,
    open_trial,
    place_of,
    press,
    run,
    trial,
)

PAGE = "book/03-attention.html"
NUMBER, TRIAL = "3.3", "chapter_3"
HEAD = f"def {find(NUMBER).solution.__name__}(query, key):\n    "
WRONG = HEAD + "return query @ key.mT * 0.3 + 0.1\n"
NAMED = HEAD + "return query @ key.mT\n"
GAP = 24  # pixels between two pictures


def states(page: Any, site: Path) -> Iterator[tuple[str, Any]]:
    """Go through what a reader does: the name of each state, and what shows it."""
    place = place_of(page, NUMBER)
    yield "before", trial(page, TRIAL)
    open_editor(page, NUMBER)
    yield "open", place
    check(page, NUMBER, WRONG)
    yield "wrong", place
    check(page, NUMBER, NAMED)
    yield "named", place
    press(page, NUMBER, "Hint")
    yield "hint", place
    check(page, NUMBER, find(NUMBER).source)
    yield "right", place
    open_trial(page, TRIAL)
    run(page, TRIAL)
    yield "tried", trial(page, TRIAL)
    wait_until_kept(page, parts_of(site, PAGE))
    page.context.set_offline(True)
    page.reload(wait_until="load")
    open_editor(page, NUMBER)
    check(page, NUMBER, NAMED)
    yield "offline", place


def strip(pictures: list[Image.Image]) -> Image.Image:
    """Set pictures side by side."""
    width = sum(picture.width + GAP for picture in pictures)
    height = max(picture.height for picture in pictures)
    whole = Image.new("RGB", (width, height), "gray")
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width + GAP
    return whole


def taken(browser: Any, address: str, **options: Any) -> Image.Image:
    """Go through the states in a window of its own."""
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(f"{address}/{PAGE}", wait_until="load")
    shots = [place.screenshot() for _, place in states(page, SITE)]
    context.close()
    return strip([Image.open(io.BytesIO(shot)) for shot in shots])


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(playwright), args=FLAGS
        )
        for address in serve(SITE):
            for width, scheme in itertools.product((1280, 360), ("light", "dark")):
                size = {"width": width, "height": 900}
                whole = taken(browser, address, viewport=size, color_scheme=scheme)
                whole.save(out / f"{width}-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    main()
