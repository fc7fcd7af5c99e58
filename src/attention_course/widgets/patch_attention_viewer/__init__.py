"""Chapter 5: which patches of a scanned digit a vision transformer looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import torch
import traitlets
from torch import Tensor, nn

from ...shapes import (
    check_axes,
    check_integer,
    check_sizes,
    checked,
    network,
)
from ..shared.base import CourseWidget, check_range, check_within
from ..shared.fallback import html_table, png_data_uri
from ..shared.recordings import (
    BASE64,
    COUNT,
    SHARES,
    Kind,
    check_recordings,
    is_count,
    pack_weights,
    packed,
    unpack_weights,
    unpacked,
)

__all__ = ["PatchAttentionViewer", "check_scans"]

MAX_RECORDINGS = 50
SIDE = 192  # pixels of an enlarged scan in the view without scripts


class PatchAttentionViewer(CourseWidget):
    """View attention over patches: scan, layer, head, token → weights on all patches.

    Formula: ``weights[layer, head, token] = softmax_j(query[token] · key[j] / √d_head)``

    Args:
        recordings: what :meth:`record` returns, up to 50, all of one model.
        picked: the scan that is shown.
        layer: the layer, from 0; the last one by default.
        head: the head, from 0.
        token: the token that looks: 0 is the class token, 1 the first patch.

    A recording is a dictionary: ``height``, ``width`` and ``image``, the scan's pixels in
    255ths; ``rows`` and ``columns`` of patches; ``label``, the true class;
    ``probabilities``, the model's, one for each class, to four decimals; ``n_layers`` and
    ``n_heads``; ``largest`` and ``weights`` as :func:`pack_weights` rounds them.

    Raises:
        ValueError: recordings that are none, of different models, or more than a page
            should carry.
        TraitError: a number out of range, now or later; it names the trait and the range.

    Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), section 3.1. Chapter 5.
    """

    recordings = traitlets.List(read_only=True).tag(sync=True)
    picked = traitlets.Int(0).tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    token = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        recordings: Sequence[Mapping[str, Any]],
        picked: int = 0,
        layer: int | None = None,
        head: int = 0,
        token: int = 0,
        **kwargs: Any,
    ) -> None:
        check_scans(recordings)
        self.set_trait("recordings", [dict(recording) for recording in recordings])
        if layer is None:
            layer = recordings[0]["n_layers"] - 1
        super().__init__(picked=picked, layer=layer, head=head, token=token, **kwargs)

    @classmethod
    @checked(model=network)
    def record(
        cls, model: nn.Module, images: Tensor, labels: Tensor
    ) -> list[dict[str, Any]]:
        """Classify scans and keep the answers and all attention weights, rounded.

        Args:
            model: a :class:`attention_course.grid_models.VisionTransformer`. It is left in
                the mode, training or not, that it was in.
            images: brightness from 0 to 1, ``(n, H, W, 1)``, at least one.
            labels: their true classes, ``(n,)``.

        Returns:
            Recordings for the widget: about 7 KB for a scan with 16 patches, 4 layers and
            4 heads.

        Raises:
            TypeError, ValueError: images or labels that are no such tensors.
        """
        found = check_axes("images", images, "n H W 1")
        check_axes("labels", labels, "n", found, floating=False)
        config = getattr(model, "config", {})
        if "patch" not in config:
            got = type(model).__name__
            raise TypeError(f"model: expected a VisionTransformer, got {got}")
        if not len(images):
            raise ValueError("images: expected at least one, got none")
        check_within("images", images, 0, 1, "brightness")
        was_training = model.training
        model.eval()
        try:
            with torch.no_grad():
                logits, weights = model(images, need_weights=True)
        finally:
            model.train(was_training)
        check_integer("labels", labels, below=logits.shape[-1])
        patch = check_sizes("patch", config["patch"])
        height, width = found["H"], found["W"]
        return [
            {
                "height": height,
                "width": width,
                "image": packed(image.squeeze(-1) * 255, "u1"),
                "rows": height // patch[0],
                "columns": width // patch[-1],
                "label": int(label),
                "probabilities": [round(p, 4) for p in shares.tolist()],
                "n_layers": grid.shape[0],
                "n_heads": grid.shape[1],
                **pack_weights(grid),
            }
            for image, label, shares, grid in zip(
                images, labels, logits.double().softmax(-1), weights, strict=True
            )
        ]

    def recording(self) -> dict[str, Any]:
        """Return the recording that is shown."""
        return dict(self.recordings[self.picked])

    @property
    def n_tokens(self) -> int:
        """How many tokens look and are looked at: the class token and the patches."""
        return _n_tokens(self.recordings[0])

    def image(self) -> Tensor:
        """Return the scan that is shown: brightness from 0 to 1, ``(H, W)``."""
        recording = self.recording()
        levels = unpacked(recording["image"], "u1") / 255
        return levels.reshape(recording["height"], recording["width"])

    def all_weights(self) -> Tensor:
        """Return all weights ``(n_layers, n_heads, T, T)``, rounded, in double precision."""
        recording, size = self.recording(), self.n_tokens
        return unpack_weights(
            recording, (recording["n_layers"], recording["n_heads"], size, size)
        )

    def weights(self) -> Tensor:
        """Return the picked head's weights ``(T, T)``: row = looks, column = is looked at."""
        return self.all_weights()[self.layer, self.head]

    def on_patches(self) -> Tensor:
        """Return the picked token's weights on the patches ``(rows, columns)``."""
        recording = self.recording()
        row = self.weights()[self.token, 1:]  # (N,)
        return row.reshape(recording["rows"], recording["columns"])

    def prediction(self) -> tuple[int, float]:
        """Return the model's class for the scan and its probability."""
        probabilities = self.recording()["probabilities"]
        best = max(range(len(probabilities)), key=probabilities.__getitem__)
        return best, probabilities[best]

    def summary(self) -> str:
        """Say what the model reads in the scan, and where the picked token looks most."""
        recording, row = self.recording(), self.weights()[self.token]
        guess, probability = self.prediction()
        right = "right" if guess == recording["label"] else "wrong"
        best = int(row.argmax())
        return (
            f"scan {self.picked}, a {recording['label']}, is read as {guess} with "
            f"probability {probability:.2f}, which is {right}; in layer {self.layer}, head "
            f"{self.head}, {self._named(self.token)} gives {self._named(best)} the most "
            f"weight, {float(row[best]):.3f}"
        )

    def fallback(self) -> str:
        """Return the scan beside the weights as a picture, and both as HTML tables."""
        recording, grid = self.recording(), self.on_patches()
        rows, columns = grid.shape
        darkest, brightest = (
            divmod(int(n), columns) for n in (grid.argmin(), grid.argmax())
        )
        alt = (
            f"Left: the scan of a {recording['label']}. Right: the weights of "
            f"{self._named(self.token)} on the {rows} × {columns} patches, brightest, "
            f"{float(grid.max()):.3f}, in row {brightest[0]}, column {brightest[1]}, darkest, "
            f"{float(grid.min()):.3f}, in row {darkest[0]}, column {darkest[1]}"
        )
        pair = [_enlarged(self.image()), _enlarged(grid / grid.max().clamp(min=1e-9))]
        gap = torch.full((SIDE, SIDE // 12), 255, dtype=torch.uint8, device="cpu")
        picture = torch.cat([pair[0], gap, pair[1]], dim=1)
        guesses = sorted(
            enumerate(recording["probabilities"]), key=lambda pair: (-pair[1], pair[0])
        )
        return "\n".join(
            [
                f'<img alt="{escape(alt)}" width="{picture.shape[1]}" '
                f'height="{picture.shape[0]}" src="{png_data_uri(picture)}">',
                html_table(
                    f"Attention over patches: {self.summary()}. The class token gets "
                    f"{float(self.weights()[self.token, 0]):.3f}, the patches:",
                    ["row", *(f"column {c}" for c in range(columns))],
                    [
                        [str(r), *(f"{weight:.3f}" for weight in line)]
                        for r, line in enumerate(grid.tolist())
                    ],
                ),
                html_table(
                    "The model's most likely classes.",
                    ["class", "probability"],
                    [[str(name), f"{p:.2f}"] for name, p in guesses[:3]],
                ),
            ]
        )

    def _named(self, token: int) -> str:
        if token == 0:
            return "the class token"
        row, column = divmod(token - 1, self.recording()["columns"])
        return f"patch {token - 1} (row {row}, column {column})"

    @traitlets.validate("picked", "layer", "head", "token")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        sizes = {
            "picked": len(self.recordings),
            "layer": self.recordings[0]["n_layers"],
            "head": self.recordings[0]["n_heads"],
            "token": self.n_tokens,
        }
        return check_range(name, value, 0, sizes[name] - 1)


def _enlarged(picture: Tensor) -> Tensor:
    """Draw numbers from 0 to 1 ``(rows, columns)`` as grey squares ``(SIDE, SIDE)``."""
    rows, columns = (
        torch.arange(SIDE, device="cpu") * size // SIDE for size in picture.shape
    )  # (SIDE,)
    return (picture[rows][:, columns] * 255).round().to(torch.uint8)


def _n_tokens(recording: Mapping[str, Any]) -> int:
    return int(1 + recording["rows"] * recording["columns"])


_FIELDS = {
    "height": COUNT,
    "width": COUNT,
    "image": BASE64,
    "rows": COUNT,
    "columns": COUNT,
    "label": Kind("a whole number from 0", lambda value: is_count(value, 0)),
    "probabilities": SHARES,
    "n_layers": COUNT,
    "n_heads": COUNT,
    "largest": BASE64,
    "weights": BASE64,
}
_SAME = ("height", "width", "rows", "columns", "n_layers", "n_heads")


def check_scans(recordings: Any) -> None:
    """Check recordings of scans.

    Raises:
        ValueError: they are none; the error names the recording and the field.
    """
    check_recordings(
        recordings,
        _FIELDS,
        made_by="PatchAttentionViewer.record",
        most=MAX_RECORDINGS,
        same=_SAME,
        texts_of=_texts,
    )
    n_classes = len(recordings[0]["probabilities"])
    for i, recording in enumerate(recordings):
        if len(recording["probabilities"]) != n_classes:
            raise ValueError(
                f"recordings[{i}]: probabilities: expected numbers from 0 to 1 for "
                f"{n_classes} classes, got {len(recording['probabilities'])}"
            )
        if recording["label"] >= n_classes:
            raise ValueError(
                f"recordings[{i}]: label: expected one of {n_classes} classes, "
                f"got {recording['label']}"
            )


def _texts(recording: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """List the base64 of a recording, each with the bytes that it must hold."""
    size = _n_tokens(recording)
    n_rows = recording["n_layers"] * recording["n_heads"] * size
    sizes = {
        "image": recording["height"] * recording["width"],
        "largest": 2 * n_rows,
        "weights": n_rows * size,
    }
    return {name: (recording[name], n) for name, n in sizes.items()}
