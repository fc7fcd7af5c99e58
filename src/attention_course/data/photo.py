"""Chapters 1 and 5: one real photo, the sample picture that matplotlib ships."""

from __future__ import annotations

import torch
from matplotlib.cbook import get_sample_data
from matplotlib.image import imread
from torch import Tensor
from torch.nn import functional as F

from ..shapes import checked, flag, up_to

__all__ = ["photo"]

# ITU-R BT.601: how bright red, green and blue look to the eye.
LUMA = (0.299, 0.587, 0.114)


@checked(size=up_to(448, " pixels"), colour=flag)
def photo(size: int = 224, *, colour: bool = False) -> Tensor:
    r"""Load the portrait of Grace Hopper that matplotlib ships, cropped to a square.

    Formula: ``grey = 0.299 red + 0.587 green + 0.114 blue``

    Args:
        size: height and width in pixels, at most 448.
        colour: return red, green and blue instead of one grey value.

    Returns:
        Brightness from 0 (black) to 1 (white), float32: ``(size, size, C)`` with
        ``C`` = 3 in colour and 1 in grey.

    Raises:
        TypeError: a size that is not an integer.
        ValueError: a size below 1 or above 448.

    Source: US Navy photo, 1984, public domain (matplotlib's ``grace_hopper.jpg``).
    Chapter 1.
    """
    path = str(get_sample_data("grace_hopper.jpg", asfileobj=False))
    pixels = torch.from_numpy(imread(path).copy())  # (600, 512, 3)
    face = pixels[20:468, 32:480]  # (448, 448, 3)
    pixels = face.float() / 255
    if not colour:
        luma = torch.tensor(LUMA, dtype=torch.float32, device="cpu")
        pixels = pixels @ luma.unsqueeze(-1)  # (448, 448, 1)
    # Averaging neighbouring pixels, so that a smaller picture has no jagged edges.
    channels_first = pixels.permute(2, 0, 1).unsqueeze(0)  # (1, C, 448, 448)
    small = F.adaptive_avg_pool2d(channels_first, (size, size))  # (1, C, size, size)
    return small[0].permute(1, 2, 0).contiguous()  # (size, size, C)
