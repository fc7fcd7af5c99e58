"""What torch refuses, the page's torch refuses too: else a mistake would pass there."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import borch
import numpy as np

from .gaps import TorchWords

Tensor = borch.Tensor

# Functions whose first argument need not be a tensor.
ANY_FIRST = set(
    """
    arange as_tensor broadcast_shapes broadcast_tensors cartesian_prod cat concat einsum empty
    eye finfo from_numpy full hstack is_tensor linspace manual_seed meshgrid ones pow rand
    randint randn randperm stack tensor unravel_index vstack where zeros
    """.split()
)
TWO_TENSORS = set(
    "allclose bmm cdist dot equal inner isclose matmul maximum minimum mm mv outer".split()
)


def takes_tensors(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of ``torch`` refuse what is no tensor."""
    if name in ANY_FIRST:
        return call

    @functools.wraps(call)
    def function(*args: Any, **options: Any) -> Any:
        for place, arg in enumerate(args[: 2 if name in TWO_TENSORS else 1]):
            if not isinstance(arg, Tensor):
                word, kind = ("input", "other")[place], type(arg).__name__
                raise TypeError(
                    TorchWords(
                        f"{name}(): argument '{word}' (position {place + 1}) must be "
                        f"Tensor, not {kind}"
                    )
                )
        return call(*args, **options)

    return function


def _index(name: str, dtypes: str) -> Callable[..., None]:
    def check(
        self: Any, dim: Any = None, index: Any = None, *_: Any, **__: Any
    ) -> None:
        if isinstance(index, Tensor) and index.dtype != borch.int64:
            raise RuntimeError(f"{name}(): Expected dtype {dtypes} for index")

    return check


def _vector(name: str) -> Callable[..., None]:
    def check(self: Any, dim: int, index: Any, *_: Any, **__: Any) -> None:
        if index.dim() > 1:
            raise IndexError(
                f"{name}(): Index is supposed to be a vector, but got dim: {index.dim()} "
                f"with type: Long and size: {list(index.shape)}"
            )
        if index.dtype != borch.int64:
            raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")

    return check


def _along(self: Any, indices: Any, dim: Any = None) -> None:
    if indices.dtype != borch.int64:
        raise RuntimeError("torch.take_along_dim(): dtype of indices should be Long")


def _flatten(self: Any, start_dim: int = 0, end_dim: int = -1) -> None:
    n = max(self.dim(), 1)
    for dim in (start_dim, end_dim):
        if not -n <= dim < n:
            raise IndexError(
                "Dimension out of range (expected to be in range of "
                f"[{-n}, {n - 1}], but got {dim})"
            )
    if range(n)[start_dim] > range(n)[end_dim]:
        raise RuntimeError(
            "flatten() has invalid args: start_dim cannot come after end_dim"
        )


def _split(self: Any, split_size: Any, dim: int = 0) -> None:
    if not isinstance(split_size, int) and sum(split_size) != self.shape[dim]:
        raise RuntimeError(
            "split_with_sizes expects split_sizes to sum exactly to "
            f"{self.shape[dim]} (input tensor's size at dimension {dim}), but got "
            f"split_sizes={list(split_size)}"
        )


def _outer(self: Any, vec2: Any) -> None:
    for word, each in (("self", self), ("vec2", vec2)):
        if each.dim() != 1:
            raise RuntimeError(
                f"outer: Expected 1-D argument {word}, but got {each.dim()}-D"
            )


def _bincount(self: Any, *_: Any, **__: Any) -> None:
    if self.dtype != borch.int64:
        raise NotImplementedError(
            TorchWords("\"bincount_cpu\" not implemented for 'Float'")
        )


def _masked_select(self: Any, mask: Any) -> None:
    if mask.dtype != borch.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")


def _masked_fill(self: Any, mask: Any, value: Any) -> None:
    if isinstance(value, Tensor) and value.dim():
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.dim()} dimension(s)."
        )


def _fill(self: Any, value: Any) -> None:
    if isinstance(value, Tensor) and value.dim():
        raise RuntimeError(
            "fill_ only supports 0-dimension value tensor but got tensor with "
            f"{value.dim()} dimensions."
        )


def _numpy(self: Any, **_: Any) -> None:
    if self.requires_grad:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() "
            "instead."
        )


