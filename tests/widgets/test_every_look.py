"""How every widget looks in a real browser: colours, and the room that it takes."""

from __future__ import annotations

import io
import math
import re

import pytest
from pypdf import PdfReader

from tests.widgets.every import EXAMPLES, WIDGETS, every
from tests.widgets.helpers import (
    CONTRASTS,
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


# Where colours are taken away: forced colours, a printer that saves ink, a dark page's print.

PAINTED = ("[style*='--ac-share']", "[style*='background-color']")
DATA = f"""{CONTRASTS.replace("(root) =>", "(root, selectors) =>")}
    const nodes = [...root.querySelectorAll(selectors)].filter((n) => n.checkVisibility());
    return nodes.map((node) => {{
        const style = getComputedStyle(node);
        const behind = groundOf(node.parentElement);
        const edge = style.boxShadow.match(/rgb[^)]*[)]/)?.[0] ?? style.borderTopColor;
        return {{
            name: node.className,
            ground: style.backgroundColor,
            // How far the thing itself, or its edge, stands out from what is behind it.
            seen: Math.max(contrast(behind, style.backgroundColor), contrast(behind, edge)),
            exact: style.printColorAdjust === "exact",
            // Not scrolled out of sight, and painted: the masked ones are striped instead.
            fills: style.backgroundColor !== "rgba(0, 0, 0, 0)" &&
                !(node.getBoundingClientRect().right >
                    node.closest(".ac-scroll")?.getBoundingClientRect().right),
        }};
    }});
}}"""


def data_of(page, kind):
    selectors = ", ".join((*PAINTED, *EXAMPLES[kind].drawn))
    return page.locator(".ac").evaluate(DATA, selectors)


# Colours as a canvas paints them, as whole levels.
PIXELS = f"""{CONTRASTS.replace("(root) =>", "(root, colours) =>")}
    return colours.map((colour) => pixel([colour]).slice(0, 3));
}}"""


@schemes
@every
def test_data_survive_forced_colours(show, kind, scheme):
    make = EXAMPLES[kind].colours or EXAMPLES[kind].largest
    usual = show(make(), color_scheme=scheme)
    forced = show(make(), color_scheme=scheme, forced_colors="active")
    for page in (usual, forced):
        everything_shown(page, kind)
    expected, found = data_of(usual, kind), data_of(forced, kind)
    assert [one["ground"] for one in found] == [one["ground"] for one in expected]
    assert [one for one in found if one["seen"] < 3] == []
    edges = "(all) => all.map((canvas) => getComputedStyle(canvas).outlineStyle)"
    assert {*forced.locator(".ac canvas").evaluate_all(edges)} <= {"solid"}
    texts = forced.locator(".ac").evaluate(TEXT_CONTRASTS)
    assert [text[:3] for text in texts if text[0] < 4.5] == []


def fills_of(pdf):
    """Read the colours of all areas of a PDF, as whole levels from 0 to 255."""
    found = set()
    for page in PdfReader(io.BytesIO(pdf)).pages:
        content = page.get_contents().get_data().decode("latin-1")
        for level in re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) rg", content):
            found.add(tuple(round(255 * float(share)) for share in level))
    return found


@every
def test_data_are_printed_without_the_backgrounds(show, kind):
    page = show(EXAMPLES[kind].usual())
    everything_shown(page, kind)
    page.emulate_media(media="print")
    data = data_of(page, kind)
    assert all(one["exact"] for one in data)
    shown = [one["ground"] for one in data if one["fills"]]
    grounds = {tuple(g) for g in page.locator(".ac").evaluate(PIXELS, shown)}
    assert grounds
    fills = fills_of(page.pdf(print_background=False))
    # Paper rounds otherwise than a canvas, by a level at most.
    lost = {g for g in grounds if not any(math.dist(g, fill) < 2 for fill in fills)}
    assert lost == set()


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        ("html", "data-theme", "dark"),
        ("body", "data-jp-theme-light", "false"),
        ("body", "class", "vscode-dark"),
        ("html", "theme", "dark"),
    ],
)
def test_a_dark_page_is_printed_in_light_colours(show, where, name, value):
    page = show(*(one.usual() for one in EXAMPLES.values()), color_scheme="dark")
    page.locator(where).evaluate(
        "(node, [name, value]) => node.setAttribute(name, value)", [name, value]
    )
    colours = """(all) => all.map((node) => getComputedStyle(node))
        .flatMap(({ color, backgroundColor }) => [backgroundColor, color])"""
    for medium, bright in [("screen", [False, True]), ("print", [True, False])]:
        page.emulate_media(media=medium)
        found = page.locator(".ac").evaluate_all(colours)
        assert [is_bright(colour) for colour in found] == bright * len(EXAMPLES), medium
