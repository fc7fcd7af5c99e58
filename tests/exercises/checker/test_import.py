"""The exercises import, check and show a solution with torch and numpy alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.exercises.helpers import CODE

ELSEWHERE = [
    "IPython",
    "PIL",
    "anywidget",
    "babel",
    "ipywidgets",
    "matplotlib",
    "nbformat",
    "platformdirs",
    "safetensors",
    "scipy",
    "sklearn",
    "tokenizers",
    "tqdm",
    "traitlets",
]

# An import of one of these raises, as where it is not installed.
BLOCKED = f"""
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {ELSEWHERE!r}:
            raise ModuleNotFoundError(f"blocked: {{name}}", name=name)

sys.meta_path.insert(0, Blocker())
"""

USE = """
from attention_course.exercises import check, exercises, find, hint, progress, solution

for number, _, kind, *_ in exercises():
    if kind == "code":
        print(number, check(number, find(number).solution).passed)
        assert not check(number, find(number).mistakes[0].attempt)
print(hint("1.2"), solution("1.2"), progress(), exercises())
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_the_blocker_blocks(name: str) -> None:
    namespace: dict[str, object] = {}
    before = list(sys.meta_path)
    try:
        exec(BLOCKED, namespace)
        with pytest.raises(ModuleNotFoundError, match=f"blocked: {name}"):
            sys.meta_path[0].find_spec(f"{name}.part", None)
    finally:
        sys.meta_path[:] = before


@pytest.mark.slow
def test_exercises_need_torch_and_numpy_alone() -> None:
    done = run(BLOCKED + USE)
    assert done.returncode == 0, done.stderr
    verdicts = [line.split() for line in done.stdout.splitlines() if "True" in line]
    assert len(verdicts) == len(CODE)
    assert "def one_hot_vectors(" in done.stdout


@pytest.mark.slow
def test_import_brings_nothing_heavy() -> None:
    heavy = set(ELSEWHERE) - {"tqdm"}  # torch takes it along where it is installed
    code = (
        "import sys, attention_course.exercises\n"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
