"""Sphinx extension: the list of what each page consists of, for reading without a network.

``offline.js`` runs in the reader's browser once a model was loaded, and keeps pages whole.
This extension reads the finished pages, lists every picture, style, font and script that a
page names or that these load later, and writes the list into the site's ``offline.js``.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from sphinx.application import Sphinx

WORKER = Path(__file__).with_name("offline.js")
PLACE = re.compile(r"^const MANIFEST = .*;$", re.MULTILINE)
CSS_URL = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s;]+)""")
# What a script loads when it is needed.
LATER = {
    "_static/formulas.js": ["_static/mathjax/tex-svg.js"],
    "_static/write_here.js": ["_static/python/*/**/*.js*"],
    "_static/live_widgets.js": [
        "_static/models.js",
        "_static/models/*/**/*.js*",
        "_static/own_film.js",
    ],
}
RELATIONS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


class Names(HTMLParser):
    """The addresses that a browser fetches by itself for a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what a tag names."""
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and RELATIONS & set(given.get("rel", "").split()):
            self.addresses.append(given.get("href", ""))
        if tag in ("img", "script", "source", "audio", "video", "embed"):
            self.addresses += [given.get("src", ""), given.get("poster", "")]
            candidates = given.get("srcset", "").split(",")
            self.addresses += [each.split()[0] for each in candidates if each.strip()]
        self.addresses += CSS_URL.findall(given.get("style", ""))


def within(base: str, address: str) -> str | None:
    """Read an address that the file ``base`` names from the site's root on."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path:
        return None
    path = posixpath.normpath(urljoin(base, unquote(parts.path)))
    return path + (f"?{parts.query}" if parts.query else "")


def named_by(site: Path, file: str) -> Iterator[str]:
    """Yield what a file of the site makes a browser fetch, from the site's root on."""
    path = site / file
    if path.suffix in (".html", ".css"):
        text = path.read_text(encoding="utf-8")
        found = (
            Names(text).addresses if path.suffix == ".html" else CSS_URL.findall(text)
        )
        yield from filter(None, (within(file, address) for address in found))
    for pattern in LATER.get(file, []):
        for later in sorted(site.glob(pattern)):
            yield later.relative_to(site).as_posix()


def parts_of(site: Path, page: str) -> list[str]:
    """List all that a page consists of, and what that loads in turn."""
    found: dict[str, str] = {}  # file → the address that names it
    waiting = [page]
    while waiting:
        for address in named_by(site, waiting.pop()):
            file = address.partition("?")[0]
            if file not in found and (site / file).is_file():
                found[file] = address
                waiting.append(file)
    return sorted(found.values())


def manifest(site: Path, pages: Iterable[str]) -> dict[str, Any]:
    """Describe the pages of a site: see ``offline.js``."""
    parts = {page: parts_of(site, page) for page in pages}
    addresses = sorted({*parts, *(each for found in parts.values() for each in found)})
    number = {address: n for n, address in enumerate(addresses)}
    version = hashlib.sha256(WORKER.read_bytes())
    for address in addresses:
        version.update(address.encode())
        version.update((site / address.partition("?")[0]).read_bytes())
    return {
        "version": version.hexdigest()[:8],
        "addresses": addresses,
        "pages": {
            page: [number[each] for each in found] for page, found in parts.items()
        },
    }


def write(site: Path) -> None:
    """Write a site's ``offline.js``."""
    pages = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    # The theme keeps templates of its own among its styles.
    described = manifest(
        site, [page for page in pages if not page.startswith("_static/")]
    )
    text = json.dumps(described, ensure_ascii=False, separators=(",", ":"))
    code = WORKER.read_text(encoding="utf-8")
    made = PLACE.sub(lambda _: f"const MANIFEST = {text};", code)
    (site / "offline.js").write_text(made, encoding="utf-8")


def write_worker(app: Sphinx, failed: Exception | None) -> None:
    """Write it when all pages are what they will be."""
    if not failed and app.builder.format == "html":
        write(Path(app.outdir))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("build-finished", write_worker, priority=900)  # after theme_mends
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
