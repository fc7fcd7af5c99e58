"""Mistakes of the whole: an argument read otherwise, a result given back otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from .flow import _begun
from .rule import bound, rule
from .source import Edit, Original, put

# What happens to an argument before anything else: code, clause, rank.
TUPLES = (
    ("tuple(reversed({x}))", "`{x}` is read in reverse order", 1),
    ("({x}[0],) * len({x})", "`{x}[0]` serves for all axes", 1),
    ("({x}[-1],) * len({x})", "`{x}[-1]` serves for all axes", 1),
    ("(max({x}),) * len({x})", "the largest of `{x}` serves for all axes", 1),
    ("(min({x}),) * len({x})", "the smallest of `{x}` serves for all axes", 2),
    ("({x}[1], {x}[0], *{x}[2:])", "the first two of `{x}` are exchanged", 1),
    ("(*{x}[:-2], {x}[-1], {x}[-2])", "the last two of `{x}` are exchanged", 1),
    ("(*{x}[1:], {x}[0])", "`{x}` is read one place on", 3),
    ("tuple(v + 1 for v in {x})", "`{x}` is one too large on each axis", 2),
    ("tuple(v - 1 for v in {x})", "`{x}` is one too small on each axis", 2),
    ("tuple(2 * v for v in {x})", "`{x}` is doubled", 2),
    ("tuple(v // 2 for v in {x})", "`{x}` is halved", 2),
    ("(0,) * len({x})", "every number of `{x}` is taken for 0", 2),
    ("(0, *{x}[1:])", "0 stands for the first of `{x}`", 3),
    ("(*{x}[:-1], 0)", "0 stands for the last of `{x}`", 3),
    ("(99, *{x}[1:])", "the first axis has no bound in `{x}`", 2),
    ("(*{x}[:-1], 99)", "the last axis has no bound in `{x}`", 2),
)
INTEGERS = (
    ("{x} + 1", "`{x}` is one too large", 1),
    ("{x} - 1", "`{x}` is one too small", 1),
    ("2 * {x}", "`{x}` is doubled", 2),
    ("{x} // 2", "`{x}` is halved", 2),
    ("1", "`{x}` is taken for 1", 2),
    ("0", "`{x}` is taken for 0", 2),
    ("-1", "`{x}` is taken for -1", 4),
)
FLOATS = (
    ("{x}.softmax(-1)", "a softmax is taken of `{x}` first", 2),
    ("{x}.softmax(0)", "a softmax over axis 0 is taken of `{x}` first", 3),
    ("{x} / {x}.norm(dim=-1, keepdim=True)", "`{x}` is scaled to length 1 first", 2),
    ("{x} / {x}.sum(-1, keepdim=True)", "`{x}` is divided by its sum first", 2),
    ("{x} - {x}.mean(-1, keepdim=True)", "the mean is subtracted from `{x}` first", 3),
    ("{x}.abs()", "`{x}` counts without its sign", 2),
    ("{x}.relu()", "the negative numbers of `{x}` are left out", 2),
    ("-{x}", "the sign of `{x}` is turned", 2),
    ("(({x}) != 0).to({x}.dtype)", "each number of `{x}` that is not 0 counts as 1", 2),
    ("torch.ones_like({x})", "the numbers in `{x}` are not used", 2),
    ("torch.zeros_like({x})", "`{x}` is not used", 2),
)
ANY_TENSOR = (
    ("{x}.flip(0)", "`{x}` is read backwards along axis 0", 2),
    ("{x}.flip(-1)", "`{x}` is read backwards along its last axis", 2),
    ("{x}.flatten()", "`{x}` is flattened first", 3),
    ("{x}.transpose(-2, -1)", "the last two axes of `{x}` are exchanged", 2),
    ("{x}.transpose(0, 1)", "the first two axes of `{x}` are exchanged", 2),
    ("{x}[:1]", "only the first of `{x}` is used", 2),
    ("{x}[:1].expand_as({x})", "the first of `{x}` serves for all", 2),
    ("{x}[..., :1].expand_as({x})", "the first number of each row of `{x}` serves for "
     "all", 3),
    ("{x}.roll(1, 0)", "`{x}` is moved on by one along axis 0", 3),
    ("{x}.roll(1, -1)", "`{x}` is moved on by one along its last axis", 3),
)  # fmt: skip
BOOLEANS = (
    ("~{x}", "`{x}` is inverted", 1),
    ("torch.ones_like({x})", "`{x}` is not used", 1),
    ("{x}[..., :1].expand_as({x})", "the first entry of `{x}` serves for each row", 3),
)
# What happens to a result at the end.
RESULTS = (
    ("-_0", "the sign is flipped at the end", 1),
    ("_0.softmax(-1)", "a softmax follows at the end", 1),
    ("_0.log_softmax(-1)", "a log-softmax follows at the end", 2),
    ("_0.exp()", "`exp` follows at the end", 2),
    ("_0.log()", "a logarithm follows at the end", 2),
    ("_0.square()", "the result is squared", 3),
    ("_0.sqrt()", "a square root follows at the end", 2),
    ("_0.abs()", "the sign is lost at the end", 2),
    ("_0.relu()", "negative results are set to 0", 2),
    ("_0.tanh()", "`tanh` follows at the end", 3),
    ("_0.sigmoid()", "a sigmoid follows at the end", 3),
    ("1 - _0", "the result is subtracted from 1", 2),
    ("_0 - 1", "1 is subtracted at the end", 2),
    ("_0 / _0.norm(dim=-1, keepdim=True)", "the result is scaled to length 1", 2),
    ("_0 / _0.sum(-1, keepdim=True)", "the result is divided by the sum of its row", 2),
    ("_0 / _0.sum()", "the result is divided by the sum of all its numbers", 3),
    ("_0 / _0.amax(-1, keepdim=True)", "the result is divided by the largest of its row", 3),
    ("_0 - _0.mean(-1, keepdim=True)", "the mean of each row is subtracted at the end", 3),
    ("_0 / 0.6931471805599453", "the result is in bits, not in nats", 1),
    ("_0 * 0.6931471805599453", "the result is multiplied by log 2, as from bits to nats", 3),
    ("_0 / 2.302585092994046", "the logarithm has base 10", 2),
    ("100 * _0", "the result is a percentage", 1),
    ("_0.round()", "the result is rounded", 3),
    ("_0.round(decimals=1)", "the result is rounded to one digit", 3),
    ("_0.round(decimals=2)", "the result is rounded to two digits", 3),
)  # fmt: skip
TENSORS = (
    ("_0.squeeze()", "every axis of size 1 is dropped at the end", 3),
    ("_0.unsqueeze(-1)", "an axis of size 1 is left at the end", 2),
    ("_0.unsqueeze(0)", "an axis of size 1 is left in front", 2),
    ("_0.flip(0)", "the result is reversed along axis 0", 2),
    ("_0.flip(-1)", "the result is reversed along its last axis", 2),
    ("_0.sort().values", "the result is sorted", 2),
    ("_0.transpose(-2, -1)", "the last two axes of the result are exchanged", 2),
    ("_0.transpose(0, 1)", "the first two axes of the result are exchanged", 3),
    ("_0.flatten()", "the result is flattened", 3),
    ("_0.movedim(-1, 0)", "the last axis of the result stands first", 2),
    ("_0.movedim(0, -1)", "the first axis of the result stands last", 3),
    ("_0.flatten(0, -2)", "all axes of the result but the last are flattened", 2),
    ("_0.flatten(0, -3).sum(0)", "the leading axes are added up at the end", 2),
    ("_0.flatten(0, -3)", "the leading axes of the result are flattened into one", 2),
    ("_0.flatten(0, -2).sum(0)", "everything is added up but the last axis", 3),
    ("_0[0]", "only the first of the result is given back", 2),
    ("_0[-1]", "only the last of the result is given back", 2),
    ("_0[:-1]", "the last of the result is missing", 2),
    ("_0[1:]", "the first of the result is missing", 2),
    ("_0[..., :-1]", "the last column of the result is missing", 3),
    ("_0[..., 1:]", "the first column of the result is missing", 3),
    ("_0 + 1", "the result is one too large", 2),
    ("_0.sum(-1)", "the result is added up over its last axis", 2),
    ("_0.sum(0)", "the result is added up over its first axis", 2),
    ("_0.sum()", "the result is added up to one number", 2),
    ("_0.mean(-1)", "the mean is taken over the last axis at the end", 2),
    ("_0.mean(0)", "the mean is taken over the first axis at the end", 2),
    ("_0.mean()", "the mean of everything is taken at the end", 2),
    ("_0.amax(-1)", "the largest is taken over the last axis at the end", 3),
    ("_0.argmax(-1)", "an argmax follows at the end", 2),
    ("_0.argmax()", "the place of the largest number is given back", 3),
    ("_0.cumsum(-1)", "the result is added up along its last axis, step by step", 3),
    ("_0.tril()", "what lies right of the diagonal is set to 0", 3),
    ("_0.triu()", "what lies left of the diagonal is set to 0", 3),
    ("_0.roll(1, -1)", "the result is moved on by one along its last axis", 3),
    ("_0.roll(-1, -1)", "the result is moved back by one along its last axis", 3),
    ("_0.roll(1, 0)", "the result is moved on by one along its first axis", 3),
    ("_0.roll(-1, 0)", "the result is moved back by one along its first axis", 3),
)  # fmt: skip
STRINGS = (
    ("_0[::-1]", "the text is written backwards", 1),
    ("' '.join(_0)", "the characters are joined with spaces", 1),
    ("','.join(_0)", "the characters are joined with commas", 2),
    ("'\\n'.join(_0)", "the characters are joined with line ends", 3),
    ("_0[1:]", "the first character is missing", 1),
    ("_0[:-1]", "the last character is missing", 1),
    ("_0[1:] + _0[:1]", "the text is moved by one", 2),
    ("_0.strip()", "spaces at the ends are dropped", 2),
    ("_0.lower()", "capitals are written small", 2),
    ("_0.upper()", "letters are written as capitals", 2),
    ("_0.replace(' ', '')", "spaces are dropped", 2),
    ("''.join(sorted(_0))", "the characters are sorted", 2),
    ("''.join(dict.fromkeys(_0))", "each character is written once", 2),
    ("list(_0)", "the characters stand in a list", 2),
)
NUMBERS = (
    ("_0 + 1", "the number is one too large", 1),
    ("_0 - 1", "the number is one too small", 1),
    ("2 * _0", "the number is doubled", 2),
    ("_0 / 2", "the number is halved", 2),
    ("-_0", "the sign is flipped", 1),
    ("1 - _0", "the number is subtracted from 1", 1),
    ("100 * _0", "the number is a percentage", 1),
    ("_0 / 0.6931471805599453", "the number is in bits, not in nats", 2),
    ("round(_0)", "the number is rounded to an integer", 2),
    ("int(_0)", "the number is cut to an integer", 2),
    ("round(_0, 1)", "the number is rounded to one digit", 2),
    ("round(_0, 2)", "the number is rounded to two digits", 2),
    ("2.718281828459045 ** _0", "`exp` follows at the end", 2),
)


@rule
def argument_read_otherwise(node: ast.AST, source: Original) -> Iterator[Edit]:
    """An argument reversed, scaled, inverted, one for all axes, or not used."""
    if node is not source.tree:
        return
    for name in source.parameters:
        values = source.arguments(name)
        for code, clause, rank in _readings(values[0] if values else None):
            line = f"{name} = {code.format(x=name)}"
            yield Edit(
                node,
                bound(lambda new, line: _begun(new, line), line),
                clause.format(x=name),
                rank,
                outer=True,
            )
    yield from _all_tensors(node, source)
    yield from _all_tuples(node, source)


def _all_tuples(node: ast.AST, source: Original) -> Iterator[Edit]:
    """The same done to every argument that has a number for each axis."""
    names = [
        name
        for name in source.parameters
        if all(
            isinstance(value, tuple) and len(value) > 1
            for value in source.arguments(name)
        )
    ]
    for n in range(2, len(names) + 1):
        told = " and ".join(f"`{name}`" for name in names[:n])
        for code, clause, rank in TUPLES[:7]:
            lines = [f"{name} = {code.format(x=name)}" for name in names[:n]]
            yield Edit(
                node,
                bound(lambda new, line: _begun(new, line), "; ".join(lines)),
                f"{clause.format(x=names[0])}, and so with all of {told}",
                rank,
                outer=True,
            )


# What happens to all tensors at once: code, and how it is told.
ALL = (
    ("{x}.flatten(0, -2)", "the leading axes of {all} are flattened into one, so that what "
     "belongs to different sequences meets", 1),
    ("{x}.transpose(-2, -1)", "the last two axes of {all} are exchanged", 2),
    ("{x}.transpose(0, 1)", "the first two axes of {all} are exchanged", 2),
    ("{x}[:1].expand_as({x})", "the first of {all} serves for all", 2),
    ("{x} / {x}.norm(dim=-1, keepdim=True)", "the vectors of {all} are scaled to length 1 "
     "first", 1),
    ("{x} - {x}.mean(-1, keepdim=True)", "the mean is subtracted from {all} first", 3),
    ("{x}.abs()", "{all} count without their sign", 3),
)  # fmt: skip


def _all_tensors(node: ast.AST, source: Original) -> Iterator[Edit]:
    """The same done to every argument that is a tensor of several axes."""
    names = [
        name
        for name in source.parameters
        if all(
            isinstance(value, Tensor) and value.is_floating_point() and value.ndim > 1
            for value in source.arguments(name)
        )
    ]
    groups = [names[:n] for n in range(2, len(names) + 1)]
    matrices = [
        name for name in names if all(v.ndim == 2 for v in source.arguments(name))
    ]
    if len(matrices) > 1 and matrices not in groups:
        groups.append(matrices)
    for group in groups:
        told = " and ".join(f"`{name}`" for name in group)
        for code, clause, rank in ALL:
            line = "; ".join(f"{name} = {code.format(x=name)}" for name in group)
            yield Edit(
                node,
                bound(lambda new, line: _begun(new, line), line),
                clause.format(all=told),
                rank,
                outer=True,
            )


def _readings(value: Any) -> Iterator[tuple[str, str, int]]:
    if isinstance(value, Tensor):
        if value.dtype == torch.bool:
            yield from BOOLEANS
        elif value.is_floating_point():
            yield from FLOATS
        yield from ANY_TENSOR
    elif type(value) is int:
        yield from INTEGERS
    elif isinstance(value, tuple) and len(value) > 1:
        yield from TUPLES


@rule
def result_given_otherwise(node: ast.AST, source: Original) -> Iterator[Edit]:
    """A result with a sign, a factor, an axis, an order that is not its own."""
    if not isinstance(node, ast.Return) or node.value is None:
        return
    parts: list[ast.expr] = [node.value]
    if isinstance(node.value, ast.Tuple):
        parts = node.value.elts
        yield from _parts_of(node.value, source)
    for part in parts:
        values = source.values(part)
        of = f", in {source.code(part)}" if len(parts) > 1 else ""
        for template, clause, rank in _givings(values[0] if values else None):
            yield Edit(
                part,
                bound(lambda new, template: put(template, new), template),
                clause + of,
                rank,
                outer=True,
            )


def _parts_of(result: ast.Tuple, source: Original) -> Iterator[Edit]:
    yield Edit(
        result,
        lambda new: ast.Tuple(list(reversed(new.elts)), ast.Load()),
        "the results stand in the other order",
        1,
    )
    for place, part in enumerate(result.elts):
        told = source.code(part)
        yield Edit(
            result,
            bound(lambda new, place: new.elts[place], place),
            f"{told} alone is given back",
            1,
        )
        yield Edit(
            result,
            bound(
                lambda new, place: ast.Tuple(
                    [new.elts[place]] * len(new.elts), ast.Load()
                ),
                place,
            ),
            f"{told} is given back in every place",
            2,
        )


def _givings(value: Any) -> Iterator[tuple[str, str, int]]:
    if isinstance(value, Tensor):
        if value.is_floating_point():
            yield from RESULTS
        elif value.dtype == torch.bool:
            yield "~_0", "the result is inverted", 1
        yield from TENSORS
    elif isinstance(value, str):
        yield from STRINGS
    elif isinstance(value, bool):
        yield "not _0", "the answer is turned into its opposite", 1
        yield "True", "the answer is always yes", 2
        yield "False", "the answer is always no", 2
    elif isinstance(value, int | float):
        yield from NUMBERS
    elif isinstance(value, tuple):
        yield "_0[::-1]", "the results stand in the other order", 1
