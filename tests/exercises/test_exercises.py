"""Exercises: every registered one keeps its promises, and the frame reports every mishap.

The tests over ``CODE`` run over all registered exercises, so a later chapter's are
proved by being registered.
"""

from __future__ import annotations

import builtins
import dataclasses
import inspect
import itertools
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import nbclient
import nbformat
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from attention_course import attention, embedding, encoder_decoder
from attention_course.data import copy_task, sequences
from attention_course.exercises import (
    Exercise,
    Question,
    Report,
    Wrong,
    check,
    exercises,
    find,
    frame,
    hint,
    primes,
    register,
    sandbox,
    solution,
)
from attention_course.exercises.compare import problem, relations, same
from attention_course.lab import training

ITEMS = [find(row[0]) for row in exercises()]
CODE = [item for item in ITEMS if isinstance(item, Exercise)]
QUESTIONS = [item for item in ITEMS if isinstance(item, Question)]
SEEDS = (0, 1, 2)

Attempt = Callable[..., Any]


def by_id(item: Exercise | Question) -> str:
    return item.id


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# ------------------------------------------- what every exercise promises


def assert_texts(exercise: Exercise) -> None:
    """Title, statement, stub, hints, stars and minutes are there and in order."""
    assert re.fullmatch(r"\d+\.\d+", exercise.id), "id"
    assert exercise.title, "title"
    assert exercise.difficulty in (1, 2, 3), "difficulty"
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
    assert len(exercise.wrong) >= 4, "four wrong answers at least"
    assert len(exercise.right) >= 3, "three other right answers at least"
    texts = [wrong.diagnosis for wrong in exercise.wrong]
    assert len(set(texts)) == len(texts), "each mistake has its own text"
    for one in texts:
        assert not any(one in other for other in texts if other != one), (
            "no text holds another"
        )


def assert_right_pass(exercise: Exercise) -> None:
    for seed in SEEDS:
        for attempt in (exercise.solution, *exercise.right):
            report = check(exercise.id, attempt, seed=seed)
            assert report.passed, f"{attempt.__name__}, seed {seed}: {report}"
            assert bool(report) is True
            assert report.status == "passed"


def assert_wrong_named(exercise: Exercise) -> None:
    """Every wrong answer is rejected with its own diagnosis and with no other."""
    texts = [wrong.diagnosis for wrong in exercise.wrong]
    for seed in SEEDS:
        for wrong in exercise.wrong:
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
        inputs = frame._inputs(exercise, seed)
        assert len(inputs) >= 2, "several inputs"
        attempts = [exercise.solution, *(wrong.attempt for wrong in exercise.wrong)]
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
    first = frame._inputs(exercise, 5)
    torch.manual_seed(2)
    second = frame._inputs(exercise, 5)
    assert all(map(frame._unchanged, second, first)), (
        "the same seed gives the same inputs"
    )
    sizes = {str([getattr(arg, "shape", arg) for arg in args]) for args in first}
    assert len(sizes) == len(first), "each input has its own sizes"


CONTRACT = (
    assert_texts,
    assert_right_pass,
    assert_wrong_named,
    assert_distinguishable,
    assert_inputs_repeat,
)


@pytest.mark.parametrize("promise", CONTRACT, ids=lambda promise: promise.__name__[7:])
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
    assert question.difficulty in (1, 2, 3)
    assert 1 <= question.minutes <= 60


def test_chapter_1_has_enough_of_both_kinds() -> None:
    kinds = [row[2] for row in exercises(1)]
    assert len(kinds) >= 8
    assert kinds.count("code") >= 5
    assert kinds.count("predict") == len(kinds) - kinds.count("code") >= 1


# --------------------------------- and the promises can be broken: these tests can fail


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exercise], Exercise]:
    """Make an exercise known for the length of one test, in the place of another if need be."""

    def put(exercise: Exercise) -> Exercise:
        monkeypatch.setitem(frame._registry, exercise.id, exercise)
        return exercise

    return put


def double(values: Tensor) -> Tensor:
    """Double every number.

    Args:
        values: ``(n,)``.
    """
    return values * 2


def toy(**changes: Any) -> Exercise:
    """A small exercise that keeps every promise, or breaks the one that is changed."""

    def inputs(generator: torch.Generator) -> Iterator[tuple[Any, ...]]:
        for n in primes(generator, 2, low=5):
            yield (torch.randn(n, generator=generator),)

    whole = Exercise(
        id="9.1",
        title="Twice",
        statement="Write `double(values)`.",
        difficulty=1,
        minutes=1,
        make_inputs=inputs,
        solution=double,
        hints=("Twice.", "Times two."),
        wrong=(
            Wrong(lambda values: values * 3, "You took three times."),
            Wrong(lambda values: values**2, "You squared."),
            Wrong(lambda values: values + 2, "You added two."),
            Wrong(lambda values: values.abs() * 2, "You lost the sign."),
        ),
        right=(lambda x: x + x, lambda x: 2 * x, lambda x: x / 0.5),
    )
    return dataclasses.replace(whole, **changes)


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
        {"wrong": (*toy().wrong, Wrong(lambda values: values + values, "None of it."))},
        "was accepted",
    ),
    "two wrong answers alike": (
        {
            "wrong": (
                *toy().wrong,
                Wrong(lambda values: 3.0 * values, "Thrice, it seems."),
            )
        },
        "<lambda>, seed 0",
    ),
    "a right answer that is wrong": (
        {"right": (*toy().right, lambda values: values * 2.1)},
        "not passed",
    ),
    "few wrong answers": ({"wrong": toy().wrong[:3]}, "four wrong answers"),
    "few right answers": ({"right": toy().right[:2]}, "three other right answers"),
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
    ("name", "broken"),
    [
        ("problem", lambda *args, **options: None),  # nothing is ever wrong
        ("_matches", lambda *args: False),  # no mistake is ever recognised
        ("_matches", lambda *args: True),  # the first one always is
        ("_mistake", lambda *args: ""),
    ],
)
def test_a_broken_frame_is_noticed(
    name: str, broken: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, name, broken)
    with pytest.raises(AssertionError):
        assert_wrong_named(CODE[0])


# ------------------------------------------------- chapter 1: solutions against the package


