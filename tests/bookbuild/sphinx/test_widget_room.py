"""The room of widgets is written into their places, in their order."""

import json

from bookbuild.sphinx import widget_room

FIGURE = '<figure class="ac-widget" data-ac-module="{}">…</figure>'


def test_each_widget_gets_its_own_room():
    body = f"<p>{FIGURE.format('a')}</p>{FIGURE.format('b')}"
    kept = widget_room.with_room(body, [[900, 500], [1200, 700]])
    first, second = kept.split("</p>")
    assert 'class="ac-widget" style="--ac-narrow: 900px; --ac-wide: 500px"' in first
    assert 'style="--ac-narrow: 1200px; --ac-wide: 700px"' in second


def test_a_widget_that_was_not_measured_is_left_alone():
    body = FIGURE.format("a") + FIGURE.format("b")
    kept = widget_room.with_room(body, [[900, 500]])
    assert kept.endswith(FIGURE.format("b"))
    assert kept.count("style=") == 1
    assert widget_room.with_room(body, []) == body


def test_what_was_measured_is_for_pages_with_two_widths():
    measured = json.loads(widget_room.MEASURED.read_text(encoding="utf-8"))
    assert "book/index" in measured
    for rooms in measured.values():
        assert all(narrow > wide > 300 for narrow, wide in rooms)
