"""Mistakes of order: loops cut short, state kept, arguments exchanged, a step left out."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from .axes import method
from .rule import bound, rule, wrapped
from .source import Edit, Original, put

CUT = (
    ("list(_0)[1:]", "the first of {x} is left out", 1),
    ("list(_0)[:-1]", "the last of {x} is left out", 1),
    ("list(_0)[:1]", "only the first of {x} is used", 1),
    ("list(_0)[-1:]", "only the last of {x} is used", 1),
    ("list(_0)[::-1]", "{x} is gone through backwards", 1),
    ("list(_0)[:2]", "only the first two of {x} are used", 3),
    ("[*_0, *list(_0)[-1:]]", "the last of {x} comes twice", 3),
)


@rule
def loop(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A loop, or a comprehension, that leaves rounds out or runs backwards."""
    if not isinstance(node, ast.For | ast.comprehension):
        return
    told = source.code(node.iter)
    for template, clause, rank in CUT:
        yield wrapped(node.iter, template, clause.format(x=told), rank)
    if isinstance(node, ast.For):
        yield from _state_kept(node, source)
        yield Edit(
            node,
            lambda new: ast.For(
                new.target, new.iter, [*new.body, ast.Break()], [], None
            ),
            "the loop ends after its first round",
            3,
        )


def _state_kept(node: ast.For, source: Original) -> Iterator[Edit]:
    """What is set anew in each round is set once, before the loop."""
    for statement in node.body:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        target = statement.targets[0]
        if not isinstance(target, ast.Name):
            continue
        stores = [
            other
            for other in ast.walk(node)
            if isinstance(other, ast.Name)
            and other.id == target.id
            and isinstance(other.ctx, ast.Store)
        ]
        if len(stores) < 2:
            continue
        place = node.body.index(statement)
        yield Edit(
            node,
            bound(lambda new, place: _hoisted(new, place), place),
            f"`{target.id}` is not set back to {source.code(statement.value)} in each "
            "round",
            1,
        )


def _hoisted(loop: ast.For, place: int) -> list[ast.stmt]:
    body = [*loop.body[:place], *loop.body[place + 1 :]]
    return [loop.body[place], ast.For(loop.target, loop.iter, body, [], None)]


