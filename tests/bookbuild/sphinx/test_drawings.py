"""Drawings stand in the page itself; other pictures stay images."""

import pytest
from docutils import nodes
from docutils.utils import new_document
from sphinx.errors import ExtensionError

from attention_course.pictures.drawings import draw
from bookbuild.sphinx import drawings


def test_a_page_in_markdown_gets_its_drawing():
    page = "before\n\n<!-- drawing: heads -->\n\nafter"
    svg = draw("heads").svg()
    assert drawings.placed(page) == f"before\n\n<div>{svg}</div>\n\nafter"
    assert "\n\n" not in svg, "an empty line would end the HTML and begin Markdown"


def test_a_name_that_no_drawing_has_stops_the_build():
    with pytest.raises(ExtensionError, match="expected one of .*heads.*, got 'tails'"):
        drawings.placed("<!-- drawing: tails -->")


def page_with(*names):
    tree = new_document("page")
    tree += [nodes.image(uri=name) for name in names]
    return tree


def test_the_image_of_a_drawing_gives_way_to_it(tmp_path):
    (tmp_path / "ours.svg").write_text(draw("heads").svg(), encoding="utf-8")
    (tmp_path / "other.svg").write_text("<svg><text>5</text></svg>", encoding="utf-8")
    tree = page_with("/ours.svg", "/other.svg", "/none.svg", "/photo.png")
    drawings.opened(tree, tmp_path)
    first, *others = tree.children
    assert isinstance(first, nodes.raw)
    assert first["format"] == "html"
    assert first.astext() == draw("heads").svg()
    assert [image["uri"] for image in others] == [
        "/other.svg",
        "/none.svg",
        "/photo.png",
    ]
