"""Axis checks that every public function uses, with errors a reader can act on.

Axes are named in words, separated by spaces, for example ``"... Tq d_k"``:

* a name (``Tq``) matches one axis of any size and remembers that size,
* a number (``3``) matches one axis of exactly that size,
* a leading ``...`` matches any number of further axes, none included.

The same name stands for the same size in every argument of a call. A name that
starts with ``d_`` is the length of a vector, so its size is at least 1.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

__all__ = [
    "check_axes",
    "check_boolean",
    "check_broadcast",
    "check_cell_mask",
    "check_dtype",
    "check_heads",
    "check_integer",
    "check_leading",
    "check_mask",
    "check_positive",
    "check_scores",
    "check_sizes",
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
        ValueError: wrong number of axes, an axis of the wrong size, a vector of length 0.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"{name}: expected a tensor {_words(axes)}, got {type(tensor).__name__}"
        )
    if floating and not tensor.is_floating_point():
        raise TypeError(f"{name}: expected a floating-point tensor, got {tensor.dtype}")

    known = dict(sizes or {})
    expected = f"{name}: expected axes {_words(axes)}"
    shape = tuple(tensor.shape)
    names = axes.split()
    open_ended = bool(names) and names[0] == "..."
    if open_ended:
        names = names[1:]
    n_extra = tensor.ndim - len(names)
    if n_extra < 0 or (n_extra > 0 and not open_ended):
        raise ValueError(f"{expected}, got {tensor.ndim} axes, shape {shape}")
    for axis, size in zip(names, shape[n_extra:], strict=True):
        if axis.isdigit():
            if size != int(axis):
                raise ValueError(f"{expected}, got shape {shape}")
            continue
        if size == 0 and axis.startswith("d_"):
            raise ValueError(
                f"{expected} with {axis} of size at least 1, got shape {shape}"
            )
        wanted = known.setdefault(axis, size)
        if size != wanted:
            raise ValueError(
                f"{expected} with {axis} = {wanted}, got {axis} = {size}, shape {shape}"
            )
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


def check_leading(axes: str, **tensors: Tensor) -> None:
    """Check that the axes before the named ones are the same in all tensors.

    Args:
        axes: the last axes of every tensor in words, e.g. ``"F H W D"``; only their
            number counts.
        tensors: by the arguments' names, each with at least these axes.

    Raises:
        ValueError: they differ; the error lists every argument with its shape.
    """
    n_last = len(axes.split())
    leading = [tensor.shape[: tensor.ndim - n_last] for tensor in tensors.values()]
    if any(shape != leading[0] for shape in leading):
        got = ", ".join(
            f"{name} {tuple(tensor.shape)}" for name, tensor in tensors.items()
        )
        raise ValueError(
            f"{', '.join(tensors)}: expected the same axes before {_words(axes)}, got {got}"
        )


def check_dtype(**tensors: Tensor) -> None:
    """Check that tensors that are multiplied with each other have one dtype.

    Raises:
        ValueError: they differ; the error lists arguments and dtypes in one order.
    """
    dtypes = [tensor.dtype for tensor in tensors.values()]
    device = next(iter(tensors.values())).device.type
    if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
        return  # torch makes the dtypes agree by itself
    if len(set(dtypes)) > 1:
        raise ValueError(
            f"{', '.join(tensors)}: expected one dtype, got {', '.join(map(str, dtypes))}"
        )


def check_scores(name: str, scores: Tensor, query: Tensor, key: Tensor) -> None:
    """Check that scores have one number for each query and key, and no further axis.

    Args:
        name: the function that made the scores, for the error.
        scores: what it returned.
        query: ``(..., Tq, d_q)``.
        key: ``(..., Tk, d_k)``, whose leading axes broadcast with the query's.

    Raises:
        TypeError: the scores are no floating-point tensor.
        ValueError: their shape is not ``(..., Tq, Tk)``.
    """
    check_axes(name, scores, "...")
    leading = torch.broadcast_shapes(query.shape[:-2], key.shape[:-2])
    expected = (*leading, query.shape[-2], key.shape[-2])
    if scores.shape != expected:
        raise ValueError(
            f"{name}: expected scores (..., Tq, Tk) of shape {expected}, "
            f"got shape {tuple(scores.shape)}"
        )


def check_boolean(name: str, mask: Tensor) -> None:
    """Check that a mask is a boolean tensor, whatever its shape.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        got = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(
            f"{name}: expected a boolean tensor (True = may attend), got {got}"
        )


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
    check_boolean(name, mask)
    try:
        fits = torch.broadcast_shapes(mask.shape, shape)[-2:] == shape[-2:]
    except RuntimeError:
        fits = False
    if not fits:
        raise ValueError(
            f"{name}: expected axes (..., Tq, Tk) that broadcast to the scores' shape "
            f"{tuple(shape)}, got shape {tuple(mask.shape)}"
        )


