"""Chapter 5: paint a small video, see it enlarged, and what each patch of it looks at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor

from ...grid_attention import weights_on_grid
from ...grid_models import VideoDecoder, trilinear
from ...shapes import a, check_axes, checked
from ..shared.base import check_range, check_within, double
from ..shared.fallback import grey_sheet, grey_square, html_table, png_data_uri
from ..shared.model_widget import ModelWidget
from ..shared.recordings import (
    BASE64,
    COUNT,
    EXTENT,
    SIZES,
    WEIGHTS,
    check_recordings,
    pack_weights,
    packed,
    unpack_weights,
    unpacked,
)

__all__ = ["VideoPad"]

MAX_RECORDINGS = 8
WHITE = 15  # the brightest of sixteen greys
KINDS = ("cross", "self")


class VideoPad(ModelWidget):
    """Paint a small video ``C``: what the decoder makes of it, and where its patches look.

    Formula: ``Y = decoder(C)`` beside ``trilinear(C)``; for a picked patch of ``Y``
    ``weights[layer, head, patch]`` on the patches of ``C`` ("cross") or of ``Y`` ("self")

    Args:
        recordings: videos to begin with, up to 8, as :meth:`record` returns.
        model: the model. With it and a running kernel the painting is enlarged; a built
            page shows the recordings.
        picked: the recording that is shown while nothing is painted.
        kind: whose patches are looked at, "cross" for those of ``C``, "self" for ``Y``'s.
        layer: the layer whose weights are shown; the last one by default.
        head: the head.
        frame, row, column: the patch of ``Y`` that looks; by default the middle one.
        in_browser: the name under which the book's build exports this very model. A built
            page then lets its reader load it and paint there too.

    A recording is a dictionary: ``sizes`` of ``Y`` and ``context_sizes`` of ``C``, in
    frames, rows and columns; ``patch``, ``context_patch``, ``extent``,
    ``context_extent``, ``n_layers`` and ``n_heads`` as in the model; ``video`` and
    ``enlarged``, the pixels of ``C`` and ``Y`` in 255ths; ``self`` and ``cross``, their
    weights as ``pack_weights`` rounds them.

    ``painting`` is the painted ``C``, one hexadecimal digit for each pixel, 0 = black to
    f = white, frame after frame and row after row, or "" for none; ``answer`` its
    recording.

    Raises:
        TypeError, ValueError: recordings or a model that do not fit.
        TraitError: a number out of range or no painting; it names the trait.

    Source: after Wu et al. 2021 (arXiv 2111.12417), section 3.3. Chapter 5.
    """

    entered: ClassVar[str] = "painting"

    kind = traitlets.Unicode("cross").tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    row = traitlets.Int(0).tag(sync=True)
    column = traitlets.Int(0).tag(sync=True)
    painting = traitlets.Unicode("").tag(sync=True)

    @checked(model=a(VideoDecoder))
    def __init__(
        self,
        recordings: Sequence[Mapping[str, Any]],
        model: VideoDecoder | None = None,
        picked: int = 0,
        kind: str = "cross",
        layer: int | None = None,
        head: int = 0,
        frame: int | None = None,
        row: int | None = None,
        column: int | None = None,
        in_browser: str = "",
        **kwargs: Any,
    ) -> None:
        check_recordings(
            recordings,
            _FIELDS,
            made_by="VideoPad.record",
            most=MAX_RECORDINGS,
            same=_SAME,
            texts_of=_texts,
        )
        first = recordings[0]
        if model is not None:
            made = _described(model)
            for name in _SAME:
                if made[name] != first[name]:
                    raise ValueError(
                        f"model: expected one with the recordings' {name} "
                        f"{first[name]}, got {made[name]}"
                    )
        middle = [n // 2 for n in _cells(first, "")]
        at = [
            place if given is None else given
            for place, given in zip(middle, (frame, row, column), strict=True)
        ]
        super().__init__(
            recordings,
            model,
            in_browser,
            picked=picked,
            kind=kind,
            layer=first["n_layers"] - 1 if layer is None else layer,
            head=head,
            frame=at[0],
            row=at[1],
            column=at[2],
            **kwargs,
        )

    @classmethod
    @checked(model=a(VideoDecoder))
    def record(cls, model: VideoDecoder, small: Tensor) -> list[dict[str, Any]]:
        """Enlarge videos and keep the answers and all attention weights, rounded.

        Args:
            model: a decoder with both attentions. It is left in the mode, training or not,
                that it was in.
            small: brightness from 0 to 1, ``(n, F', H', W', 1)``, at least one video of
                the sizes that the model reads.

        Returns:
            Recordings for the widget: about 160 KB for a video with 512 patches, windows
            of 27, 2 layers and 2 heads.

        Raises:
            TypeError, ValueError: videos that are no such tensor, or a decoder that lacks
                one of the two attentions.
        """
        described = _described(model)
        check_axes("small", small, "n {} {} {} 1".format(*model.context_sizes))
        if not len(small):
            raise ValueError("small: expected at least one video, got none")
        check_within("small", small, 0, 1, "brightness")
        was_training = model.training
        model.eval()
        try:
            with torch.no_grad():
                enlarged, weights, cross = model(small, need_weights=True)
        finally:
            model.train(was_training)
        return [
            {
                **described,
                "video": packed(small[n] * 255, "u1"),
                "enlarged": packed(enlarged[n].clamp(0, 1) * 255, "u1"),
                "self": pack_weights(weights[n].flatten(-3)),
                "cross": pack_weights(cross[n].flatten(-3)),
            }
            for n in range(len(small))
        ]

    @property
    def cells(self) -> list[int]:
        """How many patches ``Y`` has: along the frames, the rows and the columns."""
        return _cells(self.recordings[0], "")

    def video(self) -> Tensor:
        """Return ``C``, brightness from 0 to 1, ``(F', H', W')``."""
        recording = self.recordings[self.picked]
        if self.painting:
            levels = double([int(digit, 16) for digit in self.painting]) / WHITE
        else:
            levels = unpacked(recording["video"], "u1") / 255
        return levels.to(torch.float32).reshape(recording["context_sizes"])

    def straight(self) -> Tensor:
        """Return ``C`` enlarged by straight lines, ``(F, H, W)``."""
        video = self.video()[None, ..., None]  # (1, F', H', W', 1)
        return trilinear(video, self.recordings[0]["sizes"])[0, ..., 0]

    def enlarged(self) -> Tensor:
        """Return ``Y`` as the model drew it, in 256 grey levels: 0 to 1, ``(F, H, W)``."""
        recording = self.recording()
        levels = unpacked(recording["enlarged"], "u1") / 255
        return levels.reshape(recording["sizes"])

    def weights(self) -> Tensor:
        """Return the picked patch's weights on the patches of ``C`` or ``Y``, a grid."""
        recording = self.recording()
        of = "context_" if self.kind == "cross" else ""
        window = [2 * e + 1 for e in recording[f"{of}extent"]]
        shape = recording["n_layers"], recording["n_heads"], *self.cells
        every = unpack_weights(recording[self.kind], [*shape, math.prod(window)])
        of_head = every[self.layer, self.head].unflatten(-1, window)
        with torch.device("cpu"):  # where its indices are made
            on_grid = weights_on_grid(of_head, _cells(recording, of))
        return on_grid[self.frame, self.row, self.column]

    def summary(self) -> str:
        """Say what is enlarged, and where the picked patch looks."""
        recording, weights = self.recording(), self.weights()
        what = "a painting" if self.painting and self.answer else f"video {self.picked}"
        small, large = (
            " × ".join(map(str, recording[name])) for name in ("context_sizes", "sizes")
        )
        place = torch.unravel_index(weights.argmax(), weights.shape)
        where = ", ".join(str(int(n)) for n in place)
        by_frame = ", ".join(f"{w:.2f}" for w in weights.sum(dim=(1, 2)).tolist())
        return (
            f"{what} of {small} pixels, C, is enlarged to {large}, Y; in layer "
            f"{self.layer}, head {self.head}, patch ({self.frame}, {self.row}, "
            f"{self.column}) of Y gives patch ({where}) of {_LOOKED_AT[self.kind]} the "
            f"most weight, {float(weights.max()):.2f}; by frame {by_frame}"
        )

    def fallback(self) -> str:
        """Return the videos as one picture, and the largest weights as an HTML table."""
        weights = self.weights()
        top = float(weights.max()) or 1.0
        strips = [self.video(), self.straight(), self.enlarged(), weights / top]
        sheet = grey_sheet(
            [[grey_square(frame) for frame in strip] for strip in strips]
        )
        alt = (
            "Frames from left to right, in four rows: the small video C; the same "
            "enlarged by straight lines; by the decoder, Y; and the weights of the picked "
            f"patch of Y on the patches of {_LOOKED_AT[self.kind]}, white = {top:.2f}"
        )
        best = weights.flatten().topk(min(6, weights.numel()))
        rows = []
        for n, weight in zip(best.indices, best.values.tolist(), strict=True):
            place = torch.unravel_index(n, weights.shape)
            rows.append([", ".join(str(int(at)) for at in place), f"{weight:.3f}"])
        caption = self.summary()
        return "\n".join(
            [
                f'<img alt="{escape(alt)}" width="{sheet.shape[1]}" '
                f'height="{sheet.shape[0]}" src="{png_data_uri(sheet)}">',
                html_table(
                    f"{caption[0].upper()}{caption[1:]}.",
                    ["frame, row, column", "weight"],
                    rows,
                ),
            ]
        )

    @traitlets.validate("painting")  # type: ignore[untyped-decorator]
    def _check_painting(self, proposal: dict[str, Any]) -> str:
        value = str(proposal["value"])
        expected = math.prod(self.recordings[0]["context_sizes"])
        if value and (len(value) != expected or not set(value) <= _DIGITS):
            raise traitlets.TraitError(
                f"painting: expected {expected} hexadecimal digits or none, "
                f"got {len(value)} characters"
            )
        return value

    def _answer_to(self, entered: str) -> dict[str, Any]:
        (recording,) = self.record(self._model, self.video()[None, ..., None])
        return recording

    @traitlets.validate("kind")  # type: ignore[untyped-decorator]
    def _check_kind(self, proposal: dict[str, Any]) -> str:
        if proposal["value"] not in KINDS:
            raise traitlets.TraitError(
                f"kind: expected one of {', '.join(KINDS)}, got {proposal['value']!r}"
            )
        return str(proposal["value"])

    @traitlets.validate("picked", "layer", "head", "frame", "row", "column")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        frames, rows, columns = self.cells
        sizes = {
            "picked": len(self.recordings),
            "layer": self.recordings[0]["n_layers"],
            "head": self.recordings[0]["n_heads"],
            "frame": frames,
            "row": rows,
            "column": columns,
        }
        return check_range(name, value, 0, sizes[name] - 1)


_DIGITS = set("0123456789abcdef")
_LOOKED_AT = {"cross": "C", "self": "Y"}
_FIELDS = {
    "sizes": SIZES,
    "context_sizes": SIZES,
    "patch": SIZES,
    "context_patch": SIZES,
    "extent": EXTENT,
    "context_extent": EXTENT,
    "n_layers": COUNT,
    "n_heads": COUNT,
    "video": BASE64,
    "enlarged": BASE64,
    "self": WEIGHTS,
    "cross": WEIGHTS,
}
# What all recordings of one model have in common.
_SAME = [name for name, kind in _FIELDS.items() if kind in (SIZES, EXTENT, COUNT)]


def _described(model: VideoDecoder) -> dict[str, Any]:
    """Return what all recordings of a model say of it."""
    if not (model.config["use_self"] and model.config["use_cross"]):
        raise ValueError(
            "model: expected a decoder with both attentions, got one without"
        )
    block: Any = model.blocks[0]
    return {
        "sizes": list(model.sizes),
        "context_sizes": list(model.context_sizes),
        "patch": list(model.patch),
        "context_patch": list(model.config["context_patch"]),
        "extent": list(block.attention.extent),
        "context_extent": list(block.cross.extent),
        "n_layers": len(model.blocks),
        "n_heads": block.attention.n_heads,
    }


def _cells(recording: Mapping[str, Any], of: str) -> list[int]:
    """Count the patches of Y, or of C if ``of`` is "context_", along each axis."""
    pairs = zip(recording[f"{of}sizes"], recording[f"{of}patch"], strict=True)
    return [size // patch for size, patch in pairs]


def _texts(recording: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """List the base64 of a recording, each with the bytes that it must hold."""
    n_rows = recording["n_layers"] * recording["n_heads"]
    n_rows *= math.prod(_cells(recording, ""))
    texts = {
        "video": (recording["video"], math.prod(recording["context_sizes"])),
        "enlarged": (recording["enlarged"], math.prod(recording["sizes"])),
    }
    for name, of in (("self", ""), ("cross", "context_")):
        n = math.prod(2 * e + 1 for e in recording[f"{of}extent"])
        texts[f"{name}: largest"] = recording[name]["largest"], 2 * n_rows
        texts[f"{name}: weights"] = recording[name]["weights"], n * n_rows
    return texts
