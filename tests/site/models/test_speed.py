"""How fast the models answer, and that the page does not wait for them."""

from __future__ import annotations

import statistics

import pytest

from attention_course.widgets import HeadViewer
from tests.site.models.pages import (
    DATES,
    DIGITS,
    SENTENCE,
    SENTENCES,
    VIDEOS,
    load,
)

pytestmark = pytest.mark.browser


def test_how_fast_the_models_answer(loaded, encoder):
    """Reported, and held to ten times the aim: a busy machine must not fail it."""
    (words,) = encoder.tokenize([SENTENCE + " today"]).words
    feeds = {
        DATES: [{"text": "mercredi 1 septembre 1999"}, 50],
        SENTENCES: [{"sentence": SENTENCE + " today"}, 150],
        DIGITS: [{"image": [0.5] * 64}, 30],
        VIDEOS: [{"video": [0.5] * 256}, 100],
    }
    assert len(words) == 16
    for name, (feed, aim) in feeds.items():
        times = loaded.evaluate(
            """async ([name, feed]) => {
                const model = await attentionCourse.openModel(name);
                const times = [];
                for (let i = 0; i < 30; i += 1) {
                    const start = performance.now();
                    await model.run(feed);
                    times.push(performance.now() - start);
                }
                return times;
            }""",
            [name, feed],
        )
        median = statistics.median(times)
        print(
            f"{name}: median {median:.0f} ms (aim {aim}), fastest {min(times):.0f} ms"
        )
        assert median <= 10 * aim


def test_the_page_never_waits_for_a_model(visit, home):
    page = visit(home)
    page.evaluate(
        """() => {
            globalThis.gaps = [];
            let last = performance.now();
            setInterval(() => {
                const now = performance.now();
                gaps.push(now - last);
                last = now;
            }, 10);
        }"""
    )
    load(page, HeadViewer)
    spent = page.evaluate(
        """async ([name, sentence]) => {
            const model = await attentionCourse.openModel(name);
            gaps.length = 0;
            const start = performance.now();
            await Promise.all([1, 2, 3, 4, 5, 6].map(() => model.run({ sentence })));
            return performance.now() - start;
        }""",
        [SENTENCES, "word " * 126],
    )
    gaps = page.evaluate("gaps")
    print(
        f"{len(gaps)} ticks in {spent:.0f} ms of reading, widest gap {max(gaps):.0f} ms"
    )
    # One reading takes a sixth of the time; a page that waited for it would not tick then.
    assert max(gaps) < spent / 6
    assert len(gaps) > 20
