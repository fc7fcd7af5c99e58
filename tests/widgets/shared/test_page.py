"""The four places where a widget with a model can be: who answers there, and what it says."""

from __future__ import annotations

import pytest

from attention_course.widgets import (
    AlignmentViewer,
    DigitPad,
    HeadViewer,
    TextWriter,
    VideoPad,
)
from attention_course.widgets.shared.model_widget import ModelWidget
from tests.widgets.every import EXAMPLES, WIDGETS

pytestmark = pytest.mark.browser

KINDS = [kind for kind in WIDGETS if issubclass(kind, ModelWidget)]
HOSTS = {
    "kernel": {"_answers": True, "typing": True},
    "kernel without model": {"_answers": True, "typing": False},
    "page": {"typing": False, "in_browser": "small"},
    "page without model": {"typing": True, "in_browser": "unknown"},
}
WAITING = {
    AlignmentViewer: "Translating …",
    DigitPad: "Reading …",
    HeadViewer: "Reading …",
    TextWriter: "Reading …",
    VideoPad: "The decoder is drawing …",
}
TEXT = ("typed", "text")  # the traits that hold what was typed
# What the page's model is asked, and how the exported model wraps its answer.
QUESTION = {
    AlignmentViewer: "text",
    DigitPad: "image",
    HeadViewer: "sentence",
    TextWriter: "text",
    VideoPad: "video",
}
WRAPPED = {
    AlignmentViewer: lambda answer: {
        "source": ["<pad>", "<start>", "<end>", "<unknown>", *"abc"],
        **answer,
    },
    HeadViewer: lambda answer: {"answer": answer, "n_tokens": 5, "max_tokens": 128},
}

# A widget, and no Python: what it says stays until the model of the page answers.
DRAWN = """async ([esm, state, answer, pages]) => {
    const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
    const { render } = (await import(url)).default;
    const listeners = {};
    globalThis.asked = [];
    globalThis.model = {
        get: (name) => state[name],
        set: (name, value) => {
            state[name] = value;
            for (const listener of listeners[`change:${name}`] ?? []) listener();
        },
        on: (event, listener) => (listeners[event] ??= []).push(listener),
        off() {},
        save_changes() {},
    };
    const run = async (question) => {
        asked.push(Object.keys(question).join());
        return answer;
    };
    const models = pages && {
        describe: (name) => (name === "small" ? { bytes: 1e6 } : null),
        open: async () => ({ checked: true, run }),
    };
    const el = document.createElement("figure");
    document.querySelector("main").append(el);
    render({ model, el, models });
}"""


def answer_of(kind):
    """What the model says of what is entered below: some recording."""
    answer = dict(EXAMPLES[kind].usual().recordings[1])
    return answer | {"text": "ab"} if kind is TextWriter else answer


@pytest.fixture
def drawn(open_page):
    def draw(kind, host):
        widget = EXAMPLES[kind].usual()
        answer = answer_of(kind)
        wrap = WRAPPED.get(kind, lambda answer: {"answer": answer})
        page = open_page()
        page.set_content("<!doctype html><title>host</title><main></main>")
        page.add_style_tag(content="\n".join(widget.styles()))
        state = {**widget.state(), **HOSTS[host]}
        page.evaluate(
            DRAWN, [str(widget._esm), state, wrap(answer), host.startswith("page")]
        )
        pages.append(page)
        return page

    pages = []
    yield draw
    for page in pages:
        assert page.problems == []


def enter(page):
    """Type a text, or draw with the keyboard, whichever the widget has."""
    box = page.locator("input[type=text]")
    if box.count():
        box.fill("ab")
        box.press("Enter")
        return
    pad = page.locator(".ac-dp-pad, .ac-vd-paint")
    pad.focus()
    for key in (" ", "ArrowDown", "ArrowDown"):
        pad.press(key)


every = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def test_every_widget_with_a_model_is_here():
    assert set(KINDS) == set(WAITING) == set(QUESTION)


@every
def test_in_a_kernel_with_the_model_python_is_waited_for(drawn, kind):
    page = drawn(kind, "kernel")
    enter(page)
    page.get_by_text(WAITING[kind], exact=True).wait_for()
    entered = page.evaluate("(name) => model.get(name)", kind.entered)
    assert entered
    assert page.get_by_text("no model").count() == 0
    assert page.get_by_role("button", name="Load the model").count() == 0


@every
def test_what_holds_an_answer_up_is_said_after_a_while(drawn, kind):
    page = drawn(kind, "kernel")
    page.clock.install()
    enter(page)
    page.clock.run_for(1_000)
    page.get_by_text(WAITING[kind], exact=True).wait_for()
    page.clock.run_for(21_000)
    page.get_by_text(
        "Nothing has come for 20 seconds. In a notebook Python may"
    ).wait_for()
    # The answer may come all the same, and nothing is said of waiting then.
    page.evaluate("(answer) => model.set('answer', answer)", answer_of(kind))
    page.clock.run_for(30_000)
    assert page.get_by_text("Nothing has come").count() == 0


@every
def test_in_a_kernel_without_the_model_nobody_is_waited_for(drawn, kind):
    page = drawn(kind, "kernel without model")
    assert page.get_by_role("button", name="Load the model").count() == 0
    if kind.entered in TEXT:
        assert page.locator("form, input[type=text]").count() == 0
        return
    enter(page)
    page.get_by_text("This pad was given no model.").wait_for()
    page.wait_for_timeout(100)
    assert page.get_by_text("the model is not here").is_visible()
    assert page.get_by_text(WAITING[kind]).count() == 0


@every
def test_in_a_page_the_model_answers_once_it_is_loaded(drawn, kind):
    page = drawn(kind, "page")
    box = page.locator("input[type=text]")
    assert box.count() == 0 or box.is_disabled()
    page.get_by_role("button", name="Load the model, 1.0 MB").click()
    page.get_by_text("The model is in this page now").wait_for()
    enter(page)
    page.wait_for_function("asked.length && Object.keys(model.get('answer')).length")
    assert set(page.evaluate("asked")) == {QUESTION[kind]}
    expected = answer_of(kind)
    answer = page.evaluate("model.get('answer')")
    assert answer == {name: expected[name] for name in answer}
    page.wait_for_timeout(100)
    assert page.get_by_text(WAITING[kind]).count() == 0
    if page.locator("select").count():
        assert page.evaluate("document.querySelector('select').selectedIndex") == -1


@every
def test_in_a_page_without_a_model_a_notebook_is_named(drawn, kind):
    page = drawn(kind, "page without model")
    assert page.get_by_role("button", name="Load the model").count() == 0
    if kind.entered in TEXT:
        assert page.locator("input[type=text]").is_disabled()
    else:
        enter(page)
    page.get_by_text("a running notebook. Open this chapter in Jupyter").wait_for()
    assert page.get_by_text(WAITING[kind]).count() == 0
