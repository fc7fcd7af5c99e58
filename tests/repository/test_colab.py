"""The chapters run as on Colab: from nothing but the notebook, with Colab's own packages.

The repository's address is redirected to a snapshot of this folder by git's own
``insteadOf``, so the install cell does what it does on Colab. Before each notebook
all that the one before it installed is taken off again, so each install cell works.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import nbformat
import pytest

from bookbuild.notebooks.run import run as run_notebook

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
URL = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"][
    "Repository"
]
COLAB_HAS = ["torch", "numpy", "matplotlib", "scikit-learn", "ipywidgets", "ipykernel"]

EXERCISES = """
from attention_course.exercises import Exercise, check, exercises, find

for number, *_ in exercises():
    item = find(number)
    if isinstance(item, Exercise):
        assert check(number, item.solution).passed, number
        assert not check(number, item.mistakes[0].attempt).passed, number
        print(number)
"""

pytestmark = pytest.mark.colab


def run(*command: str, **options) -> str:
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=900, **options
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Path:
    """A git repository with this folder's files as they are now."""
    folder = tmp_path_factory.mktemp("snapshot")
    for name in ["src", "pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"]:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source,
                folder / name,
                ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"),
            )
        else:
            shutil.copy(source, folder / name)
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    run("git", "init", "-q", "-b", "main", str(folder))
    run("git", "-C", str(folder), "add", ".")
    run("git", "-C", str(folder), *identity, "commit", "-qm", "snapshot")
    return folder


@pytest.fixture(scope="module")
def colab(tmp_path_factory, snapshot) -> Path:
    """A fresh environment with what Colab has, before any notebook ran."""
    folder = tmp_path_factory.mktemp("colab")
    venv.create(folder / "env", with_pip=True)
    python = str(folder / "env/bin/python")
    run(
        python, "-m", "pip", "install", "--quiet",
        "--constraint", str(ROOT / "constraints.txt"), *COLAB_HAS,
    )  # fmt: skip
    kernel = folder / "share/jupyter/kernels/colab"
    kernel.mkdir(parents=True)
    spec = {
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "colab",
        "language": "python",
        "env": {
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": f"url.file://{snapshot}.insteadOf",
            "GIT_CONFIG_VALUE_0": URL,
            "GIT_CONFIG_KEY_1": "safe.directory",
            "GIT_CONFIG_VALUE_1": "*",
            "HF_HUB_OFFLINE": "1",
            "TQDM_DISABLE": "1",
        },
    }
    (kernel / "kernel.json").write_text(json.dumps(spec))
    (folder / "fresh.json").write_text(json.dumps(packages_of(folder)))
    return folder


def packages_of(folder: Path) -> dict[str, str]:
    """Return the version of every installed package."""
    pip = [str(folder / "env/bin/python"), "-m", "pip", "--disable-pip-version-check"]
    listed = json.loads(run(*pip, "list", "--format=json"))
    return {package["name"]: package["version"] for package in listed}


def importable(folder: Path) -> bool:
    code = "import importlib.util as u; print(u.find_spec('attention_course'))"
    python = str(folder / "env/bin/python")
    return run(python, "-c", code, cwd=folder).strip() != "None"


@pytest.fixture
def fresh(colab, monkeypatch) -> Path:
    """The same environment as before any notebook ran; torch is installed only once."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    before = json.loads((colab / "fresh.json").read_text())
    if added := sorted(packages_of(colab).keys() - before.keys()):
        python = str(colab / "env/bin/python")
        run(python, "-m", "pip", "uninstall", "--quiet", "--yes", *added)
    assert packages_of(colab) == before
    assert not importable(colab)
    return colab


def torch_of(folder: Path) -> tuple[str, float]:
    """Return torch's version and the time its files were installed."""
    code = "import torch; print(torch.__version__); print(torch.__file__)"
    version, file = run(str(folder / "env/bin/python"), "-c", code).split()
    return version, os.stat(file).st_mtime


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_alone(path, fresh, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(fresh / "share/jupyter"))
    before, torch_before = packages_of(fresh), torch_of(fresh)
    notebook = nbformat.read(path, as_version=4)
    alone = tmp_path / path.name
    shutil.copy(path, alone)
    run_notebook(notebook, kernel="colab", seconds=600, folder=tmp_path)
    assert torch_of(fresh) == torch_before, "the install cell touched Colab's torch"
    after = packages_of(fresh)
    assert before.items() <= after.items(), "the install cell changed Colab's packages"
    assert "attention-course" in after, "the install cell did not install the course"
    installed = run(
        str(fresh / "env/bin/python"),
        "-c",
        "import attention_course as c; print(c.__file__)",
    )
    assert str(fresh) in installed
    assert sys.prefix not in installed
    assert list(tmp_path.iterdir()) == [alone], "the notebook left files behind"


def test_the_exercises_check_there(fresh, snapshot, tmp_path):
    python = str(fresh / "env/bin/python")
    run(python, "-m", "pip", "install", "--quiet", str(snapshot))
    environment = {**os.environ, "ATTENTION_COURSE_PROGRESS": "off"}
    environment.pop("PYTHONPATH", None)
    checked = run(python, "-c", EXERCISES, cwd=tmp_path, env=environment).split()
    assert len(checked) >= 30
