"""Chinese terms are found by the search from one character on, and are marked as Chinese."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser

RESULTS = "#search-results ul.search > li > a"
LINKS = (
    """(links) => links.map((link) => [link.textContent, link.getAttribute("href")])"""
)
# Chinese in the text of a page that does not say so; code has no language.
UNMARKED = """() => {
    const found = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode())
        if (/\\p{Script=Han}/u.test(text.data)
            && !text.parentElement.closest("[lang|=zh], pre, code, script, style, .ac-widget"))
            found.push(text.data.trim());
    return found;
}"""


def search(page, home, words):
    """Search for some words; return the results' titles and addresses."""
    page.goto(f"{home}/search.html?q={words}", wait_until="domcontentloaded")
    done = re.compile("Search finished|did not match")
    page.locator(".search-summary", has_text=done).wait_for()
    return page.locator(RESULTS).evaluate_all(LINKS)


@pytest.mark.parametrize(
    ("words", "title", "anchor"),
    [
        ("位置", "positional encoding", "positional-encoding"),
        ("残差", "residual connection", "residual-connection"),
        ("多头", "multi-head attention", "multi-head-attention"),
        ("键", "key", "key"),
        ("层归一化", "layer normalisation", "layer-normalisation"),
    ],
)
def test_a_term_is_found_from_its_first_characters(
    open_page, site, words, title, anchor
):
    page = open_page()
    page.context.unroute("**/*")
    (first, address), *others = search(page, site, words)
    assert first == title
    assert address == f"book/glossary.html#{anchor}"
    # … and where the chapters use it.
    assert any(re.match(r"book/0\d-", link) for _, link in others)


def test_a_term_is_found_that_is_in_no_glossary(open_page, site):
    page = open_page()
    page.context.unroute("**/*")
    addresses = [address for _, address in search(page, site, "视频")]
    assert "book/05-image-video-attention.html#image-and-video-attention" in addresses


@pytest.mark.parametrize("words", ["3.4", "exercise 3.4", "练习 3.4"])
def test_an_exercise_is_found_by_its_number(open_page, site, words):
    page = open_page()
    page.context.unroute("**/*")
    (first, address), (second, other), *_ = search(page, site, words)
    assert first == "Exercise 3.4: Softmax with a mask"
    assert address == "book/03-attention.html#exercise-3-4-softmax-with-a-mask"
    assert second == "3.4 Why divide by √d_k?"
    assert other == "book/03-attention.html#why-divide-by-d-k"


def test_a_result_leads_to_its_section(open_page, site):
    page = open_page()
    page.context.unroute("**/*")
    search(page, site, "残差")
    page.locator(RESULTS).first.click()
    assert page.locator("#residual-connection h2").is_visible()
    assert (
        page.evaluate("document.querySelector(':target').id") == "residual-connection"
    )


def test_english_is_found_as_before(open_page, site):
    page = open_page()
    page.context.unroute("**/*")
    titles = [title for title, _ in search(page, site, "residual")]
    assert len(titles) >= 2
    none = search(page, site, "无此词")
    assert none == []
    assert (
        page.locator(".search-summary").inner_text().startswith("Your search did not")
    )


def test_what_a_reader_types_is_never_markup(open_page, site):
    page = open_page()
    page.context.unroute("**/*")
    search(page, site, "%3Cimg src=x onerror=alert(1)%3E键 3.4")
    assert page.locator("#search-results img").count() == 0
    assert page.locator(RESULTS).count() > 0


def test_the_search_works_in_pages_opened_as_files(open_page, site_folder):
    page = open_page()
    results = search(page, site_folder.resolve().as_uri(), "残差")
    assert results[0][0] == "residual connection"


def test_every_chinese_term_says_that_it_is_chinese(open_page, site, site_folder):
    pages = sorted(path.name for path in site_folder.glob("book/*.html"))
    assert len(pages) >= 12
    unmarked, n_marked = {}, 0
    for name in pages:
        page = open_page(f"{site}/book/{name}")
        if found := page.evaluate(UNMARKED):
            unmarked[name] = found
        n_marked += page.locator("article [lang=zh-Hans]").count()
        page.context.close()
    assert unmarked == {}
    assert n_marked > 100
