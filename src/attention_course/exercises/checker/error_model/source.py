"""A function's source as a tree: watched while it runs, rewritten, and made a function again."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ..exercise import Args
from ..sandbox import fresh

__all__ = ["Change", "Edit", "Original", "put"]

Node = ast.AST
# From a node, whose parts may have been rewritten, to what stands in its place.
Change = Callable[[Any], Any]

# A source that calls one of these is not run in other forms.
UNSAFE = {"open", "exec", "eval", "compile", "__import__", "input", "globals", "locals"}
UNSAFE |= {"setattr", "delattr", "vars", "breakpoint", "exit", "quit"}
MODULES = {"torch", "math", "numpy", "itertools", "functools", "collections", "typing"}
MODULES |= {"operator", "heapq", "bisect", "string", "random", "statistics", "einops"}
# Code in C that takes what it gets, and ends Python where sizes do not fit.
UNSAFE_PARTS = {"GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNCell", "as_strided"}
UNSAFE_PARTS |= {"sleep", "set_", "resize_", "untyped_storage", "data_ptr", "_VF", "_C"}

LONGEST = 44  # characters of code in a sentence
MANY_STEPS = 5_000  # of a loop, before it counts as one that never ends
WATCH, STEP, BOUNDED = "_watch_", "_step_", "_bounded_"


@dataclass(frozen=True)
class Edit:
    """One rewriting of a source: where, into what, and how it is told.

    Args:
        node: the part of the tree that is replaced.
        change: makes what stands in its place.
        clause: ends "Your result is what comes out if …".
        rank: how likely a reader makes this mistake: 1 is likely, 5 is odd.
        outer: whether it only reads an argument or gives the result back otherwise.
        rule: the name of the rule that made it.
        same: what tells edits of one rule apart, where their number does not.
        key: equal where the same is done at another place.
    """

    node: Node
    change: Change
    clause: str
    rank: int
    outer: bool = False
    rule: str = ""
    same: str = ""
    key: tuple[Any, ...] = ()


class Original:
    """A function's tree, with what each expression was worth when it ran."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Read a function's source.

        Raises:
            TypeError: no function with a source of its own, such as a lambda.
        """
        try:
            text = textwrap.dedent(inspect.getsource(function))
            tree = ast.parse(text).body[0]
        except (OSError, SyntaxError, IndexError) as error:
            raise TypeError("expected a function with a source") from error
        if not isinstance(tree, ast.FunctionDef):
            raise TypeError("expected a function that begins with def")
        tree.decorator_list = []
        tree.returns = None
        if ast.get_docstring(tree) is not None:
            tree.body = tree.body[1:]
        for arg in tree.args.args:
            arg.annotation = None
        self.tree = tree
        self.parameters = [arg.arg for arg in tree.args.args]
        self.namespace = dict(getattr(function, "__globals__", {}))
        self.namespace.update(inspect.getclosurevars(function).nonlocals)
        self.namespace |= {STEP: _counted, BOUNDED: _bounded}
        self._parents = {
            id(child): node
            for node in ast.walk(tree)
            for child in ast.iter_child_nodes(node)
        }
        self._seen: dict[int, list[Any]] = {}
        # The least time that a form of it took, by seed and place of the input.
        self.costs: dict[tuple[int, int], float] = {}
        self._codes: dict[tuple[int, bool], str] = {}
        self._given: dict[str, list[Any]] = {}
        self.locals = self._assigned_once()
        self._loops: dict[int, Change] = {
            id(node): _with_steps
            for node in ast.walk(tree)
            if isinstance(node, ast.While)
        }
        self._loops |= {
            id(node.iter): _bounded_iteration
            for node in ast.walk(tree)
            if isinstance(node, ast.For | ast.comprehension)
        }

    def is_plain(self) -> bool:
        """Say whether the source only computes, so that it may be run in other forms."""
        own = set(self.parameters)
        for node in self.nodes():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                own.add(node.id)
        kept = {  # of the session, and so changed by whoever adds to it
            name
            for name, value in self.namespace.items()
            if name not in own and self._may_change(value)
        }
        return all(
            _is_plain(node)
            and not (isinstance(node, ast.Name) and node.id in kept)
            and (_changed(node) in own or not _changed(node))
            for node in self.nodes()
        )

    def _may_change(self, value: Any) -> bool:
        """Say whether code that uses a name of the session may change what it stands for."""
        home = self.namespace.get("__name__")
        of_the_session = getattr(type(value), "__module__", "") == home or (
            isinstance(value, type) and value.__module__ == home
        )
        return isinstance(value, list | dict | set) or of_the_session

    def parent(self, node: Node) -> Node | None:
        """Give the node that a node is a part of."""
        return self._parents.get(id(node))

    def nodes(self) -> Iterator[Node]:
        """Walk over the whole tree, in the order of the text."""
        stack: list[Node] = [self.tree]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(list(ast.iter_child_nodes(node))))

    def watch(self, inputs: Sequence[Args]) -> None:
        """Run the function on inputs, and keep the first value of each expression in each run."""
        for args in inputs:
            for name, arg in zip(self.parameters, args, strict=False):
                self._given.setdefault(name, []).append(arg)
            first: dict[int, Any] = {}

            def see(place: int, value: Any, first: dict[int, Any] = first) -> Any:
                first.setdefault(place, value)
                return value

            changes = {
                id(node): functools.partial(_watched, id(node))
                for node in self.nodes()
                if _has_a_value(node)
            }
            try:
                self._built(changes, {WATCH: see})(*fresh(args))
            finally:
                for place, value in first.items():
                    self._seen.setdefault(place, []).append(value)

    def values(self, node: Node) -> list[Any]:
        """Give what an expression was worth, once for each input on which it ran."""
        return self._seen.get(id(node), [])

    def arguments(self, name: str) -> list[Any]:
        """Give what an argument was, once for each input."""
        return self._given.get(name, [])

    def tensors(self, node: Node) -> list[Tensor]:
        """Give an expression's values if all are tensors."""
        values = self.values(node)
        return values if all(isinstance(value, Tensor) for value in values) else []

    def ndim(self, node: Node) -> int:
        """Give how many axes a tensor has, the most over all inputs; 0 for anything else."""
        return max((tensor.ndim for tensor in self.tensors(node)), default=0)

    def code(self, node: Node, *, plain: bool = False) -> str:
        """Write an expression in backquotes, in the stub's arguments where that stays short.

        Args:
            node: the expression.
            plain: write it as it stands.
        """
        key = id(node), plain
        if key not in self._codes or id(node) not in self._parents:
            text = ast.unparse(node)
            if not plain:
                new = _inlined(node, self.locals)
                inlined = text if new is node else ast.unparse(new)
                text = inlined if len(inlined) <= LONGEST else text
            if len(text) > LONGEST:
                text = text[: LONGEST - 2] + " …"
            self._codes[key] = f"`{text}`"
        return self._codes[key]

    def edited(self, edits: Sequence[Edit]) -> Callable[..., Any]:
        """Make the function that the source becomes by some edits."""
        changes: dict[int, Change] = {}
        for edit in edits:
            before = changes.get(id(edit.node))
            changes[id(edit.node)] = (
                edit.change if before is None else _both(before, edit.change)
            )
        return self._built(changes, {})

    def _built(
        self, changes: Mapping[int, Change], names: Mapping[str, Any]
    ) -> Callable[..., Any]:
        bounded = {} if WATCH in names else dict(self._loops)
        for place, change in changes.items():
            guard = bounded.get(place)
            bounded[place] = change if guard is None else _both(guard, change)
        changes = bounded
        touched: set[int] = set()
        for place in changes:
            while place in self._parents and place not in touched:
                touched.add(place)
                place = id(self._parents[place])
        touched.add(id(self.tree))
        changes = {
            place: functools.partial(self._located, change)
            for place, change in changes.items()
        }
        tree = _rebuilt(self.tree, changes, touched)
        module = ast.Module(body=[tree], type_ignores=[])
        code = compile(module, "<near answer>", "exec")
        namespace = {**self.namespace, **names}
        exec(code, namespace)
        function: Callable[..., Any] = namespace[self.tree.name]
        return function

    def _located(self, change: Change, node: Any) -> Any:
        """Change a node, and give what is new there a line, which Python asks for."""
        new = change(node)
        stack = list(new) if isinstance(new, list) else [new]
        while stack:
            part = stack.pop()
            if id(part) in self._parents:
                continue  # it stands in the source, and so has one
            if "lineno" in part._attributes and not hasattr(part, "lineno"):
                part.lineno = part.end_lineno = 1
                part.col_offset = part.end_col_offset = 0
            stack.extend(ast.iter_child_nodes(part))
        return new

    def _assigned_once(self) -> dict[str, ast.expr]:
        """Find the local names that stand for one expression."""
        found: dict[str, ast.expr | None] = dict.fromkeys(self.parameters)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                parent = self.parent(node)
                once = node.id not in found and isinstance(parent, ast.Assign)
                found[node.id] = (
                    parent.value if once and isinstance(parent, ast.Assign) else None
                )
        return {name: value for name, value in found.items() if value is not None}


