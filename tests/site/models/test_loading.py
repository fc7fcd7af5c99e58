"""A model is loaded when a reader asks, from its own place, whole, or it is said why not."""

from __future__ import annotations

import gzip
import json
import shutil

import pytest

from attention_course.widgets import (
    AlignmentViewer,
    DigitPad,
    HeadViewer,
)
from tests.browser import serve
from tests.site.models.pages import (
    DOCUMENTED,
    KINDS,
    NAMES,
    POLICY,
    TYPED,
    load,
    widget,
)

pytestmark = pytest.mark.browser


def test_a_page_loads_no_model_before_its_reader_asks(visit, home, folder, version):
    page = visit(home)
    names = sorted(url.removeprefix(home) for url in page.asked)
    assert names == sorted(
        ["", "_static/widgets.css", "_static/live_widgets.js"]
        + [f"_static/{kind.module}.js" for kind in KINDS]
    )
    described = json.loads((folder / version / "models.json").read_text())
    runtime = described["wasm"]["bytes"]
    for kind, name in zip(KINDS, NAMES, strict=True):
        size = (runtime + described["models"][name]["bytes"]) / 1e6
        button = widget(page, kind).locator(".ac-loader button")
        assert button.inner_text() == f"Load the model, {size:.1f} MB"
    for kind in TYPED:
        assert widget(page, kind).locator("input[type=text]").is_disabled()


def test_nothing_comes_from_elsewhere_and_no_file_is_too_large(loaded, home, folder):
    assert all(url.startswith(home) for url in loaded.asked)
    sizes = {p.name: p.stat().st_size for p in (folder / "_static/models").rglob("*")}
    assert max(sizes.values()) <= 25_000_000
    assert sum(sizes.values()) <= 40_000_000
    assert {"NOTICE.txt", "LICENSE-APACHE.txt"} <= sizes.keys()


def test_a_changed_model_is_not_used(visit, folder, tmp_path):
    other = tmp_path / "site" / "sub"
    shutil.copytree(folder, other)
    (model,) = (other / "_static/models").glob("date-translator-step-*.gz")
    content = bytearray(gzip.decompress(model.read_bytes()))
    content[len(content) // 2] ^= 1  # one bit
    model.write_bytes(gzip.compress(bytes(content)))
    for url in serve(other.parent, POLICY):
        page = visit(f"{url}/sub/")
        place = widget(page, AlignmentViewer)
        place.locator(".ac-loader button").click()
        place.get_by_text("its SHA-256 is another; it was not used").wait_for()
        assert place.locator("input[type=text]").is_disabled()
        assert place.locator(".ac-heatmap").is_visible()
        # Put right, it loads without a new visit.
        content[len(content) // 2] ^= 1
        model.write_bytes(gzip.compress(bytes(content)))
        load(page, AlignmentViewer)


def test_a_server_that_unpacks_the_files_is_understood(visit, folder, tmp_path):
    other = tmp_path / "site" / "sub"
    shutil.copytree(folder, other)
    for path in (other / "_static/models").glob("*.gz"):
        path.write_bytes(gzip.decompress(path.read_bytes()))
    for url in serve(other.parent, POLICY):
        load(visit(f"{url}/sub/"), AlignmentViewer)


def test_a_model_that_is_gone_is_said_and_the_examples_stay(
    visit, folder, version, tmp_path
):
    other = tmp_path / "site" / "sub"
    shutil.copytree(folder, other)
    (other / version / "models.json").unlink()
    for url in serve(other.parent, POLICY):
        page = visit(f"{url}/sub/")
        place = widget(page, AlignmentViewer)
        place.locator(".ac-loader button").click()
        place.get_by_text(
            "could not be loaded (models.json: the server answered 404)"
        ).wait_for()
        assert place.locator(".ac-heatmap").is_visible()
        # The browser itself notes the missing file.
        page.problems[:] = [one for one in page.problems if "404" not in one]


def test_a_browser_without_simd_is_told_and_the_examples_stay(visit, home, open_page):
    page = open_page()
    page.context.unroute("**/*")
    page.add_init_script("WebAssembly.validate = () => false")
    page.goto(home, wait_until="load")
    place = widget(page, HeadViewer)
    place.get_by_text("This browser is too old to run the model").wait_for()
    assert not place.locator(".ac-loader button").count()
    assert place.locator(".ac-hv-map").is_visible()
    assert page.problems == []


def test_a_page_opened_as_a_file_says_why_it_loads_no_model(visit, folder):
    page = visit((folder / "index.html").as_uri())
    for kind in KINDS:
        place = widget(page, kind)
        place.get_by_text("This page was opened as a file").wait_for()
        assert not place.locator(".ac-loader button").count()


def test_over_an_insecure_connection_it_says_that_nothing_was_checked(visit, folder):
    kinds = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}

    def answer(route):
        name = route.request.url.partition("?")[0].removeprefix("http://models.test/")
        path = folder / (name or "index.html")
        kind = kinds.get(path.suffix, "application/octet-stream")
        route.fulfill(body=path.read_bytes(), content_type=f"{kind}; charset=utf-8")

    page = visit("http://models.test/", routes={"http://models.test/**": answer})
    assert page.evaluate("isSecureContext") is False
    place = load(page, DigitPad)
    place.get_by_text("cannot check files, so the model was not checked").wait_for()


def test_the_built_book_passes_the_documented_policy(open_page, site_folder):
    pages = sorted((site_folder / "book").glob("*.html"))
    assert pages
    for url in serve(site_folder, DOCUMENTED):
        for path in pages:
            page = open_page(f"{url}/book/{path.name}")
            page.wait_for_timeout(200)
            assert page.problems == [], path.name
            page.context.close()


def test_the_documented_policy_lets_the_search_be_sent(open_page, site_folder):
    for url in serve(site_folder, DOCUMENTED):
        page = open_page(f"{url}/book/index.html")  # the root's page leaves for it
        page.locator(".search-button__button:visible").click()
        page.get_by_role("searchbox").fill("softmax")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=softmax*")
        page.locator("ul.search li").first.wait_for()
        assert page.problems == []


def test_under_the_documented_policy_no_page_shows_the_book_within_itself(
    browser, site_folder, tmp_path
):
    for url in serve(site_folder, DOCUMENTED):
        shutil.copy(site_folder / "search.html", tmp_path / "own.html")
        (tmp_path / "page.html").write_text(
            f'<iframe src="{url}/search.html"></iframe><iframe src="own.html"></iframe>'
        )
        for other in serve(tmp_path):
            page = browser.new_page()
            page.goto(f"{other}/page.html")
            book, own = page.frames[1:]
            assert own.url == f"{other}/own.html"
            assert book.url.startswith("chrome-error:")
            page.close()


def test_under_a_policy_without_wasm_it_says_that_it_could_not_load(visit, folder):
    strict = POLICY.replace(" 'wasm-unsafe-eval'", "")
    for url in serve(folder.parent, strict):
        page = visit(f"{url}/sub/")
        place = widget(page, AlignmentViewer)
        place.locator(".ac-loader button").click()
        place.get_by_text("The model could not be loaded").wait_for()
        assert place.locator(".ac-heatmap").is_visible()
        assert page.problems
        assert all(
            "wasm" in one.lower() or "policy" in one.lower() for one in page.problems
        )
        page.problems.clear()
