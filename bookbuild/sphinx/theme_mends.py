"""Sphinx extension: mend what the theme's pages do to readers.

* Names that hide a button's own words from who presses it by voice. axe-core looks at
  every built page in ``tests/site/test_accessibility.py``; this is what it found.
* Weight. The theme sends its icons twice, as a font and as a script of 1.5 MB that stops
  the page from being drawn; the font is enough. It asks for three fonts before the text.
  ``benchmarks/site_speed.py`` measures what is left.
* The search page, which names two fields with one id.
* Wide tables, which the keyboard could not scroll.
* What has a module of its own: ``chinese`` and ``without_scripts``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from bookbuild.sphinx import chinese, without_scripts

ANSWER = "<summary>Answer</summary>"
MENDED = {
    # A name that differs from the words on the button.
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'title="Search" aria-label="Search" data-bs-placement': 'title="Search" data-bs-placement',
    # A table that is wider than the page can be scrolled from the keyboard.
    '<div class="pst-scrollable-table-container">': (
        '<div class="pst-scrollable-table-container" role="group" aria-label="Table" '
        'tabindex="0">'
    ),
    # The text asks, and answers below: on paper course.css opens it.
    f"<details>\n{ANSWER}": f'<details class="ac-answer">\n{ANSWER}',
}
LEFT_OUT = (
    re.compile(r'<script src="[^"]*/fontawesome/[^"]*/all\.min\.js[^"]*"></script>\n?'),
    re.compile(
        r'<link rel="preload" as="font"[^>]*href="[^"]*/fontawesome/[^"]*" />\n?'
    ),
)
SEARCH_FIELD = 'id="search-input"'


def mended(page: str) -> str:
    """Mend one page's HTML."""
    for old, new in MENDED.items():
        page = page.replace(old, new)
    for pattern in LEFT_OUT:
        page = pattern.sub("", page)
    before, first, after = page.partition(SEARCH_FIELD)
    page = before + first + after.replace(SEARCH_FIELD, 'id="search-page-input"')
    return chinese.marked(without_scripts.mended(page))


def mend(app: Sphinx, failed: Exception | None) -> None:
    """Mend every page of a finished build."""
    if failed or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        before = path.read_text(encoding="utf-8")
        after = mended(before)
        if after != before:
            path.write_text(after, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("build-finished", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
