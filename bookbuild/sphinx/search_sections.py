"""Sphinx extension: the search finds Chinese from one character on, and numbers.

Sphinx's index splits text at spaces, which Chinese has none of, and leaves numbers out.
This lists, for each section of the built pages, its title and the Chinese terms in it;
``search_more.js`` looks there first.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from bookbuild.sphinx.chinese import TERM

DATA = "search_sections.js"
CODE = "search_more.js"
ARTICLE = re.compile(r"<article\b.*?</article>", re.DOTALL)
NO_TEXT = ("script", "style", "pre", "code", "noscript")
NUMBER = re.compile(r"\b\d+\.\d+\b")


@dataclass
class Section:
    """A section's place, the text of its heading, and its own text."""

    anchor: str
    heading: str = ""
    text: str = ""

    @property
    def terms(self) -> list[str]:
        """The Chinese terms in the section, each once."""
        return list(dict.fromkeys(TERM.findall(self.text)))


@dataclass
class Outline(HTMLParser):
    """The sections of a page's article, in their order."""

    page: str
    sections: list[Section] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.within: list[Section] = []
        self.in_heading = False
        self.skipped = 0  # tags around us whose text is none
        self.feed(self.page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter a section, its heading, or something to skip."""
        said = dict(attrs)
        if tag == "section" and said.get("id"):
            self.within.append(Section(str(said["id"])))
            self.sections.append(self.within[-1])
        elif re.fullmatch("h[1-6]", tag):
            self.in_heading = True
        elif tag in NO_TEXT:
            self.skipped += 1
        elif said.get("class") == "headerlink":  # the last thing in a heading
            self.in_heading = False

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        if tag == "section" and self.within:
            self.within.pop()
        elif re.fullmatch("h[1-6]", tag):
            self.in_heading = False
        elif tag in NO_TEXT:
            self.skipped -= 1

    def handle_data(self, data: str) -> None:
        """Keep the text of the innermost section."""
        if not self.within or self.skipped:
            return
        self.within[-1].text += data
        if self.in_heading:
            self.within[-1].heading += data


def sections_of(name: str, page: str) -> list[list[Any]]:
    """List a page's sections that have a number or Chinese in them.

    Each is the page's name, its title, the section's anchor, its title, its terms.
    """
    article = ARTICLE.search(page)
    sections = Outline(article[0]).sections if article else []
    return [
        [name, sections[0].heading, each.anchor, each.heading, each.terms]
        for each in sections
        if each.terms or NUMBER.search(each.heading)
    ]


def write_sections(app: Sphinx, failed: Exception | None) -> None:
    """Write the list of all pages' sections beside the pages' scripts."""
    if failed or app.builder.format != "html":
        return
    out = Path(app.outdir)
    root = app.config.root_doc
    listed = [
        section
        for name in [root, *app.env.toctree_includes[root]]
        for section in sections_of(name, (out / f"{name}.html").read_text("utf-8"))
    ]
    text = json.dumps(listed, ensure_ascii=False, separators=(",", ":"))
    (out / "_static" / DATA).write_text(
        f"globalThis.courseSections = {text};\n", encoding="utf-8"
    )


def add_to_search(
    app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any
) -> None:
    """Load the list and what looks into it on the search page."""
    if page == "search":
        app.add_js_file(DATA, loading_method="defer")
        app.add_js_file(CODE, loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", add_to_search)
    app.connect("build-finished", write_sections)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
