"""What holds for the package as a whole, whatever a module teaches."""

import ast
import importlib
import pkgutil
from collections import defaultdict
from pathlib import Path

import pytest

import attention_course

PACKAGE = Path(attention_course.__file__).parent
CHAPTERS = [
    "attention",
    "attention_today",
    "embedding",
    "encoder_decoder",
    "grid_attention",
    "grid_models",
    "self_attention",
]


def public_classes():
    """Every class that some module's ``__all__`` offers, as "module.Class" by name."""
    found = defaultdict(set)
    for module in pkgutil.walk_packages(attention_course.__path__, "attention_course."):
        part = importlib.import_module(module.name)
        for name in getattr(part, "__all__", []):
            thing = getattr(part, name)
            if isinstance(thing, type):
                found[name].add(f"{thing.__module__}.{thing.__qualname__}")
    return found


def test_no_two_public_classes_share_a_name():
    classes = public_classes()
    assert len(classes) > 40  # the walk has found them
    assert {name: where for name, where in classes.items() if len(where) > 1} == {}


# --- ideas without guards -------------------------------------------------------------


def is_guard(statement):
    """Whether all that a statement does is look at arguments and raise."""
    match statement:
        case ast.Raise() | ast.Assert():
            return True
        case ast.If(orelse=[]):
            return any(map(is_guard, statement.body))
        case ast.For() | ast.With():
            return all(map(is_guard, statement.body))
        case ast.Expr() | ast.Assign() | ast.AnnAssign():
            return any("check_" in name for name in called(statement))
        case ast.FunctionDef():
            return "check_" in statement.name
    return False


def called(statement):
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return [ast.unparse(call.func) for call in calls]


def lines_of(statements):
    return {
        line
        for statement in statements
        for line in range(statement.lineno, statement.end_lineno + 1)
    }


def guard_share(source):
    """Count the lines of the function bodies, without docstrings, and those of guards."""
    lines, guards = set(), set()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            body = function.body[ast.get_docstring(function) is not None :]
            inside = [part for statement in body for part in ast.walk(statement)]
            statements = [part for part in inside if isinstance(part, ast.stmt)]
            lines |= lines_of(body)
            guards |= lines_of(
                body if is_guard(function) else filter(is_guard, statements)
            )
    return len(guards), len(lines)


@pytest.mark.parametrize(
    ("body", "guards"),
    [
        ("return x", 0),
        ("check_axes('x', x, 'T')\n    return x", 1),
        ("sizes = check_axes(\n        'x', x, 'T')\n    return x", 2),
        ("if x < 0:\n        raise ValueError(x)\n    return x", 2),
        ("if x < 0:\n        x = -x\n    return x", 0),
        (
            "for y in x:\n        if y < 0:\n            raise ValueError(y)\n    return x",
            3,
        ),
        ("'''Not a line.'''\n    return x", 0),
    ],
)
def test_guards_are_counted(body, guards):
    found, lines = guard_share(f"def f(x):\n    {body}\n")
    assert found == guards
    assert lines == len(body.splitlines()) - ("'''" in body)


def test_the_chapters_show_ideas_without_guards():
    shares = [guard_share((PACKAGE / f"{name}.py").read_text()) for name in CHAPTERS]
    guards, lines = map(sum, zip(*shares, strict=True))
    assert lines > 400
    assert guards / lines <= 0.08, dict(zip(CHAPTERS, shares, strict=True))
