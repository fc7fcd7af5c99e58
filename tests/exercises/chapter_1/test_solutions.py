"""Chapter 1: the solutions agree with the package and torch."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from attention_course import (
    embedding,
)
from attention_course.exercises import (
    exercises,
)
from tests.exercises.helpers import (
    SEEDS,
    cases,
    generator,
)


def test_the_chapter_has_enough_of_both_kinds() -> None:
    kinds = [row[2] for row in exercises(1)]
    assert len(kinds) >= 8
    assert kinds.count("code") >= 5
    assert kinds.count("predict") == len(kinds) - kinds.count("code") >= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_one_hot_vectors(seed: int) -> None:
    for one_hot, (ids, vocab_size) in cases("1.2", seed):
        assert torch.equal(one_hot(ids, vocab_size), embedding.one_hot(ids, vocab_size))


@pytest.mark.parametrize("seed", SEEDS)
def test_combine_rows(seed: int) -> None:
    for combine, (_, table) in cases("1.3", seed):
        ids = torch.randint(len(table), (3, 2), generator=generator(seed))
        rows = embedding.one_hot(ids, len(table))
        torch.testing.assert_close(combine(rows, table), embedding.lookup(ids, table))


@pytest.mark.parametrize("seed", SEEDS)
def test_table_gradient(seed: int) -> None:
    for gradient, (ids, grad_vectors, vocab_size) in cases("1.4", seed):
        layer = nn.Embedding(vocab_size, grad_vectors.shape[-1])
        layer(ids).backward(grad_vectors)
        torch.testing.assert_close(
            gradient(ids, grad_vectors, vocab_size), layer.weight.grad
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_nearest_words(seed: int) -> None:
    for nearest, (word, table, n_nearest) in cases("1.5", seed):
        ids, _ = embedding.nearest_neighbours(table[word], table, n_nearest + 1)
        assert ids[0] == word
        assert torch.equal(nearest(word, table, n_nearest), ids[1:])


@pytest.mark.parametrize("seed", SEEDS)
def test_convolution_weight(seed: int) -> None:
    for convolution, (weight, patch) in cases("1.6", seed):
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


@pytest.mark.parametrize("seed", SEEDS)
def test_crop_to_patches(seed: int) -> None:
    for crop, (photo, patch) in cases("1.8", seed):
        cropped, n_tokens = crop(photo, patch)
        assert embedding.patchify(cropped, patch).flatten(0, 1).shape[0] == n_tokens
        assert photo.shape[0] - cropped.shape[0] < patch
        assert photo.shape[1] - cropped.shape[1] < patch
        assert torch.equal(cropped, photo[: cropped.shape[0], : cropped.shape[1]])


@pytest.mark.parametrize("seed", SEEDS)
def test_embed_levels(seed: int) -> None:
    for embed_levels, (levels, weight) in cases("1.10", seed):
        n_levels = weight.shape[1] // levels.shape[-1]
        dense = embedding.one_hot(levels, n_levels).flatten(-2) @ weight.T
        torch.testing.assert_close(
            embed_levels(levels, weight), dense, rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_loss_with_negatives_is_a_yes_or_no_for_each_candidate(seed: int) -> None:
    for loss, (word, context, negatives) in cases("1.11", seed):
        candidates = torch.cat([context.unsqueeze(1), negatives], dim=1)
        logits = torch.einsum("bd,bnd->bn", word, candidates)
        yes = torch.zeros_like(logits)
        yes[:, 0] = 1
        each = nn.functional.binary_cross_entropy_with_logits(
            logits, yes, reduction="none"
        )
        torch.testing.assert_close(loss(word, context, negatives), each.sum(1).mean())
