"""Moving digits, smaller videos, and the pan over the photo."""

import pytest
import torch
from torch.nn import functional as F

from attention_course.data import video as video_module
from attention_course.data.digits import SPLITS, Digits, load_digits
from attention_course.data.photo import photo
from attention_course.data.video import moving_digits, photo_pan, shrink


def stand_in(monkeypatch, ink):
    """Let every scan be the same picture, so that a frame shows where digits are."""
    digits = Digits(ink.view(1, 8, 8, 1), torch.tensor([0]))
    monkeypatch.setattr(video_module, "load_digits", lambda split: digits)


def corners(video, edge=8):
    """Where a video with one digit, all ink, has it: the first row and column, by frame."""
    seen = video[..., 0] > 0  # (F, H, W)
    rows, columns = seen.any(dim=2), seen.any(dim=1)
    assert (rows.sum(dim=1) == edge).all(), "a digit is cut off"
    assert (columns.sum(dim=1) == edge).all(), "a digit is cut off"
    return rows.int().argmax(dim=1), columns.int().argmax(dim=1)


def test_shape_range_and_a_seed_that_fixes_everything():
    state = torch.random.get_rng_state()
    videos = moving_digits(3, (5, 13, 11), seed=2)
    assert videos.shape == (3, 5, 13, 11, 1)
    assert videos.dtype == torch.float32
    assert float(videos.min()) == 0
    assert 0.5 < float(videos.max()) <= 1
    assert torch.equal(videos, moving_digits(3, (5, 13, 11), seed=2))
    assert not torch.equal(videos, moving_digits(3, (5, 13, 11), seed=3))
    assert torch.equal(torch.random.get_rng_state(), state), "the caller's numbers"


def test_another_default_dtype_changes_nothing():
    expected = moving_digits(3, (5, 13, 11), seed=2), photo_pan()
    torch.set_default_dtype(torch.float64)
    try:
        got = moving_digits(3, (5, 13, 11), seed=2), photo_pan()
    finally:
        torch.set_default_dtype(torch.float32)
    for one, other in zip(got, expected, strict=True):
        torch.testing.assert_close(one, other, atol=0, rtol=0)  # the dtype, too


def test_digits_stay_inside_move_and_bounce(monkeypatch):
    stand_in(monkeypatch, torch.ones(64))
    speed, bounced = 2.5, set()
    videos = moving_digits(40, (23, 17, 13), n_digits=1, speed=speed)
    for one in videos:
        for axis, (places, free) in enumerate(
            zip(corners(one), (9, 5), strict=True)  # 17 − 8 and 13 − 8
        ):
            assert 0 <= int(places.min()) <= int(places.max()) <= free
            steps = places.diff()
            # A place is rounded, so a step may be half a pixel longer on either side.
            assert int(steps.abs().max()) <= speed + 1
            if (steps > 0).any() and (steps < 0).any():
                bounced.add(axis)
    assert bounced == {0, 1}


def test_a_path_is_a_straight_line_between_two_mirrors():
    places = torch.tensor([-1.0, 0.0, 2.4, 2.6, 5.0, 6.0, 9.6, 11.0])
    assert video_module._bounce(places, 5).tolist() == [1, 0, 2, 3, 5, 4, 0, 1]
    assert video_module._bounce(places, 0).tolist() == [0] * 8


def test_digits_set_out_in_all_directions(monkeypatch):
    stand_in(monkeypatch, torch.ones(64))
    # So much room that an edge is rarely met within four frames.
    videos = moving_digits(40, (4, 61, 67), n_digits=1, speed=2)
    ways = set()
    for one in videos:
        rows, columns = corners(one)
        ways.add(
            (int((rows[-1] - rows[0]).sign()), int((columns[-1] - columns[0]).sign()))
        )
    assert {(-1, -1), (-1, 1), (1, -1), (1, 1)} <= ways


def test_without_speed_nothing_moves():
    videos = moving_digits(4, (3, 16, 16), speed=0)
    assert torch.equal(videos, videos[:, :1].expand_as(videos))
    assert videos.any()


def test_a_digit_in_front_covers_what_lies_behind(monkeypatch):
    stand_in(monkeypatch, torch.ones(64))
    # In a frame as small as a digit the digits lie exactly on each other.
    alone = moving_digits(50, (1, 8, 8), n_digits=1, seed=1)
    both = moving_digits(50, (1, 8, 8), n_digits=2, seed=1)
    assert (both == both[:, :, :1, :1]).all(), "solid ink lets nothing through"
    # A darker digit hides a brighter one: no maximum, no sum.
    assert (both[:, 0, 0, 0, 0] < alone.max()).float().mean() > 0.9
    assert 0.5 <= float(both.min()) < 0.6
    assert float(both.max()) <= 1


def test_thin_ink_lets_a_part_through(monkeypatch):
    stand_in(monkeypatch, torch.full((64,), 0.25))
    one = moving_digits(9, (1, 8, 8), n_digits=1, seed=4)[:, 0, 0, 0, 0] / 0.25
    three = moving_digits(9, (1, 8, 8), n_digits=3, seed=4)[:, 0, 0, 0, 0]
    # The first digit is drawn alike in both; two more lie before it.
    rest = three - one * 0.25 * 0.75**2
    assert float(rest.min()) > 0.5 * (0.25 * 0.75 + 0.25) - 1e-6
    assert float(rest.max()) < 1.0 * (0.25 * 0.75 + 0.25) + 1e-6


