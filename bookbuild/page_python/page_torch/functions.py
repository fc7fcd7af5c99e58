"""Functions that pyborch lacks, or has otherwise than torch: a test compares each."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

import borch
import numpy as np

from .gaps import TorchWords, gap
from .mends import DOUBLE, _make, _must_broadcast, exactly

Tensor = borch.Tensor
WIDTHS = {np.dtype(kind) for kind in (np.float32, np.float64, np.int64, np.bool_)}
if sys.maxsize < 2**32:  # in the browser numpy's own integers have 32 bits
    WIDTHS.add(np.dtype(np.int32))


# --- making tensors ---------------------------------------------------------------------


def _wide(make: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function that makes tensors make those of double precision too."""

    def made(*args: Any, dtype: Any = None, **options: Any) -> Any:
        if dtype == borch.float64:
            return exactly(make(*args, **options)._array.astype(DOUBLE))
        return make(*args, dtype=dtype, **options)

    return made


def from_numpy(array: Any) -> Any:
    """Share an array's memory."""
    if not isinstance(array, np.ndarray):
        kind = type(array).__name__
        raise TypeError(TorchWords(f"expected np.ndarray (got {kind})"))
    if array.dtype not in WIDTHS:
        raise gap(f"from_numpy of {array.dtype}")
    if any(step < 0 for step in array.strides):
        raise ValueError(
            TorchWords(
                "At least one stride in the given numpy array is negative, and tensors with "
                "negative strides are not currently supported. (You can probably work around "
                "this by making a copy of your array  with array.copy().) "
            )
        )
    return exactly(array)


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Copy numbers into a tensor."""
    if isinstance(data, Tensor):
        data = data._array
    if isinstance(data, np.ndarray | np.generic):
        array = np.array(data)
        if dtype is None and array.dtype not in WIDTHS:
            raise gap(f"tensor of {array.dtype}")
    else:
        array = _array_of(_plain(data))
    made = exactly(array)
    if dtype is not None:
        made = made.to(dtype)
    return made.requires_grad_() if requires_grad else made


def _plain(data: Any) -> Any:
    """Take numbers out of tensors and arrays inside lists."""
    if isinstance(data, list | tuple):
        return [_plain(part) for part in data]
    if isinstance(data, Tensor):
        if data.ndim and data.numel() != 1:
            raise ValueError(
                TorchWords(
                    "only one element tensors can be converted to Python scalars"
                )
            )
        return data._array.item()
    if isinstance(data, np.ndarray | np.generic):
        return data.tolist()
    return data


def _array_of(data: Any) -> Any:
    try:
        array = np.array(data)
    except ValueError:
        raise ValueError(
            TorchWords(
                "expected sequence of equal length, got lists of several lengths"
            )
        ) from None
    if array.size == 0 or array.dtype.kind == "f":
        return array.astype(np.float32)
    if array.dtype.kind in "biu":
        return array
    raise gap(f"tensor of {array.dtype}")


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """Take a tensor as it is, and make one of anything else."""
    if isinstance(data, np.ndarray):
        data = from_numpy(data)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype=dtype)


def full(size: Any, fill_value: Any, *, dtype: Any = None, **options: Any) -> Any:
    """Fill a tensor with one number, in that number's dtype."""
    value = np.asarray(
        fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    )
    kinds: dict[str, Any] = {"b": np.bool_, "i": np.int64}
    kind = kinds.get(value.dtype.kind, np.float32) if dtype is None else dtype.np
    return _with_options(exactly(np.full(_sizes(size), value, dtype=kind)), options)


def _sizes(size: Any) -> tuple[int, ...]:
    return tuple(int(n) for n in ([size] if isinstance(size, int) else size))


def _with_options(made: Any, options: dict[str, Any]) -> Any:
    rest = {name: value for name, value in options.items() if name != "device"}
    if rest.pop("requires_grad", False):
        made.requires_grad_()
    if rest:
        raise gap(f"this option: {next(iter(rest))}")
    return made


