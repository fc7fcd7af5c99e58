"""The clips that come with the course, the outlines, and a reader's own files."""

import builtins
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from attention_course.data import video
from attention_course.data.video import CLIPS, clip_masks, load_clip, read_video

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "n_frames"), [("bunny", 132), ("city", 40)])
def test_a_clip_comes_with_its_frames_its_rate_and_its_credit(name, n_frames):
    frames, rate, credit = load_clip(name)
    assert frames.shape == (n_frames, 96, 168, 3)
    assert frames.dtype == torch.float32
    assert 0 <= float(frames.min()) < 0.1
    assert 0.9 < float(frames.max()) <= 1
    assert rate in (24, 25)
    assert re.search(r"\bCC", credit)


def test_the_clips_are_small_and_go_into_the_wheel_with_the_outlines():
    files = sorted(video.FOLDER.iterdir())
    assert [path.name for path in files] == [
        "bunny-masks.json",
        *(f"{name}.webp" for name in CLIPS),
    ]
    assert sum(path.stat().st_size for path in files) <= 1_000_000
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["attention_course"]
    package = ROOT / "src" / "attention_course"
    held = {path for pattern in patterns for path in package.glob(pattern)}
    assert set(files) <= held


@pytest.mark.parametrize("name", CLIPS)
def test_the_page_of_references_names_every_clip_with_its_licence(name):
    page = (ROOT / "book" / "references.md").read_text(encoding="utf-8")
    row = re.search(rf"^\|.*`{name}\.webp`.*\|$", page, re.M)[0]
    licence = re.search(r"CC(?: BY [\d.]+|0)", CLIPS[name][1])[0]
    assert licence in row


def test_ten_outlines_lie_on_the_rabbit_and_follow_it():
    frames, masks = load_clip("bunny").frames, clip_masks()
    assert len(masks) == 10
    for number, mask in masks.items():
        assert (mask.shape, mask.dtype) == ((96, 168), torch.bool)
        assert 0.1 < float(mask.float().mean()) < 0.25
        frame = frames[number]  # the rabbit is grey, the meadow green
        colourful = frame.amax(dim=-1) - frame.amin(dim=-1)  # (96, 168)
        assert colourful[mask].mean() < 0.5 * colourful[~mask].mean()
    first, last = masks[44], masks[131]
    assert 0.4 < (first & last).sum() / (first | last).sum() < 0.8, "it moves"


def some_frames(n=12, height=6, width=9):
    draw = np.random.default_rng(3)
    return draw.integers(0, 256, (n, height, width, 3), dtype=np.uint8)


def save(frames, path, **options):
    first, *rest = [Image.fromarray(frame) for frame in frames]
    first.save(path, save_all=True, append_images=rest, duration=40, **options)


@pytest.mark.parametrize("kind", ["webp", "png"])
def test_an_animation_is_read_as_it_was_written(tmp_path, kind):
    frames = some_frames()
    save(
        frames, tmp_path / f"a.{kind}", **({"lossless": True} if kind == "webp" else {})
    )
    read = read_video(tmp_path / f"a.{kind}", most=7)
    expected = torch.from_numpy(frames[:7]).float() / 255
    torch.testing.assert_close(read, expected, atol=0, rtol=0)
    torch.testing.assert_close(read_video(str(tmp_path / f"a.{kind}"), most=7), read)


def test_a_folder_s_pictures_come_in_the_order_of_their_numbers(tmp_path):
    frames = some_frames()
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(tmp_path / f"shot {number}.png")
    (tmp_path / "notes.txt").write_text("no picture")
    expected = torch.from_numpy(frames).float() / 255
    torch.testing.assert_close(read_video(tmp_path), expected, atol=0, rtol=0)


def test_arrays_of_bytes_and_of_brightness_are_the_same_clip():
    frames = some_frames()
    expected = torch.from_numpy(frames).float() / 255
    for given in (
        frames,
        torch.from_numpy(frames),
        expected,
        expected.double().numpy(),
    ):
        read = read_video(given)
        assert read.dtype == torch.float32
        torch.testing.assert_close(read, expected)


def test_fewer_rows_are_means_and_keep_the_proportions():
    frames = torch.rand(3, 10, 14, 3)
    small = read_video(frames, height=5)
    assert small.shape == (3, 5, 7, 3)
    torch.testing.assert_close(small[1, 2, 3], frames[1, 4:6, 6:8].mean(dim=(0, 1)))


def test_bad_files_get_a_clear_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="source: expected.*which is not there"):
        read_video(tmp_path / "none.gif")
    (tmp_path / "a.gif").write_text("no picture")
    with pytest.raises(ValueError, match="source: expected a clip.*a.gif"):
        read_video(tmp_path / "a.gif")
    Image.fromarray(some_frames()[0]).save(tmp_path / "one.png")
    with pytest.raises(ValueError, match="source: expected at least two frames, got 1"):
        read_video(tmp_path / "one.png")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ValueError, match="source: expected.*of one size, got none"):
        read_video(empty)
    Image.fromarray(some_frames()[0]).save(empty / "1.png")
    Image.fromarray(some_frames(height=7)[0]).save(empty / "2.png")
    with pytest.raises(
        ValueError, match=r"of one size, got sizes \[\(6, 9\), \(7, 9\)\]"
    ):
        read_video(empty)
    whole = tmp_path / "whole.webp"
    save(some_frames(), whole)
    (tmp_path / "half.webp").write_bytes(
        whole.read_bytes()[: whole.stat().st_size // 2]
    )
    with pytest.raises(ValueError, match="source: expected"):
        read_video(tmp_path / "half.webp")


def test_without_pyav_a_film_s_error_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "a.mp4").write_bytes(b"0")
    really = builtins.__import__

    def without(name, *rest):
        if name == "av":
            raise ImportError(name)
        return really(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="a.mp4.*pip install av"):
        read_video(tmp_path / "a.mp4")


def test_a_film_is_read_by_pyav(tmp_path, monkeypatch):
    """PyAV is optional, so a stand-in speaks its part of the interface."""
    frames = some_frames(5)

    class Frame:
        def __init__(self, pixels):
            self.pixels = pixels

        def to_ndarray(self, format):
            assert format == "rgb24"
            return self.pixels

    class Film:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def decode(self, video):
            assert video == 0
            return iter([Frame(pixels) for pixels in frames])

    class Av:
        @staticmethod
        def open(path):
            assert path.endswith("a.mp4")
            return Film()

    monkeypatch.setitem(__import__("sys").modules, "av", Av)
    (tmp_path / "a.mp4").write_bytes(b"0")
    expected = torch.from_numpy(frames).float() / 255
    torch.testing.assert_close(read_video(tmp_path / "a.mp4"), expected)
