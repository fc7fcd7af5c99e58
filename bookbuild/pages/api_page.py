"""Write the book's API page from the docstrings of the package.

    python -m bookbuild.pages.api_page           write book/api.md
    python -m bookbuild.pages.api_page --check   only say whether it is what the docstrings say

The page is plain Markdown, so that it reads the same in the book and on GitHub, and a
wrong docstring is seen where it stands. Signatures are those of the source, not of the
running objects: they keep the names that a reader will find there.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

PAGE = Path(__file__).parents[2] / "book" / "api.md"
WIDTH = 80  # of a signature; longer ones get one argument a line

HEADER = """\
# API

What the chapters import, with its formula, shapes, errors and source. \
[Notation](notation.md) explains the letters. This page is made from the docstrings by \
`bookbuild/pages/api_page.py`.
"""

MODULES = {
    "Chapter 1": ["embedding"],
    "Chapter 2": ["encoder_decoder"],
    "Chapter 3": ["attention"],
    "Chapter 4": ["self_attention"],
    "Chapter 5": ["grid_attention", "grid_models"],
    "Data": [
        "data.sequences",
        "data.dates",
        "data.copy_task",
        "data.digits",
        "data.video",
        "data.photo",
    ],
    "Training and weights": [
        "lab.training",
        "lab.translation",
        "lab.vision",
        "lab.pretrained",
    ],
    "Pictures": [
        "pictures.heatmaps",
        "pictures.charts",
        "pictures.grids",
        "pictures.words",
        "pictures.show",
    ],
    "Widgets and exercises": ["widgets", "exercises"],
    "Checks": ["shapes"],
}

SECTIONS = ("Args", "Attributes", "Raises", "Returns", "Shapes")
LISTS = ("Args", "Attributes", "Raises")
_ENTRY = re.compile(r"([\w*, .|'\"]+?): +(.*)")


def page() -> str:
    """Return the whole page."""
    parts = [HEADER]
    for title, names in MODULES.items():
        modules = [module for name in names if (module := find(name))]
        if modules:
            parts.append(f"## {title}\n")
        for module in modules:
            parts.extend(of_module(module))
    return "\n".join(parts).rstrip() + "\n"


def find(name: str) -> ModuleType | None:
    """Import a module of the package, or return ``None`` for one not yet written."""
    full = f"attention_course.{name}"
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError as error:
        if error.name == full:
            return None
        raise


def of_module(module: ModuleType) -> Iterator[str]:
    yield f"### `{module.__name__}`\n"
    yield markdown(inspect.cleandoc(module.__doc__ or ""))
    for name in module.__all__:
        item = getattr(module, name)
        if inspect.isclass(item) or inspect.isroutine(item):
            yield f"#### {name}\n"
            yield f"```python\n{signature(item)}\n```\n"
            yield markdown(inspect.getdoc(item) or "")
            if inspect.isclass(item):
                yield from methods(item)


def methods(cls: type) -> Iterator[str]:
    """List the public methods that a class itself documents, one line each."""
    lines = []
    for name, member in vars(cls).items():
        function = inspect.unwrap(getattr(member, "__func__", member))
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        if function.__doc__:
            first = " ".join(first_paragraph(function.__doc__).split())
            lines.append(f"- `{name}({arguments(parse(function))})`: {inline(first)}")
    if lines:
        yield "**Methods**\n"
        yield "\n".join(lines) + "\n"


def parse(item: Any) -> Any:
    """Return the syntax tree of a function or class."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(item)))
    return ast.parse(source).body[0]


def signature(item: Any) -> str:
    node = parse(item)
    name, result = item.__name__, ""
    if isinstance(node, ast.ClassDef):
        built = [
            part
            for part in node.body
            if isinstance(part, ast.FunctionDef) and part.name == "__init__"
        ]
        given = parameters(built[0]) if built else fields(node)
        head = f"class {name}"
    else:
        given = parameters(node)
        head = name
        result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{head}({', '.join(given)}){result}"
    if len(line) <= WIDTH:
        return line
    indented = "".join(f"    {one},\n" for one in given)
    return f"{head}(\n{indented}){result}"


