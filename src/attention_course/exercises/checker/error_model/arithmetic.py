"""Mistakes of arithmetic: a factor, a term, a sign, another size, another function."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torch import Tensor

from .axes import method
from .rule import bound, rule, wrapped
from .source import Edit, Original, put

WORDS: dict[type, tuple[str, str]] = {
    ast.Add: ("the term {x} is left out", "added"),
    ast.Sub: ("the term {x} is left out", "subtracted"),
    ast.Mult: ("the factor {x} is left out", "multiplied"),
    ast.Div: ("the division by {x} is left out", "divided"),
    ast.FloorDiv: ("the division by {x} is left out", "divided"),
    ast.MatMult: ("the product with {x} is left out", "multiplied"),
    ast.Mod: ("the remainder by {x} is left out", "reduced"),
    ast.Pow: ("the power {x} is left out", "raised"),
}
INSTEAD: dict[type, tuple[tuple[str, str, int], ...]] = {
    ast.Add: (
        ("_0 - _1", "{b} is subtracted, not added", 2),
        ("_0 * _1", "{a} and {b} are multiplied, not added", 4),
        ("(_0 + _1) / 2", "the mean of {a} and {b} stands for their sum", 4),
    ),
    ast.Sub: (
        ("_0 + _1", "{b} is added, not subtracted", 2),
        ("_1 - _0", "{a} and {b} are exchanged in the difference", 1),
    ),
    ast.Mult: (
        ("_0 / _1", "{b} divides, where it should multiply", 1),
        ("_0 + _1", "{a} and {b} are added, not multiplied", 3),
        ("_0 * _1 * _1", "the factor {b} comes twice", 3),
        ("_0 * _0 * _1", "the factor {a} comes twice", 3),
        ("_0 @ _1", "a matrix product stands for the product entry by entry", 3),
    ),
    ast.Div: (
        ("_0 * _1", "{b} multiplies, where it should divide", 1),
        ("_1 / _0", "the quotient of {a} and {b} is upside down", 1),
        ("_0 / _1 / _1", "the division by {b} comes twice", 1),
        ("_0 // _1", "the quotient by {b} is rounded down", 3),
        ("_0 - _1", "{b} is subtracted, where it should divide", 4),
    ),
    ast.FloorDiv: (
        ("-(-_0 // _1)", "the quotient of {a} and {b} is rounded up", 1),
        ("(2 * _0 + _1) // (2 * _1)", "{a} by {b} is rounded to the nearest", 1),
        ("_0 % _1", "the remainder of {a} by {b} stands for the quotient", 2),
        ("_0 / _1", "the quotient of {a} and {b} is not rounded down", 2),
        ("_1 // _0", "the quotient of {a} and {b} is upside down", 1),
        ("_0 * _1", "{b} multiplies, where it should divide", 3),
        ("(2 * _0 + 1) // (2 * _1)", "half a step is added before rounding down", 3),
    ),
    ast.Mod: (("_0 // _1", "the quotient of {a} by {b} stands for the remainder", 2),),
    ast.MatMult: (
        ("_1 @ _0", "the factors {a} and {b} are exchanged", 2),
        ("_0 * _1", "{a} and {b} are multiplied entry by entry", 3),
        ("_0.unsqueeze(-1) * _1", "the products of {a} and {b} are not added up", 2),
        ("_1[_0.argmax(-1)]", "only the row of {b} is taken where {a} is largest", 2),
        (
            "(_0 != 0).float() @ _1",
            "each row of {b} counts whole, without its weight",
            3,
        ),
        ("_0 @ _1 / _1.shape[-2]", "the mean of the products stands for their sum", 2),
    ),
    ast.Pow: (
        ("_1 ** _0", "base and exponent are exchanged", 3),
        ("_0 * _1", "{a} is multiplied by {b}, not raised to it", 2),
    ),
}
# What stands for what: other functions of the same kind.
OTHERS = {
    "sum": ("mean", "amax", "prod"),
    "mean": ("sum", "amax", "median", "amin"),
    "amax": ("sum", "mean", "amin"),
    "max": ("min", "mean"),
    "min": ("max",),
    "argmax": ("argmin",),
    "argmin": ("argmax",),
    "all": ("any",),
    "any": ("all",),
    "sin": ("cos",),
    "cos": ("sin",),
    "tanh": ("sigmoid", "relu", "sin"),
    "relu": ("sigmoid", "tanh", "abs"),
    "sigmoid": ("tanh", "relu"),
    "softmax": ("log_softmax", "cumsum"),
    "log_softmax": ("softmax",),
    "xlogy": ("mul",),
    "abs": ("relu", "square"),
    "sqrt": ("log", "log2", "cbrt"),
    "log": ("log2", "log10", "log1p", "exp"),
    "zip": (),
    "sorted": (),
    "cat": (),
}
ENTRYWISE = {"tanh", "sigmoid", "relu", "abs", "sqrt", "log", "exp", "softmax"}
ENTRYWISE |= {"log_softmax", "sin", "cos", "float", "square", "bool", "long", "cumsum"}


@rule
def part_left_out(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A term, a factor, a division left out."""
    if not isinstance(node, ast.BinOp) or type(node.op) not in WORDS:
        return
    words = WORDS[type(node.op)][0]
    yield Edit(node, lambda new: new.left, words.format(x=source.code(node.right)), 1)
    dividing = isinstance(node.op, ast.Div | ast.FloorDiv | ast.Pow | ast.Mod)
    if not dividing and source.code(node.left) != source.code(node.right):
        if isinstance(node.op, ast.Sub):
            turned = f"only {source.code(node.right)} is left of the difference"
            yield Edit(node, lambda new: new.right, turned, 3)
            yield Edit(
                node,
                lambda new: put("-_0", new.right),
                words.format(x=source.code(node.left)),
                2,
            )
        else:
            told = words.format(x=source.code(node.left))
            yield Edit(node, lambda new: new.right, told, 1)
    if dividing:
        told = f"{source.code(node.right)} alone stands for {source.code(node)}"
        yield Edit(node, lambda new: new.right, told, 4)


