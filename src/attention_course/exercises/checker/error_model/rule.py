"""What a rule is: it looks at one part of a source and gives edits."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from .source import Change, Edit, Original, put

__all__ = ["RULES", "Rule", "bound", "edits_of", "rule", "wrapped"]

Rule = Callable[[ast.AST, Original], Iterator[Edit]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Decorate a rule, and so make it known."""
    RULES.append(function)
    return function


def bound(function: Callable[..., Any], *values: Any) -> Change:
    """Make a change of a function and of values that go with it."""
    return lambda new: function(new, *values)


def wrapped(node: ast.AST, template: str, clause: str, rank: int) -> Edit:
    """Make the edit that puts an expression into a template, as ``_0``."""
    return Edit(node, lambda new: put(template, new), clause, rank)


def _is_written_into(node: ast.AST, source: Original) -> bool:
    """Say whether parts of it are set: of anything else in its place, that would be lost."""
    around = source.parent(node)
    return (
        isinstance(around, ast.Subscript)
        and around.value is node
        and isinstance(around.ctx, ast.Store)
    )


def edits_of(source: Original) -> list[Edit]:
    """Apply every rule to every part of a source, the likeliest mistakes first."""
    found: list[Edit] = []
    for node in source.nodes():
        for one in RULES:
            found.extend(
                dataclasses.replace(
                    edit,
                    rule=one.__name__,
                    key=(one.__name__, type(node), type(edit.node), edit.same or n),
                )
                for n, edit in enumerate(one(node, source))
                if not _is_written_into(edit.node, source)
            )
    return sorted(found, key=lambda edit: edit.rank)
