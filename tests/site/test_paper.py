"""A page on paper: light, readable without backgrounds, and nothing vanishes without a word."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

# Luminance of a colour, as WCAG has it; contrast of two.
COLOURS = """
const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
"""
# Every piece of the page's own text whose ink is too pale for white paper.
PALE = (
    "() => {"
    + COLOURS
    + """
    const pale = new Set();
    const texts = document.createTreeWalker(
        document.querySelector("article"), NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const { parentElement } = text;
        if (!text.data.trim() || !parentElement.checkVisibility()) continue;
        if (parentElement.closest(".ac-widget, noscript, mjx-container")) continue;
        const contrast = 1.05 / (luminance(getComputedStyle(parentElement).color) + 0.05);
        if (contrast < 4.5)
            pale.add(`${contrast.toFixed(1)} ${parentElement.className}: ${text.data.trim()}`);
    }
    return [...pale].slice(0, 5);
}"""
)
CHAPTERS = [
    "01-embedding",
    "02-encoder-decoder",
    "03-attention",
    "04-self-attention",
    "05-image-video-attention",
    "06-attention-today",
]
DARK = "() => document.documentElement.dataset.theme === 'dark'"
LIGHT = "() => document.documentElement.dataset.theme === 'light'"


def is_dark(page):
    """Whether the page stands on a dark ground."""
    return page.evaluate(
        "() => {" + COLOURS + "return luminance(getComputedStyle(document.body)"
        ".backgroundColor) < 0.2 }"
    )


@pytest.mark.parametrize("name", [*CHAPTERS, "glossary", "index"])
def test_a_page_printed_while_dark_can_be_read_on_white_paper(open_page, site, name):
    page = open_page(f"{site}/book/{name}.html", color_scheme="dark")
    assert is_dark(page)
    page.emulate_media(media="print")
    page.wait_for_function(LIGHT)  # told by an event, a moment later
    assert page.evaluate(PALE) == []
    assert not is_dark(page)
    page.emulate_media(media="screen")
    page.wait_for_function(DARK)
    assert is_dark(page)


# The right edges of all opened tables that lie outside the paper.
BEYOND = """() => [...document.querySelectorAll("article table")]
    .filter((table) => table.checkVisibility())
    .map((table) => table.getBoundingClientRect().right)
    .filter((right) => right > innerWidth + 1)"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_an_opened_table_is_not_cut_on_paper(open_page, site, name):
    page = open_page(f"{site}/book/{name}.html", viewport={"width": 700, "height": 900})
    page.evaluate(
        "for (const each of document.querySelectorAll('details')) each.open = true"
    )
    before = page.evaluate(BEYOND)
    page.emulate_media(media="print")
    page.wait_for_function(LIGHT)
    assert page.evaluate(BEYOND) == []
    page.emulate_media(media="screen")
    page.wait_for_function(f"() => ({BEYOND})().length === {len(before)}")


def test_printing_while_dark_is_light_at_the_moment_of_printing(open_page, site):
    page = open_page(f"{site}/book/glossary.html", color_scheme="dark")
    page.evaluate(
        "() => addEventListener('beforeprint', () => {"
        " globalThis.ink = getComputedStyle(document.body).color; })"
    )
    before = page.evaluate("() => getComputedStyle(document.body).color")
    page.pdf()
    assert page.evaluate("() => globalThis.ink") != before
    assert is_dark(page)


def test_a_choice_made_by_hand_comes_back_after_printing(open_page, site):
    page = open_page(f"{site}/book/glossary.html", color_scheme="light")
    button = page.get_by_role("button", name="light/dark")
    button.click()
    assert is_dark(page)
    page.pdf()
    assert is_dark(page)


# What is folded: its summary, what the print style puts before it, whether the rest shows.
FOLDED = """() => [...document.querySelectorAll("article details:not([open])")].map((part) => {
    const summary = part.querySelector("summary");
    const inside = [...part.children].find((child) => child !== summary);
    return [
        summary.textContent.trim(),
        getComputedStyle(summary, "::before").content,
        inside ? inside.checkVisibility() : true,
    ];
})"""


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("name", CHAPTERS)
def test_what_is_folded_is_open_on_paper_or_leaves_a_word(
    open_page, site, name, scripts
):
    page = open_page(f"{site}/book/{name}.html", java_script_enabled=scripts)
    page.emulate_media(media="print")
    parts = page.evaluate(FOLDED)
    assert len(parts) > 20
    vanished = [
        summary
        for summary, before, shows in parts
        if not shows and before != '"Folded on the page: "'
    ]
    assert vanished == []
    opened = {summary.split()[0] for summary, _, shows in parts if shows}
    assert opened <= {"Answer", "Show"}  # "Show code cell source"
    assert "Answer" in opened
    hints = [before for summary, before, _ in parts if summary.startswith("Hint")]
    assert hints
    assert set(hints) == {'"Folded on the page: "'}


def test_folded_code_stands_on_the_printed_page(open_page, site):
    page = open_page(f"{site}/book/01-embedding.html")
    code = page.locator("details.hide .cell_input").first
    assert not code.is_visible()
    page.emulate_media(media="print")
    assert code.is_visible()
    assert not page.get_by_text("Show code cell source").first.is_visible()
