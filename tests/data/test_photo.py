"""The sample photo: a real picture, the same on every machine."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from attention_course.data.photo import PHOTOS, photo

ROOT = Path(__file__).parents[2]


def test_shapes_range_and_content():
    grey, colour = photo(224), photo(224, colour=True)
    assert grey.shape == (224, 224, 1)
    assert colour.shape == (224, 224, 3)
    for picture in (grey, colour):
        assert picture.dtype == torch.float32
        assert 0 <= float(picture.min()) < 0.05
        assert 0.95 < float(picture.max()) <= 1
    # White stays exactly 1 in grey: nothing has to be cut off.
    assert float(photo(448).max()) == float(photo(448, colour=True).max()) == 1
    weights = torch.tensor([0.299, 0.587, 0.114])
    torch.testing.assert_close(grey[..., 0], colour @ weights, atol=1e-5, rtol=0)
    # The face is brighter than the uniform: the crop shows what the chapter says.
    assert float(grey[85:130, 85:140].mean()) > float(grey[190:, 150:].mean()) + 0.3


@pytest.mark.parametrize("of", ["temple", "flower"])
def test_the_other_photos_are_square_and_in_colour(of):
    picture = photo(224, colour=True, of=of)
    assert picture.shape == (224, 224, 3)
    assert 0 <= float(picture.min()) < 0.05
    assert 0.95 < float(picture.max()) <= 1
    weights = torch.tensor([0.299, 0.587, 0.114])
    torch.testing.assert_close(photo(224, of=of)[..., 0], picture @ weights)
    assert photo(427, of=of).shape == (427, 427, 1)
    with pytest.raises(ValueError, match=f"at most 427 pixels of the {of}, got 428"):
        photo(428, of=of)


def test_the_crops_show_what_chapter_5_says():
    temple = photo(28, colour=True, of="temple")
    assert bool((temple[3, 20] > 0.7).all()), "the sky"
    assert temple[14, 5].mean() < 0.4 > temple[26, 24].mean(), "a wall, and a tree"
    red, green, blue = photo(28, colour=True, of="flower")[14, 20]  # a petal
    assert red > green > blue


def test_the_page_of_references_names_every_photo_with_its_licence():
    page = (ROOT / "book" / "references.md").read_text(encoding="utf-8")
    for file, *_ in PHOTOS.values():
        row = re.search(rf"^\|.*`{file}`.*\|$", page, re.M)[0]
        assert ("public domain" if "hopper" in file else "CC BY 2.0") in row


def test_a_smaller_picture_averages_a_larger_one():
    large, small = photo(224), photo(112)
    means = large.view(112, 2, 112, 2, 1).mean(dim=(1, 3))
    torch.testing.assert_close(small, means, atol=1e-5, rtol=0)


def test_each_call_returns_its_own_tensor():
    first = photo(28)
    first.zero_()
    assert photo(28).any()


def test_errors():
    with pytest.raises(ValueError, match="size: expected at most 448 pixels, got 449"):
        photo(449)
    with pytest.raises(ValueError, match="size: expected a positive integer, got 0"):
        photo(0)
    with pytest.raises(TypeError, match="size: expected an integer, got float"):
        photo(28.0)


def test_a_size_may_be_numpys():
    assert torch.equal(photo(np.int64(28)), photo(28))
