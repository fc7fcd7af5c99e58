"""The keyboard: what lies above the page keeps the focus, nothing unseen gets it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

FOCUS_IS_IN = "(selector) => document.activeElement.closest(selector) !== null"
SEARCH = ".search-button__wrapper"
# The element with the focus: what it is, and whether a reader can see it. The button that
# copies code fades in, and may be pale still.
SEEN = """() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const { left, right, width, height } = element.getBoundingClientRect();
    const seen = element.checkVisibility({ visibilityProperty: true })
        && width > 1 && height > 1 && right > 0 && left < innerWidth;
    return [seen, element.outerHTML.slice(0, 120)];
}"""


def open_search(page):
    page.locator(".search-button__button:visible").click()
    page.wait_for_function(FOCUS_IS_IN, arg=SEARCH)


@pytest.mark.parametrize("width", [390, 1280])
def test_tab_stays_in_the_search_dialog(open_page, site, width):
    page = open_page(
        f"{site}/book/glossary.html", viewport={"width": width, "height": 800}
    )
    open_search(page)
    for key in ["Tab", "Tab", "Shift+Tab", "Tab"]:
        page.keyboard.press(key)
        assert page.evaluate(FOCUS_IS_IN, SEARCH), key
    dialog = page.get_by_role("dialog", name="Search")
    assert dialog.get_attribute("aria-modal") == "true"
    assert dialog.get_by_role("searchbox").count() == 1
    # What lies behind it is out of reach for a pointer and a screen reader, too.
    assert page.locator("main").evaluate("(main) => main.closest('[inert]') !== null")


@pytest.mark.parametrize("focus", ["in the field", "nowhere"])
def test_escape_closes_the_search_and_gives_the_focus_back(open_page, site, focus):
    page = open_page(f"{site}/book/glossary.html")
    open_search(page)
    if focus == "nowhere":
        page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    assert page.locator(f"{SEARCH}.show").count() == 0
    button = page.locator(".search-button__button:visible")
    assert button.evaluate("(button) => button === document.activeElement")
    assert page.locator("[inert]").count() == 0


def test_the_search_opened_by_keys_gives_the_focus_back_to_where_it_was(
    open_page, site
):
    page = open_page(f"{site}/book/glossary.html")
    link = page.locator("main article a.reference").first
    link.focus()
    for close in ["Escape", "Control+k"]:
        page.keyboard.press("Control+k")
        assert page.evaluate(FOCUS_IS_IN, SEARCH)
        page.keyboard.press(close)
        assert page.locator(f"{SEARCH}.show").count() == 0
        assert link.evaluate("(link) => link === document.activeElement"), close


def test_a_click_beside_the_search_closes_it(open_page, site):
    page = open_page(f"{site}/book/glossary.html")
    open_search(page)
    page.mouse.click(640, 850)
    assert page.locator(f"{SEARCH}.show").count() == 0
    page.locator("main article a.reference").first.click()
    assert "glossary" not in page.url


@pytest.mark.parametrize("name", ["primary", "secondary"])
def test_an_open_sidebar_keeps_the_focus(open_page, site, name):
    page = open_page(f"{site}/book/index.html", viewport={"width": 390, "height": 800})
    toggle = page.locator(f".{name}-toggle")
    toggle.click()
    sidebar = f".bd-sidebar-{name}"
    page.wait_for_function(FOCUS_IS_IN, arg=sidebar)
    n_stops = page.locator(f"{sidebar} :is(a, button):visible").count()
    assert n_stops >= 5
    for _ in range(n_stops + 1):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS_IS_IN, sidebar)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    page.wait_for_function(
        "(selector) => document.activeElement.matches(selector)", arg=f".{name}-toggle"
    )
    page.locator(sidebar).wait_for(state="hidden")
    assert page.locator("[inert]").count() == 0


@pytest.mark.parametrize("width", [390, 800, 1280])
@pytest.mark.parametrize("name", ["index", "glossary", "references"])
def test_nothing_that_is_not_seen_gets_the_focus(open_page, site, name, width):
    page = open_page(
        f"{site}/book/{name}.html", viewport={"width": width, "height": 800}
    )
    unseen, n_stops = [], 0
    page.keyboard.press("Tab")
    while (stop := page.evaluate(SEEN)) and n_stops < 300:
        n_stops += 1
        if not stop[0]:
            unseen.append(stop[1])
        page.keyboard.press("Tab")
    assert 10 < n_stops < 300
    assert unseen == []
