"""Chapter 4: the solutions agree with the package and torch."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from attention_course import (
    attention,
    embedding,
    self_attention,
)
from attention_course.exercises import (
    Exercise,
    solution,
)
from tests.exercises.helpers import (
    CODE,
    SEEDS,
    by_id,
    cases,
    code,
    generator,
)

MINE = [exercise for exercise in CODE if exercise.id.startswith("4.")]


def test_no_exercise_takes_a_name_that_the_chapter_uses() -> None:
    taken = {*attention.__all__, *embedding.__all__, *self_attention.__all__}
    assert taken.isdisjoint(exercise.solution.__name__ for exercise in MINE)


@pytest.mark.parametrize("exercise", MINE, ids=by_id)
def test_stub_and_solution_fit_the_page_and_need_only_tensor(
    exercise: Exercise,
) -> None:
    lines = [*exercise.stub.splitlines(), *solution(exercise.id).text.splitlines()]
    assert max(map(len, lines)) <= 84, max(lines, key=len)
    # Compiled as in a notebook, which evaluates annotations; it imports Tensor only.
    exec(compile(exercise.stub, "stub", "exec", dont_inherit=True), {"Tensor": Tensor})


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
def test_cut_for_heads_is_the_package_s(seed: int) -> None:
    join = code("4.4").solution
    for cut, (x, n_heads) in cases("4.3", seed):
        parts = cut(x, n_heads)
        assert torch.equal(parts, self_attention.split_heads(x, n_heads))
        assert torch.equal(join(parts), x)


@pytest.mark.parametrize("seed", SEEDS)
def test_join_heads_is_the_package_s(seed: int) -> None:
    for join_heads, (parts,) in cases("4.4", seed):
        assert torch.equal(join_heads(parts), self_attention.merge_heads(parts))


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_of_heads_are_the_package_s(seed: int) -> None:
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


@pytest.mark.parametrize("seed", SEEDS)
def test_added_positions_stand_at_their_places(seed: int) -> None:
    for add_positions, (x, positions) in cases("4.10", seed):
        placed = add_positions(x, positions)
        for b, t in itertools.product(range(x.shape[0]), range(x.shape[1])):
            assert torch.equal(placed[b, t], x[b, t] + positions[t])


@pytest.mark.parametrize("seed", SEEDS)
def test_equivariance_of_the_package_s_layers(seed: int) -> None:
    is_equivariant = code("4.11").solution
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
    assert verdicts == [
        *(True, False, False, False, False, True, False, True),
        *(False, False, False, False, True),
    ]


def test_the_layers_of_the_exercise_have_telling_names() -> None:
    """A report names a layer by its class, which is all that a reader sees of it."""
    for _, (layer, x) in cases("4.11", 0):
        assert inspect.getdoc(type(layer))
        assert not type(layer).__name__.startswith("_")
        assert layer(x).shape == x.shape


@pytest.mark.parametrize("seed", SEEDS)
def test_the_pre_norm_step_is_the_package_s_block(seed: int) -> None:
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


@pytest.mark.parametrize("seed", SEEDS)
def test_the_count_is_that_of_the_package_s_block(seed: int) -> None:
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
        if len(weights) <= 3 < len(flow):
            steps = [
                (layer + torch.eye(len(layer))) / 2 for layer in weights.mean(dim=1)
            ]
            for start, end in [(0, 0), (0, 1), (2, 0), (1, 3)]:
                slow = paths(steps, start, end)
                assert math.isclose(float(flow[start, end]), slow, rel_tol=1e-4)


def test_rollout_follows_one_path() -> None:
    # Place 1 of the last layer reads place 0, which read token 2 in the first.
    first, second = torch.eye(3), torch.eye(3)
    first[0], second[1] = torch.tensor([0.0, 0, 1]), torch.tensor([1.0, 0, 0])
    flow = code("4.14").solution(torch.stack([first, second]).unsqueeze(1))
    torch.testing.assert_close(flow[1], torch.tensor([0.25, 0.5, 0.25]))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_strongest_head_is_the_strongest(seed: int) -> None:
    for strongest_head, (weights, query_place, key_place) in cases("4.15", seed):
        layer, head = strongest_head(weights, query_place, key_place)
        pair = weights[:, :, query_place, key_place]
        assert bool((pair[layer, head] >= pair).all())
        assert type(layer) is type(head) is int


@pytest.mark.parametrize("seed", SEEDS)
def test_self_attention_of_heads_is_the_package_s_layer(seed: int) -> None:
    for whole, (x, *matrices, n_heads, real) in cases("4.17", seed):
        layer = self_attention.MultiHeadAttention(x.shape[-1], n_heads)
        parts = [layer.to_query, layer.to_key, layer.to_value, layer.to_output]
        with torch.no_grad():
            for part, matrix in zip(parts, matrices, strict=True):
                part.weight.copy_(matrix.T)
                if part.bias is not None:
                    part.bias.zero_()
        mask = self_attention.causal_mask(x.shape[1]) & real.unsqueeze(1)
        expected = layer(x, x, mask=mask)[0].detach()
        torch.testing.assert_close(whole(x, *matrices, n_heads, real), expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_normalise_places_is_torch_s_layer_norm(seed: int) -> None:
    for normalise, (x, gain, bias) in cases("4.18", seed):
        expected = nn.functional.layer_norm(x, x.shape[-1:], gain, bias)
        ours = normalise(x, gain, bias)
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)


def test_cached_steps_give_the_rows_of_the_full_pass() -> None:
    cached_step = code("4.19").solution
    x = torch.randn(3, 7, 5, generator=generator())
    matrices = [torch.randn(5, d, generator=generator(d)) for d in (2, 2, 11)]
    keys, values = torch.zeros(3, 0, 2), torch.zeros(3, 0, 11)
    rows = []
    for token in x.unbind(1):
        row, keys, values = cached_step(token, keys, values, *matrices)
        rows.append(row)
    query, key, value = (x @ matrix for matrix in matrices)
    full = attention.attend(query, key, value, mask=self_attention.causal_mask(7))[0]
    torch.testing.assert_close(torch.stack(rows, dim=1), full)
    torch.testing.assert_close(keys, key)
