"""Sphinx extension: the room that each widget will take is kept from the start.

What stands for a widget until its script has come is a quarter as high. The heights are
measured in a browser, for a phone and for a wide page, and stand in ``widget_room.json``:

    python -m bookbuild room _build/html

``tests/site/test_arrival.py`` says when that has to be done again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

MEASURED = Path(__file__).with_suffix(".json")
WIDGET = re.compile(r'<figure class="ac-widget"')

Room = Sequence[int]  # pixels on a phone, and on a wide page


def with_room(body: str, rooms: Sequence[Room]) -> str:
    """Write into each widget's place, in their order, how high it will be."""
    remaining = iter(rooms)

    def kept(place: re.Match[str]) -> str:
        room = next(remaining, None)
        if room is None:
            return place[0]
        narrow, wide = room
        return f'{place[0]} style="--ac-narrow: {narrow}px; --ac-wide: {wide}px"'

    return WIDGET.sub(kept, body)


def keep_room(
    app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any
) -> None:
    """Keep the widgets' room on a page."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    if page in measured:
        context["body"] = with_room(context["body"], measured[page])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", keep_room)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
