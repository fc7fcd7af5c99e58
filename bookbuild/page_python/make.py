"""Gather what Python in the page needs, into a folder that the book's build takes it from.

    python -m bookbuild page-python OUT

OUT is where npm has put Pyodide and the editor's parts (build/browser). OUT/python gets
numpy's wheel, the course's own Python with pyborch in one zip, the editor in one script, and
python.json, which says what each is. The wheel is the one whose SHA-256 Pyodide's own lock
names, and no other: from the folder that PYODIDE_WHEELS names, else from Pyodide's release
host. Where it cannot be had, the pages are built without.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import io
import json
import os
import re
import shutil
import subprocess
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attention_course.exercises import Exercise, exercises, find
from bookbuild.page_python.names import NAMES

ROOT = Path(__file__).parents[2]
WEB = Path(__file__).parent / "web"
FOLDER = "PYODIDE_WHEELS"
PATIENCE = 20  # seconds for the release host
# The chapters' own modules that a *Try it* cell can import.
MODULES = ("attention", "embedding", "self_attention")
WITHOUT = "Python is left out of the pages: {why}. They lead to the notebooks instead."


class Missing(Exception):
    """Something that Python in the page needs cannot be had."""


def numpy_wheel(pyodide: Path) -> tuple[str, bytes]:
    """Find numpy's wheel: its name, and its content.

    Raises:
        Missing: it is nowhere, or what is there is another file.
    """
    lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
    wanted = lock["packages"]["numpy"]
    name, sha256 = wanted["file_name"], wanted["sha256"]
    kept = Path(os.environ.get(FOLDER, "")) / name
    if os.environ.get(FOLDER) and kept.is_file():
        content = kept.read_bytes()
    else:
        content = _downloaded(_release_host(pyodide) + name)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise Missing(f"{name} is another file, its SHA-256 is {found}")
    return name, content


def _release_host(pyodide: Path) -> str:
    """Read from Pyodide itself where its packages are published."""
    code = (pyodide / "pyodide.mjs").read_text(encoding="utf-8")
    version = json.loads((pyodide / "package.json").read_text())["version"]
    host = re.search(r"`(https://[\w./-]+/pyodide/v)\$\{\w+\}(/full/)`", code)
    if host is None:
        raise Missing("Pyodide does not say where its packages are")
    return f"{host[1]}{version}{host[2]}"


def _downloaded(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            return bytes(answer.read())
    except OSError as error:
        raise Missing(f"numpy for the browser cannot be had ({error})") from error


def course_files() -> Iterator[tuple[str, bytes]]:
    """Yield the course's own Python files, and pyborch's: where they go, and their content."""
    source = ROOT / "src/attention_course"
    for room in ("exercises", "shapes"):
        for path in sorted((source / room).rglob("*.py")):
            yield path.relative_to(source.parent).as_posix(), path.read_bytes()
    for name in MODULES:
        path = source / f"{name}.py"
        yield path.relative_to(source.parent).as_posix(), path.read_bytes()
    here = Path(__file__).parent
    ours = [here / f"{name}.py" for name in ("__init__", "answer", "heatmaps", "names")]
    for path in [*ours, *sorted(here.glob("page_torch/*.py"))]:
        yield path.relative_to(ROOT).as_posix(), path.read_bytes()
    # The packages themselves offer more than a page needs.
    for package in ("attention_course", "attention_course/pictures", "bookbuild"):
        yield f"{package}/__init__.py", b""
    try:
        pyborch = importlib.metadata.distribution("pyborch")
    except importlib.metadata.PackageNotFoundError:
        raise Missing("pyborch is not installed") from None
    for file in pyborch.files or []:
        is_code = file.parts[0] == "borch" and file.suffix == ".py"
        if is_code or "licenses" in file.parts:
            yield str(file), Path(str(file.locate())).read_bytes()


def zipped(files: Iterator[tuple[str, bytes]]) -> bytes:
    """Pack files into a zip that is the same whenever it is made."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(dict(files).items()):
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content)
    return packed.getvalue()


def described() -> dict[str, Any]:
    """Describe the code exercises: what an editor begins with, hints, solutions.

    And the first cells of a notebook of answers: the chapters' own, and the imports.
    """
    from attention_course.exercises import solution

    chapter = json.loads((ROOT / "book/01-embedding.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in chapter["cells"] if cell["cell_type"] == "code"]

    found = {}
    for number, *_ in exercises():
        item = find(number)
        if isinstance(item, Exercise):
            found[number] = {
                "title": item.title,
                "name": item.solution.__name__,
                "stub": item.stub,
                "hints": item.hints,
                "solution": solution(number).text,
            }
    setup = "".join(cells[0]["source"])
    return {"exercises": found, "setup": setup, "names": NAMES}


def bundle(modules: Path, out: Path) -> None:
    """Join the editor and its parts from npm into one script.

    Raises:
        Missing: esbuild is not there, or fails.
    """
    esbuild = modules / ".bin/esbuild"
    if not esbuild.exists():
        raise Missing("npm has not put esbuild there")
    done = subprocess.run(
        [
            str(esbuild), str(WEB / "editor.js"), "--bundle", "--minify", "--format=esm",
            "--target=es2022", "--legal-comments=inline", f"--outfile={out}",
            "--log-level=warning",
        ],
        check=False, capture_output=True, text=True,
        env={**os.environ, "NODE_PATH": str(modules.resolve())},
    )  # fmt: skip
    if done.returncode:
        raise Missing(f"esbuild: {done.stderr.strip()}")


def gather(out: Path) -> None:
    """Fill OUT/python.

    Raises:
        Missing: something cannot be had.
    """
    modules, made = out / "node_modules", out / "python"
    pyodide = modules / "pyodide"
    if not (pyodide / "pyodide-lock.json").is_file():
        raise Missing("npm has not put Pyodide there")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    name, wheel = numpy_wheel(pyodide)
    (made / name).write_bytes(wheel)
    (made / "course.zip").write_bytes(zipped(course_files()))
    bundle(modules, made / "editor.js")
    files = {
        "wasm": str(pyodide / "pyodide.asm.wasm"),
        "stdlib": str(pyodide / "python_stdlib.zip"),
        "lock": str(pyodide / "pyodide-lock.json"),
        "numpy": str(made / name),
        "course": str(made / "course.zip"),
    }
    text = json.dumps({"files": files, "described": described()}, ensure_ascii=False)
    (made / "python.json").write_text(text, encoding="utf-8")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("out", type=Path)


def main(given: argparse.Namespace) -> int:
    """Gather it, or say in one line why the pages do without."""
    out: Path = given.out.absolute()
    try:
        gather(out)
    except Missing as why:
        shutil.rmtree(out / "python", ignore_errors=True)
        print(WITHOUT.format(why=why))
    return 0