@pytest.mark.parametrize("seed", SEEDS)
def test_chapter_1_solutions_agree_with_the_package_and_torch(seed: int) -> None:
    def cases(exercise_id: str) -> Iterator[tuple[Attempt, tuple[Any, ...]]]:
        exercise = find(exercise_id)
        assert isinstance(exercise, Exercise)
        for args in exercise.make_inputs(generator(seed)):
            yield exercise.solution, args

    for one_hot, (ids, vocab_size) in cases("1.2"):
        assert torch.equal(one_hot(ids, vocab_size), embedding.one_hot(ids, vocab_size))

    for combine, (_, table) in cases("1.3"):
        ids = torch.randint(len(table), (3, 2), generator=generator(seed))
        rows = embedding.one_hot(ids, len(table))
        torch.testing.assert_close(combine(rows, table), embedding.lookup(ids, table))

    for gradient, (ids, grad_vectors, vocab_size) in cases("1.4"):
        layer = nn.Embedding(vocab_size, grad_vectors.shape[-1])
        layer(ids).backward(grad_vectors)
        torch.testing.assert_close(
            gradient(ids, grad_vectors, vocab_size), layer.weight.grad
        )

    for nearest, (word, table, n_nearest) in cases("1.5"):
        ids, _ = embedding.nearest_neighbours(table[word], table, n_nearest + 1)
        assert ids[0] == word
        assert torch.equal(nearest(word, table, n_nearest), ids[1:])

    for convolution, (weight, patch) in cases("1.6"):
        kernel = convolution(weight, patch)
        n_channels = kernel.shape[1]
        grid = torch.randn(
            2 * patch[0], 3 * patch[1], n_channels, generator=generator(seed)
        )
        tokens = embedding.patchify(grid, patch) @ weight.T
        same_tokens = nn.functional.conv2d(grid.permute(2, 0, 1), kernel, stride=patch)
        torch.testing.assert_close(
            same_tokens.permute(1, 2, 0), tokens, rtol=1e-4, atol=1e-4
        )

    for crop, (photo, patch) in cases("1.8"):
        cropped, n_tokens = crop(photo, patch)
        assert embedding.patchify(cropped, patch).flatten(0, 1).shape[0] == n_tokens
        assert photo.shape[0] - cropped.shape[0] < patch
        assert photo.shape[1] - cropped.shape[1] < patch
        assert torch.equal(cropped, photo[: cropped.shape[0], : cropped.shape[1]])

    for embed_levels, (levels, weight) in cases("1.10"):
        n_levels = weight.shape[1] // levels.shape[-1]
        dense = embedding.one_hot(levels, n_levels).flatten(-2) @ weight.T
        torch.testing.assert_close(
            embed_levels(levels, weight), dense, rtol=1e-4, atol=1e-5
        )


def test_the_figures_in_the_answers_of_chapter_1() -> None:
    counts = find("1.1").answer
    layer = nn.Embedding(30_000, 256, device="meta")
    batch = torch.zeros(8, 40, dtype=torch.long, device="meta")
    assert f"**{layer.weight.numel():,}**" in counts
    assert f"`{tuple(layer(batch).shape)}`" in counts
    assert f"**{batch.numel()}**" in counts

    colour = find("1.7").answer
    plain = nn.Linear(32 * 32 * 3, 512, bias=False, device="meta").weight.numel()
    levels = nn.Linear(32 * 32 * 3 * 256, 512, bias=False, device="meta").weight.numel()
    assert colour.count(f"**{plain:,}**") == 2
    assert f"**{levels:,}**" in colour
    assert f"**{(224 // 32) ** 2}** tokens" in colour
    assert levels // plain == 256


@pytest.mark.parametrize("sparse", [False, True])
def test_adam_moves_a_row_that_the_second_step_did_not_use(sparse: bool) -> None:
    table = nn.Embedding(5, 3, sparse=sparse)
    make = torch.optim.SparseAdam if sparse else torch.optim.Adam
    optimizer = make(table.parameters())
    rows = []
    for token in (1, 4):
        optimizer.zero_grad()
        table(torch.tensor([token])).square().sum().backward()
        optimizer.step()
        rows.append(table.weight[1].detach().clone())
    assert torch.equal(*rows) == sparse


# ------------------------------------------------- chapters 2 and 3: what both must keep


@pytest.mark.parametrize("chapter", [2, 3])
def test_chapters_2_and_3_have_enough_of_both_kinds(chapter: int) -> None:
    kinds = [row[2] for row in exercises(chapter)]
    assert len(kinds) >= 8
    assert kinds.count("code") >= 5
    assert kinds.count("predict") == len(kinds) - kinds.count("code") >= 2


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


def cases_of(exercise_id: str, seed: int) -> Iterator[tuple[Attempt, tuple[Any, ...]]]:
    exercise = find(exercise_id)
    assert isinstance(exercise, Exercise)
    for args in exercise.make_inputs(generator(seed)):
        yield exercise.solution, args


# ------------------------------------------------- chapter 2: solutions against the package


@pytest.mark.parametrize("seed", SEEDS)
def test_chapter_2_batches_agree_with_the_package(seed: int) -> None:
    real_places = find("2.2").solution  # type: ignore[union-attr]
    for pad_rows, (rows, _) in cases_of("2.3", seed):
        tokens, mask = sequences.pad(rows)
        assert torch.equal(pad_rows(rows, sequences.PAD), tokens)
        assert torch.equal(real_places(torch.tensor([len(row) for row in rows])), mask)

    pairs = copy_task.make_copies(11, seed=seed, min_length=1, max_length=7)
    letters = copy_task.copy_vocabulary()
    batch = sequences.make_batch(pairs, letters, letters)
    decoder_inputs = find("2.4").solution  # type: ignore[union-attr]
    special = sequences.START, sequences.END, sequences.PAD
    assert torch.equal(decoder_inputs(batch.target_out, *special), batch.target_in)

    for reverse_rows, (tokens, mask) in cases_of("2.6", seed):
        reversed_ = encoder_decoder.reverse_each(tokens.unsqueeze(-1), mask).squeeze(-1)
        assert torch.equal(reverse_rows(tokens, mask)[mask], reversed_[mask])
        assert torch.equal(reverse_rows(reverse_rows(tokens, mask), mask), tokens)

    for share_of_exact, (written, expected, mask) in cases_of("2.9", seed):
        texts = [
            [str(row[real].tolist()) for row, real in zip(side, mask, strict=True)]
            for side in (written, expected)
        ]
        share = encoder_decoder.exact_match(*texts)
        assert share_of_exact(written, expected, mask) == pytest.approx(share)


