"""What an author writes: an exercise in one file, its stub and its inputs."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from attention_course.exercises import Exercise, Question
from attention_course.exercises.checker import exercise, primes, registry
from tests.exercises.helpers import ITEMS, generator

FOLDER = Path(inspect.getfile(registry)).parents[1]


@exercise("9.1", "Twice", stars=1, minutes=2, statement="Write `double(values)`.")
@torch.no_grad()
def double(values: Tensor) -> Tensor:
    """Double every number."""
    return values * 2


double.hints = ("Twice.", "Times two.")


@double.inputs
def inputs(generator):  # type: ignore[no-untyped-def]
    yield (torch.randn(3, generator=generator),)


@double.right
def add(values):  # type: ignore[no-untyped-def]
    return values + values


@double.wrong("You squared.")
def square(values):  # type: ignore[no-untyped-def]
    return values**2


@double.wrong("You added two.")
def plus(values):  # type: ignore[no-untyped-def]
    return double(values) / 2 + 2


def test_decorators_put_an_exercise_together() -> None:
    assert isinstance(double, Exercise)
    assert (double.id, double.title, double.stars, double.minutes) == (
        "9.1",
        "Twice",
        1,
        2,
    )
    assert double.make_inputs is inputs
    assert double.right_ways == (add,)
    assert [known.attempt for known in double.mistakes] == [square, plus]
    assert [known.diagnosis for known in double.mistakes] == [
        "You squared.",
        "You added two.",
    ]


def test_an_exercise_is_its_solution() -> None:
    assert torch.equal(double(torch.ones(2)), torch.full((2,), 2.0))
    assert double.__name__ == "double"
    assert list(inspect.signature(double).parameters) == ["values"]
    assert plus(torch.tensor(3.0)) == 5


def test_stub_and_source_leave_the_decorators_out() -> None:
    signature = 'def double(values: Tensor) -> Tensor:\n    """Double every number."""'
    assert double.stub == f"{signature}\n    ..."
    assert double.source == f"{signature}\n    return values * 2"


def test_a_solution_without_a_docstring_has_no_stub() -> None:
    bare = exercise("9.2", "Bare", stars=1, minutes=1, statement="")(square)
    with pytest.raises(TypeError, match=r"exercise 9\.2: .* with a docstring"):
        bare.stub  # noqa: B018


def test_every_file_is_one_exercise_and_none_is_long() -> None:
    files = [
        path for path in FOLDER.glob("chapter_*/*.py") if not path.name.startswith("_")
    ]
    assert len(files) == len(ITEMS)
    by_name = {item.solution.__name__ for item in ITEMS if isinstance(item, Exercise)}
    assert by_name <= {path.stem for path in files}
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 400, path.name


def test_a_new_file_is_found_and_a_shared_one_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = tmp_path / "course" / "chapter_9"
    chapter.mkdir(parents=True)
    for folder in (chapter, chapter.parent):
        (folder / "__init__.py").touch()
    (chapter / "_shared.py").write_text("raise RuntimeError('not an exercise')")
    question = "Question('9.{n}', '', '', '', 1, 1)"
    for n, name in enumerate(("first", "second"), start=1):
        (chapter / f"{name}.py").write_text(
            "from attention_course.exercises import Question\n"
            f"question = {question.format(n=n)}\n"
            + ("from .first import question as neighbour\n" if n == 2 else "")
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "_registry", {})
    registry.discover([str(chapter.parent)], "course")
    assert [row[0] for row in registry.exercises()] == ["9.1", "9.2"]
    assert isinstance(registry.find("9.2"), Question)
    for name in [name for name in sys.modules if name.split(".")[0] == "course"]:
        del sys.modules[name]


def test_primes_are_different_primes() -> None:
    drawn = primes(generator(), 8, low=3, high=23)
    assert sorted(drawn) == [3, 5, 7, 11, 13, 17, 19, 23]
    assert primes(generator(1), 8, low=3, high=23) != drawn
    with pytest.raises(ValueError, match="n: expected at most 3 primes up to 5, got 4"):
        primes(generator(), 4, high=5)
