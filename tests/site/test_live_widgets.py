"""The widgets in the built book: alive without network, from a file, under a strict policy.

What they show and answer is tested without a book, in tests/widgets/.
"""

from __future__ import annotations

import gzip
import json
import re

import pytest
import torch

from attention_course.widgets import EmbeddingExplorer, PatchExplorer
from tests.widgets.helpers import TEXT_CONTRASTS, is_bright, number, open_all

pytestmark = pytest.mark.browser

CHAPTER = "book/01-embedding.html"
MODULES = ["embedding_explorer", "patch_explorer"]
ALIVE = "figure.ac-widget[data-ac-alive]"


def figure(page, module):
    return page.locator(f'figure.ac-widget[data-ac-module="{module}"]').first


def first_state(page, module):
    return json.loads(figure(page, module).get_attribute("data-ac-state"))


@pytest.fixture
def pages(site_folder):
    """The pages with widgets, by their place in the site."""
    found = [
        path.relative_to(site_folder).as_posix()
        for path in site_folder.glob("book/*.html")
        if '<figure class="ac-widget"' in path.read_text(encoding="utf-8")
    ]
    assert CHAPTER in found
    return found


def everything_loaded(page):
    """Have all figures before the network is cut: those far below wait for a reader."""
    page.evaluate(
        """() => Promise.all([...document.images].map((image) => {
            image.loading = "eager";
            return image.decode().catch(() => null);
        }))"""
    )


def test_every_widget_answers_without_network(open_page, site, pages):
    for path in pages:
        page = open_page(f"{site}/{path}")
        page.wait_for_selector(ALIVE)
        everything_loaded(page)
        page.context.set_offline(True)
        sliders = page.locator("figure.ac-widget:has(input[type=range])")
        assert sliders.count(), path
        for box in sliders.all():
            slide = box.locator("input[type=range]").first
            before = box.inner_text()
            slide.press(
                "Home" if slide.input_value() != slide.get_attribute("min") else "End"
            )
            assert box.inner_text() != before, box.get_attribute("data-ac-module")
        assert page.problems == [], path
        page.context.close()


def test_scripts_are_small_and_only_where_they_are_used(site_folder):
    ours = re.compile(
        r'<script[^>]* src="([^"?]*(?:live_widgets\.js|_static/widgets/\w+\.js))'
    )
    with_widgets = 0
    for path in site_folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        sources = ours.findall(text)
        modules = set(
            re.findall(r'<figure class="ac-widget"[^>]* data-ac-module="(\w+)"', text)
        )
        names = {source.rsplit("/", 1)[1] for source in sources}
        assert names == (
            {"live_widgets.js"} | {f"{m}.js" for m in modules} if modules else set()
        )
        scripts = b"".join((path.parent / source).read_bytes() for source in sources)
        assert len(gzip.compress(scripts, mtime=0)) <= 60 * 1024
        with_widgets += bool(modules)
    assert with_widgets >= 1


def test_without_scripts_a_table_stands_in(open_page, site):
    page = open_page(f"{site}/{CHAPTER}", java_script_enabled=False)
    for module, widget in zip(MODULES, [EmbeddingExplorer, PatchExplorer], strict=True):
        box = figure(page, module)
        assert box.locator("table").is_visible()
        state = first_state(page, module)
        if widget is EmbeddingExplorer:
            row = torch.tensor(state["table"])[state["token"], : state["dim"]]
            last = box.locator("tbody tr").last.locator("td").all_inner_texts()
            shown = torch.tensor([number(text) for text in last[1:]])
            torch.testing.assert_close(shown, row, atol=0.005001, rtol=0)
        else:
            tokens = (state["height"] // state["patch"]) * (
                state["width"] // state["patch"]
            )
            assert f", {tokens}, {state['d_model']})" in box.inner_text()
            assert (
                box.locator("img").evaluate("(img) => img.complete && img.naturalWidth")
                == 224
            )
            assert (
                box.locator("img")
                .get_attribute("alt")
                .startswith("A 224 × 224 grey photo")
            )
    assert page.locator(".ac").count() == 0


def assert_alive(page):
    page.wait_for_selector(ALIVE)
    for module in MODULES:
        box = figure(page, module)
        before = box.locator(".ac-summary").inner_text()
        name = {
            "embedding_explorer": "Dimension k",
            "patch_explorer": "Embedding size d",
        }[module]
        box.get_by_role("slider", name=name).press("Home")
        after = box.locator(".ac-summary").inner_text()
        assert after != before


def test_the_widgets_live_in_a_page_opened_from_a_file(open_page, site_folder):
    page = open_page()
    page.goto((site_folder / CHAPTER).resolve().as_uri())
    assert_alive(page)
    assert [problem for problem in page.problems if "request to" in problem] == []


def test_the_widgets_live_under_a_strict_content_security_policy(
    open_page, strict_site
):
    page = open_page()
    page.context.unroute("**/*")
    page.add_init_script(
        """globalThis.violations = [];
        document.addEventListener("securitypolicyviolation", (event) => violations.push(
            `${event.violatedDirective} ${event.sourceFile} ${event.blockedURI}`));"""
    )
    page.goto(f"{strict_site}/{CHAPTER}", wait_until="load")
    assert_alive(page)
    violations = page.evaluate("violations")
    ours = [text for text in violations if "widget" in text]
    assert ours == []
    # The policy is in force: it stops the theme's inline scripts.
    assert any(text.startswith("script-src") for text in violations)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_readable_under_the_book_s_own_style(
    open_page, site, pages, scheme
):
    hard_to_read = []
    for path in pages:
        page = open_page(f"{site}/{path}", color_scheme=scheme)
        page.wait_for_selector(ALIVE)
        open_all(page)
        for widget in page.locator(".ac").all():
            results = widget.evaluate(TEXT_CONTRASTS)
            assert len(results) > 20
            hard_to_read += [(path, *one[:3]) for one in results if one[0] < 4.5]
            ground = widget.evaluate("(node) => getComputedStyle(node).backgroundColor")
            assert is_bright(ground) == (scheme == "light")
        page.context.close()
    assert hard_to_read == []


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_reader_s_choice_wins_over_the_system_s(open_page, site, choice):
    other = {"light": "dark", "dark": "light"}[choice]
    page = open_page(f"{site}/{CHAPTER}", color_scheme=other)
    page.evaluate(
        "(choice) => { document.documentElement.dataset.theme = choice; }", choice
    )
    ink = (
        figure(page, MODULES[0])
        .locator(".ac")
        .evaluate("(node) => getComputedStyle(node).color")
    )
    assert is_bright(ink) == (choice == "dark")
