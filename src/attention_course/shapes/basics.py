"""What the rules stand on: each raises, with the argument's name in front."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

NOTHING: Mapping[str, Any] = {}


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
    known = dict(sizes or {})
    match_axes(name, tensor, axes, known, floating)
    return known


@functools.cache
def _parsed(axes: str) -> tuple[tuple[str | int, ...], bool]:
    is_open = axes.startswith("...")
    names = axes.split()[is_open:]
    return tuple(int(name) if name.isdigit() else name for name in names), is_open


@functools.cache
def _words(axes: str) -> str:
    names = axes.split()
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def match_axes(
    name: str,
    tensor: Tensor,
    axes: str,
    known: dict[str, int],
    floating: bool,
    kept: Mapping[str, Any] = NOTHING,
) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"{name}: expected a tensor {_words(axes)}, got {type(tensor).__name__}"
        )
    if floating and not tensor.is_floating_point():
        raise TypeError(f"{name}: expected a floating-point tensor, got {tensor.dtype}")
    names, is_open = _parsed(axes)
    shape = tuple(tensor.shape)
    n_more = len(shape) - len(names)
    wrong = ""
    if n_more < 0 or (n_more and not is_open):
        wrong, names = f", got {len(shape)} axes, shape {shape}", ()
    for axis, size in zip(names, shape[n_more:], strict=False):
        if isinstance(axis, int):
            if size != axis:
                wrong = f", got shape {shape}"
                break
            continue
        if axis not in known:
            known[axis] = kept.get(axis, size)
        if not size and axis.startswith("d_"):
            wrong = f" with {axis} of size at least 1, got shape {shape}"
            break
        if size != known[axis]:
            wanted = f"{axis} = {known[axis]}"
            wrong = f" with {wanted}, got {axis} = {size}, shape {shape}"
            break
    if wrong:
        raise ValueError(f"{name}: expected axes {_words(axes)}{wrong}")


def check_broadcast(**tensors: Tensor) -> None:
    """Check that the leading axes (all but the last two) of the tensors broadcast together."""
    leading = [tensor.shape[:-2] for tensor in tensors.values()]
    if leading.count(leading[0]) < len(leading) and not _broadcast(*leading):
        wanted = f"leading axes that broadcast, got {_shapes(tensors)}"
        raise ValueError(f"{', '.join(tensors)}: expected {wanted}")


def _broadcast(*shapes: Sequence[int]) -> bool:
    columns = itertools.zip_longest(*map(reversed, shapes), fillvalue=1)
    return all(len({*sizes} - {1}) < 2 for sizes in columns)


def check_leading(axes: str, **tensors: Tensor) -> None:
    """Check that the axes before the last ones, named in words, are the same in all."""
    n_last = len(_parsed(axes)[0])
    leading = [tensor.shape[: tensor.ndim - n_last] for tensor in tensors.values()]
    if leading.count(leading[0]) < len(leading):
        wanted = f"the same axes before {_words(axes)}, got {_shapes(tensors)}"
        raise ValueError(f"{', '.join(tensors)}: expected {wanted}")


def _shapes(tensors: Mapping[str, Tensor]) -> str:
    return ", ".join(f"{name} {tuple(x.shape)}" for name, x in tensors.items())


def check_dtype(**tensors: Tensor) -> None:
    """Check that the tensors have one dtype; under autocast torch makes them agree itself."""
    dtypes = [tensor.dtype for tensor in tensors.values()]
    differ = dtypes.count(dtypes[0]) < len(dtypes)
    if differ and not all(map(_autocast, tensors.values())):
        got = ", ".join(map(str, dtypes))
        raise ValueError(f"{', '.join(tensors)}: expected one dtype, got {got}")


def check_own_dtype(own: Tensor | None, tensors: Mapping[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        if own is None or tensor.dtype == own.dtype:
            continue
        if _autocast(tensor) and _autocast(own):
            continue
        wanted = f"{own.dtype}, as the layer has"
        raise ValueError(f"{name}: expected {wanted}, got {tensor.dtype}")


def first_parameter(layer: nn.Module) -> Tensor | None:
    # As next(layer.parameters(), None), in a third of the time.
    for parameter in layer._parameters.values():
        if parameter is not None:
            return parameter
    found = (first_parameter(part) for part in layer._modules.values() if part)
    return next((parameter for parameter in found if parameter is not None), None)


def _autocast(tensor: Tensor) -> bool:
    device = tensor.device.type
    if tensor.dtype == torch.float64 or not torch.amp.is_autocast_available(device):
        return False  # torch leaves double as it is
    return torch.is_autocast_enabled(device)


def check_scores(
    name: str, scores: Tensor, query: Tensor, key: Tensor, value: Tensor | None = None
) -> None:
    """Check what a function of scores returned: ``(..., Tq, Tk)``, in the value's dtype."""
    if torch.compiler.is_compiling():
        return
    check_axes(name, scores, "...")
    expected = scores_shape(query, key)
    if scores.shape != expected:
        raise ValueError(
            f"{name}: expected scores (..., Tq, Tk) of shape {tuple(expected)}, "
            f"got shape {tuple(scores.shape)}"
        )
    if value is not None:
        check_dtype(**{name: scores, "value": value})