def test_digits_are_real_scans_of_their_split_alone():
    for split, other in (SPLITS, SPLITS[::-1]):
        seen = moving_digits(30, (1, 8, 8), n_digits=1, split=split).flatten(1)
        scans, others = (load_digits(s).images.flatten(1) for s in (split, other))

        # Brightness aside, the frame is a scan: compare directions.
        def unit(x):
            return x / x.norm(dim=1, keepdim=True)

        likeness = unit(seen) @ unit(scans).T
        torch.testing.assert_close(
            likeness.max(dim=1).values, torch.ones(30), atol=1e-5, rtol=0
        )
        assert float((unit(seen) @ unit(others).T).max()) < 0.999


def test_larger_digits_are_enlarged_scans():
    large = moving_digits(20, (1, 12, 12), n_digits=1, edge=12, seed=5)
    small = moving_digits(20, (1, 8, 8), n_digits=1, edge=8, seed=5)
    scans = small[:, 0].movedim(-1, 1)  # (20, 1, 8, 8)
    expected = F.interpolate(scans, (12, 12), mode="bilinear").movedim(1, -1)
    torch.testing.assert_close(large[:, 0], expected)


def test_a_larger_digit_stays_inside_too(monkeypatch):
    stand_in(monkeypatch, torch.ones(64))
    for one in moving_digits(10, (19, 17, 13), n_digits=1, edge=11, speed=2):
        corners(one, edge=11)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"n_videos": 0}, ValueError, "n_videos: expected a positive integer, got 0"),
        ({"n_digits": 1.5}, TypeError, "n_digits: expected an integer, got float"),
        ({"sizes": (8, 16)}, ValueError, "sizes: expected 3 integers, got 2"),
        ({"sizes": (8, 7, 16)}, ValueError, "H and W of at least 8, a digit's, got"),
        ({"sizes": (8, 16, 7)}, ValueError, "H and W of at least 8, a digit's, got"),
        ({"edge": 17}, ValueError, "H and W of at least 17, a digit's, got"),
        ({"edge": 7}, ValueError, "edge: expected at least 8, a scan's, got 7"),
        ({"speed": -1}, ValueError, "speed: expected a number of at least 0, got -1"),
        ({"speed": float("nan")}, ValueError, "speed: expected .* got nan"),
        ({"split": "test"}, ValueError, "split: expected one of .* got 'test'"),
    ],
)
def test_errors_of_moving_digits(change, error, message):
    with pytest.raises(error, match=message):
        moving_digits(**{"n_videos": 2, **change})


@pytest.mark.parametrize("factors", [(2, 3, 5), (1, 1, 1), 1, (1, 3, 1)])
def test_shrink_is_torchs_average_pooling(factors):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        video = torch.rand(7, 4, 9, 5, 3, dtype=torch.float64)
    before = video.clone()
    expected = F.avg_pool3d(video.movedim(-1, 1), factors).movedim(1, -1)
    torch.testing.assert_close(shrink(video, factors), expected)
    torch.testing.assert_close(shrink(video[0], factors), expected[0])
    assert torch.equal(video, before)


def test_errors_of_shrink():
    video = torch.zeros(1, 4, 6, 6, 1)
    with pytest.raises(ValueError, match=r"factors: .* divides F = 4, got 3"):
        shrink(video, 3)
    with pytest.raises(ValueError, match="factors: expected 3 integers, got 2"):
        shrink(video, (2, 2))
    with pytest.raises(ValueError, match="factors: expected a positive integer"):
        shrink(video, 0)
    with pytest.raises(ValueError, match=r"video: expected axes \(..., F, H, W, C\)"):
        shrink(video[0, 0, 0], 2)


def test_the_pan_shows_parts_of_the_photo_from_left_to_right():
    picture = photo(64)
    clip = photo_pan((5, 23, 31))
    assert clip.shape == (5, 23, 31, 1)
    windows = picture.unfold(0, 23, 1).unfold(1, 31, 1)  # (42, 34, 1, 23, 31)
    places = []
    for frame in clip:
        same = (windows == frame[..., 0]).flatten(2).all(dim=2)  # (42, 34)
        assert int(same.sum()) == 1
        places.append(same.nonzero()[0].tolist())
    tops, lefts = zip(*places, strict=True)
    assert lefts[0] == 0
    assert lefts[-1] == 64 - 31
    assert list(lefts) == sorted(set(lefts)), "it never stops"
    assert tops[0] == tops[-1] < max(tops), "an arc"


def test_the_pan_in_colour_and_of_one_frame():
    assert photo_pan((2, 8, 8), colour=True).shape == (2, 8, 8, 3)
    assert torch.equal(photo_pan((1, 64, 64))[0], photo(64))


def test_errors_of_the_pan():
    with pytest.raises(ValueError, match="within the photo's 64 × 64 pixels, got"):
        photo_pan((8, 65, 32))
    with pytest.raises(ValueError, match="sizes: expected 3 integers, got 2"):
        photo_pan((8, 32))
    with pytest.raises(ValueError, match="size: expected at most 448 pixels, got 500"):
        photo_pan(size=500)
