"""The reader's progress: one line for each attempt, in one file, and its summary."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from attention_course.exercises import (
    Report,
    check,
    exercises,
    progress,
)
from attention_course.exercises.checker.record import attempts, progress_file, record
from tests.exercises.helpers import (
    code,
)

RIGHT = code("1.2").solution


WRONG = code("1.2").mistakes[0].attempt


@pytest.fixture
def kept(tmp_path, monkeypatch):
    path = tmp_path / "new folder" / "progress.jsonl"
    monkeypatch.setenv("ATTENTION_COURSE_PROGRESS", str(path))
    return path


def row(number, summary=None):
    return next(row for row in (summary or progress()).rows if row[0] == number)


def test_nothing_tried_yet(kept):
    summary = progress()
    assert not kept.exists()
    assert summary.n_passed == 0
    assert {state for _, _, state, _, _ in summary.rows} == {"not begun"}
    code = [number for number, _, kind, _, _ in exercises() if kind == "code"]
    assert [number for number, *_ in summary.rows] == code
    assert f"0 of {len(code)} code exercises passed, 0 tried" in repr(summary)


def test_an_attempt_is_kept_and_a_pass_stays_a_pass(kept):
    check("1.2", WRONG)
    assert row("1.2")[2:4] == ("tried", 1)
    check("1.2", RIGHT)
    assert row("1.2")[2:4] == ("passed", 2)
    check("1.2", WRONG)
    assert row("1.2")[2:4] == ("passed", 3)
    assert progress().n_passed == 1
    assert progress(2).n_passed == 0
    day = json.loads(kept.read_text().splitlines()[1])["when"][:10]
    assert row("1.2")[4] == day


def test_a_line_holds_the_exercise_the_outcome_and_the_time_alone(kept):
    check("1.2", WRONG)
    (line,) = kept.read_text().splitlines()
    entry = json.loads(line)
    assert set(entry) == {"exercise", "status", "when"}
    assert (entry["exercise"], entry["status"]) == ("1.2", "wrong dtype")
    assert entry["when"].endswith("+00:00")


def stub(ids, vocab_size): ...


@pytest.mark.parametrize("attempt", [None, ..., stub])
def test_a_stub_is_no_attempt(kept, attempt):
    assert check("1.2", attempt).status == "not attempted"
    assert not kept.exists()


def test_what_was_kept_is_never_lost(kept):
    kept.parent.mkdir()
    kept.write_text('not json\n[1]\n{"exercise": 3}\n{"exercise": "9.9"}\n')
    before = kept.read_text()
    check("1.2", RIGHT)
    assert kept.read_text().startswith(before)
    assert progress().n_passed == 1


def test_two_notebooks_at_once_lose_nothing(kept):
    report = Report("1.2", "", "passed", "")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, [report] * 200))
    assert len(list(attempts(kept))) == 200


def test_off_keeps_nothing(monkeypatch):
    monkeypatch.setenv("ATTENTION_COURSE_PROGRESS", " OFF ")
    check("1.2", RIGHT)
    assert progress_file() is None
    assert progress().n_passed == 0
    assert "off" in repr(progress())


def test_a_file_that_cannot_be_written_disturbs_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("ATTENTION_COURSE_PROGRESS", str(tmp_path))  # a folder
    assert check("1.2", RIGHT).passed
    assert progress().n_passed == 0


def test_without_the_variable_it_lies_among_the_reader_s_own_data(monkeypatch):
    monkeypatch.delenv("ATTENTION_COURSE_PROGRESS")
    path = progress_file()
    assert path.is_absolute()
    assert path.parts[-2:] == ("attention-course", "progress.jsonl")
    assert os.getcwd() not in str(path)


def test_the_summary_in_a_notebook(kept):
    check("1.2", RIGHT)
    html = progress(1)._repr_html_()
    assert "1 of 8 code exercises passed" in html
    assert html.count("<tr>") == 1 + len(progress(1).rows)
    assert '<th scope="col"' in html


def test_the_files_name_is_never_markup(tmp_path, monkeypatch):
    path = tmp_path / "<img src=x>"
    monkeypatch.setenv("ATTENTION_COURSE_PROGRESS", str(path))
    assert "<img" not in progress()._repr_html_()
