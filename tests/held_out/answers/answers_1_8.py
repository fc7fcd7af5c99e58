"""Exercise 1.8: answers written from its statement and stub alone."""

import math

import torch

from ..collect import right, wrong


@right("1.8")
def crop_to_patches(photo, patch):
    n_h, n_w = photo.shape[0] // patch, photo.shape[1] // patch
    return photo[: n_h * patch, : n_w * patch], n_h * n_w


@right("1.8")
def crop_to_patches(photo, patch):
    height, width, _ = photo.shape
    cropped = photo[: height - height % patch, : width - width % patch]
    return cropped, cropped[::patch, ::patch, 0].numel()


@right("1.8")
def crop_to_patches(photo, patch):
    a = photo.detach().numpy()
    while a.shape[0] % patch:
        a = a[:-1]
    while a.shape[1] % patch:
        a = a[:, :-1]
    return torch.from_numpy(a.copy()), (a.shape[0] * a.shape[1]) // patch**2


@right("1.8")
def crop_to_patches(photo, patch):
    blocks = photo.unfold(0, patch, patch).unfold(1, patch, patch)
    rows, columns = blocks.shape[:2]
    out = photo.narrow(0, 0, rows * patch).narrow(1, 0, columns * patch).clone()
    return (out, int(rows * columns))


@right("1.8")
def crop_to_patches(photo, patch):
    h = max(n for n in range(photo.shape[0] + 1) if n % patch == 0)
    w = max(n for n in range(photo.shape[1] + 1) if n % patch == 0)
    index_h, index_w = torch.arange(h), torch.arange(w)
    return photo[index_h][:, index_w], len(range(0, h, patch)) * len(range(0, w, patch))


@wrong("1.8", "[:-rest] cuts everything off when nothing is left over")
def crop_to_patches(photo, patch):
    H, W, _ = photo.shape
    cropped = photo[: -(H % patch), : -(W % patch)]
    return cropped, (H // patch) * (W // patch)


@wrong("1.8", "cuts off at the top and at the left")
def crop_to_patches(photo, patch):
    H, W, _ = photo.shape
    return photo[H % patch :, W % patch :], (H // patch) * (W // patch)


@wrong("1.8", "counts with the area before cropping")
def crop_to_patches(photo, patch):
    H, W, _ = photo.shape
    cropped = photo[: H // patch * patch, : W // patch * patch]
    return cropped, H * W // patch**2


@wrong("1.8", "counts begun patches too (ceil)")
def crop_to_patches(photo, patch):
    H, W, _ = photo.shape
    cropped = photo[: H // patch * patch, : W // patch * patch]
    return cropped, math.ceil(H / patch) * math.ceil(W / patch)


@wrong("1.8", "the number of tokens is a float")
def crop_to_patches(photo, patch):
    H, W, _ = photo.shape
    cropped = photo[: H // patch * patch, : W // patch * patch]
    return cropped, cropped.shape[0] / patch * cropped.shape[1] / patch


@wrong("1.8", "results in the wrong order")
def crop_to_patches(photo, patch):
    h, w = photo.shape[0] // patch, photo.shape[1] // patch
    return h * w, photo[: h * patch, : w * patch]


@wrong("1.8", "adds rows and columns of patches instead of multiplying them")
def crop_to_patches(photo, patch):
    h, w = photo.shape[0] // patch, photo.shape[1] // patch
    return photo[: h * patch, : w * patch], h + w


@wrong("1.8", "counts a token for each channel")
def crop_to_patches(photo, patch):
    h, w = photo.shape[0] // patch, photo.shape[1] // patch
    cropped = photo[: h * patch, : w * patch]
    return cropped, cropped.numel() // patch**2


@wrong("1.8", "crops the height only")
def crop_to_patches(photo, patch):
    h, w = photo.shape[0] // patch, photo.shape[1] // patch
    return photo[: h * patch], h * w


@wrong(
    "1.8", "crops the height by what is left over of the width, and the other way round"
)
def crop_to_patches(photo, patch):
    W, H, _ = photo.shape
    h, w = H // patch, W // patch
    return photo[: h * patch, : w * patch], h * w


@wrong("1.8", "crops at both sides, to the middle")
def crop_to_patches(photo, patch):
    H, W, _ = photo.shape
    h, w = H // patch, W // patch
    top, left = (H - h * patch) // 2, (W - w * patch) // 2
    return photo[top : top + h * patch, left : left + w * patch], h * w


@wrong("1.8", "counts pixels instead of patches")
def crop_to_patches(photo, patch):
    h, w = photo.shape[0] // patch * patch, photo.shape[1] // patch * patch
    return photo[:h, :w], h * w


@wrong("1.8", "crops to a square")
def crop_to_patches(photo, patch):
    n = min(photo.shape[0], photo.shape[1]) // patch
    return photo[: n * patch, : n * patch], n * n


@wrong("1.8", "the number of tokens is a tensor")
def crop_to_patches(photo, patch):
    h, w = photo.shape[0] // patch, photo.shape[1] // patch
    return photo[: h * patch, : w * patch], torch.tensor(h * w)


@wrong("1.8", "takes the photo as (C, H, W)")
def crop_to_patches(photo, patch):
    C, H, W = photo.shape
    h, w = H // patch, W // patch
    return photo[:, : h * patch, : w * patch], h * w


@wrong("1.8", "keeps as many pixels as there are patches: forgets to multiply back")
def crop_to_patches(photo, patch):
    h, w = photo.shape[0] // patch, photo.shape[1] // patch
    return photo[:h, :w], h * w


@wrong("1.8", "divides the area by patch, not by its square")
def crop_to_patches(photo, patch):
    h, w = photo.shape[0] // patch * patch, photo.shape[1] // patch * patch
    return photo[:h, :w], h * w // patch


@wrong("1.8", "fills up with zeros to the next whole patch instead of cropping")
def crop_to_patches(photo, patch):
    H, W, C = photo.shape
    h, w = -(-H // patch), -(-W // patch)
    out = torch.zeros(h * patch, w * patch, C, dtype=photo.dtype)
    out[:H, :W] = photo
    return out, h * w


@wrong("1.8", "returns the photo alone")
def crop_to_patches(photo, patch):
    h, w = photo.shape[0] // patch, photo.shape[1] // patch
    return photo[: h * patch, : w * patch]


@wrong("1.8", "loses a whole patch where nothing is left over (H - 1)")
def crop_to_patches(photo, patch):
    h, w = (photo.shape[0] - 1) // patch, (photo.shape[1] - 1) // patch
    return photo[: h * patch, : w * patch], h * w


@wrong("1.8", "crops at the top left and returns a float count (two mistakes)")
def crop_to_patches(photo, patch):
    H, W, _ = photo.shape
    cropped = photo[H % patch :, W % patch :]
    return cropped, cropped.shape[0] * cropped.shape[1] / patch**2
