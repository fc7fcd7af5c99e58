"""A report reads well as text and as HTML, and is never markup of the reader's."""

from __future__ import annotations

import dataclasses
import re
import sys
from types import SimpleNamespace

import pytest
from torch import Tensor

from attention_course.exercises import Report, check, exercises, hint, progress
from tests.exercises.helpers import (
    CODE,
    Page,
    fails_with_a_name,
)


def test_html_escapes_what_comes_from_the_reader() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        print("<script>alert(1)</script> & <b>bold</b>")
        raise ValueError("<script>alert(2)</script> `<img src=x onerror=alert(3)>` $x$")

    page = check("1.2", attempt)._repr_html_()
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in page
    assert "<code>&lt;img src=x onerror=alert(3)&gt;</code>" in page
    assert not re.search(r"\$x\$", page)  # MathJax would set it as a formula
    assert "alert(2)" in Page(page).words


def test_html_says_everything_in_words_and_sets_no_colour() -> None:
    attempts = [None, CODE[0].solution, CODE[0].mistakes[3].attempt, fails_with_a_name]
    for attempt, word in zip(
        attempts, ["not attempted yet", "passed", "wrong", "raised"], strict=True
    ):
        report = check("1.2", attempt)
        html = report._repr_html_()
        page = Page(html)
        assert word in page.words
        assert report.message.replace("`", "") in page.words
        assert not {"script", "style", "link"} & set(page.tags)
        assert not any(name.startswith("on") for name, _ in page.attributes)
        styles = [value or "" for name, value in page.attributes if name == "style"]
        assert not re.search(
            r"#[0-9a-f]{3}|rgb|(background|color): (?!none|inherit)", " ".join(styles)
        )


def test_html_shows_the_first_differing_entry() -> None:
    report = check("1.2", CODE[0].mistakes[3].attempt)
    words = Page(report._repr_html_()).words
    for part in (
        "first difference at",
        report.index,
        "expected",
        report.expected,
        "received",
    ):
        assert part in words
    assert report.tried in words
    assert report.index.startswith("[")


def test_text_is_short_enough_for_a_cell() -> None:
    report = check("1.2", CODE[0].mistakes[0].attempt)
    assert max(map(len, repr(report).splitlines())) <= 100
    assert str(report) == repr(report)


def test_a_report_is_what_it_says() -> None:
    report = Report("1.2", "Title", "wrong", "Message.", "ids (3,)", "[0]", "1", "2")
    assert report.diagnosis == "Message. With ids (3,) at [0]: expected 1, received 2."
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.status = "passed"  # type: ignore[misc]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "cp1252", "no-such"])
def test_a_terminal_without_unicode_gets_ascii_signs(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Printing must not fail, and what is printed must still be read."""
    shown = [
        check("1.2", CODE[0].solution),
        check("1.2", CODE[0].mistakes[0].attempt),
        check("3.3", lambda query, key: query @ key.mT * key.shape[-1] ** 0.5),
        check("1.2"),
        exercises(),
        hint("3.3", 2),
        progress(),
    ]
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(encoding=encoding))
    texts = [repr(one) for one in shown]
    monkeypatch.undo()
    for text in texts:
        text.encode("ascii" if encoding == "no-such" else encoding)
    assert "[x] passed" in texts[0]
    assert "[!] not passed" in texts[1]
    assert "sqrt d_k" in texts[2]
    assert "[ ] not attempted yet" in texts[3]
    assert "**." in texts[4]


def test_a_stream_that_takes_every_sign_gets_them() -> None:
    assert "✔ passed" in repr(check("1.2", CODE[0].solution))
    assert "★★☆" in repr(exercises())


def test_a_report_gives_its_rows_by_name() -> None:
    failed = check("1.2", lambda ids, vocab_size: ids)
    assert list(failed.rows) == ["tried with", "expected", "received"]
    assert failed.rows["tried with"] == failed.tried
    assert check("1.2", CODE[0].solution).rows == {}
