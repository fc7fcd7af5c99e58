"""Chapters 1 and 5: real photos, the sample pictures that matplotlib and sklearn ship."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from matplotlib.cbook import get_sample_data
from matplotlib.image import imread
from torch import Tensor
from torch.nn import functional as F

from ..shapes import checked, flag, one_of, up_to

__all__ = ["PHOTOS", "photo"]

# ITU-R BT.601: how bright red, green and blue look to the eye.
LUMA = (0.299, 0.587, 0.114)

# Each photo's file, and the top, left and side of the square that is shown.
PHOTOS = {
    "portrait": ("grace_hopper.jpg", 20, 32, 448),
    "temple": ("china.jpg", 0, 60, 427),
    "flower": ("flower.jpg", 0, 100, 427),
}


@checked(size=up_to(448, " pixels"), colour=flag, of=one_of(tuple(PHOTOS)))
def photo(size: int = 224, *, colour: bool = False, of: str = "portrait") -> Tensor:
    r"""Load a photo, cropped to a square: the portrait of Grace Hopper, or another.

    Formula: ``grey = 0.299 red + 0.587 green + 0.114 blue``

    Args:
        size: height and width in pixels, at most 448; of the others at most 427.
        colour: return red, green and blue instead of one grey value.
        of: "portrait"; "temple", by a lake; "flower", a dahlia.

    Returns:
        Brightness from 0 (black) to 1 (white), float32: ``(size, size, C)`` with
        ``C`` = 3 in colour and 1 in grey.

    Raises:
        TypeError: a size that is not an integer.
        ValueError: a size below 1 or above the photo's own, or an unknown photo.

    Source: US Navy photo, 1984, public domain (matplotlib's ``grace_hopper.jpg``);
    photos by danielbuechele and vultilion, CC BY 2.0 (scikit-learn's ``china.jpg`` and
    ``flower.jpg``). Chapters 1 and 5.
    """
    file, top, left, side = PHOTOS[of]
    if size > side:
        raise ValueError(
            f"size: expected at most {side} pixels of the {of}, got {size}"
        )
    pixels = torch.from_numpy(_read(file).copy())[top : top + side, left : left + side]
    pixels = pixels.float() / 255  # (side, side, 3)
    if not colour:
        luma = torch.tensor(LUMA, dtype=torch.float32, device="cpu")
        pixels = pixels @ luma.unsqueeze(-1)  # (side, side, 1)
    # Averaging neighbouring pixels, so that a smaller picture has no jagged edges.
    channels_first = pixels.permute(2, 0, 1).unsqueeze(0)  # (1, C, side, side)
    small = F.adaptive_avg_pool2d(channels_first, (size, size))  # (1, C, size, size)
    return small[0].permute(1, 2, 0).contiguous()  # (size, size, C)


def _read(file: str) -> np.ndarray[Any, Any]:
    """Read a sample picture, ``(H, W, 3)``, 0 to 255."""
    if file == "grace_hopper.jpg":
        return imread(str(get_sample_data(file, asfileobj=False)))
    from sklearn.datasets import load_sample_image  # only here: its import is slow

    return load_sample_image(file)
