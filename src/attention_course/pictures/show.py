"""Show the source of a function or class, so that chapters teach the code that is tested."""

from __future__ import annotations

import ast
import inspect
import linecache
import re
import textwrap
from collections.abc import Callable
from typing import Any

from ..shapes import checked, flag

__all__ = ["Source", "show"]


class Source:
    """Source text that every front end highlights in its own colours.

    The text is offered as a Markdown code block, so JupyterLab, Colab, GitHub and
    the book each set it in their own theme, light or dark.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        # The fence must be longer than any run of backticks in the text.
        fence = max(["``", *re.findall("`+", self.text)], key=len) + "`"
        return f"{fence}python\n{self.text}\n{fence}"


@checked(docstring=flag)
def show(obj: Callable[..., Any] | type, *, docstring: bool = False) -> Source:
    """Show the source of a function or class as it is installed.

    Args:
        obj: a function, method, class or module member written in Python.
        docstring: keep the whole docstring. By default only its first line stays,
            because the chapter says the rest.

    Returns:
        The source, highlighted when it is the last line of a notebook cell.

    Raises:
        TypeError: ``obj`` has no Python source.

    Chapter: all.
    """
    try:
        text = textwrap.dedent(inspect.getsource(obj)).rstrip()
    except (TypeError, OSError):
        text = _class_in_a_cell(obj) if inspect.isclass(obj) else ""
        if not text and inspect.isclass(obj) and obj.__module__ == "__main__":
            raise TypeError(
                f"obj: {obj.__name__} comes from a notebook cell or a session, and Python keeps "
                "no source of it; look at the cell itself"
            ) from None
        if not text:
            raise TypeError(
                f"obj: expected a function or class written in Python, got {obj!r}"
            ) from None
    return Source(text if docstring else first_lines_only(text))


def _class_in_a_cell(cls: type) -> str:
    """Find a class's source by its methods: a class does not know its cell, they do."""
    for member in vars(cls).values():
        code = (
            getattr(inspect.unwrap(member), "__code__", None)
            if callable(member)
            else None
        )
        text = "".join(linecache.getlines(code.co_filename)) if code else ""
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
                first = min(
                    [node.lineno, *(each.lineno for each in node.decorator_list)]
                )
                lines = text.splitlines()[first - 1 : node.end_lineno]
                return textwrap.dedent("\n".join(lines)).rstrip()
    return ""


def first_lines_only(text: str) -> str:
    """Cut every docstring down to its first line."""
    lines = text.splitlines()
    for node in sorted(_documented(text), key=lambda node: -node.lineno):
        first = lines[node.lineno - 1].rstrip()
        quote = '"""' if '"""' in first else "'''"
        if node.end_lineno is not None and node.end_lineno > node.lineno:
            lines[node.lineno - 1 : node.end_lineno] = [first + quote]
    return "\n".join(lines)


def _documented(text: str) -> list[ast.stmt]:
    """Find the statements that are docstrings."""
    found: list[ast.stmt] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and (
            ast.get_docstring(node, clean=False) is not None
        ):
            found.append(node.body[0])
    return found
