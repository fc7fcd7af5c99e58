"""The log of attempts: no line swallows another, and nothing is said to be kept that is not."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attention_course.exercises import check, progress
from attention_course.exercises.checker import record as module
from attention_course.exercises.checker.record import attempts
from tests.exercises.helpers import code

VARIABLE = "ATTENTION_COURSE_PROGRESS"
RIGHT = code("1.2").solution
WRONG = code("1.2").mistakes[0].attempt
PASSED = '{"exercise": "1.2", "status": "passed", "when": "2026-01-02T03:04:05+00:00"}'


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "progress.jsonl"
    monkeypatch.setenv(VARIABLE, str(path))
    monkeypatch.setattr(module, "_last_trouble", "")
    return path


# ----------------------------------------------------------------- torn and odd lines


@pytest.mark.parametrize("torn", ['{"exercise": "1.3", "sta', PASSED, "\0\0\0", "é"])
def test_a_torn_last_line_swallows_no_other(kept: Path, torn: str) -> None:
    kept.write_text(f"{PASSED}\n{torn}", encoding="utf-8")
    n_before = len(list(attempts(kept)))
    check("1.3", code("1.3").solution)
    assert len(list(attempts(kept))) == n_before + 1
    assert progress().n_passed == 2


def test_a_whole_last_line_gets_no_empty_one_below(kept: Path) -> None:
    kept.write_text(f"{PASSED}\n", encoding="utf-8")
    check("1.2", WRONG)
    lines = kept.read_text(encoding="utf-8").split("\n")
    assert len(lines) == 3
    assert lines[-1] == ""


def test_what_cannot_be_read_is_counted(kept: Path) -> None:
    kept.write_text(f'{PASSED}\n{{"exercise": "1.3", "sta\n[1]\n\n', encoding="utf-8")
    assert progress().n_passed == 1
    assert "(2 lines of it could not be read)" in repr(progress())
    kept.write_text(f"{PASSED}\nnothing\n", encoding="utf-8")
    assert "(1 line of it could not be read)" in repr(progress())


@pytest.mark.parametrize("start", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_mark_in_front_and_windows_line_ends_are_read(
    kept: Path, start: str, end: str
) -> None:
    kept.write_bytes(f"{start}{PASSED}{end}{PASSED}{end}".encode())
    assert len(list(attempts(kept))) == 2
    assert "could not be read" not in repr(progress())


# ------------------------------------------------------- places that are none


def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def expanduser(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", expanduser)
    return "~/progress.jsonl"


def no_platformdirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    return ""


def a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return str(tmp_path)


def below_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "file").touch()
    return str(tmp_path / "file" / "progress.jsonl")


def a_long_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return str(tmp_path / ("x" * 5_000))


def a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if not hasattr(os, "mkfifo"):  # Windows has none: a folder cannot be written either
        return str(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    return str(tmp_path / "pipe")


def read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def open_(self: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        if mode.startswith("a"):
            raise PermissionError(13, "Permission denied")
        return builtins.open(self, mode, *args, **options)

    monkeypatch.setattr(Path, "open", open_)
    return str(tmp_path / "progress.jsonl")


PLACES = (
    no_home,
    no_platformdirs,
    a_folder,
    below_a_file,
    a_long_name,
    a_pipe,
    read_only,
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_place_that_is_none_leaves_check_alone_and_is_told(
    place: Callable[[Path, pytest.MonkeyPatch], str],
    kept: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, place(tmp_path, monkeypatch))
    assert check("1.2", RIGHT).passed
    summary = progress()
    assert summary.n_passed == 0
    assert "New attempts are not kept" in repr(summary)
    assert "New attempts are not kept" in summary._repr_html_()
    assert "Kept in" not in repr(summary)


def test_a_user_that_nobody_knows_leaves_check_alone(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "~nosuchuser/progress.jsonl")
    assert check("1.2", RIGHT).passed
    assert "Kept in" not in repr(progress())


def test_before_the_first_attempt_nothing_is_said_to_be_kept(kept: Path) -> None:
    assert f"Nothing is kept yet; attempts go to {kept}" in repr(progress())
    check("1.2", RIGHT)
    assert f"Kept in {kept}" in repr(progress())


def test_a_trouble_that_has_passed_is_no_longer_told(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, line: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "_append", full)
        check("1.2", RIGHT)
    assert "no space left on device" in repr(progress())
    check("1.2", RIGHT)
    assert f"Kept in {kept}" in repr(progress())


def test_what_was_not_checked_is_no_attempt(kept: Path) -> None:
    assert check("1.2", RIGHT, seed=-1).status == "not checked"
    assert not kept.exists()
