"""Chapter 5: a film's cells find themselves in the frame before, and carry what is painted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import torch
import traitlets
from torch import Tensor

from ...grid_attention import nearby_attention_direct
from ...grid_models import Follower
from ...lab.following import (
    CHANGED,
    SHARPNESS,
    STRIDE,
    Fetch,
    carry,
    fetch_by_pixels,
    fetch_same_place,
    fetch_with,
    overlap,
    pixel_vectors,
    split_colour,
)
from ...shapes import a, check_text, checked, positive
from ..shared.base import CourseWidget, check_range, double
from ..shared.fallback import html_table, png_data_uri
from ..shared.recordings import (
    BASE64,
    COUNT,
    SIZES,
    TEXT,
    Kind,
    check_recordings,
    is_count,
    is_list,
    is_number,
    is_text,
    packed,
    unpacked,
)

__all__ = ["ClipFollower"]

MAX_EXTENT = 6
MAX_RECORDINGS = 4
WAYS = {
    "trained": "the trained follower",
    "pixels": "grey patches as they are",
    "copy": "the same place",
}
TINT = torch.tensor([255.0, 120.0, 0.0], dtype=torch.double)
ON_SHEET = 6  # frames of the picture that stands in


class ClipFollower(CourseWidget):
    """See where the cells of a film's frame look in the frame before; carry a painted mask.

    Formula: ``Y = softmax(q K^T) V`` for every cell, as
    :class:`attention_course.grid_models.Follower` has it; ``V`` is colour, or a mask

    Args:
        recordings: clips, up to 4 of one size, each as :meth:`record` returns.
        picked: the clip that is shown.
        way: who fetches: "trained", the follower; "pixels", grey patches as they are;
            "copy", the same place.
        extent: how far to look, in height and in width, 0 to 6 cells.
        frame: the frame that is shown, from 0; in frame 0 a mask is given.
        row, column: the cell that looks; the middle one by default.
        arrows: whether every cell that changed gets an arrow.
        painting: the mask of frame 0, one bit for each cell, row after row, four to a
            hexadecimal digit; "" for the one that was recorded.

    Raises:
        TypeError, ValueError: recordings that do not fit.
        TraitError: a number out of range, an unknown way or no painting; it names the trait.

    Source: after Vondrick et al. 2018 (arXiv 1806.09594), section 3. Chapter 5.
    """

    recordings = traitlets.List(read_only=True).tag(sync=True)
    picked = traitlets.Int(0).tag(sync=True)
    way = traitlets.Unicode("trained").tag(sync=True)
    extent = traitlets.Int(2).tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    row = traitlets.Int(0).tag(sync=True)
    column = traitlets.Int(0).tag(sync=True)
    arrows = traitlets.Bool(False).tag(sync=True)
    painting = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        recordings: Sequence[Mapping[str, Any]],
        picked: int = 0,
        way: str = "trained",
        extent: int = 2,
        frame: int = 1,
        row: int | None = None,
        column: int | None = None,
        arrows: bool = False,
        painting: str = "",
        **kwargs: Any,
    ) -> None:
        check_recordings(
            recordings,
            _FIELDS,
            made_by="ClipFollower.record",
            most=MAX_RECORDINGS,
            same=("sizes",),
            texts_of=_texts,
        )
        for i, recording in enumerate(recordings):
            _check_masks(f"recordings[{i}]", recording)
        self.set_trait("recordings", [dict(recording) for recording in recordings])
        rows, columns = self.cells
        super().__init__(
            picked=picked,
            way=way,
            extent=extent,
            frame=frame,
            row=rows // 2 if row is None else row,
            column=columns // 2 if column is None else column,
            arrows=arrows,
            painting=painting,
            **kwargs,
        )

    @staticmethod
    @checked(model=a(Follower), frames="F H W 3", rate=positive)
    def record(
        model: Follower,
        frames: Tensor,
        *,
        name: str,
        credit: str,
        rate: int,
        masks: Mapping[int, Tensor] | None = None,
    ) -> dict[str, Any]:
        """Make the recording of a clip and of the follower that looks about in it.

        Args:
            model: the follower, with the one more key, *stay*.
            frames: ``(F, H, W, 3)``, brightness 0 to 1, at least two frames.
            name: of the clip.
            credit: whom to name where the clip is shown.
            rate: frames a second of the clip.
            masks: by the number of the frame, boolean ``(nH, nW)``: that of frame 0 is
                carried, and others are compared with what arrives.

        Returns:
            Plain values: ``sizes`` (F, H, W); as base64 ``grey``, in 255ths, ``colour``,
            red and blue of each cell, and ``weights``, the follower's parameters; three
            ``scales``, the steps of the last two and the follower's sharpness; its
            ``layers`` (patch_extent, d_hidden, d_model); ``masks``, pairs of a frame's
            number and a mask as in ``painting``.

        Raises:
            TypeError, ValueError: a model without *stay* or with another stride, a single
                frame, masks of another size.
        """
        check_text("name", name)
        check_text("credit", credit)
        if model.to_stay is None or model.stride != STRIDE:
            raise ValueError(
                f"model: expected a stride of {STRIDE} and stay=True, got "
                f"{model.stride} and {model.to_stay is not None}"
            )
        if len(frames) < 2:
            raise ValueError(f"frames: expected at least two, got {len(frames)}")
        grey, colour = (x.double().cpu() for x in split_colour(frames.detach()))
        ends = colour[..., [0, 2]]  # red and blue; all three add up to 0
        numbers = torch.cat(
            [p.detach().double().cpu().flatten() for p in _parts(model)]
        )
        colour_step = max(float(ends.abs().max()) / 127, 1e-6)
        weight_step = max(float(numbers.abs().max()) / 32767, 1e-9)
        sharpness = float(model.log_sharpness.detach().exp())
        return {
            "name": name,
            "credit": credit,
            "rate": int(rate),
            "sizes": list(grey.shape[:3]),
            "grey": packed(grey * 255, "u1"),
            "colour": packed(ends / colour_step, "i1"),
            "weights": packed(numbers / weight_step, "<i2"),
            "scales": [colour_step, weight_step, sharpness],
            "layers": _layers(model),
            "masks": _recorded(masks, colour.shape[:3]),
        }

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of cells, each of 2 × 2 pixels."""
        _, height, width = self.recordings[0]["sizes"]
        return height // STRIDE, width // STRIDE

    def mask(self) -> Tensor:
        """Return the mask that frame 0 is given, boolean ``(nH, nW)``."""
        recorded = dict(self.recordings[self.picked]["masks"])
        return _bits(self.painting or recorded.get(0, ""), self.cells)

    def weights(self) -> Tensor:
        """Return what the picked cell gives to the cells of the frame before, ``(nH, nW)``.

        The one more key, *stay*, counts as what it stands for: the same place.
        """
        film, n, e = self._film(), self._later(), self.extent
        window = torch.zeros(2 * e + 1, 2 * e + 1, dtype=torch.double, device="cpu")
        if self.way == "copy":
            window[e, e] = 1
        else:
            window += film.looks(self.way, n, e)[self.row, self.column]
        (rows, columns), (top, left) = self.cells, (self.row, self.column)
        grid = window.new_zeros(rows + 2 * e, columns + 2 * e)
        grid[top : top + 2 * e + 1, left : left + 2 * e + 1] = window
        return grid[e : e + rows, e : e + columns]

    def moved(self) -> tuple[float, float]:
        """Return where the picked cell was on average: rows down and columns to the right."""
        weights = self.weights()
        places = (weights.sum(1), self.row), (weights.sum(0), self.column)
        down, right = (
            float((share * (torch.arange(len(share), device="cpu") - own)).sum())
            for share, own in places
        )
        return down, right

    def errors(self) -> dict[str, dict[str, float | None]]:
        """Measure the fetched colours of this frame, as ``colour_error`` does.

        Returns:
            By way: "changed" and "still", the error on those cells; ``None`` if there are
            none. In the first frame nothing.
        """
        if self.frame == 0:
            return {}
        film, n = self._film(), self.frame
        changed = film.changed(n)
        found: dict[str, dict[str, float | None]] = {}
        for way in WAYS:
            colour = film.fetch(way, self.extent)(
                slice(n - 1, n), n, film.colour[n - 1 : n]
            )
            error = (colour - film.colour[n]).square().mean(dim=-1)  # (nH, nW)
            parts = {"changed": error[changed], "still": error[~changed]}
            found[way] = {
                name: float(part.mean().sqrt()) if part.numel() else None
                for name, part in parts.items()
            }
        return found

    def carried(self) -> Tensor:
        """Return the mask after it was carried to this frame, 0 to 1, ``(nH, nW)``."""
        return self._carried(self.frame)[-1]

    def overlaps(self) -> float | None:
        """Compare the carried mask with the recorded one of this frame, if there is one."""
        recorded = dict(self.recordings[self.picked]["masks"])
        if self.frame not in recorded or not self.frame:
            return None
        truth = _bits(recorded[self.frame], self.cells)
        return overlap(self.carried() >= 0.5, truth)

    def summary(self) -> str:
        """Say where the picked cell looks, how far off the colours are, what was carried."""
        name, n_frames = (
            self.recordings[self.picked]["name"],
            self.recordings[self.picked]["sizes"][0],
        )
        told = [f"frame {self.frame} of 0 to {n_frames - 1} of {name}"]
        if self.frame:
            weights, (down, right) = self.weights(), self.moved()
            best = divmod(int(weights.argmax()), self.cells[1])
            changed = int(self._film().changed(self.frame).sum())
            errors = ", ".join(
                f"{WAYS[way]} {_thousandths(error['changed'])}"
                for way, error in self.errors().items()
            )
            told += [
                f"{WAYS[self.way]}, extent {self.extent}: the cell in row {self.row}, column "
                f"{self.column} gives cell ({best[0]}, {best[1]}) of frame {self.frame - 1} "
                f"the most weight, {float(weights.max()):.2f}, and was on average "
                f"{_away(down, right)}",
                f"error on the {changed} changed cells, in thousandths: {errors}",
            ]
        told.append(f"the mask covers {int((self.carried() >= 0.5).sum())} cells")
        return "; ".join(told)

    def fallback(self) -> str:
        """Return frames with the carried mask as one picture, and the errors as a table."""
        recording = self.recordings[self.picked]
        n_frames = recording["sizes"][0]
        steps = min(ON_SHEET, n_frames)
        shown = [round(i * (n_frames - 1) / (steps - 1)) for i in range(steps)]
        masks = self._carried(n_frames - 1)
        sheet = torch.cat([self._tinted(n, masks[n]) for n in shown], dim=1)[:, :-4]
        alt = (
            f"Frames {', '.join(map(str, shown))} of {recording['name']}, from left to "
            "right, the mask of frame 0 orange on each: it covers "
            f"{', '.join(str(int((masks[n] >= 0.5).sum())) for n in shown)} cells"
        )
        rows = [
            [WAYS[way], *(_thousandths(error[name]) for name in ("changed", "still"))]
            for way, error in self.errors().items()
        ] or [["the mask of frame 0", str(int(self.mask().sum())), "cells"]]
        heads = ["error, in thousandths", "changed cells", "still cells"]
        caption = f"Clip: {self.summary()}. Film: {recording['credit']}."
        return (
            f'<img alt="{escape(alt)}" width="{sheet.shape[1]}" height="{sheet.shape[0]}" '
            f'src="{png_data_uri(sheet)}">\n{html_table(caption, heads, rows)}'
        )

    def _tinted(self, n: int, mask: Tensor) -> Tensor:
        """Paint a frame with a mask over it, in few levels: bytes ``(H, W + 4, 3)``."""
        share = 0.6 * mask.repeat_interleave(STRIDE, 0).repeat_interleave(STRIDE, 1)
        pixels = 255 * self._film().frames[n].clamp(0, 1)  # (H, W, 3)
        mixed = pixels + share[..., None] * (TINT - pixels)
        levels = (mixed / 12).round().mul(12).clamp(0, 255).to(torch.uint8)
        gap = levels.new_full((len(levels), 4, 3), 96)
        return torch.cat([levels, gap], dim=1)

    def _carried(self, last: int) -> Tensor:
        """Carry the mask of frame 0 to frame ``last``: ``(last + 1, nH, nW)``."""
        given = self.mask().double()[..., None]  # (nH, nW, 1)
        fetch = self._film().fetch(self.way, self.extent)
        return carry(fetch, given, last=last)[..., 0]

    def _later(self) -> int:
        if self.frame == 0:
            raise ValueError("frame: expected one with a frame before it, got 0")
        return self.frame

    def _film(self) -> _Film:
        if self._shown is None or self._shown[0] != self.picked:
            self._shown = self.picked, _Film(self.recordings[self.picked])
        return self._shown[1]

    _shown: tuple[int, _Film] | None = None

    @traitlets.validate(  # type: ignore[untyped-decorator]
        "picked", "extent", "frame", "row", "column"
    )
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name = proposal["trait"].name
        low, high = {
            "picked": (0, len(self.recordings) - 1),
            "extent": (0, MAX_EXTENT),
            "frame": (0, min(one["sizes"][0] for one in self.recordings) - 1),
            "row": (0, self.cells[0] - 1),
            "column": (0, self.cells[1] - 1),
        }[name]
        return check_range(name, proposal["value"], low, high)

    @traitlets.validate("way")  # type: ignore[untyped-decorator]
    def _check_way(self, proposal: dict[str, Any]) -> str:
        if proposal["value"] not in WAYS:
            raise traitlets.TraitError(
                f"way: expected one of {', '.join(WAYS)}, got {proposal['value']!r}"
            )
        return str(proposal["value"])

    @traitlets.validate("painting")  # type: ignore[untyped-decorator]
    def _check_painting(self, proposal: dict[str, Any]) -> str:
        painting = proposal["value"]
        if painting and not _is_mask(painting, self.cells):
            raise traitlets.TraitError(
                f"painting: expected {_digits(self.cells)} hexadecimal digits, a bit for "
                f"each of {self.cells} cells, got {painting[:40]!r}"
            )
        return str(painting)


