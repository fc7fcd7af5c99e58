"""What holds for every widget as a Python object: its state, and what a notebook stores."""

from __future__ import annotations

import base64
import gzip
import html
import json
import math
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import anywidget
import ipywidgets
import pytest
import traitlets

from attention_course.widgets.shared.fallback import html_table
from bookbuild.sphinx import live_widgets
from tests.widgets.every import EXAMPLES, FOLDERS, WIDGETS, every
from tests.widgets.example import HOSTILE
from tests.widgets.helpers import Page

ROOT = Path(__file__).parents[2]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def test_every_widget_has_an_example():
    missing = [kind.module for kind in WIDGETS if kind not in EXAMPLES]
    assert not missing, (
        f"no example.py in tests/widgets/ for {', '.join(missing)}: without one, no "
        "check that holds for every widget runs over it"
    )
    assert {kind.module for kind in WIDGETS} == FOLDERS


@every
def test_an_example_is_what_it_says(kind):
    example = EXAMPLES[kind]
    makers = [example.usual, example.largest, *example.moves.values()]
    makers += [maker for maker in (example.colours, example.hostile) if maker]
    assert all(isinstance(make(), kind) for make in makers)
    assert example.moves, "name a control that is moved through its values"
    assert (example.hostile is None) == (not example.texts)
    if example.hostile:
        assert HOSTILE in json.dumps(
            example.hostile().state(), ensure_ascii=False
        ).replace('\\"', '"')


# State: read, set, observed, linked, and refused where it makes no sense.


@every
def test_the_state_is_this_widget_s_own_plain_values(kind):
    names = kind.state_names()
    assert names == sorted(set(names))
    assert set(names).isdisjoint(anywidget.AnyWidget.class_trait_names(sync=True))
    assert not any(name.startswith("_") for name in names)
    widget = EXAMPLES[kind].usual()
    state = widget.state()
    assert list(state) == names
    assert state == {name: getattr(widget, name) for name in names}
    assert json.loads(json.dumps(state, allow_nan=False)) == state
    assert "\n" not in widget.summary()
    assert repr(widget) == f"{kind.__name__}: {widget.summary()}"


@every
def test_changes_that_the_page_sends_together_are_taken_together(kind):
    example = EXAMPLES[kind]
    there, back = example.usual(), dict(reversed(example.changed.items()))
    seen = {}
    there.observe(lambda change: seen.update({change["name"]: change["new"]}))
    before = there.state()
    assert not any(before[name] == value for name, value in example.changed.items())
    there.set_state(example.changed)
    assert {name: getattr(there, name) for name in example.changed} == example.changed
    assert {name: seen[name] for name in example.changed} == example.changed
    in_another_order = example.usual()
    in_another_order.set_state(back)
    assert in_another_order.state() == there.state()
    assert there.summary() != example.usual().summary()


@every
def test_state_is_linked_with_plain_ipywidgets(kind):
    example = EXAMPLES[kind]
    for name, value in example.changed.items():
        one, other = example.usual(), example.usual()
        link = ipywidgets.link((one, name), (other, name))
        try:
            setattr(one, name, value)
        except traitlets.TraitError:
            continue  # allowed only together with another change
        assert getattr(other, name) == value
        link.unlink()
        setattr(one, name, example.usual().state()[name])
        assert getattr(other, name) == value
        break
    else:
        pytest.fail("none of `changed` can be set by itself")


@every
def test_a_number_that_makes_no_sense_is_refused_and_changes_nothing(kind):
    widget = EXAMPLES[kind].usual()
    before = widget.state()
    wrong = {
        int: [-(10**6), 10**6, True, 0.5, "1"],
        float: [math.nan, math.inf, -1e9, ""],
    }
    for name, value in before.items():
        for bad in wrong.get(type(value), []):
            with pytest.raises(traitlets.TraitError, match=rf"\b{name}\b"):
                setattr(widget, name, bad)
            assert widget.state() == before


@pytest.mark.parametrize(
    "kind",
    [kind for kind, example in EXAMPLES.items() if not example.hostile],
    ids=lambda kind: kind.__name__,
)
def test_a_widget_without_hostile_text_takes_no_text(kind):
    widget = EXAMPLES[kind].usual()
    for name, value in widget.state().items():
        texts = value if isinstance(value, list) else [value]
        if texts and all(isinstance(text, str) for text in texts):
            with pytest.raises(traitlets.TraitError):
                setattr(widget, name, HOSTILE if value is texts[0] else [HOSTILE])


# What a notebook stores: the live view, and a view for places without scripts.


@every
def test_a_notebook_stores_three_kinds_of_view(kind):
    shown = EXAMPLES[kind].usual()
    data, metadata = shown._repr_mimebundle_()
    assert sorted(data) == sorted([WIDGET_VIEW, "text/html", "text/plain"])
    assert data[WIDGET_VIEW]["model_id"] == shown.model_id
    assert metadata == {}
    assert data["text/plain"] == f"{kind.__name__}: {shown.summary()}"
    assert "\n" not in data["text/plain"]
    figure = Page(shown).figure
    assert figure["class"] == "ac-widget"
    assert figure["data-ac-module"] == kind.module
    assert json.loads(figure["data-ac-state"]) == shown.state()


