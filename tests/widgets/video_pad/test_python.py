"""Chapter 5's video pad: a painting is enlarged, and every weight is the model's."""

from __future__ import annotations

import copy

import pytest
import torch
import traitlets

from attention_course.grid_attention import weights_on_grid
from attention_course.grid_models import trilinear
from attention_course.widgets import VideoPad
from attention_course.widgets.shared.recordings import unpack_weights
from tests.widgets.video_pad.example import random_decoder, video_pad

SIZES, SMALL = (6, 4, 10), (3, 2, 15)  # patches (6, 2, 5) and (3, 1, 3)
SETTINGS = {
    "context_patch": (1, 2, 5),
    "extent": (1, 0, 2),
    "context_extent": (2, 1, 0),
    "n_layers": 2,
    "n_heads": 3,
}


@pytest.fixture(scope="module")
def model():
    return random_decoder(SIZES, SMALL, **SETTINGS)


@pytest.fixture(scope="module")
def small():
    return torch.rand(3, *SMALL, 1, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def recordings(model, small):
    return VideoPad.record(model, small)


def paintings(n):
    draw = torch.Generator().manual_seed(8)
    for _ in range(n):
        digits = torch.randint(0, 16, (90,), generator=draw).tolist()
        yield "".join(f"{digit:x}" for digit in digits)


def video_of(painting):
    """The model's input, pixel by pixel."""
    video = torch.zeros(1, *SMALL, 1)
    for n, digit in enumerate(painting):
        frame, rest = divmod(n, 30)
        video[0, frame, rest // 15, rest % 15, 0] = "0123456789abcdef".index(digit) / 15
    return video


def on_grids(model, video):
    """All weights as torch computes them: on the patches of Y, and on those of C."""
    with torch.no_grad():
        drawn, weights, cross = model(video, need_weights=True)
    return drawn, {
        "self": weights_on_grid(weights[0], (6, 2, 5)),
        "cross": weights_on_grid(cross[0], (3, 1, 3)),
    }


def test_the_model_enlarges_what_is_painted(model, recordings):
    pad = VideoPad(recordings, model)
    assert pad.typing
    draw = torch.Generator().manual_seed(1)
    for painting in paintings(6):
        pad.painting = painting
        video = video_of(painting)
        torch.testing.assert_close(pad.video(), video[0, ..., 0])
        straight = trilinear(video, SIZES)[0, ..., 0]
        torch.testing.assert_close(pad.straight(), straight)
        drawn, grids = on_grids(model, video)
        enlarged = drawn[0, ..., 0].clamp(0, 1).double()
        torch.testing.assert_close(pad.enlarged(), enlarged, rtol=0, atol=0.5001 / 255)
        for name, n in [("layer", 2), ("head", 3), ("frame", 6), ("column", 5)]:
            setattr(pad, name, int(torch.randint(n, (), generator=draw)))
        for pad.kind, grid in grids.items():
            expected = grid[pad.layer, pad.head, pad.frame, pad.row, pad.column]
            assert pad.weights().shape == expected.shape
            torch.testing.assert_close(
                pad.weights(), expected.double(), rtol=0, atol=0.002
            )
            best = torch.unravel_index(pad.weights().argmax(), expected.shape)
            where = ", ".join(str(int(at)) for at in best)
            of = {"self": "Y", "cross": "C"}[pad.kind]
            assert f"gives patch ({where}) of {of} the most weight" in pad.summary()
            assert f"<td>{float(pad.weights().max()):.3f}</td>" in pad.fallback()
        assert "a painting of 3 × 2 × 15 pixels" in pad.summary()
    pad.painting = ""
    assert pad.answer == {}
    assert "video 0 of 3 × 2 × 15 pixels" in pad.summary()


def test_a_video_of_nothing_is_a_painting(model, recordings):
    pad = VideoPad(recordings, model)
    pad.painting = "0" * 90
    assert pad.painting == "0" * 90
    assert not pad.video().any()
    assert "a painting" in pad.summary()


def test_the_answer_is_set_at_once(model, recordings):
    """A page would flicker if it were empty between two paintings."""
    pad = VideoPad(recordings, model)
    first, second = paintings(2)
    pad.painting = first
    seen = []
    pad.observe(lambda change: seen.append(change["new"]), "answer")
    pad.painting = second
    assert len(seen) == 1
    assert seen[0] == VideoPad.record(model, video_of(second))[0]


def test_without_a_model_a_painting_is_not_enlarged(recordings, small):
    pad = VideoPad(recordings, picked=2)
    assert not pad.typing
    pad.painting = next(paintings(1))
    assert pad.answer == {}
    torch.testing.assert_close(pad.video(), video_of(pad.painting)[0, ..., 0])
    assert "video 2" in pad.summary()
    assert pad.recording() == recordings[2]


def test_a_recording_is_what_the_model_computed(model, recordings, small):
    pad = VideoPad(recordings, picked=1, kind="self", layer=0, head=2)
    assert (pad.frame, pad.row, pad.column) == (3, 1, 2)
    torch.testing.assert_close(pad.video(), small[1, ..., 0], rtol=0, atol=0.5001 / 255)
    _, grids = on_grids(model, small[1:2])
    torch.testing.assert_close(
        pad.weights(), grids["self"][0, 2, 3, 1, 2].double(), rtol=0, atol=0.002
    )
    with torch.no_grad():
        _, weights, cross = model(small, need_weights=True)
    for n, recording in enumerate(recordings):
        for name, tensor in (("self", weights[n]), ("cross", cross[n])):
            rows = tensor.flatten(-3).double()
            found = unpack_weights(recording[name], rows.shape)
            torch.testing.assert_close(found, rows, rtol=0, atol=0.002)


def test_recording_leaves_the_model_and_the_videos_alone(model, small):
    before = small.clone()
    model.train()
    try:
        VideoPad.record(model, small)
        assert model.training
    finally:
        model.eval()
    assert torch.equal(small, before)


def test_what_cannot_be_recorded_is_refused(model, small):
    with pytest.raises(ValueError, match="small: expected axes .* got shape"):
        VideoPad.record(model, small[:, 1:])
    with pytest.raises(ValueError, match="small: expected at least one video"):
        VideoPad.record(model, small[:0])
    for wrong in (small + 1, small - 1):
        with pytest.raises(ValueError, match="small: expected brightness from 0 to 1"):
            VideoPad.record(model, wrong)
    for name in ("use_self", "use_cross"):
        half = random_decoder(SIZES, SMALL, **SETTINGS, **{name: False})
        with pytest.raises(ValueError, match="model: expected .* both attentions"):
            VideoPad.record(half, small)


def broken(recordings, change):
    wrong = copy.deepcopy(recordings)
    change(wrong[1])
    return wrong


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.pop("video"), r"recordings\[1\]: expected a dictionary"),
        (lambda one: one.update(n_heads=2), "expected the n_heads of"),
        (lambda one: one.update(patch=[1, 1, 1]), "expected the patch of"),
        (lambda one: one.update(video="?"), r"recordings\[1\]: video: expected base64"),
        (lambda one: one.update(enlarged="AAAA"), "expected 240 bytes, got 3"),
        (
            lambda one: one["self"].update(weights="AA=="),
            "self: weights: expected 5400",
        ),
        (lambda one: one["cross"].update(largest=""), "cross: largest: expected 720"),
    ],
)
def test_recordings_that_do_not_fit_are_refused(recordings, change, message):
    with pytest.raises(ValueError, match=message):
        VideoPad(broken(recordings, change))


