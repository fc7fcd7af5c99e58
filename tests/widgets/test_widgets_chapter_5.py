"""Chapter 5's widgets as Python objects: state, numbers, and the view without scripts."""

from __future__ import annotations

import base64
import io
import json
import math
from typing import ClassVar

import ipywidgets
import pytest
import torch
import traitlets
from PIL import Image

from attention_course.grid_attention import (
    nearby_attention_direct,
    neighbourhood,
    weights_on_grid,
)
from attention_course.grid_models import VisionTransformer
from attention_course.widgets import (
    NeighbourhoodExplorer,
    PatchAttentionViewer,
    VideoPlayer,
)
from attention_course.widgets.shared.recordings import pack_weights, unpack_weights
from tests.widgets.helpers import Page, near, number, numbers_in


class Model(torch.nn.Module):
    """Stands in for the vision transformer: patches of 3 × 2 pixels, given weights."""

    config: ClassVar = {"patch": (3, 2)}

    def __init__(self, n_layers=2, n_heads=3):
        super().__init__()
        draw = torch.Generator().manual_seed(4)
        self.weights = torch.randn(5, n_layers, n_heads, 11, 11, generator=draw)
        self.logits = torch.randn(5, 7, generator=draw)

    def forward(self, images, *, need_weights):
        assert need_weights
        assert not self.training
        assert not torch.is_grad_enabled()
        n = len(images)
        return 3 * self.logits[:n], (2 * self.weights[:n]).softmax(-1)


def scans(n=5, height=6, width=10):
    draw = torch.Generator().manual_seed(2)
    return torch.rand(n, height, width, 1, generator=draw), torch.arange(n)


def viewer(**state):
    return PatchAttentionViewer(PatchAttentionViewer.record(Model(), *scans()), **state)


def videos():
    draw = torch.Generator().manual_seed(3)
    sizes = {"small": (3, 4, 5), "large": (6, 7, 11), "end": (5, 7, 11)}
    return {name: torch.rand(*size, generator=draw) for name, size in sizes.items()}


def windows(sizes=(6, 7, 11), context=(3, 4, 5), extent=(1, 1, 2)):
    draw = torch.Generator().manual_seed(5)
    query = 2 * torch.randn(*sizes, 3, generator=draw)
    key = 2 * torch.randn(*context, 3, generator=draw)
    return nearby_attention_direct(query, key, key, extent)[1]


def player(**state):
    given = {"query": "large", "context": "small", "weights": windows(), **state}
    return VideoPlayer(videos(), **given)


def picture_of(widget):
    """Read the picture back that stands in the view without scripts, ``(H, W)``."""
    image = Page(widget).one("img")
    data = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"))
    picture = Image.open(io.BytesIO(data))
    assert [str(size) for size in picture.size] == [image["width"], image["height"]]
    levels = torch.tensor(list(picture.tobytes()), dtype=torch.uint8)
    return levels.reshape(picture.height, picture.width), image["alt"]


