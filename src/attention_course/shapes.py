"""What may come in: one line above a function says it, and its body is the idea alone.

``@checked(query="... Tq d_k", key="... Tk d_k")`` looks at the arguments before the
function runs. Axes are named in words, separated by spaces:

* a name (``Tq``) matches one axis of any size and remembers that size,
* a number (``3``) matches one axis of exactly that size,
* ``{sizes}`` is what the layer keeps under that name, one number or several,
* a leading ``...`` matches any number of further axes, none included.

The same name stands for the same size in every argument of a call, and for the layer's
own number if it keeps one under that name (``d_model``). A name that starts with ``d_``
is the length of a vector, so its size is at least 1. An error names the argument, what
was expected, and what came.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

__all__ = [
    "Call", "Rule", "along", "any_dtype", "boolean", "by_patch", "causal_grid",
    "cells_of", "check_axes", "check_boolean", "check_broadcast", "check_cell_mask",
    "check_dtype", "check_integer", "check_leading", "check_mask", "check_positive",
    "check_scores", "check_sizes", "checked", "divides", "each_axis", "flag", "integers",
    "may_attend", "one_of", "padding", "positive", "remember_arguments", "several",
    "strings", "whole",
]  # fmt: skip

P = ParamSpec("P")
R = TypeVar("R")
MISSING = object()
NOTHING: Mapping[str, Any] = {}


# --- the line above a function --------------------------------------------------------


class Call:
    """One call under check: its arguments and, as they are met, the sizes of their axes."""

    def __init__(self, layer: Any, weight: str, same: str) -> None:
        self.layer, self.weight, self.same = layer, weight, same
        self.given: dict[str, Any] = {}
        self.axes: dict[str, str] = {}  # of each tensor, in words
        self.sizes: dict[str, int] = {}
        self.floating: dict[str, Tensor] = {}

    def find(self, name: str) -> Any:
        """Return an argument, the size of an axis, or what the layer keeps under a name."""
        for known in (self.given, self.sizes):
            if name in known:
                return known[name]
        return operator.attrgetter(name)(self.layer)

    def match(self, name: str, tensor: Tensor, axes: str, floating: bool) -> None:
        """Match a tensor with its axes, and remember both."""
        kept = NOTHING if self.layer is None else vars(self.layer)
        _match(name, tensor, axes, self.sizes, floating, kept)
        self.axes[name] = axes
        if floating:
            self.floating[name] = tensor

    def check_together(self) -> None:
        """Check leading axes and dtypes of the floating-point tensors met until now."""
        tensors, self.floating = self.floating, {}
        if not tensors:
            return
        if self.same:
            check_leading(self.same, **tensors)
        else:
            check_broadcast(**tensors)
        if self.weight:
            check_dtype(**tensors, weight=self.find(self.weight))
        else:
            if isinstance(self.layer, nn.Module):
                _check_own_dtype(_first_parameter(self.layer), tensors)
            check_dtype(**tensors)
        *grid, _ = self.same.split() or [""]
        for name, tensor in tensors.items() if grid else ():
            if 0 in tensor.shape[-len(grid) - 1 : -1]:
                wanted = "a positive integer, got 0"
                raise ValueError(f"{name}'s {', '.join(grid)}: expected {wanted}")


# Of an argument: its name, its value, and the call that it belongs to.
Rule = Callable[[str, Any, Call], None]


def checked(
    *, weight: str = "", same: str = "", **rules: str | Rule
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check a function's arguments before it runs.

    Words are the axes of a floating-point tensor. All these tensors have one dtype, in
    a layer that of its parameters, and leading axes that broadcast. ``"... Tk d_k or
    query"`` means the query where the argument is None. Otherwise None is let through
    where it is the default.

    While ``torch.compile`` or an exporter reads the function nothing is checked: what
    they write down is the idea alone. ``benchmarks/checked.py`` has the cost of a call.

    Args:
        weight: the path of the layer's tensor that the dtypes are compared with; by
            default its first parameter.
        same: the last axes of grids, in words. The axes before them must be the same,
            not only broadcast, and no grid may be empty.
        rules: words or a rule for each argument, in the order in which they are checked;
            first the tensors, then their masks.

    Raises:
        TypeError: a rule for an argument that the function does not have.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters
        places = {name: place for place, name in enumerate(parameters)}
        if unknown := rules.keys() - places:
            raise TypeError(f"checked: {function.__name__} has no {sorted(unknown)}")
        plan = []  # all that a call need not work out again
        for name, rule in rules.items():
            parameter, other = parameters[name], ""
            if isinstance(rule, str):
                words, _, other = rule.partition(" or ")
                rule = _axes(words, floating=True)
            by_name = parameter.kind is parameter.KEYWORD_ONLY
            place = sys.maxsize if by_name else places[name]
            empty = parameter.default is parameter.empty
            default = MISSING if empty else parameter.default
            plan.append((name, place, default, rule, other))
        is_method = "self" in places

        def check(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            call = Call(args[0] if is_method else None, weight, same)
            for name, place, default, rule, other in plan:
                by_place = place < len(args)
                value = args[place] if by_place else kwargs.get(name, default)
                if value is MISSING:
                    return  # Python itself names an argument that is missing
                if value is None and other:
                    value = call.given[other]
                call.given[name] = value
                if value is not None or default is not None:
                    rule(name, value, call)
            call.check_together()

        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            if not torch.compiler.is_compiling():
                check(args, kwargs)
            return function(*args, **kwargs)

        return wrapper

    return decorate


def remember_arguments(init: Callable[P, None]) -> Callable[P, None]:
    """Let a model's constructor write its arguments down in ``self.config``.

    They are what it takes to build the model again, as plain values for
    :func:`attention_course.lab.training.save_model`: what the model keeps under an
    argument's own name counts, NumPy's numbers become Python's, and sequences tuples.
    """
    signature = inspect.signature(init)

    def plain(value: Any) -> Any:
        if isinstance(value, Sequence) and not isinstance(value, str):
            return tuple(map(plain, value))
        return value.item() if isinstance(value, np.generic) else value

    @functools.wraps(init)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        init(*args, **kwargs)
        (_, model), *arguments = given.arguments.items()
        kept = vars(model)
        model.config = {name: plain(kept.get(name, x)) for name, x in arguments}

    return wrapper


# --- rules for tensors ----------------------------------------------------------------


def _axes(
    words: str, *, floating: bool, resolve: Callable[[str, Call], str] | None = None
) -> Rule:
    """Axes in words; ``resolve`` says which they are in one call."""
    if "{" in words:
        resolve = _fill

    def rule(name: str, tensor: Tensor, call: Call) -> None:
        call.match(name, tensor, resolve(words, call) if resolve else words, floating)

    return rule


def _fill(words: str, call: Call) -> str:
    filled: list[object] = []
    for word in words.split():
        kept = call.find(word[1:-1]) if word.startswith("{") else word
        filled += kept if isinstance(kept, tuple) else [kept]
    return " ".join(map(str, filled))


def any_dtype(words: str) -> Rule:
    """Axes in words, whatever the dtype."""
    return _axes(words, floating=False)


def integers(words: str = "...", *, below: str) -> Rule:
    """Token or class numbers, from 0 to less than another number of the call."""

    def rule(name: str, tensor: Tensor, call: Call) -> None:
        if words != "...":
            call.match(name, tensor, words, floating=False)
        check_integer(name, tensor, below=call.find(below))

    return rule


def boolean(words: str) -> Rule:
    """A boolean tensor with these axes, such as a mask of the real tokens."""

    def rule(name: str, mask: Tensor, call: Call) -> None:
        call.match(name, mask, words, floating=False)
        check_boolean(name, mask)

    return rule


def padding(words: str) -> Rule:
    """A mask ``(B, T)`` with the real tokens of each row first, at least one."""

    is_boolean = boolean(words)

    def rule(name: str, mask: Tensor, call: Call) -> None:
        is_boolean(name, mask, call)
        try:
            wrong = bool((mask[:, 1:] & ~mask[:, :-1]).any() | ~mask[:, :1].all())
        except RuntimeError:  # nothing to read: the meta device, or under vmap
            return
        if wrong:
            raise ValueError(
                f"{name}: expected real tokens first (at least one), "
                "then padding, in each row"
            )

    return rule


def may_attend(*compared: str, value: str = "", for_all_heads: bool = False) -> Rule:
    """A mask of scores: of one tensor of scores, or of a query and a key."""

    def rule(name: str, mask: Tensor, call: Call) -> None:
        call.check_together()
        query, *keys = (call.given[tensor] for tensor in compared)
        shape = _scores_shape(query, keys[0]) if keys else query.shape
        check_boolean(name, mask)
        if not _fits_into(mask.shape, shape):
            check_mask(name, mask, shape)
            if for_all_heads:
                raise ValueError(
                    f"{name}: expected one mask for all heads, axes (..., Tq, Tk) "
                    f"within {tuple(shape)}, got shape {tuple(mask.shape)}"
                )
        if value:
            check_broadcast(**{name: mask, value: call.given[value]})

    return rule


def cells_of(grid: str) -> Rule:
    """A mask of a grid's cells, the same for every query."""

    def rule(name: str, mask: Tensor, call: Call) -> None:
        call.check_together()
        *cells, _ = call.axes[grid].split()  # without the numbers of a cell
        leading = call.given[grid].shape[: -len(cells)]
        check_cell_mask(name, mask, " ".join(cells), call.sizes, leading)

    return rule


