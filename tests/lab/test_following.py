"""Following through a clip: planted motion is found, errors and overlaps are counted right."""

import math

import pytest
import torch

from attention_course.lab.following import (
    carry,
    colour_error,
    fetch_by_pixels,
    fetch_same_place,
    fetch_with,
    overlap,
    split_colour,
    train_follower,
)

# Cells of two pixels; the planted clip moves by one cell a frame.
N, HEIGHT, WIDTH = 11, 58, 62


@pytest.fixture(scope="module")
def clip():
    """A camera that pans over a coloured noise, two pixels to the left a frame."""
    draw = torch.Generator().manual_seed(0)
    sheet = torch.rand(HEIGHT, WIDTH + 2 * N, 3, generator=draw)
    return torch.stack([sheet[:, 2 * f : 2 * f + WIDTH] for f in range(N)])


def inner(values):
    """Leave out the cells at the border, whose patch or window is cut off."""
    return values[..., 6:-6, 6:-6, :]


def test_grey_and_colour_make_the_clip_again(clip):
    grey, colour = split_colour(clip)
    assert grey.shape == (N, HEIGHT, WIDTH, 1)
    assert colour.shape == (N, HEIGHT // 2, WIDTH // 2, 3)
    means = (grey + 0 * clip)[2, 4:6, 8:10].mean(dim=(0, 1)) + colour[2, 2, 4]
    torch.testing.assert_close(means, clip[2, 4:6, 8:10].mean(dim=(0, 1)))
    torch.testing.assert_close(
        colour.sum(dim=-1), torch.zeros(colour.shape[:3]), atol=1e-5, rtol=0
    )
    odd = split_colour(clip[:, :-1, :-1])
    assert odd[1].shape == (N, HEIGHT // 2 - 1, WIDTH // 2 - 1, 3)
    assert odd[0].shape[1:3] == (HEIGHT - 2, WIDTH - 2)


def test_patches_of_pixels_find_a_planted_motion(clip):
    _, colour = split_colour(clip)
    fetch = fetch_by_pixels(clip, extent=2, sharpness=200.0)
    found = fetch(slice(3, 4), 5, colour[3:4])  # two cells further
    torch.testing.assert_close(inner(found), inner(colour[5]), atol=1e-3, rtol=0)
    near = fetch_by_pixels(clip, extent=1, sharpness=200.0)(slice(3, 4), 5, colour[3:4])
    assert (inner(near) - inner(colour[5])).abs().mean() > 0.1, "it is out of reach"
    both = fetch(slice(3, 5), 5, torch.stack([torch.zeros_like(colour[3]), colour[4]]))
    # Frame 3 and frame 4 fit equally well, and each gets half of the weight.
    torch.testing.assert_close(inner(both), inner(colour[5]) / 2, atol=1e-3, rtol=0)


@pytest.mark.slow
def test_training_teaches_to_follow_and_shuffled_keys_teach_nothing(clip):
    state = torch.random.get_rng_state()
    model, history = train_follower(clip, gap=1, extent=1, steps=60, progress=False)
    assert torch.equal(torch.random.get_rng_state(), state), "the caller's numbers"
    assert len(history.losses) == 60
    error = colour_error(fetch_with(model, clip), clip, gap=1)
    copied = colour_error(fetch_same_place, clip, gap=1)
    assert error["changed"] < 0.5 * copied["changed"]
    settings = {"gap": 1, "extent": 1, "steps": 60, "progress": False}
    blind, _ = train_follower(clip, shuffled=True, **settings)
    shuffled = colour_error(fetch_with(blind, clip), clip, gap=1)
    assert shuffled["changed"] > 1.5 * error["changed"]
    # Looking no further than the same place is copying.
    still = colour_error(fetch_with(model, clip, extent=0), clip, gap=1)
    assert still == pytest.approx(copied, rel=1e-5)
    assert model.extent == 1, "the model itself stays as it is"
    again, _ = train_follower(clip, **settings)
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_first_frames_alone_are_for_training(clip):
    spoiled = clip.clone()
    spoiled[7:] = math.nan  # the last 30 % of 11 frames
    _, history = train_follower(spoiled, gap=2, steps=2, progress=False)
    assert all(map(math.isfinite, history.losses))


def test_errors_are_those_of_the_last_frames_apart_by_what_changed():
    frames = torch.full((20, 4, 6, 3), 0.5)
    frames[:, :, 2:] += 0.1 * torch.arange(20).remainder(2).view(-1, 1, 1, 1)
    asked = []

    def fetch(earlier, later, values):
        asked.append((earlier, later))
        return torch.full((2, 3, 3), 0.2)

    error = colour_error(fetch, frames, gap=1, memory=2)
    assert asked == [(slice(n - 2, n), n) for n in (16, 19)]
    assert error == pytest.approx({"changed": 0.2, "still": 0.2, "all": 0.2})
    copied = colour_error(fetch_same_place, frames, gap=1)
    assert copied == pytest.approx({"changed": 0.0, "still": 0.0, "all": 0.0}, abs=1e-6)


def test_changed_cells_are_told_by_their_grey():
    frames = torch.full((20, 4, 6, 3), 0.5)
    frames[19, :2, :2] = 0.8  # one cell of six

    def fetch(earlier, later, values):
        found = torch.zeros(2, 3, 3)
        found[0, 0] = 0.3
        return found

    error = colour_error(fetch, frames, gap=5)  # frame 19 alone
    assert error == pytest.approx(
        {"changed": 0.3, "still": 0.0, "all": 0.3 / 6**0.5}, abs=1e-6
    )


def test_what_is_carried_comes_from_the_frames_before():
    asked = []

    def fetch(earlier, later, values):
        asked.append((earlier, later, values.flatten().tolist()))
        return values.sum(dim=0)

    carried = carry(fetch, torch.ones(1, 1, 1), first=4, last=7, memory=2)
    assert carried.flatten().tolist() == [1, 1, 2, 3]
    assert asked == [
        (slice(4, 5), 5, [1]),
        (slice(4, 6), 6, [1, 1]),
        (slice(5, 7), 7, [1, 2]),
    ]


def test_a_mask_walks_with_the_picture(clip):
    mask = torch.zeros(HEIGHT // 2, WIDTH // 2, 1)
    mask[10:18, 15:22] = 1.0
    fetch = fetch_by_pixels(clip, extent=1, sharpness=200.0)
    carried = carry(fetch, mask, last=5)
    expected = torch.zeros_like(mask)
    expected[10:18, 10:17] = 1.0  # the picture goes to the left
    assert overlap(carried[-1] > 0.5, expected > 0.5) > 0.95


def test_overlap_counts_the_common_part():
    one = torch.tensor([True, True, False, False, True])
    other = torch.tensor([True, False, False, True, True])
    assert overlap(one, other) == 2 / 4
    assert overlap(one, one) == 1
    assert overlap(one, ~one) == 0
    assert overlap(one & ~one, one & ~one) == 1
    with pytest.raises(ValueError, match="truth: expected the mask's shape"):
        overlap(one, other[:3])


def test_a_clip_too_short_or_too_small_is_refused(clip):
    with pytest.raises(ValueError, match="frames: expected more than 9 frames"):
        train_follower(clip, gap=9, progress=False)
    with pytest.raises(ValueError, match="at least 48 × 48 pixels"):
        train_follower(clip[:, :40], progress=False)
