"""Mistakes of masks and comparisons: inverted, and for or, off by one, filled otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch

from .axes import method
from .rule import bound, rule, wrapped
from .source import Edit, Original, put

SIGNS: dict[type, str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
NEAR = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
FILLS = (
    ("0.0", "0", 1),
    ("1.0", "1", 3),
    ("-1.0", "-1", 3),
    ("1e-9", "1e-9, almost 0,", 2),
    ("-10.0", "-10", 3),
    ("-5.0", "-5", 4),
    ("-30.0", "-30", 4),
    ("-100.0", "-100", 4),
    ("float('inf')", "+infinity", 3),
    ("float('nan')", "NaN", 4),
)

# What readers write for a mask before the softmax: scores, forbidden places, clause.
MASKED_OTHERWISE = (
    (
        "_0.softmax(-1).masked_fill(_1, 0.0)",
        "the mask is applied after the softmax, so that the weights left over do "
        "not sum to one",
    ),
    (
        "_0.softmax(-1).masked_fill(_1, float('-inf'))",
        "the mask puts -infinity into the weights, after the softmax",
    ),
    (
        "_0.masked_fill(_1, 0.0).softmax(-1).masked_fill(_1, 0.0)",
        "the forbidden scores go into the softmax as 0, and the mask is applied "
        "once more after it",
    ),
    (
        "(_0.softmax(-1) * ~_1) / (_0.softmax(-1) * ~_1).sum(-1, keepdim=True)",
        "the mask is applied after the softmax, and the rest divided by its sum",
    ),
    (
        "(_0.softmax(-1) * ~_1).softmax(-1)",
        "the mask is applied after the softmax, and then a second softmax is taken",
    ),
    (
        "_0.masked_fill(_1, -1e9).softmax(-2)",
        "the softmax runs over axis -2 instead of -1",
    ),
    (
        "_0.masked_fill(_1, -1e9).softmax(-2).masked_fill(_1, 0.0)",
        "the softmax runs over axis -2 instead of -1",
    ),
    (
        "_0.masked_fill(~_1, -1e9).softmax(-1)",
        "the mask is inverted",
    ),
)


def boolean(node: ast.AST, source: Original) -> bool:
    """Say whether an expression is a boolean tensor."""
    tensors = source.tensors(node)
    return bool(tensors) and all(tensor.dtype == torch.bool for tensor in tensors)


@rule
def comparison(node: ast.AST, source: Original) -> Iterator[Edit]:
    """``<`` for ``<=``, turned round, off by one."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return
    sign = SIGNS.get(type(node.ops[0]))
    if sign is None:
        return
    left, right = source.code(node.left), source.code(node.comparators[0])
    for other in SIGNS.values():
        if other != sign:
            yield Edit(
                node,
                bound(
                    lambda new, other: put(
                        f"_0 {other} _1", new.left, new.comparators[0]
                    ),
                    other,
                ),
                f"`{other}` stands where `{sign}` belongs, between {left} and {right}",
                1 if NEAR[sign] == other else 2,
            )
    for shift in (1, -1):
        words = "one too late" if (shift > 0) == (sign in ("<", "<=")) else "one early"
        yield Edit(
            node,
            bound(
                lambda new, shift: put(
                    f"_0 {sign} _1 + {shift}", new.left, new.comparators[0]
                ),
                shift,
            ),
            f"the border between {left} and {right} lies {words}",
            2,
        )


