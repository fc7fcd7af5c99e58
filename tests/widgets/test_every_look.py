"""How every widget looks in a real browser: colours, and the room that it takes."""

from __future__ import annotations

import pytest

from tests.widgets.every import EXAMPLES, WIDGETS, every
from tests.widgets.helpers import (
    MARK_CONTRASTS,
    TEXT_CONTRASTS,
    is_bright,
    open_all,
)

pytestmark = pytest.mark.browser

KINDS = WIDGETS  # the scripts and styles of all of them, on each page
schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


def everything_shown(page, kind):
    """Unfold and tick whatever brings out more of a widget."""
    for label in EXAMPLES[kind].tick:
        page.get_by_label(label).check()
    open_all(page)


@schemes
@every
def test_every_text_is_readable_on_its_colour(show, kind, scheme):
    example = EXAMPLES[kind]
    page = show((example.colours or example.largest)(), color_scheme=scheme)
    everything_shown(page, kind)
    results = page.locator(".ac").evaluate(TEXT_CONTRASTS)
    assert len(results) > 40
    assert len({tuple(result[3]) for result in results}) >= example.n_colours
    for text in example.says:
        assert any(text in result[2] for result in results)
    assert [result[:3] for result in results if result[0] < 4.5] == []
    ground = page.locator(".ac").evaluate("(n) => getComputedStyle(n).backgroundColor")
    assert is_bright(ground) == (scheme == "light")


@schemes
@every
def test_the_page_without_scripts_is_readable_too(show, kind, scheme):
    page = show(EXAMPLES[kind].usual(), java_script_enabled=False, color_scheme=scheme)
    results = page.locator(".ac-widget").evaluate(TEXT_CONTRASTS)
    assert len(results) > 5
    assert [result[:3] for result in results if result[0] < 4.5] == []


@schemes
@every
def test_lines_and_marks_stand_out_from_their_ground(show, kind, scheme):
    page = show(EXAMPLES[kind].usual(), color_scheme=scheme)
    open_all(page)
    page.keyboard.press("Tab")  # from here on the focus is that of a keyboard
    results = page.locator(".ac").evaluate(MARK_CONTRASTS, EXAMPLES[kind].marks)
    assert len(results) > len(EXAMPLES[kind].marks)
    assert [result for result in results if result[0] < 3] == []


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_reader_s_choice_wins_over_the_system_s(show, choice):
    other = {"light": "dark", "dark": "light"}[choice]
    page = show(*(one.usual() for one in EXAMPLES.values()), color_scheme=other)
    page.evaluate(
        "(choice) => { document.documentElement.dataset.theme = choice; }", choice
    )
    inks = page.locator(".ac").evaluate_all(
        "(all) => all.map((node) => getComputedStyle(node).color)"
    )
    assert len(inks) == len(EXAMPLES)
    assert [is_bright(ink) for ink in inks] == [choice == "dark"] * len(inks)


@pytest.mark.parametrize("width", [1280, 360])
@every
def test_the_largest_does_not_widen_the_page(show, kind, width):
    page = show(EXAMPLES[kind].largest(), viewport={"width": width, "height": 900})
    everything_shown(page, kind)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Nothing is cut off: what is too wide scrolls in a box of its own, by keyboard too.
    spill = page.locator(".ac *").evaluate_all(
        """(all) => all.filter((node) => {
            const elsewhere = node.closest(".ac-scroll, .ac-hidden, option");
            if (elsewhere || !node.checkVisibility()) return false;
            const frame = node.closest(".ac").getBoundingClientRect();
            const { left, right } = node.getBoundingClientRect();
            return right > frame.right + 1 || left < frame.left - 1;
        }).map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert spill == []
    page.wait_for_function(
        """() => [...document.querySelectorAll(".ac-scroll")].every((box) =>
            (box.scrollWidth > box.clientWidth + 1) === (box.tabIndex === 0))"""
    )
    regions = page.get_by_role("region").all()
    names = [region.get_attribute("aria-label") for region in regions]
    assert all(names)
    assert len(names) == page.locator(".ac-scroll[tabindex='0']").count()
    for region in regions:
        region.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "(node) => node.scrollLeft > 0", arg=region.element_handle()
        )
    if width == 360:
        assert set(EXAMPLES[kind].scrolls) <= set(names)


@pytest.mark.parametrize("width", [1280, 360])
def test_all_of_them_together_fit_the_page(show, width):
    page = show(
        *(example.largest() for example in EXAMPLES.values()),
        viewport={"width": width, "height": 900},
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_later_widget_s_style_changes_nothing(show):
    """Each widget of a notebook brings the frame's style anew, after the others' own."""
    page = show(*(example.usual() for example in EXAMPLES.values()))
    open_all(page)
    looks = """() => [...document.querySelectorAll(".ac *")].map((node) => {
        const style = getComputedStyle(node);
        const names = ["display", "padding", "margin", "textAlign", "fontSize", "color",
            "backgroundColor", "boxShadow", "borderSpacing", "width"];
        return node.className + ": " + names.map((name) => style[name]).join(" | ");
    })"""
    before = page.evaluate(looks)
    assert len(before) > 100 * len(EXAMPLES)
    for kind in reversed(EXAMPLES):
        page.add_style_tag(content="\n".join(kind.styles()))
        after = page.evaluate(looks)
        changed = {a: b for a, b in zip(before, after, strict=True) if a != b}
        assert changed == {}, f"by {kind.__name__}'s style, once more"
