"""The trained models answer in the page: against torch, with the network cut off.

Needs what `make models` makes. A small site is written around it, under a sub-path, with
the book's own scripts and a content security policy.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import shutil
import statistics
from html import escape
from pathlib import Path

import numpy as np
import pytest
import torch

from attention_course.data.dates import date_vocabulary, iso_vocabulary
from attention_course.encoder_decoder import EncoderDecoder
from attention_course.grid_models import VideoDecoder, VisionTransformer
from attention_course.lab.pretrained import load_encoder
from attention_course.widgets import (
    AlignmentViewer,
    DigitPad,
    HeadViewer,
    PatchAttentionViewer,
    VideoPad,
)
from attention_course.widgets.digit_pad import scan_drawing
from attention_course.widgets.shared.recordings import unpack_weights
from bookbuild.sphinx import browser_models, live_widgets
from tests.browser import serve

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
MADE = ROOT / "build/browser"
NOT_MADE = "tests of the models in the browser skipped: run `make models` (needs npm)"
KINDS = [AlignmentViewer, HeadViewer, DigitPad, VideoPad]
TYPED = KINDS[:2]
DATES, SENTENCES = "date-translator", "pretrained-encoder"
DIGITS, VIDEOS = "digit-classifier", "video-decoder"
SENTENCE = "The animal didn't cross the street because it was too tired"
LOADED = "The model is in this page now"
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


# The documented policy, and stricter: what it allows for the theme's sake is not needed.
DOCUMENTED = browser_models.POLICY
POLICY = DOCUMENTED.replace(" 'unsafe-inline'", "", 1)


@pytest.fixture(scope="module")
def encoder():
    return load_encoder()


@pytest.fixture(scope="module")
def answers():
    return json.loads((MADE / "models/answers.json").read_text())


@pytest.fixture(scope="module")
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
    widgets = [
        AlignmentViewer(
            ["24 Dec 2031"], other, source, target, max_length=12, in_browser=DATES
        ),
        HeadViewer(
            HeadViewer.record(encoder, [SENTENCE]), encoder, in_browser=SENTENCES
        ),
        DigitPad(scans, reader, in_browser=DIGITS),
        VideoPad(videos, decoder, in_browser=VIDEOS),
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
    return out


@pytest.fixture(scope="module")
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


def widget(page, kind):
    return page.locator(f'[data-ac-module="{kind.module}"]')


def load(page, kind):
    place = widget(page, kind)
    place.locator(".ac-loader button").click()
    place.get_by_text(LOADED).wait_for(timeout=60_000)
    return place


@pytest.fixture
def loaded(visit, home):
    """The page with all models in it, and the network cut off."""
    page = visit(home)
    for kind in KINDS:
        load(page, kind)
    page.context.set_offline(True)
    return page


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


def rows_of(recording):
    """Read the weights of a recording back ``(n_layers, n_heads, T, T)``."""
    T = len(recording["words"])
    shape = recording["n_layers"], recording["n_heads"], T
    largest = np.frombuffer(base64.b64decode(recording["largest"]), "<u2")
    shares = np.frombuffer(base64.b64decode(recording["weights"]), "u1")
    return (
        shares.reshape(*shape, T) / 255 * largest.reshape(*shape, 1) / 65535
    )  # (n_layers, n_heads, T, T)


def test_a_page_loads_no_model_before_its_reader_asks(visit, home, folder):
    page = visit(home)
    names = sorted(url.removeprefix(home) for url in page.asked)
    assert names == sorted(
        ["", "_static/widgets.css", "_static/live_widgets.js"]
        + [f"_static/{kind.module}.js" for kind in KINDS]
    )
    described = json.loads((folder / "_static/models/models.json").read_text())
    runtime = described["runtime"]["wasm"]["bytes"]
    for kind, name in zip(KINDS, (DATES, SENTENCES, DIGITS, VIDEOS), strict=True):
        size = (runtime + described["models"][name]["bytes"]) / 1e6
        button = widget(page, kind).locator(".ac-loader button")
        assert button.inner_text() == f"Load the model, {size:.1f} MB"
    for kind in TYPED:
        assert widget(page, kind).locator("input[type=text]").is_disabled()


def test_nothing_comes_from_elsewhere_and_no_file_is_too_large(loaded, home, folder):
    assert all(url.startswith(home) for url in loaded.asked)
    sizes = {p.name: p.stat().st_size for p in (folder / "_static/models").iterdir()}
    assert max(sizes.values()) <= 25_000_000
    assert sum(sizes.values()) <= 40_000_000
    assert {"NOTICE.txt", "LICENSE-APACHE.txt"} <= sizes.keys()


def test_dates_are_translated_as_by_torch(loaded, answers):
    got = ask(loaded, DATES, [{"text": one["text"]} for one in answers[DATES]])
    assert len(got) == 40
    for ours, torchs in zip(got, answers[DATES], strict=True):
        assert ours["written"] == torchs["written"], torchs["text"]
        np.testing.assert_allclose(
            ours["weights"], torchs["weights"], rtol=0, atol=1e-5
        )


def test_a_reader_types_a_date_and_sees_its_alignment(loaded, answers):
    place = widget(loaded, AlignmentViewer)
    box = place.get_by_label("Or type one")
    for one in answers[DATES][:6]:
        box.fill("")
        box.press_sequentially(one["text"])
        written = "".join(one["written"]).removesuffix("<end>")
        place.get_by_text(f"Written: {written}", exact=True).wait_for()
        shown = place.locator(".ac-heatmap tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.querySelectorAll('td')].map(c => c.textContent))"
        )
        numbers = [[float(text) for text in row] for row in shown]
        np.testing.assert_allclose(numbers, one["weights"], rtol=0, atol=0.00501)
    box.fill("")
    place.get_by_text("Type at least one character.").wait_for()
    box.fill("3 Zeptember 2020 ☃")
    place.get_by_text(
        "The model was never shown “Z”, “☃”: it reads <unknown> instead."
    ).wait_for()
    box.fill("1" * 201)
    place.get_by_text("Type at most 200 characters; this has 201.").wait_for()


def test_an_accent_typed_apart_is_one_character(loaded):
    together, apart = ask(
        loaded, DATES, [{"text": "3 février 2021"}, {"text": "3 fe\u0301vrier 2021"}]
    )
    assert together == apart
    assert together["text"] == "3 février 2021"


CHECKED = [
    SENTENCE,
    "The dog bit the man",
    "She sat on the bank of the river and ate her lunch",
    "Größe, naïve, 東京 and an emoji 😀",
    "1, 2, 3, 4, 5: once I caught a fish alive.",
]


def test_sentences_are_read_as_by_torch(loaded, encoder):
    got = ask(loaded, SENTENCES, [{"sentence": sentence} for sentence in CHECKED])
    same = rows = 0
    for ours, sentence in zip(got, CHECKED, strict=True):
        torchs = encoder.encode([sentence])
        weights = torchs.weights[0].numpy()
        assert ours["answer"]["words"] == torchs.tokens.words[0]
        found = rows_of(ours["answer"])
        assert abs(found - weights).max() < 0.1  # its weights are in 8 bits
        same += (found.argmax(-1) == weights.argmax(-1)).sum()
        rows += weights[..., 0].size
        vector = np.array(ours["vector"])
        assert float(vector @ torchs.sentences[0].numpy()) >= 0.99
    print(f"the largest weight is at the same token in {same / rows:.1%} of rows")
    assert same / rows >= 0.98


def test_a_reader_types_a_sentence_and_sees_all_heads(loaded, encoder):
    place = widget(loaded, HeadViewer)
    box = place.get_by_label("Or type one")
    box.fill("The keys that the guard lost were never found")
    box.press("Enter")
    place.locator(".ac-hv-text").get_by_text("guard", exact=True).wait_for()
    words = encoder.tokenize([box.input_value()]).words[0]
    shown = place.locator(".ac-hv-text label > span:first-of-type").all_inner_texts()
    assert shown == words
    assert place.locator(".ac-hv-map input").count() == 72
    box.fill("word " * 300)
    place.get_by_role("button", name="Read").click()
    place.get_by_text("This has 302 tokens; in the page the model reads 128").wait_for()
    shown = place.locator(".ac-hv-text label > span:first-of-type").all_inner_texts()
    assert len(shown) == 128
    assert shown[-1] == "[SEP]"
    box.fill("   ")
    box.press("Enter")
    place.get_by_text("Type at least one word.").wait_for()
    box.fill("w" * 20_001)
    box.press("Enter")
    place.get_by_text("Type at most 20,000 characters; this has 20,001.").wait_for()


def test_digits_are_read_as_by_torch(loaded, answers):
    expected = answers[DIGITS]
    got = ask(loaded, DIGITS, [{"image": one["image"]} for one in expected])
    assert len(got) >= 20
    for ours, torchs in zip(got, expected, strict=True):
        for name in ("probabilities", "weights"):
            theirs = np.array(torchs[name]).flatten()
            np.testing.assert_allclose(ours[name], theirs, rtol=0, atol=1e-5)


def test_a_reader_draws_a_digit_and_it_is_read(loaded):
    place = widget(loaded, DigitPad)
    pad = place.locator(".ac-dp-pad")
    pad.scroll_into_view_if_needed()
    box = None
    while box != (box := pad.bounding_box()):  # what loads above it may move it
        loaded.wait_for_timeout(200)
    size = box["width"] / 32
    corners = [(5, 9), (5, 21), (26, 13)]  # a seven
    for i, (r, c) in enumerate(corners):
        at = box["x"] + (c + 0.5) * size, box["y"] + (r + 0.5) * size
        loaded.mouse.move(*at, steps=4)
        if i == 0:
            loaded.mouse.down()
    loaded.mouse.up()
    place.get_by_text("The model reads this drawing as").first.wait_for()
    loaded.wait_for_timeout(300)  # the last of the stroke
    drawing = loaded.evaluate(
        """module => {
            const figure = document.querySelector(`[data-ac-module=${module}]`);
            return attentionCourse.models.get(figure.dataset.acId).get("drawing");
        }""",
        DigitPad.module,
    )
    bits = f"{int(drawing, 16):01024b}"
    pixels = torch.tensor([bit == "1" for bit in bits]).reshape(32, 32)
    feeds = {"image": scan_drawing(pixels).flatten().tolist()}
    (answer,) = ask(loaded, DIGITS, [feeds])
    shown = [float(t) for t in place.locator(".ac-dp-classes td").all_inner_texts()]
    np.testing.assert_allclose(shown, answer["probabilities"], rtol=0, atol=0.00501)


def test_videos_are_enlarged_as_by_torch(loaded, answers):
    expected = answers[VIDEOS]
    got = ask(loaded, VIDEOS, [{"video": one["video"]} for one in expected])
    assert len(got) == 6
    for ours, torchs in zip(got, expected, strict=True):
        for name in ("enlarged", "straight", "self", "cross"):
            np.testing.assert_allclose(ours[name], torchs[name], rtol=0, atol=1e-5)
        # The answer is a recording, as Python would make it.
        answer = ours["answer"]
        VideoPad([answer])
        pixels = np.frombuffer(base64.b64decode(answer["enlarged"]), "u1") / 255
        np.testing.assert_allclose(
            pixels, torchs["enlarged"], rtol=0, atol=0.5001 / 255
        )
        for name in ("self", "cross"):
            found = unpack_weights(answer[name], (2, 2, 512, 27)).flatten()
            np.testing.assert_allclose(found, torchs[name], rtol=0, atol=0.002)


def test_a_recording_is_packed_as_in_python(loaded, answers):
    """Letter for letter, but for the last bit of a rounded number here and there."""
    one = answers[VIDEOS][0]
    (ours,) = ask(loaded, VIDEOS, [{"video": one["video"]}])

    class Same(VideoDecoder):
        def forward(self, video, *, need_weights):
            cells = (1, 2, 2, 8, 8, 8, 3, 3, 3)
            tensors = (
                torch.tensor(one[name]) for name in ("enlarged", "self", "cross")
            )
            shapes = ((1, 8, 16, 16, 1), cells, cells)
            return tuple(t.reshape(s) for t, s in zip(tensors, shapes, strict=True))

    video = torch.tensor(one["video"]).reshape(1, 4, 8, 8, 1)
    (torchs,) = VideoPad.record(Same((8, 16, 16), (4, 8, 8)), video)
    answer = ours["answer"]
    assert answer.keys() == torchs.keys()
    texts = [(answer, torchs, "video", "u1"), (answer, torchs, "enlarged", "u1")]
    for part in ("self", "cross"):
        assert answer[part].keys() == torchs[part].keys()
        texts.append((answer[part], torchs[part], "largest", "<u2"))
        texts.append((answer[part], torchs[part], "weights", "u1"))
    for ours, theirs, name, kind in texts:
        numbers = [
            np.frombuffer(base64.b64decode(text[name]), kind).astype(int)
            for text in (ours, theirs)
        ]
        assert abs(numbers[0] - numbers[1]).max() <= 1
        assert (numbers[0] == numbers[1]).mean() > 0.98
    rest = set(answer) - {"video", "enlarged", "self", "cross"}
    assert {name: answer[name] for name in rest} == {
        name: torchs[name] for name in rest
    }


def test_a_reader_paints_a_video_and_it_is_enlarged(loaded):
    place = widget(loaded, VideoPad)
    place.get_by_role("button", name="Clear all").click()
    frame = place.locator(".ac-vd-paint canvas").nth(1)
    frame.scroll_into_view_if_needed()
    box = None
    while box != (box := frame.bounding_box()):  # what loads above it may move it
        loaded.wait_for_timeout(200)
    for i, (r, c) in enumerate([(1, 2), (1, 6), (6, 3)]):  # a seven
        at = (
            box["x"] + (c + 0.5) * box["width"] / 8,
            box["y"] + (r + 0.5) * box["width"] / 8,
        )
        loaded.mouse.move(*at, steps=4)
        if i == 0:
            loaded.mouse.down()
    loaded.mouse.up()
    place.locator(".ac-summary").get_by_text("Your video:").wait_for()
    loaded.wait_for_timeout(600)  # the last of the stroke
    model = f"""attentionCourse.models.get(document.querySelector(
        "[data-ac-module={VideoPad.module}]").dataset.acId)"""
    painting, shown = loaded.evaluate(
        f"[{model}.get('painting'), {model}.get('answer')]"
    )
    greys = [int(digit, 16) for digit in painting]
    assert set(greys) == {0, 15}
    assert not any(greys[:64] + greys[128:])  # only in frame 1
    (answer,) = ask(loaded, VIDEOS, [{"video": [grey / 15 for grey in greys]}])
    assert shown == answer["answer"]
    frames = np.array(answer["enlarged"]).reshape(8, 256)
    assert frames.max(axis=1).argmax() in (2, 3)  # where frame 1 of C is


def strings(n):
    """Draw strings with all that a tokenizer can stumble over."""
    draw = random.Random(5)
    alphabets = [
        "abcdefghijklmnopqrstuvwxyz ABC .,'!?-",
        "àéîõüçßøåñžŁœÆİıſΐΣς ",
        "日本語中文漢字東京 한국어가나다 ひらがなカタカナ",
        "😀👩‍👩‍👧🇫🇷❤️🏳️‍🌈👍🏽 ",
        "\u200b\u200d\u202e\u202d\u00ad\ufeff\t\n\r\x00\x07\u2028\u00a0\u3000  ab",
        "عربي עברית हिन्दी ไทย қаз",
        "0123456789 €£$%&@#^~`|<>=+*/\\_{}[]()\"'",
        "e\u0301a\u0308o\u0302 q\u0323\u0307 ﬁ ﷺ ½ ²",
        "𝔘𝔫𝔦 𠀀𠀁 𐍈 \ufffd \U000e0001 ㈱ \ufe0f",
    ]
    parts = [
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "[UNK]",
        "##ing",
        "café",
        "Straße",
        "<b>",
        "東京",
    ]
    for i in range(n):
        if i % 10 == 0:  # a very long word
            letters = draw.choice(["ab", "é", "x1", "日"])
            yield "".join(draw.choice(letters) for _ in range(draw.randint(90, 400)))
        elif i % 10 == 1:
            yield " ".join(draw.choice(parts) for _ in range(draw.randint(0, 12)))
        elif i % 10 == 2:
            yield "".join(
                draw.choice(draw.choice(alphabets)) for _ in range(draw.randint(1, 80))
            )
        else:
            alphabet = draw.choice(alphabets)
            yield "".join(draw.choice(alphabet) for _ in range(draw.randint(0, 60)))


def test_word_pieces_are_the_tokenizers(loaded, encoder):
    texts = list(strings(1_500))
    got = loaded.evaluate(
        """async ([name, texts]) =>
            (await attentionCourse.openModel(name)).pieces(texts)""",
        [SENTENCES, texts],
    )
    for text, ours in zip(texts, got, strict=True):
        assert ours == encoder.tokenizer.encode(text).ids, ascii(text)


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


def test_after_the_first_load_it_needs_no_network_at_all(visit, home):
    page = visit(home)
    load(page, AlignmentViewer)
    page.wait_for_function(
        """async () => {
            const kept = await (await caches.open("attention-course-pages")).keys();
            const names = kept.map(({ url }) => new URL(url).pathname);
            const some = (end) => names.some((name) => end.test(name));
            return [/\\/sub\\/$/, /models.json$/, /live_widgets.js$/, /models.js$/,
                /models_worker.js$/, /alignment_viewer.js$/, /ort-.*js$/].every(some);
        }"""
    )
    page.context.set_offline(True)
    page.reload(wait_until="load")
    place = load(page, AlignmentViewer)
    place.get_by_label("Or type one").fill("24 Dec 2031")
    place.get_by_text("Written: 2031-12-24").wait_for()


def test_a_changed_model_is_not_used(visit, folder, tmp_path):
    other = tmp_path / "site" / "sub"
    shutil.copytree(folder, other)
    (model,) = (other / "_static/models").glob("date-translator-step-*.gz")
    content = bytearray(gzip.decompress(model.read_bytes()))
    content[len(content) // 2] ^= 1  # one bit
    model.write_bytes(gzip.compress(bytes(content)))
    for url in serve(other.parent, POLICY):
        page = visit(f"{url}/sub/")
        place = widget(page, AlignmentViewer)
        place.locator(".ac-loader button").click()
        place.get_by_text("its SHA-256 is another; it was not used").wait_for()
        assert place.locator("input[type=text]").is_disabled()
        assert place.locator(".ac-heatmap").is_visible()
        # Put right, it loads without a new visit.
        content[len(content) // 2] ^= 1
        model.write_bytes(gzip.compress(bytes(content)))
        load(page, AlignmentViewer)


def test_a_server_that_unpacks_the_files_is_understood(visit, folder, tmp_path):
    other = tmp_path / "site" / "sub"
    shutil.copytree(folder, other)
    for path in (other / "_static/models").glob("*.gz"):
        path.write_bytes(gzip.decompress(path.read_bytes()))
    for url in serve(other.parent, POLICY):
        load(visit(f"{url}/sub/"), AlignmentViewer)


def test_a_model_that_is_gone_is_said_and_the_examples_stay(visit, folder, tmp_path):
    other = tmp_path / "site" / "sub"
    shutil.copytree(folder, other)
    (other / "_static/models/models.json").unlink()
    for url in serve(other.parent, POLICY):
        page = visit(f"{url}/sub/")
        place = widget(page, AlignmentViewer)
        place.locator(".ac-loader button").click()
        place.get_by_text(
            "could not be loaded (models.json: the server answered 404)"
        ).wait_for()
        assert place.locator(".ac-heatmap").is_visible()
        # The browser itself notes the missing file.
        page.problems[:] = [one for one in page.problems if "404" not in one]


def test_a_browser_without_simd_is_told_and_the_examples_stay(visit, home, open_page):
    page = open_page()
    page.context.unroute("**/*")
    page.add_init_script("WebAssembly.validate = () => false")
    page.goto(home, wait_until="load")
    place = widget(page, HeadViewer)
    place.get_by_text("This browser is too old to run the model").wait_for()
    assert not place.locator(".ac-loader button").count()
    assert place.locator(".ac-hv-map").is_visible()
    assert page.problems == []


def test_a_page_opened_as_a_file_says_why_it_loads_no_model(visit, folder):
    page = visit((folder / "index.html").as_uri())
    for kind in KINDS:
        place = widget(page, kind)
        place.get_by_text("This page was opened as a file").wait_for()
        assert not place.locator(".ac-loader button").count()


def test_over_an_insecure_connection_it_says_that_nothing_was_checked(visit, folder):
    kinds = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}

    def answer(route):
        name = route.request.url.partition("?")[0].removeprefix("http://models.test/")
        path = folder / (name or "index.html")
        kind = kinds.get(path.suffix, "application/octet-stream")
        route.fulfill(body=path.read_bytes(), content_type=f"{kind}; charset=utf-8")

    page = visit("http://models.test/", routes={"http://models.test/**": answer})
    assert page.evaluate("isSecureContext") is False
    place = load(page, DigitPad)
    place.get_by_text("cannot check files, so the model was not checked").wait_for()


def test_the_built_book_passes_the_documented_policy(open_page, site_folder):
    pages = sorted((site_folder / "book").glob("*.html"))
    assert pages
    for url in serve(site_folder, DOCUMENTED):
        for path in pages:
            page = open_page(f"{url}/book/{path.name}")
            page.wait_for_timeout(200)
            assert page.problems == [], path.name
            page.context.close()


def test_under_a_policy_without_wasm_it_says_that_it_could_not_load(visit, folder):
    strict = POLICY.replace(" 'wasm-unsafe-eval'", "")
    for url in serve(folder.parent, strict):
        page = visit(f"{url}/sub/")
        place = widget(page, AlignmentViewer)
        place.locator(".ac-loader button").click()
        place.get_by_text("The model could not be loaded").wait_for()
        assert place.locator(".ac-heatmap").is_visible()
        assert page.problems
        assert all(
            "wasm" in one.lower() or "policy" in one.lower() for one in page.problems
        )
        page.problems.clear()
