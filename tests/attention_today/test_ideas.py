"""Positions by turning, softmax online, windows, linear attention, induction scores."""

import math

import pytest
import torch

from attention_course.attention import attend, dot_score, scaled_dot_score
from attention_course.attention_today import (
    attend_online,
    distance_score,
    induction_score,
    linear_attend,
    rotate,
    window_mask,
)
from attention_course.embedding import sinusoidal_positions
from attention_course.self_attention import causal_mask


def draw(*shape: int, seed: int = 0, **options) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.double, **options)


# --- positions ------------------------------------------------------------------------


def test_rotate_equals_a_loop_of_complex_numbers():
    x, places = draw(2, 5, 14), torch.tensor([0, 3, 4, 11, 100])
    found = rotate(x, places)
    for t, m in [(t, m) for t in range(5) for m in range(7)]:
        angles = places[t : t + 1].double() * 10_000 ** (-m / 7)
        turn = torch.polar(torch.ones(1).double(), angles)
        pair = torch.complex(x[:, t, 2 * m], x[:, t, 2 * m + 1]) * turn
        torch.testing.assert_close(found[:, t, 2 * m], pair.real)
        torch.testing.assert_close(found[:, t, 2 * m + 1], pair.imag)


@pytest.mark.parametrize("sizes", [(7,), (3, 5), (2, 3, 5)])
def test_a_common_shift_changes_no_score(sizes):
    places = torch.cartesian_prod(*map(torch.arange, sizes)).view(-1, len(sizes))
    query, key = draw(len(places), 12), draw(len(places), 12, seed=1)
    shift = torch.tensor([13, 4, 29][: len(sizes)])

    def scores(of_queries, of_keys):
        return dot_score(rotate(query, of_queries), rotate(key, of_keys))

    still = scores(places, places)
    torch.testing.assert_close(scores(places + shift, places + shift), still)
    for axis in range(len(sizes)):  # a shift of the queries alone, along one axis
        moved = places.clone()
        moved[:, axis] += 2
        assert (scores(moved, places) - still).abs().max() > 0.1


def test_turning_keeps_lengths_and_place_0():
    x = draw(3, 7, 12)
    turned = rotate(x, torch.arange(7))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    torch.testing.assert_close(turned[:, 0], x[:, 0])
    assert (turned[:, 1:] - x[:, 1:]).abs().max() > 0.1


def test_turning_a_constant_gives_the_waves():
    ones = torch.tensor([0.0, 1.0]).repeat(6).expand(7, 12)  # turned: -sin, cos
    waves = sinusoidal_positions(7, 12)
    torch.testing.assert_close(rotate(ones, torch.arange(7))[:, 1::2], waves[:, 1::2])
    torch.testing.assert_close(rotate(ones, torch.arange(7))[:, 0::2], -waves[:, 0::2])


def test_pairs_that_the_axes_cannot_share_are_named():
    with pytest.raises(ValueError, match="x: expected d_head, a multiple of 6 for 3"):
        rotate(draw(4, 14), torch.zeros(4, 3))


def test_the_penalty_is_a_slope_times_the_distance():
    query, key = draw(2, 8, 3, 5), draw(2, 8, 7, 5, seed=1)
    penalty = scaled_dot_score(query, key) - distance_score(query, key)
    for head in range(8):
        for i in range(3):
            for j in range(7):
                expected = 2.0 ** -(head + 1) * abs(4 + i - j)
                assert float(penalty[0, head, i, j]) == pytest.approx(expected)


# --- softmax online -------------------------------------------------------------------


