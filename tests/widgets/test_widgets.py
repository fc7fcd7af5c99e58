"""Chapter 1's widgets as Python objects: state, numbers, and the view without scripts.

What holds for every widget is tested in test_every_widget.py.
"""

from __future__ import annotations

import base64
import io

import ipywidgets
import pytest
import torch
import torch.nn.functional as F
import traitlets
from matplotlib.image import imread

from attention_course.data.photo import photo
from attention_course.widgets import EmbeddingExplorer, PatchExplorer
from attention_course.widgets.shared.fallback import html_table
from tests.widgets.helpers import Page, number


def numbers_photo(height, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (height, width), generator=generator) / 255


# State: validated, read back, observed, linked.


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: EmbeddingExplorer(vocab_size=13),
            r"vocab_size: .* from 2 to 12, got 13",
        ),
        (
            lambda: EmbeddingExplorer(vocab_size=1, token=0),
            r"vocab_size: .* from 2 to 12, got 1",
        ),
        (lambda: EmbeddingExplorer(dim=0), r"dim: .* from 1 to 8, got 0"),
        (
            lambda: EmbeddingExplorer(vocab_size=5, token=5),
            r"token: .* from 0 to 4, got 5",
        ),
        (lambda: EmbeddingExplorer(token=-1), r"token: .* from 0 to 6, got -1"),
        (lambda: EmbeddingExplorer(token=True), r"token: .* from 0 to 6, got True"),
        (
            lambda: EmbeddingExplorer(dim=3, component=3),
            r"component: .* from 0 to 2, got 3",
        ),
        (lambda: EmbeddingExplorer(token=2.5), r"'token' trait .* expected an int"),
        (
            lambda: EmbeddingExplorer(words=["w"] * 13),
            r"words: .* at most 12 words, got 13",
        ),
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
        (
            lambda: EmbeddingExplorer(table=torch.zeros(3)),
            ValueError,
            r"table: .*vocab_size, d_m",
        ),
        (
            lambda: EmbeddingExplorer(table=torch.zeros(13, 2)),
            ValueError,
            r"table: .*got 13 rows",
        ),
        (
            lambda: EmbeddingExplorer(table=torch.zeros(3, 9)),
            ValueError,
            r"1 to 8 .*got 3 rows",
        ),
        (
            lambda: EmbeddingExplorer(table=torch.full((3, 2), torch.nan)),
            ValueError,
            "finite",
        ),
        (
            lambda: EmbeddingExplorer(table=torch.zeros(3, 2).int()),
            TypeError,
            "table: .*floating",
        ),
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


def test_a_refused_change_leaves_the_state_as_it_was():
    widget = EmbeddingExplorer(vocab_size=5, token=4)
    with pytest.raises(
        traitlets.TraitError, match="token: expected a whole number from 0 to 4"
    ):
        widget.token = 5
    assert widget.token == 4
    with pytest.raises(
        traitlets.TraitError, match="table: expected at least vocab_size = 5"
    ):
        widget.table = [[0.0, 1.0], [2.0, 3.0]]
    assert len(widget.table) == 12
    patches = PatchExplorer()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        patches.photo = ""


def test_a_smaller_table_takes_what_was_picked_beyond_it_along():
    widget = EmbeddingExplorer(vocab_size=11, dim=7, token=10, component=6)
    widget.vocab_size = 5
    widget.dim = 3
    assert (widget.token, widget.component) == (4, 2)
    widget.vocab_size = 11
    assert widget.token == 4
    patches = PatchExplorer(patch=8, picked=783)
    patches.patch = 32
    assert patches.picked == 48


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = EmbeddingExplorer(vocab_size=7, token=6)
    widget.set_state({"vocab_size": 11, "token": 10})
    assert (widget.vocab_size, widget.token) == (11, 10)
    widget.set_state({"token": 2, "vocab_size": 3})
    assert (widget.vocab_size, widget.token) == (3, 2)
    patches = PatchExplorer(patch=56, picked=3)
    patches.set_state({"picked": 700, "patch": 8})
    assert (patches.patch, patches.picked) == (8, 700)


def test_state_is_observed_and_linked_with_plain_ipywidgets():
    widget = EmbeddingExplorer()
    seen = []
    widget.observe(
        lambda change: seen.append((change["old"], change["new"])), names="token"
    )
    slider = ipywidgets.IntSlider(min=0, max=6)
    link = ipywidgets.link((slider, "value"), (widget, "token"))
    widget.token = 5
    assert slider.value == 5
    slider.value = 2
    assert widget.token == 2
    link.unlink()
    slider.value = 1
    assert widget.token == 2
    assert seen == [(3, 0), (0, 5), (5, 2)]


# The numbers, against torch.


def test_the_embedding_explorer_reads_the_row_that_torch_reads():
    table = torch.randn(11, 5, generator=torch.Generator().manual_seed(1))
    widget = EmbeddingExplorer(table=table, vocab_size=7, dim=3, token=4)
    expected_row = F.one_hot(torch.tensor(4), 7).float()
    torch.testing.assert_close(widget.one_hot(), expected_row)
    torch.testing.assert_close(widget.weight(), table[:7, :3])
    torch.testing.assert_close(widget.vector(), expected_row @ table[:7, :3])
    widget.token = 6
    torch.testing.assert_close(widget.vector(), table[6, :3])


def test_a_table_is_copied_and_the_default_one_is_seeded():
    table = torch.ones(3, 2)
    widget = EmbeddingExplorer(table=table)
    assert (widget.vocab_size, widget.dim, widget.token) == (3, 2, 2)
    table.zero_()
    torch.testing.assert_close(widget.vector(), torch.ones(2))

    before = torch.random.get_rng_state()
    first, again, other = (
        EmbeddingExplorer(),
        EmbeddingExplorer(),
        EmbeddingExplorer(seed=1),
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first.table == again.table != other.table
    assert all(round(value, 2) == value for row in first.table for value in row)


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


# What a notebook stores: the live view, and a view for places without scripts.


def test_the_state_is_this_widget_s_own_and_nothing_of_jupyter_s():
    assert EmbeddingExplorer.state_names() == [
        "component",
        "dim",
        "table",
        "token",
        "vocab_size",
        "words",
    ]


def test_a_table_escapes_every_one_of_its_texts():
    page = Page(html_table("<i>1", ["<i>2", "<i>3"], [["<i>4", "<i>5"]]))
    assert page.caption == "<i>1"
    assert page.rows == [["<i>2", "<i>3"], ["<i>4", "<i>5"]]


def test_the_embedding_table_without_scripts_has_torch_s_numbers():
    widget = EmbeddingExplorer(vocab_size=5, dim=3, token=2, seed=7)
    rows = Page(widget).rows
    assert rows[0] == ["token", "one-hot", "number 0", "number 1", "number 2"]
    shown = torch.tensor([[number(cell) for cell in row[2:]] for row in rows[1:6]])
    torch.testing.assert_close(shown, torch.tensor(widget.table)[:5, :3])
    hot = torch.tensor([number(row[1]) for row in rows[1:6]])
    product = torch.tensor([number(cell) for cell in rows[6][2:]])
    torch.testing.assert_close(hot, F.one_hot(torch.tensor(2), 5).float())
    torch.testing.assert_close(product, hot @ shown)
    assert "takes 15 multiplications" in Page(widget).caption


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