METHODS: dict[str, Callable[..., None]] = {
    "index_add": _vector("index_add_"),
    "index_add_": _vector("index_add_"),
    "index_fill": _vector("index_fill_"),
    "gather": _index("gather", "int32/int64"),
    "scatter": _index("scatter", "int32/int64"),
    "index_select": _index("index_select", "int32 or int64"),
    "take_along_dim": _along,
    "flatten": _flatten,
    "split": _split,
    "outer": _outer,
    "bincount": _bincount,
    "masked_select": _masked_select,
    "masked_fill": _masked_fill,
    "fill_": _fill,
    "numpy": _numpy,
}


def _where(condition: Any, *_: Any) -> None:
    if condition.dtype != borch.bool_:
        kind = {"int64": "Long", "float32": "Float"}.get(condition.dtype.name, "Double")
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{kind}"
        )


def _cat(tensors: Any, *_: Any, **__: Any) -> None:
    if isinstance(tensors, Tensor):
        raise TypeError(
            TorchWords(
                "cat(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor"
            )
        )


def _arange(*args: Any, **options: Any) -> None:
    named = [options[name] for name in ("start", "end", "step") if name in options]
    ends = [arg.item() if isinstance(arg, Tensor) else arg for arg in (*args, *named)]
    start, end, step = [(0, *ends, 1), (*ends, 1), ends][len(ends) - 1]
    if step and (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")


def _randint(*args: Any, **options: Any) -> None:
    ends = [arg for arg in args if isinstance(arg, int)]
    low, high = (0, *ends)[-2:] if len(ends) == 1 else (*ends, 0, 1)[:2]
    if len(ends) in (1, 2) and low >= high:
        raise RuntimeError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )


def _randperm(n: int, **_: Any) -> None:
    if n < 0:
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {n}: [{n}]"
        )


def _embedding(input: Any, weight: Any, *_: Any, **__: Any) -> None:
    if input.dtype != borch.int64:
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar "
            "types: Long, Int"
        )
    if weight.dim() != 2:
        raise RuntimeError("'weight' must be 2-D")


def _linear(input: Any, weight: Any, *_: Any) -> None:
    if weight.dim() > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {weight.dim()}D"
        )


def _logsigmoid(input: Any) -> None:
    if input.dtype not in (borch.float32, borch.float64):
        raise NotImplementedError(
            TorchWords("\"log_sigmoid_cpu\" not implemented for 'Long'")
        )


def _of_one_size(input: Any, target: Any, *_: Any, **__: Any) -> None:
    if input.shape != target.shape:
        raise ValueError(
            TorchWords(
                f"Target size (torch.Size({list(target.shape)})) must be the same as input "
                f"size (torch.Size({list(input.shape)}))"
            )
        )


FUNCTIONS: dict[str, Callable[..., None]] = {
    "where": _where,
    "cat": _cat,
    "concat": _cat,
    "arange": _arange,
    "randint": _randint,
    "randperm": _randperm,
}
FUNCTIONAL: dict[str, Callable[..., None]] = {
    "binary_cross_entropy_with_logits": _of_one_size,
    "embedding": _embedding,
    "logsigmoid": _logsigmoid,
    "linear": _linear,
}


def after(check: Callable[..., None], call: Callable[..., Any]) -> Callable[..., Any]:
    """Call a function once its arguments are checked."""

    @functools.wraps(call)
    def checked(*args: Any, **options: Any) -> Any:
        check(*args, **options)
        return call(*args, **options)

    return checked


def in_place(inplace: Callable[..., Any]) -> Callable[..., Any]:
    """Let what is done in place keep the shape, and refuse places that share a number."""

    def done(self: Any, compute: Callable[[], Any], what: str) -> Any:
        array = self._array
        shared = any(
            step == 0 and n > 1
            for step, n in zip(array.strides, array.shape, strict=True)
        )
        if shared and what not in ("zero_", "fill_"):
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor "
                "refers to a single memory location. Please clone() the tensor before "
                "performing the operation."
            )
        made = compute()
        shape = list(np.shape(made._array if isinstance(made, Tensor) else made))
        broadcast = list(np.broadcast_shapes(tuple(shape), array.shape))
        if broadcast != list(array.shape):
            raise RuntimeError(
                f"output with shape {list(array.shape)} doesn't match the broadcast shape "
                f"{shape}"
            )
        return inplace(self, lambda: made, what)

    return done


def mend() -> None:
    """Put the checks before what tensors do."""
    for name, check in METHODS.items():
        setattr(Tensor, name, after(check, vars(Tensor)[name]))
    Tensor._inplace = in_place(Tensor._inplace)
