"""The inputs separate: sizes of 1, values far from zero, ties, borders, one layer."""

from __future__ import annotations

import dataclasses
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from attention_course.exercises import Exercise
from attention_course.exercises.checker import run, sandbox
from attention_course.exercises.checker.compare import problem
from tests.exercises.helpers import CODE, Attempt, by_id, code


def rejected(exercise: Exercise, attempt: Attempt, seed: int = 0) -> bool:
    """Say whether an attempt is wrong on any input, without asking why."""
    for args in run.inputs_of(exercise, seed):
        try:
            received = attempt(*sandbox.fresh(args))
        except Exception:
            return True
        found = problem(
            received,
            exercise.solution(*sandbox.fresh(args)),
            rtol=exercise.rtol,
            atol=exercise.atol,
            exact=exercise.asks_for_a_dtype,
        )
        if found is not None:
            return True
    return False


def changed(result: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(result, tuple):
        return tuple(changed(part, change) for part in result)
    return change(result) if isinstance(result, Tensor) else result


def numbers(value: Any) -> int:
    if isinstance(value, Tensor):
        return value.numel()
    if isinstance(value, list | tuple):
        return sum(map(numbers, value))
    if isinstance(value, int):
        return abs(value)
    return len(value) if isinstance(value, str) else 0


GIVES_AXES = [
    exercise
    for exercise in CODE
    if any(
        isinstance(part, Tensor) and part.ndim > 0
        for args in run.inputs_of(exercise, 0)
        for part in [exercise.solution(*sandbox.fresh(args))]
        for part in (part if isinstance(part, tuple) else (part,))
    )
]


@pytest.mark.parametrize("exercise", GIVES_AXES, ids=by_id)
def test_a_squeeze_of_the_result_is_noticed(exercise: Exercise) -> None:
    def squeezed(*args: Any) -> Any:
        return changed(exercise.solution(*args), Tensor.squeeze)

    assert rejected(exercise, squeezed)
    assert not rejected(exercise, exercise.solution)


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_the_inputs_reach_from_small_to_large(exercise: Exercise) -> None:
    inputs = run.inputs_of(exercise, 0)
    given = [numbers(args) for args in inputs]
    results = [numbers(exercise.solution(*sandbox.fresh(args))) for args in inputs]
    assert max(given) >= 4 * min(given) or max(results) >= 4 * min(results)


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_any_width_of_numbers_will_do_where_none_is_asked_for(
    exercise: Exercise,
) -> None:
    def other_width(part: Tensor) -> Tensor:
        if part.is_floating_point():
            return part.double()
        return part if part.dtype == torch.bool else part.int()

    def attempt(*args: Any) -> Any:
        return changed(exercise.solution(*args), other_width)

    results = [exercise.solution(*sandbox.fresh(a)) for a in run.inputs_of(exercise, 0)]
    has_numbers = any(
        isinstance(part, Tensor) and part.dtype != torch.bool
        for result in results
        for part in (result if isinstance(result, tuple) else (result,))
    )
    assert rejected(exercise, attempt) == (exercise.asks_for_a_dtype and has_numbers)


def zero_is_padding(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    losses = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), target.flatten(), ignore_index=0
    )
    return losses


