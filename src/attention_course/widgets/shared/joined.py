"""Join ES modules that import each other into one, when a widget's class is defined.

Jupyter takes a widget's JavaScript as one text, and an install from git has no bundler. So
the modules are written one after the other, what a module imports before the module, each
once, without their ``import`` and ``export``, comments and indentation, and without what
nobody names: pages load the result. All then share one scope.

This is no parser. It reads JavaScript that is laid out as Biome lays it out: a line that
begins at the margin begins a statement. Of the ways to import and export it knows two, and
refuses the others: ``import { a, b } from "./x.js";`` and ``export`` before a declaration.
The first module, and it alone, ends in ``export default { ... };``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Script", "join"]

_IMPORT = re.compile(
    r'^import \{\s*([\w$]+(?:,\s*[\w$]+)*),?\s*\} from "(\.\.?/[\w./-]+\.js)";\n', re.M
)
_DECLARATION = re.compile(
    r"^(export )?(?:async )?(?:function\*?|class|const|let) ([\w$]+)", re.M
)
_STATEMENT = re.compile(r"^(?=[^\s})\]])", re.M)  # where one begins
_WORD = re.compile(r"[\w$]+")
_COMMENT = re.compile(r"^ *//.*\n", re.M)
_INDENTATION = re.compile(r"^ +", re.M)
_HALF_TEMPLATE = re.compile(r"^[^`\n]*(?:`[^`\n]*`[^`\n]*)*`[^`\n]*$", re.M)
_DEFAULT = re.compile(r"^export default (\{[^{}]*\});\s*\Z", re.M)
# What is left once all that is known has been taken out.
_UNKNOWN = {
    re.compile(r"^import\b.*|\bimport\s*\(|\bimport\.meta\b", re.M): "import",
    re.compile(r"^export\b.*", re.M): "export",
    re.compile(r"^(?:const|let) (?:[\[{]|[\w$]+,).*|^var\b.*", re.M): "declaration",
}


@dataclass(frozen=True)
class Script:
    """JavaScript that needs nothing else: its statements, and the object it exports."""

    statements: str
    exported: str

    def es_module(self) -> str:
        """Return it as one ES module with one export, its default."""
        return f"{self.statements}\nexport default {self.exported};\n"


@dataclass(frozen=True)
class _Module:
    path: Path
    statements: list[tuple[str, str]]  # the name that is declared, or "", and the code
    imports: list[tuple[Path, list[str]]]  # from where, and the names
    exported: list[str]
    default: str | None


def join(path: Path) -> Script:
    """Join the module at ``path`` with all that it imports, directly or not.

    Raises:
        ValueError: a file that is not there, a circle of imports, a name that is imported
            and not exported or declared in two modules, a missing or second default
            export, or a form of import, export or declaration that is not known here.
    """
    modules: dict[Path, _Module] = {}
    _collect(path.resolve(), modules, ())
    *imported, first = modules.values()
    declared: dict[str, Path] = {}
    for module in modules.values():
        for name in filter(None, (name for name, _ in module.statements)):
            if name in declared:
                raise _error(module.path, f"{name} is declared in {declared[name]} too")
            declared[name] = module.path
    for module in imported:
        if module.default is not None:
            raise _error(module.path, "only the first module may export a default")
    if first.default is None:
        raise _error(first.path, "expected `export default { ... };` at the end")
    named = _named(list(modules.values()), first.default)
    statements = "".join(
        text
        for module in modules.values()
        for name, text in module.statements
        if not name or name in named
    )
    return Script(f"{statements.strip()}\n", first.default)


def _named(modules: list[_Module], default: str) -> set[str]:
    """Collect every name that the export needs, directly or not.

    A word is taken for a name wherever it stands: what is needed is never left out, and now
    and then something stays that is not.
    """
    statements = [statement for module in modules for statement in module.statements]
    code = {name: text for name, text in statements if name}
    waiting = [default, *(text for name, text in statements if not name)]
    named: set[str] = set()
    while waiting:
        new = {word for word in _WORD.findall(waiting.pop()) if word in code} - named
        named |= new
        waiting += [code[name] for name in new]
    return named


def _collect(path: Path, modules: dict[Path, _Module], above: tuple[Path, ...]) -> None:
    """Add to ``modules`` what ``path`` imports, then ``path``; ``above`` wait for it."""
    if path in above:
        circle = " → ".join(module.name for module in (*above, path))
        raise _error(path, f"the modules import each other in a circle: {circle}")
    if path in modules:
        return
    module = _read(path)
    for source, names in module.imports:
        if not source.is_file():
            raise _error(path, f"imports {source}, which is not there")
        _collect(source, modules, (*above, path))
        for name in names:
            if name not in modules[source].exported:
                raise _error(path, f"{source.name} exports no {name}")
    modules[path] = module


def _read(path: Path) -> _Module:
    """Read a module and take its imports and exports out of its code."""
    text = path.read_text(encoding="utf-8")
    imports = [
        ((path.parent / found[2]).resolve(), re.findall(r"[\w$]+", found[1]))
        for found in _IMPORT.finditer(text)
    ]
    default = _DEFAULT.search(text)
    code = _COMMENT.sub("", _DEFAULT.sub("", _IMPORT.sub("", text)))
    declarations = list(_DECLARATION.finditer(code))
    code = _DECLARATION.sub(lambda found: found[0].removeprefix("export "), code)
    for pattern, kind in _UNKNOWN.items():
        unknown = pattern.search(code)
        if unknown:
            raise _error(path, f"cannot join this {kind}: {unknown[0]}")
    half = _HALF_TEMPLATE.search(code)
    if half:
        raise _error(path, f"a template must end on its line: {half[0].strip()}")
    texts = [text for text in _STATEMENT.split(code) if text.strip()]
    names = [_DECLARATION.match(text) for text in texts]
    return _Module(
        path=path,
        statements=[
            (name[2] if name else "", _INDENTATION.sub("", text))
            for name, text in zip(names, texts, strict=True)
        ],
        imports=imports,
        exported=[found[2] for found in declarations if found[1]],
        default=default[1] if default else None,
    )


def _error(path: Path, problem: str) -> ValueError:
    return ValueError(f"{path.parent.name}/{path.name}: {problem}")
