"""Exercise 1.8: Crop a photo to whole patches"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "1.8",
    "Crop a photo to whole patches",
    stars=1,
    minutes=5,
    outputs=("cropped", "n_tokens"),
    statement="""\
A real photo is seldom a whole number of patches high and wide. Write `crop_to_patches(photo, \
patch)`, which cuts off what is left over at the bottom and at the right, and returns the cropped \
photo and the number of tokens it will give.""",
)
def crop_to_patches(photo: Tensor, patch: int) -> tuple[Tensor, int]:
    """Crop a photo so that square patches fill it, and count them.

    Args:
        photo: ``(H, W, C)``, at least one patch high and wide.
        patch: height and width of a patch.

    Returns:
        ``(cropped, n_tokens)``: the photo without the rows at the bottom and the columns
        at the right that fill no whole patch, and the number of patches, an int.
    """
    n_high, n_wide = photo.shape[0] // patch, photo.shape[1] // patch
    return photo[: n_high * patch, : n_wide * patch], n_high * n_wide


crop_to_patches.hints = (
    "How many whole patches fit under each other, and how many side by side? Everything else "
    "follows from these two numbers.",
    "`n_high = photo.shape[0] // patch` patches fit under each other. They take up "
    "`n_high * patch` rows; slice that many. The same for the width.",
    "Both slices fit into one pair of brackets, `photo[: …, : …]`, the rows first. Slicing to a "
    "number of rows also works where nothing is left over; slicing to `-remainder` does not. "
    "There are as many tokens as patches.",
)


@crop_to_patches.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for remainders in [(2, 1), (0, 2), (1, 0), (0, 0), (-1, -1)]:
        patch, n_high, n_wide = primes(generator, 3, low=3, high=11)
        # -1: all but one row of another patch is left over
        height, width = n_high * patch + remainders[0], n_wide * patch + remainders[1]
        yield torch.rand(height, width, 3, generator=generator), patch
    yield torch.rand(3, 1, 1, generator=generator), 1


@crop_to_patches.right
def remainder(photo, patch):
    height = photo.shape[0] - photo.shape[0] % patch
    width = photo.shape[1] - photo.shape[1] % patch
    return photo[:height, :width, :], height * width // patch**2


@crop_to_patches.right
def narrow(photo, patch):
    n_tokens = 1
    for axis in (0, 1):
        n = photo.shape[axis] // patch
        photo = photo.narrow(axis, 0, n * patch)
        n_tokens *= n
    return photo, n_tokens


@crop_to_patches.right
def unfold(photo, patch):
    blocks = photo.unfold(0, patch, patch).unfold(1, patch, patch)  # (nH, nW, C, p, p)
    n_high, n_wide, n_channels = blocks.shape[:3]
    cropped = blocks.permute(0, 3, 1, 4, 2).reshape(
        n_high * patch, n_wide * patch, n_channels
    )
    return cropped, n_high * n_wide


@crop_to_patches.wrong(
    "Where nothing is left over you slice `[:-0]`, which is `[:0]`: nothing remains. Slice "
    "to the number of rows to keep, not to minus the number to drop."
)
def minus_zero(photo, patch):
    height, width = photo.shape[:2]
    cropped = photo[: -(height % patch), : -(width % patch)]
    return cropped, (height // patch) * (width // patch)


@crop_to_patches.wrong(
    "You crop to the centre. The exercise asks for the top left: cut off at the bottom and at the "
    "right only."
)
def centre(photo, patch):
    cropped, n_tokens = crop_to_patches(photo, patch)
    top = (photo.shape[0] - cropped.shape[0]) // 2
    left = (photo.shape[1] - cropped.shape[1]) // 2
    return photo[top : top + cropped.shape[0], left : left + cropped.shape[1]], n_tokens


@crop_to_patches.wrong(
    "You cut off at the top and at the left. Cut off at the bottom and at the right."
)
def far_corner(photo, patch):
    return photo[photo.shape[0] % patch :, photo.shape[1] % patch :], (
        crop_to_patches(photo, patch)[1]
    )


@crop_to_patches.wrong(
    "You fill the last patches up with zeros, so the photo grows. Cut off what fills no "
    "whole patch."
)
def padded(photo, patch):
    below, right = -photo.shape[0] % patch, -photo.shape[1] % patch
    padded = F.pad(photo, (0, 0, 0, right, 0, below))
    return padded, (padded.shape[0] // patch) * (padded.shape[1] // patch)


@crop_to_patches.wrong(
    "You crop to a square. Height and width are each cropped by themselves."
)
def square(photo, patch):
    n = min(photo.shape[:2]) // patch
    return photo[: n * patch, : n * patch], n * n


@crop_to_patches.wrong(
    "You count pixels. One token stands for a patch of `patch` × `patch` pixels."
)
def pixels(photo, patch):
    cropped, _ = crop_to_patches(photo, patch)
    return cropped, cropped.shape[0] * cropped.shape[1]


@crop_to_patches.wrong(
    "You add the numbers of patches along the height and along the width. The patches "
    "form a grid: multiply."
)
def added(photo, patch):
    return crop_to_patches(photo, patch)[0], photo.shape[0] // patch + photo.shape[
        1
    ] // patch


@crop_to_patches.wrong(
    "You count each patch once for every channel. All channels of a patch go into the "
    "same token."
)
def with_channels(photo, patch):
    cropped, n_tokens = crop_to_patches(photo, patch)
    return cropped, n_tokens * photo.shape[-1]


@crop_to_patches.wrong(
    "The number of tokens is right, and the photo comes back as it was: cut off what "
    "fills no whole patch."
)
def not_at_all(photo, patch):
    return photo, crop_to_patches(photo, patch)[1]
