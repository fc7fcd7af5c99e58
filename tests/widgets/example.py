"""What the tests that run over every widget show and move.

A widget's own ``example.py`` (``tests/widgets/NAME/``) says it in one ``EXAMPLE``, which
``every.py`` finds; nothing else has to be written for test_every_widget.py,
test_every_page.py and test_every_look.py to run over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from attention_course.widgets import CourseWidget

HOSTILE = "</script><b>\"'><img src=x onerror='hacked = 1'></figure>"
LONG = "Donaudampfschifffahrtsgesellschaft"


@dataclass(frozen=True, kw_only=True)
class Example:
    """How to show one widget.

    Args:
        chapter: where it belongs; a page loads the scripts of a chapter together.
        usual: makes one as a chapter shows it, with all of its controls in sight; takes
            state by name.
        changed: a state that a usual one can be brought into, far from where it starts.
        largest: makes one with as much in it as it takes, or nearly.
        colours: makes one with as many colours in it as it has; the largest by default.
        n_colours: how many different grounds its texts then stand on, at least.
        says: texts that are to be among those; for kinds of text that are easily missed.
        hostile: makes one with ``HOSTILE`` and ``&lt;`` for each text that a caller gives.
            None only for a widget that takes no text.
        texts: where they must stand in the page, as they are: selector → texts.
        n_sliders, n_controls: how many sliders, and at least how many other named things,
            a usual one has.
        tick: tick boxes that bring out more text.
        moves: controls that are moved through their values, by the tests and by
            benchmarks/widgets.py: label → what makes the widget, a large one.
            The first is there in the usual one too.
        scrolls: names of the boxes that scroll in the largest one at 360 pixels.
        drawn: what is data in colour, beside what a number paints: selectors.
        marks: drawings that must stand out from the ground: selector → property of style.
    """

    chapter: int
    usual: Callable[..., CourseWidget]
    changed: dict[str, Any]
    largest: Callable[..., CourseWidget]
    colours: Callable[[], CourseWidget] | None = None
    n_colours: int
    says: tuple[str, ...] = ()
    hostile: Callable[[], CourseWidget] | None
    texts: dict[str, list[str]] = field(default_factory=dict)
    n_sliders: int
    n_controls: int
    tick: tuple[str, ...] = ()
    moves: dict[str, Callable[[], CourseWidget]]
    scrolls: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    marks: dict[str, str] = field(default_factory=dict)


def random(seed):
    return torch.Generator().manual_seed(seed)