def along(axis: str, words: str) -> Rule:
    """A grid like the query's, but with a size of its own along the axis of that number."""

    def resolve(words: str, call: Call) -> str:
        names = words.split()
        names[1 + call.given[axis]] += "'"
        return " ".join(names)

    return _axes(words, floating=True, resolve=resolve)


def by_patch(
    words: str, *, floating: bool = False, divided: bool = False, **own: str
) -> Rule:
    """A grid and a ``patch``, without its first axis ``F`` where the patch has two sizes.

    ``divided``: the patch divides it. ``own``: what the layer keeps for an axis, by name.
    """

    def rule(name: str, grid: Tensor, call: Call) -> None:
        first, *names, last = words.split()
        patch = each_axis(call.find("patch"), 2)
        names = names[-len(patch) :]
        call.sizes |= {axis: call.find(kept) for axis, kept in own.items()}
        call.match(name, grid, " ".join([first, *names, last]), floating)
        for axis, step in zip(names, patch, strict=True) if divided else ():
            if (size := call.sizes[axis]) % step:
                wanted = f"a size that divides {axis} = {size}"
                raise ValueError(f"patch: expected {wanted}, got {step}")

    return rule


def causal_grid(name: str, causal: bool, call: Call) -> None:
    """A switch: where it is on, query and context have one grid."""
    flag(name, causal, call)
    if "sizes" in call.given:
        sizes, others = tuple(call.given["sizes"]), tuple(call.given["context_sizes"])
    else:
        sizes, others = call.given["query"].shape[-4:-1], call.given["key"].shape[-4:-1]
    if causal and sizes != others:
        raise ValueError(
            f"{name}: expected a context of the query's sizes {tuple(sizes)}, "
            f"got {tuple(others)}"
        )