class _Film:
    """A recording as numbers, in double precision, on the CPU."""

    def __init__(self, recording: Mapping[str, Any]) -> None:
        n_frames, height, width = recording["sizes"]
        rows, columns = height // STRIDE, width // STRIDE
        grey = unpacked(recording["grey"], "u1").reshape(n_frames, height, width, 1)
        red, blue = (
            recording["scales"][0]
            * unpacked(recording["colour"], "i1").reshape(n_frames, rows, columns, 2)
        ).unbind(-1)
        self.grey = grey / 255  # (F, H, W, 1)
        self.colour = torch.stack([red, -red - blue, blue], dim=-1)  # (F, nH, nW, 3)
        pixels = self.colour.repeat_interleave(STRIDE, 1).repeat_interleave(STRIDE, 2)
        self.frames = self.grey + pixels  # (F, H, W, 3)
        self.model = _follower(recording)

    def changed(self, n: int) -> Tensor:
        """Tell which cells' grey is another than that of the same place before."""
        cells = self.grey[:, ::STRIDE, ::STRIDE, 0]
        return (cells[n] - cells[n - 1]).abs() > CHANGED

    def fetch(self, way: str, extent: int) -> Fetch:
        """Make the function that fetches in this way."""
        if way == "copy":
            return fetch_same_place
        make = {"trained": self._fetch_trained, "pixels": self._fetch_by_pixels}[way]
        return make(extent)

    def _fetch_trained(self, extent: int) -> Fetch:
        return _on_cpu(fetch_with(self.model, self.frames, extent=extent))

    def _fetch_by_pixels(self, extent: int) -> Fetch:
        return _on_cpu(fetch_by_pixels(self.frames, extent=extent))

    @torch.no_grad()
    def looks(self, way: str, n: int, extent: int) -> Tensor:
        """Return all cells' weights, ``(nH, nW, 2e + 1, 2e + 1)``; *stay* is the middle."""
        before, side = slice(n - 1, n), 2 * extent + 1
        with torch.device("cpu"):  # where indices are made
            if way == "pixels":
                vectors = pixel_vectors(self.frames[n - 1 : n + 1])
                query = vectors[1:] * SHARPNESS * vectors.shape[-1] ** 0.5
                _, weights = nearby_attention_direct(
                    query, vectors[:1], self.colour[before], (0, extent, extent)
                )
                return weights[0, :, :, 0]
            self.model.extent = extent
            _, weights = self.model(
                self.grey[None, n : n + 1],
                self.grey[None, before],
                self.colour[None, before],
            )
        near = weights[0, 0, :, :, :-1].clone()  # (nH, nW, (2e + 1)²)
        near[..., near.shape[-1] // 2] += weights[0, 0, :, :, -1]
        return near.unflatten(-1, (side, side))


def _on_cpu(fetch: Fetch) -> Fetch:
    """Fetch with indices made on the CPU, whatever the session's default device."""

    def fetched(earlier: slice, later: int, values: Tensor) -> Tensor:
        with torch.device("cpu"):
            return fetch(earlier, later, values)

    return fetched


def _parts(model: Follower) -> list[Tensor]:
    """List a follower's parameters in the order of recording, all but its sharpness."""
    assert model.to_stay is not None
    layers = model.to_hidden, model.to_vector
    return [p for layer in layers for p in (layer.weight, layer.bias)] + [model.to_stay]


def _layers(model: Follower) -> list[int]:
    """List patch_extent, d_hidden and d_model."""
    hidden, vector = model.to_hidden, model.to_vector
    return [model.patch_extent, hidden.out_features, vector.out_features]


def _follower(recording: Mapping[str, Any]) -> Follower:
    """Make the follower of a recording, in double precision."""
    patch_extent, d_hidden, d_model = recording["layers"]
    with torch.device("meta"):  # draws no random numbers
        model = Follower(
            d_model=d_model, d_hidden=d_hidden, patch_extent=patch_extent
        ).double()
    numbers = recording["scales"][1] * unpacked(recording["weights"], "<i2")
    sizes = [part.numel() for part in _parts(model)]
    names = (
        "to_hidden.weight", "to_hidden.bias", "to_vector.weight", "to_vector.bias", "to_stay",
    )  # fmt: skip
    state = {
        name: part.reshape(shaped.shape)
        for name, part, shaped in zip(
            names, numbers.split(sizes), _parts(model), strict=True
        )
    }
    state["log_sharpness"] = double(recording["scales"][2]).log()
    model.load_state_dict(state, assign=True)
    return model.requires_grad_(False)


def _n_numbers(layers: Sequence[int]) -> int:
    """Count the parameters of a follower with such layers, all but its sharpness."""
    patch_extent, d_hidden, d_model = layers
    n_inputs = (2 * patch_extent + 1) ** 2 + 1
    return (n_inputs + 1) * d_hidden + (d_hidden + 2) * d_model


def _texts(recording: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """The base64 of a recording, each with the bytes that it must hold."""
    n_frames, height, width = recording["sizes"]
    n_cells = (height // STRIDE) * (width // STRIDE)
    return {
        "grey": (recording["grey"], n_frames * height * width),
        "colour": (recording["colour"], 2 * n_frames * n_cells),
        "weights": (recording["weights"], 2 * _n_numbers(recording["layers"])),
    }


def _away(down: float, right: float) -> str:
    vertical = "higher" if down < 0 else "lower"
    side = "left" if right < 0 else "right"
    return f"{abs(down):.1f} rows {vertical} and {abs(right):.1f} columns to the {side}"


def _thousandths(error: float | None) -> str:
    return "–" if error is None else f"{1000 * error:.1f}"


# Masks: a bit for each cell, row after row, four to a hexadecimal digit.


def _digits(cells: tuple[int, int]) -> int:
    return -(-cells[0] * cells[1] // 4)


def _is_mask(text: Any, cells: tuple[int, int]) -> bool:
    return (
        is_text(text)
        and len(text) == _digits(cells)
        and set(text) <= set("0123456789abcdef")
    )


def _hex(mask: Tensor) -> str:
    bits = "".join("1" if bit else "0" for bit in mask.flatten().tolist())
    padded = bits.ljust(-(-len(bits) // 4) * 4, "0")
    return "".join(f"{int(padded[i : i + 4], 2):x}" for i in range(0, len(padded), 4))


def _bits(text: str, cells: tuple[int, int]) -> Tensor:
    """Read a mask, boolean ``(nH, nW)``; none has no cell in it."""
    bits = "".join(f"{int(digit, 16):04b}" for digit in text).ljust(
        cells[0] * cells[1], "0"
    )
    flat = [bit == "1" for bit in bits[: cells[0] * cells[1]]]
    return torch.tensor(flat, dtype=torch.bool, device="cpu").unflatten(0, cells)


def _recorded(masks: Any, sizes: Sequence[int]) -> list[list[Any]]:
    """Write masks, by number of the frame, for a clip of cells ``(F, nH, nW)``."""
    n_frames, *cells = sizes
    masks = {} if masks is None else masks
    if not isinstance(masks, Mapping) or not all(
        type(n) is int and 0 <= n < n_frames for n in masks
    ):
        got = list(masks) if isinstance(masks, Mapping) else type(masks).__name__
        raise TypeError(
            f"masks: expected masks by number of the frame, 0 to {n_frames - 1}, got {got}"
        )
    return [
        [n, _hex(_checked_mask(f"masks[{n}]", masks[n], cells))] for n in sorted(masks)
    ]


def _checked_mask(name: str, mask: Any, cells: Sequence[int]) -> Tensor:
    """Check a mask of cells.

    Raises:
        TypeError, ValueError: no boolean tensor, or of another size.
    """
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        got = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(f"{name}: expected a boolean tensor, got {got}")
    if mask.shape != tuple(cells):
        raise ValueError(
            f"{name}: expected a bit for each cell, {tuple(cells)}, got {tuple(mask.shape)}"
        )
    return mask


def _check_masks(name: str, recording: Mapping[str, Any]) -> None:
    """Check what only a recording's own sizes tell."""
    n_frames, height, width = recording["sizes"]
    if n_frames < 2 or height % STRIDE or width % STRIDE:
        raise ValueError(
            f"{name}: sizes: expected at least two frames of whole cells, got "
            f"{recording['sizes']}"
        )
    cells = height // STRIDE, width // STRIDE
    for n, mask in recording["masks"]:
        if n >= n_frames or not _is_mask(mask, cells):
            raise ValueError(
                f"{name}: masks: expected {_digits(cells)} hexadecimal digits by frame, "
                f"got frame {n}, {mask[:40]!r}"
            )


SCALES = Kind(
    "three positive numbers",
    lambda xs: is_list(xs, lambda x: is_number(x, 1e-12)) and len(xs) == 3,
)
LAYERS = Kind(
    "patch_extent, d_hidden and d_model", lambda x: SIZES.holds(x) and max(x) <= 256
)
MASKS = Kind(
    "pairs of a frame's number and a mask",
    lambda pairs: is_list(
        pairs,
        lambda pair: (
            is_list(pair, lambda _: True)
            and len(pair) == 2
            and is_count(pair[0], 0)
            and is_text(pair[1])
        ),
    ),
)
_FIELDS = {
    "name": TEXT,
    "credit": TEXT,
    "rate": COUNT,
    "sizes": SIZES,
    "grey": BASE64,
    "colour": BASE64,
    "weights": BASE64,
    "scales": SCALES,
    "layers": LAYERS,
    "masks": MASKS,
}