@rule
def other_operation(node: ast.AST, source: Original) -> Iterator[Edit]:
    """Divided for multiplied, upside down, rounded otherwise, factors exchanged."""
    if not isinstance(node, ast.BinOp):
        return
    names = {"a": source.code(node.left), "b": source.code(node.right)}
    for template, clause, rank in INSTEAD.get(type(node.op), ()):
        yield Edit(
            node,
            bound(lambda new, template: put(template, new.left, new.right), template),
            clause.format(**names),
            rank,
        )


@rule
def other_function(node: ast.AST, source: Original) -> Iterator[Edit]:
    """The sum for the mean, the smallest for the largest, sine for cosine."""
    name = method(node)
    if not isinstance(node, ast.Call):
        return
    for other in OTHERS.get(name, ()):
        yield Edit(
            node,
            bound(lambda new, other: _renamed(new, other), other),
            f"`{other}` stands where `{name}` belongs",
            1 if other in ("sum", "mean", "amax", "any", "all", "max", "min") else 2,
        )
    if isinstance(node.func, ast.Name) and name in ("max", "min") and not node.keywords:
        for place, arg in enumerate(node.args if len(node.args) == 2 else []):
            limit = source.code(node.args[1 - place])
            yield Edit(
                node,
                bound(lambda new, place: new.args[place], place),
                f"{source.code(arg)} is not cut off at {limit}",
                1,
            )


def _renamed(call: ast.Call, name: str) -> ast.Call:
    called = call.func
    if isinstance(called, ast.Attribute):
        new: ast.expr = ast.Attribute(called.value, name, called.ctx)
    else:
        new = ast.Name(name, ast.Load())
    return ast.Call(new, call.args, call.keywords)


