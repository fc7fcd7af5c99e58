"""What a reader hands to `check`: a stub, a function, a module, something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from attention_course import (
    embedding,
)
from attention_course.exercises import (
    Exercise,
    check,
)
from attention_course.exercises.checker import primes
from tests.exercises.helpers import (
    Attempt,
    toy,
)


def ellipsis_body(ids: Tensor, vocab_size: int) -> Any: ...


def pass_body(ids: Tensor, vocab_size: int) -> Any:
    """Documented."""
    pass


def raises_bare(ids: Tensor, vocab_size: int) -> Any:
    raise NotImplementedError


def raises_with_words(ids: Tensor, vocab_size: int) -> Any:
    raise NotImplementedError("your code here")


def returns_ellipsis(ids: Tensor, vocab_size: int) -> Any:
    return ...


@pytest.mark.parametrize(
    "attempt",
    [
        None,
        ...,
        ellipsis_body,
        pass_body,
        raises_bare,
        raises_with_words,
        returns_ellipsis,
    ],
)
def test_a_stub_is_not_attempted(attempt: Any) -> None:
    report = check("1.2", attempt)
    assert report.status == "not attempted"
    assert report.passed is False
    assert bool(report) is False
    assert repr(report).startswith(
        "Exercise 1.2, One-hot vectors by comparison: ○ not attempted"
    )


def test_check_without_an_attempt_is_not_attempted() -> None:
    assert check("1.2").status == "not attempted"


def test_a_body_without_return_is_more_than_a_stub() -> None:
    def no_return(ids: Tensor, vocab_size: int) -> None:
        ids == 1  # noqa: B015

    report = check("1.2", no_return)
    assert report.status == "wrong type"
    assert "is the `return` missing?" in report.diagnosis


def test_an_error_of_torch_is_no_stub() -> None:
    def unsupported(ids: Tensor, vocab_size: int) -> Tensor:
        return torch.zeros(vocab_size, device="meta").to("cpu")  # no data to copy

    report = check("1.2", unsupported)
    assert report.status == "raised"
    assert "NotImplementedError" in report.diagnosis


@pytest.mark.parametrize(
    ("attempt", "takes"),
    [(lambda ids: ids, "(ids)"), (lambda: 1, "()"), (lambda a, b, c: a, "(a, b, c)")],
)
def test_a_wrong_number_of_arguments_is_reported(attempt: Attempt, takes: str) -> None:
    report = check("1.2", attempt)
    assert report.status == "wrong arguments"
    assert "called with 2 arguments, (ids, vocab_size), and yours takes " + takes in (
        report.diagnosis
    )


def test_a_type_error_inside_is_not_taken_for_wrong_arguments() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        return torch.arange("7")  # type: ignore[call-overload]

    report = check("1.2", attempt)
    assert report.status == "raised"
    assert "TypeError" in report.diagnosis


def test_a_result_in_place_of_the_function_is_told() -> None:
    report = check("1.2", torch.zeros(3))
    assert report.status == "wrong type"
    assert 'without parentheses: `check("1.2", one_hot_vectors)`' in report.diagnosis


def test_arguments_are_fresh_for_every_call_and_results_are_copied() -> None:
    kept: list[Tensor] = []
    buffer = torch.empty(10_000)

    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        kept.append(table)
        out = buffer[: weights[..., 0].numel() * table.shape[1]]
        out.copy_((weights @ table).flatten())  # the same memory for every result
        return out.view(*weights.shape[:-1], table.shape[1])

    assert check("1.3", attempt)
    assert len({table.data_ptr() for table in kept}) == len(kept)


def test_an_argument_changed_in_place_is_reported_by_name() -> None:
    def attempt(word: int, table: Tensor, n_nearest: int) -> Tensor:
        table /= table.norm(dim=-1, keepdim=True)
        return embedding.nearest_neighbours(table[word], table, n_nearest + 1)[0][1:]

    report = check("1.5", attempt)
    assert report.status == "changed its input"
    assert "changed `table` in place" in report.diagnosis
    assert "wrong" not in report.message


def test_an_argument_changed_and_a_wrong_result_are_both_told() -> None:
    def attempt(word: int, table: Tensor, n_nearest: int) -> Tensor:
        table *= 2
        return embedding.nearest_neighbours(table[word], table, n_nearest)[0]

    report = check("1.5", attempt)
    assert report.status == "changed its input"
    assert "changed `table` in place" in report.diagnosis
    assert "You forgot to leave the word itself out" in report.diagnosis


def test_a_reshape_in_place_is_a_change_too() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        return (ids.unsqueeze_(-1) == torch.arange(vocab_size)).float()

    assert check("1.2", attempt).status == "changed its input"


def test_modules_callables_and_containers_as_arguments(
    known: Callable[[Exercise], Exercise],
) -> None:
    def apply(
        layer: nn.Module, function: Attempt, parts: list[Tensor], options: Any
    ) -> Any:
        """Apply a layer, then a function."""
        return function(layer(parts[0])) * options["scale"]

    def inputs(generator: torch.Generator) -> Iterator[tuple[Any, ...]]:
        for n in primes(generator, 2):
            layer = nn.Linear(n, 3)
            parts = [torch.randn(5, n, generator=generator)]
            yield layer, torch.relu, parts, {"scale": torch.tensor(2.0)}

    known(toy(solution=apply, make_inputs=inputs, mistakes=()))
    state = torch.get_rng_state()
    assert check("9.1", apply)
    assert torch.equal(torch.get_rng_state(), state)  # nn.Linear draws its weights
    failing = check("9.1", lambda *args: apply(*args) + 1)
    assert repr(failing) == repr(check("9.1", lambda *args: apply(*args) + 1))

    def changes_the_layer(layer: Any, function: Any, parts: Any, options: Any) -> Any:
        layer.weight.data.zero_()
        return apply(layer, function, parts, options)

    def changes_the_list(layer: Any, function: Any, parts: Any, options: Any) -> Any:
        result = apply(layer, function, parts, options)
        parts.append(1)
        return result

    def changes_the_dict(layer: Any, function: Any, parts: Any, options: Any) -> Any:
        result = apply(layer, function, parts, options)
        options["scale"].mul_(2)
        return result

    assert "changed `layer` in place" in check("9.1", changes_the_layer).diagnosis
    assert "changed `parts` in place" in check("9.1", changes_the_list).diagnosis
    assert "changed `options` in place" in check("9.1", changes_the_dict).diagnosis
    assert (
        "layer Linear, function relu, parts [(5, "
        in check("9.1", changes_the_list).diagnosis
    )


def test_a_comparison_of_its_own(known: Callable[[Exercise], Exercise]) -> None:
    def up_to_sign(
        received: Tensor, expected: Tensor, args: tuple[Any, ...]
    ) -> str | None:
        assert args[0].shape == expected.shape
        return (
            None
            if torch.allclose(received.abs(), expected.abs())
            else "Not even up to sign."
        )

    known(toy(compare=up_to_sign))
    assert check("9.1", lambda values: -2 * values)
    assert "You squared." in check("9.1", lambda values: values**2).diagnosis
    report = check("9.1", lambda values: values * 7 + 100)
    assert (
        "Not even up to sign." in report.diagnosis
        or "the right one" in report.diagnosis
    )
    assert not report


def test_a_tolerance_of_its_own(known: Callable[[Exercise], Exercise]) -> None:
    nearly = lambda values: values * 2.01  # noqa: E731
    known(toy())
    assert not check("9.1", nearly)
    known(toy(rtol=0.1))
    assert check("9.1", nearly)


def test_a_module_is_an_attempt_too(known: Callable[[Exercise], Exercise]) -> None:
    class Twice(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            return values * 2

    class Fails(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            return values @ torch.ones(1000)

    known(toy())
    assert check("9.1", Twice())
    assert "`return values @ torch.ones(1000)`" in check("9.1", Fails()).diagnosis
