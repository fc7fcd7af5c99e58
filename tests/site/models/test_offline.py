"""A page whose model was loaded opens again without a network, the model with it."""

from __future__ import annotations

import pytest

from attention_course.widgets import AlignmentViewer
from tests.site.models.pages import load, widget
from tests.site.offline import parts_of, wait_until_kept

pytestmark = pytest.mark.browser


def test_after_the_first_load_it_needs_no_network_at_all(visit, home, folder):
    page = visit(home)
    load(page, AlignmentViewer)
    wait_until_kept(page, parts_of(folder, "index.html"))
    page.context.set_offline(True)
    page.reload(wait_until="load")
    place = load(page, AlignmentViewer)
    place.get_by_label("Or type one").fill("24 Dec 2031")
    place.get_by_text("Written: 2031-12-24").wait_for()


def test_before_a_model_is_loaded_nothing_is_kept(visit, home):
    page = visit(home)
    assert page.evaluate("caches.keys()") == []
    registered = "navigator.serviceWorker.getRegistrations().then(all => all.length)"
    assert page.evaluate(registered) == 0
    assert widget(page, AlignmentViewer).is_visible()
