"""Imports run one way: what CONTRIBUTING states is what the modules do."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "attention_course"
MODULES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "bookbuild").rglob("*.py")])


def chain() -> list[set[str]]:
    """Read the chain: each line may import from the lines above it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- imports -->\n\n((?:    .+\n)+)", text)
    assert block, "CONTRIBUTING.md: no block of rooms after <!-- imports -->"
    return [set(line.split()) for line in block[1].splitlines()]


CHAIN = chain()
# Beside the chain: an exercise needs torch alone, and shows a solution when asked.
EXERCISES = {"shapes", "pictures"}


def name_of(path: Path) -> list[str]:
    """Give a module's dotted name in parts: ["attention_course", "lab", "vision"]."""
    folder = ROOT if path.is_relative_to(ROOT / "bookbuild") else PACKAGE.parent
    parts = list(path.relative_to(folder).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def room_of(parts: list[str]) -> str:
    """Give the room of a module: the part below the package, or another package."""
    if parts[0] != "attention_course":
        return parts[0]
    room = parts[1] if len(parts) > 1 else ""
    is_room = (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").is_file()
    return room if is_room else ""  # a name that the package itself offers


def imported(tree: ast.AST, parts: list[str], is_package: bool) -> set[str]:
    """List the rooms that a module imports, its own and foreign packages left out."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module.split(".") if node.module else []
            if node.level:
                here = parts if is_package else parts[:-1]
                base = here[: len(here) - node.level + 1] + base
            # ``from attention_course import lab`` names the room last.
            names = [[*base, alias.name] for alias in node.names]
        else:
            continue
        found |= {room_of(name) for name in names if name[0] in OURS}
    return found - {room_of(parts)}


OURS = {"attention_course", "bookbuild", "tests", "benchmarks"}


def problem(room: str, rooms: set[str]) -> str:
    """Say which import goes the wrong way, "" if none does."""
    if room == "":  # the package itself offers ``show``
        allowed = {"pictures"}
    elif room == "exercises":
        allowed = EXERCISES
    else:
        level = next(n for n, line in enumerate(CHAIN) if room in line)
        allowed = set().union(*CHAIN[:level])
        allowed |= {"exercises", ""} if room == "bookbuild" else set()
    wrong = rooms - allowed
    return (
        f"{room or 'attention_course'} imports {', '.join(sorted(wrong))}"
        if wrong
        else ""
    )


def test_every_room_stands_in_the_chain():
    rooms = {room_of(name_of(path)) for path in MODULES} - {""}
    assert rooms == set().union(*CHAIN) | {"exercises"}


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(ROOT)).removesuffix(".py")
)
def test_imports_run_one_way(path):
    parts = name_of(path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    rooms = imported(tree, parts, path.name == "__init__.py")
    assert problem(room_of(parts), rooms) == ""


@pytest.mark.parametrize(
    ("module", "line", "told"),
    [
        ("attention", "from .lab.training import fit", "attention imports lab"),
        ("attention", "from . import grid_models", "attention imports grid_models"),
        ("lab.training", "from ..widgets import DigitPad", "lab imports widgets"),
        (
            "embedding",
            "import attention_course.attention",
            "embedding imports attention",
        ),
        ("exercises.chapter_1.lookup", "from ...embedding import lookup", "embedding"),
        ("shapes", "from .data.dates import make_dates", "shapes imports data"),
        ("widgets.base", "from bookbuild import models", "widgets imports bookbuild"),
    ],
)
def test_an_import_the_wrong_way_is_found(module, line, told):
    parts = ["attention_course", *module.split(".")]
    assert told in problem(room_of(parts), imported(ast.parse(line), parts, False))
