"""Mistakes around functions: written out, taken of a sum, of pairs or parts that do not belong."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch
from torch import Tensor

from .arithmetic import ENTRYWISE
from .axes import method, receiver
from .rule import bound, rule
from .source import Edit, Original, put

# What readers write for a function that torch computes in one step: of _0.
WRITTEN_OUT = {
    "logsigmoid": (
        ("_0.sigmoid().log()", "the logarithm is taken after the sigmoid, where a small "
         "number is rounded to 0", 1),
        *(
            (f"(_0.sigmoid() + {small}).log()", f"{small} is added inside the logarithm", 2)
            for small in ("1e-8", "1e-6", "1e-7", "1e-9", "1e-10", "1e-12", "1e-5")
        ),
        *(
            (f"_0.clamp(-{k}, {k}).sigmoid().log()", f"scores are cut off at -{k} and {k}", 2)
            for k in (10, 20, 30, 50, 100)
        ),
        ("_0.sigmoid().clamp(min=1e-8).log()", "the sigmoid is cut off below 1e-8", 2),
        ("-_0.exp().log1p()", "the sign inside is turned, and large scores become infinite", 2),
    ),
    "softplus": (
        ("(1 + _0.exp()).log()", "`exp` is taken of the scores as they are, so that large "
         "ones become infinite", 1),
    ),
    "logsumexp": (
        ("_0.exp().sum(-1).log()", "`exp` is taken of the scores as they are, so that large "
         "ones become infinite", 1),
    ),
}  # fmt: skip
SUMMED = ENTRYWISE | {"logsigmoid", "softplus"}


@rule
def written_out(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A function in two steps, the first of which loses what the second needs."""
    inner = _inner(node, source)
    if inner is None:
        return
    for template, clause, rank in WRITTEN_OUT.get(method(node), ()):
        yield Edit(
            node,
            bound(
                lambda new, template: put(template, _inner_of(new, source)), template
            ),
            clause,
            rank,
        )