@rule
def function_left_out(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A softmax, a norm, a layer, a square root left out, or applied twice."""
    if not isinstance(node, ast.Call):
        return
    name, called = method(node), node.func
    inner: ast.expr | None = None
    if isinstance(called, ast.Attribute) and source.tensors(called.value):
        inner = called.value if name != "item" else None
        pick = "_receiver"
    elif len(node.args) >= 1 and not isinstance(node.args[0], ast.Starred):
        inner, pick = node.args[0], "_argument"
    if inner is None or not _alike(source, node, inner):
        return
    layer = isinstance(called, ast.Name) and name in source.parameters
    if not layer and name not in ENTRYWISE and name not in ("masked_fill", "where"):
        return
    if name != "masked_fill":
        words = f"`{name}` is left out" if name != "softmax" else "no softmax is taken"
        yield Edit(node, lambda new: _inner(new, pick), words, 1)
    if name in ("softmax", "log_softmax", "tanh", "sigmoid") or layer:
        yield Edit(
            node,
            lambda new: _with_inner(new, pick, new),
            f"`{name}` is applied twice",
            2,
        )
    if name == "softmax":
        yield from _other_weights(node, source)
    axis = _axis(node)
    if name == "log_softmax" and axis is not None and pick == "_receiver":
        yield Edit(
            node,
            lambda new: put("_0.softmax(_1).log()", _inner(new, pick), axis),
            "the logarithm is taken after the softmax, where a small probability is "
            "rounded to 0",
            1,
        )
    if name == "sqrt":
        told = source.code(inner)
        words = f"the root of {told} is cut to an integer"
        yield Edit(node, lambda new: put("int(_0)", new), words, 2)
        yield Edit(
            node, lambda _: ast.Constant(8.0), f"8 stands for the root of {told}", 2
        )
        yield Edit(
            node,
            lambda new: put("_0 ** 2", _inner(new, pick)),
            f"the square of {told} stands for its root",
            4,
        )


def _alike(source: Original, node: ast.AST, inner: ast.AST) -> bool:
    """Say whether a call gives what it got: a tensor of the same shape, or a number."""
    pairs = list(zip(source.values(node), source.values(inner), strict=False))
    return bool(pairs) and all(
        one.shape == other.shape
        if isinstance(one, Tensor) and isinstance(other, Tensor)
        else isinstance(one, int | float) and isinstance(other, int | float)
        for one, other in pairs
    )


def _inner(call: ast.Call, pick: str) -> ast.expr:
    if pick == "_argument":
        return call.args[0]
    assert isinstance(call.func, ast.Attribute)
    return call.func.value


def _with_inner(call: ast.Call, pick: str, inner: ast.expr) -> ast.Call:
    if pick == "_argument":
        return ast.Call(call.func, [inner, *call.args[1:]], call.keywords)
    assert isinstance(call.func, ast.Attribute)
    called = ast.Attribute(inner, call.func.attr, ast.Load())
    return ast.Call(called, call.args, call.keywords)


def _other_weights(node: ast.Call, source: Original) -> Iterator[Edit]:
    """What readers write for a softmax: only exp, only the sum, a sigmoid."""
    assert isinstance(node.func, ast.Attribute)
    for template, clause, rank in (
        ("_0.exp()", "the exponentials are not divided by their sum", 1),
        ("_0 / _0.sum(_1, keepdim=True)", "the scores themselves are divided by their "
         "sum, without `exp`", 1),
        ("_0.exp() / _0.exp().sum()", "the exponentials are divided by the sum of all", 1),
        ("_0.exp() / _0.exp().sum(_1, keepdim=True)", "`exp` is taken of the scores as "
         "they are, so that large ones become infinite", 1),
        ("_0.sigmoid()", "a sigmoid stands for the softmax", 3),
        ("(-_0).softmax(_1)", "the sign of the scores is turned before the softmax", 2),
        ("(_0 == _0.amax(_1, keepdim=True)).float()", "the largest score gets all the "
         "weight", 2),
        ("_0.softmax(_1).softmax(_1)", "the softmax is taken twice", 1),
        ("_0.nan_to_num(0.0, posinf=0.0, neginf=0.0).softmax(_1)", "forbidden scores "
         "go into the softmax as 0", 2),
        ("_0.clamp(max=1).softmax(_1)", "the scores are clipped at 1", 5),
        ("(_0 / 2).softmax(_1)", "the scores are halved before the softmax", 5),
        ("(_0 * 2).softmax(_1)", "the scores are doubled before the softmax", 5),
        ("(_0 - _0.mean(_1, keepdim=True)).softmax(_1)", "a mean is subtracted", 5),
        ("_0.softmax(_1).square()", "the weights are squared", 5),
    ):  # fmt: skip
        axis = _axis(node)
        if axis is None:
            return
        yield Edit(
            node,
            bound(
                lambda new, template, axis: put(template, new.func.value, axis),
                template,
                axis,
            ),
            clause,
            rank,
        )


def _axis(node: ast.Call) -> ast.expr | None:
    for keyword in node.keywords:
        if keyword.arg == "dim":
            return keyword.value
    return node.args[0] if node.args else None


# What is compared otherwise than by dot products: _0 has the rows, _1 those of the other side.
SIMILAR = (
    ("torch.cdist(_0, _1)", "distances stand for the dot products of {a} and {b}", 2),
    ("torch.cdist(_0, _1).square()", "squared distances stand for the dot products of {a} "
     "and {b}", 1),
    ("-torch.cdist(_0, _1)", "distances, with a minus, stand for the dot products of {a} and "
     "{b}", 2),
    ("-torch.cdist(_0, _1).square()", "squared distances, with a minus, stand for the dot "
     "products of {a} and {b}", 2),
    ("(_0 / _0.norm(dim=-1, keepdim=True)) @ (_1 / _1.norm(dim=-1, keepdim=True))"
     ".transpose(-2, -1)", "cosines stand for the dot products of {a} and {b}", 1),
    ("(_0.unsqueeze(-2) - _1.unsqueeze(-3)).sum(-1)", "differences stand for the dot products "
     "of {a} and {b}", 3),
    ("(_0.unsqueeze(-2) + _1.unsqueeze(-3)).sum(-1)", "{a} and {b} are added, not multiplied",
     3),
)  # fmt: skip


@rule
def other_similarity(node: ast.AST, source: Original) -> Iterator[Edit]:
    """Distances or cosines in the place of dot products."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.MatMult):
        return
    if method(node.right) != "transpose" or not isinstance(node.right, ast.Call):
        return
    assert isinstance(node.right.func, ast.Attribute)
    base = node.right.func.value
    names = {"a": source.code(node.left), "b": source.code(base)}
    for template, clause, rank in SIMILAR:
        yield Edit(
            node,
            bound(
                lambda new, template, base: put(template, new.left, base),
                template,
                base,
            ),
            clause.format(**names),
            rank,
        )


@rule
def sign(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A minus left out."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        if isinstance(node.operand, ast.Constant):
            return
        told = source.code(node.operand)
        yield Edit(
            node, lambda new: new.operand, f"the minus before {told} is left out", 1
        )


@rule
def constant(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A number that is one too large, doubled, or another base."""
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        return
    if isinstance(source.parent(node), ast.UnaryOp | ast.keyword | ast.Slice):
        parent = source.parent(node)
        if isinstance(parent, ast.keyword) and parent.arg in ("dim", "keepdim"):
            return
    if not source.values(node):
        return
    value = float(node.value) if isinstance(node.value, float) else int(str(node.value))
    new: list[tuple[float, int]] = [(value + 1, 2), (value - 1, 2)]
    if abs(value) > 1:
        new += [(value * 2, 3), (value / 2 if value % 2 else int(value // 2), 3)]
        new += [(value * 10, 3), (value // 10, 3), (1, 3)]
    if isinstance(node.value, float) and 0 < value < 0.01:
        new = [(float(f"1e-{n}"), 2) for n in (3, 4, 5, 6, 8, 12)] + [(0.0, 2)]
    for number, rank in new:
        if number != value:
            yield Edit(
                node,
                bound(lambda _, number: ast.Constant(number), number),
                f"{number:g} stands for {value:g} in {_whole(node, source)}",
                rank,
            )


def _whole(node: ast.AST, source: Original) -> str:
    """Write the smallest expression around a number that says where it stands."""
    around = source.parent(node)
    while isinstance(around, ast.UnaryOp | ast.Slice | ast.Tuple):
        around = source.parent(around)
    return source.code(around if isinstance(around, ast.expr) else node)


@rule
def other_size(node: ast.AST, source: Original) -> Iterator[Edit]:
    """√d_v or √T for √d_k: another size of an argument, or a number as it came."""
    values = source.values(node)
    if not values or any(type(value) is not int for value in values):
        return
    if isinstance(node, ast.Constant) or not _is_size(node, source):
        return
    told = source.code(node)
    seen = {tuple(values)}
    for template, words in _sizes(source, counts=_scales(node, source)):
        if words != told:
            yield Edit(
                node,
                bound(lambda _, template: put(template), template),
                f"{words} stands where {told} belongs",
                2,
                same=f"{words} for {told}",
            )
    if tuple(values) in seen:
        for shift in (1, -1):
            yield wrapped(
                node,
                f"_0 + {shift}",
                f"{told} is one too {'large' if shift > 0 else 'small'}",
                2,
            )


def _is_size(node: ast.AST, source: Original) -> bool:
    """Say whether an expression is a size, a count or an integer argument."""
    if isinstance(node, ast.Name):
        return True
    if isinstance(node, ast.Subscript):
        value = node.value
        return isinstance(value, ast.Attribute) and value.attr == "shape"
    return method(node) in ("len", "size", "numel")


def _scales(node: ast.AST, source: Original) -> bool:
    """Say whether a size only scales; as the size of something new, a count may be too large."""
    around = source.parent(node)
    if isinstance(around, ast.BinOp):
        return isinstance(around.op, ast.Mult | ast.Div | ast.Pow)
    return method(around) == "sqrt"


def _sizes(source: Original, counts: bool) -> Iterator[tuple[str, str]]:
    """Give every size that an argument brings along: its code, and how it is told.

    Args:
        source: whose arguments are meant.
        counts: whether the number of all entries is one of them.
    """
    for arg in source.tree.args.args:
        tensors = [v for v in source.arguments(arg.arg) if isinstance(v, Tensor)]
        if tensors:
            for axis in range(-1, -min(t.ndim for t in tensors) - 1, -1):
                code = f"{arg.arg}.shape[{axis}]"
                yield code, f"`{code}`"
            if counts:
                yield f"{arg.arg}.numel()", f"`{arg.arg}.numel()`"
        elif all(type(v) is int for v in source.arguments(arg.arg)):
            yield arg.arg, f"`{arg.arg}`"
