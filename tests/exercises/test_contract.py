"""Every exercise keeps its promises, and a broken promise is noticed."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from attention_course import (
    attention,
    embedding,
    encoder_decoder,
)
from attention_course.data import copy_task, sequences
from attention_course.exercises import (
    Exercise,
    Mistake,
    Question,
    check,
    exercises,
)
from attention_course.exercises.checker import judge, mistakes, run, sandbox
from attention_course.exercises.checker.calls import unchanged
from attention_course.exercises.checker.compare import same
from attention_course.lab import training
from tests.exercises.helpers import (
    CODE,
    QUESTIONS,
    SEEDS,
    Attempt,
    by_id,
    toy,
)


def assert_texts(exercise: Exercise) -> None:
    """Title, statement, stub, hints, stars and minutes are there and in order."""
    assert re.fullmatch(r"\d+\.\d+", exercise.id), "id"
    assert exercise.title, "title"
    assert exercise.stars in (1, 2, 3), "difficulty"
    assert 1 <= exercise.minutes <= 60, "minutes"
    name = exercise.solution.__name__
    assert f"`{name}(" in exercise.statement, (
        "the statement names the function and its arguments"
    )
    for word in (":::", "```{", "{admonition}", "$$"):
        assert word not in exercise.statement, "no directive in the statement"
    assert len(exercise.hints) >= 2, "two hints at least"
    lengths = [len(text) for text in exercise.hints]
    assert lengths == sorted(set(lengths)), "each hint says more than the one before"
    assert len(exercise.mistakes) >= 4, "four wrong answers at least"
    assert len(exercise.right_ways) >= 3, "three other right answers at least"
    texts = [wrong.diagnosis for wrong in exercise.mistakes]
    assert len(set(texts)) == len(texts), "each mistake has its own text"
    for one in texts:
        assert not any(one in other for other in texts if other != one), (
            "no text holds another"
        )


def assert_right_pass(exercise: Exercise) -> None:
    for seed in SEEDS:
        for attempt in (exercise.solution, *exercise.right_ways):
            report = check(exercise.id, attempt, seed=seed)
            assert report.passed, f"{attempt.__name__}, seed {seed}: {report}"
            assert bool(report) is True
            assert report.status == "passed"


def assert_wrong_named(exercise: Exercise) -> None:
    """Every wrong answer is rejected with its own diagnosis and with no other."""
    texts = [wrong.diagnosis for wrong in exercise.mistakes]
    for seed in SEEDS:
        for wrong in exercise.mistakes:
            report = check(exercise.id, wrong.attempt, seed=seed)
            label = f"{wrong.attempt.__name__}, seed {seed}"
            assert not report.passed, f"{label} was accepted"
            assert bool(report) is False
            told = [text for text in texts if text in report.diagnosis]
            assert told == [wrong.diagnosis], f"{label}: {report}"
            assert report.expected != report.received, label


def outcome(attempt: Attempt, args: tuple[Any, ...]) -> Any:
    try:
        return attempt(*sandbox.fresh(args))
    except Exception as error:
        return type(error).__name__


def assert_distinguishable(exercise: Exercise) -> None:
    """The inputs tell any two wrong answers apart, and each from the right one."""
    for seed in SEEDS:
        inputs = run.inputs_of(exercise, seed)
        assert len(inputs) >= 2, "several inputs"
        attempts = [exercise.solution, *(wrong.attempt for wrong in exercise.mistakes)]
        outcomes = [[outcome(attempt, args) for args in inputs] for attempt in attempts]
        for i, one in enumerate(outcomes):
            for j, other in enumerate(outcomes[:i]):
                agree = all(
                    same(a, b, rtol=exercise.rtol, atol=exercise.atol)
                    for a, b in zip(one, other, strict=True)
                )
                names = attempts[i].__name__, attempts[j].__name__
                assert not agree, (
                    f"{names[0]} and {names[1]} give the same, seed {seed}"
                )


def assert_inputs_repeat(exercise: Exercise) -> None:
    """Inputs come from the seed alone, and the sizes change from call to call."""
    torch.manual_seed(1)
    first = run.inputs_of(exercise, 5)
    torch.manual_seed(2)
    second = run.inputs_of(exercise, 5)
    assert all(map(unchanged, second, first)), "the same seed gives the same inputs"
    sizes = {str([getattr(arg, "shape", arg) for arg in args]) for args in first}
    assert len(sizes) == len(first), "each input has its own sizes"


CONTRACT = (
    assert_texts,
    assert_right_pass,
    assert_wrong_named,
    assert_distinguishable,
    assert_inputs_repeat,
)
MARKS = tuple(
    pytest.mark.slow if promise is assert_wrong_named else () for promise in CONTRACT
)


@pytest.mark.parametrize(
    "promise",
    [
        pytest.param(promise, id=promise.__name__[7:], marks=marks)
        for promise, marks in zip(CONTRACT, MARKS, strict=True)
    ],
)
@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_every_exercise_keeps_its_promises(
    exercise: Exercise, promise: Callable[[Exercise], None]
) -> None:
    promise(exercise)


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_the_stub_runs_and_counts_as_not_attempted(exercise: Exercise) -> None:
    namespace: dict[str, Any] = {"torch": torch, "Tensor": Tensor, "nn": nn}
    exec(exercise.stub, namespace)
    stub = namespace[exercise.solution.__name__]
    assert inspect.getdoc(stub) == inspect.getdoc(exercise.solution)
    assert list(inspect.signature(stub).parameters) == list(
        inspect.signature(exercise.solution).parameters
    )
    assert exercise.stub.endswith("\n    ...")
    report = check(exercise.id, stub)
    assert report.status == "not attempted"
    assert not report
    assert "not attempted yet" in repr(report)


@pytest.mark.parametrize("question", QUESTIONS, ids=by_id)
def test_every_question_has_an_answer_with_its_reason(question: Question) -> None:
    assert "?" in question.text or "Count" in question.text
    assert len(question.answer) > len(question.text) / 2
    assert question.stars in (1, 2, 3)
    assert 1 <= question.minutes <= 60


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_a_stub_needs_no_more_than_the_notebook_imports(exercise: Exercise) -> None:
    """There annotations are evaluated, and only ``Tensor`` is sure to be imported."""
    code = compile(exercise.stub, "cell", "exec", dont_inherit=True)
    exec(code, {"Tensor": Tensor})


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_an_exercise_hides_no_name_of_the_package(exercise: Exercise) -> None:
    modules = (attention, copy_task, embedding, encoder_decoder, sequences, training)
    taken = {name for module in modules for name in module.__all__}
    assert exercise.solution.__name__ not in taken


def all_promises(exercise: Exercise) -> None:
    for promise in CONTRACT:
        promise(exercise)


def test_the_toy_keeps_every_promise(known: Callable[[Exercise], Exercise]) -> None:
    all_promises(known(toy()))


COUNT = itertools.count()


BROKEN = {
    "accepts everything": ({"rtol": 1e9, "atol": 1e9}, "was accepted"),
    "accepts by a comparison of its own": (
        {"compare": lambda *_: None},
        "was accepted",
    ),
    "a wrong answer that is right": (
        {
            "mistakes": (
                *toy().mistakes,
                Mistake(lambda values: values + values, "None of it."),
            )
        },
        "was accepted",
    ),
    "two wrong answers alike": (
        {
            "mistakes": (
                *toy().mistakes,
                Mistake(lambda values: 3.0 * values, "Thrice, it seems."),
            )
        },
        "<lambda>, seed 0",
    ),
    "a right answer that is wrong": (
        {"right_ways": (*toy().right_ways, lambda values: values * 2.1)},
        "not passed",
    ),
    "few wrong answers": ({"mistakes": toy().mistakes[:3]}, "four wrong answers"),
    "few right answers": (
        {"right_ways": toy().right_ways[:2]},
        "three other right answers",
    ),
    "one hint": ({"hints": ("Twice.",)}, "two hints"),
    "hints that say less": ({"hints": ("Times two.", "Twice.")}, "each hint says more"),
    "a nameless statement": ({"statement": "Double it."}, "names the function"),
    "one input": (
        {"make_inputs": lambda generator: [(torch.randn(5, generator=generator),)]},
        "several inputs",
    ),
    "inputs that do not repeat": (
        {
            "make_inputs": lambda _: [
                (torch.randn(n) * (1 + next(COUNT)),) for n in (5, 7)
            ]
        },
        "the same seed",
    ),
    "inputs that hide a mistake": (
        {"make_inputs": lambda g: [(torch.rand(n, generator=g) + 1,) for n in (5, 7)]},
        "was accepted",
    ),
}


@pytest.mark.parametrize(("changes", "complaint"), BROKEN.values(), ids=BROKEN)
def test_a_broken_promise_is_noticed(
    changes: dict[str, Any], complaint: str, known: Callable[[Exercise], Exercise]
) -> None:
    with pytest.raises(AssertionError, match=re.escape(complaint)):
        all_promises(known(toy(**changes)))


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (judge, "problem", lambda *args, **options: None),  # nothing is ever wrong
        (mistakes, "_matches", lambda *args: False),  # no mistake is ever recognised
        (mistakes, "_matches", lambda *args: True),  # the first one always is
        (judge, "name_mistake", lambda *args: ""),
    ],
)
def test_a_broken_checker_is_noticed(
    module: Any, name: str, broken: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(AssertionError):
        assert_wrong_named(CODE[0])


@pytest.mark.parametrize("chapter", [4, 5])
def test_the_chapter_has_enough_of_both_kinds(chapter: int) -> None:
    rows = list(exercises(chapter))
    assert [row[0] for row in rows] == [f"{chapter}.{n + 1}" for n in range(len(rows))]
    kinds = [row[2] for row in rows]
    assert len(kinds) >= 10
    assert kinds.count("code") >= 7
    assert kinds.count("predict") >= 1
    mine = [exercise for exercise in CODE if exercise.id.startswith(f"{chapter}.")]
    assert all(len(exercise.hints) >= 3 for exercise in mine)
    assert {row[3] for row in rows} == {1, 2, 3}
