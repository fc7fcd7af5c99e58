"""Chapter 5's digit pad: a drawing becomes a scan, and the model reads it."""

import random

import pytest
import torch
import traitlets

from attention_course.grid_models import VisionTransformer
from attention_course.widgets import DigitPad, PatchAttentionViewer
from attention_course.widgets.digit_pad import scan_drawing


def digits_of(pixels):
    """Write a drawing ``(32, 32)`` in hexadecimal digits."""
    bits = "".join(str(int(bit)) for bit in pixels.flatten())
    return f"{int(bits, 2):0256x}"


def drawings(n):
    """Draw boxes of random pixels, of all sizes and places."""
    draw = random.Random(8)
    for _ in range(n):
        height, width = draw.randint(1, 32), draw.randint(1, 32)
        top, left = draw.randint(0, 32 - height), draw.randint(0, 32 - width)
        pixels = torch.zeros(32, 32, dtype=torch.bool)
        for r in range(top, top + height):
            for c in range(left, left + width):
                pixels[r, c] = draw.random() < 0.6
        yield pixels


def slow_scan(pixels):
    """Fill the square pixel by pixel, then count."""
    ink = [(r, c) for r in range(32) for c in range(32) if pixels[r, c]]
    scan = torch.zeros(8, 8)
    if not ink:
        return scan
    top, left = min(r for r, _ in ink), min(c for _, c in ink)
    height, width = max(r for r, _ in ink) - top + 1, max(c for _, c in ink) - left + 1
    side = max(height, width)
    for i in range(32):
        for j in range(32):
            r = int((i + 0.5) / 32 * side) - (side - height) // 2
            c = int((j + 0.5) / 32 * side) - (side - width) // 2
            if 0 <= r < height and 0 <= c < width and pixels[top + r, left + c]:
                scan[i // 4, j // 4] += 1 / 16
    return scan


@pytest.fixture(scope="module")
def model():
    with torch.random.fork_rng():
        torch.manual_seed(2)
        return VisionTransformer(
            8, 2, 1, 10, d_model=12, n_heads=3, n_layers=2, d_hidden=7
        ).eval()


@pytest.fixture(scope="module")
def recordings(model):
    images = torch.rand(3, 8, 8, 1, generator=torch.Generator().manual_seed(3))
    return PatchAttentionViewer.record(model, images, torch.tensor([4, 0, 7]))


@pytest.mark.slow
def test_a_drawing_becomes_a_scan_as_the_slow_way_says():
    for pixels in drawings(60):
        assert torch.equal(scan_drawing(pixels), slow_scan(pixels))


def test_a_drawing_that_fills_the_pad_is_only_counted():
    pixels = torch.rand(32, 32, generator=torch.Generator().manual_seed(1)) < 0.4
    pixels[0, 0] = pixels[31, 31] = True
    blocks = pixels.float().reshape(8, 4, 8, 4).mean(dim=(1, 3))
    assert torch.equal(scan_drawing(pixels), blocks)


def test_place_and_size_of_a_drawing_do_not_matter():
    small = torch.rand(11, 7, generator=torch.Generator().manual_seed(1)) < 0.5
    small[0], small[:, 0], small[-1], small[:, -1] = True, True, True, True
    here, there, large = (torch.zeros(32, 32, dtype=torch.bool) for _ in range(3))
    here[:11, :7] = small
    there[21:, 20:27] = small
    large[3:25, 9:23] = small.repeat_interleave(2, 0).repeat_interleave(2, 1)
    assert torch.equal(scan_drawing(here), scan_drawing(there))
    assert torch.equal(scan_drawing(here), scan_drawing(large))
    assert not scan_drawing(torch.zeros(32, 32, dtype=torch.bool)).any()


def test_the_model_reads_what_is_drawn(model, recordings):
    pad = DigitPad(recordings, model)
    for pixels in drawings(5):
        pad.drawing = digits_of(pixels)
        assert torch.equal(pad.scan(), scan_drawing(pixels))
        with torch.no_grad():
            logits, weights = model(pad.scan()[None, ..., None], need_weights=True)
        torch.testing.assert_close(
            pad.probabilities(), logits[0].softmax(-1).double(), rtol=0, atol=1e-4
        )
        torch.testing.assert_close(
            pad.weights(), weights[0, 1, 0, 0].double(), rtol=0, atol=0.002
        )
        assert f"a drawing is read as {int(logits.argmax())} with" in pad.summary()
        assert f"<td>{float(pad.probabilities()[3]):.2f}</td>" in pad.fallback()
        assert "label" not in pad.answer
    pad.drawing = "0" * 256
    assert (pad.drawing, pad.answer) == ("", {})
    assert "the scan of a 4" in pad.summary()


def test_without_a_model_a_drawing_is_not_read(recordings):
    pad = DigitPad(recordings, picked=2)
    assert not pad.typing
    pad.drawing = digits_of(next(drawings(1)))
    assert pad.answer == {}
    assert pad.recording()["label"] == 7


def test_a_scan_is_what_was_recorded(model, recordings):
    pad = DigitPad(recordings, picked=1, layer=0, head=2)
    images = torch.rand(3, 8, 8, 1, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(pad.scan(), images[1, ..., 0], rtol=0, atol=0.5001 / 255)
    with torch.no_grad():
        _, weights = model(images[1:2], need_weights=True)
    torch.testing.assert_close(
        pad.weights(), weights[0, 0, 2, 0].double(), rtol=0, atol=0.002
    )


def test_what_does_not_fit_is_refused(model, recordings):
    with pytest.raises(ValueError, match="recordings: expected a list of 1 to 50"):
        DigitPad([])
    other = VisionTransformer(4, 2, 1, 10, d_model=4, n_heads=1, n_layers=1)
    four = PatchAttentionViewer.record(other, torch.rand(1, 4, 4, 1), torch.tensor([1]))
    with pytest.raises(ValueError, match="expected scans of 8 × 8 pixels, ten classes"):
        DigitPad(four)
    with pytest.raises(ValueError, match=r"model: .* got \(4, 4\)"):
        DigitPad(recordings, other)
    pad = DigitPad(recordings, model)
    for wrong in ("f", "g" * 256, "F" * 256, "0" * 257):
        with pytest.raises(traitlets.TraitError, match="drawing: expected 256 hexadec"):
            pad.drawing = wrong
    for name, wrong in (("picked", 3), ("layer", 2), ("head", 3), ("head", -1)):
        with pytest.raises(traitlets.TraitError, match=f"{name}: expected a whole"):
            setattr(pad, name, wrong)
    assert pad.drawing == ""
