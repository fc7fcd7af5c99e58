"""Sphinx extension: drawings stand in the page itself, so that they follow its theme.

A notebook keeps a drawing as an SVG output, and MyST-NB makes an image of it, which would
follow the system's theme and not the page's. Here the image gives way to the SVG. A page
in plain Markdown gets a drawing where it says ``<!-- drawing: name -->``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from attention_course.pictures.drawings import draw

SIGN = 'class="ac-drawing"'
_PLACE = re.compile(r"^<!-- drawing: (.+) -->$", re.MULTILINE)


def placed(text: str) -> str:
    """Put drawings into the text of a page in Markdown.

    Raises:
        ExtensionError: no drawing has the name.
    """

    def of(found: re.Match[str]) -> str:
        try:
            return f"<div>{draw(found[1]).svg()}</div>"
        except ValueError as error:
            raise ExtensionError(f"drawing: {error}") from error

    return _PLACE.sub(of, text)


def place_drawings(app: Sphinx, page: str, source: list[str]) -> None:
    """Complete a page's text before it is parsed; the file stays as it is."""
    if app.env.doc2path(page).endswith(".md"):
        source[0] = placed(source[0])


def opened(tree: nodes.document, folder: Path) -> None:
    """Let the images that are drawings give way to their SVG."""
    for image in list(tree.findall(nodes.image)):
        path = folder / image["uri"].lstrip("/")
        if path.suffix != ".svg" or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        if SIGN in text:
            image.replace_self(nodes.raw("", text, format="html"))


def open_drawings(app: Sphinx, tree: nodes.document) -> None:
    """Do so on the page that was just read, before its images are collected."""
    page = app.env.docname
    # An address that begins with "/" starts at the sources, another at the page.
    for image in tree.findall(nodes.image):
        if image["uri"].endswith(".svg"):
            image["uri"] = "/" + app.env.relfn2path(image["uri"], page)[0]
    opened(tree, Path(app.srcdir))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", place_drawings)
    app.connect("doctree-read", open_drawings, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
