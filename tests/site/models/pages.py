"""A page whose widgets open the trained models, and how to ask them."""

from __future__ import annotations

from attention_course.widgets import (
    AlignmentViewer,
    DigitPad,
    HeadViewer,
    TextWriter,
    VideoPad,
)
from bookbuild.sphinx import browser_models

KINDS = [AlignmentViewer, HeadViewer, DigitPad, VideoPad, TextWriter]
TYPED = KINDS[:2]
DATES, SENTENCES = "date-translator", "pretrained-encoder"
DIGITS, VIDEOS = "digit-classifier", "video-decoder"
TEXTS = "language-model"
NAMES = [DATES, SENTENCES, DIGITS, VIDEOS, TEXTS]  # as KINDS
SENTENCE = "The animal didn't cross the street because it was too tired"
LOADED = "The model is in this page now"


# The documented policy, and stricter: what it allows for the theme's sake is not needed.
DOCUMENTED = browser_models.POLICY
POLICY = DOCUMENTED.replace(" 'unsafe-inline'", "", 1)


def widget(page, kind):
    return page.locator(f'[data-ac-module="{kind.module}"]')


def load(page, kind):
    place = widget(page, kind)
    place.locator(".ac-loader button").click()
    place.get_by_text(LOADED).wait_for(timeout=60_000)
    return place


def ask(page, name, feeds):
    return page.evaluate(
        """async ([name, feeds]) => {
            const model = await attentionCourse.openModel(name);
            const answers = [];
            for (const feed of feeds) answers.push(await model.run(feed));
            const plain = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
            return JSON.parse(JSON.stringify(answers, plain));
        }""",
        [name, feeds],
    )
