"""What Python in the page is made of: numpy by its hash and no other, the course's own files."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from bookbuild.page_python import make

WHEEL = b"numpy for the browser"
NAME = "numpy-1-cp1-wasm32.whl"


@pytest.fixture
def pyodide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pyodide as npm puts it there, and no network."""
    folder = tmp_path / "node_modules/pyodide"
    folder.mkdir(parents=True)
    wanted = {"file_name": NAME, "sha256": hashlib.sha256(WHEEL).hexdigest()}
    lock = {"packages": {"numpy": wanted}}
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))
    (folder / "package.json").write_text('{"version": "1.2.3"}')
    (folder / "pyodide.mjs").write_text(
        "let a=`https://files.example/pyodide/v${U}/full/`;"
    )
    monkeypatch.delenv(make.FOLDER, raising=False)
    monkeypatch.setattr(make, "_downloaded", no_network)
    return folder


def no_network(address: str) -> bytes:
    raise make.Missing(f"{address} cannot be had")


def test_the_wheel_comes_from_the_named_folder(
    pyodide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(make.FOLDER, str(tmp_path))
    (tmp_path / NAME).write_bytes(WHEEL)
    assert make.numpy_wheel(pyodide) == (NAME, WHEEL)
    (tmp_path / NAME).write_bytes(b"another")
    with pytest.raises(make.Missing, match="is another file"):
        make.numpy_wheel(pyodide)


def test_else_it_comes_from_where_pyodide_publishes(
    pyodide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def downloaded(address: str) -> bytes:
        asked.append(address)
        return WHEEL

    monkeypatch.setattr(make, "_downloaded", downloaded)
    assert make.numpy_wheel(pyodide) == (NAME, WHEEL)
    assert asked == [f"https://files.example/pyodide/v1.2.3/full/{NAME}"]


def test_where_it_is_nowhere_one_line_says_so(
    pyodide: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Given:
        out = tmp_path

    assert make.main(Given()) == 0  # type: ignore[arg-type]
    told = capsys.readouterr().out
    assert told.startswith("Python is left out of the pages: ")
    assert told.count("\n") == 1
    assert not (tmp_path / "python").exists()


def test_the_course_in_a_zip_is_its_own_files_and_the_same_every_time() -> None:
    content = make.zipped(make.course_files())
    assert content == make.zipped(make.course_files())
    root = make.ROOT
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        for path in (root / "src/attention_course/exercises").rglob("*.py"):
            name = path.relative_to(root / "src").as_posix()
            assert archive.read(name) == path.read_bytes()
    assert "borch/_ops.py" in names
    assert any("LICENSE" in name for name in names)


def test_each_code_exercise_is_described() -> None:
    found = make.described()
    one = found["exercises"]["3.3"]
    assert one["stub"].startswith(f"def {one['name']}(")
    assert len(one["hints"]) >= 2
    assert "return" in one["solution"]
    assert "attention_course" in found["setup"]
    assert "import torch" in found["names"]
