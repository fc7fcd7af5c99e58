"""Forced colours, as in Windows' high contrast: the page's own parts keep what they say."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

# The element with the focus: what it is, and whether anything is drawn around it. Forced
# colours drop every shadow, so an outline it must be.
MARK = """() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return [outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
            element.outerHTML.slice(0, 100)];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "glossary"])
def test_the_focus_can_be_seen(open_page, site, name, scheme):
    page = open_page(
        f"{site}/book/{name}.html", color_scheme=scheme, forced_colors="active"
    )
    unmarked, n_stops = [], 0
    page.keyboard.press("Tab")
    while (stop := page.evaluate(MARK)) and n_stops < 300:
        n_stops += 1
        if not stop[0]:
            unmarked.append(stop[1])
        page.keyboard.press("Tab")
    assert 10 < n_stops < 300
    assert unmarked == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_heatmap_can_be_read_as_numbers(open_page, site, scheme):
    page = open_page(
        f"{site}/book/03-attention.html", color_scheme=scheme, forced_colors="active"
    )
    numbers = page.locator("details.ac-numbers").first
    numbers.locator("summary").click()
    cells = numbers.locator("td")
    assert cells.count() > 50
    ink, ground = cells.first.evaluate(
        "(cell) => [getComputedStyle(cell).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert ink != ground
    float(cells.first.inner_text().replace("−", "-"))
