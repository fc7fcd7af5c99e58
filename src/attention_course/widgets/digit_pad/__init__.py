"""Chapter 5: draw a digit and see what the vision transformer makes of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor

from ...grid_models import VisionTransformer
from ...shapes import a, checked
from ..patch_attention_viewer import PatchAttentionViewer, check_scans
from ..shared.base import check_range, double
from ..shared.fallback import html_table
from ..shared.model_widget import ModelWidget
from ..shared.recordings import unpack_weights

__all__ = ["DigitPad", "scan_drawing"]

SIDE = 32  # pixels of the pad's side
BLOCK = 4  # pixels of a block's side: 8 × 8 blocks, as in the scans
DIGITS = 10


class DigitPad(ModelWidget):
    """Draw a digit: what the model reads, and which patches its class token looks at.

    Formula: ``scan[r, c] = (ink in block (r, c) of the drawing) / 16``, then
    ``probabilities = softmax(model(scan))``

    The drawing is 32 × 32 pixels, black or white. It is moved and resized to fill the
    square, cut into blocks of 4 × 4, and the ink in each block counted: so the real scans
    were made, up to the resizing.

    Args:
        recordings: scans to begin with, up to 50, as
            :meth:`attention_course.widgets.PatchAttentionViewer.record` returns, of 8 × 8
            pixels and ten classes.
        model: the model. With it and a running kernel the drawing is read; a built page
            shows the recordings.
        picked: the recording that is shown while nothing is drawn.
        layer: the layer whose weights are shown; the last one by default.
        head: the head.
        in_browser: the name under which the book's build exports this very model. A built
            page then lets its reader load it and draw there too.

    ``drawing`` is the drawing, eight hexadecimal digits for each row of pixels, the
    leftmost pixel first, or "" for none; ``answer`` its recording, without ``label``.

    Raises:
        TypeError, ValueError: recordings or a model that do not fit.
        TraitError: a number out of range or no drawing; it names the trait.

    Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), section 3.1. Chapter 5.
    """

    entered: ClassVar[str] = "drawing"

    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    drawing = traitlets.Unicode("").tag(sync=True)

    @checked(model=a(VisionTransformer))
    def __init__(
        self,
        recordings: Sequence[Mapping[str, Any]],
        model: VisionTransformer | None = None,
        picked: int = 0,
        layer: int | None = None,
        head: int = 0,
        in_browser: str = "",
        **kwargs: Any,
    ) -> None:
        check_scans(recordings)
        first = recordings[0]
        sizes = first["height"], first["width"]
        if sizes != (SIDE // BLOCK,) * 2 or len(first["probabilities"]) != DIGITS:
            raise ValueError("recordings: expected scans of 8 × 8 pixels, ten classes")
        if model is not None and model.image_size != (SIDE // BLOCK,) * 2:
            raise ValueError(
                f"model: expected one for pictures of (8, 8), got {model.image_size}"
            )
        if layer is None:
            layer = first["n_layers"] - 1
        super().__init__(
            recordings,
            model,
            in_browser,
            picked=picked,
            layer=layer,
            head=head,
            **kwargs,
        )

    def scan(self) -> Tensor:
        """Return what the model reads: ink from 0 to 1, ``(8, 8)``."""
        if self.drawing:
            return scan_drawing(_pixels(self.drawing))
        levels = base64.b64decode(self.recordings[self.picked]["image"])
        scan = torch.tensor(list(levels), dtype=torch.float32, device="cpu")
        return scan.reshape(8, 8) / 255

    def probabilities(self) -> Tensor:
        """Return the model's probability of each digit, ``(10,)``, rounded."""
        return double(self.recording()["probabilities"])

    def weights(self) -> Tensor:
        """Return the class token's weights in the picked head, ``(T,)``, itself first."""
        recording = self.recording()
        n_tokens = 1 + recording["rows"] * recording["columns"]
        shape = recording["n_layers"], recording["n_heads"], n_tokens, n_tokens
        return unpack_weights(recording, shape)[self.layer, self.head, 0]

    def summary(self) -> str:
        """Say what is read, how surely, and where the class token looks."""
        recording, probabilities = self.recording(), self.probabilities()
        label = recording.get("label")
        what = "a drawing" if label is None else f"the scan of a {label}"
        patches = self.weights()[1:]
        best = int(patches.argmax())
        row, column = divmod(best, recording["columns"])
        digit = int(probabilities.argmax())
        return (
            f"{what} is read as {digit} with probability {float(probabilities[digit]):.2f}; "
            f"in layer {self.layer}, head {self.head}, of all patches the class token "
            f"looks most at that in row {row}, column {column}, with weight "
            f"{float(patches[best]):.2f}"
        )

    def fallback(self) -> str:
        """Return the probabilities of the digits as an HTML table."""
        rows = [
            [str(n), f"{p:.2f}"] for n, p in enumerate(self.probabilities().tolist())
        ]
        caption = self.summary()
        return html_table(
            f"{caption[0].upper()}{caption[1:]}.", ["digit", "probability"], rows
        )

    @traitlets.validate("drawing")  # type: ignore[untyped-decorator]
    def _check_drawing(self, proposal: dict[str, Any]) -> str:
        value = str(proposal["value"])
        digits = set("0123456789abcdef")
        if value and (len(value) != SIDE * SIDE // 4 or not set(value) <= digits):
            raise traitlets.TraitError(
                f"drawing: expected {SIDE * SIDE // 4} hexadecimal digits or none, "
                f"got {len(value)} characters"
            )
        return value if value.strip("0") else ""

    def _answer_to(self, entered: str) -> dict[str, Any]:
        images = scan_drawing(_pixels(entered))[None, ..., None]  # (1, 8, 8, 1)
        labels = torch.zeros(1, dtype=torch.long, device="cpu")  # nobody knows it
        (recording,) = PatchAttentionViewer.record(self._model, images, labels)
        del recording["label"]
        return recording

    @traitlets.validate("picked", "layer", "head")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        sizes = {
            "picked": len(self.recordings),
            "layer": self.recordings[0]["n_layers"],
            "head": self.recordings[0]["n_heads"],
        }
        return check_range(name, value, 0, sizes[name] - 1)


def scan_drawing(pixels: Tensor) -> Tensor:
    """Turn a drawing into a scan: fill the square, then count the ink in each block.

    Args:
        pixels: boolean ``(32, 32)``, ``True`` = ink.

    Returns:
        Ink from 0 to 1 in sixteenths, ``(8, 8)``; all zero for an empty drawing.

    Source: the description of the scans, see :mod:`attention_course.data.digits`.
    Chapter 5.
    """
    filled = torch.zeros(SIDE, SIDE, dtype=torch.float32, device=pixels.device)
    where = pixels.nonzero()  # (n, 2)
    if len(where):
        (top, left), (bottom, right) = where.amin(0).tolist(), where.amax(0).tolist()
        height, width = bottom - top + 1, right - left + 1
        side = max(height, width)
        # The pixel of the drawing under the middle of each pixel of the filled square.
        place = (2 * torch.arange(SIDE, device=pixels.device) + 1) * side // (2 * SIDE)
        rows = place - (side - height) // 2
        columns = place - (side - width) // 2
        inside = ((rows >= 0) & (rows < height))[:, None] & (
            (columns >= 0) & (columns < width)
        )
        taken = pixels[top + rows.clamp(0, height - 1)][
            :, left + columns.clamp(0, width - 1)
        ]
        filled = (taken & inside).to(torch.float32)
    blocks = filled.unflatten(0, (-1, BLOCK)).unflatten(2, (-1, BLOCK))  # (8, 4, 8, 4)
    return blocks.sum(dim=(1, 3)) / BLOCK**2  # (8, 8)


def _pixels(drawing: str) -> Tensor:
    """Read a drawing back, ``(32, 32)``."""
    bits = "".join(f"{int(digit, 16):04b}" for digit in drawing)
    return torch.tensor([bit == "1" for bit in bits], device="cpu").reshape(SIDE, SIDE)
