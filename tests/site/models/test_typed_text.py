"""Whatever is typed into a widget with a model stays text."""

from __future__ import annotations

import pytest

from tests.site.models.pages import (
    TYPED,
    widget,
)

pytestmark = pytest.mark.browser


# Whatever a reader may paste; nothing of it may become markup or stop the widget.
HOSTILE = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    "<svg onload='window.hit = 1'><animate onbegin='window.hit = 1'/></svg>",
    "\"'><iframe srcdoc='<script>parent.hit = 1</script>'>",
    "javascript:window.hit=1//{{7*7}}${7*7}",
    "\u202e1202 rebmevoN 3\u202c \u2066\u200f\u200b",
    "שלום 3 عام 2021",
    "\x00\x07\x1b[31m\x7f\ufeff",
    "e\u0301\u0301\u0301\u0301 👩‍👩‍👧🏽 𠀀𝔘",
    "\ud83d lone half",
]


@pytest.mark.parametrize("kind", TYPED)
def test_what_is_typed_is_text(loaded, kind):
    place = widget(loaded, kind)
    box = place.get_by_label("Or type one")
    for text in [*HOSTILE, "<b>" * 3_334]:
        before = loaded.locator("body *").evaluate_all(
            "all => all.filter(e => /^(script|iframe|svg|img|object)$/i.test(e.tagName)).length"
        )
        box.evaluate(
            """(box, text) => {
                box.value = text;
                box.dispatchEvent(new InputEvent("input", { bubbles: true }));
                box.form.requestSubmit();
            }""",
            text,
        )
        loaded.wait_for_function(
            """([module, text]) => {
                const figure = document.querySelector(`[data-ac-module=${module}]`);
                const model = attentionCourse.models.get(figure.dataset.acId);
                return model.get("typed") === figure.querySelector("input[type=text]").value;
            }""",
            arg=[kind.module, text],
        )
        after = loaded.locator("body *").evaluate_all(
            "all => all.filter(e => /^(script|iframe|svg|img|object)$/i.test(e.tagName)).length"
        )
        assert after == before, ascii(text[:40])
        assert not place.get_by_text("did not answer").count(), ascii(text[:40])
    assert loaded.evaluate("window.hit") is None
