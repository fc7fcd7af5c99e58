"""The rules that may stand for an argument: for tensors, then for numbers and words."""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from .basics import (
    check_boolean,
    check_broadcast,
    check_cell_mask,
    check_integer,
    check_mask,
    check_sizes,
    check_whole,
    fits_into,
    scores_shape,
)
from .call import Call

# Of an argument: its name, its value, and the call that it belongs to.
Rule = Callable[[str, Any, Call], None]


def of_axes(
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
    return of_axes(words, floating=False)


def integers(words: str = "...", *, below: str = "") -> Rule:
    """Token or class numbers, from 0 to less than another number of the call, if named."""

    def rule(name: str, tensor: Tensor, call: Call) -> None:
        if words != "...":
            call.match(name, tensor, words, floating=False)
        check_integer(name, tensor, below=call.find(below) if below else sys.maxsize)

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
                f"then padding, in each row, got {mask.long().tolist()}"[:500]
            )

    return rule


def may_attend(*compared: str, value: str = "", for_all_heads: bool = False) -> Rule:
    """A mask of scores: of one tensor of scores, or of a query and a key."""

    def rule(name: str, mask: Tensor, call: Call) -> None:
        call.check_together()
        query, *keys = (call.given[tensor] for tensor in compared)
        shape = scores_shape(query, keys[0]) if keys else query.shape
        check_boolean(name, mask)
        if not fits_into(mask.shape, shape):
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

    @functools.cache
    def marked(number: int) -> str:
        names = words.split()
        names[1 + number] += "'"
        return " ".join(names)

    def resolve(words: str, call: Call) -> str:
        return marked(call.given[axis])

    return of_axes(words, floating=True, resolve=resolve)


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


def whole(at_least: int) -> Rule:
    """An integer, Python's, NumPy's or torch's, that is large enough."""

    def rule(name: str, value: int, call: Call) -> None:
        check_whole(name, value, at_least)

    return rule


def positive(name: str, value: Any, call: Call) -> None:
    """A positive integer."""
    check_whole(name, value, at_least=1)


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


def flag(name: str, value: Any, call: Call) -> None:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: expected True or False, got {value!r}")