@rule
def and_or(node: ast.AST, source: Original) -> Iterator[Edit]:
    """And for or, or one of the two conditions left out."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        is_and = isinstance(node.op, ast.BitAnd)
        one, other = node.left, node.right
        left, right = source.code(one), source.code(other)
        sign = "|" if is_and else "&"
        yield Edit(
            node,
            lambda new: put(f"_0 {sign} _1", new.left, new.right),
            f"{left} and {right} are joined by "
            + ("“or” instead of “and”" if is_and else "“and” instead of “or”"),
            1,
        )
        yield Edit(node, lambda new: new.left, f"the condition {right} is left out", 1)
        yield Edit(node, lambda new: new.right, f"the condition {left} is left out", 1)
    if isinstance(node, ast.BoolOp) and len(node.values) == 2:
        word = "or" if isinstance(node.op, ast.And) else "and"
        yield Edit(
            node,
            lambda new: put(f"_0 {word} _1", *new.values),
            f"`{word}` joins the conditions in {source.code(node)}",
            1,
        )
        for place in (0, 1):
            yield Edit(
                node,
                bound(lambda new, place: new.values[place], place),
                f"the condition {source.code(node.values[1 - place])} is left out",
                1,
            )


@rule
def inverted(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A mask inverted, or not inverted where it should be."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert | ast.Not):
        told = source.code(node.operand)
        yield Edit(node, lambda new: new.operand, f"{told} is not inverted", 1)
        return
    parent = source.parent(node)
    if isinstance(parent, ast.UnaryOp) or not boolean(node, source):
        return
    if isinstance(parent, ast.Attribute) or isinstance(node, ast.Subscript):
        return
    yield wrapped(node, "~_0", f"{source.code(node)} is inverted", 1)


@rule
def filled(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A mask not applied, applied by a product, or filled with another number."""
    if method(node) != "masked_fill" or not isinstance(node, ast.Call):
        return
    assert isinstance(node.func, ast.Attribute)
    told, value = source.code(node.func.value), source.code(node.args[1])
    yield Edit(
        node, lambda new: new.func.value, f"the mask is not applied to {told}", 1
    )
    for fill, words, rank in FILLS:
        yield Edit(
            node,
            bound(
                lambda new, fill: put(
                    f"_0.masked_fill(_1, {fill})", new.func.value, new.args[0]
                ),
                fill,
            ),
            f"the forbidden places of {told} are filled with {words} instead of {value}",
            rank,
        )
    for template, clause in (
        ("_0 * (~_1)", "{x} is multiplied by the mask"),
        ("_0 + (~_1)", "the mask is added to {x}, as zeros and ones"),
        ("_0 + _1", "the inverted mask is added to {x}, as zeros and ones"),
        ("_0 * _1", "{x} is multiplied by the inverted mask"),
    ):
        yield Edit(
            node,
            bound(
                lambda new, template: put(template, new.func.value, new.args[0]),
                template,
            ),
            clause.format(x=told),
            1,
        )


@rule
def mask_after_softmax(node: ast.AST, source: Original) -> Iterator[Edit]:
    """The mask applied after the softmax and not before, with or without a new sum."""
    if method(node) != "softmax" or not isinstance(node, ast.Call):
        return
    assert isinstance(node.func, ast.Attribute)
    inner = node.func.value
    divided = None
    if isinstance(inner, ast.BinOp) and method(inner.left) == "masked_fill":
        divided, inner = inner.right, inner.left
    if method(inner) != "masked_fill" and isinstance(inner, ast.Name):
        inner = source.locals.get(inner.id, inner)
    if method(inner) != "masked_fill" or not isinstance(inner, ast.Call):
        return
    mask = inner.args[0]
    assert isinstance(inner.func, ast.Attribute)
    scores = inner.func.value
    if divided is not None:
        scores = put("_0 / _1", scores, divided)
    for template, clause in MASKED_OTHERWISE:
        yield Edit(
            node,
            bound(lambda _, template: put(template, scores, mask), template),
            clause,
            1,
        )


@rule
def where(node: ast.AST, source: Original) -> Iterator[Edit]:
    """The two branches of a ``where`` exchanged, or one of them everywhere."""
    if method(node) != "where" or not isinstance(node, ast.Call):
        return
    if len(node.args) != 3:
        return
    mask, yes, no = (source.code(arg) for arg in node.args)
    yield Edit(
        node,
        lambda new: ast.Call(
            new.func, [new.args[0], new.args[2], new.args[1]], new.keywords
        ),
        f"{yes} and {no} are exchanged: the condition {mask} is inverted",
        1,
    )
    for place, told in ((1, yes), (2, no)):
        yield Edit(
            node,
            bound(lambda new, place: new.args[place], place),
            f"{told} stands everywhere, whatever {mask} says",
            1,
        )
        yield Edit(
            node,
            bound(lambda new, place: _zero_for(new, place), place),
            f"0 is used instead of {told}",
            2,
        )
        yield Edit(
            node,
            bound(lambda new, place: put("_0.clamp(min=0)", new.args[place]), place),
            f"{told}, cut off at 0, stands everywhere",
            2,
        )


