"""Drawings as a browser sets them: every label has its room, in light and in dark."""

from io import BytesIO

import pytest
from PIL import Image

from attention_course.pictures.drawings import drawings
from attention_course.pictures.drawings.shared.palette import PALETTE

pytestmark = pytest.mark.browser

# What is wrong with the labels of each drawing of a page, as the browser has set them.
FAULTS = """() => [...document.querySelectorAll("svg.ac-drawing")].map((svg) => {
    const room = svg.getBoundingClientRect(), faults = [];
    const scale = room.width / svg.viewBox.baseVal.width;
    const texts = [...svg.querySelectorAll("text")].map((text) => {
        const { left, right, top, bottom } = text.getBoundingClientRect();
        const air = (bottom - top) * 0.25;  // a line is higher than its letters
        return { said: text.textContent, left, right, top: top + air, bottom: bottom - air };
    });
    for (const part of svg.querySelectorAll("text, tspan")) {
        const size = parseFloat(getComputedStyle(part).fontSize) * scale;
        if (size < 10) faults.push(`${part.textContent}: ${size} pixels`);
    }
    for (const [n, one] of texts.entries()) {
        if (one.left < room.left || one.right > room.right
            || one.top < room.top || one.bottom > room.bottom)
            faults.push(`${one.said} is outside`);
        for (const other of texts.slice(0, n))
            if (one.left < other.right && other.left < one.right
                && one.top < other.bottom && other.top < one.bottom)
                faults.push(`${one.said} is on ${other.said}`);
    }
    return faults;
})"""
COLOURS = """() => [...document.querySelectorAll("svg.ac-drawing")].map((svg) =>
    ["rect", "text"].map((tag) => getComputedStyle(svg.querySelector(tag)).fill))"""


def page_of_all(width: int, theme: str = "") -> str:
    svgs = "".join(
        f'<div style="width: {width}px">{made.svg()}</div>'
        for made in drawings().values()
    )
    chosen = f' data-theme="{theme}"' if theme else ""
    return f"<!doctype html><html{chosen}><body>{svgs}</body></html>"


@pytest.mark.parametrize("width", [320, 700])
def test_every_label_has_its_room(browser, width):
    page = browser.new_page(viewport={"width": width + 20, "height": 800})
    page.set_content(page_of_all(width))
    found = dict(zip(drawings(), page.evaluate(FAULTS), strict=True))
    page.close()
    assert len(found) >= 16
    assert {name: faults for name, faults in found.items() if faults} == {}


def rgb(colour: str) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


@pytest.mark.parametrize(
    ("theme", "system", "expected"),
    [
        ("", "light", 0),
        ("", "dark", 1),
        ("light", "dark", 0),  # the page's own switch wins
        ("dark", "light", 1),
    ],
)
def test_the_colours_follow_the_page(browser, theme, system, expected):
    page = browser.new_page(color_scheme=system)
    page.set_content(page_of_all(320, theme))
    ground, ink = PALETTE["ground"].fill[expected], PALETTE["ink"].line[expected]
    soft = PALETTE["soft"].line[expected]
    for first, text in page.evaluate(COLOURS):
        assert first == rgb(ground)
        assert text in (rgb(ink), rgb(soft))
    page.close()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_an_image_of_a_drawing_follows_the_system(browser, system, tmp_path):
    """JupyterLab shows a drawing as an image, which no style of the page reaches."""
    (tmp_path / "drawing.svg").write_text(drawings()["heads"].svg(), encoding="utf-8")
    page = browser.new_page(color_scheme=system)
    (tmp_path / "page.html").write_text('<img src="drawing.svg">')
    page.goto((tmp_path / "page.html").as_uri())
    assert page.evaluate("document.images[0].naturalWidth") == 425
    shot = page.locator("img").screenshot()
    page.close()
    with Image.open(BytesIO(shot)) as picture:
        corner = picture.convert("RGB").getpixel((picture.width // 2, 3))
    ground = PALETTE["ground"].fill[system == "dark"]
    assert rgb(ground) == f"rgb{corner}"
