"""Handed-in notebooks are checked again, each in a kernel of its own."""

import csv
import io

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from attention_course.exercises import find
from bookbuild.notebooks import collect

IMPORTS = (
    "import torch\nfrom torch import Tensor\n"
    "from attention_course.exercises import check, exercises"
)
RIGHT = """\
def one_hot_rows(ids: Tensor, vocab_size: int) -> Tensor:
    return (ids.unsqueeze(-1) == torch.arange(vocab_size)).float()

check("1.2", one_hot_rows)"""
WRONG = 'check("1.3", lambda ids, table: table[ids] * 2)'
STUB = f'{find("1.4").stub}\n\ncheck("1.4", {find("1.4").solution.__name__})'


def notebook(path, *exercise_cells, heading="## Exercises\n\nAs in the chapter."):
    cells = [
        new_code_cell("ready = True"),
        new_code_cell("assert ready"),
        new_code_cell("raise SystemExit('a long training, not to be run again')"),
        new_markdown_cell(heading),
        *(new_code_cell(source) for source in (IMPORTS, *exercise_cells)),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    return path


def rows(*paths):
    file = io.StringIO()
    collect.write(paths, file)
    return list(csv.DictReader(io.StringIO(file.getvalue())))


def test_right_wrong_and_untried_are_told_apart(tmp_path):
    broken = "check('1.5', undefined_name)"
    path = notebook(tmp_path / "ada.ipynb", broken, RIGHT, WRONG, STUB)
    before = path.read_bytes()
    (row,) = rows(path)
    assert (row["notebook"], row["passed"]) == ("ada.ipynb", "1")
    assert (row["1.2"], row["1.3"]) == ("passed", "not passed")
    assert row["1.4"] == row["1.5"] == row["4.2"] == ""
    assert path.read_bytes() == before


def test_a_notebook_that_ends_its_kernel_keeps_what_came_before(tmp_path, capsys):
    good = notebook(tmp_path / "b.ipynb", RIGHT)
    bad = notebook(tmp_path / "a.ipynb", RIGHT, "import os; os._exit(1)", WRONG)
    first, second = rows(bad, good)
    assert (first["1.2"], first["1.3"]) == ("passed", "")
    assert second["passed"] == "1"
    assert "a.ipynb: stopped early" in capsys.readouterr().err


def test_a_cell_that_never_ends_is_stopped(tmp_path, capsys):
    path = notebook(tmp_path / "a.ipynb", RIGHT, "while True: pass")
    assert collect.results(path, seconds=15) == {"1.2": "passed"}
    assert "stopped early" in capsys.readouterr().err


def test_what_is_no_chapter_is_left_out_and_named(tmp_path, capsys):
    other = notebook(tmp_path / "other.ipynb", RIGHT, heading="## Something else")
    junk = tmp_path / "junk.ipynb"
    junk.write_text("not a notebook")
    assert rows(other, junk, tmp_path / "missing.ipynb") == []
    said = capsys.readouterr().err
    assert "other.ipynb: left out: notebook: expected a heading" in said
    assert "junk.ipynb: left out" in said
    assert "missing.ipynb: left out" in said


def test_set_up_and_exercises_are_kept_and_nothing_else(tmp_path):
    path = notebook(tmp_path / "a.ipynb", RIGHT)
    part = collect.exercise_part(nbformat.read(path, as_version=4))
    assert [cell.source for cell in part.cells] == [
        "ready = True",
        "assert ready",
        IMPORTS,
        RIGHT,
    ]
