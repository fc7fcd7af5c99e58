"""The chapters run as on Colab: from nothing but the notebook, with Colab's own packages.

The environment has the versions of ``colab_versions.txt``. The repository's address is
redirected to a snapshot of this folder by git's own ``insteadOf``, so the install cell
does what it does on Colab. Before each notebook all that the one before it installed is
taken off again, so each install cell works. The model hub is one on this machine.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import nbformat
import pytest

from attention_course.lab import pretrained
from bookbuild.notebooks import colab as on_colab
from bookbuild.notebooks import colab_versions
from bookbuild.notebooks.run import run as run_notebook
from tests.lab.stand_in_hub import refuse, send_published, stand_in_hub

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
URL = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"][
    "Repository"
]
# What cannot be Colab's own here: torch is the build that all other tests use, and that
# one asks for newer setuptools.
INSTEAD = {"torch": "torch==2.13.0", "setuptools": "setuptools>=77.0.3"}
# pip says this of the machine's own settings, which Colab does not have: of a folder of
# files that holds nothing by the name of a package.
SETTINGS = re.compile(r"WARNING: Location 'file:[^']*' is ignored: it is [\w -]+\.")
WEIGHTS = importlib.util.find_spec(pretrained.PACKAGE) is not None
FILES = {1: {"model.safetensors", "vocab.txt"}}
FILES[4] = {"model.safetensors", "config.json", "tokenizer.json"}

EXERCISES = """
from attention_course.exercises import Exercise, check, exercises, find

for number, *_ in exercises():
    item = find(number)
    if isinstance(item, Exercise):
        assert check(number, item.solution).passed, number
        assert not check(number, item.mistakes[0].attempt).passed, number
        print(number)
"""

WIDGETS = sorted(
    path.parent.name for path in (ROOT / "tests/widgets").glob("*/example.py")
)
# Below the install cell: what a reader sees of `show`, `check` and the widgets.
SEEN = {
    "versions": """
import IPython, ipywidgets, traitlets
print(IPython.__version__, ipywidgets.__version__, traitlets.__version__)""",
    "show": """
from attention_course.exercises import check, find
from attention_course.pictures.show import show
from attention_course.self_attention import Block
show(Block)""",
    "right": 'check("1.3", find("1.3").solution)',
    "wrong": 'check("1.3", find("1.3").mistakes[0].attempt)',
    "plain": """
from ipywidgets import HBox, IntSlider
from attention_course.widgets import ScoreExplorer
HBox([IntSlider(), ScoreExplorer()])""",
    # Another package there goes by the name of this folder.
    "examples": f"""
import sys, types
sys.modules["tests"] = types.ModuleType("tests")
sys.modules["tests"].__path__ = [{str(ROOT / "tests")!r}]""",
} | {
    name: f"from tests.widgets.{name}.example import EXAMPLE\nEXAMPLE.usual()"
    for name in WIDGETS
}
LIVE = "application/vnd.jupyter.widget-view+json"

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
def hub():
    with stand_in_hub(send_published if WEIGHTS else refuse) as served:
        yield served


# One for each process that runs these tests.
@pytest.fixture(scope="module")
def colab(tmp_path_factory, snapshot, hub) -> Path:
    """A fresh environment with what Colab has, before any notebook ran."""
    folder = tmp_path_factory.mktemp("colab")
    venv.create(folder / "env", with_pip=True)
    python = str(folder / "env/bin/python")
    listed = colab_versions.versions(colab_versions.LIST.read_text(encoding="utf-8"))
    pins = {name: f"{name}=={version}" for name, version in listed.items()} | INSTEAD
    # Without their dependencies: Colab's list is complete, and not free of conflicts.
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", *pins.values())
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
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "HF_ENDPOINT": hub.address,
            "TQDM_DISABLE": "1",
        },
    }
    (kernel / "kernel.json").write_text(json.dumps(spec))
    (folder / "fresh.json").write_text(json.dumps(on_colab.packages(python)))
    return folder


def importable(folder: Path) -> bool:
    code = "import importlib.util as u; print(u.find_spec('attention_course'))"
    python = str(folder / "env/bin/python")
    return run(python, "-c", code, cwd=folder).strip() != "None"


@pytest.fixture
def fresh(colab, tmp_path, monkeypatch) -> Path:
    """The same environment as before any notebook ran; torch is installed only once."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("JUPYTER_PATH", str(colab / "share/jupyter"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    for name in ("HF_HUB_CACHE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    before = json.loads((colab / "fresh.json").read_text())
    python = str(colab / "env/bin/python")
    if added := sorted(on_colab.packages(python).keys() - before.keys()):
        run(python, "-m", "pip", "uninstall", "--quiet", "--yes", *added)
    assert on_colab.packages(python) == before
    assert not importable(colab)
    return colab


