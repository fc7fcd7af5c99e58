"""The patch attention viewer as a Python object: state, recordings, and no scripts."""

from __future__ import annotations

import json
import math

import pytest
import torch
import traitlets

from attention_course.grid_models import VisionTransformer
from attention_course.widgets import PatchAttentionViewer
from tests.widgets.example import random
from tests.widgets.helpers import Page, near, number, picture_of
from tests.widgets.patch_attention_viewer.example import ToyReader


def viewer(**state):
    return PatchAttentionViewer(ToyReader().record(), **state)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: viewer(picked=5), r"picked: .* from 0 to 4, got 5"),
        (lambda: viewer(layer=2), r"layer: .* from 0 to 1, got 2"),
        (lambda: viewer(head=-1), r"head: .* from 0 to 2, got -1"),
        (lambda: viewer(token=11), r"token: .* from 0 to 10, got 11"),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


def changed(**changes):
    (recording,) = ToyReader(1).record()
    return recording | changes


def record(images=None, labels=None):
    reader = ToyReader()
    return PatchAttentionViewer.record(
        reader,
        reader.images if images is None else images,
        torch.arange(5) if labels is None else labels,
    )


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
            lambda: PatchAttentionViewer(ToyReader(n_layers=40, n_heads=20).record()),
            ValueError,
            r"at most 240,000 letters of base64 in all, got \d{3},\d{3}: record fewer",
        ),
        (lambda: record(ToyReader().images + 1), ValueError, "images: .*from 0 to 1"),
        (
            lambda: record(ToyReader().images[..., 0]),
            ValueError,
            r"images: .*\(n, H, W, 1\)",
        ),
        (
            lambda: record(torch.empty(0, 6, 10, 1), torch.empty(0).long()),
            ValueError,
            "images: expected at least one",
        ),
        (lambda: record(labels=torch.arange(4)), ValueError, r"labels: .*n = 5"),
        (lambda: record(labels=torch.arange(5) + 3), IndexError, "labels: .*0 to 6"),
    ],
)
def test_what_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token", 11),
    ],
)
def test_a_refused_change_leaves_the_state_as_it_was(name, value):
    widget = viewer()
    before = widget.state()
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(widget, name, value)
    assert widget.state() == before


def test_recordings_are_read_only():
    widget = viewer()
    with pytest.raises(traitlets.TraitError, match="read-only"):
        widget.recordings = widget.recordings


def test_state_is_observed():
    widget, seen = viewer(), []
    widget.observe(lambda change: seen.append(change["new"]), names="token")
    widget.token = 7
    assert seen == [7]


def test_a_recording_is_the_model_s_answer_rounded():
    model, widget = ToyReader(), viewer()
    assert (widget.layer, widget.head, widget.token) == (1, 0, 0)
    assert widget.n_tokens == 11
    exact, probabilities = model.weights.double(), model.logits.softmax(-1)
    for n in range(5):
        widget.picked = n
        image = model.images[n, ..., 0].double()
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
        right = "right" if guess == n else "wrong"
        assert (
            f"read as {guess} with probability {probability:.2f}, which is {right}"
            in (widget.summary())
        )
    assert json.loads(json.dumps(widget.recordings)) == widget.recordings


@pytest.mark.parametrize("training", [True, False])
def test_recording_leaves_the_model_in_its_mode(training):
    model = ToyReader().train(training)
    model.record()
    assert model.training == training


def test_a_vision_transformer_is_recorded_and_twelve_scans_fit_a_page():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = VisionTransformer(8, 2, 1, 10, n_layers=4, n_heads=4)
    images = torch.rand(12, 8, 8, 1, generator=random(2))
    labels = torch.arange(12) % 10
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
