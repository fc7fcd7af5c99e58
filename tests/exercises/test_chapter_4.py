"""Chapter 4's exercises: solutions agree with the package and torch, answers are true.

What every exercise promises is tested in ``test_exercises``, these among them.
"""

from __future__ import annotations

import inspect
import itertools
import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from attention_course import attention, embedding, self_attention, show
from attention_course.exercises import Exercise, check, exercises, find
from attention_course.exercises.self_attention import EXERCISES
from tests.exercises.helpers import Attempt, answer, cases, diagnosis, generator

CODE = [item for item in EXERCISES if isinstance(item, Exercise)]
SEEDS = (0, 1, 2)


# ------------------------------------------------------------------ the chapter as a whole


def test_chapter_4_has_enough_of_both_kinds() -> None:
    rows = list(exercises(4))
    assert [row[0] for row in rows] == [f"4.{n}" for n in range(1, len(rows) + 1)]
    kinds = [row[2] for row in rows]
    assert len(kinds) >= 10
    assert kinds.count("code") >= 7
    assert kinds.count("predict") >= 1
    assert all(len(exercise.hints) >= 3 for exercise in CODE)
    assert {row[3] for row in rows} == {1, 2, 3}


def test_no_exercise_takes_a_name_that_the_chapter_uses() -> None:
    taken = {*attention.__all__, *embedding.__all__, *self_attention.__all__}
    assert taken.isdisjoint(exercise.solution.__name__ for exercise in CODE)


@pytest.mark.parametrize("exercise", CODE, ids=lambda exercise: exercise.id)
def test_stub_and_solution_fit_the_page_and_need_only_tensor(
    exercise: Exercise,
) -> None:
    lines = [*exercise.stub.splitlines(), *show(exercise.solution).text.splitlines()]
    assert max(map(len, lines)) <= 84, max(lines, key=len)
    # Compiled as in a notebook, which evaluates annotations; it imports Tensor only.
    exec(compile(exercise.stub, "stub", "exec", dont_inherit=True), {"Tensor": Tensor})


# ----------------------------------------------------------- solutions against the package


