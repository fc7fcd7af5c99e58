"""The lock: hashes for every version of constraints.txt, and nothing else is installed."""

import re
import subprocess
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from packaging.utils import canonicalize_name

from bookbuild.publish import lock

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "lock.txt", ROOT / "lock-torch.txt"]
PIN = re.compile(r"([\w.-]+)==([\w.]+)(?: ; (.+))? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def locked(path: Path) -> dict[str, tuple[str, str | None]]:
    """Return each package's version and on which systems and Pythons it is wanted."""
    firsts = [block.splitlines()[0] for block in lock.blocks(path.read_text())]
    found = [PIN.fullmatch(line).groups() for line in firsts]
    return {canonicalize_name(name): (version, where) for name, version, where in found}


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and line[0] != "#"]
    return {canonicalize_name(name): version for name, version in pins}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_every_line_of_a_lock_is_a_version_or_a_hash(path):
    blocks = lock.blocks(path.read_text(encoding="utf-8"))
    assert len(blocks) == len(locked(path)) > 0
    for block in blocks:
        first, *rest = block.splitlines()
        assert PIN.fullmatch(first), first
        goes_on = [bool(HASH.fullmatch(line)[1]) for line in rest]
        assert goes_on == [True] * (len(rest) - 1) + [False], first


def test_the_lock_and_the_constraints_say_the_same_versions():
    rest, torch = map(locked, LOCKS)
    both = rest | torch
    for name, version in constraints().items():
        assert name in both, f"{name}: run make lock"
        assert both[name][0] == version, f"{name}: run make lock"
    # What the constraints do not name is for other systems or for graphics cards.
    more = {
        name: where for name, (_, where) in both.items() if name not in constraints()
    }
    assert all(more.values()), more
    assert torch.keys() - {"torch"} <= more.keys()


def test_pytorch_stands_apart():
    rest, torch = map(locked, LOCKS)
    assert "torch" in torch
    assert all(lock.TORCH.match(name) for name in torch)
    assert not any(lock.TORCH.match(name) for name in rest)


LOCKED = """\
numpy==2.4.6 \\
    --hash=sha256:aa
nvidia-nccl-cu13==2.29.7 ; sys_platform == 'linux' \\
    --hash=sha256:bb
torch==2.13.0 \\
    --hash=sha256:cc \\
    --hash=sha256:dd
torchmetrics==1.0 \\
    --hash=sha256:ee
"""


def test_the_lock_is_made_of_the_constraints(tmp_path, monkeypatch):
    asked = {}

    def uv(command, **options):
        asked.update(options, command=command)
        return SimpleNamespace(returncode=0, stdout=LOCKED, stderr="")

    project = '[build-system]\nrequires = ["setuptools>=77"]\n'
    (tmp_path / "pyproject.toml").write_text(project)
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess, "run", uv)
    assert lock.main(SimpleNamespace()) == 0
    assert asked["input"] == "setuptools>=77"
    assert {"--all-extras", "--generate-hashes", "--universal"} <= set(asked["command"])
    constraint = asked["command"].index("--constraint")
    assert asked["command"][constraint + 1] == "constraints.txt"
    assert (tmp_path / "lock.txt").read_text() == (
        "# Renew: make lock\nnumpy==2.4.6 \\\n    --hash=sha256:aa\n"
        "torchmetrics==1.0 \\\n    --hash=sha256:ee\n"
    )
    assert (tmp_path / "lock-torch.txt").read_text() == (
        "# Renew: make lock\nnvidia-nccl-cu13==2.29.7 ; sys_platform == 'linux' \\\n"
        "    --hash=sha256:bb\n"
        "torch==2.13.0 \\\n    --hash=sha256:cc \\\n    --hash=sha256:dd\n"
    )


def test_when_uv_fails_the_lock_stays(tmp_path, monkeypatch, capsys):
    def uv(command, **options):
        return SimpleNamespace(returncode=2, stdout="", stderr="no such version\n")

    (tmp_path / "pyproject.toml").write_text("[build-system]\nrequires = []\n")
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess, "run", uv)
    assert lock.main(SimpleNamespace()) == 2
    assert capsys.readouterr().err == "no such version\n"
    assert not (tmp_path / "lock.txt").exists()


def test_make_installs_from_the_hashes_first():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile[makefile.index("\n$(READY): ") :].split("\n\n")[0]
    first, second = re.findall(r"-m pip install (.*(?:\\\n.*)?)", recipe)
    assert first.split()[:3] == ["--quiet", "--no-deps", "--require-hashes"]
    assert "--no-build-isolation" in second  # what builds is in the lock too
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]
    assert [line.split(">")[0] for line in built["requires"]] == ["setuptools"]
    assert "setuptools" in locked(LOCKS[0])


def test_the_workflows_hold_pytorch_to_its_hashes_too():
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["env"]["LOCKS"] == " ".join(path.name for path in LOCKS)