def log_of_quotient(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    p = logits.exp() / logits.exp().sum(-1, keepdim=True)
    return -p.log().gather(-1, target.unsqueeze(-1)).squeeze(-1)[mask].mean()


def filler_for_zero(rows: list[list[int]], filler: int) -> Tensor:
    width = max(map(len, rows))
    padded = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    return torch.where(padded == 0, filler, padded)


def without_the_maximum(scores: Tensor, mask: Tensor) -> Tensor:
    exp = scores.exp() * mask
    return exp / exp.sum(-1, keepdim=True).clamp(min=1e-30)


def filled_with_minus_30(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -30.0).softmax(-1) * mask


def by_fractions(cells: Tensor, sizes: Any, context_sizes: Any) -> Tensor:
    return torch.tensor(
        [
            [
                int(c // (n / m))
                for c, n, m in zip(cell, sizes, context_sizes, strict=True)
            ]
            for cell in cells.tolist()
        ]
    )


def total_by_fractions(sizes: Any, context_sizes: Any, extent: Any) -> int:
    total = 1
    for n, m, e in zip(sizes, context_sizes, extent, strict=True):
        centres = [int(i / n * m) for i in range(n)]
        total *= sum(min(c + e, m - 1) - max(c - e, 0) + 1 for c in centres)
    return total


def more_than_nearly_equal(word: int, table: Tensor, n_nearest: int) -> Tensor:
    cosines = torch.cosine_similarity(table, table[word : word + 1])
    return torch.where(cosines > 0.9999, -2.0, cosines).topk(n_nearest).indices


def table_of_512(length: int, d_model: int) -> Tensor:
    return code("4.9").solution(min(length, 512), d_model)


def coarse_equality(layer: Any, x: Tensor) -> bool:
    order = torch.randperm(len(x))
    return torch.allclose(layer(x[order]), layer(x)[order], atol=0.1)


def first_two_swapped(layer: Any, x: Tensor) -> bool:
    order = [1, 0, *range(2, len(x))]
    return torch.allclose(layer(x[order]), layer(x)[order], atol=1e-5)


def flipped_and_rolled(layer: Any, x: Tensor) -> bool:
    return all(
        torch.allclose(layer(change(x)), change(layer(x)), atol=1e-5)
        for change in (lambda x: x.flip(0), lambda x: x.roll(1, 0))
    )


def sorted_rows(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    right = (written.sort().values == expected.sort().values) | ~mask
    return float(right.all(1).float().mean())


def equal_sums(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    right = (written * mask).sum(1) == (expected * mask).sum(1)
    return float(right.float().mean())


def zero_is_no_token(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    return float(((written == expected) | (expected == 0)).all(1).float().mean())


def one_round_more(step: Any, start: int, end: int, width: int, length: int) -> Any:
    return code("2.11").solution(step, start, end, width, length + 1)


def rounded_patches(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    high, wide = (round(n / patch) for n in photo.shape[:2])
    return photo[: high * patch, : wide * patch], high * wide


def small_letters(weights: Tensor, read: str) -> str:
    return code("3.12").solution(weights, read.lower())


def starts_at_a_tenth(weights: Tensor, query: int, key: int) -> tuple[int, int]:
    best, where = 0.1, (0, 0)
    for layer, heads in enumerate(weights.tolist()):
        for head, table in enumerate(heads):
            if table[query][key] > best:
                best, where = table[query][key], (layer, head)
    return where


def chain(weights: Tensor) -> Tensor:
    steps = (weights.mean(1) + torch.eye(weights.shape[-1])) / 2
    return torch.linalg.multi_dot(list(steps.flip(0)))


ONCE_ACCEPTED = [
    ("1.5", more_than_nearly_equal),
    ("1.8", rounded_patches),
    ("2.3", filler_for_zero),
    ("2.5", zero_is_padding),
    ("2.5", log_of_quotient),
    ("2.9", sorted_rows),
    ("2.9", equal_sums),
    ("2.9", zero_is_no_token),
    ("2.11", one_round_more),
    ("3.4", without_the_maximum),
    ("3.4", filled_with_minus_30),
    ("3.12", small_letters),
    ("4.9", table_of_512),
    ("4.11", coarse_equality),
    ("4.11", first_two_swapped),
    ("4.11", flipped_and_rolled),
    ("4.14", chain),
    ("4.15", starts_at_a_tenth),
    ("5.6", by_fractions),
    ("5.9", total_by_fractions),
]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    ("number", "attempt"),
    ONCE_ACCEPTED,
    ids=[f"{number}-{attempt.__name__}" for number, attempt in ONCE_ACCEPTED],
)
def test_what_once_passed_by_luck_is_rejected(
    number: str, attempt: Attempt, seed: int
) -> None:
    assert rejected(code(number), attempt, seed)


def as_answers(exercise: Exercise) -> Iterator[str]:
    """Write what stands in backquotes in the last hint as a body, part by part and all of it."""
    spans = re.findall(r"`([^`]+)`", exercise.hints[-1])
    lines = [line for span in spans for line in span.split("; ")]
    for span in spans:
        yield f"return {span.removeprefix('return ')}"
    if lines:
        last = lines[-1].removeprefix("return ")
        yield "\n".join([*lines[:-1], f"return {last}"])


def gives_the_solution(exercise: Exercise, body: str) -> bool:
    names = ", ".join(inspect.signature(exercise.solution).parameters)
    namespace = dict(exercise.solution.__globals__)
    try:
        exec(f"def answer({names}):\n" + textwrap.indent(body, "    "), namespace)
    except SyntaxError:
        return False
    return not rejected(exercise, namespace["answer"])


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_the_last_hint_is_not_the_solution(exercise: Exercise) -> None:
    for body in as_answers(exercise):
        assert not gives_the_solution(exercise, body), body


def test_a_hint_that_is_the_solution_would_be_noticed() -> None:
    exercise = code("1.3")
    whole = dataclasses.replace(exercise, hints=("Take `weights @ table`.",))
    in_lines = dataclasses.replace(
        exercise, hints=("`total = weights @ table`; then `return total`.",)
    )
    for told in (whole, in_lines):
        assert any(gives_the_solution(told, body) for body in as_answers(told))
