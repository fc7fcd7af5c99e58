"""JavaScript switched off: one whole palette, nothing dead, and a word on what is missing."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser

CHAPTER = "book/03-attention.html"
INK = """(selector) => {
    const style = getComputedStyle(document.querySelector(selector));
    return [style.color, style.backgroundColor];
}"""
PARTS = [
    "body",
    ".highlight",
    ".highlight .kn",
    "table.table th",
    ".ac-widget",
    "article a",
]


@pytest.fixture
def plain(open_page, site):
    """Open a page without scripts."""

    def opened(name=CHAPTER, width=1280, **options):
        return open_page(
            f"{site}/{name}",
            java_script_enabled=False,
            viewport={"width": width, "height": 900},
            **options,
        )

    return opened


def test_in_a_dark_system_the_whole_light_palette_applies(plain, open_page, site):
    expected = open_page(f"{site}/{CHAPTER}", color_scheme="light")
    page = plain(color_scheme="dark")
    for part in PARTS:
        if part != ".ac-widget":
            assert page.evaluate(INK, part) == expected.evaluate(INK, part), part
    # The widgets, too: dark ink on a light ground.
    ink, ground = page.evaluate(INK, ".ac-widget")
    assert sum(map(int, re.findall(r"\d+", ink)[:3])) < 200
    assert sum(map(int, re.findall(r"\d+", ground)[:3])) > 700


def test_no_page_waits_for_a_script_to_have_a_palette(site_folder):
    pages = list(site_folder.glob("book/*.html"))
    assert len(pages) >= 12
    for path in pages:
        opening = re.search(r"<html\b[^>]*>", path.read_text(encoding="utf-8"))
        assert 'data-theme="light"' in opening[0], path.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_palette_stands_before_the_themes_own_script_comes(open_page, site, scheme):
    page = open_page(color_scheme=scheme)
    page.context.unroute("**/*")
    page.route("**/pydata-sphinx-theme.js*", lambda route: route.abort())
    page.goto(f"{site}/{CHAPTER}", wait_until="domcontentloaded")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_what_the_reader_chose_before_stands_from_the_start(open_page, site, choice):
    page = open_page(color_scheme={"light": "dark", "dark": "light"}[choice])
    page.context.unroute("**/*")
    page.add_init_script(
        f"localStorage.setItem('mode', '{choice}'); localStorage.setItem('theme', '')"
    )
    page.route("**/pydata-sphinx-theme.js*", lambda route: route.abort())
    page.goto(f"{site}/{CHAPTER}", wait_until="domcontentloaded")
    assert page.evaluate("document.documentElement.dataset.theme") == choice


def test_a_line_says_what_stands_for_formulas_and_widgets(plain, open_page, site):
    notice = plain().locator(".ac-without-scripts")
    assert notice.is_visible()
    assert "formulas stand here as TeX" in notice.inner_text()
    assert "widgets" in notice.inner_text()
    assert (
        "formulas"
        not in plain("book/index.html").locator(".ac-without-scripts").inner_text()
    )
    assert plain("book/glossary.html").locator(".ac-without-scripts").count() == 0
    with_scripts = open_page(f"{site}/{CHAPTER}")
    assert not with_scripts.locator(".ac-without-scripts").is_visible()


def test_no_button_is_dead(plain):
    page = plain(width=390)
    dead = page.locator(
        ".sidebar-toggle, .btn-fullscreen-button, .search-button__button"
    )
    assert [button for button in dead.all() if button.is_visible()] == []


def test_a_phone_reaches_every_page(plain):
    page = plain(width=390)
    links = page.locator(".bd-sidebar-primary a.reference")
    assert links.count() >= 12
    links.filter(has_text="Glossary").click()
    assert page.url.endswith("glossary.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
