"""Mistakes of one step: read otherwise at one place, given back too early, bounded otherwise."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from .axes import method
from .rule import bound, rule, wrapped
from .source import Edit, Original, put
from .whole import ANY_TENSOR, BOOLEANS, FLOATS

MANY = 12  # steps of an expression at most


@rule
def given_back_early(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A step of the result given back as the result, before the rest is done."""
    if not isinstance(node, ast.Return) or node.value is None:
        return
    parts = [node.value]
    if isinstance(node.value, ast.Tuple):
        parts = node.value.elts
    for part in parts:
        told = source.code(part)
        for step in _steps(part, source):
            if source.code(step) == told or not _same_kind(part, step, source):
                continue
            yield Edit(
                part,
                bound(lambda _, step: step, step),
                f"{source.code(step)} is given back, before the rest is done",
                2,
            )


def _steps(part: ast.expr, source: Original) -> list[ast.expr]:
    """List the expressions that a result is made of, also behind local names."""
    found: dict[str, ast.expr] = {}
    queue: list[ast.AST] = [part]
    while queue and len(found) < MANY:
        node = queue.pop(0)
        if isinstance(node, ast.Name) and node.id in source.locals:
            queue.append(source.locals[node.id])
        is_step = isinstance(node, ast.expr) and bool(source.tensors(node))
        local = isinstance(node, ast.Name) and node.id in source.locals
        if isinstance(node, ast.expr) and is_step and node is not part and not local:
            found.setdefault(ast.unparse(node), node)
        if not isinstance(node, ast.comprehension | ast.ListComp | ast.GeneratorExp):
            queue.extend(ast.iter_child_nodes(node))
    return list(found.values())


def _same_kind(one: ast.AST, other: ast.AST, source: Original) -> bool:
    left, right = source.tensors(one), source.tensors(other)
    return bool(left and right) and (
        left[0].is_floating_point() == right[0].is_floating_point()
    )


@rule
def used_otherwise(node: ast.AST, source: Original) -> Iterator[Edit]:
    """An argument reversed, scaled or cut where it is used once, or a step where it is made."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        place: ast.expr = node.value
        told = f"{source.code(node.value)}"
    elif (
        isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and node.id in source.parameters
        and _uses(node.id, source) > 1
    ):
        place, told = node, f"`{node.id}`{_within(node, source)}"
    else:
        return
    values = source.tensors(place)
    if not values:
        return
    for code, clause, rank in _readings(values[0]):
        template, told_so = code.replace("{x}", "_0"), clause.replace("`{x}`", told)
        edit = wrapped(place, template, told_so, rank + 1)
        yield dataclasses.replace(edit, outer=True)


def _readings(value: Tensor) -> Iterator[tuple[str, str, int]]:
    if value.dtype == torch.bool:
        yield from BOOLEANS
    elif value.is_floating_point():
        yield from FLOATS
    yield from ANY_TENSOR


def _uses(name: str, source: Original) -> int:
    return sum(isinstance(n, ast.Name) and n.id == name for n in source.nodes())


def _within(node: ast.AST, source: Original) -> str:
    around = source.parent(node)
    while isinstance(around, ast.Attribute | ast.Subscript | ast.Starred):
        around = source.parent(around)
    return f" in {source.code(around)}" if isinstance(around, ast.expr) else ""


@rule
def rounds(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A range that ends one later, goes half the way, or begins at one."""
    if method(node) != "range" or not isinstance(node, ast.Call) or node.keywords:
        return
    place = node.args[0] if len(node.args) == 1 else node.args[1]
    told = source.code(node)
    yield wrapped(place, "_0 + 1", f"{told} goes one too far", 1)
    yield wrapped(place, "_0 - 1", f"{told} ends one too early", 1)
    yield wrapped(place, "_0 // 2", f"{told} goes half the way", 3)
    if len(node.args) == 1:
        yield Edit(
            node, lambda new: put("range(1, _0)", new.args[0]), f"{told} begins at 1", 2
        )


@rule
def counted(node: ast.AST, source: Original) -> Iterator[Edit]:
    """An arange that counts from one, or backwards."""
    if method(node) != "arange" or not isinstance(node, ast.Call):
        return
    told = source.code(node)
    yield wrapped(node, "(_0 + 1)", f"{told} counts from 1", 1)
    yield wrapped(node, "(_0 - 1)", f"{told} counts from -1", 3)
    yield wrapped(node, "_0.flip(0)", f"{told} counts backwards", 3)
    if len(node.args) == 2:
        start, end = node.args
        yield Edit(start, lambda _: ast.Constant(0), f"{told} begins at 0", 1)
        yield wrapped(start, "_0 + 1", f"{told} begins one later", 2)
        yield wrapped(start, "_0 - 1", f"{told} begins one earlier", 2)
        yield wrapped(end, "_0 - 1", f"{told} ends one earlier", 2)