@pytest.mark.parametrize("seed", SEEDS)
def test_one_head_by_loops_is_the_package_s_head(seed: int) -> None:
    for head_by_loops, (x, w_query, w_key, w_value) in cases("4.2", seed):
        output = head_by_loops(x, w_query, w_key, w_value)
        expected, _ = attention.attend(x @ w_query, x @ w_key, x @ w_value)
        torch.testing.assert_close(output, expected)

        layer = self_attention.SelfAttentionHead(*w_query.shape)
        with torch.no_grad():
            layer.to_query.weight.copy_(w_query.T)
            layer.to_key.weight.copy_(w_key.T)
        square = layer.to_value.weight.detach().T  # (d_model, d_head)
        torch.testing.assert_close(
            head_by_loops(x, w_query, w_key, square), layer(x)[0].detach()
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_cut_join_and_scores_are_the_package_s(seed: int) -> None:
    join = find("4.4").solution  # type: ignore[union-attr]
    for cut, (x, n_heads) in cases("4.3", seed):
        parts = cut(x, n_heads)
        assert torch.equal(parts, self_attention.split_heads(x, n_heads))
        assert torch.equal(join(parts), x)

    for join_heads, (parts,) in cases("4.4", seed):
        assert torch.equal(join_heads(parts), self_attention.merge_heads(parts))

    for scores_of_heads, (query, key, n_heads) in cases("4.5", seed):
        q, k = (self_attention.split_heads(part, n_heads) for part in (query, key))
        expected = attention.scaled_dot_score(q, k)
        torch.testing.assert_close(scores_of_heads(query, key, n_heads), expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mask_is_the_last_rows_of_the_package_s(seed: int) -> None:
    for look_back_mask, (n_queries, n_keys) in cases("4.7", seed):
        whole = self_attention.causal_mask(n_keys)
        mask = look_back_mask(n_queries, n_keys)
        assert mask.dtype == torch.bool
        assert torch.equal(mask, whole[n_keys - n_queries :])

    # Writing with kept keys gives what reading the whole sequence at once gives.
    x = torch.randn(7, 5, generator=generator(seed))
    at_once, _ = attention.attend(x, x, x, mask=self_attention.causal_mask(7))
    newest, _ = attention.attend(x[-3:], x, x, mask=look_back_mask(3, 7))
    torch.testing.assert_close(newest, at_once[-3:])


@pytest.mark.parametrize("seed", SEEDS)
def test_positions_are_the_package_s(seed: int) -> None:
    for wave_positions, (length, d_model) in cases("4.9", seed):
        torch.testing.assert_close(
            wave_positions(length, d_model),
            embedding.sinusoidal_positions(length, d_model),
            rtol=1e-4,
            atol=1e-5,
        )

    for add_positions, (x, positions) in cases("4.10", seed):
        placed = add_positions(x, positions)
        for b, t in itertools.product(range(x.shape[0]), range(x.shape[1])):
            assert torch.equal(placed[b, t], x[b, t] + positions[t])


@pytest.mark.parametrize("seed", SEEDS)
def test_equivariance_of_the_package_s_layers(seed: int) -> None:
    is_equivariant = find("4.11").solution  # type: ignore[union-attr]
    torch.manual_seed(seed)
    x = torch.randn(11, 8)
    encoder = self_attention.Encoder(2, 8, 2, 13)
    positions = embedding.sinusoidal_positions(11, 8)
    causal = self_attention.causal_mask(11)

    def layer(**changes: Any) -> Callable[[Tensor], Tensor]:
        return lambda x: encoder(x + changes.get("add", 0), mask=changes.get("mask"))[0]

    assert is_equivariant(layer(), x) is True
    assert is_equivariant(layer(add=positions), x) is False
    assert is_equivariant(layer(mask=causal), x) is False

    verdicts = [solution(*args) for solution, args in cases("4.11", seed)]
    assert verdicts == [True, False, False, False, False, True, False, True]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_block_and_its_count_are_the_package_s(seed: int) -> None:
    torch.manual_seed(seed)
    for pre_norm_step, (x, *_) in cases("4.12", seed):
        d_model = x.shape[-1]
        block = self_attention.Block(d_model, d_model, 7)
        for norm in (block.norm1, block.norm2):  # fresh ones are all alike
            nn.init.normal_(norm.weight)
            nn.init.normal_(norm.bias)
        layers = (
            block.norm1,
            lambda y, block=block: block.attention(y)[0],
            block.norm2,
            block.feed_forward,
        )
        torch.testing.assert_close(pre_norm_step(x, *layers), block(x)[0])

    for block_parameters, (d_model, n_heads, d_hidden) in cases("4.13", seed):
        count = block_parameters(d_model, n_heads, d_hidden)
        for layer in (
            self_attention.Block(d_model, n_heads, d_hidden),
            nn.TransformerEncoderLayer(d_model, n_heads, d_hidden),
        ):
            assert count == sum(p.numel() for p in layer.parameters())

    # The six blocks of the pretrained encoder: attention holds a third.
    assert block_parameters(384, 12, 1536) * 6 == 10_646_784
    assert 0.3 < 4 * (384**2 + 384) / block_parameters(384, 12, 1536) < 0.35


def paths(steps: list[Tensor], start: int, end: int) -> float:
    """Add up all ways from a place after the last layer down to a token."""
    if not steps:
        return float(start == end)
    last = steps[-1]
    return sum(
        float(last[start, place]) * paths(steps[:-1], place, end)
        for place in range(len(last))
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_rollout_adds_up_all_paths(seed: int) -> None:
    for roll_out, (weights,) in cases("4.14", seed):
        flow = roll_out(weights)
        torch.testing.assert_close(flow.sum(-1), torch.ones(len(flow)))
        if len(weights) <= 3:
            steps = [
                (layer + torch.eye(len(layer))) / 2 for layer in weights.mean(dim=1)
            ]
            for start, end in [(0, 0), (0, 1), (2, 0), (1, 3)]:
                slow = paths(steps, start, end)
                assert math.isclose(float(flow[start, end]), slow, rel_tol=1e-4)

    # Place 1 of the last layer reads place 0, which read token 2 in the first.
    first, second = torch.eye(3), torch.eye(3)
    first[0], second[1] = torch.tensor([0.0, 0, 1]), torch.tensor([1.0, 0, 0])
    flow = roll_out(torch.stack([first, second]).unsqueeze(1))
    torch.testing.assert_close(flow[1], torch.tensor([0.25, 0.5, 0.25]))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_strongest_head_is_the_strongest(seed: int) -> None:
    for strongest_head, (weights, query_place, key_place) in cases("4.15", seed):
        layer, head = strongest_head(weights, query_place, key_place)
        pair = weights[:, :, query_place, key_place]
        assert bool((pair[layer, head] >= pair).all())
        assert type(layer) is type(head) is int


# ------------------------------------------------- mistakes, the way that readers write them


BATCH_FOR_TIME: dict[str, tuple[Attempt, str]] = {
    "time first": (lambda x, p: x + p[: x.size(0)].unsqueeze(1), "batch_axis"),
    "None": (lambda x, p: x + p[: len(x), None], "batch_axis"),
    "a buffer (max_length, 1, d_model)": (
        lambda x, p: x + p.unsqueeze(1)[: x.size(0)],
        "batch_axis",
    ),
    "lookup": (lambda x, p: x + p[torch.arange(len(x))][:, None, :], "batch_axis"),
    "no new axis": (lambda x, p: x + p[: x.size(0), :], "batch_axis_flat"),
    "a buffer (1, max_length, d_model)": (
        lambda x, p: x + p.unsqueeze(0)[:, : x.size(0)],
        "batch_axis_flat",
    ),
    "one row": (lambda x, p: x + p[:1], "first_row"),
}


@pytest.mark.parametrize(
    ("attempt", "name"), BATCH_FOR_TIME.values(), ids=BATCH_FOR_TIME
)
@pytest.mark.parametrize("seed", SEEDS)
def test_batch_for_time_is_named(attempt: Attempt, name: str, seed: int) -> None:
    report = check("4.10", attempt, seed=seed)
    assert not report.passed
    assert diagnosis("4.10", name) in report.diagnosis


def test_positions_added_in_place_are_noticed() -> None:
    def in_place(x: Tensor, positions: Tensor) -> Tensor:
        x += positions[: x.shape[1]]
        return x

    report = check("4.10", in_place)
    assert report.status == "changed its input"
    assert "`x`" in report.diagnosis


def too_strict(layer: nn.Module, x: Tensor) -> bool:
    order = torch.randperm(len(x))
    return torch.allclose(layer(x[order]), layer(x)[order], rtol=0, atol=0)


def only_shapes(layer: nn.Module, x: Tensor) -> bool:
    return layer(x.flip(0)).shape == layer(x).shape


def moved_by_three(layer: nn.Module, x: Tensor) -> bool:
    order = (torch.arange(len(x)) + 3) % len(x)
    return torch.allclose(layer(x[order]), layer(x)[order], atol=1e-5)


@pytest.mark.parametrize(
    ("attempt", "name"),
    [(too_strict, "exact"), (only_shapes, "identity"), (moved_by_three, "roll")],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_bad_test_of_equivariance_is_named(
    attempt: Attempt, name: str, seed: int
) -> None:
    report = check("4.11", attempt, seed=seed)
    assert not report.passed
    assert diagnosis("4.11", name) in report.diagnosis


def test_common_slips_elsewhere_are_named() -> None:
    def by_model(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
        q, k = (self_attention.split_heads(part, n_heads) for part in (query, key))
        return q @ k.mT / query.shape[-1] ** 0.5

    assert diagnosis("4.5", "by_model") in check("4.5", by_model).diagnosis

    def as_torch_wants_it_there(n_queries: int, n_keys: int) -> Tensor:
        return torch.ones(n_queries, n_keys).triu(n_keys - n_queries + 1).bool()

    report = check("4.7", as_torch_wants_it_there)
    assert diagnosis("4.7", "turned") in report.diagnosis
    report = check(
        "4.7", lambda n_queries, n_keys: torch.ones(n_queries, n_keys).tril()
    )
    assert not report.passed
    assert diagnosis("4.7", "top_left") in report.diagnosis

    def tensors(weights: Tensor, query_place: int, key_place: int) -> Any:
        pair = weights[:, :, query_place, key_place]
        return torch.unravel_index(pair.argmax(), pair.shape)

    report = check("4.15", tensors)
    assert report.status == "wrong type"
    assert "Its value is right" in report.diagnosis


# --------------------------------------------------------------- the answers are true


def test_the_claims_are_as_the_answer_says() -> None:
    text = answer("4.1")
    draw = generator()
    x = torch.randn(7, 5, generator=draw)
    weight = torch.randn(5, 5, generator=draw)
    scores = attention.dot_score(x @ weight, x @ weight)
    torch.testing.assert_close(scores, scores.T)
    weights = attention.masked_softmax(scores)
    assert not torch.allclose(weights, weights.T, atol=0.1)

    query, key = torch.randn(2, 20_000, 64, generator=draw)
    products = (query * key).sum(-1)
    assert abs(float(products.mean())) < 0.3
    assert math.isclose(float(products.std()), 8, rel_tol=0.03)
    assert "√64 = 8" in text

    row = torch.randn(6, generator=draw)
    torch.testing.assert_close(
        (row + 100).softmax(0), row.softmax(0), rtol=1e-4, atol=0
    )
    assert (row / 8).argsort().tolist() == row.argsort().tolist()

    def shares(*scores: float) -> str:
        return ", ".join(
            f"{w:.2f}" for w in torch.tensor(scores).float().softmax(0).tolist()
        )

    assert f"The scores 2, 0, 0 become the weights {shares(2, 0, 0)}." in text
    large, small = (shares(112 / n, 96 / n).replace(", ", " and ") for n in (1, 8))
    assert f"112 and 96 give {large}, divided by 8 they give {small}." in text
    assert re.findall(r"\d\. \*\*(Yes|No)", text) == ["No", "No", "No", "Yes", "No"]


def test_heads_cost_and_see_what_the_answer_says() -> None:
    sizes = {
        n_heads: sum(
            p.numel()
            for p in self_attention.MultiHeadAttention(512, n_heads).parameters()
        )
        for n_heads in (1, 8, 512)
    }
    assert len(set(sizes.values())) == 1
    assert "**None.**" in answer("4.6")

    x = torch.randn(11, 12, generator=generator())
    for n_heads in (1, 3, 6):
        q = self_attention.split_heads(x, n_heads)
        assert int(torch.linalg.matrix_rank(attention.dot_score(q, q)).max()) <= (
            12 // n_heads
        )
    keys = torch.tensor([[1.0], [2.0], [3.0]])
    for query in torch.linspace(-5, 5, 21):
        weights = attention.masked_softmax(
            attention.scaled_dot_score(query.view(1, 1), keys)
        )
        assert float(weights[0, 1]) <= float(weights[0].max())
        assert float(weights[0, 1]) < float(weights[0, [0, 2]].max()) or query == 0


def test_the_masks_of_the_decoder_are_as_the_answer_says() -> None:
    text = answer("4.8")
    real = torch.tensor([True, True, True, False])
    mask = self_attention.causal_mask(4) & real
    rows = re.findall(r"^    ([01 ]+)$", text, flags=re.MULTILINE)
    assert [" ".join(map(str, row)) for row in mask.int().tolist()] == rows

    x = torch.randn(4, 6, generator=generator())
    source = torch.randn(5, 6, generator=generator(1))
    _, weights = attention.attend(x, x, x, mask=mask)
    assert weights[0].tolist() == [1, 0, 0, 0]
    closed = torch.tensor([True, True, True, True, False])
    _, weights = attention.attend(x, source, source, mask=closed)
    assert f"`{tuple(weights.shape)}`" in text
    assert "four rows `1 1 1 1 0`" in text
    assert bool((weights[:, 4] == 0).all())
    assert bool((weights[:, :4] > 0).all())


def test_the_layers_of_the_exercise_have_telling_names() -> None:
    """A report names a layer by its class, which is all that a reader sees of it."""
    for _, (layer, x) in cases("4.11", 0):
        assert inspect.getdoc(type(layer))
        assert not type(layer).__name__.startswith("_")
        assert layer(x).shape == x.shape
