"""Chapter 1: see a photo become a sequence of vectors."""

from __future__ import annotations

import base64
import math
from html import escape
from typing import Any

import torch
import traitlets
from torch import Tensor

from ...data.photo import photo as default_photo
from ...embedding import patchify
from ...shapes import check_axes
from ..shared.base import CourseWidget, check_range, check_within
from ..shared.fallback import html_table, png_data_uri

__all__ = ["PatchExplorer"]

MAX_BLOCKS = 1024
MAX_SIDE = 512
MAX_D_MODEL = 1000
MAX_PICTURES = 64
GREY_LEVELS = 256


class PatchExplorer(CourseWidget):
    """Explore patch embedding: photo → blocks → vectors → tokens.

    Formula: ``N = (H / P) (W / P)``, ``tokens = patches weight``

    Args:
        photo: brightness from 0 to 1, floating-point ``(H, W)`` or ``(H, W, 1)``, at most
            512 × 512; rounded to 256 grey levels and copied. Without one, the course's photo.
        patch: height and width of a block, ``P``: one of ``patch_choices``, the sizes that
            divide both sides of the photo and give at most 1,024 blocks.
        d_model: dimension of a token, 1 to 1,000; for the shapes and counts.
        n_pictures: how many pictures there are, ``M``, 1 to 64; for the shapes.
        picked: the picked block, from 0 to N - 1, row after row; the middle one by default.

    Raises:
        TypeError, ValueError: a photo that is no such tensor, or cannot be cut.
        TraitError: a number out of range, now or later; it names the trait and the range.

    A larger ``patch`` moves ``picked`` to the last block left where it must.
    Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), section 3.1. Chapter 1.
    """

    photo = traitlets.Unicode(read_only=True).tag(sync=True)  # grey levels, base64
    height = traitlets.Int(read_only=True).tag(sync=True)
    width = traitlets.Int(read_only=True).tag(sync=True)
    patch_choices = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)
    patch = traitlets.Int(16).tag(sync=True)
    d_model = traitlets.Int(1000).tag(sync=True)
    n_pictures = traitlets.Int(1).tag(sync=True)
    picked = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        photo: Tensor | None = None,
        patch: int = 16,
        d_model: int = 1000,
        n_pictures: int = 1,
        picked: int | None = None,
        **kwargs: Any,
    ) -> None:
        levels = _grey_levels(default_photo() if photo is None else photo)  # (H, W)
        height, width = levels.shape
        side = math.gcd(height, width)
        choices = [
            size
            for size in range(2, side + 1)
            if side % size == 0 and height * width <= MAX_BLOCKS * size * size
        ]
        if not choices:
            raise ValueError(
                "photo: expected sides with a common divisor that gives at most "
                f"{MAX_BLOCKS} blocks, got {height} × {width} pixels"
            )
        self._levels = levels
        self.set_trait("photo", base64.b64encode(levels.numpy().tobytes()).decode())
        self.set_trait("height", height)
        self.set_trait("width", width)
        self.set_trait("patch_choices", choices)
        if picked is None and patch in choices:
            picked = (height // patch // 2) * (width // patch) + width // patch // 2
        super().__init__(
            patch=patch,
            d_model=d_model,
            n_pictures=n_pictures,
            picked=picked or 0,
            **kwargs,
        )

    @property
    def n_tokens(self) -> int:
        """How many blocks a picture has, ``N``."""
        return (self.height // self.patch) * (self.width // self.patch)

    def patches(self) -> Tensor:
        """Return every block as a vector of brightness from 0 to 1, ``(N, P²)``."""
        grid = self._levels.unsqueeze(-1).to(torch.float32) / 255  # (H, W, 1)
        return patchify(grid, self.patch).flatten(0, 1)  # (N, P²)

    def weight(self) -> Tensor:
        """Return the four hand-made columns that the widget projects with, ``(P², 4)``.

        For the pixel in row y, column x of a block, with ``c(i) = cos(π (i + ½) / P)``:
        1, c(x), c(y) and c(x) c(y), all divided by P². They measure the mean, left against
        right, top against bottom and the diagonals; a trained layer finds its own.
        """
        size = self.patch
        wave = torch.cos(
            math.pi
            * (torch.arange(size, dtype=torch.float64, device="cpu") + 0.5)
            / size
        )  # (P,)
        across = wave.expand(size, size)  # the same in every row
        ones = torch.ones_like(across)
        columns = torch.stack(
            [ones, across, across.T, across * across.T], dim=-1
        )  # (P, P, 4)
        return (columns / size**2).flatten(0, 1).to(torch.float32)  # (P², 4)

    def tokens(self) -> Tensor:
        """Return every block projected by ``weight()``: ``(N, 4)``."""
        return self.patches() @ self.weight()  # (N, 4)

    def parameters(self) -> int:
        """Count what a projection of brightness learns: ``P² d + d``."""
        return self.patch**2 * self.d_model + self.d_model

    def one_hot_weights(self) -> int:
        """Count the weights if each pixel were a one-hot row of 256: ``P² 256 d``."""
        return self.patch**2 * GREY_LEVELS * self.d_model

    def summary(self) -> str:
        """Say how many tokens of which size the photo becomes, and what that costs."""
        return (
            f"{self.patch} × {self.patch} blocks make a {self.height} × {self.width} photo "
            f"{self.n_tokens:,} tokens of {self.d_model:,} numbers; "
            f"the projection learns {self.parameters():,} numbers"
        )

    def fallback(self) -> str:
        """Return the photo with its grid, and the counts as an HTML table."""
        columns = self.width // self.patch
        row, column = divmod(self.picked, columns)
        token = self.tokens()[self.picked].tolist()
        alt = (
            f"A {self.height} × {self.width} grey photo cut into {self.height // self.patch} rows "
            f"of {columns} blocks; block {self.picked}, in row {row}, column {column}, is framed, "
            f"mean brightness {token[0]:.2f}"
        )
        shape = f"({self.n_pictures}, {self.n_tokens}, "
        table = html_table(
            f"Patch embedding: {self.summary()}.",
            ["step", "result"],
            [
                [
                    "pictures (M, H, W)",
                    f"({self.n_pictures}, {self.height}, {self.width})",
                ],
                ["blocks, flattened (M, N, P²)", f"{shape}{self.patch**2})"],
                ["tokens (M, N, d)", f"{shape}{self.d_model})"],
                ["numbers to learn, P² · d + d", f"{self.parameters():,}"],
                [
                    "with one-hot grey levels, P² · 256 · d",
                    f"{self.one_hot_weights():,}",
                ],
                [
                    f"block {self.picked} projected on mean, left − right, top − bottom, diagonal",
                    ", ".join(f"{value:.3f}".replace("-", "−") for value in token),
                ],
            ],
        )
        picture = png_data_uri(self._framed())
        return (
            f'<img alt="{escape(alt)}" width="{self.width}" height="{self.height}" '
            f'src="{picture}">\n{table}'
        )

    def _framed(self) -> Tensor:
        """Return the grey levels with the grid drawn in and the picked block framed."""
        size = self.patch
        drawn = self._levels.clone()
        drawn[::size] = drawn[::size] // 2 + 100
        drawn[:, ::size] = drawn[:, ::size] // 2 + 100
        row, column = divmod(self.picked, self.width // size)
        top, left = row * size, column * size
        for inset, level in ((0, 0), (1, 255)):
            y, x = (
                slice(top + inset, top + size - inset),
                slice(left + inset, left + size - inset),
            )
            drawn[y, x] = level
        inner_y, inner_x = (
            slice(top + 2, top + size - 2),
            slice(left + 2, left + size - 2),
        )
        drawn[inner_y, inner_x] = self._levels[inner_y, inner_x]
        return drawn

    @traitlets.validate("patch", "d_model", "n_pictures", "picked")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        # Traits set together are checked in any order: the picked block after the patch.
        patch = value if name == "patch" else self.patch
        if name in ("patch", "picked") and patch not in self.patch_choices:
            raise traitlets.TraitError(
                f"patch: expected one of {self.patch_choices}, got {patch}"
            )
        if name == "patch":
            return int(value)
        highs = {"d_model": MAX_D_MODEL, "n_pictures": MAX_PICTURES}
        if name == "picked":
            return check_range(name, value, 0, self.n_tokens - 1)
        return check_range(name, value, 1, highs[name])

    @traitlets.observe("patch")  # type: ignore[untyped-decorator]
    def _keep_picked(self, change: dict[str, Any]) -> None:
        self.picked = min(self.picked, self.n_tokens - 1)


def _grey_levels(photo: Tensor) -> Tensor:
    """Round brightness to 256 grey levels: ``(H, W)`` or ``(H, W, 1)`` → uint8 ``(H, W)``."""
    if isinstance(photo, Tensor) and photo.ndim == 3:
        check_axes("photo", photo, "H W 1")
        photo = photo.squeeze(-1)  # (H, W)
    sizes = check_axes("photo", photo, "H W")
    if max(sizes.values()) > MAX_SIDE:
        raise ValueError(
            f"photo: expected at most {MAX_SIDE} × {MAX_SIDE} pixels, "
            f"got {sizes['H']} × {sizes['W']}"
        )
    if not photo.numel():
        raise ValueError(f"photo: expected pixels, got shape {tuple(photo.shape)}")
    check_within("photo", photo, 0, 1, "brightness")
    return (photo.detach() * 255).round().to(torch.uint8).contiguous()  # (H, W)
