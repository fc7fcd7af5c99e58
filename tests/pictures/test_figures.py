"""Figures: the numbers that go in are the numbers that stand in the picture."""

import io

import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D

from attention_course.pictures.canvas import PALETTE
from attention_course.pictures.charts import bars, curves, word_map
from attention_course.pictures.grids import film, patch_picture, pictures, voxels
from attention_course.pictures.heatmaps import attention_picture, heatmap


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


def test_a_path_joins_the_largest_values_of_its_rows():
    values = torch.tensor([[0.0, 9, 1], [7, 0, 1], [0, 1, 5], [4, 2, 3]])
    fig = heatmap(values, path=[0, 2, 3])
    plain = heatmap(values)
    under, over = fig.axes[0].lines
    for line in (under, over):
        assert list(line.get_xdata()) == [1, 2, 0]
        assert list(line.get_ydata()) == [0, 2, 3]
    assert fig.axes[0].get_xlim() == plain.axes[0].get_xlim()
    assert fig.axes[0].get_ylim() == plain.axes[0].get_ylim()
    with pytest.raises(ValueError, match="path: expected rows from 0 to 3, got 4"):
        heatmap(values, path=[4])


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
        bars({"a": 1}),
        film({"a": torch.rand(2, 3, 4, 1)}),
        attention_picture(torch.rand(4, 4, 1), torch.rand(1, 2, 2), [(0, 0)]),
        voxels({"a": {"b": torch.ones(1, 2, 3, dtype=torch.bool)}}),
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


def test_curves_with_logarithmic_axes():
    axes = curves([1, 10], {"a": torch.tensor([[2.0, 200.0]])}, log=True).axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_bars_have_their_names_and_numbers_from_the_top_down():
    fig = bars({"full": 28.0, "sparse": 0.125}, x_name="times", title="t", log=True)
    axes = fig.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [28.0, 0.125]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["full", "sparse"]
    assert [text.get_text() for text in axes.texts] == ["28", "0.125"]
    assert axes.yaxis_inverted()
    assert axes.get_xscale() == "log"
    with pytest.raises(ValueError, match="values: expected at least one bar"):
        bars({})
    with pytest.raises(ValueError, match=r"values: expected numbers above 0 .* got 0"):
        bars({"a": 1, "b": 0}, log=True)
    assert bars({"a": 1, "b": 0}).axes[0].get_xscale() == "linear"


def test_a_film_shows_each_frame_as_long_as_it_lasts():
    short, long = torch.rand(2, 3, 4, 1), torch.rand(5, 6, 8, 3)
    fig = film({"short": short, "long": long}, title="two videos")
    shown = [torch.as_tensor(axes.images[0].get_array().data) for axes in fig.axes]
    assert len(shown) == 2 * 5
    for column, frame in enumerate([0, 0, 0, 1, 1]):  # ⌊column · 2 / 5⌋
        assert torch.equal(shown[column].reshape(3, 4, 1), short[frame])
        assert torch.equal(shown[5 + column], long[column])
    assert [axes.texts[0].get_text() for axes in fig.axes[::5]] == ["short", "long"]
    widths = {round(axes.get_position().width, 3) for axes in _drawn(fig).axes}
    assert len(widths) == 1, "a long name must not push the frames apart"
    with pytest.raises(ValueError, match="videos: expected at least one video"):
        film({})
    with pytest.raises(
        ValueError, match=r"videos\['a'\]: expected axes \(F, H, W, C\)"
    ):
        film({"a": torch.rand(3, 4, 1)})


def _drawn(fig: Figure) -> Figure:
    fig.draw_without_rendering()
    return fig


def test_the_attention_picture_colours_in_proportion_to_the_weights():
    picture = torch.rand(6, 10, 3)
    weights = torch.tensor([[[0.0, 0.5], [0.1, 0.2], [0.2, 0.0]]])  # (1, 3, 2)
    fig = attention_picture(picture, weights, [(2, 1)])
    left, right = fig.axes
    assert torch.equal(torch.as_tensor(left.images[0].get_array().data), picture)
    shown = torch.as_tensor(right.images[0].get_array().data)  # (6, 10, 3)
    pale = (0.6 + 0.4 * picture.mean(dim=-1, keepdim=True)).expand_as(picture)
    assert torch.allclose(shown[:2, :5], pale[:2, :5]), "a weight of 0 has no colour"
    paint = torch.tensor([0x00, 0x72, 0xB2]) / 255
    assert torch.allclose(shown[:2, 5:], paint.expand(2, 5, 3)), "the largest weight"
    expected = 0.6 * pale[4:, :5] + 0.4 * paint  # 0.2 of 0.5
    assert torch.allclose(shown[4:, :5], expected, atol=1e-6)
    for axes in (left, right):  # framed on both panels, where the cell is
        for frame in axes.patches:
            box = (frame.get_x(), frame.get_y(), frame.get_width(), frame.get_height())
            assert box == (4.5, 3.5, 5, 2)
    with pytest.raises(ValueError, match=r"cells: expected .* \(2, 1\), got \(3, 0\)"):
        attention_picture(picture, weights, [(3, 0)])
    with pytest.raises(
        ValueError, match=r"nH and nW that divide .*\(6, 10\), got \(4, 2\)"
    ):
        attention_picture(picture, torch.rand(1, 4, 2), [(0, 0)])
    with pytest.raises(ValueError, match=r"weights: .*n_cells = 2, got n_cells = 1"):
        attention_picture(picture, weights, [(0, 0), (1, 1)])