@rule
def summed_first(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A function of the sum in place of the sum of a function."""
    if method(node) not in ("sum", "mean") or not isinstance(node, ast.Call):
        return
    outer = receiver(node, source)
    if outer is None or method(outer) not in SUMMED or _inner(outer, source) is None:
        return
    word = "added up" if method(node) == "sum" else "averaged"
    yield Edit(
        node,
        lambda new: _of_the_sum(new, source),
        f"{source.code(_inner_of(outer, source))} is {word} before `{method(outer)}` is taken",
        1,
    )


def _inner(node: ast.AST, source: Original) -> ast.expr | None:
    """Give what a function is taken of, a tensor; None where it is none."""
    if not isinstance(node, ast.Call):
        return None
    called = node.func
    if isinstance(called, ast.Attribute) and source.tensors(called.value):
        return called.value
    return node.args[0] if node.args and source.tensors(node.args[0]) else None


def _is_of_a_module(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return True
    base = call.func.value
    while isinstance(base, ast.Attribute):
        base = base.value
    return isinstance(base, ast.Name) and base.id in ("torch", "F")


def _inner_of(call: ast.AST, source: Original) -> ast.expr:
    """Give what a function is taken of, in a call that may have been rewritten."""
    assert isinstance(call, ast.Call)
    if _is_of_a_module(call):
        return call.args[0]
    assert isinstance(call.func, ast.Attribute)
    return call.func.value


def _of_the_sum(new: ast.Call, source: Original) -> ast.Call:
    outer = _inner_of(new, source)
    assert isinstance(outer, ast.Call)
    if _is_of_a_module(new):
        inner = ast.Call(
            new.func, [_inner_of(outer, source), *new.args[1:]], new.keywords
        )
    else:
        assert isinstance(new.func, ast.Attribute)
        summed = ast.Attribute(_inner_of(outer, source), new.func.attr, ast.Load())
        inner = ast.Call(summed, new.args, new.keywords)
    if _is_of_a_module(outer):
        return ast.Call(outer.func, [inner, *outer.args[1:]], outer.keywords)
    assert isinstance(outer.func, ast.Attribute)
    called = ast.Attribute(inner, outer.func.attr, ast.Load())
    return ast.Call(called, outer.args, outer.keywords)


@rule
def all_pairs(node: ast.AST, source: Original) -> Iterator[Edit]:
    """Every row with every row, where each row has a partner of its own."""
    if method(node) != "sum" or not isinstance(node, ast.Call):
        return
    product = receiver(node, source)
    if not isinstance(product, ast.BinOp) or not isinstance(product.op, ast.Mult):
        return
    pairs = zip(
        source.tensors(product.left), source.tensors(product.right), strict=False
    )
    alike = [one.shape == other.shape and one.ndim > 1 for one, other in pairs]
    if not alike or not all(alike):
        return
    left, right = source.code(product.left), source.code(product.right)
    yield Edit(
        node,
        lambda new: put(
            "_0 @ _1.transpose(-2, -1)",
            *_factors(_inner_of(new, source)),
        ),
        f"every row of {left} meets every row of {right}, not its own alone",
        1,
    )


def _factors(product: ast.expr) -> tuple[ast.expr, ast.expr]:
    assert isinstance(product, ast.BinOp)
    return product.left, product.right


@rule
def dealt_in_turns(node: ast.AST, source: Original) -> Iterator[Edit]:
    """Parts that lie side by side, dealt out in turns: every n-th number to the same part."""
    name = method(node)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    told = source.code(node)
    clause = f"{told} deals out in turns, every n-th number to the same part, not side by side"
    if name == "chunk" and len(node.args) >= 1 and source.tensors(node.func.value):
        axis = _axis_of_parts(node)
        yield Edit(
            node,
            bound(
                lambda new, axis: put(
                    "[_0.movedim(_2, 0)[_k::_1].movedim(0, _2) for _k in range(_1)]",
                    new.func.value,
                    new.args[0],
                    axis,
                ),
                axis,
            ),
            clause,
            2,
        )
    if name == "unflatten" and len(node.args) == 2:
        sizes = node.args[1]
        if isinstance(sizes, ast.Tuple) and len(sizes.elts) == 2:
            yield Edit(
                node,
                lambda new: put(
                    "_0.unflatten(_1, (_3, _2)).transpose(-2, -1)",
                    new.func.value,
                    new.args[0],
                    *new.args[1].elts,
                ),
                clause,
                2,
            )
    if name in ("repeat_interleave", "tile"):
        other = "repeat stands one after the other, not side by side"
        yield Edit(
            node,
            lambda new: put("torch.cat([_0] * _1)", new.func.value, new.args[0]),
            f"in {told} {other}",
            2,
        )


def _axis_of_parts(node: ast.Call) -> ast.expr:
    for keyword in node.keywords:
        if keyword.arg == "dim":
            return keyword.value
    return node.args[1] if len(node.args) > 1 else ast.Constant(0)


@rule
def indices_unpaired(node: ast.AST, source: Original) -> Iterator[Edit]:
    """Two lists of indices that are gone through one inside the other, not side by side."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple):
        return
    if not isinstance(node.ctx, ast.Load):
        return
    lists = [
        place
        for place, part in enumerate(node.slice.elts)
        if _is_list_of_places(part, source)
    ]
    if len(lists) != 2 or lists[1] != lists[0] + 1:
        return
    told = source.code(node)
    for template, words in (
        ("_0.mean(-1)", "the mean of all of them is taken"),
        ("_0", "all of them are kept"),
    ):
        yield Edit(
            node,
            bound(
                lambda new, place, template: put(template, _outer(new, place)),
                lists[0],
                template,
            ),
            f"the places in {told} are not taken in pairs, each with each, and {words}",
            3,
        )


def _is_list_of_places(node: ast.AST, source: Original) -> bool:
    values = source.values(node)
    return bool(values) and all(
        isinstance(value, Tensor) and value.ndim == 1 and value.dtype == torch.long
        for value in values
    )


def _outer(new: ast.Subscript, place: int) -> ast.Subscript:
    assert isinstance(new.slice, ast.Tuple)
    parts = list(new.slice.elts)
    parts[place] = put("_0[:, None]", parts[place])
    return ast.Subscript(new.value, ast.Tuple(parts, ast.Load()), ast.Load())
