"""The project works wherever it is put: line ends, hooks, folders with spaces."""

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))


def run(*command, cwd=ROOT):
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_a_clone_on_windows_has_the_same_line_ends():
    names = ["Makefile", ".ci/run", "README.md", "book/01-embedding.ipynb"]
    said = run("git", "check-attr", "eol", "--", *names).splitlines()
    assert said == [f"{name}: eol: lf" for name in names]
    listed = run("git", "ls-files", "--eol").splitlines()
    assert len(listed) > 100
    assert [line for line in listed if re.match(r"i/(?:crlf|mixed)", line)] == []


def too_long(folder):
    """Name the functions of more than 60 lines, as Biome does in the widgets' JavaScript."""
    files = sorted(ROOT.glob(f"{folder}/**/*.py"))
    assert len(files) >= 20
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                length = node.end_lineno - node.lineno + 1
                if length > 60:
                    yield f"{path.name}: {node.name} has {length} lines"


def test_no_function_of_a_widget_is_longer_than_60_lines():
    assert [*too_long("src/attention_course/widgets")] == []


def test_no_helper_of_the_widgets_tests_is_longer_than_60_lines():
    helpers = [one for one in too_long("tests/widgets") if ": test_" not in one]
    assert helpers == []


def targets():
    return set(re.findall(r"^([\w-]+)(?: [\w-]+)*:", MAKEFILE, re.M))


def test_hooks_do_what_make_lint_does():
    (local,) = HOOKS["repos"]
    assert local["repo"] == "local"
    entries = {hook["id"]: hook["entry"].split() for hook in local["hooks"]}
    assert {"ruff", "ruff-format", "mypy", "biome"} <= set(entries)
    for entry in entries.values():
        if entry[0] == "make":
            assert entry[1] in targets()
        else:
            tool = entry[0].removeprefix(".venv/bin/")
            assert tool == "python" or f"$(BIN)/{tool}" in MAKEFILE


def test_every_target_that_the_help_names_is_there():
    named = re.findall(r'^\t@echo "make ([\w -]+?)   ', MAKEFILE, re.M)
    assert len(named) >= 10
    assert {target for line in named for target in line.split()} <= targets()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_book_is_packed_below_a_folder_with_spaces(tmp_path):
    folder = tmp_path / "my courses, 课程" / "attention course"
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / "_build/html/book").mkdir(parents=True)
    (folder / "_build/html/book/index.html").write_text("<p>The book.</p>")
    (folder / ".venv/bin/python").symlink_to(sys.executable)
    shutil.copy(ROOT / "Makefile", folder)
    run("make", "--old-file=site", "zip", cwd=folder)  # the book stands here already
    with zipfile.ZipFile(folder / "_build/attention-course.zip") as packed:
        assert "html/book/index.html" in packed.namelist()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_a_step_that_fails_says_which(tmp_path):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for name, code in {"ruff": 0, "mypy": 1}.items():
        tool = tmp_path / ".venv/bin" / name
        tool.write_text(f"#!/bin/sh\nexit {code}\n")
        tool.chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    said = subprocess.run(
        ["make", "--old-file=.venv/.ready", "--old-file=lint-js", "lint"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert said.returncode != 0
    assert re.search(r"lint-mypy\W+Error 1", said.stderr)
    assert "lint-ruff] Error" not in said.stderr
