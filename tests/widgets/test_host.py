"""The script that makes the widgets of a page live, by itself."""

from __future__ import annotations

import re

import pytest

from attention_course.widgets import EmbeddingExplorer, PatchExplorer

pytestmark = pytest.mark.browser

KINDS = [EmbeddingExplorer, PatchExplorer]


@pytest.fixture
def host(open_page, scripts):
    """A bare page with the host, some scripts, and the figures a test gives it."""

    def opened(*widgets, kinds=KINDS):
        page = open_page()
        figures = [widget._repr_mimebundle_()[0]["text/html"] for widget in widgets]
        page.set_content("<!doctype html><title>host</title>" + "\n".join(figures))
        page.add_style_tag(content=scripts["widgets.css"])
        page.add_script_tag(content=scripts["host.js"])
        for kind in kinds:
            page.add_script_tag(content=scripts[f"{kind.module}.js"])
        return page

    return opened


def test_two_views_of_one_widget_share_its_state_and_show_the_last(host):
    widget = EmbeddingExplorer(token=1)
    first = widget._repr_mimebundle_()[0]["text/html"]
    widget.token = 4
    other = EmbeddingExplorer(token=2)

    class Earlier:
        def _repr_mimebundle_(self):
            return {"text/html": first}, {}

    page = host(Earlier(), other, widget)
    picked = page.get_by_role("slider", name=re.compile("^Token"))
    page.wait_for_function(
        "document.querySelector('.ac-summary').textContent.includes('Token 4')"
    )
    assert [picked.nth(i).input_value() for i in range(3)] == ["4", "2", "4"]
    picked.nth(2).press("ArrowRight")
    assert [picked.nth(i).input_value() for i in range(3)] == ["5", "2", "5"]


def test_a_widget_whose_script_fails_leaves_the_table_standing(host):
    page = host(EmbeddingExplorer(), PatchExplorer(), kinds=[PatchExplorer])
    assert page.locator("figure").nth(0).locator("table.ac-fallback").is_visible()
    assert page.locator("figure").nth(1).locator(".ac").is_visible()
    page.evaluate(
        """attentionCourse.register("embedding_explorer", { render({ el }) {
            el.textContent = "half"; throw new Error("broken"); } })"""
    )
    assert page.locator("figure").nth(0).locator("table.ac-fallback").is_visible()
    assert "half" not in page.locator("figure").nth(0).inner_text()
    assert (
        page.problems
        == [problem for problem in page.problems if "broken" in problem]
        != []
    )
