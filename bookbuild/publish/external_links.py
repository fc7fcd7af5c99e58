"""List every link of the course to another host, with the files that it stands in.

    python -m bookbuild.publish.external_links

``make links`` asks the hosts whether the pages' links still lead somewhere.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = (
    "*.md",
    "*.cff",
    "_config.yml",
    "pyproject.toml",
    "book/*.md",
    "book/*.ipynb",
    "src/**/*.py",
    "src/**/*.js",
)
LINK = re.compile(r"https?://[^\s<>\"'`\\]+")
SENTENCE = (".", ",", ";", ":", "!", "?", "*", "_")
# Names of formats, and this machine itself: nobody follows them.
NO_PAGES = re.compile(r"https?://(?:localhost|127\.0\.0\.1|www\.w3\.org/\d{4})\b")


def trimmed(link: str) -> str:
    """Cut off what belongs to the sentence, or closes a bracket opened before."""
    closes = any(
        link.endswith(shut) and link.count(shut) > link.count(open_)
        for open_, shut in ("()", "[]")
    )
    return trimmed(link[:-1]) if closes or link.endswith(SENTENCE) else link


def links_in(text: str) -> set[str]:
    """Return the links of a text, each as it would be opened."""
    apart = text.replace("](", " ")  # [![text](picture)](page) are two links
    found = {html.unescape(trimmed(link)) for link in LINK.findall(apart)}
    return {link for link in found if not NO_PAGES.match(link)}


def text_of(path: Path) -> str:
    """Return what people wrote in a file: of a notebook its cells, not its outputs."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def external_links(root: Path) -> dict[str, list[str]]:
    """Return the files of each link, links and files in order."""
    found: dict[str, set[str]] = {}
    for path in sorted({path for pattern in SOURCES for path in root.glob(pattern)}):
        for link in links_in(text_of(path)):
            found.setdefault(link, set()).add(path.relative_to(root).as_posix())
    return {link: sorted(files) for link, files in sorted(found.items())}


if __name__ == "__main__":
    for link, files in external_links(ROOT).items():
        print(link, " ", ", ".join(files))