# State: validated, read back, observed, linked.


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NeighbourhoodExplorer((4, 6)), r"sizes: .*from 1 to 8, got \[4, 6\]"),
        (lambda: NeighbourhoodExplorer((0, 6, 6)), r"sizes: expected 3 whole numbers"),
        (lambda: NeighbourhoodExplorer((4, 9, 6)), r"sizes: .* to 8, got \[4, 9, 6\]"),
        (
            lambda: NeighbourhoodExplorer((4, True, 6)),
            r"sizes: .* to 8, got \[4, True, 6\]",
        ),
        (
            lambda: NeighbourhoodExplorer(context_sizes=(9, 1, 1)),
            r"context_sizes: .*from 1 to 8, got \[9, 1, 1\]",
        ),
        (
            lambda: NeighbourhoodExplorer(extent=5),
            r"extent: .*from 0 to 4, got \[5, 5, 5\]",
        ),
        (lambda: NeighbourhoodExplorer(extent=(1, -1, 0)), r"extent: .*from 0 to 4"),
        (
            lambda: NeighbourhoodExplorer((4, 6, 7), cell=(0, 0, 7)),
            r"cell: .*from 0 to 3 and 0 to 5 and 0 to 6, got \[0, 0, 7\]",
        ),
        (lambda: NeighbourhoodExplorer((4, 9, 6), cell=(0, 7, 0)), r"sizes: .*1 to 8"),
        (
            lambda: NeighbourhoodExplorer(context_sizes=(4, 6, 5), causal=True),
            r"causal: .*the sizes of X, 4 × 6 × 6, got 4 × 6 × 5",
        ),
        (lambda: viewer(picked=5), r"picked: .* from 0 to 4, got 5"),
        (lambda: viewer(layer=2), r"layer: .* from 0 to 1, got 2"),
        (lambda: viewer(head=-1), r"head: .* from 0 to 2, got -1"),
        (lambda: viewer(token=11), r"token: .* from 0 to 10, got 11"),
        (lambda: player(frame=6), r"frame: .* from 0 to 5, got 6"),
        (lambda: player(row=7), r"row: .* from 0 to 6, got 7"),
        (lambda: player(column=11), r"column: .* from 0 to 10, got 11"),
        (lambda: player(fps=0), r"fps: .* from 1 to 30, got 0"),
        (lambda: player(fps=31), r"fps: .* from 1 to 30, got 31"),
        (lambda: VideoPlayer(videos(), row=1), r"row: .* from 0 to 0, got 1"),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


def changed(**changes):
    (recording,) = PatchAttentionViewer.record(Model(), *scans(1))
    return recording | changes


def record(images=None, labels=None):
    usual = scans()
    return PatchAttentionViewer.record(
        Model(),
        usual[0] if images is None else images,
        usual[1] if labels is None else labels,
    )


