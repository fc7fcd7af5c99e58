"""The built API page shows everything that the package exports, in the docstrings' words."""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.book

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("COURSE_SITE", ROOT / "_build" / "html"))
SOURCE = (ROOT / "book/api.md").read_text(encoding="utf-8")
MODULES = re.findall(r"^### `(attention_course[\w.]*)`$", SOURCE, re.M)
# How a docstring in the house style opens each section, and its title on the page.
TITLES = {
    "Args:\n": "Parameters",
    "Raises:\n": "Raises",
    "Returns:\n": "Returns",
    "Shapes:\n": "Shapes",
    "Formula": "Formula",
    "Source: ": "Source",
}


@functools.cache
def page() -> str:
    path = SITE / "book/api.html"
    if not path.is_file():
        pytest.fail(f"no built site in {SITE.name}: run `make book` first")
    return path.read_text(encoding="utf-8")


@functools.cache
def described() -> dict[str, str]:
    """Return what the page says of each name, by the name's address."""
    pieces = re.split(r'<dt class="sig[^"]*" id="([\w.]+)">', page())[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def exported(module: str):
    """Yield the functions and classes that a module exports: address and docstring."""
    loaded = importlib.import_module(module)
    for name in loaded.__all__:
        item = getattr(loaded, name)
        if inspect.isclass(item) or inspect.isroutine(item):
            yield f"{module}.{name}", inspect.cleandoc(item.__doc__ or "")


def titles(html: str) -> set[str]:
    """Return the titles of the sections in a piece of the page."""
    found = re.findall(r'<p class="rubric">(\w+)</p>', html)
    found += re.findall(r'<dt class="field-\w+">(\w+)<', html)
    return set(found)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_there_with_all_sections_of_its_docstring(module):
    names = dict(exported(module))
    assert names
    for address, docstring in names.items():
        assert address in described(), address
        html = described()[address]
        wanted = {
            title
            for opening, title in TITLES.items()
            if re.search(rf"^{re.escape(opening)}", docstring, re.M)
        }
        assert wanted <= titles(html), (address, wanted - titles(html))
        first = re.sub(r"\W+", " ", re.split(r"\n\n|``|:\w+:`", docstring)[0]).strip()
        assert first in re.sub(r"\W+", " ", re.sub(r"<[^>]+>", "", html)), address


def test_no_markup_of_docstrings_is_left():
    text = re.sub(r"<[^>]+>", "", page())
    assert not re.search(r":\w+:`|``", text)
    assert not re.search(r"^\s*(?:Args|Formula|Shapes|Source):", text, re.M)


def test_a_docstring_links_to_the_places_it_names():
    links = re.findall(
        r'<a class="reference internal" href="#(attention_[\w.]+)"', page()
    )
    assert len(set(links)) > 10
    assert set(links) <= set(described())


def test_papers_can_be_opened():
    attend = described()["attention_course.attention.attend"]
    assert 'href="https://arxiv.org/abs/1706.03762"' in attend
