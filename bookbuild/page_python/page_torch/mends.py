"""What differs between pyborch 1.14.1 and torch, mended; a test compares each with torch."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Sequence
from typing import Any

import borch
import numpy as np
from borch._tensor import _grad_mode

from .gaps import TorchWords, gap

Tensor = borch.Tensor
FLOAT, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


# --- double precision: pyborch narrows it, here it stays where it is asked for ----------


def _init(
    self: Any,
    data: Any,
    requires_grad: bool = False,
    _parents: Sequence[Any] = (),
    _backward: Any = None,
) -> None:
    if sys._getframe(1).f_globals.get("__package__") != "borch":
        if not isinstance(data, list | tuple):  # such as a size
            raise gap("torch.Tensor(…)")
        data = np.asarray(data, dtype=np.float32)
    wide = any(parent._array.dtype == DOUBLE for parent in _parents)
    _fill(self, _narrowed(np.asarray(data), wide), _parents, _backward)
    if requires_grad and self._array.dtype.kind not in "fc":
        raise RuntimeError(
            "only Tensors of floating point and complex dtype can require gradients"
        )
    self.requires_grad = bool(requires_grad)


def _narrowed(array: Any, wide: bool) -> Any:
    if array.dtype == DOUBLE:
        return array if wide else array.astype(np.float32)
    if array.dtype.kind in "iu" and array.dtype != np.int64:
        return array.astype(np.int64)
    if array.dtype.kind == "f" and array.dtype != FLOAT:
        return array.astype(np.float32)
    if array.dtype == np.complex128:
        raise gap("complex128")
    if array.dtype.kind not in "fibc":
        raise TypeError(TorchWords(f"can't convert np.ndarray of type {array.dtype}"))
    return array


def _fill(tensor: Any, array: Any, parents: Sequence[Any], backward: Any) -> None:
    tensor._array = array
    tensor.requires_grad, tensor.grad = False, None
    tensor._parents, tensor._backward = parents, backward
    tensor._freed, tensor._op = False, None


def _make(
    self: Any, data: Any, parents: Sequence[Any], backward: Any, op: Any = None
) -> Any:
    needs = _grad_mode.enabled and any(parent.requires_grad for parent in parents)
    wide = any(parent._array.dtype == DOUBLE for parent in parents)
    made = Tensor.__new__(Tensor)
    kept = (parents, backward) if needs else ((), None)
    _fill(made, _narrowed(np.asarray(data), wide), *kept)
    made.requires_grad, made._op = needs, op if needs else None
    return made


def exactly(array: Any) -> Any:
    """Make a tensor of an array as it is, double precision too."""
    made = Tensor.__new__(Tensor)
    wide = np.asarray(array).dtype == DOUBLE
    _fill(made, _narrowed(np.asarray(array), wide), (), None)
    return made


def _cast(self: Any, target: Any) -> Any:
    target = np.dtype(target)
    if self._array.dtype == target:
        return self
    before = self._array.dtype
    made = _make(
        self,
        self._array.astype(target),
        (self,),
        lambda g: (g.astype(before),),
        "ToCopyBackward0",
    )
    if target == DOUBLE:
        made._array = self._array.astype(target)
    return made


class _Data:
    """``tensor.data``: a tensor for who asks, numpy's array for pyborch itself."""

    def __get__(self, tensor: Any, owner: Any = None) -> Any:
        if tensor is None:
            return self
        if sys._getframe(1).f_globals.get("__package__") == "borch":
            return tensor._array
        return exactly(tensor._array)

    def __set__(self, tensor: Any, value: Any) -> None:
        if not isinstance(value, Tensor):
            kind = type(value).__name__
            raise TypeError(
                TorchWords(f"Variable data has to be a tensor, but got {kind}")
            )
        tensor._array = value._array


# --- operators --------------------------------------------------------------------------


