"""What the tests of the widgets share: reading numbers, tables and pages."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import pytest
import torch
from PIL import Image

# Numbers as a reader sees them: a real minus sign, commas between thousands.


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


def numbers_in(text):
    """List all numbers of a text."""
    return [number(part) for part in re.findall(r"[−-]?\d[\d,]*\.?\d*", text)]


def decimals_in(text):
    """List the numbers of a text that have a decimal point."""
    return [number(part) for part in re.findall(r"[−-]?\d[\d,]*\.\d+", text)]


def near(numbers, digits=2):
    """Equal up to the rounding to so many decimals."""
    return pytest.approx(numbers, abs=0.5001 * 10**-digits)


def apart(mine, torchs):
    """Return the largest difference of two arrays of the same shape."""
    mine = torch.as_tensor(mine, dtype=torch.double)
    torchs = torch.as_tensor(torchs, dtype=torch.double)
    assert mine.shape == torchs.shape
    assert mine.isfinite().all()
    return float((mine - torchs).abs().max())


def picker(generator):
    """Return a function that draws a whole number from a range, both ends included."""

    def pick(low, high):
        return int(torch.randint(low, high + 1, (), generator=generator))

    return pick


# What a notebook stores, and what a browser without scripts makes of it.


class Page(HTMLParser):
    """A widget's HTML, or any other, taken apart: its tags, and the texts of its tables."""

    def __init__(self, shown):
        super().__init__()
        if not isinstance(shown, str):
            shown = shown._repr_mimebundle_()[0]["text/html"]
        self.text = shown
        self.elements, self.rows, self.captions, self._into = [], [], [], None
        self.feed(shown)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "caption":
            self.captions.append("")
        self._into = tag

    def handle_endtag(self, tag):
        self._into = None

    def handle_data(self, data):
        if self._into in ("td", "th"):
            self.rows[-1][-1] += data
        if self._into == "caption":
            self.captions[-1] += data

    @property
    def tags(self):
        return {tag for tag, _ in self.elements}

    @property
    def caption(self):
        return self.captions[0]

    @property
    def figure(self):
        return self.one("figure")

    def one(self, tag):
        (found,) = self.all(tag)
        return found

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def picture_of(widget):
    """Read the picture back that stands in the view without scripts, ``(H, W)``."""
    image = Page(widget).one("img")
    data = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"))
    picture = Image.open(io.BytesIO(data))
    assert [str(size) for size in picture.size] == [image["width"], image["height"]]
    levels = torch.tensor(list(picture.tobytes()), dtype=torch.uint8)
    return levels.reshape(picture.height, picture.width), image["alt"]


# A page in a real browser.


def box_of(page, kind):
    """Find the first widget of a class on a page."""
    return page.locator(f'figure[data-ac-module="{kind.module}"]').first


class Twin:
    """A page with a widget, and the Python object that it must agree with.

    ``check(box, widget)`` compares all that the page shows with the object.
    """

    def __init__(self, show, kind, check, **state):
        self.widget, self.check = kind(**state), check
        self.page = show(kind(**state))
        self.box = self.page.locator(".ac-widget")
        self.agree()

    def agree(self):
        self.check(self.box, self.widget)

    def now(self, **changes):
        """Expect these changes on the page, and all that follows from them."""
        self.widget.set_state(changes)
        self.agree()

    def slider(self, name, **options):
        return self.box.get_by_role("slider", name=name, **options)


def cells_of(table):
    """Read a table's body, row by row, without the headers."""
    return table.locator("tbody tr").evaluate_all(
        """(rows) => rows.map((row) =>
            [...row.querySelectorAll("td")].map((cell) => cell.innerText.trim()))"""
    )


def numbers_of(texts):
    """Read one number from each of a locator's texts."""
    return torch.tensor([number(text) for text in texts.all_inner_texts()])


def heads_of(table):
    return table.locator("tbody th").all_inner_texts()


