"""What is recorded comes back nearly the same; what is no recording is refused."""

from __future__ import annotations

import base64
import math
import re

import pytest
import torch

from attention_course.widgets import DecodingStepper
from attention_course.widgets.shared.recordings import pack_weights, unpack_weights
from tests.widgets.every import EXAMPLES, WIDGETS


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


def recorded_kinds():
    """Widgets made of recordings, each with recordings to break."""
    for kind in WIDGETS:
        if "recordings" in kind.class_trait_names():
            widget = EXAMPLES[kind].usual()
            recordings = [dict(recording) for recording in widget.recordings]
            if kind is DecodingStepper:  # it keeps the vocabulary once
                for recording in recordings:
                    recording["symbols"] = list(widget.symbols)
            yield kind, recordings


KINDS = list(recorded_kinds())
FIELDS = [(kind, rs, name) for kind, rs in KINDS for name in rs[0]]
# No field holds one of these; the others fit some field, or fit another recording.
NEVER = [True, -1, 2.5, b"AA", {"largest": 1}, torch.zeros(3), object()]
MISFITS = [None, "", "!?", [], [None], [math.inf], [[]], [["a"]], 10**6, [0.5], ["a"]]


@pytest.mark.parametrize(
    ("kind", "recordings", "name"),
    FIELDS,
    ids=[f"{kind.__name__}-{name}" for kind, _, name in FIELDS],
)
def test_a_field_of_a_wrong_kind_is_named(kind, recordings, name):
    for wrong in NEVER:
        broken = [{**recording, name: wrong} for recording in recordings]
        with pytest.raises(ValueError, match=rf"\[0\]: {name}: expected .*, got "):
            kind(broken)


@pytest.mark.parametrize(
    ("kind", "recordings", "name"),
    FIELDS,
    ids=[f"{kind.__name__}-{name}" for kind, _, name in FIELDS],
)
def test_a_recording_that_is_taken_is_displayed(kind, recordings, name):
    refusals = []
    for wrong in MISFITS:
        broken = [{**recording, name: wrong} for recording in recordings]
        try:
            widget = kind(broken)
        except ValueError as error:
            refusals.append(str(error))
        else:
            assert widget._repr_mimebundle_()[0]["text/html"]
    clear = re.compile(r"(recordings|translations)(\[\d\])?: .*expected")
    assert [text for text in refusals if not clear.match(text)] == []
    assert len(refusals) >= len(MISFITS) - 4  # a sentence may be any text


@pytest.mark.parametrize(
    ("kind", "recordings"), KINDS, ids=[kind.__name__ for kind, _ in KINDS]
)
def test_what_is_no_list_of_recordings_is_refused(kind, recordings):
    for wrong in (None, 5, "abc", {}, [], [None], [5], ["abc"], [{}], [[]], iter(())):
        with pytest.raises(ValueError, match=r"(recordings|translations)(\[0\])?: "):
            kind(wrong)
    extra, missing = (
        [dict(one) for one in recordings],
        [dict(one) for one in recordings],
    )
    extra[0]["more"] = 1
    missing[-1].popitem()
    for wrong in (extra, missing):
        with pytest.raises(ValueError, match=r"\]: expected .*a dictionary with"):
            kind(wrong)