def arange(*args: Any, dtype: Any = None, **options: Any) -> Any:
    """Count from ``start`` to less than ``end``."""
    named = [options.pop(name) for name in ("start", "end", "step") if name in options]
    args = tuple(
        arg.item() if isinstance(arg, Tensor | np.generic) else arg
        for arg in (*args, *named)
    )
    whole = all(isinstance(arg, int) for arg in args)
    kind: Any = np.int64 if whole else np.float32
    if dtype is not None:
        kind = dtype.np
    counted = np.arange(*args, dtype=np.int64 if whole else np.float64)
    return _with_options(exactly(counted.astype(kind)), options)


def randint(*args: Any, **options: Any) -> Any:
    """Draw integers; the lower end may be left out."""
    size = options.pop("size", None)
    if size is None:
        *args, size = args  # type: ignore[assignment]
    ends = [*args]
    if "low" in options:
        ends.insert(0, options.pop("low"))
    if "high" in options:
        ends.append(options.pop("high"))
    low, high = ends if len(ends) == 2 else (0, *ends)
    return borch.randint(int(low), int(high), size, **options)


# --- shapes -----------------------------------------------------------------------------


def unflatten(self: Any, dim: int, sizes: Sequence[int]) -> Any:
    """Give one axis several."""
    axis = range(self.dim())[dim]
    wanted, n = list(sizes), self.shape[axis]
    known = math.prod(size for size in wanted if size != -1)
    if -1 in wanted and n % max(known, 1) == 0:
        wanted[wanted.index(-1)] = n // max(known, 1)
    if math.prod(wanted) != n:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim "
            f"{axis} ({n}) in the input tensor"
        )
    return self.reshape(*self.shape[:axis], *wanted, *self.shape[axis + 1 :])


def expand(self: Any, *sizes: Any) -> Any:
    """Repeat along axes of size 1, without copies."""
    wanted = list(
        sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
    )
    shape = list(self.shape)
    if len(wanted) < len(shape):
        raise RuntimeError(
            f"expand({wanted}): the number of sizes provided ({len(wanted)}) must be "
            f"greater or equal to the number of dimensions in the tensor ({len(shape)})"
        )
    known = [1] * (len(wanted) - len(shape)) + shape
    for axis, (size, there) in enumerate(zip(wanted, known, strict=True)):
        if size == -1:
            wanted[axis] = there
        elif size != there and there != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({size}) must match the existing size "
                f"({there}) at non-singleton dimension {axis}.  Target sizes: {wanted}.  "
                f"Tensor sizes: {shape}"
            )
    array = np.broadcast_to(self._array, tuple(map(int, wanted)))
    return _make(self, array, (self,), lambda g: (g,), "ExpandBackward0")


def permute(self: Any, *dims: Any) -> Any:
    """Put the axes into another order."""
    order = (
        tuple(dims[0]) if len(dims) == 1 and isinstance(dims[0], list | tuple) else dims
    )
    places = [
        range(self.dim())[dim] for dim in order if -self.dim() <= dim < self.dim()
    ]
    if len(places) == len(order) == self.dim() and len(set(places)) < len(places):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _permute(self, *order)


_permute = Tensor.permute


def T(self: Any) -> Any:
    """Turn the order of all axes round."""
    return self.permute(*range(self.dim())[::-1])


def mT(self: Any) -> Any:
    """Exchange the last two axes."""
    if self.dim() < 2:
        raise RuntimeError(
            "tensor.mT is only supported on matrices or batches of matrices. Got "
            f"{self.dim()}-D tensor."
        )
    return self.transpose(-2, -1)


def cat(tensors: Any, dim: int = 0, *, axis: Any = None) -> Any:
    """Join tensors along an axis."""
    dim, parts = dim if axis is None else axis, list(tensors)
    if any(part.dtype == borch.float64 for part in parts):
        parts = [part.double() for part in parts]
    first: Any = parts[0] if parts else None
    for n, part in enumerate(parts):
        if part.dim() != first.dim() and part.shape != (0,):
            raise RuntimeError(
                "Tensors must have same number of dimensions: got "
                f"{first.dim()} and {part.dim()}"
            )
        place = range(first.dim())[dim] if -first.dim() <= dim < first.dim() else dim
        for axis_, (one, other) in enumerate(
            zip(first.shape, part.shape, strict=False)
        ):
            if axis_ != place and one != other:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {place}. Expected "
                    f"size {one} but got size {other} for tensor number {n} in the list."
                )
    return borch.cat(parts, dim)


