"""Axis checks that every public function uses, with errors a reader can act on.

Axes are named in words, separated by spaces, for example ``"... Tq d_k"``:

* a name (``Tq``) matches one axis of any size and remembers that size,
* a number (``3``) matches one axis of exactly that size,
* a leading ``...`` matches any number of further axes, none included.

The same name stands for the same size in every argument of a call.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

__all__ = [
    "check_axes",
    "check_broadcast",
    "check_integer",
    "check_mask",
    "check_positive",
]


def check_axes(
    name: str,
    tensor: Tensor,
    axes: str,
    sizes: Mapping[str, int] | None = None,
    *,
    floating: bool = True,
) -> dict[str, int]:
    """Match a tensor's shape against named axes and return the size of every name.

    Args:
        name: the argument's name, as the caller wrote it, for the error.
        tensor: what the caller passed.
        axes: names in words, e.g. ``"... Tq d_k"``.
        sizes: sizes already known from earlier arguments; left as it is.
        floating: require a floating-point dtype.

    Returns:
        ``sizes`` with the names met here added.

    Raises:
        TypeError: ``tensor`` is no tensor, or not floating-point where it must be.
        ValueError: wrong number of axes, or an axis of the wrong size.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"{name}: expected a tensor {_words(axes)}, got {type(tensor).__name__}"
        )
    if floating and not tensor.is_floating_point():
        raise TypeError(f"{name}: expected a floating-point tensor, got {tensor.dtype}")

    known = dict(sizes or {})
    names = axes.split()
    open_ended = bool(names) and names[0] == "..."
    if open_ended:
        names = names[1:]
    n_extra = tensor.ndim - len(names)
    if n_extra < 0 or (n_extra > 0 and not open_ended):
        raise ValueError(
            f"{name}: expected axes {_words(axes)}, got {tensor.ndim} axes, "
            f"shape {tuple(tensor.shape)}"
        )
    for axis, size in zip(names, tensor.shape[n_extra:], strict=True):
        wanted = int(axis) if axis.isdigit() else known.get(axis)
        if wanted is not None and size != wanted:
            raise ValueError(
                f"{name}: expected axes {_words(axes)} with {axis} = {wanted}, "
                f"got {axis} = {size}, shape {tuple(tensor.shape)}"
                if not axis.isdigit()
                else f"{name}: expected axes {_words(axes)}, got shape {tuple(tensor.shape)}"
            )
        known[axis] = size
    return known


def check_broadcast(**tensors: Tensor) -> None:
    """Check that the leading axes (all but the last two) of the tensors broadcast together.

    Raises:
        ValueError: they do not; the error lists every argument with its shape.
    """
    try:
        torch.broadcast_shapes(*(tensor.shape[:-2] for tensor in tensors.values()))
    except RuntimeError:
        got = ", ".join(
            f"{name} {tuple(tensor.shape)}" for name, tensor in tensors.items()
        )
        raise ValueError(
            f"{', '.join(tensors)}: expected leading axes that broadcast, got {got}"
        ) from None


def check_mask(name: str, mask: Tensor, shape: torch.Size) -> None:
    """Check that a mask is boolean and broadcasts with the scores it will mask.

    Args:
        name: the argument's name, for the error.
        mask: boolean, ``True`` = may attend.
        shape: the shape of the scores.

    Raises:
        TypeError: the mask is not a boolean tensor.
        ValueError: the mask does not broadcast to the scores.
    """
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        got = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(
            f"{name}: expected a boolean tensor (True = may attend), got {got}"
        )
    try:
        fits = torch.broadcast_shapes(mask.shape, shape)[-2:] == shape[-2:]
    except RuntimeError:
        fits = False
    if not fits:
        raise ValueError(
            f"{name}: expected axes (..., Tq, Tk) that broadcast to the scores' shape "
            f"{tuple(shape)}, got shape {tuple(mask.shape)}"
        )


def check_integer(name: str, tensor: Tensor, *, below: int) -> None:
    """Check that a tensor holds integers in ``[0, below)``: token or class numbers.

    Raises:
        TypeError: not a tensor of integers.
        IndexError: a number outside the range, which the error names.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"{name}: expected an integer tensor, got {type(tensor).__name__}"
        )
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
        raise TypeError(f"{name}: expected an integer tensor, got {tensor.dtype}")
    if tensor.numel() and not 0 <= int(tensor.min()) <= int(tensor.max()) < below:
        bad = int(tensor.min()) if int(tensor.min()) < 0 else int(tensor.max())
        raise IndexError(f"{name}: expected integers from 0 to {below - 1}, got {bad}")


def check_positive(**numbers: int) -> None:
    """Check that every named number is a positive integer.

    Raises:
        TypeError: not an integer.
        ValueError: zero or negative.
    """
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int):
            raise TypeError(f"{name}: expected an integer, got {type(number).__name__}")
        if number < 1:
            raise ValueError(f"{name}: expected a positive integer, got {number}")


def _words(axes: str) -> str:
    names = axes.split()
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
