"""Weights are recorded in bytes: what comes back is near, and zeros stay zeros."""

from __future__ import annotations

import base64

import torch

from attention_course.widgets.shared.recordings import pack_weights, unpack_weights


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