def stack(tensors: Any, dim: int = 0) -> Any:
    """Join tensors along an axis of their own."""
    parts = list(tensors)
    if not parts:
        raise RuntimeError("stack expects a non-empty TensorList")
    for n, part in enumerate(parts):
        if part.shape != parts[0].shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(parts[0].shape)} "
                f"at entry 0 and {list(part.shape)} at entry {n}"
            )
    if any(part.dtype == borch.float64 for part in parts):
        parts = [part.double() for part in parts]
    return borch.stack(parts, dim)


def getitem(self: Any, key: Any) -> Any:
    """Index; what numbers alone pick shares the tensor's memory."""
    _check_steps(key)
    keys = key if isinstance(key, tuple) else (key,)
    _check_index(self, keys)
    if len(keys) == self.dim() and all(type(each) is int for each in keys):
        return _make(
            self,
            self._array[(*keys, ...)],
            (self,),
            lambda g: (_put_at(self, keys, g),),
        )
    return _getitem(self, key)


_getitem = Tensor.__getitem__


def _put_at(tensor: Any, keys: Any, value: Any) -> Any:
    zeros = np.zeros_like(tensor._array)
    zeros[keys] = value
    return zeros


def _check_steps(key: Any) -> None:
    for each in key if isinstance(key, tuple) else (key,):
        if isinstance(each, slice) and each.step is not None and each.step < 0:
            raise ValueError(TorchWords("step must be greater than zero"))


def _check_index(self: Any, keys: tuple[Any, ...]) -> None:
    """Raise what torch raises for an index that it does not take."""
    axes = sum(
        each.dim() if isinstance(each, Tensor) and each.dtype == borch.bool_ else 1
        for each in keys
        if each is not None and each is not ...
    )
    if axes > self.dim() and all(isinstance(each, int | slice) for each in keys):
        raise IndexError(f"too many indices for tensor of dimension {self.dim()}")
    if any(
        isinstance(each, Tensor) and each.dtype.np in (np.float32, np.float64)
        for each in keys
    ):
        raise IndexError(
            "tensors used as indices must be long, int, byte or bool tensors"
        )
    for axis, each in enumerate(keys):
        if each is None or each is ...:
            return
        if type(each) is int and not -self.shape[axis] <= each < self.shape[axis]:
            raise IndexError(
                f"index {each} is out of bounds for dimension {axis} with size "
                f"{self.shape[axis]}"
            )


def setitem(self: Any, key: Any, value: Any) -> None:
    """Write into a place."""
    _check_steps(key)
    try:
        _setitem(self, key, value)
    except ValueError:
        if not isinstance(value, Tensor):
            raise
        there = list(_getitem(self, key).shape)
        n = max(len(there), value.dim())
        for axis in range(1, value.dim() + 1):
            size = there[-axis] if axis <= len(there) else 1
            if value.shape[-axis] not in (1, size):
                raise RuntimeError(
                    f"The expanded size of the tensor ({size}) must match the existing size "
                    f"({value.shape[-axis]}) at non-singleton dimension {n - axis}.  Target "
                    f"sizes: {there}.  Tensor sizes: {list(value.shape)}"
                ) from None
        raise


_setitem = Tensor.__setitem__