@pytest.mark.parametrize("seed", SEEDS)
def test_chapter_2_loss_agrees_with_the_package(seed: int) -> None:
    class Says(nn.Module):
        """A model that gives the logits it was made with."""

        def __init__(self, logits: Tensor) -> None:
            super().__init__()
            self.logits = logits

        def forward(self, *batch: Tensor) -> tuple[Tensor, None]:
            return self.logits, None

    for loss, (logits, target, mask) in cases_of("2.5", seed):
        batch = sequences.Batch(target, mask, target, target, mask)
        wanted = encoder_decoder.sequence_loss(Says(logits), batch)
        torch.testing.assert_close(loss(logits, target, mask), wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_chapter_2_step_is_a_cell_of_torch(seed: int) -> None:
    for one_step, args in cases_of("2.7", seed):
        token, state, context, table, from_input, from_state, to_logits = args
        cell = nn.RNNCell(from_input.shape[1], from_state.shape[0], bias=False)
        cell.load_state_dict({"weight_ih": from_input, "weight_hh": from_state})
        next_token, next_state = one_step(*args)
        x = torch.cat([nn.functional.embedding(token, table), context], dim=-1)
        torch.testing.assert_close(next_state, cell(x, state))
        assert torch.equal(next_token, (to_logits @ next_state.T).argmax(0))


@pytest.mark.parametrize("seed", SEEDS)
@torch.no_grad()
def test_chapter_2_greedy_decoding_agrees_with_the_package(seed: int) -> None:
    letters = copy_task.copy_vocabulary(3)
    torch.manual_seed(seed)
    model = encoder_decoder.EncoderDecoder(
        len(letters), len(letters), d_embedding=5, d_encoder=14, d_decoder=11
    )
    for weight in model.decoder.parameters():
        weight *= 4  # else all rows write the same
    pairs = copy_task.make_copies(17, seed=seed, min_length=1, max_length=7)
    batch = sequences.make_batch(pairs, letters, letters)
    encoded = model.encode(batch.source, batch.source_mask)

    def step(token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        return model.decoder(token, state, encoded)[:2]

    write_greedily = find("2.8").solution  # type: ignore[union-attr]
    special = sequences.START, sequences.END, sequences.PAD
    for max_length in (3, 13):
        written = write_greedily(
            step, model.decoder.start(encoded), *special, max_length
        )
        decoded = encoder_decoder.greedy_decode(
            model, batch.source, batch.source_mask, max_length=max_length
        )
        assert torch.equal(written, decoded.tokens)
        assert len(written.unique(dim=0)) > 1


def every_sequence(
    step: Attempt, start: int, end: int, max_length: int
) -> Iterator[tuple[float, list[int]]]:
    """List every sequence that ends, or is cut, with its log-probability per token."""

    def grow(tokens: list[int], total: float) -> Iterator[tuple[float, list[int]]]:
        if tokens and (tokens[-1] == end or len(tokens) == max_length):
            yield total / len(tokens), tokens
            return
        log_p = step(torch.tensor([[start, *tokens]]))[0].tolist()
        for token, value in enumerate(log_p):
            yield from grow([*tokens, token], total + value)

    return grow([], 0.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_beam_search_lies_between_greedy_and_exhaustive_search(seed: int) -> None:
    gains = []
    for search, (step, start, end, width, max_length) in cases_of("2.11", seed):
        tokens = [start]
        while len(tokens) <= max_length and (len(tokens) == 1 or tokens[-1] != end):
            tokens.append(int(step(torch.tensor([tokens]))[0].argmax()))
        greedy, greedy_score = search(step, start, end, 1, max_length)
        assert greedy.tolist() == tokens[1:]

        best_score, best = max(every_sequence(step, start, end, 4))
        tokens_found, score = search(step, start, end, 10_000, 4)
        assert tokens_found.tolist() == best
        assert score == pytest.approx(best_score, abs=1e-5)

        _, beam_score = search(step, start, end, width, max_length)
        gains.append(beam_score - greedy_score)
    assert sum(gain > 0.01 for gain in gains) >= 2  # what the languages were chosen for


def test_each_language_tells_most_mistakes_of_a_beam_search() -> None:
    """The languages were searched for. Should one lose its point, this says which."""
    wrong = find("2.11").wrong  # type: ignore[union-attr]
    for search, args in cases_of("2.11", 0):
        right = search(*args)[0].tolist()
        found = [known.attempt(*args)[0].tolist() for known in wrong]
        assert sum(tokens != right for tokens in found) >= 4


# ------------------------------------------------- chapter 3: solutions against the package


@pytest.mark.parametrize("seed", SEEDS)
def test_chapter_3_scores_agree_with_the_package(seed: int) -> None:
    for compare, (query, key) in cases_of("3.1", seed):
        torch.testing.assert_close(compare(query, key), attention.dot_score(query, key))

    for scaled, (query, key) in cases_of("3.3", seed):
        wanted = attention.scaled_dot_score(query, key)
        torch.testing.assert_close(scaled(query, key), wanted)

    for bilinear, (query, key, weight) in cases_of("3.8", seed):
        general = attention.GeneralScore(*weight.shape)
        general.load_state_dict({"weight": weight})
        wanted = general(query, key)
        torch.testing.assert_close(bilinear(query, key, weight), wanted)

    for additive, (query, key, w, u, v) in cases_of("3.9", seed):
        module = attention.AdditiveScore(w.shape[1], u.shape[1], len(v))
        module.from_query.weight = nn.Parameter(w)
        module.from_key.weight = nn.Parameter(u)
        module.to_score.weight = nn.Parameter(v.unsqueeze(0))
        torch.testing.assert_close(additive(query, key, w, u, v), module(query, key))


@pytest.mark.parametrize("seed", SEEDS)
def test_chapter_3_attention_agrees_with_the_package_and_torch(seed: int) -> None:
    for softmax, (scores, mask) in cases_of("3.4", seed):
        wanted = attention.masked_softmax(scores, mask)
        torch.testing.assert_close(softmax(scores, mask), wanted)
        totals = softmax(scores, mask).sum(-1)
        allowed = mask.any(-1).expand(totals.shape)
        torch.testing.assert_close(totals, allowed.float())
        if scores.ndim > 2:
            assert not allowed.all()  # a query that may attend to nothing is among them

    for attend, (query, key, value, mask) in cases_of("3.6", seed):
        output, weights = attend(query, key, value, mask)
        wanted = attention.attend(query, key, value, mask=mask)
        torch.testing.assert_close((output, weights), wanted)
        torch.testing.assert_close(
            output,
            nn.functional.scaled_dot_product_attention(
                query, key, value, attn_mask=mask
            ),
        )

    for context_of_step, (state, states, real) in cases_of("3.7", seed):
        module = encoder_decoder.AttentionContext(attention.dot_score, states.shape[-1])
        encoded = encoder_decoder.Encoded(states, real, states[:, -1])
        torch.testing.assert_close(
            context_of_step(state, states, real), module(state, encoded)
        )

    for entropy, (weights,) in cases_of("3.11", seed):
        rows = weights.sum(-1) > 0
        wanted = torch.distributions.Categorical(probs=weights[rows]).entropy()
        torch.testing.assert_close(entropy(weights)[rows], wanted, rtol=1e-4, atol=1e-5)
        assert torch.equal(entropy(weights)[~rows], torch.zeros(int((~rows).sum())))

    for looked_at_most, (weights, read) in cases_of("3.12", seed):
        sharp = nn.functional.one_hot(weights.argmax(-1), len(read)).float()
        numbers = sharp @ torch.tensor([float(ord(letter)) for letter in read])
        wanted = "".join(chr(int(number)) for number in numbers)
        assert looked_at_most(weights, read) == wanted

    for gradient, (weights, grad_weights) in cases_of("3.13", seed):
        scores = (weights.log() + 7).requires_grad_()  # a constant changes no softmax
        scores.softmax(-1).backward(grad_weights)
        torch.testing.assert_close(gradient(weights, grad_weights), scores.grad)


def test_a_sure_softmax_has_no_gradient() -> None:
    """What the last hint of 3.13 says."""
    gradient = find("3.13").solution  # type: ignore[union-attr]
    sure = torch.tensor([[1.0, 0.0, 0.0]])
    assert torch.equal(gradient(sure, torch.randn(1, 3)), torch.zeros(1, 3))


# ------------------------------------------------- chapters 2 and 3: mistakes of this kind


def test_a_mask_filled_in_place_is_told_with_the_mistake() -> None:
    def in_place(scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill_(~mask, -1e9).softmax(-1)

    report = check("3.4", in_place)
    assert report.status == "changed its input"
    assert "changed `scores` in place" in report.diagnosis
    assert "You fill in a large negative number." in report.diagnosis


def test_rows_padded_in_place_are_told() -> None:
    def in_place(rows: list[list[int]], filler: int) -> Tensor:
        width = max(map(len, rows))
        for row in rows:
            row += [filler] * (width - len(row))
        return torch.tensor(rows)

    report = check("2.3", in_place)
    assert report.status == "changed its input"
    assert "changed `rows` in place" in report.diagnosis


def test_nan_is_told_where_it_stands() -> None:
    """A row of NaN, and beside it where the answer is right."""
    report = check("3.4", find("3.4").wrong[1].attempt)  # type: ignore[union-attr]
    assert report.status == "not finite"
    assert "0 / 0 = NaN" in report.diagnosis
    assert "It is right with scores (" in report.diagnosis


def test_a_decoder_that_never_stops_is_stopped() -> None:
    def forever(
        step: Attempt, state: Tensor, start: int, end: int, pad: int, max_length: int
    ) -> Tensor:
        token = torch.full((len(state),), start)
        while True:
            logits, state = step(token, state)
            token = logits.argmax(-1)

    report = check("2.8", forever, seconds=0.3)
    assert report.status == "too slow"
    assert "still running after 0.3 s and was stopped" in report.diagnosis


def test_rounds_of_step_leave_the_decoder_as_it_was() -> None:
    def trains(step: Any, *rest: Any) -> Tensor:
        step.table.zero_()
        return find("2.8").solution(step, *rest)  # type: ignore[union-attr]

    assert "changed `step` in place" in check("2.8", trains).diagnosis


# ------------------------------------------------- chapters 2 and 3: the answers are true


@torch.no_grad()
def test_the_answers_of_chapter_2_are_true() -> None:
    letters = copy_task.copy_vocabulary()
    torch.manual_seed(0)
    model = encoder_decoder.EncoderDecoder(len(letters), len(letters), d_context=128)
    context = model.decoder.context
    for max_length in (5, 10):
        pairs = copy_task.make_copies(32, seed=0, min_length=2, max_length=max_length)
        batch = sequences.make_batch(pairs, letters, letters)
        encoded = model.encode(batch.source, batch.source_mask)
        vectors, _ = context(model.decoder.start(encoded), encoded)
        assert f"**`{tuple(vectors.shape)}`**" in find("2.1").answer
    n_bits = 128 * 32
    n_letters = next(n for n in itertools.count() if 3 * n > n_bits)
    assert f"**{n_bits} bits**" in find("2.1").answer
    assert f"**{n_letters} letters**" in find("2.1").answer

    # 2.10: sources turned round and the two GRUs swapped give the same C.
    before, _ = context(model.decoder.start(encoded), encoded)
    encoder = model.encoder
    encoder.forwards, encoder.backwards = encoder.backwards, encoder.forwards
    weight = context.to_context.weight
    weight.copy_(torch.cat(weight.chunk(2, dim=1)[::-1], dim=1))
    turned = encoder_decoder.reverse_each(batch.source.unsqueeze(-1), batch.source_mask)
    encoded = model.encode(turned.squeeze(-1), batch.source_mask)
    after, _ = context(model.decoder.start(encoded), encoded)
    torch.testing.assert_close(after, before)


def test_the_experiment_of_chapter_2_runs_and_shows_what_the_answer_says() -> None:
    """Copying and writing backwards differ by no more than two seeds may."""
    cells = re.findall(r"```python\n(.*?)```", find("2.10").text, re.DOTALL)  # type: ignore[union-attr]
    assert len(cells) == 1
    functions, loop = cells[0].split("\n\n\nfor reverse in")
    assert "written_right(reverse, seed)" in loop
    namespace: dict[str, Any] = {}
    exec(functions, namespace)
    means = {}
    for reverse in (False, True):
        for seed in (1, 2):
            shares = namespace["written_right"](reverse, seed)
            assert shares[3] > 0.8
            assert shares[6] < 0.6
            assert shares[3] > shares[4] > shares[5] > shares[6]
            means[reverse, seed] = sum(shares.values()) / len(shares)
    copied, backwards = (means[r, 1] + means[r, 2] for r in (False, True))
    assert abs(copied - backwards) / 2 < 0.15


def test_the_second_gru_can_be_silenced_as_the_answer_says() -> None:
    hook = re.search(r"register_forward_hook\((lambda .*?\))\)`", find("2.10").answer)  # type: ignore[union-attr]
    assert hook is not None
    encoder = encoder_decoder.GRUEncoder(7, 3, 10)
    encoder.backwards.register_forward_hook(eval(hook[1]))
    tokens, mask = sequences.pad([[4, 5, 6], [5, 4]])
    states = encoder(tokens, mask).states
    assert states[..., 5:].abs().max() == 0
    assert states[..., :5].abs().max() > 0


def test_the_answers_of_chapter_3_are_true() -> None:
    answer = find("3.2").answer  # type: ignore[union-attr]
    drawn = generator()
    query = torch.randn(4_000, 1, 64, generator=drawn)
    key = torch.randn(4_000, 10, 64, generator=drawn)
    scores = attention.dot_score(query, key)
    assert scores.var() == pytest.approx(64, rel=0.1)
    assert (scores / 8).var() == pytest.approx(1, rel=0.1)
    for factor, told in ((1, "0.87"), (1 / 8, "0.32"), (1 / 64, "0.12")):
        assert f"**{told}**" in answer
        largest = (factor * scores).softmax(-1).amax(-1).mean()
        assert float(largest) == pytest.approx(float(told), abs=0.015)

    n = 128
    scores_of = {
        "general": attention.GeneralScore(n, n),
        "additive": attention.AdditiveScore(n, n, n),
    }
    costs = find("3.10").answer  # type: ignore[union-attr]
    for module in scores_of.values():
        assert f"**{sum(p.numel() for p in module.parameters()):,}**" in costs
    assert f"**{10 * 29}** scores" in costs
    assert f"**{10 * 29 * n:,}** hidden numbers" in costs
    with pytest.raises(ValueError, match="d_k"):
        attention.dot_score(torch.randn(2, n), torch.randn(3, 2 * n))
    assert attention.GeneralScore(n, 2 * n)(
        torch.randn(2, n), torch.randn(3, 2 * n)
    ).shape == (2, 3)


def test_the_masks_of_exercise_3_5_do_what_its_answer_says() -> None:
    n_rows, length, d = 3, 5, 7
    real = torch.arange(length) < torch.tensor([[2], [5], [3]])
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    values = torch.randn(n_rows, length, d, generator=generator())
    changed = torch.where(real.unsqueeze(-1), values, values + 1)  # in the padding only

    def at_real_places(x: Tensor, mask: Tensor) -> Tensor:
        return attention.attend(x, x, x, mask=mask)[0][real]

    def padding_is_seen(mask: Tensor) -> bool:
        return not torch.allclose(
            at_real_places(values, mask), at_real_places(changed, mask)
        )

    assert not padding_is_seen(real.unsqueeze(1))  # 1 and 4
    assert padding_is_seen(real.unsqueeze(-1))  # 4
    assert not padding_is_seen(real.unsqueeze(1) & causal)  # 3
    assert not padding_is_seen(causal)  # 3, the piece of luck
    torch.testing.assert_close(
        at_real_places(values, causal),
        at_real_places(values, real.unsqueeze(1) & causal),
    )
    weights = attention.attend(values, values, values, mask=real.unsqueeze(1) | causal)[
        1
    ]
    assert bool((weights.triu(1) > 0).any())  # 3, with "or": later tokens are seen

    # 5: the same mask in torch's two APIs.
    mask = real.unsqueeze(1)
    wanted, _ = attention.attend(values, values, values, mask=mask)
    output = nn.functional.scaled_dot_product_attention(
        values, values, values, attn_mask=mask
    )
    torch.testing.assert_close(output, wanted)
    layer = nn.MultiheadAttention(d, 1, bias=False, batch_first=True)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.eye(d).repeat(3, 1))
        layer.out_proj.weight.copy_(torch.eye(d))
        output, _ = layer(values, values, values, key_padding_mask=~real)
    torch.testing.assert_close(output, wanted)


# ------------------------------------------------------------ an attempt not made


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


# ----------------------------------------------------------------- mishaps


def misses_a_name(ids: Tensor, vocab_size: int) -> Tensor:
    wanted = vocab_size
    return undefined_name + wanted  # type: ignore[name-defined]  # noqa: F821


def test_an_exception_is_reported_with_type_message_and_line() -> None:
    report = check("1.2", misses_a_name)
    first_line = inspect.getsourcelines(misses_a_name)[1]
    assert report.status == "raised"
    assert "NameError" in report.diagnosis
    assert "name 'undefined_name' is not defined" in report.diagnosis
    assert (
        f"in line {first_line + 2}, `return undefined_name + wanted" in report.diagnosis
    )
    assert __file__ not in report.diagnosis


def test_an_exception_inside_torch_is_told_at_the_readers_line() -> None:
    def product(ids: Tensor, vocab_size: int) -> Tensor:
        return nn.Linear(3, 2)(ids)

    report = check("1.2", product)
    assert report.status == "raised"
    assert "`return nn.Linear(3, 2)(ids)`" in report.diagnosis


def test_an_exception_on_some_inputs_only_says_where_it_is_right() -> None:
    def one_axis_only(ids: Tensor, vocab_size: int) -> Tensor:
        rows = torch.zeros(len(ids), vocab_size)
        for place, token in enumerate(ids):
            rows[place, int(token)] = 1
        return rows

    report = check("1.2", one_axis_only)
    assert report.status == "raised"
    assert "On other inputs, such as ids (" in report.diagnosis


def test_an_exception_whose_message_fails_is_reported() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        raise Mute

    assert "raised Mute" in check("1.2", attempt).diagnosis


def test_endless_recursion_is_an_exception() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        return attempt(ids, vocab_size)

    assert "RecursionError" in check("1.2", attempt).diagnosis


def loops(ids: Tensor, vocab_size: int) -> Any:
    while True:
        pass


def loops_and_swallows(ids: Tensor, vocab_size: int) -> Any:
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


def loops_and_swallows_everything(ids: Tensor, vocab_size: int) -> Any:
    while True:
        try:  # noqa: SIM105
            pass
        except BaseException:
            pass


def loops_and_prints(ids: Tensor, vocab_size: int) -> Any:
    while True:
        print("still here")


def loops_in_torch(ids: Tensor, vocab_size: int) -> Any:
    total = torch.zeros(3)
    while True:
        total = total + torch.ones(3)


def n_attempts_running() -> int:
    return sum(thread.name == "attempt" for thread in threading.enumerate())


@pytest.mark.parametrize(
    "attempt",
    [
        loops,
        loops_and_swallows,
        loops_and_swallows_everything,
        loops_and_prints,
        loops_in_torch,
    ],
)
def test_an_endless_loop_is_stopped(attempt: Attempt) -> None:
    report = check("1.2", attempt, seconds=0.3)
    assert report.status == "too slow"
    assert "still running after 0.3 s and was stopped" in report.diagnosis
    assert n_attempts_running() == 0


def test_what_cannot_be_stopped_is_left_and_told() -> None:
    released = threading.Event()

    def waits(ids: Tensor, vocab_size: int) -> Any:
        released.wait()  # one long wait inside the interpreter, deaf until it is over

    report = check("1.2", waits, seconds=0.1)
    released.set()
    assert report.status == "too slow"
    assert "could not be stopped. Restart the kernel" in report.diagnosis
    for thread in threading.enumerate():
        if thread.name == "attempt":
            thread.join(5)
    assert n_attempts_running() == 0


def test_a_slow_function_within_the_limit_passes() -> None:
    def slow(ids: Tensor, vocab_size: int) -> Tensor:
        time.sleep(0.05)
        return embedding.one_hot(ids, vocab_size)

    assert check("1.2", slow, seconds=10)
    assert check("1.2", slow, seconds=0.02).status == "too slow"


def test_ctrl_c_stops_the_attempt_and_reaches_the_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(box: dict[str, Any], seconds: float) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(sandbox, "_wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        check("1.2", loops)
    for thread in threading.enumerate():
        if thread.name == "attempt":
            thread.join(5)
    assert n_attempts_running() == 0


@pytest.mark.parametrize("leave", [sys.exit, builtins.exit, lambda: sys.exit("bye")])
def test_exit_is_reported_and_does_not_exit(leave: Attempt) -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        leave()
        return ids

    stdin = sys.stdin
    report = check("1.2", attempt)
    assert report.status == "raised"
    assert "called `exit()`" in report.diagnosis
    assert sys.stdin is stdin
    assert not stdin.closed


def test_input_gets_no_answer_and_does_not_wait() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Any:
        return input("?")

    assert "EOFError" in check("1.2", attempt).diagnosis


def test_what_is_printed_is_kept_short_and_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        for i in range(10_000):
            print("line", i)
        print("to stderr", file=sys.stderr)
        return embedding.one_hot(ids, vocab_size)

    report = check("1.2", attempt)
    assert report.passed
    assert capsys.readouterr() == ("", "")
    assert len(report.printed) < 3_000
    assert "Your code printed 30,003 lines over all inputs, the first 8 are:" in repr(
        report
    )
    assert "| line 7" in repr(report)
    assert "| line 8" not in repr(report)
    assert "<summary>Your code printed 30,003 lines" in report._repr_html_()


def test_one_endless_line_is_kept_short_too() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        print("x" * 1_000_000)
        return embedding.one_hot(ids, vocab_size)

    report = check("1.2", attempt)
    assert report.passed
    assert len(report.printed) < 3_000
    assert len(repr(report)) < 5_000


@pytest.mark.parametrize(
    ("convert", "got"),
    [
        (lambda rows: rows.tolist(), "a list of"),
        (lambda rows: rows.numpy(), "a numpy array"),
        (lambda rows: (rows,), "a tuple of 1"),
        (lambda rows: "rows", "a string"),
        (lambda rows: 3, "an integer"),
        (lambda rows: nn.Linear(1, 1), "an object of type Linear"),
    ],
)
def test_a_wrong_type_is_reported(convert: Attempt, got: str) -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Any:
        return convert(embedding.one_hot(ids, vocab_size))

    report = check("1.2", attempt)
    assert report.status == "wrong type"
    assert f"should return a tensor, not {got}" in report.diagnosis
    if got in ("a list of", "a numpy array"):
        assert "Its numbers are right" in report.diagnosis


def test_a_coroutine_and_a_generator_are_wrong_types() -> None:
    async def waits(ids: Tensor, vocab_size: int) -> Tensor:
        return ids

    def yields(ids: Tensor, vocab_size: int) -> Iterator[Tensor]:
        yield ids

    assert "of type coroutine" in check("1.2", waits).diagnosis
    assert "of type generator" in check("1.2", yields).diagnosis


def test_a_wrong_shape_is_reported_with_both_shapes() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        return torch.rand(2, 3, 4, 5)

    report = check("1.2", attempt)
    assert report.status == "wrong shape"
    assert "received shape (2, 3, 4, 5)" in report.diagnosis
    assert re.search(r"expected shape \(\d+, \d+\)", report.diagnosis)


def test_a_wrong_dtype_is_reported_with_both_dtypes() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        return embedding.one_hot(ids, vocab_size).double()

    report = check("1.2", attempt)
    assert report.status == "wrong dtype"
    assert "The numbers are right, but not their dtype" in report.diagnosis
    assert "expected torch.float32, received torch.float64" in report.diagnosis


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nan_and_infinity_are_reported(bad: float) -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        rows = embedding.one_hot(ids, vocab_size)
        rows[..., 1] = bad
        return rows

    report = check("1.2", attempt)
    assert report.status == "not finite"
    assert "entries are NaN or infinite" in report.diagnosis
    assert report.received == str(bad)


def test_nan_everywhere_does_not_pass() -> None:
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        return weights @ table * float("nan")

    assert check("1.3", attempt).status == "not finite"


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


def test_attempts_run_with_and_without_gradients() -> None:
    @torch.no_grad()
    def without(weights: Tensor, table: Tensor) -> Tensor:
        return weights @ table

    def with_gradients(weights: Tensor, table: Tensor) -> Tensor:
        assert torch.is_grad_enabled()
        return nn.Parameter(weights) @ table

    assert check("1.3", without)
    with torch.no_grad():
        assert check("1.3", with_gradients)
        assert check("1.4", find("1.4").right[1])  # type: ignore[union-attr]


def test_random_state_and_defaults_are_left_as_they_were() -> None:
    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        torch.manual_seed(123)
        np.random.seed(123)
        random.seed(123)
        torch.set_default_dtype(torch.float64)
        torch.rand(3), np.random.rand(3), random.random()
        return embedding.one_hot(ids, vocab_size)

    for call in (attempt, misses_a_name, embedding.one_hot):
        torch.manual_seed(7)
        np.random.seed(7)
        random.seed(7)
        wanted = torch.rand(3), np.random.rand(3), random.random()
        torch.manual_seed(7)
        np.random.seed(7)
        random.seed(7)
        check("1.2", call)
        assert torch.equal(torch.rand(3), wanted[0])
        assert np.array_equal(np.random.rand(3), wanted[1])
        assert random.random() == wanted[2]
        assert torch.get_default_dtype() == torch.float32


def test_reports_repeat_even_for_random_attempts_and_addresses() -> None:
    def random_rows(ids: Tensor, vocab_size: int) -> Tensor:
        return torch.rand(*ids.shape, vocab_size) + random.random() + np.random.rand()

    def address(ids: Tensor, vocab_size: int) -> Tensor:
        raise ValueError(f"got {object()}")

    for attempt in (random_rows, address, loops_and_swallows, CODE[0].wrong[0].attempt):
        first = check("1.2", attempt, seconds=0.2)
        again = check("1.2", attempt, seconds=0.2)
        assert repr(first) == repr(again)
        assert first._repr_html_() == again._repr_html_()
    assert "0x…" in check("1.2", address).diagnosis


# ------------------------------------------------------- diagnoses that nobody wrote down


def relation_cases() -> Iterator[Any]:
    def attempt(text: str, change: Attempt) -> Any:
        return pytest.param(text, change, id=text)

    yield attempt("with its sign turned", lambda out, w, t: -out)
    yield attempt("0.1 times the right one", lambda out, w, t: 0.1 * out)
    yield attempt("the right one + 1", lambda out, w, t: out + 1)
    yield attempt("the right one - 0.5", lambda out, w, t: out - 0.5)
    yield attempt("divided by √", lambda out, w, t: out / t.shape[1] ** 0.5)
    yield attempt(
        "is the size of axis -1 of `table`", lambda out, w, t: out * t.shape[1]
    )
    yield attempt("zero everywhere", lambda out, w, t: 0 * out)
    yield attempt("the same number everywhere", lambda out, w, t: 0 * out + 3)
    yield attempt("in reverse order along axis -1", lambda out, w, t: out.flip(-1))
    yield attempt("moved on by 1 along axis -1", lambda out, w, t: out.roll(1, -1))
    yield attempt("with too many axes of size 1", lambda out, w, t: out.unsqueeze(0))
    yield attempt("the absolute value of", lambda out, w, t: out.abs())
    yield attempt("the ReLU of", lambda out, w, t: out.relu())
    yield attempt("the exponential of", lambda out, w, t: out.exp())
    yield attempt(
        "a softmax of the right one over axis -1", lambda out, w, t: out.softmax(-1)
    )
    yield attempt(
        "only the shape is wrong", lambda out, w, t: out.flatten().unsqueeze(0)[:, None]
    )
    yield attempt(
        "wrong places", lambda out, w, t: out.flatten().sort().values.view(out.shape)
    )


@pytest.mark.parametrize(("text", "change"), list(relation_cases()))
def test_an_unforeseen_mistake_is_related_to_the_right_result(
    text: str, change: Attempt
) -> None:
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        return change(weights @ table, weights, table)

    report = check("1.3", attempt)
    assert not report.passed
    assert text in report.diagnosis


def test_axes_that_changed_places_are_named() -> None:
    def swapped(weight: Tensor, patch: tuple[int, int]) -> Tensor:
        return find("1.6").solution(weight, patch).transpose(1, 3)  # type: ignore[union-attr]

    def turned(weight: Tensor, patch: tuple[int, int]) -> Tensor:
        return find("1.6").solution(weight, patch).permute(1, 2, 0, 3)  # type: ignore[union-attr]

    assert "with the axes -3 and -1 swapped" in check("1.6", swapped).diagnosis
    assert "with its axes in the order -3, -2, -4, -1" in check("1.6", turned).diagnosis


def test_a_known_mistake_that_is_varied_is_still_named() -> None:
    def attempt(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
        last = torch.zeros(vocab_size, grad_vectors.shape[-1])
        for row, vector in zip(ids.flatten(), grad_vectors.flatten(0, -2), strict=True):
            last[row] = vector
        return -last

    report = check("1.4", attempt)
    assert "you keep only the last of its gradients" in report.diagnosis
    assert (
        "And not only that: your result is what that mistake gives with its sign turned"
        in (report.diagnosis)
    )


def test_a_known_mistake_in_another_dtype_is_still_named() -> None:
    def attempt(ids: Tensor, grad_vectors: Tensor, vocab_size: int) -> Tensor:
        return CODE[2].wrong[0].attempt(ids, grad_vectors, vocab_size).double()

    report = check("1.4", attempt)
    assert report.status == "wrong dtype"
    assert "you keep only the last of its gradients" in report.diagnosis


def test_a_known_mistake_on_some_inputs_only_is_still_named() -> None:
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        return table[weights.argmax(-1)] if weights.ndim == 1 else weights @ table

    report = check("1.3", attempt)
    assert "You look up the row of the largest weight" in report.diagnosis
    assert "It is right with weights (" in report.diagnosis


def test_a_wrong_part_is_located() -> None:
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        out = weights @ table
        out[..., 2] += torch.rand(out[..., 2].shape)
        return out

    report = check("1.3", attempt)
    assert "entries differ, all at 2 along axis -1" in report.diagnosis
    assert report.index.endswith("2]")
    assert report.expected in report.diagnosis
    assert report.received in report.diagnosis


def test_a_small_difference_is_called_small() -> None:
    def attempt(weights: Tensor, table: Tensor) -> Tensor:
        out = weights @ table
        return out + 1e-3 * torch.rand(out.shape)

    report = check("1.3", attempt)
    assert "by less than 1 %" in report.diagnosis
    assert report.expected != report.received


def test_several_results_are_named() -> None:
    def one_only(photo: Tensor, patch: int) -> Any:
        return photo

    def as_float(photo: Tensor, patch: int) -> Any:
        cropped, n_tokens = find("1.8").solution(photo, patch)  # type: ignore[union-attr]
        return cropped, float(n_tokens)

    def as_list(photo: Tensor, patch: int) -> Any:
        return list(find("1.8").solution(photo, patch))  # type: ignore[union-attr]

    assert (
        "should return 2 results (cropped, n_tokens)"
        in check("1.8", one_only).diagnosis
    )
    report = check("1.8", as_float)
    assert report.status == "wrong type"
    assert (
        "In `n_tokens`: the function should return an integer (int)" in report.diagnosis
    )
    assert "Its value is right" in report.diagnosis
    assert check("1.8", as_list)


def test_relations_between_equal_or_empty_tensors_are_none() -> None:
    values = torch.randn(3, 5, generator=generator())
    assert list(relations(values, values)) == []
    assert list(relations(torch.empty(0), torch.empty(0))) == []
    assert list(relations(values * float("nan"), values)) == []


@pytest.mark.parametrize(
    ("received", "expected", "status"),
    [
        (2, 3, "wrong"),
        (3, 3, None),
        (3.0, 3, "wrong type"),
        (True, 1, "wrong type"),
        (torch.tensor(3), 3, "wrong type"),
        (None, 3, "wrong type"),
        (3, 3.0, None),
        (float("nan"), 3.0, "not finite"),
        ("a", "a", None),
        ("b", "a", "wrong"),
        (1, True, "wrong type"),
        (True, True, None),
        ((torch.ones(2), 1), (torch.ones(2), 1), None),
        ((torch.ones(2), 2), (torch.ones(2), 1), "wrong"),
        ((torch.ones(2),), (torch.ones(2), 1), "wrong type"),
    ],
)
def test_results_that_are_no_tensors_are_compared(
    received: Any, expected: Any, status: str | None
) -> None:
    found = problem(received, expected, rtol=1e-4, atol=1e-5)
    assert (found and found.status) == status


# -------------------------------------- what later chapters need: modules, callables, hooks


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

    known(toy(solution=apply, make_inputs=inputs, wrong=()))
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


# ----------------------------------------------------------------- how it looks


class Page(HTMLParser):
    """Reads a report: which elements it has, and whether each is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


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
    attempts = [None, CODE[0].solution, CODE[0].wrong[3].attempt, misses_a_name]
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
    report = check("1.2", CODE[0].wrong[3].attempt)
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
    report = check("1.2", CODE[0].wrong[0].attempt)
    assert max(map(len, repr(report).splitlines())) <= 100
    assert str(report) == repr(report)


def test_a_report_is_what_it_says() -> None:
    report = Report("1.2", "Title", "wrong", "Message.", "ids (3,)", "[0]", "1", "2")
    assert report.diagnosis == "Message. With ids (3,) at [0]: expected 1, received 2."
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.status = "passed"  # type: ignore[misc]


def test_the_listing_is_a_table() -> None:
    listing = exercises()
    assert [row[0] for row in listing] == sorted(
        (row[0] for row in listing),
        key=lambda number: [int(part) for part in number.split(".")],
    )
    lines = repr(listing).splitlines()
    assert lines[0].split() == ["exercise", "title", "kind", "difficulty", "minutes"]
    assert len(lines) == len(listing) + 1 == len(ITEMS) + 1
    page = Page(listing._repr_html_())
    assert page.tags.count("tr") == len(lines)
    assert ("aria-label", "1 of 3") in page.attributes
    assert list(exercises(99)) == []


# ------------------------------------------------------------- hint, solution, find


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_hints_come_one_after_the_other(
    exercise: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "_hints_given", {})
    n = len(exercise.hints)
    for number, text in enumerate(exercise.hints, start=1):
        given = hint(exercise.id)
        assert given.text == text
        assert given.heading == f"Exercise {exercise.id}, hint {number} of {n}"
    for _ in range(2):
        last = hint(exercise.id)
        assert "no hints left" in last.heading
        assert f'`solution("{exercise.id}")`' in last.text
    assert hint(exercise.id, 1).text == exercise.hints[0]
    assert hint(exercise.id).text == exercise.hints[1]
    words = Page(hint(exercise.id, 1)._repr_html_()).words
    assert exercise.hints[0].replace("`", "") in words.replace("\n", "")


@pytest.mark.parametrize("number", [0, -1, 99, True, "1"])
def test_a_hint_that_is_not_there_is_refused(number: Any) -> None:
    with pytest.raises(
        ValueError, match=r"number: expected 1 to 3, the hints of 1\.2, got"
    ):
        hint("1.2", number)


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_the_solution_shown_is_the_tested_one(exercise: Exercise) -> None:
    shown = repr(solution(exercise.id))
    assert shown.startswith(f"def {exercise.solution.__name__}(")
    body = inspect.getsource(exercise.solution).rstrip().splitlines()[-1]
    assert shown.endswith(body)


@pytest.mark.parametrize("function", [check, hint, solution, find])
@pytest.mark.parametrize("exercise_id", ["0.0", "1.", 1.2, None, ["1.2"]])
def test_an_unknown_id_is_refused_with_the_known_ones(
    function: Callable[[Any], Any], exercise_id: Any
) -> None:
    with pytest.raises(
        ValueError, match=r'exercise_id: expected one of "1\.1, 1\.2, .*1\.10'
    ):
        function(exercise_id)


@pytest.mark.parametrize("function", [check, hint, solution])
def test_a_question_has_nothing_to_check(function: Callable[[str], Any]) -> None:
    with pytest.raises(ValueError, match=r"1\.1 is a question without code"):
        function("1.1")


def test_a_number_is_given_once() -> None:
    with pytest.raises(ValueError, match=r"exercise 1\.2 is registered twice"):
        register(CODE[0])


def test_primes_are_different_primes() -> None:
    drawn = primes(generator(), 8, low=3, high=23)
    assert sorted(drawn) == [3, 5, 7, 11, 13, 17, 19, 23]
    assert primes(generator(1), 8, low=3, high=23) != drawn
    with pytest.raises(ValueError, match="n: expected at most 3 primes up to 5, got 4"):
        primes(generator(), 4, high=5)


# ----------------------------------------------------------- in a session and in a kernel


def test_import_brings_nothing_heavy() -> None:
    code = (
        "import sys, attention_course.exercises\n"
        "print(sorted({'matplotlib', 'ipywidgets', 'anywidget', 'IPython', 'sklearn'}"
        " & set(sys.modules)))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.strip() == "[]"


def test_exit_in_a_notebook_is_disarmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """There ``exit()`` asks the session to end, and does not raise."""
    asked: list[str] = []

    class Session:
        def ask_exit(self) -> None:
            asked.append("end")

    session = Session()
    monkeypatch.setitem(
        sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: session)
    )

    def attempt(ids: Tensor, vocab_size: int) -> Tensor:
        session.ask_exit()
        return ids

    assert "called `exit()`" in check("1.2", attempt).diagnosis
    assert asked == []
    session.ask_exit()
    assert asked == ["end"]


def test_in_a_jupyter_kernel() -> None:
    """Loops are stopped and exit() is disarmed in a real kernel, which stays alive."""
    cells = [
        "from attention_course.exercises import check, hint, solution, exercises",
        "def loops(ids, vocab_size):\n"
        "    while True:\n"
        "        try:\n"
        "            while True:\n"
        "                pass\n"
        "        except Exception:\n"
        "            pass\n"
        "check('1.2', loops, seconds=0.5)",
        "def leaves(ids, vocab_size):\n    exit()\ncheck('1.2', leaves)",
        "def fails(ids, vocab_size):\n    print('seen')\n    return ids + missing\n"
        "check('1.2', fails)",
        "hint('1.2')",
        "solution('1.2')",
        "exercises()",
        "1 + 1",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells]
    )
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    data = []
    for cell in notebook.cells:
        kinds = [output.output_type for output in cell.outputs]
        assert set(kinds) <= {"execute_result"}, (
            cell.outputs
        )  # nothing leaks to the streams
        data.append(cell.outputs[0].data if cell.outputs else {})
    assert "still running after 0.5 s and was stopped" in data[1]["text/plain"].replace(
        "\n  ", " "
    )
    assert "called `exit()`" in data[2]["text/plain"]
    assert "in line 3, `return ids + missing`" in data[3]["text/plain"].replace(
        "\n  ", " "
    )
    assert "| seen" in data[3]["text/plain"]
    assert "ipykernel" not in data[3]["text/plain"]
    for place in (1, 2, 3, 4, 6):
        assert data[place]["text/html"].startswith("<")
    assert data[5]["text/markdown"].startswith("```python\ndef one_hot_vectors(")
    assert data[7]["text/plain"] == "2"
