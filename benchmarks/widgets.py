"""How long the widgets take to answer, and the trained models in the built pages.

    python -m benchmarks.widgets [_build/html]

The first table moves controls of every widget, filled with as much as it takes (the
examples of the tests), and gives the milliseconds from the input to the new layout. Aim:
a median of at most 50. The second one, for a built book with its models, gives those from
a question to a model's answer. Aims: dates 50, sentences 150, digits 30, videos 100, characters 30.
"""

from __future__ import annotations

import functools
import http.server
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.site_speed import Handler, chromium
from bookbuild.sphinx import live_widgets
from tests.widgets.every import EXAMPLES
from tests.widgets.helpers import MOVES

ROOT = Path(__file__).parents[1]
TIMES = f"""async (root, label) => {{
    {MOVES}
    const input = inputOf(root, label);
    const values = valuesOf(input);
    const times = [];
    for (let n = 0; n < 61; n += 1) {{
        const next = values[n % values.length];
        if (same(input, next)) continue;
        const start = performance.now();
        move(input, next);
        await Promise.resolve();
        root.getBoundingClientRect(); // the layout is part of the answer
        times.push(performance.now() - start);
        await new Promise((done) => setTimeout(done));
    }}
    return times;
}}"""
SENTENCE = "The animal didn't cross the street because it was too tired today"
QUESTIONS = {  # model: what is asked, and how many milliseconds the answer may take
    "date-translator": ({"text": "mercredi 1 septembre 1999"}, 50),
    "pretrained-encoder": ({"sentence": SENTENCE}, 150),
    "digit-classifier": ({"image": [0.5] * 64}, 30),
    "video-decoder": ({"video": [0.5] * 256}, 100),
    "language-model": ({"text": "She had been " * 5}, 30),
}
ANSWERS = """async ([name, question]) => {
    const model = await attentionCourse.openModel(name);
    const times = [];
    for (let n = 0; n < 30; n += 1) {
        const start = performance.now();
        await model.run(question);
        times.push(performance.now() - start);
    }
    return times;
}"""


def shown(page: Page, widget: Any) -> None:
    """Draw one widget on an empty page."""
    figure = widget._repr_mimebundle_()[0]["text/html"]
    page.set_content(f"<!doctype html><title>widget</title><main>{figure}</main>")
    page.add_style_tag(content="\n".join(widget.styles()))
    host = (ROOT / "book/_static/live_widgets.js").read_text(encoding="utf-8")
    for script in (host, live_widgets.classic_script(widget.module, widget.script)):
        page.add_script_tag(content=script)
    page.wait_for_selector("[data-ac-alive]")


def row(name: str, times: list[float], aim: int) -> str:
    median = statistics.median(times)
    return f"| {name} | {median:.1f} | {max(times):.1f} | {aim} |"


def time_widgets(browser: Browser) -> Iterator[str]:
    for kind, example in EXAMPLES.items():
        for label, make in example.moves.items():
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            shown(page, make())
            times = page.locator(".ac").evaluate(TIMES, label)
            page.close()
            yield row(f"{kind.__name__}: {label}", times, 50)


@contextmanager
def served(site: Path) -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def time_models(browser: Browser, site: Path) -> Iterator[str]:
    with served(site) as address:
        page = browser.new_page()
        page.goto(f"{address}/book/05-image-video-attention.html")
        page.wait_for_selector("[data-ac-alive]", state="attached")
        for name, (question, aim) in QUESTIONS.items():
            yield row(name, page.evaluate(ANSWERS, [name, question]), aim)


def main() -> None:
    """Print both tables, the second one where a built book has the models."""
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build/html"
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        tables = {"widget and control": time_widgets(browser)}
        if (site / "_static/models/models.json").is_file():
            tables["model"] = time_models(browser, site)
        for head, rows in tables.items():
            print(f"\n| {head} | median, ms | slowest, ms | aim, ms |")
            print("| --- | ---: | ---: | ---: |")
            for line in rows:
                print(line, flush=True)
        browser.close()


if __name__ == "__main__":
    main()
