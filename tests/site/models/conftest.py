"""The trained models answer in the page: against torch, with the network cut off.

Needs what `make models` makes. A small site is written around it, under a sub-path, with
the book's own scripts and a content security policy.
"""

from __future__ import annotations

import json
import os
import shutil
from html import escape
from pathlib import Path

import pytest
import torch

from attention_course.attention_today import LanguageModel
from attention_course.data.dates import date_vocabulary, iso_vocabulary
from attention_course.data.novel import novel_vocabulary
from attention_course.encoder_decoder import EncoderDecoder
from attention_course.grid_models import VideoDecoder, VisionTransformer
from attention_course.lab.pretrained import load_encoder
from attention_course.widgets import (
    AlignmentViewer,
    DigitPad,
    HeadViewer,
    PatchAttentionViewer,
    TextWriter,
    VideoPad,
)
from bookbuild.sphinx import browser_models, live_widgets, offline
from tests.browser import serve
from tests.site.models.pages import (
    DATES,
    DIGITS,
    KINDS,
    POLICY,
    SENTENCE,
    SENTENCES,
    TEXTS,
    VIDEOS,
    load,
)

ROOT = Path(__file__).parents[3]
MADE = ROOT / "build/browser"
NOT_MADE = "tests of the models in the browser skipped: run `make models` (needs npm)"


@pytest.fixture(scope="session")
def encoder():
    return load_encoder()


@pytest.fixture(scope="session")
def answers():
    return json.loads((MADE / "models/answers.json").read_text())


@pytest.fixture(scope="session")
def folder(tmp_path_factory, encoder):
    """The site's folder: scripts and models, and a page with the widgets under sub/."""
    out = tmp_path_factory.mktemp("site") / "sub"
    (out / "_static").mkdir(parents=True)
    told = browser_models.write_site(MADE, out)
    if not told:
        if os.environ.get("CI") == "true":
            pytest.fail(NOT_MADE.replace("skipped", "cannot run"))
        pytest.skip(NOT_MADE)
    for script in (ROOT / "book/_static").glob("*.js"):
        shutil.copy(script, out / "_static")
    source, target = date_vocabulary(), iso_vocabulary()
    with torch.random.fork_rng():
        torch.manual_seed(
            0
        )  # another model: what the page shows first is not its answer
        other = EncoderDecoder(len(source), len(target), context="additive")
        reader = VisionTransformer(8, 2, 1, 10)
        scans = PatchAttentionViewer.record(
            reader, torch.rand(2, 8, 8, 1), torch.tensor([3, 8])
        )
        decoder = VideoDecoder((8, 16, 16), (4, 8, 8))
        videos = VideoPad.record(decoder, torch.rand(1, 4, 8, 8, 1))
        writer = LanguageModel(len(novel_vocabulary()))
    widgets = [
        AlignmentViewer(
            ["24 Dec 2031"], other, source, target, max_length=12, in_browser=DATES
        ),
        HeadViewer(
            HeadViewer.record(encoder, [SENTENCE]), encoder, in_browser=SENTENCES
        ),
        DigitPad(scans, reader, in_browser=DIGITS),
        VideoPad(videos, decoder, in_browser=VIDEOS),
        TextWriter(TextWriter.record(writer, "Anne ", 3), writer, in_browser=TEXTS),
    ]
    for kind in KINDS:
        text = live_widgets.classic_script(kind.module, kind.script)
        (out / f"_static/{kind.module}.js").write_text(text)
    styles = dict.fromkeys(style for kind in KINDS for style in kind.styles())
    (out / "_static/widgets.css").write_text("\n".join(styles))
    figures = "".join(w._repr_mimebundle_()[0]["text/html"] for w in widgets)
    tags = "".join(
        f'<script defer src="_static/{kind.module}.js"></script>' for kind in KINDS
    )
    (out / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>models</title>'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="_static/widgets.css"><link rel="icon" href="data:,">'
        "<style>:root { color-scheme: light dark }</style>"
        '<script defer src="_static/live_widgets.js" '
        f'data-ac-models="{escape(told)}"></script>{tags}'
        f'<main style="max-width: 46rem; margin: auto">{figures}</main>'
    )
    offline.write(out)
    return out


@pytest.fixture(scope="session")
def version(folder):
    """The folder of all that runs the models."""
    (found,) = (path for path in (folder / "_static/models").iterdir() if path.is_dir())
    return found.relative_to(folder)


@pytest.fixture(scope="session")
def home(folder):
    for url in serve(folder.parent, POLICY):
        yield f"{url}/sub/"


@pytest.fixture
def visit(open_page):
    """Open the page; whatever goes wrong in it fails the test."""
    pages = []

    def visited(url, routes=None, **options):
        page = open_page(**options)
        page.problems.clear()
        page.context.unroute("**/*")  # the server is the only host that there is
        for where, answer in (routes or {}).items():
            page.context.route(where, answer)
        page.asked = []
        page.context.on("request", lambda request: page.asked.append(request.url))
        pages.append(page)
        page.goto(url, wait_until="load")
        page.wait_for_function(
            "(n) => document.querySelectorAll('[data-ac-alive]').length === n",
            arg=len(KINDS),
        )
        return page

    yield visited
    for page in pages:
        assert page.problems == []


@pytest.fixture
def loaded(visit, home):
    """The page with all models in it, and the network cut off."""
    page = visit(home)
    for kind in KINDS:
        load(page, kind)
    page.context.set_offline(True)
    return page
