"""Mistakes of axes: another one, a transpose too many or too few, a reshape for a permute."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from .rule import bound, rule, wrapped
from .source import Edit, Original, put

# The place of the axis among the positional arguments of a method.
AXIS_AT = {
    **dict.fromkeys(("softmax", "log_softmax", "sum", "mean", "argmax", "argmin"), 0),
    **dict.fromkeys(("all", "any", "amax", "amin", "cumsum", "norm", "logsumexp"), 0),
    **dict.fromkeys(("unsqueeze", "squeeze", "gather", "index_add", "index_select"), 0),
    **dict.fromkeys(("flip", "sort", "max", "min", "std", "var"), 0),
    **dict.fromkeys(("cat", "stack"), 1),
    **dict.fromkeys(("topk", "roll"), 1),
}
WORDS = {
    "softmax": "the softmax runs",
    "log_softmax": "the log-softmax runs",
    "sum": "the sum runs",
    "mean": "the mean is taken",
    "cat": "the parts are joined",
    "stack": "the parts are stacked",
    "unsqueeze": "the new axis stands",
    "norm": "the length is taken",
}
REDUCING = ("sum", "mean", "all", "any", "amax", "amin", "argmax", "argmin", "norm")
WHOLE = {
    "softmax": "_0.flatten().softmax(0).reshape(_0.shape)",
    "log_softmax": "_0.flatten().log_softmax(0).reshape(_0.shape)",
}
MOVES = ("transpose", "permute", "movedim", "swapaxes", "moveaxis")
SHORT_MOVES = ("T", "mT", "H", "mH")


def method(node: ast.AST | None) -> str:
    """Name the method or function that a call calls, "" for no call."""
    if not isinstance(node, ast.Call):
        return ""
    called = node.func
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def receiver(node: ast.AST, source: Original) -> ast.expr | None:
    """Give the tensor that a method is called on, or the first argument of a function."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if source.tensors(node.func.value):
        return node.func.value
    if node.args and source.tensors(node.args[0]):
        return node.args[0]
    return None


def axis_of(node: ast.Call) -> ast.expr | None:
    """Find the axis among a call's arguments."""
    for keyword in node.keywords:
        if keyword.arg in ("dim", "axis"):
            return keyword.value
    place = AXIS_AT.get(method(node))
    on_torch = isinstance(node.func, ast.Attribute) and (
        isinstance(node.func.value, ast.Name) and node.func.value.id in ("torch", "F")
    )
    if place is None:
        return None
    place += on_torch and method(node) not in ("cat", "stack")
    return node.args[place] if len(node.args) > place else None