def assert_install_cell_is_quiet(notebook) -> None:
    """It wrote nothing but what IPython always writes: no warning, no call to restart."""
    said = on_colab.complaints(on_colab.install_cell(notebook))
    assert [line for line in said if not SETTINGS.fullmatch(line)] == []


def test_the_environment_is_colabs(colab, record_property):
    listed = colab_versions.versions(colab_versions.LIST.read_text(encoding="utf-8"))
    here = on_colab.packages(str(colab / "env/bin/python"))
    other = {name: here[name] for name in listed if here[name] != listed[name]}
    python = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
    differ = [python, *(f"{name} {here[name]} for {listed[name]}" for name in other)]
    same = len(listed) - len(other)
    record_property(
        "said", f"{same} packages as on Colab, but not: {', '.join(differ)}"
    )
    assert here.keys() == listed.keys()
    assert other.keys() <= INSTEAD.keys()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_alone(path, fresh, hub, tmp_path):
    python = str(fresh / "env/bin/python")
    before, files_before = on_colab.packages(python), torch_file(fresh)
    notebook = nbformat.read(path, as_version=4)
    alone = tmp_path / "here" / path.name
    alone.parent.mkdir()
    shutil.copy(path, alone)
    hub.asked.clear()
    run_notebook(notebook, kernel="colab", seconds=600, folder=alone.parent)
    assert_install_cell_is_quiet(notebook)
    after = on_colab.packages(python)
    assert on_colab.changes(before, after) == []
    assert torch_file(fresh) == files_before, "the install cell touched Colab's torch"
    assert "attention-course" in after, "the install cell did not install the course"
    installed = run(python, "-c", "import attention_course as c; print(c.__file__)")
    assert str(fresh) in installed
    assert sys.prefix not in installed
    assert list(alone.parent.iterdir()) == [alone], "the notebook left files behind"
    if WEIGHTS:  # they arrive by themselves, each file once
        asked = sorted(address.split("/")[-1] for address, _ in hub.asked)
        assert asked == sorted(FILES.get(int(path.stem[:2]), ()))
        shown = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
        assert "(no pretrained" not in str(shown)


def torch_file(folder: Path) -> float:
    """Return the time at which torch's files were installed."""
    code = "import torch; print(torch.__file__)"
    return os.stat(run(str(folder / "env/bin/python"), "-c", code).strip()).st_mtime


def test_widgets_show_and_check_answer_there(fresh):
    install = on_colab.install_cell(nbformat.read(NOTEBOOKS[0], as_version=4))
    cells = [nbformat.v4.new_code_cell(source) for source in SEEN.values()]
    notebook = nbformat.v4.new_notebook(cells=[install, *cells])
    run_notebook(notebook, kernel="colab")
    seen = {name: cell.outputs for name, cell in zip(SEEN, cells, strict=True)}
    listed = colab_versions.versions(colab_versions.LIST.read_text(encoding="utf-8"))
    wanted = [listed[name] for name in ("ipython", "ipywidgets", "traitlets")]
    assert seen["versions"][0].text.split() == wanted
    assert "class Block" in str(seen["show"])
    assert ": ✔ passed" in str(seen["right"])
    assert ": ✔ passed" not in str(seen["wrong"])
    assert ": ✘" in str(seen["wrong"])
    assert LIVE in str(seen["plain"])
    assert len(WIDGETS) >= 13
    for name in WIDGETS:
        (output,) = seen[name]
        assert LIVE in output.data, name
        # What stands in where no script runs, and the words for who cannot see.
        assert f'data-ac-module="{name}"' in output.data["text/html"]
        assert output.data["text/plain"].count(":") >= 1, name


def test_the_exercises_check_there(fresh, snapshot, tmp_path):
    python = str(fresh / "env/bin/python")
    run(python, "-m", "pip", "install", "--quiet", str(snapshot))
    environment = {**os.environ, "ATTENTION_COURSE_PROGRESS": "off"}
    environment.pop("PYTHONPATH", None)
    checked = run(python, "-c", EXERCISES, cwd=tmp_path, env=environment).split()
    assert len(checked) >= 30