def diagonal(self: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """Take a diagonal, in the tensor's own memory."""
    if self.requires_grad:
        return borch.diagonal(self, offset, dim1, dim2)
    view = np.diagonal(self._array, offset, dim1, dim2)
    view.flags.writeable = self._array.flags.writeable
    return exactly(view)


# --- arithmetic -------------------------------------------------------------------------


def matmul(self: Any, other: Any) -> Any:
    """Multiply matrices, as torch does: of one dtype, no booleans mixed in."""
    if not isinstance(other, Tensor):
        raise TypeError(
            TorchWords(
                "unsupported operand type(s) for @: 'Tensor' and "
                f"'{type(other).__name__}'"
            )
        )
    one, two = self._array, other._array
    if one.dtype != two.dtype:
        names = [_scalar_name(each.dtype) for each in (one, two)]
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {names[0]} != {names[1]}"
        )
    if one.ndim == 0 or two.ndim == 0:
        raise RuntimeError(
            "both arguments to matmul need to be at least 1D, but they are "
            f"{one.ndim}D and {two.ndim}D"
        )
    _must_broadcast(np.empty(one.shape[:-2]), np.empty(two.shape[:-2]))
    inner = two.shape[-2] if two.ndim > 1 else two.shape[0]
    if one.shape[-1] != inner:
        raise RuntimeError(_mismatch(one.shape, two.shape))
    return _matmul(self, other)


_matmul = Tensor.__matmul__


def _scalar_name(dtype: Any) -> str:
    names = {"float32": "float", "float64": "double", "int64": "long", "bool": "bool"}
    return names[str(dtype)]


def _mismatch(one: tuple[int, ...], two: tuple[int, ...]) -> str:
    if len(one) == len(two) == 1:
        return (
            "inconsistent tensor size, expected tensor "
            f"[{one[0]}] and src [{two[0]}] to have the same number of elements, but got "
            f"{one[0]} and {two[0]} elements respectively"
        )
    if len(two) == 1 and len(one) == 2:
        return f"size mismatch, got input ({one[0]}), mat ({one[0]}x{one[1]}), vec ({two[0]})"
    if len(one) == 1 and len(two) == 2:
        return f"size mismatch, got input ({two[1]}), mat ({two[1]}x{two[0]}), vec ({one[0]})"
    if len(one) == 2 or len(two) <= 2:
        rows = math.prod(one[:-1])
        columns = two[-1] if len(two) > 1 else 1
        return (
            "mat1 and mat2 shapes cannot be multiplied "
            f"({rows}x{one[-1]} and {two[-2] if len(two) > 1 else two[0]}x{columns})"
        )
    batch = math.prod(np.broadcast_shapes(one[:-2], two[:-2]))
    return (
        "Expected size for first two dimensions of batch2 tensor to be: "
        f"[{batch}, {one[-1]}] but got: [{batch}, {two[-2]}]."
    )


def mm(self: Any, mat2: Any) -> Any:
    """Multiply two matrices."""
    for name, each in (("self", self), ("mat2", mat2)):
        if each.dim() != 2:
            raise RuntimeError(f"{name} must be a matrix")
    return matmul(self, mat2)


def bmm(self: Any, mat2: Any) -> Any:
    """Multiply two batches of matrices."""
    for name, each in (("batch1", self), ("batch2", mat2)):
        if each.dim() != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    if self.shape[0] != mat2.shape[0] or self.shape[2] != mat2.shape[1]:
        one, two = list(self.shape), list(mat2.shape)
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{one[0]}, {one[2]}] but got: [{two[0]}, {two[1]}]."
        )
    return matmul(self, mat2)


def mv(self: Any, vec: Any) -> Any:
    """Multiply a matrix and a vector."""
    if (self.dim(), vec.dim()) != (2, 1):
        raise RuntimeError(
            "vector + matrix @ vector expected, got "
            f"{min(vec.dim(), 1)}, {self.dim()}, {vec.dim()}"
        )
    return matmul(self, vec)


def dot(self: Any, other: Any) -> Any:
    """Multiply two vectors."""
    if self.dim() != 1 or other.dim() != 1:
        raise RuntimeError(
            f"1D tensors expected, but got {self.dim()}D and {other.dim()}D tensors"
        )
    return matmul(self, other)