# --- rules for numbers and words ------------------------------------------------------


def whole(at_least: int) -> Rule:
    """An integer, Python's, NumPy's or torch's, that is large enough."""

    def rule(name: str, value: int, call: Call) -> None:
        _check_whole(name, value, at_least)

    return rule


def positive(name: str, value: Any, call: Call) -> None:
    """A positive integer."""
    _check_whole(name, value, at_least=1)


def divides(total: str) -> Rule:
    """A positive integer that divides another number of the call."""

    def rule(name: str, value: int, call: Call) -> None:
        positive(name, value, call)
        if call.find(total) % value:
            wanted = f"a number that divides {total} = {call.find(total)}"
            raise ValueError(f"{name}: expected {wanted}, got {value}")

    return rule


def several(
    *counts: int,
    at_least: int = 1,
    one_for_all: bool = False,
    wanted: str = "",
    dividing: str = "",
    whose: str = "",
) -> Rule:
    """Integers, as many as one of ``counts``; perhaps one number for all of them.

    ``dividing``: they divide those of another argument.
    """

    def rule(name: str, sizes: Any, call: Call) -> None:
        found = check_sizes(name, sizes, at_least=at_least)
        alone = one_for_all and not isinstance(sizes, Sequence)
        if not alone and len(found) not in counts:
            expected = wanted or f"{counts[0]} integers"
            raise ValueError(f"{name}: expected {expected}, got {len(found)}: {found}")
        if dividing:
            wholes = each_axis(call.given[dividing], counts[-1])
            found = each_axis(sizes, counts[-1])
            if any(a % b for a, b in zip(wholes, found, strict=True)):
                expected = f"sizes that divide {whose}{wholes}"
                raise ValueError(f"{name}: expected {expected}, got {found}")

    return rule