def check_cell_mask(
    name: str,
    mask: Tensor,
    axes: str,
    sizes: Mapping[str, int],
    leading: tuple[int, ...],
) -> None:
    """Check a mask of a grid's cells, the same for every query.

    Args:
        name: the argument's name, for the error.
        mask: boolean, ``True`` = may be attended to.
        axes, sizes: the grid's axes in words and their sizes, as for :func:`check_axes`.
        leading: the sizes that the mask's leading axes must broadcast to.

    Raises:
        TypeError: the mask is not a boolean tensor.
        ValueError: its axes do not fit.
    """
    check_boolean(name, mask)
    check_axes(name, mask, axes, sizes, floating=False)
    n_leading = mask.ndim - len(axes.removeprefix("...").split())
    try:
        fits = torch.broadcast_shapes(mask.shape[:n_leading], leading) == leading
    except RuntimeError:
        fits = False
    if not fits:
        raise ValueError(
            f"{name}: expected leading axes that broadcast to {tuple(leading)}, "
            f"got shape {tuple(mask.shape)}"
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
    numbers = tensor.long()  # torch cannot compare all unsigned types
    if ((numbers < 0) | (numbers >= below)).any():
        bad = next(n for n in tensor.flatten().tolist() if not 0 <= n < below)
        raise IndexError(f"{name}: expected integers from 0 to {below - 1}, got {bad}")


def check_positive(**numbers: int) -> None:
    """Check that every named number is a positive integer: Python's, NumPy's or torch's.

    Raises:
        TypeError: not an integer.
        ValueError: zero or negative.
    """
    for name, number in numbers.items():
        _check_whole(name, number, at_least=1)


def check_heads(d_model: int, n_heads: int) -> None:
    """Check that vectors of ``d_model`` numbers can be cut into ``n_heads`` equal parts.

    Raises:
        TypeError, ValueError: ``n_heads`` is not a positive integer that divides ``d_model``.
    """
    check_positive(n_heads=n_heads)
    if d_model % n_heads:
        wanted = f"a number that divides d_model = {d_model}"
        raise ValueError(f"n_heads: expected {wanted}, got {n_heads}")


def check_sizes(
    name: str,
    sizes: int | Sequence[int],
    *,
    n_axes: int | None = None,
    at_least: int = 1,
) -> tuple[int, ...]:
    """Check one positive integer or several, and return them as a tuple.

    Args:
        name: the argument's name, for the error.
        sizes: what the caller passed.
        n_axes: how many there must be; ``None`` = any number.
        at_least: 0 lets a size be zero.

    Raises:
        TypeError, ValueError: as :func:`check_positive`, or the wrong number of them.
    """
    several = tuple(sizes) if isinstance(sizes, Sequence) else (sizes,)
    found = tuple(_check_whole(name, size, at_least) for size in several)
    if n_axes is not None and len(found) != n_axes:
        raise ValueError(
            f"{name}: expected {n_axes} integers, got {len(found)}: {found}"
        )
    return found


def _check_whole(name: str, number: int, at_least: int) -> int:
    try:
        if isinstance(number, bool | np.bool_):  # Python counts True as 1
            raise TypeError
        whole = operator.index(number)
    except TypeError:
        got = type(number).__name__
        raise TypeError(f"{name}: expected an integer, got {got}") from None
    if whole < at_least:
        wanted = (
            "a positive integer" if at_least == 1 else f"an integer from {at_least} up"
        )
        raise ValueError(f"{name}: expected {wanted}, got {whole}")
    return whole


def _words(axes: str) -> str:
    names = axes.split()
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