@rule
def brackets(node: ast.AST, source: Original) -> Iterator[Edit]:
    """Brackets in another place: another operation comes first."""
    if not isinstance(node, ast.BinOp):
        return
    told = source.code(node)
    if isinstance(node.right, ast.BinOp):
        inner = type(node.right.op)
        if type(node.op) is not inner or inner in (ast.Sub, ast.Div, ast.FloorDiv):
            yield Edit(
                node,
                _first_on_the_left,
                f"the brackets on the right of {told} are missing",
                1,
            )
    if isinstance(node.left, ast.BinOp):
        inner = type(node.left.op)
        if type(node.op) is not inner or inner in (ast.Sub, ast.Div, ast.FloorDiv):
            yield Edit(
                node,
                _first_on_the_right,
                f"in {told} the operation on the right comes first",
                2,
            )


def _first_on_the_left(new: ast.BinOp) -> ast.BinOp:
    inner = new.right
    assert isinstance(inner, ast.BinOp)
    return ast.BinOp(ast.BinOp(new.left, new.op, inner.left), inner.op, inner.right)


def _first_on_the_right(new: ast.BinOp) -> ast.BinOp:
    inner = new.left
    assert isinstance(inner, ast.BinOp)
    return ast.BinOp(inner.left, inner.op, ast.BinOp(inner.right, new.op, new.right))


# What is done to indices that lie outside, or next to their place.
INDEXED = (
    ("_0.clamp(min=0)", "negative places in {x} are cut off at 0", 2),
    ("_0 % {n}", "places in {x} go round at the end", 2),
    ("(_0 + 1).clamp(max={n} - 1)", "the places in {x} are one too large", 2),
    ("(_0 - 1).clamp(min=0)", "the places in {x} are one too small", 2),
    ("(_0 + 1) % {n}", "the places in {x} are one too large, and go round", 3),
    ("(_0 - 1) % {n}", "the places in {x} are one too small, and go round", 3),
    ("({n} - 1 - _0) % {n}", "the places in {x} are counted from the end", 3),
)


@rule
def index_moved(node: ast.AST, source: Original) -> Iterator[Edit]:
    """An index that is one too large, cut off, or goes round."""
    place, size = _index_of(node)
    if place is None or not size:
        return
    values: list[Any] = source.values(place)
    if not values or not all(
        isinstance(value, Tensor) and value.dtype == torch.long for value in values
    ):
        return
    told = source.code(node)
    for template, clause, rank in INDEXED:
        yield wrapped(place, template.format(n=size), clause.format(x=told), rank)


def _index_of(node: ast.AST) -> tuple[ast.expr | None, str]:
    """Give the tensor of places that a node picks by, and the code of how many there are."""
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Tuple):
        return node.slice, f"len({ast.unparse(node.value)})"
    if (
        method(node) in ("gather", "index_select", "index_add")
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and len(node.args) >= 2
    ):
        tensor, axis = ast.unparse(node.func.value), ast.unparse(node.args[0])
        return node.args[1], f"({tensor}).shape[{axis}]"
    return None, ""


# What readers write for the mean of _0 where _1 is true.
MEANS = (
    ("((_0 * _1).sum(-1) / _1.sum(-1)).mean()", "the mean of {x} is taken row by row, and "
     "then the mean of these means", 1),
    ("((_0 * _1).sum(0) / _1.sum(0).clamp(min=1)).mean()", "the mean of {x} is taken "
     "place by place, and then the mean of these means", 2),
    ("(_0 * _1).sum() / _0.numel()", "the sum of {x} is divided by the number of all "
     "places, padding too", 1),
    ("(_0 * _1).sum() / len(_0)", "the sum of {x} is divided by the number of rows", 1),
    ("(_0 * _1).sum() / _0.shape[-1]", "the sum of {x} is divided by a row's length", 2),
    ("(_0 * _1).sum()", "{x} is added up, and not divided", 1),
    ("((_0 * _1).sum(-1) / _1.sum(-1)).sum()", "the means of the rows of {x} are added "
     "up", 2),
    ("_0.mean()", "padding counts in the mean of {x}", 1),
)  # fmt: skip


@rule
def mean_of_means(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A mean over everything taken by rows first, so that short rows count as much as long ones."""
    if method(node) != "mean" or not isinstance(node, ast.Call) or node.args:
        return
    if node.keywords or not isinstance(node.func, ast.Attribute):
        return
    inner = node.func.value
    if not isinstance(inner, ast.Subscript) or not source.tensors(inner.slice):
        return
    told = source.code(inner.value)
    for template, clause, rank in MEANS:
        yield Edit(
            node,
            bound(
                lambda new, template: put(
                    template, new.func.value.value, new.func.value.slice
                ),
                template,
            ),
            clause.format(x=told),
            rank,
        )
