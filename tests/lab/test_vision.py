"""The experiments of chapter 5: seeded, judged on unseen handwriting, and counted right."""

import math

import pytest
import torch

from attention_course.data.digits import Digits, load_digits
from attention_course.data.video import moving_digits
from attention_course.lab import vision
from attention_course.lab.vision import (
    DigitCNN,
    digit_baselines,
    digits_right,
    enlarge,
    jitter,
    psnr,
    train_cnn,
    train_upsampler,
    train_vit,
    trilinear,
    upsampling_videos,
)

pytestmark = pytest.mark.slow


def same(first: torch.nn.Module, second: torch.nn.Module) -> bool:
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def small_vit(seed: int, n_train: int = 150, **options):
    return train_vit(epochs=2, seed=seed, n_train=n_train, progress=False, **options)


def small_upsampler(seed: int, n_train: int = 20, **options):
    return train_upsampler(
        epochs=1, seed=seed, n_train=n_train, progress=False, **options
    )


@pytest.fixture(scope="module")
def upsampler():
    return small_upsampler(0)


# --- The ViT ---


def test_a_seed_fixes_the_vit_and_another_changes_it():
    state = torch.random.get_rng_state()
    (model, history), (again, history_again) = small_vit(0), small_vit(0)
    assert torch.equal(torch.random.get_rng_state(), state), "the caller's numbers"
    assert same(model, again)
    assert history.losses == history_again.losses
    assert len(history.losses) == 2 * 3  # 150 scans in batches of 64
    assert not same(model, small_vit(1, n_train=8)[0])
    assert not model.training


def test_the_vit_trains_on_the_training_forms_alone(monkeypatch):
    asked = []

    def watch(split=None):
        asked.append(split)
        return load_digits(split)

    monkeypatch.setattr(vision, "load_digits", watch)
    model, _ = small_vit(0, n_train=8, patch=4)
    assert asked == ["train"]
    assert model.config["patch"] == (4, 4)


def test_a_few_epochs_teach_the_vit_something():
    model, history = train_vit(epochs=6, seed=0, n_train=400, progress=False)
    chance = 0.1
    assert digits_right(model, load_digits("held-out")) > 3 * chance
    first, last = history.losses[:7], history.losses[-7:]
    assert sum(last) < sum(first) - 0.5


def test_a_few_epochs_teach_the_convolution_more():
    model, history = train_cnn(epochs=2, seed=3, progress=False)
    again, _ = train_cnn(epochs=2, seed=3, progress=False)
    assert same(model, again)
    assert not model.training
    assert sum(p.numel() for p in model.parameters()) == 33_610
    assert digits_right(model, load_digits("held-out")) > 0.5
    assert sum(history.losses[-7:]) < sum(history.losses[:7]) - 0.5


def test_the_convolution_reads_each_scan_by_itself():
    images = load_digits("held-out").images[:7].requires_grad_()
    logits, weights = DigitCNN(5).eval()(images)
    assert logits.shape == (7, 10)
    assert weights is None
    (slope,) = torch.autograd.grad(logits[2].sum(), images)
    assert slope[2].count_nonzero() > 0
    assert slope[[0, 1, 3, 4, 5, 6]].count_nonzero() == 0


def test_digits_right_counts_the_highest_logit():
    digits = Digits(torch.zeros(5, 8, 8, 1), torch.tensor([3, 1, 4, 1, 5]))
    logits = torch.zeros(5, 10)
    logits[torch.arange(5), torch.tensor([3, 1, 4, 2, 6])] = 1.0
    assert digits_right(lambda images: (logits, None), digits) == pytest.approx(3 / 5)


