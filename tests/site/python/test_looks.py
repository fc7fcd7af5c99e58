"""An open editor in the built book, with all that it can show: for axe, in forced colours, on
paper.
"""

from __future__ import annotations

import os

import pytest

from attention_course.exercises import find
from tests.site.axe import violations
from tests.site.python.conftest import NOT_MADE
from tests.site.python.editor import (
    check,
    open_editor,
    open_trial,
    place_of,
    press,
    run,
    text_of,
    trial,
)
from tests.site.test_forced_colours import MARK
from tests.site.test_paper import DARK, LIGHT, PALE

pytestmark = pytest.mark.browser

NAME = find("3.3").solution.__name__
WRONG = f"def {NAME}(query, key):\n    print(query)\n    return query @ key.mT\n"
OURS = ".ac-write, .ac-try"
INKS = """(selector) => [...document.querySelectorAll(selector)].map((each) => {
    const { color } = getComputedStyle(each);
    let ground = each;
    const clear = (node) => ["rgba(0, 0, 0, 0)", "transparent"].includes(
        getComputedStyle(node).backgroundColor);
    while (ground.parentElement && clear(ground)) ground = ground.parentElement;
    return [color, getComputedStyle(ground).backgroundColor, each.outerHTML.slice(0, 80)];
})"""


@pytest.fixture(scope="module")
def page(browser, site, site_folder):
    """Chapter 3, with a wrong answer, its report, hints and solution, and an example run."""
    if not (site_folder / "_static/python").is_dir():
        if os.environ.get("PYODIDE_WHEELS"):
            pytest.fail(NOT_MADE)
        pytest.skip(NOT_MADE)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(f"{site}/book/03-attention.html", wait_until="load")
    open_editor(page, "3.3")
    for button in ("Hint", "Hint", "Solution"):
        press(page, "3.3", button)
    assert "✘ not passed" in check(page, "3.3", WRONG)
    place_of(page, "3.3").get_by_text("Your code printed").click()
    open_trial(page, "chapter_3")
    run(page, "chapter_3")
    yield page
    context.close()


@pytest.fixture(autouse=True)
def as_it_was(page):
    yield
    page.emulate_media(media="screen", forced_colors="none")
    page.wait_for_function("() => !matchMedia('print').matches")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function(LIGHT)


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page, scheme, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(DARK if scheme == "dark" else LIGHT)
    assert page.locator(".ac-write .cm-editor").count() == 1
    assert violations(page, OURS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_all_can_be_seen(page, scheme):
    page.emulate_media(forced_colors="active", color_scheme=scheme)
    text_of(page, "3.3").focus()
    page.keyboard.press("Control+a")
    for part in (
        ".cm-line",
        ".ac-written-report",
        ".ac-written-solution",
        ".ac-ran",
        ".ac-table td",
        ".ac-written button",
    ):
        inks = page.evaluate(INKS, f":is({OURS}) {part}")
        assert inks
        assert [each for each in inks if each[0] == each[1]] == []
    selected = page.locator(".ac-write .cm-selectionBackground").first
    grounds = [
        each.evaluate("(each) => getComputedStyle(each).backgroundColor")
        for each in (selected, page.locator(".ac-write .cm-editor"))
    ]
    assert grounds[0] != grounds[1]
    assert page.evaluate(MARK)[0]  # the text itself
    place_of(page, "3.3").get_by_role("button", name="Check", exact=True).focus()
    for name in ("Hint", "Solution", "Start again"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == name
        assert page.evaluate(MARK)[0], name


def test_on_paper_stand_the_code_and_what_came_of_it(page):
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(DARK)
    page.set_viewport_size({"width": 700, "height": 900})
    page.emulate_media(media="print")
    page.wait_for_function(LIGHT)
    written, tried = place_of(page, "3.3"), trial(page, "chapter_3")
    for part in (
        written.locator(".cm-content"),
        written.locator(".ac-written-report").first,
        written.locator(".ac-written-solution"),
        tried.locator(".cm-content"),
        tried.locator(".ac-ran"),
        tried.locator(".ac-table"),
    ):
        assert part.is_visible()
    for place in (written, tried):
        assert not any(button.is_visible() for button in place.locator("button").all())
        assert not place.locator(".ac-written-keys").is_visible()
    others = page.locator(".ac-write-open, .ac-write-without").all()
    assert others
    assert not any(each.is_visible() for each in others)
    assert page.evaluate(PALE) == []
    beyond = page.locator(OURS).evaluate_all(
        """(places) => places.flatMap((place) => [...place.querySelectorAll("*")])
            .filter((each) => each.checkVisibility())
            .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
            .map((each) => each.className)"""
    )
    assert beyond == []
    page.emulate_media(media="screen")
    page.wait_for_function(DARK)  # as it was before
