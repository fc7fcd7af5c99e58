"""The patch explorer as a Python object: state, numbers, and the view without scripts."""

from __future__ import annotations

import base64
import io

import pytest
import torch
import torch.nn.functional as F
import traitlets
from matplotlib.image import imread

from attention_course.data.photo import photo
from attention_course.widgets import PatchExplorer
from tests.widgets.helpers import Page, number


def numbers_photo(height, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (height, width), generator=generator) / 255


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: PatchExplorer(patch=15),
            r"patch: expected one of \[7, 8, 14, .*\], got 15",
        ),
        (lambda: PatchExplorer(d_model=1001), r"d_model: .* from 1 to 1000, got 1001"),
        (lambda: PatchExplorer(n_pictures=65), r"n_pictures: .* from 1 to 64, got 65"),
        (
            lambda: PatchExplorer(patch=56, picked=16),
            r"picked: .* from 0 to 15, got 16",
        ),
    ],
)
def test_a_number_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: PatchExplorer(torch.zeros(4)), ValueError, r"photo: .*\(H, W\)"),
        (
            lambda: PatchExplorer(torch.zeros(4, 4, 3)),
            ValueError,
            r"photo: .*got shape \(4, 4, 3",
        ),
        (
            lambda: PatchExplorer(torch.full((8, 8), 1.5)),
            ValueError,
            "photo: .*from 0 to 1",
        ),
        (
            lambda: PatchExplorer(torch.full((8, 8), torch.nan)),
            ValueError,
            "photo: .*from 0 to 1",
        ),
        (
            lambda: PatchExplorer(torch.zeros(7, 5)),
            ValueError,
            "photo: .*common divisor.*7 × 5",
        ),
        (
            lambda: PatchExplorer(torch.zeros(520, 8)),
            ValueError,
            "photo: .*512 × 512.*520 × 8",
        ),
    ],
)
def test_a_tensor_that_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_photo_is_read_only():
    widget = PatchExplorer()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        widget.photo = ""


def test_larger_patches_take_what_was_picked_along():
    widget = PatchExplorer(patch=8, picked=783)
    widget.patch = 32
    assert widget.picked == 48


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = PatchExplorer(patch=56, picked=3)
    widget.set_state({"picked": 700, "patch": 8})
    assert (widget.patch, widget.picked) == (8, 700)


@pytest.mark.parametrize(
    ("height", "width", "patch"), [(21, 35, 7), (26, 39, 13), (6, 10, 2)]
)
def test_the_patch_explorer_cuts_and_projects_as_a_strided_convolution(
    height, width, patch
):
    picture = numbers_photo(height, width)
    widget = PatchExplorer(picture, patch=patch)
    n_tokens = (height // patch) * (width // patch)
    assert widget.n_tokens == n_tokens
    unfolded = F.unfold(picture[None, None], patch, stride=patch)[0].T  # (N, P²)
    torch.testing.assert_close(widget.patches(), unfolded, atol=1e-6, rtol=0)
    kernel = widget.weight().T.reshape(4, 1, patch, patch)
    convolved = (
        F.conv2d(picture[None, None], kernel, stride=patch)[0].flatten(1).T
    )  # (N, 4)
    torch.testing.assert_close(widget.tokens(), convolved, atol=1e-5, rtol=0)
    torch.testing.assert_close(
        widget.tokens()[:, 0], unfolded.mean(-1), atol=1e-5, rtol=0
    )


def test_the_hand_made_columns_measure_what_they_are_called():
    bright_left, bright_top, diagonal = torch.zeros(3, 8, 8)
    bright_left[:, :4] = 1
    bright_top[:4] = 1
    diagonal[:4, :4] = diagonal[4:, 4:] = 1
    rows = [
        PatchExplorer(p, patch=8, picked=0).tokens()[0]
        for p in (bright_left, bright_top, diagonal)
    ]
    positive = torch.stack(rows) > 1e-3
    expected = [[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]
    assert positive.int().tolist() == expected


def test_counts_are_those_of_torch_layers_and_of_the_one_hot_reading():
    widget = PatchExplorer(patch=14, d_model=37, n_pictures=3)
    layer = torch.nn.Conv2d(1, 37, 14, stride=14)
    assert widget.parameters() == sum(p.numel() for p in layer.parameters())
    assert (
        widget.one_hot_weights()
        == torch.nn.Linear(14 * 14 * 256, 37, bias=False).weight.numel()
    )
    assert PatchExplorer().one_hot_weights() == 16 * 16 * 256 * 1000


def test_the_default_photo_is_the_course_s_photo():
    widget = PatchExplorer()
    levels = torch.frombuffer(
        bytearray(base64.b64decode(widget.photo)), dtype=torch.uint8
    )
    expected = (photo()[..., 0] * 255).round().to(torch.uint8)
    assert torch.equal(levels.reshape(224, 224), expected)
    assert widget.patch_choices == [7, 8, 14, 16, 28, 32, 56, 112, 224]


def test_the_patch_view_without_scripts_has_torch_s_numbers_and_a_picture():
    picture = numbers_photo(26, 39)
    widget = PatchExplorer(picture, patch=13, d_model=11, n_pictures=3, picked=4)
    page = Page(widget)
    rows = {row[0]: row[1] for row in page.rows[1:]}
    assert rows["pictures (M, H, W)"] == "(3, 26, 39)"
    assert rows["blocks, flattened (M, N, P²)"] == "(3, 6, 169)"
    assert rows["tokens (M, N, d)"] == "(3, 6, 11)"
    assert number(rows["numbers to learn, P² · d + d"]) == 169 * 11 + 11
    assert number(rows["with one-hot grey levels, P² · 256 · d"]) == 169 * 256 * 11
    token = [number(part) for part in page.rows[-1][1].split(", ")]
    mean = picture[13:26, 13:26].mean()
    assert token == pytest.approx(widget.tokens()[4].tolist(), abs=6e-4)
    assert token[0] == pytest.approx(float(mean), abs=6e-4)
    image = page.one("img")
    assert (
        f"block 4, in row 1, column 1, is framed, mean brightness {mean:.2f}"
        in image["alt"]
    )

    # Read the picture back: outside the grid's lines and the frame it is the photo.
    png = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"))
    shown = torch.from_numpy(imread(io.BytesIO(png), format="png"))
    assert shown.shape == (26, 39)
    pixels = (shown * 255).round().to(torch.uint8)
    levels = (picture * 255).round().to(torch.uint8)
    assert torch.equal(pixels[1:13, 1:13], levels[1:13, 1:13])
    assert torch.equal(pixels[15:24, 15:24], levels[15:24, 15:24])
    assert (pixels[13, 13:26] == 0).all()
    assert (pixels[14, 14:25] == 255).all()
