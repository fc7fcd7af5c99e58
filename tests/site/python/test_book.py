"""The built book: a place below every code exercise; what stands there without Python."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from bookbuild.page_python import try_it
from bookbuild.sphinx import page_python
from tests.exercises.helpers import CODE

pytestmark = pytest.mark.book

PLACE = re.compile(
    r'<div class="ac-write" data-exercise="([\d.]+)">\s*<p [^>]*>(.*?)</p>', re.S
)


def places(site: Path) -> dict[str, str]:
    """Each exercise's place: its number, and the sentence in it."""
    found = {}
    for page in sorted((site / "book").glob("0*.html")):
        for number, sentence in PLACE.findall(page.read_text(encoding="utf-8")):
            assert page.name.startswith(f"0{number[0]}-")
            found[number] = sentence
    return found


def test_every_code_exercise_has_its_place_and_its_notebook(site_folder):
    found = places(site_folder)
    assert found.keys() == {exercise.id for exercise in CODE}
    for sentence in found.values():
        (notebook,) = re.findall(r'href="([^"]+)"', sentence)
        assert (site_folder / "book" / notebook).resolve().is_file(), notebook
        assert sentence.startswith("To write your answer and have it checked, open ")


def test_the_first_section_of_each_chapter_has_an_example_to_try(site_folder):
    pages = ["index.html", *(path.name for path in (site_folder / "book").glob("0*"))]
    assert len(pages) == 7
    for name in pages:
        whole = (site_folder / "book" / name).read_text(encoding="utf-8")
        assert "_static/widgets/widgets.css" in whole
        text = whole.partition('<article class="bd-article"')[2]
        (place,) = re.finditer(r'<div class="ac-try" data-trial="(\w+)">', text)
        lead, code = try_it.read(place[1])
        headings = [found.start() for found in re.finditer(r"<h[23]>", text)]
        # Behind the first section's heading, and before the next one.
        assert sum(place.start() > at for at in headings) == 1, name
        rest = text[place.end() :].partition('class="ac-write-without"')
        assert unescape(re.sub(r"<[^>]+>", "", rest[0])).strip().startswith(code[:40])
        (notebook,) = re.findall(r'href="([^"]+)"', rest[2][:400])[:1]
        assert (site_folder / "book" / notebook).resolve().is_file(), notebook
        assert unescape(lead.split("`")[0])[:30] in unescape(text)


def test_pages_know_of_python_if_it_is_there_and_only_then(site_folder):
    told = {
        page.name: re.findall(
            r'data-ac-python="([^"]+)"', page.read_text(encoding="utf-8")
        )
        for page in (site_folder / "book").glob("*.html")
    }
    more = {"exercises.html", "index.html"}
    with_python = {name for name in told if name.startswith("0")} | more
    if not (site_folder / "_static/python").is_dir():
        assert not any(told.values())
        return
    assert {name for name, said in told.items() if said} == with_python
    for said in filter(None, told.values()):
        version = json.loads(unescape(said[0]))["version"]
        folder = site_folder / "_static/python" / version
        manifest = json.loads((folder / "python.json").read_text(encoding="utf-8"))
        for name in manifest["scripts"]:
            assert (folder / name).is_file()
        for file in manifest["files"].values():
            assert (folder.parent / file["file"]).stat().st_size == file["bytes"]


def test_without_what_was_gathered_nothing_is_written(tmp_path):
    assert page_python.write_site(tmp_path / "browser", tmp_path / "site") == ""
    assert not (tmp_path / "site").exists()


@pytest.mark.browser
def test_without_scripts_the_sentence_leads_to_the_notebook(open_page, site):
    page = open_page(f"{site}/book/03-attention.html", java_script_enabled=False)
    place = page.locator('[data-exercise="3.3"]')
    assert place.get_by_role("link", name="the notebook").is_visible()
    assert page.get_by_role("button", name="Write it here").count() == 0


@pytest.mark.browser
def test_from_a_file_the_sentence_leads_to_the_notebook(browser, site_folder):
    page = browser.new_page()
    page.goto((site_folder / "book/03-attention.html").as_uri())
    assert page.locator('[data-exercise="3.3"]').get_by_role("link").is_visible()
    assert page.get_by_role("button", name="Write it here").count() == 0
    page.close()