@rule
def step_left_out(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A statement left out that changes what is there already."""
    if isinstance(node, ast.AugAssign) or (
        isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
    ):
        told = ast.unparse(node)
        yield Edit(node, lambda _: ast.Pass(), f"`{told[:44]}` is left out", 1)
    if isinstance(node, ast.AugAssign):
        yield Edit(
            node,
            lambda new: ast.Assign([new.target], new.value),
            f"`{ast.unparse(node.target)}` keeps the last value only: nothing adds up",
            1,
        )
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        used = any(
            isinstance(x, ast.Name) and x.id == name for x in ast.walk(node.value)
        )
        if used:
            told = source.code(node.value)
            yield Edit(node, lambda _: ast.Pass(), f"the step {told} is left out", 1)
            yield Edit(
                node, lambda new: [new, new], f"the step {told} is taken twice", 4
            )
    if isinstance(node, ast.If):
        test = source.code(node.test)
        yield Edit(
            node,
            lambda new: new.orelse or ast.Pass(),
            f"nothing is done in the case {test}",
            1,
        )
        yield Edit(node, lambda new: new.body, f"every case is treated as {test}", 2)


@rule
def another_value(node: ast.AST, source: Original) -> Iterator[Edit]:
    """One argument, or one name, where another of the same kind belongs."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    mine = source.values(node)
    if not mine or (callable(mine[0]) and node.id not in source.parameters):
        return
    names = [*source.parameters, *source.locals]
    for other in names:
        theirs = _worth(other, source)
        if other == node.id or not theirs or not _same_kind(mine[0], theirs[0]):
            continue
        yield Edit(
            node,
            bound(lambda _, other: ast.Name(other, ast.Load()), other),
            f"`{other}` stands where {_named(node, source)} belongs{_within(node, source)}",
            2,
            same=f"{other} for {node.id}",
        )


def _named(node: ast.Name, source: Original) -> str:
    return f"`{node.id}`" if node.id in source.parameters else source.code(node)


def _within(node: ast.AST, source: Original) -> str:
    """Say in which part of the code a name stands."""
    around = source.parent(node)
    while isinstance(around, ast.Attribute | ast.Subscript | ast.Starred):
        around = source.parent(around)
    if isinstance(around, ast.expr) and source.values(around):
        return f", in {source.code(around)}"
    return ""


def _worth(name: str, source: Original) -> list[Any]:
    if name in source.parameters:
        return source.arguments(name)
    return source.values(source.locals[name])


def _same_kind(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.is_floating_point() == other.is_floating_point()
    if callable(one) and callable(other) and not isinstance(one, Tensor):
        return True
    # No lists: one that holds itself ends Python when torch makes a tensor of it.
    return type(one) is type(other) and not isinstance(one, list | dict)


@rule
def arguments_exchanged(node: ast.AST, source: Original) -> Iterator[Edit]:
    """Two arguments of the function exchanged throughout, or of one call."""
    if node is source.tree:
        for one, other in itertools.combinations(source.parameters, 2):
            pair = source.arguments(one)[:1] + source.arguments(other)[:1]
            if len(pair) == 2 and _same_kind(*pair):
                yield Edit(
                    node,
                    bound(
                        lambda new, one, other: _begun(
                            new, f"{one}, {other} = {other}, {one}"
                        ),
                        one,
                        other,
                    ),
                    f"`{one}` and `{other}` are exchanged",
                    1,
                )
    if isinstance(node, ast.Call) and len(node.args) > 1:
        if any(isinstance(arg, ast.Starred) for arg in node.args):
            return
        if isinstance(node.func, ast.Name) and node.func.id in ("range", "zip"):
            return
        for one_at, other_at in itertools.combinations(range(len(node.args)), 2):
            if any(_is_int(node.args[at], source) for at in (one_at, other_at)):
                continue
            yield Edit(
                node,
                bound(
                    lambda new, one, other: _swapped(new, one, other), one_at, other_at
                ),
                f"{source.code(node.args[one_at])} and "
                f"{source.code(node.args[other_at])} are exchanged in `{method(node)}`",
                2,
            )


def _begun(function: ast.FunctionDef, line: str) -> ast.FunctionDef:
    return ast.FunctionDef(
        function.name,
        function.args,
        [*ast.parse(line).body, *function.body],
        [],
        None,
        None,
    )


def _swapped(call: ast.Call, one: int, other: int) -> ast.Call:
    args = list(call.args)
    args[one], args[other] = args[other], args[one]
    return ast.Call(call.func, args, call.keywords)


@rule
def nested(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A list's parts: exchanged, or a tuple's."""
    if not isinstance(node, ast.List | ast.Tuple) or not 2 <= len(node.elts) <= 3:
        return
    if not isinstance(node.ctx, ast.Load) or not source.values(node):
        return
    if isinstance(source.parent(node), ast.Return):
        return
    for one, other in itertools.combinations(range(len(node.elts)), 2):
        pair = node.elts[one], node.elts[other]
        if any(isinstance(part, ast.Starred | ast.Slice) for part in pair):
            continue
        yield Edit(
            node,
            bound(lambda new, one, other: _list_swapped(new, one, other), one, other),
            f"{source.code(pair[0])} and {source.code(pair[1])} are exchanged",
            1,
        )
    for place, part in enumerate(node.elts):
        yield Edit(
            node,
            bound(
                lambda new, place: type(new)(
                    [*new.elts[:place], *new.elts[place + 1 :]], new.ctx
                ),
                place,
            ),
            f"{source.code(part)} is left out",
            3,
        )


def _list_swapped(node: Any, one: int, other: int) -> Any:
    parts = list(node.elts)
    parts[one], parts[other] = parts[other], parts[one]
    return type(node)(parts, node.ctx)


@rule
def slice_moved(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A slice that begins or ends elsewhere, or an index that picks another one."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return
    told = source.code(node)
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        if isinstance(part, ast.Slice):
            yield from _moved_slice(part, told, source)
        elif isinstance(part, ast.Constant | ast.UnaryOp) and source.values(part):
            value = source.values(part)[0]
            if type(value) is int:
                for new in (0, -1, 1, 2, -2):
                    if new != value:
                        yield Edit(
                            part,
                            bound(
                                lambda _, new: ast.parse(repr(new), mode="eval").body,
                                new,
                            ),
                            f"{new} stands for {value} in {told}",
                            3,
                        )
        elif isinstance(part, ast.Name) and _is_int(part, source):
            for new in (0, -1):
                yield Edit(
                    part,
                    bound(lambda _, new: ast.parse(repr(new), mode="eval").body, new),
                    f"place {new} stands for `{part.id}` in {told}",
                    2,
                )
    if isinstance(node.slice, ast.Slice):
        yield Edit(
            node,
            lambda new: new.value,
            f"{source.code(node.value)} is not cut to {told}",
            2,
        )


def _is_int(node: ast.AST, source: Original) -> bool:
    values = source.values(node)
    return bool(values) and all(type(value) is int for value in values)


def _moved_slice(part: ast.Slice, told: str, source: Original) -> Iterator[Edit]:
    for name, end in (("lower", part.lower), ("upper", part.upper)):
        if end is None:
            continue
        where = "begins" if name == "lower" else "ends"
        for shift, words in ((1, "one later"), (-1, "one earlier")):
            yield wrapped(end, f"_0 + {shift}", f"{told} {where} {words}", 1)
        other = {"lower": part.upper, "upper": part.lower}[name]
        if other is None:
            yield Edit(
                part,
                bound(
                    lambda new, name: ast.Slice(**{_other(name): getattr(new, name)}),
                    name,
                ),
                f"the other part stands for {told}",
                2,
            )
            yield wrapped(end, "-(_0)", f"{told} is counted from the other end", 2)


def _other(name: str) -> str:
    return "upper" if name == "lower" else "lower"


@rule
def comprehension_filter(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A condition of a comprehension left out."""
    if isinstance(node, ast.comprehension) and node.ifs:
        yield Edit(
            node,
            lambda new: ast.comprehension(new.target, new.iter, [], new.is_async),
            f"the condition {source.code(node.ifs[0])} is left out",
            1,
        )
    if isinstance(node, ast.IfExp):
        for pick, told in (("body", node.body), ("orelse", node.orelse)):
            yield Edit(
                node,
                bound(lambda new, pick: getattr(new, pick), pick),
                f"{source.code(told)} stands in every case",
                1,
            )
    if method(node) == "sorted" and isinstance(node, ast.Call):
        yield Edit(
            node,
            lambda new: put("_0[::-1]", new),
            "the order of sorting is reversed",
            1,
        )
