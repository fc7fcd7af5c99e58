"""The video decoder enlarges videos in the page as by torch."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import torch

from attention_course.grid_models import VideoDecoder
from attention_course.widgets import VideoPad
from attention_course.widgets.shared.recordings import unpack_weights
from tests.browser import let_run
from tests.site.models.pages import (
    VIDEOS,
    ask,
    widget,
)

pytestmark = pytest.mark.browser


def test_videos_are_enlarged_as_by_torch(loaded, answers):
    expected = answers[VIDEOS]
    got = ask(loaded, VIDEOS, [{"video": one["video"]} for one in expected])
    assert len(got) == 6
    for ours, torchs in zip(got, expected, strict=True):
        for name in ("enlarged", "straight", "self", "cross"):
            np.testing.assert_allclose(ours[name], torchs[name], rtol=0, atol=1e-5)
        # The answer is a recording, as Python would make it.
        answer = ours["answer"]
        VideoPad([answer])
        pixels = np.frombuffer(base64.b64decode(answer["enlarged"]), "u1") / 255
        np.testing.assert_allclose(
            pixels, torchs["enlarged"], rtol=0, atol=0.5001 / 255
        )
        for name in ("self", "cross"):
            found = unpack_weights(answer[name], (2, 2, 512, 27)).flatten()
            np.testing.assert_allclose(found, torchs[name], rtol=0, atol=0.002)


def test_a_recording_is_packed_as_in_python(loaded, answers):
    """Letter for letter, but for the last bit of a rounded number here and there."""
    one = answers[VIDEOS][0]
    (ours,) = ask(loaded, VIDEOS, [{"video": one["video"]}])

    class Same(VideoDecoder):
        def forward(self, video, *, need_weights):
            cells = (1, 2, 2, 8, 8, 8, 3, 3, 3)
            tensors = (
                torch.tensor(one[name]) for name in ("enlarged", "self", "cross")
            )
            shapes = ((1, 8, 16, 16, 1), cells, cells)
            return tuple(t.reshape(s) for t, s in zip(tensors, shapes, strict=True))

    video = torch.tensor(one["video"]).reshape(1, 4, 8, 8, 1)
    (torchs,) = VideoPad.record(Same((8, 16, 16), (4, 8, 8)), video)
    answer = ours["answer"]
    assert answer.keys() == torchs.keys()
    texts = [(answer, torchs, "video", "u1"), (answer, torchs, "enlarged", "u1")]
    for part in ("self", "cross"):
        assert answer[part].keys() == torchs[part].keys()
        texts.append((answer[part], torchs[part], "largest", "<u2"))
        texts.append((answer[part], torchs[part], "weights", "u1"))
    for ours, theirs, name, kind in texts:
        numbers = [
            np.frombuffer(base64.b64decode(text[name]), kind).astype(int)
            for text in (ours, theirs)
        ]
        assert abs(numbers[0] - numbers[1]).max() <= 1
        assert (numbers[0] == numbers[1]).mean() > 0.98
    rest = set(answer) - {"video", "enlarged", "self", "cross"}
    assert {name: answer[name] for name in rest} == {
        name: torchs[name] for name in rest
    }


def test_a_reader_paints_a_video_and_it_is_enlarged(loaded):
    place = widget(loaded, VideoPad)
    place.get_by_role("button", name="Clear all").click()
    frame = place.locator(".ac-vd-paint canvas").nth(1)
    frame.scroll_into_view_if_needed()
    box = None
    while box != (box := frame.bounding_box()):  # what loads above it may move it
        let_run(loaded, 200)
    for i, (r, c) in enumerate([(1, 2), (1, 6), (6, 3)]):  # a seven
        at = (
            box["x"] + (c + 0.5) * box["width"] / 8,
            box["y"] + (r + 0.5) * box["width"] / 8,
        )
        loaded.mouse.move(*at, steps=4)
        if i == 0:
            loaded.mouse.down()
    loaded.mouse.up()
    place.locator(".ac-summary").get_by_text("Your video:").wait_for()
    let_run(loaded, 600)  # the last of the stroke
    model = f"""attentionCourse.models.get(document.querySelector(
        "[data-ac-module={VideoPad.module}]").dataset.acId)"""
    painting, shown = loaded.evaluate(
        f"[{model}.get('painting'), {model}.get('answer')]"
    )
    greys = [int(digit, 16) for digit in painting]
    assert set(greys) == {0, 15}
    assert not any(greys[:64] + greys[128:])  # only in frame 1
    (answer,) = ask(loaded, VIDEOS, [{"video": [grey / 15 for grey in greys]}])
    assert shown == answer["answer"]
    frames = np.array(answer["enlarged"]).reshape(8, 256)
    assert frames.max(axis=1).argmax() in (2, 3)  # where frame 1 of C is
