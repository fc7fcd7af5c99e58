"""Chapter 3: the solutions agree with the package and torch."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from attention_course import (
    attention,
    encoder_decoder,
)
from attention_course.exercises import (
    exercises,
)
from tests.exercises.helpers import (
    SEEDS,
    cases,
    code,
)


def test_the_chapter_has_enough_of_both_kinds() -> None:
    kinds = [row[2] for row in exercises(3)]
    assert len(kinds) >= 8
    assert kinds.count("code") >= 5
    assert kinds.count("predict") == len(kinds) - kinds.count("code") >= 2


@pytest.mark.parametrize("seed", SEEDS)
def test_compare_all_pairs(seed: int) -> None:
    for compare, (query, key) in cases("3.1", seed):
        torch.testing.assert_close(compare(query, key), attention.dot_score(query, key))


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_of_unit_variance(seed: int) -> None:
    for scaled, (query, key) in cases("3.3", seed):
        wanted = attention.scaled_dot_score(query, key)
        torch.testing.assert_close(scaled(query, key), wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_bilinear_scores(seed: int) -> None:
    for bilinear, (query, key, weight) in cases("3.8", seed):
        general = attention.GeneralScore(*weight.shape)
        general.load_state_dict({"weight": weight})
        wanted = general(query, key)
        torch.testing.assert_close(bilinear(query, key, weight), wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_additive_scores(seed: int) -> None:
    for additive, (query, key, w, u, v) in cases("3.9", seed):
        module = attention.AdditiveScore(w.shape[1], u.shape[1], len(v))
        module.from_query.weight = nn.Parameter(w)
        module.from_key.weight = nn.Parameter(u)
        module.to_score.weight = nn.Parameter(v.unsqueeze(0))
        torch.testing.assert_close(additive(query, key, w, u, v), module(query, key))


@pytest.mark.parametrize("seed", SEEDS)
def test_softmax_where_allowed(seed: int) -> None:
    for softmax, (scores, mask) in cases("3.4", seed):
        wanted = attention.masked_softmax(scores, mask)
        torch.testing.assert_close(softmax(scores, mask), wanted)
        totals = softmax(scores, mask).sum(-1)
        allowed = mask.any(-1).expand(totals.shape)
        torch.testing.assert_close(totals, allowed.float())
        if scores.ndim > 2:
            assert not allowed.all()  # a query that may attend to nothing is among them


@pytest.mark.parametrize("seed", SEEDS)
def test_attend_in_three_lines(seed: int) -> None:
    for attend, (query, key, value, mask) in cases("3.6", seed):
        output, weights = attend(query, key, value, mask)
        wanted = attention.attend(query, key, value, mask=mask)
        torch.testing.assert_close((output, weights), wanted)
        torch.testing.assert_close(
            output,
            nn.functional.scaled_dot_product_attention(
                query, key, value, attn_mask=mask
            ),
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_context_of_step(seed: int) -> None:
    for context_of_step, (state, states, real) in cases("3.7", seed):
        module = encoder_decoder.AttentionContext(attention.dot_score, states.shape[-1])
        encoded = encoder_decoder.Encoded(states, real, states[:, -1])
        torch.testing.assert_close(
            context_of_step(state, states, real), module(state, encoded)
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_entropy_of_weights(seed: int) -> None:
    for entropy, (weights,) in cases("3.11", seed):
        rows = weights.sum(-1) > 0
        wanted = torch.distributions.Categorical(probs=weights[rows]).entropy()
        torch.testing.assert_close(entropy(weights)[rows], wanted, rtol=1e-4, atol=1e-5)
        assert torch.equal(entropy(weights)[~rows], torch.zeros(int((~rows).sum())))


@pytest.mark.parametrize("seed", SEEDS)
def test_looked_at_most(seed: int) -> None:
    for looked_at_most, (weights, read) in cases("3.12", seed):
        sharp = nn.functional.one_hot(weights.argmax(-1), len(read)).float()
        numbers = sharp @ torch.tensor([float(ord(letter)) for letter in read])
        wanted = "".join(chr(int(number)) for number in numbers)
        assert looked_at_most(weights, read) == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_softmax_gradient(seed: int) -> None:
    for gradient, (weights, grad_weights) in cases("3.13", seed):
        scores = (weights.log() + 7).requires_grad_()  # a constant changes no softmax
        scores.softmax(-1).backward(grad_weights)
        torch.testing.assert_close(gradient(weights, grad_weights), scores.grad)


def test_a_sure_softmax_has_no_gradient() -> None:
    """What the last hint of 3.13 says."""
    gradient = code("3.13").solution
    sure = torch.tensor([[1.0, 0.0, 0.0]])
    assert torch.equal(gradient(sure, torch.randn(1, 3)), torch.zeros(1, 3))