def test_what_does_not_fit_is_refused(model, recordings):
    for wrong in ([], "no", recordings * 3):
        with pytest.raises(ValueError, match="recordings: expected a list of 1 to 8"):
            VideoPad(wrong)
    with pytest.raises(ValueError, match="at most 240,000 letters .* got 3[0-9]{2},"):
        video_pad(2, (8, 16, 16), (4, 8, 8))
    other = random_decoder(SIZES, (3, 4, 15), **SETTINGS)
    with pytest.raises(ValueError, match=r"model: .* context_sizes \[3, 2, 15\], got"):
        VideoPad(recordings, other)
    pad = VideoPad(recordings, model)
    for wrong in ("f", "g" * 90, "F" * 90, "0" * 91):
        with pytest.raises(traitlets.TraitError, match="painting: expected 90 hexadec"):
            pad.painting = wrong
    with pytest.raises(traitlets.TraitError, match="kind: expected one of cross, self"):
        pad.kind = "both"
    limits = {"picked": 3, "layer": 2, "head": 3, "frame": 6, "row": 2, "column": 5}
    for name, n in limits.items():
        for wrong in (n, -1):
            with pytest.raises(traitlets.TraitError, match=f"{name}: expected a whole"):
                setattr(pad, name, wrong)
    assert (pad.painting, pad.kind) == ("", "cross")