@every
def test_a_notebook_that_runs_again_stores_the_same_again(kind):
    shown, other = EXAMPLES[kind].usual(), EXAMPLES[kind].usual()
    ids = [Page(one).figure["data-ac-id"] for one in (shown, other)]
    assert ids[0] != ids[1]
    assert re.fullmatch(rf"{kind.module}-\d+", ids[0])
    first, second = (one._repr_mimebundle_()[0]["text/html"] for one in (shown, other))
    assert first.replace(ids[0], "") == second.replace(ids[1], "")
    assert shown.model_id not in first


@every
def test_colab_gets_the_live_view_alone(monkeypatch, kind):
    widget = EXAMPLES[kind].usual()
    assert "text/html" in widget._repr_mimebundle_()[0]
    monkeypatch.setitem(sys.modules, "google.colab", object())
    data, _ = widget._repr_mimebundle_()
    assert set(data) == {"text/plain", WIDGET_VIEW}


PLAIN = {"figure", "table", "caption", "thead", "tbody", "tr", "th", "td"}
VOID = {"img"}


@every
@pytest.mark.parametrize("size", ["usual", "largest"])
def test_the_view_without_scripts_stands_alone(kind, size):
    widget = getattr(EXAMPLES[kind], size)()
    page = Page(widget)
    assert widget.summary()[1:] in page.caption  # it may start with a capital there
    assert PLAIN <= page.tags <= PLAIN | {"img", "p"}
    assert all(len(row) >= 2 for row in page.rows)
    assert all(any(cell.strip() for cell in row) for row in page.rows)
    assert len(page.rows) >= 2
    assert {th["scope"] for th in page.all("th")} <= {"row", "col"}
    tables = page.all("table")
    assert all(table["class"] == "ac-fallback" for table in tables)
    assert len(page.captions) == len(tables)
    for picture in page.all("img"):
        assert len(picture["alt"]) > 20
        kind_of, data = picture["src"].split(",")
        assert kind_of == "data:image/png;base64"
        assert base64.b64decode(data).startswith(b"\x89PNG")
    names = {name for _, attributes in page.elements for name in attributes}
    assert not any(name.startswith("on") for name in names)
    assert names.isdisjoint({"href", "style"})


def test_a_table_escapes_every_one_of_its_texts():
    page = Page(html_table("<i>1", ["<i>2", "<i>3"], [["<i>4", "<i>5"]]))
    assert page.caption == "<i>1"
    assert page.rows == [["<i>2", "<i>3"], ["<i>4", "<i>5"]]


class Balance(HTMLParser):
    """Every tag is closed, in order."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    "kind",
    [kind for kind, example in EXAMPLES.items() if example.hostile],
    ids=lambda kind: kind.__name__,
)
def test_text_cannot_become_markup(kind):
    widget = EXAMPLES[kind].hostile()
    page = Page(widget)
    assert page.tags == Page(EXAMPLES[kind].usual()).tags
    assert json.loads(page.figure["data-ac-state"]) == widget.state()
    texts = page.captions + [cell for row in page.rows for cell in row]
    assert any(HOSTILE in text for text in texts)
    assert (
        html.unescape(page.text).count("</figure>") > page.text.count("</figure>") == 1
    )
    assert Balance(page.text).open == []


@every
def test_what_a_page_stores_stays_small(kind):
    state = json.dumps(EXAMPLES[kind].usual().state(), separators=(",", ":"))
    assert len(state.encode()) <= 250_000


# The scripts.


@every
def test_a_widget_is_one_self_contained_es_module(kind):
    esm = str(kind._esm)
    assert len(re.findall(r"^export default", esm, re.MULTILINE)) == 1
    assert len(re.findall(r"\bexport\b", esm)) == 1
    assert esm.rstrip().endswith("export default { compute, render };")
    assert not re.search(r"^\s*import\b|import\(", esm, re.MULTILINE)
    assert "innerHTML" not in esm
    assert "outerHTML" not in esm
    found = set(re.findall(r"https?:[^\"]*", esm))
    assert found <= {"http://www.w3.org/2000/svg"}  # a name, not an address
    assert EXAMPLES[kind].usual()._esm == esm
    styles = "\n".join(kind.styles())
    assert EXAMPLES[kind].usual()._css == styles
    assert not re.search(r"https?:|@import|url\(", styles)


def sent(text):
    """How many bytes of a script travel: servers compress each file by itself."""
    return len(gzip.compress(text.encode(), mtime=0))


@every
def test_a_widget_s_script_is_small(kind):
    assert sent(str(kind._esm)) <= 12 * 1024


@pytest.mark.parametrize("chapter", sorted({one.chapter for one in EXAMPLES.values()}))
def test_a_chapter_s_scripts_are_small(chapter):
    kinds = [kind for kind, example in EXAMPLES.items() if example.chapter == chapter]
    host = (ROOT / "book/_static/live_widgets.js").read_text(encoding="utf-8")
    total = sent(host) + sum(sent(str(kind._esm)) for kind in kinds)
    assert total <= 3 * 1024 + len(kinds) * 9 * 1024


def test_the_book_finds_every_widget():
    assert live_widgets.widget_classes() == WIDGETS


@every
def test_the_book_s_script_is_the_module_with_its_export_made_a_registration(
    kind,
):
    script = live_widgets.classic_script(kind.module, kind.script)
    assert "export" not in script
    call = (
        f'globalThis.attentionCourse.register("{kind.module}", {{ compute, render }});'
    )
    assert script.count(call) == 1
    body = str(kind._esm).split("export default")[0]
    assert body in script
