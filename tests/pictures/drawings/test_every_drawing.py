"""Every drawing can be read: its words, its labels, its room, its colours."""

import re
from itertools import combinations, pairwise, product
from xml.etree import ElementTree

import pytest

from attention_course.pictures.drawings import draw, drawings
from attention_course.pictures.drawings.shared.palette import PALETTE
from attention_course.pictures.drawings.shared.pen import WIDTH, Box, Pen

SVG = "{http://www.w3.org/2000/svg}"
PHONE = 320  # what a phone of 360 pixels leaves for the text, in pixels

every_drawing = pytest.mark.parametrize("made", drawings().values(), ids=drawings())


def tree(made) -> ElementTree.Element:
    return ElementTree.fromstring(made.svg())


def test_there_is_a_drawing_for_each_idea():
    assert len(drawings()) >= 16
    for chapter in range(1, 7):
        assert sum(chapter in made.chapters for made in drawings().values()) >= 2


def test_an_unknown_name_is_told():
    with pytest.raises(
        ValueError, match=r"name: expected one of .*heads.*, got 'tails'"
    ):
        draw("tails")


@every_drawing
def test_a_notebook_gets_svg_and_words(made):
    data, told = made._repr_mimebundle_()
    assert data == {"image/svg+xml": made.svg(), "text/plain": made.words}
    assert told == {"image/svg+xml": {"alt": made.words}}
    assert draw(made.name) is made


@every_drawing
def test_its_words_say_enough_and_no_more(made):
    assert 120 < len(made.words) < 560
    assert "  " not in made.words
    assert made.words.endswith(".")
    root = tree(made)
    assert root.get("aria-label") == made.words
    assert root.get("role") == ("group" if made.links else "img")


@every_drawing
def test_its_labels_are_text_that_a_phone_can_show(made):
    texts = tree(made).findall(f".//{SVG}text")
    said = ["".join(text.itertext()) for text in texts]
    assert len(said) == len(made.pen.labels) >= 5
    assert all(said), "an empty label"
    scale = PHONE / WIDTH
    for text in texts:
        assert float(text.get("font-size")) * scale >= 12
        for part in text:
            size = float(part.get("font-size", text.get("font-size")))
            assert size * scale >= 10, "".join(text.itertext())


@every_drawing
def test_nothing_lies_outside(made):
    room = Box(0, 0, WIDTH, made.height)
    for name, box in [
        *((label.text, label.room) for label in made.pen.labels),
        *(("a shape", shape) for shape in made.pen.shapes),
    ]:
        assert is_in(box, room), f"{name}: {box}"


def is_in(inner: Box, outer: Box) -> bool:
    return (
        inner.x >= outer.x
        and inner.y >= outer.y
        and inner.x + inner.w <= outer.x + outer.w
        and inner.y + inner.h <= outer.y + outer.h
    )


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.w
        and other.x < one.x + one.w
        and one.y < other.y + other.h
        and other.y < one.y + one.h
    )


@every_drawing
def test_no_two_labels_overlap(made):
    for one, other in combinations(made.pen.labels, 2):
        assert not overlap(one.room, other.room), f"{one.text!r} and {other.text!r}"


def test_what_is_outside_or_on_another_is_found():
    pen = Pen(100)
    pen.text(170, 50, "one")
    pen.text(172, 55, "other")
    pen.text(335, 50, "outside")
    one, other, outside = (label.room for label in pen.labels)
    assert overlap(one, other)
    assert not overlap(one, outside)
    assert is_in(one, Box(0, 0, WIDTH, 100))
    assert not is_in(outside, Box(0, 0, WIDTH, 100))


@every_drawing
def test_a_label_fits_into_its_box(made):
    for label, box in made.pen.inside:
        assert is_in(label.room, box), label.text


def segments(path):
    return list(pairwise(path))


def cross(one, other) -> bool:
    """Whether two segments cross, which is more than that one ends on the other."""

    def side(a, b, c) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    (a, b), (c, d) = one, other
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


@every_drawing
def test_no_two_arrows_cross(made):
    arrows, lines = made.pen.arrows, made.pen.lines
    for one, other in [*combinations(arrows, 2), *product(arrows, lines)]:
        for first, second in product(segments(one), segments(other)):
            assert not cross(first, second), f"{first} and {second}"


@every_drawing
def test_no_arrow_runs_through_a_label(made):
    for label, path in product(made.pen.labels, made.pen.arrows + made.pen.lines):
        for (xa, ya), (xb, yb) in segments(path):
            line = Box(min(xa, xb), min(ya, yb), abs(xb - xa), abs(yb - ya))
            assert not overlap(label.room, line), f"{label.text!r}: {path}"


def test_crossing_is_found_and_touching_is_none():
    down = ((10, 0), (10, 20))
    assert cross(down, ((0, 10), (20, 10)))
    assert not cross(down, ((10, 10), (20, 10)))  # leaves from it
    assert not cross(down, ((0, 20), (20, 20)))
    assert not cross(down, ((12, 0), (12, 20)))


@every_drawing
def test_its_colours_are_those_of_the_palette(made):
    both = {colour for paint in PALETTE.values() for pair in paint for colour in pair}
    used = re.findall(r"#[0-9a-f]{3,6}\b", made.svg())
    assert len(used) > 10
    assert set(used) <= both
    for element in tree(made).iter():
        for name in ("fill", "stroke"):
            value = element.get(name, "none")
            assert value == "none" or value.startswith("#"), value


@every_drawing
def test_it_needs_nothing_but_itself(made):
    text = made.svg()
    assert " id=" not in text, "two drawings in a page would share an identifier"
    assert not re.search(r"<(?:script|image|use|foreignObject)\b|url\(|@import", text)
    assert len(text) < 20_000


def luminance(colour: str) -> float:
    shares = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("role", sorted(PALETTE.keys() - {"ink", "soft", "asks"}))
def test_labels_and_lines_can_be_seen(role, theme):
    paint, ground = PALETTE[role], PALETTE["ground"].fill[theme]
    assert contrast(PALETTE["ink"].line[theme], paint.fill[theme]) >= 7
    assert contrast(paint.line[theme], ground) >= 3
    if role in ("ground", "plain", "weight"):  # where softer labels stand
        assert contrast(PALETTE["soft"].line[theme], paint.fill[theme]) >= 4.5