@pytest.mark.parametrize("block", [1, 2, 5, 11, 64])
def test_online_equals_attend_forward_and_backward(block):
    sizes = {"query": (2, 3, 7, 5), "key": (2, 3, 11, 5), "value": (2, 3, 11, 13)}
    tensors = [
        draw(*shape, seed=seed, requires_grad=True)
        for seed, shape in enumerate(sizes.values())
    ]
    expected, _ = attend(*tensors)
    found = attend_online(*tensors, block=block)
    torch.testing.assert_close(found, expected)
    weight = draw(2, 3, 7, 13, seed=9)
    for one, other in zip(
        torch.autograd.grad((found * weight).sum(), tensors),
        torch.autograd.grad((expected * weight).sum(), tensors),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_online_broadcasts_as_attend_does():
    query, key = draw(3, 7, 5, requires_grad=True), draw(11, 5, requires_grad=True)
    value = draw(2, 1, 11, 13, requires_grad=True)
    found, (expected, _) = (
        attend_online(query, key, value, block=4),
        attend(query, key, value),
    )
    torch.testing.assert_close(found, expected)
    for one, other in zip(
        torch.autograd.grad(found.square().sum(), [query, key, value]),
        torch.autograd.grad(expected.square().sum(), [query, key, value]),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_online_survives_scores_that_exp_does_not():
    query, key, value = draw(3, 5) * 1e3, draw(7, 5, seed=1), draw(7, 2, seed=2)
    expected, _ = attend(query, key, value)
    torch.testing.assert_close(attend_online(query, key, value, block=2), expected)


def test_online_makes_no_table():
    kept = []
    tensors = [torch.randn(97, 5, requires_grad=True) for _ in range(3)]
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: kept.append(tensor.numel()) or tensor, lambda tensor: tensor
    ):
        attend_online(*tensors, block=8).sum().backward()
    assert max(kept) == 97 * 5
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: kept.append(tensor.numel()) or tensor, lambda tensor: tensor
    ):
        attend(*tensors)
    assert max(kept) == 97 * 97


# --- windows, sums, scores ------------------------------------------------------------


@pytest.mark.parametrize("n_queries", [1, 4, 11])
@pytest.mark.parametrize("window", [None, 1, 3, 20])
@pytest.mark.parametrize("n_sinks", [0, 1, 5])
def test_the_window_equals_a_loop(n_queries, window, n_sinks):
    found = window_mask(n_queries, 11, window, n_sinks=n_sinks)
    for i in range(n_queries):
        p = 11 - n_queries + i
        for j in range(11):
            seen = j <= p and (window is None or p - j < window or j < n_sinks)
            assert bool(found[i, j]) == seen, (i, j)


def test_without_a_window_it_is_the_causal_mask():
    assert torch.equal(window_mask(7, 7), causal_mask(7))


def test_more_queries_than_keys_are_refused():
    with pytest.raises(ValueError, match="n_queries: expected at most n_keys = 3"):
        window_mask(4, 3)


def test_linear_attention_equals_its_table():
    query, key, value = draw(2, 7, 5), draw(2, 7, 5, seed=1), draw(2, 7, 3, seed=2)

    def phi(x):
        return torch.where(x > 0, x + 1, x.exp())

    weights = (phi(query) @ phi(key).mT).tril()
    expected = weights / weights.sum(-1, keepdim=True) @ value
    torch.testing.assert_close(linear_attend(query, key, value), expected)


def test_the_score_of_a_head_that_copies_is_1():
    weights = torch.zeros(3, 13, 13)
    for i in range(13):
        weights[0, i, max(i - 4, 0)] = 1  # after the last time, with period 5
        weights[1, i, max(i - 5, 0)] = 1  # the last time itself
        weights[2, i, : i + 1] = 1 / (i + 1)
    found = induction_score(weights, 5)
    mean = sum(1 / (i + 1) for i in range(5, 13)) / 8
    torch.testing.assert_close(found, torch.tensor([1.0, 0.0, mean]))
    with pytest.raises(ValueError, match="period: expected less than T = 13, got 13"):
        induction_score(weights, 13)


def test_scores_stay_finite_in_half_precision():
    x = torch.randn(5, 8, dtype=torch.float16)
    assert rotate(x, torch.arange(5)).dtype == torch.float16
    assert math.isfinite(float(rotate(x, torch.arange(5)).sum()))