def arguments(node: ast.FunctionDef) -> str:
    """Name a method's arguments without their types."""
    names = [one.split(":")[0].split("=")[0].strip() for one in parameters(node)]
    return ", ".join(name for name in names if name != "*")


def parameters(node: ast.FunctionDef) -> list[str]:
    """Write the arguments of a function as its source does, without ``self``."""
    args = node.args
    usual = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(usual) - len(args.defaults)) + list(args.defaults)
    written = [
        one(arg, value)
        for arg, value in zip(usual, defaults, strict=True)
        if arg.arg not in ("self", "cls")
    ]
    if args.vararg:
        written.append("*" + one(args.vararg, None))
    elif args.kwonlyargs:
        written.append("*")
    pairs = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    written += [one(arg, value) for arg, value in pairs]
    if args.kwarg:
        written.append("**" + one(args.kwarg, None))
    return written


def one(arg: ast.arg, value: ast.expr | None) -> str:
    kind = f": {ast.unparse(arg.annotation)}" if arg.annotation else ""
    equals = " = " if kind else "="
    return arg.arg + kind + (f"{equals}{ast.unparse(value)}" if value else "")


def fields(node: ast.ClassDef) -> list[str]:
    """Write the fields of a named tuple or a dataclass."""
    return [ast.unparse(part) for part in node.body if isinstance(part, ast.AnnAssign)]


def first_paragraph(text: str) -> str:
    return inspect.cleandoc(text).split("\n\n")[0]


def markdown(text: str) -> str:
    """Turn a docstring in the house style into Markdown."""
    text = re.sub(r"\n(?=(?:Source|Chapters?)\b.*[:.\d])", "\n\n", text)
    parts = []
    for block in re.split(r"\n{2,}(?!    )", text.strip()):
        head, _, rest = block.partition("\n")
        title = head.rstrip(":")
        if title in SECTIONS and head.endswith(":") and rest:
            body = textwrap.dedent(rest)
            parts.append(
                f"**{title}**\n\n{entries(body) if title in LISTS else flow(body)}"
            )
        elif block.startswith("Formula"):
            label, _, formula = block.partition(":")
            parts.append(f"**{label}:** {flow(formula)}")
        elif block.startswith("Source:") or re.fullmatch(r"Chapters?:? .{1,20}", block):
            parts.append(f"*{flow(block)}*" if "`" not in block else flow(block))
        else:
            parts.append(flow(block))
    return "\n\n".join(part for part in parts if part) + "\n"


def entries(body: str) -> str:
    """Write ``name: text`` entries, each with its further lines, as a list."""
    lines: list[str] = []
    for line in body.splitlines():
        found = _ENTRY.fullmatch(line)
        if found:
            names = ", ".join(f"`{name}`" for name in found[1].split(", "))
            lines.append(f"- {names}: {found[2]}")
        elif lines and line.strip():
            lines[-1] += " " + line.strip()
        elif line.strip():
            lines.append(f"- {line.strip()}")
    return "\n".join(inline(line) for line in lines)


def flow(text: str) -> str:
    """Join the lines of each paragraph; bullets stay on lines of their own."""
    joined: list[str] = []
    for line in text.strip().splitlines():
        line = line.strip()
        if not line:
            joined.append("")
        elif joined and joined[-1] and not line.startswith("* "):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return "\n".join(inline(re.sub(r"^\* ", "- ", line)) for line in joined)


def inline(text: str) -> str:
    """Turn references and literals into code, arXiv numbers into links."""
    text = re.sub(r":\w+:`~?(?:attention_course\.)?([^`]+)`", r"`\1`", text)
    text = re.sub(r"``(.+?)``", r"`\1`", text)
    text = re.sub(
        r"arXiv (\d{4}\.\d{4,5})", r"[arXiv \1](https://arxiv.org/abs/\1)", text
    )
    pieces = text.split("`")  # what stands between an odd and the next is code
    return "`".join(
        piece if number % 2 else re.sub(r"(?<!\*)([*<|$])(?!\*)", r"\\\1", piece)
        for number, piece in enumerate(pieces)
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    text = page()
    if not parser.parse_args().check:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(
        f"{PAGE.name} is not what the docstrings say: run python -m bookbuild.pages.api_page"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