def einsum(equation: str, *operands: Any) -> Any:
    """Sum products over letters; a letter has one size."""
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    sides = equation.replace(" ", "").split("->")
    seen: dict[str, int] = {}
    for n, (term, operand) in enumerate(
        zip(sides[0].split(","), operands, strict=False)
    ):
        head, dots, tail = term.partition("...")
        if not dots and len(term) != operand.dim():
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(term)}) "
                f"{'does not match' if len(term) < operand.dim() else 'is more than'} the "
                f"number of dimensions ({operand.dim()}) for operand {n} "
                f"{'and no ellipsis was given' if len(term) < operand.dim() else ''}".rstrip()
            )
        shape = operand.shape
        pairs = [*zip(head, shape, strict=False)]
        pairs += [*zip(tail[::-1], shape[::-1], strict=False)]
        for letter, size in pairs:
            before = seen.setdefault(letter, size)
            if before != size and 1 not in (before, size):
                raise RuntimeError(
                    f"einsum(): subscript {letter} has size {size} for operand {n} which "
                    f"does not broadcast with previously seen size {before}"
                )
    if len({operand.dtype for operand in operands}) > 1:
        matmul(*operands[:2])  # says so
        raise gap("einsum of several dtypes")
    return _broadcasting_einsum(equation, operands)


def _broadcasting_einsum(equation: str, operands: Sequence[Any]) -> Any:
    made = borch.einsum(equation, *operands)
    if any(operand.requires_grad for operand in operands) and not made.requires_grad:
        raise gap("the gradient of this einsum")
    return made if made.dtype == operands[0].dtype else made.to(operands[0].dtype)


def clamp(self: Any, min: Any = None, max: Any = None) -> Any:
    """Cut off below and above; the ends may be tensors."""
    low = self if min is None else _as_end(self, min)
    made = self if min is None else borch.maximum(self, low)
    return made if max is None else borch.minimum(made, _as_end(made, max))


def _as_end(self: Any, end: Any) -> Any:
    if isinstance(end, Tensor):
        return end
    kind = (
        np.float32
        if isinstance(end, float) and self.dtype == borch.int64
        else self.dtype.np
    )
    return exactly(np.asarray(end, dtype=kind))


def masked_fill(self: Any, mask: Any, value: Any) -> Any:
    """Write a number wherever a mask is True."""
    if mask.dtype != borch.bool_:
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype "
            f"{_kind_name(mask.dtype)}"
        )
    _must_broadcast(self._array, mask._array)
    return _masked_fill(self, mask, value)


_masked_fill = borch.masked_fill


def _kind_name(dtype: Any) -> str:
    names = {"int64": "long int", "float32": "float", "float64": "double"}
    return names.get(dtype.name, dtype.name)


def scatter(self: Any, dim: int, index: Any, src: Any, *, reduce: Any = None) -> Any:
    """Write at places along an axis."""
    if reduce is not None:
        raise gap("scatter with reduce")
    if isinstance(src, Tensor):
        src = src._array[tuple(slice(n) for n in index.shape)]
    at = list(np.indices(index.shape))
    at[dim] = index._array
    made = self._array.copy()
    made[tuple(at)] = src
    return exactly(made)


