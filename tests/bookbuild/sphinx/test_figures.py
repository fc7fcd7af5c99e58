"""Figures keep their place, wait and are light, on pages written here; none is built."""

import numpy as np
import pytest
from PIL import Image

from bookbuild.sphinx import figures


def size_of(address):
    """Tell the size of the only two pictures there are."""
    return {"../_images/a b.png": (837, 496), "../_static/logo.svg": (44, 44)}.get(
        address
    )


def mended(page):
    return figures.placed(page, size_of)


WAITS = 'loading="lazy" decoding="async"'
PLACE = f'{WAITS} width="837" height="496" style="height: auto"'


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (
            '<img alt="a" src="../_images/a%20b.png" />',
            f'<img alt="a" src="../_images/a%20b.png" {PLACE}>',
        ),
        ("<img src='../_images/a b.png'>", f"<img src='../_images/a b.png' {PLACE}>"),
        (
            '<img alt="if a > b, width=3" src="../_images/a b.png">',
            f'<img alt="if a > b, width=3" src="../_images/a b.png" {PLACE}>',
        ),
        (
            '<img\n  alt="two\n  lines" src="../_images/a b.png">',
            f'<img\n  alt="two\n  lines" src="../_images/a b.png" {PLACE}>',
        ),
        # the author's size stays, the theme's icons have theirs from its style
        (
            '<img src="../_images/a b.png" width="50%">',
            f'<img src="../_images/a b.png" width="50%" {WAITS}>',
        ),
        ('<img src="../_static/logo.svg">', f'<img src="../_static/logo.svg" {WAITS}>'),
    ],
)
def test_a_picture_keeps_its_place_and_waits(tag, expected):
    page = f"<p>before</p>{tag}<p>after</p>"
    assert mended(page) == f"<p>before</p>{expected}<p>after</p>"


@pytest.mark.parametrize(
    "tag",
    [
        '<img src="data:image/png;base64,AAAA" width="224">',
        '<img src="https://example.org/a.png">',
        '<img src="//example.org/_images/a.png">',
        '<img src="../_images/a b.png" loading="eager">',
        '<img alt="no source">',
        "<imgs src='../_images/a b.png'>",
        "&lt;img src='../_images/a b.png'&gt;",
    ],
)
def test_other_pictures_stay(tag):
    assert figures.placed(tag, lambda _: (7, 5)) == tag


def test_a_picture_that_is_not_there_stays():
    tag = '<img src="../_images/not there.png">'
    assert mended(tag) == tag


def test_mending_twice_changes_nothing():
    page = '<img src="../_images/a b.png">'
    once = mended(page)
    assert once != page
    assert mended(once) == once


# --- sizes ---------------------------------------------------------------------------


def test_the_size_of_a_png(tmp_path):
    Image.new("L", (7, 5)).save(tmp_path / "a.png")
    assert figures.size_near(tmp_path, "a.png") == (7, 5)


@pytest.mark.parametrize("name", ["none.png", "none.svg", ".", "page.html"])
def test_what_is_no_picture_has_no_size(tmp_path, name):
    (tmp_path / "page.html").write_text("<p>no picture</p>")
    assert figures.size_near(tmp_path, name) is None


@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        ('<svg width="70" height="50">', (70, 50)),
        ("<svg width='70px' height='50.4px'>", (70, 50)),
        ('<svg width="72pt" height="36pt" viewBox="0 0 9 9">', (96, 48)),
        ('<svg width="100%" height="100%" viewBox="0 0 44.4 30">', None),
        ('<svg stroke-width="3" line-height="2">', None),
        ('<svg width="3em" height="2em">', None),
        ("<p>no drawing</p>", None),
    ],
)
def test_the_size_of_an_svg(tmp_path, opening, expected):
    path = tmp_path / "a.svg"
    path.write_text(opening + "</svg>", encoding="utf-8")
    assert figures.size_near(tmp_path, "a.svg") == expected


def noise(path, seed, size):
    """A picture that no compression makes small, and its chart-like opposite."""
    generator = np.random.default_rng(seed)
    Image.fromarray(generator.integers(0, 256, (*size, 3), dtype=np.uint8)).save(path)
    return path


def test_a_large_picture_keeps_256_colours_and_its_size(tmp_path):
    path = noise(tmp_path / "photo.png", 0, (211, 307))
    before = path.stat().st_size
    figures.lighten(path)
    assert path.stat().st_size <= before / 2
    with Image.open(path) as after:
        assert after.size == (307, 211)
        assert len(after.convert("RGB").getcolors(1000)) <= 256
    once = path.read_bytes()
    figures.lighten(path)
    assert path.read_bytes() == once


def test_a_small_picture_stays_as_it_is(tmp_path):
    path = noise(tmp_path / "small.png", 1, (31, 37))
    before = path.read_bytes()
    figures.lighten(path)
    assert path.read_bytes() == before
