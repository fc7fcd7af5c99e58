"""The pretrained encoder reads sentences in the page as by torch."""

from __future__ import annotations

import base64
import random

import numpy as np
import pytest

from attention_course.widgets import HeadViewer
from tests.site.models.pages import (
    SENTENCE,
    SENTENCES,
    ask,
    load,
    widget,
)

pytestmark = pytest.mark.browser


def rows_of(recording):
    """Read the weights of a recording back ``(n_layers, n_heads, T, T)``."""
    T = len(recording["words"])
    shape = recording["n_layers"], recording["n_heads"], T
    largest = np.frombuffer(base64.b64decode(recording["largest"]), "<u2")
    shares = np.frombuffer(base64.b64decode(recording["weights"]), "u1")
    return (
        shares.reshape(*shape, T) / 255 * largest.reshape(*shape, 1) / 65535
    )  # (n_layers, n_heads, T, T)


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
            (await attentionCourse.openModel(name)).run({ texts }, "pieces")""",
        [SENTENCES, texts],
    )
    for text, ours in zip(texts, got, strict=True):
        assert ours == encoder.tokenizer.encode(text).ids, ascii(text)


def test_the_page_goes_on_while_the_model_reads(visit, home):
    page = visit(home)
    load(page, HeadViewer)
    order = page.evaluate(
        """async ([name, sentence]) => {
            const model = await attentionCourse.openModel(name);
            const order = [];
            const answer = model.run({ sentence }).then(() => order.push("answer"));
            for (let n = 0; n < 3; n += 1) {
                await new Promise((done) => setTimeout(done));
                order.push("the page");
            }
            await answer;
            return order;
        }""",
        [SENTENCES, "word " * 126],
    )
    assert order == ["the page"] * 3 + ["answer"]