def allclose(
    input: Any,
    other: Any,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> bool:
    """Say whether two tensors are alike."""
    return bool(isclose(input, other, rtol, atol, equal_nan)._array.all())


def isclose(
    input: Any,
    other: Any,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> Any:
    """Say where two tensors are alike."""
    _one_dtype(input, other)
    _must_broadcast(input._array, other._array)
    return exactly(
        np.asarray(np.isclose(input._array, other._array, rtol, atol, equal_nan))
    )


def _one_dtype(one: Any, other: Any) -> None:
    if one.dtype != other.dtype:
        kinds = [_scalar_name(each._array.dtype).capitalize() for each in (one, other)]
        raise RuntimeError(f"{kinds[0]} did not match {kinds[1]}")


def cdist(one: Any, other: Any, p: float = 2.0) -> Any:
    """Measure the distance of each pair of rows."""
    if p != 2.0:
        raise gap("cdist with another p")
    return (one.unsqueeze(-2) - other.unsqueeze(-3)).square().sum(-1).sqrt()


# --- reductions -------------------------------------------------------------------------


def _axes(dim: Any) -> Any:
    return tuple(dim) if isinstance(dim, list | tuple) else dim


def reduction(reduce: Callable[..., Any]) -> Callable[..., Any]:
    """Let a reduction take several axes, in a list too, or by numpy's word for them."""

    def over(self: Any, dim: Any = None, keepdim: bool = False, **options: Any) -> Any:
        if "axis" in options:
            dim = options.pop("axis")
        if dim == () or dim == []:
            dim = None
        return reduce(self, dim=_axes(dim), keepdim=keepdim, **options)

    return over


def mean(
    self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """Take the mean, over one axis, several or all."""
    if isinstance(dim, tuple) and self.dtype.np in (np.float32, np.float64):
        n = math.prod(self.shape[axis] for axis in dim)
        return self.sum(dim, keepdim) / n
    return _mean(self, dim=dim, keepdim=keepdim, dtype=dtype)


_mean = Tensor.mean


def total(
    self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """Sum, over one axis, several or all."""
    if dtype is not None:
        self = self.to(dtype)
    return _sum(self, dim=dim, keepdim=keepdim)


_sum = Tensor.sum


# --- nn.functional ----------------------------------------------------------------------


def softmax(name: str, compute: Callable[..., Any]) -> Callable[..., Any]:
    """Make softmax or its logarithm refuse integers, as torch does."""

    def of(input: Any, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
        if dtype is not None:
            input = input.to(dtype)
        if input.dtype in (borch.int64, borch.bool_):
            kind = "Long" if input.dtype == borch.int64 else "Bool"
            last = "lastdim" if dim in (-1, input.dim() - 1) else ""
            kernel = f"{name}_{last}_kernel_impl" if last else f"{name}_kernel_impl"
            raise NotImplementedError(
                TorchWords(f"\"{kernel}\" not implemented for '{kind}'")
            )
        if dim is None:
            raise gap(f"{name} without dim")
        if input.numel() == 0:  # numpy finds no largest number in nothing
            return input.clone()
        return compute(input, dim)

    return of


def pad(
    input: Any, pad: Sequence[int], mode: str = "constant", value: Any = None
) -> Any:
    """Pad, or cut where the number is negative; the last axis comes first."""
    if mode != "constant":
        raise gap(f"pad with mode {mode}")
    for axis, (before, after) in enumerate(
        zip(pad[::2], pad[1::2], strict=True), start=1
    ):
        if input.shape[-axis] + min(before, 0) + min(after, 0) < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
    return borch.nn.functional.pad(input, pad, value=0 if value is None else value)


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Write class numbers as rows of one 1."""
    if tensor.dtype != borch.int64:
        raise RuntimeError(
            "one_hot is only applicable to index tensor of type LongTensor."
        )
    if tensor.numel() and int(tensor.min()) < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes > 0 and tensor.numel() and int(tensor.max()) >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    n = int(tensor.max()) + 1 if num_classes == -1 else int(num_classes)
    return exactly(np.asarray(np.eye(n, dtype=np.int64)[tensor._array]))


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """Compare directions; the two are broadcast first."""
    x1, x2 = borch.broadcast_tensors(x1, x2)
    return borch.cosine_similarity(x1, x2, dim=dim, eps=eps)


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Minus the logarithm of what the target's class gets; classes on axis 1."""
    if weight is not None or label_smoothing or target.dtype != borch.int64:
        raise gap("cross_entropy with these options")
    classes = 1 if input.dim() > 1 else 0
    shape = [n for axis, n in enumerate(input.shape) if axis != classes]
    if list(target.shape) != shape:
        if input.dim() == 2 and target.dim() == 1:
            raise ValueError(
                TorchWords(
                    f"Expected input batch_size ({input.shape[0]}) to match target "
                    f"batch_size ({target.shape[0]})."
                )
            )
        raise RuntimeError(
            f"Expected target size {shape}, got {list(target.shape)}"
            if input.dim() > 2 and target.dim() == input.dim() - 1
            else "Dimension out of range"
        )
    real = target != ignore_index
    place = target.masked_fill(~real, 0)
    if (
        place.numel()
        and not 0 <= int(place.min()) <= int(place.max()) < input.shape[classes]
    ):
        wrong = place[(place < 0) | (place >= input.shape[classes])][0]
        raise IndexError(f"Target {int(wrong)} is out of bounds.")
    log_p = input.log_softmax(classes).gather(classes, place.unsqueeze(classes))
    loss = (-log_p.squeeze(classes)).masked_fill(~real, 0.0)
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.sum() / real.sum()


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """Weight the values; in a boolean mask True may attend, as everywhere in torch."""
    if dropout_p or enable_gqa:
        raise gap("scaled_dot_product_attention with these options")
    scores = query @ key.mT * (query.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        attn_mask = borch.ones(*scores.shape[-2:]).bool().tril()
    if attn_mask is None:
        return scores.softmax(-1) @ value
    if attn_mask.dtype != borch.bool_:
        return (scores + attn_mask).softmax(-1) @ value
    weights = scores.masked_fill(~attn_mask, -math.inf).softmax(-1)
    nobody = ~attn_mask.any(-1, keepdim=True)
    return weights.masked_fill(nobody, 0.0) @ value


def deep_copy_module(self: Any, memo: Any) -> Any:
    """Copy a layer with all that it holds."""
    import copy

    made = self.__class__.__new__(self.__class__)
    memo[id(self)] = made
    vars(made).update(copy.deepcopy(vars(self), memo))
    return made


# --- where they go ----------------------------------------------------------------------


def _as_function(name: str) -> Callable[..., Any]:
    """Let a function do what a tensor's method of that name does."""

    def function(input: Any, *args: Any, **options: Any) -> Any:
        return getattr(input, name)(*args, **options)

    return function


def mend() -> None:
    """Put the functions in the place of pyborch's, as methods."""
    methods: dict[str, Any] = {
        "unflatten": unflatten,
        "permute": permute,
        "expand": expand,
        "expand_as": lambda self, other: expand(self, *other.shape),
        "broadcast_to": lambda self, size: expand(self, *size),
        "T": property(T),
        "mT": property(mT),
        "__getitem__": getitem,
        "__setitem__": setitem,
        "diagonal": diagonal,
        "__matmul__": matmul,
        "matmul": matmul,
        "mm": mm,
        "bmm": bmm,
        "mv": mv,
        "dot": dot,
        "clamp": clamp,
        "clip": clamp,
        "clamp_min": lambda self, min: clamp(self, min=min),
        "clamp_max": lambda self, max: clamp(self, max=max),
        "masked_fill": masked_fill,
        "scatter": scatter,
        "allclose": allclose,
        "isclose": isclose,
        "mean": reduction(mean),
        "sum": reduction(total),
        "detach": lambda self: exactly(self._array),
        "softmax": softmax("softmax", borch.softmax),
        "log_softmax": softmax("log_softmax", borch.log_softmax),
    }
    for name in ("any", "all", "amax", "amin", "prod", "std", "var"):
        methods[name] = reduction(getattr(Tensor, name))
    for name, method in methods.items():
        setattr(Tensor, name, method)
    borch.Size.numel = lambda self: math.prod(self)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "arange": arange,
    "as_tensor": as_tensor,
    "cat": cat,
    "cdist": cdist,
    "concat": cat,
    "cosine_similarity": cosine_similarity,
    "einsum": einsum,
    "from_numpy": from_numpy,
    "full": full,
    "randint": randint,
    "stack": stack,
    "tensor": tensor,
}
for _name in (
    "abs all allclose amax amin any bincount bmm broadcast_to clamp diagonal dot flatten gather "
    "index_select isclose log_softmax masked_fill masked_select matmul mean mm mv outer "
    "permute prod softmax split std sum take_along_dim unflatten var"
).split():
    FUNCTIONS[_name] = _as_function(_name)
for _name in "empty eye linspace ones ones_like rand randn zeros zeros_like".split():
    FUNCTIONS[_name] = _wide(getattr(borch, _name))
FUNCTIONAL: dict[str, Callable[..., Any]] = {
    "cosine_similarity": cosine_similarity,
    "cross_entropy": cross_entropy,
    "log_softmax": _as_function("log_softmax"),
    "one_hot": one_hot,
    "pad": pad,
    "scaled_dot_product_attention": scaled_dot_product_attention,
    "softmax": _as_function("softmax"),
}