def _changed(node: Node) -> str:
    """Name what a node sets an attribute or an item of, "" where it sets none."""
    if not isinstance(node, ast.Attribute | ast.Subscript):
        return ""
    if isinstance(node.ctx, ast.Load):
        return ""
    base: ast.expr = node
    while isinstance(base, ast.Attribute | ast.Subscript):
        base = base.value
    return base.id if isinstance(base, ast.Name) else "?"


def _is_plain(node: Node) -> bool:
    if isinstance(node, ast.Name) and node.id in UNSAFE | UNSAFE_PARTS:
        return False
    if isinstance(node, ast.Attribute) and node.attr in UNSAFE_PARTS:
        return False
    if isinstance(node, ast.Global | ast.Nonlocal | ast.Delete | ast.ClassDef):
        return False
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    return all(name.split(".")[0] in MODULES for name in names)


def _inlined(node: Any, known: Mapping[str, ast.expr]) -> Any:
    """Put what local names stand for in their place; what stays as it is is shared."""
    if isinstance(node, ast.Name):
        value = known.get(node.id)
        return node if value is None else _inlined(value, known)
    new = node
    for field, value in ast.iter_fields(node):
        put_in: Any = value
        if isinstance(value, ast.AST):
            put_in = _inlined(value, known)
        elif isinstance(value, list):
            parts = [_inlined(v, known) if isinstance(v, ast.AST) else v for v in value]
            if any(one is not v for one, v in zip(parts, value, strict=True)):
                put_in = parts
        if put_in is not value:
            new = copy.copy(node) if new is node else new
            setattr(new, field, put_in)
    return new


