"""A page without scripts has one whole palette, and says what stands for its formulas.

The theme leaves ``data-theme="auto"`` for a script to resolve; until then no palette
applies, on a slow line for seconds. Now the page is light unless a script says dark, and
the theme's first script says it before anything is drawn.
"""

from __future__ import annotations

import re

HTML = re.compile(r'(<html\b[^>]*) data-theme="auto"')
CHOICE = (
    'document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";'
)
RESOLVED = """{
      const { dataset } = document.documentElement;
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const chosen = ["light", "dark"].find((mode) => mode === dataset.mode);
      dataset.theme = chosen ?? (dark ? "dark" : "light");
    }"""
ARTICLE = re.compile(r'<article class="bd-article"[^>]*>')
NOTICES = {
    "formulas.js": "formulas stand here as TeX, the language they are written in",
    'class="ac-widget"': "widgets stand here as tables that do not move",
}


def notice(page: str) -> str:
    """Say what scripts would have done on this page, "" if nothing."""
    said = [words for sign, words in NOTICES.items() if sign in page]
    if not said:
        return ""
    return (
        '<noscript><p class="ac-without-scripts">JavaScript is switched off: '
        f"{', and '.join(said)}.</p></noscript>"
    )


def mended(page: str) -> str:
    """Give a page its palette and its notice."""
    page = HTML.sub(r'\1 data-mode="auto" data-theme="light"', page, count=1)
    page = page.replace(CHOICE, RESOLVED)
    return ARTICLE.sub(lambda opening: opening[0] + notice(page), page, count=1)
