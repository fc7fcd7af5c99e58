"""Text twice as large on a phone: nothing is pushed off the page."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

# What stands out of the window to the side, unless it scrolls in a box of its own.
PUSHED_OFF = """() => {
    const width = document.documentElement.clientWidth;
    const clipped = (element) => {
        for (let box = element.parentElement; box !== document.body; box = box.parentElement)
            if (getComputedStyle(box).overflowX !== "visible") return true;
        return false;
    };
    const off = [...document.querySelectorAll("body *")].filter((element) => {
        if (!element.checkVisibility({ visibilityProperty: true })) return false;
        const { left, right, width: wide } = element.getBoundingClientRect();
        return wide > 0 && (right > width + 1 || left < -1) && !clipped(element);
    });
    return off.map((element) => element.outerHTML.slice(0, 80)).slice(0, 5);
}"""


def pages(site_folder):
    return sorted(path.name for path in site_folder.glob("book/*.html"))


@pytest.mark.parametrize("how", ["text", "page"])
def test_nothing_is_pushed_off_at_200_percent(open_page, site, site_folder, how):
    """The reader enlarges the text alone on 390 pixels, or the whole page: 195 are left."""
    names = pages(site_folder)
    assert len(names) >= 12
    wrong = {}
    for name in names:
        page = open_page(
            f"{site}/book/{name}",
            viewport={"width": 390 if how == "text" else 195, "height": 844},
        )
        if how == "text":
            page.evaluate("document.documentElement.style.fontSize = '200%'")
        off = page.evaluate(PUSHED_OFF)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if off or wide > 0:
            wrong[name] = (wide, off)
        page.context.close()
    assert wrong == {}


def test_every_button_of_the_bar_can_be_pressed_at_200_percent(open_page, site):
    page = open_page(
        f"{site}/book/03-attention.html", viewport={"width": 390, "height": 844}
    )
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    buttons = page.locator(".bd-header-article button:visible")
    assert buttons.count() >= 7
    for button in buttons.all():
        button.click(trial=True)
