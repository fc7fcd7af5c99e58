"""The follower: nearby attention in earlier frames with one more key, against a loop."""

import math

import pytest
import torch

from attention_course.grid_attention import nearby_attention_direct
from attention_course.grid_models import Follower
from attention_course.lab.training import load_model, save_model

B, FRAMES, ROWS, COLUMNS, D_MODEL, D_V = 2, 3, 5, 7, 11, 2
CLOSE = {"atol": 1e-12, "rtol": 1e-10}


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64).requires_grad_()


def follower(extent=1, **options):
    model = Follower(extent, d_model=D_MODEL, d_hidden=13, **options).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.3)
    return model


def grids(n_frames=FRAMES):
    return (
        draw(B, 1, ROWS, COLUMNS, D_MODEL),
        draw(B, n_frames, ROWS, COLUMNS, D_MODEL),
        draw(B, n_frames, ROWS, COLUMNS, D_V),
    )


@pytest.mark.parametrize("n_frames", [1, FRAMES])
def test_without_the_one_more_key_it_is_nearby_attention(n_frames):
    query, key, value = grids(n_frames)
    output, weights = follower(2, stay=False).fetch(query, key, value)
    extent = (n_frames - 1, 2, 2)
    expected, windows = nearby_attention_direct(query, key, value, extent)
    torch.testing.assert_close(output, expected, **CLOSE)
    torch.testing.assert_close(weights, windows.flatten(-3), **CLOSE)


def looks(query, key, value, stay, extent):
    """Look around one cell after the other: scores, softmax, sum."""
    output = torch.zeros(B, 1, ROWS, COLUMNS, D_V, dtype=torch.float64)
    for b in range(B):
        for j in range(ROWS):
            for k in range(COLUMNS):
                near = [
                    (f, r, c)
                    for f in range(key.shape[1])
                    for r in range(max(j - extent, 0), min(j + extent + 1, ROWS))
                    for c in range(max(k - extent, 0), min(k + extent + 1, COLUMNS))
                ]
                keys = [key[b][at] for at in near] + [key[b, -1, j, k] + stay]
                values = [value[b][at] for at in near] + [value[b, -1, j, k]]
                scores = torch.stack([query[b, 0, j, k] @ each for each in keys])
                weights = (scores / math.sqrt(D_MODEL)).softmax(dim=0)
                output[b, 0, j, k] = weights @ torch.stack(values)
    return output


def test_the_one_more_key_is_that_of_the_same_place_in_the_last_frame():
    model, (query, key, value) = follower(1), grids()
    output, weights = model.fetch(query, key, value)
    expected = looks(query, key, value, model.to_stay, 1)
    torch.testing.assert_close(output, expected, **CLOSE)
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    assert weights.shape[-1] == (2 * FRAMES - 1) * 9 + 1
    inputs = [query, key, value, model.to_stay]
    ours = torch.autograd.grad(output.square().sum(), inputs)
    theirs = torch.autograd.grad(expected.square().sum(), inputs)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, **CLOSE)


def test_a_very_likely_one_more_key_copies_and_a_very_unlikely_one_changes_nothing():
    query, key, value = grids()
    model, plain = follower(1), follower(1, stay=False)
    with torch.no_grad():
        model.to_stay.zero_()[0] = 1.0
        query[..., 0], key[..., 0] = 1e4, 0.0
        copied, _ = model.fetch(query, key, value)
        torch.testing.assert_close(copied, value[:, -1:])
        model.to_stay.neg_()
        left, _ = model.fetch(query, key, value)
        torch.testing.assert_close(left, plain.fetch(query, key, value)[0])


def test_a_cell_s_vector_is_two_linear_maps_of_its_patch():
    model = follower(stride=3, patch_extent=2)
    grey = torch.rand(B, 1, 3 * ROWS, 3 * COLUMNS, 1, dtype=torch.float64)
    vectors = model.embed(grey)
    assert vectors.shape == (B, 1, ROWS, COLUMNS, D_MODEL)
    j, k = 2, 3  # a cell in the middle, of the pixel in row 6 and column 9
    patch = grey[1, 0, 4:9, 7:12, 0].flatten()  # 5 × 5 pixels
    mean = patch.mean()
    contrast = (patch - mean).square().mean().sqrt()
    features = [*((patch - mean) / (contrast + 0.05)), mean - 0.5]
    hidden = model.to_hidden(torch.stack(features)).relu()
    expected = model.to_vector(hidden)
    torch.testing.assert_close(vectors[1, 0, j, k], expected / expected.norm(), **CLOSE)
    asks = model.ask(grey)
    score = asks[1, 0, j, k] @ vectors[1, 0, j, k] / math.sqrt(D_MODEL)
    torch.testing.assert_close(score, model.log_sharpness.exp(), **CLOSE)


def test_forward_joins_the_parts():
    model = follower()
    grey = torch.rand(B, FRAMES + 1, 2 * ROWS, 2 * COLUMNS, 1, dtype=torch.float64)
    value = draw(B, FRAMES, ROWS, COLUMNS, D_V)
    output, _ = model(grey[:, -1:], grey[:, :-1], value)
    query, key = model.ask(grey[:, -1:]), model.embed(grey[:, :-1])
    torch.testing.assert_close(output, model.fetch(query, key, value)[0], **CLOSE)


def test_it_is_saved_and_loaded_with_its_settings(tmp_path):
    model = follower(2, stay=False)
    save_model(model, tmp_path / "follower.safetensors")
    again = load_model(Follower, tmp_path / "follower.safetensors")
    assert again.config == model.config
    assert again.to_stay is None


def test_more_than_one_frame_that_asks_is_refused():
    query, key, value = grids()
    with pytest.raises(
        ValueError, match=r"query: expected axes \(B, 1, nH, nW, d_model\)"
    ):
        follower().fetch(query.expand(-1, 2, -1, -1, -1), key, value)
    with pytest.raises(ValueError, match="value: expected axes .* with nW = 7"):
        follower().fetch(query, key, value[..., :-1, :])