def _zero_for(call: ast.Call, place: int) -> ast.Call:
    args = list(call.args)
    args[place] = ast.Constant(0)
    return ast.Call(call.func, args, call.keywords)


@rule
def selected(node: ast.AST, source: Original) -> Iterator[Edit]:
    """``x[mask]``: the mask left out, or a product with it."""
    if not isinstance(node, ast.Subscript) or not boolean(node.slice, source):
        return
    told, mask = source.code(node.value), source.code(node.slice)
    yield Edit(node, lambda new: new.value, f"all of {told} counts, not only {mask}", 1)
    yield Edit(
        node,
        lambda new: put("_0 * _1", new.value, new.slice),
        f"{told} is zero outside {mask}, but its places still count",
        1,
    )


@rule
def own_place(node: ast.AST, source: Original) -> Iterator[Edit]:
    """The own place left out of a square mask, or put into it."""
    tensors = source.tensors(node)
    if not tensors or not isinstance(node, ast.Compare | ast.BinOp | ast.UnaryOp):
        return
    if not boolean(node, source):
        return
    if not all(t.ndim >= 2 and t.shape[-1] == t.shape[-2] for t in tensors):
        return
    eye = "torch.eye(_0.shape[-1], dtype=torch.bool)"
    told = source.code(node)
    yield wrapped(node, f"_0 & ~{eye}", f"the own place is left out of {told}", 2)
    yield wrapped(node, f"_0 | {eye}", f"the own place is put into {told}", 2)


@rule
def row_of_scores(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A softmax over one query's scores, in a loop over queries, that leaves keys out."""
    if method(node) != "softmax" or not isinstance(node, ast.Call):
        return
    assert isinstance(node.func, ast.Attribute)
    tensors = source.tensors(node.func.value)
    if not tensors or not all(t.ndim == 1 for t in tensors):
        return
    around = source.parent(node)
    while around is not None:
        if isinstance(around, ast.For) and isinstance(around.target, ast.Name):
            break
        around = source.parent(around)
    if not isinstance(around, ast.For) or not isinstance(around.target, ast.Name):
        return
    place = around.target.id
    for sign, clause in (
        ("==", "the own place is left out of"),
        (">", "later places are left out of"),
        ("<", "earlier places are left out of"),
        (">=", "the own place and later ones are left out of"),
    ):
        pattern = f"torch.arange(len(_0)) {sign} {place}"
        yield Edit(
            node,
            bound(
                lambda new, pattern: put(
                    f"_0.masked_fill({pattern}, float('-inf')).softmax(0)",
                    new.func.value,
                ),
                pattern,
            ),
            f"{clause} {source.code(node)}",
            2,
        )


@rule
def masked_scores(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A softmax over square scores that looks back only, or not at itself."""
    if method(node) != "softmax" or not isinstance(node, ast.Call):
        return
    assert isinstance(node.func, ast.Attribute)
    tensors = source.tensors(node.func.value)
    if not tensors or not all(
        t.ndim >= 2 and t.shape[-1] == t.shape[-2] for t in tensors
    ):
        return
    for pattern, clause in (
        ("torch.ones_like(_0).triu(1) == 1", "each query looks at its own place and back only"),
        ("torch.ones_like(_0).tril(-1) == 1", "each query looks at its own place and ahead only"),
        ("torch.eye(_0.shape[-1]) == 1", "each query leaves out its own place"),
    ):  # fmt: skip
        yield Edit(
            node,
            bound(
                lambda new, pattern: put(
                    f"_0.masked_fill({pattern}, float('-inf')).softmax(-1)",
                    new.func.value,
                ),
                pattern,
            ),
            clause,
            2,
        )