def _number(value: Any) -> Any:
    """Take a numpy scalar for the number that it holds; an array has no place here."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        raise gap("an operator between a tensor and a numpy array")
    return value


def _takes_numbers(call: Callable[..., Any]) -> Callable[..., Any]:
    def operator_of(self: Any, other: Any) -> Any:
        other = _number(other)
        if not isinstance(other, Tensor | int | float | complex):
            return NotImplemented
        return call(self, other)

    return operator_of


def _of_number(self: Any, number: Any) -> Any:
    """Make a tensor without axes of a number, in the dtype that torch takes for the pair."""
    floats = isinstance(number, float) and self._array.dtype.kind != "f"
    ints = type(number) is int and self._array.dtype.kind == "b"
    dtype = np.float32 if floats else np.int64 if ints else self._array.dtype
    return exactly(np.asarray(number, dtype=dtype))


def _turned(call: Callable[..., Any]) -> Callable[..., Any]:
    return _takes_numbers(lambda self, other: call(_of_number(self, other), self))


def _together(one: Any, other: Any) -> Any:
    """Bring two operands to one dtype, as torch does, as arrays."""
    other = other if isinstance(other, Tensor) else _of_number(one, other)
    kinds = [one._array.dtype.kind, other._array.dtype.kind]
    rank = "bif"
    if kinds[0] == kinds[1]:
        # A tensor without axes does not widen one with axes.
        wide = [t._array.dtype for t in (one, other) if t._array.ndim] or [
            one._array.dtype,
            other._array.dtype,
        ]
        dtype = max(wide, key=lambda each: each.itemsize)
    else:
        dtype = max(
            (one, other), key=lambda t: rank.index(t._array.dtype.kind)
        )._array.dtype
    return one._array.astype(dtype, copy=False), other._array.astype(dtype, copy=False)


def _floor_divided(self: Any, other: Any) -> Any:
    a, b = _together(self, other)
    if a.dtype.kind in "ib" and bool((b == 0).any()):
        raise RuntimeError("ZeroDivisionError")
    if a.dtype.kind == "b":
        a, b = a.astype(np.int64), b.astype(np.int64)
    with np.errstate(all="ignore"):
        return exactly(np.asarray(np.floor_divide(a, b)))


def _remainder(self: Any, other: Any) -> Any:
    a, b = _together(self, other)
    if a.dtype.kind in "ib" and bool((b == 0).any()):
        raise RuntimeError("ZeroDivisionError")
    with np.errstate(all="ignore"):
        return _make(self, np.mod(a, b), (self,), lambda g: (g,), "RemainderBackward0")


def _compared(compare: Callable[..., Any]) -> Callable[..., Any]:
    def comparison(self: Any, other: Any) -> Any:
        a, b = _together(self, other)
        _must_broadcast(a, b)
        return exactly(np.asarray(compare(a, b)))

    return _takes_numbers(comparison)


def _bitwise(name: str, compute: Callable[..., Any]) -> Callable[..., Any]:
    def operation(self: Any, other: Any) -> Any:
        a, b = _together(self, other)
        if a.dtype.kind not in "bi":
            raise NotImplementedError(
                TorchWords(f"\"bitwise_{name}_cpu\" not implemented for 'Float'")
            )
        _must_broadcast(a, b)
        return exactly(np.asarray(compute(a, b)))

    return _takes_numbers(operation)


def _must_broadcast(a: Any, b: Any) -> None:
    for axis in range(1, min(a.ndim, b.ndim) + 1):
        one, other = a.shape[-axis], b.shape[-axis]
        if one != other and 1 not in (one, other):
            place = max(a.ndim, b.ndim) - axis
            raise RuntimeError(
                f"The size of tensor a ({one}) must match the size of tensor b ({other}) "
                f"at non-singleton dimension {place}"
            )


def _inverted(self: Any) -> Any:
    if self._array.dtype.kind == "f":
        raise TypeError(
            TorchWords(
                "~ (operator.invert) is only implemented on integer and Boolean-type tensors"
            )
        )
    return exactly(np.asarray(~self._array))


def _negative(self: Any) -> Any:
    if self._array.dtype.kind == "b":
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are "
            "trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return _make(self, -self._array, (self,), lambda g: (-g,), "NegBackward0")


def _contains(self: Any, value: Any) -> bool:
    array = value._array if isinstance(value, Tensor) else _number(value)
    return bool((self._array == array).any())


def _format(self: Any, spec: str) -> str:
    return format(self._array.item(), spec) if self._array.ndim == 0 else str(self)


def _deep_copied(self: Any, memo: Any) -> Any:
    made = exactly(self._array.copy())
    made.__class__ = self.__class__
    made.requires_grad = self.requires_grad
    return made


def mend_tensor() -> None:
    """Mend what tensors do."""
    Tensor.__init__, Tensor._make, Tensor._cast = _init, _make, _cast
    Tensor.data = _Data()
    own = dict(vars(Tensor))
    for name in (
        "add",
        "sub",
        "mul",
        "truediv",
        "pow",
        "iadd",
        "isub",
        "imul",
        "itruediv",
    ):
        setattr(Tensor, f"__{name}__", _takes_numbers(own[f"__{name}__"]))
    Tensor.__radd__, Tensor.__rmul__ = Tensor.__add__, Tensor.__mul__
    Tensor.__rsub__ = _turned(own["__sub__"])
    Tensor.__rtruediv__ = _turned(own["__truediv__"])
    Tensor.__rpow__ = _turned(own["__pow__"])
    Tensor.__floordiv__ = _takes_numbers(_floor_divided)
    Tensor.__rfloordiv__ = _turned(_floor_divided)
    Tensor.__mod__, Tensor.__rmod__ = _takes_numbers(_remainder), _turned(_remainder)
    for name in ("gt", "ge", "lt", "le", "eq", "ne"):
        setattr(Tensor, f"__{name}__", _compared(getattr(operator, name)))
    for name, compute in (
        ("and", np.bitwise_and),
        ("or", np.bitwise_or),
        ("xor", np.bitwise_xor),
    ):
        operation = _bitwise(name, compute)
        setattr(Tensor, f"__{name}__", operation)
        setattr(Tensor, f"__r{name}__", operation)
    Tensor.__lshift__ = _bitwise("left_shift", np.left_shift)
    Tensor.__rshift__ = _bitwise("right_shift", np.right_shift)
    Tensor.__invert__, Tensor.__neg__ = _inverted, _negative
    Tensor.__contains__, Tensor.__format__ = _contains, _format
    Tensor.__deepcopy__ = _deep_copied
    Tensor.__abs__ = lambda self: self.abs()
    Tensor.__array_priority__ = 1000  # numpy's operators ask a tensor's first
