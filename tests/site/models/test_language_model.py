"""The language model writes in the page as by torch."""

from __future__ import annotations

import numpy as np
import pytest

from attention_course.data.novel import load_novel
from attention_course.widgets import TextWriter
from tests.site.models.pages import (
    TEXTS,
    ask,
    widget,
)

pytestmark = pytest.mark.browser


def test_the_next_character_is_expected_as_by_torch(loaded, answers):
    expected = answers[TEXTS]
    got = ask(loaded, TEXTS, [{"text": one["text"]} for one in expected])
    assert len(got) == 23
    for ours, torchs in zip(got, expected, strict=True):
        for name in ("logits", "weights"):
            theirs = np.array(torchs[name]).flatten()
            np.testing.assert_allclose(ours[name], theirs, rtol=0, atol=1e-4)
        # The answer is a recording, as Python would make it.
        writer = TextWriter([ours["answer"]])
        np.testing.assert_allclose(
            writer.logits(), torchs["logits"][4:], rtol=0, atol=1.5e-4
        )
        for layer, heads in enumerate(torchs["weights"]):
            for head, weights in enumerate(heads):
                writer.set_state({"layer": layer, "head": head})
                np.testing.assert_allclose(
                    writer.weights(), weights, rtol=0, atol=0.002
                )


def spoken(place):
    return place.locator(".ac-step > .ac-hidden").text_content()


def wait_until_written(page, place, n):
    page.wait_for_function(
        "([node, n]) => node.textContent.length >= n",
        arg=[place.locator(".ac-step > .ac-hidden").element_handle(), n],
    )


def test_a_reader_lets_it_write_and_stops_it(loaded):
    """Character by character what Python would write of the page's own answers."""
    place = widget(loaded, TextWriter)
    beginning = load_novel("held-out")[:40].replace("\n", " ")
    place.get_by_label("Beginning").fill(beginning)
    place.get_by_role("slider", name="Seed").fill("12")
    place.get_by_role("button", name="Start").click()
    wait_until_written(loaded, place, 60)
    place.get_by_role("button", name="Stop").click()
    place.get_by_role("button", name="Start").wait_for()
    written = spoken(place)
    assert written.startswith(beginning)
    texts = [written[:n] for n in range(len(beginning), len(written))]
    for text, got in zip(
        texts, ask(loaded, TEXTS, [{"text": text} for text in texts]), strict=True
    ):
        writer = TextWriter([got["answer"]], seed=12)
        assert writer.drawn() == written[len(text)]
    # It is the same again.
    place.get_by_role("button", name="Begin again").click()
    place.get_by_role("button", name="Start").click()
    wait_until_written(loaded, place, 60)
    place.get_by_role("button", name="Stop").click()
    place.get_by_role("button", name="Start").wait_for()
    assert spoken(place)[:60] == written[:60]


def test_what_is_typed_is_text(loaded):
    place = widget(loaded, TextWriter)
    for text in (
        "<img src=x onerror='window.hit = 1'>",
        "<script>hit = 1</script>",
        "☃é",
    ):
        place.get_by_label("Beginning").fill(text)
        loaded.wait_for_function(
            "([node, text]) => node.textContent === text",
            arg=[place.locator(".ac-step > .ac-hidden").element_handle(), text],
        )
        assert not place.locator("img, script").count()
    place.get_by_text("The model was never shown “☃”, “é”: it reads").wait_for()
    assert loaded.evaluate("window.hit") is None