def check_drawn(name: str, numbers: Tensor) -> None:
    """Check numbers to draw: some, and all of them finite."""
    if not numbers.numel():
        raise ValueError(f"{name}: expected numbers, got shape {tuple(numbers.shape)}")
    if not bool(numbers.isfinite().all()):
        bad = numbers[~numbers.isfinite()][0].item()
        raise ValueError(f"{name}: expected finite numbers, got {bad}")


def finite(scores: Tensor) -> Tensor:
    """Let float16's largest number, 65,504, stand for infinity, which has no softmax."""
    if torch.finfo(scores.dtype).max < 1e5:  # float16, whose name a page's torch lacks
        return scores.nan_to_num(nan=math.nan)  # what is no number stays none
    return scores


def scores_shape(query: Tensor, key: Tensor) -> torch.Size:
    leading, other = query.shape[:-2], key.shape[:-2]
    if leading != other:
        leading = torch.broadcast_shapes(leading, other)
    return torch.Size((*leading, query.shape[-2], key.shape[-2]))


def check_boolean(name: str, mask: Tensor) -> None:
    """Check that a mask is a boolean tensor, whatever its shape."""
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        got = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(
            f"{name}: expected a boolean tensor (True = may attend), got {got}"
        )


def check_mask(name: str, mask: Tensor, shape: torch.Size) -> None:
    """Check that a mask is boolean and broadcasts with scores of this shape."""
    check_boolean(name, mask)
    # Its leading axes may be more than the scores', its last two may not.
    fits = fits_into(mask.shape[-2:], shape[-2:]) and _broadcast(mask.shape, shape)
    if not fits:
        raise ValueError(
            f"{name}: expected axes (..., Tq, Tk) that broadcast to the scores' shape "
            f"{tuple(shape)}, got shape {tuple(mask.shape)}"
        )


def fits_into(shape: Sequence[int], target: Sequence[int]) -> bool:
    pairs = zip(reversed(shape), reversed(target), strict=False)
    return len(shape) <= len(target) and all(n in (1, whole) for n, whole in pairs)


def check_cell_mask(
    name: str,
    mask: Tensor,
    axes: str,
    sizes: Mapping[str, int],
    leading: tuple[int, ...],
) -> None:
    """Check a mask of a grid's cells, whose leading axes must broadcast to these."""
    check_boolean(name, mask)
    check_axes(name, mask, axes, sizes, floating=False)
    n_leading = mask.ndim - len(_parsed(axes)[0])
    if not fits_into(mask.shape[:n_leading], leading):
        wanted = f"leading axes that broadcast to {tuple(leading)}"
        raise ValueError(f"{name}: expected {wanted}, got shape {tuple(mask.shape)}")


def check_integer(name: str, tensor: Tensor, *, below: int) -> None:
    """Check that a tensor holds integers in ``[0, below)``: token or class numbers.

    On the meta device and under ``torch.vmap`` there are no numbers to look at.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"{name}: expected an integer tensor, got {type(tensor).__name__}"
        )
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
        raise TypeError(f"{name}: expected an integer tensor, got {tensor.dtype}")
    try:  # as long, since torch cannot compare all unsigned types
        ends = tensor.long().aminmax() if tensor.numel() else (0, 0)
        lowest, highest = map(int, ends)
    except RuntimeError:
        return
    if lowest < 0 or highest >= below:
        bad = next(n for n in tensor.flatten().tolist() if not 0 <= n < below)
        raise IndexError(f"{name}: expected integers from 0 to {below - 1}, got {bad}")


def check_positive(**numbers: int) -> None:
    """Check that every named number is a positive integer: Python's, NumPy's or torch's."""
    for name, number in numbers.items():
        check_whole(name, number, at_least=1)


def check_sizes(
    name: str,
    sizes: int | Sequence[int],
    *,
    n_axes: int | None = None,
    at_least: int = 1,
) -> tuple[int, ...]:
    """Check one integer or several, ``n_axes`` if given, and return them as a tuple."""
    each = sizes if isinstance(sizes, Sequence) else (sizes,)
    found = tuple(check_whole(name, size, at_least) for size in each)
    if n_axes is not None and len(found) != n_axes:
        wanted = f"{n_axes} integers"
        raise ValueError(f"{name}: expected {wanted}, got {len(found)}: {found}")
    return found


def check_whole(name: str, number: int, at_least: int | None = None) -> int:
    """Check an integer, Python's, NumPy's or torch's, and return it as Python's."""
    try:
        if isinstance(number, bool | np.bool_):  # Python counts True as 1
            raise TypeError
        found = operator.index(number)
    except TypeError:
        got = type(number).__name__
        raise TypeError(f"{name}: expected an integer, got {got}") from None
    if at_least is not None and found < at_least:
        wanted = (
            "a positive integer" if at_least == 1 else f"an integer from {at_least} up"
        )
        raise ValueError(f"{name}: expected {wanted}, got {found}")
    return found
