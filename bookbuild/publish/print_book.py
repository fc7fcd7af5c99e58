"""Print the built book into one PDF, by a browser, with contents and bookmarks.

    python -m bookbuild pdf _build/html book.pdf

The pages stand in the order of _toc.yml, each as the browser prints it: widgets as they
start, answers and code open, hints and solutions folded. The contents name the page on which
each chapter and each of its sections begins.
"""

from __future__ import annotations

import argparse
import html
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader, PdfWriter

ROOT = Path(__file__).parents[2]
MARGIN = "18mm"
CONTENTS = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 11pt/1.5 sans-serif }} h1 {{ font-size: 24pt; margin: 40mm 0 4mm }}
ol {{ list-style: none; padding: 0 }} li {{ display: flex; gap: 1em }}
li span:first-child {{ flex: 1 }} .chapter {{ font-weight: bold; margin-top: .6em }}
.section {{ padding-left: 1.5em }}
</style><h1>{title}</h1><p>{author}</p><h2>Contents</h2><ol>{rows}</ol>"""


def pages_in_order() -> list[str]:
    """List the pages of the table of contents."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [contents["root"], *(entry["file"] for entry in contents["chapters"])]


def on_paper(page: Page, *, outline: bool) -> PdfReader:
    """Print what a page of the browser shows, and close it."""
    made = page.pdf(
        format="A4",
        margin={"top": MARGIN, "bottom": MARGIN, "left": MARGIN, "right": MARGIN},
        print_background=True,
        scale=0.85,
        outline=outline,
        tagged=True,
    )
    page.close()
    return PdfReader(io.BytesIO(made))


def printed(browser: Browser, path: Path) -> PdfReader:
    """Print one page of the book."""
    page = browser.new_page(color_scheme="light", reduced_motion="reduce")
    page.goto(path.resolve().as_uri(), wait_until="load")
    page.wait_for_timeout(500)  # formulas are set after the page has loaded
    return on_paper(page, outline=True)


def headings(reader: PdfReader) -> Iterator[tuple[str, int, int]]:
    """Yield the first two levels of a printed page's outline: text, level, page from 0."""

    def walk(items: list[Any], level: int) -> Iterator[tuple[str, int, int]]:
        for item in items:
            if isinstance(item, list):
                yield from walk(item, level + 1)
            elif level <= 1:
                number = reader.get_destination_page_number(item)
                yield str(item.title), level, number or 0

    yield from walk(reader.outline, 0)


def contents(browser: Browser, rows: list[tuple[str, int, int]]) -> PdfReader:
    """Print the contents; ``rows`` are text, level and page from 1."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    lines = "".join(
        f'<li class="{("chapter", "section")[level]}"><span>{html.escape(text)}</span>'
        f"<span>{number}</span></li>"
        for text, level, number in rows
    )
    page = browser.new_page()
    page.set_content(
        CONTENTS.format(title=config["title"], author=config["author"], rows=lines)
    )
    return on_paper(page, outline=False)


def print_book(browser: Browser, site: Path, out: Path, names: Sequence[str]) -> int:
    """Print pages into one file, and return how many pages of paper it has."""
    parts = [printed(browser, site / f"{name}.html") for name in names]
    begins, n_pages = [], 0
    for part in parts:
        begins.append(n_pages)
        n_pages += len(part.pages)

    def rows(offset: int) -> list[tuple[str, int, int]]:
        return [
            (text, level, offset + begin + number + 1)
            for begin, part in zip(begins, parts, strict=True)
            for text, level, number in headings(part)
        ]

    first = contents(browser, rows(0))  # to learn how long it is
    first = contents(browser, rows(len(first.pages)))
    writer = PdfWriter()
    writer.append(first, import_outline=False)
    for part in parts:
        writer.append(part, import_outline=True)
    writer.add_metadata({"/Title": "Attention, from Embeddings to Video"})
    with tempfile.NamedTemporaryFile(dir=out.parent, delete=False) as file:
        writer.write(file)
    Path(file.name).replace(out)
    return len(first.pages) + n_pages


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "site", type=Path, help="the built book, for example _build/html"
    )
    parser.add_argument("out", type=Path, help="the PDF to write")


def main(given: argparse.Namespace) -> int:
    """Print the whole book."""
    if not (given.site / "book/index.html").is_file():
        sys.exit(f"{given.site}: no built book here; run `make book` first")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    chromium = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, chromium)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        n_pages = print_book(browser, given.site, given.out, pages_in_order())
        browser.close()
    print(f"{given.out}: {n_pages} pages")
    return 0