@rule
def another_axis(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A softmax, a sum, a new axis: over every other axis."""
    name = method(node)
    if not isinstance(node, ast.Call) or name not in AXIS_AT:
        return
    place, tensor = axis_of(node), receiver(node, source)
    values = [] if place is None else source.values(place)
    if place is None or not values or not isinstance(values[0], int):
        return
    if name in ("cat", "stack"):
        n = source.ndim(node)
    else:
        n = (0 if tensor is None else source.ndim(tensor)) + (name == "unsqueeze")
    words = WORDS.get(name, f"`{name}` works")
    old = values[0]
    others = [*range(-1, -n - 1, -1), *range(n)]
    for new in others:
        if new not in values:
            yield Edit(
                place,
                bound(lambda _, new: _number(new), new),
                f"{words} over axis {new} instead of {old}"
                if name not in ("cat", "stack", "unsqueeze")
                else f"{words} along axis {new} instead of {old}",
                1 if new < 0 or old >= 0 else 2,
            )


@rule
def over_everything(node: ast.AST, source: Original) -> Iterator[Edit]:
    """No axis at all, or the axis kept, dropped or given up."""
    name, tensor = method(node), receiver(node, source)
    axis = axis_of(node) if isinstance(node, ast.Call) else None
    if tensor is None or axis is None:
        return
    if name in WHOLE:
        yield Edit(
            node,
            lambda new: put(WHOLE[name], _first(new, source)),
            f"one {name.replace('_', '-')} runs over the whole tensor, not over each row",
            1,
        )
    if name in REDUCING:
        yield Edit(
            node,
            lambda new: put(f"_0.{name}()", _first(new, source)),
            f"`{name}` works over the whole tensor at once, not along one axis",
            2,
        )
        yield Edit(
            node,
            lambda new: put(f"_0.{name}(_1, keepdim=True)", _first(new, source), axis),
            f"`{name}` keeps its axis, with size 1",
            4,
        )
        yield Edit(
            node,
            lambda new: put(f"_0.{name}(_1)", _first(new, source), axis),
            f"`{name}` drops its axis, so that what follows broadcasts over another",
            3,
        )


def _first(call: ast.Call, source: Original) -> ast.expr:
    """Give the tensor of a call that may have been rewritten."""
    called = call.func
    assert isinstance(called, ast.Attribute)
    is_module = isinstance(called.value, ast.Name) and called.value.id in ("torch", "F")
    return call.args[0] if is_module else called.value


def _number(value: int) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body


def _base(node: ast.AST) -> ast.expr | None:
    """Give what is moved by a transpose, a permute, or their short forms."""
    if isinstance(node, ast.Attribute) and node.attr in SHORT_MOVES:
        return node.value
    if method(node) in MOVES and isinstance(node, ast.Call):
        called = node.func
        return called.value if isinstance(called, ast.Attribute) else None
    return None


def _rebased(new: ast.AST) -> ast.expr:
    base = _base(new)
    assert base is not None
    return base


@rule
def transpose_missing(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A transpose, permute or movedim left out, or a reshape in its place."""
    base = _base(node)
    if base is None or not source.tensors(base):
        return
    told = source.code(node)
    yield Edit(
        node,
        _rebased,
        f"the axes of {source.code(base)} stay as they are, where {told} moves them",
        1,
        same=f"stay {_how(node)}",
    )
    yield Edit(
        node,
        lambda new: put("_0.reshape(_1.shape)", _rebased(new), new),
        f"a reshape stands where {told} moves axes: it gives the right shape "
        "and leaves the numbers in their old order",
        1,
        same=f"reshape {_how(node)}",
    )


def _how(node: ast.AST) -> str:
    """Write how axes are moved, without what is moved."""
    if isinstance(node, ast.Call):
        parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        return f"{method(node)} {[ast.unparse(part) for part in parts]}"
    return node.attr if isinstance(node, ast.Attribute) else ""


@rule
def other_axes_moved(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A transpose or permute of other axes."""
    base = _base(node)
    if base is None or not source.tensors(base):
        return
    n, told = source.ndim(base), source.code(node)
    if not 2 <= n <= 5 and method(node) != "permute":
        return
    if n <= 5:
        for one, other in itertools.combinations(range(-n, 0), 2):
            yield Edit(
                node,
                bound(
                    lambda new, one, other: put(
                        f"_0.transpose({one}, {other})", _rebased(new)
                    ),
                    one,
                    other,
                ),
                f"axes {one} and {other} change places, where {told} belongs",
                2,
                outer=True,
            )
    if method(node) == "permute" and isinstance(node, ast.Call):
        for one, other in itertools.combinations(range(len(node.args)), 2):
            yield Edit(
                node,
                bound(lambda new, one, other: _exchanged(new, one, other), one, other),
                f"places {one} and {other} of {told} are exchanged",
                2,
                outer=True,
            )


def _exchanged(call: ast.Call, one: int, other: int) -> ast.Call:
    args = list(call.args)
    args[one], args[other] = args[other], args[one]
    return ast.Call(call.func, args, call.keywords)


@rule
def transpose_extra(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A factor of a product, or an argument where it is used, with two axes exchanged."""
    parent = source.parent(node)
    in_product = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.MatMult)
    named = isinstance(node, ast.Name) and node.id in source.parameters
    if not source.tensors(node) or _base(node) is not None or not (in_product or named):
        return
    if _base(parent or node) is node:
        return
    n = source.ndim(node)
    for one, other in itertools.combinations(range(-min(n, 4), 0), 2):
        yield wrapped(
            node,
            f"_0.transpose({one}, {other})",
            f"axes {one} and {other} of {source.code(node)} change places",
            2 if (one, other) == (-2, -1) else 4,
        )


@rule
def size_one(node: ast.AST, source: Original) -> Iterator[Edit]:
    """An unsqueeze or squeeze left out, or a squeeze of every axis of size 1."""
    name = method(node)
    if not isinstance(node, ast.Call) or name not in ("unsqueeze", "squeeze"):
        return
    tensor = receiver(node, source)
    if tensor is None:
        return
    words = (
        "gets no new axis" if name == "unsqueeze" else "keeps its last axis of size 1"
    )
    yield Edit(
        node,
        lambda new: _first(new, source),
        f"{source.code(tensor)} {words}",
        1,
    )


@rule
def new_axis_elsewhere(node: ast.AST, source: Original) -> Iterator[Edit]:
    """``x[:, None]`` for ``x[None]`` and so on."""
    if not isinstance(node, ast.Subscript) or not source.tensors(node.value):
        return
    index = node.slice
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    n_new = sum(isinstance(p, ast.Constant) and p.value is None for p in parts)
    if not n_new:
        return
    told = source.code(node)
    yield Edit(node, lambda new: new.value, f"{told} is left without its new axis", 2)
    n = source.ndim(node.value)
    for axis in range(n + 1):
        yield Edit(
            node,
            bound(lambda new, axis: put(f"_0.unsqueeze({axis})", new.value), axis),
            f"the new axis of {told} stands at place {axis}",
            3,
        )


@rule
def sizes_exchanged(node: ast.AST, source: Original) -> Iterator[Edit]:
    """Two sizes of a reshape, view, unflatten or of new zeros exchanged."""
    name = method(node)
    if name not in ("reshape", "view", "unflatten", "zeros", "ones", "full", "expand"):
        return
    assert isinstance(node, ast.Call)
    tuples = [arg for arg in node.args if isinstance(arg, ast.Tuple)]
    holders: list[ast.Call | ast.Tuple] = [node, *tuples]
    for holder in holders:
        parts = holder.args if isinstance(holder, ast.Call) else holder.elts
        skip = 1 if name == "unflatten" and isinstance(holder, ast.Call) else 0
        for one, other in itertools.combinations(range(skip, min(len(parts), 8)), 2):
            pair = parts[one], parts[other]
            if any(isinstance(part, ast.Starred) for part in pair):
                continue
            yield Edit(
                holder,
                bound(
                    lambda new, one, other: _parts_exchanged(new, one, other),
                    one,
                    other,
                ),
                f"{source.code(pair[0])} and {source.code(pair[1])} are exchanged "
                f"in `{name}`",
                2,
            )


def _parts_exchanged(holder: ast.Call | ast.Tuple, one: int, other: int) -> ast.expr:
    if isinstance(holder, ast.Call):
        return _exchanged(holder, one, other)
    parts = list(holder.elts)
    parts[one], parts[other] = parts[other], parts[one]
    return ast.Tuple(parts, holder.ctx)


@rule
def flattened_elsewhere(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A flatten of other axes."""
    if method(node) != "flatten" or not isinstance(node, ast.Call):
        return
    tensor = receiver(node, source)
    n = 0 if tensor is None else source.ndim(tensor)
    for first, last in itertools.combinations(range(n), 2):
        yield Edit(
            node,
            bound(
                lambda new, first, last: put(
                    f"_0.flatten({first}, {last})", _first(new, source)
                ),
                first,
                last,
            ),
            f"the axes {first} to {last} are flattened, where {source.code(node)} belongs",
            3,
        )