def one_video(video):
    return VideoPlayer({"a": video})


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: PatchAttentionViewer([]),
            ValueError,
            "recordings: .* list of 1 to 50",
        ),
        (lambda: PatchAttentionViewer("ab"), ValueError, "recordings: .* of 1 to 50"),
        (
            lambda: PatchAttentionViewer([{"label": 1}]),
            ValueError,
            r"recordings\[0\]: expected a dictionary with columns, height, image",
        ),
        (
            lambda: PatchAttentionViewer([changed(), changed(rows=5, columns=2)]),
            ValueError,
            r"recordings\[1\]: expected the rows of recordings\[0\]",
        ),
        (
            lambda: PatchAttentionViewer([changed(weights="AAAA")]),
            ValueError,
            r"recordings\[0\]: weights: expected 726 bytes, got 3",
        ),
        (
            lambda: PatchAttentionViewer([changed(image="!")]),
            ValueError,
            r"recordings\[0\]: image: expected base64",
        ),
        (
            lambda: PatchAttentionViewer([changed(label=7)]),
            ValueError,
            r"recordings\[0\]: label: expected one of 7 classes",
        ),
        (
            lambda: PatchAttentionViewer([changed(probabilities=[0.5, math.nan])]),
            ValueError,
            r"recordings\[0\]: probabilities: expected numbers from 0 to 1",
        ),
        (
            lambda: PatchAttentionViewer(
                PatchAttentionViewer.record(Model(40, 20), *scans()),
            ),
            ValueError,
            r"at most 240,000 letters of base64 in all, got \d{3},\d{3}: record fewer",
        ),
        (lambda: record(scans()[0] + 1), ValueError, "images: .*from 0 to 1"),
        (lambda: record(scans()[0][..., 0]), ValueError, r"images: .*\(n, H, W, 1\)"),
        (
            lambda: record(torch.empty(0, 6, 10, 1), torch.empty(0).long()),
            ValueError,
            "images: expected at least one",
        ),
        (lambda: record(labels=torch.arange(4)), ValueError, r"labels: .*n = 5"),
        (lambda: record(labels=torch.arange(5) + 3), IndexError, "labels: .*0 to 6"),
        (lambda: VideoPlayer({}), ValueError, "videos: expected 1 to 8 videos by name"),
        (lambda: VideoPlayer([torch.zeros(1, 1, 1)]), ValueError, "videos: .* by name"),
        (
            lambda: VideoPlayer({" ": torch.zeros(1, 1, 1)}),
            ValueError,
            "names in words",
        ),
        (
            lambda: one_video(torch.zeros(2, 3)),
            ValueError,
            r"videos\['a'\]: .*\(F, H, W\)",
        ),
        (
            lambda: one_video(torch.zeros(2, 3, 4, 3)),
            ValueError,
            r"videos\['a'\]: .*\(F, H, W, 1\)",
        ),
        (lambda: one_video(torch.full((1, 2, 2), 1.01)), ValueError, "from 0 to 1"),
        (lambda: one_video(torch.full((1, 2, 2), math.nan)), ValueError, "from 0 to 1"),
        (lambda: one_video(torch.zeros(0, 2, 2)), ValueError, "at least one pixel"),
        (lambda: one_video(torch.zeros(1, 2, 2).int()), TypeError, "floating"),
        (
            lambda: one_video(torch.zeros(20, 100, 100)),
            ValueError,
            r"at most 240,000 letters of base64 in all, got 266,668: give smaller",
        ),
        (
            lambda: VideoPlayer(videos(), extent=1),
            ValueError,
            "extent, query, context, context_sizes: expected weights",
        ),
        (
            lambda: player(weights=torch.rand(6, 7, 11, 3, 2, 3)),
            ValueError,
            r"weights: expected windows .*odd sizes, got shape \(6, 7, 11, 3, 2, 3\)",
        ),
        (lambda: player(weights=torch.rand(6, 7, 11, 3)), ValueError, "weights: .*n_W"),
        (lambda: player(weights=windows() + 1), ValueError, "weights: .* from 0 to 1"),
        (lambda: player(weights=windows() * math.nan), ValueError, "weights: .*0 to 1"),
        (
            lambda: player(extent=(1, 1, 1)),
            ValueError,
            r"extent: expected \[1, 1, 2\], half of the windows \[3, 3, 5\]",
        ),
        (lambda: player(query="x"), ValueError, "query: expected one of small, large"),
        (lambda: player(context="x"), ValueError, "context: expected one of small"),
        (
            lambda: player(query=None, weights=windows((2, 7, 11))),
            ValueError,
            r"query: .* the video with tokens \(2, 7, 11\): none has",
        ),
        (
            lambda: player(query="small"),
            ValueError,
            r"query: .*as many tokens as pixels \(3, 4, 5\) .*got \(6, 7, 11\)",
        ),
        (
            lambda: player(context_sizes=(3, 5, 5)),
            ValueError,
            r"context: .*as many tokens as pixels \(3, 4, 5\) .*got \(3, 5, 5\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_refused_change_leaves_the_state_as_it_was():
    explorer, scan, film = NeighbourhoodExplorer(), viewer(), player()
    for widget, name, value in [
        (explorer, "cell", [4, 0, 0]),
        (explorer, "sizes", [4, 6]),
        (explorer, "context_sizes", [0, 1, 1]),
        (explorer, "extent", [1, 1, 5]),
        (scan, "token", 11),
        (film, "column", -1),
    ]:
        before = widget.state()
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(widget, name, value)
        assert widget.state() == before


def test_what_is_read_only_stays():
    for widget, name in [
        (NeighbourhoodExplorer(), "vectors"),
        (viewer(), "recordings"),
        (player(), "videos"),
        (player(), "attention"),
    ]:
        with pytest.raises(traitlets.TraitError, match="read-only"):
            setattr(widget, name, getattr(widget, name))


def test_other_sizes_take_the_cell_and_the_causal_switch_along():
    widget = NeighbourhoodExplorer((4, 6, 7), cell=(3, 5, 6), causal=True)
    widget.sizes = [2, 6, 3]
    assert (widget.cell, widget.causal) == (
        [1, 5, 2],
        True,
    )  # C is X, whatever its size
    widget.context_sizes = [2, 6, 3]
    assert widget.causal
    widget.context_sizes = [2, 6, 4]
    assert not widget.causal
    widget.sizes = [2, 6, 4]
    widget.causal = True
    widget.sizes = [2, 5, 4]
    assert not widget.causal
    assert NeighbourhoodExplorer((4, 6, 7)).cell == [2, 3, 3]


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = NeighbourhoodExplorer((2, 2, 2), (3, 3, 3), cell=(1, 1, 1))
    widget.set_state(
        {"cell": [4, 6, 7], "causal": True, "sizes": [5, 7, 8], "context_sizes": None}
    )
    assert widget.cell == [4, 6, 7]
    assert widget.causal
    film = player()
    film.set_state({"frame": 5, "row": 6, "column": 10, "fps": 30})
    assert (film.frame, film.row, film.column, film.fps) == (5, 6, 10, 30)


def test_state_is_observed_and_linked_with_plain_ipywidgets():
    film, slide = player(), ipywidgets.IntSlider(value=2, max=5)
    ipywidgets.link((slide, "value"), (film, "frame"))
    assert film.frame == 2
    slide.value = 4
    assert film.frame == 4
    scan, seen = viewer(), []
    scan.observe(lambda change: seen.append(change["new"]), names="token")
    scan.token = 7
    assert seen == [7]


# The neighbourhood explorer.


def by_hand(widget):
    """List the neighbours with three loops, as the paper says it."""
    mapped = [
        at * context // size
        for at, context, size in zip(
            widget.cell, widget.context, widget.sizes, strict=True
        )
    ]
    F, H, W = widget.context
    own = tuple(widget.cell)
    return mapped, [
        [a, b, c]
        for a in range(F)
        for b in range(H)
        for c in range(W)
        if abs(a - mapped[0]) <= widget.extent[0]
        and abs(b - mapped[1]) <= widget.extent[1]
        and abs(c - mapped[2]) <= widget.extent[2]
        and (not widget.causal or (a, b, c) <= own)
    ]


@pytest.mark.parametrize(
    "widget",
    [
        NeighbourhoodExplorer(),
        NeighbourhoodExplorer((2, 3, 5), (7, 5, 3), (2, 1, 0), (1, 2, 4)),
        NeighbourhoodExplorer((7, 5, 3), (2, 3, 5), (1, 0, 2), (6, 0, 1)),
        NeighbourhoodExplorer((3, 5, 2), None, (1, 4, 1), (1, 2, 0), causal=True),
        NeighbourhoodExplorer((1, 1, 1), None, 0),
        NeighbourhoodExplorer((5, 3, 2), (3, 2, 8), 4),
    ],
    ids=lambda widget: f"{widget.sizes}-{widget.context}",
)
def test_neighbours_weights_and_counts_are_those_of_the_definition(widget):
    mapped, neighbours = by_hand(widget)
    assert widget.mapped() == mapped
    assert widget.neighbours().tolist() == neighbours
    weights = widget.weights()
    assert list(weights.shape) == widget.context
    query, key = widget._toys()
    scores = torch.stack(
        [query[tuple(widget.cell)] @ key[tuple(cell)] / 2 for cell in neighbours]
    )
    expected = torch.zeros(widget.context, dtype=torch.double)
    for cell, weight in zip(neighbours, scores.softmax(0), strict=True):
        expected[tuple(cell)] = weight
    torch.testing.assert_close(weights, expected)
    counts = widget.counts()
    assert counts["query"] == len(neighbours)
    assert counts["window"] == math.prod(2 * e + 1 for e in widget.extent)
    _, inside = neighbourhood(
        widget.sizes, widget.context, widget.extent, causal=widget.causal
    )
    assert counts["nearby"] == int(inside.sum())
    N = math.prod(widget.sizes)
    pairs = N * math.prod(widget.context)
    assert counts["full"] == (sum(range(1, N + 1)) if widget.causal else pairs)


def test_toy_vectors_are_seeded_and_stay_with_their_cells():
    first, same, other = (NeighbourhoodExplorer(seed=seed) for seed in (0, 0, 1))
    assert first.vectors == same.vectors != other.vectors
    query, key = first._toys()
    assert 0.8 < float(query.std()) < 1.2
    assert not torch.equal(query, key)
    first.sizes = [2, 3, 5]
    torch.testing.assert_close(first._toys()[0], query[:2, :3, :5])
    before = torch.random.get_rng_state()
    NeighbourhoodExplorer(seed=3)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_explorer_without_scripts_has_the_same_numbers():
    widget = NeighbourhoodExplorer((4, 6, 6), (2, 3, 6), (1, 1, 2), (3, 0, 5))
    page = Page(widget)
    rows = {row[0]: row[1:] for row in page.rows}
    assert rows["frames"] == ["⌊3 · 2 / 4⌋ = 1", "0 to 2", "0 to 1, 1 cut off"]
    assert rows["rows"] == ["⌊0 · 3 / 6⌋ = 0", "−1 to 1", "0 to 1, 1 cut off"]
    assert rows["columns"] == ["⌊5 · 6 / 6⌋ = 5", "3 to 7", "3 to 5, 2 cut off"]
    weights, near_cells = widget.weights(), widget.neighbours().tolist()
    lines = [row for row in page.rows if row[0].startswith("frame ")]
    assert len(lines) == 4
    for head, *cells in lines:
        a, b = (int(n) for n in numbers_in(head))
        for c, cell in enumerate(cells):
            assert (cell.startswith("[")) == ([a, b, c] == widget.mapped())
            if [a, b, c] in near_cells:
                assert number(cell.strip("[]")) == near(float(weights[a, b, c]))
            else:
                assert cell == "·"
    counts = widget.counts()
    assert rows["this query"] == ["12"]
    assert rows["all queries, nearby"] == [f"{counts['nearby']:,}"]
    assert rows["all queries, full attention"] == ["5,184"]
    assert "maps to (1, 0, 5) of C, 2 × 3 × 6, and scores 12 of the 45" in page.caption
    assert "causal" in NeighbourhoodExplorer(causal=True).summary()
    page = Page(NeighbourhoodExplorer(extent=(4, 1, 0), cell=(0, 3, 5)))
    insides = [row[3] for row in page.rows[1:4]]
    assert insides == ["0 to 3, 5 cut off", "2 to 4, 0 cut off", "5 to 5, 0 cut off"]


# Rounding.


def test_rounded_weights_are_near_and_zeros_stay_zeros():
    draw = torch.Generator().manual_seed(0)
    exact = (3 * torch.randn(5, 7, 11, generator=draw)).softmax(-1).double()
    exact[2, 3] = 0
    packed = pack_weights(exact)
    assert len(base64.b64decode(packed["weights"])) == 5 * 7 * 11
    assert len(base64.b64decode(packed["largest"])) == 5 * 7 * 2
    back = unpack_weights(packed, exact.shape)
    torch.testing.assert_close(back, exact, atol=0.002, rtol=0)
    torch.testing.assert_close(back.amax(-1), exact.amax(-1), atol=1e-5, rtol=0)
    assert back[2, 3].tolist() == [0] * 11


# The patch attention viewer.


def test_a_recording_is_the_model_s_answer_rounded():
    model, (images, labels) = Model(), scans()
    widget = viewer()
    assert (widget.layer, widget.head, widget.token) == (1, 0, 0)
    assert widget.n_tokens == 11
    exact = (2 * model.weights).softmax(-1).double()
    probabilities = (3 * model.logits).softmax(-1)
    for n in range(5):
        widget.picked = n
        image = images[n, ..., 0].double()
        torch.testing.assert_close(widget.image(), image, atol=0.51 / 255, rtol=0)
        torch.testing.assert_close(widget.all_weights(), exact[n], atol=0.002, rtol=0)
        widget.layer, widget.head, widget.token = 0, 2, 4
        torch.testing.assert_close(widget.weights(), widget.all_weights()[0, 2])
        row = exact[n, 0, 2, 4]
        on_patches = widget.on_patches()
        assert on_patches.shape == (2, 5)  # patches of 3 × 2 in 6 × 10 pixels
        torch.testing.assert_close(on_patches.flatten(), row[1:], atol=0.002, rtol=0)
        guess, probability = widget.prediction()
        assert guess == int(probabilities[n].argmax())
        assert probability == pytest.approx(float(probabilities[n].max()), abs=5e-5)
        right = "right" if guess == int(labels[n]) else "wrong"
        assert (
            f"read as {guess} with probability {probability:.2f}, which is {right}"
            in (widget.summary())
        )
    assert json.loads(json.dumps(widget.recordings)) == widget.recordings


@pytest.mark.parametrize("training", [True, False])
def test_recording_leaves_the_model_in_its_mode(training):
    model = Model().train(training)
    PatchAttentionViewer.record(model, *scans())
    assert model.training == training


def test_a_vision_transformer_is_recorded_and_twelve_scans_fit_a_page():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = VisionTransformer(8, 2, 1, 10, n_layers=4, n_heads=4)
    images, labels = scans(12, 8, 8)
    labels = labels % 10
    widget = PatchAttentionViewer(PatchAttentionViewer.record(model, images, labels))
    with torch.no_grad():
        logits, weights = model.eval()(images, need_weights=True)
    for n in (0, 11):
        widget.picked = n
        exact = weights[n].double()
        torch.testing.assert_close(widget.all_weights(), exact, atol=0.002, rtol=0)
        assert widget.prediction()[0] == int(logits[n].argmax())
    assert widget.on_patches().shape == (4, 4)
    assert 50_000 < len(json.dumps(widget.state())) <= 250_000


def test_the_patches_without_scripts_have_the_same_numbers_and_a_picture():
    widget = viewer(picked=3, layer=0, head=1, token=7)
    page = Page(widget)
    grid = widget.on_patches()
    rows = {row[0]: row[1:] for row in page.rows[:3]}
    assert rows["row"] == [f"column {c}" for c in range(5)]
    for r in range(2):
        shown = [number(cell) for cell in rows[str(r)]]
        assert shown == near(grid[r].tolist(), 3)
    probabilities = torch.tensor(widget.recording()["probabilities"])
    best = probabilities.topk(3)
    assert [int(row[0]) for row in page.rows[4:]] == best.indices.tolist()
    assert [number(row[1]) for row in page.rows[4:]] == near(best.values.tolist())
    assert "patch 6 (row 1, column 1) gives" in page.caption
    given = f"The class token gets {float(widget.weights()[7, 0]):.3f}"
    assert given in page.caption

    picture, alt = picture_of(widget)
    assert picture.shape == (192, 192 + 16 + 192)
    assert "scan of a 3" in alt
    brightest = divmod(int(grid.argmax()), 5)
    assert (
        f"brightest, {float(grid.max()):.3f}, in row {brightest[0]}, column {brightest[1]}"
        in alt
    )
    # The middle of each pixel of the scan, and of each patch of the weights.
    rows, columns = torch.arange(6) * 32 + 16, ((torch.arange(10) + 0.5) * 19.2).long()
    levels = picture[rows][:, columns].double() / 255
    torch.testing.assert_close(levels, widget.image(), atol=0.003, rtol=0)
    rows, columns = torch.tensor([48, 144]), ((torch.arange(5) + 0.5) * 38.4).long()
    levels = picture[rows][:, columns + 208].double() / 255
    torch.testing.assert_close(levels, grid / grid.max(), atol=0.003, rtol=0)


# The video player.


def test_videos_are_rounded_to_grey_levels_and_copied():
    given = videos()
    widget = VideoPlayer({**given, "channels": given["end"].unsqueeze(-1)})
    for name, video in given.items():
        torch.testing.assert_close(
            widget.video(name), video.double(), atol=0.51 / 255, rtol=0
        )
    assert torch.equal(widget.video("channels"), widget.video("end"))
    before = widget.video("small")
    given["small"].zero_()
    assert torch.equal(widget.video("small"), before)
    assert widget.n_frames == 6
    with pytest.raises(ValueError, match="name: expected one of small, large, end"):
        widget.video("other")


@pytest.mark.parametrize("frames", [(1, 6), (3, 6), (4, 6), (5, 7), (6, 6), (2, 5)])
def test_a_shorter_video_shows_the_frame_that_is_nearest_in_time(frames):
    few, many = frames
    widget = VideoPlayer({"few": torch.rand(few, 2, 2), "many": torch.rand(many, 2, 2)})
    for t in range(many):
        widget.frame = t
        middle = (t + 0.5) / many
        distances = [abs((n + 0.5) / few - middle) for n in range(few)]
        shown = widget.shown()
        assert shown[1] == t
        assert distances[shown[0]] == pytest.approx(min(distances))


@pytest.mark.parametrize(
    ("tokens", "context", "context_sizes", "extent"),
    [
        ((6, 7, 11), "small", None, (1, 1, 2)),
        ((6, 7, 11), None, None, (0, 2, 1)),
        ((3, 2, 5), "end", (5, 3, 2), (2, 0, 1)),
        ((2, 7, 1), None, None, (1, 1, 1)),
        ((3, 2, 5), "small", (1, 1, 1), (3, 2, 1)),
    ],
)
def test_a_pixel_s_weights_are_those_of_its_token(
    tokens, context, context_sizes, extent
):
    """Pixels, tokens and frames have sizes of their own; each maps to the next."""
    seen = {"small": (3, 4, 5), "end": (5, 7, 11), None: tokens}[context]
    on = context_sizes or seen
    weights = windows(tokens, on, extent)
    exact = weights_on_grid(weights, on).double()
    widget = VideoPlayer(
        videos(),
        weights=weights,
        extent=extent,
        query="large",
        context=context,
        context_sizes=context_sizes,
    )
    assert (widget.row, widget.column) == (3, 5)
    for frame, row, column in [(0, 0, 0), (5, 6, 10), (2, 3, 7), (4, 1, 9)]:
        widget.frame, widget.row, widget.column = frame, row, column
        token = [
            at * n // size
            for at, n, size in zip(
                (frame, row, column), tokens, (6, 7, 11), strict=True
            )
        ]
        assert widget.query_token() == token
        shown = widget.weights()
        assert tuple(shown.shape) == tuple(on)
        torch.testing.assert_close(shown, exact[tuple(token)], atol=0.002, rtol=0)


def test_the_query_s_own_frame_is_the_one_that_is_shown():
    """A query video shorter than the longest looks from its nearest frame."""
    widget = VideoPlayer(videos(), weights=windows((5, 7, 11), (5, 7, 11)))
    assert widget.attention["query"] == widget.attention["context"] == 2
    for frame, expected in [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (5, 4)]:
        widget.frame = frame
        assert widget.query_token()[0] == expected


def test_without_weights_there_is_nothing_to_look_at():
    widget = VideoPlayer(videos(), frame=5)
    assert widget.attention == {}
    assert widget.summary() == (
        "time 5 of 0 to 5 of small 3 × 4 × 5, large 6 × 7 × 11, end 5 × 7 × 11"
    )
    with pytest.raises(ValueError, match="weights: this player was given none"):
        widget.weights()


def test_the_videos_without_scripts_are_one_sheet_and_tables():
    widget = player(frame=4, row=6, column=2)
    page = Page(widget)
    rows = {row[0]: row[1:] for row in page.rows}
    frames = dict(zip(("small", "large", "end"), widget.shown(), strict=True))
    assert frames == {"small": 2, "large": 4, "end": 3}
    for name, n in frames.items():
        sizes, shown, brightness = rows[name]
        assert sizes == " × ".join(map(str, widget.video(name).shape))
        assert int(shown) == n
        assert number(brightness) == near(float(widget.video(name)[n].mean()))
    weights = widget.weights()
    best = weights.flatten().topk(6).values.tolist()
    told = page.rows[-6:]
    assert [number(row[1]) for row in told] == near(best, 3)
    for cell, weight in told:
        place = tuple(int(n) for n in numbers_in(cell))
        assert number(weight) == near(float(weights[place]), 3)
    by_frame = ", ".join(f"{w:.2f}" for w in weights.sum((1, 2)).tolist())
    assert f"by frame {by_frame}" in page.caption

    # Rows of the sheet: three videos, then the weights; a column for each time.
    picture, alt = picture_of(widget)
    assert picture.shape == (4 * 76 - 4, 6 * 76 - 4)
    assert "Frames of 3 videos, one in each row, at times 0, 1, 2, 3, 4, 5" in alt
    for name in frames:
        assert f"{name}, mean brightness {float(widget.video(name).mean()):.2f}" in alt
    assert f"frames 0, 1, 2 of the context, white = {float(weights.max()):.2f}" in alt
    for r, name in enumerate(frames):
        video = widget.video(name)
        _, height, width = video.shape
        drawn = 72 * height // width  # all are wider than high
        for t in range(6):
            n = (2 * t + 1) * len(video) // 12
            square = picture[76 * r : 76 * r + 72, 76 * t : 76 * t + 72].double() / 255
            ys = ((torch.arange(height) + 0.5) * drawn / height).long()
            xs = ((torch.arange(width) + 0.5) * 72 / width).long()
            torch.testing.assert_close(square[ys][:, xs], video[n], atol=0.003, rtol=0)
    last = picture[-72:, :72].double() / 255
    ys, xs = (
        ((torch.arange(4) + 0.5) * 57 / 4).long(),
        (torch.arange(5) * 14.4 + 7).long(),
    )
    expected = weights[0] / weights.max()
    torch.testing.assert_close(last[ys][:, xs], expected, atol=0.003, rtol=0)


def test_a_long_video_s_sheet_shows_eight_frames_spread_evenly():
    widget = VideoPlayer({"long": torch.linspace(0, 1, 20).reshape(20, 1, 1)})
    picture, alt = picture_of(widget)
    assert picture.shape == (72, 8 * 76 - 4)
    assert "1 video, one" in alt
    assert "at times 1, 3, 6, 8, 11, 13, 16, 18 from" in alt
    shown = picture[10, 10::76].double() / 255
    expected = widget.video("long").flatten()[[1, 3, 6, 8, 11, 13, 16, 18]]
    torch.testing.assert_close(shown, expected, atol=0.003, rtol=0)


def test_a_chapter_s_videos_and_weights_fit_a_page():
    draw = torch.Generator().manual_seed(1)
    truth = torch.rand(8, 16, 16, generator=draw)
    widget = VideoPlayer(
        {"C": torch.rand(4, 8, 8), "trilinear": truth, "ours": truth, "truth": truth},
        weights=windows((8, 16, 16), (4, 8, 8), (1, 1, 1)),
        query="ours",
        context="C",
    )
    assert 80_000 < len(json.dumps(widget.state())) <= 250_000
