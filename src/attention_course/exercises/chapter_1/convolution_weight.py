"""Exercise 1.6: A patch projection is a convolution"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "1.6",
    "A patch projection is a convolution",
    stars=2,
    minutes=10,
    statement="""\
Cutting a picture into patches and projecting each one is the same as a convolution whose kernel \
and stride are the patch. The numbers are the same, only their order differs. `patchify` writes a \
patch with the channels last, `(pH, pW, C)`, flattened; `nn.Conv2d` keeps its weight channels \
first, `(d_model, C, pH, pW)`.

Write `convolution_weight(weight, patch)`, which takes the weight of the linear projection and \
returns the weight of the convolution. The number of channels follows from the shapes.""",
)
def convolution_weight(weight: Tensor, patch: tuple[int, int]) -> Tensor:
    """Turn the weight of a linear patch projection into the weight of a convolution.

    Args:
        weight: ``(d_model, pH · pW · C)``. The last axis runs over a patch as ``patchify``
            writes it: row by row, in a row pixel by pixel, in a pixel channel by channel.
        patch: ``(pH, pW)``, height and width of a patch.

    Returns:
        The weight of ``nn.Conv2d(C, d_model, kernel_size=patch, stride=patch)``,
        ``(d_model, C, pH, pW)``.
    """
    height, width = patch
    kernel = weight.unflatten(-1, (height, width, -1))  # (d_model, pH, pW, C)
    return kernel.permute(0, 3, 1, 2)  # (d_model, C, pH, pW)


convolution_weight.hints = (
    "Two steps: give the last axis its three axes back, then change their order. A `reshape` "
    "alone never changes the order of numbers.",
    "The last axis of `weight` was flattened from `(pH, pW, C)`, so unflatten it into that, "
    "and only that: `weight.unflatten(-1, (pH, pW, -1))`.",
    "After `weight.unflatten(-1, (pH, pW, -1))` the shape is `(d_model, pH, pW, C)`: axes 0, "
    "1, 2, 3. `nn.Conv2d` wants `(d_model, C, pH, pW)`, so end with `permute(0, 3, 1, 2)`.",
)


@convolution_weight.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_channels in (3, 2, 1):
        height, width, d_model = primes(generator, 3, low=5, high=13)
        weight = torch.randn(d_model, height * width * n_channels, generator=generator)
        yield weight, (height, width)
    yield torch.randn(1, 6, generator=generator), (1, 3)


@convolution_weight.right
def movedim(weight, patch):
    return weight.reshape(weight.shape[0], patch[0], patch[1], -1).movedim(-1, 1)


@convolution_weight.right
def by_channel(weight, patch):
    n_channels = weight.shape[1] // (patch[0] * patch[1])
    channels = [weight[:, c::n_channels].unflatten(1, patch) for c in range(n_channels)]
    return torch.stack(channels, dim=1)


@convolution_weight.right
def transposed(weight, patch):
    d_model, n_pixels = weight.shape[0], patch[0] * patch[1]
    by_pixel = weight.reshape(d_model, n_pixels, -1).transpose(1, 2)
    return by_pixel.reshape(d_model, -1, *patch)


@convolution_weight.wrong(
    "You reshape straight to `(d_model, C, pH, pW)`. The shape is right and the numbers "
    "are shuffled: in `weight` the channel changes fastest. Unflatten to `(pH, pW, C)` "
    "first, then permute. (With one channel it makes no difference.)"
)
def view(weight, patch):
    return weight.reshape(weight.shape[0], -1, *patch)


@convolution_weight.wrong(
    "You read the patch column by column. `patchify` writes it row by row: height comes "
    "before width."
)
def column_by_column(weight, patch):
    return weight.unflatten(-1, (patch[1], patch[0], -1)).permute(0, 3, 2, 1)


@convolution_weight.wrong(
    "Height and width are swapped: the last two axes are `pH, pW`, in this order."
)
def width_first(weight, patch):
    return convolution_weight(weight, patch).transpose(-2, -1)


@convolution_weight.wrong(
    "You unflattened the patch and left the channels last. `nn.Conv2d` wants them right "
    "after `d_model`: permute the axes."
)
def channel_last(weight, patch):
    return weight.unflatten(-1, (*patch, -1))


@convolution_weight.wrong(
    "The first two axes are swapped: `d_model`, the channels that come out, "
    "stands first, and `C`, those that go in, second."
)
def channel_first(weight, patch):
    return convolution_weight(weight, patch).transpose(0, 1)


@convolution_weight.wrong(
    "You turned the kernel upside down and left to right, as the convolution of the "
    "textbooks does. `nn.Conv2d` does not flip its kernel."
)
def flipped(weight, patch):
    return convolution_weight(weight, patch).flip(-2, -1)
