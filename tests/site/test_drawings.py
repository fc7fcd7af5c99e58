"""Drawings in the built pages: in the page itself, in its colours, in its width."""

import pytest

from attention_course.pictures.drawings import draw, drawings

pytestmark = pytest.mark.browser

CHAPTERS = [
    "01-embedding",
    "02-encoder-decoder",
    "03-attention",
    "04-self-attention",
    "05-image-video-attention",
    "06-attention-today",
]
SEEN = """() => [...document.querySelectorAll("svg.ac-drawing")].map((svg) => {
    const { left, right } = svg.getBoundingClientRect();
    return {
        words: svg.getAttribute("aria-label"),
        ground: getComputedStyle(svg.querySelector("rect")).fill,
        inside: left >= 0 && right <= document.documentElement.clientWidth,
        wide: right - left,
    };
})"""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("chapter", range(1, 7))
def test_a_chapter_shows_its_drawings(open_page, site, chapter, scheme, width):
    name = CHAPTERS[chapter - 1]
    page = open_page(
        f"{site}/book/{name}.html",
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    )
    seen = page.evaluate(SEEN)
    assert {each["words"] for each in seen} == {
        made.words for made in drawings().values() if chapter in made.chapters
    }
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for each in seen:
        assert each["ground"] == ground
        assert each["inside"]
        assert each["wide"] > (300 if width == 360 else 400)
    assert page.locator('img[src*="_images"][src$=".svg"]').count() == 0
    assert page.problems == []


def test_each_station_of_the_path_leads_to_its_chapter(open_page, site):
    page = open_page(f"{site}/book/index.html")
    path = page.locator("svg.ac-drawing")
    assert path.get_attribute("aria-label") == draw("path").words
    for number, name in enumerate(CHAPTERS[:5]):  # chapter 6 lies beyond the path
        path.locator("a").nth(number).click()
        page.wait_for_url(f"**/{name}.html")
        page.go_back()
    assert path.locator("a").count() == 5
