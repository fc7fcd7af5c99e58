"""Notebooks are run by one function, and every command says what it is for."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat.v4 import new_code_cell, new_notebook

from bookbuild import __main__ as command
from bookbuild.notebooks import colab, determinism
from bookbuild.notebooks.run import STOPPED, run

pytestmark = pytest.mark.slow


ROOT = Path(__file__).parents[3]


def notebook(*cells):
    return new_notebook(cells=[new_code_cell(cell) for cell in cells])


def printed(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def test_a_notebook_runs_in_an_empty_folder_with_the_variables_it_is_given(monkeypatch):
    monkeypatch.setenv("COURSE_ONE", "1")
    made = notebook(
        "import os\nprint(os.listdir(), os.environ['COURSE_ONE'], os.environ['COURSE_TWO'])",
        "open('left.txt', 'w').close()",
    )
    run(made, environment={"COURSE_TWO": "2"})
    assert printed(made.cells[0]) == "[] 1 2\n"
    assert "COURSE_TWO" not in os.environ
    assert not Path("left.txt").exists()


def test_it_runs_in_the_folder_that_it_is_told(tmp_path):
    run(notebook("open('left.txt', 'w').close()"), folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["left.txt"]


def test_the_first_error_ends_a_run_unless_it_may_go_on():
    cells = ["print(1)", "1 / 0", "print(3)"]
    made = notebook(*cells)
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        run(made)
    assert [printed(cell) for cell in made.cells] == ["1\n", "", ""]
    made = notebook(*cells)
    run(made, after_errors=True)
    assert [printed(cell) for cell in made.cells] == ["1\n", "", "3\n"]


def test_a_cell_that_takes_too_long_ends_a_run():
    made = notebook("print(1)", "while True: pass")
    with pytest.raises(CellTimeoutError) as stopped:
        run(made, seconds=5)
    assert isinstance(stopped.value, STOPPED)
    assert printed(made.cells[0]) == "1\n"


def test_nothing_else_runs_notebooks():
    clients = [
        path.relative_to(ROOT).as_posix()
        for folder in ("bookbuild", "benchmarks", "src")
        for path in (ROOT / folder).rglob("*.py")
        if "NotebookClient(" in path.read_text(encoding="utf-8")
    ]
    assert clients == ["bookbuild/notebooks/run.py"]


def write(path, *cells):
    nbformat.write(notebook(*cells), path)
    return path


def test_a_chapter_that_fails_on_colab_is_told_with_the_end_of_its_traceback(
    tmp_path, capsys
):
    good, bad = write(tmp_path / "a.ipynb", "1"), write(tmp_path / "b.ipynb", "1 / 0")
    assert command.main(["colab", str(good)]) == 0
    assert command.main(["colab", str(good), str(bad)]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-2:] == ["a.ipynb: ok", "b.ipynb: failed"]
    assert "ZeroDivisionError" in said.err
    assert len(said.err.strip().splitlines()) <= colab.LINES


def test_outputs_that_change_from_run_to_run_or_with_threads_are_found(
    tmp_path, capsys
):
    same = write(tmp_path / "same.ipynb", "print(7)")
    assert command.main(["determinism", str(same)]) == 0
    threads = "import torch\ntorch.set_num_threads(1)\nprint(torch.get_num_threads())"
    other = write(tmp_path / "other.ipynb", threads)
    assert determinism.outputs(other, 2) == [(0, "2\n")]
    assert command.main(["determinism", str(other)]) == 1
    said = capsys.readouterr().out
    assert "other.ipynb again: 1 outputs, 0 differ" in said
    assert "other.ipynb with 2 threads: 1 outputs, 1 differ" in said


@pytest.mark.parametrize("name", command.COMMANDS)
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as left:
        command.main([name, "--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: python -m bookbuild {name} ")
    assert f"    python -m bookbuild {name}" in said


def test_the_commands_are_listed_and_a_wrong_one_is_refused():
    for arguments, code in ([], 0), (["--help"], 0), (["notebook"], 2):
        called = [sys.executable, "-m", "bookbuild", *arguments]
        result = subprocess.run(called, cwd=ROOT, capture_output=True, text=True)
        assert result.returncode == code
        assert all(f"  {name} " in result.stdout for name in command.COMMANDS)