@functools.cache
def _template(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def put(template: str, *parts: ast.AST) -> Any:
    """Make an expression from a template: the parts stand for ``_0``, ``_1``, …"""
    return _filled(_template(template), parts)


def _filled(node: Any, parts: Sequence[ast.AST]) -> Any:
    if isinstance(node, ast.Name) and node.id[:1] == "_" and node.id[1:].isdigit():
        return parts[int(node.id[1:])]
    new = copy.copy(node)
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            setattr(new, field, _filled(value, parts))
        elif isinstance(value, list):
            filled = [_filled(v, parts) if isinstance(v, ast.AST) else v for v in value]
            setattr(new, field, filled)
    return new


def _rebuilt(node: Any, changes: Mapping[int, Change], touched: set[int]) -> Any:
    """Rewrite a tree; what is not touched is shared with the old one."""
    new = node
    if id(node) in touched:
        new = copy.copy(node)
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                setattr(new, field, _rebuilt(value, changes, touched))
            elif isinstance(value, list):
                setattr(new, field, _rebuilt_list(value, changes, touched))
    change = changes.get(id(node))
    return new if change is None else change(new)


def _rebuilt_list(
    values: list[Any], changes: Mapping[int, Change], touched: set[int]
) -> list[Any]:
    rebuilt: list[Any] = []
    for value in values:
        new = _rebuilt(value, changes, touched) if isinstance(value, ast.AST) else value
        rebuilt.extend(new if isinstance(new, list) else [new])
    return rebuilt


def _both(one: Change, other: Change) -> Change:
    return lambda node: other(one(node))


def _has_a_value(node: Node) -> bool:
    """Say whether an expression is evaluated by itself, so that it can be watched."""
    if not isinstance(node, ast.expr) or isinstance(
        node, ast.Starred | ast.Slice | ast.JoinedStr | ast.FormattedValue
    ):
        return False
    if isinstance(node, ast.Tuple) and any(isinstance(x, ast.Slice) for x in node.elts):
        return False
    return not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)


def _watched(place: int, node: ast.expr) -> ast.expr:
    call: ast.expr = put(f"{WATCH}(_0, _1)", ast.Constant(place), node)
    return call


def _with_steps(node: ast.While) -> list[ast.stmt]:
    new = copy.copy(node)
    new.test = put(f"{STEP}(_steps_) and _0", node.test)
    return [*ast.parse("_steps_ = [0]").body, new]


def _bounded_iteration(values: ast.expr) -> ast.expr:
    call: ast.expr = put(f"{BOUNDED}(_0)", values)
    return call


def _bounded(values: Iterable[Any]) -> Iterator[Any]:
    """Go through values, but not for ever: a loop may add to the list it goes through.

    Raises:
        RuntimeError: too many values.
    """
    for n, value in enumerate(values):
        if n >= MANY_STEPS:
            raise RuntimeError("a loop that never ends")
        yield value


def _counted(steps: list[int]) -> bool:
    """Count the rounds of a loop, and end one that never ends.

    Raises:
        RuntimeError: too many rounds.
    """
    steps[0] += 1
    if steps[0] > MANY_STEPS:
        raise RuntimeError("a loop that never ends")
    return True
