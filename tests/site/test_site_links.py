"""Every link of the built pages leads somewhere, and the figures of a page are light.

What links to other hosts lead to changes without us: ``make links`` asks them, in a
scheduled run. Here stands only what may link there at all.
"""

from __future__ import annotations

import functools
import os
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("COURSE_SITE", ROOT / "_build" / "html"))
FIGURES_OF_A_PAGE = 1_000_000  # bytes


class Page(HTMLParser):
    """What a page links to, what can be linked to in it, and its pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []  # (tag, address): a reader follows it
        self.loaded: list[tuple[str, str]] = []  # … the browser fetches it by itself
        self.ids: list[str] = []
        self.turns: dict[str, str] = {}  # "prev" and "next" of the page's foot
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if "id" in said:
            self.ids.append(said["id"])
        for name in ("href", "xlink:href", "action", "cite"):
            if name in said:
                relation = said.get("rel", "").split()
                follows = tag != "link" or set(relation) <= {"next", "prev", "search"}
                kept = self.links if follows else self.loaded
                kept.append((tag, said[name]))
        for name in ("src", "poster", "data"):
            if name in said:
                self.loaded.append((tag, said[name]))
        for candidate in filter(None, said.get("srcset", "").split(",")):
            self.loaded.append((tag, candidate.split()[0]))
        if tag == "meta" and said.get("http-equiv", "").lower() == "refresh":
            self.links.append((tag, said["content"].partition("url=")[2]))
        turn = re.fullmatch(r"(left-prev|right-next)", said.get("class", ""))
        if tag == "a" and turn:
            self.turns[turn[1].split("-")[1]] = said["href"]


def wrong_with(address: str, name: str, pages: dict[str, Page], files: set[str]) -> str:
    """Say what is wrong with a link of page ``name`` into the site, "" if nothing is."""
    parts = urlsplit(address)
    path, anchor = unquote(parts.path), unquote(parts.fragment)
    if path.startswith("/"):
        return "is absolute: it breaks where the site is not at the root"
    target = os.path.normpath(Path(name).parent / path) if path else name
    target = target.replace(os.sep, "/")
    if target not in files:
        return "leads to no file"
    if anchor and (target not in pages or anchor not in pages[target].ids):
        return "leads to no such place in the page"
    return ""


def problems(name: str, pages: dict[str, Page], files: set[str]) -> list[str]:
    """Say what is wrong with the links of one page; names are relative to the site."""
    found = set()
    for kind in ("links", "loaded"):
        for tag, address in getattr(pages[name], kind):
            parts = urlsplit(address)
            if kind == "links" and tag == "a" and parts.scheme in ("https", "mailto"):
                continue
            if kind == "loaded" and parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                wrong = "leads to another host in a way that is not allowed"
            else:
                wrong = wrong_with(address, name, pages, files)
            if wrong:
                found.add(f"{name}: <{tag}> {address[:120]} {wrong}")
    return sorted(found)


# --- the checks themselves, on pages written here ------------------------------------


def found_on(html: str) -> list[str]:
    """Check a page book/here.html beside book/there.html and a style."""
    pages = {
        "book/here.html": Page(f'<p id="up">{html}</p>'),
        "book/there.html": Page('<p id="seq 1">'),
    }
    return problems("book/here.html", pages, {*pages, "_static/a.css", "index.html"})


@pytest.mark.parametrize(
    "html",
    [
        '<a href="there.html">',
        '<a href="there.html#seq%201">',
        '<a href="#up"><a href="#"><a href="">',
        '<a href="../book/there.html?q=1">',
        '<a href="https://example.org/page#part">',
        '<a href="mailto:someone@example.org">',
        '<link rel="next" href="there.html">',
        '<link rel="stylesheet" href="../_static/a.css?digest=1">',
        '<img src="data:image/png;base64,AAAA">',
        '<img srcset="../_static/a.css 2x, ../index.html">',
        '<meta http-equiv="Refresh" content="0; url=there.html">',
        "<script>const page = '<a href=\"nowhere.html\">';</script>",
    ],
)
def test_a_good_link_is_let_pass(html):
    assert found_on(html) == []


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ('<a href="nowhere.html">', "leads to no file"),
        ('<a href="There.html">', "leads to no file"),
        ('<a href="../there.html">', "leads to no file"),
        ('<a href="../../book/there.html">', "leads to no file"),
        ('<a href="there.html#seq">', "no such place"),
        ('<a href="#down">', "no such place"),
        ('<a href="../_static/a.css#up">', "no such place"),
        ('<a href="/book/there.html">', "is absolute"),
        ('<a href="http://example.org">', "another host"),
        ('<a href="javascript:go()">', "another host"),
        ('<a href="file:///book/there.html">', "another host"),
        ('<link rel="next" href="nowhere.html">', "leads to no file"),
        ('<link rel="stylesheet" href="https://example.org/a.css">', "another host"),
        ('<link rel="preconnect" href="https://example.org">', "another host"),
        ('<script src="https://example.org/a.js"></script>', "another host"),
        ('<script src="//example.org/a.js"></script>', "another host"),
        ('<img src="https://example.org/a.png">', "another host"),
        ('<img srcset="../_static/a.css 2x, nowhere.png 3x">', "leads to no file"),
        ('<iframe src="http://example.org"></iframe>', "another host"),
        ('<form action="https://example.org/search"></form>', "another host"),
        ('<video poster="nowhere.png"></video>', "leads to no file"),
        ('<meta http-equiv="Refresh" content="0; url=nowhere.html">', "no file"),
    ],
)
def test_a_bad_link_is_found(html, message):
    (problem,) = found_on(html)
    assert message in problem


# --- the built site --------------------------------------------------------------------


@functools.cache
def site() -> tuple[dict[str, Page], set[str]]:
    """Read the built pages, and list all files of the site."""
    if not (SITE / "index.html").exists():
        pytest.fail(f"no built site in {SITE.name}: run `make book` first")
    files = {p.relative_to(SITE).as_posix() for p in SITE.rglob("*") if p.is_file()}
    names = sorted(
        name
        for name in files
        # the theme keeps two templates of its own beside its styles
        if name.endswith(".html") and not name.startswith("_static/")
    )
    texts = {name: (SITE / name).read_text(encoding="utf-8") for name in names}
    return {name: Page(text) for name, text in texts.items()}, files


def chapters() -> list[str]:
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = [contents["root"], *(entry["file"] for entry in contents["chapters"])]
    return [f"{name}.html" for name in names]


@pytest.mark.book
def test_every_link_and_anchor_of_the_site_leads_somewhere():
    pages, files = site()
    assert set(chapters()) <= set(pages)
    assert sum(len(page.links) for page in pages.values()) > 500
    assert sum("#" in link for page in pages.values() for _, link in page.links) > 200
    assert [each for name in pages for each in problems(name, pages, files)] == []


@pytest.mark.book
def test_no_id_stands_twice_on_a_page():
    pages, _ = site()
    twice = {
        name: [each for each, times in Counter(page.ids).items() if times > 1]
        for name, page in pages.items()
    }
    assert {name: ids for name, ids in twice.items() if ids} == {}


@pytest.mark.book
def test_the_foot_of_each_page_turns_to_the_pages_beside_it():
    pages, _ = site()
    order = chapters()
    expected = {
        name: {
            **({"prev": Path(order[i - 1]).name} if i else {}),
            **({"next": Path(order[i + 1]).name} if i + 1 < len(order) else {}),
        }
        for i, name in enumerate(order)
    }
    assert {name: pages[name].turns for name in order} == expected


@pytest.mark.book
def test_each_page_leads_to_all_pages():
    pages, _ = site()
    for name in chapters():
        linked = {urlsplit(link).path for _, link in pages[name].links}
        missing = (
            {Path(other).name for other in chapters()} - linked - {Path(name).name}
        )
        assert missing == set(), name


def figures(name: str, page: Page) -> dict[str, int]:
    """Return the bytes of each picture of the text, by address."""
    folder = (SITE / name).parent
    sources = {unquote(link) for tag, link in page.loaded if tag == "img"}
    drawn = {link: (folder / link) for link in sources if "/_images/" in link}
    inline = {link: len(link) * 3 // 4 for link in sources if link.startswith("data:")}
    return {link: path.stat().st_size for link, path in drawn.items()} | inline


@pytest.mark.book
def test_the_figures_of_a_page_are_under_a_megabyte():
    pages, _ = site()
    weights = {name: figures(name, page) for name, page in pages.items()}
    assert sum(map(len, weights.values())) > 10
    heavy = {
        name: {link[-30:]: size for link, size in sorted(found.items())}
        for name, found in weights.items()
        if sum(found.values()) >= FIGURES_OF_A_PAGE
    }
    assert heavy == {}


@pytest.mark.book
def test_each_figure_has_its_size_and_waits():
    pages, _ = site()
    for name in pages:
        text = (SITE / name).read_text(encoding="utf-8")
        for tag in re.findall(r'<img [^>]*src="[^"]*_images/[^"]*"[^>]*>', text):
            assert 'loading="lazy" decoding="async"' in tag, (name, tag)
            assert re.search(r' width="\d+" height="\d+"', tag), (name, tag)