def jittered(images, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return jitter(images)


def test_jitter_moves_a_little_and_each_picture_by_itself():
    images = torch.zeros(300, 8, 8, 1)
    images[:, 3:5, 3:5] = 1.0
    moved = jittered(images, 0)
    assert moved.shape == images.shape
    assert len(moved.flatten(1).unique(dim=0)) == 300
    # The middle of the brightness goes up to 0.6 pixels along each axis, and a bit for
    # size and pen; on average it stays.
    places = torch.arange(8.0)
    mass = moved[..., 0].sum(dim=(1, 2))
    rows = (moved[..., 0].sum(dim=2) @ places) / mass - 3.5
    columns = (moved[..., 0].sum(dim=1) @ places) / mass - 3.5
    for shift in (rows, columns):
        assert 0.5 < float(shift.abs().max()) < 0.85
        assert abs(float(shift.mean())) < 0.1
    assert abs(float(torch.corrcoef(torch.stack([rows, columns]))[0, 1])) < 0.25


def test_jitter_turns_slants_and_resizes():
    bar = torch.zeros(400, 48, 48, 1)
    bar[:, 9:39, 20:28] = 1.0  # upright, 30 high and 8 wide
    moved = jittered(bar, 1)[..., 0]  # (400, 48, 48)
    places = torch.arange(48.0)
    lean, length, width = [], [], []
    for picture in moved:
        rows = picture.sum(dim=1) > 4
        middle = (picture @ places)[rows] / picture.sum(dim=1)[rows]
        inside = slice(6, -6)  # away from the bar's ends, which are cut aslant
        ys = places[rows][inside] - places[rows][inside].mean()
        lean.append(float((middle[inside] * ys).sum() / ys.square().sum()))
        length.append(int(rows.sum()))
        width.append(float((picture[24] > 0.5).sum()))
    # At most tan(0.15) by the turn and 0.15 by the slant, to either side.
    assert 0.22 < max(lean) < 0.36
    assert -0.36 < min(lean) < -0.22
    # 30 by 8 become at least 27.8 by 7.4 and at most 32.6 by 8.7, and a bit by slants.
    assert 26 <= min(length) <= 28
    assert 32 <= max(length) <= 34
    assert 6 <= min(width) <= 7
    assert 9 <= max(width) <= 10
    assert abs(float(torch.corrcoef(torch.tensor([length, width]))[0, 1])) < 0.3


def test_jitter_changes_grey_but_neither_black_nor_white():
    halves = torch.zeros(300, 8, 8, 1)
    halves[:100] = 1.0
    halves[100:200] = 0.5
    middle = jittered(halves, 2)[:, 3:5, 3:5].flatten(1)  # the edges come in black
    torch.testing.assert_close(middle[:100], torch.ones(100, 4))
    assert torch.equal(middle[200:], torch.zeros(100, 4))
    grey = middle[100:200]
    assert 0.39 < float(grey.min()) < 0.41 < 0.58 < float(grey.max()) < 0.6
    assert len(grey[:, 0].unique()) == 100
    # 0.5 to the power of exp(±0.3) is 0.39 and 0.6.
    assert float(grey.log2().neg().log().abs().max()) <= 0.3 + 1e-4


def test_the_baselines_are_honest(monkeypatch):
    """They learn from one side and answer for the other: broken answers show."""
    found = digit_baselines()
    assert list(found) == ["linear model", "3 nearest neighbours"]
    assert 0.85 < found["linear model"] < found["3 nearest neighbours"] < 0.99
    assert list(digit_baselines(n_neighbours=1))[1] == "1 nearest neighbour"

    # The nearest neighbour by hand, for one vote.
    train, held_out = load_digits("train"), load_digits("held-out")
    nearest = torch.cdist(held_out.images.flatten(1), train.images.flatten(1)).argmin(1)
    by_hand = (train.labels[nearest] == held_out.labels).float().mean()
    got = digit_baselines(n_neighbours=1)["1 nearest neighbour"]
    assert got == pytest.approx(float(by_hand), abs=1 / 510)

    def mixed_up(split):
        digits = load_digits(split)
        if split == "held-out":
            digits = digits._replace(labels=(digits.labels + 1) % 10)
        return digits

    monkeypatch.setattr(vision, "load_digits", mixed_up)
    assert max(digit_baselines().values()) < 0.05


# --- PSNR ---


def test_psnr_by_hand():
    truth = torch.full((2, 3, 5, 7, 1), 0.5)
    video = truth.clone()
    video[0] += 0.1  # mean squared error 0.01
    video[1, 0] += 0.1  # 0.01 in one frame of three
    expected = torch.tensor([20.0, 20 + 10 * math.log10(3)])
    torch.testing.assert_close(psnr(video, truth), expected)
    assert psnr(video[0], truth[0]).shape == ()
    assert psnr(truth, truth).tolist() == [math.inf, math.inf]
    with pytest.raises(ValueError, match="truth: expected the video's shape"):
        psnr(video, truth[:1])
    with pytest.raises(ValueError, match="video: expected axes"):
        psnr(video[0, 0], truth[0, 0])


# --- The decoder of videos ---


def test_the_small_video_is_smaller_along_every_axis():
    small, large = upsampling_videos("held-out", 3, seed=5)
    assert small.shape == (3, 4, 8, 8, 1)
    assert large.shape == (3, 8, 16, 16, 1)
    means = large.view(3, 4, 2, 8, 2, 8, 2, 1).mean(dim=(2, 4, 6))
    torch.testing.assert_close(small, means)
    assert torch.equal(large, moving_digits(3, edge=10, seed=5, split="held-out"))
    assert not torch.equal(large, upsampling_videos("train", 3, seed=5)[1])


def test_a_seed_fixes_the_upsampler_and_another_changes_it(upsampler):
    state = torch.random.get_rng_state()
    model, history = upsampler
    again, history_again = small_upsampler(0)
    assert torch.equal(torch.random.get_rng_state(), state), "the caller's numbers"
    assert same(model, again)
    assert history.losses == history_again.losses
    assert len(history.losses) == 3  # 20 videos in batches of 8
    assert not same(model, small_upsampler(1, n_train=2)[0])


def test_training_begins_with_the_error_of_trilinear():
    small, large = upsampling_videos("train", 8, seed=3)
    error = (trilinear(small, (8, 16, 16)) - large).square().mean()
    _, history = small_upsampler(3, n_train=8)
    assert history.losses == pytest.approx([float(error)])


@pytest.mark.parametrize("use_self", [False, True])
@pytest.mark.parametrize("use_cross", [False, True])
def test_the_switches_reach_the_model(use_self, use_cross):
    model, _ = small_upsampler(0, n_train=2, use_self=use_self, use_cross=use_cross)
    assert model.config["use_self"] is use_self
    assert model.config["use_cross"] is use_cross
    names = " ".join(name for name, _ in model.named_parameters())
    assert (".attention." in names) is use_self
    assert (".cross." in names) is use_cross


def test_a_few_steps_beat_trilinear_on_unseen_handwriting():
    model, _ = train_upsampler(
        epochs=1, n_train=200, use_self=False, use_cross=False, progress=False
    )
    small, large = upsampling_videos("held-out", 40, seed=9)
    ours = psnr(enlarge(model, small), large).mean()
    base = psnr(trilinear(small, (8, 16, 16)), large).mean()
    assert float(ours - base) > 0.2


def test_enlarge_cuts_what_no_pixel_can_show(upsampler):
    small, _ = upsampling_videos("held-out", 33, seed=1)  # more than one part
    sure = enlarge(upsampler[0], small)
    assert sure.shape == (33, 8, 16, 16, 1)
    with torch.no_grad():
        raw, _, _ = upsampler[0](small[-1:])
    torch.testing.assert_close(sure[-1:], raw.clamp(0, 1), atol=1e-5, rtol=0)
    wild = enlarge(lambda video: (4 * trilinear(video, (8, 16, 16)) - 1, None), small)
    assert float(wild.min()) == 0
    assert float(wild.max()) == 1


# --- Where the reader has changed torch's settings ---


@pytest.fixture
def in_double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def test_another_default_dtype_changes_neither_digits_nor_training(in_double):
    vit, history = small_vit(0, n_train=8)
    held_out = load_digits("held-out")
    assert held_out.images.dtype == torch.float32
    assert 0 <= digits_right(vit, held_out) <= 1
    upsampler, losses = small_upsampler(0, n_train=2)
    small, large = upsampling_videos("held-out", 2)
    assert {small.dtype, large.dtype, enlarge(upsampler, small).dtype} == {
        torch.float32
    }
    for model in (vit, upsampler):
        assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert all(math.isfinite(loss) for loss in history.losses + losses.losses)


def test_training_needs_no_gradients_around_it():
    with torch.no_grad():
        trained = [small_vit(0, n_train=8)[0], small_upsampler(0, n_train=2)[0]]
        assert not torch.is_grad_enabled()
    again = small_vit(0, n_train=8)[0], small_upsampler(0, n_train=2)[0]
    assert all(map(same, trained, again))
