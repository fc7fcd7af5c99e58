"""Figures: the numbers that go in are the numbers that stand in the picture."""

import io

import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from attention_course.plotting import curves, heatmap, patch_picture, pictures, word_map


def colours_of(fig: Figure) -> torch.Tensor:
    """Return what the first image of a figure shows, before colours."""
    return torch.as_tensor(fig.axes[0].images[0].get_array().data)


def test_a_heatmap_shows_every_value_and_label():
    values = torch.tensor([[0.25, 0.75, 0.0], [1.0, -0.5, 0.125]], requires_grad=True)
    fig = heatmap(
        values,
        rows=["a", "b"],
        columns=["x", "y", "z"],
        row_name="query",
        column_name="key",
    )
    axes = fig.axes[0]
    assert torch.equal(colours_of(fig), values.detach().double())
    texts = {
        (t.get_position()[1], t.get_position()[0]): t.get_text() for t in axes.texts
    }
    assert texts[0, 1] == "0.75"
    assert texts[1, 0] == "1"
    assert texts[1, 1] == "-0.5"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["x", "y", "z"]
    assert axes.get_xlabel() == "key"
    assert axes.get_ylabel() == "query"


def test_numbers_contrast_with_their_cell():
    fig = heatmap(torch.linspace(0, 1, 12).view(1, 12))
    image = fig.axes[0].images[0]
    for text in fig.axes[0].texts:
        column = int(text.get_position()[0])
        background = image.cmap(image.norm(column / 11))
        ink = (1.0, 1.0, 1.0) if text.get_color() == "white" else (0.0, 0.0, 0.0)
        assert contrast(ink, background[:3]) >= 4.5


def contrast(first, second) -> float:
    """WCAG 2 contrast ratio of two colours."""

    def luminance(colour):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_signed_values_are_coloured_around_zero():
    image = heatmap(torch.tensor([[-1.0, 3.0]]), signed=True).axes[0].images[0]
    assert (image.norm.vmin, image.norm.vmax) == (-3, 3)


def test_many_cells_get_a_scale_instead_of_numbers():
    fig = heatmap(torch.rand(40, 50))
    assert not fig.axes[0].texts
    assert len(fig.axes) == 2


def test_the_patch_picture_shows_the_block_it_names():
    picture = torch.rand(12, 20, 1)
    fig = patch_picture(picture, 4, picked=(1, 3))
    left, right = fig.axes
    assert "3 × 5 = 15 blocks" in left.get_title(loc="left")
    shown = torch.as_tensor(right.images[0].get_array().data)
    assert torch.equal(shown.squeeze(-1), picture[4:8, 12:16, 0])
    frame = left.patches[0]
    assert (frame.get_x(), frame.get_y()) == (11.5, 3.5)


def test_the_word_map_puts_each_word_at_its_point():
    points = torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    fig = word_map(points, ["cat", "red", "dog"], ["animal", "colour", "animal"])
    axes = fig.axes[0]
    assert {t.get_text(): tuple(t.xy) for t in axes.texts}["red"] == (2, 3)
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["animal", "colour"]
    assert axes.collections[0].get_offsets().tolist() == [[0, 1], [4, 5]]


def test_figures_are_white_and_shown_once_and_can_be_drawn():
    for fig in (
        heatmap(torch.rand(3, 5)),
        patch_picture(torch.rand(8, 8, 3), 4),
        word_map(torch.rand(1, 2), ["x"], ["y"]),
    ):
        assert isinstance(fig, Figure)
        assert fig.get_facecolor() == (1, 1, 1, 1)
        file = io.BytesIO()
        fig.savefig(file, format="png")
        assert file.tell() > 1000
    assert not plt.get_fignums(), "an open figure would be shown a second time"


def test_errors():
    with pytest.raises(ValueError, match="rows: expected 2 labels, got 1"):
        heatmap(torch.rand(2, 3), rows=["a"])
    with pytest.raises(
        ValueError, match=r"values: expected axes \(n_rows, n_columns\), got 3 axes"
    ):
        heatmap(torch.rand(2, 3, 4))
    with pytest.raises(
        ValueError, match=r"picked: expected a block from \(0, 0\) to \(1, 1\)"
    ):
        patch_picture(torch.rand(8, 8, 1), 4, picked=(2, 0))
    with pytest.raises(ValueError, match=r"points: expected axes \(n_words, 2\)"):
        word_map(torch.rand(3, 3), ["a"] * 3, ["b"] * 3)
    with pytest.raises(ValueError, match="groups: expected at most 7 groups, got 8"):
        word_map(torch.rand(8, 2), ["a"] * 8, list("abcdefgh"))


def test_pictures_stand_side_by_side_with_their_titles():
    images = [torch.rand(4, 6, 1), torch.rand(5, 3, 3)]
    fig = pictures(images, ["one", "two"])
    for axes, image, title in zip(fig.axes, images, ["one", "two"], strict=True):
        shown = torch.as_tensor(axes.images[0].get_array().data)
        assert torch.equal(shown.reshape(image.shape), image)
        assert axes.get_title(loc="left") == title
    with pytest.raises(ValueError, match="titles: expected 1 labels, got 2"):
        pictures(images[:1], ["one", "two"])
    with pytest.raises(ValueError, match="images: expected at least one picture"):
        pictures([], [])


def test_labels_of_a_word_map_do_not_cover_each_other():
    points = torch.tensor([[0.0, 0.0], [0.01, 0.0], [0.0, 0.01], [1.0, 1.0]])
    fig = word_map(points, ["monday", "tuesday", "friday", "red"], ["a"] * 4)
    fig.draw_without_rendering()
    boxes = [text.get_window_extent() for text in fig.axes[0].texts]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_curves_show_mean_worst_and_best_over_the_seeds():
    runs = {
        "small": torch.tensor([[0.0, 0.5], [0.2, 0.5], [0.7, 0.5]]),
        "large": torch.ones(1, 2),
    }
    fig = curves([1, 2], runs, x_name="length", y_name="share", limits=(0, 1))
    axes = fig.axes[0]
    small, large = axes.containers
    assert small[0].get_ydata().tolist() == pytest.approx([0.3, 0.5])
    assert large[0].get_ydata().tolist() == [1, 1]
    ends = small[2][0].get_segments()
    assert [ends[0][0][1], ends[0][1][1]] == pytest.approx([0.0, 0.7], abs=1e-6)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "small",
        "large",
    ]
    with pytest.raises(ValueError, match=r"runs\['a'\]: .*n_x = 3, got n_x = 2"):
        curves([1, 2, 3], {"a": torch.ones(1, 2)})


def test_chinese_dates_have_glyphs_on_every_machine():
    signs = "一三二五六四年日星月期"
    fig = heatmap(torch.rand(2, len(signs)), columns=list(signs), title=signs)
    # A missing glyph is a warning, and warnings are errors in these tests.
    fig.savefig(io.BytesIO(), format="png")
    from attention_course.data.dates import date_vocabulary

    assert set(signs) == {
        s for s in date_vocabulary().symbols if len(s) == 1 and ord(s) > 0x3000
    }