def open_all(page):
    """Unfold everything on a page, and wait for the tables that are written only then."""
    page.locator("details").evaluate_all(
        "(nodes) => nodes.forEach((node) => { node.open = true; })"
    )
    page.wait_for_function(
        """() => [...document.querySelectorAll(".ac details")].every(
            (details) => [...details.children].slice(1).some((c) => c.textContent.trim()))"""
    )


# Moving a control by its label, for JavaScript.

MOVES = """
    const inputOf = (root, text) => {
        const labels = [...root.querySelectorAll("label")];
        return labels.find((one) => one.querySelector("span")?.textContent === text).control;
    };
    const valuesOf = (input) => {
        if (input.options) return [...input.options].map((option) => option.value);
        const low = Number(input.min);
        const step = Number(input.step) || 1;
        const steps = Math.round((input.max - low) / step);
        return Array.from({ length: steps + 1 }, (_, n) => String(low + n * step));
    };
    const same = (input, value) =>
        input.options ? input.value === value : Number(input.value) === Number(value);
    const move = (input, value) => {
        input.value = value;
        input.dispatchEvent(new Event(input.options ? "change" : "input"));
    };
"""

# Colours: how far texts and marks stand out from what is behind them.

CONTRASTS = """(root) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const pixel = (colours) => {
        context.clearRect(0, 0, 1, 1);
        for (const colour of colours) {
            context.fillStyle = colour;
            context.fillRect(0, 0, 1, 1);
        }
        return [...context.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([r, g, b]) => {
        const linear = [r, g, b].map((value) => {
            const share = value / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const groundOf = (node) => {
        const layers = [];
        for (let up = node; up; up = up.parentElement) {
            layers.unshift(getComputedStyle(up).backgroundColor);
            // Stripes: the worse of the two colours counts.
            const stripes = getComputedStyle(up).backgroundImage.match(/rgb[^)]*[)]/);
            if (stripes) layers.splice(1, 0, stripes[0]);
        }
        return layers;
    };
    const contrast = (layers, colour) => {
        const both = [pixel(layers), pixel([...layers, colour])].map(luminance);
        return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    };
"""
TEXT_CONTRASTS = f"""{CONTRASTS}
    const results = [];
    for (const node of root.querySelectorAll("*")) {{
        const nodes = [...node.childNodes];
        const own = nodes.some((child) => child.nodeType === 3 && child.data.trim());
        if (!own || !node.checkVisibility()) continue;
        const layers = groundOf(node);
        const name = node.className || node.tagName;
        results.push([contrast(layers, getComputedStyle(node).color), name,
            node.textContent, pixel(layers)]);
    }}
    return results;
}}"""
MARK_CONTRASTS = f"""{CONTRASTS.replace("(root) =>", "(root, marks) =>")}
    const results = [];
    const look = (node, colour, name) =>
        results.push([contrast(groundOf(node.parentElement), colour), name]);
    for (const [selector, property] of Object.entries(marks)) {{
        const nodes = [...root.querySelectorAll(selector)];
        if (!nodes.length) results.push([0, `no ${{selector}}`]);
        for (const node of nodes) look(node, getComputedStyle(node)[property], selector);
    }}
    // Whatever else is drawn as a line, and the edges of what can be used.
    for (const node of root.querySelectorAll("svg *")) {{
        const {{ stroke }} = getComputedStyle(node);
        if (stroke !== "none") look(node, stroke, node.outerHTML.slice(0, 80));
    }}
    const controls = root.querySelectorAll(
        "select, button, input:not([type=range], [type=radio], [type=checkbox])");
    for (const node of controls) {{
        if (node.disabled || node.ariaDisabled === "true" || !node.checkVisibility()) continue;
        look(node, getComputedStyle(node).borderTopColor, node.outerHTML.slice(0, 80));
    }}
    const focused = root.querySelector("input, select, button, [tabindex='0']");
    focused.focus();
    look(focused, getComputedStyle(focused).outlineColor, "the focus");
    return results;
}}"""


def is_bright(colour):
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) > 3 * 128