def each_axis(sizes: int | Sequence[int], n_axes: int) -> tuple[int, ...]:
    """Write one number that stands for all axes, or one for each, as a tuple."""
    each = sizes if isinstance(sizes, Sequence) else [sizes] * n_axes
    return tuple(map(operator.index, each))


def one_of(choices: Sequence[Any], wanted: str = "") -> Rule:
    """One of a few values, all of one type."""

    def rule(name: str, value: Any, call: Call) -> None:
        if type(value) is not type(choices[0]) or value not in choices:
            expected = wanted or f"one of {', '.join(choices)}"
            raise ValueError(f"{name}: expected {expected}, got {value!r}")

    return rule


def strings(name: str, texts: Any, call: Call) -> None:
    """A list of strings, not a single one."""
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{name}: expected a list of strings, got {texts!r}")


def flag(name: str, value: Any, call: Call) -> None:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: expected True or False, got {value!r}")


# --- what the rules stand on: each raises, with the argument's name in front ----------


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
    _match(name, tensor, axes, known, floating)
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


def _match(
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
    n_last = len(axes.split())
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
    if differ and not _autocast(next(iter(tensors.values()))):
        got = ", ".join(map(str, dtypes))
        raise ValueError(f"{', '.join(tensors)}: expected one dtype, got {got}")


def _check_own_dtype(own: Tensor | None, tensors: Mapping[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        if own is None or tensor.dtype == own.dtype or _autocast(tensor):
            continue
        wanted = f"{own.dtype}, as the layer has"
        raise ValueError(f"{name}: expected {wanted}, got {tensor.dtype}")


def _first_parameter(layer: nn.Module) -> Tensor | None:
    # As next(layer.parameters(), None), in a third of the time.
    for parameter in layer._parameters.values():
        if parameter is not None:
            return parameter
    found = (_first_parameter(part) for part in layer._modules.values() if part)
    return next((parameter for parameter in found if parameter is not None), None)


def _autocast(tensor: Tensor) -> bool:
    device = tensor.device.type
    return torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)


def check_scores(
    name: str, scores: Tensor, query: Tensor, key: Tensor, value: Tensor | None = None
) -> None:
    """Check what a function of scores returned: ``(..., Tq, Tk)``, in the value's dtype."""
    if torch.compiler.is_compiling():
        return
    check_axes(name, scores, "...")
    expected = _scores_shape(query, key)
    if scores.shape != expected:
        raise ValueError(
            f"{name}: expected scores (..., Tq, Tk) of shape {tuple(expected)}, "
            f"got shape {tuple(scores.shape)}"
        )
    if value is not None:
        check_dtype(**{name: scores, "value": value})


def _scores_shape(query: Tensor, key: Tensor) -> torch.Size:
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
    fits = _fits_into(mask.shape[-2:], shape[-2:]) and _broadcast(mask.shape, shape)
    if not fits:
        raise ValueError(
            f"{name}: expected axes (..., Tq, Tk) that broadcast to the scores' shape "
            f"{tuple(shape)}, got shape {tuple(mask.shape)}"
        )


def _fits_into(shape: Sequence[int], target: Sequence[int]) -> bool:
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
    if not _fits_into(mask.shape[:n_leading], leading):
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
        _check_whole(name, number, at_least=1)


def check_sizes(
    name: str,
    sizes: int | Sequence[int],
    *,
    n_axes: int | None = None,
    at_least: int = 1,
) -> tuple[int, ...]:
    """Check one integer or several, ``n_axes`` if given, and return them as a tuple."""
    each = sizes if isinstance(sizes, Sequence) else (sizes,)
    found = tuple(_check_whole(name, size, at_least) for size in each)
    if n_axes is not None and len(found) != n_axes:
        wanted = f"{n_axes} integers"
        raise ValueError(f"{name}: expected {wanted}, got {len(found)}: {found}")
    return found


def _check_whole(name: str, number: int, at_least: int) -> int:
    try:
        if isinstance(number, bool | np.bool_):  # Python counts True as 1
            raise TypeError
        found = operator.index(number)
    except TypeError:
        got = type(number).__name__
        raise TypeError(f"{name}: expected an integer, got {got}") from None
    if found < at_least:
        wanted = (
            "a positive integer" if at_least == 1 else f"an integer from {at_least} up"
        )
        raise ValueError(f"{name}: expected {wanted}, got {found}")
    return found
