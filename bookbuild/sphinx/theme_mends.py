"""Sphinx extension: mend what the theme's pages do to readers.

* Names that hide a button's own words from who presses it by voice. axe-core looks at
  every built page in ``tests/browser/test_accessibility.py``; this is what it found.
* Weight. The theme sends its icons twice, as a font and as a script of 1.5 MB that stops
  the page from being drawn; the font is enough. It asks for three fonts before the text.
  And MathJax stands on every page with a formula on it *or on a page below it*.
  Large pictures keep 256 colours.
  ``benchmarks/site_speed.py`` measures what is left.
* Figures that push the text away while they arrive, and arrive before anyone scrolls to
  them. Their size now stands in the page, and a browser fetches them when they come near.
* The search page, which names two fields with one id.
* What has a module of its own: ``without_scripts``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from PIL import Image
from sphinx.application import Sphinx

from bookbuild.sphinx import without_scripts

ANSWER = "<summary>Answer</summary>"
MENDED = {
    # A name that differs from the words on the button.
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'title="Search" aria-label="Search" data-bs-placement': 'title="Search" data-bs-placement',
    # The text asks, and answers below: on paper course.css opens it.
    f"<details>\n{ANSWER}": f'<details class="ac-answer">\n{ANSWER}',
}
LEFT_OUT = (
    re.compile(r'<script src="[^"]*/fontawesome/[^"]*/all\.min\.js[^"]*"></script>\n?'),
    re.compile(
        r'<link rel="preload" as="font"[^>]*href="[^"]*/fontawesome/[^"]*" />\n?'
    ),
)

IMAGE = re.compile(r"""<img\b(?:[^>"']|"[^"]*"|'[^']*')*>""")
ATTRIBUTE = re.compile(r"""\s([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
WORTH_WHILE = 50_000  # bytes of a picture
FORMULAS = "formulas.js"  # what fetches MathJax
FIGURES = "_images"  # Sphinx's folder of the text's own pictures
SEARCH_FIELD = 'id="search-input"'
UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}

Size = tuple[int, int]


def attributes(tag: str) -> dict[str, str]:
    """Return a tag's attributes."""
    return {name: one or two for name, one, two in ATTRIBUTE.findall(tag)}


def svg_size(text: str) -> Size | None:
    """Return width and height of an SVG in CSS pixels, or None where it does not say."""
    opening = re.search(r"<svg\b[^>]*>", text)
    if opening is None:
        return None
    said = attributes(opening[0])
    sides = []
    for name in ("width", "height"):
        side = re.fullmatch(r"([\d.]+)([a-z]*)", said.get(name, ""))
        if side is None or side[2] not in UNITS:
            break
        sides.append(float(side[1]) * UNITS[side[2]])
    else:
        return round(sides[0]), round(sides[1])
    box = said.get("viewBox", "").replace(",", " ").split()
    return (round(float(box[2])), round(float(box[3]))) if len(box) == 4 else None


def image_size(path: Path) -> Size | None:
    """Return width and height of a picture in pixels, or None if it is not one here."""
    if not path.is_file():
        return None
    if path.suffix == ".svg":
        return svg_size(path.read_text(encoding="utf-8"))
    if path.suffix != ".png":
        return None
    with Image.open(path) as picture:
        return picture.size


def size_near(folder: Path, address: str) -> Size | None:
    """Return the size of the picture at an address that a page of ``folder`` names."""
    return image_size(folder / address)


def image_mended(tag: str, size_of: Callable[[str], Size | None]) -> str:
    """Let a local image wait until it is near, and a figure keep its place till then.

    The theme's own icons get no size: its style gives their height, and with a width
    beside it they would be drawn out.
    """
    said = attributes(tag)
    parts = urlsplit(said.get("src", ""))
    if not parts.path or parts.scheme or parts.netloc or "loading" in said:
        return tag
    size = size_of(unquote(parts.path))
    if size is None:
        return tag
    more = 'loading="lazy" decoding="async"'
    sized = {"width", "height", "style"} & said.keys()  # by the author: let it be
    if FIGURES in parts.path.split("/") and not sized:
        # The theme makes a wide figure narrower; its height has to follow.
        more += f' width="{size[0]}" height="{size[1]}" style="height: auto"'
    return re.sub(r"\s*/?>$", f" {more}>", tag)


def lighten(path: Path) -> None:
    """Keep a picture in 256 colours of its own choice, where that halves the file.

    Charts have fewer colours anyway. In a photo the difference is hard to see.
    """
    before = path.stat().st_size
    if before < WORTH_WHILE:
        return
    with Image.open(path) as picture:
        if picture.mode == "P":
            return
        few = picture.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
        dpi = picture.info.get("dpi")
    kept = io.BytesIO()
    few.save(kept, "PNG", optimize=True, **({"dpi": dpi} if dpi else {}))
    if len(kept.getvalue()) <= before / 2:
        path.write_bytes(kept.getvalue())


def mended(page: str, size_of: Callable[[str], Size | None]) -> str:
    """Mend one page's HTML; ``size_of`` tells the size of a picture from its address."""
    for old, new in MENDED.items():
        page = page.replace(old, new)
    for pattern in LEFT_OUT:
        page = pattern.sub("", page)
    page = IMAGE.sub(lambda tag: image_mended(tag[0], size_of), page)
    before, first, after = page.partition(SEARCH_FIELD)
    page = before + first + after.replace(SEARCH_FIELD, 'id="search-page-input"')
    return without_scripts.mended(page)


def mend(app: Sphinx, failed: Exception | None) -> None:
    """Mend every page of a finished build."""
    if failed or app.builder.format != "html":
        return
    for path in (Path(app.outdir) / FIGURES).glob("*.png"):
        lighten(path)
    for path in Path(app.outdir).rglob("*.html"):
        before = path.read_text(encoding="utf-8")
        after = mended(before, partial(size_near, path.parent))
        if after != before:
            path.write_text(after, encoding="utf-8")


def math_where_it_is(
    app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any
) -> None:
    """Load MathJax on pages with formulas only."""
    if re.search(r'class="[^"]*\bmath\b', context.get("body", "")):
        return
    files = context.get("script_files", [])
    files[:] = [file for file in files if not str(file.filename).endswith(FORMULAS)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", math_where_it_is, priority=900)
    app.connect("build-finished", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