def test_voxels_stand_where_their_cells_are(monkeypatch):
    drawn = []
    draw = Axes3D.voxels

    def voxels_noted(self, *args, **kwargs):
        drawn.append((*args, kwargs["facecolors"]))
        return draw(self, *args, **kwargs)

    monkeypatch.setattr(Axes3D, "voxels", voxels_noted)
    near, query = torch.zeros(2, 2, 3, 5, dtype=torch.bool)  # (F, H, W) = (2, 3, 5)
    near[1, 0, 4] = near[1, 0, 3] = True
    query[1, 0, 4] = True  # hides one of the two
    fig = voxels({"left": {"near": near, "query": query}, "right": {"near": ~near}})
    x, y, z, filled, paints = drawn[0]
    found = {}
    for place in zip(*filled.nonzero(), strict=True):
        far = tuple(at + 1 for at in place)
        span = [(axis[place], axis[far]) for axis in (x, y, z)]
        found.setdefault(paints[place][:7], []).append(span)
    # columns 3 and 4 to the right, frame 1 into the page, row 0 on top of three
    assert found == {
        PALETTE[0]: [[(3, 4), (1, 1.25), (2, 3)]],
        PALETTE[1]: [[(4, 5), (1, 1.25), (2, 3)]],
    }
    assert drawn[1][3].sum() == 2 * 3 * 5 - 2
    axes = fig.axes[0]
    glass = axes.collections[0]
    assert len(glass.get_facecolor()) == 2 * 3 * 5
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "near",
        "query",
    ]
    assert [label.get_text() for label in axes.get_zticklabels()] == ["2", "1", "0"]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_zlabel()) == (
        "column",
        "frame",
        "row",
    )
    with pytest.raises(ValueError, match="panels: expected at least one grid"):
        voxels({})
    with pytest.raises(ValueError, match=r"expected 1 to 6 kinds of cells, got 0"):
        voxels({"a": {}})
    with pytest.raises(TypeError, match=r"panels\['a'\]\['b'\]: expected .*bool"):
        voxels({"a": {"b": near.float()}})
    with pytest.raises(ValueError, match=r"H = 3, got H = 2"):
        voxels({"a": {"b": near, "c": near[:, :2]}})


@pytest.mark.slow
@pytest.mark.parametrize("room", [None, "tight"])  # a notebook's is tight
@pytest.mark.parametrize(
    ("n_panels", "sizes"),
    [
        (1, (1, 2, 3)),
        (1, (8, 16, 16)),
        (1, (2, 2, 16)),
        (2, (4, 6, 6)),
        (2, (3, 12, 4)),
        (4, (4, 6, 6)),
    ],
    ids=str,
)
def test_no_label_of_voxels_is_cut_off(n_panels, sizes, room):
    cells = torch.ones(*sizes, dtype=torch.bool)
    panels = {f"panel {n}": {"first kind": cells} for n in range(n_panels)}
    file = io.BytesIO()
    voxels(panels).savefig(file, format="png", bbox_inches=room)
    file.seek(0)
    ink = torch.as_tensor(plt.imread(file)[..., :3].min(axis=-1) < 0.97)
    rows, columns = ink.any(dim=1), ink.any(dim=0)
    # A word that runs out of the picture leaves ink at its edge.
    for line in (rows, rows.flip(0), columns, columns.flip(0)):
        assert not line[:3].any()
    # The cells have most of the width to themselves.
    assert columns.nonzero().flatten().diff().max() < len(columns) / 4
    assert ink.float().mean() > 0.02


def test_chinese_dates_have_glyphs_on_every_machine():
    signs = "一三二五六四年日星月期"
    fig = heatmap(torch.rand(2, len(signs)), columns=list(signs), title=signs)
    # A missing glyph is a warning, and warnings are errors in these tests.
    fig.savefig(io.BytesIO(), format="png")
    from attention_course.data.dates import date_vocabulary

    assert set(signs) == {
        s for s in date_vocabulary().symbols if len(s) == 1 and ord(s) > 0x3000
    }
